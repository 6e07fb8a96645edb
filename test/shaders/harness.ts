// Runs one WGSL expression over a list of numbers, with hand-written modules linked in. In: modules to import, the body
// of `fn probe(x: vec4<u32>) -> vec4<u32>`, inputs. Out: what it gave, as words.
import { link } from '../../src/codegen/link.ts';
import { SHADERS } from '../../src/codegen/shader-sources.ts';
import { openGpu, USAGE } from '../../src/engine/webgpu-device.ts';
import { device } from '../engine/gpu.ts';

export async function probe(
  imports: readonly string[],
  body: string,
  inputs: readonly (readonly number[])[],
  own: ReadonlyMap<string, string> = new Map(),
): Promise<Uint32Array> {
  const gpu = openGpu(device());
  const entry = `${imports.map((m) => `#import ${m}`).join('\n')}
@group(0) @binding(7) var<storage, read> probe_in: array<vec4<u32>>;
@group(0) @binding(8) var<storage, read_write> probe_out: array<vec4<u32>>;

fn probe(x: vec4<u32>) -> vec4<u32> {
${body}
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < arrayLength(&probe_in)) {
    probe_out[id.x] = probe(probe_in[id.x]);
  }
}
`;
  const { code } = link('entry', new Map([...SHADERS, ...own, ['entry', entry]]));
  const words = Uint32Array.from(inputs.flatMap((x) => [0, 1, 2, 3].map((i) => x[i] ?? 0)));
  const buffers = await gpu.allocate({
    given: { bytes: words.byteLength, usage: USAGE.storage | USAGE.copyTarget },
    result: { bytes: words.byteLength, usage: USAGE.storage | USAGE.copySource },
  });
  gpu.device.queue.writeBuffer(buffers.given, 0, words);
  const pipeline = gpu.device.createComputePipeline({
    layout: 'auto',
    compute: { module: gpu.device.createShaderModule({ code }), entryPoint: 'main' },
  });
  const group = gpu.device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [
      { binding: 7, resource: { buffer: buffers.given } },
      { binding: 8, resource: { buffer: buffers.result } },
    ],
  });
  const [result] = await gpu.submit(
    (encoder) => {
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(Math.ceil(inputs.length / 64));
      pass.end();
    },
    [{ source: buffers.result, words: words.length }],
  );
  for (const b of Object.values(buffers)) b.destroy();
  return result ?? new Uint32Array(0);
}

const scratch = new DataView(new ArrayBuffer(4));
export function bits(x: number): number {
  scratch.setFloat32(0, x);
  return scratch.getUint32(0);
}
export function float(word: number): number {
  scratch.setUint32(0, word);
  return scratch.getFloat32(0);
}

/** A function of floats, over a list of arguments. */
export async function floats(
  imports: readonly string[],
  expression: string,
  inputs: readonly (readonly number[])[],
): Promise<number[]> {
  const body = `  let a = bitcast<f32>(x.x);
  let b = bitcast<f32>(x.y);
  return vec4<u32>(bitcast<u32>(f32(${expression})), 0u, 0u, 0u);`;
  const out = await probe(
    imports,
    body,
    inputs.map((x) => x.map(bits)),
  );
  return inputs.map((_, i) => float(out[4 * i] ?? 0));
}
