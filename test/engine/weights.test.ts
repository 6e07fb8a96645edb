// Weighted counts: every patient as many times as its weight says, whatever the backend, the chunks, the lanes, the order.
import { describe, expect, it } from 'vitest';
import type { Backend, Job, Summary, WeightSource } from '../../src/engine/backend.ts';
import {
  addColumn,
  addWeightedColumn,
  binOf,
  createHistogram,
  mean,
  quantile,
} from '../../src/engine/histogram.ts';
import { inProcessLane } from '../../src/engine/lane-host.ts';
import { createWasmBackend } from '../../src/engine/webassembly.ts';
import { BINS, columnsOf, INFUSIONS, jobFor } from '../codegen/fixtures.ts';
import { backend, gpu } from './gpu.ts';

const COHORT = columnsOf(
  'cohort',
  Array.from({ length: 997 }, (_, i) => 45 + ((i * 61) % 70)),
  Array.from({ length: 991 }, (_, i) => 0.6 * Math.sin(i)),
);
const weightsOf = (of: (patient: number) => number): WeightSource => ({
  key: 'test',
  read: (first, count) => Uint32Array.from({ length: count }, (_, i) => of(first + i)),
});
/** From 0 (every eleventh patient) to thousands. */
const uneven = (i: number) => (i % 11 === 0 ? 0 : (i * 2654435761) % 4096);
const infusions = (parts: Partial<Job> = {}): Job =>
  jobFor(INFUSIONS, {
    horizon: 48,
    patients: 700,
    first: 100,
    columns: COHORT,
    times: Float64Array.from({ length: 5 }, (_, i) => 12 * i),
    windows: [
      [24, 48],
      [0, 48],
    ],
    arms: [0, 1].map((therapy) => ({ therapy, study: Float64Array.of(4.5, 1000, 12) })),
    ...parts,
  });
const seriesOf = (summary: Summary) => summary.arms.flatMap((arm) => [...arm.outputs, ...arm.endpoints]);
const counted = (summary: Summary) =>
  summary.arms.map((arm) => ({
    statuses: Array.from(arm.statuses),
    steps: arm.steps,
    notable: arm.notable,
    series: [...arm.outputs, ...arm.endpoints].map((h) =>
      [h.counts, h.missing, h.min, h.max].map((x) => Array.from(x)),
    ),
  }));

describe('a weighted column', () => {
  const values = Float64Array.of(3, 1, Number.NaN, 2, 7, 5);
  const failed = Uint8Array.of(0, 0, 0, 0, 1, 0);

  it('counts each value, and each that is missing, as often as its weight says', () => {
    const weights = Uint32Array.of(2, 0, 3, 5, 9, 1);
    const histogram = createHistogram(BINS, 1);
    addWeightedColumn(histogram, 0, values, 0, 6, weights, failed);
    const repeated = createHistogram(BINS, 1);
    const many = [3, 3, 2, 2, 2, 2, 2, 5, Number.NaN, Number.NaN, Number.NaN];
    addColumn(repeated, 0, Float64Array.from(many), 0, many.length);
    expect(histogram).toEqual(repeated);
    expect(mean(histogram, 0)).toBe((2 * 3 + 5 * 2 + 5) / 8);
    expect(quantile(histogram, 0, 0)).toBe(2);
  });

  it('holds weights as large as all of a run together', () => {
    const histogram = createHistogram(BINS, 1);
    addWeightedColumn(histogram, 0, Float64Array.of(1, 2), 0, 2, Uint32Array.of(2 ** 32 - 2, 1));
    expect(histogram.counts[binOf(BINS, 1)]).toBe(2 ** 32 - 2);
    expect(mean(histogram, 0)).toBe((2 ** 32 - 2 + 2) / (2 ** 32 - 1));
  });
});

const backends: readonly (readonly [string, () => Backend, boolean])[] = [
  ['webassembly', () => createWasmBackend(), true],
  ['webgpu', backend, gpu !== undefined],
];
describe.each(backends)('a weighted run on %s', (_, open, there) => {
  it.skipIf(!there)('counts what the same patients give one by one, by their weights', async () => {
    const kernel = await open().compile(INFUSIONS);
    const job = infusions({ weights: weightsOf(uneven) });
    const summary = await kernel.run(job);
    const people = await kernel.individuals(
      job,
      Array.from({ length: 700 }, (_, i) => 100 + i),
    );
    const weights = weightsOf(uneven).read(100, 700);
    for (const [a, arm] of summary.arms.entries()) {
      const own = people.arms[a];
      if (!own) throw new Error('no arm');
      expect(arm.statuses[0]).toBe(700);
      expect(arm.steps).toBe(own.steps.reduce((sum, x) => sum + x, 0));
      for (const [values, series, columns] of [
        [own.outputs, arm.outputs[0], 5],
        [own.endpoints.slice(0, 700), arm.endpoints[0], 1],
        [own.endpoints.slice(1400), arm.endpoints[2], 1],
      ] as const) {
        const want = createHistogram(BINS, columns);
        for (let c = 0; c < columns; c++) addWeightedColumn(want, c, values, 700 * c, 700, weights);
        expect(series?.counts).toEqual(want.counts);
        expect([series?.missing, series?.min, series?.max]).toEqual([want.missing, want.min, want.max]);
        for (let c = 0; c < columns; c++)
          expect(Math.abs((series?.sum[c] ?? Number.NaN) - (want.sum[c] ?? 0))).toBeLessThanOrEqual(
            3e-6 * (want.sum[c] ?? 0),
          );
      }
    }
  });

  it.skipIf(!there)('with equal weights has the counts of one without, that many times', async () => {
    const kernel = await open().compile(INFUSIONS);
    const plain = await kernel.run(infusions());
    expect(counted(await kernel.run(infusions({ weights: weightsOf(() => 1) })))).toEqual(counted(plain));
    const tripled = seriesOf(await kernel.run(infusions({ weights: weightsOf(() => 3) })));
    for (const [i, { counts, min }] of seriesOf(plain).entries()) {
      expect(tripled[i]?.counts).toEqual(counts.map((k) => 3 * k));
      expect(tripled[i]?.min).toEqual(min);
    }
    // And what was weighted leaves nothing behind.
    expect(counted(await kernel.run(infusions()))).toEqual(counted(plain));
  });

  it.skipIf(!there)('refuses weights that are not one a patient, and more than counters hold', async () => {
    const kernel = await open().compile(INFUSIONS);
    const weights = { key: 'short', read: () => Uint32Array.of(1) };
    await expect(kernel.run(infusions({ weights }))).rejects.toThrow(/one each is needed/);
    const heavy = weightsOf(() => 2 ** 23);
    await expect(kernel.run(infusions({ weights: heavy }))).rejects.toThrow(/less than 2\^32/);
  });
});

describe('the chunks of a weighted run', () => {
  it('change no count in WebAssembly', async () => {
    const job = infusions({ weights: weightsOf(uneven) });
    const whole = await (await createWasmBackend().compile(INFUSIONS)).run(job);
    const small = await (await createWasmBackend({ chunk: 48, kernel: 'scalar' }).compile(INFUSIONS)).run(
      job,
    );
    expect(counted(small)).toEqual(counted(whole));
    const lanes = createWasmBackend({ lanes: 3, spawn: inProcessLane });
    expect(await (await lanes.compile(INFUSIONS)).run(job)).toEqual(whole);
  });

  it.skipIf(!gpu)('change no count on a GPU, nor does the order that patients are sorted into', async () => {
    // Few enough bins for a small binding, so that columns come in several blocks, and chunks of 64 patients.
    const coarse = { ...BINS, mantissaBits: 1 };
    const job = infusions({
      weights: weightsOf(uneven),
      bins: { outputs: [coarse], endpoints: [coarse, coarse, coarse] },
    });
    const whole = await (await backend().compile(INFUSIONS)).run(job);
    const small = await backend({ largestBinding: 8000 }).compile(INFUSIONS);
    expect(counted(await small.run(job))).toEqual(counted(whole));
    // The second run takes the patients in the order of their steps in the first.
    expect(counted(await small.run(job))).toEqual(counted(whole));
  });
});
