// Speed of the WebAssembly target on one core: `npx vitest bench --run test/bench/wasm.bench.ts`.
// A sample is one chunk, so patients per core-second = 256 times the operations per second. The three kernels run in turn
// in one process; vitest's summary is their ratio.
import { bench, describe } from 'vitest';
import type { Program } from '../../src/codegen/program.ts';
import { emitKernel } from '../../src/codegen/wasm/kernel.ts';
import { emitSimdKernel } from '../../src/codegen/wasm/simd-kernel.ts';
import { createMemory } from '../../src/engine/lane-memory.ts';
import type { WasmKernel } from '../../src/engine/webassembly.ts';
import { add, div, jobFor, mul, n, s, sketch, sub, twoCompartments } from '../codegen/wasm-fixtures.ts';

const PATIENTS = 256;

interface Case {
  readonly program: Program;
  readonly centre: readonly number[];
  readonly horizon: number;
  readonly scale: readonly number[];
}

const emit = (program: Program, kernel: WasmKernel) =>
  kernel === 'scalar'
    ? emitKernel(program, { capacity: PATIENTS })
    : emitSimdKernel(program, kernel, PATIENTS);

function chunkRunner({ program, centre, horizon, scale }: Case, kernel: WasmKernel) {
  const { bytes, layout } = emit(program, kernel);
  const memory = createMemory(new WebAssembly.Module(bytes), layout, {
    columns: program.columns.length,
    tables: [],
    study: 0,
    states: program.states.length,
    windows: 0,
    outputs: program.outputs.length,
    endpoints: 0,
  });
  const times = Float64Array.from({ length: 200 }, (_, i) => (i * horizon) / 199);
  const { solver, windows } = jobFor(program);
  memory.prepare({
    horizon,
    times,
    windows,
    ...solver,
    rtol: 1e-4,
    atol: Float64Array.from(scale, (x) => 1e-6 * x),
  });
  const spread = (i: number, k: number) => Math.exp(0.4 * Math.sin(i * 12.9898 + k * 78.233));
  const columns = Float32Array.from(
    centre.flatMap((x, k) => Array.from({ length: PATIENTS }, (_, i) => x * spread(i, k))),
  );
  memory.load({ count: PATIENTS, columns, study: new Float64Array(0), therapy: 0 });
  return () => memory.simulate(0, PATIENTS);
}

const infusions = twoCompartments([[0, 'central', n(1000), n(0), n(12), n(14), n(1)]]);

/** Absorption, two compartments, indirect response: 4 states, 28 doses. */
const pk = sketch({
  columns: ['CL', 'V1', 'Q', 'V2', 'ka', 'kin', 'kout', 'IC50'],
  states: {
    depot: [n(0), mul(mul(n(-1), s('p.ka')), s('y.depot'))],
    central: [
      n(0),
      sub(
        sub(mul(s('p.ka'), s('y.depot')), mul(div(s('p.CL'), s('p.V1')), s('y.central'))),
        mul(s('p.Q'), sub(div(s('y.central'), s('p.V1')), div(s('y.peripheral'), s('p.V2')))),
      ),
    ],
    peripheral: [n(0), mul(s('p.Q'), sub(div(s('y.central'), s('p.V1')), div(s('y.peripheral'), s('p.V2'))))],
    response: [
      div(s('p.kin'), s('p.kout')),
      sub(
        mul(s('p.kin'), div(s('p.IC50'), add(s('p.IC50'), div(s('y.central'), s('p.V1'))))),
        mul(s('p.kout'), s('y.response')),
      ),
    ],
  },
  outputs: { conc: div(s('y.central'), s('p.V1')), response: s('y.response') },
  streams: [[0, 'depot', n(100), n(0), n(12), n(28), n(0)]],
});

const CASES: Readonly<Record<string, Case>> = {
  'two compartments, 14 infusions, 200 outputs': {
    program: infusions,
    centre: [4.5, 58.5, 6.5, 38.5],
    horizon: 168,
    scale: [1000, 1000],
  },
  'absorption, two compartments, indirect response, 28 doses, 200 outputs': {
    program: pk,
    centre: [5, 50, 8, 80, 1, 10, 0.2, 0.5],
    horizon: 336,
    scale: [100, 100, 100, 50],
  },
};

describe.each(Object.entries(CASES))('256 patients: %s', (_, problem) => {
  for (const kernel of ['scalar', 'f64x2', 'f32x4'] as const)
    bench(kernel, chunkRunner(problem, kernel), { time: 1500, warmupTime: 500 });
});

/** A chain with saturable steps. */
const chain = (length: number) =>
  sketch({
    states: Object.fromEntries(
      Array.from({ length }, (_, i) => {
        const out = div(s(`y.x${i}`), add(n(1), s(`y.x${i}`)));
        return [`x${i}`, [n(1), i === 0 ? mul(n(-1), out) : sub(s(`y.x${i - 1}`), out)] as const];
      }),
    ),
    outputs: { last: s(`y.x${length - 1}`) },
    watch: [[s(`y.x${length - 1}`), s(`f.x${length - 1}`)]],
    accumulators: [{ kind: 'max', of: 0, window: 0 }],
    windows: 1,
    endpoints: [s('a.0')],
  });

describe('compiling', () => {
  for (const length of [5, 20, 60]) {
    const program = chain(length);
    for (const kernel of ['scalar', 'f64x2'] as const)
      bench(`${length} states, ${kernel}`, () => {
        new WebAssembly.Module(emit(program, kernel).bytes);
      });
  }
});
