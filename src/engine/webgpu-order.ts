// The order in which a block's patients take the rows of a dispatch. In: every patient's steps in the last run of the same
// columns. Out: patients with like work side by side, because neighbours on a GPU wait for the slowest of them. Changes
// no patient's numbers and no count; only sums are added up in another order.
import { type Gpu, USAGE } from './webgpu-device.ts';

/** Patients that run side by side: a vector of most GPUs. */
const LANES = 32;
/** Sorting again is not worth it above this share of useful work. */
const GOOD_EFFICIENCY = 0.97;
/** Patients whose order is remembered: 4 bytes each here and on the device. */
const MOST_KEPT = 2 ** 22;
const BUCKETS = 4096;

export interface Order {
  /** Patient of the block in each row. */
  readonly patients: Uint32Array;
  readonly buffer: GPUBuffer;
}

export interface Orders {
  /** As learned under this key, else patients as they are numbered. Valid until the next call. */
  of(key: string, count: number): Promise<Order>;
  /** `steps`: of every patient of the block, in the patients' own order. */
  learn(key: string, steps: Float64Array): void;
  dispose(): void;
}

/** Most steps first, equals as they are numbered. */
export function orderBySteps(steps: Float64Array): Uint32Array {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const s of steps) {
    least = Math.min(least, s);
    most = Math.max(most, s);
  }
  const scale = (BUCKETS - 1) / Math.max(1, most - least);
  const bucket = (s: number) => Math.floor((most - s) * Math.min(1, scale));
  const next = new Uint32Array(BUCKETS + 1);
  for (const s of steps) next[bucket(s) + 1] = (next[bucket(s) + 1] ?? 0) + 1;
  for (let b = 1; b <= BUCKETS; b++) next[b] = (next[b] ?? 0) + (next[b - 1] ?? 0);
  const order = new Uint32Array(steps.length);
  for (const [i, s] of steps.entries()) {
    const b = bucket(s);
    const row = next[b] ?? 0;
    order[row] = i;
    next[b] = row + 1;
  }
  return order;
}

/** Steps taken over steps waited for, when rows run side by side by `LANES`. */
export function efficiency(steps: Float64Array, order: Uint32Array): number {
  let taken = 0;
  let waited = 0;
  for (let row = 0; row < order.length; row += LANES) {
    const end = Math.min(order.length, row + LANES);
    let most = 0;
    for (let r = row; r < end; r++) {
      const s = steps[order[r] ?? 0] ?? 0;
      taken += s;
      most = Math.max(most, s);
    }
    waited += most * (end - row);
  }
  return waited > 0 ? taken / waited : 1;
}

export function openOrders(gpu: Gpu): Orders {
  // A Map keeps the order of insertion: the first is the one not used for longest.
  const kept = new Map<string, { patients: Uint32Array<ArrayBuffer>; readonly buffer: GPUBuffer }>();
  let held = 0;
  return {
    async of(key, count) {
      const known = kept.get(key);
      if (known) {
        kept.delete(key);
        kept.set(key, known);
        return known;
      }
      for (const [old, { buffer, patients }] of kept) {
        if (held + count <= MOST_KEPT) break;
        buffer.destroy();
        kept.delete(old);
        held -= patients.length;
      }
      const { order } = await gpu.allocate({
        order: { bytes: 4 * count, usage: USAGE.storage | USAGE.copyTarget },
      });
      const fresh = { patients: Uint32Array.from({ length: count }, (_, i) => i), buffer: order };
      gpu.device.queue.writeBuffer(order, 0, fresh.patients);
      kept.set(key, fresh);
      held += count;
      return fresh;
    },
    learn(key, steps) {
      const known = kept.get(key);
      if (!known || efficiency(steps, known.patients) >= GOOD_EFFICIENCY) return;
      known.patients = orderBySteps(steps) as Uint32Array<ArrayBuffer>;
      gpu.device.queue.writeBuffer(known.buffer, 0, known.patients);
    },
    dispose() {
      for (const { buffer } of kept.values()) buffer.destroy();
      kept.clear();
      held = 0;
    },
  };
}
