import { expect, test } from 'vitest';
import { addColumn, type BinLayout } from '../../src/engine/histogram.ts';
import {
  addSummary,
  copySummary,
  createSummary,
  mergeSummaries,
  type OpenSummary,
} from '../../src/engine/summary.ts';
import { byStatus } from './statuses.ts';

const layout: BinLayout = { mantissaBits: 7, low: -10, high: 10, signed: true };
const shape = { outputs: ['conc'], endpoints: ['auc', 'hit'] };
const job = {
  arms: [
    { therapy: 0, study: new Float64Array() },
    { therapy: -1, study: new Float64Array() },
  ],
  times: Float64Array.of(0, 1, 2),
  bins: { outputs: [layout], endpoints: [layout, layout] },
};

/** Patients first .. first + count - 1 of a made-up cohort: values of patient i depend on i alone; every 50th fails. */
function chunk(first: number, count: number): OpenSummary {
  const summary = createSummary(shape, job);
  summary.patients = count;
  const failed = Uint8Array.from({ length: count }, (_, i) => ((first + i) % 50 === 0 ? 1 : 0));
  summary.arms.forEach((arm, a) => {
    for (const status of failed) arm.statuses[status] = (arm.statuses[status] ?? 0) + 1;
    arm.steps = count * 10 + a;
    const values = (column: number) =>
      Float64Array.from({ length: count }, (_, i) => Math.sin((first + i) * (column + 1.1) + a) * 3 + 0.1);
    for (const [h, histogram] of [...arm.outputs, ...arm.endpoints].entries())
      for (let c = 0; c < histogram.columns; c++)
        addColumn(histogram, c, values(5 * h + c), 0, count, failed);
  });
  return summary;
}

const chunks = Array.from({ length: 10 }, (_, i) => chunk(100 * i, 100));
const inOrder = chunks.reduce(mergeSummaries);

test('a new summary has a histogram column for every output time and one for every endpoint', () => {
  const empty = createSummary(shape, job);
  expect(empty.patients).toBe(0);
  expect(empty.arms).toHaveLength(2);
  expect(empty.arms.map(({ outputs, endpoints }) => [outputs[0]?.columns, endpoints.length])).toEqual([
    [3, 2],
    [3, 2],
  ]);
});

test('bins that do not fit the program are refused', () => {
  expect(() => createSummary({ outputs: [], endpoints: [] }, job)).toThrow('give one layout for each');
});

test('chunks merged in the order of patients give the same bits every time, grouped from the left', () => {
  const running = createSummary(shape, job);
  for (const part of chunks) addSummary(running, part);
  expect(mergeSummaries(createSummary(shape, job), inOrder)).toEqual(inOrder);
  expect(running).toEqual(inOrder);
});

test('any order and any split give the same counts; sums differ in their last bits at most', () => {
  const backwards = chunks.toReversed().reduce(mergeSummaries);
  const halves = mergeSummaries(chunk(0, 437), chunk(437, 563));
  for (const other of [backwards, halves]) {
    expect(other.patients).toBe(1000);
    other.arms.forEach((arm, a) => {
      const expected = inOrder.arms[a];
      expect(arm.statuses).toEqual(expected?.statuses);
      [...arm.outputs, ...arm.endpoints].forEach((histogram, h) => {
        const same = [...(expected?.outputs ?? []), ...(expected?.endpoints ?? [])][h];
        expect(histogram.counts).toEqual(same?.counts);
        expect([histogram.min, histogram.max, histogram.missing]).toEqual([
          same?.min,
          same?.max,
          same?.missing,
        ]);
        for (const [c, sum] of histogram.sum.entries())
          expect(sum).toBeCloseTo(same?.sum[c] ?? Number.NaN, 9);
      });
    });
  }
});

test('failed patients are counted, and are in no histogram', () => {
  const [arm] = inOrder.arms;
  expect(arm?.statuses).toEqual(byStatus({ done: 980, 'too many steps': 20 }));
  const counted = arm?.endpoints[0]?.counts.reduce((a, b) => a + b, 0);
  expect(counted).toBe(980);
});

test('merging leaves both summaries as they were, and a copy is apart from its original', () => {
  const [a, b] = [chunk(0, 10), chunk(10, 10)];
  mergeSummaries(a, b);
  expect(a).toEqual(chunk(0, 10));
  expect(b).toEqual(chunk(10, 10));
  const copy = copySummary(a);
  addSummary(copy, b);
  expect(a).toEqual(chunk(0, 10));
});

test('summaries of different arms are not merged', () => {
  const one = createSummary(shape, { ...job, arms: job.arms.slice(1) });
  expect(() => mergeSummaries(inOrder, one)).toThrow('cannot merge 1 arms into 2');
});
