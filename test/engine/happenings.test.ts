// What happens at instants, as the WebAssembly backend runs it: rows by chunk, breaks, probes, ledgers of chosen patients.
import { describe, expect, test } from 'vitest';
import { isEventful } from '../../src/codegen/eventful.ts';
import { emitKernel } from '../../src/codegen/wasm/kernel.ts';
import { emitSimdKernel } from '../../src/codegen/wasm/simd-kernel.ts';
import { type Job, STATUSES, type TableSource } from '../../src/engine/backend.ts';
import { mean } from '../../src/engine/histogram.ts';
import { inProcessLane } from '../../src/engine/lane-host.ts';
import { mostPatients } from '../../src/engine/lane-memory.ts';
import { createWasmBackend, probe } from '../../src/engine/webassembly.ts';
import { bolus, clock, compartment, rowsOf } from '../codegen/happening-fixtures.ts';
import { decay, jobFor, n, oneCompartment, oneCompartmentAmount, s } from '../codegen/wasm-fixtures.ts';

const k = 0.3;
const PATIENTS = 50;
const program = compartment(k, {
  tables: [{ name: 'doses', fields: ['time', 'amount'] }],
  happenings: [bolus({ kind: 'table', table: 0 }, s('row.amount'))],
});
const given = (patient: number): [number, number][] => [
  [patient % 7, 10 + patient],
  [(patient % 7) + 4, 5],
];
const rows = rowsOf(
  Array.from({ length: PATIENTS }, (_, i) => given(i)),
  2,
);
const job = (more: Partial<Job> = {}): Job =>
  jobFor(program, { patients: PATIENTS, times: Float64Array.of(6, 12, 24), tables: [rows], ...more });
const amount = (patient: number, t: number) =>
  oneCompartmentAmount(
    k,
    given(patient).map(([start, mg]) => [start, mg, 0] as const),
    t,
  );

describe("patients' own rows", () => {
  test('reach their patients in chunks of any size and in any lane', async () => {
    const wanted =
      Array.from({ length: PATIENTS }, (_, i) => amount(i, 12)).reduce((a, b) => a + b) / PATIENTS;
    for (const [lanes, chunk] of [[1, 64], [1, 7], [3, 7]] as const) {
      const backend = createWasmBackend({ lanes, chunk, spawn: inProcessLane });
      const [arm] = (await (await backend.compile(program)).run(job())).arms;
      const histogram = arm?.outputs[0];
      if (histogram === undefined) throw new Error('no output');
      expect(Math.abs((mean(histogram, 1) ?? Number.NaN) - wanted)).toBeLessThan(1e-7 * wanted);
    } // biome-ignore format: lanes, chunk
  });

  test('of chosen patients in any order are theirs, and so is the ledger', async () => {
    const compiled = await createWasmBackend({ chunk: 4 }).compile(program);
    const patients = [41, 3, 3, 17, 0, 49];
    const { arms } = await compiled.individuals(job(), patients, { ledger: true });
    patients.forEach((patient, i) => {
      expect(Math.abs((arms[0]?.outputs[patients.length + i] ?? 0) - amount(patient, 12))).toBeLessThan(1e-7);
      expect(arms[0]?.ledger?.[i]?.map(({ time, captured }) => [time, captured[0]])).toEqual(given(patient));
    });
  });

  test('that are not there, or too few, are refused with their name', async () => {
    const compiled = await createWasmBackend().compile(program);
    const none: TableSource = { ...rows, read: () => new Float64Array(3) };
    await expect(compiled.run(job({ tables: [none] }))).rejects.toThrow(/table doses gave 3 numbers/);
    const { tables: _, ...without } = job();
    await expect(compiled.run(without)).rejects.toThrow(/no rows for the table doses/);
  });

  test('keep within 32 MB a chunk', () => {
    expect(mostPatients([], [], 256)).toBe(256);
    expect(mostPatients([10], [3], 256)).toBe(256);
    // 10,000 rows of 8 fields are 640,000 bytes a patient.
    expect(mostPatients([10000], [8], 256)).toBe(52);
    expect(mostPatients([1e7], [8], 256)).toBe(1);
  });

  test('are known to a probe', async () => {
    const found = await probe({ program }, job(), [0, 6]);
    expect(found.statuses[0]).toBe(2);
    expect(found.stateScale[0]).toBeGreaterThanOrEqual(16);
  });
});

describe('a program in which nothing happens but plain doses', () => {
  const plain = oneCompartment(k, [[0, 'a', n(100), n(0), n(6), n(3), n(1)]]);

  test('has nothing of this in its kernel', () => {
    expect(isEventful(plain)).toBe(false);
    expect(isEventful(program)).toBe(true);
    const { bytes, layout } = emitSimdKernel(plain, 'f64x2');
    expect(layout.events).toBeUndefined();
    expect(emitSimdKernel(plain, 'f64x2', 256, true).bytes.length).toBeGreaterThan(bytes.length);
    expect(emitKernel(plain).layout.events).toBeUndefined();
  });

  test('takes breaks all the same, by a kernel compiled for them, in run, individuals and probe', async () => {
    const breaks = Float64Array.of(2, 5, 9);
    const times = Float64Array.of(12);
    const own = jobFor(plain, { times, patients: 5, rtol: 1e-9 });
    const compiled = await createWasmBackend().compile(plain);
    const [before] = (await compiled.individuals(own, [0])).arms;
    const [after] = (await compiled.individuals({ ...own, breaks }, [0])).arms;
    expect(after?.steps[0]).not.toBe(before?.steps[0]);
    expect(Math.abs((after?.outputs[0] ?? 0) - (before?.outputs[0] ?? 1))).toBeLessThan(1e-6);
    const [run] = (await compiled.run({ ...own, breaks })).arms;
    expect(run?.steps).toBe(5 * (after?.steps[0] ?? 0));
    expect((await probe({ program: plain }, { ...own, breaks }, [0])).statuses[0]).toBe(1);
    const [again] = (await compiled.individuals({ ...own, breaks: new Float64Array(0) }, [0])).arms;
    expect(again).toEqual(before);
  });
});

test('no ledger is kept of a program without happenings', async () => {
  const compiled = await createWasmBackend().compile(decay(n(k)));
  const { arms } = await compiled.individuals(jobFor(compiled.program), [0], { ledger: true });
  expect(arms[0]?.ledger).toBeUndefined();
});

test('what a steady state costs does not count as the steps of the run', async () => {
  const make = (mode: number) =>
    compartment(k, {
      clocks: [[n(0), n(0), n(1)]],
      happenings: [bolus(clock(0), n(100), { mode: n(mode), interval: n(8) })],
    });
  const steps = async (mode: number) => {
    const compiled = await createWasmBackend().compile(make(mode));
    const { arms } = await compiled.individuals(jobFor(make(mode), { rtol: 1e-6 }), [0]);
    expect(STATUSES[arms[0]?.status[0] ?? 9]).toBe('done');
    return arms[0]?.steps[0] ?? 0;
  };
  expect(await steps(1)).toBeLessThan(2 * (await steps(0)));
});
