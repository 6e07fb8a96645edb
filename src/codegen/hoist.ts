// Moves what does not change along the path out of the step. In: step-stage expressions over t, y., p., u. Out: the same
// values with every largest patient-only part as a new `p.` field, every largest part that only happenings change as a
// derived input, and divisions by such parts as multiplications by a stored reciprocal (the last bit may differ; a
// division costs about ten multiplications).
import { call, type Expression, number, symbol } from '../language/expression.ts';
import { substitute } from '../language/fold.ts';
import { FUNCTIONS } from '../language/functions.ts';
import { structuralKeys } from './keys.ts';

export interface Hoister {
  readonly hoist: (e: Expression) => Expression;
  /** Leaves out derived inputs: for what is looked at between an effect and the next segment's start. */
  readonly hoistPatient: (e: Expression) => Expression;
  /** Name and value (over p.) of each field made so far, in order. */
  readonly fields: () => readonly (readonly [string, Expression])[];
  /** Name and value (over p. and held u.) of each derived input made so far, in order. */
  readonly derived: () => readonly (readonly [string, Expression])[];
}

/** When a value can change, from seldom to often: never for a patient, at happenings, along the path. */
type Changes = 0 | 1 | 2;
const PATIENT = 0;
const SEGMENT = 1;
const STEP = 2;

/** `taken` are names that new fields (k0, k1, ... and d0, d1, ...) must avoid; `held` the symbols that happenings set. */
export function hoister(taken: ReadonlySet<string>, held: ReadonlySet<string> = new Set()): Hoister {
  const constants = store('p.', 'k', taken);
  const derived = store('u.', 'd', taken);
  const known = new Map<Expression, Changes>();

  const changes = (e: Expression): Changes => {
    if (e.kind === 'number') return PATIENT;
    if (e.kind === 'symbol') {
      if (e.name.startsWith('p.')) return PATIENT;
      return held.has(e.name) || derived.has(e.name) ? SEGMENT : STEP;
    }
    const before = known.get(e);
    if (before !== undefined) return before;
    const own = e.args.reduce<Changes>((most, a) => Math.max(most, changes(a)) as Changes, PATIENT);
    known.set(e, own);
    return own;
  };
  const isCondition = (e: Expression): boolean =>
    e.kind === 'call' && (FUNCTIONS[e.fn].unit === 'condition' || FUNCTIONS[e.fn].unit === 'logic');

  const until = (level: Changes): ((e: Expression) => Expression) => {
    const memo = new Map<Expression, Expression>();
    const field = (e: Expression): Expression =>
      changes(e) === PATIENT ? constants.of(e) : derived.of(hoistPatient(e));
    const hoist = (e: Expression): Expression => {
      if (e.kind !== 'call') return e;
      const done = memo.get(e);
      if (done) return done;
      let result: Expression;
      const [a, b] = e.args;
      if (changes(e) <= level && !isCondition(e)) result = field(e);
      else if (e.fn === 'div' && a && b && b.kind !== 'number' && changes(b) <= level) {
        result = call('mul', hoist(a), field(call('div', number(1), b)));
      } else result = { kind: 'call', fn: e.fn, args: e.args.map(hoist) };
      memo.set(e, result);
      return result;
    };
    return hoist;
  };
  const hoistPatient = until(PATIENT);
  return {
    hoist: until(SEGMENT),
    hoistPatient,
    fields: constants.made,
    derived() {
      // What is made of derived inputs (the rate of a value that has one) is written over held ones again.
      const values = new Map<string, Expression>();
      return derived.made().map(([name, value]) => {
        const own = substitute(value, (symbol) => values.get(symbol));
        values.set(`u.${name}`, own);
        return [name, own] as const;
      });
    },
  };
}

/** Values by generated names, equal ones once. */
function store(space: string, letter: string, taken: ReadonlySet<string>) {
  const made = new Map<string, readonly [string, Expression]>();
  const names = new Set<string>();
  const key = structuralKeys();
  let count = 0;
  return {
    of(e: Expression): Expression {
      const k = key(e);
      let entry = made.get(k);
      if (!entry) {
        while (taken.has(`${letter}${count}`)) count++;
        entry = [`${letter}${count++}`, e];
        made.set(k, entry);
        names.add(`${space}${entry[0]}`);
      }
      return symbol(`${space}${entry[0]}`);
    },
    has: (name: string) => names.has(name),
    made: () => [...made.values()],
  };
}
