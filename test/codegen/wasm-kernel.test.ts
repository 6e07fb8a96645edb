// The kernel's numbers against closed forms: doses, events, accumulators, statuses. f64, rtol 1e-10, agreement to 1e-8.
import { describe, expect, test } from 'vitest';
import { RK4, TSIT5 } from '../../src/codegen/methods.ts';
import type { Program } from '../../src/codegen/program.ts';
import { STATUSES } from '../../src/engine/backend.ts';
import { createWasmBackend } from '../../src/engine/webassembly.ts';
import { call } from '../../src/language/expression.ts';
import {
  add, body, decay, div, jobFor, mul, n, oneCompartment, oneCompartmentAmount, s, sketch, sub, twoCompartmentAmount,
  twoCompartments,
} from './wasm-fixtures.ts'; // biome-ignore format: a list

/** One patient of arm 0: status, outputs[output][time], endpoints. */
async function solve(program: Program, options: Parameters<typeof jobFor>[1] = {}) {
  const job = jobFor(program, options);
  const [arm, twin] = await Promise.all(
    (['scalar', 'f64x2'] as const).map(async (kernel) => {
      const compiled = await createWasmBackend({ kernel }).compile(program);
      return (await compiled.individuals(job, [0])).arms[0];
    }),
  );
  if (arm === undefined) throw new Error('no arm');
  // Two patients at a time have the digits of one at a time, whatever is asked of them.
  expect(twin).toEqual(arm);
  const times = job.times.length;
  return {
    status: STATUSES[arm.status[0] ?? 0],
    steps: arm.steps[0] ?? 0,
    outputs: program.outputs.map((_, o) => [...arm.outputs.slice(o * times, (o + 1) * times)]),
    endpoints: [...arm.endpoints],
  };
}
const range = (count: number, end: number) =>
  Float64Array.from({ length: count }, (_, i) => (i * end) / (count - 1));
const near = (got: number | undefined, wanted: number, relative = 1e-8) =>
  expect(Math.abs((got ?? Number.NaN) - wanted), `${got} is not ${wanted}`).toBeLessThanOrEqual(
    relative * Math.max(1e-3, Math.abs(wanted)),
  );

describe('exponential decay', () => {
  test('Tsit5 follows the closed form at every output time', async () => {
    const times = range(97, 24);
    const { outputs, status } = await solve(decay(n(0.3)), { times });
    expect(status).toBe('done');
    times.forEach((t, i) => {
      near(outputs[0]?.[i], Math.exp(-0.3 * t));
    });
  });

  test('RK4 with 200 equal steps a day is as exact as its order allows', async () => {
    const program = decay(n(0.3), { method: RK4 });
    const times = range(25, 24);
    const solver = { rtol: 0, atol: Float64Array.of(0), step: 24 / 200, maxSteps: 1000 };
    const { outputs, steps } = await solve(program, { times, solver });
    expect(steps).toBe(200);
    times.forEach((t, i) => {
      near(outputs[0]?.[i], Math.exp(-0.3 * t), 1e-6);
    });
    const coarse = await solve(program, { times, solver: { ...solver, step: 24 / 100 } });
    const error = (o: typeof outputs) => Math.abs((o[0]?.[24] ?? 0) - Math.exp(-7.2));
    // Halving the step divides the error by 2^4.
    expect(error(coarse.outputs) / error(outputs)).toBeGreaterThan(15);
    expect(error(coarse.outputs) / error(outputs)).toBeLessThan(18);
  });

  test('a step that does not divide the horizon is made a little smaller, never overshot', async () => {
    const solver = { rtol: 0, atol: Float64Array.of(0), step: 0.7, maxSteps: 1000 };
    const { steps, outputs } = await solve(decay(n(0.3), { method: RK4 }), { solver });
    expect(steps).toBe(Math.ceil(24 / 0.7));
    near(outputs[0]?.[3], Math.exp(-7.2), 1e-3);
  });

  test('a time-dependent right-hand side sees model time in every segment', async () => {
    // x' = t: x = t^2 / 2, with a bolus of 0 at 10 to cut the run in two.
    const program = sketch({
      states: { x: [n(0), s('t')] },
      outputs: { x: s('y.x'), clock: s('t') },
      streams: [[0, 'x', n(0), n(10), n(0), n(1), n(0)]],
    });
    const times = range(49, 24);
    const { outputs } = await solve(program, { times });
    times.forEach((t, i) => {
      near(outputs[0]?.[i], (t * t) / 2);
      near(outputs[1]?.[i], t);
    });
  });
});

describe('doses', () => {
  const k = 0.4;
  const times = range(241, 24);
  const bolus = (amount: number, start: number, interval: number, count: number, duration = 0) =>
    [0, 'a', n(amount), n(start), n(interval), n(count), n(duration)] as const;
  const expectAmounts = async (
    streams: readonly ReturnType<typeof bolus>[],
    doses: readonly (readonly [number, number, number])[],
  ) => {
    const { outputs, status } = await solve(oneCompartment(k, streams), { times });
    expect(status).toBe('done');
    times.forEach((t, i) => {
      near(outputs[0]?.[i], oneCompartmentAmount(k, doses, t));
    });
  };

  test('a bolus at 0 is not yet in the value at 0, and decays', async () => {
    await expectAmounts([bolus(100, 0, 0, 1)], [[0, 100, 0]]);
    const { outputs } = await solve(oneCompartment(k, [bolus(100, 0, 0, 1)]), { times });
    expect(outputs[0]?.[0]).toBe(0);
  });

  test('repeated boluses add up', () =>
    expectAmounts(
      [bolus(100, 0, 6, 4)],
      [0, 6, 12, 18].map((t) => [t, 100, 0]),
    ));

  test('repeated oral doses at rtol 1e-4 err by far less than that, the steps after every dose included', async () => {
    const ka = 1.3;
    const program = sketch({
      states: {
        depot: [n(0), mul(n(-ka), s('y.depot'))],
        blood: [n(0), sub(mul(n(ka), s('y.depot')), mul(n(0.1), s('y.blood')))],
      },
      outputs: { blood: s('y.blood') },
      streams: [[0, 'depot', n(100), n(0), n(12), n(14), n(0)]],
    });
    const long = range(337, 168);
    const solver = {
      rtol: 1e-4,
      atol: Float64Array.of(1e-8, 1e-8),
      step: Number.POSITIVE_INFINITY,
      maxSteps: 9999,
    };
    const { outputs } = await solve(program, { times: long, horizon: 168, solver });
    const bateman = (t: number) => ((100 * ka) / (ka - 0.1)) * (Math.exp(-0.1 * t) - Math.exp(-ka * t));
    const exact = [...long].map((t) => {
      let total = 0;
      for (let start = 0; start < t; start += 12) total += bateman(t - start);
      return total;
    });
    const errors = exact.map((x, i) => Math.abs((outputs[0]?.[i] ?? Number.NaN) - x));
    expect(Math.max(...errors) / Math.max(...exact)).toBeLessThan(5e-6);
  });

  test('a dose at the horizon is not given', () => expectAmounts([bolus(100, 12, 12, 5)], [[12, 100, 0]]));

  test('an infusion rises and falls', () => expectAmounts([bolus(100, 2, 0, 1, 3)], [[2, 100, 3]]));

  test('repeated infusions', () =>
    expectAmounts(
      [bolus(50, 1, 8, 3, 2)],
      [1, 9, 17].map((t) => [t, 50, 2]),
    ));

  test('infusions longer than their interval overlap', () =>
    expectAmounts(
      [bolus(50, 0, 4, 4, 10)],
      [0, 4, 8, 12].map((t) => [t, 50, 10]),
    ));

  test('an infusion that ends when the next begins leaves no gap', () =>
    expectAmounts(
      [bolus(50, 0, 6, 4, 6)],
      [0, 6, 12, 18].map((t) => [t, 50, 6]),
    ));

  test('an infusion of a second, far shorter than a step, gives its whole amount', () =>
    expectAmounts([bolus(50, 5, 0, 1, 1 / 3600)], [[5, 50, 1 / 3600]]));

  test('an infusion shorter than a tick still gives its whole amount', async () => {
    const { outputs } = await solve(oneCompartment(k, [bolus(50, 5, 0, 1, 1e-15)]), { times });
    near(outputs[0]?.[240], oneCompartmentAmount(k, [[5, 50, 0]], 24));
  });

  test('an infusion that runs at the horizon is cut', () =>
    expectAmounts([bolus(50, 20, 0, 1, 10)], [[20, 50, 10]]));

  test('streams that meet at one instant are all given', () =>
    expectAmounts(
      [bolus(10, 0, 12, 2), bolus(20, 12, 0, 1), bolus(30, 12, 0, 1, 2), bolus(5, 4, 4, 6)],
      [
        [0, 10, 0],
        [12, 10, 0],
        [12, 20, 0],
        [12, 30, 2],
        ...[4, 8, 12, 16, 20].map((t) => [t, 5, 0] as const),
      ],
    ));

  test('thirds of an hour meet whole hours on the same tick', async () => {
    // 36 boluses every 1/3 h and one at 12 h: if the tick differed, there would be one segment more.
    const program = oneCompartment(k, [bolus(1, 0, 1 / 3, 72), bolus(1, 12, 0, 1)]);
    const { outputs } = await solve(program, { times: Float64Array.of(12) });
    near(
      outputs[0]?.[0],
      oneCompartmentAmount(
        k,
        Array.from({ length: 36 }, (_, i) => [i / 3, 1, 0] as const),
        12,
      ),
    );
  });

  test('an output at a dose is the value before it, at however odd a time', async () => {
    const interval = 0.0123456789;
    const program = oneCompartment(k, [bolus(1, 0, interval, 1900)]);
    const starts = Float64Array.from({ length: 1900 }, (_, i) => i * interval);
    const { outputs } = await solve(program, { times: starts });
    let before = 0;
    starts.forEach((_, i) => {
      near(outputs[0]?.[i], before, 1e-7);
      before = (before + 1) * Math.exp(-k * interval);
    });
  });

  test('doses that began before 0 are running or forgotten', async () => {
    const { outputs } = await solve(oneCompartment(k, [bolus(60, -2, 0, 1, 6), bolus(10, -1, 0, 1)]), {
      times,
    });
    const running = oneCompartmentAmount(k, [[0, 40, 4]], 24);
    near(outputs[0]?.[240], running);
  });

  test('no dose for a count of 0, and none of another therapy', async () => {
    const program = oneCompartment(k, [bolus(60, 0, 1, 0), [1, 'a', n(10), n(0), n(0), n(1), n(0)]]);
    const none = await solve(program, { times });
    expect(Math.max(...(none.outputs[0] ?? []))).toBe(0);
    const other = await solve(program, { times, arms: [{ therapy: 1, study: new Float64Array(0) }] });
    near(other.outputs[0]?.[240], oneCompartmentAmount(k, [[0, 10, 0]], 24));
    const nothing = await solve(program, { times, arms: [{ therapy: -1, study: new Float64Array(0) }] });
    expect(Math.max(...(nothing.outputs[0] ?? []))).toBe(0);
  });

  test('two compartments follow the biexponential form after a bolus and through infusions', async () => {
    const column = [4.5, 58.5, 6.5, 38.5];
    const [CL = 0, V1 = 0, Q = 0, V2 = 0] = column;
    for (const duration of [0, 1, 15]) {
      const program = twoCompartments([[0, 'central', n(1000), n(0), n(12), n(3), n(duration)]]);
      const { outputs } = await solve(program, { times: range(145, 36), horizon: 36, column });
      range(145, 36).forEach((t, i) => {
        const amount = [0, 12, 24].reduce(
          (sum, start) => sum + twoCompartmentAmount([CL, V1, Q, V2], 1000, duration, t - start),
          0,
        );
        near(outputs[0]?.[i], amount / V1);
      });
    }
  });
});

describe('accumulators', () => {
  // x = sin t: every extremum and crossing is known.
  const sine = (more: Parameters<typeof sketch>[0] | object) =>
    sketch({
      states: { x: [n(0), s('y.v')], v: [n(1), call('neg', s('y.x'))] },
      watch: [
        [s('y.x'), s('f.x')],
        [sub(s('y.x'), n(0.5)), s('f.x')],
      ],
      ...more,
    });
  const at = (
    kind: 'at' | 'min' | 'max' | 'time of min' | 'time of max' | 'first time' | 'share of time',
    of = 0,
    window = 0,
  ) => ({ kind, of, window }) as const;
  const endpoints = (count: number) => Array.from({ length: count }, (_, i) => s(`a.${i}`));
  const run = (
    accumulators: readonly ReturnType<typeof at>[],
    windows: readonly (readonly [number, number])[],
    horizon = 10,
  ) =>
    solve(sine({ accumulators, windows: windows.length, endpoints: endpoints(accumulators.length) }), {
      horizon,
      times: Float64Array.of(0, horizon),
      windows,
    });

  test('extrema between steps and their times', async () => {
    const { endpoints } = await run([at('max'), at('time of max'), at('min'), at('time of min')], [[0, 6]]);
    near(endpoints[0], 1, 1e-10);
    near(endpoints[1], Math.PI / 2);
    near(endpoints[2], -1, 1e-10);
    near(endpoints[3], (3 * Math.PI) / 2);
  });

  test("extrema at a window's edges", async () => {
    const { endpoints } = await run([at('max'), at('time of max'), at('min'), at('time of min')], [[2, 4]]);
    near(endpoints[0], Math.sin(2));
    near(endpoints[1], 2);
    near(endpoints[2], Math.sin(4));
    near(endpoints[3], 4);
  });

  test('values at an instant', async () => {
    const { endpoints } = await run(
      [at('at'), at('at', 0, 1), at('at', 0, 2)],
      [
        [0, 0],
        [3.3, 3.3],
        [10, 10],
      ],
    );
    expect(endpoints[0]).toBe(0);
    near(endpoints[1], Math.sin(3.3));
    near(endpoints[2], Math.sin(10));
  });

  test('first time that a condition holds: at once, later, never', async () => {
    const first = at('first time', 1);
    const { endpoints } = await run(
      [first, at('first time', 1, 1), at('first time', 1, 2), at('first time', 1, 3)],
      [
        [0, 10],
        [1, 10],
        [4, 10],
        [3, 6],
      ],
    );
    near(endpoints[0], Math.PI / 6);
    expect(endpoints[1]).toBe(1);
    near(endpoints[2], 2 * Math.PI + Math.PI / 6);
    expect(endpoints[3]).toBeNaN();
  });

  test('time that a condition holds, through a peak inside one step too', async () => {
    const { endpoints } = await run(
      [at('share of time', 1), at('share of time', 1, 1)],
      [
        [0, 10],
        [1, 2],
      ],
    );
    near(
      endpoints[0],
      (2 * Math.PI) / 3 +
        (2.5 * Math.PI - 2 * Math.PI - Math.PI / 6 + 0) +
        Math.max(0, Math.min(10, (17 * Math.PI) / 6) - 2.5 * Math.PI),
    );
    near(endpoints[1], 1);
  });

  test('windows beyond the horizon, before 0 or reversed are missing', async () => {
    const all = [0, 1, 2, 3, 4].flatMap((w) => [at('max', 0, w), at('share of time', 1, w)]);
    const { endpoints } = await run(
      [...all, at('at', 0, 1), at('at', 0, 4)],
      [
        [0, 10],
        [3, 11],
        [-1, 2],
        [5, 4],
        [12, 13],
      ],
    );
    expect(endpoints.map(Number.isNaN)).toEqual([
      false,
      false,
      true,
      true,
      true,
      true,
      true,
      true,
      true,
      true,
      false,
      true,
    ]);
  });

  test('a condition over something missing is missing, not false', async () => {
    const program = sine({
      accumulators: [at('first time', 1)],
      windows: 1,
      endpoints: [call('lt', s('a.0'), n(5)), call('lt', n(1), n(2))],
    });
    const { endpoints } = await solve(program, { horizon: 10, times: Float64Array.of(0), windows: [[3, 6]] });
    expect(endpoints).toEqual([Number.NaN, 1]);
  });

  test('a bolus peak counts from its instant, and the trough before it counts from the left', async () => {
    const program = oneCompartment(0.5, [[0, 'a', n(10), n(4), n(4), n(2), n(0)]], {
      watch: [[s('y.a'), s('f.a')]],
      accumulators: [
        at('max'),
        at('time of max'),
        at('min', 0, 1),
        at('at', 0, 1),
        at('max', 0, 2),
        at('min', 0, 2),
      ],
      windows: 3,
      endpoints: endpoints(6),
    });
    const { endpoints: got } = await solve(program, {
      horizon: 12,
      times: Float64Array.of(0),
      windows: [
        [0, 12],
        [8, 12],
        [4, 8],
      ],
    });
    const trough = 10 * Math.exp(-2);
    near(got[0], trough + 10);
    expect(got[1]).toBe(8);
    // The window begins at the dose: the value just before it is its lowest.
    near(got[2], trough);
    near(got[3], trough);
    near(got[4], 10);
    // The window from 4 to 8 begins at 0 (before the first dose).
    near(got[5], 0);
  });

  test('integrals over windows, gated to their edges', async () => {
    const program = oneCompartment(0.5, [[0, 'a', n(10), n(0), n(4), n(3), n(1)]], {
      states: {
        a: [n(0), add(mul(n(-0.5), s('y.a')), s('u.rate_a'))],
        whole: [n(0), mul(s('y.a'), s('u.gate_0'))],
        part: [n(0), mul(s('y.a'), s('u.gate_1'))],
      },
      quadratures: 2,
      gates: [0, 1],
      accumulators: [
        { kind: 'integral', of: 1, window: 0 },
        { kind: 'integral', of: 2, window: 1 },
      ],
      windows: 2,
      endpoints: [s('a.0'), div(s('a.1'), n(2))],
    });
    const { endpoints } = await solve(program, {
      horizon: 12,
      times: range(13, 12),
      windows: [
        [0, 12],
        [5, 7],
      ],
    });
    const amount = (t: number) =>
      oneCompartmentAmount(
        0.5,
        [0, 4, 8].map((start) => [start, 10, 1]),
        t,
      );
    // da/dt = rate - 0.5 a, so the integral of a is (given - change) / 0.5.
    near(endpoints[0], (30 - amount(12)) / 0.5);
    near(endpoints[1], (amount(5) - amount(7)) / 0.5 / 2);
  });

  test('windows that touch, share an edge with a dose, or have no width', async () => {
    const program = oneCompartment(0.5, [[0, 'a', n(10), n(2), n(2), n(3), n(0)]], {
      watch: [[s('y.a'), s('f.a')]],
      accumulators: [at('max'), at('max', 0, 1), at('max', 0, 2), at('min', 0, 2)],
      windows: 3,
      endpoints: endpoints(4),
    });
    const { endpoints: got } = await solve(program, {
      horizon: 8,
      times: Float64Array.of(0),
      windows: [
        [0, 2],
        [2, 4],
        [4, 4],
      ],
    });
    // The first window ends before the dose of its last instant.
    expect(got[0]).toBe(0);
    near(got[1], 10);
    near(got[2], 10 * Math.exp(-1) + 10);
    near(got[3], 10 * Math.exp(-1));
  });
});

describe('statuses', () => {
  const one = (initial: number, derivative: Parameters<typeof mul>[0], more = {}) =>
    sketch({ states: { x: [n(initial), derivative] }, outputs: { x: s('y.x') }, ...more });

  test("x' = x^2 from 1 does not reach t = 2", async () => {
    const { status } = await solve(one(1, mul(s('y.x'), s('y.x'))), {
      horizon: 2,
      times: Float64Array.of(0),
    });
    expect(['step too small', 'not finite']).toContain(status);
  });

  test('a derivative that is not a number stops the patient', async () => {
    const { status } = await solve(one(1, call('log', n(-1))), { times: Float64Array.of(0) });
    expect(status).toBe('not finite');
  });

  test('a derivative that stops being a number on the way stops the patient', async () => {
    const { status } = await solve(one(1, call('sqrt', sub(n(5), s('t')))), { times: Float64Array.of(0) });
    expect(status).toBe('not finite');
  });

  test('an amount or a time of a dose that is not finite stops the patient', async () => {
    for (const five of [
      [div(n(1), n(0)), n(0), n(0), n(1), n(0)],
      [n(1), call('log', n(-1)), n(0), n(1), n(0)],
    ]) {
      const { status } = await solve(oneCompartment(1, [[0, 'a', ...five]]));
      expect(status).toBe('not finite');
    }
  });

  test('the step bound holds, for adaptive and for fixed steps', async () => {
    for (const method of [TSIT5, RK4]) {
      const solver = { rtol: 1e-10, atol: Float64Array.of(1e-12), step: 0.01, maxSteps: 20 };
      const { status, steps, outputs } = await solve(decay(n(1), { method }), { solver });
      expect(status).toBe('too many steps');
      expect(steps).toBe(20);
      expect(outputs[0]?.every(Number.isNaN)).toBe(true);
    }
  });

  test('an event storm is bounded', async () => {
    const program = oneCompartment(0, [[0, 'a', n(1), n(0), n(1e-7), n(1e9), n(0)]]);
    const solver = { rtol: 1e-3, atol: Float64Array.of(1e-3), step: Number.POSITIVE_INFINITY, maxSteps: 1e9 };
    expect((await solve(program, { solver })).status).toBe('event storm');
  });
});

describe('large models', () => {
  /** A chain of states, each feeding the next. */
  const chain = (length: number) =>
    sketch({
      states: Object.fromEntries(
        Array.from({ length }, (_, i) => [
          `x${i}`,
          [n(i === 0 ? 1 : 0), i === 0 ? mul(n(-1), s('y.x0')) : sub(s(`y.x${i - 1}`), s(`y.x${i}`))],
        ]),
      ),
      outputs: { last: s(`y.x${length - 1}`) },
      watch: [[s(`y.x${length - 1}`), s(`f.x${length - 1}`)]],
      accumulators: [{ kind: 'time of max', of: 0, window: 0 }],
      windows: 1,
      endpoints: [s('a.0')],
    });

  test('a chain of 60 states is the gamma density, and peaks at 59', async () => {
    const { outputs, endpoints, status } = await solve(chain(60), {
      horizon: 100,
      times: Float64Array.of(40, 59, 80),
      windows: [[0, 100]],
    });
    expect(status).toBe('done');
    const density = (t: number) => {
      let x = Math.exp(-t);
      for (let i = 1; i < 60; i++) x *= t / i;
      return x;
    };
    [40, 59, 80].forEach((t, i) => {
      near(outputs[0]?.[i], density(t), 1e-6);
    });
    near(endpoints[0], 59, 1e-7);
  });
});

test('a body that lacks a value names it', async () => {
  const program = { ...decay(n(1)), observe: body(s('p.V1')) };
  await expect(createWasmBackend().compile(program)).rejects.toThrow(/p\.V1 has no value/);
});
