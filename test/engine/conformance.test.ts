// One suite over every backend: the cases of conformance.cases.ts, each against its closed form.
import { afterAll, describe, expect, it } from 'vitest';
import { STATUSES } from '../../src/engine/backend.ts';
import { runIndividuals, runStudy } from '../../src/study/run.ts';
import type { Study } from '../../src/study/study.ts';
import { CASES, type ConformanceCase } from './conformance.cases.ts';
import { closeEngines, engineFor, TESTED_KERNELS } from './engines.ts';

const RTOL = { f64: 1e-10, f32: 1e-5 } as const;
const DEFAULT_TOLERANCE = { f64: 2e-9, f32: 1e-4 } as const;

/** Every method with step control must get every case right. */
const TESTED_METHODS = ['tsit5', 'rodas4', 'rodas5p'] as const;
type TestedMethod = (typeof TESTED_METHODS)[number];

const studyOf = (c: ConformanceCase, precision: 'f32' | 'f64', method: TestedMethod): Study => ({
  gemello: 1,
  model: { text: c.model },
  cohort: { typical: true },
  arms: c.arms ? c.arms.map((name) => ({ name, therapy: name })) : [{ name: 'untreated' }],
  time: { until: c.until, every: c.every },
  solver: { method, rtol: RTOL[precision] },
});

afterAll(closeEngines);

const RUNS = TESTED_KERNELS.flatMap((backend) => TESTED_METHODS.map((method) => [backend, method] as const));

describe.each(RUNS)('the %s backend with %s', (backend, method) => {
  it.each(CASES.map((c) => [c.name, c] as const))('%s', async (_, c) => {
    const engine = await engineFor(backend);
    const { precision } = engine.info;
    expect(backend).toContain(engine.info.backend);
    const study = studyOf(c, precision, method);
    const ran = await runIndividuals(study, { engine }, [0]);
    if (ran.kind !== 'done') throw new Error(JSON.stringify(ran));
    const { program, job, plan } = ran.prepared;
    const tolerance = (c.tolerance ?? DEFAULT_TOLERANCE)[precision];

    plan.arms.forEach((arm, a) => {
      const individual = ran.individuals.arms[a];
      const status = STATUSES[individual?.status[0] ?? 0];
      if (c.fails?.includes(arm.name)) {
        expect(status, 'must fail').not.toBe('done');
        return;
      }
      expect(status).toBe('done');
      for (const [name, exact] of Object.entries(c.outputs?.[arm.name] ?? {})) {
        const o = program.outputs.findIndex((f) => f.name === name);
        const want = Array.from(job.times, exact);
        const scale = Math.max(...want.map(Math.abs));
        want.forEach((value, i) => {
          const got = individual?.outputs[o * job.times.length + i] ?? Number.NaN;
          const where = `${arm.name}, ${name} at ${job.times[i]}: ${got} instead of ${value}`;
          expect(Math.abs(got - value) / scale, where).toBeLessThan(tolerance);
        });
      }
      for (const [name, exact] of Object.entries(c.endpoints?.[arm.name] ?? {})) {
        const e = program.endpoints.findIndex((f) => f.name === name);
        const got = individual?.endpoints[e] ?? Number.NaN;
        const where = `${arm.name}, endpoint ${name}: ${got} instead of ${exact}`;
        if (exact === null) expect(got, where).toBeNaN();
        else expect(Math.abs(got - exact) / Math.max(Math.abs(exact), 1e-6), where).toBeLessThan(tolerance);
      }
    });
  });

  it.each(CASES.filter((c) => c.fails).map((c) => [c.name, c] as const))(
    'counts the failure: %s',
    async (_, c) => {
      const engine = await engineFor(backend);
      const ran = await runStudy(studyOf(c, engine.info.precision, method), { engine });
      if (ran.kind !== 'done') throw new Error(JSON.stringify(ran));
      const counted = Object.values(ran.result.failed).reduce((a, b) => a + b, 0);
      expect(counted).toBe(c.fails?.length);
    },
  );
});
