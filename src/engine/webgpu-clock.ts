// How long a dispatch takes and how large the next one may be. In: a Gpu; patients and milliseconds. Out: what to put into
// a pass and its encoder to have it timed by the device's own clock ('timestamp-query'), undefined on devices without;
// patients of the next chunk. A wall clock also counts waiting and reading.
import type { Gpu, Reading } from './webgpu-device.ts';
import { USAGE } from './webgpu-device.ts';

const QUERY_RESOLVE = 0x0200;

/** A page must draw between two dispatches, a run stop within 200 ms, and two seconds reset a Windows GPU. */
const SLOW_MS = 50;
/** A chunk's fixed cost is a few milliseconds. */
const QUICK_MS = 30;
const AIM_MS = 40;

/** A chunk that was quick grows, at most eightfold at a time; one that was slow shrinks. One in between changes nothing. */
export function nextChunk(chunk: number, patients: number, ms: number): number {
  if (ms < QUICK_MS) return Math.max(chunk, patients * Math.min(8, AIM_MS / ms));
  return ms > SLOW_MS ? Math.min(chunk, (patients * AIM_MS) / ms) : chunk;
}

export interface Clock {
  readonly writes: GPUComputePassTimestampWrites;
  /** After the pass, into the same command buffer. */
  resolve(encoder: GPUCommandEncoder): void;
  readonly reading: Reading;
  /** From what was read; undefined where the device answered with nonsense, as it may after a change of clock rate. */
  milliseconds(words: Uint32Array | undefined): number | undefined;
  dispose(): void;
}

export function openClock({ device }: Gpu): Clock | undefined {
  if (!device.features.has('timestamp-query')) return undefined;
  const querySet = device.createQuerySet({ type: 'timestamp', count: 2 });
  const buffer = device.createBuffer({ label: 'clock', size: 16, usage: QUERY_RESOLVE | USAGE.copySource });
  return {
    writes: { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 },
    resolve: (encoder) => encoder.resolveQuerySet(querySet, 0, 2, buffer, 0),
    reading: { source: buffer, words: 4 },
    milliseconds(words) {
      const [low0 = 0, high0 = 0, low1 = 0, high1 = 0] = words ?? [];
      const ms = ((high1 - high0) * 2 ** 32 + (low1 - low0)) / 1e6;
      return ms > 0 && ms < 60_000 ? ms : undefined;
    },
    dispose() {
      querySet.destroy();
      buffer.destroy();
    },
  };
}
