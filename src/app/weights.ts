// What a cohort should look like, as the page edits it: targets, their kinds, bars that are dragged. In: a study's targets, a
// model, numbers. Out: new targets. Pure; which weights meet them is for the engine to find.
import type { Study, WeightTarget } from '../study/study.ts';
import type { ColumnFacts, CovariateView, EndpointView, ModelView } from './client.ts';

/** What can be asked of a covariate or an endpoint. */
export type TargetKind = 'mean' | 'spread' | 'median' | 'quantile' | 'share' | 'shares' | 'histogram';

export interface Weighable {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  readonly kinds: readonly TargetKind[];
  /** Names of the categories. */
  readonly categories: readonly string[];
  readonly endpoint: boolean;
}

/** Everything of a model that a target can be about. */
export function weighables({ covariates, endpoints }: ModelView): readonly Weighable[] {
  return [...covariates.map(ofCovariate), ...endpoints.map(ofEndpoint)];
}

const ofCovariate = ({ name, label, unit, type, categories }: CovariateView): Weighable => ({
  name,
  label: label || name,
  unit,
  kinds:
    type === 'yes/no'
      ? ['share']
      : type === 'category'
        ? ['shares']
        : ['histogram', 'mean', 'spread', 'median', 'quantile'],
  categories,
  endpoint: false,
});

const ofEndpoint = ({ name, label, unit, type }: EndpointView): Weighable => ({
  name,
  label: label || name,
  unit,
  kinds: type === 'probability' ? ['share'] : ['mean', 'spread', 'median', 'quantile'],
  categories: [],
  endpoint: true,
});

/** Which kind a target is; null of one that says several things, as a study from elsewhere may. */
export function kindOf(target: WeightTarget, of: Weighable | undefined): TargetKind | null {
  const { mean, sd, quantiles, shares, histogram } = target;
  const said = [mean, quantiles, shares, histogram].filter((part) => part !== undefined).length;
  if (said !== 1) return null;
  if (histogram) return 'histogram';
  if (shares) return 'shares';
  if (quantiles) {
    const [first, ...more] = Object.keys(quantiles);
    if (first === undefined || more.length > 0) return null;
    return Number(first) === 0.5 ? 'median' : 'quantile';
  }
  if (sd !== undefined) return 'spread';
  return of?.kinds.includes('share') ? 'share' : 'mean';
}

/** Where a new target starts: at what the cohort is now, so that nothing changes before somebody says so. */
export interface Present {
  readonly mean: number;
  readonly median: number;
  readonly sd: number;
}

export function newTarget(of: Weighable, kind: TargetKind, present: Present, arm?: string): WeightTarget {
  const about = { of: of.name, ...(of.endpoint && arm !== undefined && { arm }) };
  const short = (value: number) => Number(value.toPrecision(3));
  switch (kind) {
    case 'mean':
      return { ...about, mean: short(present.mean) };
    case 'spread':
      return { ...about, mean: short(present.mean), sd: short(present.sd) };
    case 'median':
      return { ...about, quantiles: { '0.5': short(present.median) } };
    case 'quantile':
      // Nine of ten normal patients lie below mean + 1.28 spreads.
      return { ...about, quantiles: { '0.9': short(present.mean + 1.2816 * present.sd) } };
    case 'share':
      return { ...about, mean: short(present.mean) };
    case 'shares':
    case 'histogram':
      throw new RangeError(`${of.name}: shares start from the cohort's own`);
    default:
      return kind satisfies never;
  }
}

/** Of a covariate with categories: the model's own shares; even ones where they depend on the patient. */
export function ownShares({ categories, parameters }: CovariateView): Readonly<Record<string, number>> {
  const weights = categories.map((_, at) => parameters[`p${at}`] ?? null);
  const known = weights.every((weight) => weight !== null);
  const even = wholeShares(weights.map((weight) => (known ? (weight ?? 0) : 1)));
  return Object.fromEntries(categories.map((category, at) => [category, even[at] ?? 0]));
}

/** Bars cannot be told apart by a finger below this. */
const FINEST = 1e-4;

/** Shares of 1 with four digits, which add up to 1; the largest takes what rounding leaves. */
export function wholeShares(heights: readonly number[]): readonly number[] {
  const sum = heights.reduce((all, height) => all + height, 0);
  const rounded = heights.map((height) => Math.round(height / sum / FINEST));
  const largest = rounded.indexOf(Math.max(...rounded));
  const left = Math.round(1 / FINEST) - rounded.reduce((all, one) => all + one, 0);
  return rounded.map((one, at) => (at === largest ? one + left : one) / Math.round(1 / FINEST));
}

/** One bar is dragged to a share; the others give or take in proportion. */
export function dragged(shares: readonly number[], bar: number, to: number): readonly number[] {
  const wanted = Math.min(1, Math.max(0, to));
  const others = 1 - (shares[bar] ?? 0);
  if (shares.length < 2) return shares;
  return wholeShares(
    shares.map((share, at) =>
      at === bar ? wanted : others > 0 ? (share * (1 - wanted)) / others : (1 - wanted) / (shares.length - 1),
    ),
  );
}

/** Targets of what is gone would refuse every run; they go along. An arm's new name is its name here too. */
export function stillWeighted(study: Study, model: ModelView): Study {
  const targets = study.cohort?.weights;
  if (!targets) return study;
  const names = new Set(weighables(model).map(({ name }) => name));
  const arms = new Set((study.arms ?? []).map(({ name }) => name));
  return withWeights(
    study,
    targets.filter(({ of, arm }) => names.has(of) && (arm === undefined || arms.has(arm))),
  );
}

export function renamedWeights(study: Study, from: string | undefined, to: string): Study {
  const targets = study.cohort?.weights;
  if (!targets) return study;
  return withWeights(
    study,
    targets.map((target) =>
      target.arm !== undefined && target.arm === from ? { ...target, arm: to } : target,
    ),
  );
}

export function withWeights(study: Study, weights: readonly WeightTarget[]): Study {
  const { weights: _, ...cohort } = study.cohort ?? {};
  return { ...study, cohort: weights.length > 0 ? { ...cohort, weights } : cohort };
}

/** What is known of a covariate before anything ran: its column in a file, or its distribution's middle. */
export function presentOf(
  covariate: CovariateView,
  column: ColumnFacts | undefined,
  middle: number,
): Present {
  const { parameters } = covariate;
  const median = column?.median ?? middle;
  const mean = column?.mean ?? parameters.mean ?? parameters.p ?? median;
  const relative = parameters.sdlog ?? parameters.cv;
  const sd =
    parameters.sd ?? (relative === null || relative === undefined ? Math.abs(mean) / 5 : relative * mean);
  return { mean, median, sd: Math.abs(sd) };
}
