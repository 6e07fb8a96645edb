// Tables: a function of one quantity by its points. In: ascending points and an argument. Out: an expression, a balanced
// tree of choices between constants or linear pieces, so that n points cost log2(n) comparisons and every later stage
// (derivative, code) knows it already. Constant outside the ends.
import type { Span } from './diagnostic.ts';
import { call, type Expression, number } from './expression.ts';
import { fold } from './fold.ts';
import { MAX_LOOKUPS } from './limits.ts';
import type { Table } from './model.ts';
import type { Scope } from './names.ts';
import { rescaled } from './typed.ts';
import type { Unit } from './units.ts';

/** The same table over an argument in `unit`, of the same dimension. */
export function inUnitOf(table: Table, unit: Unit): Table {
  const x = (value: number): number => {
    const e = rescaled(number(value), table.by, unit);
    return e.kind === 'number' ? e.value : Number.NaN;
  };
  return { ...table, by: unit, points: table.points.map(([at, value]) => [x(at), value] as const) };
}

/** The value at `argument`, which is in the unit the table is by; 0 when it would be too large, which is reported. */
export function tabulated(table: Table, argument: Expression, span: Span, scope: Scope): Expression {
  // Every comparison and every piece holds the argument, and the code of some targets repeats it.
  if (scope.lookups < 0) return number(0);
  scope.lookups -= table.points.length * (2 * treeSize(argument) + 8);
  if (scope.lookups < 0) {
    scope.report.error(
      span,
      `tables are used for more than ${MAX_LOOKUPS} operations`,
      'give the value a name of its own and use that, or leave out points',
    );
    return number(0);
  }
  return among(table.type === 'step' ? steps(table) : pieces(table, argument), argument);
}

/** Nodes of the tree as it would be written out. */
function treeSize(e: Expression): number {
  return fold<number>(e, (_, args) => args.reduce((sum, n) => sum + n, 1));
}

/** What holds from a corner on; the first holds before its corner too. */
interface Piece {
  readonly from: number;
  readonly value: Expression;
}

const steps = ({ points }: Table): readonly Piece[] =>
  points.map(([from, value]) => ({ from, value: number(value) }));

function pieces({ points }: Table, argument: Expression): readonly Piece[] {
  const [first = [0, 0] as const] = points;
  const found: Piece[] = [{ from: Number.NEGATIVE_INFINITY, value: number(first[1]) }];
  for (const [k, [from, start]] of points.entries()) {
    const next = points[k + 1];
    const slope = next === undefined ? 0 : (next[1] - start) / (next[0] - from);
    const value =
      slope === 0
        ? number(start)
        : call('add', number(start), call('mul', number(slope), call('sub', argument, number(from))));
    found.push({ from, value });
  }
  return found;
}

function among(all: readonly Piece[], argument: Expression): Expression {
  const between = (low: number, high: number): Expression => {
    const middle = (low + high) >> 1;
    if (high - low <= 1) return all[low]?.value ?? number(0);
    const corner = all[middle]?.from ?? 0;
    return call('if', call('lt', argument, number(corner)), between(low, middle), between(middle, high));
  };
  return between(0, all.length);
}
