// exp and log of math.ts for plain numbers, written out: the same bits, many times faster in a loop. (The functions of
// math.ts run over several algebras, so an engine cannot compile them for numbers alone.) In: an f64. Out: an f64. A test
// holds every bit to math.ts. And a rough normal quantile, for a first guess only.

const LOG2_E = 1.4426950408889634;
const LN2_HI = 0.6931471803691238;
const LN2_LO = 1.9082149292705877e-10;
const SQRT2 = 1.4142135623730951;
const MIN_NORMAL = 2.2250738585072014e-308;
const TWO_54 = 18014398509481984;
/** Adding it leaves no bits below 1. */
const WHOLE = 1.5 * 2 ** 52;

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
/** Which of the two words holds the exponent. */
const HIGH = (() => {
  float[0] = 1;
  return words[1] === 0x3ff00000 ? 1 : 0;
})();

/** 2^k, -1022 <= k <= 1023. */
function powerOfTwo(k: number): number {
  float[0] = 0;
  words[HIGH] = (k + 1023) << 20;
  return float[0] ?? 0;
}

export function exp(value: number): number {
  if (Number.isNaN(value)) return value;
  const x = value > 800 ? 800 : value < -800 ? -800 : value;
  const k = x * LOG2_E + WHOLE - WHOLE;
  const a = x - k * LN2_HI;
  const b = k * LN2_LO;
  const r = a - b;
  const z = r * r;
  const even =
    (((4.1381367970572385e-8 * z + -0.0000016533902205465252) * z + 0.00006613756321437934) * z +
      -0.0027777777777015593) *
      z +
    0.16666666666666602;
  const c = r - z * even;
  const whole = 1 - (b - (r * c) / (2 - c) - a);
  // In two factors, as the result may be subnormal.
  const half = Math.floor(k / 2);
  return whole * powerOfTwo(half) * powerOfTwo(k - half);
}

export function log(x: number): number {
  if (!(x > 0 && x < Number.POSITIVE_INFINITY)) return x === 0 ? -1 / 0 : x > 0 ? x : Number.NaN;
  const tiny = x < MIN_NORMAL;
  float[0] = tiny ? x * TWO_54 : x;
  const word = words[HIGH] ?? 0;
  let k = (word >>> 20) - 1023 - (tiny ? 54 : 0);
  words[HIGH] = (word & 0xfffff) | 0x3ff00000;
  let mantissa = float[0] ?? 1;
  if (mantissa >= SQRT2) {
    mantissa *= 0.5;
    k += 1;
  }
  const f = mantissa - 1;
  const s = f / (2 + f);
  const z = s * s;
  const half = 0.5 * f * f;
  const odd =
    (((((0.14798198605116586 * z + 0.15313837699209373) * z + 0.1818357216161805) * z + 0.22222198432149784) *
      z +
      0.2857142874366239) *
      z +
      0.3999999999940942) *
      z +
    0.6666666666666735;
  const low = s * (half + z * odd) + k * LN2_LO;
  return k * LN2_HI - (half - low - f);
}

/** The standard normal quantile of the smaller tail p, to 5e-4: Abramowitz and Stegun 26.2.23. Positive. */
export function roughNormal(p: number): number {
  const t = Math.sqrt(-2 * log(p));
  return (
    t - ((0.010328 * t + 0.802853) * t + 2.515517) / (((0.001308 * t + 0.189269) * t + 1.432788) * t + 1)
  );
}
