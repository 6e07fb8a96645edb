// The Cholesky factor of a block of random effects. In: a symmetric matrix of numbers (its lower triangle is read).
// Out: the lower factor, or in plain words why there is none. f64 with + - * / sqrt only: the same bits everywhere.
// Semi-definite matrices are welcome: a variance of 0 switches an effect off.

export type Factor =
  | {
      readonly kind: 'factor';
      readonly size: number /** Row-major, size x size. */;
      readonly lower: Float64Array;
    }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Pivots below this share of their variance count as zero: rounding of size * epsilon, with room for covariances
 * that were typed with nine digits (a correlation of exactly 1 between sd 0.3 and 0.2).
 */
const ZERO_PIVOT = 1e-9;

export function cholesky(matrix: readonly (readonly number[])[], names: readonly string[]): Factor {
  const size = names.length;
  const at = (i: number, j: number) => matrix[i]?.[j] ?? Number.NaN;
  const refuse = (reason: string): Factor => ({ kind: 'refused', reason });

  for (let i = 0; i < size; i++) {
    if (at(i, i) < 0) return refuse(`the variance of ${names[i]} is ${at(i, i)}; a variance is 0 or more`);
    for (let j = 0; j <= i; j++) {
      if (Number.isFinite(at(i, j))) continue;
      const entry = i === j ? `variance of ${names[i]}` : `covariance of ${names[j]} and ${names[i]}`;
      return refuse(`the ${entry} is ${at(i, j)}, not a number that can be drawn from`);
    }
  }

  const lower = new Float64Array(size * size);
  const l = (i: number, j: number) => lower[i * size + j] ?? 0;
  for (let j = 0; j < size; j++) {
    let pivot = at(j, j);
    for (let k = 0; k < j; k++) pivot -= l(j, k) * l(j, k);
    if (pivot < -ZERO_PIVOT * at(j, j)) return refuse(whyNot(matrix, names));
    const flat = pivot <= ZERO_PIVOT * at(j, j);
    const diagonal = flat ? 0 : Math.sqrt(pivot);
    lower[j * size + j] = diagonal;
    for (let i = j + 1; i < size; i++) {
      let rest = at(i, j);
      for (let k = 0; k < j; k++) rest -= l(i, k) * l(j, k);
      // What is left to explain with nothing left to explain it by: the matrix has a negative direction.
      if (flat && Math.abs(rest) > 2 * Math.sqrt(ZERO_PIVOT * at(i, i) * at(j, j)))
        return refuse(whyNot(matrix, names));
      lower[i * size + j] = flat ? 0 : rest / diagonal;
    }
  }
  return { kind: 'factor', size, lower };
}

/** The first pair whose correlation is beyond 1 explains most bad matrices; otherwise it takes three effects. */
function whyNot(matrix: readonly (readonly number[])[], names: readonly string[]): string {
  const at = (i: number, j: number) => matrix[i]?.[j] ?? Number.NaN;
  for (let i = 0; i < names.length; i++) {
    for (let j = 0; j < i; j++) {
      const limit = Math.sqrt(at(i, i) * at(j, j));
      if (Math.abs(at(i, j)) > limit * (1 + 1e-9)) {
        return (
          `the covariance of ${names[j]} and ${names[i]} is ${at(i, j)}, but with variances ` +
          `${at(j, j)} and ${at(i, i)} it cannot exceed ${Number(limit.toPrecision(6))} in size`
        );
      }
    }
  }
  return 'the covariance matrix is not positive semi-definite: each pair is possible, all together are not; bring the covariances closer to 0';
}
