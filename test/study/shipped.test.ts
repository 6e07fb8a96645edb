// Cohorts of model texts, shipped ones and one with every way to write a population, through the language.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compile } from '../../src/language/compile.ts';
import type { Model } from '../../src/language/model.ts';
import { cohortColumns } from '../../src/study/cohort.ts';
import { describePatients } from '../../src/study/patients.ts';
import { readTable } from '../../src/study/table.ts';
import { moments } from '../engine/statistics.ts';

function modelOf(text: string): Model {
  const { model, diagnostics } = compile(text);
  if (model === null) throw new Error(diagnostics.map((d) => `${d.line}: ${d.message}`).join('\n'));
  return model;
}

const folder = new URL('../../src/models/', import.meta.url);
const shipped = readdirSync(folder).filter((file) => file.endsWith('.model'));

describe.each(shipped)('%s', (file) => {
  const model = modelOf(readFileSync(new URL(file, folder), 'utf8'));

  test('has finite patients, and finite per-patient definitions', () => {
    const described = describePatients(model, { seed: '1', cohort: {} }, 0, 500);
    if ('errors' in described) throw new Error(described.errors.join('\n'));
    for (const { name, values } of described.columns) {
      expect(values.every(Number.isFinite), name).toBe(true);
    }
  });

  test('has a typical patient', () => {
    const cohort = cohortColumns(model, { seed: '1', cohort: { typical: true } });
    if ('errors' in cohort) throw new Error(cohort.errors.join('\n'));
    expect(cohort.source.read(0, 1).every(Number.isFinite)).toBe(true);
  });
});

const every = `model every "Every way to write a population"
  time h
parameter spread = 0.4
covariate A : kg ~ normal(mean 70, sd 10)
covariate B : kg ~ lognormal(median 70, cv 30 %)
covariate C : kg ~ lognormal(mean 80, cv 30 %) within 40 .. 200
covariate D : 1 ~ uniform(low 2, high 3)
covariate E "On dialysis" : yes 25 %
covariate F : one of mild 60 %, moderate 30 %, severe 10 %
covariate G : mL/min ~ lognormal(median if E then 20 [mL/min] else 90 [mL/min], sdlog spread)
covariate H : g ~ normal(mean 10 * A, sd 100)
random a ~ normal(sd 0.3)
random b ~ normal(cv 39.8 %)
random (c, d) ~ normal(sd 0.3, 0.2; correlation 0.5)
size = A / 70 [kg] * exp(a + b + c + d)
compartment body : mg
flow out : body -> at size * body / 1 [h]
output amount = body in mg
`;

describe('a text', () => {
  const columns = (more = {}) => {
    const described = describePatients(modelOf(every), { seed: '5', cohort: {}, ...more }, 0, 20_000);
    if ('errors' in described) throw new Error(described.errors.join('\n'));
    return new Map(described.columns.map((column) => [column.name, column.values]));
  };
  const of = (name: string, from = columns()) => from.get(name) ?? new Float64Array();

  test('becomes the population it describes', () => {
    const cohort = columns();
    const near = (name: string, mean: number, sd: number) => {
      const m = moments(of(name, cohort));
      expect(Math.abs(m.mean - mean), name).toBeLessThan((4.5 * sd) / Math.sqrt(20_000));
    };
    near('A', 70, 10);
    near('B', 70 * Math.sqrt(1.09), 23);
    near('D', 2.5, Math.sqrt(1 / 12));
    near('E', 0.25, Math.sqrt(0.25 * 0.75));
    near('F', 0.5, 0.67);
    near('a', 0, 0.3);
    // H is in g, A in kg: 10 * 70 kg is 700,000 g.
    near('H', 700_000, 100_000);
    expect(moments(of('b', cohort)).variance).toBeCloseTo(Math.log(1 + 0.398 ** 2), 2);
    const dialysed = of('G', cohort).filter((_, i) => of('E', cohort)[i] === 1);
    expect(Math.exp(moments(dialysed.map(Math.log)).mean)).toBeCloseTo(20, -0.3);
    expect(of('C', cohort).every((x) => x >= 40 && x <= 200)).toBe(true);
  });

  test('takes a study of its own: parameters, overrides, tables', () => {
    const set = { B: { cv: 0.1 }, F: 2 };
    const narrow = columns({ cohort: { set }, set: { spread: 0.01 } });
    expect(moments(of('B', narrow)).variance).toBeCloseTo((70 * 0.1) ** 2, -1);
    expect(new Set(of('F', narrow))).toEqual(new Set([2]));
    expect(new Set(of('G', narrow).map((x) => (x < 50 ? 20 : 90)))).toEqual(new Set([20, 90]));
    const table = readTable('A,B [g],C,D,E,F,G,H\n70,71000,72,2.5,yes,severe,50,700000\n', modelOf(every));
    if ('errors' in table) throw new Error(table.errors.join('\n'));
    const rows = columns({ table });
    expect(['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'].map((name) => of(name, rows)[19_999])).toEqual([
      70, 71, 72, 2.5, 1, 2, 50, 700_000,
    ]);
  });
});
