// Reference values for the tests of math.ts: fixed-point BigInt arithmetic of 192 fraction bits, from the defining
// series. In: doubles, taken exactly. Out: a value as fixed * 2^(k - 192). Slow and obvious.

export const BITS = 192n;
const ONE = 1n << BITS;

/** A value fixed * 2^(k - 192). */
export interface Precise {
  readonly fixed: bigint;
  readonly k: number;
}

/** A double as fixed point, exact unless it is below 2^-140. */
export function fixed(x: number): bigint {
  const k = x === 0 ? 0 : Math.max(-1000, Math.floor(Math.log2(Math.abs(x))));
  const whole = BigInt(scale(x, 60 - k));
  const shift = BITS - 60n + BigInt(k);
  return shift >= 0n ? whole << shift : whole >> -shift;
}
/** x * 2^k, exact while nothing is lost. */
function scale(x: number, k: number): number {
  const half = Math.trunc(k / 2);
  return x * 2 ** half * 2 ** (k - half);
}

export const mul = (a: bigint, b: bigint): bigint => (a * b) >> BITS;
export const div = (a: bigint, b: bigint): bigint => (a << BITS) / b;

/** atanh(1 / n) */
function atanhInverse(n: bigint): bigint {
  let sum = 0n;
  let power = ONE / n;
  for (let i = 1n; power !== 0n; i += 2n, power /= n * n) sum += power / i;
  return sum;
}
function atanInverse(n: bigint): bigint {
  let sum = 0n;
  let power = ONE / n;
  for (let i = 1n; power !== 0n; i += 2n, power = -power / (n * n)) sum += power / i;
  return sum;
}
export const LN2 = 2n * atanhInverse(3n);
export const PI = 16n * atanInverse(5n) - 4n * atanInverse(239n); // Machin

/** Sum of terms first * prod(next(i)) until they vanish. */
function series(first: bigint, next: (term: bigint, i: bigint) => bigint): bigint {
  let sum = first;
  for (let term = first, i = 1n; term !== 0n; i++) {
    term = next(term, i);
    sum += term;
  }
  return sum;
}

export function exp(x: bigint): Precise {
  const k = (x + LN2 / 2n) / LN2 - (x + LN2 / 2n < 0n ? 1n : 0n);
  const r = (x - k * LN2) >> 8n;
  let e = series(ONE, (term, i) => mul(term, r) / i);
  for (let i = 0; i < 8; i++) e = mul(e, e);
  return { fixed: e, k: Number(k) };
}

/** log of a positive normal double: the host's value, corrected by what exp says of it. */
export function log(x: number): bigint {
  const guess = fixed(Math.log(x));
  const { fixed: e, k } = exp(-guess);
  const d = mul(fixed(scale(x, k)), e) - ONE; // x exp(-guess) - 1, about 1e-16
  return guess + d - mul(d, d) / 2n + mul(mul(d, d), d) / 3n;
}

export function sin(x: bigint): bigint {
  const turn = 2n * PI;
  const r = ((x % turn) + turn) % turn;
  return series(r, (term, i) => -mul(mul(term, r), r) / (2n * i * (2n * i + 1n)));
}
export const cos = (x: bigint): bigint => sin(x + PI / 2n);

export function tanh(x: number): bigint {
  const { fixed: e, k } = exp(fixed(2 * x));
  const one = k >= 0 ? ONE >> BigInt(k) : ONE << BigInt(-k);
  return div(e - one, e + one);
}

export function atan(x: number): bigint {
  const guess = fixed(Math.atan(x));
  const [s, c, t] = [sin(guess), cos(guess), fixed(x)];
  const d = div(mul(t, c) - s, c + mul(t, s));
  return guess + d - mul(mul(d, d), d) / 3n;
}

export const pow = (x: number, y: number): Precise => exp(mul(fixed(y), log(x)));

/** The normal density's exponential exp(-z^2/2). */
const gauss = (z: bigint): Precise => exp(-mul(z, z) / 2n);
const ROOT_2PI = root(2n * PI);
function root(a: bigint): bigint {
  let r = fixed(Math.sqrt(Number(a) / 2 ** Number(BITS)));
  for (let i = 0; i < 4; i++) r = (r + div(a, r)) / 2n;
  return r;
}

/** The lower tail of the normal distribution: Taylor's series near 0, Laplace's continued fraction beyond. */
export function normalCdf(z: bigint): Precise {
  const { fixed: g, k } = gauss(z);
  const density = div(g, ROOT_2PI);
  if (z < -3n * ONE) {
    let f = -z;
    for (let i = 300n; i > 0n; i--) f = -z + div(i << BITS, f);
    return { fixed: div(density, f), k };
  }
  const sum = series(z, (term, i) => mul(mul(term, z), z) / (2n * i + 1n));
  const shifted = k >= 0 ? density << BigInt(k) : density >> BigInt(-k);
  return { fixed: ONE / 2n + mul(shifted, sum), k: 0 };
}

/** How far `got` is from the value, relative to it. */
export function relativeError(got: number, { fixed: want, k }: Precise): number {
  const difference = fixed(scale(got, -k)) - want;
  return Math.abs(Number((difference << 80n) / want)) / 2 ** 80;
}

/** How far `got` is from the value in units of the last place of the value. */
export function ulpError(got: number, want: Precise): number {
  const size = Math.abs(Number(want.fixed)) / 2 ** Number(BITS);
  const ulp = 2 ** (Math.floor(Math.log2(size)) - 52);
  const difference = fixed(scale(got, -want.k)) - want.fixed;
  return Math.abs(Number(difference)) / 2 ** Number(BITS) / ulp;
}
