// What a Rosenbrock step needs to know of a Program's right-hand side. In: a Program. Out: its Jacobian and time
// derivative as straight-line code, and the plan of the elimination. States that never move and columns that only they
// would multiply are left out; a quadrature state costs one row of products and no pivot.
import { derivative } from '../language/derivative.ts';
import { call, type Expression, number } from '../language/expression.ts';
import { fold, rebuild, substitute, symbolsOf } from '../language/fold.ts';
import { share } from '../language/share.ts';
import { simplify } from '../language/simplify.ts';
import { type Pivot, place, planElimination } from './elimination.ts';
import type { Body, Program } from './program.ts';

export interface Linearisation {
  /** Whether a state's derivative is anything but 0; the others keep their value between events. */
  readonly moving: readonly boolean[];
  /** Entries of df/dy that may differ from 0, among moving states. */
  readonly entries: readonly { readonly row: number; readonly column: number }[];
  /** States whose derivative depends on time itself. */
  readonly timed: readonly number[];
  /** Results: -df/dy in the order of `entries`, then df/dt in the order of `timed`; over t, y., p., u. */
  readonly body: Body;
  /** Pivots of W = 1 / (gamma h) - df/dy, moving states only. */
  readonly pivots: readonly Pivot[];
  /** Pivots that elimination leaves at 1 / (gamma h): their reciprocal is gamma h. */
  readonly plain: ReadonlySet<number>;
}

/** Where a power's base is as good as 0. */
const LEAST_BASE = 1e-20;

/**
 * x^0.4 has an infinite slope at 0, where an empty compartment starts; one such entry would spoil the whole
 * elimination. Powers of nothing are taken as 0 here, which only makes the first step after a dose a cautious one.
 */
const bounded = (entry: Expression): Expression =>
  fold<Expression>(entry, (node, args) => {
    const whole = rebuild(node, args);
    const [base, exponent] = args;
    if (node.kind !== 'call' || node.fn !== 'pow' || base === undefined || exponent === undefined)
      return whole;
    const natural = exponent.kind === 'number' && Number.isInteger(exponent.value) && exponent.value >= 0;
    if (natural || ![...symbolsOf(base)].some((name) => name.startsWith('y.'))) return whole;
    return call('if', call('gt', base, number(LEAST_BASE)), whole, number(0));
  });

const known = new WeakMap<Body, Linearisation>();

/** Worked out once for a right-hand side. */
export function linearise(program: Program): Linearisation {
  const before = known.get(program.rhs);
  if (before !== undefined) return before;
  const made = linearised(program);
  known.set(program.rhs, made);
  return made;
}

function linearised({ states, rhs }: Program): Linearisation {
  const n = states.length;
  const locals = new Map<string, Expression>();
  const seen = new Map<Expression, Expression>();
  const whole = (e: Expression) => substitute(e, (name) => locals.get(name), seen);
  rhs.locals.forEach((e, i) => {
    locals.set(`local.${i}`, whole(e));
  });
  const slopes = rhs.results.map((e) => simplify(whole(e)));
  const isZero = (e: Expression) => e.kind === 'number' && e.value === 0;
  const moving = slopes.map((e) => !isZero(e));
  const indices = new Map(states.map(({ name }, j) => [`y.${name}`, j]));

  const entries: { row: number; column: number }[] = [];
  const results: Expression[] = [];
  slopes.forEach((slope, row) => {
    const columns = [...symbolsOf(slope)].flatMap((name) => indices.get(name) ?? []).sort((a, b) => a - b);
    for (const column of columns) {
      if (!moving[column]) continue;
      const entry = bounded(simplify(call('neg', derivative(slope, `y.${states[column]?.name ?? ''}`))));
      if (isZero(entry)) continue;
      entries.push({ row, column });
      results.push(entry);
    }
  });
  const timed: number[] = [];
  slopes.forEach((slope, row) => {
    const rate = derivative(slope, 't');
    if (isZero(rate)) return;
    timed.push(row);
    results.push(rate);
  });
  const used = entries.map(({ row, column }) => place(n, row, column));
  const pivots = planElimination(n, used).filter(({ pivot }) => moving[pivot]);
  // A diagonal is changed by its own entry and by every pivot whose row and column meet in it.
  const touched = new Set(entries.flatMap(({ row, column }) => (row === column ? [row] : [])));
  for (const { rows, columns } of pivots) for (const row of rows) if (columns.includes(row)) touched.add(row);
  const plain = new Set(pivots.flatMap(({ pivot }) => (touched.has(pivot) ? [] : [pivot])));
  return { moving, entries, timed, body: share(results), pivots, plain };
}
