// Paired comparison, proportions, numbers needed and bootstrap: closed forms, R, published intervals, coverage.
import { describe, expect, it } from 'vitest';
import { bootstrap } from '../../src/statistics/bootstrap.ts';
import {
  addPair,
  addValue,
  createMoments,
  createPairMoments,
  mergeMoments,
  mergePairMoments,
  momentsOf,
  variance,
} from '../../src/statistics/moments.ts';
import {
  addPatient,
  createPairedSums,
  differenceQuantiles,
  meanInterval,
  mergePairedSums,
  summarisePairs,
} from '../../src/statistics/paired.ts';
import {
  countPair,
  createPairedCounts,
  numberNeeded,
  pairedRiskDifference,
  riskDifference,
  wilson,
} from '../../src/statistics/proportions.ts';
import { expectClose, fromR, normal, uniformSource } from './numbers.ts';

interface FromR {
  readonly paired: {
    readonly a: number[];
    readonly b: number[];
    readonly difference: number;
    readonly interval: number[];
    readonly geometric: number;
    readonly geometricInterval: number[];
    readonly ratio: number;
    readonly ratioInterval: number[];
    readonly quantiles: number[];
  };
  readonly wilson: { readonly counts: [number, number][]; readonly interval: [number, number][] };
  readonly boot: {
    readonly index: number[];
    readonly estimate: number;
    readonly error: number;
    readonly percentile: number[];
    readonly bca: number[];
  };
}
const r = fromR<FromR>('trials');
const { a, b } = r.paired;
const higher = { better: 'higher', margin: 0 } as const;

function sumsOf(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  from = 0,
  to = first.length,
  wanted: Parameters<typeof addPatient>[3] = higher,
) {
  const sums = createPairedSums();
  for (let i = from; i < to; i++) addPatient(sums, first[i] ?? Number.NaN, second[i] ?? Number.NaN, wanted);
  return sums;
}

describe('paired arms', () => {
  it('are exactly equal when they are equal, for every patient', () => {
    const found = summarisePairs(sumsOf(a, a));
    expect(found.difference).toEqual({ value: 0, error: 0, interval: [0, 0] });
    expect(found.meanRatio).toEqual({ value: 1, error: 0, interval: [1, 1] });
    expect(found.geometricRatio?.value).toBe(1);
    expect([found.benefit.value, found.harm.value]).toEqual([0, 0]);
    expect(differenceQuantiles(Float64Array.from(a), Float64Array.from(a), [0, 0.5, 1])).toEqual([0, 0, 0]);
  });

  it("agree with R's paired t test, on differences and on logarithms, and with the delta method", () => {
    const found = summarisePairs(sumsOf(a, b));
    expectClose(
      [found.difference.value, ...found.difference.interval],
      [r.paired.difference, ...r.paired.interval],
    );
    const { geometricRatio, meanRatio } = found;
    expectClose(
      [geometricRatio?.value ?? 0, ...(geometricRatio?.interval ?? [])],
      [r.paired.geometric, ...r.paired.geometricInterval],
    );
    expectClose(
      [meanRatio?.value ?? 0, ...(meanRatio?.interval ?? [])],
      [r.paired.ratio, ...r.paired.ratioInterval],
    );
  });

  it("have R's quantiles of individual differences", () => {
    expectClose(
      differenceQuantiles(Float64Array.from(a), Float64Array.from(b), [0.05, 0.25, 0.5, 0.9]),
      r.paired.quantiles,
    );
  });

  it('merge: any split gives the whole', () => {
    const whole = summarisePairs(sumsOf(a, b));
    for (const cut of [0, 1, 11, 24]) {
      const sums = sumsOf(a, b, 0, cut);
      mergePairedSums(sums, sumsOf(a, b, cut));
      const merged = summarisePairs(sums);
      expect([merged.n, merged.benefit, merged.harm]).toEqual([whole.n, whole.benefit, whole.harm]);
      for (const name of ['difference', 'meanRatio', 'geometricRatio'] as const)
        expectClose(merged[name]?.interval ?? [], whole[name]?.interval ?? [], 1e-12);
    }
  });

  it('count benefit and harm by the direction that is wanted and the margin', () => {
    const [x, y] = [
      [1, 2, 3, 9, Number.NaN],
      [2, 2, 1, 1, 1],
    ];
    expect(sumsOf(x, y)).toMatchObject({ benefit: 2, harm: 1, missing: 1 });
    expect(sumsOf(x, y, 0, 5, { better: 'lower', margin: 0 })).toMatchObject({ benefit: 1, harm: 2 });
    expect(sumsOf(x, y, 0, 5, { better: 'higher', margin: 2 })).toMatchObject({ benefit: 1, harm: 0 });
  });

  it('keep the digits of a small difference of large numbers', () => {
    const moments = momentsOf(Float64Array.from({ length: 1000 }, (_, i) => 1e9 + (i % 2)));
    expect(variance(moments)).toBeCloseTo(250 / 999, 9);
    const [left, right] = [createMoments(), createPairMoments()];
    addValue(left, 3);
    mergeMoments(left, createMoments());
    expect(left).toEqual({ n: 1, mean: 3, squares: 0 });
    addPair(right, 1e9, 2e9);
    addPair(right, 1e9 + 1, 2e9 + 2);
    mergePairMoments(right, createPairMoments());
    expect(right.products).toBe(1);
  });

  it('have no ratio when a mean or a value is not positive, no interval for one patient', () => {
    const found = summarisePairs(sumsOf([1, -3], [1, 2]));
    expect([found.meanRatio, found.geometricRatio]).toEqual([null, null]);
    expect(meanInterval(momentsOf([2])).interval).toEqual([Number.NaN, Number.NaN]);
  });

  it('cover the true mean difference as often as they say (2000 trials of 12; 4 standard errors)', () => {
    const uniform = uniformSource(2);
    let inside = 0;
    for (let k = 0; k < 2000; k++) {
      const values = Array.from({ length: 12 }, () => 1.5 + normal(uniform));
      const [low, high] = meanInterval(momentsOf(values)).interval;
      if (low <= 1.5 && 1.5 <= high) inside++;
    }
    expect(Math.abs(inside / 2000 - 0.95)).toBeLessThan(4 * Math.sqrt((0.95 * 0.05) / 2000));
  });
});

describe('proportions', () => {
  it("have Wilson's interval as R's prop.test without correction", () => {
    const found = r.wilson.counts.map(([count, n]) => wilson(count, n));
    expectClose(found.flat(), r.wilson.interval.flat());
    // published (Newcombe 1998, table I)
    expect(wilson(81, 263).map((x) => x.toFixed(4))).toEqual(['0.2553', '0.3662']);
  });

  it('have the published interval of 56/70 less 48/80, 0.0524 to 0.3339 (Newcombe 1998, method 10)', () => {
    const { difference, interval } = riskDifference(56, 70, 48, 80);
    expect([difference, ...interval].map((x) => x.toFixed(4))).toEqual(['0.2000', '0.0524', '0.3339']);
  });

  it('have the published paired interval of 36, 12, 2, 0, 0.0569 to 0.3404 (Newcombe 1998, method 10)', () => {
    const { difference, interval } = pairedRiskDifference({
      both: 36,
      onlyFirst: 12,
      onlySecond: 2,
      neither: 0,
    });
    expect([difference, ...interval].map((x) => x.toFixed(4))).toEqual(['0.2000', '0.0569', '0.3404']);
  });

  it('are narrower when patients agree, and as wide as independent ones when agreement is chance', () => {
    const width = ([low, high]: readonly [number, number]) => high - low;
    const agree = pairedRiskDifference({ both: 400, onlyFirst: 60, onlySecond: 10, neither: 530 });
    expect(width(agree.interval)).toBeLessThan(0.6 * width(riskDifference(460, 1000, 410, 1000).interval));
    const chance = pairedRiskDifference({ both: 25, onlyFirst: 25, onlySecond: 25, neither: 25 });
    expectClose(chance.interval, riskDifference(50, 100, 50, 100).interval, 1e-12);
  });

  it('take agreement within the continuity correction for chance', () => {
    // 26 x 26 - 25 x 25 = 51 = n / 2
    const slight = pairedRiskDifference({ both: 26, onlyFirst: 25, onlySecond: 25, neither: 26 });
    expectClose(slight.interval, riskDifference(51, 102, 51, 102).interval, 1e-12);
  });

  it('turn over with the arms', () => {
    const [low, high] = pairedRiskDifference({ both: 20, onlyFirst: 9, onlySecond: 3, neither: 40 }).interval;
    expectClose(
      pairedRiskDifference({ both: 20, onlyFirst: 3, onlySecond: 9, neither: 40 }).interval,
      [-high, -low],
      1e-12,
    );
  });

  it('cover the true paired difference at least nearly as often as they say (2000 trials of 80)', () => {
    const uniform = uniformSource(4);
    let inside = 0;
    for (let k = 0; k < 2000; k++) {
      const counts = createPairedCounts();
      for (let i = 0; i < 80; i++) {
        const u = uniform(); // both 0.3, only first 0.2, only second 0.08
        countPair(counts, u < 0.5, u < 0.3 || (u >= 0.5 && u < 0.58));
      }
      const [low, high] = pairedRiskDifference(counts).interval;
      if (low <= 0.12 && 0.12 <= high) inside++;
    }
    const error = Math.sqrt((0.95 * 0.05) / 2000);
    expect(inside / 2000).toBeGreaterThan(0.95 - 4 * error);
    expect(inside / 2000).toBeLessThan(0.98);
  });

  it('count pairs in the four cells', () => {
    const counts = createPairedCounts();
    for (const [x, y] of [
      [true, true],
      [true, false],
      [false, true],
      [false, false],
      [true, false],
    ] as const)
      countPair(counts, x, y);
    expect(counts).toEqual({ both: 1, onlyFirst: 2, onlySecond: 1, neither: 1 });
    expect(() => wilson(3, 2)).toThrow(/3 of 2/);
  });
});

describe('numbers needed', () => {
  const difference = (value: number, low: number, high: number) => ({
    first: 0,
    second: 0,
    difference: value,
    interval: [low, high] as const,
  });

  it('are one over the difference, with limits turned over', () => {
    expect(numberNeeded(difference(0.2, 0.1, 0.25), true)).toEqual({
      kind: 'benefit',
      number: 5,
      limits: [4, 10],
    });
    expect(numberNeeded(difference(0.2, 0.1, 0.25), false)).toEqual({
      kind: 'harm',
      number: 5,
      limits: [4, 10],
    });
    expect(numberNeeded(difference(-0.2, -0.25, -0.1), false)).toEqual({
      kind: 'benefit',
      number: 5,
      limits: [4, 10],
    });
  });

  it('run through infinity where the interval holds no difference (Altman 1998)', () => {
    expect(numberNeeded(difference(0.1, -0.05, 0.25), true)).toEqual({
      kind: 'unclear',
      number: 10,
      limits: [4, 20],
    });
    expect(numberNeeded(difference(0, -0.1, 0.1), true).number).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('bootstrap', () => {
  const d = a.map((x, i) => x - (b[i] ?? 0));
  const statistic = (patients: Uint32Array) => {
    let [squares, sum] = [0, 0];
    for (const i of patients) {
      squares += (d[i] ?? 0) ** 2;
      sum += (d[i] ?? 0) + 3;
    }
    return squares / sum;
  };

  it.each(['percentile', 'bca'] as const)("gives R's %s interval on R's resamples", (kind) => {
    let next = 0;
    const replay = () => ((r.boot.index[next++] ?? 0) + 0.5) / d.length;
    const found = bootstrap(statistic, d.length, replay, { replicates: 199, level: 0.95, kind });
    expectClose(
      [found.estimate, found.error, ...found.interval],
      [r.boot.estimate, r.boot.error, ...r.boot[kind]],
    );
  });

  it('gives the same interval for the same seed, and the t interval of a mean within 6 %', () => {
    const mean = (patients: Uint32Array) =>
      patients.reduce((sum, i) => sum + (values[i] ?? 0), 0) / patients.length;
    const uniform = uniformSource(9);
    const values = Float64Array.from({ length: 500 }, () => normal(uniform));
    const settings = { replicates: 1000, level: 0.95, kind: 'bca' } as const;
    const once = bootstrap(mean, 500, uniformSource(1), settings);
    expect(bootstrap(mean, 500, uniformSource(1), settings)).toEqual(once);
    expect(bootstrap(mean, 500, uniformSource(6), settings)).not.toEqual(once);
    const [low, high] = meanInterval(momentsOf(values)).interval;
    expect(Math.abs((once.interval[1] - once.interval[0]) / (high - low) - 1)).toBeLessThan(0.06);
  });

  it('counts half of the replicates that equal the estimate: a share of one half gets an interval around it', () => {
    const share = (patients: Uint32Array) => patients.reduce((sum, i) => sum + (i % 2), 0) / patients.length;
    const settings = { replicates: 4000, level: 0.9, kind: 'bca' } as const;
    const { interval } = bootstrap(share, 20, uniformSource(14), settings);
    expect(interval[0] + interval[1]).toBeCloseTo(1, 10);
  });

  it('is a point for a statistic that never changes, and refuses too little', () => {
    expect(bootstrap(() => 4, 10, uniformSource(1)).interval).toEqual([4, 4]);
    expect(() =>
      bootstrap(
        () => 4,
        1,
        () => 0,
      ),
    ).toThrow(/at least 2/);
    expect(() =>
      bootstrap(
        () => 4,
        5,
        () => 0,
        { replicates: 5, level: 0.95, kind: 'bca' },
      ),
    ).toThrow(/at least 100/);
  });
});
