// Moves what does not change along the path out of the step. In: step-stage expressions over t, y., p. Out: the same
// values with every largest patient-only part as a new `p.` field, and divisions by such parts as multiplications by a
// stored reciprocal (the last bit may differ; a division costs about ten multiplications).
import { call, type Expression, number, symbol } from '../language/expression.ts';
import { FUNCTIONS } from '../language/functions.ts';
import { structuralKeys } from './keys.ts';

export interface Hoister {
  readonly hoist: (e: Expression) => Expression;
  /** Name and value (over p.) of each field made so far, in order. */
  readonly fields: () => readonly (readonly [string, Expression])[];
}

/** `taken` are names that new fields (k0, k1, ...) must avoid. */
export function hoister(taken: ReadonlySet<string>): Hoister {
  const made = new Map<string, readonly [string, Expression]>();
  const constant = new Map<Expression, boolean>();
  const key = structuralKeys();
  let count = 0;

  const isConstant = (e: Expression): boolean => {
    if (e.kind === 'number') return true;
    if (e.kind === 'symbol') return e.name.startsWith('p.');
    const known = constant.get(e);
    if (known !== undefined) return known;
    const own = e.args.every(isConstant);
    constant.set(e, own);
    return own;
  };
  const field = (e: Expression): Expression => {
    const k = key(e);
    let entry = made.get(k);
    if (!entry) {
      while (taken.has(`k${count}`)) count++;
      entry = [`k${count++}`, e];
      made.set(k, entry);
    }
    return symbol(`p.${entry[0]}`);
  };
  const isCondition = (e: Expression): boolean =>
    e.kind === 'call' && (FUNCTIONS[e.fn].unit === 'condition' || FUNCTIONS[e.fn].unit === 'logic');

  const memo = new Map<Expression, Expression>();
  const hoist = (e: Expression): Expression => {
    if (e.kind !== 'call') return e;
    const known = memo.get(e);
    if (known) return known;
    let result: Expression;
    const [a, b] = e.args;
    if (isConstant(e) && !isCondition(e)) result = field(e);
    else if (e.fn === 'div' && a && b && b.kind !== 'number' && isConstant(b)) {
      result = call('mul', hoist(a), field(call('div', number(1), b)));
    } else result = { kind: 'call', fn: e.fn, args: e.args.map(hoist) };
    memo.set(e, result);
    return result;
  };
  return { hoist, fields: () => [...made.values()] };
}
