// The patients of a study as columns. In: a Model, the study's seed, cohort and typical values, perhaps a table.
// Out: a ColumnSource (covariates in model order, then random effects), the same for every backend: each value is
// computed in deterministic f64 and rounded once to f32. Or everything that is wrong, by field.
import type { ColumnSource } from '../engine/backend.ts';
import { createDraws, type Draws, type Sampler, typescriptSampler } from '../engine/draws.ts';
import { isSeed } from '../engine/philox.ts';
import { sharedStreams } from '../engine/purposes.ts';
import { compile } from '../language/evaluate.ts';
import type { Expression } from '../language/expression.ts';
import { symbolsOf } from '../language/fold.ts';
import type { Covariate, Model } from '../language/model.ts';
import { suggestion } from './closest.ts';
import { cholesky } from './covariance.ts';
import { type Bounds, DRAW, type Law, lawOf, overridden, rowOf, type Scope } from './covariates.ts';
import { sha256 } from './digest.ts';
import { constant, patientDefinitions, spelled, studyValues } from './formula.ts';
import type { Cohort } from './study.ts';
import type { Table } from './table.ts';
import { roundWithin } from './truncation.ts';
import { withinOf } from './within.ts';

export interface CohortOptions {
  /** Decimal digits of a 64-bit number. */
  readonly seed: string;
  readonly cohort: Cohort;
  /** Typical values by parameter name; distributions may depend on them. */
  readonly set?: Readonly<Record<string, number>>;
  /** Covariates of real patients, repeated row by row; takes the distributions' place. */
  readonly table?: Table;
  /** Covariates that the table does not have are drawn; typical patients keep those that it has. */
  readonly partial?: boolean;
  /** Where standard draws come from; a faster one gives the same bits. */
  readonly sampler?: Sampler;
  /** Evaluates a law for many patients; a faster one gives the same bits. */
  readonly evaluate?: ColumnEvaluator;
}

export interface CohortColumns {
  readonly source: ColumnSource;
  /** Covariates in model order, then random effects in model order. */
  readonly names: readonly string[];
  readonly warnings: readonly string[];
}
export type CohortResult = CohortColumns | { readonly errors: readonly string[] };

/** Applies an expression to columns of equal length: inputs[i] is the column named names[i]. */
export type ColumnEvaluator = (
  expression: Expression,
  names: readonly string[],
) => (inputs: readonly Float64Array[], out: Float64Array) => void;

/** Where a column's numbers come from. `identity` has everything that fixes them, but for the seed. */
type Column =
  | { readonly kind: 'constant'; readonly value: number; readonly identity: unknown }
  | { readonly kind: 'rows'; readonly values: Float64Array; readonly identity: unknown }
  | {
      readonly kind: 'law';
      readonly name: string;
      readonly law: Law;
      readonly fill: Fill;
      readonly identity: unknown;
    }
  | { readonly kind: 'effect'; readonly weights: readonly Weight[]; readonly identity: unknown };

/** A random effect is the sum of weight * z(name) over its block (a row of the Cholesky factor). */
interface Weight {
  readonly name: string;
  readonly weight: number;
}
type Fill = (draw: Float64Array, earlier: ReadonlyMap<string, Float64Array>, out: Float64Array) => void;

export function cohortColumns(model: Model, options: CohortOptions): CohortResult {
  const errors: string[] = [];
  const warnings: string[] = [...(options.table?.warnings ?? [])];
  const { seed } = options;
  if (!isSeed(seed))
    errors.push(`cohort.seed: "${seed}" is not a whole number from 0 to 18446744073709551615`);
  const names = [
    ...model.covariates.map(({ name }) => name),
    ...model.random.flatMap((block) => block.names),
  ];
  errors.push(...sharedStreams(names));

  const known = studyValues(model, options.set);
  const covariates = covariateColumns(model, options, known, errors, warnings);
  const effects = options.cohort.typical
    ? model.random.flatMap((block) => block.names.map(() => fixed(0)))
    : effectColumns(model, known, errors);
  if (errors.length > 0) return { errors };

  const columns = [...covariates, ...effects];
  const drawn = columns.some(({ kind }) => kind === 'law' || kind === 'effect');
  const draws = createDraws(seed, options.sampler ?? typescriptSampler);
  const identity = {
    names,
    seed: drawn ? draws.seed : null,
    columns: columns.map((column) => column.identity),
  };
  const key = sha256(JSON.stringify(identity, (_, value) => (isOddNumber(value) ? String(value) : value)));
  const read = (first: number, count: number) => readColumns(columns, names, draws, first, count);
  return { source: { key, read }, names, warnings };
}

/** JSON has no word for these. */
const isOddNumber = (value: unknown): boolean =>
  typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0));

const fixed = (value: number): Column => ({
  kind: 'constant',
  value: Math.fround(value),
  identity: Math.fround(value),
});

function covariateColumns(
  model: Model,
  options: CohortOptions,
  known: ReadonlyMap<string, number>,
  errors: string[],
  warnings: string[],
): Column[] {
  const { cohort, table, partial = false } = options;
  const set = cohort.set ?? {};
  const covariateNames = model.covariates.map(({ name }) => name);
  for (const name of Object.keys(set)) {
    if (covariateNames.includes(name)) continue;
    errors.push(
      `cohort.set.${name}: the model has no covariate ${name}; ${suggestion(name, covariateNames)}`,
    );
  }
  const scope: Scope = { known, inlined: patientDefinitions(model, known) };
  const outside = withinOf(model, options.set);
  const typical = new Map<string, number>();

  return model.covariates.map((covariate): Column => {
    const { name } = covariate;
    const field = `cohort.set.${name}`;
    const override = Object.hasOwn(set, name) ? set[name] : undefined;
    const column = (): Column => {
      if (typeof override === 'number') {
        const wrong = wrongConstant(covariate, override);
        if (wrong !== null) errors.push(`${field}: ${wrong}`);
        const beyond = outside(covariate, override, Object.fromEntries(typical));
        if (wrong === null && beyond !== null) warnings.push(`${name}: ${beyond}`);
        typical.set(name, Math.fround(override));
        return fixed(override);
      }
      const values = table && Object.hasOwn(table.columns, name) ? table.columns[name] : undefined;
      if (table !== undefined && !(partial && values === undefined)) {
        if (override !== undefined) {
          errors.push(
            `${field}: ${name} comes from the table, so its distribution is not used; give one number, or leave it out`,
          );
        }
        if (values === undefined || table.rows === 0) {
          errors.push(`the table has no column ${name}; add it, or give ${field} a number`);
          return fixed(0);
        }
        typical.set(name, Math.fround(typicalOf(values, covariate)));
        const rounded = values.map(Math.fround);
        return { kind: 'rows', values: rounded, identity: { table: table.digest, name } };
      }
      const before = errors.length;
      const parameters = override
        ? overridden(covariate, override, field, errors)
        : covariate.distribution.parameters;
      const law = lawOf(covariate, parameters, scope);
      const wrong = errors.length > before ? null : law.refuse(typical);
      if (wrong !== null) errors.push(`${override ? field : `covariate ${name}`}: ${wrong}`);
      typical.set(name, law.typical(typical));
      const expressions = [law.value, ...(law.bounds ? [law.bounds.low, law.bounds.high] : [])];
      const used = symbolsOf(...expressions);
      const earlier = covariateNames
        .slice(0, covariateNames.indexOf(name))
        .filter((other) => used.has(other));
      const fill = fillOf(law, earlier, options.evaluate ?? evaluateWithTape);
      return { kind: 'law', name, law, fill, identity: expressions.map(spelled) };
    };
    const made = column();
    if (partial && made.kind === 'rows') return made;
    return cohort.typical ? fixed(typical.get(name) ?? Number.NaN) : made;
  });
}

/** What is wrong with one number for everybody. */
function wrongConstant(covariate: Covariate, value: number): string | null {
  if (!Number.isFinite(Math.fround(value))) return `${value} is not a number that can be used`;
  if (covariate.type === 'yes/no' && value !== 0 && value !== 1)
    return `${value} is neither 1 (yes) nor 0 (no)`;
  const last = covariate.categories.length - 1;
  if (covariate.type === 'category' && !(Number.isInteger(value) && value >= 0 && value <= last)) {
    return `${value} is not a category; ${covariate.categories.map((c, k) => `${k} is ${c}`).join(', ')}`;
  }
  return null;
}

/** Of a table's column: the median (halfway between the middle two), or the commonest of a discrete covariate. */
function typicalOf(values: Float64Array, covariate: Covariate): number {
  if (!rowOf(covariate).discrete) {
    const sorted = values.slice().sort();
    const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
    const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
    return (lower + upper) / 2;
  }
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || a - b)[0]?.[0] ?? Number.NaN;
}

function effectColumns(model: Model, known: ReadonlyMap<string, number>, errors: string[]): Column[] {
  return model.random.flatMap((block): Column[] => {
    const matrix = block.covariance.map((row) => row.map((e) => constant(e, known)));
    const factor = cholesky(matrix, block.names);
    if (factor.kind === 'refused') {
      const title = block.names.length === 1 ? block.names[0] : `(${block.names.join(', ')})`;
      errors.push(`random ${title}: ${factor.reason}`);
      return [];
    }
    return block.names.map((_, i): Column => {
      const weights = block.names
        .slice(0, i + 1)
        .map((name, j) => ({ name, weight: factor.lower[i * factor.size + j] ?? 0 }));
      return { kind: 'effect', weights, identity: weights };
    });
  });
}

function readColumns(
  columns: readonly Column[],
  names: readonly string[],
  draws: Draws,
  first: number,
  count: number,
) {
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count) || first < 0 || count < 0) {
    throw new RangeError(
      `patients ${first} .. ${first} + ${count} are not patients; both must be whole and not negative`,
    );
  }
  const all = new Float32Array(columns.length * count);
  const done = new Map<string, Float64Array>();
  columns.forEach((column, c) => {
    const values = new Float64Array(count);
    switch (column.kind) {
      case 'constant':
        values.fill(column.value);
        break;
      case 'rows': {
        const rows = column.values.length;
        for (let i = 0; i < count; i++) values[i] = column.values[(first + i) % rows] ?? Number.NaN;
        break;
      }
      case 'law':
        column.fill(draws.read(column.law.needs, 'covariate', column.name, first, count), done, values);
        break;
      case 'effect': {
        for (const { name, weight } of column.weights) {
          if (weight === 0) continue;
          const z = draws.read('normal', 'random effect', name, first, count);
          for (let i = 0; i < count; i++) values[i] = (values[i] ?? 0) + weight * (z[i] ?? Number.NaN);
        }
        break;
      }
    }
    all.set(values, c * count);
    const name = names[c];
    // Later laws see the value that everybody sees: rounded to f32.
    if (name !== undefined && column.kind !== 'effect') done.set(name, values);
  });
  return all;
}

/** A law over columns: its value, then the rounding to f32, inside its bounds where it has some. */
function fillOf(law: Law, earlier: readonly string[], evaluate: ColumnEvaluator): Fill {
  const names = [DRAW, ...earlier];
  const value = evaluate(law.value, names);
  const round = law.bounds ? roundInside(law.bounds, names, evaluate) : roundAll;
  return (draw, done, out) => {
    const missing = () => new Float64Array(out.length).fill(Number.NaN);
    const inputs = [draw, ...earlier.map((name) => done.get(name) ?? missing())];
    value(inputs, out);
    round(inputs, out);
  };
}

const roundAll = (_: readonly Float64Array[], out: Float64Array): void => {
  for (let i = 0; i < out.length; i++) out[i] = Math.fround(out[i] ?? Number.NaN);
};

function roundInside({ low, high }: Bounds, names: readonly string[], evaluate: ColumnEvaluator) {
  if (low.kind === 'number' && high.kind === 'number') {
    return (_: readonly Float64Array[], out: Float64Array): void => {
      for (let i = 0; i < out.length; i++) out[i] = roundWithin(out[i] ?? Number.NaN, low.value, high.value);
    };
  }
  const [lowOf, highOf] = [evaluate(low, names), evaluate(high, names)];
  return (inputs: readonly Float64Array[], out: Float64Array): void => {
    const lows = new Float64Array(out.length);
    const highs = new Float64Array(out.length);
    lowOf(inputs, lows);
    highOf(inputs, highs);
    for (let i = 0; i < out.length; i++) {
      out[i] = roundWithin(out[i] ?? Number.NaN, lows[i] ?? Number.NaN, highs[i] ?? Number.NaN);
    }
  };
}

/** The plain ColumnEvaluator: patient by patient. */
export const evaluateWithTape: ColumnEvaluator = (expression, names) => {
  const value = compile(expression, names);
  return (inputs, out) => {
    const patient = new Float64Array(inputs.length);
    for (let i = 0; i < out.length; i++) {
      for (let k = 0; k < inputs.length; k++) patient[k] = inputs[k]?.[i] ?? Number.NaN;
      out[i] = value(patient);
    }
  };
};
