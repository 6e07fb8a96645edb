// Gamma, beta and Student's t against 50-digit references, closed forms, and themselves backwards.
import { describe, expect, test } from 'vitest';
import { exp, log, normal_cdf } from '../../src/language/math.ts';
import { betaTails, gammaTails, studentTails, unlogit } from '../../src/language/special.ts';
import { BETA, GAMMA, STUDENT } from './special-values.ts';

/** Where a share must be small for the value to move at all, its own rounding counts 1 / shape fold. */
const bar = (shape: number) => (shape < 0.1 ? 3e-13 : 1e-13);
const error = (got: number, want: number): number => Math.abs(got / want - 1);

describe('the value at a share', () => {
  test.each(GAMMA)('of a gamma(%d) at %d (%d above) is %d', (shape, p, q, want) => {
    expect(error(gammaTails(shape).quantile(p, q), want)).toBeLessThan(bar(shape));
  });

  test.each(BETA)('of a beta(%d, %d) at %d (%d above) is %d', (a, b, p, q, x, y) => {
    const [gotX, gotY] = unlogit(betaTails(a, b).logit(p, q));
    expect(Math.max(error(gotX, x), error(gotY, y))).toBeLessThan(bar(Math.min(a, b)));
  });

  test.each(STUDENT)("of a Student's t(%d) at %d is %d", (df, p, want) => {
    const law = studentTails(df);
    expect(error(law.quantile(p, 1 - p), want)).toBeLessThan(1e-13);
    expect(law.quantile(1 - p, p)).toBe(-law.quantile(p, 1 - p));
  });

  test('of an exponential, a uniform, an arcsine and a Cauchy is the closed form', () => {
    for (const p of [1e-12, 0.01, 0.25, 0.5, 0.75, 1 - 2 ** -20]) {
      expect(error(gammaTails(1).quantile(p, 1 - p), -Math.log1p(-p))).toBeLessThan(1e-13);
      expect(error(unlogit(betaTails(1, 1).logit(p, 1 - p))[0], p)).toBeLessThan(1e-13);
      const sine = Math.sin((Math.PI * p) / 2);
      expect(error(unlogit(betaTails(0.5, 0.5).logit(p, 1 - p))[0], sine * sine)).toBeLessThan(1e-13);
      // From the nearer end: tan near pi has lost its digits.
      const cauchy = p < 0.5 ? -1 / Math.tan(Math.PI * p) : 1 / Math.tan(Math.PI * (1 - p));
      if (p !== 0.5) expect(error(studentTails(1).quantile(p, 1 - p), cauchy)).toBeLessThan(2e-13);
    }
  });

  test('is the end of the range at a share of 0 or 1, and 0 in the middle of a t', () => {
    expect(gammaTails(2).quantile(0, 1)).toBe(0);
    expect(gammaTails(2).quantile(1, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(unlogit(betaTails(2, 3).logit(0, 1))).toEqual([0, 1]);
    expect(unlogit(betaTails(2, 3).logit(1, 0))).toEqual([1, 0]);
    expect(Math.abs(studentTails(4).quantile(0.5, 0.5))).toBe(0);
  });
});

describe('shares on either side', () => {
  test('of a gamma and a beta with whole shapes are the finite sums', () => {
    // Q(3, x) = e^-x (1 + x + x^2 / 2); I_x(2, 2) = x^2 (3 - 2 x)
    for (const x of [0.01, 1, 3.9, 4.1, 20, 300]) {
      const want = exp(-x) * (1 + x + (x * x) / 2);
      expect(error(gammaTails(3).shares(x)[1], want)).toBeLessThan(1e-13);
    }
    for (const x of [0.001, 0.3, 0.5, 0.7])
      expect(error(betaTails(2, 2).shares(x, 1 - x)[0], x * x * (3 - 2 * x))).toBeLessThan(1e-13);
  });

  test('add up to 1 and undo the value over nine decades of shapes and shares', () => {
    for (const shape of [0.02, 0.3, 1, 7, 400, 1e5])
      for (const p of [1e-200, 1e-9, 0.02, 0.5]) {
        const law = gammaTails(shape);
        const x = law.quantile(p, 1 - p);
        // Below 1e-300 nothing is left of the value itself.
        if (x < 1e-300) continue;
        const [below, above] = law.shares(x);
        // The share moves by shape * density for a relative rounding of x.
        expect(Math.abs(log(below / p))).toBeLessThan(1e-13 * (1 + Math.abs(log(p)) + shape / 1000));
        expect(Math.abs(below + above - 1)).toBeLessThan(1e-14);
      }
  });

  test('of a t with many degrees of freedom are nearly those of a normal', () => {
    for (const t of [-3, -0.5, 0, 2]) expect(studentTails(1e5).shares(t)[0]).toBeCloseTo(normal_cdf(t), 5);
  });
});
