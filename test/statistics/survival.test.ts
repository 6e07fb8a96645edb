// Risk tables, Kaplan-Meier and restricted mean: closed forms, R's `survival`, coverage of the band by simulation.
import { describe, expect, it } from 'vitest';
import {
  countEvent,
  createEventCounts,
  eventTable,
  gridTable,
  numberAtRisk,
} from '../../src/statistics/event-table.ts';
import {
  kaplanMeier,
  restrictedMean,
  restrictedMeanDifference,
  survivalAt,
  survivalQuantile,
} from '../../src/statistics/survival.ts';
import { expectClose, exponential, fromR, uniformSource } from './numbers.ts';

interface CurveFromR {
  readonly band: 'log-log' | 'plain';
  readonly times: number[];
  readonly atRisk: number[];
  readonly events: number[];
  readonly survival: number[];
  readonly error: number[];
  readonly lower: (number | null)[];
  readonly upper: (number | null)[];
  readonly quantiles: (number | null)[];
  readonly quantileLower: (number | null)[];
  readonly quantileUpper: (number | null)[];
}
interface FromR {
  readonly data: { readonly time: number[]; readonly status: number[] };
  readonly km: CurveFromR[];
  readonly numberAtRisk: { readonly times: number[]; readonly n: number[] };
  readonly restricted: { readonly tau: number; readonly mean: number; readonly error: number }[];
  readonly aml: {
    readonly time: number[];
    readonly status: number[];
    readonly group: number[];
    readonly medians: number[];
    readonly lower: (number | null)[];
    readonly upper: (number | null)[];
  };
}
const r = fromR<FromR>('survival');
const table = eventTable(Float64Array.from(r.data.time), r.data.status);

describe('Kaplan-Meier', () => {
  it('is the share still without the event when nobody is censored, with the binomial variance', () => {
    const n = 40;
    const curve = kaplanMeier(
      eventTable(
        Float64Array.from({ length: n }, (_, i) => i + 1),
        new Uint8Array(n).fill(1),
      ),
    );
    for (let i = 0; i < n - 1; i++) {
      const s = (n - 1 - i) / n;
      expect(curve.survival[i]).toBeCloseTo(s, 13);
      expect((curve.logVariance[i] ?? 0) * s * s).toBeCloseTo((s * (1 - s)) / n, 13);
    }
    expect(curve.survival[n - 1]).toBe(0);
    expect(curve.upper[n - 1]).toBeNaN();
  });

  it.each(r.km)("agrees with R's survfit, $band band", (expected) => {
    const curve = kaplanMeier(table, expected.band);
    expectClose(curve.times, expected.times);
    expectClose(curve.atRisk, expected.atRisk);
    expectClose(table.events, expected.events);
    expectClose(curve.survival, expected.survival);
    expectClose(curve.logVariance.map(Math.sqrt), expected.error);
    expectClose(curve.lower, expected.lower);
    expectClose(curve.upper, expected.upper);
    const quantiles = [0.25, 0.5, 0.75].map((p) => survivalQuantile(curve, p));
    expectClose(
      quantiles.map((q) => q.time),
      expected.quantiles,
    );
    expectClose(
      quantiles.map((q) => q.interval[0]),
      expected.quantileLower,
    );
    expectClose(
      quantiles.map((q) => q.interval[1]),
      expected.quantileUpper,
    );
  });

  it('finds the published medians of the leukaemia trial, 31 and 23 weeks', () => {
    for (const group of [0, 1]) {
      const who = r.aml.group.flatMap((g, i) => (g === group ? [i] : []));
      const median = survivalQuantile(
        kaplanMeier(
          eventTable(
            Float64Array.from(who, (i) => r.aml.time[i] ?? 0),
            who.map((i) => r.aml.status[i] ?? 0),
          ),
        ),
      );
      expect(median.time).toBe([31, 23][group]);
      expectClose(median.interval, [r.aml.lower[group] ?? null, r.aml.upper[group] ?? null]);
    }
  });

  it('takes the middle where the curve rests at one half', () => {
    const curve = kaplanMeier(eventTable(Float64Array.of(1, 2, 5, 9), [1, 1, 1, 1]));
    expect(survivalQuantile(curve).time).toBe(3.5);
    expect(survivalQuantile(curve, 0.9).time).toBe(9);
  });

  it('counts those at risk just before a time', () => {
    expectClose(numberAtRisk(table, r.numberAtRisk.times), r.numberAtRisk.n);
    expect([...numberAtRisk(table, [31])]).toEqual([0]);
  });

  it('keeps the plain band within 0 and 1', () => {
    const curve = kaplanMeier(eventTable(Float64Array.of(1, 2, 3, 4), [1, 1, 1, 0]), 'plain');
    expect([curve.upper[0], curve.lower[2]]).toEqual([1, 0]);
  });

  it('has a weight of two for two equal patients', () => {
    const twice = eventTable(Float64Array.of(1, 1, 2, 2, 3), [1, 1, 0, 0, 1]);
    const weighted = eventTable(Float64Array.of(1, 2, 3), [1, 0, 1], 1, Float64Array.of(2, 2, 1));
    expect(weighted).toEqual(twice);
  });

  it('covers the true survival as often as it says (1000 trials of 60; 0.95 within 4 standard errors)', () => {
    const uniform = uniformSource(11);
    const [trials, n] = [1000, 60];
    const inside = { 'log-log': 0, plain: 0 };
    for (let k = 0; k < trials; k++) {
      const times = new Float64Array(n);
      const status = new Uint8Array(n);
      for (let i = 0; i < n; i++) {
        const [event, dropout] = [exponential(uniform, 0.1), exponential(uniform, 0.04)];
        times[i] = Math.min(event, dropout);
        status[i] = event < dropout ? 1 : 0;
      }
      for (const band of ['log-log', 'plain'] as const) {
        const curve = kaplanMeier(eventTable(times, status), band);
        let at = -1;
        while ((curve.times[at + 1] ?? 99) <= 7) at++;
        if ((curve.lower[at] ?? 1) <= Math.exp(-0.7) && Math.exp(-0.7) <= (curve.upper[at] ?? 0))
          inside[band]++;
      }
    }
    const error = Math.sqrt((0.95 * 0.05) / trials);
    expect(Math.abs(inside['log-log'] / trials - 0.95)).toBeLessThan(4 * error);
    expect(inside.plain / trials).toBeGreaterThan(0.9);
  });

  it('refuses times, causes and shares that make no sense', () => {
    expect(() => eventTable(Float64Array.of(1, Number.NaN), [1, 1])).toThrow(/time NaN of patient 2/);
    expect(() => eventTable(Float64Array.of(1), [2])).toThrow(
      /cause 2 of patient 1; use 0 \(censored\) to 1/,
    );
    expect(() => survivalQuantile(kaplanMeier(table), 1)).toThrow(/share 1/);
    expect(() => kaplanMeier(table, 'plain', 95)).toThrow(/confidence level 95/);
  });
});

describe('restricted mean', () => {
  it('is the mean of what is left of every time when nobody is censored', () => {
    const times = Float64Array.of(1, 2, 3, 5, 8, 13);
    const tau = 6;
    const capped = [...times].map((t) => Math.min(t, tau));
    const mean = capped.reduce((a, b) => a + b, 0) / 6;
    const { mean: found, variance } = restrictedMean(kaplanMeier(eventTable(times, [1, 1, 1, 1, 1, 1])), tau);
    expect(found).toBeCloseTo(mean, 13);
    expect(variance).toBeCloseTo(capped.reduce((a, b) => a + (b - mean) ** 2, 0) / 36, 13);
  });

  it("agrees with R's, at and between event times", () => {
    for (const { tau, mean, error } of r.restricted) {
      const found = restrictedMean(kaplanMeier(table), tau);
      expectClose([found.mean, Math.sqrt(found.variance)], [mean, error], 1e-10);
    }
  });

  it('says when it runs past the last patient, and is tau itself before the first event', () => {
    const curve = kaplanMeier(eventTable(Float64Array.of(4, 6, 7), [1, 1, 0]));
    expect(restrictedMean(curve, 3)).toMatchObject({ mean: 3, variance: 0, beyond: false });
    expect(restrictedMean(curve, 7).beyond).toBe(false);
    expect(restrictedMean(curve, 9).beyond).toBe(true);
    const all = kaplanMeier(eventTable(Float64Array.of(4, 6), [1, 1]));
    expect(restrictedMean(all, 9)).toMatchObject({ mean: 5, beyond: false });
  });

  it('takes differences at one tau only', () => {
    const curve = kaplanMeier(table);
    const same = restrictedMeanDifference(restrictedMean(curve, 10), restrictedMean(curve, 10));
    expect(same.difference).toBe(0);
    expect(same.variance).toBeCloseTo(2 * restrictedMean(curve, 10).variance, 14);
    expect(() => restrictedMeanDifference(restrictedMean(curve, 10), restrictedMean(curve, 11))).toThrow(
      /same tau/,
    );
  });
});

describe('counts on a grid', () => {
  const edges = Float64Array.from({ length: 61 }, (_, i) => i / 2);
  const counted = (from: number, to: number) => {
    const counts = createEventCounts(edges);
    for (let i = from; i < to; i++) countEvent(counts, r.data.time[i] ?? 0, r.data.status[i] ?? 0);
    return counts;
  };

  it('give the exact curve when all times lie on edges', () => {
    const [exact, grid] = [kaplanMeier(table), kaplanMeier(gridTable(counted(0, 150)))];
    for (let t = 0; t <= 30; t += 0.25) expect(survivalAt(grid, t)).toBeCloseTo(survivalAt(exact, t), 13);
    expect(restrictedMean(grid, 29.7).variance).toBeCloseTo(restrictedMean(exact, 29.7).variance, 13);
  });

  it('come to the exponential of 200,000 patients within 4 standard errors, half of them censored', () => {
    const uniform = uniformSource(3);
    const counts = createEventCounts(Float64Array.from({ length: 1001 }, (_, i) => i * 0.02));
    for (let i = 0; i < 200_000; i++) {
      const [event, dropout] = [exponential(uniform, 0.1), exponential(uniform, 0.1)];
      const time = Math.min(event, dropout, 20);
      countEvent(counts, time, time === event ? 1 : 0);
    }
    const curve = kaplanMeier(gridTable(counts, 'half'));
    for (const t of [1, 5, 10, 19]) {
      const s = Math.exp(-0.1 * t);
      const i = curve.times.findIndex((x) => Math.abs(x - t) < 1e-9);
      const error = s * Math.sqrt(curve.logVariance[i] ?? Number.NaN);
      expect(Math.abs((curve.survival[i] ?? 0) - s)).toBeLessThan(4 * error);
    }
  });

  it('count half of those censored in a bin, if asked', () => {
    const counts = createEventCounts(Float64Array.of(0, 1, 2));
    for (const [t, k] of [
      [0.5, 1],
      [0.6, 0],
      [1.5, 1],
      [2, 0],
    ] as const)
      countEvent(counts, t, k);
    expect([...kaplanMeier(gridTable(counts)).survival]).toEqual([3 / 4, (3 / 4) * (1 / 2)]);
    expect(kaplanMeier(gridTable(counts, 'half')).survival[0]).toBeCloseTo(1 - 1 / 3.5, 14);
  });

  it('put a time on an edge into the bin that it ends, and refuse times outside', () => {
    const counts = createEventCounts(Float64Array.of(0, 1, 2));
    countEvent(counts, 1, 1);
    countEvent(counts, 0, 1);
    expect([...(counts.causes[0] ?? [])]).toEqual([2, 0]);
    expect(() => countEvent(counts, 2.5, 0)).toThrow(/censor at the last edge/);
    expect(() => createEventCounts(Float64Array.of(0, 2, 1))).toThrow(/must ascend/);
  });
});
