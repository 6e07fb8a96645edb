// The visual predictive check of the patients' file, for the result on screen. In: what the result was computed from, a
// choice, start and cancel. Out: `Check`, through a callback. A check of numbers that have changed stays, and says so.
import { type Arm, DATA_THERAPY, type Study } from '../study/study.ts';
import type { Vpc, VpcPoints } from '../study/vpc-report.ts';
import type { EngineApi, VpcRequest } from './client.ts';
import { type Shown, sameShown } from './following.ts';

/** What is checked, and how. */
export type VpcChoice = Omit<VpcRequest, 'tables'>;

export interface Check {
  readonly choice: VpcChoice;
  /** The last check that was done; `fresh`: it is of the result on screen and of this choice. */
  readonly shown: { readonly vpc: Vpc; readonly points: VpcPoints; readonly fresh: boolean } | null;
  readonly doing:
    | { readonly kind: 'nothing' }
    /** In replicates. */
    | { readonly kind: 'running'; readonly finished: number }
    | { readonly kind: 'stopped' }
    | { readonly kind: 'failed'; readonly message: string };
}

const NOTHING = { kind: 'nothing' } as const;
const UNCHECKED: Check = { choice: {}, shown: null, doing: NOTHING };

type Engine = Pick<EngineApi, 'predictiveCheck' | 'cancelPredictiveCheck'>;

export class Checking {
  readonly #engine: Engine;
  readonly #changed: (check: Check | null) => void;
  #shown: Shown | null = null;
  #check: Check | null = null;
  /** Checks are numbered; only the newest may speak. */
  #number = 0;

  constructor(engine: Engine, changed: (check: Check | null) => void) {
    this.#engine = engine;
    this.#changed = changed;
  }

  /** Another result is on screen. */
  show(shown: Shown): void {
    const before = this.#shown;
    this.#shown = shown;
    const file = shown.study.cohort?.data?.file;
    // A preview's check is that of its full result too.
    if (before !== null && sameShown(before, shown) && this.#check !== null) return;
    this.cancel();
    if (file === undefined) {
      this.#set(null);
      return;
    }
    const other = this.#check === null || before?.study.cohort?.data?.file !== file;
    const old = other ? UNCHECKED : this.#check;
    this.#set({ ...(old ?? UNCHECKED), ...aged(old), doing: NOTHING });
  }

  async start(change: VpcChoice = {}): Promise<void> {
    const shown = this.#shown;
    const check = this.#check;
    if (shown === null || check === null) return;
    const own = ++this.#number;
    const choice = { ...check.choice, ...change };
    this.#set({ ...check, choice, ...aged(check), doing: { kind: 'running', finished: 0 } });
    const say = (next: Partial<Check>) => {
      if (own === this.#number && this.#check) this.#set({ ...this.#check, ...next });
    };
    try {
      const request = { ...choice, ...armOf(shown.study, choice), tables: shown.tables };
      const reply = await this.#engine.predictiveCheck(shown.study, request, (finished) => {
        // Progress comes on a port of its own and may be later than the answer.
        if (this.#check?.doing.kind === 'running') say({ doing: { kind: 'running', finished } });
      });
      if (reply.kind === 'superseded') say({ doing: NOTHING });
      else if (reply.kind === 'failed') say({ doing: reply });
      else say({ shown: { vpc: reply.vpc, points: reply.points, fresh: true }, doing: NOTHING });
    } catch (error) {
      say({ doing: { kind: 'failed', message: error instanceof Error ? error.message : String(error) } });
    }
  }

  cancel(): void {
    if (this.#check?.doing.kind !== 'running') return;
    this.#number++;
    this.#set({ ...this.#check, doing: { kind: 'stopped' } });
    // A dead engine says so elsewhere.
    void this.#engine.cancelPredictiveCheck().catch(() => undefined);
  }

  #set(check: Check | null): void {
    if (check === null && this.#check === null) return;
    this.#check = check;
    this.#changed(check);
  }
}

const aged = (check: Check | null): Pick<Check, 'shown'> => ({
  shown: check?.shown ? { ...check.shown, fresh: false } : null,
});

/** Arms that take the doses of the file: those that can be checked. */
export const checkedArms = ({ arms = [] }: Study): readonly Arm[] =>
  arms.filter(({ therapy }) => therapy === DATA_THERAPY);

/** The arm chosen, or the first, where several could be meant. */
function armOf(study: Study, { arm }: VpcChoice): Pick<VpcChoice, 'arm'> {
  const names = checkedArms(study).map(({ name }) => name);
  const [first] = names;
  if (names.length < 2 || first === undefined) return { arm: first };
  return { arm: names.find((name) => name === arm) ?? first };
}
