// Small symmetric systems: Gaussian elimination with symmetric pivoting, leaving out directions without curvature.
// In: a positive semidefinite matrix, row by row, and a right-hand side. Out: one solution and the rank.

/** Solves a x = b in the span of the pivots above `tiny` times the largest; the other unknowns are 0. */
export function solveSemidefinite(
  matrix: Float64Array,
  right: Float64Array,
  tiny = 1e-12,
): { readonly x: Float64Array; readonly rank: number } {
  const n = right.length;
  const a = matrix.slice();
  const b = right.slice();
  const at = (i: number, j: number) => a[i * n + j] ?? 0;
  const order: number[] = [];
  const left = new Set(Array.from({ length: n }, (_, i) => i));
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, at(i, i));
  while (left.size > 0) {
    let pivot = -1;
    for (const i of left) if (pivot < 0 || at(i, i) > at(pivot, pivot)) pivot = i;
    if (!(at(pivot, pivot) > tiny * largest)) break;
    left.delete(pivot);
    order.push(pivot);
    for (const i of left) {
      const factor = at(i, pivot) / at(pivot, pivot);
      if (factor === 0) continue;
      for (const j of left) a[i * n + j] = at(i, j) - factor * at(pivot, j);
      b[i] = (b[i] ?? 0) - factor * (b[pivot] ?? 0);
    }
  }
  const x = new Float64Array(n);
  for (let k = order.length - 1; k >= 0; k--) {
    const i = order[k] ?? 0;
    let sum = b[i] ?? 0;
    for (let l = k + 1; l < order.length; l++) {
      const j = order[l] ?? 0;
      sum -= at(i, j) * (x[j] ?? 0);
    }
    x[i] = sum / at(i, i);
  }
  return { x, rank: order.length };
}
