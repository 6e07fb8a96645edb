// The WebGPU backend: generated and hand-written WGSL, default limits only. In: an open GPUDevice. Out: a Backend whose
// kernels walk the cohort in chunks (webgpu-run.ts). Does not look for an adapter; see node-gpu.ts and the app's worker.
import { conditionsOf, isEventful } from '../codegen/eventful.ts';
import { link } from '../codegen/link.ts';
import type { Program } from '../codegen/program.ts';
import { SHADERS } from '../codegen/shader-sources.ts';
import { mayJump, writeWgsl } from '../codegen/wgsl.ts';
import { hasSteady } from '../codegen/wgsl-regimen.ts';
import { type Backend, CompileError, type Job, type Kernel } from './backend.ts';
import { columnCache } from './webgpu-columns.ts';
import { type Gpu, openGpu } from './webgpu-device.ts';
import type { Counters, Pipelines } from './webgpu-pipelines.ts';
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
/** Bytes of patients' rows that do. */
const ROW_CACHE = 128 * 2 ** 20;

export function createWebGpuBackend(device: GPUDevice, info: WebGpuInfo): Backend {
  const gpu = openGpu(device, info.largestBinding, info.wait);
  const columns = columnCache(gpu, Math.min(COLUMN_CACHE, 2 * gpu.largestBinding));
  const rows = columnCache(gpu, Math.min(ROW_CACHE, 2 * gpu.largestBinding));
  let shared: Promise<Counters> | undefined;
  let sharedWeighted: Promise<Counters> | undefined;
  const weighted = () => {
    sharedWeighted ??= countingPipelines(gpu, true);
    return sharedWeighted;
  };
  return {
    name: 'webgpu',
    precision: 'f32',
    device: info.device,
    async compile(program): Promise<Kernel> {
      const begun = performance.now();
      shared ??= countingPipelines(gpu, false);
      const summaries = await shared;
      const runs = async (eventful: boolean) => {
        const trial = openTrial(info.device, info.store);
        const compiled = (shape?: Shape) => simulatePipeline(gpu, program, shape, eventful);
        const pipelines: Pipelines = {
          ...summaries,
          weighted,
          ...(await compiled(info.shape ?? trial.shape)),
          eventful,
          ...(info.shape === undefined && {
            other: { trial, flat: async () => (await compiled('flat')).simulate },
          }),
        };
        return openRuns(gpu, program, pipelines, columns, rows);
      };
      const own = await runs(isEventful(program));
      return { program, compileMs: performance.now() - begun, ...withBreaks(program, own, () => runs(true)) };
    },
    dispose() {
      columns.dispose();
      rows.dispose();
      gpu.close();
    },
  };
}

type Runs = ReturnType<typeof openRuns>;

/** A job with breaks needs more of a plain program's kernel, which is compiled when the first such job comes. */
function withBreaks(program: Program, own: Runs, compileCut: () => Promise<Runs>): Runs {
  let cut: Promise<Runs> | undefined;
  const runsOf = async ({ breaks }: Job): Promise<Runs> => {
    if (breaks === undefined || breaks.length === 0 || isEventful(program)) return own;
    cut ??= compileCut();
    return cut;
  };
  return {
    run: async (job, options) => (await runsOf(job)).run(job, options),
    individuals: async (job, patients, options) => (await runsOf(job)).individuals(job, patients, options),
    dispose() {
      own.dispose();
      cut?.then(
        (runs) => runs.dispose(),
        () => {},
      );
    },
  };
}

/**
 * The whole WGSL text of a program's simulation and where its lines come from; `eventful`: able to cut segments as a job's
 * breaks ask for, whatever the program. Throws CompileError.
 */
export function linkProgram(
  program: Program,
  shape: Shape = 'nested',
  eventful = isEventful(program),
): ReturnType<typeof link> {
  try {
    const { model, step, occurrences } = writeWgsl(program, eventful);
    const import_ = (module: string) => `#import ${module}\n`;
    const generated = new Map([
      ['model', model],
      ['step', step],
      ['loops', import_(`loops/${shape}`)],
      ['times', import_(`times/${mayJump(program, eventful) ? 'inside' : 'anywhere'}`)],
      ['happenings', import_(`happenings/${program.replay === null ? 'live' : 'replay'}`)],
      [
        'conditions',
        import_(`happenings/${conditionsOf(program).length > 0 ? 'conditions' : 'unconditional'}`),
      ],
      ['steady', import_(`happenings/${hasSteady(program) ? 'steady' : 'unsteady'}`)],
      ...(occurrences === null
        ? [['happenings', import_('happenings/none')] as const]
        : [['occurrences', occurrences] as const]),
    ]);
    return link('simulate', new Map([...SHADERS, ...generated]), new Set(generated.keys()));
  } catch (error) {
    throw new CompileError(error instanceof Error ? error.message : String(error));
  }
}

async function simulatePipeline(
  gpu: Gpu,
  program: Program,
  shape: Shape | undefined,
  eventful: boolean,
): Promise<Pick<Pipelines, 'simulate'>> {
  const layout = gpu.device.createBindGroupLayout({
    label: 'simulate',
    entries: [
      buffer(0, 'uniform'),
      ...[1, 2, 3].map((b) => buffer(b, 'read-only-storage')),
      ...[4, 5].map((b) => buffer(b, 'storage')),
      buffer(6, 'read-only-storage'),
      // Tables and the ledger: with them eight storage buffers, as many as every device has.
      ...(eventful ? [buffer(7, 'read-only-storage'), buffer(8, 'storage')] : []),
    ],
  });
  const linked = linkProgram(program, shape, eventful);
  return { simulate: await pipeline(gpu, linked, 'simulate', layout) };
}

/** `weighted`: with one more buffer, a weight for every row. */
async function countingPipelines(gpu: Gpu, weighted: boolean): Promise<Counters> {
  const layout = gpu.device.createBindGroupLayout({
    label: 'summarise',
    entries: [
      { binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: 'uniform', hasDynamicOffset: true } },
      ...[1, 2].map((b) => buffer(b, 'read-only-storage')),
      ...[3, 4, 5, 6].map((b) => buffer(b, 'storage')),
      ...(weighted ? [buffer(7, 'read-only-storage')] : []),
    ],
  });
  const linked = link(weighted ? 'weighted' : 'summarise', SHADERS);
  const [summarise, gather, tally] = await Promise.all([
    pipeline(gpu, linked, weighted ? 'summarise_weighted' : 'summarise', layout),
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
