// Distribution functions and quantiles that intervals and tests need: normal, chi-square, Student t. In: arguments and
// degrees of freedom. Out: probabilities in 0 .. 1 or quantiles. The same bits everywhere: only src/language/math.ts.
import { exp, log, normal_cdf, normal_quantile } from '../language/math.ts';

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

/** Regularised incomplete gamma functions [P, Q](a, x): series below a + 1, Lentz's continued fraction above. */
function gammaTails(a: number, x: number): readonly [lower: number, upper: number] {
  if (x <= 0) return [0, 1];
  if (x === Number.POSITIVE_INFINITY) return [1, 0];
  const front = exp(a * log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; n < 10_000 && term > sum * 1e-17; n++) {
      term *= x / (a + n);
      sum += term;
    }
    return [front * sum, 1 - front * sum];
  }
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let h = d;
  for (let n = 1; n < 10_000; n++) {
    const an = -n * (n - a);
    b += 2;
    d = 1 / nonzero(an * d + b);
    c = nonzero(b + an / c);
    h *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return [1 - front * h, front * h];
}

const nonzero = (x: number): number => (Math.abs(x) < 1e-300 ? 1e-300 : x);

/** P(X > x) for a chi-square variable with `df` degrees of freedom: the p-value of a test. */
export function chiSquareUpper(x: number, df: number): number {
  if (!(df > 0)) throw new RangeError(`${df} degrees of freedom; use more than 0`);
  return gammaTails(df / 2, x / 2)[1];
}

/** Regularised incomplete beta function I_x(a, b) by Lentz's continued fraction. */
function betaRegularised(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - betaRegularised(1 - x, b, a);
  const front = exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log(1 - x)) / a;
  let c = 1;
  let d = 1 / nonzero(1 - ((a + b) * x) / (a + 1));
  let h = d;
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonzero(1 + even * d);
    c = nonzero(1 + even / c);
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonzero(1 + odd * d);
    c = nonzero(1 + odd / c);
    h *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return front * h;
}

/** P(T <= t) of Student's t. */
export function tCdf(t: number, df: number): number {
  if (!(df > 0)) throw new RangeError(`${df} degrees of freedom; use more than 0`);
  const tail = betaRegularised(df / (df + t * t), df / 2, 0.5) / 2;
  return t > 0 ? 1 - tail : tail;
}

/** The t with P(T <= t) = p, by bisection between bounds that double until they enclose it: 1e-14 relative. */
export function tQuantile(p: number, df: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`probability ${p}; use one between 0 and 1`);
  if (p === 0.5) return 0;
  const tail = Math.min(p, 1 - p); // small probabilities keep their digits in the lower tail only
  // beyond 1e8 degrees normal and t agree to 1e-8, and the fraction converges slowly
  const size = df > 1e8 ? -normal_quantile(tail) : rootOf((t) => tail - tCdf(-t, df), 0, 1);
  return p < 0.5 ? -size : size;
}

/** The x with P(X <= x) = p of a chi-square variable. */
export function chiSquareQuantile(p: number, df: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`probability ${p}; use one between 0 and 1`);
  // Each half by its own tail, so that small probabilities keep their digits.
  const short = (x: number) => {
    const [lower, upper] = gammaTails(df / 2, x / 2);
    return p < 0.5 ? lower - p : 1 - p - upper;
  };
  return rootOf(short, 0, Math.max(1, df));
}

/** Root of an increasing function that is negative at `low`. */
function rootOf(f: (x: number) => number, low: number, high: number): number {
  for (let i = 0; i < 1000 && f(high) < 0; i++) {
    low = high;
    high *= 2;
  }
  for (let i = 0; i < 200; i++) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    if (f(middle) < 0) low = middle;
    else high = middle;
  }
  return low + (high - low) / 2;
}
