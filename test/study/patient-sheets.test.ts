// Rows of endpoints from what a run told: whoever failed has none, whatever stood in the block, and nobody is left out.
import { afterAll, expect, test } from 'vitest';
import { keepEndpoints, memoryStore } from '../../src/study/kept-endpoints.ts';
import { endpointsSheet } from '../../src/study/patient-sheets.ts';
import { prepare } from '../../src/study/prepare.ts';
import { closeEngines, engineFor } from '../engine/engines.ts';
import { parquetBytes, readParquet } from './sheets.ts';

afterAll(closeEngines);

const MODEL = `model decline "Linear elimination"
  time h
covariate status : one of mild 50 %, severe 50 %
covariate WT : kg ~ lognormal(median 70, sdlog 0.2)
random eta ~ normal(cv 30 %)
k = 5 [L/h] * exp(eta) / 35 [L]
compartment central : mg
flow elimination : central -> at k * central
output conc = central / 35 [L] in mg/L
therapy once
  dose 500 [mg] into central
endpoint peak = max(conc)
endpoint high = peak > 10 [mg/L]
show until 24 h every 1 h
`;

const prepared = async (cohort: object, tables = {}) => {
  const engine = await engineFor('webassembly');
  const ready = await prepare({ gemello: 1, model: { text: MODEL }, cohort }, { engine, tables });
  if (ready.kind !== 'done') throw new Error(JSON.stringify(ready));
  return ready.prepared;
};

test('a failed patient has its status and no values, and a covariate of a taken name says what it is', async () => {
  const kept = keepEndpoints(memoryStore());
  kept.onEndpoints({
    first: 0,
    count: 3,
    arms: [{ status: Uint8Array.of(0, 3, 0), endpoints: Float64Array.of(11, 12, Number.NaN, 1, 1, 0) }],
  });
  const sheet = endpointsSheet({ prepared: await prepared({ patients: 3 }), kept });
  const { rows } = await readParquet(await parquetBytes(sheet));
  expect(Object.keys(rows[0] ?? {})).toEqual([
    ...['id', 'arm', 'status', 'status (covariate)', 'WT [kg]', 'eta', 'peak [mg/L]', 'high'],
  ]);
  expect(rows.map((row) => [row.status, row['peak [mg/L]'], row.high])).toEqual([
    ['done', 11, true],
    ['not finite', null, null],
    ['done', null, false],
  ]);
  for (const row of rows) expect(['mild', 'severe']).toContain(row['status (covariate)']);
});

test('patients that nobody was told of are no rows: there is no such table', async () => {
  const kept = keepEndpoints(memoryStore());
  const of = await prepared({ patients: 3 });
  kept.onEndpoints({
    first: 0,
    count: 2,
    arms: [{ status: new Uint8Array(2), endpoints: new Float64Array(4) }],
  });
  expect(() => endpointsSheet({ prepared: of, kept })).toThrow('endpoints of 2 patients in 1 arms were kept');
});

test('draws of an individual’s cloud say whose they are', async () => {
  const csv = 'ID,status,WT\nanna,mild,60\nbert,severe,90\n';
  const of = await prepared({ table: 'people.csv', clouds: 3 }, { 'people.csv': csv });
  const kept = keepEndpoints(memoryStore());
  kept.onEndpoints({
    first: 0,
    count: 6,
    arms: [{ status: new Uint8Array(6), endpoints: Float64Array.from({ length: 12 }, (_, i) => i) }],
  });
  const { rows } = await readParquet(await parquetBytes(endpointsSheet({ prepared: of, kept })));
  expect(rows.map((row) => [row.id, row.individual, row['WT [kg]'], row['peak [mg/L]']])).toEqual(
    [0, 1, 2, 3, 4, 5].map((i) => [i, i < 3 ? 'anna' : 'bert', i < 3 ? 60 : 90, i]),
  );
  expect(new Set(rows.map(({ eta }) => eta)).size).toBe(6);
});
