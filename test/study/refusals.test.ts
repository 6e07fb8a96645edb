// Which field a refusal is about: the page and the command line put the message there.
import { afterAll, expect, it } from 'vitest';
import { prepare } from '../../src/study/prepare.ts';
import type { Cohort } from '../../src/study/study.ts';
import { closeEngines, engineFor } from '../engine/engines.ts';

afterAll(closeEngines);

const TEXT = `model decline
  time h
covariate WT : kg ~ lognormal(median 70, cv 20 %)
compartment central : mg = 100 [mg]
flow out : central -> at 0.1 [1/h] * central
output amount = central
endpoint last = central at 12 h
show until 12 h every 1 h
`;

it.each<[string, Cohort]>([
  ['cohort.filter', { filter: 'WTT < 70 [kg]' }],
  ['cohort.filter', { filter: 'WT > 7000 [kg]' }],
  ['cohort.set.WTT', { set: { WTT: 70 } }],
  ['cohort.table', { table: 'ward.csv' }],
])('names %s, and does not say it again', async (field, cohort) => {
  const engine = await engineFor('webassembly');
  const ready = await prepare({ gemello: 1, model: { text: TEXT }, cohort }, { engine });
  if (ready.kind !== 'refused') throw new Error(ready.kind);
  expect(ready.errors.map((one) => one.field)).toEqual([field]);
  expect(ready.errors[0]?.message).not.toMatch(/^cohort\./);
});
