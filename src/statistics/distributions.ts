// Distribution functions and quantiles that intervals and tests need: normal, chi-square, Student t. In: arguments and
// degrees of freedom. Out: probabilities in 0 .. 1 or quantiles. The same bits everywhere, as those of
// src/language/math.ts and special.ts are.
import { log, normal_cdf, normal_quantile } from '../language/math.ts';
import { gammaTails, studentTails } from '../language/special.ts';

export const normalCdf = normal_cdf;
export const normalQuantile = normal_quantile;

/** Half-width of a two-sided normal interval, in standard errors: 1.96 for level 0.95. */
export function normalWidth(level: number): number {
  checkLevel(level);
  return normal_quantile(0.5 + level / 2);
}

/** Confidence levels are shares strictly between 0 and 1. */
export function checkLevel(level: number): void {
  if (!(level > 0 && level < 1))
    throw new RangeError(`confidence level ${level}; use a share between 0 and 1, such as 0.95`);
}

// Lanczos' approximation, g = 7, n = 9 (Godfrey 2001): 1e-15 relative for x > 0.
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** ln(Gamma(x)) for x > 0. */
export function logGamma(x: number): number {
  let sum = LANCZOS[0] ?? 0;
  for (let i = 1; i < LANCZOS.length; i++) sum += (LANCZOS[i] ?? 0) / (x + i - 1);
  const t = x + 6.5;
  return 0.9189385332046727 + (x - 0.5) * log(t) - t + log(sum);
}

/** P(X > x) for a chi-square variable with `df` degrees of freedom: the p-value of a test. */
export function chiSquareUpper(x: number, df: number): number {
  return gammaTails(halved(df)).shares(x / 2)[1];
}

/** P(T <= t) of Student's t. */
export function tCdf(t: number, df: number): number {
  halved(df);
  return df > NEARLY_NORMAL ? normal_cdf(t) : studentTails(df).shares(t)[0];
}

/** The t with P(T <= t) = p. */
export function tQuantile(p: number, df: number): number {
  checkProbability(p);
  halved(df);
  if (p === 0.5) return 0;
  return df > NEARLY_NORMAL ? normal_quantile(p) : studentTails(df).quantile(p, 1 - p);
}

/** From here on normal and t agree to 1e-8 and better within five standard deviations, and the fraction is slow. */
const NEARLY_NORMAL = 1e8;

function halved(df: number): number {
  if (!(df > 0)) throw new RangeError(`${df} degrees of freedom; use more than 0`);
  return df / 2;
}

function checkProbability(p: number): void {
  if (!(p > 0 && p < 1)) throw new RangeError(`probability ${p}; use one between 0 and 1`);
}
