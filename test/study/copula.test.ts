// Correlated covariates and random effects: normal scores have the correlation asked for, margins stay what they are, and
// nobody who is not named changes by a bit.
import { describe, expect, test } from 'vitest';
import { fastSampling } from '../../src/engine/sampling.ts';
import { normal_cdf, normal_quantile } from '../../src/language/math.ts';
import { gammaTails } from '../../src/language/special.ts';
import { cohortColumns } from '../../src/study/cohort.ts';
import { covarianceOf, KOLMOGOROV_BAR, kolmogorov, moments } from '../engine/statistics.ts';
import { compiled, said } from '../language/small.ts';

const N = process.env.GEMELLO_HEAVY === '1' ? 10_000_000 : 400_000;

const PEOPLE = `covariate AGE : yr ~ triangular(low 18, mode 40, high 95)
covariate WT : kg ~ lognormal(median 78, cv 22 %) within 50 .. 120
covariate CRCL : mL/min ~ gamma(mean 90, sd 30)
covariate SMOKER : yes 30 %
covariate ALB : g/L ~ normal(mean 42, sd 4)
parameter r = 0.3
random eta_cl ~ normal(sd 0.5)
random (eta_a, eta_b) ~ normal(covariance 0.1, 0.05, 0.2)
`;
const CORRELATED = `${PEOPLE}correlation (AGE, WT, CRCL, SMOKER, eta_cl) = 0.1, -0.5, r, 0.2, 0.1, 0.25, 0, -0.2, 0.4, 0.3\n`;

function columnsOf(text: string, count = N, first = 0): Readonly<Record<string, Float32Array>> {
  const cohort = cohortColumns(compiled(text), { seed: '11', cohort: {}, ...fastSampling() });
  if ('errors' in cohort) throw new Error(cohort.errors.join('\n'));
  const all = cohort.source.read(first, count);
  return Object.fromEntries(cohort.names.map((n, c) => [n, all.subarray(c * count, (c + 1) * count)]));
}
const of = (columns: Readonly<Record<string, Float32Array>>, name: string): Float32Array =>
  columns[name] ?? new Float32Array();

test('adding a correlation changes its members but the first, and nobody else by a bit', () => {
  const [plain, joined] = [columnsOf(PEOPLE, 5000), columnsOf(CORRELATED, 5000)];
  for (const name of ['AGE', 'ALB', 'eta_a', 'eta_b']) expect(of(joined, name)).toEqual(of(plain, name));
  for (const name of ['WT', 'CRCL', 'SMOKER', 'eta_cl'])
    expect(of(joined, name)).not.toEqual(of(plain, name));
});

test('a correlation of nothing leaves random effects and normal covariates as they were', () => {
  const text =
    'covariate A : 1 ~ normal(mean 0, sd 1)\ncovariate B : 1 ~ normal(mean 5, sd 2)\nrandom e ~ normal(sd 1)\n';
  const [plain, zero] = [columnsOf(text, 5000), columnsOf(`${text}correlation (A, B, e) = 0, 0, 0\n`, 5000)];
  expect(zero).toEqual(plain);
});

test('adding a covariate or a random effect changes no other draw, bit for bit', () => {
  const more = `covariate NEW : 1 ~ beta(alpha 2, beta 5)\nrandom eta_new ~ normal(sd 1)\n${CORRELATED}`;
  const [before, after] = [columnsOf(CORRELATED, 5000), columnsOf(more, 5000)];
  for (const name of Object.keys(before)) expect(of(after, name)).toEqual(of(before, name));
});

test('the same people come in any chunks', () => {
  const whole = columnsOf(CORRELATED, 9000);
  const part = columnsOf(CORRELATED, 37, 4090);
  for (const name of Object.keys(whole)) expect(of(part, name)).toEqual(of(whole, name).slice(4090, 4127));
});

describe(`${N} correlated patients`, () => {
  const columns = columnsOf(CORRELATED);
  const weight = (x: number) => normal_cdf(Math.log(x / 78) / Math.sqrt(Math.log(1 + 0.22 ** 2)));
  const [from, to] = [weight(50), weight(120)];
  const gamma = gammaTails(9);
  const margins: Readonly<Record<string, (x: number) => number>> = {
    AGE: (x) => (x < 40 ? (x - 18) ** 2 / (77 * 22) : 1 - (95 - x) ** 2 / (77 * 55)),
    WT: (x) => (weight(x) - from) / (to - from),
    CRCL: (x) => gamma.shares(x / 10)[0],
    eta_cl: (x) => normal_cdf(x / 0.5),
  };

  test.each(Object.keys(margins))('keep the distribution of %s', (name) => {
    expect(kolmogorov(of(columns, name), margins[name] ?? Number)).toBeLessThan(KOLMOGOROV_BAR);
  });

  test('keep the share of yes', () => {
    const { mean } = moments(of(columns, 'SMOKER'));
    expect(Math.abs(mean - 0.3)).toBeLessThan(5 * Math.sqrt((0.3 * 0.7) / N));
  });

  test('have the correlations asked for between their normal scores, within 4 standard errors', () => {
    const wanted: readonly (readonly [string, string, number])[] = [
      ['WT', 'AGE', 0.1], ['CRCL', 'AGE', -0.5], ['CRCL', 'WT', 0.3], ['eta_cl', 'AGE', 0], ['eta_cl', 'WT', -0.2], ['eta_cl', 'CRCL', 0.4],
    ]; // biome-ignore format: a table
    const scores = new Map(
      Object.entries(margins).map(([name, cdf]) => [
        name,
        Float64Array.from(of(columns, name), (x) => normal_quantile(cdf(x))),
      ]),
    );
    for (const [a, b, r] of wanted) {
      const got = covarianceOf(scores.get(a) ?? new Float64Array(), scores.get(b) ?? new Float64Array());
      expect(Math.abs(got - r), `${a}, ${b}`).toBeLessThan((4 * Math.sqrt(1 + r * r)) / Math.sqrt(N));
    }
  });

  test('tie a yes to the latent score: the mean of eta over those with yes is r sd density(z) / share', () => {
    const [yes, eta] = [of(columns, 'SMOKER'), of(columns, 'eta_cl')];
    let sum = 0;
    let count = 0;
    for (let i = 0; i < N; i++)
      if (yes[i] === 1) {
        sum += eta[i] ?? 0;
        count++;
      }
    const z = normal_quantile(0.7);
    const wanted = (0.3 * 0.5 * Math.exp(-0.5 * z * z)) / Math.sqrt(2 * Math.PI) / 0.3;
    expect(Math.abs(sum / count - wanted)).toBeLessThan((4 * 0.5) / Math.sqrt(count));
  });
});

describe('a correlation is refused', () => {
  const refused = (line: string) => said(`${PEOPLE}${line}`).filter((m) => !m.includes('never used'));
  test.each([
    ['correlation (AGE, WT) = 1.2', 'the correlation of AGE and WT is 1.2, and must be within -1 .. 1'],
    [
      'correlation (AGE, WT, ALB) = 0.9, 0.9, 0',
      'the correlation of WT and ALB can only be 0.62 .. 1, and is 0',
    ],
    ['correlation (AGE, WT, ALB) = 0.9, 0.2', '2 correlations for AGE, WT, ALB'],
    ['correlation (AGE, eta_a) = 0.2', 'eta_a varies together with eta_b already'],
    [
      'correlation (AGE, r) = 0.2',
      'r is a parameter, and only what patients are drawn with can be correlated',
    ],
    ['correlation (AGE, WT) = 0.2\ncorrelation (ALB, AGE) = 0.1', 'AGE is correlated twice'],
    ['correlation (AGE, WTT) = 0.2', 'unknown name WTT'],
    ['correlation (AGE) = 0.2', 'one name has no correlation'],
    ['correlation (AGE, WT) = 0.2 [kg]', 'the correlation of AGE and WT must be a plain number'],
  ])('%s', (line, message) => {
    expect(refused(line)).toHaveLength(1);
    expect(refused(line)[0]).toContain(message);
  });

  test('where a slider takes it out of bounds, with its name', () => {
    const cohort = cohortColumns(compiled(CORRELATED), { seed: '1', cohort: {}, set: { r: 2 } });
    expect('errors' in cohort && cohort.errors.join()).toContain(
      'correlation (AGE, WT, CRCL, SMOKER, eta_cl): the correlation',
    );
  });
});
