// The WebGPU backend against closed forms, on whatever GPU (or emulation) there is.
import { describe, expect, it } from 'vitest';
import type { Program } from '../../src/codegen/program.ts';
import { type Job, STATUSES } from '../../src/engine/backend.ts';
import { call, type Expression } from '../../src/language/expression.ts';
import {
  columnsOf,
  DECAY,
  DOSED,
  INFUSIONS,
  jobFor,
  method,
  mul,
  n,
  SWING,
  s,
  scalar,
  sub,
} from '../codegen/fixtures.ts';
import { backend, gpu } from './gpu.ts';

/** One patient (or the chosen ones) of the first arm. */
async function solve(program: Program, job: Job, patients: readonly number[] = [0]) {
  const kernel = await backend().compile(program);
  const { arms } = await kernel.individuals(job, patients);
  const [arm] = arms;
  if (!arm) throw new Error('no arm');
  return { ...arm, status: Array.from(arm.status, (x) => STATUSES[x]) };
}

const close = (got: number | undefined, want: number, relative = 1e-4, what = '') =>
  expect(Math.abs((got ?? Number.NaN) - want), `${what}: ${got}, not ${want}`).toBeLessThanOrEqual(
    relative * Math.abs(want) + 1e-6,
  );

/** Amount at t after `amount` given over `duration` from `start`, one compartment. */
function superposed(k: number, t: number, start: number, duration: number, amount: number): number {
  if (t < start) return 0;
  if (duration === 0) return amount * Math.exp(-k * (t - start));
  const rate = amount / duration;
  const end = Math.min(t, start + duration);
  return (rate / k) * (Math.exp(-k * (t - end)) - Math.exp(-k * (t - start)));
}

describe.skipIf(!gpu)('solutions on the GPU', () => {
  it('decay as the exponential does, at every output time', async () => {
    const times = Float64Array.from({ length: 101 }, (_, i) => i / 10);
    const rates = [0.1, 0.5, 1, 2];
    const job = jobFor(DECAY, { horizon: 10, patients: 4, columns: columnsOf('k', rates), times });
    const { status, outputs } = await solve(DECAY, job, [0, 1, 2, 3]);
    expect(status).toEqual(['done', 'done', 'done', 'done']);
    for (const [t, time] of times.entries()) {
      for (const [i, k] of rates.entries())
        close(outputs[t * 4 + i], Math.exp(-k * time), 1e-4, `k ${k}, t ${time}`);
    }
  });

  it('take equal steps where the method has no error estimate', async () => {
    const rk4 = { ...DECAY, method: method('rk4') };
    const job = jobFor(rk4, {
      horizon: 10,
      patients: 1,
      columns: columnsOf('k', [0.5]),
      times: Float64Array.of(0.05, 3.33, 10),
    });
    const { steps, outputs } = await solve(rk4, { ...job, solver: { ...job.solver, step: 0.1 } });
    expect(steps[0]).toBe(100);
    for (const [i, t] of [0.05, 3.33, 10].entries()) close(outputs[i], Math.exp(-0.5 * t), 1e-4);
  });

  it.each([
    ['infusions that never meet', 0, [[100, 0, 4, 3, 2]]],
    ['infusions that overlap', 1, [[100, 0.1, 4, 5, 6]]],
    [
      'boluses, two of them at one instant',
      2,
      [
        [50, 0, 6, 4, 0],
        [25, 12, 0, 1, 0],
      ],
    ],
    ['no therapy', -1, []],
  ])('superpose %s', async (_, therapy, streams) => {
    const k = 0.3;
    const times = Float64Array.from({ length: 113 }, (_, i) => i / 4);
    const job = jobFor(DOSED, {
      horizon: 28,
      patients: 1,
      columns: columnsOf('k', [k]),
      times,
      arms: [{ therapy, study: Float64Array.of(0) }],
    });
    const { status, outputs } = await solve(DOSED, job);
    expect(status).toEqual(['done']);
    for (const [i, t] of times.entries()) {
      let want = 0;
      for (const [amount = 0, start = 0, interval = 0, count = 0, duration = 0] of streams) {
        for (let d = 0; d < count; d++) {
          const at = start + d * interval;
          // An output at the instant of a bolus is taken just before it.
          if (duration > 0 || at < t) want += superposed(k, t, at, duration, amount);
        }
      }
      close(outputs[i], want, 1e-4, `t ${t}`);
    }
  });

  it("see a bolus at a window's first instant: before it by `at`, after it by the peak", async () => {
    const k = 0.3;
    const job = jobFor(DOSED, {
      horizon: 24,
      patients: 1,
      columns: columnsOf('k', [k]),
      windows: [[12, 18]],
      arms: [{ therapy: 2, study: Float64Array.of(0) }],
    });
    const { endpoints } = await solve(DOSED, job);
    const before = 50 * (Math.exp(-12 * k) + Math.exp(-6 * k));
    close(endpoints[0], before + 75);
    close(endpoints[1], before);
  });

  it('keep times that are no binary fraction together: a dose at 0.1 h meets an output at 4.1 h', async () => {
    const once: Program = {
      ...DOSED,
      doses: { ...DOSED.doses, results: DOSED.doses.results.map((e, i) => (i === 9 ? n(0) : e)) },
    };
    const job = jobFor(once, {
      horizon: 168,
      patients: 1,
      columns: columnsOf('k', [1e-4]),
      times: Float64Array.of(0.1, 0.1 + 1e-6, 12.1, 12.1 + 1e-6),
      arms: [{ therapy: 1, study: Float64Array.of(0) }],
    });
    const { outputs } = await solve(once, job);
    expect(outputs[0]).toBe(0);
    close(outputs[1], 100, 1e-3);
    close(outputs[2], 300, 1e-2);
    close(outputs[3], 400, 1e-2);
  });
});

describe.skipIf(!gpu)('endpoints on the GPU', () => {
  const swing = async (windows: Job['windows'], horizon = 10, k = 1) =>
    (await solve(SWING, jobFor(SWING, { horizon, patients: 1, columns: columnsOf('k', [k]), windows })))
      .endpoints;

  it('are located between output times: extrema, first time, time above, integral, at', async () => {
    const e = await swing([
      [2, 8],
      [2, 2],
    ]);
    close(e[0], 1);
    close(e[1], 2 * Math.PI, 1e-3);
    close(e[2], -1);
    close(e[3], Math.PI, 1e-3);
    // cos t > 1/2 from 5 pi / 3 to 7 pi / 3.
    close(e[4], (5 * Math.PI) / 3);
    close(e[5], (2 * Math.PI) / 3);
    close(e[6], 3 + (Math.sin(16) - Math.sin(4)) / 4);
    close(e[7], Math.cos(2));
    expect(e[8]).toBe(0);
  });

  it("hold from a window's start where the condition already holds", async () => {
    const e = await swing([
      [0.5, 2],
      [0, 0],
    ]);
    expect(e[4]).toBe(0.5);
    close(e[5], Math.PI / 3 - 0.5);
    expect(e[7]).toBe(1);
    expect(e[8]).toBe(1);
  });

  it('do not exist for windows beyond the horizon, nor for what never came', async () => {
    expect(
      Array.from(
        await swing([
          [2, 11],
          [11, 11],
        ]),
      ).every(Number.isNaN),
    ).toBe(true);
    const e = await swing([
      [1.5, 4],
      [4, 4],
    ]);
    expect(e[4]).toBeNaN();
    expect(e[5]).toBe(0);
  });

  it('sees one instant through a window of no width', async () => {
    const e = await swing([
      [3, 3],
      [3, 3],
    ]);
    close(e[0], Math.cos(3));
    close(e[2], Math.cos(3));
    expect(e[1]).toBe(3);
    expect(e[6]).toBe(0);
  });

  it('of two compartments satisfy the balance of mass: area = dose / clearance', async () => {
    const job = jobFor(INFUSIONS, {
      horizon: 2000,
      patients: 1,
      columns: columnsOf('c', [70], [0]),
      windows: [
        [0, 2000],
        [0, 2000],
      ],
      arms: [{ therapy: 0, study: Float64Array.of(4.5, 1000, 12) }],
    });
    const { endpoints } = await solve(INFUSIONS, job);
    close(endpoints[0], (14 * 1000) / 4.5);
  });
});

describe.skipIf(!gpu)('a patient that cannot be solved on the GPU', () => {
  const status = async (program: Program, solver: Partial<Job['solver']> = {}, k = 1) => {
    const job = jobFor(program, { horizon: 10, patients: 1, columns: columnsOf('k', [k]) });
    const result = await solve(program, { ...job, solver: { ...job.solver, ...solver } });
    if (result.status[0] !== 'done') expect(result.outputs.every(Number.isNaN)).toBe(true);
    return result.status[0];
  };
  const x = s('y.x');
  const log = (e: Expression) => call('log', e);

  it('blows up in finite time and says so', async () => {
    expect(['not finite', 'step too small']).toContain(await status(scalar('explosion', 1, mul(x, x))));
  });
  it('runs out of steps', async () => {
    expect(await status(scalar('fast', 1, mul(n(-50), x)), { maxSteps: 20 })).toBe('too many steps');
  });
  it('leaves the domain of a logarithm, also behind a max', async () => {
    expect(await status(scalar('log', 1, log(sub(n(0.5), x))))).toBe('not finite');
    expect(await status(scalar('hidden', 1, call('max', log(sub(n(0.5), x)), n(0))))).toBe('not finite');
    expect(['not finite', 'step too small']).toContain(
      await status(scalar('root', 1, sub(call('sqrt', x), n(2)))),
    );
  });
  it('has a parameter or a dose that is not finite', async () => {
    expect(await status(DECAY, {}, Number.NaN)).toBe('not finite');
    expect(await status(DECAY, {}, Number.POSITIVE_INFINITY)).toBe('not finite');
    for (const amount of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const job = jobFor(DOSED, {
        horizon: 10,
        patients: 1,
        columns: columnsOf('k', [1]),
        arms: [{ therapy: 3, study: Float64Array.of(amount) }],
      });
      expect((await solve(DOSED, job)).status).toEqual(['not finite']);
    }
  });
});
