// What breaks superposition: resets, amounts that are replaced, parameters that change, and doses that come across them.
import type { Amounts, Course, Given } from './closed-form.ts';
import { type GoldenCase, golden, KA, ONE, oral, THREE, TWO } from './golden.ts';

const same = (before: Amounts): Amounts => before;
/** A disposition whose clearance changes at `at`, doses on both sides. */
const cleared = (
  d: typeof TWO,
  at: number,
  CL: number,
  before: readonly Given[],
  after: readonly Given[],
): Course => [
  { from: 0, disposition: d, doses: before },
  { from: at, disposition: { ...d, CL }, start: same, doses: after },
];
/** Everything to 0 at `at`. */
const emptied = (
  d: typeof TWO,
  at: number,
  before: readonly Given[],
  after: readonly Given[] = [],
): Course => [
  { from: 0, disposition: d, doses: before },
  { from: at, disposition: d, doses: after },
];

export const CHANGES: readonly GoldenCase[] = [
  golden(
    'a reset empties every compartment',
    oral(THREE),
    'dose 100 [mg] into depot every 8 h times 2\nreset at 13 h',
    emptied(oral(THREE), 13, [{ at: 0, into: 'depot', amount: 100, every: 8, times: 2 }]),
  ),
  golden(
    'a reset stops a running infusion',
    TWO,
    'dose 100 [mg] into central over 20 h\nreset at 7.5 h',
    emptied(TWO, 7.5, [{ at: 0, into: 'central', amount: 100, duration: 20 }]),
  ),
  golden(
    'a reset stops a modelled infusion and all that overlap it',
    ONE,
    'dose 100 [mg] into central every 4 h times 3\nreset at 9 h',
    emptied(ONE, 9, [{ at: 0, into: 'central', amount: 100, duration: 11, every: 4, times: 3 }]),
    { entry: { central: 'infused over 11 h' } },
  ),
  golden(
    'a reset cancels a dose that waits for its lag',
    oral(ONE),
    'dose 100 [mg] into depot\ndose 80 [mg] into depot from 10 h lag 4 h\nreset at 12 h',
    emptied(oral(ONE), 12, [{ at: 0, into: 'depot', amount: 100 }]),
  ),
  golden(
    'a reset ends a stream that began before it',
    ONE,
    'dose 100 [mg] into central every 6 h\nreset at 15 h',
    emptied(ONE, 15, [{ at: 0, into: 'central', amount: 100, every: 6, times: 3 }]),
  ),
  golden(
    'a reset leaves a stream that begins after it',
    ONE,
    'dose 100 [mg] into central every 6 h times 2\nreset at 15 h\ndose 40 [mg] into central from 20 h every 6 h times 3',
    emptied(
      ONE,
      15,
      [{ at: 0, into: 'central', amount: 100, every: 6, times: 2 }],
      [{ at: 20, into: 'central', amount: 40, every: 6, times: 3 }],
    ),
  ),
  golden(
    'reset and dose: the dose of that instant counts',
    TWO,
    'dose 100 [mg] into central over 2 h every 6 h times 2\nreset at 15 h\ndose 40 [mg] into central from 15 h every 6 h times 3',
    emptied(
      TWO,
      15,
      [{ at: 0, into: 'central', amount: 100, duration: 2, every: 6, times: 2 }],
      [{ at: 15, into: 'central', amount: 40, every: 6, times: 3 }],
    ),
  ),
  golden(
    'reset and dose, with a lag and a steady state',
    oral(ONE),
    'dose 100 [mg] into depot every 6 h times 2\nreset at 15 h\ndose 40 [mg] into depot from 15 h every 8 h times 3 lag 1 h at steady state',
    emptied(
      oral(ONE),
      15,
      [{ at: 0, into: 'depot', amount: 100, every: 6, times: 2 }],
      [{ at: 16, into: 'depot', amount: 40, every: 8, times: 3, steady: 8 }],
    ),
  ),
  golden(
    'a dose before a reset of the same instant is wiped out',
    ONE,
    'dose 100 [mg] into central\ndose 40 [mg] into central from 15 h\nreset at 15 h',
    emptied(ONE, 15, [{ at: 0, into: 'central', amount: 100 }]),
  ),
  golden(
    'two resets',
    ONE,
    'dose 100 [mg] into central\nreset at 10 h\ndose 50 [mg] into central over 30 h from 12 h\nreset at 20 h',
    [
      ...emptied(
        ONE,
        10,
        [{ at: 0, into: 'central', amount: 100 }],
        [{ at: 12, into: 'central', amount: 50, duration: 30 }],
      ),
      { from: 20, disposition: ONE, doses: [] },
    ],
  ),
  golden(
    'a reset gives back what was there at first',
    ONE,
    'dose 100 [mg] into central\nreset at 10 h',
    [
      {
        from: 0,
        disposition: ONE,
        start: () => ({ central: 25 }),
        doses: [{ at: 0, into: 'central', amount: 100 }],
      },
      { from: 10, disposition: ONE, start: () => ({ central: 25 }), doses: [] },
    ],
    { entry: { central: '= 25 [mg]' } },
  ),
  golden(
    'an amount is replaced, the others stay',
    TWO,
    'dose 100 [mg] into central every 8 h times 4\nset central = 35 [mg] at 10 h',
    [
      { from: 0, disposition: TWO, doses: [{ at: 0, into: 'central', amount: 100, every: 8, times: 2 }] },
      {
        from: 10,
        disposition: TWO,
        start: (before) => ({ ...before, central: 35 }),
        doses: [{ at: 16, into: 'central', amount: 100, every: 8, times: 2 }],
      },
    ],
  ),
  golden(
    'an amount is replaced under a running infusion, which runs on',
    TWO,
    'dose 100 [mg] into central over 20 h\nset central = 35 [mg] at 10 h',
    [
      { from: 0, disposition: TWO, doses: [{ at: 0, into: 'central', amount: 100, duration: 20 }] },
      {
        from: 10,
        disposition: TWO,
        start: (before) => ({ ...before, central: 35 }),
        doses: [{ at: 10, into: 'central', amount: 50, duration: 10 }],
      },
    ],
  ),
  golden(
    'an amount is replaced by half of it, again and again',
    ONE,
    'dose 100 [mg] into central\nset central = central / 2 at 10 h\nset central = central / 2 at 20 h',
    [
      { from: 0, disposition: ONE, doses: [{ at: 0, into: 'central', amount: 100 }] },
      ...[10, 20].map((from) => ({
        from,
        disposition: ONE,
        start: (before: Amounts) => ({ central: (before.central ?? 0) / 2 }),
        doses: [],
      })),
    ],
  ),
  golden(
    'the depot is emptied by charcoal',
    oral(TWO),
    'dose 100 [mg] into depot\nset depot = 0 [mg] at 1.5 h',
    [
      { from: 0, disposition: oral(TWO), doses: [{ at: 0, into: 'depot', amount: 100 }] },
      { from: 1.5, disposition: oral(TWO), start: (before) => ({ ...before, depot: 0 }), doses: [] },
    ],
  ),
  golden(
    'an amount replaced before a dose of the same instant',
    ONE,
    'set central = 35 [mg] at 10 h\ndose 100 [mg] into central from 10 h',
    [
      { from: 0, disposition: ONE, doses: [] },
      { from: 10, disposition: ONE, start: () => ({ central: 135 }), doses: [] },
    ],
  ),
  golden(
    'an amount replaced after a dose of the same instant',
    ONE,
    'dose 100 [mg] into central from 10 h\nset central = 35 [mg] at 10 h',
    [
      { from: 0, disposition: ONE, doses: [] },
      { from: 10, disposition: ONE, start: () => ({ central: 35 }), doses: [] },
    ],
  ),
  golden(
    'a clearance that changes',
    ONE,
    'dose 100 [mg] into central every 8 h times 4\nset CL = 9 [L/h] at 12 h',
    cleared(
      ONE,
      12,
      9,
      [{ at: 0, into: 'central', amount: 100, every: 8, times: 2 }],
      [{ at: 16, into: 'central', amount: 100, every: 8, times: 2 }],
    ),
  ),
  golden(
    'a clearance that changes under an infusion and comes back',
    TWO,
    'dose 100 [mg] into central over 30 h\nset CL = 1 [L/h] at 10 h\nset CL = 4 [L/h] at 20 h',
    [
      ...cleared(
        TWO,
        10,
        1,
        [{ at: 0, into: 'central', amount: 100, duration: 30 }],
        [{ at: 10, into: 'central', amount: 100 * (20 / 30), duration: 20 }],
      ),
      {
        from: 20,
        disposition: TWO,
        start: same,
        doses: [{ at: 20, into: 'central', amount: 100 / 3, duration: 10 }],
      },
    ],
  ),
  golden(
    'a clearance that changes where a dose is given',
    THREE,
    'dose 100 [mg] into central every 12 h times 3\nset CL = 10 [L/h] at 12 h',
    cleared(
      THREE,
      12,
      10,
      [{ at: 0, into: 'central', amount: 100 }],
      [{ at: 12, into: 'central', amount: 100, every: 12, times: 2 }],
    ),
  ),
  golden(
    'an absorption that slows down',
    oral(ONE),
    'dose 100 [mg] into depot every 6 h times 4\nset ka = 0.3 [1/h] at 7 h',
    [
      { from: 0, disposition: oral(ONE), doses: [{ at: 0, into: 'depot', amount: 100, every: 6, times: 2 }] },
      {
        from: 7,
        disposition: { ...ONE, ka: 0.3 },
        start: same,
        doses: [{ at: 12, into: 'depot', amount: 100, every: 6, times: 2 }],
      },
    ],
  ),
  golden(
    'a clearance that is multiplied by what it is',
    ONE,
    'dose 100 [mg] into central\nset CL = CL * 1.5 at 5 h\nset CL = CL * 1.5 at 10 h',
    [
      ...cleared(ONE, 5, 4.5, [{ at: 0, into: 'central', amount: 100 }], []),
      { from: 10, disposition: { ...ONE, CL: 6.75 }, start: same, doses: [] },
    ],
  ),
  golden(
    'a bioavailability that changes counts for doses due later',
    oral(ONE),
    'dose 100 [mg] into depot every 8 h times 4\nset F1 = 0.3 at 12 h',
    [
      { at: 0, into: 'depot', amount: 80, every: 8, times: 2 },
      { at: 16, into: 'depot', amount: 30, every: 8, times: 2 },
    ],
    { extra: 'parameter F1 = 0.8', entry: { depot: 'bioavailability F1' } },
  ),
  golden(
    'a bioavailability is taken when the dose is due, not after its lag',
    oral(ONE),
    'dose 100 [mg] into depot every 8 h times 4\nset F1 = 0.3 at 9 h',
    [
      { at: 2, into: 'depot', amount: 80, every: 8, times: 2 },
      { at: 18, into: 'depot', amount: 30, every: 8, times: 2 },
    ],
    { extra: 'parameter F1 = 0.8', entry: { depot: 'bioavailability F1 lag 2 h' } },
  ),
  golden(
    'a bioavailability that changes at the instant of a dose counts in the order of the text',
    ONE,
    'set F1 = 0.3 at 8 h\ndose 100 [mg] into central every 8 h times 3\nset F1 = 0.5 at 16 h',
    [
      { at: 0, into: 'central', amount: 80 },
      { at: 8, into: 'central', amount: 30, every: 8, times: 2 },
    ],
    { extra: 'parameter F1 = 0.8', entry: { central: 'bioavailability F1' } },
  ),
  golden(
    'a running infusion keeps the bioavailability and the duration it began with',
    TWO,
    'dose 100 [mg] into central every 12 h times 2\nset F1 = 0.3 at 2 h\nset D1 = 1 [h] at 2 h',
    [
      { at: 0, into: 'central', amount: 80, duration: 6 },
      { at: 12, into: 'central', amount: 30, duration: 1 },
    ],
    {
      extra: 'parameter F1 = 0.8\nparameter D1 = 6 [h]',
      entry: { central: 'bioavailability F1 infused over D1' },
    },
  ),
  golden(
    'a lag that changes counts for doses due later',
    oral(TWO),
    'dose 100 [mg] into depot every 6 h times 3\nset L1 = 1 [h] at 5 h',
    [
      { at: 4, into: 'depot', amount: 100 },
      { at: 7, into: 'depot', amount: 100 },
      { at: 13, into: 'depot', amount: 100 },
    ],
    { extra: 'parameter L1 = 4 [h]', entry: { depot: 'lag L1' } },
  ),
  golden(
    'a lag that shortens lets a later dose overtake',
    oral(ONE),
    'dose 100 [mg] into depot every 6 h times 2\nset L1 = 1 [h] at 5 h',
    [
      { at: 10, into: 'depot', amount: 100 },
      { at: 7, into: 'depot', amount: 100 },
    ],
    { extra: 'parameter L1 = 10 [h]', entry: { depot: 'lag L1' } },
  ),
  golden(
    'a memory says how much the next dose is',
    ONE,
    'dose size into central every 6 h times 4\nset size = 30 [mg] at 7 h\nset size = size * 2 at 13 h',
    [
      { at: 0, into: 'central', amount: 100, every: 6, times: 2 },
      { at: 12, into: 'central', amount: 30 },
      { at: 18, into: 'central', amount: 60 },
    ],
    { extra: 'memory size : mg = 100 [mg]' },
  ),
  golden(
    'a reset keeps what is remembered',
    ONE,
    'dose size into central every 6 h times 2\nset size = 30 [mg] at 7 h\nreset at 10 h\ndose size into central from 12 h',
    emptied(
      ONE,
      10,
      [{ at: 0, into: 'central', amount: 100, every: 6, times: 2 }],
      [{ at: 12, into: 'central', amount: 30 }],
    ),
    { extra: 'memory size : mg = 100 [mg]' },
  ),
  golden(
    'a parameter changed before the first dose',
    oral(ONE),
    `dose 100 [mg] into depot from 6 h\nset ka = ${2 * KA} [1/h] at 3 h`,
    [{ from: 0, disposition: { ...ONE, ka: 2 * KA }, doses: [{ at: 6, into: 'depot', amount: 100 }] }],
  ),
  golden(
    'a clearance by a table of time, a step',
    TWO,
    'dose 100 [mg] into central over 20 h',
    cleared(
      TWO,
      12,
      9,
      [{ at: 0, into: 'central', amount: 100, duration: 20 }],
      [{ at: 12, into: 'central', amount: 40, duration: 8 }],
    ),
    {
      extra: 'table clearance : L/h by h step = 0 -> 4, 12 -> 9',
      define: { CL: 'clearance(t)' },
    },
  ),
  golden(
    'a bioavailability by a table of time: the last value carried forward to the instant the dose is due',
    oral(ONE),
    'dose 100 [mg] into depot every 8 h times 4',
    [
      { at: 2, into: 'depot', amount: 80, every: 8, times: 2 },
      { at: 18, into: 'depot', amount: 30, every: 8, times: 2 },
    ],
    {
      extra: 'table share : 1 by h step = 0 -> 0.8, 9 -> 0.3',
      entry: { depot: 'bioavailability share(t) lag 2 h' },
    },
  ),
];
