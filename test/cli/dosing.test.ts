// Dosing on the command line: files of doses in, ledgers and NONMEM-style files out, the audit.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Papa from 'papaparse';
import { afterAll, describe, expect, it } from 'vitest';
import { commandLine } from '../../src/cli/command-line.ts';
import { nodeDevices } from '../../src/cli/devices.ts';
import { nodeIo } from '../../src/cli/node-io.ts';
import { createProduct } from '../../src/cli/product.ts';
import { readRecords } from '../../src/interop/nonmem/read.ts';
import type { Result } from '../../src/study/result.ts';
import { referenceModel } from '../study/reference-models.ts';
import { type FakeOptions, fake, MODEL_TEXT } from './fake.ts';

const folder = await mkdtemp(join(tmpdir(), 'gemello-dosing-'));
const product = createProduct(nodeDevices({ lanes: 0 }));
const quiet = nodeIo();
afterAll(async () => {
  quiet.stop();
  await rm(folder, { recursive: true });
});
const at = (name: string) => join(folder, name);

/** The real command line in the test's folder; `@name` is a file there. */
async function gemello(...words: string[]) {
  let [out, err] = ['', ''];
  const io = {
    ...quiet,
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
  };
  const argv = words.map((word) => (word.startsWith('@') ? at(word.slice(1)) : word));
  const status = await commandLine([...argv, '--backend', 'webassembly'], io, product);
  return { status, out, err };
}
async function rowsOf(name: string): Promise<Record<string, string>[]> {
  const text = await readFile(at(name), 'utf8');
  return Papa.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true }).data;
}

const MODEL = `model one
  time h
covariate WT : kg ~ lognormal(median 70, sdlog 0.2)
parameter KE = 0.1 [1/h]
random eta ~ normal(cv 30 %)
compartment depot : mg
compartment central : mg
flow absorbed : depot -> central at 1 [1/h] * depot
flow eliminated : central -> at KE * exp(eta) * central
output amount = central
therapy twice "Two doses"
  dose 100 [mg] into central every 12 h times 2
show until 24 h every 1 h
`;
const CSV = 'ID;TIME;AMT;CMT;DV;WT\nA7;0;100;2;.;70\nA7;24;.;2;4;70\nB9;6;50;2;.;80\nB9;20;.;2;4;80\n';
await writeFile(at('one.model'), MODEL);
await writeFile(at('doses.csv'), CSV.replaceAll(';', ','));
await writeFile(
  at('back.csv'),
  'ID;TIME;AMT;CMT;DV;WT\nA7;0;100;2;.;70,5\nA7;24;.;2;4;70,5\nA7;6;50;2;.;80,5\n',
);
await writeFile(at('inr.model'), referenceModel('inr'));

describe('gemello run --data', () => {
  it('runs every subject of the file and tells what became of its lines', async () => {
    const { status, out, err } = await gemello('run', '@one.model', '--data', '@doses.csv', '--typical', '--json', '@r.json', '--trajectories', '@t.csv', '--parameters', '@p.csv'); // biome-ignore format: a command line
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toContain('one: 2 patients');
    expect(out).toContain('doses.csv: 2 subjects, 2 doses, 2 observations\n');
    expect(out).toContain('  amounts are taken as mg into central\n');
    const result: Result = JSON.parse(await readFile(at('r.json'), 'utf8'));
    expect(result.data?.account).toBe('doses.csv: 2 subjects, 2 doses, 2 observations');
    const rows = await rowsOf('t.csv');
    expect(new Set(rows.map(({ id }) => id))).toEqual(new Set(['A7', 'B9']));
    const value = (id: string, time: string) =>
      Number(rows.find((row) => row.id === id && row['time [h]'] === time)?.['amount [mg]']);
    expect(Math.abs(value('A7', '24') - 100 * Math.exp(-2.4))).toBeLessThan(1e-3);
    expect(Math.abs(value('B9', '20') - 50 * Math.exp(-1.4))).toBeLessThan(1e-3);
    const people = await rowsOf('p.csv');
    expect(people.map((row) => [row.id, row['WT [kg]'], row.eta])).toEqual([
      ['A7', '70', '0'],
      ['B9', '80', '0'],
    ]);
  });

  it('says which option answers what the file leaves open, and takes the answers', async () => {
    const asked = await gemello('run', '@one.model', '--data', '@back.csv');
    expect(asked.status).toBe(1);
    expect(asked.err).toMatch(
      /^--data-option timeGoesBack: must be told: .* give "reset" \(.*\), or "individual"/,
    );
    const told = await gemello('run', '@one.model', '--data', '@back.csv', '--data-option', 'timeGoesBack=individual', '--parameters', '@p.csv'); // biome-ignore format: a command line
    expect(told).toMatchObject({ status: 0, err: '' });
    expect((await rowsOf('p.csv')).map((row) => [row.id, row['WT [kg]']])).toEqual([
      ['A7', '70.5'],
      ['A7#2', '80.5'],
    ]);
  });

  it('puts arms of the model beside the file’s doses', async () => {
    const { status, out } = await gemello('run', '@one.model', '--data', '@doses.csv', '--arm', 'data', 'twice', '--ledger', '@l.csv'); // biome-ignore format: a command line
    expect(status).toBe(0);
    expect(out).toContain('\ntwice\n');
    const rows = await rowsOf('l.csv');
    expect(rows.map((row) => [row.id, row.arm, row['time [h]'], row.into, row['amount [mg]'], row['duration [h]']])).toEqual([
      ['A7', 'data', '0', 'central', '100', '0'],
      ['A7', 'twice', '0', 'central', '100', '0'],
      ['A7', 'twice', '12', 'central', '100', '0'],
      ['B9', 'data', '6', 'central', '50', '0'],
      ['B9', 'twice', '0', 'central', '100', '0'],
      ['B9', 'twice', '12', 'central', '100', '0'],
    ]); // biome-ignore format: a table
  });
});

describe('gemello run --nonmem', () => {
  it('writes a file that reads back to the same doses, with the model’s values as DV', async () => {
    const { status } = await gemello(
      'run',
      '@one.model',
      '--data',
      '@doses.csv',
      '--typical',
      '--nonmem',
      '@n.csv',
    );
    expect(status).toBe(0);
    const read = readRecords(await readFile(at('n.csv'), 'utf8'));
    if (read.kind !== 'records') throw new Error(JSON.stringify(read));
    expect(read.subjects.map(({ id, events }) => [id, ...events.map(({ time, amount }) => [time, amount])])).toEqual([
      ['A7', [0, 100]],
      ['B9', [6, 50]],
    ]); // biome-ignore format: a table
    const values = read.subjects.map(({ observations }) => observations[0]?.value ?? Number.NaN);
    expect(Math.abs((values[0] ?? 0) - 100 * Math.exp(-2.4))).toBeLessThan(1e-3);
    expect(Math.abs((values[1] ?? 0) - 50 * Math.exp(-1.4))).toBeLessThan(1e-3);
    expect(read.subjects.map(({ covariates }) => covariates.map(({ name, baseline }) => [name, baseline]))).toEqual([
      [['WT', 70]],
      [['WT', 80]],
    ]); // biome-ignore format: a table
  });

  it('sees an observation as the file orders it: before or after a dose of its time', async () => {
    await writeFile(at('same.csv'), 'ID,TIME,AMT,CMT,DV,WT\n1,0,100,2,.,70\n1,12,.,2,1,70\n1,12,100,2,.,70\n1,12,.,2,9,70\n');
    expect((await gemello('run', '@one.model', '--data', '@same.csv', '--typical', '--nonmem', '@n.csv')).status).toBe(0);
    const read = readRecords(await readFile(at('n.csv'), 'utf8'));
    if (read.kind !== 'records') throw new Error(JSON.stringify(read));
    const [before = 0, after = 0] = read.subjects[0]?.observations.map(({ value }) => value ?? Number.NaN) ?? [];
    expect(Math.abs(before - 100 * Math.exp(-1.2))).toBeLessThan(1e-3);
    expect(Math.abs(after - 100 * Math.exp(-1.2) - 100)).toBeLessThan(1e-3);
  }); // biome-ignore format: long lines

  it('writes an output of a dose’s instant before the dose', async () => {
    expect((await gemello('run', '@one.model', '--patients', '1', '--nonmem', '@n.csv')).status).toBe(0);
    const rows = (await rowsOf('n.csv')).filter(({ TIME }) => TIME === '12');
    expect(rows.map(({ EVID, AMT }) => [EVID, AMT])).toEqual([['0', '0'], ['1', '100']]); // biome-ignore format: a line
  });

  it('writes drawn patients so that running the file again gives their curves', async () => {
    const first = await gemello(
      'run',
      '@one.model',
      '--patients',
      '3',
      '--nonmem',
      '@n.csv',
      '--trajectories',
      '@t.csv',
    );
    expect(first.status).toBe(0);
    const again = await gemello('run', '@one.model', '--data', '@n.csv', '--trajectories', '@u.csv');
    expect(again).toMatchObject({ status: 0, err: '' });
    expect(again.out).toContain('n.csv: 3 subjects, 6 doses, 75 observations');
    const [before, after] = [await rowsOf('t.csv'), await rowsOf('u.csv')];
    expect(after.length).toBe(before.length);
    before.forEach((row, i) => {
      expect(after[i]?.id).toBe(`${Number(row.id) + 1}`);
      const [a, b] = [Number(row['amount [mg]']), Number(after[i]?.['amount [mg]'])];
      // Two runs at rtol 1e-4.
      expect(Math.abs(a - b)).toBeLessThan(1e-3 * Math.max(1, a));
    });
  });
});

describe('gemello run --audit and --ledger', () => {
  it('replays every patient of a titrated therapy to the bit, and writes each dose', async () => {
    const { status, out, err } = await gemello('run', '@inr.model', '--patients', '12', '--audit', '--json', '@a.json', '--ledger', '@l.csv'); // biome-ignore format: a command line
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toContain('audit of titrated: 12 of 12 ledgers give the same course to the bit\n');
    const result: Result = JSON.parse(await readFile(at('a.json'), 'utf8'));
    expect(result.audit).toMatchObject({
      patients: 12,
      arms: [{ name: 'titrated', patients: 12, bitEqual: 12 }],
    });
    const rows = await rowsOf('l.csv');
    expect(Object.keys(rows[0] ?? {}).join()).toMatch(
      /^id,arm,time \[d\],into,amount( \[mg\])?,duration \[d\]$/,
    );
    const amounts = rows.filter(({ arm }) => arm === 'fixed').map((row) => Number(row['amount [mg]']));
    expect(amounts).toHaveLength(12 * 90);
    // 95 % of 5 mg get in.
    for (const amount of amounts) expect(amount).toBeCloseTo(4.75, 12);
    expect(
      new Set(rows.filter(({ arm }) => arm === 'titrated').map((row) => row['amount [mg]'])).size,
    ).toBeGreaterThan(3);
  }, 60_000);
});

describe('options of dosing', () => {
  async function said(line: string, files: Readonly<Record<string, string>> = {}, options: FakeOptions = {}) {
    const world = fake({ 'my.model': MODEL_TEXT, 'd.csv': 'ID,TIME\n', ...files }, options);
    const status = await commandLine(line.split(' '), world.io, world.product);
    return { status, out: world.out, err: world.err, study: world.asked[0]?.study, world };
  }

  it.each([
    ['run my.model --data d.csv --cohort d.csv', 'not both'],
    ['run my.model --data none.csv', 'there is no such file'],
    ['run my.model --data-option timeUnit=h', 'give it with --data'],
    ['run my.model --data d.csv --data-option timeUnit', 'write KEY=VALUE'],
    ['run my.model --data d.csv --data-option timeunit=h', 'did you mean timeUnit?'],
    ['run my.model --data d.csv --data-option timeUnit=hour', '--data-option timeUnit is "hour", not one of'],
    [
      'run my.model --data d.csv --data-option columns.X=dose',
      '--data-option columns.X is "dose", not one of',
    ],
    ['run my.model --data d.csv --data-option timeUnit=h timeUnit=d', 'given twice'],
    ['run my.model --data d.csv --ledger -', 'needs a file'],
    ['run my.model --ledger x.csv --nonmem ./x.csv', 'same file'],
    ['run my.model --audit=yes', 'takes no value'],
  ])('%s is misuse: %s', async (line, message) => {
    const { status, err } = await said(line);
    expect(status).toBe(2);
    expect(err).toContain(message);
  });

  it('become the study’s cohort.data, over what it had', async () => {
    const study = JSON.stringify({ gemello: 1, model: { name: 'toy' }, cohort: { data: { file: 'd.csv', output: 'conc', read: { decimal: ',' } } } });
    const run = await said(
      'run s.json --data-option timeUnit=h missing=-99,. compartments.1=depot covariates.WT=nocb covariates.AGE.column=years sexCoding.male=1 sexCoding.female=2 output.2=effect lloq=0.1 delimiter=tab',
      { 's.json': study },
    );
    expect(run.study?.cohort?.data).toEqual({
      file: 'd.csv',
      compartments: { 1: 'depot' },
      covariates: { WT: { interpolation: 'nocb' }, AGE: { column: 'years' } },
      output: { 2: 'effect' },
      read: { decimal: ',', timeUnit: 'h', missing: ['-99', '.'], sexCoding: { male: '1', female: '2' }, lloq: 0.1, delimiter: '\t' },
    });
  }); // biome-ignore format: long lines

  it('name the file and hand its rows on', async () => {
    const { study, world } = await said('run my.model --data folder/d.csv --typical', {
      'folder/d.csv': 'ID,TIME\n',
    });
    expect(study?.cohort).toEqual({ typical: true, data: { file: 'd.csv' } });
    expect(world.asked[0]?.tables).toEqual({ 'd.csv': 'ID,TIME\n' });
  });

  it('write a ledger: a row a patient, arm and dose', async () => {
    const { world } = await said('run my.model --patients 2 --ledger l.csv');
    expect(world.written.get('l.csv')).toBe(
      'id,arm,time [h],into,amount [mg],duration [h]\r\n0,fixed,0,central,100,0\r\n0,fixed,12,central,100,0.5\r\n1,fixed,0,central,100,0\r\n1,fixed,12,central,101,0.5\r\n',
    );
  });

  it('end with status 1 and say so where a ledger gives another course', async () => {
    const good = await said('run my.model --audit');
    expect(good.status).toBe(0);
    expect(good.out).toContain('audit of fixed: 4 of 4 ledgers give the same course to the bit\n');
    const bad = await said('run my.model --audit', {}, { auditDiffers: true });
    expect(bad.status).toBe(1);
    expect(bad.out).toContain('audit of fixed FAILED: 3 of 4 ledgers give the same course to the bit, largest difference 0.25\n');
  }); // biome-ignore format: long lines
});
