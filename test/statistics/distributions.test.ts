// Distribution functions against closed forms and R.
import { describe, expect, it } from 'vitest';
import {
  chiSquareUpper,
  logGamma,
  normalWidth,
  tCdf,
  tQuantile,
} from '../../src/statistics/distributions.ts';
import { expectClose, fromR } from './numbers.ts';

interface FromR {
  readonly distributions: Record<'df' | 'p' | 't' | 'chiSquare' | 'x' | 'tCdf' | 'upper', number[]>;
}
const { df, p, t, chiSquare, x, tCdf: cdf, upper } = fromR<FromR>('trials').distributions;
const at = (column: readonly number[], i: number) => column[i] ?? Number.NaN;

describe('distributions', () => {
  it('give the logarithm of factorials', () => {
    let sum = 0;
    for (let n = 1; n < 60; n++) {
      expect(Math.abs(logGamma(n) - sum)).toBeLessThan(1e-13 * Math.max(1, sum));
      sum += Math.log(n);
    }
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 14);
  });

  it('have the closed forms of one and two degrees of freedom', () => {
    for (const x of [-30, -1, -0.1, 0, 0.5, 4]) {
      expect(tCdf(x, 1)).toBeCloseTo(0.5 + Math.atan(x) / Math.PI, 13);
      expect(chiSquareUpper(Math.abs(x), 2)).toBeCloseTo(Math.exp(-Math.abs(x) / 2), 14);
    }
    expect(normalWidth(0.95)).toBeCloseTo(1.959963984540054, 14);
  });

  it("agree with R's quantiles", () => {
    expectClose(
      p.map((q, i) => tQuantile(q, at(df, i))),
      t,
      1e-10,
    );
    expectClose(
      chiSquare.map((x, i) => chiSquareUpper(x, at(df, i))),
      p.map((q) => 1 - q),
      1e-10,
    );
  });

  it("agree with R's probabilities, into the tails", () => {
    expectClose(
      x.map((v, i) => tCdf(v - 1, at(df, i))),
      cdf,
      1e-11,
    );
    expectClose(
      x.map((v, i) => chiSquareUpper(v, at(df, i))),
      upper,
      1e-11,
    );
  });

  it('refuse probabilities and levels that are none', () => {
    expect(() => tQuantile(1, 3)).toThrow(/probability 1;/);
    expect(() => normalWidth(95)).toThrow(/such as 0.95/);
    expect(() => chiSquareUpper(1, 0)).toThrow(/degrees of freedom/);
  });
});
