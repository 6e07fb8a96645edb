// The patients of a study as columns. In: a Model, the study's seed, cohort and typical values, perhaps a table.
// Out: a ColumnSource (covariates in model order, then random effects), the same for every backend: each value is
// computed in deterministic f64 and rounded once to f32. Or everything that is wrong, by field.
import type { ColumnSource } from '../engine/backend.ts';
import { createDraws, type Draws, type Sampler, typescriptSampler } from '../engine/draws.ts';
import { isSeed } from '../engine/philox.ts';
import { sharedStreams } from '../engine/purposes.ts';
import { symbolsOf } from '../language/fold.ts';
import type { Covariate, Model } from '../language/model.ts';
import { suggestion } from './closest.ts';
import { scoresOf, uniformOfScore, type Weight } from './copula.ts';
import { cholesky } from './covariance.ts';
import { type Law, lawOf, overridden, rowOf, type Scope } from './covariates.ts';
import { sha256 } from './digest.ts';
import { type ColumnEvaluator, evaluateWithTape, type Fill, fillOf } from './fill.ts';
import { type Candidates, filterCohort } from './filter-cohort.ts';
import { constant, patientDefinitions, spelled, studyValues } from './formula.ts';
import type { Inclusion } from './inclusion.ts';
import type { Cohort } from './study.ts';
import type { Table, TableEffect } from './table.ts';
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
  /** Present where the cohort has a filter: which candidates are patients, and why. */
  readonly inclusion?: Inclusion;
}
export type CohortResult = CohortColumns | { readonly errors: readonly string[] };

/** Where a column's numbers come from. `identity` has everything that fixes them, but for the seed. */
type Column =
  | { readonly kind: 'constant'; readonly value: number; readonly identity: unknown }
  /** Each value stands for `each` patients, one after another. */
  | {
      readonly kind: 'rows';
      readonly values: Float64Array;
      readonly each: number;
      readonly identity: unknown;
    }
  | {
      readonly kind: 'law';
      readonly name: string;
      readonly law: Law;
      readonly fill: Fill;
      /** Earlier covariates that it is made of. */
      readonly earlier: readonly string[];
      /** Its normal score, where it is correlated with earlier members; absent: its own draw. */
      readonly score?: readonly Weight[];
      readonly identity: unknown;
    }
  | { readonly kind: 'effect'; readonly weights: readonly Weight[]; readonly identity: unknown }
  /** Of the table's rows, with a spread of their own where `sd` is there: the patient's draw of this effect times it. */
  | {
      readonly kind: 'tabled';
      readonly name: string;
      readonly effect: TableEffect;
      readonly each: number;
      readonly identity: unknown;
    };

export function cohortColumns(model: Model, options: CohortOptions): CohortResult {
  const errors: string[] = [];
  const warnings: string[] = [...(options.table?.warnings ?? [])];
  const { seed } = options;
  if (!isSeed(seed))
    errors.push(`cohort.seed: "${seed}" is not a whole number from 0 to 18446744073709551615`);
  if (options.cohort.clouds !== undefined && options.cohort.filter !== undefined)
    errors.push(
      'cohort.filter: every row of the table has a cloud; leave rows out of the file, or cohort.clouds out of the study',
    );
  const names = [
    ...model.covariates.map(({ name }) => name),
    ...model.random.flatMap((block) => block.names),
  ];
  errors.push(...sharedStreams(names));

  const known = studyValues(model, options.set);
  const scores = scoresOf(model, known, errors);
  const covariates = covariateColumns(model, options, known, scores, errors, warnings);
  const effects = options.cohort.typical
    ? model.random.flatMap((block) => block.names.map(() => fixed(0)))
    : effectColumns(model, known, scores, options, errors);
  if (errors.length > 0) return { errors };

  const columns = [...covariates, ...effects];
  const drawn = columns.some(({ kind }) => kind === 'law' || kind === 'effect' || kind === 'tabled');
  const draws = createDraws(seed, options.sampler ?? typescriptSampler);
  const identity = {
    names,
    seed: drawn ? draws.seed : null,
    columns: columns.map((column) => column.identity),
  };
  const keyOf = (what: unknown) =>
    sha256(JSON.stringify(what, (_, value) => (isOddNumber(value) ? String(value) : value)));
  const everyone: Candidates = {
    names,
    read: (first, count) => readColumns(columns, names, draws, first, count),
    only: (wanted) => {
      const kept = neededFor(wanted, columns, names);
      const [some, named] = [kept.map((c) => columns[c]), kept.map((c) => names[c] ?? '')];
      const found = some.filter((column) => column !== undefined);
      return { names: named, read: (first, count) => readColumns(found, named, draws, first, count) };
    },
  };
  const { filter } = options.cohort;
  if (filter === undefined) return { source: { key: keyOf(identity), read: everyone.read }, names, warnings };
  const filtered = filterCohort(model, filter, everyone, {
    known,
    evaluate: options.evaluate ?? evaluateWithTape,
    ...(options.table ? { rows: options.table.rows } : {}),
    ...(options.partial ? { file: true } : {}),
    ...(options.cohort.typical ? { typical: true } : {}),
  });
  if ('errors' in filtered) return filtered;
  const { read, inclusion } = filtered;
  return {
    source: { key: keyOf({ ...identity, filter: filtered.identity }), read },
    names,
    warnings: [...warnings, ...filtered.warnings],
    ...(inclusion ? { inclusion } : {}),
  };
}

/** Indices of the columns named, and of those that they are made of, ascending. */
function neededFor(
  wanted: ReadonlySet<string>,
  columns: readonly Column[],
  names: readonly string[],
): readonly number[] {
  const needed = new Set(wanted);
  const kept: number[] = [];
  for (let c = columns.length - 1; c >= 0; c--) {
    const column = columns[c];
    if (column === undefined || !needed.has(names[c] ?? '')) continue;
    kept.unshift(c);
    if (column.kind === 'law') for (const name of column.earlier) needed.add(name);
  }
  return kept;
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
  scores: ReadonlyMap<string, readonly Weight[]>,
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
        const each = cohort.clouds ?? 1;
        const identity = { table: table.digest, name, ...(each > 1 && { each }) };
        return { kind: 'rows', values: rounded, each, identity };
      }
      const before = errors.length;
      const parameters = override
        ? overridden(covariate, override, field, errors)
        : covariate.distribution.parameters;
      const law = lawOf(covariate, parameters, scope);
      const wrong = errors.length > before ? null : law.refuse(typical);
      if (wrong !== null) errors.push(`${override ? field : `covariate ${name}`}: ${wrong}`);
      typical.set(name, law.typical(typical));
      const used = symbolsOf(...law.expressions);
      const earlier = covariateNames
        .slice(0, covariateNames.indexOf(name))
        .filter((other) => used.has(other));
      const fill = fillOf(law, earlier, options.evaluate ?? evaluateWithTape);
      const score = scores.get(name);
      const formulas = law.expressions.map(spelled);
      const named = law.kind === 'numeric' ? [covariate.distribution.kind, ...formulas] : formulas;
      return score === undefined
        ? { kind: 'law', name, law, fill, earlier, identity: named }
        : { kind: 'law', name, law, fill, earlier, score, identity: [named, score] };
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

function effectColumns(
  model: Model,
  known: ReadonlyMap<string, number>,
  scores: ReadonlyMap<string, readonly Weight[]>,
  { table, cohort }: Pick<CohortOptions, 'table' | 'cohort'>,
  errors: string[],
): Column[] {
  const each = cohort.clouds ?? 1;
  return model.random.flatMap((block): Column[] => {
    const matrix = block.covariance.map((row) => row.map((e) => constant(e, known)));
    const factor = cholesky(matrix, block.names);
    if (factor.kind === 'refused') {
      const title = block.names.length === 1 ? block.names[0] : `(${block.names.join(', ')})`;
      errors.push(`random ${title}: ${factor.reason}`);
      return [];
    }
    return block.names.map((effect, i): Column => {
      const tabled = table?.effects?.[effect];
      if (table && tabled) {
        const identity = { table: table.digest, effect, each };
        return { kind: 'tabled', name: effect, effect: tabled, each, identity };
      }
      const score = scores.get(effect);
      if (score !== undefined) {
        const sd = factor.lower[0] ?? 0;
        const weights = score.map((one) => ({ ...one, weight: sd * one.weight }));
        return { kind: 'effect', weights, identity: weights };
      }
      const weights = block.names
        .slice(0, i + 1)
        .map((name, j) => ({ name, weight: factor.lower[i * factor.size + j] ?? 0 }));
      return { kind: 'effect', weights, identity: weights };
    });
  });
}

/** Adds weight * z over the weights, patient by patient. */
function addScores(weights: readonly Weight[], draws: Draws, first: number, values: Float64Array): void {
  for (const { name, weight, purpose = 'random effect' } of weights) {
    if (weight === 0) continue;
    const z = draws.read('normal', purpose, name, first, values.length);
    for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) + weight * (z[i] ?? Number.NaN);
  }
}

function drawOf(
  law: Law,
  name: string,
  score: readonly Weight[] | undefined,
  draws: Draws,
  first: number,
  count: number,
): Float64Array {
  if (score === undefined) return draws.read(law.needs, 'covariate', name, first, count);
  const z = new Float64Array(count);
  addScores(score, draws, first, z);
  return law.needs === 'normal' ? z : z.map(uniformOfScore);
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
        const { each } = column;
        for (let i = 0; i < count; i++)
          values[i] = column.values[Math.floor((first + i) / each) % rows] ?? Number.NaN;
        break;
      }
      case 'tabled': {
        const { mean, sd } = column.effect;
        const z = sd && draws.read('normal', 'random effect', column.name, first, count);
        for (let i = 0; i < count; i++) {
          const row = Math.floor((first + i) / column.each) % mean.length;
          values[i] = (mean[row] ?? Number.NaN) + (sd && z ? (sd[row] ?? 0) * (z[i] ?? 0) : 0);
        }
        break;
      }
      case 'law':
        column.fill(drawOf(column.law, column.name, column.score, draws, first, count), done, values);
        break;
      case 'effect':
        addScores(column.weights, draws, first, values);
        break;
    }
    all.set(values, c * count);
    const name = names[c];
    // Later laws see the value that everybody sees: rounded to f32.
    if (name !== undefined && column.kind !== 'effect' && column.kind !== 'tabled') done.set(name, values);
  });
  return all;
}
