// A derivative that jumps in time at a break, and coefficients that change at instants: steps to the jump and exact
// propagation from it, against closed forms.
import { describe, expect, test } from 'vitest';
import { lower } from '../../src/codegen/lower.ts';
import { EXACT, type Method, RK4, RODAS5P, TSIT5 } from '../../src/codegen/methods.ts';
import { compile } from '../../src/language/compile.ts';
import { call } from '../../src/language/expression.ts';
import { compartment, happening, held, individuals, patientOf, rowsOf } from './happening-fixtures.ts';
import { jobFor, mul, n, s } from './wasm-fixtures.ts';

const times = Float64Array.from({ length: 25 }, (_, i) => i);
/** 100 that decays at the first rate up to the first time, at the second up to the next, and so on. */
const decayed = (rates: readonly number[], corners: readonly number[]) => (t: number) =>
  100 * Math.exp(-rates.reduce((sum, rate, i) => {
    const [from, to] = [i === 0 ? 0 : (corners[i - 1] ?? 0), corners[i] ?? Number.POSITIVE_INFINITY];
    return sum + rate * Math.max(0, Math.min(t, to) - from);
  }, 0)); // biome-ignore format: a sum

describe('a rate that is a step of time, with a break at the step', () => {
  const CORNER = 12 + 1 / 3;
  const stepping = (method: Method = TSIT5) =>
    compartment(0, {
      method,
      states: { a: [n(100), mul(call('if', call('ge', s('t'), n(CORNER)), n(-0.5), n(-0.1)), s('y.a'))] },
    });
  const wanted = decayed([0.1, 0.5], [CORNER]);
  const solve = async (kernel: 'scalar' | 'f64x2' | 'f32x4', method: Method = TSIT5, rtol = 1e-9) => {
    const program = stepping(method);
    const base = jobFor(program, { times, rtol, breaks: Float64Array.of(CORNER) });
    const job = { ...base, solver: { ...base.solver, step: method === RK4 ? 0.05 : base.solver.step } };
    return patientOf(program, job, await individuals(kernel, program, job));
  };
  test.each([
    ['scalar', TSIT5, 1e-9, 3e-10], ['f64x2', TSIT5, 1e-9, 3e-10], ['f32x4', TSIT5, 1e-6, 5e-6],
    ['scalar', RODAS5P, 1e-9, 1e-8], ['f64x2', RODAS5P, 1e-9, 1e-8], ['scalar', RK4, 1e-9, 2e-8], ['f64x2', RK4, 1e-9, 2e-8],
  ] as const)('%s: no step sees beyond it', async (kernel, method, rtol, within) => {
    const { status, outputs } = await solve(kernel, method, rtol);
    expect(status).toBe('done');
    times.forEach((t, i) => {
      const error = Math.abs((outputs[0]?.[i] ?? Number.NaN) / wanted(t) - 1);
      expect(error, `${method.name} at ${t}`).toBeLessThan(within);
    });
  }); // biome-ignore format: kernel, method, rtol, largest error
});

describe('by exact propagation', () => {
  test('a clearance that is set is in force from then on', async () => {
    const { model, diagnostics } = compile(
      [
        'model m "One compartment"', '  time h', 'parameter TVCL = 5 [L/h]', 'parameter V = 50 [L]', 'compartment central : mg',
        'flow out : central -> at TVCL / V * central', 'output amount = central', 'endpoint auc = integral(central) in mg*h',
        'therapy a', '  dose 100 [mg] into central', '  set TVCL = 2 [L/h] at 8 h', '  set TVCL = 10 [L/h] at 16 h', '',
      ].join('\n'),
    ); // biome-ignore format: a text
    if (model === null) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
    const { program } = lower(model, {
      method: EXACT,
      therapies: model.therapies,
      endpoints: model.endpoints,
    });
    const study = Float64Array.from(program.study, ({ name }) => (name === 'V' ? 50 : 5));
    const job = jobFor(program, { times, arms: [{ therapy: 0, study }], windows: [[0, 24]] });
    const { status, outputs, endpoints } = patientOf(program, job, await individuals('scalar', program, job));
    expect(status).toBe('done');
    const wanted = decayed([0.1, 0.04, 0.2], [8, 16]);
    times.forEach((t, i) => {
      if (t > 0) expect(Math.abs((outputs[0]?.[i] ?? Number.NaN) / wanted(t) - 1)).toBeLessThan(1e-13);
    });
    const area = (from: number, to: number, rate: number) => (wanted(from) - wanted(to)) / rate;
    const whole = area(0, 8, 0.1) + area(8, 16, 0.04) + area(16, 24, 0.2);
    expect(Math.abs((endpoints[0] ?? Number.NaN) / whole - 1)).toBeLessThan(1e-12);
  });

  test("patients' own covariates in time are, row by row", async () => {
    const program = compartment(0, {
      method: EXACT,
      states: { a: [n(100), mul(mul(n(-1), s('u.rate')), s('y.a'))] },
      memory: { rate: n(0.1) },
      tables: [{ name: 'records', fields: ['time', 'rate'] }],
      happenings: [happening('record', { kind: 'table', table: 0 }, [s('row.rate')], [[held(0), s('c.0')]])],
    });
    const own = [
      [[3, 0.3], [7, 0.05], [20, 0.2]],
      [[5, 0], [6, 0.7]],
    ]; // biome-ignore format: rows
    const job = jobFor(program, { times, patients: 2, tables: [rowsOf(own, 2)] });
    const solved = await individuals('scalar', program, job, [0, 1, 0]);
    [0, 1, 0].forEach((patient, i) => {
      const rows = own[patient] ?? [];
      const wanted = decayed([0.1, ...rows.map(([, rate = 0]) => rate)], rows.map(([time = 0]) => time));
      const { status, outputs } = patientOf(program, job, solved, i);
      expect(status).toBe('done');
      times.forEach((t, at) => {
        expect(Math.abs((outputs[0]?.[at] ?? Number.NaN) / wanted(t) - 1)).toBeLessThan(1e-13);
      });
    }); // biome-ignore format: rates
  });
});
