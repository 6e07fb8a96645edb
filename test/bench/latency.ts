// Compile latency: a chain of saturable steps of 5, 20 and 60 states, from program to a kernel that can run.
// In: nothing. Out: rows of milliseconds. The first compilation of a process is left out: it warms the compilers.
import { nodeDevices } from '../../src/cli/devices.ts';
import { lower } from '../../src/codegen/lower.ts';
import { METHODS } from '../../src/codegen/methods.ts';
import type { Program } from '../../src/codegen/program.ts';
import type { Backend } from '../../src/engine/backend.ts';
import { createWasmBackend } from '../../src/engine/webassembly.ts';
import { compile } from '../../src/language/compile.ts';
import { median } from './rows.ts';

export interface LatencyRow {
  readonly problem: string;
  readonly runner: string;
  readonly method: string;
  /** Whether an endpoint watches for its extreme between outputs. */
  readonly watched: boolean;
  readonly milliseconds: number;
}

export const isLatencyRow = (row: object): row is LatencyRow => 'watched' in row;

/** States that hand on what they hold, saturably; one output and its maximum. */
const chainText = (states: number, name: string, watched: boolean): string =>
  [
    `model ${name} "A chain"`,
    '  time h',
    'parameter feed = 1 [1/h]',
    ...Array.from({ length: states }, (_, i) => `state x${i} : 1 = 1`),
    ...Array.from({ length: states }, (_, i) => {
      const out = `1 [1/h] * x${i} / (1 + x${i})`;
      return `d/dt(x${i}) = ${i === 0 ? 'feed' : `1 [1/h] * x${i - 1} / (1 + x${i - 1})`} - ${out}`;
    }),
    `output last = x${states - 1}`,
    ...(watched ? ['endpoint top = max(last)'] : []),
    'show until 24 h every 1 h',
    '',
  ].join('\n');

export async function latencyRows(say: (text: string) => void): Promise<LatencyRow[]> {
  const gpu = await nodeDevices({ lanes: 0 }).webgpu();
  const backends: [string, Backend][] = [
    ['wasm-f64', createWasmBackend({ kernel: 'scalar' })],
    ['wasm-f64x2', createWasmBackend({ kernel: 'f64x2' })],
    ['wasm-f32x4', createWasmBackend({ kernel: 'f32x4' })],
  ];
  if ('backend' in gpu) backends.push(['webgpu', gpu.backend]);
  const rows: LatencyRow[] = [];
  for (const name of ['tsit5', 'rodas4']) {
    const method = METHODS[name];
    if (method === undefined) continue;
    for (const [runner, backend] of backends) {
      const once = async (states: number, text: number, watched: boolean): Promise<number> => {
        const { model } = compile(chainText(states, `chain${text}`, watched));
        if (!model) throw new Error('the chain does not compile');
        const { program }: { program: Program } = lower(model, {
          method,
          therapies: [],
          outputs: model.outputs.map((output) => output.name),
          endpoints: model.endpoints,
          recordStates: false,
        });
        const kernel = await backend.compile(program);
        const { compileMs } = kernel;
        kernel.dispose();
        return compileMs;
      };
      await once(3, 0, true);
      for (const states of [5, 20, 60])
        for (const watched of [false, true]) {
          say(`compiling ${states} states by ${name} for ${runner}${watched ? ', watched' : ''}`);
          const all: number[] = [];
          for (let text = 1; text <= 3; text++) all.push(await once(states, text, watched));
          rows.push({
            problem: `compile ${states} states`,
            runner,
            method: name,
            watched,
            milliseconds: Number(median(all).toFixed(1)),
          });
        }
    }
  }
  for (const [, backend] of backends) backend.dispose();
  return rows;
}
