// A WebGPU device in Node, through Dawn (package `webgpu`). Out: a device with default limits, or in words why there is
// none. Never throws. The browser has its own way in; nothing there imports this file.

export interface NodeGpu {
  readonly device: GPUDevice;
  /** In plain words: the adapter's name. */
  readonly name: string;
  /** Whether the adapter emulates a GPU on the processor. */
  readonly software: boolean;
  /** For WebGpuInfo: how to wait for an emulated GPU without taking a processor from it. */
  readonly wait?: Wait;
}

export type Wait = <T>(work: Promise<T>) => Promise<T>;

/** Long enough to cost nothing, short beside a chunk of 40 ms [ms]. */
const NAP_MS = 0.5;
const pillow = new Int32Array(new SharedArrayBuffer(4));
let waiting = 0;

/**
 * While a promise of the device is open, dawn.node (0.6) asks Dawn in every turn of the event loop, without a pause: one
 * processor is busy with waiting, and an emulated GPU has two. A nap in every turn leaves it to the GPU.
 */
const napping: Wait = async (work) => {
  waiting++;
  if (waiting === 1) setImmediate(turn);
  try {
    return await work;
  } finally {
    waiting--;
  }
};

function turn(): void {
  if (waiting === 0) return;
  Atomics.wait(pillow, 0, 0, NAP_MS);
  setImmediate(turn);
}

/** Dawn dies with its last reference when what `create` gave is collected (dawn.node, seen in 0.6): it is kept here. */
const kept = globalThis as { gemelloGpu?: Map<string, GPU> };

/** `options` go to Dawn: ['backend=null'] validates shaders without any adapter. */
export async function openNodeGpu(
  options: readonly string[] = [],
): Promise<NodeGpu | { readonly reason: string }> {
  try {
    const { create, globals } = await import('webgpu');
    for (const [name, value] of Object.entries(globals)) {
      if (!(name in globalThis))
        Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    }
    kept.gemelloGpu ??= new Map();
    const key = options.join(' ');
    const gpu = kept.gemelloGpu.get(key) ?? create([...options]);
    kept.gemelloGpu.set(key, gpu);
    const adapter = await gpu.requestAdapter();
    if (!adapter) return { reason: 'no graphics driver offers WebGPU (Vulkan, Metal or Direct3D 12)' };
    const { info } = adapter;
    // A clock on the device, where there is one, times chunks better than waiting does.
    const clock = 'timestamp-query' satisfies GPUFeatureName;
    const device = await adapter.requestDevice({
      requiredFeatures: adapter.features.has(clock) ? [clock] : [],
    });
    const name = info.description || info.device || info.vendor || 'unnamed adapter';
    const software = info.isFallbackAdapter || /swiftshader|llvmpipe|warp/i.test(name);
    return { device, name, software, ...(software && { wait: napping }) };
  } catch (error) {
    return { reason: `Dawn could not be opened: ${error instanceof Error ? error.message : String(error)}` };
  }
}
