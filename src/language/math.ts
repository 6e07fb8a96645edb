// Elementary functions, defined once over an algebra of numbers, so that TypeScript and the WebAssembly emitter give
// the same bits: straight-line f64 code of + - * / sqrt floor abs, selections and exponent bits, never Math.exp.
// In: an algebra (`numbers` here, code in the emitter). Out: LIBRARY, and the functions applied to numbers.
// Largest errors over 1e5 random points each, against 140-bit references (the tests repeat it on fewer points):
//   exp 0.83 ulp; log 0.82; pow 0.87, integers exact; tanh 1.3; atan 0.87; sin, cos 1.3e-16 absolute for |x| <= 1e5;
//   normal_cdf 7.1e-16 relative for z >= -37; normal_quantile 7.3e-16 relative for 1e-320 < p < 1.
// Results below 2^-1022 are rounded to subnormals. Choices at the edges: x^0 = 1 for every x, 1^y = 1 for every y but
// NaN, (-0)^y counts as 0^y; sin, cos are NaN for |x| > 2^30.
// Sources: polynomials of exp, log, sin, cos from FreeBSD's msun (Sun, 1993); tanh, atan from Cephes (Moshier);
// normal_cdf Cody, Math. Comp. 1969;23:631; normal_quantile Wichura, AS 241, Appl. Stat. 1988;37:477;
// double-double products Dekker, Numer. Math. 1971;18:224; the last terms of pow's logarithm fitted for this file.

/** What the functions are made of. A T may be used many times: an emitter binds each result to a local. */
export interface Algebra<T, B> {
  constant(c: number): T;
  add(a: T, b: T): T;
  sub(a: T, b: T): T;
  mul(a: T, b: T): T;
  div(a: T, b: T): T;
  neg(a: T): T;
  abs(a: T): T;
  /** min and max give NaN when either argument is NaN. */
  min(a: T, b: T): T;
  max(a: T, b: T): T;
  sqrt(a: T): T;
  floor(a: T): T;
  /** Nearest integer, halves to even. */
  nearest(a: T): T;
  lt(a: T, b: T): B;
  le(a: T, b: T): B;
  gt(a: T, b: T): B;
  ge(a: T, b: T): B;
  eq(a: T, b: T): B;
  and(a: B, b: B): B;
  or(a: B, b: B): B;
  not(a: B): B;
  select(b: B, yes: T, no: T): T;
  /**
   * x * 2^k for an integral k, |k| <= 2044, as (x * 2^floor(k/2)) * 2^(k - floor(k/2)): right down to subnormals.
   * Anything for a k that is NaN, as long as a NaN x stays NaN. 2^n is the bits of (n + 1023 + 2^52), shifted left 52.
   */
  scale2(x: T, k: T): T;
  /** For a positive normal x: floor(log2 x), the biased exponent bits less 1023. Any number for other x. */
  exponent(x: T): T;
  /** For a positive normal x: x / 2^exponent(x), in [1, 2): the fraction bits under the exponent of 1. */
  fraction(x: T): T;
}

export type LibraryName =
  | 'exp'
  | 'log'
  | 'pow'
  | 'sin'
  | 'cos'
  | 'tanh'
  | 'atan'
  | 'normal_cdf'
  | 'normal_quantile';
export type LibraryFunction = <T, B>(m: Algebra<T, B>, ...args: readonly T[]) => T;

const LOG2_E = 1.4426950408889634;
// ln 2 in two parts; the first has 33 bits, so its product with an exponent is exact.
const LN2_HI = 0.6931471803691238;
const LN2_LO = 1.9082149292705877e-10;
const SQRT2 = 1.4142135623730951;
const TWO_54 = 18014398509481984;
const MIN_NORMAL = 2.2250738585072014e-308;

/** Polynomial by Horner's rule, highest power first. */
function horner<T, B>(m: Algebra<T, B>, x: T, coefficients: readonly number[]): T {
  let sum = m.constant(coefficients[0] ?? 0);
  for (let i = 1; i < coefficients.length; i++) sum = m.add(m.mul(sum, x), m.constant(coefficients[i] ?? 0));
  return sum;
}

/** a * b = p + e exactly, for factors below 1e150. */
function product<T, B>(m: Algebra<T, B>, a: T, b: T): readonly [T, T] {
  const split = (x: T): readonly [T, T] => {
    const c = m.mul(m.constant(134217729), x);
    const high = m.sub(c, m.sub(c, x));
    return [high, m.sub(x, high)];
  };
  const p = m.mul(a, b);
  const [ah, al] = split(a);
  const [bh, bl] = split(b);
  const e = m.add(m.add(m.sub(m.mul(ah, bh), p), m.add(m.mul(ah, bl), m.mul(al, bh))), m.mul(al, bl));
  return [p, e];
}

/** exp(high + low) for a low that is small beside 1. */
function expOf<T, B>(m: Algebra<T, B>, high: T, low: T): T {
  const bound = m.constant(800);
  const x = m.max(m.min(high, bound), m.neg(bound));
  const k = m.nearest(m.mul(x, m.constant(LOG2_E)));
  const a = m.sub(x, m.mul(k, m.constant(LN2_HI)));
  const b = m.sub(m.mul(k, m.constant(LN2_LO)), low);
  const r = m.sub(a, b);
  const z = m.mul(r, r);
  const c = m.sub(r, m.mul(z, horner(m, z, EXP)));
  const quotient = m.div(m.mul(r, c), m.sub(m.constant(2), c));
  return m.scale2(m.sub(m.constant(1), m.sub(m.sub(b, quotient), a)), k);
}
const EXP = [
  4.1381367970572385e-8, -0.0000016533902205465252, 0.00006613756321437934, -0.0027777777777015593,
  0.16666666666666602,
];

/** a = f * 2^k with f in [sqrt(1/2), sqrt(2)), for a positive finite a; subnormals too. */
function mantissa<T, B>(m: Algebra<T, B>, a: T): { readonly f: T; readonly k: T } {
  const tiny = m.lt(a, m.constant(MIN_NORMAL));
  const x = m.select(tiny, m.mul(a, m.constant(TWO_54)), a);
  const e = m.add(m.exponent(x), m.select(tiny, m.constant(-54), m.constant(0)));
  const f = m.fraction(x);
  const upper = m.ge(f, m.constant(SQRT2));
  return {
    f: m.select(upper, m.mul(f, m.constant(0.5)), f),
    k: m.select(upper, m.add(e, m.constant(1)), e),
  };
}

function logOf<T, B>(m: Algebra<T, B>, x: T): T {
  const { f: mant, k } = mantissa(m, x);
  const f = m.sub(mant, m.constant(1));
  const s = m.div(f, m.add(m.constant(2), f));
  const z = m.mul(s, s);
  const half = m.mul(m.mul(m.constant(0.5), f), f);
  const series = m.add(half, m.mul(z, horner(m, z, LOG)));
  const low = m.add(m.mul(s, series), m.mul(k, m.constant(LN2_LO)));
  const finite = m.sub(m.mul(k, m.constant(LN2_HI)), m.sub(m.sub(half, low), f));
  const zero = m.constant(0);
  const infinity = m.constant(Number.POSITIVE_INFINITY);
  return m.select(
    m.and(m.gt(x, zero), m.lt(x, infinity)),
    finite,
    m.select(m.eq(x, zero), m.neg(infinity), m.select(m.eq(x, infinity), x, m.constant(Number.NaN))),
  );
}
const LOG = [
  0.14798198605116586, 0.15313837699209373, 0.1818357216161805, 0.22222198432149784, 0.2857142874366239,
  0.3999999999940942, 0.6666666666666735,
];

/** log a as high + low, good to about 2^-65 of itself, for a positive finite a. */
function logParts<T, B>(m: Algebra<T, B>, a: T): readonly [T, T] {
  const { f: mant, k } = mantissa(m, a);
  const one = m.constant(1);
  // s = (mant - 1) / (mant + 1) as s + sl; log mant = 2 atanh(s).
  const f = m.sub(mant, one);
  const d = m.add(mant, one);
  const dl = m.sub(mant, m.sub(d, one));
  const s = m.div(f, d);
  const [sd, sde] = product(m, s, d);
  const sl = m.div(m.sub(m.sub(m.sub(f, sd), sde), m.mul(s, dl)), d);
  const [z, ze] = product(m, s, s);
  const zl = m.add(ze, m.mul(m.add(s, s), sl));
  // series = 2/3 + z * tail(z)
  const tail = m.mul(z, horner(m, z, ATANH));
  const third = m.constant(0.6666666666666666);
  const p = m.add(third, tail);
  const pl = m.add(m.add(m.sub(third, p), tail), m.constant(3.700743415417188e-17));
  const [cube, ce] = product(m, s, z);
  const cubel = m.add(ce, m.add(m.mul(s, zl), m.mul(sl, z)));
  const [t, te] = product(m, cube, p);
  const tl = m.add(te, m.add(m.mul(cube, pl), m.mul(cubel, p)));
  const twice = m.add(s, s);
  const u = m.add(twice, t);
  const ul = m.add(m.add(m.sub(twice, u), t), m.add(tl, m.add(sl, sl)));
  const whole = m.mul(k, m.constant(LN2_HI));
  const h = m.add(whole, u);
  return [h, m.add(m.add(m.sub(whole, h), u), m.add(m.mul(k, m.constant(LN2_LO)), ul))];
}
const ATANH = [
  0.11723178623876518, 0.11706236339491206, 0.1333480469384731, 0.1538459496251843, 0.18181818335392802,
  0.22222222221655885, 0.28571428571429364, 0.4,
];

function powOf<T, B>(m: Algebra<T, B>, x: T, exponent: T): T {
  const zero = m.constant(0);
  const infinity = m.constant(Number.POSITIVE_INFINITY);
  const nan = m.constant(Number.NaN);
  const a = m.abs(x);
  // Beyond 1e20 every base but 1 over- or underflows: the same result, and no overflow in the product below.
  const far = m.constant(1e20);
  const y = m.max(m.min(exponent, far), m.neg(far));
  const [h, l] = logParts(m, a);
  const [p, e] = product(m, y, h);
  const low = m.select(m.lt(m.abs(p), m.constant(800)), m.add(e, m.mul(y, l)), zero);
  const finite = expOf(m, p, low);
  const rises = m.gt(y, zero);
  const size = m.select(
    m.eq(a, zero),
    m.select(rises, zero, infinity),
    m.select(m.eq(a, infinity), m.select(rises, infinity, zero), finite),
  );
  const integral = m.eq(m.floor(exponent), exponent);
  const half = m.mul(exponent, m.constant(0.5));
  const odd = m.and(integral, m.not(m.eq(m.floor(half), half)));
  const signed = m.select(m.lt(x, zero), m.select(odd, m.neg(size), m.select(integral, size, nan)), size);
  // NaN in either argument is NaN, but for x^0.
  const known = m.and(m.eq(x, x), m.eq(exponent, exponent));
  return m.select(m.eq(exponent, zero), m.constant(1), m.select(known, signed, nan));
}

/** sin (shift 0) or cos (shift 1). Cody-Waite reduction by pi/2 in four parts, the first three of 23 bits. */
function circular<T, B>(m: Algebra<T, B>, x: T, shift: number): T {
  const k = m.nearest(m.mul(x, m.constant(0.6366197723675814)));
  let r = x;
  for (const part of PI_HALF) r = m.sub(r, m.mul(k, m.constant(part)));
  const z = m.mul(r, r);
  const one = m.constant(1);
  const sine = m.add(r, m.mul(m.mul(z, r), horner(m, z, SIN)));
  const half = m.mul(m.constant(0.5), z);
  const w = m.sub(one, half);
  const cosine = m.add(w, m.add(m.sub(m.sub(one, w), half), m.mul(m.mul(z, z), horner(m, z, COS))));
  const turn = m.add(k, m.constant(shift));
  const quadrant = m.sub(turn, m.mul(m.constant(4), m.floor(m.mul(turn, m.constant(0.25)))));
  const odd = m.or(m.eq(quadrant, one), m.eq(quadrant, m.constant(3)));
  const value = m.select(odd, cosine, sine);
  const signed = m.select(m.ge(quadrant, m.constant(2)), m.neg(value), value);
  return m.select(m.le(m.abs(x), m.constant(2 ** 30)), signed, m.constant(Number.NaN));
}
const PI_HALF = [1.570796251296997, 7.549789415861596e-8, 5.390302529957765e-15, 3.2820035428735005e-22];
const SIN = [
  1.58969099521155e-10, -2.5050760253406863e-8, 0.0000027557313707070068, -0.0001984126982985795,
  0.00833333333332249, -0.16666666666666632,
];
const COS = [
  -1.1359647557788195e-11, 2.087572321298175e-9, -2.7557314351390663e-7, 0.00002480158728947673,
  -0.001388888888887411, 0.0416666666666666,
];

function tanhOf<T, B>(m: Algebra<T, B>, x: T): T {
  const z = m.mul(x, x);
  const near = m.add(x, m.mul(m.mul(x, z), m.div(horner(m, z, TANH_ABOVE), horner(m, z, TANH_BELOW))));
  const a = m.abs(x);
  const one = m.constant(1);
  const two = m.constant(2);
  const far = m.sub(one, m.div(two, m.add(expOf(m, m.add(a, a), m.constant(0)), one)));
  const signed = m.select(m.lt(x, m.constant(0)), m.neg(far), far);
  return m.select(m.lt(a, m.constant(0.625)), near, signed);
}
const TANH_ABOVE = [-0.9643991794250523, -99.28772310019185, -1614.6876844170845];
const TANH_BELOW = [1, 112.81167849163293, 2235.4883906010045, 4844.063053251255];

function atanOf<T, B>(m: Algebra<T, B>, x: T): T {
  const a = m.abs(x);
  const one = m.constant(1);
  const steep = m.gt(a, m.constant(2.414213562373095));
  const middle = m.gt(a, m.constant(0.66));
  // atan a = base + atan((a - 1) / (a + 1)), or pi/2 - atan(1 / a)
  const above = m.select(steep, m.constant(-1), m.select(middle, m.sub(a, one), a));
  const below = m.select(steep, a, m.select(middle, m.add(a, one), one));
  const t = m.div(above, below);
  const z = m.mul(t, t);
  const correction = m.mul(m.mul(t, z), m.div(horner(m, z, ATAN_ABOVE), horner(m, z, ATAN_BELOW)));
  const pick = (whenSteep: number, whenMiddle: number): T =>
    m.select(steep, m.constant(whenSteep), m.select(middle, m.constant(whenMiddle), m.constant(0)));
  const base = pick(1.5707963267948966, 0.7853981633974483);
  const rest = pick(6.123233995736766e-17, 3.061616997868383e-17);
  const value = m.add(base, m.add(t, m.add(correction, rest)));
  return m.select(m.lt(x, m.constant(0)), m.neg(value), value);
}
const ATAN_ABOVE = [
  -0.8750608600031904, -16.157537187333652, -75.00855792314705, -122.88666844901361, -64.85021904942025,
];
const ATAN_BELOW = [
  1, 24.858464901423062, 165.02700983169885, 432.88106049129027, 485.3903996359137, 194.5506571482614,
];

function normalCdf<T, B>(m: Algebra<T, B>, z: T): T {
  const half = m.constant(0.5);
  const one = m.constant(1);
  // Beyond 40 the tail is 0 in f64; the bound keeps z^2 in range.
  const x = m.max(m.min(z, m.constant(40)), m.constant(-40));
  const a = m.abs(x);
  const square = m.mul(x, x);
  const centre = m.add(half, m.mul(x, m.div(horner(m, square, CDF_A), horner(m, square, CDF_B))));
  const [p, e] = product(m, x, x);
  const density = expOf(m, m.mul(p, m.constant(-0.5)), m.mul(e, m.constant(-0.5)));
  const middle = m.div(horner(m, a, CDF_C), horner(m, a, CDF_D));
  // The last region works in 1/x^2; the bound keeps it finite where another region is chosen.
  const w = m.div(one, m.max(square, one));
  const series = m.mul(w, m.div(horner(m, w, CDF_P), horner(m, w, CDF_Q)));
  const outer = m.div(m.sub(m.constant(0.3989422804014327), series), m.max(a, one));
  const tail = m.mul(density, m.select(m.lt(a, m.constant(5.656854249492381)), middle, outer));
  const side = m.select(m.gt(x, m.constant(0)), m.sub(one, tail), tail);
  return m.select(m.le(a, m.constant(0.67448975)), centre, side);
}
const CDF_A = [
  0.06568233791820745, 2.2352520354606837, 161.02823106855587, 1067.6894854603709, 18154.98125334356,
];
const CDF_B = [1, 47.202581904688245, 976.0985517377767, 10260.932208618979, 45507.78933502673];
const CDF_C = [
  1.0765576773720192e-8, 0.39894151208813466, 8.883149794388377, 93.50665613217785, 597.2702763948002,
  2494.5375852903726, 6848.190450536283, 11602.65143764735, 9842.714838383978,
];
const CDF_D = [
  1, 22.266688044328117, 235.387901782625, 1519.3775994075547, 6485.558298266761, 18615.571640885097,
  34900.95272114598, 38912.00328609327, 19685.429676859992,
];
const CDF_P = [
  0.023073441764940174, 0.215898534057957, 0.12740116116024736, 0.022235277870649807, 0.0014216191932278934,
  0.000029112874951168793,
];
const CDF_Q = [
  1, 1.284260096144911, 0.4682382124808651, 0.06598813786892856, 0.0037823963320275824,
  0.00007297515550839662,
];

function normalQuantile<T, B>(m: Algebra<T, B>, p: T): T {
  const half = m.constant(0.5);
  const zero = m.constant(0);
  const one = m.constant(1);
  const q = m.sub(p, half);
  const r = m.sub(m.constant(0.180625), m.mul(q, q));
  const centre = m.mul(q, m.div(horner(m, r, QUANTILE_A), horner(m, r, QUANTILE_B)));
  const lower = m.lt(q, zero);
  const edge = m.select(lower, p, m.sub(one, p));
  const s = m.sqrt(m.neg(logOf(m, m.min(edge, half))));
  const near = m.sub(s, m.constant(1.6));
  const far = m.sub(s, m.constant(5));
  const tail = m.select(
    m.le(s, m.constant(5)),
    m.div(horner(m, near, QUANTILE_C), horner(m, near, QUANTILE_D)),
    m.div(horner(m, far, QUANTILE_E), horner(m, far, QUANTILE_F)),
  );
  const outer = m.select(m.eq(edge, zero), m.constant(Number.POSITIVE_INFINITY), tail);
  const value = m.select(m.le(m.abs(q), m.constant(0.425)), centre, m.select(lower, m.neg(outer), outer));
  return m.select(m.and(m.ge(p, zero), m.le(p, one)), value, m.constant(Number.NaN));
}
const QUANTILE_A = [
  2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946,
  1971.5909503065513, 133.14166789178438, 3.3871328727963665,
];
const QUANTILE_B = [
  5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751,
  687.1870074920579, 42.31333070160091, 1,
];
const QUANTILE_C = [
  0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
  5.769497221460691, 4.630337846156546, 1.4234371107496835,
];
const QUANTILE_D = [
  1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
  1.6763848301838038, 2.053191626637759, 1,
];
const QUANTILE_E = [
  2.0103343992922881e-7, 0.000027115555687434876, 0.0012426609473880784, 0.026532189526576124,
  0.29656057182850487, 1.7848265399172913, 5.463784911164114, 6.657904643501103,
];
const QUANTILE_F = [
  2.0442631033899397e-15, 1.421511758316446e-7, 0.000018463183175100548, 0.0007868691311456133,
  0.014875361290850615, 0.1369298809227358, 0.599832206555888, 1,
];

function first<T, B>(m: Algebra<T, B>, args: readonly T[], k = 0): T {
  return args[k] ?? m.constant(Number.NaN);
}

export const LIBRARY: Readonly<Record<LibraryName, LibraryFunction>> = {
  exp: (m, ...x) => expOf(m, first(m, x), m.constant(0)),
  log: (m, ...x) => logOf(m, first(m, x)),
  pow: (m, ...x) => powOf(m, first(m, x), first(m, x, 1)),
  sin: (m, ...x) => circular(m, first(m, x), 0),
  cos: (m, ...x) => circular(m, first(m, x), 1),
  tanh: (m, ...x) => tanhOf(m, first(m, x)),
  atan: (m, ...x) => atanOf(m, first(m, x)),
  normal_cdf: (m, ...x) => normalCdf(m, first(m, x)),
  normal_quantile: (m, ...x) => normalQuantile(m, first(m, x)),
};

const POWERS = new Float64Array(2046); // 2^(i - 1022)
for (let i = 0, p = MIN_NORMAL; i < POWERS.length; i++, p *= 2) POWERS[i] = p;
const power2 = (n: number): number => POWERS[n + 1022] ?? Number.NaN;

const view = new DataView(new ArrayBuffer(8));
const HALF_TO_EVEN = 1.5 * 2 ** 52; // adding it leaves no bits below 1

export const numbers: Algebra<number, boolean> = {
  constant: (c) => c,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  neg: (a) => -a,
  abs: Math.abs,
  min: (a, b) => Math.min(a, b),
  max: (a, b) => Math.max(a, b),
  sqrt: Math.sqrt,
  floor: Math.floor,
  nearest: (a) => {
    if (!(Math.abs(a) < 2 ** 51)) return a;
    const r = a + HALF_TO_EVEN - HALF_TO_EVEN;
    return r === 0 ? a * 0 : r; // keeps -0, as f64.nearest does
  },
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
  eq: (a, b) => a === b,
  and: (a, b) => a && b,
  or: (a, b) => a || b,
  not: (a) => !a,
  select: (b, yes, no) => (b ? yes : no),
  scale2: (x, k) => {
    const half = Math.floor(k / 2);
    return x * power2(half) * power2(k - half);
  },
  exponent: (x) => {
    view.setFloat64(0, x);
    return ((view.getUint32(0) >>> 20) & 0x7ff) - 1023;
  },
  fraction: (x) => {
    view.setFloat64(0, x);
    view.setUint32(0, (view.getUint32(0) & 0xfffff) | 0x3ff00000);
    return view.getFloat64(0);
  },
};

export const exp = (x: number): number => expOf(numbers, x, 0);
export const log = (x: number): number => logOf(numbers, x);
export const pow = (x: number, y: number): number => powOf(numbers, x, y);
export const sin = (x: number): number => circular(numbers, x, 0);
export const cos = (x: number): number => circular(numbers, x, 1);
export const tanh = (x: number): number => tanhOf(numbers, x);
export const atan = (x: number): number => atanOf(numbers, x);
export const normal_cdf = (z: number): number => normalCdf(numbers, z);
export const normal_quantile = (p: number): number => normalQuantile(numbers, p);
