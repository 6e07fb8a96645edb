// Occasions of patients from dosing files: a column of the file, or each of their doses, against the patients' own draws.
import { afterAll, describe, expect, it } from 'vitest';
import { compile } from '../../src/language/compile.ts';
import { momentsOf } from '../../src/statistics/moments.ts';
import { varianceComponents } from '../../src/statistics/variance-components.ts';
import { isCourses, readCourses } from '../../src/study/courses.ts';
import { drawTable } from '../../src/study/draw-table.ts';
import { prepare } from '../../src/study/prepare.ts';
import { runIndividuals } from '../../src/study/run.ts';
import type { DataFile, Study } from '../../src/study/study.ts';
import { closeEngines, engineFor, TESTED_KERNELS } from '../engine/engines.ts';

afterAll(closeEngines);

const SD = 0.3;
const text = (occasions: string, more = '') => `model periods "Periods"
  time h
random kf ~ normal(sd ${SD}) per occasion
${more}occasions "Periods" ${occasions}
compartment c : mg bioavailability exp(kf)
flow out : c -> at 0.1 [1/h] * c
output f = kf
therapy twice
  dose 100 [mg] into c every 24 h times 2
endpoint last = c at 72 h
show until 72 h every 1 h
`;
const CSV = `ID,TIME,AMT,DV,EVID,OCC
1,0,100,.,1,1
1,10,.,5,0,1
1,24,100,.,1,2
1,48,100,.,1,1
1,72,.,5,0,1
2,2,100,.,1,3
2,30,100,.,1,3
2,60,100,.,1,1000
2,72,.,4,0,1000
`;
const kf = (first: number, patient: number, k: number): number =>
  k === 1
    ? first
    : SD *
      (drawTable([{ kind: 'normal', purpose: 'occasion', name: 'kf' }], { seed: '11', rows: 999 }).read(
        patient,
        1,
      )[999 + k - 2] ?? Number.NaN);

async function ran(
  occasions: string,
  csv: string,
  {
    kernel = 'webassembly',
    data = {},
    arms = ['data'],
    more = '',
  }: {
    kernel?: (typeof TESTED_KERNELS)[number];
    data?: Partial<DataFile>;
    arms?: readonly string[];
    more?: string;
  } = {},
) {
  const study: Study = {
    gemello: 1,
    model: { text: text(occasions, more) },
    cohort: { data: { file: 'f.csv', ...data }, seed: '11', patients: 3 },
    arms: arms.map((therapy) => ({ name: therapy, therapy })),
    solver: { rtol: 1e-6, method: 'tsit5' },
  };
  const engine = await engineFor(kernel);
  const found = await runIndividuals(study, { engine, tables: { 'f.csv': csv } }, [0, 1, 2], {
    ledger: true,
  });
  if (found.kind !== 'done') throw new Error(JSON.stringify(found).slice(0, 800));
  const { prepared, individuals, ledgers } = found;
  const at = prepared.program.columns.findIndex(({ name }) => name === 'kf');
  const first = (patient: number) => prepared.job.columns.read(patient, 1)[at] ?? Number.NaN;
  const output = (arm: number, patient: number, time: number) => {
    const t = prepared.plan.times.indexOf(time);
    return individuals.arms[arm]?.outputs[t * 3 + patient] ?? Number.NaN;
  };
  return {
    of: (patient: number, k: number) => kf(first(patient), patient, k),
    output,
    doses: (arm: number, patient: number) => ledgers?.[arm]?.[patient]?.doses ?? [],
    notes: prepared.courses?.notes ?? [],
  };
}

/** Occasions of each patient's doses; patient 2 is subject 1 again. */
const OCC = [[1, 2, 1], [3, 3, 1000], [1, 2, 1]]; // biome-ignore format: rows

describe('a column of occasions', () => {
  it.each(TESTED_KERNELS)('gives occasion k the draw of occasion k, however it comes, by %s', async (kernel) => {
    const run = await ran('from data', CSV, { kernel });
    const digits = kernel === 'webgpu' || kernel.startsWith('f32') ? 4 : 6;
    for (const [patient, own] of OCC.entries())
      expect(run.doses(0, patient).map(({ amount }) => amount / 100)).toEqual(
        own.map((k) => expect.closeTo(Math.exp(run.of(patient, k)), digits)),
      );
    // It holds from time 0 and until the line of the next.
    for (const [time, k] of [[0, 3], [1, 3], [60, 3], [61, 1000]] as const)
      expect(run.output(0, 1, time)).toBeCloseTo(time === 0 ? run.of(1, 1) : run.of(1, k), digits);
    expect(run.notes.join()).toContain('OCC numbers the occasions');
  }); // biome-ignore format: pairs

  it('holds in every arm, in place of the model’s own schedule', async () => {
    const run = await ran('every 10 h', CSV, { arms: ['data', 'twice'] });
    for (const patient of [0, 1, 2]) {
      expect(run.doses(0, patient)[1]?.amount).toBeCloseTo(
        100 * Math.exp(run.of(patient, OCC[patient]?.[1] ?? 0)),
        4,
      );
      for (const time of [5, 30, 50, 72])
        expect(run.output(1, patient, time)).toBe(run.output(0, patient, time));
    }
    expect(run.notes.join()).toContain("in place of the model's own");
  });

  it('is the column said to, and none where that is ignored', async () => {
    const named = await ran('from data', CSV.replace('OCC', 'VISIT'), {
      data: { columns: { VISIT: 'occ' } },
    });
    expect(named.doses(0, 1)[2]?.amount).toBeCloseTo(100 * Math.exp(named.of(1, 1000)), 4);
    const ignored = await ran('every 24 h', CSV, { data: { columns: { OCC: 'ignore' } } });
    expect(ignored.doses(0, 0).map(({ amount }) => amount / 100)).toEqual(
      [1, 2, 3].map((k) => expect.closeTo(Math.exp(ignored.of(0, k)), 6)),
    );
    const absent = await ran('from data', CSV.replace('OCC', 'OTHER'));
    expect(absent.notes.join()).toContain('no column OCC');
    expect(absent.doses(0, 1)[2]?.amount).toBeCloseTo(100 * Math.exp(absent.of(1, 1)), 6);
  });

  it('draws the same whatever else the model has', async () => {
    const plain = await ran('from data', CSV);
    const more = await ran('from data', CSV, {
      more: 'random other ~ normal(sd 1) per occasion\nrandom eta ~ normal(sd 1)\n',
    });
    for (const patient of [0, 1, 2]) expect(more.doses(0, patient)).toEqual(plain.doses(0, patient));
  });

  const model = (occasions: string, more = '') => {
    const compiled = compile(text(occasions, more)).model;
    if (!compiled) throw new Error('the model does not compile');
    return compiled;
  };
  const read = (csv: string, more = '', columns = {}) =>
    readCourses(csv, model('each dose', more), { file: 'f.csv', columns }, []);

  it('is a covariate where the model has one of that name', () => {
    const found = read(CSV, 'covariate OCC : 1 ~ uniform(low 1, high 3)\n');
    if (!isCourses(found)) throw new Error(JSON.stringify(found));
    expect(found.occasions?.plan.of).toBe('doses');
    expect(Object.keys(found.table.columns)).toEqual(['OCC']);
  });

  it('is missed, and said to be, where there is no file', async () => {
    const study: Study = { gemello: 1, model: { text: text('from data') }, cohort: { patients: 2 } };
    const ready = await prepare(study, { engine: await engineFor('webassembly') });
    if (ready.kind !== 'done') throw new Error('refused');
    expect(ready.warnings.join()).toContain('each patient has one');
    expect(ready.prepared.program.happenings.map(({ name }) => name)).toEqual(['dose 1 into c']);
  });

  it('has whole numbers from 1', () => {
    const wrong = read(CSV.replace('24,100,.,1,2', '24,100,.,1,0').replaceAll('1000', '1.5'));
    const messages = isCourses(wrong) ? [] : wrong.errors.map(({ message }) => message);
    expect(messages[0]).toBe('line 4, column OCC: 0 is no occasion; they are numbered 1, 2, ... 1000');
    expect(messages.some((m) => m.includes('1.5 is no occasion'))).toBe(true);
    const twice = read(CSV.replace('DV', 'VISIT').replace('EVID', 'DV'), '', { VISIT: 'occ', OCC: 'occ' });
    expect(isCourses(twice)).toBe(false);
  });
});

describe('an occasion with each dose of a file', () => {
  it('is one of at most a thousand', () => {
    const model = compile(text('each dose')).model;
    if (!model) throw new Error('the model does not compile');
    const csv = 'ID,TIME,AMT,ADDL,II,DV\n1,0,5,1000,1,.\n1,2000,.,.,.,3\n';
    const found = readCourses(csv, model, { file: 'f.csv' }, []);
    expect('errors' in found && found.errors[0]?.message).toContain(
      'a patient has 1001 doses, each an occasion',
    );
  });

  it.each(['each dose', 'each dose into c'])('counts them by instants, and in other arms those of the therapy: %s', async (occasions) => {
    const csv = CSV.replace('OCC', 'FORM').replace('1,48,100,.,1,1', '1,24,50,.,1,1\n1,48,100,.,1,1');
    const run = await ran(occasions, csv, { arms: ['data', 'twice'] });
    const wanted = [[1, 2, 2, 3], [1, 2, 3]];
    for (const [patient, own] of wanted.entries()) {
      const given = run.doses(0, patient);
      expect(given.map(({ amount }) => amount)).toEqual(
        own.map((k, i) => expect.closeTo((patient === 0 && i === 2 ? 50 : 100) * Math.exp(run.of(patient, k)), 4)),
      );
      expect(run.doses(1, patient).map(({ amount }) => amount)).toEqual(
        [1, 2].map((k) => expect.closeTo(100 * Math.exp(run.of(patient, k)), 4)),
      );
      // The same number is the same draw in both arms.
      expect(given[1]?.amount).toBe(run.doses(1, patient)[1]?.amount);
    }
  }); // biome-ignore format: rows
});

describe('a crossover of a file', () => {
  it('gives back the variances between patients and between its occasions', async () => {
    const patients = 2000;
    const study: Study = {
      gemello: 1,
      model: {
        text: `model crossover "Two periods, the second treatment first for every other subject"
  time h
random eta ~ normal(cv 30 %)
random kappa ~ normal(cv 20 %) per occasion
occasions from data
compartment c : mg
flow out : c -> at 0.5 [1/h] * exp(eta + kappa) * c
endpoint one = integral(c, 0 h .. 100 h)
endpoint two = integral(c, 100 h .. 200 h)
show until 200 h every 10 h
`,
      },
      cohort: { data: { file: 'f.csv' }, seed: '7', patients },
      solver: { rtol: 1e-5, method: 'tsit5' },
    };
    const rows = [[1, 2], [2, 1]].map(([a, b], i) => `${i},0,100,.,${a}\n${i},100,100,.,${b}\n${i},200,.,1,${b}\n`); // biome-ignore format: pairs
    const context = {
      engine: await engineFor('webassembly'),
      tables: { 'f.csv': `ID,TIME,AMT,DV,OCC\n${rows.join('')}` },
    };
    const everyone = Array.from({ length: patients }, (_, i) => i);
    const found = await runIndividuals(study, context, everyone);
    if (found.kind !== 'done') throw new Error(JSON.stringify(found).slice(0, 500));
    const areas = found.individuals.arms[0]?.endpoints ?? new Float64Array(0);
    const { between, within } = varianceComponents(
      everyone.map((i) => momentsOf([0, patients].map((at) => -Math.log(areas[at + i] ?? 0)))),
    );
    const [iov, iiv] = [Math.log(1 + 0.2 ** 2), Math.log(1 + 0.3 ** 2)];
    const seWithin = iov * Math.sqrt(2 / patients);
    const seBetween = (iov + 2 * iiv) * Math.sqrt(2 / (patients - 1));
    expect(Math.abs(within - iov)).toBeLessThan(4 * seWithin);
    expect(Math.abs(between - iiv)).toBeLessThan((4 * Math.hypot(seBetween, seWithin)) / 2);
  });
});
