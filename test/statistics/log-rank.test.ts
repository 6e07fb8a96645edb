// Log-rank and hazard ratio: hand-made tables, R's survdiff and coxph, error of the first kind by simulation.
import { describe, expect, it } from 'vitest';
import {
  countEvent,
  createEventCounts,
  type EventTable,
  eventTable,
  gridTable,
} from '../../src/statistics/event-table.ts';
import { hazardRatio, logRank } from '../../src/statistics/log-rank.ts';
import { expectClose, exponential, fromR, uniformSource } from './numbers.ts';

interface RankFromR {
  readonly observed: number[];
  readonly expected: number[];
  readonly variance: number[][];
  readonly chiSquare: number;
  readonly p: number;
}
interface CoxFromR {
  readonly logRatio: number;
  readonly error: number;
  readonly interval: number[];
  readonly p: number;
}
interface FromR {
  readonly data: Record<'time' | 'status' | 'group' | 'stratum', number[]>;
  readonly aml: Record<'time' | 'status' | 'group', number[]> & { readonly rank: RankFromR };
  readonly rank3: RankFromR;
  readonly rank2: RankFromR;
  readonly rankStratified: RankFromR;
  readonly cox: CoxFromR;
  readonly coxStratified: CoxFromR;
}
const r = fromR<FromR>('survival');

function tables(
  { time, status, group }: Record<'time' | 'status' | 'group', number[]>,
  groups: number,
  also: (i: number) => boolean = () => true,
): EventTable[] {
  return Array.from({ length: groups }, (_, g) => {
    const who = [...time.keys()].filter((i) => group[i] === g && also(i));
    return eventTable(
      Float64Array.from(who, (i) => time[i] ?? 0),
      who.map((i) => status[i] ?? 0),
    );
  });
}
const strata = (groups: number) => [0, 1].map((s) => tables(r.data, groups, (i) => r.data.stratum[i] === s));

describe('log-rank', () => {
  it('is the sum of hypergeometric tables: two against two, by hand', () => {
    // at 1: 1 of 4, group A has 2; at 2: 1 of 3, A has 1; at 3: 1 of 2, A has 1; at 4 only A is left
    const a = eventTable(Float64Array.of(1, 4), [1, 1]);
    const b = eventTable(Float64Array.of(2, 3), [1, 1]);
    const { observed, expected, variance, chiSquare } = logRank([[a, b]]);
    const e = 2 / 4 + 1 / 3 + 1 / 2 + 1;
    const v = 1 / 4 + 2 / 9 + 1 / 4;
    expectClose(observed, [2, 2]);
    expectClose(expected, [e, 4 - e]);
    expectClose(variance, [v, -v, -v, v]);
    expect(chiSquare).toBeCloseTo((2 - e) ** 2 / v, 12);
  });

  it.each([
    ['two groups', r.rank2, () => [tables(r.data, 2)]],
    ['three groups', r.rank3, () => [tables(r.data, 3)]],
    ['three groups in two strata', r.rankStratified, () => strata(3)],
    ['the leukaemia trial', r.aml.rank, () => [tables(r.aml, 2)]],
  ] as const)("agrees with R's survdiff: %s", (_, expected, groups) => {
    const found = logRank(groups());
    expectClose(found.observed, expected.observed);
    expectClose(found.expected, expected.expected);
    expectClose(found.variance, expected.variance.flat());
    expectClose([found.chiSquare, found.p], [expected.chiSquare, expected.p], 1e-8);
    expect(found.degrees).toBe(expected.observed.length - 1);
  });

  it('gives the published chi-square of the leukaemia trial, 3.4 (Miller 1981)', () => {
    expect(logRank([tables(r.aml, 2)]).chiSquare.toFixed(1)).toBe('3.4');
  });

  it('is the same from counts on a grid that holds every time', () => {
    const grids = [0, 1, 2].map(() => createEventCounts(Float64Array.from({ length: 61 }, (_, i) => i / 2)));
    r.data.time.forEach((t, i) => {
      const counts = grids[r.data.group[i] ?? 0];
      if (counts) countEvent(counts, t, r.data.status[i] ?? 0);
    });
    expect(logRank([grids.map((g) => gridTable(g))]).chiSquare).toBeCloseTo(r.rank3.chiSquare, 10);
  });

  it('does not depend on the order of the groups, and finds nothing between copies', () => {
    const [a, b, c] = tables(r.data, 3);
    if (!a || !b || !c) throw new Error('three groups');
    expect(logRank([[c, a, b]]).chiSquare).toBeCloseTo(r.rank3.chiSquare, 10);
    expect(logRank([[a, a, a]])).toMatchObject({ degrees: 2 });
    expect(logRank([[a, a]]).p).toBeCloseTo(1, 12);
    expect(logRank([[a]])).toMatchObject({ degrees: 0, p: 1 });
    expect(() => logRank([[a, b], [a]])).toThrow(/same groups/);
  });

  it('rejects true equality in 5 % of 2000 trials, within 4 standard errors', () => {
    const uniform = uniformSource(5);
    const [trials, n] = [2000, 50];
    let rejected = 0;
    for (let k = 0; k < trials; k++) {
      const groups = [0, 1].map(() => {
        const times = new Float64Array(n);
        const status = new Uint8Array(n);
        for (let i = 0; i < n; i++) {
          const [event, dropout] = [exponential(uniform, 0.1), exponential(uniform, 0.05)];
          times[i] = Math.min(event, dropout);
          status[i] = event < dropout ? 1 : 0;
        }
        return eventTable(times, status);
      });
      if (logRank([groups]).p < 0.05) rejected++;
    }
    expect(Math.abs(rejected / trials - 0.05)).toBeLessThan(4 * Math.sqrt((0.05 * 0.95) / trials));
  });
});

describe('hazard ratio', () => {
  it.each([
    ['one stratum', r.cox, () => [tables(r.data, 2)]],
    ['two strata', r.coxStratified, () => strata(2)],
  ] as const)("agrees with R's coxph with Efron's ties: %s", (_, expected, groups) => {
    const found = hazardRatio(groups());
    if (found.kind !== 'estimated') throw new Error(found.reason);
    expectClose(
      [found.logRatio, found.logError, ...found.interval, found.p],
      [expected.logRatio, expected.error, ...expected.interval, expected.p],
      1e-7,
    );
  });

  it('turns over with the groups, and is 1 between copies', () => {
    const [a, b] = tables(r.data, 2);
    if (!a || !b) throw new Error('two groups');
    expect(hazardRatio([[b, a]])).toMatchObject({ logRatio: expect.closeTo(-r.cox.logRatio, 9) });
    expect(hazardRatio([[a, a]])).toMatchObject({ ratio: 1, p: 1 });
  });

  it('says that it cannot be estimated when one group never has the event', () => {
    const never = eventTable(Float64Array.of(5, 6, 7), [0, 0, 0]);
    const some = eventTable(Float64Array.of(1, 2, 9), [1, 1, 0]);
    expect(hazardRatio([[some, never]])).toMatchObject({
      kind: 'not-estimable',
      reason: expect.stringMatching('second group has no event'),
    });
    expect(hazardRatio([[never, some]])).toMatchObject({
      kind: 'not-estimable',
      reason: expect.stringMatching('first group has no event'),
    });
  });

  it('recovers a hazard that is halved', () => {
    const uniform = uniformSource(8);
    const groups = [0.1, 0.05].map((rate) => {
      const times = Float64Array.from({ length: 20_000 }, () => exponential(uniform, rate));
      return eventTable(
        times.map((t) => Math.min(t, 15)),
        Uint8Array.from(times, (t) => (t < 15 ? 1 : 0)),
      );
    });
    const found = hazardRatio([groups]);
    if (found.kind !== 'estimated') throw new Error(found.reason);
    expect(Math.abs(found.logRatio - Math.log(0.5))).toBeLessThan(4 * found.logError);
    expect(found.logError).toBeLessThan(0.02);
  });
});
