// The SIMD kernels: f64x2 has the scalar kernel's bits, whoever shares a vector with whom; f32x4 is close to it.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { RK4, RODAS4, RODAS5P } from '../../src/codegen/methods.ts';
import type { Accumulator, Program } from '../../src/codegen/program.ts';
import { createModule } from '../../src/codegen/wasm/assembler.ts';
import { vectorArithmetic } from '../../src/codegen/wasm/simd-arithmetic.ts';
import { createVectorLibrary, exportVectorLibrary } from '../../src/codegen/wasm/simd-library.ts';
import type { ColumnSource, Individuals, Job, Summary } from '../../src/engine/backend.ts';
import { createWasmBackend, type WasmKernel } from '../../src/engine/webassembly.ts';
import { call } from '../../src/language/expression.ts';
import { LIBRARY, type LibraryName, numbers } from '../../src/language/math.ts';
import { add, div, jobFor, mul, n, s, sketch, sub } from './wasm-fixtures.ts';

const PATIENTS = 41;

/** Patients that differ by a factor of ten in every parameter, so that neighbours take very different steps. */
const cohort = (centre: readonly number[]): ColumnSource => ({
  key: 'cohort',
  read: (first, count) => {
    const spread = (patient: number, k: number) => Math.exp(1.15 * Math.sin(patient * 12.9898 + k * 78.233));
    return Float32Array.from(
      centre.flatMap((x, k) => Array.from({ length: count }, (_, i) => x * spread(first + i, k))),
    );
  },
});

const KINDS = ['at', 'min', 'max', 'time of min', 'time of max', 'first time', 'share of time'] as const;
const accumulators: readonly Accumulator[] = [
  ...KINDS.flatMap((kind) => [0, 1, 2].map((window) => ({ kind, of: window === 1 ? 1 : 0, window }))),
  { kind: 'integral', of: 3, window: 1 },
];

/** Saturable elimination, an effect, boluses at patients' own times, infusions that overlap, every accumulator. */
const rich = sketch({
  columns: ['VM', 'KM', 'ka', 'start'],
  states: {
    depot: [n(0), mul(mul(n(-1), s('p.ka')), s('y.depot'))],
    central: [
      n(0),
      add(
        sub(
          mul(s('p.ka'), s('y.depot')),
          div(mul(s('p.VM'), s('y.central')), add(s('p.KM'), s('y.central'))),
        ),
        s('u.rate_central'),
      ),
    ],
    effect: [
      n(1),
      sub(
        call('exp', mul(n(-0.05), s('y.central'))),
        mul(s('y.effect'), call('pow', add(n(1), s('y.effect')), n(0.3))),
      ),
    ],
    area: [n(0), mul(s('y.central'), s('u.gate_1'))],
  },
  quadratures: 1,
  rates: ['central'],
  gates: [1],
  streams: [
    [0, 'depot', n(100), s('p.start'), n(8), n(5), n(0)],
    [0, 'central', n(30), n(3), n(4), n(4), n(6)],
  ],
  outputs: { amount: s('y.central'), effect: call('log', s('y.effect')), clock: call('sin', s('t')) },
  watch: [
    [sub(s('y.central'), n(40)), s('f.central')],
    [s('y.effect'), s('f.effect')],
  ],
  accumulators,
  windows: 3,
  endpoints: accumulators.map((_, i) => s(`a.${i}`)),
});
const richJob = (more: Partial<Job> = {}) =>
  jobFor(rich, {
    patients: PATIENTS,
    columns: cohort([12, 20, 0.8, 1]),
    horizon: 36,
    times: Float64Array.from({ length: 101 }, (_, i) => 0.36 * i),
    windows: [
      [0, 36],
      [5.5, 20],
      [12, 12],
    ],
    rtol: 1e-5,
    ...more,
  });

async function solve(
  kernel: WasmKernel,
  program: Program,
  job: Job,
  patients?: readonly number[],
): Promise<Individuals> {
  const all = patients ?? Array.from({ length: job.patients }, (_, i) => i);
  return (await createWasmBackend({ kernel, chunk: 32 }).compile(program)).individuals(job, all);
}

/** Every bit of a result, short enough to compare and print. */
function bits(result: Individuals | Summary): string {
  const hash = createHash('sha256');
  const visit = (x: unknown): void => {
    if (ArrayBuffer.isView(x)) hash.update(new Uint8Array(x.buffer, x.byteOffset, x.byteLength));
    else if (typeof x === 'object' && x !== null) Object.values(x).forEach(visit);
    else hash.update(`${x} `);
  };
  visit(result);
  return hash.digest('hex');
}

/** Patients of whom some fail, each in its own way. */
function failures(maxSteps: number): { readonly program: Program; readonly job: Job } {
  // x' = k x^2 blows up at 1/k; log of a negative number; a patient without a number; too few steps.
  const program = sketch({
    columns: ['k', 'limit'],
    states: {
      x: [n(1), mul(s('p.k'), mul(s('y.x'), s('y.x')))],
      z: [n(1), call('log', sub(s('p.limit'), s('t')))],
    },
    outputs: { x: s('y.x') },
    watch: [[s('y.x'), s('f.x')]],
    accumulators: [{ kind: 'max', of: 0, window: 0 }],
    windows: 1,
    endpoints: [s('a.0')],
  });
  const columns: ColumnSource = {
    key: 'failures',
    read: (first, count) =>
      Float32Array.from({ length: 2 * count }, (_, at) => {
        const patient = first + (at % count);
        if (patient % 11 === 10) return Number.NaN;
        return at < count ? (patient % 3 === 0 ? 0.5 : 0.01) : patient % 5 === 0 ? 3 : 50;
      }),
  };
  const times = Float64Array.of(0, 1, 5, 10);
  const job = jobFor(program, { patients: PATIENTS, columns, horizon: 10, times, windows: [[0, 10]] });
  return { program, job: { ...job, solver: { ...job.solver, rtol: 1e-6, maxSteps } } };
}

describe('two patients at a time', () => {
  test('have the bits of one at a time: doses, windows, every accumulator, functions', async () => {
    const scalar = await solve('scalar', rich, richJob());
    expect([...(scalar.arms[0]?.status ?? [])].every((status) => status === 0)).toBe(true);
    expect(bits(await solve('f64x2', rich, richJob()))).toBe(bits(scalar));
  });

  test('have the same bits with other neighbours', async () => {
    const order = Array.from({ length: PATIENTS }, (_, i) => (i * 17 + 5) % PATIENTS);
    expect(bits(await solve('f64x2', rich, richJob(), order))).toBe(
      bits(await solve('scalar', rich, richJob(), order)),
    );
    const [arm] = (await solve('f64x2', rich, richJob(), [7])).arms;
    const [whole] = (await solve('f64x2', rich, richJob())).arms;
    expect(arm?.steps[0]).toBe(whole?.steps[7]);
    expect(arm?.outputs[50]).toBe(whole?.outputs[50 * PATIENTS + 7]);
  });

  test('fail one by one, with the status and the steps of the scalar kernel', async () => {
    for (const maxSteps of [100000, 25, 1]) {
      const { program, job: limited } = failures(maxSteps);
      const scalar = await solve('scalar', program, limited);
      expect(bits(await solve('f64x2', program, limited))).toBe(bits(scalar));
      const statuses = new Set(scalar.arms[0]?.status);
      expect(statuses.size).toBeGreaterThan(1);
    }
  });

  test('take equal steps where the method has no error estimate', async () => {
    const program: Program = { ...rich, method: RK4 };
    const job = richJob();
    const equal = { ...job, solver: { ...job.solver, step: 0.05 } };
    expect(bits(await solve('f64x2', program, equal))).toBe(bits(await solve('scalar', program, equal)));
  });

  test('have the same bits in a program of many states, which runs one vector at a time', async () => {
    const length = 20;
    const out = (i: number) => div(mul(s('p.rate'), s(`y.x${i}`)), add(n(1), s(`y.x${i}`)));
    const chain = sketch({
      columns: ['rate'],
      states: Object.fromEntries(
        Array.from({ length }, (_, i) => [
          `x${i}`,
          [n(i === 0 ? 5 : 0), i === 0 ? mul(n(-1), out(0)) : sub(out(i - 1), out(i))] as const,
        ]),
      ),
      outputs: { last: s(`y.x${length - 1}`) },
      streams: [[0, 'x0', n(3), n(2), n(5), n(3), n(0)]],
      watch: [[s('y.x5'), s('f.x5')]],
      accumulators: [{ kind: 'max', of: 0, window: 0 }],
      windows: 1,
      endpoints: [s('a.0')],
    });
    const job = jobFor(chain, { patients: PATIENTS, columns: cohort([1]), windows: [[0, 24]], rtol: 1e-6 });
    expect(bits(await solve('f64x2', chain, job))).toBe(bits(await solve('scalar', chain, job)));
  });

  test('make the same summary as one at a time, however patients are cut into chunks of work', async () => {
    const [a, b] = await Promise.all(
      (['scalar', 'f64x2'] as const).map(async (kernel) =>
        (await createWasmBackend({ kernel, chunk: 32 }).compile(rich)).run(richJob({ patients: 500 })),
      ),
    );
    expect(bits(b as Summary)).toBe(bits(a as Summary));
  });
});

/** Target cells, infected cells and virus in days: a fast binding loop makes it stiff; drug by boluses and infusions. */
const stiff = sketch({
  columns: ['beta', 'delta', 'clearance', 'start', 'level'],
  states: {
    drug: [n(0), add(mul(n(-6), s('y.drug')), s('u.rate_drug'))],
    target: [n(300), sub(sub(n(10), mul(n(0.02), s('y.target'))), mul(s('y.free'), s('y.target')))],
    infected: [n(1), sub(mul(s('y.free'), s('y.target')), mul(s('p.delta'), s('y.infected')))],
    virus: [n(50), sub(mul(n(40), s('y.infected')), mul(s('p.clearance'), s('y.virus')))],
    free: [
      n(0.01),
      mul(n(2000), sub(div(mul(s('p.beta'), s('y.virus')), add(n(1), mul(n(3), s('y.drug')))), s('y.free'))),
    ],
    season: [n(0), mul(n(20), sub(call('cos', mul(n(0.7), s('t'))), s('y.season')))],
    level: [s('p.level'), n(0)],
    area: [n(0), mul(s('y.virus'), s('u.gate_1'))],
  },
  quadratures: 1,
  rates: ['drug'],
  gates: [1],
  streams: [
    [0, 'drug', n(2), s('p.start'), n(1), n(20), n(0)],
    [0, 'drug', n(1), n(3), n(4), n(4), n(6)],
  ],
  outputs: {
    virus: call('log', add(n(1), s('y.virus'))),
    cells: add(s('y.target'), s('y.infected')),
    season: s('y.season'),
  },
  watch: [
    [sub(s('y.virus'), n(200)), s('f.virus')],
    [s('y.season'), s('f.season')],
  ],
  accumulators: accumulators.map((one) => (one.kind === 'integral' ? { ...one, of: 7 } : one)),
  windows: 3,
  endpoints: accumulators.map((_, i) => s(`a.${i}`)),
});
const stiffJob = (more: Partial<Job> = {}) =>
  jobFor(stiff, {
    patients: PATIENTS,
    columns: cohort([8e-5, 0.7, 13, 1, 5]),
    horizon: 36,
    times: Float64Array.from({ length: 101 }, (_, i) => 0.36 * i),
    windows: [
      [0, 36],
      [5.5, 20],
      [12, 12],
    ],
    rtol: 1e-5,
    ...more,
  });

describe.each([RODAS4, RODAS5P])('two patients at a time by $name', (method) => {
  const program: Program = { ...stiff, method };

  test('have the bits of one at a time: doses, windows, every accumulator, states that stand still', async () => {
    const scalar = await solve('scalar', program, stiffJob());
    expect([...(scalar.arms[0]?.status ?? [])].every((status) => status === 0)).toBe(true);
    expect(bits(await solve('f64x2', program, stiffJob()))).toBe(bits(scalar));
    // They take steps of their own, and other ones than an explicit method.
    expect(new Set(scalar.arms[0]?.steps).size).toBeGreaterThan(10);
    const explicit = await solve('f64x2', stiff, stiffJob());
    expect(Math.min(...(explicit.arms[0]?.steps ?? []))).toBeGreaterThan(
      5 * Math.max(...(scalar.arms[0]?.steps ?? [])),
    );
  });

  test('have the same bits with other neighbours', async () => {
    const order = Array.from({ length: PATIENTS }, (_, i) => (i * 17 + 5) % PATIENTS);
    expect(bits(await solve('f64x2', program, stiffJob(), order))).toBe(
      bits(await solve('scalar', program, stiffJob(), order)),
    );
  });

  test('decay by the closed form between doses, a thousand times faster than they are given', async () => {
    const fast = sketch({
      method,
      columns: ['k'],
      states: { x: [n(1), mul(mul(n(-1), s('p.k')), s('y.x'))] },
      outputs: { x: s('y.x') },
      streams: [[0, 'x', n(3), n(1), n(1), n(5), n(0)]],
    });
    const times = Float64Array.of(0, 0.001, 0.01, 1.002, 2.001, 6);
    const k = cohort([1000]);
    const job = jobFor(fast, { patients: PATIENTS, columns: k, horizon: 6, times, rtol: 1e-8 });
    const result = await solve('f64x2', fast, job);
    expect(bits(result)).toBe(bits(await solve('scalar', fast, job)));
    const rates = k.read(0, PATIENTS);
    times.forEach((t, row) => {
      rates.forEach((rate, i) => {
        const given = [1, 2, 3, 4, 5].filter((at) => at < t);
        const exact = Math.exp(-rate * t) + given.reduce((x, at) => x + 3 * Math.exp(-rate * (t - at)), 0);
        const got = result.arms[0]?.outputs[row * PATIENTS + i] ?? Number.NaN;
        expect(Math.abs(got - exact), `patient ${i} at ${t}`).toBeLessThan(1e-6);
      });
    });
  });

  test('fail one by one, with the status and the steps of the scalar kernel', async () => {
    for (const maxSteps of [100000, 25, 1]) {
      const { program: failing, job } = failures(maxSteps);
      const scalar = await solve('scalar', { ...failing, method }, job);
      expect(bits(await solve('f64x2', { ...failing, method }, job))).toBe(bits(scalar));
      expect(new Set(scalar.arms[0]?.status).size).toBeGreaterThan(1);
    }
  });
});

describe.each([RODAS4, RODAS5P])('four patients at a time in single precision by $name', (method) => {
  test('are within 1e-4 of f64', async () => {
    const program: Program = { ...stiff, method };
    const [wide, narrow] = await Promise.all([
      solve('scalar', program, stiffJob({ solver: { ...stiffJob().solver, rtol: 1e-6 } })),
      solve('f32x4', program, stiffJob()),
    ]);
    const [a, b] = [wide.arms[0], narrow.arms[0]];
    if (a === undefined || b === undefined) throw new Error('no arm');
    expect([...b.status]).toEqual([...a.status]);
    const rows = 101 * PATIENTS;
    for (let o = 0; o < 3; o++) {
      const exact = a.outputs.slice(o * rows, (o + 1) * rows);
      const scale = Math.max(...exact.map(Math.abs));
      const worst = Math.max(...exact.map((x, i) => Math.abs((b.outputs[o * rows + i] ?? Number.NaN) - x)));
      expect(worst / scale, `output ${o}`).toBeLessThan(1e-4);
    }
  });

  test('say so where single precision cannot follow, and show no numbers', async () => {
    // Robertson's reaction to a steady state that only f64 resolves, at a tolerance near the format's own.
    const fast = mul(mul(n(3e7), s('y.b')), s('y.b'));
    const back = mul(mul(n(1e4), s('y.b')), s('y.c'));
    const slow = mul(n(0.04), s('y.a'));
    const robertson = sketch({
      method,
      states: {
        a: [n(1), sub(back, slow)],
        b: [n(0), sub(sub(slow, back), fast)],
        c: [n(0), fast],
      },
      outputs: { a: s('y.a'), b: s('y.b'), c: s('y.c') },
    });
    const times = Float64Array.of(0, 1e11);
    const job = jobFor(robertson, { patients: 5, horizon: 1e11, times, rtol: 1e-6 });
    const [arm] = (await solve('f32x4', robertson, job)).arms;
    if (arm === undefined) throw new Error('no arm');
    expect(arm.status.every((status) => status !== 0)).toBe(true);
    expect(arm.steps.every((steps) => steps <= job.solver.maxSteps)).toBe(true);
    expect(Array.from(arm.outputs.subarray(0, 30)).filter((_, i) => i % 10 >= 5)).toEqual(
      new Array(15).fill(Number.NaN),
    );
  });
});

describe('four patients at a time in single precision', () => {
  test('are within 1e-4 of f64 in what they say, and land on events exactly', async () => {
    const [wide, narrow] = await Promise.all([
      solve('scalar', rich, richJob()),
      solve('f32x4', rich, richJob()),
    ]);
    const [a, b] = [wide.arms[0], narrow.arms[0]];
    if (a === undefined || b === undefined) throw new Error('no arm');
    expect([...b.status]).toEqual([...a.status]);
    for (let o = 0; o < 3; o++) {
      const rows = 101 * PATIENTS;
      const exact = a.outputs.slice(o * rows, (o + 1) * rows);
      const scale = Math.max(...exact.map(Math.abs));
      exact.forEach((value, i) => {
        expect(Math.abs((b.outputs[o * rows + i] ?? Number.NaN) - value)).toBeLessThan(1e-4 * scale);
      });
    }
    // Values at an instant, extrema and integrals; times of extrema may belong to another of two equal peaks.
    accumulators.forEach(({ kind }, e) => {
      if (kind !== 'at' && kind !== 'min' && kind !== 'max' && kind !== 'integral') return;
      const exact = a.endpoints.slice(e * PATIENTS, (e + 1) * PATIENTS);
      const scale = Math.max(...exact.map(Math.abs));
      exact.forEach((value, i) => {
        const got = b.endpoints[e * PATIENTS + i] ?? Number.NaN;
        expect(Math.abs(got - value), `${kind} of patient ${i}`).toBeLessThan(1e-4 * scale);
      });
    });
  });
});

/** A plain generator of test points; any would do. */
function points(count: number, from: number, to: number): number[] {
  let state = 12345;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return from + ((to - from) * state) / 2 ** 32;
  });
}
const AWKWARD = [
  0, -0, 1, -1, 0.5, 2, 3, -3, 1e-310, -1e-310, 5e-324, 1e300, -1e300, 709.78, 710, -745, -746, 1e20,
  Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN,
]; // biome-ignore format: a list
const RANGES: Readonly<Record<LibraryName, readonly [number, number]>> = {
  exp: [-750, 715], log: [-1, 1e4], pow: [-3, 40], sin: [-1e5, 1e5], cos: [-1e5, 1e5], tanh: [-25, 25], atan: [-50, 50],
  normal_cdf: [-40, 10], normal_quantile: [0, 1],
}; // biome-ignore format: a table
const NAMES = Object.keys(RANGES) as LibraryName[];

describe('elementary functions of f64x2', () => {
  const module = createModule();
  exportVectorLibrary(module, createVectorLibrary(module, vectorArithmetic('f64x2')), NAMES);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.finish(0)));
  const { memory } = exports;
  if (!(memory instanceof WebAssembly.Memory)) throw new Error('no memory');
  const slots = new Float64Array(memory.buffer);

  test.each(NAMES)('%s has the bits of its TypeScript form in both lanes', (name) => {
    const compiled = exports[name];
    if (typeof compiled !== 'function') throw new Error(`${name} is not exported`);
    const [low, high] = RANGES[name];
    const pairs =
      name === 'pow'
        ? [
            ...points(20000, low, high).map((x, i) => [x, ((i * 7919) % 24000) / 1000 - 12] as const),
            ...AWKWARD.flatMap((x) => AWKWARD.map((y) => [x, y] as const)),
          ]
        : [...points(20000, low, high), ...AWKWARD, ...points(500, 0, 1e-300)].map((x) => [x, 0] as const);
    const wrong: string[] = [];
    for (let i = 0; i + 1 < pairs.length; i++) {
      const [a = [0, 0] as const, b = [0, 0] as const] = [pairs[i], pairs[i + 1]];
      slots.set([a[0], b[0], a[1], b[1]]);
      compiled(0);
      [a, b].forEach((args, lane) => {
        const expected = LIBRARY[name](numbers, ...args);
        if (!Object.is(slots[lane], expected)) wrong.push(`${name}(${args}) in lane ${lane}`);
      });
    }
    expect(wrong).toEqual([]);
  });
});

describe('elementary functions of f32x4', () => {
  const module = createModule();
  exportVectorLibrary(module, createVectorLibrary(module, vectorArithmetic('f32x4')), NAMES);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.finish(0)));
  const { memory } = exports;
  if (!(memory instanceof WebAssembly.Memory)) throw new Error('no memory');
  const slots = new Float32Array(memory.buffer);

  test.each(NAMES)('%s is the f64 value of its argument, rounded once, in all four lanes', (name) => {
    const compiled = exports[name];
    if (typeof compiled !== 'function') throw new Error(`${name} is not exported`);
    const [low, high] = RANGES[name];
    const x = [...points(20000, low, high), ...AWKWARD].map(Math.fround);
    const y = x.map((_, i) => Math.fround(((i * 7919) % 24000) / 1000 - 12));
    const wrong: string[] = [];
    for (let i = 0; i + 3 < x.length; i++) {
      slots.set([...x.slice(i, i + 4), ...y.slice(i, i + 4)]);
      compiled(0);
      for (let lane = 0; lane < 4; lane++) {
        const args = [x[i + lane] ?? 0, y[i + lane] ?? 0];
        const expected = Math.fround(LIBRARY[name](numbers, ...args));
        if (!Object.is(slots[lane], expected)) wrong.push(`${name}(${args}) in lane ${lane}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
