// Cohorts with a filter: who is in them, the funnel, and what is refused. Compared with filtering the whole cohort by hand.
import { describe, expect, test } from 'vitest';
import { fastSampling } from '../../src/engine/sampling.ts';
import { compileFilter } from '../../src/language/filter.ts';
import { type CohortOptions, cohortColumns } from '../../src/study/cohort.ts';
import { createInclusion } from '../../src/study/inclusion.ts';
import { readTable } from '../../src/study/table.ts';
import { compiled } from '../language/small.ts';

const MODEL = compiled(`covariate AGE : yr ~ uniform(low 20, high 80)
covariate WT : kg ~ lognormal(median 78, cv 22 %)
covariate CRCL : mL/min ~ normal(mean 100 [mL/min] - 0.5 [mL/min/yr] * AGE, sd 15)
covariate DIAL : yes 10 %
parameter TVCL = 5 [L/h]
random eta ~ normal(sd 0.3)
CL = TVCL * CRCL / 100 [mL/min] * exp(eta)
compartment body : mg
flow out : body -> at 0.1 [1/h] * body
`);
const FILTER = 'CRCL < 60 [mL/min] and AGE in 30 .. 65 and not DIAL';

function cohortOf(filter?: string, more: Partial<CohortOptions> = {}) {
  const cohort = cohortColumns(MODEL, {
    seed: '3',
    ...fastSampling(),
    ...more,
    cohort: { ...more.cohort, ...(filter === undefined ? {} : { filter }) },
  });
  if ('errors' in cohort) throw new Error(cohort.errors.join('\n'));
  return cohort;
}
const refused = (filter: string, more: Partial<CohortOptions> = {}): string => {
  const cohort = cohortColumns(MODEL, { seed: '3', ...more, cohort: { ...more.cohort, filter } });
  return 'errors' in cohort ? cohort.errors.join('\n') : '';
};

/** Rows of everybody who qualifies among the first `drawn`, filtered by hand. */
function byHand(drawn: number): number[][] {
  const all = cohortOf().source.read(0, drawn);
  const rows = Array.from({ length: drawn }, (_, i) =>
    Array.from({ length: 5 }, (__, c) => all[c * drawn + i] ?? Number.NaN),
  );
  return rows.filter(([age = 0, , crcl = 0, dial]) => crcl < 60 && age >= 30 && age <= 65 && dial === 0);
}
const rowsOf = (columns: Float32Array, count: number): number[][] =>
  Array.from({ length: count }, (_, i) =>
    Array.from({ length: 5 }, (__, c) => columns[c * count + i] ?? Number.NaN),
  );

describe('a filtered cohort', () => {
  const wanted = byHand(40_000);

  test('has the i-th candidate that qualifies as patient i', () => {
    expect(wanted.length).toBeGreaterThan(2000);
    expect(rowsOf(cohortOf(FILTER).source.read(0, 2000), 2000)).toEqual(wanted.slice(0, 2000));
  });

  test('is the same in any chunks and any order, and without the fast sampler', () => {
    const { source } = cohortOf(FILTER);
    const plain = cohortColumns(MODEL, { seed: '3', cohort: { filter: FILTER } });
    for (const [first, count] of [[1500, 300], [3, 1], [0, 7], [1999, 1]] as const) {
      const rows = wanted.slice(first, first + count);
      expect(rowsOf(source.read(first, count), count)).toEqual(rows);
      if ('source' in plain) expect(rowsOf(plain.source.read(first, count), count)).toEqual(rows);
    }
  }); // biome-ignore format: ranges

  test('tells how many were drawn and how many each clause left', () => {
    const { inclusion } = cohortOf(FILTER);
    const funnel = inclusion?.funnel(2000);
    const drawn = funnel?.drawn ?? 0;
    expect(byHand(drawn).length).toBe(2000);
    expect(byHand(drawn - 1).length).toBe(1999);
    expect(funnel?.left.map(({ clause }) => clause)).toEqual([
      'CRCL < 60 [mL/min]',
      'AGE in 30 .. 65',
      'not DIAL',
    ]);
    const all = cohortOf().source.read(0, drawn);
    const low = all.subarray(2 * drawn, 3 * drawn).reduce((n, x) => n + (x < 60 ? 1 : 0), 0);
    expect(funnel?.left[0]?.patients).toBe(low);
    expect(funnel?.left[2]?.patients).toBe(2000);
    expect(inclusion?.included(drawn)).toBe(2000);
    expect(inclusion?.funnel(0)).toMatchObject({ drawn: 0 });
  });

  test('may ask for what is made of covariates, parameters and random effects', () => {
    const { source, names } = cohortOf('CL > 4 [L/h]', { set: { TVCL: 6 } });
    const columns = source.read(0, 500);
    const [c, e] = [names.indexOf('CRCL'), names.indexOf('eta')];
    for (let i = 0; i < 500; i++)
      expect(((6 * (columns[c * 500 + i] ?? 0)) / 100) * Math.exp(columns[e * 500 + i] ?? 0)).toBeGreaterThan(
        3.9999,
      );
  });

  test('has a key of its own', () => {
    const keys = [undefined, FILTER, 'not DIAL'].map((filter) => cohortOf(filter).source.key);
    expect(new Set(keys).size).toBe(3);
  });

  test('skips rows of a table, and says how many there are', () => {
    const csv = 'AGE,WT,CRCL,DIAL\n25,70,90,no\n50,80,50,no\n60,75,40,yes\n45,66,30,no\n';
    const table = readTable(csv, MODEL, []);
    if ('errors' in table) throw new Error(table.errors.join('\n'));
    const { source, inclusion } = cohortOf(FILTER, { table });
    expect(inclusion?.included(table.rows)).toBe(2);
    expect([...source.read(0, 3).subarray(0, 3)]).toEqual([50, 45, 50]);
  });

  test('leaves the typical patient alone, and says where that one would not qualify', () => {
    const { warnings, inclusion } = cohortOf('AGE > 70 [yr]', { cohort: { typical: true } });
    expect(inclusion).toBeUndefined();
    expect(warnings).toEqual(['the typical patient does not pass the filter: AGE > 70 [yr]']);
  });
});

describe('a filter is refused', () => {
  test('when fewer than 1 in 10,000 pass, clause by clause', () => {
    const message = refused('AGE < 40 [yr] and WT > 260 [kg]', fastSampling());
    expect(message).toMatch(
      /^cohort.filter: of 300,000 candidates (99|100|101),\d+ after "AGE < 40 \[yr\]", \d after "WT > 260 \[kg\]"/,
    );
    expect(message).toContain('widen the filter');
  });

  test.each([
    ['CRCL < 60', 'cannot be compared'],
    ['AGEE > 3 [yr]', 'unknown name AGEE'],
    ['AGE + 3 [yr]', 'is a number where a condition is expected'],
    ['body > 3 [mg]', 'must be known before the run starts'],
    ['AGE > 3 [yr] CRCL', 'expected and, or, or the end of the filter'],
    ['', 'expected'],
  ])('%s', (filter, message) => expect(refused(filter)).toContain(message));

  test('for patients of a dosing file', () => {
    expect(refused('not DIAL', { partial: true })).toContain('dosing file');
  });
});

test('clauses are split at the outer and only', () => {
  const { clauses } = compileFilter(
    MODEL,
    '(AGE > 30 [yr] or DIAL) and not (DIAL and AGE > 60 [yr])\n  and WT > 50 [kg]',
  );
  expect(clauses?.map(({ text }) => text)).toHaveLength(3);
});

test('a hundred million candidates are counted in blocks, not kept', () => {
  // One candidate in 5,000, without drawing anything.
  let looked = 0;
  const inclusion = createInclusion(['rare'], (first, count) => {
    looked += count;
    return Uint8Array.from({ length: count }, (_, i) => ((first + i) % 5000 === 4999 ? 1 : 0));
  });
  expect([...inclusion.candidates(1000, 2)]).toEqual([5_004_999, 5_009_999]);
  expect(inclusion.funnel(1).drawn).toBe(5000);
  expect(looked).toBeLessThan(6_000_000);
});
