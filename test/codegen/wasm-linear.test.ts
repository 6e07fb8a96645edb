// Exact propagation against closed forms, to 1e-12: compartments, doses, chains, repeated and zero eigenvalues; then
// accumulators, statuses, and agreement with Tsit5 on the shipped models.
import { afterAll, describe, expect, it, test } from 'vitest';
import { EXACT, TSIT5 } from '../../src/codegen/methods.ts';
import type { Program } from '../../src/codegen/program.ts';
import { STATUSES } from '../../src/engine/backend.ts';
import { tickOf, toTicks } from '../../src/engine/lane-memory.ts';
import { createWasmBackend } from '../../src/engine/webassembly.ts';
import { call } from '../../src/language/expression.ts';
import {
  add, div, jobFor, mul, n, oneCompartment, oneCompartmentAmount, s, sketch, sub, twoCompartmentAmount, twoCompartments,
} from './wasm-fixtures.ts'; // biome-ignore format: a list

const backend = createWasmBackend();
afterAll(() => backend.dispose());

/** One patient of arm 0: status, outputs[output][time], endpoints. */
async function solve(program: Program, options: Parameters<typeof jobFor>[1] = {}) {
  const job = jobFor(program, options);
  const kernel = await backend.compile({ ...program, method: EXACT });
  const { arms } = await kernel.individuals(job, [0]);
  kernel.dispose();
  const [arm] = arms;
  if (arm === undefined) throw new Error('no arm');
  const times = job.times.length;
  return {
    status: STATUSES[arm.status[0] ?? 0],
    steps: arm.steps[0] ?? 0,
    outputs: program.outputs.map((_, o) => [...arm.outputs.slice(o * times, (o + 1) * times)]),
    endpoints: [...arm.endpoints],
  };
}
/** The tick's time nearest to t in a run to `horizon`: what a kernel means by t. */
const onTick = (t: number, horizon = 24): number => toTicks(t, tickOf(horizon)) * tickOf(horizon);
const range = (count: number, end: number) =>
  Float64Array.from({ length: count }, (_, i) => (i * end) / (count - 1));
const near = (got: number | undefined, wanted: number, relative = 1e-12) =>
  expect(Math.abs((got ?? Number.NaN) - wanted), `${got} is not ${wanted}`).toBeLessThanOrEqual(
    relative * Math.abs(wanted),
  );

const follows = (got: readonly number[] | undefined, times: Float64Array, exact: (t: number) => number) =>
  times.forEach((t, i) => {
    near(got?.[i], exact(t));
  });

describe('one compartment', () => {
  const k = 0.4;
  const bolus = (amount: number, start: number, interval: number, count: number, duration = 0) =>
    [0, 'a', n(amount), n(start), n(interval), n(count), n(duration)] as const;
  it.each([
    ['a bolus', [bolus(100, 0, 0, 1)], [[0, 100, 0]]],
    ['repeated boluses', [bolus(100, 0, 6, 4)], [0, 6, 12, 18].map((t) => [t, 100, 0] as const)],
    ['an infusion', [bolus(100, 2, 0, 1, 3)], [[2, 100, 3]]],
    ['overlapping infusions', [bolus(50, 0, 4, 4, 10)], [0, 4, 8, 12].map((t) => [t, 50, 10] as const)],
    ['an infusion of a second', [bolus(50, 5, 0, 1, 1 / 3600)], [[5, 50, 1 / 3600]]],
    [
      'odd times',
      [bolus(10, 0.123, Math.PI, 5), bolus(30, 1.7, 2.9, 3, 0.77)],
      [
        ...[0, 1, 2, 3, 4].map((i) => [onTick(0.123) + i * onTick(Math.PI), 10, 0] as const),
        ...[0, 1, 2].map((i) => [onTick(1.7) + i * onTick(2.9), 30, 0.77] as const),
      ],
    ],
  ] as const)('%s', async (_, streams, doses) => {
    const ticked = doses.map(([at, amount, over]) => [onTick(at), amount, onTick(over)] as const);
    for (const times of [range(241, 24), range(200, 24), Float64Array.of(0.1, 3, 3.0001, 17, 24)]) {
      const { outputs, status } = await solve(oneCompartment(k, streams), { times });
      expect(status).toBe('done');
      follows(outputs[0], times, (t) => oneCompartmentAmount(k, ticked, onTick(t)));
    }
  });
});

describe('two compartments', () => {
  it.each([0, 1, 15])('infused over %d h follow the biexponential form', async (duration) => {
    const column = [4.5, 58.5, 6.5, 38.5] as const;
    const program = twoCompartments([[0, 'central', n(1000), n(0), n(12), n(3), n(duration)]]);
    for (const times of [range(145, 36), range(100, 36), range(4, 36)]) {
      const { outputs } = await solve(program, { times, horizon: 36, column });
      times.forEach((t, i) => {
        const amount = [0, 12, 24].reduce(
          (sum, start) => sum + twoCompartmentAmount([...column], 1000, duration, onTick(t, 36) - start),
          0,
        );
        near(outputs[0]?.[i], amount / column[1]);
      });
    }
  });
});

/** Rates between compartments, a bolus of 1 into the first at the start. */
const compartments = (
  rates: readonly (readonly [from: number, to: number | null, rate: number])[],
  count: number,
) =>
  sketch({
    states: Object.fromEntries(
      Array.from({ length: count }, (_, i) => {
        const terms = rates.flatMap(([from, to, rate]) =>
          from === i ? [mul(n(-rate), s(`y.x${i}`))] : to === i ? [mul(n(rate), s(`y.x${from}`))] : [],
        );
        return [
          `x${i}`,
          [
            n(i === 0 ? 1 : 0),
            terms.reduce((sum, x) => add(sum, x), n(0) as ReturnType<typeof add> | ReturnType<typeof n>),
          ] as const,
        ];
      }),
    ),
    outputs: Object.fromEntries(Array.from({ length: count }, (_, i) => [`x${i}`, s(`y.x${i}`)])),
  });

describe('oral absorption', () => {
  const times = range(97, 24).map((t) => onTick(t));
  it('follows the Bateman function', async () => {
    const [ka, ke] = [1.59, 0.0865];
    const { outputs } = await solve(
      compartments(
        [
          [0, 1, ka],
          [1, null, ke],
        ],
        2,
      ),
      { times },
    );
    follows(outputs[1], times, (t) => (ka * (Math.exp(-ke * t) - Math.exp(-ka * t))) / (ka - ke));
  });
  it('with ka = ke is k t exp(-k t)', async () => {
    const k = 0.7;
    const { outputs } = await solve(
      compartments(
        [
          [0, 1, k],
          [1, null, k],
        ],
        2,
      ),
      { times },
    );
    follows(outputs[1], times, (t) => k * t * Math.exp(-k * t));
  });
  it('with ka almost ke does not lose digits', async () => {
    const [ka, ke] = [0.7 + 1e-9, 0.7];
    const { outputs } = await solve(
      compartments(
        [
          [0, 1, ka],
          [1, null, ke],
        ],
        2,
      ),
      { times },
    );
    // (exp(-ke t) - exp(-ka t)) / (ka - ke) = exp(-ke t) t (1 - d t / 2 + ...)
    follows(outputs[1], times, (t) => ka * t * Math.exp(-ke * t) * (1 - 1e-9 * t * 0.5));
  });
  it('into a compartment without loss keeps everything', async () => {
    const { outputs } = await solve(compartments([[0, 1, 1.3]], 2), { times });
    follows(outputs[1], times, (t) => -Math.expm1(-1.3 * t));
  });
  it('stiff by five powers of ten, the slow phase is right', async () => {
    const [ka, ke] = [1e4, 0.1];
    const { outputs } = await solve(
      compartments(
        [
          [0, 1, ka],
          [1, null, ke],
        ],
        2,
      ),
      { times },
    );
    times.slice(1).forEach((t, i) => {
      near(outputs[1]?.[i + 1], (ka * Math.exp(-ke * t)) / (ka - ke), 1e-9);
    });
  });
});

describe('three compartments', () => {
  it('keep their mass and follow the sum of exponentials by another method', async () => {
    // Catenary: exchange 0 <-> 1, 0 <-> 2, loss from 0. The reference is Tsit5 at 1e-12 on the same Program.
    const program = compartments(
      [
        [0, 1, 0.8],
        [1, 0, 0.3],
        [0, 2, 0.2],
        [2, 0, 0.01],
        [0, null, 0.15],
      ],
      3,
    );
    const times = range(60, 48);
    const { outputs } = await solve(program, { times, horizon: 48 });
    const kernel = await backend.compile({ ...program, method: TSIT5 });
    const { arms } = await kernel.individuals(jobFor(program, { times, horizon: 48, rtol: 1e-13 }), [0]);
    times.forEach((_, i) => {
      for (let o = 0; o < 3; o++) {
        const wanted = arms[0]?.outputs[o * 60 + i] ?? Number.NaN;
        expect(Math.abs((outputs[o]?.[i] ?? Number.NaN) - wanted)).toBeLessThan(1e-12);
      }
    });
  });
  it('without loss keep 1', async () => {
    const program = compartments(
      [
        [0, 1, 5],
        [1, 0, 0.3],
        [1, 2, 2],
        [2, 0, 0.07],
      ],
      3,
    );
    const { outputs } = await solve(program, { times: range(11, 240), horizon: 240 });
    for (let i = 0; i < 11; i++)
      near((outputs[0]?.[i] ?? 0) + (outputs[1]?.[i] ?? 0) + (outputs[2]?.[i] ?? 0), 1, 1e-12);
  });
});

describe('chains of equal rates are gamma densities', () => {
  // 6 states are unrolled, 60 go by the vector's series.
  it.each([2, 6, 60])('%d states', async (length) => {
    const rates = Array.from({ length }, (_, i) => [i, i + 1 < length ? i + 1 : null, 1] as const);
    const times = Float64Array.of(0.5, 1, length / 2, length, 100);
    const { outputs, status } = await solve(compartments(rates, length), { times, horizon: 100 });
    expect(status).toBe('done');
    times.forEach((t, i) => {
      let x = Math.exp(-t);
      let largest = x;
      for (let j = 1; j < length; j++) {
        x *= t / j;
        largest = Math.max(largest, x);
      }
      expect(Math.abs((outputs[length - 1]?.[i] ?? Number.NaN) - x)).toBeLessThan(1e-12 * largest);
    });
  });
});

describe('other flows', () => {
  it('nothing moves but for a constant rate', async () => {
    const { outputs } = await solve(
      sketch({ states: { x: [n(1), n(2)] }, outputs: { x: s('y.x'), clock: s('t') } }),
      { times: range(49, 24) },
    );
    range(49, 24).forEach((t, i) => {
      near(outputs[0]?.[i], 1 + 2 * t);
      near(outputs[1]?.[i], t);
    });
  });
  it('an undamped swing stays on its circle for a hundred turns', async () => {
    const program = sketch({
      states: { x: [n(0), s('y.v')], v: [n(1), call('neg', s('y.x'))] },
      outputs: { x: s('y.x'), energy: add(mul(s('y.x'), s('y.x')), mul(s('y.v'), s('y.v'))) },
    });
    const times = range(1000, 628).map((t) => onTick(t, 628));
    const { outputs } = await solve(program, { times, horizon: 628 });
    times.forEach((t, i) => {
      expect(Math.abs((outputs[0]?.[i] ?? Number.NaN) - Math.sin(t))).toBeLessThan(2e-12);
      near(outputs[1]?.[i], 1, 2e-12);
    });
  });
  it('states in units ten powers of ten apart', async () => {
    // Virus and cells as in viral dynamics: v' = p i - c v, i' = -d i, v in copies.
    const [p, c, d] = [1e10, 3, 0.5];
    const program = sketch({
      states: { v: [n(0), sub(mul(n(p), s('y.i')), mul(n(c), s('y.v')))], i: [n(1), mul(n(-d), s('y.i'))] },
      outputs: { v: s('y.v') },
    });
    const { outputs } = await solve(program, { times: range(25, 24) });
    follows(outputs[0], range(25, 24), (t) => (p * (Math.exp(-d * t) - Math.exp(-c * t))) / (c - d));
  });
});

describe('accumulators', () => {
  const sine = (more: object) =>
    sketch({
      states: {
        x: [n(0), s('y.v')],
        v: [n(1), call('neg', s('y.x'))],
        area: [n(0), mul(s('y.x'), s('u.gate_0'))],
      },
      quadratures: 1,
      gates: [0],
      watch: [
        [s('y.x'), s('f.x')],
        [sub(s('y.x'), n(0.5)), s('f.x')],
        [mul(s('y.x'), s('y.v')), add(mul(s('f.x'), s('y.v')), mul(s('y.x'), s('f.v')))],
      ],
      ...more,
    });
  test('of a swing: extrema, their times, crossings, shares, areas, and those of a product', async () => {
    const kinds = ['max', 'time of max', 'min', 'time of min'] as const;
    const program = sine({
      accumulators: [
        ...kinds.map((kind) => ({ kind, of: 0, window: 0 })),
        { kind: 'first time', of: 1, window: 0 },
        { kind: 'share of time', of: 1, window: 0 },
        { kind: 'integral', of: 2, window: 0 },
        { kind: 'at', of: 0, window: 1 },
        { kind: 'max', of: 2, window: 0 },
        { kind: 'time of max', of: 2, window: 2 },
      ],
      windows: 3,
      endpoints: Array.from({ length: 10 }, (_, i) => s(`a.${i}`)),
    });
    const { endpoints, status } = await solve(program, {
      horizon: 10,
      times: Float64Array.of(0, 10),
      windows: [
        [0, 6],
        [3.3, 3.3],
        [3, 5],
      ],
    });
    expect(status).toBe('done');
    const wanted = [
      1,
      Math.PI / 2,
      -1,
      (3 * Math.PI) / 2,
      Math.PI / 6,
      (2 * Math.PI) / 3,
      1 - Math.cos(onTick(6, 10)),
      Math.sin(onTick(3.3, 10)),
      0.5,
      Math.PI * 1.25,
    ];
    wanted.forEach((x, i) => {
      near(endpoints[i], x, i === 1 || i === 3 || i === 9 ? 1e-9 : 1e-12);
    });
  });
  test('of an oral dose: the peak and the crossings around it', async () => {
    const [ka, ke] = [2.5, 0.05];
    const program = sketch({
      states: {
        depot: [n(0), mul(n(-ka), s('y.depot'))],
        central: [n(0), sub(mul(n(ka), s('y.depot')), mul(n(ke), s('y.central')))],
      },
      streams: [[0, 'depot', n(100), n(0), n(0), n(1), n(0)]],
      watch: [
        [s('y.central'), s('f.central')],
        [sub(s('y.central'), n(60)), s('f.central')],
      ],
      accumulators: [
        { kind: 'max', of: 0, window: 0 },
        { kind: 'time of max', of: 0, window: 0 },
        { kind: 'share of time', of: 1, window: 0 },
        { kind: 'first time', of: 1, window: 0 },
      ],
      windows: 1,
      endpoints: [s('a.0'), s('a.1'), s('a.2'), s('a.3')],
    });
    const { endpoints, steps } = await solve(program, {
      horizon: 480,
      times: Float64Array.of(0),
      windows: [[0, 480]],
    });
    const x = (t: number) => (100 * ka * (Math.exp(-ke * t) - Math.exp(-ka * t))) / (ka - ke);
    const peak = Math.log(ka / ke) / (ka - ke);
    near(endpoints[0], x(peak));
    near(endpoints[1], peak, 1e-8);
    near(x(endpoints[3] ?? 0), 60, 1e-11);
    near(x((endpoints[3] ?? 0) + (endpoints[2] ?? 0)), 60, 1e-11);
    expect(steps).toBeLessThan(70);
  });
  test('integrals through infusions, over windows that open and close', async () => {
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
    near(endpoints[0], (30 - amount(12)) / 0.5);
    near(endpoints[1], (amount(5) - amount(7)) / 0.5 / 2);
  });
});

describe('statuses', () => {
  const growth = (rate: number) =>
    sketch({ states: { x: [n(1), mul(n(rate), s('y.x'))] }, outputs: { x: s('y.x') } });
  it('growth beyond all numbers is not finite', async () => {
    expect((await solve(growth(100))).status).toBe('not finite');
    expect((await solve(growth(1))).outputs[0]?.[3]).toBeCloseTo(Math.exp(24), -2);
  });
  it('a coefficient that is not a number, or infinite, is not finite', async () => {
    for (const bad of [call('log', n(-1)), div(n(1), n(0))]) {
      const program = sketch({ states: { x: [n(0), mul(bad, s('y.x'))] }, outputs: { x: s('y.x') } });
      expect((await solve(program)).status).toBe('not finite');
    }
  });
  it('the bound on steps and on events holds', async () => {
    const program = oneCompartment(0.1, [[0, 'a', n(1), n(0), n(1e-7), n(1e9), n(0)]]);
    const solver = { rtol: 1e-3, atol: Float64Array.of(1e-3), step: 1, maxSteps: 20 };
    expect(await solve(program, { solver })).toMatchObject({ status: 'too many steps', steps: 20 });
    expect((await solve(program, { solver: { ...solver, maxSteps: 1e9 } })).status).toBe('event storm');
  });
  it('a large stiff system stops instead of holding a lane', async () => {
    const rates = Array.from({ length: 40 }, (_, i) => [i, i + 1 < 40 ? i + 1 : null, 1e9] as const);
    expect((await solve(compartments(rates, 40))).status).toBe('too many steps');
  });
  it('a Program that is not linear is refused with the term', async () => {
    const program = sketch({ states: { x: [n(1), mul(s('y.x'), s('y.x'))] } });
    await expect(solve(program)).rejects.toThrow(/not linear: d\/dt\(x\) multiplies x by x/);
  });
});
