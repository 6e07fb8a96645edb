// Two arms, the same patients (common random numbers): differences and ratios patient by patient. In: a value of each
// patient under two arms. Out: mean difference, ratio of means, geometric ratio, who benefits, with intervals. Equal
// arms give exactly 0 and 1 for every patient.
import { exp, log } from '../language/math.ts';
import { normalWidth, tQuantile } from './distributions.ts';
import {
  addPair,
  addValue,
  createMoments,
  createPairMoments,
  type Moments,
  mergeMoments,
  mergePairMoments,
  type PairMoments,
  variance,
} from './moments.ts';
import { type Interval, wilson } from './proportions.ts';
import { quantilesOf } from './quantiles.ts';

/** Everything is first less second, first over second. */
export interface PairedSums {
  /** Patients whose value is missing in either arm; they are in nothing else. */
  missing: number;
  readonly differences: Moments;
  readonly pair: PairMoments;
  /** Of log(first / second), over the patients in whom both are positive. */
  readonly logRatios: Moments;
  /** Patients whose difference exceeds the margin in the wanted direction, in the other one, or neither. */
  benefit: number;
  harm: number;
}

export interface Wanted {
  /** Which way is good for the patient. */
  readonly better: 'higher' | 'lower';
  /** Differences up to this size count as none; in the endpoint's unit. */
  readonly margin: number;
}

export const createPairedSums = (): PairedSums => ({
  missing: 0,
  differences: createMoments(),
  pair: createPairMoments(),
  logRatios: createMoments(),
  benefit: 0,
  harm: 0,
});

export function addPatient(into: PairedSums, first: number, second: number, wanted: Wanted): void {
  if (!Number.isFinite(first) || !Number.isFinite(second)) {
    into.missing++;
    return;
  }
  const difference = first - second;
  addValue(into.differences, difference);
  addPair(into.pair, first, second);
  if (first > 0 && second > 0) addValue(into.logRatios, log(first / second));
  const gain = wanted.better === 'higher' ? difference : -difference;
  if (gain > wanted.margin) into.benefit++;
  else if (gain < -wanted.margin) into.harm++;
}

/** Adds `other` to `into`; counts in any order, moments to the same bits in the same order. */
export function mergePairedSums(into: PairedSums, other: PairedSums): void {
  into.missing += other.missing;
  into.benefit += other.benefit;
  into.harm += other.harm;
  mergeMoments(into.differences, other.differences);
  mergePairMoments(into.pair, other.pair);
  mergeMoments(into.logRatios, other.logRatios);
}

/** An estimate with its interval; NaN limits where fewer than two patients are there. */
export interface Estimate {
  readonly value: number;
  readonly error: number;
  readonly interval: Interval;
}

export interface PairedSummary {
  readonly n: number;
  readonly missing: number;
  /** Mean difference, paired t interval. */
  readonly difference: Estimate;
  /** Ratio of the arms' means, delta method on the log scale; null unless both means are positive. */
  readonly meanRatio: Estimate | null;
  /** exp of the mean log ratio, t interval on the log scale; null unless every value was positive. */
  readonly geometricRatio: Estimate | null;
  /** Shares of patients, Wilson's interval. */
  readonly benefit: Estimate;
  readonly harm: Estimate;
}

export function summarisePairs(sums: PairedSums, level = 0.95): PairedSummary {
  const { differences, pair, logRatios } = sums;
  const n = differences.n;
  const logs = meanInterval(logRatios, level);
  const share = (count: number): Estimate => {
    const p = count / n;
    return { value: p, error: Math.sqrt((p * (1 - p)) / n), interval: wilson(count, n, level) };
  };
  return {
    n,
    missing: sums.missing,
    difference: meanInterval(differences, level),
    meanRatio: ratioOfMeans(pair, level),
    geometricRatio:
      n > 0 && logRatios.n === n
        ? {
            value: exp(logs.value),
            error: logs.error * exp(logs.value),
            interval: [exp(logs.interval[0]), exp(logs.interval[1])],
          }
        : null,
    benefit: share(sums.benefit),
    harm: share(sums.harm),
  };
}

/** Mean with its t interval. */
export function meanInterval(moments: Moments, level = 0.95): Estimate {
  const { n, mean } = moments;
  if (n === 0) return { value: Number.NaN, error: Number.NaN, interval: [Number.NaN, Number.NaN] };
  const error = Math.sqrt(variance(moments) / n);
  const width = n < 2 ? Number.NaN : tQuantile(0.5 + level / 2, n - 1) * error;
  return { value: mean, error, interval: [mean - width, mean + width] };
}

function ratioOfMeans({ first, second, products }: PairMoments, level: number): Estimate | null {
  const [a, b, n] = [first.mean, second.mean, first.n];
  if (!(a > 0 && b > 0)) return null;
  const covariance = products / (n - 1);
  const spread = variance(first) / (a * a) + variance(second) / (b * b) - (2 * covariance) / (a * b);
  const logError = Math.sqrt(Math.max(0, spread) / n);
  const ratio = a / b;
  const shift = exp(normalWidth(level) * logError);
  return { value: ratio, error: ratio * logError, interval: [ratio / shift, ratio * shift] };
}

/** Quantiles of individual differences, of the patients who have both values. */
export function differenceQuantiles(
  first: Float64Array,
  second: Float64Array,
  probabilities: readonly number[],
): number[] {
  return quantilesOf(
    first.map((x, i) => x - (second[i] ?? Number.NaN)).filter(Number.isFinite),
    probabilities,
  );
}
