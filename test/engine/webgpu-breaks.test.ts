// A derivative that jumps in time at a break, on the GPU: no step sees beyond the jump. Against the closed form; the same
// program on WebAssembly is in test/codegen/wasm-breaks.test.ts.
import { describe, expect, it } from 'vitest';
import { type Method, RK4, RODAS5P, TSIT5 } from '../../src/codegen/methods.ts';
import { call } from '../../src/language/expression.ts';
import { compartment, patientOf } from '../codegen/happening-fixtures.ts';
import { jobFor, mul, n, s } from '../codegen/wasm-fixtures.ts';
import { backend, gpu } from './gpu.ts';

const CORNER = 12 + 1 / 3;
const times = Float64Array.from({ length: 25 }, (_, i) => i);
/** 100 that decays at 0.1 up to the corner, at 0.5 from it on. */
const wanted = (t: number) => 100 * Math.exp(-0.1 * Math.min(t, CORNER) - 0.5 * Math.max(0, t - CORNER));

const UNTREATED = [{ therapy: -1, study: new Float64Array(0) }];

const stepping = (method: Method) =>
  compartment(0, {
    method,
    states: { a: [n(100), mul(call('if', call('ge', s('t'), n(CORNER)), n(-0.5), n(-0.1)), s('y.a'))] },
  });

describe.skipIf(!gpu)('a rate that is a step of time, with a break at the step', () => {
  it.each([
    ['tsit5', TSIT5, 'nested', 1e-5],
    ['tsit5', TSIT5, 'flat', 1e-5],
    ['rodas5p', RODAS5P, 'nested', 1e-4],
    ['rk4', RK4, 'nested', 1e-5],
  ] as const)('%s: no step sees beyond it', async (_, method, shape, within) => {
    const program = stepping(method);
    const base = jobFor(program, { times, rtol: 1e-6, breaks: Float64Array.of(CORNER), arms: UNTREATED });
    const job = { ...base, solver: { ...base.solver, step: method === RK4 ? 0.1 : base.solver.step } };
    const kernel = await backend({ shape }).compile(program);
    const solved = await kernel.individuals(job, [0]);
    const { status, steps, outputs } = patientOf(program, job, solved);
    expect(status).toBe('done');
    const errors = Array.from(times, (t, i) => Math.abs((outputs[0]?.[i] ?? Number.NaN) / wanted(t) - 1));
    expect(Math.max(...errors)).toBeLessThan(within);
    // One that sees beyond the jump grinds its way up to it: 83 steps of Rodas5P instead of 52.
    if (method !== RK4) expect(steps).toBeLessThan(70);
    kernel.dispose();
  });
});
