// Times to an event: curves of runs against the exact distribution of their hazards, and against the same patients one
// by one.
import { afterAll, describe, expect, it } from 'vitest';
import { compile } from '../../src/language/compile.ts';
import { eventTable } from '../../src/statistics/event-table.ts';
import { logRank } from '../../src/statistics/log-rank.ts';
import { kaplanMeier, restrictedMean, survivalQuantile } from '../../src/statistics/survival.ts';
import type { SurvivalResult } from '../../src/study/result.ts';
import { runIndividuals, runStudy } from '../../src/study/run.ts';
import type { Study } from '../../src/study/study.ts';
import { censoringEndpoints, listenForEvents, timedEvents } from '../../src/study/survival.ts';
import { closeEngines, engineFor, TESTED_BACKENDS } from '../engine/engines.ts';
import { unit } from './fixtures.ts';

afterAll(closeEngines);

const text = (censoring: string) => `model mortal "Death at a constant rate"
  time h
parameter RISK = 0.5 [1/d]
compartment body : mg
flow out : body -> at 0.1 [1/h] * body
hazard death "Death" = RISK
${censoring}
output amount = body
endpoint t_death "Time of death" = time of death in d
endpoint dead = death by 2 d
show until 72 h every 24 h
`;
const PATIENTS = 4000;
const study = (censoring = ''): Study => ({
  gemello: 1,
  model: { text: text(censoring) },
  cohort: { patients: PATIENTS, seed: '9' },
  arms: [{ name: 'usual' }, { name: 'halved', set: { RISK: 0.25 } }, { name: 'same' }],
  solver: { method: 'tsit5', rtol: 1e-6 },
});

async function ranOf(what: Study, backend: (typeof TESTED_BACKENDS)[number] = 'webassembly') {
  const ran = await runStudy(what, { engine: await engineFor(backend) });
  if (ran.kind !== 'done') throw new Error(JSON.stringify(ran));
  return ran;
}

async function survivalOf(what: Study, backend: (typeof TESTED_BACKENDS)[number] = 'webassembly') {
  const { result } = await ranOf(what, backend);
  const [one, ...more] = result.survival ?? [];
  if (one === undefined || more.length > 0) throw new Error('one time of an event');
  return one;
}

const armOf = ({ arms }: SurvivalResult, a: number) => {
  const arm = arms[a];
  if (arm === undefined) throw new Error(`there is no arm ${a}`);
  return arm;
};

describe.each(TESTED_BACKENDS)('survival under a constant hazard on %s', (backend) => {
  it('is exp(-risk t) within its error at every time, with its median and restricted mean', async () => {
    const found = await survivalOf(study(), backend);
    expect([found.endpoint, found.unit]).toEqual(['t_death', 'd']);
    for (const [a, risk] of [0.5, 0.25, 0.5].entries()) {
      const arm = armOf(found, a);
      expect(arm.patients).toBe(PATIENTS);
      expect(arm.times.at(-1)).toBe(3);
      arm.times.forEach((t, i) => {
        const exact = Math.exp(-risk * t);
        const error = Math.sqrt((exact * (1 - exact)) / PATIENTS);
        expect(Math.abs((arm.survival[i] ?? Number.NaN) - exact)).toBeLessThanOrEqual(4.5 * error);
      });
      expect(arm.censored).toBe(0);
      expect(arm.events / PATIENTS).toBeCloseTo(1 - (arm.survival.at(-1) ?? 0), 12);
      const mean = (1 - Math.exp(-3 * risk)) / risk;
      const { interval } = arm.restrictedMean;
      expect(Math.abs(arm.restrictedMean.mean - mean)).toBeLessThan(interval[1] - interval[0]);
      expect(arm.restrictedMean.to).toBe(3);
    }
    const { time, interval } = armOf(found, 0).median;
    expect(Math.abs((time ?? 0) - Math.LN2 / 0.5)).toBeLessThan((interval[1] ?? 0) - (interval[0] ?? 9));
  });

  it('differs between arms by the ratio of hazards, and not at all between equal arms', async () => {
    const found = await survivalOf(study(), backend);
    const [halved, same] = found.hazardRatios ?? [];
    expect(halved).toMatchObject({ arm: 'halved', versus: 'usual' });
    expect(Math.abs(Math.log((halved?.ratio ?? 0) / 0.5))).toBeLessThan(0.1);
    expect(same?.ratio).toBeCloseTo(1, 10);
    expect(found.logRank?.degrees).toBe(2);
    expect(found.logRank?.p).toBeLessThan(1e-6);
    expect(armOf(found, 2).survival).toEqual(armOf(found, 0).survival);
  });
});

describe('survival', () => {
  const DROPOUT = 'hazard dropout "Left" = 0.8 [1/d] censors';

  it('counts who leaves as censored, and is still the exact curve', async () => {
    const found = await survivalOf(study(DROPOUT));
    const arm = armOf(found, 0);
    // Of rates 0.5 and 0.8: seen to die 0.5 / 1.3, to leave 0.8 / 1.3 of all that happened by day 3.
    const happened = 1 - Math.exp(-1.3 * 3);
    const near = (got: number, share: number) =>
      expect(Math.abs(got / PATIENTS - share)).toBeLessThan(
        4.5 * Math.sqrt((share * (1 - share)) / PATIENTS),
      );
    near(arm.events, (0.5 / 1.3) * happened);
    near(arm.censored, (0.8 / 1.3) * happened);
    const at = arm.times.findIndex((t) => t >= 1);
    const t = arm.times[at] ?? Number.NaN;
    expect(arm.lower[at]).toBeLessThan(Math.exp(-0.5 * t));
    expect(arm.upper[at]).toBeGreaterThan(Math.exp(-0.5 * t));
    near(arm.atRisk[at] ?? 0, Math.exp(-1.3 * t));
  });

  it('finds the own end of observation among the endpoints that are not shown', () => {
    const both = text(DROPOUT).replace('endpoint dead', 'endpoint again = time of death in h\nendpoint dead');
    const { model } = compile(both);
    const endpoints = model?.endpoints ?? [];
    const hidden = censoringEndpoints(endpoints);
    expect(hidden.map(({ name }) => name)).toEqual(['t_death censored', 'again censored']);
    const timed = timedEvents(endpoints, model?.time ?? unit('h'), 72);
    expect(timed.map(({ horizon, column, censored }) => [horizon, column, censored])).toEqual([
      [3, 0, 3],
      [72, 1, 4],
    ]);
  });

  it('shows no endpoint that the text does not have, and certifies none', async () => {
    const { result } = await ranOf(study(DROPOUT));
    expect(Object.keys(result.arms[0]?.endpoints ?? {})).toEqual(['t_death', 'dead']);
    expect(Object.keys(result.certificate?.endpoints ?? {})).toEqual(['t_death', 'dead']);
    expect(new Set(result.differences?.map(({ endpoint }) => endpoint))).toEqual(
      new Set(['t_death', 'dead']),
    );
  });

  it('on the grid is that of exact times', async () => {
    const engine = await engineFor('webassembly');
    const patients = Array.from({ length: PATIENTS }, (_, i) => i);
    const single = await runIndividuals(study(), { engine }, patients);
    if (single.kind !== 'done') throw new Error(JSON.stringify(single));
    const tables = single.individuals.arms.map(({ endpoints }) => {
      const times = endpoints.slice(0, PATIENTS);
      return eventTable(
        times.map((t) => (Number.isFinite(t) ? t : 3)),
        Array.from(times, (t) => (Number.isFinite(t) ? 1 : 0)),
      );
    });
    const found = await survivalOf(study());
    tables.forEach((table, a) => {
      const curve = kaplanMeier(table);
      const arm = armOf(found, a);
      arm.times.forEach((t, i) => {
        const last = curve.times.findLastIndex((x) => x <= t);
        expect(arm.survival[i]).toBeCloseTo(curve.survival[last] ?? 1, 12);
        if (last >= 0 && t < 3) expect(arm.lower[i]).toBeCloseTo(curve.lower[last] ?? 1, 5);
      });
      const exact = survivalQuantile(curve);
      const mean = restrictedMean(curve, 3).mean;
      expect(Math.abs(arm.restrictedMean.mean - mean)).toBeLessThan(3e-5);
      const bin = 3 / 4096;
      expect(Math.abs((arm.median.time ?? -1) - (exact.time ?? -1))).toBeLessThan(bin);
    });
    const exact = logRank([tables]);
    expect(Math.abs((found.logRank?.chiSquare ?? 0) / exact.chiSquare - 1)).toBeLessThan(2e-3);
  });

  it('leaves out and counts who failed, and begins again when the run does', () => {
    const timed = [{ name: 't', unit: 'd', horizon: 4, column: 0, censored: 1 }];
    const listener = listenForEvents(['only'], 0, timed);
    const block = {
      first: 0,
      count: 4,
      arms: [
        {
          status: Uint8Array.of(0, 0, 0, 2),
          endpoints: Float64Array.of(1, Number.NaN, Number.NaN, 1, Number.NaN, 2, Number.NaN, Number.NaN),
        },
      ],
    };
    listener.onEndpoints(block);
    listener.onRestart();
    listener.onEndpoints(block);
    const [found] = listener.report();
    const arm = found?.arms[0];
    expect(arm).toMatchObject({ patients: 3, events: 1, censored: 1, failed: 1 });
    expect(arm?.survival.at(-1)).toBeCloseTo(2 / 3, 12);
    expect(arm?.restrictedMean.mean).toBeCloseTo(1 + 3 * (2 / 3), 3);
    expect(found?.logRank).toBeUndefined();
  });

  it('says why there is no ratio of hazards, of patients with and without weights', () => {
    const timed = [{ name: 't', unit: 'd', horizon: 4, column: 0, censored: null }];
    const arm = (...times: number[]) => ({ status: new Uint8Array(3), endpoints: Float64Array.from(times) });
    const block = {
      first: 0,
      count: 3,
      arms: [arm(1, 2, Number.NaN), arm(Number.NaN, Number.NaN, Number.NaN), arm(2, 1, 3)],
    };
    for (const weights of [undefined, Float64Array.of(1, 0.5, 1.5)]) {
      const listener = listenForEvents(['usual', 'cure', 'more'], 0, timed);
      listener.onEndpoints(block, weights);
      const [found] = listener.report();
      expect(found?.hazardRatios?.map(({ arm }) => arm)).toEqual(['more']);
      expect(found?.withoutRatio).toEqual([
        {
          arm: 'cure',
          versus: 'usual',
          reason: 'cure has no event while both are at risk, so the ratio is 0 or infinite',
        },
      ]);
    }
  });

  it('of an arm in which nobody could be solved does not exist, and the others are compared all the same', () => {
    const timed = [{ name: 't', unit: 'd', horizon: 4, column: 0, censored: null }];
    const arm = (status: number, ...times: number[]) => ({
      status: new Uint8Array(3).fill(status),
      endpoints: Float64Array.from(times),
    });
    const [usual, more] = [arm(0, 1, 2, Number.NaN), arm(0, 2, 1, 3)];
    for (const weights of [undefined, Float64Array.of(1, 0.5, 1.5)]) {
      const listener = listenForEvents(['usual', 'failing', 'more'], 0, timed);
      listener.onEndpoints({ first: 0, count: 3, arms: [usual, arm(3, 1, 2, 3), more] }, weights);
      const [found] = listener.report();
      const nobody = found?.arms[1];
      expect(nobody).toMatchObject({ patients: 0, events: 0, failed: 3, median: { time: null } });
      expect(nobody?.restrictedMean.mean).toBeNaN();
      expect(nobody?.survival.length).toBe(nobody?.times.length);
      for (const x of [...(nobody?.survival ?? []), ...(nobody?.upper ?? [])]) expect(x).toBeNaN();
      const two = listenForEvents(['usual', 'more'], 0, timed);
      two.onEndpoints({ first: 0, count: 3, arms: [usual, more] }, weights);
      const [alone] = two.report();
      expect(found?.logRank).toEqual(alone?.logRank);
      expect(found?.logRank?.degrees).toBe(1);
      expect(found?.hazardRatios).toEqual(alone?.hazardRatios);
      expect(found?.withoutRatio).toEqual([
        { arm: 'failing', versus: 'usual', reason: 'nobody could be solved in failing' },
      ]);
    }
  });

  it('has no ratio over an arm in which nobody could be solved', () => {
    const timed = [{ name: 't', unit: 'd', horizon: 4, column: 0, censored: null }];
    const listener = listenForEvents(['failing', 'usual'], 0, timed);
    const endpoints = Float64Array.of(1, 2);
    listener.onEndpoints({
      first: 0,
      count: 2,
      arms: [2, 0].map((status) => ({ status: new Uint8Array(2).fill(status), endpoints })),
    });
    const [found] = listener.report();
    expect(found?.logRank).toBeUndefined();
    expect(found?.withoutRatio?.map(({ reason }) => reason)).toEqual(['nobody could be solved in failing']);
  });
});
