// A GPU for tests: Dawn over whatever Vulkan driver there is, SwiftShader where Chromium brought it. Where there is
// none, tests skip and say so.
import { existsSync } from 'node:fs';
import { afterAll } from 'vitest';
import type { Backend } from '../../src/engine/backend.ts';
import { openNodeGpu } from '../../src/engine/node-gpu.ts';
import { createWebGpuBackend } from '../../src/engine/webgpu.ts';

const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';
if (!process.env.VK_DRIVER_FILES && existsSync(SWIFTSHADER)) process.env.VK_DRIVER_FILES = SWIFTSHADER;

const opened = await openNodeGpu();
if ('reason' in opened) console.warn(`GPU tests are skipped: ${opened.reason}`);

/** Undefined where there is no GPU. Shared by the tests of one file, closed after them. */
export const gpu = 'reason' in opened ? undefined : opened;
afterAll(() => gpu?.device.destroy());

export function device(): GPUDevice {
  if (!gpu) throw new Error('there is no GPU; guard the test with describe.skipIf(!gpu)');
  return gpu.device;
}

/** Backends of one file share the device; do not dispose of them. */
export function backend(info: Partial<Parameters<typeof createWebGpuBackend>[1]> = {}): Backend {
  return createWebGpuBackend(device(), {
    device: gpu?.name ?? '',
    ...(gpu?.wait && { wait: gpu.wait }),
    ...info,
  });
}
