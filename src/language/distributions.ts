// The distributions of covariates as a table: one row is everything the language and the cohort know about one.
// In: parameters as expressions. Out: quantile, distribution function, median and support as expressions over the
// function table, so that derivative, text and machine code come from the same place as for any other formula; or, of
// rows whose quantile is no formula, as functions of numbers (numeric-distributions.ts).
// To add a distribution, add its name and its row; the parametrised tests find it.
import { call, type Expression, number } from './expression.ts';
import { NUMERIC } from './numeric-distributions.ts';
import type { Tails } from './special.ts';

export const DISTRIBUTION_NAMES = [
  'normal',
  'lognormal',
  'uniform',
  'triangular',
  'beta',
  'gamma',
  'weibull',
  'student_t',
  'discrete_uniform',
  'empirical',
  'bernoulli',
  'categorical',
] as const;
export type DistributionName = (typeof DISTRIBUTION_NAMES)[number];
export type Parameters = Readonly<Record<string, Expression>>;

/** 'own': in the covariate's unit; 'plain': a dimensionless number. */
export type ParameterUnit = 'own' | 'plain';

/** One way to write the parameters; `canonical` rewrites them where they are not the row's own. */
export interface Form {
  readonly names: readonly string[];
  readonly canonical?: (given: Parameters) => Parameters;
  /** Only for plain numbers: what is not given is a number of its own, such as the 0 .. 1 of a beta. */
  readonly plain?: true;
}

interface Common {
  /** Every parameter an author may write, with its unit rule. */
  readonly units: Readonly<Record<string, ParameterUnit>>;
  /** The row's own parameters, in order; a categorical has as many as categories: p0, p1, ...; a list also v0, v1, ... */
  readonly parameters: readonly string[] | 'p0..' | 'v0..';
  /** The combinations an author may write after `~`; empty where the covariate has a spelling of its own. */
  readonly forms: readonly Form[];
  /** Discrete distributions take no `within`. */
  readonly discrete: boolean;
  /** What is wrong with these values of the row's own parameters; null when nothing. */
  readonly refuse: (values: Readonly<Record<string, number>>) => string | null;
  /** For the reference page. */
  readonly usage: string;
}

/** A distribution whose quantile is a formula. */
export interface FormulaRow extends Common {
  readonly kind: 'formula';
  /** The standard draw it is made of. */
  readonly needs: 'normal' | 'uniform';
  /** The value below which a share p of the patients lies, 0 < p < 1. */
  readonly quantile: (p: Expression, parameters: Parameters) => Expression;
  /** The value from a standard normal draw; used when there is no truncation, and exact far into the tails. */
  readonly fromNormal?: (z: Expression, parameters: Parameters) => Expression;
  /** Inverse of fromNormal, for bounds of truncation: unlike cdf it keeps its precision in the upper tail. */
  readonly toNormal?: (x: Expression, parameters: Parameters) => Expression;
  readonly cdf: (x: Expression, parameters: Parameters) => Expression;
  readonly median: (parameters: Parameters) => Expression;
  /** Smallest and largest possible value; infinite where there is none. */
  readonly support: (parameters: Parameters) => readonly [Expression, Expression];
}

/** A distribution by loops over numbers: drawn from a uniform, in the same f64 everywhere. */
export interface NumericRow extends Common {
  readonly kind: 'numeric';
  readonly needs: 'uniform';
  /** The law for values of the row's own parameters that `refuse` accepts. */
  readonly law: (values: Readonly<Record<string, number>>) => Tails;
}

export type DistributionRow = FormulaRow | NumericRow;

const n = number;
const add = (a: Expression, b: Expression) => call('add', a, b);
const sub = (a: Expression, b: Expression) => call('sub', a, b);
const mul = (a: Expression, b: Expression) => call('mul', a, b);
const div = (a: Expression, b: Expression) => call('div', a, b);
const exp = (a: Expression) => call('exp', a);
const log = (a: Expression) => call('log', a);
const sqrt = (a: Expression) => call('sqrt', a);
const when = (c: Expression, a: Expression, b: Expression) => call('if', c, a, b);
const clamp01 = (a: Expression) => call('min', n(1), call('max', n(0), a));
/** A parameter that the form check has put there. */
const of = (parameters: Parameters, name: string): Expression => parameters[name] ?? n(Number.NaN);
const value = (values: Readonly<Record<string, number>>, name: string): number => values[name] ?? Number.NaN;

/** sd of log x from the coefficient of variation of x: sqrt(ln(1 + cv^2)). */
const sdlogOfCv = (cv: Expression) => sqrt(log(add(n(1), mul(cv, cv))));

/** p0, p1, ... as they stand in the record. */
const probabilities = (parameters: Parameters): readonly Expression[] => {
  const found: Expression[] = [];
  for (let k = 0; ; k++) {
    const p = parameters[`p${k}`];
    if (p === undefined) return found;
    found.push(p);
  }
};

/** Category k where the shares up to k reach p; the last one takes what rounding leaves. */
const categoryAt = (p: Expression, parameters: Parameters): Expression => {
  const shares = probabilities(parameters);
  const sums: Expression[] = [];
  for (const share of shares) {
    const before = sums.at(-1);
    sums.push(before === undefined ? share : add(before, share));
  }
  let chosen: Expression = n(Math.max(0, shares.length - 1));
  for (let k = shares.length - 2; k >= 0; k--) chosen = when(call('le', p, sums[k] ?? n(1)), n(k), chosen);
  return chosen;
};

/** Rising limb up to the share (mode - low) / (high - low), falling limb above it. */
const triangularQuantile = (p: Expression, q: Parameters): Expression => {
  const range = sub(of(q, 'high'), of(q, 'low'));
  const rise = sub(of(q, 'mode'), of(q, 'low'));
  const fall = sub(of(q, 'high'), of(q, 'mode'));
  return when(
    call('le', mul(p, range), rise),
    add(of(q, 'low'), sqrt(mul(mul(p, range), rise))),
    sub(of(q, 'high'), sqrt(mul(mul(sub(n(1), p), range), fall))),
  );
};

const FORMULAS = {
  normal: {
    kind: 'formula',
    units: { mean: 'own', sd: 'own', cv: 'plain' },
    parameters: ['mean', 'sd'],
    forms: [
      { names: ['mean', 'sd'] },
      {
        names: ['mean', 'cv'],
        canonical: (g) => ({ mean: of(g, 'mean'), sd: mul(of(g, 'cv'), of(g, 'mean')) }),
      },
    ],
    needs: 'normal',
    discrete: false,
    quantile: (p, q) => add(of(q, 'mean'), mul(of(q, 'sd'), call('normal_quantile', p))),
    fromNormal: (z, q) => add(of(q, 'mean'), mul(of(q, 'sd'), z)),
    toNormal: (x, q) => div(sub(x, of(q, 'mean')), of(q, 'sd')),
    cdf: (x, q) => call('normal_cdf', div(sub(x, of(q, 'mean')), of(q, 'sd'))),
    median: (q) => of(q, 'mean'),
    support: () => [n(Number.NEGATIVE_INFINITY), n(Number.POSITIVE_INFINITY)],
    refuse: (v) => (value(v, 'sd') > 0 ? null : `sd must be above 0, and is ${value(v, 'sd')}`),
    usage: 'normal(mean 60, sd 10) or normal(mean 60, cv 15 %)',
  },

  lognormal: {
    kind: 'formula',
    units: { median: 'own', sdlog: 'plain', mean: 'own', cv: 'plain' },
    parameters: ['median', 'sdlog'],
    forms: [
      { names: ['median', 'sdlog'] },
      {
        names: ['median', 'cv'],
        canonical: (g) => ({ median: of(g, 'median'), sdlog: sdlogOfCv(of(g, 'cv')) }),
      },
      {
        // Mean of a lognormal: median * exp(sdlog^2 / 2) = median * sqrt(1 + cv^2).
        names: ['mean', 'cv'],
        canonical: (g) => ({
          median: div(of(g, 'mean'), sqrt(add(n(1), mul(of(g, 'cv'), of(g, 'cv'))))),
          sdlog: sdlogOfCv(of(g, 'cv')),
        }),
      },
    ],
    needs: 'normal',
    discrete: false,
    quantile: (p, q) => mul(of(q, 'median'), exp(mul(of(q, 'sdlog'), call('normal_quantile', p)))),
    fromNormal: (z, q) => mul(of(q, 'median'), exp(mul(of(q, 'sdlog'), z))),
    toNormal: (x, q) =>
      when(
        call('gt', x, n(0)),
        div(log(div(x, of(q, 'median'))), of(q, 'sdlog')),
        n(Number.NEGATIVE_INFINITY),
      ),
    // log of 0 would be -infinity; nothing lies at or below 0.
    cdf: (x, q) =>
      when(
        call('gt', x, n(0)),
        call(
          'normal_cdf',
          div(log(div(call('max', x, mul(n(1e-30), of(q, 'median'))), of(q, 'median'))), of(q, 'sdlog')),
        ),
        n(0),
      ),
    median: (q) => of(q, 'median'),
    support: () => [n(0), n(Number.POSITIVE_INFINITY)],
    refuse: (v) => {
      if (!(value(v, 'median') > 0)) return `median must be above 0, and is ${value(v, 'median')}`;
      return value(v, 'sdlog') > 0 ? null : `sdlog must be above 0, and is ${value(v, 'sdlog')}`;
    },
    usage: 'lognormal(median 79, sdlog 0.27), lognormal(median 79, cv 28 %) or lognormal(mean 82, cv 28 %)',
  },

  uniform: {
    kind: 'formula',
    units: { low: 'own', high: 'own' },
    parameters: ['low', 'high'],
    forms: [{ names: ['low', 'high'] }],
    needs: 'uniform',
    discrete: false,
    quantile: (p, q) => add(of(q, 'low'), mul(p, sub(of(q, 'high'), of(q, 'low')))),
    cdf: (x, q) => clamp01(div(sub(x, of(q, 'low')), sub(of(q, 'high'), of(q, 'low')))),
    median: (q) => mul(n(0.5), add(of(q, 'low'), of(q, 'high'))),
    support: (q) => [of(q, 'low'), of(q, 'high')],
    refuse: (v) =>
      value(v, 'low') < value(v, 'high')
        ? null
        : `low (${value(v, 'low')}) must be below high (${value(v, 'high')})`,
    usage: 'uniform(low 0, high 1)',
  },

  triangular: {
    kind: 'formula',
    units: { low: 'own', mode: 'own', high: 'own' },
    parameters: ['low', 'mode', 'high'],
    forms: [{ names: ['low', 'mode', 'high'] }],
    needs: 'uniform',
    discrete: false,
    quantile: triangularQuantile,
    cdf: (x, q) => {
      const range = sub(of(q, 'high'), of(q, 'low'));
      const below = sub(x, of(q, 'low'));
      const above = sub(of(q, 'high'), x);
      const rising = div(div(mul(below, below), range), sub(of(q, 'mode'), of(q, 'low')));
      const falling = sub(n(1), div(div(mul(above, above), range), sub(of(q, 'high'), of(q, 'mode'))));
      const inside = when(call('lt', x, of(q, 'mode')), rising, falling);
      return when(call('le', x, of(q, 'low')), n(0), when(call('ge', x, of(q, 'high')), n(1), inside));
    },
    median: (q) => triangularQuantile(n(0.5), q),
    support: (q) => [of(q, 'low'), of(q, 'high')],
    refuse: (v) => {
      const [low, mode, high] = [value(v, 'low'), value(v, 'mode'), value(v, 'high')];
      return low <= mode && mode <= high && low < high
        ? null
        : `low (${low}), mode (${mode}) and high (${high}) must stand in that order, low below high`;
    },
    usage: 'triangular(low 40, mode 70, high 120)',
  },

  bernoulli: {
    kind: 'formula',
    units: { p: 'plain' },
    parameters: ['p'],
    forms: [],
    needs: 'uniform',
    discrete: true,
    quantile: (p, q) => when(call('gt', p, sub(n(1), of(q, 'p'))), n(1), n(0)),
    cdf: (x, q) => when(call('lt', x, n(0)), n(0), when(call('lt', x, n(1)), sub(n(1), of(q, 'p')), n(1))),
    median: (q) => when(call('gt', of(q, 'p'), n(0.5)), n(1), n(0)),
    support: () => [n(0), n(1)],
    refuse: (v) =>
      value(v, 'p') >= 0 && value(v, 'p') <= 1
        ? null
        : `a share must be within 0 .. 100 %, and is ${percent(value(v, 'p'))}`,
    usage: 'yes 18.5 %',
  },

  categorical: {
    kind: 'formula',
    units: {},
    parameters: 'p0..',
    forms: [],
    needs: 'uniform',
    discrete: true,
    quantile: categoryAt,
    cdf: (x, q) => {
      let share: Expression = n(0);
      probabilities(q).forEach((p, k) => {
        share = add(share, when(call('ge', x, n(k)), p, n(0)));
      });
      return share;
    },
    median: (q) => categoryAt(n(0.5), q),
    support: (q) => [n(0), n(Math.max(0, probabilities(q).length - 1))],
    refuse: (v) => {
      const shares = Object.values(v);
      const outside = shares.find((p) => !(p >= 0 && p <= 1));
      if (outside !== undefined) return `a share must be within 0 .. 100 %, and is ${percent(outside)}`;
      const sum = shares.reduce((a, b) => a + b, 0);
      // 0.2 %: three thirds written as 33.3 % are accepted, a forgotten category is not.
      return Math.abs(sum - 1) <= 0.002
        ? null
        : `the shares must add up to 100 %, and add up to ${percent(sum)}`;
    },
    usage: 'one of mild 60 %, moderate 30 %, severe 10 %',
  },
} satisfies Partial<Record<DistributionName, FormulaRow>>;

export const DISTRIBUTIONS: Readonly<Record<DistributionName, DistributionRow>> = { ...FORMULAS, ...NUMERIC };

const percent = (p: number): string => `${Number((100 * p).toPrecision(6))} %`;

/** The unit rule of a parameter that an author may write; undefined when the row has no such parameter. */
export function parameterUnit(row: DistributionRow, name: string): ParameterUnit | undefined {
  if (Object.hasOwn(row.units, name)) return row.units[name];
  if (row.parameters !== 'v0..') return undefined;
  if (/^v\d+$/.test(name)) return 'own';
  return /^p\d+$/.test(name) ? 'plain' : undefined;
}

export const isDistribution = (name: string): name is DistributionName =>
  (DISTRIBUTION_NAMES as readonly string[]).includes(name);
