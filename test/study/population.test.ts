// Covariates and random effects as populations: drawn columns against closed-form distributions.
import { describe, expect, test } from 'vitest';
import { fastSampling } from '../../src/engine/sampling.ts';
import { normal_cdf } from '../../src/language/math.ts';
import type { Model } from '../../src/language/model.ts';
import { cohortColumns } from '../../src/study/cohort.ts';
import {
  chiSquareDeviate,
  covarianceOf,
  DRAWS,
  KOLMOGOROV_BAR,
  kolmogorov,
  moments,
  NORMAL_BAR,
} from '../engine/statistics.ts';
import { category, covariate, model, random, yesNo } from './fixtures.ts';

// f32 columns have ties and rounding far below the bars: 1 / sqrt(N) is 2e-3, half a unit in the last place 6e-8.
const N = DRAWS;

function columnsOf(m: Model, seed = '20'): Float32Array[] {
  const cohort = cohortColumns(m, { seed, cohort: {}, ...fastSampling() });
  if ('errors' in cohort) throw new Error(cohort.errors.join('\n'));
  const all = cohort.source.read(0, N);
  return cohort.names.map((_, c) => all.subarray(c * N, (c + 1) * N));
}
const drawn = (...args: Parameters<typeof covariate>) =>
  columnsOf(model({ covariates: [covariate(...args)] }))[0] ?? new Float32Array();

describe(`${N} patients follow`, () => {
  test('a normal: distribution, mean and variance', () => {
    const x = drawn('X', 'kg', 'normal', { mean: 60, sd: 10 });
    expect(kolmogorov(x, (v) => normal_cdf((v - 60) / 10))).toBeLessThan(KOLMOGOROV_BAR);
    const { mean, variance } = moments(x);
    expect(Math.abs(mean - 60)).toBeLessThan((4 * 10) / Math.sqrt(N));
    expect(Math.abs(variance - 100)).toBeLessThan(4 * 100 * Math.sqrt(2 / N));
  });

  test('a lognormal: distribution, and mean median * exp(sdlog^2 / 2)', () => {
    const x = drawn('X', 'kg', 'lognormal', { median: 79, sdlog: 0.27 });
    expect(kolmogorov(x, (v) => normal_cdf(Math.log(v / 79) / 0.27))).toBeLessThan(KOLMOGOROV_BAR);
    const expected = 79 * Math.exp(0.27 ** 2 / 2);
    const sd = expected * Math.sqrt(Math.exp(0.27 ** 2) - 1);
    expect(Math.abs(moments(x).mean - expected)).toBeLessThan((4 * sd) / Math.sqrt(N));
  });

  test('a uniform, whole and cut', () => {
    expect(kolmogorov(drawn('X', '1', 'uniform', { low: -2, high: 3 }), (v) => (v + 2) / 5)).toBeLessThan(
      KOLMOGOROV_BAR,
    );
    const cut = drawn('X', '1', 'uniform', { low: -2, high: 3 }, [1, 10]);
    expect(kolmogorov(cut, (v) => (v - 1) / 2)).toBeLessThan(KOLMOGOROV_BAR);
  });

  test('shares of yes/no and of categories', () => {
    const [dial, stage] = columnsOf(
      model({
        covariates: [yesNo('DIAL', 0.185), category('STAGE', { mild: 0.6, moderate: 0.3, severe: 0.1 })],
      }),
    );
    const count = (column: Float32Array | undefined, k: number) => column?.filter((x) => x === k).length ?? 0;
    expect(Math.abs(chiSquareDeviate([count(dial, 0), count(dial, 1)], [0.815 * N, 0.185 * N]))).toBeLessThan(
      NORMAL_BAR,
    );
    const expected = [0.6 * N, 0.3 * N, 0.1 * N];
    expect(
      Math.abs(
        chiSquareDeviate(
          [0, 1, 2].map((k) => count(stage, k)),
          expected,
        ),
      ),
    ).toBeLessThan(NORMAL_BAR);
  });
});

describe('a truncated law', () => {
  /** Of a standard normal cut to a .. b, by shares above where a is positive. */
  const cut = (a: number, b: number) => {
    const upper = a > 0;
    const origin = normal_cdf(upper ? -a : a);
    const width = upper ? origin - normal_cdf(-b) : normal_cdf(b) - origin;
    return (z: number) => (upper ? origin - normal_cdf(-z) : normal_cdf(z) - origin) / width;
  };

  test.each([
    [-1, 2], [-8, -3], [3, 9], [6, 7], [9, 12], [-12, -9], [-0.001, 0.001], [20, 21],
  ])('follows the normal cut to %d .. %d, and stays inside', (a, b) => {
    const z = drawn('X', '1', 'normal', { mean: 0, sd: 1 }, [a, b]);
    expect(kolmogorov(z, cut(a, b))).toBeLessThan(KOLMOGOROV_BAR);
    expect(Math.min(...z.subarray(0, 50_000))).toBeGreaterThanOrEqual(a);
    expect(Math.max(...z.subarray(0, 50_000))).toBeLessThanOrEqual(b);
  }); // biome-ignore format: pairs

  test('keeps its tail: cut above 8, the counts beyond 8.1, 8.2 and 8.5 are right, and values do not repeat', () => {
    const z = drawn('X', '1', 'normal', { mean: 0, sd: 1 }, [8, 12]);
    for (const bar of [8.1, 8.2, 8.5]) {
      const share = normal_cdf(-bar) / normal_cdf(-8);
      const beyond = z.filter((x) => x > bar).length;
      expect(Math.abs(beyond - N * share)).toBeLessThan(NORMAL_BAR * Math.sqrt(N * share * (1 - share)));
    }
    // By shares below, all of this would lie in the last six doubles under 1: six values.
    expect(new Set(z.subarray(0, 10_000)).size).toBeGreaterThan(9000);
  });

  test('of a lognormal is the lognormal given that it is inside', () => {
    const x = drawn('X', 'mL/min', 'lognormal', { median: 62, sdlog: 0.65 }, [4, 150]);
    const scale = (v: number) => Math.log(v / 62) / 0.65;
    const inside = cut(scale(4), scale(150));
    expect(kolmogorov(x, (v) => inside(scale(v)))).toBeLessThan(KOLMOGOROV_BAR);
  });
});

describe('a block of random effects', () => {
  test('has its covariance matrix, each entry within 4 Monte-Carlo standard errors', () => {
    const triangle = [0.14705, 0.1, 0.51019, -0.05, 0.12, 0.28232];
    const columns = columnsOf(model({ random: [random(['a', 'b', 'c'], triangle), random(['d'], [0.3])] }));
    const at = (i: number, j: number) =>
      i === 3 || j === 3
        ? i === j
          ? 0.3
          : 0
        : (triangle[(Math.max(i, j) * (Math.max(i, j) + 1)) / 2 + Math.min(i, j)] ?? 0);
    columns.forEach((x, i) => {
      expect(Math.abs(moments(x).mean)).toBeLessThan(4 * Math.sqrt(at(i, i) / N));
      expect(kolmogorov(x, (v) => normal_cdf(v / Math.sqrt(at(i, i))))).toBeLessThan(KOLMOGOROV_BAR);
      columns.slice(0, i + 1).forEach((y, j) => {
        const error = Math.sqrt((at(i, i) * at(j, j) + at(i, j) ** 2) / N);
        expect(Math.abs(covarianceOf(x, y) - at(i, j))).toBeLessThan(4 * error);
      });
    });
  });

  test('with a correlation of one moves as one', () => {
    const [a, b] = columnsOf(model({ random: [random(['a', 'b'], [0.09, 0.06, 0.04])] }));
    for (let i = 0; i < 1000; i++) expect(b?.[i]).toBeCloseTo(((a?.[i] ?? 0) * 2) / 3, 6);
  });
});
