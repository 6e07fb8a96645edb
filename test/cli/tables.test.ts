// `--summary`, `--endpoints`, `--parameters`: what the files say is what the run printed, number for number.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Papa from 'papaparse';
import { afterAll, describe, expect, test } from 'vitest';
import { commandLine } from '../../src/cli/command-line.ts';
import { nodeDevices } from '../../src/cli/devices.ts';
import { nodeIo } from '../../src/cli/node-io.ts';
import { createProduct } from '../../src/cli/product.ts';
import type { Result } from '../../src/study/result.ts';
import { readParquet } from '../study/sheets.ts';

const folder = await mkdtemp(join(tmpdir(), 'gemello-tables-'));
const product = createProduct(nodeDevices({ lanes: 0 }));
const quiet = nodeIo();
afterAll(async () => {
  quiet.stop();
  await rm(folder, { recursive: true });
});
const at = (name: string) => join(folder, name);

async function gemello(...argv: string[]) {
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
  const status = await commandLine([...argv, '--backend', 'webassembly'], io, product);
  return { status, out, err };
}

type Row = Readonly<Record<string, unknown>>;

/** Cells as texts. */
async function csvRows(name: string): Promise<Readonly<Record<string, string>>[]> {
  const text = await readFile(at(name), 'utf8');
  const { data, errors } = Papa.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true });
  expect(errors).toEqual([]);
  return data;
}

async function parquetRows(name: string): Promise<readonly Row[]> {
  return (await readParquet(new Uint8Array(await readFile(at(name))))).rows;
}

/** The same cells in both files. */
async function sameInBoth(name: string): Promise<readonly Row[]> {
  const [cells, rows] = [await csvRows(`${name}.csv`), await parquetRows(`${name}.parquet`)];
  expect(cells).toHaveLength(rows.length);
  const text = (value: unknown) => {
    if (value === null) return '';
    if (typeof value === 'boolean') return value ? '1' : '0';
    return typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : `${value}`;
  };
  expect(cells).toEqual(
    rows.map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, text(value)]))),
  );
  return rows;
}

/** A few are too stiff for an explicit method in one arm and are rescued; a few grow without bound and fail for good. */
const MODEL = `model mixed "Some are stiff, some fail"
  time h
covariate STIFF : yes 12 %
covariate DOOMED : yes 8 %
covariate WT : kg ~ lognormal(median 70, sdlog 0.2)
random eta ~ normal(sd 0.1)
parameter TREATED = 0 [1] range 0 .. 1
k = if STIFF then (5 + 1e6 * TREATED) * 1 [1/h] else 5 [1/h]
growth = if DOOMED then TREATED * 2 [1/h] else 0 [1/h]
state x : 1 = 0
d/dt(x) = k * (2 * exp(eta) - x)
state y : 1 = 1
d/dt(y) = growth * y * y
output level = x
endpoint end = x at 1 h
endpoint mean_level = mean(level, 0 h .. 1 h)
endpoint high = end > 2
endpoint half "Time to a half" = first time(x > 1)
show until 1 h every 0.5 h
`;
const N = 120;
const ARMS = ['=cmd()|a', 'say "hi", there'];
const study = {
  gemello: 1,
  model: { text: MODEL },
  cohort: { patients: N, seed: '2' },
  arms: [{ name: ARMS[0] }, { name: ARMS[1], set: { TREATED: 1 } }],
  solver: { method: 'tsit5' },
};

describe('the tables of a run in which patients are rescued and fail', async () => {
  await writeFile(at('study.json'), JSON.stringify(study));
  const runs: { readonly status: number }[] = [];
  for (const format of ['csv', 'parquet']) {
    const files = ['summary', 'endpoints', 'parameters'].flatMap((name) => [
      `--${name}`,
      at(`${name}.${format}`),
    ]);
    runs.push(await gemello('run', at('study.json'), ...files, '--json', at('result.json')));
  }
  const result = JSON.parse(await readFile(at('result.json'), 'utf8')) as Result;

  test('are there, and nothing else is', async () => {
    expect(runs.map(({ status }) => status)).toEqual([0, 0]);
    expect((await readdir(folder)).filter((name) => !/^[a-z]+\.(csv|parquet|json)$/.test(name))).toEqual([]);
  });

  test('endpoints have a row a patient and arm, in the patients’ order, though the rescued come last', async () => {
    const rows = await sameInBoth('endpoints');
    expect(rows).toHaveLength(2 * N);
    expect(rows.map(({ id, arm }) => [id, arm])).toEqual(
      Array.from({ length: 2 * N }, (_, r) => [Math.floor(r / 2), ARMS[r % 2]]),
    );
    expect(result.certificate?.rescued).toBeGreaterThan(3);
    expect(Object.keys(rows[0] ?? {})).toEqual([
      ...[
        'id',
        'arm',
        'status',
        'STIFF',
        'DOOMED',
        'WT [kg]',
        'eta',
        'end',
        'mean_level',
        'high',
        'half [h]',
      ],
    ]);
  });

  test('endpoints add up to the numbers that were printed', async () => {
    const rows = await parquetRows('endpoints.parquet');
    for (const arm of result.arms) {
      const own = rows.filter((row) => row.arm === arm.name && row.status === 'done');
      const failed = Object.values(arm.failed).reduce((a, b) => a + b, 0);
      expect(own).toHaveLength(N - failed);
      for (const [column, name] of [
        ['end', 'end'],
        ['mean_level', 'mean_level'],
        ['half [h]', 'half'],
      ] as const) {
        const there = own.flatMap((row) => (typeof row[column] === 'number' ? [row[column]] : []));
        const endpoint = arm.endpoints[name];
        if (endpoint === undefined || 'probability' in endpoint) throw new Error(name);
        expect(there).toHaveLength(own.length - (endpoint.missing ?? 0));
        const mean = there.reduce((a, b) => a + b, 0) / there.length;
        expect(Math.abs(mean / (endpoint.mean ?? 0) - 1)).toBeLessThan(1e-12);
      }
      const { high } = arm.endpoints;
      const holding = own.filter((row) => row.high === true).length;
      expect(high && 'probability' in high && high.probability).toBe(holding / own.length);
    }
  });

  test('who failed is named by status and has no values', async () => {
    const rows = await parquetRows('endpoints.parquet');
    const failed = rows.filter(({ status }) => status !== 'done');
    const counted: Record<string, number> = {};
    for (const { status } of failed) counted[`${status}`] = (counted[`${status}`] ?? 0) + 1;
    expect(failed.length).toBeGreaterThan(3);
    expect(counted).toEqual(result.failed);
    for (const row of failed) {
      expect(row).toMatchObject({ arm: ARMS[1], DOOMED: true, end: null, mean_level: null, high: null });
      expect(row['WT [kg]']).toBeGreaterThan(0);
    }
  });

  test('covariates and random effects are those of --parameters, in every arm', async () => {
    const patients = await sameInBoth('parameters');
    expect(patients).toHaveLength(N);
    const rows = await parquetRows('endpoints.parquet');
    for (const [r, row] of rows.entries())
      for (const column of ['id', 'STIFF', 'DOOMED', 'WT [kg]', 'eta'])
        expect(row[column]).toBe(patients[Math.floor(r / 2)]?.[column]);
    expect(Object.keys(patients[0] ?? {})).toContain('k [1/h]');
  });

  test('the summary has the numbers of the JSON', async () => {
    const rows = await sameInBoth('summary');
    const numberOf = (wanted: Row): unknown => {
      const found = rows.filter((row) => Object.entries(wanted).every(([key, value]) => row[key] === value));
      expect(found, JSON.stringify(wanted)).toHaveLength(1);
      return found[0]?.value;
    };
    for (const arm of result.arms) {
      for (const [name, output] of Object.entries(arm.outputs))
        arm.times.values.forEach((time, t) => {
          const own = { scope: 'cohort', arm: arm.name, kind: 'output', name, time, 'time unit': 'h' };
          expect(numberOf({ ...own, statistic: 'mean' })).toBe(output.mean[t]);
          for (const [q, band] of Object.entries(output.quantiles))
            expect(numberOf({ ...own, statistic: `quantile ${q}` })).toBe(band[t]);
        });
      for (const [name, endpoint] of Object.entries(arm.endpoints)) {
        const own = { scope: 'cohort', arm: arm.name, kind: 'endpoint', name };
        expect(numberOf({ ...own, statistic: 'missing' })).toBe(endpoint.missing ?? 0);
        if ('probability' in endpoint)
          expect(numberOf({ ...own, statistic: 'probability' })).toBe(endpoint.probability);
        else
          for (const [q, value] of Object.entries(endpoint.quantiles))
            expect(numberOf({ ...own, statistic: `quantile ${q}` })).toBe(value);
      }
    }
    const differences = result.differences ?? [];
    expect(differences).toHaveLength(4);
    for (const { endpoint, mean, interval } of differences) {
      const own = { arm: ARMS[1], versus: ARMS[0], kind: 'difference', name: endpoint, statistic: 'mean' };
      expect(numberOf(own)).toBe(mean);
      const [row] = rows.filter((other) => Object.entries(own).every(([key, value]) => other[key] === value));
      expect([row?.lower, row?.upper]).toEqual(interval);
    }
    expect(numberOf({ kind: 'patients', statistic: 'count' })).toBe(N);
  });
});

/** Two subjects with names of their own. */
const DOSES = 'ID,TIME,AMT,DV,WT\n7,0,500,.,70\n7,24,.,8.5,70\n=9,0,400,.,80\n=9,24,.,9,80\n';
const DECLINE = `model decline "Linear elimination"
  time h
covariate WT : kg ~ lognormal(median 70, sdlog 0.2)
random eta ~ normal(cv 30 %)
parameter CL = 5 [L/h] range 0.1 .. 100
uncertain CL ~ lognormal(rse 20 %)
k = CL * exp(eta) / 35 [L]
compartment central : mg
flow elimination : central -> at k * central
output conc = central / 35 [L] in mg/L
therapy once
  dose 500 [mg] into central
endpoint peak = max(conc)
show until 24 h every 1 h
`;

test('patients of a file go by their own names, in both files', async () => {
  await writeFile(at('decline.model'), DECLINE);
  await writeFile(at('doses.csv'), DOSES);
  for (const format of ['csv', 'parquet']) {
    const { status, err } = await gemello(
      ...['run', at('decline.model'), '--data', at('doses.csv'), '--patients', '3'],
      ...['--endpoints', at(`named.${format}`)],
    );
    expect({ status, err }).toEqual({ status: 0, err: '' });
  }
  const rows = await sameInBoth('named');
  expect(rows.map(({ id, arm }) => [id, arm])).toEqual([
    ['7', 'data'],
    ['=9', 'data'],
    ['7#2', 'data'],
  ]);
  expect(rows.map((row) => row['WT [kg]'])).toEqual([70, 80, 70]);
});

test('one typical patient has one row', async () => {
  for (const format of ['csv', 'parquet'])
    await gemello('run', at('decline.model'), '--typical', '--endpoints', at(`one.${format}`));
  const rows = await sameInBoth('one');
  // 500 mg in 35 L.
  expect(rows).toMatchObject([{ id: 0, arm: 'once', status: 'done', 'WT [kg]': 70, eta: 0 }]);
  expect(Math.abs(Number(rows[0]?.['peak [mg/L]']) / (500 / 35) - 1)).toBeLessThan(1e-6);
});

test('simulated studies say which one a patient is of, and bands between them are in the summary', async () => {
  const { status } = await gemello(
    ...['run', at('decline.model'), '--patients', '60', '--studies', '3', '--json', at('studies.json')],
    ...['--endpoints', at('studies.parquet'), '--summary', at('bands.parquet')],
  );
  expect(status).toBe(0);
  const rows = await parquetRows('studies.parquet');
  expect(rows.map(({ id, study }) => [id, study])).toEqual(
    Array.from({ length: 60 }, (_, i) => [i, Math.floor(i / 20)]),
  );
  const { studies } = JSON.parse(await readFile(at('studies.json'), 'utf8')) as Result;
  const bands = (await parquetRows('bands.parquet')).filter(({ scope }) => scope === 'studies');
  const [found] = bands.filter(
    ({ kind, name, statistic }) =>
      kind === 'endpoint' && name === 'peak' && statistic === 'mean: quantile 0.95',
  );
  expect(found?.value).toBe(studies?.arms[0]?.endpoints.peak?.mean['0.95']);
  expect(found).toMatchObject({ arm: 'once', unit: 'mg/L' });
});

test('a weighted cohort has a column of weights, 1 on average, with which the rows give the printed numbers', async () => {
  const weighted = {
    gemello: 1,
    model: { text: DECLINE },
    cohort: { patients: 300, seed: '3', weights: [{ of: 'WT', mean: 75 }] },
  };
  await writeFile(at('weighted.json'), JSON.stringify(weighted));
  const files = ['--endpoints', at('weighted.parquet'), '--summary', at('weighting.parquet')];
  const { status, out } = await gemello('run', at('weighted.json'), '--json', '-', ...files);
  expect(status).toBe(0);
  const result = JSON.parse(out) as Result;
  const rows = await parquetRows('weighted.parquet');
  const weights = rows.map(({ weight }) => Number(weight));
  const total = weights.reduce((a, b) => a + b, 0);
  expect(Math.abs(total / 300 - 1)).toBeLessThan(1e-12);
  expect(new Set(weights).size).toBeGreaterThan(100);
  const meanOf = (column: string) =>
    rows.reduce((sum, row, i) => sum + (weights[i] ?? 0) * Number(row[column]), 0) / total;
  const { peak } = result.arms[0]?.endpoints ?? {};
  if (peak === undefined || 'probability' in peak) throw new Error('there is no peak');
  expect(Math.abs(meanOf('peak [mg/L]') / (peak.mean ?? 0) - 1)).toBeLessThan(1e-9);
  // Weights are rounded to 1 / 4096 of the average.
  expect(Math.abs(meanOf('WT [kg]') - 75)).toBeLessThan(0.01);
  const told = (await parquetRows('weighting.parquet')).filter(({ kind }) => kind === 'weighting');
  const numberOf = (statistic: string) => told.find((row) => row.statistic === statistic)?.value;
  expect(numberOf('effective patients')).toBe(result.weighting?.effective);
  expect(numberOf('weighted')).toBe(result.weighting?.targets[0]?.weighted);
});
