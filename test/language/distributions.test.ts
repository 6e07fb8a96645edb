// Every row of the table of distributions, as f64 numbers: quantile and distribution function undo each other, the
// median has half below it, shortcuts over normal draws agree, and every way to write the parameters is accepted.
import { describe, expect, test } from 'vitest';
import {
  DISTRIBUTION_NAMES,
  DISTRIBUTIONS,
  type DistributionName,
  type Parameters,
} from '../../src/language/distributions.ts';
import { evaluate } from '../../src/language/evaluate.ts';
import { type Expression, number, symbol } from '../../src/language/expression.ts';
import { normal_cdf } from '../../src/language/math.ts';
import { compiled, tree } from './small.ts';

const P = [0.001, 0.1, 0.3, 0.5, 0.62, 0.9, 0.999];
const at = (e: Expression, x: number): number => evaluate(e, () => x);
const value = (e: Expression): number => evaluate(e, () => Number.NaN);

/** Parameters of its own for every row. */
const SAMPLE: Readonly<Record<DistributionName, Readonly<Record<string, number>>>> = {
  normal: { mean: 60, sd: 10 },
  lognormal: { median: 79, sdlog: 0.27 },
  uniform: { low: 2, high: 6 },
  triangular: { low: 40, mode: 70, high: 120 },
  beta: { alpha: 2, beta: 5, low: 0, high: 10 },
  gamma: { shape: 2.5, scale: 4 },
  weibull: { shape: 1.5, scale: 10 },
  student_t: { df: 4, location: 60, scale: 10 },
  discrete_uniform: { low: 1, high: 6 },
  empirical: { v0: 58, p0: 0.1, v1: 63.5, p1: 0.4, v2: 70, p2: 0.5 },
  bernoulli: { p: 0.185 },
  categorical: { p0: 0.6, p1: 0.3, p2: 0.1 },
};
/** Values that suit every row's forms. */
const WRITTEN: Readonly<Record<string, number>> = {
  mean: 0.5, sd: 0.1, cv: 0.3, median: 2, sdlog: 0.3, low: 0, mode: 0.5, high: 1, alpha: 2, beta: 3, shape: 2, scale: 3, df: 4,
  location: 1,
}; // biome-ignore format: a table
const parametersOf = (name: DistributionName): Parameters =>
  Object.fromEntries(Object.entries(SAMPLE[name]).map(([key, x]) => [key, number(x)]));

const FORMULAS = DISTRIBUTION_NAMES.flatMap((name) => {
  const row = DISTRIBUTIONS[name];
  return row.kind === 'formula' ? [{ name, row }] : [];
});
const NUMERIC = DISTRIBUTION_NAMES.flatMap((name) => {
  const row = DISTRIBUTIONS[name];
  return row.kind === 'numeric' ? [{ name, row }] : [];
});

describe.each(NUMERIC)('$name', ({ name, row }) => {
  const { shares, quantile } = row.law(SAMPLE[name]);

  test('has a quantile that its shares undo, from either side', () => {
    for (const p of P) {
      const x = quantile(p, 1 - p);
      const [below, above] = shares(x);
      expect(below + above).toBeCloseTo(1, 14);
      if (row.discrete) {
        // The smallest value with at least p at or below it.
        expect(below).toBeGreaterThanOrEqual(p - 1e-12);
        expect(shares(x - 1e-9)[0]).toBeLessThan(p);
      } else expect(below).toBeCloseTo(p, 13);
    }
  });

  test('rises with the share, far into both tails', () => {
    const ladder = [1e-16, 1e-9, 1e-3, 0.2, 0.8, 0.999, 1 - 2 ** -30, 1 - 2 ** -52];
    const values = ladder.map((p) => quantile(p, 1 - p));
    expect(values.every(Number.isFinite)).toBe(true);
    for (let k = 1; k < values.length; k++)
      expect(values[k]).toBeGreaterThanOrEqual(values[k - 1] ?? Number.NaN);
  });
});

describe.each(FORMULAS)('$name', ({ name, row }) => {
  const parameters = parametersOf(name);
  const quantile = row.quantile(symbol('p'), parameters);
  const cdf = row.cdf(symbol('x'), parameters);

  test('has a quantile that its distribution function undoes', () => {
    for (const p of P) {
      const x = at(quantile, p);
      if (row.discrete) {
        // The smallest value with at least p at or below it.
        expect(at(cdf, x)).toBeGreaterThanOrEqual(p - 1e-12);
        expect(at(cdf, x - 1)).toBeLessThan(p);
      } else expect(at(cdf, x)).toBeCloseTo(p, 12);
    }
  });

  test('has a median with half of the patients below it', () => {
    expect(value(row.median(parameters))).toBeCloseTo(at(quantile, 0.5), 10);
  });

  test('stays within its support', () => {
    const [low, high] = row.support(parameters).map(value);
    expect(at(quantile, 1e-9)).toBeGreaterThanOrEqual(low ?? Number.NaN);
    expect(at(quantile, 1 - 1e-9)).toBeLessThanOrEqual(high ?? Number.NaN);
  });

  test('gives the same from a normal draw as from its share of patients', () => {
    if (row.fromNormal === undefined) {
      expect(row.needs).toBe('uniform');
      return;
    }
    const fromNormal = row.fromNormal(symbol('z'), parameters);
    for (const z of [-3, -1, 0, 0.5, 2.5])
      expect(at(fromNormal, z) / at(quantile, normal_cdf(z))).toBeCloseTo(1, 9);
    const toNormal = row.toNormal?.(symbol('x'), parameters);
    if (toNormal !== undefined)
      for (const z of [-3, 0, 2.5]) expect(at(toNormal, at(fromNormal, z))).toBeCloseTo(z, 12);
  });
});

describe.each(DISTRIBUTION_NAMES)('%s', (name) => {
  const row = DISTRIBUTIONS[name];

  test('accepts its sample and refuses values that are no distribution', () => {
    expect(row.refuse(SAMPLE[name])).toBeNull();
    const bad = Object.fromEntries(Object.keys(SAMPLE[name]).map((key) => [key, -1]));
    expect(row.refuse(bad)).not.toBeNull();
  });

  test('compiles in every form it may be written', () => {
    for (const form of row.forms) {
      const written = form.names.map((parameter) => `${parameter} ${WRITTEN[parameter]}`).join(', ');
      const unit = form.plain ? '1' : 'kg';
      const { distribution } = compiled(`covariate X : ${unit} ~ ${name}(${written})`).covariates[0] ?? {};
      expect(distribution?.kind).toBe(name);
      expect(Object.keys(distribution?.parameters ?? {}).sort()).toEqual([...row.parameters].sort());
    }
    if (row.forms.length > 0) return;
    if (row.parameters === 'v0..') {
      for (const usage of row.usage.split(' or '))
        expect(compiled(`covariate X : kg ~ ${usage}`).covariates[0]?.distribution.kind).toBe(name);
      return;
    }
    expect(compiled(`covariate X : ${row.usage}`).covariates[0]?.distribution.kind).toBe(name);
  });
});

test('a lognormal by mean and cv has that mean and cv, by numerical integration over its quantiles', () => {
  const { distribution } = compiled('covariate X : kg ~ lognormal(mean 82, cv 28 %)').covariates[0] ?? {};
  const lognormal = DISTRIBUTIONS.lognormal;
  if (lognormal.kind !== 'formula') throw new Error('a lognormal is a formula');
  const quantile = lognormal.quantile(symbol('p'), distribution?.parameters ?? {});
  const count = 200_000;
  let sum = 0;
  let squares = 0;
  for (let k = 0; k < count; k++) {
    const x = at(quantile, (k + 0.5) / count);
    sum += x;
    squares += x * x;
  }
  const mean = sum / count;
  expect(mean).toBeCloseTo(82, 2);
  expect(Math.sqrt(squares / count - mean ** 2) / mean).toBeCloseTo(0.28, 3);
  expect(tree(distribution?.parameters.sdlog)).toMatch(/^0\.27/);
});
