// Compile latency: a chain of saturable steps of 5, 20 and 60 states, from program to a kernel that can run.
// In: nothing. Out: rows of milliseconds. The first compilation of a process is left out: it warms the compilers.
import { nodeDevices } from '../../src/cli/devices.ts';
import { lower } from '../../src/codegen/lower.ts';
import { METHODS } from '../../src/codegen/methods.ts';
import type { Program } from '../../src/codegen/program.ts';
import type { Backend } from '../../src/engine/backend.ts';
import { compile } from '../../src/language/compile.ts';
import { median } from './rows.ts';

export interface LatencyRow {
  readonly problem: string;
  readonly runner: string;
  readonly method: string;
  readonly milliseconds: number;
}

/** States that hand on what they hold, saturably; one output and its maximum. */
const chainText = (states: number, name: string): string =>
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
    `endpoint top = max(last)`,
    'show until 24 h every 1 h',
    '',
  ].join('\n');

export async function latencyRows(say: (text: string) => void): Promise<LatencyRow[]> {
  const devices = nodeDevices({ lanes: 0 });
  const gpu = await devices.webgpu();
  const backends: [string, Backend][] = [['wasm-f64', await devices.webassembly()]];
  if ('backend' in gpu) backends.push(['webgpu', gpu.backend]);
  const rows: LatencyRow[] = [];
  for (const name of ['tsit5', 'rodas4']) {
    const method = METHODS[name];
    if (method === undefined) continue;
    for (const [runner, backend] of backends) {
      const once = async (states: number, text: number): Promise<number> => {
        const { model } = compile(chainText(states, `chain${text}`));
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
      await once(3, 0);
      for (const states of [5, 20, 60]) {
        say(`compiling ${states} states by ${name} for ${runner}`);
        const all = [await once(states, 1), await once(states, 2), await once(states, 3)];
        rows.push({
          problem: `compile ${states} states`,
          runner,
          method: name,
          milliseconds: Number(median(all).toFixed(1)),
        });
      }
    }
  }
  for (const [, backend] of backends) backend.dispose();
  return rows;
}
