// Bootstrap of a run: who is drawn, and intervals against those that have a formula.
import { afterAll, describe, expect, it } from 'vitest';
import type { EndpointBlock } from '../../src/engine/backend.ts';
import type { Compared } from '../../src/study/differences.ts';
import { listenForResamples, type Resampling } from '../../src/study/resampling.ts';
import { resamplingConflict } from '../../src/study/resampling-size.ts';
import type { Difference } from '../../src/study/result.ts';
import { runStudy } from '../../src/study/run.ts';
import type { Study } from '../../src/study/study.ts';
import { closeEngines, engineFor, TESTED_BACKENDS } from '../engine/engines.ts';
import { normal, uniformSource } from '../statistics/numbers.ts';

afterAll(closeEngines);

const bins = { mantissaBits: 10, low: -20, high: 12, signed: false };
const compared: Compared = {
  arms: ['placebo', 'drug'],
  versus: 0,
  endpoints: [
    { name: 'auc', unit: 'mg*h/L', type: 'value', bins },
    { name: 'hit', unit: '', type: 'probability', bins },
  ],
  tolerance: 1e-4,
};
const N = 500;
const uniform = uniformSource(3);
const before = Float64Array.from({ length: N }, () => 10 * Math.exp(0.5 * normal(uniform)));
const after = before.map((x) => x * Math.exp(0.2 + 0.3 * normal(uniform)));
const columns = [before, before.map((x) => Number(x > 12)), after, after.map((x) => Number(x > 12))];

function block(first: number, count: number, failed: readonly number[] = []): EndpointBlock {
  const of = (a: number) => ({
    status: Uint8Array.from({ length: count }, (_, i) => (a === 1 && failed.includes(first + i) ? 3 : 0)),
    endpoints: Float64Array.of(
      ...[0, 1].flatMap((e) => [...(columns[2 * a + e] ?? []).slice(first, first + count)]),
    ),
  });
  return { first, count, arms: [of(0), of(1)] };
}

const ALL: Resampling = { resamples: 400, seed: '7', patients: N };
function report(blocks: readonly EndpointBlock[], how = ALL, weights?: Float64Array) {
  const listener = listenForResamples(compared, how);
  for (const one of blocks) listener.onEndpoints(one, weights?.slice(one.first, one.first + one.count));
  return listener.report();
}

describe('resamples of a cohort', () => {
  it('are fixed by seed and size, whatever the blocks, and begin again when the run does', () => {
    const whole = report([block(0, N)]);
    expect(report([block(200, 300), block(7, 193), block(0, 7)])).toEqual(whole);
    const listener = listenForResamples(compared, ALL);
    listener.onEndpoints(block(0, 300, [1, 2, 3]));
    listener.onRestart();
    listener.onEndpoints(block(0, N));
    expect(listener.report()).toEqual(whole);
    expect(report([block(0, N)], { ...ALL, seed: '8' })).not.toEqual(whole);
  });

  it('draw every patient equally often, and every resample anew', () => {
    // One patient differs by 1: the resampled mean is how often it was drawn / N, binomial(N, 1 / N) about 1.
    const spread = (who: number) => {
      const listener = listenForResamples(
        { ...compared, endpoints: compared.endpoints.slice(0, 1) },
        { resamples: 2000, seed: '1', patients: N },
      );
      const flat = new Float64Array(N);
      listener.onEndpoints({
        first: 0,
        count: N,
        arms: [
          { status: new Uint8Array(N), endpoints: flat },
          { status: new Uint8Array(N), endpoints: flat.map((_, i) => Number(i === who)) },
        ],
      });
      return listener.report()[0]?.mean ?? [];
    };
    // P(0) = 0.37, P(at most 3) = 0.981, P(at most 4) = 0.996; BCa reads further up, the sample being so skewed.
    for (const who of [0, 250, N - 1]) {
      const [low = -1, high = -1] = spread(who);
      expect(low * N).toBe(0);
      expect(high * N).toBeGreaterThanOrEqual(3);
      expect(high * N).toBeLessThanOrEqual(9);
    }
  });

  it('leave out failed patients, and are not there where nobody is left', () => {
    const everyone = Array.from({ length: N }, (_, i) => i);
    expect(report([block(0, N, everyone)])).toEqual([undefined, undefined]);
    const some = report([block(0, N, [4, 9])]);
    expect(some[0]).toBeDefined();
    expect(some).not.toEqual(report([block(0, N)]));
  });

  it('carry weights along', () => {
    expect(report([block(0, N)], ALL, new Float64Array(N).fill(1))).toEqual(report([block(0, N)]));
    const listener = listenForResamples(compared, ALL);
    listener.onEndpoints(block(0, N), before);
    listener.onRestart();
    listener.onEndpoints(block(0, N));
    expect(listener.report()).toEqual(report([block(0, N)]));
    // Who weighs nothing is as if he had failed, but for who is drawn.
    const weights = Float64Array.from({ length: N }, (_, i) => (i % 2 === 0 ? 2 : 0));
    const odd = Array.from({ length: N }, (_, i) => i).filter((i) => i % 2 === 1);
    const [weighted] = report([block(0, 200), block(200, 300)], ALL, weights);
    const [left] = report([block(0, N, odd)]);
    expect(weighted?.median).toEqual(left?.median);
    // Half of the patients failed: the arms' medians are not theirs to tell.
    expect([weighted?.medians === undefined, left?.medians]).toEqual([false, undefined]);
  });

  it('are refused where they would need too much, with what would do', () => {
    const size = { patients: 10_000_000, arms: 2, endpoints: 3 };
    expect(resamplingConflict(size, 100)).toMatchObject({
      field: 'compare.bootstrap',
      message: expect.stringContaining('60,000,000 values to keep; at most 20,000,000'),
    });
    // 3e9 looks: a patient drawn is 8 of them, and each of three endpoints one.
    const million = { ...size, patients: 1_000_000 };
    expect(resamplingConflict(million, 273)?.message).toContain('at most 272 are made of so many');
    expect(resamplingConflict(million, 272)).toBeNull();
    expect(resamplingConflict({ ...million, patients: 3_300_000 }, 100)?.message).toContain('fewer patients');
    expect(resamplingConflict({ ...size, arms: 1 }, 100)).toBeNull();
    expect(resamplingConflict({ patients: 10_000, arms: 2, endpoints: 10 }, 1000)).toBeNull();
  });
});

const TEXT = `model tablet "A tablet"
  time h
covariate WT : kg ~ lognormal(median 70, sdlog 0.3)
random eta ~ normal(cv 40 %)
k = 0.2 [1/h] * exp(eta)
compartment blood : mg
flow elimination : blood -> at k * blood
output conc = blood / (0.5 [L/kg] * WT) in mg/L
therapy once
  dose 100 [mg] into blood
therapy twofold
  dose 200 [mg] into blood
endpoint auc = integral(conc) in mg*h/L
endpoint high = auc > 20 [mg*h/L]
show until 24 h every 6 h
`;
const study = (bootstrap: number, more: Partial<Study> = {}): Study => ({
  gemello: 1,
  model: { text: TEXT },
  cohort: { patients: 800, seed: '5' },
  arms: [
    { name: 'one', therapy: 'once' },
    { name: 'two', therapy: 'twofold' },
    { name: 'again', therapy: 'once' },
  ],
  compare: { bootstrap },
  solver: { method: 'tsit5', rtol: 1e-6 },
  ...more,
});
async function differencesOf(what: Study, backend: (typeof TESTED_BACKENDS)[number] = 'webassembly') {
  const ran = await runStudy(what, { engine: await engineFor(backend) });
  if (ran.kind !== 'done') throw new Error(JSON.stringify(ran));
  return ran.result.differences ?? [];
}
const named = (all: readonly Difference[], arm: string, endpoint: string) =>
  all.find((one) => one.arm === arm && one.endpoint === endpoint);

describe.each(TESTED_BACKENDS)('a bootstrap on %s', (backend) => {
  it('of equal arms is without any width, and of a doubled dose finds the ratio of 2', async () => {
    const all = await differencesOf(study(500), backend);
    const none = named(all, 'again', 'auc')?.bootstrap;
    expect(none).toEqual({
      resamples: 500,
      mean: [0, 0],
      median: [0, 0],
      medians: { difference: 0, interval: [0, 0] },
      ratioOfMedians: { value: 1, interval: [1, 1] },
    });
    expect(named(all, 'again', 'high')?.bootstrap).toEqual({ resamples: 500, mean: [0, 0] });
    const two = named(all, 'two', 'auc');
    for (const ratio of [
      two?.bootstrap?.ratioOfMedians?.value,
      ...(two?.bootstrap?.ratioOfMedians?.interval ?? []),
    ])
      expect(Math.abs((ratio ?? 0) - 2)).toBeLessThan(1e-3);
    // The mean has an interval by formula too: the ends agree within a tenth of its width.
    for (const one of all.filter(({ arm }) => arm === 'two')) {
      const [low, high] = one.interval;
      const [from, to] = one.bootstrap?.mean ?? [Number.NaN, Number.NaN];
      expect(Math.abs(from - low)).toBeLessThan(0.1 * (high - low));
      expect(Math.abs(to - high)).toBeLessThan(0.1 * (high - low));
    }
    const median = two?.quantiles['0.5'] ?? Number.NaN;
    expect(two?.bootstrap?.median?.[0]).toBeLessThan(median);
    expect(two?.bootstrap?.median?.[1]).toBeGreaterThan(median);
  });
});

describe('a bootstrap', () => {
  it('is absent unless asked for, of one arm, and in a preview', async () => {
    const { compare: _, ...plain } = study(200);
    expect((await differencesOf(plain)).some((one) => 'bootstrap' in one)).toBe(false);
    const alone = study(200, { arms: [{ name: 'one', therapy: 'once' }] });
    const told = await runStudy(alone, { engine: await engineFor('webassembly') });
    expect(told.kind === 'done' && told.result.differences).toBeUndefined();
    expect(told.kind === 'done' && told.warnings).toEqual([
      'compare.bootstrap makes no intervals: one arm is compared with nothing',
    ]);
    const ran = await runStudy(study(200), { engine: await engineFor('webassembly'), preview: 20 });
    expect(ran.kind === 'done' && 'differences' in ran.result).toBe(false);
  });

  it('that is too large is refused at the door', async () => {
    const ran = await runStudy(study(1000, { cohort: { patients: 10_000_000 } }), {
      engine: await engineFor('webassembly'),
    });
    expect(ran).toMatchObject({ kind: 'refused', errors: [{ field: 'compare.bootstrap' }] });
  });
});
