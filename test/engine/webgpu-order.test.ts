// Patients sorted by the work they were: the order itself, and that nothing but the order of sums depends on it.
import { describe, expect, it } from 'vitest';
import type { Job, Summary } from '../../src/engine/backend.ts';
import { createWebGpuBackend } from '../../src/engine/webgpu.ts';
import { efficiency, orderBySteps } from '../../src/engine/webgpu-order.ts';
import { call } from '../../src/language/expression.ts';
import { columnsOf, jobFor, s, scalar, sub } from '../codegen/fixtures.ts';
import { device, gpu } from './gpu.ts';

describe('the order of patients', () => {
  it('holds every patient once, most steps first, equals as they are numbered', () => {
    expect(Array.from(orderBySteps(Float64Array.of(3, 9, 3, 7, 9)))).toEqual([1, 4, 3, 0, 2]);
    expect(orderBySteps(new Float64Array(0))).toHaveLength(0);
    const steps = Float64Array.from({ length: 5000 }, (_, i) => ((i * 7919) % 4001) * 1000);
    const order = orderBySteps(steps);
    expect(new Set(order).size).toBe(5000);
    // Numbers too far apart for a bucket each are sorted to within one bucket.
    const sorted = Array.from(order, (i) => steps[i] ?? 0);
    for (const [row, x] of sorted.entries())
      expect(x - (sorted[row - 1] ?? Number.POSITIVE_INFINITY)).toBeLessThan(1000);
  });

  it('raises the share of useful work to nearly one', () => {
    const steps = Float64Array.from({ length: 4096 }, (_, i) => 100 + ((i * 7919) % 401));
    const numbered = Uint32Array.from({ length: 4096 }, (_, i) => i);
    // Means 300 of 401 possible values; 32 side by side wait for about 490 of 500.
    expect(efficiency(steps, numbered)).toBeLessThan(0.65);
    expect(efficiency(steps, orderBySteps(steps))).toBeGreaterThan(0.98);
    expect(efficiency(new Float64Array(8), numbered.subarray(0, 8))).toBe(1);
  });
});

/** Everything but the sums, whose last bits depend on the order. */
const counted = ({ arms }: Summary) =>
  arms.map((arm) => ({
    statuses: Array.from(arm.statuses),
    steps: arm.steps,
    notable: arm.notable,
    series: [...arm.outputs, ...arm.endpoints].map((h) =>
      [h.counts, h.missing, h.min, h.max].map((x) => Array.from(x)),
    ),
  }));

describe.skipIf(!gpu)('a run of sorted patients', () => {
  // x' = K x^2 - x from 1: about 20 steps for small K, more near 1, and a failure beyond.
  const model = scalar('sorted', 1, sub(call('mul', s('p.K'), call('mul', s('y.x'), s('y.x'))), s('y.x')));
  const rates = Array.from({ length: 1009 }, (_, i) => 0.1 + ((i * 383) % 1009) / 900);
  const job = (parts: Partial<Job> = {}): Job =>
    jobFor(model, { horizon: 10, first: 70, patients: 900, columns: columnsOf('sorted', rates), ...parts });

  it('has the counts, statuses, chosen patients and sums of the same patients as numbered', async () => {
    const orders: Uint32Array[] = [];
    const kernel = await createWebGpuBackend(listening(device(), orders), { device: 'sorted' }).compile(
      model,
    );
    const numbered = await kernel.run(job());
    const sorted = await kernel.run(job());
    const again = await kernel.run(job());
    // As numbered, then sorted after the first run, and then good as it is.
    expect(orders.map((o) => o.length)).toEqual([900, 900]);
    expect(Array.from(orders[1] ?? []).slice(0, 50)).not.toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(numbered.arms[0]?.statuses[0]).toBeGreaterThan(700);
    expect(numbered.arms[0]?.notable?.failed.length).toBeGreaterThan(10);
    expect(counted(sorted)).toEqual(counted(numbered));
    expect(counted(again)).toEqual(counted(numbered));
    for (const [a, arm] of sorted.arms.entries())
      for (const [o, { sum }] of arm.outputs.entries())
        for (const [c, x] of sum.entries()) {
          const want = numbered.arms[a]?.outputs[o]?.sum[c] ?? Number.NaN;
          expect(Math.abs(x - want)).toBeLessThanOrEqual(1e-6 * Math.abs(want));
        }
  });

  it('is not used for other columns, other patients or chosen patients', async () => {
    const kernel = await createWebGpuBackend(device(), { device: 'sorted' }).compile(model);
    await kernel.run(job());
    await kernel.run(job());
    const chosen = [75, 72, 500];
    const alone = await kernel.individuals(job(), chosen);
    const fresh = await (await createWebGpuBackend(device(), { device: 'fresh' }).compile(model)).individuals(
      job(),
      chosen,
    );
    expect(alone).toEqual(fresh);
    const other = job({ columns: columnsOf('others', [0.2]) });
    expect((await kernel.run(other)).arms[0]?.statuses[0]).toBe(900);
    expect(
      (await kernel.run(job({ first: 0, patients: 900 }))).arms[0]?.notable?.slowest[0]?.patient,
    ).toBeLessThan(900);
  });
});

/** Hands on everything, and keeps a copy of every order that is written. */
function listening(real: GPUDevice, orders: Uint32Array[]): GPUDevice {
  const bound = (target: object, key: string | symbol): unknown => {
    const value: unknown = Reflect.get(target, key, target);
    return typeof value === 'function' ? value.bind(target) : value;
  };
  const queue = new Proxy(real.queue, {
    get(target, key) {
      if (key !== 'writeBuffer') return bound(target, key);
      return (buffer: GPUBuffer, offset: number, data: Uint32Array<ArrayBuffer>) => {
        if (buffer.label === 'order') orders.push(data.slice());
        target.writeBuffer(buffer, offset, data);
      };
    },
  });
  return new Proxy(real, { get: (target, key) => (key === 'queue' ? queue : bound(target, key)) });
}
