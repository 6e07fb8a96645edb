// Events of the model: times against closed forms to 1e-6 of the horizon in f64, order, cancelling, guards; the ledger, and
// its replay. In every WebAssembly kernel.
import { describe, expect, test } from 'vitest';
import { RK4, RODAS4 } from '../../src/codegen/methods.ts';
import type { Program } from '../../src/codegen/program.ts';
import type { Job } from '../../src/engine/backend.ts';
import { createWasmBackend } from '../../src/engine/webassembly.ts';
import { call, type Expression } from '../../src/language/expression.ts';
import {
  bolus, clock, compartment, type Eventful, eventful, happening, held, individuals, infusion, patientOf, rowsOf, type Solved, solveAll,
  state, when,
} from './happening-fixtures.ts'; // biome-ignore format: a list
import { add, div, jobFor, mul, n, s, sub } from './wasm-fixtures.ts';

const times = Float64Array.from({ length: 97 }, (_, i) => i / 4);
const k = 0.3;
const near = (got: number | undefined, wanted: number, within: number, of = '') =>
  expect(Math.abs((got ?? Number.NaN) - wanted), `${of} ${got} is not ${wanted}`).toBeLessThanOrEqual(within);
/** f64x2 has the scalar bits; in f32x4 the same happens, times within 1e-3 of the horizon. */
const alike = (name: string, scalar: Solved, other: Solved) => {
  if (name === 'f64x2') return expect(other).toEqual(scalar);
  expect(other.status).toBe(scalar.status);
  if (scalar.status !== 'done') return;
  expect(other.ledger.map(({ happening }) => happening)).toEqual(
    scalar.ledger.map(({ happening }) => happening),
  );
  other.ledger.forEach(({ time }, i) => {
    near(time, scalar.ledger[i]?.time ?? Number.NaN, 0.024, 'f32x4');
  });
};
const neg = (e: Expression) => mul(n(-1), e);

/** A ball dropped from 10 m under 9.81 m/s^2 that keeps 0.8 of its speed. */
const ball = (more: Partial<Eventful> = {}): Program =>
  eventful({
    states: { x: [n(10), s('y.v')], v: [n(0), n(-9.81)] },
    outputs: { x: s('y.x'), v: s('y.v') },
    watch: [[neg(s('y.x')), neg(s('f.x'))]],
    happenings: [happening('bounce', when(0), [s('t'), s('n')], [[state(1), mul(n(-0.8), s('y.v'))]])],
    ...more,
  });
const bounces = (until: number) => {
  const first = Math.sqrt((2 * 10) / 9.81);
  const found = [first];
  for (let flight = 2 * first * 0.8; ; flight *= 0.8) {
    const next = (found.at(-1) ?? 0) + flight;
    if (next > until) return found;
    found.push(next);
  }
};

describe('a condition', () => {
  test('is located: a bouncing ball, to 1e-6 of the horizon and better', async () => {
    for (const method of [undefined, RODAS4]) {
      const program = ball(method === undefined ? {} : { method });
      const { ledger, status, outputs } = await solveAll(
        program,
        { times: Float64Array.of(5, 10), horizon: 10 },
        alike,
      );
      expect(status).toBe('done');
      const wanted = bounces(10);
      expect(ledger.length).toBe(wanted.length);
      wanted.forEach((time, i) => {
        near(ledger[i]?.time, time, 1e-8 * 10, `bounce ${i}`);
        expect(ledger[i]?.captured[1]).toBe(i);
      });
      const last = wanted.filter((t) => t < 5).at(-1) ?? 0;
      const count = wanted.filter((t) => t < 5).length;
      const speed = 9.81 * (wanted[0] ?? 0) * 0.8 ** count;
      near(outputs[0]?.[0], speed * (5 - last) - (9.81 / 2) * (5 - last) ** 2, 1e-6, 'x(5)');
    }
  });

  test('is located by a method with fixed steps', async () => {
    const program = ball({ method: RK4 });
    const solver = { rtol: 0, atol: Float64Array.of(0, 0), step: 0.25, maxSteps: 10000 };
    const job = jobFor(program, { times: Float64Array.of(10), horizon: 10, solver });
    const scalar = patientOf(program, job, await individuals('scalar', program, job));
    expect(patientOf(program, job, await individuals('f64x2', program, job))).toEqual(scalar);
    const wanted = bounces(10);
    expect(scalar.ledger.length).toBe(wanted.length);
    wanted.forEach((time, i) => {
      near(scalar.ledger[i]?.time, time, 1e-8, `bounce ${i}`);
    });
  });

  test('that holds inside one step only is found', async () => {
    // a rises and falls in 0.01 h around t = 7 while nothing else moves: x = sin(t) - 1 touches near pi / 2.
    const program = eventful({
      states: { x: [n(0), call('cos', s('t'))], hits: [n(0), n(0)] },
      outputs: { hits: s('y.hits') },
      watch: [[sub(s('y.x'), n(0.99999)), s('f.x')]],
      happenings: [happening('touch', when(0), [s('t')], [[state(1), add(s('y.hits'), n(1))]])],
    });
    const { ledger, outputs } = await solveAll(program, { times }, (name, a, b) => {
      if (name === 'f64x2') alike(name, a, b);
    });
    const first = Math.asin(0.99999);
    const wanted = [0, 1, 2, 3].map((i) => first + 2 * Math.PI * i);
    expect(ledger.length).toBe(4);
    // The margin is flat there: its error is divided by cos(first) = 0.0045.
    wanted.forEach((time, i) => {
      near(ledger[i]?.time, time, 1e-6 * 24, `touch ${i}`);
    });
    expect(outputs[0]?.[96]).toBe(4);
  });

  test('holds before time 0 where it says so, and else rises at 0', async () => {
    const make = (initially: boolean) =>
      eventful({
        states: { x: [n(1), n(0)] },
        outputs: { x: s('y.x') },
        watch: [[s('y.x'), s('f.x')]],
        happenings: [happening('rise', when(0, initially), [], [[state(0), add(s('y.x'), n(1))]])],
      });
    expect((await solveAll(make(false), { times }, alike)).outputs[0]?.[1]).toBe(2);
    expect((await solveAll(make(true), { times }, alike)).outputs[0]?.[1]).toBe(1);
  });

  test('two at one instant go by priority, and the second sees what the first did', async () => {
    const make = (first: number, second: number) =>
      eventful({
        states: { x: [n(0), n(1)], z: [n(5), n(0)] },
        outputs: { z: s('y.z') },
        watch: [[sub(s('y.x'), n(3)), s('f.x')]],
        happenings: [
          happening('add', when(0), [], [[state(1), add(s('y.z'), n(1))]], { priority: n(first) }),
          happening('double', when(0), [], [[state(1), mul(s('y.z'), n(2))]], { priority: n(second) }),
        ],
      });
    expect((await solveAll(make(2, 1), { times }, alike)).outputs[0]?.[96]).toBe(12);
    expect((await solveAll(make(1, 2), { times }, alike)).outputs[0]?.[96]).toBe(11);
    expect((await solveAll(make(1, 1), { times }, alike)).outputs[0]?.[96]).toBe(12);
  });

  test('one sets off another at the same instant', async () => {
    const program = eventful({
      states: { x: [n(0), n(1)], z: [n(0), n(0)], w: [n(0), n(0)] },
      outputs: { w: s('y.w') },
      watch: [
        [sub(s('y.x'), n(3)), s('f.x')],
        [sub(s('y.z'), n(0.5)), s('f.z')],
      ],
      happenings: [
        happening('second', when(1), [s('t')], [[state(2), s('c.0')]]),
        happening('first', when(0), [], [[state(1), n(1)]]),
      ],
    });
    const { outputs, ledger } = await solveAll(program, { times }, alike);
    near(outputs[0]?.[96], 3, 1e-9);
    expect(ledger.map(({ happening }) => happening)).toEqual([1, 0]);
    expect(ledger[0]?.time).toBe(ledger[1]?.time);
  });

  const delayed = (persistent: boolean) =>
    eventful({
      // x = sin t is above 0.5 for 2 pi / 3 = 2.09; the event wants to wait 3.
      states: { x: [n(0), call('cos', s('t'))], z: [n(0), n(0)] },
      outputs: { z: s('y.z') },
      watch: [[sub(s('y.x'), n(0.5)), s('f.x')]],
      happenings: [
        happening('late', when(0), [n(3)], [[state(1), add(s('y.z'), n(1))]], { delay: 0, persistent }),
      ],
    });
  test('that falls before its delayed event is executed cancels it, unless it is persistent', async () => {
    const options = { times: Float64Array.of(6), horizon: 6 };
    expect((await solveAll(delayed(true), options, alike)).outputs[0]?.[0]).toBe(1);
    expect((await solveAll(delayed(false), options, alike)).outputs[0]?.[0]).toBe(0);
  });

  test('of another therapy is not looked at', async () => {
    const program = ball({
      happenings: [{ ...happening('bounce', when(0), [], [[state(1), mul(n(-0.8), s('y.v'))]]), therapy: 1 }],
    });
    const job = { times: Float64Array.of(4), horizon: 4 };
    near((await solveAll(program, job, alike)).outputs[0]?.[0], 10 - 9.81 * 8, 1e-9);
    const arms = [{ therapy: 1, study: new Float64Array(0) }];
    expect((await solveAll(program, { ...job, arms }, alike)).outputs[0]?.[0]).toBeGreaterThan(0);
  });

  test('that sets itself off for ever is a storm', async () => {
    const program = eventful({
      states: { x: [n(0), n(1)] },
      outputs: { x: s('y.x') },
      watch: [
        [sub(s('y.x'), n(3)), s('f.x')],
        [sub(n(3), s('y.x')), neg(s('f.x'))],
      ],
      happenings: [
        happening('down', when(0), [], [[state(0), n(2)]]),
        happening('up', when(1, true), [], [[state(0), n(4)]]),
      ],
    });
    expect((await solveAll(program, { times }, alike)).status).toBe('event storm');
    const full = compartment(k, {
      clocks: [[n(0), n(0.1), n(100)]],
      happenings: [bolus(clock(0), n(1), { lag: n(20) })],
      agenda: 5,
    });
    expect((await solveAll(full, { times }, alike)).status).toBe('event storm');
  });

  test('the step that is given up leaves the controller alone', async () => {
    // An event that changes nothing costs few steps: the one given up, and a segment more.
    const program = (level: number) =>
      eventful({
        states: { x: [n(1), mul(n(-k), s('y.x'))], count: [n(0), n(0)] },
        outputs: { x: s('y.x') },
        watch: [[sub(n(level), s('y.x')), neg(s('f.x'))]],
        happenings: [happening('pass', when(0), [], [[state(1), add(s('y.count'), n(1))]])],
      });
    const quiet = await solveAll(program(-1), { times, rtol: 1e-7 }, alike);
    const loud = await solveAll(program(0.5), { times, rtol: 1e-7 }, alike);
    near(loud.ledger[0]?.time, Math.log(2) / k, 1e-6);
    expect(loud.steps).toBeGreaterThan(quiet.steps);
    expect(loud.steps).toBeLessThan(quiet.steps + 8);
    loud.outputs[0]?.forEach((x, i) => {
      near(x, Math.exp((-k * i) / 4), 1e-6);
    });
  });
});

/** A program that replays a ledger of another one. */
const replayOf = (program: Program): Program => ({
  ...program,
  tables: [{ name: 'ledger', fields: ['time', 'happening', 'c0', 'c1', 'c2', 'c3', 'c4', 'c5'] }],
  draws: null,
  happenings: program.happenings.map((one) => ({
    ...one,
    capture: { locals: [], results: [...Array(6)].map((_, i) => n(i)) },
  })),
  replay: 0,
});

describe('the ledger', () => {
  /** Titration with a lag, an infusion, a reset, a steady state and noise; patients differ. */
  const titrated = compartment(k, {
    columns: ['CL'],
    states: { a: [n(0), add(mul(mul(n(-k), s('p.CL')), s('y.a')), s('u.rate'))] },
    memory: { rate: n(0), dose: n(40) },
    clocks: [[n(0), n(4), n(12)], [n(2), n(9), n(4)], [n(30), n(0), n(1)], [n(33), n(0), n(1)]],
    tables: [{ name: 'draws', fields: ['time', 'draw.0'] }],
    draws: 0,
    streams: [[0, 'a', n(3), n(1), n(7), n(5), n(0)]],
    happenings: [
      ...infusion(0, clock(0), s('u.dose'), n(5), { lag: n(0.7) }),
      happening('visit', clock(1), [mul(s('y.a'), s('draw.0')), s('t')], [
        [held(1), call('if', call('gt', s('c.0'), n(60)), mul(s('u.dose'), n(0.7)), mul(s('u.dose'), n(1.3)))],
      ]),
      happening('reset', clock(2), [n(1)], [], { reset: 0 }),
      bolus(clock(3), n(80), { mode: n(1), interval: n(6), lag: n(2) }),
    ],
  }); // biome-ignore format: a happening a line
  const draws = rowsOf([[[0, 1.1], [0, 0.9], [0, 1.2], [0, 1]]], 2); // biome-ignore format: rows
  const PATIENTS = 21;
  const job = (program: Program, more: Partial<Job> = {}): Job =>
    jobFor(program, {
      patients: PATIENTS,
      horizon: 48,
      times: Float64Array.from({ length: 50 }, (_, i) => (48 * i) / 49),
      columns: {
        key: 'spread',
        read: (first, count) => Float32Array.from({ length: count }, (_, i) => 0.4 + 0.11 * (first + i)),
      },
      tables: [draws],
      rtol: 1e-6,
      ...more,
    });
  const all = Array.from({ length: PATIENTS }, (_, i) => i);

  test('replayed gives the same bits, and the same ledger', async () => {
    const own = job(titrated);
    const closed = await individuals('scalar', titrated, own, all);
    const ledgers = all.map((i) => patientOf(titrated, own, closed, i).ledger);
    expect(new Set(ledgers.map((ledger) => ledger.length)).size).toBe(1);
    expect(ledgers[0]?.map(({ happening }) => happening)).toContain(-6);
    const rows = rowsOf(
      ledgers.map((ledger) =>
        ledger.map(({ time, happening, captured }) => [
          time, happening, ...[...captured], ...new Array<number>(6 - captured.length).fill(0),
        ]),
      ),
      8,
    ); // biome-ignore format: a row
    const replay = replayOf(titrated);
    for (const kernel of ['scalar', 'f64x2'] as const) {
      const open = job(replay, { tables: [rows] });
      const replayed = await individuals(kernel, replay, open, all);
      expect([...(replayed.arms[0]?.status ?? [])]).toEqual(new Array(PATIENTS).fill(0));
      expect(replayed.arms[0]?.outputs).toEqual(closed.arms[0]?.outputs);
      expect(replayed.arms[0]?.steps).toEqual(closed.arms[0]?.steps);
      for (const i of all)
        expect(
          patientOf(replay, open, replayed, i).ledger.map(({ time, happening }) => [time, happening]),
        ).toEqual(ledgers[i]?.map(({ time, happening }) => [time, happening]));
    }
  });

  test('longer than it is at first is kept whole', async () => {
    const many = compartment(k, { clocks: [[n(0), n(0.1), n(200)]], happenings: [bolus(clock(0), s('n'))] });
    const { ledger } = await solveAll(many, { times, rtol: 1e-6 }, alike);
    expect(ledger.length).toBe(200);
    expect(ledger.map(({ captured }) => captured[0])).toEqual(Array.from({ length: 200 }, (_, i) => i));
  });

  test('is absent where nobody asked', async () => {
    const compiled = await createWasmBackend().compile(titrated);
    expect((await compiled.individuals(job(titrated), [0])).arms[0]?.ledger).toBeUndefined();
  });

  test('and the numbers do not depend on neighbours, chunks or lanes', async () => {
    const own = job(titrated);
    const scalar = await individuals('scalar', titrated, own, all);
    expect(await individuals('f64x2', titrated, own, all)).toEqual(scalar);
    expect(await individuals('f64x2', titrated, own, all, 4)).toEqual(scalar);
    const order = all.map((i) => (i * 8 + 3) % PATIENTS);
    const shuffled = await individuals('f64x2', titrated, own, order);
    order.forEach((patient, i) => {
      expect(patientOf(titrated, own, shuffled, i)).toEqual(patientOf(titrated, own, scalar, patient));
    });
    const runs = await Promise.all(
      [1, 3].map(async (lanes) => (await createWasmBackend({ lanes, chunk: 8 }).compile(titrated)).run(own)),
    );
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[0]?.arms[0]?.statuses[0]).toBe(PATIENTS);
  });
});

test('events of a spread cohort have the scalar bits in f64x2, whoever shares a vector with whom', async () => {
  // A predator-prey cycle that is culled whenever prey exceed a patient's own level, with a refractory memory.
  const program = eventful({
    columns: ['level', 'r'],
    states: {
      prey: [n(2), mul(s('y.prey'), sub(s('p.r'), mul(n(0.5), s('y.hunter'))))],
      hunter: [n(1), mul(s('y.hunter'), sub(mul(n(0.3), s('y.prey')), n(0.7)))],
    },
    memory: { culled: n(0) },
    outputs: { prey: s('y.prey'), culled: s('u.culled') },
    watch: [
      [sub(s('y.prey'), s('p.level')), s('f.prey')],
      [sub(n(0.4), s('y.hunter')), neg(s('f.hunter'))],
    ],
    happenings: [
      happening('cull', when(0), [div(s('y.prey'), n(3))], [[state(0), s('c.0')], [held(0), add(s('u.culled'), n(1))]]),
      happening('import', when(1), [n(1.5)], [[state(1), add(s('y.hunter'), n(0.3))]], { delay: 0, persistent: false }),
    ],
  }); // biome-ignore format: a happening a line
  const job = jobFor(program, {
    patients: 33,
    horizon: 40,
    times: Float64Array.from({ length: 81 }, (_, i) => i / 2),
    columns: {
      key: 'spread',
      read: (first, count) =>
        Float32Array.from({ length: 2 * count }, (_, at) =>
          at < count ? 2.2 + 0.13 * (first + at) : 0.7 + 0.02 * (first + at - count),
        ),
    },
    rtol: 1e-7,
  });
  const all = Array.from({ length: 33 }, (_, i) => i);
  const scalar = await individuals('scalar', program, job, all);
  expect([...(scalar.arms[0]?.status ?? [])]).toEqual(new Array(33).fill(0));
  const counts = scalar.arms[0]?.ledger?.map((ledger) => ledger.length) ?? [];
  expect(Math.max(...counts)).toBeGreaterThan(10);
  expect(new Set(counts).size).toBeGreaterThan(3);
  expect(await individuals('f64x2', program, job, all)).toEqual(scalar);
  const single = await individuals('f32x4', program, { ...job, solver: { ...job.solver, rtol: 1e-5 } }, all);
  expect([...(single.arms[0]?.status ?? [])]).toEqual(new Array(33).fill(0));
});

test('a step that is given up does not count as one refused below the smallest size', async () => {
  // A transient as short as the first step may be in f32, 1e-9 of the segment, ends by an event inside that step.
  const FAST = 1e7;
  const THRESHOLD = 0.9;
  const program = eventful({
    states: { x: [n(1), mul(neg(s('u.rate')), s('y.x'))] },
    memory: { rate: n(FAST), since: n(0) },
    outputs: { x: s('y.x'), since: s('u.since') },
    watch: [[sub(n(THRESHOLD), s('y.x')), neg(s('f.x'))]],
    happenings: [
      happening(
        'slow',
        when(0),
        [s('t')],
        [
          [held(0), n(0.1)],
          [held(1), s('c.0')],
        ],
      ),
    ],
  });
  for (const rtol of [1e-5, 3e-6, 1e-6, 3e-7]) {
    const job = jobFor(program, { rtol });
    const { status, outputs } = patientOf(program, job, await individuals('f32x4', program, job));
    expect(status, `rtol ${rtol}`).toBe('done');
    const rise = -Math.log(THRESHOLD) / FAST;
    near(outputs[1]?.[3], rise, 1e-3 * rise, 'the event');
    near(outputs[0]?.[3], THRESHOLD * Math.exp(-2.4), 1e-5, 'x');
  }
});
