// The deterministic elementary functions against 192-bit references, and their values at the edges.
import { describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../../src/language/functions.ts';
import * as math from '../../src/language/math.ts';
import * as precise from './precise.ts';

const POINTS = 10_000;

/** Uniforms in [0, 1) from a fixed seed (Knuth's MMIX multiplier). */
function uniforms(seed: bigint): () => number {
  let state = seed;
  return () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & ((1n << 64n) - 1n);
    return Number(state >> 11n) / 2 ** 53;
  };
}
const draw = uniforms(7n);
const between = (low: number, high: number): number => low + (high - low) * draw();
const at = (fixed: bigint): precise.Precise => ({ fixed, k: 0 });

/** The largest error over random points; the points are drawn by `next`. */
function largest(next: () => number, error: (x: number) => number): { error: number; x: number } {
  let worst = { error: 0, x: Number.NaN };
  for (let i = 0; i < POINTS; i++) {
    const x = next();
    const e = error(x);
    if (!(e <= worst.error)) worst = { error: e, x };
  }
  return worst;
}

describe('the reference', () => {
  it('knows the constants to forty digits', () => {
    const digits = (x: bigint): string => ((x * 10n ** 40n) >> precise.BITS).toString();
    expect(digits(precise.PI)).toBe('31415926535897932384626433832795028841971');
    expect(digits(precise.LN2)).toBe('6931471805599453094172321214581765680755');
    expect(digits(precise.exp(precise.fixed(1)).fixed * 2n)).toBe(
      '27182818284590452353602874713526624977572',
    );
    expect(digits(precise.atan(1) * 4n)).toBe(digits(precise.PI));
    expect(digits(precise.log(2))).toBe(digits(precise.LN2));
  });
});

describe('accuracy', () => {
  it('exp stays within 0.9 ulp', () => {
    const error = (x: number) => precise.ulpError(math.exp(x), precise.exp(precise.fixed(x)));
    expect(largest(() => between(-707, 709), error).error).toBeLessThan(0.9);
    expect(largest(() => between(-1, 1), error).error).toBeLessThan(0.9);
  });

  it('log stays within 0.9 ulp, near 1 too', () => {
    const error = (x: number) => precise.ulpError(math.log(x), at(precise.log(x)));
    expect(largest(() => 2 ** between(-1020, 1020), error).error).toBeLessThan(0.9);
    expect(largest(() => between(0.5, 2), error).error).toBeLessThan(0.9);
    expect(largest(() => 1 + 2 ** between(-50, -2), error).error).toBeLessThan(0.9);
  });

  it('pow stays within 1 ulp for moderate and extreme results', () => {
    const error = (exponent: (x: number) => number) => (x: number) => {
      const y = exponent(x);
      return precise.ulpError(math.pow(x, y), precise.pow(x, y));
    };
    const base = () => 2 ** between(-20, 20);
    expect(
      largest(
        base,
        error(() => between(-20, 20)),
      ).error,
    ).toBeLessThan(1);
    const extreme = (x: number) => between(-1000, 1000) / Math.max(1, Math.abs(Math.log2(x)));
    expect(largest(() => 2 ** between(-1000, 1000), error(extreme)).error).toBeLessThan(1);
  });

  it('pow is exact where the result is an integer a double holds', () => {
    for (let b = 1; b < 60; b++)
      for (let e = 0, exact = 1n; exact < 2n ** 53n; e++, exact *= BigInt(b)) {
        if (e > 60) break;
        expect(math.pow(b, e)).toBe(Number(exact));
        expect(math.pow(-b, e)).toBe(e % 2 === 0 ? Number(exact) : -Number(exact));
      }
  });

  it('sin and cos stay within 1.5e-16 of the value for |x| <= 1e5', () => {
    const error = (got: (x: number) => number, want: (x: bigint) => bigint) => (x: number) =>
      Math.abs(Number(precise.fixed(got(x)) - want(precise.fixed(x)))) / 2 ** 192;
    for (const range of [4, 1e5])
      for (const [got, want] of [
        [math.sin, precise.sin],
        [math.cos, precise.cos],
      ] as const)
        expect(largest(() => between(-range, range), error(got, want)).error).toBeLessThan(1.5e-16);
  });

  it('tanh and atan stay within 1.4 ulp', () => {
    const tanh = (x: number) => precise.ulpError(math.tanh(x), at(precise.tanh(x)));
    expect(largest(() => between(-1.2, 1.2), tanh).error).toBeLessThan(1.4);
    expect(largest(() => between(-20, 20), tanh).error).toBeLessThan(1.4);
    const atan = (x: number) => precise.ulpError(math.atan(x), at(precise.atan(x)));
    expect(largest(() => between(-4, 4), atan).error).toBeLessThan(1.4);
    expect(largest(() => 2 ** between(-40, 40), atan).error).toBeLessThan(1.4);
  });

  it('normal_cdf stays within 1e-15 of itself from -37 up', () => {
    const error = (z: number) =>
      precise.relativeError(math.normal_cdf(z), precise.normalCdf(precise.fixed(z)));
    expect(largest(() => between(-3, 6), error).error).toBeLessThan(1e-15);
    let worst = 0;
    for (let i = 0; i < 400; i++) worst = Math.max(worst, error(between(-37, -3)));
    expect(worst).toBeLessThan(1e-15);
  });

  it('normal_quantile stays within 1e-15 of itself, far into the lower tail', () => {
    // One Newton step of the reference from our value gives the remaining error.
    const error = (p: number) => {
      const z = math.normal_quantile(p);
      const cdf = precise.normalCdf(precise.fixed(z));
      const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
      const ratio = Number((precise.fixed(p * 2 ** -cdf.k) << 100n) / cdf.fixed - (1n << 100n)) / 2 ** 100;
      return Math.abs((ratio * math.normal_cdf(z)) / density / z);
    };
    expect(largest(() => between(0, 1), error).error).toBeLessThan(1e-15);
    let worst = 0;
    for (let i = 0; i < 400; i++) worst = Math.max(worst, error(2 ** between(-900, -10)));
    expect(worst).toBeLessThan(1e-15);
  });
});

describe('edges', () => {
  const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
  it.each([
    ['exp', [0], 1], ['exp', [inf], inf], ['exp', [-inf], 0], ['exp', [nan], nan], ['exp', [710], inf], ['exp', [-746], 0], ['exp', [-745], 5e-324],
    ['log', [1], 0], ['log', [0], -inf], ['log', [-1], nan], ['log', [inf], inf], ['log', [nan], nan], ['log', [5e-324], -744.4400719213812],
    ['pow', [-2, 3], -8], ['pow', [-2, 2], 4], ['pow', [-8, 1 / 3], nan], ['pow', [0, 0], 1], ['pow', [nan, 0], 1], ['pow', [0, 2], 0],
    ['pow', [0, 0.5], 0], ['pow', [0, -1], inf], ['pow', [inf, 0.5], inf], ['pow', [inf, -1], 0], ['pow', [-inf, 3], -inf],
    ['pow', [2, inf], inf], ['pow', [0.5, inf], 0], ['pow', [2, -inf], 0], ['pow', [1, inf], 1], ['pow', [1, 1e300], 1],
    ['pow', [2, 1023], 2 ** 1023], ['pow', [2, 1024], inf], ['pow', [2, -1074], 5e-324], ['pow', [2, -1080], 0], ['pow', [nan, 2], nan], ['pow', [2, nan], nan],
    ['sin', [0], 0], ['cos', [0], 1], ['sin', [inf], nan], ['cos', [nan], nan], ['sin', [1e10], nan],
    ['tanh', [0], 0], ['tanh', [inf], 1], ['tanh', [-inf], -1], ['tanh', [1e200], 1], ['tanh', [nan], nan],
    ['atan', [0], 0], ['atan', [inf], Math.PI / 2], ['atan', [-inf], -Math.PI / 2], ['atan', [nan], nan],
    ['normal_cdf', [0], 0.5], ['normal_cdf', [-inf], 0], ['normal_cdf', [inf], 1], ['normal_cdf', [nan], nan],
    ['normal_quantile', [0.5], 0], ['normal_quantile', [0], -inf], ['normal_quantile', [1], inf], ['normal_quantile', [-0.1], nan], ['normal_quantile', [1.1], nan], ['normal_quantile', [nan], nan],
  ] as const)('%s(%s) is %d', (name, args, want) => {
    expect(math.LIBRARY[name](math.numbers, ...args)).toBe(want);
    const row = FUNCTIONS[name];
    expect(row.kind === 'core' && row.value(...args)).toBe(want);
  }); // biome-ignore format: a table

  it('normal_quantile is odd about one half, to the last bit', () => {
    for (let i = 1; i < 512; i++)
      expect(math.normal_quantile(i / 1024)).toBe(-math.normal_quantile(1 - i / 1024));
  });

  it('pow gives subnormal results rounded, not flushed', () => {
    expect(math.pow(2, -1060) / 2 ** -1060).toBe(1);
    expect(math.pow(10, -310)).toBe(1e-310);
  });
});
