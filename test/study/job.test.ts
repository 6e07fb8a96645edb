import { describe, expect, it } from 'vitest';
import type { Job, Summary } from '../../src/engine/backend.ts';
import { type BinLayout, binCount, binOf, createHistogram } from '../../src/engine/histogram.ts';
import { layoutFor, settleJob, widenJob } from '../../src/study/job.ts';
import { prepare } from '../../src/study/prepare.ts';
import { runStudy } from '../../src/study/run.ts';
import type { Study } from '../../src/study/study.ts';
import { engineFor } from '../engine/engines.ts';
import { byStatus } from '../engine/statuses.ts';

const inside = (layout: BinLayout, x: number) => {
  const bin = binOf(layout, x);
  const zero = layout.signed ? (binCount(layout) - 1) / 2 : 0;
  return bin !== zero && bin !== 0 && bin !== binCount(layout) - 1;
};

describe('bins', () => {
  it.each([
    { min: 0, max: 30, smallest: 0.01 },
    { min: -5, max: 3, smallest: 0.2 },
    { min: 1e-9, max: 1e9, smallest: 1e-9 },
    { min: 0, max: 0, smallest: 0 },
    { min: 1e-30, max: 1e-28, smallest: 1e-30 },
  ])('hold what the probe saw with room on both sides: %o', (range) => {
    const layout = layoutFor(range, 8);
    expect(layout.low).toBeLessThan(layout.high);
    expect(layout.signed).toBe(range.min < 0);
    if (range.max > 0) expect(inside(layout, range.max * 30)).toBe(true);
    if (range.smallest > range.max * 1e-10) expect(inside(layout, range.smallest / 100)).toBe(true);
  });
});

describe('a settled job', () => {
  it('has absolute tolerances from the scale of each state, never 0', () => {
    const job = { solver: { rtol: 1e-4, atol: new Float64Array(3) } } as unknown as Job;
    const probe = {
      stateScale: Float64Array.of(1000, 0, Number.NaN),
      outputs: [],
      endpoints: [],
      statuses: byStatus({}),
    };
    expect([...settleJob(job, probe).solver.atol]).toEqual(
      [1e-7, 1e-10, 1e-10].map((x) => expect.closeTo(x, 20)),
    );
  });
});

describe('a run whose values leave the bins', () => {
  const layout: BinLayout = { mantissaBits: 8, low: -10, high: 4, signed: false };
  const summaryWith = (min: number, max: number): Summary => {
    const histogram = createHistogram(layout, 1);
    histogram.min[0] = min;
    histogram.max[0] = max;
    return { patients: 1, arms: [{ outputs: [histogram], endpoints: [] }] } as unknown as Summary;
  };
  const job = { bins: { outputs: [layout], endpoints: [] } } as unknown as Job;

  it('asks for wider bins above, and for signed ones below zero', () => {
    expect(widenJob(job, summaryWith(0, 15))).toBeNull();
    expect(widenJob(job, summaryWith(-1e-9, 15))).toBeNull();
    expect(widenJob(job, summaryWith(0, 100))?.bins.outputs[0]?.high).toBeGreaterThan(7);
    expect(widenJob(job, summaryWith(-3, 15))?.bins.outputs[0]?.signed).toBe(true);
  });

  it('is run again, so that rare negative values and giants are counted where they are', async () => {
    // About one patient in 200 has a negative value or a huge one: the probe's 32 patients show neither.
    const text = `model rare "Rare extremes"
  time h
random z ~ normal(sd 1)
kind = if z > 2.6 then 1e6 else if z < -2.6 then -1 else 1
state x : 1 = kind
d/dt(x) = 0 * x / 1 [h]
output value = x
endpoint last = x at 1 h
`;
    const study: Study = {
      gemello: 1,
      model: { text },
      cohort: { patients: 4000, seed: '3' },
      time: { until: '1 h', every: '1 h' },
    };
    const engine = await engineFor('webassembly');
    const ready = await prepare(study, { engine });
    if (ready.kind !== 'done') throw new Error(JSON.stringify(ready));
    expect(ready.prepared.job.bins.outputs[0]?.signed).toBe(false);
    const ran = await runStudy(study, { engine });
    if (ran.kind !== 'done') throw new Error(JSON.stringify(ran));
    const last = ran.result.arms[0]?.endpoints.last;
    if (!last || 'probability' in last) throw new Error('no endpoint');
    expect(last.quantiles['0.5']).toBeCloseTo(1, 2);
    const { edges, counts } = last.histogram;
    expect(edges[0]).toBeLessThanOrEqual(-1);
    expect(edges.at(-1)).toBeGreaterThanOrEqual(1e6);
    expect(counts.reduce((a, b) => a + b, 0)).toBe(4000);
    // 0.47 % of 4,000, give or take four standard errors.
    expect(Math.abs((counts.at(-1) ?? 0) - 18.6)).toBeLessThan(17);
  });
});
