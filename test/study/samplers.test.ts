// Every row of the table of distributions as a population of a million, drawn with the WebAssembly sampler: whole shape,
// both tails, and the same bits however it is drawn. Fixed seeds; each test would fail a sound sampler with a probability of
// 1e-6. Ten million, and of what correlates, mixes or is cut as well:
//   GEMELLO_HEAVY=1 npx vitest run --project unit --testTimeout 600000 test/study/{samplers,population,copula,mixtures}.test.ts
import { describe, expect, test } from 'vitest';
import { fastSampling } from '../../src/engine/sampling.ts';
import {
  DISTRIBUTION_NAMES,
  DISTRIBUTIONS,
  type DistributionName,
} from '../../src/language/distributions.ts';
import { evaluate } from '../../src/language/evaluate.ts';
import { number, symbol } from '../../src/language/expression.ts';
import type { Model } from '../../src/language/model.ts';
import { gammaTails } from '../../src/language/special.ts';
import { cohortColumns } from '../../src/study/cohort.ts';
import { chiSquareDeviate, KOLMOGOROV_BAR, NORMAL_BAR } from '../engine/statistics.ts';
import { covariate, model } from './fixtures.ts';

const N = process.env.GEMELLO_HEAVY === '1' ? 10_000_000 : 1_000_000;
const CHUNK = 250_000;

const SAMPLE: Readonly<Record<DistributionName, Readonly<Record<string, number>>>> = {
  normal: { mean: 60, sd: 10 },
  lognormal: { median: 79, sdlog: 0.27 },
  uniform: { low: 2, high: 6 },
  triangular: { low: 40, mode: 70, high: 120 },
  beta: { alpha: 0.8, beta: 5, low: 0, high: 10 },
  gamma: { shape: 2.5, scale: 4 },
  weibull: { shape: 1.5, scale: 10 },
  student_t: { df: 4, location: 60, scale: 10 },
  discrete_uniform: { low: -3, high: 6 },
  empirical: { v0: 58, p0: 0.1, v1: 63.5, p1: 0.4, v2: 70, p2: 0.5 },
  bernoulli: { p: 0.185 },
  categorical: { p0: 0.6, p1: 0.3, p2: 0.1 },
};

/** Share at or below x, and the value at a share, of a row with its sample parameters. */
function lawOf(name: DistributionName) {
  const row = DISTRIBUTIONS[name];
  if (row.kind === 'numeric') {
    const { shares, quantile } = row.law(SAMPLE[name]);
    return { cdf: (x: number) => shares(x)[0], quantile: (p: number) => quantile(p, 1 - p) };
  }
  const parameters = Object.fromEntries(Object.entries(SAMPLE[name]).map(([k, x]) => [k, number(x)]));
  const [cdf, quantile] = [row.cdf(symbol('x'), parameters), row.quantile(symbol('p'), parameters)];
  return {
    cdf: (x: number) => evaluate(cdf, () => x),
    quantile: (p: number) => evaluate(quantile, () => p),
  };
}

const populationOf = (name: DistributionName, within?: readonly [number, number]): Model =>
  model({ covariates: [covariate('X', '1', name, SAMPLE[name], within)] });

function sourceOf(m: Model, fast = true) {
  const cohort = cohortColumns(m, { seed: '2026', cohort: {}, ...(fast ? fastSampling() : {}) });
  if ('errors' in cohort) throw new Error(cohort.errors.join('\n'));
  return cohort.source;
}

/** How many of N patients lie in each cell: at or below edges[0], up to edges[1], ..., above the last. */
function countCells(m: Model, edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length + 1).fill(0);
  const source = sourceOf(m);
  for (let first = 0; first < N; first += CHUNK)
    for (const x of source.read(first, CHUNK)) {
      let [from, to] = [0, edges.length];
      while (from < to) {
        const middle = (from + to) >> 1;
        if (x <= (edges[middle] ?? Number.NaN)) to = middle;
        else from = middle + 1;
      }
      counts[from] = (counts[from] ?? 0) + 1;
    }
  return counts;
}

/** Chance of a Poisson count at least as far from its mean, on its own side; exact by the gamma distribution. */
function poissonChance(count: number, mean: number): number {
  if (count > mean) return gammaTails(count).shares(mean)[0];
  return gammaTails(count + 1).shares(mean)[1];
}

const CELLS = 1000;
const TAILS = [1e-5, 1e-4];

describe(`${N} patients of`, () => {
  const continuous = DISTRIBUTION_NAMES.filter((name) => !DISTRIBUTIONS[name].discrete);
  test.each(continuous)('a %s fill its cells and its tails', (name) => {
    const { cdf, quantile } = lawOf(name);
    const shares = [
      ...TAILS,
      ...Array.from({ length: CELLS - 1 }, (_, k) => (k + 1) / CELLS),
      ...TAILS.map((p) => 1 - p).reverse(),
    ];
    const edges = shares.map((p) => quantile(p));
    const counts = countCells(populationOf(name), edges);
    const expected = [...edges, Number.POSITIVE_INFINITY].map(
      (x, k) => N * ((x === Number.POSITIVE_INFINITY ? 1 : cdf(x)) - (k === 0 ? 0 : cdf(edges[k - 1] ?? 0))),
    );
    const inner = (cells: readonly number[]) => cells.slice(TAILS.length, -TAILS.length);
    const sum = (cells: readonly number[]) => cells.reduce((a, b) => a + b, 0);
    expect(chiSquareDeviate(inner(counts), inner(expected))).toBeLessThan(NORMAL_BAR);
    // Kolmogorov's distance at the edges.
    let distance = 0;
    let below = 0;
    edges.forEach((x, k) => {
      below += counts[k] ?? 0;
      distance = Math.max(distance, Math.abs(below / N - cdf(x)));
    });
    expect(distance * Math.sqrt(N)).toBeLessThan(KOLMOGOROV_BAR);
    for (let k = 1; k <= TAILS.length; k++) {
      const mean = (TAILS[k - 1] ?? 0) * N;
      expect(poissonChance(sum(counts.slice(0, k)), mean)).toBeGreaterThan(1e-6);
      expect(poissonChance(sum(counts.slice(counts.length - k)), mean)).toBeGreaterThan(1e-6);
    }
  });

  const discrete = DISTRIBUTION_NAMES.filter((name) => DISTRIBUTIONS[name].discrete);
  test.each(discrete)('a %s have its shares', (name) => {
    const { cdf, quantile } = lawOf(name);
    const values = [...new Set(Array.from({ length: 999 }, (_, k) => quantile((k + 1) / 1000)))];
    const counts = countCells(populationOf(name), values);
    expect(counts.pop()).toBe(0);
    const expected = values.map((x, k) => N * (cdf(x) - (k === 0 ? 0 : cdf(values[k - 1] ?? 0))));
    expect(chiSquareDeviate(counts, expected)).toBeLessThan(NORMAL_BAR);
  });

  test('a gamma cut far out in its tail fill what is left, and nothing else', () => {
    const { shares } = gammaTails(2.5);
    const [low, high] = [240, 260];
    const left = (x: number) =>
      (shares(low / 4)[1] - shares(x / 4)[1]) / (shares(low / 4)[1] - shares(high / 4)[1]);
    const edges = Array.from({ length: 99 }, (_, k) => low + ((high - low) * (k + 1)) / 100);
    const counts = countCells(populationOf('gamma', [low, high]), [low - 1e-3, ...edges, high]);
    expect([counts[0], counts.at(-1)]).toEqual([0, 0]);
    const expected = [...edges, high].map((x, k) => N * (left(x) - left(edges[k - 1] ?? low)));
    const inside = counts.slice(1, -1);
    // Cells that hold next to nobody are counted together.
    const full = expected.findIndex((e) => e < 20);
    const joined = (cells: readonly number[]) =>
      full < 0 ? [...cells] : [...cells.slice(0, full), cells.slice(full).reduce((a, b) => a + b, 0)];
    expect(chiSquareDeviate(joined(inside), joined(expected))).toBeLessThan(NORMAL_BAR);
  });
});

describe('the same bits', () => {
  test.each(DISTRIBUTION_NAMES)('of a %s from TypeScript and WebAssembly, in any chunks', (name) => {
    for (const within of DISTRIBUTIONS[name].discrete ? [undefined] : [undefined, [3, 5] as const]) {
      if (within !== undefined && name === 'triangular') continue;
      const m = populationOf(name, within);
      const [fast, plain] = [sourceOf(m), sourceOf(m, false)];
      const whole = fast.read(0, 9000);
      expect(plain.read(0, 9000)).toEqual(whole);
      for (const [first, count] of [[0, 1], [4095, 2], [7, 300], [8191, 400]] as const)
        expect(fast.read(first, count)).toEqual(whole.slice(first, first + count));
      expect(whole.every((x) => Number.isFinite(x))).toBe(true);
    }
  }); // biome-ignore format: ranges
});
