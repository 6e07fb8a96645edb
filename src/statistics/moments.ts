// Running mean and variance of one value or of two values of the same patient. In: values one at a time. Out: moments
// that merge by one formula, so that chunks and workers add up (the same bits for the same order of merging).
// Source: Chan, Golub and LeVeque, Am. Stat. 1983;37:242: no loss of digits when the mean is large.

export interface Moments {
  n: number;
  mean: number;
  /** Sum of squared distances from the mean. */
  squares: number;
}

export const createMoments = (): Moments => ({ n: 0, mean: 0, squares: 0 });

export function addValue(into: Moments, x: number): void {
  into.n++;
  const off = x - into.mean;
  into.mean += off / into.n;
  into.squares += off * (x - into.mean);
}

export function momentsOf(values: ArrayLike<number>): Moments {
  const moments = createMoments();
  for (let i = 0; i < values.length; i++) addValue(moments, values[i] ?? Number.NaN);
  return moments;
}

export function mergeMoments(into: Moments, other: Moments): void {
  if (other.n === 0) return;
  const n = into.n + other.n;
  const off = other.mean - into.mean;
  into.squares += other.squares + (off * off * into.n * other.n) / n;
  into.mean += (off * other.n) / n;
  into.n = n;
}

/** Unbiased variance; NaN of fewer than two values. */
export function variance({ n, squares }: Moments): number {
  return n < 2 ? Number.NaN : squares / (n - 1);
}

export interface PairMoments {
  readonly first: Moments;
  readonly second: Moments;
  /** Sum of products of the distances from the two means. */
  products: number;
}

export const createPairMoments = (): PairMoments => ({
  first: createMoments(),
  second: createMoments(),
  products: 0,
});

export function addPair(into: PairMoments, x: number, y: number): void {
  const off = x - into.first.mean;
  addValue(into.first, x);
  addValue(into.second, y);
  into.products += off * (y - into.second.mean);
}

export function mergePairMoments(into: PairMoments, other: PairMoments): void {
  const n = into.first.n + other.first.n;
  if (other.first.n === 0) return;
  const [offX, offY] = [other.first.mean - into.first.mean, other.second.mean - into.second.mean];
  into.products += other.products + (offX * offY * into.first.n * other.first.n) / n;
  mergeMoments(into.first, other.first);
  mergeMoments(into.second, other.second);
}
