// Visual predictive check and variance components: R, closed forms, what a true and a wrong model look like.
import { describe, expect, it } from 'vitest';
import { momentsOf } from '../../src/statistics/moments.ts';
import {
  equalCountEdges,
  type Observations,
  predictiveCheck,
} from '../../src/statistics/predictive-check.ts';
import { sortedQuantile } from '../../src/statistics/quantiles.ts';
import { varianceComponents } from '../../src/statistics/variance-components.ts';
import { expectClose, fromR, normal, uniformSource } from './numbers.ts';

interface Checked {
  /** [percentile][bin] */
  readonly observed: number[][];
  /** [2.5, 50, 97.5 %][percentile and bin, percentile fastest] */
  readonly band: number[][];
}
interface FromR {
  readonly vpc: Record<'times' | 'values' | 'predictions' | 'simulated' | 'edges', number[]> & {
    readonly plain: Checked;
    readonly corrected: Checked;
  };
  readonly components: {
    readonly values: number[];
    readonly study: number[];
    readonly within: number;
    readonly between: number;
  };
}
const r = fromR<FromR>('trials');
const column = (values: readonly number[]) => Float64Array.from(values);
const settings = { edges: column(r.vpc.edges), percentiles: [0.05, 0.5, 0.95], level: 0.95 };
const observations = {
  times: column(r.vpc.times),
  values: column(r.vpc.values),
  simulated: column(r.vpc.simulated),
};

describe('predictive check', () => {
  it.each([
    ['plain', r.vpc.plain, {}],
    ['prediction-corrected', r.vpc.corrected, { predictions: column(r.vpc.predictions) }],
  ] as const)("agrees with R's quantiles, %s", (_, expected, more) => {
    const { percentiles, values } = predictiveCheck({ ...observations, ...more }, settings);
    percentiles.forEach((row, k) => {
      expectClose(row.observed, expected.observed[k] ?? []);
      // The values themselves are those that were compared.
      const own = Array.from(settings.edges.slice(1), (to, b) => {
        const from = settings.edges[b] ?? 0;
        const last = b === settings.edges.length - 2;
        const inside = (time = Number.NaN) => time >= from && (time < to || (last && time === to));
        return sortedQuantile(values.filter((_, i) => inside(observations.times[i])).sort(), row.p);
      });
      expectClose(own, expected.observed[k] ?? []);
      [row.low, row.median, row.high].forEach((found, q) => {
        expectClose(
          found,
          [0, 1, 2, 3].map((b) => expected.band[q]?.[3 * b + k] ?? Number.NaN),
        );
      });
    });
  });

  it('puts every observation into one bin, at its edges too', () => {
    const { counts, times } = predictiveCheck(
      {
        times: Float64Array.of(0, 4, 4, 9, 24),
        values: Float64Array.of(1, 2, 3, 4, 5),
        simulated: Float64Array.of(1, 2, 3, 4, 5),
      },
      settings,
    );
    expect([...counts]).toEqual([1, 2, 1, 1]);
    expect([...times]).toEqual([0, 4, 9, 24]);
  });

  const simulate = (factor: number, spread: number, limit?: number, seed = 12): Observations => {
    const uniform = uniformSource(seed);
    const times = Float64Array.from({ length: 600 }, () => 24 * uniform());
    const draw = (f: number, s: number) =>
      times.map((t) => f * 10 * Math.exp(-0.15 * t + s * normal(uniform)));
    const simulated = new Float64Array(600 * 200);
    const values = draw(factor, spread);
    for (let k = 0; k < 200; k++) simulated.set(draw(1, 0.4), k * 600);
    return { times, values, simulated, ...(limit === undefined ? {} : { quantificationLimit: limit }) };
  };
  const checkOf = (given: Observations) =>
    predictiveCheck(given, {
      edges: equalCountEdges(given.times, 10),
      percentiles: [0.05, 0.5, 0.95],
      level: 0.95,
    });

  it('finds a true model inside in at least 80 % of bins, and a wrong one outside', () => {
    for (const row of checkOf(simulate(1, 0.4)).percentiles)
      expect(row.inside / row.bins).toBeGreaterThanOrEqual(0.8);
    const [, shifted] = checkOf(simulate(1.4, 0.4)).percentiles;
    expect(shifted?.inside).toBeLessThan(2);
    const [low, middle, high] = checkOf(simulate(1, 0.7)).percentiles; // right on average, too variable
    expect(middle?.inside).toBeGreaterThanOrEqual(7);
    expect((low?.inside ?? 10) + (high?.inside ?? 10)).toBeLessThan(6);
  });

  it('shows what is below the limit as below it, on both sides, with its share', () => {
    const { percentiles, below } = checkOf(simulate(1, 0.4, 1));
    const [low] = percentiles;
    expect(low?.observed[9]).toBe(Number.NEGATIVE_INFINITY);
    expect(low?.low[9]).toBe(Number.NEGATIVE_INFINITY);
    expect(low?.inside).toBeGreaterThanOrEqual(8);
    expect(below?.observed[0]).toBe(0);
    expect(below?.observed[9]).toBeGreaterThan(0.5);
    expect(below?.inside).toBeGreaterThanOrEqual(8);
    expect(checkOf(simulate(1, 0.4)).below).toBeNull();
  });

  it('correction by equal predictions changes nothing; by each own prediction it takes doses out', () => {
    const given = simulate(1, 0.4);
    expect(checkOf({ ...given, predictions: new Float64Array(600).fill(3) })).toEqual(checkOf(given));
    const doubled = given.values.map((x, i) => (i % 2 === 0 ? 2 * x : x));
    const simulated = given.simulated.map((x, i) => (i % 2 === 0 ? 2 * x : x));
    const predictions = given.times.map((_, i) => (i % 2 === 0 ? 2 : 1));
    const corrected = checkOf({ ...given, values: doubled, simulated, predictions });
    corrected.percentiles.forEach((row, k) => {
      const plain = checkOf(given).percentiles[k];
      row.observed.forEach((x, b) => {
        const scale = x / (plain?.observed[b] ?? 1); // the median prediction of the bin: 1, 1.5 or 2
        expect([1, 1.5, 2].some((s) => Math.abs(scale / s - 1) < 1e-12)).toBe(true);
      });
    });
  });

  it('bins by equal counts without parting equal times', () => {
    const even = Float64Array.from({ length: 100 }, (_, i) => i);
    expect([...equalCountEdges(even, 4)]).toEqual([0, 24.5, 49.5, 74.5, 99]);
    expect([...equalCountEdges(Float64Array.of(0, 1, 1, 1, 1, 1, 2), 3)]).toEqual([0, 0.5, 1.5, 2]);
    expect([...equalCountEdges(Float64Array.of(0, 5, 5), 5)]).toEqual([0, 2.5, 5]);
    const members = predictiveCheck(
      { times: even, values: even, simulated: even },
      { ...settings, edges: equalCountEdges(even, 7) },
    );
    for (const count of members.counts) expect(Math.abs(count - 100 / 7)).toBeLessThan(1);
  });

  it('refuses what does not fit together', () => {
    expect(() => predictiveCheck({ ...observations, simulated: new Float64Array(61) }, settings)).toThrow(
      /whole replicates/,
    );
    expect(() => predictiveCheck({ ...observations, predictions: new Float64Array(60) }, settings)).toThrow(
      /positive prediction/,
    );
    expect(() =>
      predictiveCheck({ ...observations, values: new Float64Array(60).fill(Number.NaN) }, settings),
    ).toThrow(/observation 1 is missing/);
    expect(() => predictiveCheck(observations, { ...settings, edges: Float64Array.of(1) })).toThrow(
      /at least 2/,
    );
    expect(() => equalCountEdges(new Float64Array(0), 3)).toThrow(/no observations/);
  });
});

describe('variance components', () => {
  const moments = (values: readonly number[][]) => values.map((study) => momentsOf(study));

  it("agree with the mean squares of R's aov, studies of unequal size", () => {
    const studies = [1, 2, 3, 4, 5].map((s) =>
      r.components.values.filter((_, i) => r.components.study[i] === s),
    );
    const found = varianceComponents(moments(studies));
    expectClose([found.within, found.between], [r.components.within, r.components.between]);
    expect(found.betweenShare).toBeCloseTo(
      r.components.between / (r.components.between + r.components.within),
      10,
    );
    expect([found.studies, found.patients]).toEqual([5, 36]);
  });

  it('are 0 between studies that are the same, and 0 within studies of equal patients', () => {
    const same = varianceComponents(
      moments([
        [1, 2, 3],
        [1, 2, 3],
      ]),
    );
    expect(same.within).toBe(1);
    expect(same.between).toBeCloseTo(-1 / 3, 14);
    expect([same.betweenFloored, same.betweenShare]).toEqual([0, 0]);
    expect(
      varianceComponents(
        moments([
          [1, 1],
          [3, 3],
        ]),
      ),
    ).toMatchObject({ within: 0, between: 2, betweenShare: 1 });
  });

  it('subtract the noise of few patients: 400 studies of 5 patients recover 1 and 4 within 4 standard errors', () => {
    const uniform = uniformSource(31);
    const studies = Array.from({ length: 400 }, () => {
      const centre = normal(uniform);
      return momentsOf(Array.from({ length: 5 }, () => centre + 2 * normal(uniform)));
    });
    const found = varianceComponents(studies);
    const meanVariance = 1 + 4 / 5; // what the spread of the means shows
    expect(Math.abs(found.between - 1)).toBeLessThan(4 * meanVariance * Math.sqrt(2 / 399));
    expect(Math.abs(found.within - 4)).toBeLessThan(4 * 4 * Math.sqrt(2 / 1600));
    expect(found.rawBetween).toBeGreaterThan(1.4);
  });

  it('need two studies with more than one patient each, and pass over empty ones', () => {
    expect(() => varianceComponents(moments([[1, 2]]))).toThrow(/at least 2 studies/);
    expect(() => varianceComponents(moments([[1], [2]]))).toThrow(/more than 1 patient/);
    expect(varianceComponents(moments([[1, 2], [], [2, 3]])).studies).toBe(2);
  });
});
