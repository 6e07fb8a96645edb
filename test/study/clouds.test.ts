// Clouds: each row of a table as an individual drawn many times, against the same patients solved one by one, and random
// effects that a table brings, against their own draws.
import { afterAll, describe, expect, it } from 'vitest';
import type { EndpointBlock } from '../../src/engine/backend.ts';
import { createDraws } from '../../src/engine/draws.ts';
import { compile } from '../../src/language/compile.ts';
import { sortedQuantile } from '../../src/statistics/quantiles.ts';
import {
  type Clouds,
  cloudsConflict,
  listenForClouds,
  MOST_CLOUDS,
  spreadOver,
} from '../../src/study/clouds.ts';
import { prepare } from '../../src/study/prepare.ts';
import { QUANTILES } from '../../src/study/result.ts';
import { runIndividuals, runStudy } from '../../src/study/run.ts';
import type { Cohort, Study } from '../../src/study/study.ts';
import { readTable } from '../../src/study/table.ts';
import { closeEngines, engineFor, TESTED_BACKENDS } from '../engine/engines.ts';

afterAll(closeEngines);

const MODEL = `model clouds "Three people"
  time h
covariate WT : kg ~ lognormal(median 70, cv 20 %)
parameter TVCL = 5 [L/h]
random eta ~ normal(cv 30 %)
random (a, b) ~ normal(sd 0.2, 0.3; correlation 0.5)
random kappa ~ normal(sd 0.1) per occasion
occasions each dose
CL = TVCL * (WT / 70 [kg]) * exp(eta + kappa)
compartment c : mg
flow out : c -> at CL / 20 [L] * exp(a) * c
output conc = c / 20 [L]
therapy one
  dose 100 [mg] into c
therapy two
  dose 100 [mg] into c every 12 h times 2
endpoint peak = max(conc, 0 h .. 24 h)
endpoint late = first time(conc < 0.5 [mg/L], 20 h .. 24 h)
endpoint low = conc < 0.5 [mg/L] at 24 h
show until 24 h every 6 h
`.replace('conc < 0.5 [mg/L] at 24 h', '(if conc < 0.5 [mg/L] then 1 else 0) at 24 h > 0.5');
const CSV = 'ID,WT\nanna,50\nbert,90\nanna,70\n';
const FILE = 'people.csv';

const studyOf = (cohort: Partial<Cohort> = {}): Study => ({
  gemello: 1,
  model: { text: MODEL },
  cohort: { table: FILE, clouds: 40, seed: '5', ...cohort },
  arms: [{ name: 'one', therapy: 'one' }, { name: 'two', therapy: 'two' }],
  solver: { method: 'tsit5' },
}); // biome-ignore format: a record

async function ready(study: Study, csv = CSV, preview?: number) {
  const engine = await engineFor('webassembly');
  return prepare(study, { engine, tables: { [FILE]: csv }, ...(preview !== undefined && { preview }) });
}
async function refusal(study: Study, csv = CSV): Promise<string> {
  const found = await ready(study, csv);
  return found.kind === 'refused' ? found.errors.map((e) => `${e.field}: ${e.message}`).join('\n') : '';
}
async function columnsOf(study: Study, csv = CSV, preview?: number) {
  const found = await ready(study, csv, preview);
  if (found.kind !== 'done') throw new Error(JSON.stringify(found).slice(0, 500));
  const { job, program, plan } = found.prepared;
  const all = job.columns.read(0, plan.patients);
  return {
    patients: plan.patients,
    job,
    warnings: found.warnings,
    of(name: string) {
      const c = program.columns.findIndex((f) => f.name === name);
      return [...all.subarray(c * plan.patients, (c + 1) * plan.patients)];
    },
  };
}

describe('clouds', () => {
  it.each(TESTED_BACKENDS)(
    'are the patients of a row, with their own numbers in every arm, by %s',
    async (backend) => {
      const context = { engine: await engineFor(backend), tables: { [FILE]: CSV } };
      const ran = await runStudy(studyOf(), { ...context, certify: false });
      if (ran.kind !== 'done') throw new Error(JSON.stringify(ran).slice(0, 500));
      const { clouds, patients } = ran.result;
      expect(patients).toBe(120);
      expect(clouds?.patients).toBe(40);
      expect(clouds?.rows.map(({ id }) => id)).toEqual(['anna', 'bert', 'anna#2']);
      const everyone = Array.from({ length: 120 }, (_, i) => i);
      const one = await runIndividuals(studyOf(), context, everyone);
      if (one.kind !== 'done') throw new Error('refused');
      const tight = backend === 'webgpu' ? 1e-4 : 1e-9;
      clouds?.rows.forEach((row, r) => {
        row.arms.forEach(({ endpoints }, a) => {
          const values = one.individuals.arms[a]?.endpoints ?? new Float64Array(0);
          const own = (e: number) => [...values.subarray(e * 120 + r * 40, e * 120 + (r + 1) * 40)];
          const { peak, late, low } = endpoints;
          if (
            !peak ||
            'probability' in peak ||
            !late ||
            'probability' in late ||
            !low ||
            !('probability' in low)
          )
            throw new Error('endpoints are not what they are');
          const sorted = own(0).sort((x, y) => x - y);
          expect(Math.abs((peak.mean ?? 0) / (sorted.reduce((s, x) => s + x, 0) / 40) - 1)).toBeLessThan(
            tight,
          );
          for (const q of QUANTILES)
            expect(Math.abs((peak.quantiles[q] ?? 0) / sortedQuantile(sorted, Number(q)) - 1)).toBeLessThan(
              tight,
            );
          const missing = own(1).filter((x) => Number.isNaN(x)).length;
          expect(late.missing ?? 0).toBe(missing);
          if (missing > 2) expect(late.quantiles['0.95']).toBeNull();
          expect(low.probability).toBeCloseTo(own(2).reduce((s, x) => s + x, 0) / 40, 9);
        });
      });
    },
  );

  it('give row r to patients r * K .. r * K + K - 1, each with random effects of its own', async () => {
    const { of, patients } = await columnsOf(studyOf());
    expect(patients).toBe(120);
    expect(of('WT')).toEqual([50, 90, 70].flatMap((wt) => Array.from({ length: 40 }, () => wt)));
    expect(new Set(of('eta')).size).toBe(120);
    // The draws are those of the same patients of any cohort.
    const { clouds: _, ...shared } = studyOf({ patients: 120 }).cohort ?? {};
    expect(of('eta')).toEqual((await columnsOf({ ...studyOf(), cohort: shared })).of('eta'));
  });

  it('are previewed with as many of every row, or rows far apart', async () => {
    const few = await columnsOf(studyOf(), CSV, 13);
    expect(few.patients).toBe(12);
    const all = (await columnsOf(studyOf())).of('eta');
    expect(few.of('eta')).toEqual([0, 1, 2, 3, 40, 41, 42, 43, 80, 81, 82, 83].map((i) => all[i]));
    expect(few.of('WT')).toEqual([50, 90, 70].flatMap((wt) => [wt, wt, wt, wt]));
    const [own] = few.job.tables ?? [];
    const [whole] = (await columnsOf(studyOf())).job.tables ?? [];
    expect(own?.read(4, 1)).toEqual(whole?.read(40, 1));
    expect((await columnsOf(studyOf(), CSV, 2)).of('WT')).toEqual([50, 90]);
    const many: Clouds = { draws: 10, ids: Array.from({ length: 100 }, (_, i) => `${i}`) };
    const { patients, patient } = spreadOver(many, 4);
    expect(Array.from({ length: patients }, (_, i) => patient(i))).toEqual([0, 250, 500, 750]);
    expect(spreadOver(many, 5000).patients).toBe(1000);
  });

  it('are refused where they cannot be told, with the remedy', async () => {
    expect(await refusal(studyOf({ patients: 100 }))).toBe(
      'cohort.patients: is 100, and 3 rows drawn 40 times are 120 patients; give 120, or leave it out',
    );
    expect(await refusal(studyOf({ patients: 120 }))).toBe('');
    const { table: _, ...bare } = studyOf().cohort ?? {};
    expect(await refusal({ ...studyOf(), cohort: bare })).toContain(
      'cohort.clouds: clouds are of the rows of a table',
    );
    expect(await refusal(studyOf({ typical: true }))).toContain('leave out cohort.typical');
    expect(await refusal(studyOf({ studies: 4 }))).toContain('leave out cohort.studies');
    expect(await refusal(studyOf({ filter: 'WT > 60 [kg]' }))).toContain(
      'every row of the table has a cloud',
    );
    const rows = Array.from({ length: MOST_CLOUDS + 1 }, () => '70\n').join('');
    expect(await refusal(studyOf(), `WT\n${rows}`)).toContain('2,001 rows; at most 2,000 have clouds');
    expect(await refusal(studyOf({ clouds: 4_000_000 }))).toContain('draw 3,333,333 each');
    const [many, few] = [
      { draws: 3_000_000, ids: [] },
      { draws: 2_796_202, ids: [] },
    ];
    const shown = { arms: [1, 2, 3, 4], endpoints: [1, 2, 3] };
    expect(cloudsConflict(many, shown)?.message).toContain('draw at most 2,796,202');
    expect(cloudsConflict(few, shown)).toBeNull();
  });
});

describe('a listener for clouds', () => {
  const clouds: Clouds = { draws: 5, ids: ['x', 'y', 'z'] };
  const fields = { arms: ['a', 'b'], endpoints: [{ name: 'e', unit: 'mg', type: 'value' as const }] };
  const value = (arm: number, i: number) => (arm + 1) * ((i * 7) % 15);
  const block = (first: number, count: number): EndpointBlock => ({
    first,
    count,
    arms: [0, 1].map((arm) => ({
      status: Uint8Array.from({ length: count }, (_, k) => Number(first + k === 6 && arm === 1)),
      endpoints: Float64Array.from({ length: count }, (_, k) =>
        first + k === 2 ? Number.NaN : value(arm, first + k),
      ),
    })),
  });

  it('hears blocks in any order, cut anywhere', () => {
    const straight = listenForClouds(clouds, fields);
    straight.onEndpoints(block(0, 15));
    const mixed = listenForClouds(clouds, fields);
    for (const [first, count] of [[11, 4], [3, 1], [0, 3], [4, 7]] as const) mixed.onEndpoints(block(first, count)); // biome-ignore format: pairs
    expect(mixed.report()).toEqual(straight.report());
    mixed.onEndpoints(block(0, 4));
    mixed.onRestart();
    mixed.onEndpoints(block(0, 15));
    expect(mixed.report()).toEqual(straight.report());
  });

  it('leaves failed patients out, counts what is missing, and puts it beyond all values', () => {
    const listener = listenForClouds(clouds, fields);
    listener.onEndpoints(block(0, 15));
    const [x, y] = listener.report().rows;
    const sorted = [0, 1, 3, 4].map((i) => value(0, i)).sort((a, b) => a - b);
    expect(x?.arms[0]?.endpoints.e).toEqual({
      unit: 'mg',
      mean: sorted.reduce((s, v) => s + v, 0) / 4,
      quantiles: {
        '0.05': sortedQuantile([...sorted, Number.POSITIVE_INFINITY], 0.05),
        '0.25': sorted[1],
        '0.5': sorted[2],
        '0.75': sorted[3],
        '0.95': null,
      },
      missing: 1,
    });
    const left = [5, 7, 8, 9].map((i) => value(1, i));
    expect(y?.arms[1]?.endpoints.e).toMatchObject({ mean: left.reduce((s, v) => s + v, 0) / 4 });
    expect(y?.arms[1]?.endpoints.e).not.toHaveProperty('missing');
  });
});

describe('random effects of a table', () => {
  it('are the row’s own for all its draws, or around it with its own spread', async () => {
    const csv = 'WT,eta,a,a sd,b\n50,0.5,0.1,0.2,0.3\n90,-0.25,-0.1,0,0.4\n';
    const { of, warnings } = await columnsOf(studyOf({ clouds: 30 }), csv);
    const twice = (x: number, y: number) =>
      [x, y].flatMap((v) => Array.from({ length: 30 }, () => Math.fround(v)));
    expect(of('eta')).toEqual(twice(0.5, -0.25));
    expect(of('b')).toEqual(twice(0.3, 0.4));
    const z = createDraws('5').read('normal', 'random effect', 'a', 0, 60);
    expect(of('a')).toEqual([...z].map((one, i) => Math.fround(i < 30 ? 0.1 + 0.2 * one : -0.1)));
    // What the table does not bring is drawn as ever.
    const plain = await columnsOf(studyOf({ clouds: 30 }), 'WT\n50\n90\n');
    expect(of('kappa')).toEqual(plain.of('kappa'));
    expect(warnings.join()).not.toContain('not read');
    // Without clouds rows are shared out.
    const { clouds: _, ...shared } = studyOf({ patients: 4 }).cohort ?? {};
    expect((await columnsOf({ ...studyOf(), cohort: shared }, csv)).of('eta')).toEqual([
      0.5, -0.25, 0.5, -0.25,
    ]);
  });

  const model = compile(MODEL).model;
  const wrong = (csv: string): readonly string[] => {
    if (!model) throw new Error('the model does not compile');
    const table = readTable(csv, model);
    return 'errors' in table ? table.errors : [];
  };
  it.each([
    ['WT,a\n50,0.1\n', 'a and b vary together, so the table has both or neither; add a column b'],
    [
      'WT,eta sd\n50,0.1\n',
      'column eta sd: the spread is around eta, which the table has not; add a column eta',
    ],
    ['WT,eta,eta sd\n50,0.1,-1\n', 'row 2, column eta sd: -1 is below 0, and a standard deviation is not'],
    ['WT,eta\n50,x\n', 'row 2, column eta: "x" is not a number'],
    ['WT,eta\n50,\n', 'row 2, column eta: the cell is empty'],
    [
      'WT,eta [mg]\n50,1\n',
      'column eta: the header says mg, the model needs a plain number; one cannot be converted to the other',
    ],
    ['WT,eta,eta\n50,1,1\n', 'column eta appears 2 times; keep one'],
  ])('that are wrong are said: %s', (csv, message) => {
    expect(wrong(csv)[0]).toBe(message);
  });

  it('change the digest with every number of them', () => {
    if (!model) throw new Error('the model does not compile');
    const digest = (csv: string) => {
      const table = readTable(csv, model);
      return 'digest' in table ? table.digest : '';
    };
    const known = ['WT\n50\n', 'WT,eta\n50,1\n', 'WT,eta\n50,2\n', 'WT,eta,eta sd\n50,1,2\n'].map(digest);
    expect(new Set(known).size).toBe(4);
  });
});
