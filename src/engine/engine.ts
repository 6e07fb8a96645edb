// The engine: one backend that works on this device, chosen with a reason, and the f64 reference beside it. Kernels are
// kept for the last few programs, so a slider never compiles; a lost GPU is replaced, and left after it failed too often.
import type { Program } from '../codegen/program.ts';
import {
  type Backend,
  type BackendName,
  DeviceError,
  type EndpointBlock,
  type Individuals,
  type Job,
  type Kernel,
  type RunOptions,
  type Summary,
} from './backend.ts';

export interface EngineInfo {
  readonly backend: BackendName;
  readonly precision: 'f32' | 'f64';
  readonly device: string;
  /** Why this backend, in plain words. */
  readonly reason: string;
}

/** What a host (browser worker, command line, test) can offer. */
export interface Devices {
  /** The f64 WebAssembly backend; always there. */
  readonly webassembly: () => Promise<Backend>;
  /** A WebGPU backend, or in words why there is none. `software` marks an adapter that emulates a GPU. */
  readonly webgpu: () => Promise<{ backend: Backend; software: boolean } | { reason: string }>;
}

export interface Engine {
  readonly info: EngineInfo;
  /** Runs on the chosen backend; `compileMs` is 0 when the kernel was kept. */
  run(
    program: Program,
    job: Job,
    options?: RunOptions,
  ): Promise<{ summary: Summary; compileMs: number; info: EngineInfo }>;
  individuals(
    program: Program,
    job: Job,
    patients: readonly number[],
    options?: { readonly ledger?: boolean },
  ): Promise<Individuals>;
  /** The f64 kernel of the same program: probes, checks, certificates. */
  reference(program: Program): Promise<Kernel>;
  dispose(): void;
}

const KEPT_KERNELS = 6;
/** Losses of a GPU after which it is left alone. */
const MOST_LOSSES = 3;

export async function openEngine(devices: Devices, preference: BackendName | 'auto'): Promise<Engine> {
  const wasm = await devices.webassembly();
  const referenceKernels = kernelCache(wasm);
  let chosen = await choose(devices, preference, wasm);
  let kernels = chosen.backend === wasm ? referenceKernels : kernelCache(chosen.backend);
  let losses = 0;

  const replaceDevice = async (error: DeviceError) => {
    losses++;
    kernels.dispose();
    chosen.backend.dispose();
    const again =
      losses < MOST_LOSSES ? await devices.webgpu() : { reason: `the GPU was lost ${losses} times` };
    chosen =
      'backend' in again
        ? { backend: again.backend, reason: `${chosen.reason}; reopened after: ${error.message}` }
        : { backend: wasm, reason: `${again.reason} (${error.message}), so WebAssembly took over` };
    kernels = chosen.backend === wasm ? referenceKernels : kernelCache(chosen.backend);
  };
  /** Repeats what a lost device interrupted, where it may start anew; anything else is the caller's. */
  const surviving = async <T>(work: () => Promise<T>, anew = () => true): Promise<T> => {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof DeviceError) || chosen.backend === wasm) throw error;
        await replaceDevice(error);
        if (!anew()) throw error;
      }
    }
  };
  const engine: Engine = {
    get info() {
      const { name, precision, device } = chosen.backend;
      return { backend: name, precision, device, reason: chosen.reason };
    },
    run(program, job, options) {
      const { options: heard, anew } = repeatable(options);
      return surviving(async () => {
        const { kernel, compileMs } = await kernels.get(program);
        return { summary: await kernel.run(job, heard), compileMs, info: engine.info };
      }, anew);
    },
    individuals: (program, job, patients, options) =>
      surviving(async () => (await kernels.get(program)).kernel.individuals(job, patients, options)),
    reference: async (program) => (await referenceKernels.get(program)).kernel,
    dispose() {
      kernels.dispose();
      referenceKernels.dispose();
      if (chosen.backend !== wasm) chosen.backend.dispose();
      wasm.dispose();
    },
  };
  return engine;
}

/** Options that know whether a block was heard; `anew`: whether the run may be repeated, its listener being told. */
function repeatable(options: RunOptions | undefined) {
  if (options?.onEndpoints === undefined) return { options, anew: () => true };
  const { onEndpoints, onRestart } = options;
  let heard = false;
  return {
    options: {
      ...options,
      onEndpoints(block: EndpointBlock) {
        heard = true;
        onEndpoints(block);
      },
    },
    anew() {
      if (!heard) return true;
      heard = false;
      onRestart?.();
      return onRestart !== undefined;
    },
  };
}

async function choose(
  devices: Devices,
  preference: BackendName | 'auto',
  wasm: Backend,
): Promise<{ backend: Backend; reason: string }> {
  if (preference === 'webassembly') return { backend: wasm, reason: 'WebAssembly was asked for' };
  const gpu = await devices.webgpu();
  if (!('backend' in gpu)) return { backend: wasm, reason: `${gpu.reason}, so WebAssembly runs` };
  if (preference === 'webgpu') return { backend: gpu.backend, reason: 'WebGPU was asked for' };
  if (gpu.software) {
    gpu.backend.dispose();
    return {
      backend: wasm,
      reason: 'the only WebGPU adapter is a software one, which is slower than WebAssembly',
    };
  }
  return { backend: gpu.backend, reason: 'a GPU is the fastest device here' };
}

/** The last few kernels of a backend by their program, the least recently used disposed first. */
function kernelCache(backend: Backend) {
  const kept = new Map<string, Promise<Kernel>>();
  return {
    async get(program: Program): Promise<{ kernel: Kernel; compileMs: number }> {
      const key = JSON.stringify(program);
      const known = kept.get(key);
      if (known) {
        kept.delete(key);
        kept.set(key, known);
        return { kernel: await known, compileMs: 0 };
      }
      const fresh = backend.compile(program);
      kept.set(key, fresh);
      try {
        const kernel = await fresh;
        for (const [oldest, old] of kept) {
          if (kept.size <= KEPT_KERNELS) break;
          kept.delete(oldest);
          void old.then((k) => k.dispose());
        }
        return { kernel, compileMs: kernel.compileMs };
      } catch (error) {
        kept.delete(key);
        throw error;
      }
    },
    dispose() {
      for (const kernel of kept.values()) void kernel.then((k) => k.dispose()).catch(() => undefined);
      kept.clear();
    },
  };
}
