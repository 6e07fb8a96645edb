// What `cohort.weights` asks for, checked: each target as constraints for statistics/weighting.ts, with where its column comes
// from and how its numbers are told. In: the study's targets, a model and its plan. Out: wanted columns, or what is wrong
// with which target. Whether patients can meet them is for weights.ts to find out.
import type { Program } from '../codegen/program.ts';
import type { Covariate, Endpoint } from '../language/model.ts';
import type { Target } from '../statistics/weighting-targets.ts';
import { suggestion } from './closest.ts';
import type { Plan, Refusal } from './plan.ts';
import { type Cohort, MOST_WEIGHTED, type WeightTarget } from './study.ts';

export type Origin =
  /** Index into the program's columns. */
  | { readonly kind: 'covariate'; readonly column: number }
  /** Indices into the plan's arms and endpoints. */
  | { readonly kind: 'endpoint'; readonly arm: number; readonly endpoint: number };

/** One number of the result: a mean, a standard deviation, or the share of those for whom something holds. */
export type Line = { readonly name: string; readonly target: number } & (
  | { readonly kind: 'mean' | 'sd' }
  | { readonly kind: 'share'; readonly holds: (x: number) => boolean }
);

export interface Wanted {
  /** `cohort.weights[1]`. */
  readonly field: string;
  /** Unique: `WT`, `cmax (fixed)`. */
  readonly column: string;
  readonly origin: Origin;
  readonly targets: readonly Target[];
  readonly lines: readonly Line[];
  /** Quantiles alone take a value that does not exist as larger than every number, as those of results do. */
  readonly missingIsBeyond: boolean;
}

/** Quantiles of one target. */
const MOST_QUANTILES = 50;

export function wantedOf(
  cohort: Cohort,
  plan: Plan,
  program: Program,
): { readonly wanted: readonly Wanted[] } | { readonly errors: readonly Refusal[] } {
  const { weights = [] } = cohort;
  if (weights.length === 0) return { wanted: [] };
  const errors: Refusal[] = [];
  const refuse = (message: string) => errors.push({ field: 'cohort.weights', message });
  if (cohort.studies !== undefined)
    refuse('weights are for one cohort; leave out cohort.studies, whose patients differ from study to study');
  if (cohort.clouds !== undefined)
    refuse('in clouds each row is an individual of its own; leave out cohort.clouds or the weights');
  if (plan.typical) refuse('a typical patient is one patient, who has all the weight; leave out one of them');
  if (plan.patients > MOST_WEIGHTED)
    refuse(
      `${plan.patients.toLocaleString('en')} patients; at most ${MOST_WEIGHTED.toLocaleString('en')} can be weighted, all being in memory together`,
    );
  const wanted: Wanted[] = [];
  weights.forEach((target, i) => {
    const field = `cohort.weights[${i}]`;
    const found = wantedOne(target, field, plan, program, (at, message) =>
      errors.push({ field: `${field}${at}`, message }),
    );
    if (found === null) return;
    if (wanted.some(({ column }) => column === found.column))
      errors.push({ field, message: `${found.column} has a target already; write all its numbers in one` });
    wanted.push(found);
  });
  return errors.length > 0 ? { errors } : { wanted };
}

type Refuse = (at: string, message: string) => void;

function wantedOne(
  target: WeightTarget,
  field: string,
  plan: Plan,
  program: Program,
  refuse: Refuse,
): Wanted | null {
  const { model, arms, endpoints } = plan;
  const covariate = model.covariates.find(({ name }) => name === target.of);
  const endpoint = endpoints.findIndex(({ name }) => name === target.of);
  const arm = target.arm === undefined ? plan.versus : arms.findIndex(({ name }) => name === target.arm);
  if (covariate) {
    if (target.arm !== undefined)
      refuse('.arm', `${target.of} is a covariate, the same in every arm; leave out the arm`);
    const origin: Origin = {
      kind: 'covariate',
      column: program.columns.findIndex(({ name }) => name === target.of),
    };
    // Columns are f32: what is written as 0.1 is compared as the 0.1 that patients have.
    const numbers = numbersOf(target, covariate, target.of, '', Math.fround, refuse);
    return numbers && { field, column: target.of, origin, ...numbers };
  }
  const found = endpoints[endpoint];
  if (!found) {
    const hidden = model.endpoints.some(({ name }) => name === target.of);
    const known = [...model.covariates, ...endpoints].map(({ name }) => name);
    refuse(
      '.of',
      hidden
        ? `${target.of} is not computed: name it in show.endpoints`
        : `${model.name} has no covariate or endpoint ${target.of}; ${suggestion(target.of, known)}`,
    );
    return null;
  }
  if (arm < 0) {
    const names = arms.map(({ name }) => name);
    refuse('.arm', `there is no arm ${target.arm}; ${suggestion(target.arm ?? '', names)}`);
    return null;
  }
  const told = arms.length > 1 ? ` (${arms[arm]?.name})` : '';
  const numbers = numbersOf(target, found, `${target.of}${told}`, told, (x) => x, refuse);
  return (
    numbers && {
      field,
      column: `${target.of}${told}`,
      origin: { kind: 'endpoint', arm, endpoint },
      ...numbers,
    }
  );
}

type Numbers = Pick<Wanted, 'targets' | 'lines' | 'missingIsBeyond'>;

/** `told` ends the names of lines; `as`: how the column holds a number. */
function numbersOf(
  target: WeightTarget,
  of: Covariate | Endpoint,
  column: string,
  told: string,
  as: (x: number) => number,
  refuse: Refuse,
): Numbers | null {
  const { mean, sd, quantiles, shares, histogram } = target;
  const categories =
    of.type === 'category'
      ? of.categories
      : of.type === 'yes/no' || of.type === 'probability'
        ? ['no', 'yes']
        : null;
  let wrong = false;
  const no = (at: string, message: string) => {
    wrong = true;
    refuse(at, message);
  };
  if ([mean, sd, quantiles, shares, histogram].every((one) => one === undefined))
    no('', `says nothing of ${of.name}; give ${categories ? 'shares' : 'a mean, quantiles or a histogram'}`);
  const targets: Target[] = [];
  const lines: Line[] = [];
  const name = (what: string) => `${what}${told}`;
  if (categories) {
    for (const key of ['sd', 'quantiles', 'histogram'] as const)
      if (target[key] !== undefined)
        no(
          `.${key}`,
          `${of.name} is ${categories.join(' or ')}; give ${of.type === 'category' ? '' : 'a mean or '}shares`,
        );
    if (mean !== undefined && of.type === 'category')
      no('.mean', `${of.name} has categories, which have no mean; give shares of ${categories.join(', ')}`);
    if (mean !== undefined && shares !== undefined)
      no('.shares', `the mean of ${of.name} is the share of yes; give one of them`);
  } else if (shares !== undefined)
    no('.shares', `${of.name} is a number and has no categories; give a histogram`);
  if (mean !== undefined) {
    targets.push({ kind: 'mean', column, value: mean });
    if (categories) lines.push({ kind: 'mean', name: name(`share of ${of.name} yes`), target: mean });
    else lines.push({ kind: 'mean', name: name(`mean of ${of.name}`), target: mean });
  }
  if (sd !== undefined && !categories) {
    if (mean === undefined) no('.sd', `an sd of ${of.name} needs a mean beside it`);
    if (!(sd > 0)) no('.sd', `${sd}; an sd is more than 0`);
    targets.push({ kind: 'variance', column, value: sd * sd });
    lines.push({ kind: 'sd', name: name(`sd of ${of.name}`), target: sd });
  }
  if (quantiles !== undefined && !categories)
    for (const { p, bound } of settledQuantiles(quantiles, of.name, no)) {
      targets.push({ kind: 'share-below', column, bound: as(bound), share: p, label: `${bound}` });
      const holds = (x: number) => x <= as(bound);
      lines.push({ kind: 'share', name: name(`share of ${of.name} up to ${bound}`), target: p, holds });
    }
  if (histogram !== undefined && !categories) {
    const { edges, shares: parts } = histogram;
    if (edges.length !== parts.length + 1)
      no('.histogram', `${edges.length} edges for ${parts.length} shares; one more is needed`);
    checkShares(parts, '.histogram.shares', no);
    const labels = parts.map((_, j) => `in ${edges[j]} .. ${edges[j + 1]}`);
    targets.push({ kind: 'histogram', column, edges: edges.map(as), shares: parts, labels });
    parts.forEach((share, j) => {
      const [from, to] = [as(edges[j] ?? Number.NaN), as(edges[j + 1] ?? Number.NaN)];
      const last = j === parts.length - 1;
      const holds = (x: number) => x >= from && (last ? x <= to : x < to);
      lines.push({ kind: 'share', name: name(`share of ${of.name} ${labels[j]}`), target: share, holds });
    });
  }
  if (shares !== undefined && categories) {
    for (const key of Object.keys(shares))
      if (!categories.includes(key))
        no(`.shares.${key}`, `${of.name} has no category ${key}; ${suggestion(key, categories)}`);
    const parts = categories.map((category) =>
      Object.hasOwn(shares, category) ? (shares[category] ?? 0) : 0,
    );
    checkShares(parts, '.shares', no);
    const edges = [...parts.keys(), parts.length].map((k) => k - 0.5);
    targets.push({ kind: 'histogram', column, edges, shares: parts, labels: categories });
    parts.forEach((share, k) => {
      const holds = (x: number) => x === k;
      lines.push({ kind: 'share', name: name(`share of ${of.name} ${categories[k]}`), target: share, holds });
    });
  }
  const missingIsBeyond = targets.every(({ kind }) => kind === 'share-below');
  return wrong ? null : { targets, lines, missingIsBeyond };
}

function checkShares(shares: readonly number[], at: string, no: Refuse): void {
  const total = shares.reduce((sum, share) => sum + share, 0);
  if (!(Math.abs(total - 1) < 1e-6)) no(at, `shares add up to ${Number(total.toPrecision(9))}, not to 1`);
}

/** By ascending probability. */
function settledQuantiles(
  quantiles: Readonly<Record<string, number>>,
  of: string,
  no: Refuse,
): readonly { readonly p: number; readonly bound: number }[] {
  const asked = Object.entries(quantiles).map(([key, bound]) => ({ key, p: Number(key), bound }));
  if (asked.length > MOST_QUANTILES)
    no('.quantiles', `${asked.length} quantiles; use at most ${MOST_QUANTILES}`);
  for (const { key, p } of asked)
    if (!(p > 0 && p < 1))
      no(`.quantiles.${key}`, `${key} is not a probability between 0 and 1: "0.5" is the median`);
  const ordered = asked.sort((a, b) => a.p - b.p);
  ordered.forEach(({ key, p, bound }, i) => {
    const before = ordered[i - 1];
    if (before === undefined) return;
    if (before.p === p) no(`.quantiles.${key}`, `the quantile ${p} of ${of} is given twice`);
    else if (!(bound > before.bound))
      no(
        `.quantiles.${key}`,
        `${bound} at ${key} is not above ${before.bound} at ${before.key}; quantiles ascend with their probability`,
      );
  });
  return ordered;
}
