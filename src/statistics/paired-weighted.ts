// Two arms, the same patients, each counting by a weight: what paired.ts says, with weighted means and shares. In: a value
// of each patient under two arms, and a weight. Out: the same summary; equal weights give the same numbers.
// Errors of means are robust: n / (n - 1) x sum of w^2 (x - mean)^2 / (sum of w)^2, the linearised variance of a ratio
// (Saerndal, Swensson and Wretman, Model Assisted Survey Sampling, 1992, 5.7); t intervals and shares reckon with Kish's
// effective number of patients. The weights count as given, which errs on the safe side for weights made to meet targets.
import { exp, log } from '../language/math.ts';
import { normalWidth, tQuantile } from './distributions.ts';
import type { Estimate, PairedSummary, Wanted } from './paired.ts';
import { type PairedCounts, pairsCounted, wilson } from './proportions.ts';

/** Weights of some patients: how many, their sum and their sum of squares. */
export interface Weighed {
  n: number;
  weight: number;
  squares: number;
}

export const createWeighed = (): Weighed => ({ n: 0, weight: 0, squares: 0 });

export function weigh(into: Weighed, weight: number): void {
  into.n++;
  into.weight += weight;
  into.squares += weight * weight;
}

/** Kish's effective number of patients (Survey Sampling, 1965). */
export const effectiveOf = ({ weight, squares }: Weighed): number =>
  squares === 0 ? 0 : (weight * weight) / squares;

/** Weighted counts as those of the effective number of patients. */
export function effectiveCounts(counts: PairedCounts, weighed: Weighed): PairedCounts {
  const total = pairsCounted(counts);
  const scale = total === 0 ? 0 : effectiveOf(weighed) / total;
  const { both, onlyFirst, onlySecond, neither } = counts;
  return {
    both: scale * both,
    onlyFirst: scale * onlyFirst,
    onlySecond: scale * onlySecond,
    neither: scale * neither,
  };
}

/** Weighted mean, and the squares about the mean by squared weights: running, as in moments.ts. */
interface RobustMoments {
  mean: number;
  /** Mean by squared weights, and the sum of w^2 (x - centre)^2. */
  centre: number;
  squares: number;
}

export interface WeightedPairs {
  missing: number;
  readonly all: Weighed;
  readonly differences: RobustMoments;
  readonly first: RobustMoments;
  readonly second: RobustMoments;
  /** Sum of w^2 (x - centre of x) (y - centre of y). */
  products: number;
  /** Of log(first / second), over the patients in whom both are positive. */
  readonly positive: Weighed;
  readonly logRatios: RobustMoments;
  benefit: number;
  harm: number;
}

const createRobust = (): RobustMoments => ({ mean: 0, centre: 0, squares: 0 });

export const createWeightedPairs = (): WeightedPairs => ({
  missing: 0,
  all: createWeighed(),
  differences: createRobust(),
  first: createRobust(),
  second: createRobust(),
  products: 0,
  positive: createWeighed(),
  logRatios: createRobust(),
  benefit: 0,
  harm: 0,
});

/** `totals` already has the weight. */
function addRobust(into: RobustMoments, totals: Weighed, x: number, weight: number): void {
  into.mean += ((x - into.mean) * weight) / totals.weight;
  const off = x - into.centre;
  into.centre += (off * weight * weight) / totals.squares;
  into.squares += weight * weight * off * (x - into.centre);
}

/** Who weighs nothing is in nothing, the missing included. */
export function addWeightedPatient(
  into: WeightedPairs,
  first: number,
  second: number,
  weight: number,
  wanted: Wanted,
): void {
  if (weight === 0) return;
  if (!Number.isFinite(first) || !Number.isFinite(second)) {
    into.missing++;
    return;
  }
  const difference = first - second;
  const off = first - into.first.centre;
  weigh(into.all, weight);
  addRobust(into.differences, into.all, difference, weight);
  addRobust(into.first, into.all, first, weight);
  addRobust(into.second, into.all, second, weight);
  into.products += weight * weight * off * (second - into.second.centre);
  if (first > 0 && second > 0) {
    weigh(into.positive, weight);
    addRobust(into.logRatios, into.positive, log(first / second), weight);
  }
  const gain = wanted.better === 'higher' ? difference : -difference;
  if (gain > wanted.margin) into.benefit += weight;
  else if (gain < -wanted.margin) into.harm += weight;
}

/** The robust variance of a sum of w times what `squares` is of, over the sum of w; about the weighted means. */
function robust({ n, weight }: Weighed, squares: number): number {
  return n < 2 ? Number.NaN : (Math.max(0, squares) * n) / (n - 1) / (weight * weight);
}

/** Sum of w^2 (x - mean)^2. */
const aboutMean = ({ squares, centre, mean }: RobustMoments, totals: Weighed): number =>
  squares + totals.squares * (centre - mean) * (centre - mean);

function meanInterval(moments: RobustMoments, totals: Weighed, level: number): Estimate {
  const { mean } = moments;
  if (totals.n === 0) return { value: Number.NaN, error: Number.NaN, interval: [Number.NaN, Number.NaN] };
  const error = Math.sqrt(robust(totals, aboutMean(moments, totals)));
  const degrees = effectiveOf(totals) - 1;
  const width = degrees > 0 ? tQuantile(0.5 + level / 2, degrees) * error : Number.NaN;
  return { value: mean, error, interval: [mean - width, mean + width] };
}

function ratioOfMeans({ first, second, products, all }: WeightedPairs, level: number): Estimate | null {
  const [a, b] = [first.mean, second.mean];
  if (!(a > 0 && b > 0)) return null;
  const together = products + all.squares * (first.centre - a) * (second.centre - b);
  const spread =
    aboutMean(first, all) / (a * a) + aboutMean(second, all) / (b * b) - (2 * together) / (a * b);
  const logError = Math.sqrt(robust(all, spread));
  const ratio = a / b;
  const shift = exp(normalWidth(level) * logError);
  return { value: ratio, error: ratio * logError, interval: [ratio / shift, ratio * shift] };
}

export function summariseWeightedPairs(pairs: WeightedPairs, level = 0.95): PairedSummary {
  const { all, positive, missing } = pairs;
  const effective = effectiveOf(all);
  const logs = meanInterval(pairs.logRatios, positive, level);
  const share = (weight: number): Estimate => {
    const p = weight / all.weight;
    const count = weight === all.weight ? effective : Math.min(effective, p * effective);
    return {
      value: p,
      error: Math.sqrt((p * (1 - p)) / effective),
      interval: wilson(all.n === 0 ? 0 : count, effective, level),
    };
  };
  return {
    n: all.n,
    missing,
    difference: meanInterval(pairs.differences, all, level),
    meanRatio: ratioOfMeans(pairs, level),
    geometricRatio:
      all.n > 0 && positive.n === all.n
        ? {
            value: exp(logs.value),
            error: logs.error * exp(logs.value),
            interval: [exp(logs.interval[0]), exp(logs.interval[1])],
          }
        : null,
    benefit: share(pairs.benefit),
    harm: share(pairs.harm),
  };
}
