// Resampled pairs: the plain bootstrap on the same draws, the exact bootstrap distribution of a median, weights.
import { describe, expect, it } from 'vitest';
import { bootstrap } from '../../src/statistics/bootstrap.ts';
import { medianRanks } from '../../src/statistics/order-statistics.ts';
import { resamplePairs } from '../../src/statistics/paired-resampling.ts';
import { quantilesOf, weightedQuantiles } from '../../src/statistics/quantiles.ts';
import { expectClose, normal, uniformSource } from './numbers.ts';

const uniform = uniformSource(11);
const N = 101;
const second = Float64Array.from({ length: N }, () => Math.exp(normal(uniform)));
const first = second.map((y) => 1.5 * y * Math.exp(0.4 * normal(uniform)));
const ones = (n: number) => new Uint16Array(n).fill(1);
const median = (values: Float64Array) => quantilesOf(values, [0.5])[0] ?? Number.NaN;

/** Every resample of a source of uniforms, as bootstrap() draws them. */
function* resamples(n: number, replicates: number, seed: number) {
  const draw = uniformSource(seed);
  for (let r = 0; r < replicates; r++) {
    const times = new Uint16Array(n);
    for (let i = 0; i < n; i++) {
      const who = Math.min(n - 1, Math.floor(draw() * n));
      times[who] = (times[who] ?? 0) + 1;
    }
    yield times;
  }
}

function resampled(x: Float64Array, y: Float64Array, replicates: number, seed: number, condition = false) {
  const pairs = resamplePairs({ first: x, second: y, condition }, ones(x.length));
  if (pairs === null) throw new Error('there are patients');
  for (const times of resamples(x.length, replicates, seed)) pairs.add(times);
  return pairs.report();
}

describe('resampled pairs', () => {
  it.each([N, N - 1])('of %i patients give what the plain bootstrap gives on the same draws', (n) => {
    const [x, y] = [first.subarray(0, n), second.subarray(0, n)];
    const found = resampled(x, y, 400, 5);
    const plain = (statistic: (who: Uint32Array) => number, kind: 'bca' | 'percentile') =>
      bootstrap(statistic, n, uniformSource(5), { replicates: 400, level: 0.95, kind });
    const of = (values: Float64Array, who: Uint32Array) => Float64Array.from(who, (i) => values[i] ?? 0);
    const d = x.map((value, i) => value - (y[i] ?? 0));
    const mean = plain((who) => of(d, who).reduce((sum, value) => sum + value, 0) / who.length, 'bca');
    expectClose(found.mean, mean.interval);
    const individual = plain((who) => median(of(d, who)), 'percentile');
    expectClose(found.median ?? [], individual.interval);
    const shift = plain((who) => median(of(x, who)) - median(of(y, who)), 'percentile');
    expect(found.medians?.difference).toBeCloseTo(shift.estimate, 12);
    expectClose(found.medians?.interval ?? [], shift.interval);
    const ratio = plain((who) => median(of(x, who)) / median(of(y, who)), 'percentile');
    expect(found.ratioOfMedians?.value).toBeCloseTo(ratio.estimate, 12);
    expectClose(found.ratioOfMedians?.interval ?? [], ratio.interval);
  });

  it('put the median where its exact bootstrap distribution does', () => {
    // Of n = 2 m - 1 values the resampled median exceeds the k-th when at most m - 1 of n draws are among the first k
    // (Efron and Tibshirani 1993, section 13, problem of the median): a binomial tail.
    const d = first.map((x, i) => x - (second[i] ?? 0)).sort();
    const m = (N + 1) / 2;
    const exceeds = (k: number) => {
      let tail = 0;
      let term = (1 - k / N) ** N;
      for (let j = 0; j < m; j++) {
        tail += term;
        term *= (((N - j) / (j + 1)) * (k / N)) / (1 - k / N);
      }
      return tail;
    };
    const rank = (p: number) =>
      Array.from({ length: N - 1 }, (_, k) => k + 1).find((k) => 1 - exceeds(k) >= p) ?? N;
    const { median: found = [0, 0] } = resampled(first, second, 4000, 6);
    [0.025, 0.975].forEach((p, end) => {
      const place = d.findIndex((value) => value >= (found[end] ?? 0) - 1e-12) + 1;
      expect(Math.abs(place - rank(p))).toBeLessThanOrEqual(1);
    });
  });

  it('of patients with equal weights are those without, and a weighted median counts weights', () => {
    const twice = resamplePairs({ first, second, condition: false }, new Float64Array(N).fill(2));
    for (const times of resamples(N, 200, 7)) twice?.add(Float64Array.from(times, (c) => 2 * c));
    expect(twice?.report()).toEqual(resampled(first, second, 200, 7));

    const weights = Float64Array.from({ length: N }, () => uniform() * 2);
    const own = resamplePairs({ first, second, condition: false }, weights)?.report();
    const [x = 0] = weightedQuantiles(first, weights, [0.5]);
    const [y = 0] = weightedQuantiles(second, weights, [0.5]);
    expect(own?.medians?.difference).toBe(x - y);
    expect(own?.ratioOfMedians?.value).toBe(x / y);
  });

  it('leave out who lacks a value in either arm', () => {
    const gaps = (values: Float64Array, which: number) =>
      values.map((value, i) => (i % 5 === which ? Number.NaN : value));
    const pairs = resamplePairs(
      { first: gaps(first, 1), second: gaps(second, 3), condition: false },
      ones(N),
    );
    const kept = (values: Float64Array | Uint16Array) =>
      Float64Array.from(values).filter((_, i) => i % 5 !== 1 && i % 5 !== 3);
    const only = resamplePairs({ first: kept(first), second: kept(second), condition: false }, kept(ones(N)));
    for (const times of resamples(N, 200, 8)) {
      pairs?.add(times);
      only?.add(kept(times));
    }
    const [got, wanted] = [pairs?.report(), only?.report()];
    expectClose(got?.mean ?? [], wanted?.mean ?? [1]);
    expect(got?.median).toEqual(wanted?.median);
    // So many lack one that medians of the rest are not those of the arms, as of a time to an event.
    expect(Object.keys(got ?? {})).toEqual(['mean', 'median']);
    expect(Object.keys(wanted ?? {})).toEqual(['mean', 'median', 'medians', 'ratioOfMedians']);
    const few = first.map((value, i) => (i === 7 ? Number.NaN : value));
    expect(resampled(few, second, 200, 10).medians).toBeDefined();
    expect(
      resamplePairs({ first: first.map(() => Number.NaN), second, condition: false }, ones(N)),
    ).toBeNull();
  });

  it('of a condition have an interval of the share, and no medians', () => {
    const [x, y] = [first.map((v) => Number(v > 1)), second.map((v) => Number(v > 1))];
    const found = resampled(x, y, 400, 9, true);
    expect(Object.keys(found)).toEqual(['mean']);
    const exact = x.reduce((sum, v, i) => sum + v - (y[i] ?? 0), 0) / N;
    expect(found.mean[0]).toBeLessThan(exact);
    expect(found.mean[1]).toBeGreaterThan(exact);
  });

  it('that do not differ have intervals without width', () => {
    const found = resampled(first, first, 200, 10);
    expect([found.mean, found.median, found.medians?.interval]).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    expect(found.ratioOfMedians).toEqual({ value: 1, interval: [1, 1] });
  });

  it('have no ratio of medians unless all values are positive', () => {
    const shifted = second.map((y, i) => (i === 3 ? -y : y));
    expect(resampled(first, shifted, 200, 10).ratioOfMedians).toBeUndefined();
  });
});

describe('the interval of a median between order statistics', () => {
  it('has the ranks of the binomial distribution', () => {
    // Conover's rule by R: l <- qbinom(0.025, n, 0.5); l and n + 1 - l.
    const lower = [
      [6, 1],
      [10, 2],
      [25, 8],
      [101, 41],
      [1000, 469],
      [100_000, 49_690],
    ] as const;
    for (const [n, l] of lower) expect(medianRanks(n)).toEqual([l, n + 1 - l]);
    expect([0, 1, 5].map((n) => medianRanks(n))).toEqual([null, null, null]);
    expect(medianRanks(5, 0.9)).toEqual([1, 5]);
  });

  it('is that of resampled medians, within a rank or two', () => {
    const d = first.map((x, i) => x - (second[i] ?? 0)).sort();
    const [low, high] = medianRanks(N) ?? [0, 0];
    const { median: found = [0, 0] } = resampled(first, second, 4000, 6);
    [low, high].forEach((rank, end) => {
      const place = d.findIndex((value) => value >= (found[end] ?? 0) - 1e-12) + 1;
      expect(Math.abs(place - rank)).toBeLessThanOrEqual(2);
    });
  });
});
