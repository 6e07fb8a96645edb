// The buffers of one run. In: Program, packed Job, how many counts. Out: buffers for a chunk as large as the device's
// limits and memory allow. Nothing here depends on how many patients the cohort has.
import type { Program } from '../codegen/program.ts';
import { DeviceError, type Job } from './backend.ts';
import { type Gpu, OutOfMemory, USAGE, type Wanted } from './webgpu-device.ts';
import type { PackedJob } from './webgpu-job.ts';

export const WORKGROUP = 64;
/** Patients whose columns are uploaded together. */
export const BLOCK = 65536;
/** Dynamic uniform offsets are multiples of this. */
export const SLOT = 256;
/** Values of one chunk; more would not run faster. */
const VALUE_BYTES = 64 * 2 ** 20;

const NAMES = [
  'job', 'arms', 'schedule', 'values', 'outcomes', 'tasks', 'moments', 'tallies', 'partials',
] as const; // biome-ignore format: a list

export interface Workspace extends Readonly<Record<(typeof NAMES)[number], GPUBuffer>> {
  /** Patients per chunk. */
  readonly capacity: number;
  readonly counts: readonly GPUBuffer[];
  /** A weight for every row, where the job has weights. */
  readonly weights: GPUBuffer | undefined;
  dispose(): void;
}

/** `counts`: words of each buffer of counts; `tasks`: how many series are counted. Throws DeviceError when nothing fits. */
export async function openWorkspace(
  gpu: Gpu,
  program: Program,
  job: Job,
  packed: PackedJob,
  counts: readonly number[],
  tasks: number,
): Promise<Workspace> {
  const arms = job.arms.length;
  const columns = Math.max(1, packed.columns);
  const perPatient = arms * Math.max(4 * columns, 8);
  const most = Math.floor(Math.min(VALUE_BYTES, gpu.largestBinding) / perPatient / WORKGROUP) * WORKGROUP;
  if (most < WORKGROUP) {
    throw new DeviceError(
      `${columns} values for ${arms} arms of ${program.name} need ${perPatient} bytes a patient, ` +
        `the device binds ${gpu.largestBinding}; ask for fewer output times or arms`,
    );
  }
  const { storage, uniform, copySource, copyTarget } = USAGE;
  const counted = Object.fromEntries(
    counts.map((words, i) => [`counts ${i}`, { bytes: 4 * words, usage: storage | copySource }]),
  );
  let capacity = Math.min(most, BLOCK, Math.ceil(job.patients / WORKGROUP) * WORKGROUP);
  for (;;) {
    const weights: Wanted<string> = job.weights
      ? { weights: { bytes: 4 * capacity, usage: storage | copyTarget } }
      : {};
    try {
      const buffers: Readonly<Record<string, GPUBuffer>> &
        Readonly<Record<(typeof NAMES)[number], GPUBuffer>> = await gpu.allocate({
        job: { bytes: 64, usage: uniform | copyTarget },
        arms: { bytes: packed.arms.byteLength, usage: storage | copyTarget },
        schedule: { bytes: packed.schedule.byteLength, usage: storage | copyTarget },
        values: { bytes: 4 * arms * columns * capacity, usage: storage | copySource },
        outcomes: { bytes: 8 * arms * capacity, usage: storage | copySource },
        tasks: { bytes: SLOT * Math.max(1, tasks), usage: uniform | copyTarget },
        moments: { bytes: 16 * arms * columns, usage: storage | copySource },
        tallies: { bytes: 32 * arms, usage: storage | copySource },
        partials: { bytes: 16 * WORKGROUP * arms * columns, usage: storage },
        ...weights,
        ...counted,
      });
      gpu.device.queue.writeBuffer(buffers.arms, 0, packed.arms as Uint32Array<ArrayBuffer>);
      gpu.device.queue.writeBuffer(buffers.schedule, 0, packed.schedule as Uint32Array<ArrayBuffer>);
      return {
        ...buffers,
        capacity,
        weights: buffers.weights,
        counts: counts.flatMap((_, i) => buffers[`counts ${i}`] ?? []),
        dispose() {
          for (const b of Object.values(buffers)) b.destroy();
        },
      };
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error;
      if (capacity <= WORKGROUP) {
        throw new DeviceError(`the GPU has no memory for ${capacity} patients: ${error.message}`);
      }
      capacity = Math.max(WORKGROUP, Math.floor(capacity / 2 / WORKGROUP) * WORKGROUP);
    }
  }
}

/** `firstBytes`: how much of the first buffer is seen at a dynamic offset. */
export function bind(
  gpu: Gpu,
  layout: GPUBindGroupLayout,
  buffers: readonly GPUBuffer[],
  firstBytes?: number,
): GPUBindGroup {
  return gpu.device.createBindGroup({
    layout,
    entries: buffers.map((buffer, binding) => ({
      binding,
      resource: binding === 0 && firstBytes !== undefined ? { buffer, size: firstBytes } : { buffer },
    })),
  });
}
