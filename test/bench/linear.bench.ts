// Exact propagation against Tsit5 on linear models, one core, in one run: `npx vite-node test/bench/linear.bench.ts` or
// `npx vitest bench --run test/bench/linear.bench.ts`. A sample is one chunk of 256 patients, 200 outputs each.
import { bench, describe } from 'vitest';
import { EXACT, TSIT5 } from '../../src/codegen/methods.ts';
import type { Program } from '../../src/codegen/program.ts';
import { emitKernel } from '../../src/codegen/wasm/kernel.ts';
import { createMemory } from '../../src/engine/lane-memory.ts';
import { add, div, jobFor, mul, n, s, sketch, sub, twoCompartments } from '../codegen/wasm-fixtures.ts';

const PATIENTS = 256;

function runner(program: Program, centre: readonly number[], horizon: number, times: number) {
  const { bytes, layout } = emitKernel(program, { capacity: PATIENTS });
  const memory = createMemory(new WebAssembly.Module(bytes), layout, {
    columns: program.columns.length,
    tables: [],
    study: 0,
    states: program.states.length,
    windows: program.windows,
    outputs: program.outputs.length,
    endpoints: program.endpoints.length,
  });
  memory.prepare({
    horizon,
    times: Float64Array.from({ length: times }, (_, i) => (i * horizon) / (times - 1)),
    windows: Array.from({ length: program.windows }, () => [0, horizon] as const),
    ...jobFor(program).solver,
    rtol: 1e-4,
    atol: new Float64Array(program.states.length).fill(1e-3),
  });
  const spread = (i: number, k: number) => Math.exp(0.4 * Math.sin(i * 12.9898 + k * 78.233));
  const columns = Float32Array.from(
    centre.flatMap((x, k) => Array.from({ length: PATIENTS }, (_, i) => x * spread(i, k))),
  );
  memory.load({ count: PATIENTS, columns, study: new Float64Array(0), therapy: 0 });
  return () => memory.simulate(0, PATIENTS);
}

const conc = div(s('y.central'), s('p.V1'));
const infusions = twoCompartments([[0, 'central', n(1000), n(0), n(12), n(14), n(1)]]);
/** Absorption from a depot, watched for its peak and its area. */
const oral = sketch({
  columns: ['ka', 'CL', 'V1'],
  states: {
    depot: [n(0), mul(mul(n(-1), s('p.ka')), s('y.depot'))],
    central: [n(0), sub(mul(s('p.ka'), s('y.depot')), mul(s('p.CL'), conc))],
    area: [n(0), mul(conc, s('u.gate_0'))],
  },
  quadratures: 1,
  gates: [0],
  outputs: { conc },
  streams: [[0, 'depot', n(100), n(0), n(12), n(14), n(0)]],
  watch: [[conc, div(s('f.central'), s('p.V1'))]],
  accumulators: [
    { kind: 'max', of: 0, window: 0 },
    { kind: 'integral', of: 2, window: 0 },
  ],
  windows: 1,
  endpoints: [s('a.0'), add(s('a.1'), n(0))],
});

for (const [name, program, centre, times] of [
  ['two compartments, 14 infusions, 200 outputs off the doses', infusions, [4.5, 58.5, 6.5, 38.5], 200],
  ['two compartments, 14 infusions, hourly outputs', infusions, [4.5, 58.5, 6.5, 38.5], 169],
  ['two compartments, 14 infusions, no outputs between', infusions, [4.5, 58.5, 6.5, 38.5], 2],
  ['absorption, 14 doses, 200 outputs, peak and area', oral, [1, 5, 50], 200],
] as const) {
  describe(name, () => {
    bench('exact', runner({ ...program, method: EXACT }, centre, 168, times), {
      time: 1000,
      warmupTime: 300,
    });
    bench('tsit5', runner({ ...program, method: TSIT5 }, centre, 168, times), {
      time: 1000,
      warmupTime: 300,
    });
  });
}
