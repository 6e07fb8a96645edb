// Patients' columns on the device. They depend on seed and patient only, so they stay there while sliders move.
// In: a ColumnSource and a stretch of patients. Out: the buffer that holds it. Keeps a bounded number of bytes.
import type { ColumnSource } from './backend.ts';
import { type Gpu, USAGE } from './webgpu-device.ts';

export interface ColumnCache {
  /** Columns of patients first .. first + count - 1, column-major. Valid until the next call. */
  buffer(source: ColumnSource, columns: number, first: number, count: number): Promise<GPUBuffer>;
  dispose(): void;
}

export function columnCache(gpu: Gpu, mostBytes: number): ColumnCache {
  // A Map keeps the order of insertion: the first is the one not used for longest.
  const kept = new Map<string, { readonly buffer: GPUBuffer; readonly bytes: number }>();
  let held = 0;
  return {
    async buffer(source, columns, first, count) {
      const key = `${first}+${count}*${columns} ${source.key}`;
      const known = kept.get(key);
      if (known) {
        kept.delete(key);
        kept.set(key, known);
        return known.buffer;
      }
      const bytes = 4 * columns * count;
      for (const [old, { buffer, bytes: freed }] of kept) {
        if (held + bytes <= mostBytes) break;
        buffer.destroy();
        kept.delete(old);
        held -= freed;
      }
      const { buffer } = await gpu.allocate({ buffer: { bytes, usage: USAGE.storage | USAGE.copyTarget } });
      if (columns > 0) {
        const values = source.read(first, count);
        if (values.length !== columns * count) {
          throw new RangeError(
            `the columns of ${count} patients have ${values.length} values; ${columns * count} are needed`,
          );
        }
        gpu.device.queue.writeBuffer(buffer, 0, values as Float32Array<ArrayBuffer>);
      }
      kept.set(key, { buffer, bytes });
      held += bytes;
      return buffer;
    },
    dispose() {
      for (const { buffer } of kept.values()) buffer.destroy();
      kept.clear();
      held = 0;
    },
  };
}
