// The problems that are solved. In: nothing. Out: name, study and which peers know the same equations. A problem is a
// model text, so that what is measured is what users run; the peers' C and JavaScript say the same by hand.
import type { Study } from '../../src/study/study.ts';
import hivText from './models/hiv.model?raw';
import lorenzText from './models/lorenz.model?raw';
import pkText from './models/pk.model?raw';
import robertsonText from './models/robertson.model?raw';

export interface Problem {
  readonly name: string;
  readonly model: Study['model'];
  readonly therapy?: string;
  /** Every arm that is not named is left out, so that a patient is one solution. */
  readonly time?: Study['time'];
  /** Peers have the equations (peers/<name>.h). */
  readonly peers: boolean;
  /** Stiff: the first of these methods that exists is taken. */
  readonly methods: readonly string[];
  /** Output times that are compared. */
  readonly stiff: boolean;
}

const EXPLICIT = ['tsit5'];
const STIFF = ['rodas4', 'tsit5'];

export const PROBLEMS: readonly Problem[] = [
  { name: 'pk', model: { text: pkText }, therapy: 'tablets', peers: true, methods: EXPLICIT, stiff: false },
  { name: 'hiv', model: { text: hivText }, therapy: 'interrupted', peers: true, methods: STIFF, stiff: true },
  { name: 'lorenz', model: { text: lorenzText }, peers: false, methods: EXPLICIT, stiff: false },
  { name: 'robertson', model: { text: robertsonText }, peers: false, methods: STIFF, stiff: true },
  { name: 'vancomycin', model: { name: 'vancomycin' }, peers: false, methods: EXPLICIT, stiff: false },
  { name: 'theophylline', model: { name: 'theophylline' }, peers: false, methods: EXPLICIT, stiff: false },
  { name: 'sepsis', model: { name: 'sepsis' }, peers: false, methods: EXPLICIT, stiff: false },
  { name: 'hiv-decay', model: { name: 'hiv' }, peers: false, methods: EXPLICIT, stiff: false },
  { name: 'hiv-chronic', model: { name: 'hiv_chronic' }, peers: false, methods: EXPLICIT, stiff: false },
];
