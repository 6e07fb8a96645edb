// How the WebGPU backend walks a cohort: counts to the unit, any chunks, memory that runs short, runs that are stopped.
import { afterEach, describe, expect, it } from 'vitest';
import {
  type ColumnSource,
  DeviceError,
  type Job,
  type Kernel,
  type Summary,
} from '../../src/engine/backend.ts';
import { addColumn, createHistogram } from '../../src/engine/histogram.ts';
import { openNodeGpu } from '../../src/engine/node-gpu.ts';
import { createWebGpuBackend } from '../../src/engine/webgpu.ts';
import { tickOf } from '../../src/engine/webgpu-job.ts';
import { call } from '../../src/language/expression.ts';
import { BINS, columnsOf, INFUSIONS, jobFor, n, s, scalar, sub } from '../codegen/fixtures.ts';
import { backend, device, gpu } from './gpu.ts';
import { byStatus } from './statuses.ts';

const COHORT = columnsOf(
  'cohort',
  Array.from({ length: 997 }, (_, i) => 45 + ((i * 61) % 70)),
  Array.from({ length: 991 }, (_, i) => 0.6 * Math.sin(i)),
);
const infusions = (parts: Partial<Job> = {}): Job =>
  jobFor(INFUSIONS, {
    horizon: 48,
    patients: 1500,
    columns: COHORT,
    times: Float64Array.from({ length: 9 }, (_, i) => 6 * i),
    windows: [
      [24, 48],
      [0, 48],
    ],
    arms: [0, 1].map((therapy) => ({ therapy, study: Float64Array.of(4.5, 1000, 12) })),
    ...parts,
  });

/** Two arms of 12 values of 4 bytes: chunks of 64 patients, and columns in two blocks. */
const SMALL = 8000;
/** Few enough bins for a binding of that size. */
const COARSE = { ...BINS, mantissaBits: 1 };
const coarse = (parts: Partial<Job> = {}): Job =>
  infusions({ bins: { outputs: [COARSE], endpoints: [COARSE, COARSE, COARSE] }, ...parts });

/** Everything but the sums, whose last bits depend on the chunks. */
const counted = (summary: Summary) =>
  summary.arms.map((arm) => ({
    statuses: Array.from(arm.statuses),
    steps: arm.steps,
    series: [...arm.outputs, ...arm.endpoints].map((h) =>
      [h.counts, h.missing, h.min, h.max].map((x) => Array.from(x)),
    ),
  }));

describe.skipIf(!gpu)('a run on the GPU', () => {
  it('counts exactly what the same patients give one by one', async () => {
    const kernel = await backend().compile(INFUSIONS);
    const job = infusions({ patients: 300, first: 100 });
    const summary = await kernel.run(job);
    const people = await kernel.individuals(
      job,
      Array.from({ length: 300 }, (_, i) => 100 + i),
    );
    for (const [a, arm] of summary.arms.entries()) {
      const own = people.arms[a];
      if (!own) throw new Error('no arm');
      for (const [values, series, columns] of [
        [own.outputs, arm.outputs[0], 9],
        [own.endpoints.slice(0, 300), arm.endpoints[0], 1],
        [own.endpoints.slice(600), arm.endpoints[2], 1],
      ] as const) {
        const want = createHistogram(BINS, columns);
        for (let c = 0; c < columns; c++) addColumn(want, c, values, 300 * c, 300, own.status);
        expect(series?.counts).toEqual(want.counts);
        expect(series?.missing).toEqual(want.missing);
        expect(series?.min).toEqual(want.min);
        expect(series?.max).toEqual(want.max);
        for (let c = 0; c < columns; c++) expect(series?.sum[c]).toBeCloseTo(want.sum[c] ?? 0, 1);
      }
      expect(arm.steps).toBe(own.steps.reduce((sum, x) => sum + x, 0));
    }
  });

  it('changes no count when the chunks change', async () => {
    const whole = await (await backend().compile(INFUSIONS)).run(coarse());
    const finished: number[] = [];
    const small = await (await backend({ largestBinding: SMALL }).compile(INFUSIONS)).run(coarse(), {
      onProgress: (x) => finished.push(x),
    });
    expect(finished.length).toBeGreaterThan(2);
    expect(finished.at(-1)).toBe(1500);
    expect(counted(small)).toEqual(counted(whole));
    for (const [a, arm] of small.arms.entries()) {
      const sum = whole.arms[a]?.endpoints[0]?.sum[0] ?? Number.NaN;
      expect(Math.abs((arm.endpoints[0]?.sum[0] ?? 0) - sum)).toBeLessThan(1e-6 * sum);
    }
  });

  it('bins awkward values as the processor does, and counts what is not finite as missing or failed', async () => {
    const exponents = Array.from({ length: 60 }, (_, i) => 2 ** (i - 30));
    const values = [
      0,
      -0,
      1e-40,
      -1e-40,
      ...exponents,
      ...exponents.map((x) => -x),
      ...exponents.map((x) => x * (1 - 2 ** -24)),
      3e38,
      -3e38,
      1.00390625,
      Math.PI,
    ];
    const still = { ...scalar('still', 0, n(0)), initial: { locals: [], results: [s('p.K')] } };
    const kernel = await backend().compile(still);
    for (const layout of [
      BINS,
      { ...BINS, signed: false },
      { mantissaBits: 10, low: -6, high: 5, signed: true },
    ]) {
      const job = jobFor(still, {
        horizon: 1,
        patients: values.length,
        columns: columnsOf(`awkward${layout.low}`, values),
        times: Float64Array.of(0, 1),
        bins: { outputs: [layout], endpoints: [] },
      });
      const { arms } = await kernel.run(job);
      const want = createHistogram(layout, 2);
      for (const c of [0, 1]) addColumn(want, c, Float64Array.from(values), 0, values.length);
      expect(arms[0]?.outputs[0]?.counts).toEqual(want.counts);
      expect(arms[0]?.statuses).toEqual(byStatus({ done: values.length }));
    }
    const logarithm = { ...still, observe: { locals: [], results: [call('log', s('y.x'))] } };
    const job = jobFor(logarithm, {
      horizon: 1,
      patients: 4,
      columns: columnsOf('log', [1, -1, 0, Number.NaN]),
    });
    const { arms } = await (await backend().compile(logarithm)).run(job);
    expect(arms[0]?.statuses).toEqual(byStatus({ done: 3, 'not finite': 1 }));
    expect(Array.from(arms[0]?.outputs[0]?.missing ?? [])).toEqual([2, 2]);
  });

  it('leaves failed patients out of everything but the statuses', async () => {
    // x' = K x^2 - x from 1: decays for K = 0.5, blows up within 10 h for K = 3.
    const half = scalar('half', 1, sub(call('mul', s('p.K'), call('mul', s('y.x'), s('y.x'))), s('y.x')));
    const job = jobFor(half, { horizon: 10, patients: 100, columns: columnsOf('half', [0.5, 3]) });
    const { arms } = await (await backend().compile(half)).run(job);
    const [arm] = arms;
    expect(arm?.statuses[0]).toBe(50);
    expect((arm?.statuses[2] ?? 0) + (arm?.statuses[3] ?? 0)).toBe(50);
    expect(arm?.outputs[0]?.counts.reduce((sum, x) => sum + x, 0)).toBe(100);
    expect(Array.from(arm?.outputs[0]?.missing ?? [])).toEqual([0, 0]);
  });

  it('keeps the columns on the device while only study values change', async () => {
    let read = 0;
    const columns: ColumnSource = {
      key: 'counted',
      read: (first, count) => {
        read++;
        return COHORT.read(first, count);
      },
    };
    const kernel = await backend().compile(INFUSIONS);
    const run = (tvcl: number, source = columns) =>
      kernel.run(
        infusions({ columns: source, arms: [{ therapy: 0, study: Float64Array.of(tvcl, 1000, 12) }] }),
      );
    const slow = await run(2);
    const fast = await run(8);
    expect(read).toBe(1);
    expect(slow.arms[0]?.endpoints[0]?.sum[0]).toBeGreaterThan(
      fast.arms[0]?.endpoints[0]?.sum[0] ?? Number.NaN,
    );
    await run(8, { ...columns, key: 'other' });
    expect(read).toBe(2);
  });

  it("stops between chunks when told to, with the caller's reason", async () => {
    const kernel = await backend({ largestBinding: SMALL }).compile(INFUSIONS);
    const stop = new AbortController();
    const running = kernel.run(coarse(), {
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('moved on')),
    });
    await expect(running).rejects.toThrow('moved on');
    expect((await kernel.run(coarse({ patients: 64 }))).patients).toBe(64);
  });

  it('halves the chunk while memory is short, and changes no count', async () => {
    const whole = await (await backend().compile(INFUSIONS)).run(infusions());
    const refused: number[] = [];
    const poor = createWebGpuBackend(withMemory(device(), 30_000, refused), { device: 'poor' });
    const summary = await (await poor.compile(INFUSIONS)).run(infusions());
    expect(refused.length).toBeGreaterThan(0);
    expect(counted(summary)).toEqual(counted(whole));
    const none = createWebGpuBackend(withMemory(device(), 0, []), { device: 'none' });
    await expect((await none.compile(INFUSIONS)).run(infusions())).rejects.toThrow(DeviceError);
  });

  it("refuses a job that its limits cannot hold, as the device's failure", async () => {
    const kernel = await backend({ largestBinding: 4096 }).compile(INFUSIONS);
    await expect(kernel.run(infusions())).rejects.toThrow(DeviceError);
  });

  it.each([
    ['a horizon of 0', { horizon: 0, times: Float64Array.of(0) }, /horizon is 0/],
    ['an output after the horizon', { times: Float64Array.of(0, 50) }, /output time 50/],
    [
      'a window that ends before it starts',
      {
        windows: [
          [5, 4],
          [0, 1],
        ] as const,
      },
      /window 5 \.\. 4/,
    ],
    ['too few windows', { windows: [] }, /0 windows/],
    ['a therapy that does not exist', { arms: [{ therapy: 7, study: new Float64Array(3) }] }, /therapy is 7/],
  ])('refuses %s', async (_, parts, message) => {
    const kernel = await backend().compile(INFUSIONS);
    await expect(kernel.run(infusions(parts))).rejects.toThrow(message);
  });
});

describe.skipIf(!gpu)('a GPU that goes away', () => {
  const opened: GPUDevice[] = [];
  afterEach(() => {
    for (const d of opened.splice(0)) d.destroy();
  });
  const open = async (): Promise<{ device: GPUDevice; kernel: Kernel }> => {
    const found = await openNodeGpu();
    if ('reason' in found) throw new Error(found.reason);
    opened.push(found.device);
    const kernel = await createWebGpuBackend(found.device, {
      device: found.name,
      largestBinding: SMALL,
    }).compile(INFUSIONS);
    return { device: found.device, kernel };
  };

  it('is a DeviceError, during a run and after', async () => {
    const { device, kernel } = await open();
    const running = kernel.run(coarse(), { onProgress: () => device.destroy() });
    await expect(running).rejects.toThrow(DeviceError);
    await expect(kernel.run(coarse())).rejects.toThrow(DeviceError);
    await expect(kernel.individuals(coarse(), [0])).rejects.toThrow(DeviceError);
  });
});

describe('the tick of a run', () => {
  it.each([1, 168, 0.3, 1e6, 2 ** 20, 1e-5])(
    'divides %s into 2^29 to 2^30 parts, a power of two of the time unit',
    (horizon) => {
      const tick = tickOf(horizon);
      expect(Math.log2(tick)).toBe(Math.round(Math.log2(tick)));
      expect(horizon / tick).toBeLessThan(2 ** 30);
      expect(horizon / tick).toBeGreaterThanOrEqual(2 ** 29);
    },
  );
});

/** A device on which a buffer of more than `most` bytes cannot be had, as a full GPU reports it. */
function withMemory(real: GPUDevice, most: number, refused: number[]): GPUDevice {
  let short = false;
  const scopes: GPUErrorFilter[] = [];
  return new Proxy(real, {
    get(target, key) {
      if (key === 'pushErrorScope')
        return (filter: GPUErrorFilter) => {
          scopes.push(filter);
          target.pushErrorScope(filter);
        };
      if (key === 'popErrorScope') {
        return async () => {
          const memory = scopes.pop() === 'out-of-memory' && short;
          if (memory) short = false;
          const error = await target.popErrorScope();
          return memory ? { message: 'not enough memory' } : error;
        };
      }
      if (key === 'createBuffer') {
        return (wanted: GPUBufferDescriptor) => {
          if (wanted.label === 'values' && wanted.size > most) {
            refused.push(wanted.size);
            short = true;
          }
          return target.createBuffer(wanted);
        };
      }
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
