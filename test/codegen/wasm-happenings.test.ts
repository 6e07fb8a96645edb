// Doses that are decided when they are given, against closed forms, in every WebAssembly kernel: scalar f64, f64x2 (the
// same bits) and f32x4 (within its precision). rtol 1e-10, agreement to 1e-8.
import { describe, expect, test } from 'vitest';
import { EXACT, RK4, RODAS5P } from '../../src/codegen/methods.ts';
import type { Program } from '../../src/codegen/program.ts';
import { call } from '../../src/language/expression.ts';
import {
  bolus, clock, compartment, eventful, happening, held, individuals, infusion, NEVER, patientOf, rowsOf, type Solved, solveAll, state,
} from './happening-fixtures.ts'; // biome-ignore format: a list
import { add, div, jobFor, mul, n, oneCompartmentAmount, s, sub } from './wasm-fixtures.ts';

const k = 0.3;
const times = Float64Array.from({ length: 97 }, (_, i) => i / 4);

const near = (got: number | undefined, wanted: number, relative: number, of: string) =>
  expect(Math.abs((got ?? Number.NaN) - wanted), `${of}: ${got} is not ${wanted}`).toBeLessThanOrEqual(
    relative * Math.max(1, Math.abs(wanted)),
  );
/** f64x2 has the scalar bits; f32x4 is near. */
const same = (name: string, scalar: Solved, other: Solved) => {
  if (name === 'f64x2') return expect(other).toEqual(scalar);
  expect(other.status).toBe(scalar.status);
  if (scalar.status !== 'done') return;
  other.outputs.forEach((values, o) => {
    values.forEach((value, i) => {
      near(value, scalar.outputs[o]?.[i] ?? Number.NaN, 5e-4, `f32x4 output ${o} at ${i}`);
    });
  });
};
const expectAmounts = async (
  program: Program,
  wanted: (t: number) => number,
  options: Parameters<typeof jobFor>[1] = {},
): Promise<Solved> => {
  const solved = await solveAll(program, { times, ...options }, same);
  expect(solved.status).toBe('done');
  times.forEach((t, i) => {
    near(solved.outputs[0]?.[i], wanted(t), 1e-8, `t = ${t}`);
  });
  return solved;
};
const doses =
  (...given: readonly (readonly [number, number, number])[]) =>
  (t: number) =>
    oneCompartmentAmount(k, given, t);
const once = (start: number) => [n(start), n(0), n(1)] as const;

describe('doses that are decided when given', () => {
  test('a bolus by a clock', () =>
    expectAmounts(
      compartment(k, { clocks: [[n(0), n(6), n(3)]], happenings: [bolus(clock(0), n(100))] }),
      doses([0, 100, 0], [6, 100, 0], [12, 100, 0]),
    ));

  test('an amount is what the state of the moment says', async () => {
    // Fills up to 50 every 6 h: from 0, 50; then 50 (1 - exp(-6 k)).
    const refill = sub(n(50), s('y.a'));
    const program = compartment(k, { clocks: [[n(0), n(6), n(4)]], happenings: [bolus(clock(0), refill)] });
    await expectAmounts(program, (t) => {
      const since = t === 0 ? 0 : Math.min(18, 6 * (Math.ceil(t / 6) - 1));
      return t === 0 ? 0 : 50 * Math.exp(-k * (t - since));
    });
  });

  test('an infusion with a lag starts and ends later', async () => {
    const program = compartment(k, {
      clocks: [once(2)],
      happenings: infusion(0, clock(0), n(100), n(3), { lag: n(1.5) }),
    });
    const { ledger } = await expectAmounts(program, doses([3.5, 100, 3]));
    expect(ledger.map(({ time, happening }) => [Math.round(time * 1e9) / 1e9, happening])).toEqual([
      [2, -1], [3.5, 0], [6.5, 1],
    ]); // biome-ignore format: rows
    expect([...(ledger[1]?.captured ?? [])]).toEqual([100, 3, 100 / 3, 1.5, 0, 0]);
  });

  test('infusions longer than their interval overlap', () =>
    expectAmounts(
      compartment(k, { clocks: [[n(1), n(4), n(4)]], happenings: infusion(0, clock(0), n(50), n(10)) }),
      doses([1, 50, 10], [5, 50, 10], [9, 50, 10], [13, 50, 10]),
    ));

  test('a plain stream and happenings at the same instant add up', () =>
    expectAmounts(
      compartment(k, {
        streams: [[0, 'a', n(30), n(6), n(6), n(2), n(0)]],
        clocks: [[n(6), n(6), n(2)]],
        happenings: [bolus(clock(0), n(20))],
      }),
      doses([6, 50, 0], [12, 50, 0]),
    ));

  test('a dose that a guard forbids is not given, and cuts the segment all the same', async () => {
    const program = compartment(k, {
      clocks: [[n(0), n(6), n(3)]],
      happenings: [bolus(clock(0), sub(n(1), s('n')), {}, { guard: 0 })],
    });
    const { ledger } = await expectAmounts(program, doses([0, 1, 0]));
    expect(ledger.map(({ happening }) => happening)).toEqual([0, -1, -1]);
  });

  test('a dose whose lag moves it past the horizon is not given', () =>
    expectAmounts(
      compartment(k, { clocks: [once(20)], happenings: [bolus(clock(0), n(10), { lag: n(4) })] }),
      () => 0,
    ));

  test('a therapy gives its own doses only', async () => {
    const program = compartment(k, {
      clocks: [once(1), once(2)],
      happenings: [bolus(clock(0), n(10), {}, { therapy: 0 }), bolus(clock(1), n(20), {}, { therapy: 1 })],
    });
    await expectAmounts(program, doses([1, 10, 0]));
    const arms = [{ therapy: 1, study: new Float64Array(0) }];
    await expectAmounts(program, doses([2, 20, 0]), { arms });
    await expectAmounts(program, () => 0, { arms: [{ therapy: -1, study: new Float64Array(0) }] });
  });

  test('replace sets the amount', () =>
    expectAmounts(
      compartment(k, {
        clocks: [once(0), once(8)],
        happenings: [bolus(clock(0), n(100)), happening('replace', clock(1), [n(7)], [[state(0), s('c.0')]])],
      }),
      (t) => (t > 8 ? 7 * Math.exp(-k * (t - 8)) : doses([0, 100, 0])(t)),
    ));

  test('targets take their new values at once', async () => {
    const program = eventful({
      states: { a: [n(1), n(0)], b: [n(2), n(0)] },
      outputs: { a: s('y.a'), b: s('y.b') },
      clocks: [once(5)],
      happenings: [happening('swap', clock(0), [], [[state(0), s('y.b')], [state(1), s('y.a')]])],
    }); // biome-ignore format: an effect a pair
    const { outputs } = await solveAll(program, { times }, same);
    expect([outputs[0]?.[96], outputs[1]?.[96]]).toEqual([2, 1]);
  });

  test('a parameter that changes at a time, and a value derived from it', async () => {
    const program = eventful({
      states: { a: [n(100), mul(mul(n(-1), s('u.k')), s('y.a'))] },
      memory: { f: n(1) },
      derived: { k: mul(n(k), s('u.f')) },
      outputs: { a: s('y.a'), k: s('u.k') },
      clocks: [once(10)],
      happenings: [happening('induce', clock(0), [], [[held(0), n(2)]])],
    });
    const wanted = (t: number) => 100 * Math.exp(-k * (t + Math.max(0, t - 10)));
    const { outputs } = await expectAmounts(program, wanted);
    near(outputs[1]?.[96], 2 * k, 1e-15, 'k');
    await expectAmounts({ ...program, method: EXACT }, wanted);
  });
});

describe('a reset', () => {
  const withReset = (resetAt: number, more: Parameters<typeof compartment>[1] = {}) =>
    compartment(k, {
      clocks: [once(1), once(resetAt)],
      happenings: [
        ...infusion(0, clock(0), n(100), n(8)),
        happening('reset', clock(1), [n(1)], [], { reset: 0 }),
      ],
      ...more,
    });

  test('in the middle of an infusion ends it and empties the body', () =>
    expectAmounts(withReset(4), (t) => (t > 4 ? 0 : doses([1, 100, 8])(t))));

  test('drops a dose that waits for its lag', () =>
    expectAmounts(
      withReset(4, {
        happenings: [
          bolus(clock(0), n(10), { lag: n(5) }),
          happening('reset', clock(1), [n(1)], [], { reset: 0 }),
        ],
      }),
      () => 0,
    ));

  test('ends clocks of doses that began before it, not those that begin with it', () =>
    expectAmounts(
      compartment(k, {
        clocks: [[n(0), n(3), n(8)], once(7), [n(7), n(6), n(2)]],
        happenings: [
          bolus(clock(0), n(10)),
          happening('reset', clock(1), [n(1)], [], { reset: 0 }),
          // Put in behind the reset of the same instant.
          bolus(clock(2), n(40)),
        ],
      }),
      (t) => (t > 7 ? doses([7, 40, 0], [13, 40, 0])(t) : doses([0, 10, 0], [3, 10, 0], [6, 10, 0])(t)),
    ));

  test('and dose: the dose is given to the empty body', () =>
    expectAmounts(
      compartment(k, {
        clocks: [once(0), once(5)],
        happenings: [
          bolus(clock(0), n(100)),
          happening('reset and dose', clock(1), [n(30)], [[state(0), add(s('y.a'), s('c.0'))]], {
            reset: 0,
            dose: { state: 0, amount: 0, duration: 0 },
          }),
        ],
      }),
      (t) => (t > 5 ? 30 * Math.exp(-k * (t - 5)) : doses([0, 100, 0])(t)),
    ));
});

/** Amount at a time since the last dose in the steady state of boluses. */
const steadyBolus = (amount: number, interval: number, since: number) =>
  (amount * Math.exp(-k * since)) / (1 - Math.exp(-k * interval));
/** The sum of 4,000 infusions of the past, in the steady state, at a time since the start of the last one. */
const steadyInfusion = (amount: number, duration: number, interval: number, since: number) => {
  const past = Array.from({ length: 400 }, (_, i) => [-i * interval, amount, duration] as const);
  return oneCompartmentAmount(k, past, since);
};

describe('a steady state', () => {
  const before = bolus(clock(1), n(25));
  const at = (mode: number, more: object = {}) =>
    compartment(k, {
      clocks: [once(6), once(2)],
      happenings: [bolus(clock(0), n(100), { mode: n(mode), interval: n(8) }), before],
      ...more,
    });

  test('1: replaces what was there', () =>
    expectAmounts(at(1), (t) => (t > 6 ? steadyBolus(100, 8, t - 6) : doses([2, 25, 0])(t))));

  test('2: is added to what was there', () =>
    expectAmounts(at(2), (t) => (t > 6 ? steadyBolus(100, 8, t - 6) : 0) + doses([2, 25, 0])(t)));

  test('3: from what was there comes to the same', () =>
    expectAmounts(at(3), (t) => (t > 6 ? steadyBolus(100, 8, t - 6) : doses([2, 25, 0])(t))));

  test('of doses with a lag: the last one is interval - lag ago', () =>
    expectAmounts(
      compartment(k, {
        clocks: [once(6)],
        happenings: [bolus(clock(0), n(100), { mode: n(1), interval: n(8), lag: n(3) })],
      }),
      (t) => (t <= 6 ? 0 : t > 9 ? steadyBolus(100, 8, t - 9) : steadyBolus(100, 8, t - 6 + 5)),
    ));

  test('of doses with a lag longer than the interval: those under way arrive', () =>
    expectAmounts(
      compartment(k, {
        clocks: [once(6)],
        happenings: [bolus(clock(0), n(100), { mode: n(1), interval: n(4), lag: n(5) })],
      }),
      // Doses arrive at 7 (given at 2) and 11 (given at 6).
      (t) =>
        t <= 6
          ? 0
          : t <= 7
            ? steadyBolus(100, 4, t - 3)
            : t <= 11
              ? steadyBolus(100, 4, t - 7)
              : steadyBolus(100, 4, t - 11),
    ));

  const infused = (duration: number, interval: number, more: object = {}) =>
    compartment(k, {
      clocks: [once(6)],
      happenings: infusion(0, clock(0), n(100), n(duration), { mode: n(1), interval: n(interval) }),
      ...more,
    });
  const past = (duration: number, interval: number) =>
    Array.from({ length: 300 }, (_, i) => [6 - i * interval, 100, duration] as const);

  test('of infusions shorter than the interval', () =>
    expectAmounts(infused(2, 8), (t) => (t <= 6 ? 0 : oneCompartmentAmount(k, past(2, 8), t))));

  test('of infusions longer than the interval: those that run go on', () =>
    expectAmounts(infused(10, 4), (t) => (t <= 6 ? 0 : oneCompartmentAmount(k, past(10, 4), t))));

  test('of infusions as long as the interval', () =>
    expectAmounts(infused(4, 4), (t) => (t <= 6 ? 0 : oneCompartmentAmount(k, past(4, 4), t))));

  test('of a constant infusion: its rate ends at that instant', () =>
    expectAmounts(
      compartment(k, {
        clocks: [once(6)],
        happenings: infusion(
          0,
          clock(0),
          n(0),
          n(0),
          { mode: n(1), interval: n(0), rate: n(12) },
          { guard: null },
        ),
      }),
      // The dose itself, of no duration, adds nothing that lasts.
      (t) => (t <= 6 ? 0 : (12 / k) * Math.exp(-k * (t - 6))),
    ));

  test('by exact propagation and by a stiff method', async () => {
    for (const method of [EXACT, RODAS5P]) {
      const { times: _, ...job } = jobFor(infused(10, 4, { method }), { times });
      const program = infused(10, 4, { method });
      const solved = patientOf(
        program,
        { ...job, times },
        await individuals('f64x2', program, { ...job, times }),
      );
      expect(solved.status).toBe('done');
      times.forEach((t, i) => {
        near(
          solved.outputs[0]?.[i],
          t <= 6 ? 0 : oneCompartmentAmount(k, past(10, 4), t),
          1e-8,
          `${method.name} ${t}`,
        );
      });
    }
  });

  test('of saturable elimination is the one that brute force comes to', async () => {
    const states = {
      a: [n(0), sub(s('u.rate'), div(mul(n(20), s('y.a')), add(n(30), s('y.a'))))],
    } as const;
    const ss = compartment(k, {
      states,
      clocks: [once(0)],
      happenings: infusion(0, clock(0), n(100), n(2), { mode: n(1), interval: n(8) }),
    });
    const { outputs, status } = await solveAll(ss, { times, atol: 1e-9 } as object, same);
    expect(status).toBe('done');
    const long = Float64Array.from(times, (t) => t + 1600);
    const brute = compartment(k, {
      states,
      clocks: [[n(0), n(8), n(201)]],
      happenings: infusion(0, clock(0), n(100), n(2)),
    });
    const job = jobFor(brute, { times: long, horizon: 1624, rtol: 1e-11 });
    const wanted = patientOf(brute, job, await individuals('f64x2', brute, job));
    times.forEach((t, i) => {
      if (t > 0) near(outputs[0]?.[i], wanted.outputs[0]?.[i] ?? Number.NaN, 1e-7, `t = ${t}`);
    });
  });

  test('that does not exist is told', async () => {
    const program = compartment(k, {
      states: { a: [n(0), sub(s('u.rate'), div(mul(n(1), s('y.a')), add(n(30), s('y.a'))))] },
      clocks: [once(0)],
      happenings: infusion(0, clock(0), n(100), n(2), { mode: n(1), interval: n(8) }),
    });
    expect((await solveAll(program, { times }, same)).status).toBe('no steady state');
  });

  test('leaves running integrals and the time as they were', async () => {
    const program = compartment(k, {
      states: {
        a: [n(0), add(mul(n(-k), s('y.a')), s('u.rate'))],
        area: [n(0), mul(s('y.a'), s('u.gate_0'))],
      },
      quadratures: 1,
      gates: [0],
      memory: { rate: n(0) },
      clocks: [once(6)],
      happenings: [{ ...bolus(clock(0), n(100), { mode: n(1), interval: n(8) }) }],
      accumulators: [{ kind: 'integral', of: 1, window: 0 }],
      windows: 1,
      endpoints: [s('a.0')],
    });
    const { endpoints } = await solveAll(program, { times, windows: [[0, 14]] }, same);
    // AUC over an interval at steady state is dose / k.
    near(endpoints[0], 100 / k, 1e-8, 'area');
  });
});

test('a steady state of a drug that needs thousands of intervals is summed, not waited for', async () => {
  // A half-life of 693 intervals: without the sum of the geometric rest 1e-10 would take 23,000 of them.
  const slow = 0.001;
  const program = compartment(slow, {
    clocks: [once(0)],
    happenings: [bolus(clock(0), n(1), { mode: n(1), interval: n(1) })],
  });
  const { outputs, status } = await solveAll(program, { times, rtol: 1e-9 }, (name, a, b) => {
    if (name === 'f64x2') same(name, a, b);
  });
  expect(status).toBe('done');
  near(outputs[0]?.[4], Math.exp(-slow) / (1 - Math.exp(-slow)), 1e-7, 'after an hour');
});

test('infusions that run in a steady state count beside their rate', async () => {
  // The end of an infusion sets the rate to exactly 0 with the last one that runs.
  const count = s('u.count');
  const [start, end] = infusion(0, clock(0), n(100), n(10), { mode: n(1), interval: n(4) });
  if (start === undefined || end === undefined) throw new Error('an infusion is two happenings');
  const program = compartment(k, {
    memory: { rate: n(0), count: n(0) },
    outputs: { a: s('y.a'), rate: s('u.rate'), count },
    clocks: [once(6)],
    happenings: [
      happening('start', clock(0), start.capture.results, [[held(0), add(s('u.rate'), s('c.2'))], [held(1), add(count, n(1))]], {
        ...start,
        effect: { locals: [], results: [add(s('u.rate'), s('c.2')), add(count, n(1))] },
        targets: [...start.targets, { kind: 'held', index: 1 }],
      }),
      happening('end', NEVER, [], [
        [held(0), call('if', call('gt', count, n(1.5)), sub(s('u.rate'), s('c.0')), n(0))],
        [held(1), sub(count, n(1))],
      ]),
    ],
  }); // biome-ignore format: an effect a line
  const past = Array.from({ length: 300 }, (_, i) => [6 - i * 4, 100, 10] as const);
  const { outputs } = await expectAmounts(program, (t) => (t <= 6 ? 0 : oneCompartmentAmount(k, past, t)));
  // At 6 the dose of 6 itself joins those of 2 and -2; the last ends at 16.
  expect([outputs[2]?.[25], outputs[2]?.[96], outputs[1]?.[96]]).toEqual([3, 0, 0]);
});

describe('rows and draws', () => {
  test("each patient's own rows are given at their times", async () => {
    const program = compartment(k, {
      tables: [{ name: 'doses', fields: ['time', 'amount'] }],
      happenings: [bolus({ kind: 'table', table: 0 }, s('row.amount'))],
    });
    const rows = [[[-1, 99], [1, 10], [5, 20], [5, 30]], [[2, 7]], []]; // biome-ignore format: a patient each
    const job = jobFor(program, { times, patients: 3, tables: [rowsOf(rows, 2)] });
    for (const kernel of ['scalar', 'f64x2'] as const)
      for (const chunk of [64, 2]) {
        const all = await individuals(kernel, program, job, [0, 1, 2], chunk);
        rows.forEach((own, i) => {
          const { outputs } = patientOf(program, job, all, i);
          const given = own.filter(([t = 0]) => t >= 0).map(([t = 0, amount = 0]) => [t, amount, 0] as const);
          times.forEach((t, at) => {
            near(outputs[0]?.[at], oneCompartmentAmount(k, given, t), 1e-8, `patient ${i} at ${t}`);
          });
        });
      }
  });

  test('an occurrence draws its own row; past the last the patient ends', async () => {
    const make = (count: number) =>
      compartment(k, {
        tables: [{ name: 'draws', fields: ['time', 'draw.0', 'draw.1'] }],
        draws: 0,
        clocks: [[n(0), n(6), n(count)]],
        happenings: [bolus(clock(0), add(s('draw.0'), mul(n(10), s('draw.1'))))],
      });
    const rows = rowsOf([[[0, 1, 2], [0, 3, 4], [0, 5, 6]]], 3); // biome-ignore format: rows
    await expectAmounts(make(3), doses([0, 21, 0], [6, 43, 0], [12, 65, 0]), { tables: [rows] });
    expect((await solveAll(make(4), { times, tables: [rows] }, same)).status).toBe('event storm');
  });

  test('breaks cut segments and change nothing else, in plain programs too', async () => {
    const breaks = Float64Array.of(1, 2.5, 7, 30);
    const plain = compartment(k, { memory: {}, states: { a: [n(5), mul(n(-k), s('y.a'))] } });
    await expectAmounts(plain, (t) => 5 * Math.exp(-k * t), { breaks });
    // Fixed steps: a segment has whole steps.
    const solver = { rtol: 0, atol: Float64Array.of(0), step: 24, maxSteps: 100 };
    const fixed = { ...plain, method: RK4 };
    const job = jobFor(fixed, { times, breaks, solver });
    for (const kernel of ['scalar', 'f64x2', 'f32x4'] as const)
      expect(patientOf(fixed, job, await individuals(kernel, fixed, job)).steps).toBe(4);
  });
});

test('exact propagation gives doses that are decided when given, and refuses conditions', async () => {
  const doseUp = compartment(k, {
    method: EXACT,
    clocks: [[n(1), n(4), n(4)]],
    happenings: infusion(0, clock(0), call('max', n(20), s('y.a')), n(10)),
  });
  const stepped = compartment(k, {
    clocks: [[n(1), n(4), n(4)]],
    happenings: infusion(0, clock(0), call('max', n(20), s('y.a')), n(10)),
  });
  const job = jobFor(doseUp, { times });
  const exact = patientOf(doseUp, job, await individuals('scalar', doseUp, job));
  const wanted = patientOf(stepped, job, await individuals('scalar', stepped, job));
  times.forEach((t, i) => {
    near(exact.outputs[0]?.[i], wanted.outputs[0]?.[i] ?? Number.NaN, 1e-8, `t = ${t}`);
  });
  const conditional = compartment(k, {
    method: EXACT,
    watch: [[sub(s('y.a'), n(1)), s('f.a')]],
    happenings: [happening('late', { kind: 'condition', of: 0, initially: false }, [], [[held(0), n(1)]])],
  });
  await expect(individuals('scalar', conditional, jobFor(conditional))).rejects.toThrow(
    /late waits for a condition/,
  );
});

test('a visit that puts in the next one decides its distance', async () => {
  // Visits 1, 2, 4, 8 h after one another are one happening that follows itself; each gives 10.
  const program = compartment(k, {
    memory: { rate: n(0), gap: n(0.5) },
    clocks: [once(1)],
    happenings: [
      happening('first', clock(0), [n(2), n(10)], [[state(0), add(s('y.a'), s('c.1'))]], {
        follow: { happening: 1, delay: 0, captured: [0, 1] },
      }),
      happening('again', NEVER, [], [[state(0), add(s('y.a'), s('c.1'))]], {
        follow: { happening: 1, delay: 0, captured: [0, 1] },
      }),
    ],
  });
  const given = Array.from({ length: 12 }, (_, i) => [1 + 2 * i, 10, 0] as const);
  await expectAmounts(program, doses(...given));
});

test('the sum of many past infusions is the closed form of the steady state', () => {
  near(
    steadyInfusion(100, 2, 8, 0),
    (100 / 2 / k) * ((Math.exp(k * 2) - 1) / (Math.exp(k * 8) - 1)),
    1e-12,
    'trough',
  );
});
