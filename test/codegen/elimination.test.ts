// Planned elimination against dense Gaussian elimination: the same solution from the entries that the plan touches alone.
import { describe, expect, it } from 'vitest';
import { type Pivot, place, planElimination } from '../../src/codegen/elimination.ts';

/** A small repeatable source of numbers in 0 .. 1 (Park and Miller's multiplicative generator). */
function numbers(seed: number) {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/** Follows a plan on numbers, as the writers do in code. Entries that the plan does not know stay untouched. */
function follow(n: number, matrix: Map<number, number>, plan: readonly Pivot[], right: readonly number[]) {
  const w = new Map(matrix);
  const x = [...right];
  const at = (i: number, j: number) => w.get(place(n, i, j)) ?? 0;
  for (const { pivot, rows, columns } of plan)
    for (const row of rows) {
      const factor = at(row, pivot) / at(pivot, pivot);
      for (const column of columns)
        w.set(place(n, row, column), at(row, column) - factor * at(pivot, column));
      x[row] = (x[row] ?? 0) - factor * (x[pivot] ?? 0);
    }
  for (const { pivot, columns } of [...plan].reverse()) {
    const rest = columns.reduce((sum, column) => sum - at(pivot, column) * (x[column] ?? 0), x[pivot] ?? 0);
    x[pivot] = rest / at(pivot, pivot);
  }
  return x;
}

const multiply = (n: number, matrix: Map<number, number>, x: readonly number[]) =>
  x.map((_, i) => x.reduce((sum, v, j) => sum + (matrix.get(place(n, i, j)) ?? 0) * v, 0));

describe('the plan of an elimination', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('solves a sparse system, number %i', (seed) => {
    const random = numbers(seed);
    const n = 3 + 2 * seed;
    const matrix = new Map<number, number>();
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++)
        if (i === j) matrix.set(place(n, i, j), n + random());
        else if (random() < 0.2) matrix.set(place(n, i, j), random() - 0.5);
    const solution = Array.from({ length: n }, () => random());
    const plan = planElimination(n, matrix.keys());
    expect(plan.map(({ pivot }) => pivot).sort((a, b) => a - b)).toEqual([...solution.keys()]);
    follow(n, matrix, plan, multiply(n, matrix, solution)).forEach((x, i) => {
      expect(x).toBeCloseTo(solution[i] ?? 0, 12);
    });
  });

  it('fills in nothing in an arrow, whose tip it leaves for last', () => {
    const n = 8;
    const arrow = Array.from({ length: n - 1 }, (_, i) => [place(n, 0, i + 1), place(n, i + 1, 0)]).flat();
    const plan = planElimination(n, arrow);
    expect(plan.slice(0, n - 2).map(({ rows, columns }) => [rows, columns])).toEqual(
      Array.from({ length: n - 2 }, () => [[0], [0]]),
    );
  });

  it('eliminates what nothing depends on without touching another row', () => {
    // State 2 is a quadrature: its row reads 0 and 1, its column is empty.
    const plan = planElimination(3, [place(3, 0, 1), place(3, 1, 0), place(3, 2, 0), place(3, 2, 1)]);
    expect(plan[0]).toEqual({ pivot: 2, rows: [], columns: [0, 1] });
  });
});
