import { expect, test } from 'vitest';
import { addColumn, type BinLayout } from '../../src/engine/histogram.ts';
import { createSummary } from '../../src/engine/summary.ts';
import { compareExpectation, expectationOf, LIMITS } from '../../src/study/expect.ts';
import { toResult } from '../../src/study/report.ts';
import { QUANTILES, type Result } from '../../src/study/result.ts';
import { parseStudy } from '../../src/study/schema.ts';

const layout: BinLayout = { mantissaBits: 10, low: -20, high: 20, signed: true };
const N = 1000;

/** Conc of patient i at time t is (1 + i / N) * t; auc is 100 + i; hit for one in four; tmax exists for one in three. */
function facts(failed = 0, precision: 'f32' | 'f64' = 'f64') {
  const program = {
    outputs: [{ name: 'conc', unit: 'mg/L' }],
    endpoints: [
      { name: 'auc', unit: 'mg*h/L', type: 'value' },
      { name: 'hit', unit: '', type: 'probability' },
      { name: 'tmax', unit: 'h', type: 'value' },
    ],
  } as const;
  const times = Float64Array.of(0, 1, 2, 3, 4, 5, 6);
  const summary = createSummary(program, {
    arms: [{ therapy: 0, study: new Float64Array() }],
    times,
    bins: { outputs: [layout], endpoints: [layout, layout, layout] },
  });
  summary.patients = N;
  const status = Uint8Array.from({ length: N }, (_, i) => (i < failed ? 3 : 0));
  const [arm] = summary.arms;
  if (arm === undefined) throw new Error('one arm');
  arm.statuses.set([N - failed, 0, 0, failed]);
  const column = (value: (i: number) => number) => Float64Array.from({ length: N }, (_, i) => value(i));
  const [conc] = arm.outputs;
  const [auc, hit, tmax] = arm.endpoints;
  if (!conc || !auc || !hit || !tmax) throw new Error('histograms');
  for (const [t, time] of times.entries())
    addColumn(
      conc,
      t,
      column((i) => (1 + i / N) * time),
      0,
      N,
      status,
    );
  addColumn(
    auc,
    0,
    column((i) => 100 + i),
    0,
    N,
    status,
  );
  addColumn(
    hit,
    0,
    column((i) => (i % 4 === 0 ? 1 : 0)),
    0,
    N,
    status,
  );
  addColumn(
    tmax,
    0,
    column((i) => (i % 3 === 0 ? 2.5 : Number.NaN)),
    0,
    N,
    status,
  );
  return {
    model: { name: 'toy', sha256: 'a'.repeat(64) },
    plan: { seed: '7', times, arms: [{ name: 'fixed' }], model: { time: { text: 'h' } } },
    program,
    summary,
    info: { backend: 'webassembly', precision },
    elapsed_ms: { compile: 1.23456, run: 2 },
  } as const;
}

const result = toResult(facts());

test('a result says who computed what, for whom and how long', () => {
  const { arms: _, ...head } = result;
  expect(head).toEqual({
    gemello: expect.stringMatching(/^\d+\.\d+\.\d+/),
    model: { name: 'toy', sha256: 'a'.repeat(64) },
    backend: 'webassembly',
    precision: 'f64',
    seed: '7',
    patients: N,
    failed: {},
    elapsed_ms: { compile: 1.2, run: 2 },
  });
});

test('bands, means and endpoints are those of the patients', () => {
  const [arm] = result.arms;
  expect(arm?.times).toEqual({ unit: 'h', values: [0, 1, 2, 3, 4, 5, 6] });
  const conc = arm?.outputs.conc;
  expect(conc?.unit).toBe('mg/L');
  expect(conc?.mean[4]).toBeCloseTo(4 * 1.4995, 9);
  for (const q of QUANTILES) expect(conc?.quantiles[q][2]).toBeCloseTo(2 * (1 + Number(q)), 2);
  const auc = arm?.endpoints.auc;
  if (auc === undefined || 'probability' in auc) throw new Error('auc is a value');
  expect(auc.mean).toBeCloseTo(599.5, 9);
  expect(auc.quantiles['0.5']).toBeCloseTo(599.5, 0);
  expect(auc.histogram.counts.reduce((a, b) => a + b)).toBe(N);
  expect('missing' in auc).toBe(false);
  expect(arm?.endpoints.hit).toEqual({ probability: 0.25 });
});

test('an endpoint that most patients never reach has its missing counted and no median', () => {
  const tmax = result.arms[0]?.endpoints.tmax;
  expect(tmax).toMatchObject({ unit: 'h', mean: 2.5, missing: 666 });
  if (tmax === undefined || 'probability' in tmax) throw new Error('tmax is a value');
  expect(tmax.quantiles).toEqual({ '0.05': 2.5, '0.25': 2.5, '0.5': null, '0.75': null, '0.95': null });
});

test('failed patients are counted by status, and change the others by nothing', () => {
  const some = toResult(facts(100));
  expect(some.failed).toEqual({ 'not finite': 100 });
  expect(some.arms[0]?.failed).toEqual({ 'not finite': 100 });
  const auc = some.arms[0]?.endpoints.auc;
  expect(auc && 'mean' in auc && auc.mean).toBeCloseTo(649.5, 9);
});

test('when every patient failed there are no numbers, and the JSON still reads', () => {
  const none = JSON.parse(JSON.stringify(toResult(facts(N)))) as Result;
  expect(none.failed).toEqual({ 'not finite': N });
  expect(none.arms[0]?.outputs.conc?.mean).toEqual(Array(7).fill(null));
  expect(none.arms[0]?.endpoints.hit).toEqual({ probability: null });
  expect(none.arms[0]?.endpoints.auc).toMatchObject({ mean: null, histogram: { edges: [], counts: [] } });
});

const DIGEST = 'd'.repeat(64);
const noted = expectationOf(result, DIGEST);

/** The result with its auc moved by a share of itself. */
function moved(share: number, precision: 'f32' | 'f64' = 'f32'): Result {
  const copy = structuredClone({ ...result, precision }) as Result;
  const auc = copy.arms[0]?.endpoints.auc as { mean: number };
  auc.mean *= 1 + share;
  return copy;
}

test('an expectation is a short list that a study can carry', () => {
  expect(noted.values).toHaveLength(3 * 2 - 1 + 5);
  expect(noted.values).toContain(null);
  const carried = JSON.parse(JSON.stringify({ gemello: 1, model: { text: 'm' }, expect: noted }));
  expect(parseStudy(carried)).toEqual({ study: carried });
});

test('the same numbers are reproduced, with the difference and the limit said', () => {
  expect(compareExpectation(noted, result, DIGEST)).toEqual({
    verdict: 'reproduced',
    largest: 0,
    limit: LIMITS.f64,
    sentence: 'reproduced: identical inputs; largest difference 0 (limit 1e-9)',
    moved: [],
  });
  const near = compareExpectation(noted, moved(3e-6), DIGEST);
  expect(near.verdict).toBe('reproduced');
  expect(near.sentence).toMatch(
    /^reproduced: identical inputs; largest difference [23]e-6 of scale \(limit 1e-3\)$/,
  );
});

test('two f64 runs are held to 1e-9, anything with f32 to 1e-3', () => {
  expect(compareExpectation(noted, moved(1e-7, 'f64'), DIGEST).verdict).toBe('differs');
  expect(compareExpectation(noted, moved(1e-7, 'f32'), DIGEST).verdict).toBe('reproduced');
  const { precision: _, ...unsaid } = noted;
  expect(compareExpectation(unsaid, moved(1e-7, 'f64'), DIGEST).verdict).toBe('reproduced');
});

test('a number beyond the limit is named with what it was and is', () => {
  const far = compareExpectation(noted, moved(0.01), DIGEST);
  expect(far.verdict).toBe('differs');
  expect(far.moved.map(({ what }) => what)).toEqual(['fixed: auc, mean']);
  expect(far.sentence).toContain('fixed: auc, mean was 599.5, is 605.495');
});

test('a number that exists on one side only differs without end', () => {
  const values = noted.values.map((value) => value ?? 2.5);
  const gone = compareExpectation({ ...noted, values }, result, DIGEST);
  expect(gone.verdict).toBe('differs');
  expect(gone.largest).toBe(Number.POSITIVE_INFINITY);
  expect(gone.sentence).toContain('tmax, median was 2.5, is none');
});

test('changed inputs, another version and another number of values are told apart', () => {
  const changed = compareExpectation(noted, result, 'e'.repeat(64));
  expect(changed).toMatchObject({ verdict: 'inputs changed', largest: 0 });
  expect(changed.sentence).toContain('changed since');
  const other = compareExpectation({ ...noted, engine: '0.0.1' }, result, DIGEST);
  expect(other.sentence).toContain('made with Gemello 0.0.1');
  const fewer = compareExpectation({ ...noted, values: [1] }, result, DIGEST);
  expect(fewer).toMatchObject({
    verdict: 'differs',
    sentence: expect.stringContaining('1 values were noted'),
  });
});

test('a long result is thinned to 64 values, the same ones each time', () => {
  const arms = Array.from({ length: 9 }, (_, i) => ({
    ...(result.arms[0] as Result['arms'][number]),
    name: `arm ${i}`,
  }));
  const long = { ...result, arms };
  const list = expectationOf(long, DIGEST);
  expect(list.values).toHaveLength(64);
  expect(compareExpectation(list, long, DIGEST).verdict).toBe('reproduced');
});

test('a curve is measured on its own axis, so noise about zero is no difference', () => {
  const copy = structuredClone({ ...result, precision: 'f32' }) as Result;
  const median = copy.arms[0]?.outputs.conc?.quantiles['0.5'] as number[];
  median[0] = 1e-9;
  expect(compareExpectation(noted, copy, DIGEST).verdict).toBe('reproduced');
});
