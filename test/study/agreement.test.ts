// The same study on two backends, and the same patient wherever she is: what a link promises.
import { afterAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import type { BinLayout } from '../../src/engine/histogram.ts';
import { compile } from '../../src/language/compile.ts';
import { endpointScale, outputScale } from '../../src/study/expect.ts';
import { LIBRARY, libraryModel } from '../../src/study/library.ts';
import { prepare } from '../../src/study/prepare.ts';
import type { Result, ValueResult } from '../../src/study/result.ts';
import { runIndividuals, runStudy } from '../../src/study/run.ts';
import type { Arm, Study } from '../../src/study/study.ts';
import { closeEngines, engineFor, TESTED_BACKENDS } from '../engine/engines.ts';
import { oracleOutputs } from '../oracle.ts';

afterAll(closeEngines);

const study = (name: string, patients: number): Study => ({
  gemello: 1,
  model: { name },
  cohort: { patients, seed: '7' },
});

async function resultOf(backend: (typeof TESTED_BACKENDS)[number], s: Study): Promise<Result> {
  const engine = await engineFor(backend);
  const ran = await runStudy(s, { engine: HEAVY ? engine : withNarrowBins(engine) });
  if (ran.kind !== 'done') throw new Error(JSON.stringify(ran));
  return ran.result;
}

/** Largest difference of any band, mean, endpoint quantile or probability, relative to the largest value of the same quantity. */
function largestDifference(a: Result, b: Result): { readonly difference: number; readonly what: string } {
  let worst = { difference: 0, what: '' };
  const compare = (what: string, x: number | null, y: number | null, scale: number) => {
    if (x === null && y === null) return;
    const difference = x === null || y === null ? 1 : Math.abs(x - y) / Math.max(scale, Number.MIN_VALUE);
    if (!(difference <= worst.difference)) worst = { difference, what: `${what}: ${x} and ${y}` };
  };
  a.arms.forEach((arm, i) => {
    const other = b.arms[i];
    for (const [name, output] of Object.entries(arm.outputs)) {
      const twin = other?.outputs[name];
      const scale = outputScale(a, name);
      output.mean.forEach(
        (v, t) => void compare(`${arm.name} ${name} mean ${t}`, v, twin?.mean[t] ?? null, scale),
      );
      for (const [q, values] of Object.entries(output.quantiles))
        values.forEach(
          (v, t) =>
            void compare(`${arm.name} ${name} ${q} ${t}`, v, twin?.quantiles[q as '0.5'][t] ?? null, scale),
        );
    }
    for (const [name, endpoint] of Object.entries(arm.endpoints)) {
      const twin = other?.endpoints[name];
      if ('probability' in endpoint) {
        compare(
          `${arm.name} ${name}`,
          endpoint.probability,
          twin && 'probability' in twin ? twin.probability : null,
          1,
        );
        continue;
      }
      const q = endpoint.quantiles;
      const scale = endpointScale(a, name);
      const value = twin as ValueResult;
      compare(`${arm.name} ${name} mean`, endpoint.mean, value.mean, scale);
      for (const key of Object.keys(q) as (keyof typeof q)[])
        compare(`${arm.name} ${name} ${key}`, q[key], value.quantiles[key], scale);
    }
  });
  return worst;
}

const HEAVY = process.env.GEMELLO_HEAVY === '1';
/** So many that one who falls on the other side of a threshold is less than 1e-3 of a probability. */
const PATIENTS = HEAVY ? 10_000 : 1024;
const shorter: Readonly<Record<string, Study['time']>> = {
  hiv_chronic: { until: '400 d', every: '10 d' },
  sepsis: { until: '504 h', every: '12 h' },
};
/** Quantiles of few patients feel the width of a bin where one lies on its edge: 0.05 % instead of 0.4 %. */
const narrow = (layout: BinLayout): BinLayout => ({
  ...layout,
  mantissaBits: 11,
  low: Math.max(layout.low, layout.high - 20),
});
const withNarrowBins = (engine: Engine): Engine => ({
  ...engine,
  run: (program, job, options) => {
    const bins = { outputs: job.bins.outputs.map(narrow), endpoints: job.bins.endpoints.map(narrow) };
    return engine.run(program, { ...job, bins }, options);
  },
});

/**
 * Patients who are compared one by one where therapies decide, in the model's whole run. At the usual 1e-4 the solver's
 * own error is larger in some than what is asked here: a tenth of that leaves what f32 and f64 differ by.
 */
const COMPARED = 64;
const RTOL = 1e-5;
const decides = (name: string): boolean => {
  const { model } = compile(libraryModel(name)?.text ?? '');
  return (model?.therapies ?? []).some(({ rules = [], events = [] }) => rules.length + events.length > 0);
};

async function patientByPatient(backend: (typeof TESTED_BACKENDS)[number], name: string) {
  const patients = Array.from({ length: COMPARED }, (_, i) => i);
  const { model } = compile(libraryModel(name)?.text ?? '');
  const arms = (model?.therapies ?? []).map((therapy) => ({ name: therapy.name, therapy: therapy.name }));
  const engine = await engineFor(backend);
  const s: Study = { ...study(name, COMPARED), arms, solver: { rtol: RTOL } };
  const ran = await runIndividuals(s, { engine }, patients, { ledger: true });
  if (ran.kind !== 'done') throw new Error(JSON.stringify(ran));
  return ran;
}

describe.skipIf(TESTED_BACKENDS.length < 2)('WebGPU and WebAssembly', () => {
  it.each(LIBRARY.map((m) => m.name).filter((name) => HEAVY || !decides(name)))(
    'agree on every quantile, mean and probability of %s to 1e-3 of its scale',
    async (name) => {
      const time = HEAVY ? undefined : shorter[name];
      const s: Study = { ...study(name, PATIENTS), ...(time && { time }) };
      const { difference, what } = largestDifference(
        await resultOf('webassembly', s),
        await resultOf('webgpu', s),
      );
      expect(difference, what).toBeLessThan(1e-3);
    },
    HEAVY ? 3_600_000 : 60_000,
  );

  // Where f32 and f64 lie on two sides of a threshold a patient is treated otherwise from then on, so that quantiles of a
  // small cohort differ by whole patients: who is treated alike is held to the same value, and nearly everybody must be.
  it.each(LIBRARY.map((m) => m.name).filter(decides))(
    'decide alike for nearly every patient of %s, and agree on their curves to 1e-3 of scale',
    async (name) => {
      const [a, b] = [await patientByPatient('webassembly', name), await patientByPatient('webgpu', name)];
      const { job, program } = a.prepared;
      let otherwise = 0;
      a.individuals.arms.forEach((arm, k) => {
        const twin = b.individuals.arms[k];
        const decided = (ledger: typeof arm.ledger, i: number) =>
          ledger?.[i]?.map(({ happening }) => happening).join();
        const alike = Array.from({ length: COMPARED }, (_, i) => i).filter(
          (i) => decided(arm.ledger, i) === decided(twin?.ledger, i),
        );
        otherwise += COMPARED - alike.length;
        a.prepared.plan.endpoints.forEach(({ name: endpoint, type }, e) => {
          const own = arm.endpoints.subarray(e * COMPARED, (e + 1) * COMPARED);
          const other = twin?.endpoints.subarray(e * COMPARED, (e + 1) * COMPARED) ?? new Float64Array();
          const existing = alike.filter((i) => Number.isFinite(own[i]) && Number.isFinite(other[i]));
          otherwise += alike.filter((i) => Number.isFinite(own[i]) !== Number.isFinite(other[i])).length;
          if (type === 'probability') otherwise += existing.filter((i) => own[i] !== other[i]).length;
          // Not one by one: the time above a level that a curve only touches is as uncertain as the touch.
          const mean = (of: Float64Array) =>
            existing.reduce((sum, i) => sum + (of[i] ?? 0), 0) / existing.length;
          const scale = existing.reduce((most, i) => Math.max(most, Math.abs(own[i] ?? 0)), 0);
          const off = existing.length === 0 ? 0 : Math.abs(mean(own) - mean(other));
          if (type === 'value') expect(off, `arm ${k}, ${endpoint}`).toBeLessThanOrEqual(1e-3 * scale);
        });
        program.outputs.forEach((output, o) => {
          const from = o * job.times.length * COMPARED;
          const own = arm.outputs.subarray(from, from + job.times.length * COMPARED);
          const other = twin?.outputs.subarray(from, from + job.times.length * COMPARED);
          const scale = own.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
          for (const i of alike) {
            let worst = 0;
            for (let at = i; at < own.length; at += COMPARED)
              worst = Math.max(worst, Math.abs((own[at] ?? 0) - (other?.[at] ?? Number.NaN)));
            expect(worst / scale, `arm ${k}, ${output.name}, patient ${i}`).toBeLessThan(1e-3);
          }
        });
      });
      expect(otherwise).toBeLessThan(0.01 * COMPARED * a.individuals.arms.length);
    },
    120_000,
  );
});

describe('a patient', () => {
  it('is the same person, bit for bit, in a cohort of 100 and of 100,000', async () => {
    const engine = await engineFor('webassembly');
    const read = async (patients: number) => {
      const ready = await prepare(study('vancomycin', patients), { engine });
      if (ready.kind !== 'done') throw new Error(JSON.stringify(ready));
      return ready.prepared;
    };
    const [few, many] = [await read(100), await read(100_000)];
    const columns = few.program.columns.length;
    const alone = few.job.columns.read(17, 1);
    const inFew = few.job.columns.read(0, 100);
    const inMany = many.job.columns.read(0, 100_000);
    const inChunk = many.job.columns.read(16, 77);
    for (let c = 0; c < columns; c++) {
      expect(inFew[c * 100 + 17]).toBe(alone[c]);
      expect(inMany[c * 100_000 + 17]).toBe(alone[c]);
      expect(inChunk[c * 77 + 1]).toBe(alone[c]);
    }
  });

  it('has the same curve alone and in company', async () => {
    const engine = await engineFor('webassembly');
    const curve = async (patients: number[]) => {
      const ran = await runIndividuals(study('vancomycin', 1000), { engine }, patients);
      if (ran.kind !== 'done') throw new Error(JSON.stringify(ran));
      const times = ran.prepared.job.times.length;
      const place = patients.indexOf(17);
      return Array.from(
        { length: times },
        (_, t) => ran.individuals.arms[0]?.outputs[t * patients.length + place],
      );
    };
    expect(await curve([17])).toEqual(await curve([3, 999, 17, 400]));
  });
});

/** Arms in which nothing is decided during the run: those that this oracle knows. */
function plainArms(name: string): Arm[] {
  const { model } = compile(libraryModel(name)?.text ?? '');
  return (model?.therapies ?? [])
    .filter(
      ({ rules = [], events = [], interventions = [] }) =>
        rules.length + events.length + interventions.length === 0,
    )
    .map((therapy) => ({ name: therapy.name, therapy: therapy.name }));
}

describe('the f64 reference', () => {
  it.for(LIBRARY.map((m) => m.name))(
    'solves %s as an independent solver does',
    { timeout: 120_000 },
    async (name, { skip }) => {
      const engine = await engineFor('webassembly');
      const arms = plainArms(name);
      skip(arms.length === 0, `more than plain doses happens in every therapy of ${name}`);
      const s: Study = { ...study(name, 50), arms, solver: { rtol: 1e-10 } };
      const patients = [0, 17];
      const ran = await runIndividuals(s, { engine }, patients, { recordStates: true });
      if (ran.kind !== 'done') throw new Error(JSON.stringify(ran));
      const { program, job, plan } = ran.prepared;
      // That oracle knows plain doses alone; test/oracle-happenings.ts holds what is more, in smaller programs.
      const more = program.happenings.length + program.held.results.length;
      skip(more > 0, `${name} has memory or more than plain doses`);
      const every = Math.ceil(job.times.length / 12);
      const chosen = Array.from(job.times.keys()).filter((t) => t % every === 0);
      plan.arms.forEach((arm, a) => {
        patients.forEach((patient, i) => {
          const exact = oracleOutputs(program, {
            study: job.arms[a]?.study ?? [],
            columns: job.columns.read(patient, 1),
            therapy: arm.therapy,
            times: chosen.map((t) => job.times[t] ?? 0),
          });
          exact.forEach((row, o) => {
            const scale = Math.max(1e-12, ...row.map(Math.abs));
            row.forEach((value, k) => {
              const got =
                ran.individuals.arms[a]?.outputs[
                  (o * job.times.length + (chosen[k] ?? 0)) * patients.length + i
                ];
              expect(
                Math.abs((got ?? Number.NaN) - value) / scale,
                `${arm.name} ${program.outputs[o]?.name} ${k}`,
              ).toBeLessThan(1e-6);
            });
          });
        });
      });
    },
  );
});
