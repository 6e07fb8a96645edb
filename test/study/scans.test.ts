// Endpoints from parts, as the reference shows them: response and progression at scans, against the closed form of every
// patient's tumour and the definitions written out a second time.
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { runIndividuals } from '../../src/study/run.ts';
import { closeEngines, engineFor, TESTED_KERNELS } from '../engine/engines.ts';

afterAll(closeEngines);

const reference = readFileSync(new URL('../../src/language/REFERENCE.md', import.meta.url), 'utf8');
const text = /```model\n(model scans [\s\S]*?)```/.exec(reference)?.[1] ?? '';
const PATIENTS = 300;
const patients = Array.from({ length: PATIENTS }, (_, i) => i);
const SCANS = Array.from({ length: 6 }, (_, i) => 56 * (i + 1));

/** Of a tumour that grows by `kg` and shrinks by `kd` at first: what six scans make of it. No scan is read on the last day. */
function told(kg: number, kd: number) {
  const size = (t: number) => 60 * Math.exp(kg * t - (kd / 0.02) * (1 - Math.exp(-0.02 * t)));
  let nadir = 60;
  let response = false;
  let progression = Number.NaN;
  for (const t of SCANS) {
    const sld = size(t);
    if (sld >= 1.2 * nadir && sld >= nadir + 5) {
      if (Number.isNaN(progression)) progression = t;
    } else {
      if (sld <= 42 && Number.isNaN(progression)) response = true;
      nadir = Math.min(nadir, sld);
    }
  }
  // Smallest where growth and killing are equal.
  const turn = Math.log(kd / kg) / 0.02;
  const smallest = size(Math.min(Math.max(turn, 0), 364));
  return { best: 100 * (smallest / 60 - 1), response, progression };
}

describe('response and progression at scans', () => {
  test.each(TESTED_KERNELS)('are what each tumour says, by %s', async (kernel) => {
    const study = { gemello: 1 as const, model: { text }, cohort: { patients: PATIENTS, seed: '8' } };
    const engine = await engineFor(kernel);
    const ran = await runIndividuals(study, { engine }, patients);
    if (ran.kind !== 'done') throw new Error(JSON.stringify(ran));
    const { job, program } = ran.prepared;
    const columns = job.columns.read(0, PATIENTS);
    const eta = (name: string, i: number) =>
      columns[program.columns.findIndex((field) => field.name === name) * PATIENTS + i] ?? Number.NaN;
    const { endpoints = new Float64Array(0) } = ran.individuals.arms[0] ?? {};
    const value = (e: number, i: number) => endpoints[e * PATIENTS + i] ?? Number.NaN;
    let [responses, progressions] = [0, 0];
    for (const i of patients) {
      const wanted = told(0.004 * Math.exp(eta('eta_kg', i)), 0.02 * Math.exp(eta('eta_kd', i)));
      expect(Math.abs(value(0, i) - wanted.best)).toBeLessThan(0.02);
      expect(value(1, i)).toBe(Number(wanted.response));
      expect(value(2, i)).toBe(wanted.progression);
      expect(value(3, i)).toBe(Number(!(wanted.progression < 182)));
      expect(value(4, i)).toBe(Number(wanted.response && Number.isNaN(wanted.progression)));
      responses += value(1, i);
      if (value(2, i) > 0) progressions++;
    }
    // All ways through the definition are taken.
    expect(responses).toBeGreaterThan(PATIENTS / 4);
    expect(responses).toBeLessThan(PATIENTS);
    expect(progressions).toBeGreaterThan(PATIENTS / 4);
    expect(progressions).toBeLessThan(PATIENTS);
  });
});
