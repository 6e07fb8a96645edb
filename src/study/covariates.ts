// One covariate of one cohort: its law, with what is the same for every patient already put in. In: a covariate, the
// study's values, an override from the study document. Out: the patient's value as an expression over a standard draw
// and the earlier covariates, its bounds, its typical value; or what is wrong with the numbers.
import {
  DISTRIBUTIONS,
  type DistributionRow,
  type FormulaRow,
  isDistribution,
  type NumericRow,
  type Parameters,
  parameterUnit,
} from '../language/distributions.ts';
import { call, type Expression, number, symbol } from '../language/expression.ts';
import type { Covariate } from '../language/model.ts';
import { suggestion } from './closest.ts';
import { constant, settle } from './formula.ts';
import { cutNormal, cutShare, cutTails, keptOfNormal, roundWithin } from './truncation.ts';

/** The name of the standard draw in a law's expressions. */
export const DRAW = '#draw';

interface CommonLaw {
  readonly bounds: Bounds | null;
  /** Median (truncated where the law is), or the likeliest value of a category, as an f32; over earlier covariates. */
  readonly typical: (earlier: ReadonlyMap<string, number>) => number;
  /** What is wrong with the parameters for a patient with these earlier covariates; null when nothing. */
  readonly refuse: (earlier: ReadonlyMap<string, number>) => string | null;
  /** Everything that fixes the values, but for the draw. */
  readonly expressions: readonly Expression[];
}
export interface FormulaLaw extends CommonLaw {
  readonly kind: 'formula';
  readonly needs: 'uniform' | 'normal';
  /** f64 value over DRAW and earlier covariates; rounded to f32 inside the bounds where there are any. */
  readonly value: Expression;
}
export interface NumericLaw extends CommonLaw {
  readonly kind: 'numeric';
  readonly needs: 'uniform';
  readonly row: NumericRow;
  /** The row's parameters over earlier covariates. */
  readonly parameters: readonly (readonly [name: string, value: Expression])[];
}
export type Law = FormulaLaw | NumericLaw;
export interface Bounds {
  readonly low: Expression;
  readonly high: Expression;
}

export interface Scope {
  /** What is the same for all patients. */
  readonly known: ReadonlyMap<string, number>;
  /** Per-patient definitions, which are put in where they are named. */
  readonly inlined: ReadonlyMap<string, Expression>;
}

export function rowOf(covariate: Covariate): DistributionRow {
  const { kind } = covariate.distribution;
  if (!isDistribution(kind))
    throw new Error(`${covariate.name} has the distribution "${kind}", which has no row`);
  return DISTRIBUTIONS[kind];
}

export function lawOf(covariate: Covariate, parameters: Parameters, scope: Scope): Law {
  const row = rowOf(covariate);
  const put = (e: Expression) => settle(e, scope.known, scope.inlined);
  const own = Object.fromEntries(Object.entries(parameters).map(([name, e]) => [name, put(e)]));
  const { within } = covariate.distribution;
  const bounds =
    within === undefined || row.discrete ? null : { low: put(within.low), high: put(within.high) };
  return row.kind === 'numeric' ? numericLaw(row, own, bounds) : formulaLaw(covariate, row, own, bounds, put);
}

const refusal =
  (row: DistributionRow, own: Parameters) =>
  (earlier: ReadonlyMap<string, number>): string | null =>
    row.refuse(numbersOf(own, earlier));

const numbersOf = (own: Parameters, earlier: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(own).map(([name, e]) => [name, constant(e, earlier)]));

/** What is wrong with bounds; `kept` is the share of patients within them. */
function outside(low: number, high: number, kept: () => number): string | null {
  if (!(low < high))
    return `within ${low} .. ${high} leaves nothing; the first bound must be below the second`;
  return kept() > 1e-290 ? null : `practically nobody lies within ${low} .. ${high}; widen it`;
}

function formulaLaw(
  covariate: Covariate,
  row: FormulaRow,
  own: Parameters,
  bounds: Bounds | null,
  put: (e: Expression) => Expression,
): FormulaLaw {
  const draw = symbol(DRAW);
  const refuse = refusal(row, own);
  if (bounds === null) {
    const direct = row.needs === 'normal' ? row.fromNormal : undefined;
    const value = put(direct ? direct(draw, own) : row.quantile(draw, own));
    return {
      kind: 'formula',
      needs: direct ? 'normal' : 'uniform',
      value,
      bounds,
      typical: (earlier) =>
        row.discrete
          ? likeliest(covariate, row, own, earlier)
          : Math.fround(constant(row.median(own), earlier)),
      refuse,
      expressions: [value],
    };
  }
  const cut = cutTo(bounds, row, own);
  const value = put(cut.value(draw));
  return {
    kind: 'formula',
    needs: 'uniform',
    value,
    bounds,
    typical: (earlier) => {
      const middle = constant(value, new Map([...earlier, [DRAW, 0.5]]));
      return roundWithin(middle, constant(bounds.low, earlier), constant(bounds.high, earlier));
    },
    refuse: (earlier) => {
      const [low, high] = [constant(bounds.low, earlier), constant(bounds.high, earlier)];
      return low < high
        ? (refuse(earlier) ?? outside(low, high, () => constant(cut.kept, earlier)))
        : outside(low, high, () => 0);
    },
    expressions: [value, bounds.low, bounds.high],
  };
}

function numericLaw(row: NumericRow, own: Parameters, bounds: Bounds | null): NumericLaw {
  const refuse = refusal(row, own);
  const common = {
    kind: 'numeric',
    needs: 'uniform',
    row,
    parameters: Object.entries(own),
    bounds,
    expressions: [...Object.values(own), ...(bounds ? [bounds.low, bounds.high] : [])],
  } as const;
  const lawAt = (earlier: ReadonlyMap<string, number>) => row.law(numbersOf(own, earlier));
  if (bounds === null)
    return { ...common, typical: (earlier) => Math.fround(lawAt(earlier).quantile(0.5, 0.5)), refuse };
  const ends = (earlier: ReadonlyMap<string, number>) =>
    [constant(bounds.low, earlier), constant(bounds.high, earlier)] as const;
  return {
    ...common,
    typical: (earlier) => {
      const [low, high] = ends(earlier);
      return roundWithin(cutTails(lawAt(earlier), low, high).value(0.5), low, high);
    },
    refuse: (earlier) => {
      const [low, high] = ends(earlier);
      if (!(low < high)) return outside(low, high, () => 0);
      return refuse(earlier) ?? outside(low, high, () => cutTails(lawAt(earlier), low, high).kept);
    },
  };
}

/** The value at a uniform draw, and the share of patients, within bounds. */
function cutTo(bounds: Bounds, row: FormulaRow, own: Parameters) {
  const { fromNormal, toNormal } = row;
  if (fromNormal && toNormal) {
    // Made of a normal: the bounds are taken to the standard normal scale, which has two precise tails.
    const [low, high] = [toNormal(bounds.low, own), toNormal(bounds.high, own)];
    return {
      value: (u: Expression) => fromNormal(cutNormal(u, low, high), own),
      kept: keptOfNormal(low, high),
    };
  }
  const [from, to] = [row.cdf(bounds.low, own), row.cdf(bounds.high, own)];
  return {
    value: (u: Expression) => row.quantile(cutShare(u, from, to), own),
    kept: call('sub', to, from),
  };
}

/** The value with the largest share; of equals the first. */
function likeliest(
  covariate: Covariate,
  row: FormulaRow,
  own: Parameters,
  earlier: ReadonlyMap<string, number>,
): number {
  const count = covariate.type === 'category' ? covariate.categories.length : 2;
  let best = 0;
  let most = Number.NEGATIVE_INFINITY;
  let before = 0;
  for (let k = 0; k < count; k++) {
    const upTo = constant(row.cdf(number(k), own), earlier);
    // Sums of shares carry rounding: only a visible difference counts.
    if (upTo - before > most + 1e-12) {
      best = k;
      most = upTo - before;
    }
    before = upTo;
  }
  return best;
}

/**
 * The covariate's parameters after an override by name; `errors` hears of names that are not parameters, under the
 * field they were written in. Accepts the row's own parameters, the forms an author may write, categories by name.
 */
export function overridden(
  covariate: Covariate,
  override: Readonly<Record<string, number>>,
  field: string,
  errors: string[],
): Parameters {
  const row = rowOf(covariate);
  const before = covariate.distribution.parameters;
  const own = Object.keys(before);
  const isParameter = (key: string) => own.includes(key) || parameterUnit(row, key) !== undefined;
  const given: Record<string, Expression> = {};
  for (const [name, value] of Object.entries(override)) {
    const category = covariate.categories.indexOf(name);
    const key = category >= 0 && covariate.type === 'category' ? `p${category}` : name;
    const known = [
      ...new Set([
        ...covariate.categories,
        ...own.filter(() => covariate.type !== 'category'),
        ...Object.keys(row.units),
      ]),
    ];
    if (!isParameter(key)) {
      const law = covariate.distribution.kind;
      errors.push(`${field}.${name}: ${law} has no parameter ${name}; ${suggestion(name, known)}`);
    } else if (!Number.isFinite(value))
      errors.push(`${field}.${name}: ${value} is not a number that can be used`);
    else given[key] = number(value);
  }
  const names = Object.keys(given);
  if (names.every((name) => own.includes(name))) return { ...before, ...given };
  // A form in which everything given has a place and the rest is already there: cv beside the median it had.
  const form = row.forms.find(
    (candidate) =>
      names.every((name) => candidate.names.includes(name)) &&
      candidate.names.every((name) => names.includes(name) || own.includes(name)),
  );
  if (form === undefined) {
    const forms = row.forms.map((candidate) => candidate.names.join(' + ')).join(', or ');
    const problem = names.length === 1 ? 'alone is not enough' : 'do not go together';
    errors.push(`${field}: ${names.join(' + ')} ${problem}; give ${forms || own.join(' + ')}`);
    return before;
  }
  const complete = { ...before, ...given };
  return form.canonical ? form.canonical(complete) : complete;
}
