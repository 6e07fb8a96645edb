// What weights change in survival and in pairs: R's survival package, definitions patient by patient, and equal weights.
import { describe, expect, it } from 'vitest';
import {
  countEvent,
  createEventCounts,
  type EventCounts,
  gridTable,
} from '../../src/statistics/event-table.ts';
import { hazardRatio, logRank } from '../../src/statistics/log-rank.ts';
import { addPatient, createPairedSums, summarisePairs } from '../../src/statistics/paired.ts';
import {
  addWeightedPatient,
  createWeightedPairs,
  summariseWeightedPairs,
} from '../../src/statistics/paired-weighted.ts';
import { wilson } from '../../src/statistics/proportions.ts';
import { weightedMean } from '../../src/statistics/quantiles.ts';
import { kaplanMeier, restrictedMean } from '../../src/statistics/survival.ts';
import { weightedHazardRatio, weightedLogRank } from '../../src/statistics/weighted-log-rank.ts';
import {
  type WeightedCurve,
  weightedKaplanMeier,
  weightedRestrictedMean,
} from '../../src/statistics/weighted-survival.ts';
import { expectClose, exponential, fromR, normal, uniformSource } from './numbers.ts';

const r = fromR<{
  readonly time: number[];
  readonly status: number[];
  readonly group: number[];
  readonly weight: number[];
  readonly cox: { readonly log: number; readonly error: number };
  readonly score: number[];
  readonly km: Record<'times' | 'survival' | 'atRisk' | 'error' | 'lower', number[]> & {
    readonly mean: Record<'ten' | 'all', number[]>;
  };
  /** Who had the event: the curve comes down to 0. */
  readonly sick: Record<'times' | 'error' | 'mean', number[]>;
}>('weighted');

const EDGES = Float64Array.from({ length: 49 }, (_, i) => i / 4);
function groupOf(g: number, weightOf: (i: number) => number) {
  const group = { counts: createEventCounts(EDGES), squares: createEventCounts(EDGES) };
  r.time.forEach((time, i) => {
    if (r.group[i] !== g) return;
    countEvent(group.counts, time, r.status[i] ?? 0, weightOf(i));
    countEvent(group.squares, time, r.status[i] ?? 0, weightOf(i) ** 2);
  });
  return group;
}
const weighed = [0, 1, 2].map((g) => groupOf(g, (i) => r.weight[i] ?? 0));
const [none, one] = weighed;
if (!none || !one) throw new Error('no groups');

describe('weighted survival', () => {
  /** What R has at its times: of survival, not of its logarithm. */
  const errorsAt = (curve: WeightedCurve, times: readonly number[]) =>
    times.map((time) => {
      const row = curve.times.indexOf(time);
      const survival = curve.survival[row] ?? Number.NaN;
      return survival === 0 ? 0 : survival * Math.sqrt(curve.logVariance[row] ?? Number.NaN);
    });
  const meanOf = (curve: WeightedCurve, tau: number) => {
    const { mean, variance } = weightedRestrictedMean(curve, tau);
    return [mean, Math.sqrt(variance)];
  };

  it("is R's curve, with its robust errors, band and restricted means", () => {
    const curve = weightedKaplanMeier(none);
    const rows = r.km.times.map((time) => curve.times.indexOf(time));
    const along = (column: Float64Array) => rows.map((row) => column[row] ?? Number.NaN);
    expectClose(along(curve.survival), r.km.survival, 1e-12);
    expectClose(along(curve.atRisk), r.km.atRisk, 1e-12);
    expectClose(errorsAt(curve, r.km.times), r.km.error, 1e-10);
    expectClose(along(curve.lower), r.km.lower, 1e-10);
    expectClose(meanOf(curve, 12), r.km.mean.all, 1e-10);
    expectClose(meanOf(curve, 10), r.km.mean.ten, 1e-10);
  });

  it("has R's errors also where nobody is left", () => {
    const curve = weightedKaplanMeier(groupOf(0, (i) => (r.status[i] === 1 ? (r.weight[i] ?? 0) : 0)));
    expectClose(errorsAt(curve, r.sick.times), r.sick.error, 1e-10);
    expectClose(meanOf(curve, 12), r.sick.mean, 1e-10);
  });

  it('with equal weights has the errors of patients who count once, whatever the weight', () => {
    const heavy = weightedKaplanMeier(groupOf(0, () => 7));
    const want = kaplanMeier(gridTable(groupOf(0, () => 1).counts));
    expectClose(heavy.lower, want.lower, 1e-10);
    expectClose(heavy.upper, want.upper, 1e-10);
    for (const tau of [12, 10, 7.3, 0.1]) {
      const [robust, plain] = [weightedRestrictedMean(heavy, tau), restrictedMean(want, tau)];
      expectClose([robust.mean, robust.variance], [plain.mean, plain.variance], 1e-10);
    }
  });
});

describe('weighted groups', () => {
  it("are compared as R's robust Cox regression does", () => {
    const found = weightedHazardRatio(none, one);
    if (found.kind !== 'estimated') throw new Error(found.reason);
    expectClose([found.logRatio, found.logError], [r.cox.log, r.cox.error], 1e-8);
  });

  it("are told apart by R's robust score test", () => {
    const { chiSquare, degrees, p } = weightedLogRank(weighed);
    expectClose([chiSquare, degrees, p], r.score, 1e-8);
  });

  it('of many patients with equal weights are told apart much as without', () => {
    const uniform = uniformSource(5);
    const edges = Float64Array.from({ length: 2001 }, (_, i) => i / 100);
    const groups = [0.1, 0.09].map((rate) => {
      const counts = createEventCounts(edges);
      for (let i = 0; i < 4000; i++) {
        const t = exponential(uniform, rate);
        countEvent(counts, Math.min(t, 20), t < 20 ? 1 : 0);
      }
      return counts;
    });
    const own = groups.map((counts) => ({ counts, squares: counts }));
    const tables = groups.map((counts: EventCounts) => gridTable(counts));
    const [a, b] = own;
    const ratio = a && b ? weightedHazardRatio(a, b) : null;
    const plain = hazardRatio([tables]);
    if (ratio?.kind !== 'estimated' || plain.kind !== 'estimated') throw new Error('no ratio');
    expectClose([ratio.logRatio, ratio.logError], [plain.logRatio, plain.logError], 0.02);
    expectClose([weightedLogRank(own).chiSquare], [logRank([tables]).chiSquare], 0.05);
  });

  it('without an event in one of them have no ratio', () => {
    const still = createEventCounts(EDGES);
    for (let i = 0; i < 5; i++) countEvent(still, 12, 0);
    expect(weightedHazardRatio(none, { counts: still, squares: still })).toMatchObject({
      kind: 'not-estimable',
      reason: expect.stringMatching(/second group has no event/),
    });
  });
});

describe('weighted pairs', () => {
  const uniform = uniformSource(8);
  const n = 300;
  const first = Float64Array.from({ length: n }, () => Math.exp(1 + 0.4 * normal(uniform)));
  const second = first.map((x) => x * Math.exp(0.2 + 0.3 * normal(uniform)));
  const weights = Float64Array.from({ length: n }, (_, i) => (i % 9 === 0 ? 0 : exponential(uniform, 1)));
  const wanted = { better: 'higher', margin: 0 } as const;
  const summed = (weightOf: (i: number) => number) => {
    const pairs = createWeightedPairs();
    for (let i = 0; i < n; i++) addWeightedPatient(pairs, first[i] ?? 0, second[i] ?? 0, weightOf(i), wanted);
    return summariseWeightedPairs(pairs);
  };
  const total = weights.reduce((sum, w) => sum + w, 0);
  const squares = weights.reduce((sum, w) => sum + w * w, 0);
  const there = weights.filter((w) => w > 0).length;
  /** From the definition, in two passes: the linearised variable u of each patient. */
  const errorOf = (u: (i: number) => number) => {
    const sum = weights.reduce((s, w, i) => s + (w * u(i)) ** 2, 0);
    return Math.sqrt((sum * there) / (there - 1)) / total;
  };

  it('have weighted means with robust errors, from their definition', () => {
    const found = summed((i) => weights[i] ?? 0);
    const differences = first.map((x, i) => x - (second[i] ?? 0));
    const mean = weightedMean(differences, weights);
    expect(found.n).toBe(there);
    expectClose(
      [found.difference.value, found.difference.error],
      [mean, errorOf((i) => (differences[i] ?? 0) - mean)],
      1e-10,
    );
    const [a, b] = [weightedMean(first, weights), weightedMean(second, weights)];
    const logError = errorOf((i) => (first[i] ?? 0) / a - (second[i] ?? 0) / b);
    expectClose(
      [found.meanRatio?.value ?? 0, found.meanRatio?.error ?? 0],
      [a / b, (a / b) * logError],
      1e-10,
    );
    const logs = first.map((x, i) => Math.log(x / (second[i] ?? 1)));
    expectClose([found.geometricRatio?.value ?? 0], [Math.exp(weightedMean(logs, weights))], 1e-10);
    const higher = weightedMean(
      differences.map((d) => (d > 0 ? 1 : 0)),
      weights,
    );
    const effective = (total * total) / squares;
    expectClose([found.benefit.value], [higher], 1e-12);
    expectClose(found.benefit.interval, wilson(higher * effective, effective), 1e-9);
  });

  it('with equal weights are those of paired.ts', () => {
    const sums = createPairedSums();
    for (let i = 0; i < n; i++) addPatient(sums, first[i] ?? 0, second[i] ?? 0, wanted);
    const plain = summarisePairs(sums);
    for (const weight of [1, 0.3]) {
      const found = summed(() => weight);
      expect(found.n).toBe(n);
      for (const key of ['difference', 'meanRatio', 'geometricRatio', 'benefit', 'harm'] as const) {
        const [got, want] = [found[key], plain[key]];
        expectClose([got?.value ?? 0, got?.error ?? 0], [want?.value ?? 1, want?.error ?? 1], 1e-9);
        expectClose(got?.interval ?? [], want?.interval ?? [1], 1e-9);
      }
    }
  });
});
