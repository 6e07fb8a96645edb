// Three published data sets, every subject with the own doses and covariates: the theophylline volunteers (Boeckmann,
// Sheiner & Beal 1994), the warfarin volunteers (O'Reilly 1963, 1968) and the phenobarbital infants (Grasela & Donn 1985).
// Predictions at the published population estimates against superposition of closed forms, subject by subject, and against
// what was measured. Skipped where the folder of shared data is not beside the project.
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { simulatedSubjects } from '../../src/study/nonmem.ts';
import { prepare } from '../../src/study/prepare.ts';
import type { DataFile, Study } from '../../src/study/study.ts';
import { amountsAt, type Disposition, type Given } from '../dosing/closed-form.ts';
import { closeEngines, engineFor } from '../engine/engines.ts';

afterAll(closeEngines);

const DATA = new URL('../../../shared/models/data/', import.meta.url);
const here = existsSync(DATA);
if (!here) console.warn('skipped: no folder shared/models/data beside the project');

interface Seen {
  readonly id: string;
  readonly time: number;
  /** When the state is looked at: what stands before the line in the file has happened, 2^-30 of the run earlier. */
  readonly seenAt: number;
  readonly output: string | null;
  readonly observed: number;
  readonly predicted: number;
}
interface Person {
  readonly id: string;
  readonly covariates: ReadonlyMap<string, number>;
  readonly given: readonly { readonly time: number; readonly amount: number }[];
  readonly seen: readonly Seen[];
}

const modelIn = (folder: string, name: string): string =>
  readFileSync(new URL(`${folder}/${name}.model`, import.meta.url), 'utf8');

/** Typical parameters, each subject's own doses, weights and times. */
async function predictions(text: string, file: string, how: Omit<DataFile, 'file'>, set = {}) {
  const study: Study = {
    gemello: 1,
    model: { text },
    cohort: { data: { file, ...how }, typical: true, set },
    solver: { method: 'tsit5', rtol: 1e-12 },
  };
  const csv = readFileSync(new URL(file, DATA), 'utf8');
  const engine = await engineFor('webassembly');
  const ready = await prepare(study, { engine, tables: { [file]: csv } });
  if (ready.kind !== 'done') throw new Error(JSON.stringify(ready).slice(0, 2000));
  const { courses } = ready.prepared;
  if (courses === null) throw new Error('no courses');
  const { subjects, failed } = await simulatedSubjects(
    ready.prepared,
    engine,
    courses.courses.map((_, i) => i),
  );
  expect(failed).toBe(0);
  const people = courses.courses.map(({ id, subject, observations }, i): Person => {
    const simulated = subjects[i]?.observations ?? [];
    expect(simulated.length, `observations of ${id}`).toBe(observations.length);
    return {
      id,
      covariates: new Map(
        subject.covariates.map(({ name, baseline }) => [name.toUpperCase(), Number(baseline)]),
      ),
      given: subject.events.map(({ time, amount }) => ({ time, amount })),
      seen: observations.map(({ time, after, output, value }, k) => ({
        id,
        time,
        seenAt: after ? time + courses.until * 2 ** -30 : time,
        output,
        observed: value ?? Number.NaN,
        predicted: simulated[k]?.value ?? Number.NaN,
      })),
    };
  });
  return { people, courses };
}

const only = (people: readonly Person[], output: string): Seen[] =>
  people.flatMap(({ seen }) => seen.filter((one) => one.output === output));

/** Typical predictions keep the spread between people (clearances differ by 20 to 30 %), but have no bias beyond their noise. */
function lies(people: readonly Person[], output: string, correlation: number): void {
  const found = agreement(only(people, output));
  expect(Math.abs(found.bias) / found.observed, `${output}: ${JSON.stringify(found)}`).toBeLessThan(0.06);
  expect(found.absolute / found.observed, `${output}: ${JSON.stringify(found)}`).toBeLessThan(0.25);
  expect(found.correlation, `${output}: ${JSON.stringify(found)}`).toBeGreaterThan(correlation);
}

/** How predictions lie to measurements: mean error, mean absolute error and correlation. */
function agreement(seen: readonly Seen[]) {
  const n = seen.length;
  const mean = (of: (one: Seen) => number) => seen.reduce((sum, one) => sum + of(one), 0) / n;
  const [observed, predicted] = [mean((s) => s.observed), mean((s) => s.predicted)];
  const [xy, xx, yy] = [
    mean((s) => (s.observed - observed) * (s.predicted - predicted)),
    mean((s) => (s.observed - observed) ** 2),
    mean((s) => (s.predicted - predicted) ** 2),
  ];
  return {
    observed,
    bias: predicted - observed,
    absolute: mean((s) => Math.abs(s.predicted - s.observed)),
    correlation: xy / Math.sqrt(xx * yy),
  };
}

/** Concentrations by superposition, lag included. */
function superposition(person: Person, disposition: Disposition, into: Given['into'], lag = 0) {
  const doses = person.given.map(({ time, amount }): Given => ({ at: time + lag, into, amount }));
  return (t: number) => (amountsAt([{ from: -1, disposition, doses }], t).central ?? 0) / disposition.V;
}

function holds(person: Person, output: string, form: (t: number) => number, scale: number): void {
  for (const { time, seenAt, predicted, output: of } of person.seen)
    if (of === output) {
      const wanted = form(seenAt);
      const error = Math.abs(predicted - wanted);
      expect(error, `${person.id} at ${time}: ${predicted}, ${wanted} in closed form`).toBeLessThanOrEqual(
        1e-8 * Math.max(Math.abs(wanted), scale),
      );
    }
}

/** Covariates are rounded to f32 once, on every backend alike. */
const weightOf = ({ covariates }: Person): number => Math.fround(covariates.get('WT') ?? Number.NaN);
const theophylline = modelIn('../../src/models', 'theophylline');
const THEOPHYLLINE = [
  'theophylline_12_single_dose.csv',
  { compartments: { 1: 'gut' }, output: 'conc' },
] as const;
const WARFARIN = ['warfarin_32_pkpd.csv', { output: { cp: 'conc', pca: 'pca' } }] as const;
const PHENOBARBITAL = ['phenobarbital_neonates_59.csv', { output: 'conc' }] as const;

describe.skipIf(!here)('theophylline, 12 volunteers', () => {
  const run = () => predictions(theophylline, ...THEOPHYLLINE, { SMOKE: 0, HF: 0 });

  test('every line is a dose or a measurement, and every measurement has a prediction', async () => {
    const { people, courses } = await run();
    expect(courses.account).toBe('theophylline_12_single_dose.csv: 12 subjects, 12 doses, 132 observations');
    expect(people.flatMap(({ seen }) => seen).filter((s) => Number.isFinite(s.predicted))).toHaveLength(132);
  });

  test('each has the course of the closed form for the own dose and weight', async () => {
    const { people } = await run();
    for (const person of people) {
      const CL = 2.75 * (weightOf(person) / 70) ** 0.75;
      holds(person, 'conc', superposition(person, { CL, V: 31.8, ka: 1.59 }, 'depot'), 1e-3);
    }
  });

  test('the fit of these volunteers lies among the measurements', async () => {
    lies((await run()).people, 'conc', 0.85);
  });
});

describe.skipIf(!here)('warfarin, 32 volunteers', () => {
  const run = () => predictions(modelIn('.', 'warfarin_pca'), ...WARFARIN);
  const disposition = (person: Person): Disposition => ({
    CL: 0.131 * (weightOf(person) / 70) ** 0.75,
    V: (8.17 * weightOf(person)) / 70,
    ka: Math.LN2 / 0.792,
  });

  test('every line is a dose, a concentration or an activity, and each measurement has a prediction', async () => {
    const { people, courses } = await run();
    expect(courses.account).toBe('warfarin_32_pkpd.csv: 32 subjects, 32 doses, 483 observations');
    const finite = (output: string) =>
      only(people, output).filter((s) => Number.isFinite(s.predicted)).length;
    expect([finite('conc'), finite('pca')]).toEqual([251, 232]);
  });

  test('each has the concentrations of the closed form for the own dose and weight, after the lag', async () => {
    const { people } = await run();
    for (const person of people)
      holds(person, 'conc', superposition(person, disposition(person), 'depot', 0.96), 1e-3);
  });

  test('each has the activity that the integral over those concentrations gives', async () => {
    const { people } = await run();
    for (const person of people) {
      const conc = superposition(person, disposition(person), 'depot', 0.96);
      holds(person, 'pca', (t) => activity(conc, t), 1);
    }
  });

  test('the published estimates lie among the measurements', async () => {
    const { people } = await run();
    lies(people, 'conc', 0.85);
    lies(people, 'pca', 0.9);
  });
});

/** E0 (1 - kout * integral of exp(-kout (t - s)) times the inhibition), by Gauss-Legendre from the lag on. */
function activity(conc: (t: number) => number, t: number): number {
  const [E0, kout, emax, ec50, lag] = [96.5441, 0.0550232, 0.967705, 1.007266, 0.96];
  // Nodes and weights of five points on -1 .. 1.
  const nodes = [0, 0.5384693101056831, 0.906179845938664];
  const weights = [0.5688888888888889, 0.47862867049936647, 0.23692688505618908];
  let sum = 0;
  // Short steps while the drug is absorbed.
  let step = 0.1;
  for (let from = lag; from < t; from += step) {
    step = from < 15 ? 0.1 : 1;
    const half = Math.min(step, t - from) / 2;
    nodes.forEach((node, i) => {
      for (const sign of node === 0 ? [1] : [-1, 1]) {
        const s = from + half * (1 + sign * node);
        const c = conc(s);
        sum += half * (weights[i] ?? 0) * Math.exp(-kout * (t - s)) * ((emax * c) / (ec50 + c));
      }
    });
  }
  return E0 * (1 - kout * sum);
}

describe.skipIf(!here)('phenobarbital, 59 infants', () => {
  const run = () => predictions(modelIn('.', 'phenobarbital'), ...PHENOBARBITAL);

  test('every line is a dose or a measurement, and every measurement has a prediction', async () => {
    const { people, courses } = await run();
    expect(courses.account).toBe('phenobarbital_neonates_59.csv: 59 subjects, 589 doses, 155 observations');
    expect(only(people, 'conc').filter((s) => Number.isFinite(s.predicted))).toHaveLength(155);
  });

  test('each has the course of superposed boluses at the own weight and Apgar score', async () => {
    const { people } = await run();
    for (const person of people) {
      const weight = weightOf(person);
      const V = 0.96 * weight * ((person.covariates.get('APGR') ?? 0) < 5 ? 1.13 : 1);
      holds(person, 'conc', superposition(person, { CL: 0.0047 * weight, V }, 'central'), 1e-3);
    }
  });

  test('the paper’s estimates lie among the measurements', async () => {
    lies((await run()).people, 'conc', 0.8);
  });
});
