// The WebGPU backend against closed forms, on whatever GPU (or emulation) there is.
import { describe, expect, it } from 'vitest';
import type { Program } from '../../src/codegen/program.ts';
import type { Individuals, Job } from '../../src/engine/backend.ts';
import { columnsOf, DECAY, jobFor, method } from '../codegen/fixtures.ts';
import { backend, gpu } from './gpu.ts';

async function solve(program: Program, job: Job, patients: readonly number[] = [0]): Promise<Individuals> {
  const kernel = await backend().compile(program);
  return kernel.individuals(job, patients);
}

describe.skipIf(!gpu)('the WebGPU backend', () => {
  it('decays as the exponential does, at every output time', async () => {
    const times = Float64Array.from({ length: 101 }, (_, i) => i / 10);
    const rates = [0.1, 0.5, 1, 2];
    const job = jobFor(DECAY, { horizon: 10, patients: 4, columns: columnsOf('k', rates), times });
    const { arms } = await solve(DECAY, job, [0, 1, 2, 3]);
    const [arm] = arms;
    expect(Array.from(arm?.status ?? [])).toEqual([0, 0, 0, 0]);
    for (const [t, time] of times.entries()) {
      for (const [i, k] of rates.entries()) {
        const exact = Math.exp(-k * time);
        expect(Math.abs((arm?.outputs[t * 4 + i] ?? Number.NaN) - exact)).toBeLessThan(1e-4 * exact + 1e-7);
      }
    }
  });

  it('takes equal steps where the method has no error estimate', async () => {
    const rk4 = { ...DECAY, method: method('rk4') };
    const job = jobFor(rk4, { horizon: 10, patients: 1, columns: columnsOf('k', [0.5]) });
    const { arms } = await solve(rk4, { ...job, solver: { ...job.solver, step: 0.1 } });
    expect(arms[0]?.steps[0]).toBe(100);
    expect(arms[0]?.outputs[1]).toBeCloseTo(Math.exp(-5), 6);
  });
});
