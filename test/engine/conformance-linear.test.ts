// The conformance cases by exact propagation, in f64: linear ones to what their text's numbers allow, the others refused.
import { afterAll, describe, expect, it } from 'vitest';
import { STATUSES } from '../../src/engine/backend.ts';
import { runIndividuals } from '../../src/study/run.ts';
import type { Study } from '../../src/study/study.ts';
import { CASES, type ConformanceCase } from './conformance.cases.ts';
import { closeEngines, engineFor } from './engines.ts';

/** A time located to 1e-9 of a piece, which may be as long as the whole run. */
const TOLERANCE = 1e-9;

const studyOf = (c: ConformanceCase): Study => ({
  gemello: 1,
  model: { text: c.model },
  cohort: { typical: true },
  arms: c.arms ? c.arms.map((name) => ({ name, therapy: name })) : [{ name: 'untreated' }],
  time: { until: c.until, every: c.every },
  solver: { method: 'exact' },
});
const NOT_LINEAR = /time|multiplies|log|cos|switches/;
const isOne = ({ model }: ConformanceCase) => !/\* t|cos\(t|t < |x\^2 \/|- t /.test(model);

afterAll(closeEngines);

describe('exact propagation', () => {
  it.each(CASES.filter(isOne).map((c) => [c.name, c] as const))('%s', async (_, c) => {
    const engine = await engineFor('webassembly');
    const ran = await runIndividuals(studyOf(c), { engine }, [0]);
    if (ran.kind !== 'done') throw new Error(JSON.stringify(ran));
    const { program, job, plan } = ran.prepared;
    expect(program.method.name).toBe('exact');
    plan.arms.forEach((arm, a) => {
      const individual = ran.individuals.arms[a];
      expect(STATUSES[individual?.status[0] ?? 0]).toBe('done');
      for (const [name, exact] of Object.entries(c.outputs?.[arm.name] ?? {})) {
        const o = program.outputs.findIndex((f) => f.name === name);
        const want = Array.from(job.times, exact);
        const scale = Math.max(...want.map(Math.abs));
        want.forEach((value, i) => {
          const got = individual?.outputs[o * job.times.length + i] ?? Number.NaN;
          const where = `${arm.name}, ${name} at ${job.times[i]}: ${got} instead of ${value}`;
          expect(Math.abs(got - value) / scale, where).toBeLessThan(1e-11);
        });
      }
      for (const [name, exact] of Object.entries(c.endpoints?.[arm.name] ?? {})) {
        const e = program.endpoints.findIndex((f) => f.name === name);
        const got = individual?.endpoints[e] ?? Number.NaN;
        const where = `${arm.name}, endpoint ${name}: ${got} instead of ${exact}`;
        if (exact === null) expect(got, where).toBeNaN();
        else expect(Math.abs(got - exact) / Math.max(Math.abs(exact), 1e-6), where).toBeLessThan(TOLERANCE);
      }
    });
  });

  it.each(CASES.filter((c) => !isOne(c)).map((c) => [c.name, c] as const))(
    'is refused with the term that is not linear: %s',
    async (_, c) => {
      const engine = await engineFor('webassembly');
      const ran = await runIndividuals(studyOf(c), { engine }, [0]);
      expect(ran.kind).toBe('refused');
      if (ran.kind !== 'refused') return;
      expect(ran.errors.map(({ field }) => field)).toEqual(['solver.method']);
      expect(ran.errors[0]?.message).toMatch(NOT_LINEAR);
    },
  );
});
