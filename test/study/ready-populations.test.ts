// The ready-made populations: simulated people against the published numbers that each text cites, and the texts
// themselves against their digests, because links draw the same people for ever.
import { describe, expect, test } from 'vitest';
import { fastSampling } from '../../src/engine/sampling.ts';
import { compile, render } from '../../src/language/compile.ts';
import { POPULATIONS } from '../../src/language/populations.ts';
import { cohortColumns } from '../../src/study/cohort.ts';
import { sha256 } from '../../src/study/digest.ts';
import { moments } from '../engine/statistics.ts';
import { compiled, definition, said } from '../language/small.ts';

const N = 200_000;
type People = Readonly<Record<string, Float32Array>>;

function peopleOf(name: string): People {
  const cohort = cohortColumns(compiled(`population ${name}`), { seed: '8', cohort: {}, ...fastSampling() });
  if ('errors' in cohort) throw new Error(cohort.errors.join('\n'));
  const all = cohort.source.read(0, N);
  return Object.fromEntries(cohort.names.map((n, c) => [n, all.subarray(c * N, (c + 1) * N)]));
}
/** Values of those for whom `who` holds. */
function among(people: People, name: string, who: (of: (column: string) => number) => boolean): Float64Array {
  const column = people[name] ?? new Float32Array();
  const kept = [...column.keys()].filter((i) => who((other) => people[other]?.[i] ?? Number.NaN));
  return Float64Array.from(kept, (i) => column[i] ?? Number.NaN);
}
const women = (of: (c: string) => number) => of('FEMALE') === 1;
const men = (of: (c: string) => number) => of('FEMALE') === 0;
function quantile(sample: Float64Array, p: number): number {
  const sorted = sample.slice().sort();
  return sorted[Math.round(p * (sorted.length - 1))] ?? Number.NaN;
}
const near = (got: number, wanted: number, share: number) =>
  expect(Math.abs(got / wanted - 1), `${got} for ${wanted}`).toBeLessThan(share);

describe('adults', () => {
  const people = peopleOf('adult');
  test('have the mean heights and weights of NHANES 2015-2018, within 0.5 %', () => {
    near(moments(among(people, 'HT', men)).mean, 175.3, 0.005);
    near(moments(among(people, 'HT', women)).mean, 161.3, 0.005);
    near(moments(among(people, 'WT', men)).mean, 90.6, 0.005);
    near(moments(among(people, 'WT', women)).mean, 77.5, 0.005);
  });
  test('have the reference interval of creatinine as their middle 95 %, within 1.5 %', () => {
    const limits = [
      [men, 64, 104],
      [women, 49, 90],
    ] as const;
    for (const [who, low, high] of limits) {
      const scr = among(people, 'SCR', who);
      near(quantile(scr, 0.025), low / 88.4, 0.015);
      near(quantile(scr, 0.975), high / 88.4, 0.015);
    }
  });
});

test('old people have lost the height that Sorkin et al. report: 3 and 5 cm at 70, 5 and 8 cm at 80', () => {
  const people = peopleOf('elderly');
  const aged = (age: number) => (of: (c: string) => number) => Math.abs(of('AGE') - age) < 1;
  for (const [age, man, woman] of [[70, 3, 5], [80, 5, 8]] as const) {
    const tall = (who: typeof men) => moments(among(people, 'HT', (of) => who(of) && aged(age)(of))).mean;
    expect(Math.abs(175.3 - man - tall(men))).toBeLessThan(0.5);
    expect(Math.abs(161.3 - woman - tall(women))).toBeLessThan(0.5);
  }
}); // biome-ignore format: ages

test('renal impairment: creatinine is what CKD-EPI 2021 turns back into the filtration rate, in every stage', () => {
  const text = 'population renal_impairment\nback = ckd_epi_2021(AGE, SCR, FEMALE)';
  const model = compiled(text);
  const within = 'back in EGFR * 0.99999 .. EGFR * 1.00001';
  const cohort = cohortColumns(model, { seed: '8', cohort: { filter: within } });
  if ('errors' in cohort) throw new Error(cohort.errors.join('\n'));
  // All who are looked at qualify.
  expect(cohort.inclusion?.funnel(20_000).drawn).toBe(20_000);
  const rate = peopleOf('renal_impairment').EGFR ?? new Float32Array();
  const counts = [15, 30, 60].map(
    (low, k) => rate.filter((x) => x >= low && x < ([30, 60, 90][k] ?? 0)).length,
  );
  for (const count of counts) near(count, N / 3, 0.01);
  expect(definition(model, 'SCR').unit.text).toBe('mg/dL');
});

describe('children', () => {
  const people = peopleOf('paediatric');
  const aged = (age: number) => (of: (c: string) => number) => Math.abs(of('AGE') - age) < 0.25;
  const at = (age: number, who: typeof men, name: string) =>
    among(people, name, (of) => who(of) && aged(age)(of));

  // M of the LMS tables, between the ages of the population's own tables: WHO weight to 10 years (months 18 .. 114), CDC
  // weight beyond (the mean of the half months beside it), WHO length at 18 months and height after.
  test.each([
    [1.5, 10.94, 10.23, 82.3, 80.7],
    [2.5, 13.3, 12.71, 91.9, 90.7],
    [4, 16.35, 16.07, 103.3, 102.7],
    [6, 20.51, 20.16, 116, 115.1],
    [7.5, 24.14, 23.64, 124.5, 123.7],
    [8.5, 26.74, 26.55, 129.9, 129.5],
    [9.5, 29.57, 29.97, 135.2, 135.5],
    [11, 35.89, 37.21, 143.1, 145],
    [12.5, 42.97, 43.79, 152.4, 154],
    [13.5, 48.28, 47.69, 159.7, 158.3],
    [14.5, 53.69, 50.81, 166.3, 160.9],
  ])(
    'of %d years have the median weight and height of the growth charts, 3 and 1.5 per cent at most',
    (age, boyKg, girlKg, boyCm, girlCm) => {
      near(quantile(at(age, men, 'WT'), 0.5), boyKg, 0.03);
      near(quantile(at(age, women, 'WT'), 0.5), girlKg, 0.03);
      near(quantile(at(age, men, 'HT'), 0.5), boyCm, 0.015);
      near(quantile(at(age, women, 'HT'), 0.5), girlCm, 0.015);
    },
  );

  // Two standard deviations below and above the median: 2.3 % and 97.7 %.
  test.each([
    [4, 12.7, 21.2, 94.9, 111.7],
    [7.5, 18.57, 32.64, 113.6, 135.5],
  ])(
    'of %d years lie two standard deviations from it where the charts of boys do',
    (age, lowKg, highKg, lowCm, highCm) => {
      const [kg, cm] = [at(age, men, 'WT'), at(age, men, 'HT')];
      near(quantile(kg, 0.02275), lowKg, 0.06);
      near(quantile(kg, 0.97725), highKg, 0.06);
      near(quantile(cm, 0.02275), lowCm, 0.015);
      near(quantile(cm, 0.97725), highCm, 0.015);
    },
  );

  // Reference intervals in umol/L: their geometric means, at the middle of each group.
  test.each([[2, 15, 31], [4, 23, 37], [6, 25, 42], [8, 30, 47], [10, 29, 56], [12, 39, 60], [14, 40, 68]])(
    'of %d years have their creatinine around the middle of %d-%d umol/L',
    (age, low, high) => {
      near(quantile(among(people, 'SCR', aged(age)), 0.5), Math.sqrt(low * high) / 88.4, 0.02);
    },
  ); // biome-ignore format: intervals
});

describe('the table of populations', () => {
  test.each(POPULATIONS)(
    '$name compiles, says its sources and assumptions, and keeps its text',
    ({ name, text, sources, assumed }) => {
      const whole = `model one "One"\n  time h\npopulation ${name}\n`;
      const { model, diagnostics } = compile(whole);
      expect(diagnostics.map((d) => render(d, whole))).toEqual([]);
      expect(model?.populations).toEqual([name]);
      expect(model?.covariates.map((c) => c.name)).toEqual(
        expect.arrayContaining(['AGE', 'FEMALE', 'HT', 'WT']),
      );
      expect(sources.length).toBeGreaterThan(0);
      expect(assumed).not.toBe('');
      expect(sha256(text).slice(0, 16)).toBe(KEPT[name]);
    },
  );

  test('names are told where they are wrong, taken or given twice', () => {
    expect(said('population adlut')).toEqual(['1: unknown population adlut']);
    expect(said('covariate WT : kg ~ normal(mean 70, sd 5)\npopulation adult')).toEqual([
      '2: WT is already defined (line 3, a covariate)',
    ]);
    expect(said('population adult\npopulation elderly')).toEqual(['2: a second population']);
  });
});

/** First half of the SHA-256 of each text. Never edited: other numbers are another population. */
const KEPT: Readonly<Record<string, string>> = {
  adult: 'e5dd0fd2c284f882',
  elderly: '2ea2892b68dfceac',
  renal_impairment: 'c5d1ab337404cce7',
  paediatric: 'dba8ea5ae258d8b5',
};
