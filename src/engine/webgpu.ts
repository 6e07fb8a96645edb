// The WebGPU backend: generated and hand-written WGSL, default limits only. In: an open GPUDevice. Out: a Backend whose
// kernels walk the cohort in chunks (webgpu-run.ts). Does not look for an adapter; see node-gpu.ts and the app's worker.
import { link } from '../codegen/link.ts';
import type { Program } from '../codegen/program.ts';
import { SHADERS } from '../codegen/shader-sources.ts';
import { writeWgsl } from '../codegen/wgsl.ts';
import { type Backend, CompileError, type Kernel } from './backend.ts';
import { columnCache } from './webgpu-columns.ts';
import { type Gpu, openGpu } from './webgpu-device.ts';
import type { Pipelines } from './webgpu-pipelines.ts';
import { openRuns } from './webgpu-run.ts';
import { openTrial, type Shape, type ShapeStore } from './webgpu-shapes.ts';

export interface WebGpuInfo {
  /** In plain words, for the page: the adapter's name. */
  readonly device: string;
  /** Less memory than the device's limits allow, for one binding [byte]. */
  readonly largestBinding?: number;
  /** One shape of the loops for all; absent, the one that long runs find faster on this device. */
  readonly shape?: Shape;
  /** Where the faster shape is remembered; absent, in memory. */
  readonly store?: ShapeStore;
  /** How to wait for the device; absent, as promises do. */
  readonly wait?: <T>(work: Promise<T>) => Promise<T>;
}

/** Bytes of patients' columns that stay on the device between runs. */
const COLUMN_CACHE = 256 * 2 ** 20;

export function createWebGpuBackend(device: GPUDevice, info: WebGpuInfo): Backend {
  const gpu = openGpu(device, info.largestBinding, info.wait);
  const columns = columnCache(gpu, Math.min(COLUMN_CACHE, 2 * gpu.largestBinding));
  let shared: ReturnType<typeof sharedPipelines> | undefined;
  return {
    name: 'webgpu',
    precision: 'f32',
    device: info.device,
    async compile(program): Promise<Kernel> {
      const begun = performance.now();
      shared ??= sharedPipelines(gpu);
      const trial = openTrial(info.device, info.store);
      const [summaries, simulate] = await Promise.all([
        shared,
        simulatePipeline(gpu, program, info.shape ?? trial.shape),
      ]);
      const pipelines: Pipelines = {
        ...summaries,
        ...simulate,
        ...(info.shape === undefined && {
          other: { trial, flat: async () => (await simulatePipeline(gpu, program, 'flat')).simulate },
        }),
      };
      return { program, compileMs: performance.now() - begun, ...openRuns(gpu, program, pipelines, columns) };
    },
    dispose() {
      columns.dispose();
      gpu.close();
    },
  };
}

/** The whole WGSL text of a program's simulation and where its lines come from. Throws CompileError. */
export function linkProgram(program: Program, shape: Shape = 'nested'): ReturnType<typeof link> {
  try {
    const { model, step } = writeWgsl(program);
    return link(
      'simulate',
      new Map([...SHADERS, ['model', model], ['step', step], ['loops', `#import loops/${shape}\n`]]),
      new Set(['model', 'step', 'loops']),
    );
  } catch (error) {
    throw new CompileError(error instanceof Error ? error.message : String(error));
  }
}

async function simulatePipeline(
  gpu: Gpu,
  program: Program,
  shape?: Shape,
): Promise<Pick<Pipelines, 'simulate'>> {
  const layout = gpu.device.createBindGroupLayout({
    label: 'simulate',
    entries: [
      buffer(0, 'uniform'),
      ...[1, 2, 3].map((b) => buffer(b, 'read-only-storage')),
      ...[4, 5].map((b) => buffer(b, 'storage')),
      buffer(6, 'read-only-storage'),
    ],
  });
  return { simulate: await pipeline(gpu, linkProgram(program, shape), 'simulate', layout) };
}

async function sharedPipelines(gpu: Gpu): Promise<Pick<Pipelines, 'summarise' | 'gather' | 'tally'>> {
  const layout = gpu.device.createBindGroupLayout({
    label: 'summarise',
    entries: [
      { binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: 'uniform', hasDynamicOffset: true } },
      ...[1, 2].map((b) => buffer(b, 'read-only-storage')),
      ...[3, 4, 5, 6].map((b) => buffer(b, 'storage')),
    ],
  });
  const linked = link('summarise', SHADERS);
  const [summarise, gather, tally] = await Promise.all([
    pipeline(gpu, linked, 'summarise', layout),
    pipeline(gpu, linked, 'gather', layout),
    pipeline(gpu, linked, 'tally', layout),
  ]);
  return { summarise, gather, tally };
}

function buffer(binding: number, type: GPUBufferBindingType): GPUBindGroupLayoutEntry {
  return { binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } };
}

async function pipeline(
  gpu: Gpu,
  linked: ReturnType<typeof link>,
  entryPoint: string,
  layout: GPUBindGroupLayout,
): Promise<{ readonly pipeline: GPUComputePipeline; readonly layout: GPUBindGroupLayout }> {
  gpu.device.pushErrorScope('validation');
  const module = gpu.device.createShaderModule({ label: entryPoint, code: linked.code });
  const refused = gpu.device.popErrorScope();
  refused.catch(() => {});
  const compilation = await gpu.guard(module.getCompilationInfo());
  await refused;
  const errors = compilation.messages.filter((m) => m.type === 'error');
  if (errors.length > 0) {
    throw new CompileError(errors.map((m) => `${linked.origin(m.lineNum)}: ${m.message}`).join('\n'));
  }
  try {
    const made = await gpu.guard(
      gpu.device.createComputePipelineAsync({
        label: entryPoint,
        layout: gpu.device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module, entryPoint },
      }),
    );
    return { pipeline: made, layout };
  } catch (error) {
    if (error instanceof Error && error.name === 'GPUPipelineError') {
      throw new CompileError(`the GPU could not compile ${entryPoint}: ${error.message}`);
    }
    throw error;
  }
}
