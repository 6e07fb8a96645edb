// What happens at instants, on the GPU: every case of the WebAssembly kernels' test once more, held to the f64 answers
// within 1e-4; then what only a GPU has: f32 ledgers, chunks, two shapes of the loops.
import { describe, expect, it } from 'vitest';
import { type Method, RODAS4, RODAS5P, TSIT5 } from '../../src/codegen/methods.ts';
import type { Program } from '../../src/codegen/program.ts';
import { type Job, type LedgerEntry, STATUSES } from '../../src/engine/backend.ts';
import { mean } from '../../src/engine/histogram.ts';
import { call } from '../../src/language/expression.ts';
import {
  ALSO_HELD, bolus, clock, compartment, eventful, happening, held, individuals, infusion, NEVER, patientOf, rowsOf, type Solved, state, when,
} from '../codegen/happening-fixtures.ts'; // biome-ignore format: a list
import { add, decay, jobFor, mul, n, oneCompartmentAmount, s, sub } from '../codegen/wasm-fixtures.ts';
import { backend, gpu } from './gpu.ts';

const near = (got: number | undefined, wanted: number, scale: number, of: string) =>
  expect(Math.abs((got ?? Number.NaN) - wanted), `${of}: ${got} is not ${wanted}`).toBeLessThanOrEqual(
    1e-4 * Math.max(scale, Math.abs(wanted)),
  );
const largest = (values: readonly number[]) =>
  Math.max(1e-3, ...values.map(Math.abs).filter(Number.isFinite));

/** Curves and endpoints within 1e-4 of their scale, the same happenings in the same order. */
function expectNear(got: Solved, wanted: Solved): void {
  expect(got.status).toBe(wanted.status);
  if (wanted.status !== 'done') return;
  wanted.outputs.forEach((values, o) => {
    const scale = largest(values);
    values.forEach((value, i) => {
      near(got.outputs[o]?.[i], value, scale, `output ${o} at ${i}`);
    });
  });
  wanted.endpoints.forEach((value, e) => {
    if (Number.isNaN(value)) expect(got.endpoints[e], `endpoint ${e}`).toBeNaN();
    else near(got.endpoints[e], value, 1e-3, `endpoint ${e}`);
  });
  expect(got.ledger.map(({ happening }) => happening)).toEqual(
    wanted.ledger.map(({ happening }) => happening),
  );
}

const kernels = new Map<Program, ReturnType<ReturnType<typeof backend>['compile']>>();
export async function onGpu(program: Program, job: Job, patients: readonly number[] = [0]) {
  const kernel = kernels.get(program) ?? backend().compile(program);
  kernels.set(program, kernel);
  // Some sketches have no therapies; their jobs name one all the same.
  const arms = job.arms.map((arm) => ({
    ...arm,
    therapy: Math.min(arm.therapy, program.therapies.length - 1),
  }));
  return (await kernel).individuals({ ...job, arms }, patients, { ledger: true });
}

if (gpu) {
  ALSO_HELD.push(async (program, job, scalar) => {
    if (program.method.name === 'exact') return;
    expectNear(patientOf(program, job, await onGpu(program, job)), scalar);
  });
  await import('../codegen/wasm-happenings.test.ts');
  await import('../codegen/wasm-happenings-oracle.test.ts');
}

const times = Float64Array.from({ length: 97 }, (_, i) => i / 4);
const single = (program: Program, more: Parameters<typeof jobFor>[1] = {}): Job =>
  jobFor(program, { times, rtol: 1e-5, ...more });
const solve = async (program: Program, job: Job) => patientOf(program, job, await onGpu(program, job));
const timesOf = (ledger: readonly LedgerEntry[], what = 0) =>
  ledger.filter(({ happening }) => happening === what).map(({ time }) => time);
const neg = (e: Parameters<typeof mul>[0]) => call('neg', e);
/** a' = -0.3 a from 100, and memory. */
const fading = (more: Parameters<typeof eventful>[0] | object = {}) =>
  eventful({
    states: { a: [n(100), mul(n(-0.3), s('y.a'))] },
    outputs: { a: s('y.a') },
    ...more,
  });
/** When `fading` reaches a level. */
const reaches = (level: number) => Math.log(100 / level) / 0.3;
const below = (level: number) => [sub(n(level), s('y.a')), neg(s('f.a'))] as const;

describe.skipIf(!gpu)('conditions on the GPU', () => {
  it('bounce a ball at the times of the closed form', async () => {
    const [g, height, back] = [9.81, 10, 0.8];
    const ball = eventful({
      states: { h: [n(height), s('y.v')], v: [n(0), n(-g)] },
      outputs: { h: s('y.h') },
      watch: [[neg(s('y.h')), neg(s('f.h'))]],
      happenings: [happening('bounce', when(0), [], [[state(1), mul(n(-back), s('y.v'))]])],
    });
    const { ledger, status } = await solve(ball, single(ball, { horizon: 8, times: Float64Array.of(8) }));
    expect(status).toBe('done');
    const first = Math.sqrt((2 * height) / g);
    const wanted: number[] = [];
    for (let t = first, leap = 2 * back * first; t < 8; t += leap, leap *= back) wanted.push(t);
    expect(ledger.length).toBe(wanted.length);
    timesOf(ledger).forEach((t, i) => {
      near(t, wanted[i] ?? Number.NaN, 1, `bounce ${i}`);
    });
  });

  it('execute several of one instant by priority, the larger first', async () => {
    const doubled = happening('double', when(0), [], [[held(0), mul(n(2), s('u.m'))]], { priority: n(1) });
    const raised = happening('raise', when(0), [], [[held(0), add(s('u.m'), n(3))]], { priority: n(2) });
    const program = fading({
      memory: { m: n(1) },
      outputs: { m: s('u.m') },
      watch: [below(40)],
      happenings: [doubled, raised],
    });
    const { outputs, ledger } = await solve(program, single(program));
    expect(ledger.map(({ happening }) => happening)).toEqual([1, 0]);
    expect(outputs[0]?.at(-1)).toBe(8);
    near(ledger[0]?.time, reaches(40), 1, 'time');
  });

  it('cancel what waits when they cease to hold, unless it is persistent', async () => {
    const program = (persistent: boolean) =>
      eventful({
        states: { x: [n(0), call('cos', s('t'))] },
        memory: { m: n(0) },
        outputs: { m: s('u.m') },
        watch: [[sub(s('y.x'), n(0.5)), s('f.x')]],
        happenings: [
          happening('late', when(0), [n(2.5)], [[held(0), add(s('u.m'), n(1))]], { delay: 0, persistent }),
        ],
      });
    // sin t > 0.5 for 2.09 of every 6.28: a delay of 2.5 outlives it.
    const [kept, cancelled] = [program(true), program(false)];
    expect((await solve(kept, single(kept))).outputs[0]?.at(-1)).toBe(4);
    const gone = await solve(cancelled, single(cancelled));
    expect(gone.outputs[0]?.at(-1)).toBe(0);
    expect(gone.ledger.map(({ happening }) => happening)).toEqual([-1, -1, -1, -1]);
  });

  it('are noticed that hold inside one step only', async () => {
    // A parabola above 0 for 0.02 around t = 12; the steps are hours long.
    const program = eventful({
      states: { x: [n(-0.0001 * 144 + 1e-8), mul(n(-2e-4), sub(s('t'), n(12)))] },
      memory: { m: n(0) },
      outputs: { m: s('u.m') },
      watch: [[add(s('y.x'), n(1e-4 * 144 - 0.0144 + 1e-6)), s('f.x')]],
      happenings: [happening('peak', when(0), [s('t')], [[held(0), n(1)]])],
    });
    const { outputs, ledger } = await solve(program, single(program));
    expect(outputs[0]?.at(-1)).toBe(1);
    expect(timesOf(ledger).length).toBe(1);
    near(timesOf(ledger)[0], 12, 12 * 100, 'time');
  });

  it('trigger one another, with values of the moment, each once', async () => {
    const program = fading({
      memory: { m: n(0) },
      outputs: { a: s('y.a'), m: s('u.m') },
      watch: [below(50), [sub(s('u.m'), n(0.5)), n(0)]],
      happenings: [
        happening('mark', when(0), [], [[held(0), n(1)]]),
        happening('refill', when(1), [s('y.a')], [[state(0), add(s('y.a'), s('c.0'))]]),
      ],
    });
    const { outputs, ledger } = await solve(program, single(program));
    const t1 = reaches(50);
    expect(ledger.map(({ happening }) => happening)).toEqual(expect.arrayContaining([0, 1]));
    near(ledger[0]?.time, t1, 1, 'first');
    expect(ledger[1]?.time).toBe(ledger[0]?.time);
    near(ledger[1]?.captured[0], 50, 50, 'captured');
    near(outputs[0]?.[20], 100 * Math.exp(-0.3 * (5 - t1)), 100, 'refilled');
  });

  it('that hold before time 0 rise only after they fell; others rise at once', async () => {
    const program = (initially: boolean) =>
      fading({
        memory: { m: n(0) },
        outputs: { m: s('u.m') },
        watch: [[sub(s('y.a'), n(10)), s('f.a')]],
        happenings: [happening('high', when(0, initially), [], [[held(0), n(1)]])],
      });
    const [now, never] = [program(false), program(true)];
    expect((await solve(now, single(now))).ledger.map(({ time }) => time)).toEqual([0]);
    expect((await solve(never, single(never))).ledger).toEqual([]);
  });

  it('of another therapy are not looked at', async () => {
    const program = fading({
      watch: [below(50)],
      happenings: [happening('other', when(0), [], [[state(0), n(100)]], { therapy: 1 })],
    });
    expect((await solve(program, single(program))).ledger).toEqual([]);
    const arms = [{ therapy: 1, study: new Float64Array(0) }];
    expect((await solve(program, single(program, { arms }))).ledger.length).toBeGreaterThan(0);
  });

  it('that set off one another without end are a storm', async () => {
    const program = fading({
      memory: { m: n(0) },
      clocks: [[n(1), n(0), n(1)]],
      happenings: [
        happening('first', clock(0), [n(0)], [], { follow: { happening: 1, delay: 0, captured: [0] } }),
        happening('again', NEVER, [], [[held(0), add(s('u.m'), n(1))]], {
          follow: { happening: 1, delay: 0, captured: [0] },
        }),
      ],
    });
    expect((await solve(program, single(program))).status).toBe('event storm');
    const full = fading({
      agenda: 2,
      clocks: [[n(1), n(1), n(9)]],
      happenings: [happening('waits', clock(0), [n(20)], [], { delay: 0 })],
    });
    expect((await solve(full, single(full))).status).toBe('event storm');
  });
});

describe.skipIf(!gpu)('a steady state on the GPU', () => {
  /** Infusions of 100 over 10 h every 4 h, in the steady state of a rate constant that drifts with time. */
  const drifting = (method: Method) =>
    compartment(0.3, {
      method,
      states: {
        a: [n(0), add(mul(mul(n(-0.3), add(n(1), mul(n(0.02), s('t')))), s('y.a')), s('u.rate'))],
      },
      clocks: [[n(6), n(0), n(1)]],
      happenings: infusion(0, clock(0), n(100), n(10), { mode: n(1), interval: n(4) }),
    });

  it.each([TSIT5, RODAS4, RODAS5P])(
    'is that of the instant at which time stands, by $name',
    async (method) => {
      const program = drifting(method);
      const job = jobFor(program, { times, rtol: 1e-8 });
      const wanted = patientOf(program, job, await individuals('scalar', program, job));
      expect(wanted.status).toBe('done');
      expectNear(await solve(program, single(program)), wanted);
    },
  );
});

/** Doses by a visit's measurement, from rows, with infusions and a reset. */
const titrated = () =>
  compartment(0.3, {
    tables: [{ name: 'doses', fields: ['time', 'amount'] }],
    clocks: [
      [n(1), n(3), n(7)],
      [n(16), n(0), n(1)],
    ],
    happenings: [
      bolus({ kind: 'table', table: 0 }, s('row.amount')),
      ...infusion(1, clock(0), call('max', n(5), sub(n(40), s('y.a'))), n(4)),
      happening('reset', clock(1), [n(1)], [], { reset: 0 }),
    ],
  });
const PATIENTS = 150;
const given = (i: number): [number, number][] => [
  [i % 7, 10 + i],
  [(i % 7) + 4, 5],
];
const rows = rowsOf(
  Array.from({ length: PATIENTS }, (_, i) => given(i)),
  2,
);
const everyone = Array.from({ length: PATIENTS }, (_, i) => i);

describe.skipIf(!gpu)('cohorts with happenings on the GPU', () => {
  it('are the same to the bit in both shapes of the loops', async () => {
    const program = titrated();
    const watched = fading({
      watch: [below(50), below(20)],
      happenings: [
        happening('half', when(0), [], [[state(0), n(80)]]),
        happening('fifth', when(1), [], [[state(0), n(90)]]),
      ],
    });
    for (const [own, job] of [
      [program, single(program, { patients: PATIENTS, tables: [rows] })],
      [watched, single(watched, { patients: PATIENTS })],
    ] as const) {
      const arms = job.arms.map((arm) => ({ ...arm, therapy: -1 }));
      const [nested, flat] = await Promise.all(
        (['nested', 'flat'] as const).map(async (shape) =>
          (await backend({ shape }).compile(own)).individuals({ ...job, arms }, everyone, { ledger: true }),
        ),
      );
      expect(flat).toEqual(nested);
    }
  });

  it('give a replay of their ledgers the same bits', async () => {
    const program = titrated();
    const job = single(program, { patients: PATIENTS, tables: [rows] });
    const closed = await onGpu(program, job, everyone);
    const ledgers = closed.arms[0]?.ledger ?? [];
    expect(Math.min(...ledgers.map((own) => own.length))).toBeGreaterThan(10);
    const width = 2 + Math.max(...ledgers.flatMap((own) => own.map(({ captured }) => captured.length)));
    const schedule = rowsOf(
      ledgers.map((own) =>
        own.map(({ time, happening, captured }) =>
          Array.from({ length: width }, (_, f) => [time, happening, ...captured][f] ?? 0),
        ),
      ),
      width,
    );
    const fields = ['time', 'happening', ...Array.from({ length: width - 2 }, (_, i) => `c${i}`)];
    const open: Program = { ...program, tables: [{ name: 'ledger', fields }], replay: 0 };
    const replayed = await onGpu(open, { ...job, tables: [schedule] }, everyone);
    expect(replayed.arms[0]?.outputs).toEqual(closed.arms[0]?.outputs);
    expect(replayed.arms[0]?.status).toEqual(closed.arms[0]?.status);
    expect(replayed.arms[0]?.ledger).toEqual(ledgers);
  });

  it('give each patient its own rows in blocks and chunks of any size', async () => {
    const program = compartment(0.3, {
      tables: [{ name: 'doses', fields: ['time', 'amount'] }],
      happenings: [bolus({ kind: 'table', table: 0 }, s('row.amount'))],
    });
    const layout = { mantissaBits: 1, low: -4, high: 10, signed: false };
    const job = single(program, {
      patients: 4 * PATIENTS, // more than the first chunk of a block
      tables: [rows],
      times: Float64Array.of(12),
      bins: { outputs: [layout], endpoints: [] },
      arms: [{ therapy: -1, study: new Float64Array(0) }],
    });
    const wanted = everyone.map((i) =>
      oneCompartmentAmount(
        0.3,
        given(i).map(([t, mg]) => [t, mg, 0] as const),
        12,
      ),
    );
    const total = wanted.reduce((a, b) => a + b);
    // 16 bytes of rows a patient: blocks of 64 patients and fewer; of the smallest a tenth of a second each.
    for (const [patients, largestBinding] of [
      [4 * PATIENTS],
      [4 * PATIENTS, 1024],
      [PATIENTS, 600],
    ] as const) {
      const kernel = await backend(largestBinding ? { largestBinding } : {}).compile(program);
      const [arm] = (await kernel.run({ ...job, patients })).arms;
      expect(arm?.statuses[0]).toBe(patients);
      near(
        (mean(arm?.outputs[0] ?? failed(), 0) ?? Number.NaN) * PATIENTS,
        total,
        total,
        'quarter of the sum',
      );
      const own = await kernel.individuals(job, [149, 3, 3, 77], { ledger: true });
      [149, 3, 3, 77].forEach((i, at) => {
        near(own.arms[0]?.outputs[at], wanted[i] ?? Number.NaN, 10, `patient ${i}`);
        expect(own.arms[0]?.ledger?.[at]?.map(({ time, captured }) => [time, captured[0]])).toEqual(given(i));
      });
    }
  });

  it('keep ledgers longer than was thought, and none where nobody asks', async () => {
    const program = compartment(0.3, {
      clocks: [[n(0), n(0.125), n(180)]],
      happenings: [bolus(clock(0), n(1))],
    });
    const job = single(program, { arms: [{ therapy: -1, study: new Float64Array(0) }] });
    const kernel = await backend().compile(program);
    const { arms } = await kernel.individuals(job, [0, 1], { ledger: true });
    expect(arms[0]?.ledger?.map((own) => own.length)).toEqual([180, 180]);
    expect(arms[0]?.ledger?.[1]?.[179]?.time).toBe(179 / 8);
    expect((await kernel.individuals(job, [0])).arms[0]?.ledger).toBeUndefined();
  });

  it('are counted by status as their patients are', async () => {
    const program = compartment(0.3, {
      tables: [{ name: 'draws', fields: ['time', 'draw.0'] }],
      draws: 0,
      clocks: [[n(0), n(4), n(3)]],
      happenings: [bolus(clock(0), s('draw.0'))],
    });
    const layout = { mantissaBits: 7, low: -4, high: 10, signed: false };
    const job = single(program, {
      patients: 70,
      arms: [{ therapy: -1, study: new Float64Array(0) }],
      bins: { outputs: [layout], endpoints: [] },
      tables: [rowsOf([[[0, 1], [0, 2]]], 2)], // biome-ignore format: rows
    });
    const [arm] = (await (await backend().compile(program)).run(job)).arms;
    expect(arm?.statuses[STATUSES.indexOf('event storm')]).toBe(70);
  });
});

const failed = (): never => {
  throw new Error('no output');
};

describe.skipIf(!gpu)('a plain program on the GPU', () => {
  it('takes breaks, by a kernel compiled for them: whole steps between corners', async () => {
    const program = { ...decay(n(0.3)) };
    const job = single(program, {
      breaks: Float64Array.of(1, 2.5, 7, 30),
      arms: [{ therapy: -1, study: new Float64Array(0) }],
    });
    const kernel = await backend().compile(program);
    const cut = await kernel.individuals(job, [0]);
    const { breaks: _, ...plain } = job;
    const whole = await kernel.individuals(plain, [0]);
    expect(cut.arms[0]?.steps[0]).not.toBe(whole.arms[0]?.steps[0]);
    times.forEach((t, i) => {
      near(cut.arms[0]?.outputs[i], Math.exp(-0.3 * t), 1, `at ${t}`);
    });
  });
});
