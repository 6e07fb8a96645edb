// One dispatch of a simulation: how many patients it may be given, what it is bound to, and its recording. In: a workspace and
// the buffers of patients. Out: a bind group, a pass. Reads nothing back.
import type { Program } from '../codegen/program.ts';
import { DeviceError } from './backend.ts';
import type { Gpu } from './webgpu-device.ts';
import type { Compiled } from './webgpu-pipelines.ts';
import { bind, WORKGROUP, type Workspace } from './webgpu-workspace.ts';

/** Rows of patients that are made and uploaded together. */
const ROW_BYTES = 32 * 2 ** 20;

/** Patients whose columns fit one binding. */
export function blockSize(gpu: Gpu, columns: number): number {
  return Math.max(WORKGROUP, Math.floor(gpu.largestBinding / (4 * Math.max(1, columns))));
}

/** Patients whose rows fit one binding, and are not too much to make at once. */
export function rowBlockSize(gpu: Gpu, { name }: Program, words: number): number {
  const most = Math.floor(gpu.largestBinding / (4 * Math.max(1, words)));
  if (most < 1)
    throw new DeviceError(
      `the rows of a patient of ${name} need ${4 * words} bytes, the device binds ${gpu.largestBinding}; use WebAssembly`,
    );
  return Math.min(most, Math.max(WORKGROUP, Math.floor(ROW_BYTES / (4 * Math.max(1, words)))));
}

export function bindSimulate(
  gpu: Gpu,
  { layout }: Compiled,
  space: Workspace,
  columns: GPUBuffer,
  order: GPUBuffer,
  /** Tables and ledger, where the simulation has them. */
  events: readonly GPUBuffer[],
): GPUBindGroup {
  const { job, arms, schedule, values, outcomes } = space;
  return bind(gpu, layout, [job, columns, arms, schedule, values, outcomes, order, ...events]);
}

export function dispatchSimulate(
  pass: GPUComputePassEncoder,
  { pipeline }: Compiled,
  bound: GPUBindGroup,
  patients: number,
  arms: number,
): void {
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bound);
  pass.dispatchWorkgroups(Math.ceil(patients / WORKGROUP), arms);
}
