// Survival as a run tells it (from counts on a grid of 4096 bins) against R's `survival` on the same patients' exact times.
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { runStudy } from '../../src/study/run.ts';
import { closeEngines, engineFor, TESTED_BACKENDS } from '../engine/engines.ts';
import { fromR } from '../statistics/numbers.ts';
import { TRIAL_END, TRIAL_EVENTS, TRIAL_PATIENTS, trial, trialTimes } from './trial.ts';

afterAll(closeEngines);

interface Judged {
  readonly times: number[];
  readonly events: {
    readonly event: string;
    readonly arms: {
      readonly survival: number[];
      readonly lower: (number | null)[];
      readonly upper: (number | null)[];
      readonly atRisk: number[];
      readonly events: number;
      readonly median: (number | null)[];
      readonly mean: number;
      readonly error: number;
    }[];
    readonly chiSquare: number;
    readonly ratios: { readonly logRatio: number; readonly error: number; readonly interval: number[] }[];
  }[];
}
const r = fromR<Judged>('trial');
const BIN = TRIAL_END / 4096;
const FILE = new URL('../statistics/r/trial.csv', import.meta.url);

it('what R judges are the times that this model has today', async () => {
  const times = await trialTimes();
  if (process.env.GEMELLO_WRITE === '1') writeFileSync(FILE, times);
  const cells = (csv: string) => csv.trim().split(/[\n,]/);
  const [now, then] = [cells(times), cells(readFileSync(FILE, 'utf8'))];
  expect(now.length).toBe(then.length);
  const off = now.filter(
    (cell, i) => cell !== then[i] && !(Math.abs(Number(cell) / Number(then[i]) - 1) < 2e-6),
  );
  expect(off).toEqual([]);
});

describe.each(TESTED_BACKENDS)('survival of a run on %s', (backend) => {
  // In f32 a time is off by up to 1e-4 of itself, so that an event near an edge may fall on its other side: of 250 patients
  // one or two at an edge. In f64 only the order of events and dropouts within a bin is lost.
  const moved = backend === 'webgpu' ? 2 : 0;

  it.each(TRIAL_EVENTS)('is, for %s, what R finds', async (name) => {
    const ran = await runStudy(trial, { engine: await engineFor(backend) });
    if (ran.kind !== 'done') throw new Error(JSON.stringify(ran));
    const found = ran.result.survival?.find(({ endpoint }) => endpoint === name);
    const wanted = r.events.find(({ event }) => event === name);
    if (!found || !wanted) throw new Error(`${name} was judged`);
    found.arms.forEach((arm, a) => {
      const own = wanted.arms[a];
      if (!own) throw new Error('an arm more than in R');
      expect(arm.events).toBe(own.events);
      expect(arm.times.length).toBe(4 * (r.times.length - 1) + 1);
      r.times.forEach((t, i) => {
        const k = 4 * i;
        expect(arm.times[k]).toBeCloseTo(t, 9);
        const near = (got: number | undefined, exact: number | null | undefined, grid: number) =>
          expect(Math.abs((got ?? Number.NaN) - (exact ?? Number.NaN))).toBeLessThanOrEqual(
            grid + moved / TRIAL_PATIENTS,
          );
        near(arm.survival[k], own.survival[i], 3e-4);
        // R has no band at 1, this program the empty one.
        if ((own.survival[i] ?? 1) < 1 && (own.survival[i] ?? 0) > 0) {
          near(arm.lower[k], own.lower[i], 3e-4);
          near(arm.upper[k], own.upper[i], 3e-4);
        }
        expect(Math.abs((arm.atRisk[k] ?? -1) - (own.atRisk[i] ?? 0))).toBeLessThanOrEqual(moved);
      });
      // An event is somewhere in its bin: medians and their limits within one bin (and f32's error), means within half.
      [arm.median.time, ...arm.median.interval].forEach((got, k) => {
        const exact = own.median[k] ?? null;
        if (exact === null) expect(got).toBeNull();
        else expect(Math.abs((got ?? Number.NaN) - exact)).toBeLessThan(BIN * (moved > 0 ? 2 : 1));
      });
      expect(Math.abs(arm.restrictedMean.mean - own.mean)).toBeLessThan(BIN / 2);
      const half = (arm.restrictedMean.interval[1] - arm.restrictedMean.interval[0]) / 2;
      expect(Math.abs(half / (1.959963985 * own.error) - 1)).toBeLessThan(1e-3);
    });
    // Two events of different arms in one bin count as ties: each moves the score by about 1 / patients at risk.
    const score = Math.sqrt(found.logRank?.chiSquare ?? Number.NaN) - Math.sqrt(wanted.chiSquare);
    expect(Math.abs(score)).toBeLessThan(0.01);
    expect(found.logRank?.degrees).toBe(2);
    expect(found.hazardRatios?.map(({ arm }) => arm)).toEqual(['better', 'some']);
    found.hazardRatios?.forEach(({ ratio, interval }, k) => {
      const own = wanted.ratios[k];
      expect(Math.abs(Math.log(ratio) - (own?.logRatio ?? 9)) / (own?.error ?? 0)).toBeLessThan(0.01);
      interval.forEach((limit, end) => {
        expect(Math.abs(Math.log(limit / (own?.interval[end] ?? 0))) / (own?.error ?? 0)).toBeLessThan(0.01);
      });
    });
  });
});
