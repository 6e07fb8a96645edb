// Sparse matrices of code: entries that are structurally zero are never written. In: a routine and value nodes. Out: sums
// and products kept in locals, and the exponential's series. Sizes and patterns are known when the module is written.
import { add, mul } from './arithmetic.ts';
import { f64, type Local, type Node, type Routine } from './assembler.ts';

/** [row][column]; a hole is a zero. */
export type Matrix = readonly (readonly (Node | undefined)[])[];

/** Degree of the Taylor polynomial; with a norm of at most 1/2 its remainder, 0.5^15 / 15!, is below an ulp even two degrees down. */
export const DEGREE = 16;
export const TAYLOR_NORM = 0.5;
const BLOCK = 4;

export function product(routine: Routine, a: Matrix, b: Matrix): Matrix {
  return a.map((row) =>
    Array.from({ length: b[0]?.length ?? 0 }, (_, j) => {
      const terms = row.flatMap((x, k) => {
        const y = b[k]?.[j];
        return x === undefined || y === undefined ? [] : [mul(x, y)];
      });
      const [first, ...rest] = terms;
      return first === undefined ? undefined : routine.keep(add(first, ...rest));
    }),
  );
}

/** Sum of weight * matrix, plus `diagonal` on the diagonal. */
function weighted(
  routine: Routine,
  size: number,
  diagonal: number,
  terms: readonly (readonly [number, Matrix])[],
): Matrix {
  return Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_, j) => {
      const own = terms.flatMap(([weight, m]) => {
        const x = m[i]?.[j];
        return x === undefined ? [] : [mul(f64(weight), x)];
      });
      // The small terms first, so that 1 + x is rounded once.
      if (i === j) own.push(f64(diagonal));
      const [first, ...rest] = own;
      return first === undefined ? undefined : routine.keep(add(first, ...rest));
    }),
  );
}

/** The Taylor polynomial of exp(x), grouped in powers of x^4 (Paterson and Stockmeyer, SIAM J. Comput. 1973;2:60-66). */
export function exponentialSeries(routine: Routine, x: Matrix): Matrix {
  const c = [1];
  for (let k = 1; k <= DEGREE; k++) c.push((c[k - 1] ?? 1) / k);
  const at = (k: number) => c[k] ?? 0;
  const x2 = product(routine, x, x);
  const x3 = product(routine, x2, x);
  const x4 = product(routine, x2, x2);
  const group = (low: number, more: readonly (readonly [number, Matrix])[]) =>
    weighted(routine, x.length, at(low), [...more, [at(low + 3), x3], [at(low + 2), x2], [at(low + 1), x]]);
  let sum = group(DEGREE - BLOCK, [[at(DEGREE), x4]]);
  for (let low = DEGREE - 2 * BLOCK; low >= 0; low -= BLOCK)
    sum = group(low, [[1, product(routine, sum, x4)]]);
  return sum;
}

/** Where exp(x) may be other than zero: the diagonal and every path from row to column. */
export function closure(pattern: readonly (readonly boolean[])[]): boolean[][] {
  const reach = pattern.map((row, i) => row.map((there, j) => there || i === j));
  for (let k = 0; k < reach.length; k++)
    for (const row of reach) {
      if (row[k] === true)
        reach[k]?.forEach((there, j) => {
          if (there) row[j] = true;
        });
    }
  return reach;
}

/** Multiplications of one product of matrices of a pattern. */
export function productCost(pattern: readonly (readonly boolean[])[]): number {
  let cost = 0;
  for (const row of pattern)
    row.forEach((there, k) => {
      if (there) cost += pattern[k]?.filter(Boolean).length ?? 0;
    });
  return cost;
}

/** m <- m * m, in place. */
export function square(routine: Routine, m: readonly (readonly (Local | undefined)[])[]): void {
  const squared = product(routine, m, m);
  m.forEach((row, i) => {
    row.forEach((local, j) => {
      const value = squared[i]?.[j];
      if (local !== undefined && value !== undefined) routine.set(local, value);
    });
  });
}
