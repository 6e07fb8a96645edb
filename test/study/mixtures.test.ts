// Populations in populations, laws that depend on who is drawn, limits of each patient's own: 400,000 patients (ten million
// with GEMELLO_HEAVY=1) against closed forms, group by group. Fixed seeds; each test would fail a sound sampler with a
// probability of 1e-6.
import { describe, expect, test } from 'vitest';
import { fastSampling } from '../../src/engine/sampling.ts';
import { normal_cdf } from '../../src/language/math.ts';
import { cohortColumns } from '../../src/study/cohort.ts';
import { readTable } from '../../src/study/table.ts';
import {
  chiSquareDeviate,
  covarianceOf,
  KOLMOGOROV_BAR,
  kolmogorov,
  moments,
  NORMAL_BAR,
} from '../engine/statistics.ts';
import { compiled } from '../language/small.ts';

const N = process.env.GEMELLO_HEAVY === '1' ? 10_000_000 : 400_000;

type People = (name: string) => Float32Array;
function peopleOf(text: string, csv?: string): People {
  const model = compiled(text);
  const table = csv === undefined ? undefined : readTable(csv, model, []);
  if (table && 'errors' in table) throw new Error(table.errors.join('\n'));
  const cohort = cohortColumns(model, { seed: '31', cohort: {}, ...(table && { table }), ...fastSampling() });
  if ('errors' in cohort) throw new Error(cohort.errors.join('\n'));
  const all = cohort.source.read(0, N);
  return (name) => {
    const c = cohort.names.indexOf(name);
    return all.subarray(c * N, (c + 1) * N);
  };
}

describe(`a mixture of ${N} patients`, () => {
  const GROUPS = [
    { share: 0.25, median: 12, sdlog: 0.2 },
    { share: 0.6, median: 6, sdlog: 0.25 },
    { share: 0.15, median: 2, sdlog: 0.5 },
  ];
  const people = peopleOf(`covariate TYPE : one of fast 25 %, medium 60 %, slow 15 %
covariate CL0 : L/h ~ lognormal(median if TYPE is fast then 12 [L/h] else if TYPE is medium then 6 [L/h] else 2 [L/h], sdlog if TYPE is fast then 0.2 else if TYPE is medium then 0.25 else 0.5)
covariate AGE : yr ~ normal(mean 50, sd 10)
random eta ~ normal(sd 0.3)
`);
  const [type, clearance, age, eta] = ['TYPE', 'CL0', 'AGE', 'eta'].map(people) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const of = (values: Float32Array, group: number) => values.filter((_, i) => type[i] === group);

  test('has its shares', () => {
    const counts = GROUPS.map((_, g) => of(type, g).length);
    expect(counts.reduce((a, b) => a + b)).toBe(N);
    expect(
      Math.abs(
        chiSquareDeviate(
          counts,
          GROUPS.map(({ share }) => share * N),
        ),
      ),
    ).toBeLessThan(NORMAL_BAR);
  });

  test.each([0, 1, 2])('has in group %d the law of that group, its tails too', (g) => {
    const { median, sdlog } = GROUPS[g] ?? { median: Number.NaN, sdlog: Number.NaN };
    const own = of(clearance, g);
    const z = (x: number) => Math.log(x / median) / sdlog;
    expect(kolmogorov(own, (x) => normal_cdf(z(x)))).toBeLessThan(KOLMOGOROV_BAR);
    // Beyond the quantiles of 1e-3: 3.09 standard deviations.
    for (const side of [-1, 1]) {
      const beyond = own.filter((x) => side * z(x) > 3.090232306167813).length;
      const wanted = 1e-3 * own.length;
      expect(Math.abs(beyond - wanted)).toBeLessThan(6 * Math.sqrt(wanted));
    }
  });

  test('is, as a whole, the sum of its groups', () => {
    const cdf = (x: number) =>
      GROUPS.reduce(
        (sum, { share, median, sdlog }) => sum + share * normal_cdf(Math.log(x / median) / sdlog),
        0,
      );
    expect(kolmogorov(clearance, cdf)).toBeLessThan(KOLMOGOROV_BAR);
  });

  test('leaves alone what does not depend on the group', () => {
    for (const g of [0, 1, 2]) {
      expect(kolmogorov(of(age, g), (x) => normal_cdf((x - 50) / 10))).toBeLessThan(KOLMOGOROV_BAR);
      expect(kolmogorov(of(eta, g), (x) => normal_cdf(x / 0.3))).toBeLessThan(KOLMOGOROV_BAR);
    }
  });
});

describe(`${N} patients drawn one thing after the other`, () => {
  const people = peopleOf(`covariate FEMALE : yes 50 %
covariate HT : cm ~ normal(mean if FEMALE then 162 [cm] else 176 [cm], sd 7)
covariate WT : kg ~ lognormal(median 24 [kg/m^2] * HT * HT, sdlog 0.15)
covariate FAT : kg ~ normal(mean 0.3 * WT, sd 0.1 * WT) within 0.1 * WT .. 0.45 * WT
covariate GFR : mL/min ~ gamma(mean 90 [mL/min] * (WT / 70 [kg]), sd 30 [mL/min] * (WT / 70 [kg]))
`);
  const [female, height, weight, fat, gfr] = ['FEMALE', 'HT', 'WT', 'FAT', 'GFR'].map(people) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const scores = (value: (i: number) => number) => Float64Array.from({ length: N }, (_, i) => value(i));
  const heightScore = scores((i) => ((height[i] ?? 0) - (female[i] === 1 ? 162 : 176)) / 7);
  const weightScore = scores((i) => Math.log((weight[i] ?? 0) / (24e-4 * (height[i] ?? 0) ** 2)) / 0.15);

  test('have the law that follows from what they have already', () => {
    expect(kolmogorov(heightScore, normal_cdf)).toBeLessThan(KOLMOGOROV_BAR);
    expect(kolmogorov(weightScore, normal_cdf)).toBeLessThan(KOLMOGOROV_BAR);
  });

  test('owe each other nothing beyond that: scores are uncorrelated, within 4 standard errors', () => {
    expect(Math.abs(covarianceOf(heightScore, weightScore))).toBeLessThan(4 / Math.sqrt(N));
    // Means of a gamma that is scaled by the weight do not feel it.
    const relative = scores((i) => (gfr[i] ?? 0) / (weight[i] ?? 1));
    expect(Math.abs(covarianceOf(relative, weightScore))).toBeLessThan((4 * 30) / 70 / Math.sqrt(N));
    expect(Math.abs(moments(relative).mean - 90 / 70)).toBeLessThan((4 * 30) / 70 / Math.sqrt(N));
  });

  test("are cut at each one's own limits, and what is left has the shape of the law between them", () => {
    const score = scores((i) => (fat[i] ?? 0) / (weight[i] ?? 1));
    const [low, high] = [normal_cdf(-2), normal_cdf(1.5)];
    expect(score.every((x) => x > 0.1 - 1e-7 && x < 0.45 + 1e-7)).toBe(true);
    expect(kolmogorov(score, (x) => (normal_cdf((x - 0.3) / 0.1) - low) / (high - low))).toBeLessThan(
      KOLMOGOROV_BAR,
    );
  });
});

test('an empirical cohort is its rows, each as often as the others, with random effects of its own', () => {
  const text =
    'covariate WT : kg ~ normal(mean 70, sd 10)\ncovariate AGE : yr ~ normal(mean 50, sd 10)\nrandom eta ~ normal(sd 0.3)\n';
  const rows = [[54, 31], [61.5, 47], [77, 58], [92, 70]] as const; // biome-ignore format: rows
  const people = peopleOf(text, `WT,AGE\n${rows.map((row) => row.join()).join('\n')}\n`);
  const [weight, age, eta] = ['WT', 'AGE', 'eta'].map(people) as [Float32Array, Float32Array, Float32Array];
  for (const [kg, years] of rows) {
    const own = Array.from(weight.keys()).filter((i) => weight[i] === kg);
    expect(own.length).toBe(N / rows.length);
    expect(own.every((i) => age[i] === years)).toBe(true);
    expect(
      kolmogorov(
        Float64Array.from(own, (i) => eta[i] ?? 0),
        (x) => normal_cdf(x / 0.3),
      ),
    ).toBeLessThan(KOLMOGOROV_BAR);
  }
});
