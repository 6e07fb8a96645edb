// What Node offers the engine: WebAssembly lanes on worker threads, WebGPU through Dawn. In: how many lanes. Out: Devices.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import nodeEndpoint from 'comlink/dist/esm/node-adapter';
import type { Devices } from '../engine/engine.ts';
import { type LaneHandle, remoteLane } from '../engine/lane-host.ts';
import { openNodeGpu } from '../engine/node-gpu.ts';
import { createWasmBackend } from '../engine/webassembly.ts';
import { createWebGpuBackend } from '../engine/webgpu.ts';

/** `lanes` 0 integrates in this thread (tests, single patients); absent: one worker a processor. */
export function nodeDevices(options: { readonly lanes?: number }): Devices {
  const lanes = options.lanes ?? Math.max(1, availableParallelism());
  return {
    webassembly: async () =>
      // The worker's file is there in the built command line; from sources everything runs in this thread.
      lanes > 0 && existsSync(LANE_FILE)
        ? createWasmBackend({ lanes, spawn: threadLane })
        : createWasmBackend({}),
    webgpu: async () => {
      const gpu = await openNodeGpu();
      if ('reason' in gpu) return gpu;
      const { device, name, software, wait } = gpu;
      // On SwiftShader nested loops are 1.3 to 1.5 times faster than flat ones: nothing to measure there.
      const emulated = { shape: 'nested', ...(wait && { wait }) } as const;
      const info = { device: name, ...(software && emulated) };
      return { backend: createWebGpuBackend(device, info), software };
    },
  };
}

/** Built beside main.js from lane-node.ts. */
const LANE_FILE = fileURLToPath(new URL('./lane-node.js', import.meta.url));

function threadLane(): LaneHandle {
  const worker = new Worker(LANE_FILE);
  worker.unref();
  const died = new Promise<Error>((resolve) => {
    worker.once('error', resolve);
    worker.once('exit', (code) => resolve(new Error(`the worker thread ended with code ${code}`)));
  });
  return remoteLane(nodeEndpoint(worker), died, () => void worker.terminate());
}
