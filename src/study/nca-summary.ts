// Non-compartmental results over patients. In: values of one parameter in one arm, patient by patient. Out: mean, SD, CV,
// geometric mean and CV, median, 5 % and 95 %, extremes, and why some lack it. Quantiles (type 7) are exact for the first
// so many patients; beyond them values are counted in bins 0.1 % wide, so memory does not grow with the patients.
// Patients with weights count by them: spreads are unbiased for reliability weights (squares / (W - sum of w^2 / W)).
import {
  addColumn,
  addWeightedColumn,
  createHistogram,
  type Histogram,
  quantiles,
} from '../engine/histogram.ts';
import { exp, log } from '../language/math.ts';
import { quantilesOf, weightedQuantiles } from '../statistics/quantiles.ts';
import { addWeighted, createWeightedMoments, unbiasedVariance } from '../statistics/weighted-moments.ts';
import type { Flag } from './nca-parameters.ts';

export interface NcaSummary {
  readonly name: string;
  readonly unit: string;
  /** Patients that have it. */
  readonly n: number;
  /** null: of none, or of fewer than two for spreads. */
  readonly mean: number | null;
  readonly sd: number | null;
  readonly cvPercent: number | null;
  /** Where every value is above 0: exp of the mean logarithm, 100 sqrt(exp(variance of the logarithm) - 1). */
  readonly geometricMean: number | null;
  readonly geometricCvPercent: number | null;
  readonly min: number | null;
  readonly p5: number | null;
  readonly median: number | null;
  readonly p95: number | null;
  readonly max: number | null;
  /** How many lack it, by why. */
  readonly missing: Readonly<Partial<Record<Flag, number>>>;
}

export interface NcaArm {
  readonly name: string;
  /** Solved, so with a curve. */
  readonly analysed: number;
  readonly failed: number;
  /** Patients with each flag. */
  readonly flags: Readonly<Partial<Record<Flag, number>>>;
  readonly parameters: readonly NcaSummary[];
}

export interface NcaReport {
  readonly model: string;
  readonly seed: string;
  readonly patients: number;
  readonly output: string;
  readonly unit: string;
  readonly timeUnit: string;
  readonly doseUnit: string;
  /** Model time. */
  readonly from: number;
  readonly tau: number | null;
  readonly rule: 'linear' | 'linear-up-log-down';
  /** In `unit`; null: a millionth of each curve's peak. */
  readonly lloq: number | null;
  /** Columns of the patients' values. */
  readonly parameters: readonly { readonly name: string; readonly unit: string }[];
  readonly arms: readonly NcaArm[];
  readonly notes: readonly string[];
}

/** Values of one parameter that are kept as they are, 128 kB. */
const KEPT = 16_384;
/** 1e-18 to 1e18: what is below counts as 0. */
const LAYOUT = { mantissaBits: 10, low: -60, high: 60, signed: false };
const PROBABILITIES = [0.05, 0.5, 0.95];

export interface Tally {
  /** A number, or why there is none; `weight`: whole, 1 unless the cohort is weighted. Who weighs nothing is not there. */
  add(value: number | Flag, weight?: number): void;
  summary(name: string, unit: string): NcaSummary;
}

export function createTally(kept = KEPT): Tally {
  const [plain, logs] = [createWeightedMoments(), createWeightedMoments()];
  const missing: Partial<Record<Flag, number>> = {};
  let values = new Float64Array(64);
  let weights = new Uint32Array(64);
  let alike = true;
  let bins: Histogram | null = null;
  let [n, min, max] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const keep = (value: number, weight: number) => {
    if (bins === null && n === kept) {
      bins = createHistogram(LAYOUT, 1);
      addWeightedColumn(bins, 0, values, 0, n, weights);
      values = new Float64Array(1);
      weights = new Uint32Array(1);
    }
    if (bins !== null) {
      values[0] = value;
      weights[0] = weight;
      if (weight === 1) addColumn(bins, 0, values, 0, 1);
      else addWeightedColumn(bins, 0, values, 0, 1, weights);
      return;
    }
    if (n === values.length) {
      const room = Math.min(kept, 2 * n);
      const [more, heavier] = [new Float64Array(room), new Uint32Array(room)];
      more.set(values);
      heavier.set(weights);
      values = more;
      weights = heavier;
    }
    values[n] = value;
    weights[n] = weight;
    alike &&= weight === weights[0];
  };
  const keptQuantiles = (): number[] => {
    const own = values.subarray(0, n);
    return alike ? quantilesOf(own, PROBABILITIES) : weightedQuantiles(own, weights, PROBABILITIES);
  };
  return {
    add(value, weight = 1) {
      if (weight === 0) return;
      if (typeof value !== 'number') {
        missing[value] = (missing[value] ?? 0) + 1;
        return;
      }
      keep(value, weight);
      n++;
      addWeighted(plain, value, weight);
      if (value > 0) addWeighted(logs, log(value), weight);
      min = Math.min(min, value);
      max = Math.max(max, value);
    },
    summary(name, unit) {
      const sd = n < 2 ? null : Math.sqrt(unbiasedVariance(plain));
      const positive = n > 0 && logs.n === n;
      const [p5 = null, median = null, p95 = null] =
        n === 0 ? [] : bins === null ? keptQuantiles() : quantiles(bins, 0, PROBABILITIES);
      return {
        name,
        unit,
        n,
        mean: n === 0 ? null : plain.mean,
        sd,
        cvPercent: sd === null || plain.mean === 0 ? null : (100 * sd) / plain.mean,
        geometricMean: positive ? exp(logs.mean) : null,
        geometricCvPercent: positive && n >= 2 ? 100 * Math.sqrt(exp(unbiasedVariance(logs)) - 1) : null,
        min: n === 0 ? null : min,
        p5,
        median,
        p95,
        max: n === 0 ? null : max,
        missing,
      };
    },
  };
}
