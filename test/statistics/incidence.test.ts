// Cumulative incidence: closed forms, R's survfit, the matrix Greenwood recursion, cmprsk.
import { describe, expect, it } from 'vitest';
import {
  countEvent,
  createEventCounts,
  eventTable,
  firstAt,
  gridTable,
} from '../../src/statistics/event-table.ts';
import { cumulativeIncidence } from '../../src/statistics/incidence.ts';
import { kaplanMeier } from '../../src/statistics/survival.ts';
import { expectClose, exponential, fromR, uniformSource } from './numbers.ts';

interface FromR {
  readonly data: { readonly time: number[]; readonly cause: number[] };
  readonly incidence: Record<'times' | 'first' | 'second' | 'firstVariance' | 'secondVariance', number[]>;
  readonly gray: { readonly times: number[]; readonly estimate: number[][]; readonly variance: number[][] };
}
const r = fromR<FromR>('survival');
const table = eventTable(Float64Array.from(r.data.time), r.data.cause, 2);
const curves = cumulativeIncidence(table);

describe('cumulative incidence', () => {
  it('is the share with the cause when nobody is censored, with the binomial variance', () => {
    const cause = Array.from({ length: 30 }, (_, i) => 1 + (i % 3 === 0 ? 1 : 0));
    const found = cumulativeIncidence(
      eventTable(
        Float64Array.from(cause.keys(), (i) => i + 1),
        cause,
        2,
      ),
    );
    let had = 0;
    for (let i = 0; i < 30; i++) {
      had += cause[i] === 2 ? 1 : 0;
      expect(found[1]?.incidence[i]).toBeCloseTo(had / 30, 13);
      expect(found[1]?.variance[i]).toBeCloseTo(((had / 30) * (1 - had / 30)) / 30, 13);
    }
  });

  it("agrees with R's survfit, and its variance with Greenwood's matrix recursion", () => {
    expectClose(curves[0]?.times ?? [], r.incidence.times);
    expectClose(curves[0]?.incidence ?? [], r.incidence.first);
    expectClose(curves[1]?.incidence ?? [], r.incidence.second);
    expectClose(curves[0]?.variance ?? [], r.incidence.firstVariance, 1e-9);
    expectClose(curves[1]?.variance ?? [], r.incidence.secondVariance, 1e-9);
  });

  it("is within 4 % of the variance of cmprsk, which is Aalen's", () => {
    r.gray.times.forEach((t, j) => {
      const i = firstAt(table.times, t);
      curves.forEach((curve, k) => {
        expectClose([curve.incidence[i] ?? 0], [r.gray.estimate[k]?.[j] ?? 0]);
        expectClose([curve.variance[i] ?? 0], [r.gray.variance[k]?.[j] ?? 0], 0.04);
      });
    });
  });

  it('adds up over causes to one less the survival', () => {
    const { survival } = kaplanMeier(table);
    survival.forEach((s, i) => {
      expect((curves[0]?.incidence[i] ?? 0) + (curves[1]?.incidence[i] ?? 0)).toBeCloseTo(1 - s, 13);
    });
  });

  it('is the same from counts on a grid that holds every time', () => {
    const counts = createEventCounts(
      Float64Array.from({ length: 61 }, (_, i) => i / 2),
      2,
    );
    r.data.time.forEach((t, i) => {
      countEvent(counts, t, r.data.cause[i] ?? 0);
    });
    cumulativeIncidence(gridTable(counts)).forEach((curve, k) => {
      const at = (column: Float64Array | undefined) =>
        table.times.map((t) => column?.[firstAt(curve.times, t)] ?? Number.NaN);
      expectClose(at(curve.incidence), curves[k]?.incidence ?? []);
      expectClose(at(curve.variance), curves[k]?.variance ?? []);
    });
  });

  it('has a band that holds the curve and stays within 0 and 1', () => {
    for (const { incidence, lower, upper } of curves)
      incidence.forEach((f, i) => {
        expect(lower[i]).toBeLessThanOrEqual(f);
        expect(upper[i]).toBeGreaterThanOrEqual(f);
        expect(upper[i]).toBeLessThanOrEqual(1);
      });
  });

  it('covers the truth of two constant hazards as often as it says (1000 trials; 4 standard errors)', () => {
    const uniform = uniformSource(17);
    const truth = (0.1 / 0.15) * (1 - Math.exp(-0.15 * 8));
    let inside = 0;
    for (let k = 0; k < 1000; k++) {
      const times = new Float64Array(80);
      const cause = new Uint8Array(80);
      for (let i = 0; i < 80; i++) {
        const all = [exponential(uniform, 0.03), exponential(uniform, 0.1), exponential(uniform, 0.05)];
        times[i] = Math.min(...all);
        cause[i] = all.indexOf(times[i] ?? 0);
      }
      const [curve] = cumulativeIncidence(eventTable(times, cause, 2));
      if (!curve) continue;
      let at = -1;
      while ((curve.times[at + 1] ?? 99) <= 8) at++;
      if ((curve.lower[at] ?? 1) <= truth && truth <= (curve.upper[at] ?? 0)) inside++;
    }
    expect(Math.abs(inside / 1000 - 0.95)).toBeLessThan(4 * Math.sqrt((0.95 * 0.05) / 1000));
  });
});
