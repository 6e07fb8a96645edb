// Our own backends as runners: WebAssembly in the widths that exist, on one core and on two, and WebGPU through Dawn.
// In: a Setting, cohort size, tolerances. Out: Runners. What this machine or this version lacks is left out, by name.
import { nodeDevices } from '../../src/cli/devices.ts';
import { hasSimdForm } from '../../src/codegen/wasm/simd-kernel.ts';
import { type Backend, CompileError } from '../../src/engine/backend.ts';
import { createWasmBackend, type WasmKernel } from '../../src/engine/webassembly.ts';
import { failedOf, type Runner, timed } from './runner.ts';
import { curvesOf, type Setting } from './setting.ts';

/** Widths of the WebAssembly kernel: lanes are patients. */
export const KERNELS = ['f64', 'f64x2', 'f32x4'] as const;
export type KernelName = (typeof KERNELS)[number];

/** The backend of a width. A program whose method has no SIMD form would run in the scalar kernel: see runnerOf. */
const wasmBackend = (name: KernelName): Backend => {
  const kernel: WasmKernel = name === 'f64' ? 'scalar' : name;
  return createWasmBackend({ kernel });
};

export interface OwnOptions {
  readonly patients: number;
  readonly tolerances: readonly number[];
  readonly cores: number;
  readonly gpu: boolean;
  /** Fewer patients for a software adapter. */
  readonly gpuPatients: number;
  /** Fewer patients where a kernel cannot run the problem's own method. */
  readonly fallbackPatients: number;
}

export interface Absent {
  readonly name: string;
  readonly reason: string;
}

export async function ourRunners(
  setting: Setting,
  options: OwnOptions,
): Promise<{ runners: Runner[]; absent: Absent[] }> {
  const runners: Runner[] = [];
  const absent: Absent[] = [];
  const offer = async (name: string, backend: Backend, cores: number, patients: number) => {
    const runner = await runnerOf(name, backend, setting, cores, patients, options);
    if ('reason' in runner) absent.push(runner);
    else runners.push(runner);
  };
  for (const kernel of KERNELS) await offer(`wasm-${kernel}`, wasmBackend(kernel), 1, options.patients);
  if (options.cores > 1) {
    const lanes = options.cores;
    await offer('wasm-f64', await nodeDevices({ lanes }).webassembly(), lanes, options.patients);
  }
  if (options.gpu) {
    const gpu = await nodeDevices({ lanes: 0 }).webgpu();
    if ('reason' in gpu) absent.push({ name: 'webgpu', reason: gpu.reason });
    else await offer('webgpu', gpu.backend, gpu.software ? options.cores : 1, options.gpuPatients);
  }
  return { runners, absent };
}

async function runnerOf(
  name: string,
  backend: Backend,
  setting: Setting,
  cores: number,
  own: number,
  { tolerances, fallbackPatients }: OwnOptions,
): Promise<Runner | Absent> {
  const simd = /x[24]$/.test(name);
  if (simd && !hasSimdForm(setting.explicit)) {
    backend.dispose();
    return { name, reason: `${setting.problem.name} has no SIMD form` };
  }
  const wanted = simd && !hasSimdForm(setting.program) ? setting.explicit : setting.program;
  const compiled = await backend.compile(wanted).catch(async (error: unknown) => {
    if (!(error instanceof CompileError) || setting.program === setting.explicit) throw error;
    return backend.compile(setting.explicit);
  });
  const method = compiled.program.method.name;
  const patients = method === setting.method ? own : Math.min(own, fallbackPatients);
  return {
    name,
    method,
    cores,
    patients,
    tolerances,
    async time(rtol) {
      const job = setting.job(rtol, patients);
      const { value, wallSeconds, coreSeconds } = await timed(() => compiled.run(job));
      const arm = value.arms[0];
      const failed = failedOf(arm);
      return { patients, wallSeconds, coreSeconds, failed, steps: (arm?.steps ?? 0) / patients };
    },
    curves: (rtol, count) => curvesOf(compiled, setting.job(rtol, count), count),
    dispose() {
      compiled.dispose();
      backend.dispose();
    },
  };
}
