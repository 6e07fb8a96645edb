// The distributions whose quantile is no formula of the language: rows of the table in distributions.ts. In: parameters as
// numbers. Out: shares on either side of a value and the value at a share, in deterministic f64 (special.ts). Each value is
// made of one uniform draw by the inverse distribution function, so that nobody's later draws ever shift.
import type { Form, NumericRow, Parameters } from './distributions.ts';
import { call, type Expression, number } from './expression.ts';
import { exp, log } from './plain.ts';
import { betaTails, gammaTails, studentTails, type Tails, unlogit } from './special.ts';

const sub = (a: Expression, b: Expression) => call('sub', a, b);
const mul = (a: Expression, b: Expression) => call('mul', a, b);
const div = (a: Expression, b: Expression) => call('div', a, b);
const of = (parameters: Parameters, name: string): Expression => parameters[name] ?? number(Number.NaN);
type Values = Readonly<Record<string, number>>;
const value = (values: Values, name: string): number => values[name] ?? Number.NaN;

/** Largest shapes and degrees of freedom: beyond, a normal is as good, and sums would grow long. */
const MAX_SHAPE = 1e5;
const MIN_SHAPE = 0.01;

const shape = (v: Values, name: string): string | null =>
  value(v, name) >= MIN_SHAPE && value(v, name) <= MAX_SHAPE
    ? null
    : `${name} must be within ${MIN_SHAPE} .. ${MAX_SHAPE}, and is ${value(v, name)}`;
const positive = (v: Values, name: string): string | null =>
  value(v, name) > 0 ? null : `${name} must be above 0, and is ${value(v, name)}`;
const first = (...problems: readonly (string | null)[]): string | null =>
  problems.find((problem) => problem !== null) ?? null;

/** A law of x from that of (x - shift) / scale. */
function moved({ shares, quantile }: Tails, shift: number, scale: number): Tails {
  return {
    shares: (x) => shares((x - shift) / scale),
    quantile: (p, q) => shift + scale * quantile(p, q),
  };
}

/** mean and sd on low .. high as the two shapes: m k and (1 - m) k, k = m (1 - m) / v - 1 for both in shares of the range. */
function betaByMean(g: Parameters, low: Expression, high: Expression): Parameters {
  const range = sub(high, low);
  const m = div(sub(of(g, 'mean'), low), range);
  const s = div(of(g, 'sd'), range);
  const k = sub(div(mul(m, sub(number(1), m)), mul(s, s)), number(1));
  return { alpha: mul(m, k), beta: mul(sub(number(1), m), k), low, high };
}
const betaForms: readonly Form[] = [
  { names: ['alpha', 'beta'], plain: true, canonical: (g) => ({ ...g, low: number(0), high: number(1) }) },
  { names: ['mean', 'sd'], plain: true, canonical: (g) => betaByMean(g, number(0), number(1)) },
  { names: ['alpha', 'beta', 'low', 'high'] },
  { names: ['mean', 'sd', 'low', 'high'], canonical: (g) => betaByMean(g, of(g, 'low'), of(g, 'high')) },
];

/** log(1 + x) from log alone: the rounding of 1 + x divides out (Kahan). */
function logOnePlus(x: number): number {
  const w = 1 + x;
  return w === 1 ? x : (log(w) * x) / (w - 1);
}
/** 1 - exp(-t). */
function oneMinusExp(t: number): number {
  const e = exp(-t);
  if (e === 1) return t;
  return e === 0 ? 1 : ((1 - e) * t) / -log(e);
}

/** v0, v1, ... with p0, p1, ... as they stand in the record, values ascending. */
function list(values: Values): { readonly at: readonly number[]; readonly upTo: readonly number[] } {
  const at: number[] = [];
  const upTo: number[] = [];
  for (let k = 0; values[`v${k}`] !== undefined; k++) {
    at.push(value(values, `v${k}`));
    upTo.push((upTo[k - 1] ?? 0) + value(values, `p${k}`));
  }
  return { at, upTo };
}

export const NUMERIC = {
  beta: {
    kind: 'numeric',
    units: { alpha: 'plain', beta: 'plain', mean: 'own', sd: 'own', low: 'own', high: 'own' },
    parameters: ['alpha', 'beta', 'low', 'high'],
    forms: betaForms,
    needs: 'uniform',
    discrete: false,
    law: (v) => {
      const { shares, logit } = betaTails(value(v, 'alpha'), value(v, 'beta'));
      const [low, high] = [value(v, 'low'), value(v, 'high')];
      return {
        shares: (x) => shares((x - low) / (high - low), (high - x) / (high - low)),
        quantile: (p, q) => {
          const [x, y] = unlogit(logit(p, q));
          // From the nearer end, so that a value close to it keeps its digits.
          return x <= y ? low + x * (high - low) : high - y * (high - low);
        },
      };
    },
    refuse: (v) => {
      if (!(value(v, 'low') < value(v, 'high')))
        return `low (${value(v, 'low')}) must be below high (${value(v, 'high')})`;
      if (value(v, 'alpha') <= 0 || value(v, 'beta') <= 0)
        return 'alpha and beta must be above 0; by mean and sd: the mean lies between the ends, and sd^2 is below (mean - low) (high - mean)';
      return first(shape(v, 'alpha'), shape(v, 'beta'));
    },
    usage:
      'beta(alpha 2, beta 5), beta(mean 30 %, sd 10 %) or, between other ends, beta(mean 5, sd 1, low 0, high 10)',
  },

  gamma: {
    kind: 'numeric',
    units: { shape: 'plain', scale: 'own', mean: 'own', sd: 'own', cv: 'plain' },
    parameters: ['shape', 'scale'],
    forms: [
      { names: ['shape', 'scale'] },
      {
        names: ['shape', 'mean'],
        canonical: (g) => ({ shape: of(g, 'shape'), scale: div(of(g, 'mean'), of(g, 'shape')) }),
      },
      {
        names: ['mean', 'sd'],
        canonical: (g) => {
          const ratio = div(of(g, 'mean'), of(g, 'sd'));
          return {
            shape: mul(ratio, ratio),
            scale: div(mul(of(g, 'sd'), of(g, 'sd')), of(g, 'mean')),
          };
        },
      },
      {
        names: ['mean', 'cv'],
        canonical: (g) => {
          const square = mul(of(g, 'cv'), of(g, 'cv'));
          return { shape: div(number(1), square), scale: mul(of(g, 'mean'), square) };
        },
      },
    ],
    needs: 'uniform',
    discrete: false,
    law: (v) => moved(gammaTails(value(v, 'shape')), 0, value(v, 'scale')),
    refuse: (v) => first(shape(v, 'shape'), positive(v, 'scale')),
    usage:
      'gamma(shape 2, scale 10), gamma(shape 2, mean 20), gamma(mean 20, sd 14) or gamma(mean 20, cv 70 %)',
  },

  weibull: {
    kind: 'numeric',
    units: { shape: 'plain', scale: 'own', median: 'own' },
    parameters: ['shape', 'scale'],
    forms: [
      { names: ['shape', 'scale'] },
      {
        // The median is scale * log(2)^(1 / shape).
        names: ['shape', 'median'],
        canonical: (g) => ({
          shape: of(g, 'shape'),
          scale: div(
            of(g, 'median'),
            call('pow', number(0.6931471805599453), div(number(1), of(g, 'shape'))),
          ),
        }),
      },
    ],
    needs: 'uniform',
    discrete: false,
    law: (v) => {
      const [k, scale] = [value(v, 'shape'), value(v, 'scale')];
      return {
        shares: (x) => {
          const hazard = x > 0 ? exp(k * log(x / scale)) : 0;
          return [oneMinusExp(hazard), exp(-hazard)];
        },
        quantile: (p, q) => scale * exp(log(p < q ? -logOnePlus(-p) : -log(q)) / k),
      };
    },
    refuse: (v) => first(shape(v, 'shape'), positive(v, 'scale')),
    usage: 'weibull(shape 1.5, scale 10) or weibull(shape 1.5, median 8)',
  },

  student_t: {
    kind: 'numeric',
    units: { df: 'plain', location: 'own', scale: 'own', mean: 'own', sd: 'own' },
    parameters: ['df', 'location', 'scale'],
    forms: [
      { names: ['df', 'location', 'scale'] },
      {
        // The variance is scale^2 df / (df - 2).
        names: ['df', 'mean', 'sd'],
        canonical: (g) => ({
          df: of(g, 'df'),
          location: of(g, 'mean'),
          scale: mul(of(g, 'sd'), call('sqrt', sub(number(1), div(number(2), of(g, 'df'))))),
        }),
      },
    ],
    needs: 'uniform',
    discrete: false,
    law: (v) => moved(studentTails(value(v, 'df')), value(v, 'location'), value(v, 'scale')),
    refuse: (v) => {
      const df = value(v, 'df');
      if (!(df >= 0.1 && df <= MAX_SHAPE)) return `df must be within 0.1 .. ${MAX_SHAPE}, and is ${df}`;
      return value(v, 'scale') > 0
        ? null
        : `scale must be above 0, and is ${value(v, 'scale')}; an sd exists for df above 2 only`;
    },
    usage: 'student_t(df 4, location 60, scale 10) or student_t(df 4, mean 60, sd 14)',
  },

  discrete_uniform: {
    kind: 'numeric',
    units: { low: 'own', high: 'own' },
    parameters: ['low', 'high'],
    forms: [{ names: ['low', 'high'] }],
    needs: 'uniform',
    discrete: true,
    law: (v) => {
      const [low, high] = [value(v, 'low'), value(v, 'high')];
      const count = high - low + 1;
      return {
        shares: (x) => {
          const below = Math.min(count, Math.max(0, Math.floor(x) - low + 1)) / count;
          return [below, 1 - below];
        },
        quantile: (p) => low + Math.min(count, Math.max(1, Math.ceil(p * count))) - 1,
      };
    },
    refuse: (v) => {
      const ends = [value(v, 'low'), value(v, 'high')];
      // Whole numbers up to 2^24 have an f32 of their own.
      const odd = ends.find((x) => !Number.isInteger(x) || Math.abs(x) > 2 ** 24);
      if (odd !== undefined) return `the ends must be whole numbers up to 16777216, and one is ${odd}`;
      return value(v, 'low') < value(v, 'high')
        ? null
        : `low (${value(v, 'low')}) must be below high (${value(v, 'high')})`;
    },
    usage: 'discrete_uniform(low 1, high 6)',
  },

  empirical: {
    kind: 'numeric',
    units: {},
    parameters: 'v0..',
    forms: [],
    needs: 'uniform',
    discrete: true,
    law: (v) => {
      const { at, upTo } = list(v);
      return {
        shares: (x) => {
          let below = 0;
          for (let k = 0; k < at.length && (at[k] ?? Number.NaN) <= x; k++) below = upTo[k] ?? 0;
          return [below, 1 - below];
        },
        // The first value whose shares reach p; the last one takes what rounding leaves.
        quantile: (p) => {
          let from = 0;
          let to = at.length - 1;
          while (from < to) {
            const middle = (from + to) >> 1;
            if (p <= (upTo[middle] ?? 1)) to = middle;
            else from = middle + 1;
          }
          return at[from] ?? Number.NaN;
        },
      };
    },
    refuse: (v) => {
      const { at, upTo } = list(v);
      if (at.some((x) => !Number.isFinite(x))) return 'a value is not a number that can be used';
      const shares = at.map((_, k) => value(v, `p${k}`));
      const outside = shares.find((p) => !(p >= 0 && p <= 1));
      if (outside !== undefined) return `a share must be within 0 .. 100 %, and is ${percent(outside)}`;
      const sum = upTo.at(-1) ?? 0;
      // 0.2 %, as with categories.
      return Math.abs(sum - 1) <= 0.002
        ? null
        : `the shares must add up to 100 %, and add up to ${percent(sum)}`;
    },
    usage: 'empirical(58, 63.5, 70, 81) or empirical(58 10 %, 63.5 40 %, 70 50 %)',
  },
} satisfies Readonly<Record<string, NumericRow>>;

const percent = (p: number): string => `${Number((100 * p).toPrecision(6))} %`;
