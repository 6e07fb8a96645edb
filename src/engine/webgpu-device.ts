// The parts of a GPU device that a run needs: buffers that report a lack of memory, results read back, loss as an error.
// In: a GPUDevice. Out: promises that reject with DeviceError once the device is gone. Owns no buffer.
import { DeviceError } from './backend.ts';

/** Memory that could not be had; a smaller chunk may. */
export class OutOfMemory extends Error {
  override readonly name = 'OutOfMemory';
}

export interface Gpu {
  readonly device: GPUDevice;
  /** Largest buffer that one binding may show [byte]. */
  readonly largestBinding: number;
  /** One buffer a name, or OutOfMemory (then none is left). */
  allocate<Name extends string>(wanted: Wanted<Name>): Promise<Readonly<Record<Name, GPUBuffer>>>;
  /** Runs `record` in a command buffer and waits for it; resolves to copies of what was asked for, in words. */
  submit(
    record: (encoder: GPUCommandEncoder) => void,
    read: readonly Reading[],
  ): Promise<readonly Uint32Array[]>;
  /** Rejects with DeviceError when the device is lost first. */
  guard<T>(work: Promise<T>): Promise<T>;
  readonly gone: boolean;
  close(): void;
}

/** Bytes and usage by name. */
export type Wanted<Name extends string> = Readonly<
  Record<Name, { readonly bytes: number; readonly usage: GPUBufferUsageFlags }>
>;

/** GPUBufferUsage, which only exists as a global once a GPU is open. */
export const USAGE = { copySource: 0x04, copyTarget: 0x08, uniform: 0x40, storage: 0x80 } as const;

export interface Reading {
  readonly source: GPUBuffer;
  readonly words: number;
  /** First word; 0 when absent. */
  readonly first?: number;
}

/** `wait`: what else is to be done while a promise of the device is open; see node-gpu.ts. */
export function openGpu(
  device: GPUDevice,
  largestBinding?: number,
  wait: <T>(work: Promise<T>) => Promise<T> = (work) => work,
): Gpu {
  let loss: DeviceError | undefined;
  const lost = device.lost.then((info) => {
    loss = new DeviceError(`the GPU was lost: ${info.message || info.reason}`);
    throw loss;
  });
  lost.catch(() => {});
  const guard = async <T>(work: Promise<T>): Promise<T> => {
    if (loss) throw loss;
    try {
      return await wait(Promise.race([work, lost]));
    } catch (error) {
      // A buffer that cannot be mapped because the device went away is reported a moment before the loss itself.
      if (error instanceof Error && (error.name === 'AbortError' || error.name === 'OperationError')) {
        await Promise.race([lost, new Promise((resolve) => setTimeout(resolve, 100))]);
        throw new DeviceError(`the GPU stopped answering: ${error.message}`);
      }
      throw error;
    }
  };
  const scoped = async <T>(work: () => T): Promise<T> => {
    device.pushErrorScope('out-of-memory');
    device.pushErrorScope('validation');
    const result = work();
    const invalid = device.popErrorScope();
    const memory = device.popErrorScope();
    // Out of memory first: what follows from it is invalid too.
    const [wrong, short] = await guard(Promise.all([invalid, memory]));
    if (short) throw new OutOfMemory(short.message);
    if (wrong) throw new DeviceError(`the GPU refused a command: ${wrong.message}`);
    return result;
  };

  return {
    device,
    largestBinding: Math.min(
      device.limits.maxStorageBufferBindingSize,
      device.limits.maxBufferSize,
      largestBinding ?? Number.POSITIVE_INFINITY,
    ),
    async allocate<Name extends string>(wanted: Wanted<Name>) {
      const buffers = {} as Record<Name, GPUBuffer>;
      const names = Object.keys(wanted) as Name[];
      try {
        await scoped(() => {
          for (const name of names) {
            const { bytes, usage } = wanted[name];
            buffers[name] = device.createBuffer({
              label: name,
              size: Math.max(16, Math.ceil(bytes / 4) * 4),
              usage,
            });
          }
        });
      } catch (error) {
        for (const name of names) buffers[name]?.destroy();
        throw error;
      }
      return buffers;
    },
    async submit(record, read) {
      let total = 0;
      const places = read.map(({ words }) => {
        total += words;
        return total - words;
      });
      const staging = device.createBuffer({
        label: 'read back',
        size: Math.max(4, 4 * total),
        usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      });
      try {
        const finished = scoped(() => {
          const encoder = device.createCommandEncoder();
          record(encoder);
          for (const [i, { source, first = 0, words }] of read.entries()) {
            encoder.copyBufferToBuffer(source, 4 * first, staging, 4 * (places[i] ?? 0), 4 * words);
          }
          device.queue.submit([encoder.finish()]);
        });
        const mapped = staging.mapAsync(GPUMapMode.READ);
        mapped.catch(() => {});
        await finished;
        await guard(mapped);
        const copy = new Uint32Array(staging.getMappedRange().slice(0));
        return read.map(({ words }, i) => copy.subarray(places[i] ?? 0, (places[i] ?? 0) + words));
      } finally {
        staging.destroy();
      }
    },
    guard,
    get gone() {
      return loss !== undefined;
    },
    close() {
      device.destroy();
    },
  };
}
