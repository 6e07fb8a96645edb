// Engines for tests: the WebAssembly one always, the WebGPU one where Dawn finds an adapter (else said in a skipped test).

import { nodeDevices } from '../../src/cli/devices.ts';
import type { BackendName } from '../../src/engine/backend.ts';
import { type Engine, openEngine } from '../../src/engine/engine.ts';
import { createWasmBackend, type WasmKernel } from '../../src/engine/webassembly.ts';

/** The WebAssembly backend with one of its kernels, whichever it takes by itself. */
export type KernelName = `${WasmKernel} webassembly`;
const KERNELS: readonly KernelName[] = ['scalar webassembly', 'f64x2 webassembly', 'f32x4 webassembly'];
const kernelNamed = (name: BackendName | KernelName): WasmKernel | undefined =>
  (['scalar', 'f64x2', 'f32x4'] as const).find((kernel) => name === `${kernel} webassembly`);

const opened = new Map<BackendName | KernelName, Promise<Engine>>();

const gpu = await nodeDevices({ lanes: 0 }).webgpu();
if ('reason' in gpu) console.warn(`WebGPU tests are skipped: ${gpu.reason}`);
else gpu.backend.dispose();

/** Backends that this machine can test. */
export const TESTED_BACKENDS: readonly BackendName[] =
  'reason' in gpu ? ['webassembly'] : ['webassembly', 'webgpu'];

/** Backends for tests that hold every kernel to the same values. */
export const TESTED_KERNELS: readonly (BackendName | KernelName)[] = [
  ...KERNELS,
  ...TESTED_BACKENDS.filter((backend) => backend !== 'webassembly'),
];

/** A kernel beside the f64 reference, as a GPU would be. */
const openKernel = (kernel: WasmKernel): Promise<Engine> =>
  openEngine(
    {
      ...nodeDevices({ lanes: 0 }),
      webgpu: async () => ({ backend: createWasmBackend({ kernel }), software: false }),
    },
    'webgpu',
  );

/** One engine per backend and test file; WebAssembly runs in this process. */
export function engineFor(backend: BackendName | KernelName): Promise<Engine> {
  let engine = opened.get(backend);
  if (!engine) {
    const kernel = kernelNamed(backend);
    engine =
      kernel === undefined
        ? openEngine(nodeDevices({ lanes: 0 }), backend === 'webgpu' ? 'webgpu' : 'webassembly')
        : openKernel(kernel);
    opened.set(backend, engine);
  }
  return engine;
}

export async function closeEngines(): Promise<void> {
  for (const engine of opened.values()) (await engine).dispose();
  opened.clear();
}
