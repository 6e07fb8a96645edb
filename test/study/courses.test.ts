// Patients from dosing files: their own doses, covariates and observations, against closed forms.
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { compile } from '../../src/language/compile.ts';
import { type Courses, isCourses, readCourses } from '../../src/study/courses.ts';
import { prepare } from '../../src/study/prepare.ts';
import { runIndividuals, runStudy } from '../../src/study/run.ts';
import type { Cohort, DataFile, Study } from '../../src/study/study.ts';
import { closeEngines, engineFor } from '../engine/engines.ts';

afterAll(closeEngines);

const MODEL = `model decline
  time h
covariate WT : kg ~ lognormal(median 70, sdlog 0.2)
covariate SEX : one of male 60 %, female 40 %
covariate DIAL : yes 10 %
parameter KE = 0.1 [1/h]
random eta ~ normal(cv 30 %)
compartment depot : mg
compartment central : mg
flow absorbed : depot -> central at 1 [1/h] * depot
flow eliminated : central -> at KE * (WT / 70 [kg]) * exp(eta) * central
output amount = central
therapy twice "The model's own"
  dose 100 [mg] into central every 12 h times 2
endpoint last = central at 24 h
show until 24 h every 1 h
`;
const model = compile(MODEL).model;
if (!model) throw new Error(JSON.stringify(compile(MODEL).diagnostics));

const FIXED = { SEX: 0, DIAL: 0 };
const studyOf = (data: Partial<DataFile> = {}, cohort: Partial<Cohort> = {}): Study => ({
  gemello: 1,
  model: { text: MODEL },
  cohort: { data: { file: 'f.csv', ...data }, set: FIXED, typical: true, ...cohort },
  solver: { method: 'tsit5', rtol: 1e-10 },
});

async function curves(csv: string, study: Study, patients: readonly number[]) {
  const engine = await engineFor('webassembly');
  const ran = await runIndividuals(study, { engine, tables: { 'f.csv': csv } }, patients, { ledger: true });
  if (ran.kind !== 'done') throw new Error(JSON.stringify(ran).slice(0, 1000));
  const { plan } = ran.prepared;
  const { outputs } = ran.individuals.arms[0] ?? { outputs: new Float64Array() };
  const at = (patient: number, time: number): number => {
    const t = plan.times.indexOf(time);
    return outputs[t * patients.length + patients.indexOf(patient)] ?? Number.NaN;
  };
  return { ...ran, at };
}

async function refusals(csv: string, study: Study): Promise<readonly string[]> {
  const engine = await engineFor('webassembly');
  const ready = await prepare(study, { engine, tables: { 'f.csv': csv } });
  return ready.kind === 'refused' ? ready.errors.map(({ field, message }) => `${field}: ${message}`) : [];
}

const close = (got: number, want: number, tolerance = 1e-8) =>
  expect(Math.abs(got - want), `${got} instead of ${want}`).toBeLessThanOrEqual(tolerance * Math.abs(want));

describe('a dosing file', () => {
  it('gives every subject the own doses and covariates', async () => {
    const csv = `ID,TIME,AMT,RATE,ADDL,II,EVID,CMT,DV,WT
1,0,100,0,2,6,1,2,.,70
1,10,.,.,.,.,0,2,30,70
2,1,60,20,0,0,1,2,.,35
2,24,.,.,.,.,0,2,5,35
`;
    const { at, prepared } = await curves(csv, studyOf(), [0, 1]);
    expect(prepared.plan.arms.map(({ name }) => name)).toEqual(['data']);
    expect(prepared.plan.patients).toBe(2);
    // Boluses at 0, 6 and 12 h, each an exponential.
    const sum = [0, 6, 12].reduce((a, given) => a + 100 * Math.exp(-0.1 * (20 - given)), 0);
    close(at(0, 20), sum);
    // 20 mg/h from 1 to 4 h at half the clearance.
    close(at(1, 3), (20 / 0.05) * (1 - Math.exp(-0.05 * 2)));
    close(at(1, 20), (20 / 0.05) * (1 - Math.exp(-0.05 * 3)) * Math.exp(-0.05 * 16));
  });

  it('is told apart by the ledger, in the model’s words', async () => {
    const csv = 'ID,TIME,AMT,RATE,EVID,CMT,DV,WT\n7,0,100,0,1,1,.,70\n7,2,50,25,1,2,.,70\n7,8,.,.,0,2,1,70\n';
    const { ledgers } = await curves(csv, studyOf(), [0]);
    expect(ledgers?.[0]?.[0]?.doses).toEqual([
      { time: 0, into: 'depot', amount: 100, duration: 0 },
      { time: 2, into: 'central', amount: 50, duration: 2 },
    ]);
  });

  it('runs as long as its last line, and says what it does not reach', async () => {
    const csv = 'ID,TIME,AMT,DV,WT\n1,0,100,.,70\n1,30,.,4,70\n2,0,100,.,70\n2,36,.,4,70\n';
    const { prepared } = await curves(csv, studyOf(), [0]);
    expect(prepared.plan.until).toBe(36);
    const engine = await engineFor('webassembly');
    const short = await prepare({ ...studyOf(), time: { until: '32 h' } }, { engine, tables: { 'f.csv': csv } });
    if (short.kind !== 'done') throw new Error('not prepared');
    expect(short.warnings).toContain('f.csv: 1 events and observations are after the run\'s end at 32 h');
  }); // biome-ignore format: a line

  it('converts the units in its headings, and says what it takes the others for', async () => {
    const csv = 'ID,TIME [min],AMT [g],DV,CMT,WT [g]\n1,0,0.1,.,2,35000\n1,1200,.,4,2,35000\n';
    const { at, prepared } = await curves(csv, studyOf(), [0]);
    close(at(0, 20), 100 * Math.exp(-0.05 * 20));
    expect(prepared.courses?.notes.join()).not.toMatch(/taken as/);
    // 0.01 g/min from 0 to 10 min.
    const infused = 'ID,TIME [min],AMT [g],RATE,DV,CMT,WT\n1,0,0.1,0.01,.,2,70\n1,1200,.,.,4,2,70\n';
    const slow = await curves(infused, studyOf(), [0]);
    expect(slow.ledgers?.[0]?.[0]?.doses[0]?.duration).toBeCloseTo(1 / 6, 14);
    close(slow.at(0, 20), (600 / 0.1) * (1 - Math.exp(-0.1 / 6)) * Math.exp(-0.1 * (20 - 1 / 6)));
    const plain = await curves('ID,TIME,AMT,DV,WT\n1,0,100,.,70\n1,20,.,4,70\n', studyOf(), [0]);
    expect(plain.prepared.courses?.notes).toContain('amounts are taken as mg into depot');
    expect(plain.prepared.courses?.notes.join()).toContain('times are taken as h');
  });

  it.each([
    ['locf', 0.1 * 5 + 0.2 * 10],
    ['nocb', 0.1 * 0 + 0.2 * 5 + 0.3 * 10],
    ['linear', 0.15 * 5 + 0.25 * 10],
  ] as const)('changes a covariate in time by %s', async (interpolation, exponent) => {
    // WT 70 at 0 h, 140 at 5 h, 210 at 15 h: the rate of elimination is WT / 700.
    const csv = 'ID,TIME,AMT,DV,CMT,WT\n1,0,100,.,2,70\n1,5,.,4,2,140\n1,15,.,4,2,210\n1,24,.,4,2,210\n';
    const { at } = await curves(csv, studyOf({ covariates: { WT: { interpolation } } }), [0]);
    close(at(0, 15), 100 * Math.exp(-exponent), 1e-7);
    close(at(0, 24), 100 * Math.exp(-exponent - 0.3 * 9), 1e-7);
  });

  it('changes covariates in arms of the model’s own therapies too', async () => {
    const csv = 'ID,TIME,AMT,DV,CMT,WT\n1,0,100,.,2,70\n1,6,.,4,2,140\n1,24,.,4,2,140\n';
    const study: Study = { ...studyOf(), arms: [{ name: 'own', therapy: 'twice' }] };
    const { at } = await curves(csv, study, [0]);
    close(at(0, 12), 100 * Math.exp(-0.6 - 1.2), 1e-7);
    close(at(0, 20), 100 * Math.exp(-0.6 - 1.2 - 1.6) + 100 * Math.exp(-1.6), 1e-7);
  });

  it('puts occasions one after another, each from nothing', async () => {
    const csv =
      'ID,TIME,AMT,EVID,CMT,DV,WT\n1,0,100,1,2,.,70\n1,10,.,0,2,3,70\n1,0,50,4,2,.,70\n1,8,.,0,2,3,70\n';
    const { at, prepared } = await curves(csv, studyOf(), [0]);
    expect(prepared.plan.until).toBe(19);
    close(at(0, 10), 100 * Math.exp(-1));
    close(at(0, 19), 50 * Math.exp(-0.8));
    expect(prepared.courses?.courses[0]?.observations.map(({ time }) => time)).toEqual([10, 19]);
  });

  it.each([
    ['words', 'female,yes', 'male,no'],
    ['numbers where there are', 'female,1', 'male,0'],
  ])('codes categories and yes/no by %s, as a table of patients does', async (_, first, second) => {
    const line = (id: number, coded: string) => `${id},0,100,.,70,${coded}\n${id},1,.,4,70,${coded}\n`;
    const csv = `ID,TIME,AMT,DV,WT,sex,DIAL\n${line(1, first)}${line(2, second)}`;
    const made = readCourses(csv, model, { file: 'f.csv' }, []);
    if (!isCourses(made)) throw new Error(JSON.stringify(made.errors));
    expect([...(made.table.columns.SEX ?? [])]).toEqual([1, 0]);
    expect([...(made.table.columns.DIAL ?? [])]).toEqual([1, 0]);
    expect(made.notes).toContain('SEX is the column sex');
  });

  it('draws what it does not have, repeats its subjects with fresh random effects, and says so', async () => {
    const csv =
      'ID,TIME,AMT,CMT,DV,WT,AGE\n1,0,100,2,.,70,50\n1,24,.,2,4,70,50\n2,0,100,2,.,35,50\n2,24,.,2,4,35,50\n';
    const study: Study = { ...studyOf(), cohort: { data: { file: 'f.csv' }, patients: 6 } };
    const { prepared, at } = await curves(csv, study, [0, 1, 2, 3, 4, 5]);
    expect(prepared.courses?.notes).toContain('not read, because the model has no such covariate: AGE');
    expect(prepared.courses?.notes.join()).toMatch(/drawn from the model's distributions: SEX, DIAL/);
    const values = prepared.job.columns.read(0, 6);
    expect([...values.subarray(0, 6)]).toEqual([70, 35, 70, 35, 70, 35]);
    expect(new Set([0, 2, 4].map((i) => at(i, 24))).size).toBe(3);
    const effects = values.subarray(18, 24);
    for (const i of [0, 3, 5]) {
      const rate = 0.1 * ((i % 2 === 0 ? 70 : 35) / 70) * Math.exp(effects[i] ?? 0);
      close(at(i, 24), 100 * Math.exp(-24 * rate));
    }
  });

  it('keeps every subject’s own covariates when patients are typical, and sets their random effects to zero', async () => {
    const csv = 'ID,TIME,AMT,CMT,DV,WT\n1,0,100,2,.,70\n1,24,.,2,4,70\n2,0,100,2,.,35\n2,24,.,2,4,35\n';
    const { prepared, at } = await curves(csv, studyOf(), [0, 1]);
    expect(prepared.plan.patients).toBe(2);
    close(at(0, 24), 100 * Math.exp(-2.4));
    close(at(1, 24), 100 * Math.exp(-1.2));
  });

  it('runs beside arms of the model, and as a whole study with its certificate', async () => {
    const csv = 'ID,TIME,AMT,CMT,DV,WT\n1,0,100,2,.,70\n1,24,.,2,4,70\n2,0,50,2,.,35\n2,24,.,2,4,35\n';
    const engine = await engineFor('webassembly');
    const arms = [{ name: 'as given', therapy: 'data' }, { name: 'own', therapy: 'twice' }, { name: 'none' }];
    const ran = await runStudy({ ...studyOf(), arms }, { engine, tables: { 'f.csv': csv } });
    if (ran.kind !== 'done') throw new Error(JSON.stringify(ran).slice(0, 500));
    const means = ran.result.arms.map(({ endpoints }) => {
      const { last } = endpoints;
      return last && 'mean' in last ? (last.mean ?? Number.NaN) : Number.NaN;
    });
    close(means[0] ?? 0, (100 * Math.exp(-2.4) + 50 * Math.exp(-1.2)) / 2, 1e-6);
    const twice = (k: number) => 100 * (Math.exp(-24 * k) + Math.exp(-12 * k));
    close(means[1] ?? 0, (twice(0.1) + twice(0.05)) / 2, 1e-6);
    expect(means[2]).toBe(0);
    expect(ran.result.failed).toEqual({});
    expect(ran.result.certificate?.outputs.amount?.max).toBeLessThan(1e-6);
  });
});

describe('a dosing file is refused', () => {
  const line = 'ID,TIME,AMT,RATE,CMT,DV,WT\n';
  it.each([
    ['by line where a compartment is not the model’s', `${line}1,0,100,0,7,.,70\n1,5,.,.,2,3,70\n`, {}, ['cohort.data: line 2: compartment 7, and the model has 1 depot, 2 central; say with compartments which is which']],
    ['where the model has no duration for RATE -2', `${line}1,0,100,-2,2,.,70\n1,5,.,.,2,3,70\n`, {}, ['cohort.data: line 2: RATE -2 leaves the duration to the model, but central has none; write "infused over ..." after the compartment']],
    ['where a subject has no value of a covariate', `${line}1,0,100,0,2,.,70\n1,5,.,.,2,3,70\n2,0,100,0,2,.,.\n2,5,.,.,2,3,.\n`, {}, ['cohort.data: line 4: subject 2 has no WT; fill it in, or give cohort.set.WT a number for everybody']],
    ['where a word is a number’s', `${line}1,0,100,0,2,.,heavy\n1,5,.,.,2,3,heavy\n`, {}, [/line 2, column WT: .*heavy/]],
    ['with the question that it leaves open', `${line}1,0,100,0,2,.,70\n1,5,.,.,2,3,70\n1,2,.,.,2,3,70\n`, {}, [/^cohort\.data\.read\.timeGoesBack: must be told: the time goes back .* give "reset" \(.*\), or "individual"/]],
    ['where a compartment, a covariate or an output is told wrong', `${line}1,0,100,0,2,.,70\n1,5,.,.,2,3,70\n`, { compartments: { 2: 'centrl' }, covariates: { WGT: {} }, output: 'amnt' }, [/covariates\.WGT: .*did you mean WT/, /compartments\.2: .*did you mean central/, /compartment 2/, /output: .*there is amount/]],
    ['where a column is named that is not there', `${line}1,0,100,0,2,.,70\n1,5,.,.,2,3,70\n`, { covariates: { WT: { column: 'WGT' } } }, [/covariates\.WT\.column: .*WGT/]],
  ] as const)('%s', async (_, csv, data, wanted) => {
    const found = await refusals(csv, studyOf(data as Partial<DataFile>));
    expect(found).toHaveLength(wanted.length);
    wanted.forEach((want, i) => {
      if (typeof want === 'string') expect(found[i]).toBe(want);
      else expect(found[i]).toMatch(want);
    });
  }); // biome-ignore format: a table

  it('when it is not beside the study, or beside a table of patients, or asked for without being there', async () => {
    const engine = await engineFor('webassembly');
    const of = async (study: Study, tables = {}) => {
      const ready = await prepare(study, { engine, tables });
      return ready.kind === 'refused' ? ready.errors.map((e) => `${e.field}: ${e.message}`) : [];
    };
    expect(await of(studyOf())).toEqual(['cohort.data.file: the file f.csv is not here: open it beside the study']);
    expect((await of(studyOf({}, { table: 't.csv' })))[0]).toContain('not both');
    const arms = [{ name: 'a', therapy: 'data' }];
    expect(await of({ gemello: 1, model: { text: MODEL }, arms })).toEqual(['arms[0].therapy: data are the doses of cohort.data, which the study does not have']);
  }); // biome-ignore format: long lines
});

describe('what is told of a file', () => {
  const csv = 'ID,TIME,AMT,CMT,DV,DVID,WGT\n1,0,100,1,.,.,70\n1,5,.,.,3,1,70\n1,6,.,.,9,2,70\n';
  it('maps compartments, covariates and measurements', () => {
    const how = {
      file: 'f.csv',
      compartments: { 1: 'central' },
      covariates: { WT: { column: 'WGT' } },
      output: { 1: 'amount' },
    };
    const made = readCourses(csv, model, how, ['SEX', 'DIAL']);
    if (!isCourses(made)) throw new Error(JSON.stringify(made.errors));
    expect(made.plan.compartments).toEqual(['central']);
    expect([...(made.table.columns.WT ?? [])]).toEqual([70]);
    expect(made.courses[0]?.observations.map(({ output, value }) => [output, value])).toEqual([
      ['amount', 3],
      [null, 9],
    ]);
  });
  it('changes the digest, as does any cell', () => {
    const digest = (text: string, how: Partial<DataFile> = {}) =>
      (readCourses(text, model, { file: 'f.csv', covariates: { WT: { column: 'WGT' } }, ...how }, []) as Courses).digest;
    const all = [digest(csv), digest(csv.replace('100', '101')), digest(csv, { compartments: { 1: 'central' } })];
    expect(new Set(all).size).toBe(3);
    expect(digest(csv)).toBe(all[0]);
  }); // biome-ignore format: long lines
});

/** Where the folder of shared data lies beside the project. */
const DATA = new URL('../../../shared/models/data/', import.meta.url);
const here = existsSync(DATA);
if (!here) console.warn('skipped: no folder shared/models/data beside the project');
const PK = (more: string) => `model pk
  time h
covariate WT : kg ~ lognormal(median 70, sdlog 0.2)
${more}compartment depot : mg
compartment central : mg
flow a : depot -> central at 1.5 [1/h] * depot
flow e : central -> at 2 [L/h] * (WT / 70 [kg])^0.75 / (30 [L] * WT / 70 [kg]) * central
output cp = central / (30 [L] * WT / 70 [kg]) in mg/L
endpoint peak = max(cp)
`;

describe.skipIf(!here)('published patients', () => {
  it.each([
    ['theophylline_12_single_dose.csv', '', {}, 12, 12, 132],
    ['warfarin_32_pkpd.csv', 'covariate SEX : one of male 60 %, female 40 %\n', { output: { cp: 'cp' } }, 32, 32, 483],
    ['phenobarbital_neonates_59.csv', '', { compartments: { default: 'central' } }, 59, 589, 155],
  ] as const)('of %s run with their own doses and covariates, every line accounted for', async (file, more, told, subjects, doses, observations) => {
    const csv = readFileSync(new URL(file, DATA), 'utf8');
    const engine = await engineFor('webassembly');
    const study: Study = { gemello: 1, model: { text: PK(more) }, cohort: { typical: true, data: { file, ...told } } };
    const ran = await runIndividuals(study, { engine, tables: { [file]: csv } }, Array.from({ length: subjects }, (_, i) => i), { ledger: true });
    if (ran.kind !== 'done') throw new Error(JSON.stringify(ran).slice(0, 1000));
    const { courses } = ran.prepared;
    expect(courses?.account).toBe(`${file}: ${subjects} subjects, ${doses} doses, ${observations} observations`);
    expect(doses + observations).toBe(csv.trim().split(/\r?\n/).length - 1);
    expect(ran.individuals.arms[0]?.status.every((status) => status === 0)).toBe(true);
    const given = (ran.ledgers?.[0] ?? []).map((ledger) => ledger.doses.reduce((sum, { amount }) => sum + amount, 0));
    const meant = courses?.courses.map(({ subject }) => subject.events.reduce((sum, { amount }) => sum + amount, 0)) ?? [];
    given.forEach((sum, i) => void close(sum, meant[i] ?? Number.NaN, 1e-12));
  }, 60_000); // biome-ignore format: long lines
});
