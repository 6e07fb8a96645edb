// The field's stiff problems on every backend: right to the tolerance, or a status. Never a plausible wrong curve.
import { afterAll, describe, expect, it } from 'vitest';
import { STATUSES } from '../../src/engine/backend.ts';
import { runIndividuals } from '../../src/study/run.ts';
import { closeEngines, engineFor, TESTED_KERNELS } from './engines.ts';
import { STIFF_CASES, type StiffCase } from './stiff.cases.ts';

const RTOL = { f64: 1e-8, f32: 1e-5 } as const;
/** Largest relative error of a patient that ends as done: Tsit5 follows HIRES in f32 for 10,000 steps, to 3e-3. */
const RIGHT = { f64: 1e-6, f32: 5e-3 } as const;
const STIFF_METHODS = ['rodas4', 'rodas5p'] as const;

afterAll(closeEngines);

type Backend = (typeof TESTED_KERNELS)[number];
async function solve(c: Pick<StiffCase, 'model' | 'until'>, backend: Backend, method: string) {
  const engine = await engineFor(backend);
  const { precision } = engine.info;
  const ran = await runIndividuals(
    {
      gemello: 1,
      model: { text: c.model },
      cohort: { typical: true },
      arms: [{ name: 'untreated' }],
      time: { until: c.until, every: c.until },
      solver: { method, rtol: RTOL[precision] },
    },
    { engine },
    [0],
  );
  if (ran.kind !== 'done') throw new Error(JSON.stringify(ran));
  const { program, job } = ran.prepared;
  const times = job.times.length;
  const arm = ran.individuals.arms[0];
  const ends = program.outputs.map(({ name }, o) => [name, arm?.outputs[(o + 1) * times - 1] ?? Number.NaN]);
  return {
    precision,
    status: STATUSES[arm?.status[0] ?? 0],
    steps: arm?.steps[0] ?? 0,
    ends: Object.fromEntries(ends) as Readonly<Record<string, number>>,
  };
}

const worst = (got: Readonly<Record<string, number>>, wanted: Readonly<Record<string, number>>) =>
  Math.max(
    ...Object.entries(wanted).map(([name, x]) => Math.abs((got[name] ?? Number.NaN) - x) / Math.abs(x)),
  );

describe.each(STIFF_CASES.map((c) => [c.name, c] as const))('%s', (_, c) => {
  it.each(STIFF_METHODS)('is solved to its published end by %s in f64', async (method) => {
    const { status, ends, steps } = await solve(c, 'webassembly', method);
    expect(status).toBe('done');
    expect(worst(ends, c.published)).toBeLessThan(RIGHT.f64);
    expect(steps).toBeLessThan(15_000);
  });

  it.each(
    TESTED_KERNELS.flatMap((backend) =>
      ['tsit5', ...STIFF_METHODS].map((method) => [backend, method] as const),
    ),
  )('is right or flagged on %s with %s', async (backend, method) => {
    const { status, ends, precision } = await solve(c, backend, method);
    if (status === 'done') expect(worst(ends, c.published)).toBeLessThan(RIGHT[precision]);
    else expect(Object.values(ends).every(Number.isNaN)).toBe(true);
  });
});

describe.each(['hiv_chronic', 'sepsis'])('patients of %s', (name) => {
  it('have the same endpoints with Rodas4 and Rodas5P as with Tsit5', async () => {
    const engine = await engineFor('webassembly');
    const patients = Array.from({ length: 16 }, (_, i) => i);
    const endpoints = async (method: string) => {
      const study = { gemello: 1, model: { name }, solver: { method, rtol: 1e-8 } } as const;
      const ran = await runIndividuals(study, { engine }, patients);
      if (ran.kind !== 'done') throw new Error(JSON.stringify(ran));
      expect(ran.individuals.arms.every(({ status }) => status.every((s) => s === 0))).toBe(true);
      return ran.individuals.arms.map((arm) => arm.endpoints);
    };
    const explicit = await endpoints('tsit5');
    for (const method of STIFF_METHODS) {
      const stiff = await endpoints(method);
      explicit.forEach((wanted, arm) => {
        for (let first = 0; first < wanted.length; first += patients.length) {
          // Of an endpoint's scale: a virus that is gone is as good as zero.
          const row = [...wanted.slice(first, first + patients.length)];
          const scale = Math.max(1e-9, ...row.filter(Number.isFinite).map(Math.abs));
          row.forEach((x, i) => {
            const got = stiff[arm]?.[first + i] ?? Number.NaN;
            if (Number.isNaN(x)) expect(got).toBeNaN();
            else expect(Math.abs(got - x) / scale, `${method}, arm ${arm}, ${first + i}`).toBeLessThan(2e-6);
          });
        }
      });
    }
  });
});

const SINGLE = TESTED_KERNELS.filter((kernel) => kernel === 'webgpu' || kernel === 'f32x4 webassembly');

/** Van der Pol's jump takes 1e-3 s at 807 s, where the smallest step of f32 is 8e-4 s: it is solved or flagged by rounding. */
const solvedBy = (kernel: Backend) =>
  STIFF_CASES.filter(
    ({ name }) => name !== 'Robertson' && (kernel === 'webgpu' || !/^Van der Pol/.test(name)),
  );

describe.each(SINGLE)('stiff problems in f32 on %s', (kernel) => {
  it.each(solvedBy(kernel).map((c) => [c.name, c] as const))('%s is solved by Rodas4', async (_, c) => {
    const { status, ends } = await solve(c, kernel, 'rodas4');
    expect(status).toBe('done');
    expect(worst(ends, c.published)).toBeLessThan(1e-4);
  });

  it('Robertson is solved as far as f32 time can tell its first step from none', async () => {
    const [robertson] = STIFF_CASES;
    if (robertson === undefined) throw new Error('no case');
    const short = { model: robertson.model, until: '1e4 s' };
    const exact = await solve(short, 'webassembly', 'rodas5p');
    const { status, ends } = await solve(short, kernel, 'rodas4');
    expect(status).toBe('done');
    expect(worst(ends, exact.ends)).toBeLessThan(1e-4);
  });
});
