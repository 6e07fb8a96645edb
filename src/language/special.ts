// Gamma and beta distributions: shares below and above a value, and the value at a share. In: plain f64 numbers. Out: the
// same bits on every machine (+ - * / sqrt and the exp and log of math.ts only). Loops, so unlike math.ts these are not
// functions of the language: populations are drawn with them on the processor, and no kernel needs them.
// Shares and values are good to 1e-13 relative for shapes of 0.05 to 1e4 and shares down to 1e-300 (the tests say how).
// Sources: saddle-point form of the densities, Loader, "Fast and accurate computation of binomial probabilities", 2000;
// series and continued fractions, NIST Digital Library of Mathematical Functions 8.7.1, 8.9.2, 8.17.22 (modified Lentz).
import { exp, log, roughNormal } from './plain.ts';

const HALF_LOG_2PI = 0.9189385332046727;
const TWO_PI = 6.283185307179586;
const TINY = 1e-300;

/** log of Gamma(a + 1) over Stirling's sqrt(2 pi a) (a / e)^a, a > 0. */
function stirlingRest(a: number): number {
  if (a >= 15) return stirlingSeries(a);
  // Gamma(a + 1) = Gamma(z + 1) / ((a + 1) ... z), with z = a + m >= 15.
  let product = 1;
  let z = a;
  while (z < 15) {
    z += 1;
    product *= z;
  }
  const logGamma = (z + 0.5) * log(z) - z + HALF_LOG_2PI + stirlingSeries(z) - log(product);
  return logGamma - ((a + 0.5) * log(a) - a + HALF_LOG_2PI);
}

/** 1/(12 a) - 1/(360 a^3) + ..., Bernoulli numbers; 1e-17 at a = 15. */
function stirlingSeries(a: number): number {
  const s = 1 / (a * a);
  const inner = 1 / 1680 - s * (1 / 1188 - s * (691 / 360360 - s * (1 / 156)));
  return (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * inner))) / a;
}

/** a log(a / m) + m - a without cancellation where they are close. */
function deviance(a: number, m: number): number {
  if (Math.abs(a - m) >= 0.1 * (a + m)) return a * log(a / m) + m - a;
  const v = (a - m) / (a + m);
  let sum = (a - m) * v;
  let term = 2 * a * v;
  for (let k = 3; k < 2000; k += 2) {
    term *= v * v;
    const next = sum + term / k;
    if (next === sum) break;
    sum = next;
  }
  return sum;
}

/** A continuous law on a scale u where log of either tail is concave, so that Newton's steps cannot go astray. */
interface Concave {
  /** [share below, share above, density] at u. */
  readonly shares: (u: number) => readonly [number, number, number];
  /** (log density)' at u. */
  readonly slope: (u: number) => number;
  readonly guess: (p: number, q: number) => number;
}

/** The u below which a share p lies, q = 1 - p above; the smaller of both is believed. */
function invert(law: Concave, p: number, q: number): number {
  const lower = p <= q;
  const goal = lower ? p : q;
  let u = law.guess(p, q);
  for (let round = 0; round < 100; round++) {
    const [below, above, density] = law.shares(u);
    const share = lower ? below : above;
    if (!(share > 0)) {
      // Beyond what f64 holds: towards the middle.
      u += lower ? 1 : -1;
      continue;
    }
    const rate = (lower ? density : -density) / share;
    const error = Math.abs(share - goal) < 0.1 * goal ? near(share, goal) : log(share / goal);
    const newton = -error / rate;
    // Halley: h'' / h' = slope - h' for h = log share.
    const bend = 0.5 * newton * (law.slope(u) - rate);
    const step = Math.abs(bend) < 0.5 ? newton / (1 + bend) : newton;
    u += step;
    if (Math.abs(step) < 1e-6 || !Number.isFinite(u)) return u;
  }
  return u;
}

/** log(a / b) for a near b. */
function near(a: number, b: number): number {
  const s = (a - b) / (a + b);
  const z = s * s;
  return 2 * s * (1 + z * (1 / 3 + z * (1 / 5 + z * (1 / 7 + z * (1 / 9 + z * (1 / 11 + z / 13))))));
}

export interface Tails {
  /** [share at or below x, share above x]. */
  readonly shares: (x: number) => readonly [number, number];
  /** The value at share p below and q = 1 - p above. */
  readonly quantile: (p: number, q: number) => number;
}

/** The gamma distribution of a shape and scale 1. */
export function gammaTails(shape: number): Tails {
  const rest = stirlingRest(shape);
  const front = 1 / Math.sqrt(TWO_PI * shape);
  const logOfFirst = log(shape) + rest + log(Math.sqrt(TWO_PI / shape)) + shape * (log(shape) - 1);
  const shares = (x: number): readonly [number, number, number] => {
    if (!(x > 0)) return [0, 1, 0];
    if (x === Number.POSITIVE_INFINITY) return [1, 0, 0];
    // x^a e^-x / Gamma(a + 1)
    const d = front * exp(-rest - deviance(shape, x));
    const density = d * shape;
    if (x < shape + 1) {
      let term = 1;
      let sum = 1;
      for (let n = 1; n < 100_000; n++) {
        term *= x / (shape + n);
        sum += term;
        if (term < 1e-17 * sum) break;
      }
      const below = d * sum;
      return [below, 1 - below, density];
    }
    let b = x + 1 - shape;
    let c = 1 / TINY;
    let e = 1 / b;
    let f = e;
    for (let n = 1; n < 100_000; n++) {
      const a = -n * (n - shape);
      b += 2;
      e = 1 / floored(a * e + b);
      c = floored(b + a / c);
      const change = c * e;
      f *= change;
      if (Math.abs(change - 1) < 1e-16) break;
    }
    const above = density * f;
    return [1 - above, above, density];
  };
  const law: Concave = {
    shares: (u) => shares(exp(u)),
    slope: (u) => shape - exp(u),
    guess: (p, q) => {
      // Small values: P = x^a / Gamma(a + 1); else the cube root of x is nearly normal (Wilson and Hilferty 1931).
      const small = (log(p) + logOfFirst) / shape;
      if (shape < 0.3 || small < log(0.2 * (shape + 1)) - 1) return small;
      const z = p < q ? -roughNormal(p) : roughNormal(q);
      const root = 1 - 1 / (9 * shape) + z / (3 * Math.sqrt(shape));
      return root > 0.05 ? log(shape) + 3 * log(root) : small;
    },
  };
  return {
    shares: (x) => {
      const [below, above] = shares(x);
      return [below, above];
    },
    quantile: (p, q) => (p <= 0 ? 0 : q <= 0 ? Number.POSITIVE_INFINITY : exp(invert(law, p, q))),
  };
}

const floored = (x: number): number => (Math.abs(x) < TINY ? TINY : x);

/** The beta distribution, by x and y = 1 - x, either of which may be tiny. */
export interface BetaTails {
  readonly shares: (x: number, y: number) => readonly [number, number];
  /** log(x / y) at share p below and q = 1 - p above. */
  readonly logit: (p: number, q: number) => number;
}

export function betaTails(a: number, b: number): BetaTails {
  const n = a + b;
  const rest = stirlingRest(n) - stirlingRest(a) - stirlingRest(b);
  const front = Math.sqrt((a * b) / (TWO_PI * n));
  const shares = (x: number, y: number): readonly [number, number, number] => {
    if (!(x > 0)) return [0, 1, 0];
    if (!(y > 0)) return [1, 0, 0];
    // x^a y^b / B(a, b)
    const density = front * exp(rest - deviance(a, n * x) - deviance(b, n * y));
    if (x <= (a + 1) / (n + 2)) {
      const below = (density * fraction(a, b, x)) / a;
      return [below, 1 - below, density];
    }
    const above = (density * fraction(b, a, y)) / b;
    return [1 - above, above, density];
  };
  const law: Concave = {
    shares: (u) => {
      const [x, y] = unlogit(u);
      return shares(x, y);
    },
    slope: (u) => {
      const [x, y] = unlogit(u);
      return a * y - b * x;
    },
    guess: (p, q) => {
      // Either end as a power; the middle from the normal with the logit's mean and spread, nearly.
      const logB = -rest - log(front) + a * log(a / n) + b * log(b / n);
      const low = (log(p) + log(a) + logB) / a;
      const high = -(log(q) + log(b) + logB) / b;
      if (a > 1 && b > 1) {
        const z = p < q ? -roughNormal(p) : roughNormal(q);
        const middle = log((a - 1 / 3) / (b - 1 / 3)) + z * Math.sqrt(1 / a + 1 / b);
        return p < q ? Math.max(low, middle) : Math.min(high, middle);
      }
      return p < q ? Math.min(low, 30) : Math.max(high, -30);
    },
  };
  return {
    shares: (x, y) => {
      const [below, above] = shares(x, y);
      return [below, above];
    },
    logit: (p, q) =>
      p <= 0 ? Number.NEGATIVE_INFINITY : q <= 0 ? Number.POSITIVE_INFINITY : invert(law, p, q),
  };
}

/** [x, 1 - x] of log(x / (1 - x)), both to full precision. */
export function unlogit(u: number): readonly [number, number] {
  const e = exp(-Math.abs(u));
  const large = 1 / (1 + e);
  return u > 0 ? [large, e * large] : [e * large, large];
}

function fraction(a: number, b: number, x: number): number {
  let c = 1;
  let e = 1 / floored(1 - ((a + b) * x) / (a + 1));
  let f = e;
  for (let m = 1; m < 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    e = 1 / floored(1 + even * e);
    c = floored(1 + even / c);
    f *= e * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    e = 1 / floored(1 + odd * e);
    c = floored(1 + odd / c);
    const change = e * c;
    f *= change;
    if (Math.abs(change - 1) < 1e-16) break;
  }
  return f;
}

/** Student's t with `df` degrees of freedom: beta(df / 2, 1 / 2) of df / (df + t^2) is twice a tail. */
export function studentTails(df: number): Tails {
  const half = betaTails(df / 2, 0.5);
  const root = Math.sqrt(df);
  return {
    shares: (t) => {
      const square = t * t;
      const [twice] = Number.isFinite(square)
        ? half.shares(df / (df + square), square / (df + square))
        : [Math.abs(t) === Number.POSITIVE_INFINITY ? 0 : exp(-df * log(Math.abs(t)))];
      return t < 0 ? [0.5 * twice, 1 - 0.5 * twice] : [1 - 0.5 * twice, 0.5 * twice];
    },
    quantile: (p, q) => {
      const tail = p < q ? p : q;
      // 2 tail below and p - q (or q - p) above, which is exact for a uniform draw.
      const size = root * exp(-0.5 * half.logit(2 * tail, Math.abs(p - q)));
      return p < q ? -size : size;
    },
  };
}
