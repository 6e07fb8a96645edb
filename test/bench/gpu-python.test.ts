// Python's peers without their packages: their equations, patients, segments and rows, stepped by SciPy, against our f64
// reference. Skips, and says why, where python3 lacks NumPy or SciPy.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { curveErrors } from './accuracy.ts';
import { cohortRows, PACKAGES, pythonLacks, pythonRunner } from './gpu-python.ts';
import { PROBLEMS } from './problems.ts';
import { openSetting, writeJob } from './setting.ts';

const folder = mkdtempSync(join(tmpdir(), 'gemello-python-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const lacks = pythonLacks(['numpy', 'scipy.integrate']);
const COUNT = 6;

async function opened(name: string) {
  const problem = PROBLEMS.find((p) => p.name === name);
  if (problem === undefined) throw new Error(`there is no problem ${name}`);
  const setting = await openSetting(problem);
  const jobFile = join(folder, `${name}.job`);
  writeJob(jobFile, setting, COUNT);
  const sources = join(import.meta.dirname, 'peers');
  return { setting, options: { sources, folder, jobFile, patients: COUNT, tolerances: [1e-4], shown: 4 } };
}

describe.skipIf(lacks !== undefined)(`Python's peers, dry${lacks ? ` (skipped: ${lacks})` : ''}`, () => {
  // SciPy's LSODA keeps each step within 1e-9, not the whole solution: 1e-6 of an output's largest value over 336 h and 1000 d.
  test.each(['pk', 'hiv'])('%s says in Python what our model text says', async (name) => {
    const { setting, options } = await opened(name);
    const reference = await setting.reference(COUNT);
    for (const entry of PACKAGES) {
      const runner = await pythonRunner(setting, entry, entry.ways[0], { ...options, dry: true });
      const { reply, curves } = await runner.solve(COUNT, 1e-9);
      runner.dispose();
      const errors = curveErrors(curves, reference);
      expect(errors.length).toBe(4);
      expect(Math.max(...errors)).toBeLessThan(1e-6);
      // The means at the last time, over all patients, against the reference's.
      const { outputs, times, values } = reference;
      for (let o = 0; o < outputs; o++) {
        let mean = 0;
        for (let p = 0; p < COUNT; p++) mean += (values[(p * outputs + o + 1) * times - 1] ?? 0) / COUNT;
        expect(Math.abs((reply.last_mean[o] ?? 0) / mean - 1)).toBeLessThan(1e-5);
      }
    }
  });

  test('a cohort size has time, memory and the error of that very solve; one too many ends the list by name', async () => {
    const { setting, options } = await opened('pk');
    const reference = await setting.reference(4);
    const runner = await pythonRunner(setting, PACKAGES[0], 'default', { ...options, dry: true });
    const heard: string[] = [];
    const rows = await cohortRows('pk', runner, [2, COUNT, COUNT + 1], reference, (text) => heard.push(text));
    runner.dispose();
    expect(rows.map(({ patients }) => patients)).toEqual([2, COUNT]);
    for (const row of rows) {
      expect(row.wall_seconds).toBeGreaterThan(0);
      expect(row.peak_mebibytes).toBeGreaterThan(1);
      expect(row.error.max).toBeGreaterThan(0);
      expect(row.error.max).toBeLessThan(1e-2);
    }
    expect(heard.join()).toContain(`the job file holds 1 .. ${COUNT}`);
  });

  test('a program that cannot open its package is an error with its reason, not a row', async () => {
    const { setting, options } = await opened('pk');
    const started = pythonRunner(setting, PACKAGES[0], 'unknown', { ...options, dry: true });
    await expect(started).rejects.toThrow(/invalid choice: 'unknown'/);
  });
});

test('a package that python3 lacks is told by name', () => {
  expect(pythonLacks(['no_such_package'])).toMatch(/no_such_package|no python3/);
});
