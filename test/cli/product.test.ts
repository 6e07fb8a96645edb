import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Papa from 'papaparse';
import { afterAll, expect, test } from 'vitest';
import { commandLine } from '../../src/cli/command-line.ts';
import { nodeDevices } from '../../src/cli/devices.ts';
import { nodeIo } from '../../src/cli/node-io.ts';
import { createProduct } from '../../src/cli/product.ts';
import { inputsDigest } from '../../src/study/digest.ts';
import { expectationOf } from '../../src/study/expect.ts';
import { encodeLink, pinModel } from '../../src/study/link.ts';
import type { Result } from '../../src/study/result.ts';
import type { Study } from '../../src/study/study.ts';

const folder = await mkdtemp(join(tmpdir(), 'gemello-cli-'));
const product = createProduct(nodeDevices({ lanes: 0 }));
const quiet = nodeIo();
afterAll(async () => {
  quiet.stop();
  await rm(folder, { recursive: true });
});

/** The real command line, WebAssembly in this process; files are in the test's own folder. */
async function gemello(...argv: string[]) {
  let out = '';
  let err = '';
  const io = {
    ...quiet,
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
  };
  const status = await commandLine(argv, io, product);
  return { status, out, err };
}
const at = (name: string) => join(folder, name);
const wasm = ['--backend', 'webassembly'] as const;

async function rowsOf(name: string): Promise<Record<string, string>[]> {
  const text = await readFile(at(name), 'utf8');
  return Papa.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true }).data;
}

test('the typical vancomycin patient has the published peak and trough at steady state', async () => {
  const { status, out } = await gemello(
    ...[
      'run',
      'vancomycin',
      '--typical',
      '--arm',
      'fixed',
      '--set',
      'CRCL=120',
      'WT=70',
      'DIAL=no',
      '--json',
      '-',
    ],
    ...wasm,
  );
  expect(status).toBe(0);
  const result = JSON.parse(out) as Result;
  expect(result.patients).toBe(1);
  const { peak, trough } = result.arms[0]?.endpoints ?? {};
  // 28.03 and 12.96 mg/L: matrix exponential of the two-compartment model (Goti 2018).
  expect(peak && 'mean' in peak && Math.abs((peak.mean ?? 0) / 28.0317 - 1)).toBeLessThan(1e-3);
  expect(trough && 'mean' in trough && Math.abs((trough.mean ?? 0) / 12.9578 - 1)).toBeLessThan(1e-3);
});

test('patient 17 of a seed is the same person in a run of 20 and of 9000', async () => {
  for (const n of ['20', '9000'])
    await gemello(
      'run',
      'vancomycin',
      '--patients',
      n,
      '--until',
      '1 h',
      '--parameters',
      at(`${n}.csv`),
      ...wasm,
    );
  const [few, many] = [await rowsOf('20.csv'), await rowsOf('9000.csv')];
  expect(many).toHaveLength(9000);
  expect(many.slice(0, 20)).toEqual(few);
  expect(few[17]?.id).toBe('17');
  expect(new Set(many.map((row) => row.eta_cl)).size).toBeGreaterThan(8990);
});

test('curves agree with the definitions of the same patients', async () => {
  const run = ['run', 'vancomycin', '--patients', '8', '--arm', 'fixed', '--every', '6 h', '--until', '24 h'];
  await gemello(...run, '--parameters', at('p.csv'), '--trajectories', at('t.csv'), ...wasm);
  const patients = await rowsOf('p.csv');
  const curves = await rowsOf('t.csv');
  expect(curves).toHaveLength(8 * 5);
  for (const row of curves) {
    const volume = Number(patients[Number(row.id)]?.['V1 [L]']);
    // conc = central / V1, from two files that were computed apart.
    expect(Math.abs(Number(row['conc [mg/L]']) * volume - Number(row['central [mg]']))).toBeLessThan(
      1e-5 * 1000,
    );
  }
});

test('a link runs to the numbers of the study that it was made of, and says so', async () => {
  const text = product.models.find(({ name }) => name === 'vancomycin')?.text ?? '';
  const study: Study = { gemello: 1, model: { name: 'vancomycin' }, cohort: { patients: 300, seed: '5' } };
  await writeFile(at('study.json'), JSON.stringify(study));
  const first = JSON.parse((await gemello('run', at('study.json'), '--json', '-', ...wasm)).out) as Result;
  const inputs = inputsDigest(study, { modelSha256: first.model.sha256, gemello: first.gemello });
  const link = await encodeLink({ ...pinModel(study, text), expect: expectationOf(first, inputs) });
  expect(link.length).toBeLessThan(2000);
  const again = await gemello('run', link, '--json', '-', ...wasm);
  expect(again.err).toContain('reproduced: identical inputs; largest difference 0 (limit 1e-9)');
  const { elapsed_ms: _, ...numbers } = JSON.parse(again.out) as Result;
  const { elapsed_ms: __, ...before } = first;
  expect(numbers).toEqual(before);
});

test('a cohort from a table is repeated, and its faults are named', async () => {
  await writeFile(at('people.csv'), 'WT [kg],CRCL [mL/min],DIAL\n70,120,no\n90,60,yes\n');
  const run = ['run', 'vancomycin', '--patients', '5', '--until', '1 h', '--cohort', at('people.csv')];
  const { status } = await gemello(...run, '--parameters', at('c.csv'), ...wasm);
  expect(status).toBe(0);
  expect((await rowsOf('c.csv')).map((row) => [row['WT [kg]'], row.DIAL])).toEqual([
    ['70', '0'],
    ['90', '1'],
    ['70', '0'],
    ['90', '1'],
    ['70', '0'],
  ]);
  await writeFile(at('people.csv'), 'WT [kg],DIAL\nheavy,no\n');
  const bad = await gemello(...run, ...wasm);
  expect(bad.status).toBe(1);
  expect(bad.err).toContain('CRCL');
  expect(bad.err).toContain('"heavy" is not a number');
});

test('a shipped model passes its own checks', async () => {
  expect(product.models.length).toBeGreaterThanOrEqual(4);
  const { status, out } = await gemello('check', 'theophylline', '--checks', ...wasm);
  expect(status).toBe(0);
  expect(out).toMatch(/theophylline: (\d+) of \1 checks pass on webassembly \(f64\)/);
});
