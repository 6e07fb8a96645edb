// The field's stiff problems on every backend: right to the tolerance, or a status. Never a plausible wrong curve.
import { afterAll, describe, expect, it } from 'vitest';
import { STATUSES } from '../../src/engine/backend.ts';
import { runIndividuals } from '../../src/study/run.ts';
import { closeEngines, engineFor, TESTED_BACKENDS } from './engines.ts';
import { STIFF_CASES, type StiffCase } from './stiff.cases.ts';

const RTOL = { f64: 1e-8, f32: 1e-5 } as const;
/** Largest relative error of a patient that ends as done: Tsit5 follows HIRES in f32 for 10,000 steps, to 3e-3. */
const RIGHT = { f64: 1e-6, f32: 5e-3 } as const;
const STIFF_METHODS = ['rodas4', 'rodas5p'] as const;

afterAll(closeEngines);

type Backend = (typeof TESTED_BACKENDS)[number];
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
    TESTED_BACKENDS.flatMap((backend) =>
      ['tsit5', ...STIFF_METHODS].map((method) => [backend, method] as const),
    ),
  )('is right or flagged on %s with %s', async (backend, method) => {
    const { status, ends, precision } = await solve(c, backend, method);
    if (status === 'done') expect(worst(ends, c.published)).toBeLessThan(RIGHT[precision]);
    else expect(Object.values(ends).every(Number.isNaN)).toBe(true);
  });
});

describe.skipIf(!TESTED_BACKENDS.includes('webgpu'))('stiff problems in f32', () => {
  it.each(STIFF_CASES.filter((c) => c.name !== 'Robertson').map((c) => [c.name, c] as const))(
    '%s is solved by Rodas4',
    async (_, c) => {
      const { status, ends } = await solve(c, 'webgpu', 'rodas4');
      expect(status).toBe('done');
      expect(worst(ends, c.published)).toBeLessThan(1e-4);
    },
  );

  it('Robertson is solved as far as f32 time can tell its first step from none', async () => {
    const [robertson] = STIFF_CASES;
    if (robertson === undefined) throw new Error('no case');
    const short = { model: robertson.model, until: '1e4 s' };
    const exact = await solve(short, 'webassembly', 'rodas5p');
    const { status, ends } = await solve(short, 'webgpu', 'rodas4');
    expect(status).toBe('done');
    expect(worst(ends, exact.ends)).toBeLessThan(1e-4);
  });
});
