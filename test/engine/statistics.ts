// Tests of samples against distributions, for fixed seeds: each fails a sound generator with probability 1e-6.

/** A test that needs 10 million draws runs only when GEMELLO_HEAVY=1; the others use 200,000. */
export const DRAWS = process.env.GEMELLO_HEAVY === '1' ? 10_000_000 : 200_000;

/** sqrt(-ln(1e-6 / 2) / 2): Kolmogorov's distribution, whose first term is enough this far out. */
export const KOLMOGOROV_BAR = 2.6935;

/** Kolmogorov-Smirnov: sqrt(n) times the largest distance between the sample's and the given distribution function. */
export function kolmogorov(sample: Float64Array | Float32Array, cdf: (x: number) => number): number {
  const sorted = Float64Array.from(sample).sort();
  let distance = 0;
  for (let i = 0; i < sorted.length; i++) {
    const p = cdf(sorted[i] ?? Number.NaN);
    distance = Math.max(distance, p - i / sorted.length, (i + 1) / sorted.length - p);
    if (Number.isNaN(p)) return Number.NaN;
  }
  return distance * Math.sqrt(sorted.length);
}

/** Chi-square of counts against expected counts, as a standard normal deviate (Wilson and Hilferty 1931). */
export function chiSquareDeviate(counts: readonly number[], expected: readonly number[]): number {
  const chi2 = counts.reduce(
    (sum, count, k) => sum + (count - (expected[k] ?? 0)) ** 2 / (expected[k] ?? 0),
    0,
  );
  const spread = 2 / (9 * (counts.length - 1));
  return (Math.cbrt(chi2 / (counts.length - 1)) - (1 - spread)) / Math.sqrt(spread);
}
/** P(|z| > 4.892) = 1e-6. */
export const NORMAL_BAR = 4.892;

export function moments(sample: Float64Array | Float32Array): {
  readonly mean: number;
  readonly variance: number;
} {
  let sum = 0;
  for (const x of sample) sum += x;
  const mean = sum / sample.length;
  let squares = 0;
  for (const x of sample) squares += (x - mean) ** 2;
  return { mean, variance: squares / (sample.length - 1) };
}

/** Covariance of two samples. */
export function covarianceOf(a: Float64Array | Float32Array, b: Float64Array | Float32Array): number {
  const [ma, mb] = [moments(a).mean, moments(b).mean];
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] ?? 0) - ma) * ((b[i] ?? 0) - mb);
  return sum / (a.length - 1);
}
