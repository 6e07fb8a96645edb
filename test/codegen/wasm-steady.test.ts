// Steady states beside other doses, and of constant infusions, in every WebAssembly kernel, against closed forms.
import { describe, expect, test } from 'vitest';
import {
  bolus,
  clock,
  compartment,
  eventful,
  individuals,
  infusion,
  patientOf,
} from './happening-fixtures.ts';
import { add, jobFor, mul, n, oneCompartmentAmount, s } from './wasm-fixtures.ts';

const k = 0.3;
const KERNELS = [['scalar', 1e-9], ['f64x2', 1e-9], ['f32x4', 2e-5]] as const; // biome-ignore format: kernel, largest error

describe('a steady state beside an infusion that runs, a dose that waits and one to come', () => {
  // 100 over 10 from 0; at 5 h 40 with a lag of 3 h; 20 at 4 and 12 h; at 6 h a steady state of 30 over 5 h every 4 h.
  const others = [[0, 100, 10], [8, 40, 0], [4, 20, 0], [12, 20, 0]] as const; // biome-ignore format: start, amount, duration
  const steady = Array.from({ length: 200 }, (_, i) => [6 - 4 * i, 30, 5] as const);
  const program = (mode: number) =>
    compartment(k, {
      clocks: [[n(0), n(0), n(1)], [n(5), n(0), n(1)], [n(4), n(8), n(2)], [n(6), n(0), n(1)]],
      happenings: [
        ...infusion(0, clock(0), n(100), n(10)),
        bolus(clock(1), n(40), { lag: n(3) }),
        bolus(clock(2), n(20)),
        ...infusion(4, clock(3), n(30), n(5), { mode: n(mode), interval: n(4) }),
      ],
    }); // biome-ignore format: clocks
  const alone = (t: number) => oneCompartmentAmount(k, others, t);
  const reached = (t: number) => oneCompartmentAmount(k, steady, t);
  const wanted: readonly (readonly [mode: number, amount: (t: number) => number])[] = [
    [1, (t) => (t <= 6 ? alone(t) : reached(t))],
    [2, (t) => alone(t) + (t <= 6 ? 0 : reached(t))],
    [3, (t) => (t <= 6 ? alone(t) : reached(t))],
  ];
  const what = ['', 'ends them', 'leaves them', 'ends them too'];
  test.each(wanted.flatMap(([mode, amount]) => KERNELS.map((of) => [mode, what[mode], ...of, amount] as const)))(
    'mode %i %s: %s',
    async (mode, _, kernel, within, amount) => {
      const times = Float64Array.of(0, 3, 6, 6.5, 9, 11, 13, 24);
      const job = jobFor(program(mode), { times, rtol: kernel === 'f32x4' ? 1e-6 : 1e-11 });
      const solved = patientOf(program(mode), job, await individuals(kernel, program(mode), job));
      expect(solved.status).toBe('done');
      times.forEach((t, i) => {
        const got = solved.outputs[0]?.[i] ?? Number.NaN;
        expect(Math.abs(got - amount(t)), `${got} at ${t} is not ${amount(t)}`).toBeLessThan(within * 100);
      });
    },
  ); // biome-ignore format: a table
});

describe('a constant infusion at steady state', () => {
  // Two compartments: fast and slow parts up to five orders apart, whatever the tolerance; the search takes few steps.
  const RATE = 20;
  const infused = (k10: number, k12: number, k21: number) =>
    eventful({
      name: 'two compartments',
      states: {
        a: [n(0), add(add(mul(n(-(k10 + k12)), s('y.a')), mul(n(k21), s('y.b'))), s('u.rate'))],
        b: [n(0), add(mul(n(k12), s('y.a')), mul(n(-k21), s('y.b')))],
      },
      memory: { rate: n(0) },
      outputs: { a: s('y.a'), b: s('y.b') },
      clocks: [[n(0), n(0), n(1)]],
      happenings: infusion(0, clock(0), n(0), n(0), { mode: n(1), interval: n(0), rate: n(RATE) }),
    });
  const SYSTEMS = [[0.2, 0.3, 0.17], [0.2, 3, 0.01], [5, 3, 1e-3], [0.5, 1e-3, 1e-5], [1e-4, 1e-3, 1]] as const; // biome-ignore format: rates
  test.each(SYSTEMS.flatMap((rates) => KERNELS.map(([kernel]) => [kernel, ...rates] as const)))(
    '%s: %f, %f, %f /h, at any tolerance',
    async (kernel, k10, k12, k21) => {
      const program = infused(k10, k12, k21);
      for (const rtol of [1e-3, 1e-5, 1e-6, 1e-8, 1e-11]) {
        // Just behind the instant at which the rate ends.
        const job = jobFor(program, { times: Float64Array.of(1e-9), horizon: 48, rtol });
        const { status, outputs } = patientOf(program, job, await individuals(kernel, program, job));
        expect(status).toBe('done');
        const a = RATE / k10;
        [a, (a * k12) / k21].forEach((value, o) => {
          const error = Math.abs((outputs[o]?.[0] ?? Number.NaN) / value - 1);
          expect(error, `rtol ${rtol}`).toBeLessThan(0.3 * rtol + (kernel === 'f32x4' ? 1e-7 : 1e-8));
        });
      }
    },
  );
});
