// Engines for tests: the WebAssembly one always, the WebGPU one where Dawn finds an adapter (else said in a skipped test).
import { type Engine, openEngine } from '../../src/engine/engine.ts';
import type { BackendName } from '../../src/engine/backend.ts';
import { nodeDevices } from '../../src/cli/devices.ts';

const opened = new Map<BackendName, Promise<Engine>>();

const gpu = await nodeDevices({ lanes: 0 }).webgpu();
if ('reason' in gpu) console.warn(`WebGPU tests are skipped: ${gpu.reason}`);
else gpu.backend.dispose();

/** Backends that this machine can test. */
export const TESTED_BACKENDS: readonly BackendName[] = 'reason' in gpu ? ['webassembly'] : ['webassembly', 'webgpu'];

/** One engine per backend and test file; WebAssembly runs in this process. */
export function engineFor(backend: BackendName): Promise<Engine> {
  let engine = opened.get(backend);
  if (!engine) {
    engine = openEngine(nodeDevices({ lanes: 0 }), backend);
    opened.set(backend, engine);
  }
  return engine;
}

export async function closeEngines(): Promise<void> {
  for (const engine of opened.values()) (await engine).dispose();
  opened.clear();
}
