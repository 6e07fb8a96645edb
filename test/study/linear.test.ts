// The shipped linear models by exact propagation and by Tsit5 at rtol 1e-10: every curve and endpoint of twelve patients.
import { afterAll, expect, it } from 'vitest';
import { runIndividuals } from '../../src/study/run.ts';
import type { Study } from '../../src/study/study.ts';
import { closeEngines, engineFor } from '../engine/engines.ts';

afterAll(closeEngines);
const PATIENTS = Array.from({ length: 12 }, (_, i) => i);

async function solved(name: string, method: string) {
  const study: Study = { gemello: 1, model: { name }, solver: { method, rtol: 1e-10 } };
  const ran = await runIndividuals(study, { engine: await engineFor('webassembly') }, PATIENTS);
  if (ran.kind !== 'done') throw new Error(JSON.stringify(ran));
  return ran;
}

it.each(['vancomycin', 'theophylline', 'hiv'])('%s is the same by exact propagation', async (name) => {
  const [exact, tsit5] = await Promise.all([solved(name, 'exact'), solved(name, 'tsit5')]);
  const { program, job, plan } = exact.prepared;
  plan.arms.forEach((arm, a) => {
    const [one, two] = [exact.individuals.arms[a], tsit5.individuals.arms[a]];
    expect([...(one?.status ?? [])]).toEqual(PATIENTS.map(() => 0));
    program.outputs.forEach((output, o) => {
      const row = job.times.length * PATIENTS.length;
      const values = two?.outputs.subarray(o * row, (o + 1) * row) ?? new Float64Array(0);
      const scale = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      values.forEach((value, i) => {
        const got = one?.outputs[o * row + i] ?? Number.NaN;
        expect(Math.abs(got - value), `${arm.name}, ${output.name}`).toBeLessThanOrEqual(2e-8 * scale);
      });
    });
    program.endpoints.forEach((endpoint, e) => {
      for (const i of PATIENTS) {
        const at = e * PATIENTS.length + i;
        const [got, value] = [one?.endpoints[at] ?? Number.NaN, two?.endpoints[at] ?? Number.NaN];
        const where = `${arm.name}, ${endpoint.name} of patient ${i}: ${got} and ${value}`;
        if (Number.isNaN(value)) expect(got, where).toBeNaN();
        else expect(Math.abs(got - value), where).toBeLessThanOrEqual(1e-7 * Math.max(1e-3, Math.abs(value)));
      }
    });
  });
});

it.each(['sepsis', 'hiv_chronic'])('%s is refused, and the reason names a term', async (name) => {
  const study: Study = { gemello: 1, model: { name }, solver: { method: 'exact' } };
  const ran = await runIndividuals(study, { engine: await engineFor('webassembly') }, [0]);
  expect(ran).toMatchObject({ kind: 'refused', errors: [{ field: 'solver.method' }] });
  if (ran.kind === 'refused')
    expect(ran.errors[0]?.message).toMatch(/linear between events, and (d\/dt|what an endpoint)/);
});
