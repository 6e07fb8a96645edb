// What a browser offers the engine: WebAssembly lanes on workers, WebGPU where there is an adapter. Runs in the engine's
// worker. Out: Devices for openEngine.
import type { Devices } from '../engine/engine.ts';
import { workerLane } from '../engine/lane-host.ts';
import { createWasmBackend } from '../engine/webassembly.ts';
import { createWebGpuBackend } from '../engine/webgpu.ts';
import { openShapeMemory } from './shape-memory.ts';

/** Lanes beyond this gain little and cost memory. */
const MOST_LANES = 16;

export function browserDevices(): Devices {
  return {
    webassembly: async () =>
      createWasmBackend({
        lanes: Math.min(MOST_LANES, Math.max(1, navigator.hardwareConcurrency)),
        spawn: () =>
          workerLane(
            new Worker(new URL('../engine/lane-worker.ts', import.meta.url), {
              type: 'module',
              name: 'gemello-lane',
            }),
          ),
      }),
    webgpu: async () => {
      if (!('gpu' in navigator)) return { reason: 'this browser has no WebGPU' };
      try {
        const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
        if (!adapter) return { reason: 'WebGPU finds no graphics adapter here' };
        // A clock on the device, where there is one, times chunks better than waiting does.
        const clock = 'timestamp-query' satisfies GPUFeatureName;
        const device = await adapter.requestDevice({
          requiredFeatures: adapter.features.has(clock) ? [clock] : [],
        });
        const { description, device: model, vendor, isFallbackAdapter } = adapter.info;
        const name = description || model || vendor || 'GPU';
        const software = isFallbackAdapter || /swiftshader|llvmpipe|basic render/i.test(name);
        // On an emulated GPU nested loops are faster: nothing to measure there.
        const shape = software ? ({ shape: 'nested' } as const) : { store: await openShapeMemory() };
        return { backend: createWebGpuBackend(device, { device: name, ...shape }), software };
      } catch (error) {
        return {
          reason: `WebGPU could not be opened (${error instanceof Error ? error.message : String(error)})`,
        };
      }
    },
  };
}
