// Published data sets, read whole: patients, doses, measurements and covariates against the counts of their sources, and
// every line accounted for. Skipped where the folder of shared data is not beside the project.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readRecords } from '../../../src/interop/nonmem/read.ts';
import type { Became, ReadOptions, Records, Subject } from '../../../src/interop/nonmem/records.ts';
import { writeRecords } from '../../../src/interop/nonmem/write.ts';
import { unnumbered } from './unnumbered.ts';

const DATA = new URL('../../../../shared/models/data/', import.meta.url);
const here = existsSync(DATA);
if (!here) console.warn('skipped: no folder shared/models/data beside the project');

const textOf = (file: string): string => readFileSync(new URL(`${file}.csv`, DATA), 'utf8');
function read(file: string, options: ReadOptions = {}): Records {
  const result = readRecords(textOf(file), options);
  if (result.kind === 'refused') throw new Error(JSON.stringify(result, null, 1));
  return result;
}
const sum = (subjects: readonly Subject[], count: (subject: Subject) => number): number =>
  subjects.reduce((total, subject) => total + count(subject), 0);
function became({ accounted }: Records): Partial<Record<Became, number>> {
  const counts: Partial<Record<Became, number>> = {};
  for (const line of accounted) counts[line.became] = (counts[line.became] ?? 0) + 1;
  return counts;
}

const FILES = [
  'theophylline_12_single_dose',
  'warfarin_32_pkpd',
  'phenobarbital_neonates_59',
  'paclitaxel_wbc_friberg_simulated_45',
  'nimotuzumab_popPK',
  'mavoglurant_popPK',
] as const;
const OPTIONS: Partial<Record<string, ReadOptions>> = { mavoglurant_popPK: { timeGoesBack: 'reset' } };

describe.skipIf(!here)('published data are read', () => {
  test('theophylline: 12 subjects, one dose into compartment 1 and 11 concentrations each, weights', () => {
    const records = read('theophylline_12_single_dose');
    expect(became(records)).toEqual({ header: 1, dose: 12, observation: 132 });
    for (const { events, observations, covariates } of records.subjects) {
      expect(events.map(({ evid, compartment, time }) => [evid, compartment, time])).toEqual([[1, 1, 0]]);
      expect(observations).toHaveLength(11);
      expect(covariates.map(({ name, course }) => [name, course])).toEqual([['WT', []]]);
      // About 320 mg each: between 3.1 and 5.9 mg/kg (Boeckmann, Sheiner and Beal 1994).
      const perKg = (events[0]?.amount ?? 0) / Number(covariates[0]?.baseline);
      expect(perKg).toBeGreaterThan(3);
      expect(perKg).toBeLessThan(6);
    }
    const last = records.subjects[11]?.observations.at(-1);
    expect(last).toMatchObject({ row: 145, time: 24.15, value: 1.17 });
    expect(records.notes.join()).toContain('EVID 101');
  });

  test('warfarin: 32 subjects, 32 doses, 251 concentrations and 232 activities, 27 men of 70.0 kg on average', () => {
    const records = read('warfarin_32_pkpd');
    expect(became(records)).toEqual({ header: 1, dose: 32, observation: 483 });
    const { subjects } = records;
    const kinds = subjects.flatMap(({ observations }) => observations.map(({ dvid }) => dvid));
    expect(kinds.filter((dvid) => dvid === 'cp')).toHaveLength(251);
    expect(kinds.filter((dvid) => dvid === 'pca')).toHaveLength(232);
    const covariate = (name: string) =>
      subjects.map(({ covariates }) => covariates.find((each) => each.name === name)?.baseline);
    expect(covariate('sex').filter((sex) => sex === 'male')).toHaveLength(27);
    expect(covariate('sex').filter((sex) => sex === 'female')).toHaveLength(5);
    const weights = covariate('wt').map(Number);
    expect([Math.min(...weights), Math.max(...weights)]).toEqual([40, 102]);
    expect(weights.reduce((a, b) => a + b, 0) / 32).toBeCloseTo(70, 0);
    expect(covariate('age').reduce<number>((a, b) => a + Number(b), 0) / 32).toBeCloseTo(31, 0);
  });

  test('phenobarbital: 59 infants, 589 doses, 155 concentrations, weights and Apgar scores', () => {
    const records = read('phenobarbital_neonates_59');
    expect(became(records)).toEqual({ header: 1, dose: 589, observation: 155 });
    expect(records.subjects).toHaveLength(59);
    expect(records.subjects[0]?.events).toHaveLength(10);
    expect(records.subjects[0]?.observations.map(({ time, value }) => [time, value])).toEqual([
      [2, 17.3],
      [112.5, 31],
    ]);
    expect(records.columns.filter(({ role }) => role === 'covariate').map(({ name }) => name)).toEqual([
      'WT',
      'APGR',
    ]);
  });

  test('paclitaxel: 45 subjects, 52 infusions of two lines each, 176 counts', () => {
    const records = read('paclitaxel_wbc_friberg_simulated_45');
    expect(became(records)).toEqual({ header: 1, dose: 52, 'infusion end': 52, observation: 176 });
    expect(records.subjects).toHaveLength(45);
    const infusion = records.subjects[0]?.events[0];
    // 137 an hour for 2.9927 h
    expect(infusion).toMatchObject({ rate: 137, compartment: 1, evid: 1 });
    expect(infusion?.amount).toBeCloseTo(137 * 2.99270072992701, 10);
  });

  test('nimotuzumab: 12 subjects, 120 infusions, 321 concentrations, weight changing in 6', () => {
    const records = read('nimotuzumab_popPK');
    expect(became(records)).toEqual({ header: 1, dose: 120, observation: 321 });
    expect(records.subjects).toHaveLength(12);
    const varying = records.subjects.filter(({ covariates }) =>
      covariates.some(({ name, course }) => name === 'WGT' && course.length > 0),
    );
    expect(varying).toHaveLength(6);
    expect(sum(records.subjects, ({ events }) => events.filter(({ rate }) => rate > 0).length)).toBe(120);
  });

  test('mavoglurant: the clock of 78 subjects goes back without a reset, which is asked about', () => {
    const refused = readRecords(textOf('mavoglurant_popPK'), {});
    expect(refused).toMatchObject({ kind: 'refused', count: 0 });
    expect(refused.questions.map(({ option, row }) => [option, row])).toEqual([['timeGoesBack', 588]]);
    expect(refused.questions[0]?.message).toContain('and on 77 more');

    const reset = read('mavoglurant_popPK', { timeGoesBack: 'reset' });
    expect(became(reset)).toEqual({
      header: 1,
      dose: 120,
      'reset and dose': 78,
      observation: 2427,
      'missing observation': 53,
    });
    expect(reset.subjects).toHaveLength(120);
    expect(reset.subjects.filter(({ events }) => events.at(-1)?.occasion === 1)).toHaveLength(78);

    const apart = read('mavoglurant_popPK', { timeGoesBack: 'individual' });
    expect(apart.subjects).toHaveLength(198);
    expect(apart.subjects.some(({ id }) => id === '829#2')).toBe(true);
    expect(apart.questions.map(({ option }) => option)).toEqual(['sexCoding']);
  });

  test.each(FILES)('%s: every line once, in the order of the file', (file) => {
    const records = read(file, OPTIONS[file]);
    const lines = textOf(file).trimEnd().split('\n').length;
    expect(records.accounted.map(({ row }) => row)).toEqual(Array.from({ length: lines }, (_, k) => k + 1));
    const doses = records.accounted.reduce((total, line) => total + line.doses, 0);
    const given = sum(
      records.subjects,
      ({ events }) => events.filter(({ evid }) => evid === 1 || evid === 4).length,
    );
    expect(given).toBe(doses);
    const measured = records.accounted.filter(({ became: each }) => /observation$/.test(each)).length;
    expect(sum(records.subjects, ({ observations }) => observations.length)).toBe(measured);
  });

  test.each(FILES)('%s: written and read again it is the same', (file) => {
    const { subjects } = read(file, OPTIONS[file]);
    const again = readRecords(writeRecords(subjects));
    if (again.kind === 'refused') throw new Error(JSON.stringify(again, null, 1));
    expect(unnumbered(again.subjects)).toEqual(unnumbered(subjects));
  });
});
