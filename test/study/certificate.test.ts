// A run's certificate against errors measured by another solver, and what becomes of patients that fail.
import { afterAll, describe, expect, it } from 'vitest';
import type { Kernel, Summary } from '../../src/engine/backend.ts';
import { type Engine, openEngine } from '../../src/engine/engine.ts';
import { inProcessLane } from '../../src/engine/lane-host.ts';
import { createWasmBackend } from '../../src/engine/webassembly.ts';
import { SAMPLE, samplePatients } from '../../src/study/certificate.ts';
import { errorsOf } from '../../src/study/errors.ts';
import { expectationOf } from '../../src/study/expect.ts';
import { type Prepared, prepare } from '../../src/study/prepare.ts';
import { rescueFailed } from '../../src/study/rescue.ts';
import type { Certificate, ErrorSpread, Result, ValueResult } from '../../src/study/result.ts';
import { type RunContext, runIndividuals, runStudy } from '../../src/study/run.ts';
import type { Study } from '../../src/study/study.ts';
import { tightJob, tightProgram } from '../../src/study/tight.ts';
import { closeEngines, engineFor, TESTED_BACKENDS } from '../engine/engines.ts';
import { byStatus } from '../engine/statuses.ts';
import { oracleOutputs } from '../oracle.ts';

afterAll(closeEngines);

async function ranOf(study: Study, context: RunContext): Promise<{ result: Result; prepared: Prepared }> {
  const ran = await runStudy(study, context);
  if (ran.kind !== 'done') throw new Error(JSON.stringify(ran));
  return ran;
}

function certificateOf({ certificate }: Result): Certificate {
  if (!certificate) throw new Error('the result has no certificate');
  return certificate;
}

/** Everything but how long it took. */
const timeless = ({ elapsed_ms: _, ...result }: Result) => result;

/** A tablet and its decay, and how well a body with a rhythm of its own follows it. */
const RHYTHM = `model rhythm "A tablet, and a rhythm"
  time h
covariate WT : kg ~ lognormal(median 70, sdlog 0.3)
random eta ~ normal(cv 40 %)
k = 0.3 [1/h] * exp(eta)
compartment depot : mg
compartment blood : mg
state wave : 1 = 1
state shift : 1 = 0
flow absorption : depot -> blood at 1.1 [1/h] * depot
flow elimination : blood -> at k * blood
d/dt(wave) = 2 [1/h] * shift
d/dt(shift) = -2 [1/h] * wave
output conc = blood / (0.5 [L/kg] * WT) in mg/L
output beat = wave
therapy daily
  dose 100 [mg] into depot every 12 h times 2
endpoint peak = max(conc)
endpoint auc = integral(conc) in mg*h/L
endpoint high = peak > 2.2 [mg/L]
show until 24 h every 0.5 h
`;

const rhythm = (patients: number, solver: NonNullable<Study['solver']>): Study => ({
  gemello: 1,
  model: { text: RHYTHM },
  cohort: { patients, seed: '5' },
  arms: [
    { name: 'daily', therapy: 'daily' },
    { name: 'twice', therapy: 'dose 200 [mg] into depot every 12 h times 2' },
  ],
  solver,
});

const ORACLE_PATIENTS = 10;
let oracle: number[][][][] | undefined;

/** [patient][arm][output][time] by another solver; the same for every backend, method and tolerance. */
function exactRhythm({ program, job }: Prepared): number[][][][] {
  oracle ??= Array.from({ length: ORACLE_PATIENTS }, (_, patient) =>
    job.arms.map(({ study, therapy }) => {
      const columns = job.columns.read(patient, 1);
      return oracleOutputs(program, { study, columns, therapy, times: [...job.times] }, 1e-8);
    }),
  );
  return oracle;
}

/** Largest error of each output over everybody, relative to the patient's largest value in any arm. */
async function trueErrors(study: Study, engine: Engine): Promise<number[]> {
  const all = Array.from({ length: ORACLE_PATIENTS }, (_, i) => i);
  const ran = await runIndividuals(study, { engine }, all);
  if (ran.kind !== 'done') throw new Error(JSON.stringify(ran));
  const { program, job } = ran.prepared;
  const worst = program.outputs.map(() => 0);
  exactRhythm(ran.prepared).forEach((arms, patient) => {
    program.outputs.forEach((_, o) => {
      const scale = Math.max(...arms.flatMap((rows) => rows[o] ?? []).map(Math.abs));
      arms.forEach((rows, a) => {
        rows[o]?.forEach((value, t) => {
          const at = (o * job.times.length + t) * ORACLE_PATIENTS + patient;
          const got = ran.individuals.arms[a]?.outputs[at] ?? Number.NaN;
          worst[o] = Math.max(worst[o] ?? 0, Math.abs(got - value) / scale);
        });
      });
    });
  });
  return worst;
}

describe('the sample', () => {
  it('is 64 different patients of the cohort, the same for the same seed and size', () => {
    const sample = samplePatients('7', 10_000);
    expect(new Set(sample).size).toBe(SAMPLE);
    expect(sample).toEqual(samplePatients('7', 10_000));
    expect(sample).toEqual(sample.slice().sort((a, b) => a - b));
    expect(sample.every((p) => Number.isInteger(p) && p >= 0 && p < 10_000)).toBe(true);
    expect(sample).not.toEqual(samplePatients('8', 10_000));
  });

  it('is everybody in a cohort that is no larger, and nobody twice in one barely larger', () => {
    expect(samplePatients('1', 3)).toEqual([0, 1, 2]);
    expect(new Set(samplePatients('1', SAMPLE + 1)).size).toBe(SAMPLE);
  });

  it('is spread over the cohort', () => {
    const many = Array.from({ length: 40 }, (_, seed) => samplePatients(String(seed), 1_000_000)).flat();
    const mean = many.reduce((a, b) => a + b, 0) / many.length / 1e6;
    // 2,560 uniform draws: six standard errors are 0.034.
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.034);
  });
});

describe.each(TESTED_BACKENDS)('a run on %s', (backend) => {
  it.each([{ rtol: 1e-2 }, { rtol: 1e-3 }, { rtol: 1e-4 }, { method: 'rk4', step: '0.25 h' }])(
    'has a certificate that says the error another solver finds: %j',
    async (solver) => {
      const engine = await engineFor(backend);
      const study = rhythm(ORACLE_PATIENTS, solver);
      const { result } = await ranOf(study, { engine });
      const { patients, rtol, outputs, rescued, unrescued } = certificateOf(result);
      expect({ patients, rtol, rescued, unrescued }).toEqual({
        patients: ORACLE_PATIENTS,
        rtol: 1e-9,
        rescued: 0,
        unrescued: 0,
      });
      const errors = await trueErrors(study, engine);
      for (const [o, name] of ['conc', 'beat'].entries()) {
        const { max, p95 } = outputs[name] as ErrorSpread;
        const error = errors[o] ?? Number.NaN;
        expect(error, name).toBeGreaterThan(1e-7);
        expect(Math.abs((max ?? 1) - error) / error, `${name}: ${max} and ${error}`).toBeLessThan(0.02);
        expect(p95 ?? 1).toBeLessThanOrEqual(max ?? 0);
      }
    },
  );

  it('counts whose condition came out differently', async () => {
    const engine = await engineFor(backend);
    const loose = rhythm(500, { method: 'rk4', step: '4 h' });
    const { result } = await ranOf(loose, { engine });
    const high = certificateOf(result).endpoints.high;
    expect(high && 'flips' in high && high.flips).toBeGreaterThan(0);
    expect(certificateOf(result).patients).toBeGreaterThanOrEqual(SAMPLE);
  });

  it('has no certificate as a preview, and the same numbers as one without', async () => {
    const engine = await engineFor(backend);
    const study = rhythm(300, {});
    const full = await ranOf(study, { engine });
    const bare = await ranOf(study, { engine, certify: false });
    const preview = await ranOf(study, { engine, preview: 100 });
    expect(preview.result.certificate).toBeUndefined();
    expect(bare.result.certificate).toBeUndefined();
    expect(bare.result.elapsed_ms.certificate).toBeUndefined();
    const { certificate: _, ...numbers } = timeless(full.result);
    expect(numbers).toEqual(timeless(bare.result));
    expect(expectationOf(full.result, 'x')).toEqual(expectationOf(bare.result, 'x'));
  });
});

/** A few patients follow the wave so stiffly that an explicit method needs 300,000 steps; more than any run takes. */
const STIFF = `model stiff "Stiff for a few"
  time h
covariate STIFF : yes 12 %
random eta ~ normal(sd 0.1)
k = if STIFF then 1e6 [1/h] else 5 [1/h]
state x : 1 = 0
d/dt(x) = k * (2 * exp(eta) - x)
output level = x
endpoint end = x at 1 h
show until 1 h every 0.5 h
`;
/** x' = K x^2 from 1 has no value after 1 / K. */
const EXPLOSIVE = `model explosive "Growth that some cannot bear"
  time h
covariate K : 1/h ~ uniform(low 0.1, high 1.2)
state x : 1 = 1
d/dt(x) = K * x * x
output size = x
show until 1 h every 0.5 h
`;
/** More than f32 can hold, for a few, and well within f64. */
const LARGE = `model large "Too large for f32, for a few"
  time h
covariate LARGE : yes 12 %
k = (if LARGE then 1e30 else 1) * 1 [1/h]
state x : 1 = 1
state y : 1 = 0
d/dt(x) = -x / 1 [h]
d/dt(y) = k * k * 1 [h] * x - y / 1 [h]
output decline = x
show until 2 h every 1 h
`;
const cohortOf = (text: string, patients: number): Study => ({
  gemello: 1,
  model: { text },
  cohort: { patients, seed: '2' },
  // Not left to choice: another method may have no trouble.
  solver: { method: 'tsit5' },
});

async function unmended(study: Study, engine: Engine) {
  const ready = await prepare(study, { engine });
  if (ready.kind !== 'done') throw new Error(JSON.stringify(ready));
  const { program, job } = ready.prepared;
  const { summary } = await engine.run(program, job);
  const reference = await engine.reference(tightProgram(program));
  return { program, job, summary, reference };
}

const failuresOf = (summary: Summary): readonly number[] =>
  summary.arms.map(({ statuses }) => statuses.slice(1).reduce((a, b) => a + b, 0));
const everybody = (summary: Summary): readonly number[] =>
  summary.arms.map(({ statuses }) => statuses.reduce((a, b) => a + b, 0));

describe.each(TESTED_BACKENDS)('patients that fail on %s', (backend) => {
  it('are rescued where f64 and more steps help, with the values of f64', async () => {
    const engine = await engineFor(backend);
    const { program, job, summary, reference } = await unmended(cohortOf(STIFF, 40), engine);
    const failed = summary.arms[0]?.notable?.failed.map(({ patient }) => patient) ?? [];
    expect(failed.length).toBeGreaterThan(1);
    expect(failuresOf(summary)).toEqual([failed.length]);
    const mended = await rescueFailed(summary, program, job, reference);
    expect(mended.rescued).toBe(failed.length);
    expect(failuresOf(mended.summary)).toEqual([0]);
    expect(everybody(mended.summary)).toEqual([40]);

    const alone = await reference.individuals(tightJob(program, job, 10), failed);
    const [endpoint, before] = [mended.summary.arms[0]?.endpoints[0], summary.arms[0]?.endpoints[0]];
    const added = (endpoint?.sum[0] ?? 0) - (before?.sum[0] ?? 0);
    const values = [...(alone.arms[0]?.endpoints ?? [])];
    expect(added / values.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    const total = (histogram: typeof endpoint) => histogram?.counts.reduce((a, b) => a + b, 0) ?? 0;
    expect(total(endpoint)).toBe(40);
    expect(total(before)).toBe(40 - failed.length);
    // What the failed leave behind in the run's own summary is nothing: it was not changed.
    expect(failuresOf(summary)).toEqual([failed.length]);
  }, 120_000);

  it('are counted in the certificate, and their values are in the result', async () => {
    const engine = await engineFor(backend);
    const study = cohortOf(STIFF, 40);
    const { result } = await ranOf(study, { engine });
    const without = await ranOf(study, { engine, certify: false });
    const failures = Object.values(without.result.failed).reduce((a, b) => a + b, 0);
    expect(failures).toBeGreaterThan(1);
    expect(certificateOf(result)).toMatchObject({ rescued: failures, unrescued: 0 });
    expect(result.failed).toEqual({});
    // Everybody ends at 2 exp(eta) but for exp(-5): the median cannot tell who was rescued.
    const end = result.arms[0]?.endpoints.end as ValueResult;
    expect(Math.abs((end.quantiles['0.5'] ?? 0) - 2)).toBeLessThan(0.1);
    expect(end.missing).toBeUndefined();
  }, 120_000);

  it('stay failed and counted where there is no solution', async () => {
    const engine = await engineFor(backend);
    const study = cohortOf(EXPLOSIVE, 400);
    const { result } = await ranOf(study, { engine });
    const ready = await unmended(study, engine);
    const columns = ready.job.columns.read(0, 400);
    const doomed = columns.filter((k) => k > 1).length;
    expect(doomed).toBeGreaterThan(20);
    expect(certificateOf(result)).toMatchObject({ rescued: 0, unrescued: doomed });
    expect(Object.values(result.failed).reduce((a, b) => a + b, 0)).toBe(doomed);
    const { summary } = await rescueFailed(ready.summary, ready.program, ready.job, ready.reference);
    expect(everybody(summary)).toEqual([400]);
  });
});

describe.skipIf(!TESTED_BACKENDS.includes('webgpu'))('patients that only f32 cannot hold', () => {
  it('are all rescued, and the result is that of f64', async () => {
    const study = cohortOf(LARGE, 200);
    const f32 = await ranOf(study, { engine: await engineFor('webgpu') });
    const f64 = await ranOf(study, { engine: await engineFor('webassembly') });
    expect(f64.result.failed).toEqual({});
    expect(f32.result.failed).toEqual({});
    expect(certificateOf(f64.result).rescued).toBe(0);
    const large = f64.prepared.job.columns.read(0, 200).filter((x) => x === 1).length;
    expect(large).toBeGreaterThan(5);
    expect(certificateOf(f32.result).rescued).toBe(large);
  });
});

describe('what a rescue may cost', () => {
  /** Solves nobody, and says that each took so many steps. */
  const futile = (steps: number) => {
    let tried = 0;
    const kernel: Pick<Kernel, 'program' | 'run'> = {
      program: { columns: [] } as unknown as Kernel['program'],
      run: async (job) => {
        tried += job.patients;
        return {
          patients: job.patients,
          arms: [
            {
              statuses: byStatus({ 'too many steps': job.patients }),
              steps: steps * job.patients,
              outputs: [],
              endpoints: [],
            },
          ],
        };
      },
    };
    return { kernel: kernel as Kernel, tried: () => tried };
  };
  const failed = Array.from({ length: 1000 }, (_, patient) => ({ patient, status: 1 }));
  const summary: Summary = {
    patients: 1000,
    arms: [
      {
        statuses: byStatus({ 'too many steps': 1000 }),
        steps: 0,
        outputs: [],
        endpoints: [],
        notable: { slowest: [], failed },
      },
    ],
  };
  const job = {
    columns: { key: '', read: () => new Float32Array(0) },
    arms: [{ therapy: -1, study: new Float64Array(0) }],
    solver: { rtol: 1e-4, atol: new Float64Array(0), step: Number.POSITIVE_INFINITY, maxSteps: 200_000 },
  } as unknown as Prepared['job'];
  const program = { method: { e: [] } } as unknown as Prepared['program'];

  it.each([
    [1_000, 1000],
    [100_000, 100],
    [2_000_000, 16],
  ])(
    'is bounded in steps: at %i steps a patient, %i of 1000 are tried, and all stay counted',
    async (steps, most) => {
      const { kernel, tried } = futile(steps);
      const mended = await rescueFailed(summary, program, job, kernel);
      expect(tried()).toBe(most);
      expect(mended.rescued).toBe(0);
      expect(everybody(mended.summary)).toEqual([1000]);
    },
  );
});

describe('a certificate', () => {
  it('is the same for any number of lanes', async () => {
    const one = async (lanes: number, study: Study) => {
      const engine = await openEngine(
        {
          webassembly: async () => createWasmBackend({ lanes, spawn: inProcessLane }),
          webgpu: async () => ({ reason: 'not wanted' }),
        },
        'webassembly',
      );
      try {
        return timeless((await ranOf(study, { engine })).result);
      } finally {
        engine.dispose();
      }
    };
    for (const study of [rhythm(1500, {}), cohortOf(STIFF, 40), cohortOf(EXPLOSIVE, 700)]) {
      const alone = await one(1, study);
      expect(alone.certificate?.patients).toBeGreaterThanOrEqual(35);
      expect(await one(3, study)).toEqual(alone);
    }
  }, 60_000);

  it('ends with the run when that is stopped', async () => {
    const stop = new AbortController();
    const reason = new Error('stopped');
    const options = { signal: stop.signal, onProgress: () => stop.abort(reason) };
    const engine = await engineFor('webassembly');
    await expect(runStudy(rhythm(600, {}), { engine, options })).rejects.toBe(reason);
  });
});

describe('what a certificate may cost', () => {
  it('is bounded in steps: a model that takes too many has fewer patients certified, not a longer run', async () => {
    const everybodyStiff = STIFF.replace('yes 12 %', 'yes 100 %').replace('1e6', '5e5');
    const engine = await engineFor('webassembly');
    const { result } = await ranOf(cohortOf(everybodyStiff, 70), { engine });
    const { patients, outputs, rescued } = certificateOf(result);
    expect(rescued).toBe(0);
    expect(patients).toBeGreaterThan(8);
    expect(patients).toBeLessThan(SAMPLE + 4);
    expect(outputs.level?.max).toBeLessThan(1e-3);
  }, 60_000);
});

describe('errors', () => {
  const individuals = (status: number[], outputs: number[], endpoints: number[]) => ({
    patients: status.map((_, i) => i),
    arms: [
      {
        status: Uint8Array.from(status),
        steps: new Uint32Array(status.length),
        outputs: Float64Array.from(outputs),
        endpoints: Float64Array.from(endpoints),
      },
    ],
  });
  const compared = {
    times: 2,
    outputs: [{ name: 'conc', scale: 100 }],
    endpoints: [
      { name: 'auc', type: 'value' as const, scale: 1000 },
      { name: 'hit', type: 'probability' as const, scale: 1 },
    ],
  };

  it("are relative to a patient's largest value, and to an endpoint's size or a hundredth of its scale", () => {
    // Two patients, two times: [time][patient]; then auc and hit by patient.
    const exact = individuals([0, 0], [10, 1, 5, 4], [500, 0, 1, 0]);
    const own = individuals([0, 0], [10, 1.004, 5.1, 4], [500.5, 0.01, 1, 1]);
    const { outputs, endpoints } = errorsOf(own, [exact], 2, compared);
    expect(outputs.conc?.max).toBeCloseTo(0.01, 12);
    expect((endpoints.auc as ErrorSpread).max).toBeCloseTo(0.001, 12);
    expect(endpoints.hit).toEqual({ flips: 1 });
  });

  it('leave out who failed, and count numbers that exist on one side only and courses without a reference', () => {
    const exact = individuals([0, 0, 3], [10, 10, 10, 10, 10, 10], [Number.NaN, 5, 5, 0, 0, 0]);
    const own = individuals([0, 1, 0], [10, 99, 99, 10, 99, 99], [5, 99, 99, 0, 1, 1]);
    const { outputs, endpoints, unsettled } = errorsOf(own, [exact], 3, compared);
    expect(outputs.conc).toEqual({ max: 0, p95: 0 });
    expect(endpoints).toEqual({ auc: { max: null, p95: null, flips: 1 }, hit: { flips: 0 } });
    expect(unsettled).toBe(1);
  });

  it('have their 95th percentile over the random patients, and their maximum over all', () => {
    const n = 101;
    const exact = individuals(Array(n).fill(0), Array(2 * n).fill(1), Array(2 * n).fill(0));
    const off = Array.from({ length: n }, (_, i) => 1 + (i + 1) / 1000);
    const own = individuals(Array(n).fill(0), [...off, ...off], Array(2 * n).fill(0));
    const { conc } = errorsOf(own, [exact], 100, compared).outputs;
    expect(conc?.max).toBeCloseTo(0.101, 12);
    expect(conc?.p95).toBeCloseTo(0.095, 12);
  });
});
