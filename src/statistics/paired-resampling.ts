// Bootstrap of two arms of the same patients. In: a value of each patient under two arms; then, resample by resample, how
// often each patient was drawn (times its weight, where patients have weights). Out: intervals of the mean difference, of
// the median of the individual differences, of the difference and the ratio of the arms' medians. A patient keeps both
// values when drawn. Values are ranked once; a median of a resample is then found by counting, not by sorting.
// Intervals: BCa of the mean, its acceleration from the jackknife; percentiles of medians, for which the jackknife fails
// (Efron and Tibshirani, An Introduction to the Bootstrap, 1993: ch. 13, 14.3 and 10.6).
import { accelerationOf, bcaInterval, percentileInterval } from './bootstrap.ts';
import { firstAt } from './event-table.ts';
import type { Interval } from './proportions.ts';

/** By patient. */
export type Drawn = Uint16Array | Float64Array;

export interface PairedValues {
  /** NaN where the value does not exist; who lacks one in either arm is in nothing. */
  readonly first: Float64Array;
  readonly second: Float64Array;
  /** Values are 0 and 1: medians say nothing. */
  readonly condition: boolean;
}

export interface PairedResamples {
  /** One more resample; `total`: the sum of it, where it is known. */
  add(drawn: Drawn, total?: number): void;
  report(): PairedIntervals;
}

export interface PairedIntervals {
  readonly mean: Interval;
  /** Of the individual differences. */
  readonly median?: Interval;
  /** Median of the first arm less that of the second; absent where more than 1 % lack a value: it would not be of the arms. */
  readonly medians?: { readonly difference: number; readonly interval: Interval };
  /** Their ratio; absent unless all values are positive. */
  readonly ratioOfMedians?: { readonly value: number; readonly interval: Interval };
}

/** Share of the patients who may lack a value in either arm before the arms' medians are no longer those of the rest. */
const FEW = 0.01;

/** `everyone`: each patient once (times its weight). null: fewer than two patients have both values. */
export function resamplePairs(
  { first, second, condition }: PairedValues,
  everyone: Drawn,
): PairedResamples | null {
  const differences = first.map((x, i) => x - (second[i] ?? Number.NaN));
  const present = Uint32Array.from(differences.keys()).filter((i) => Number.isFinite(differences[i]));
  if (present.length < 2) return null;
  const absent = Uint32Array.from(differences.keys()).filter((i) => !Number.isFinite(differences[i]));
  for (const i of absent) differences[i] = 0;
  /** What was drawn of those who have both values. */
  const presentOf = (drawn: Drawn, total = sumOf(drawn)): number => {
    let left = total;
    for (const i of absent) left -= drawn[i] ?? 0;
    return left;
  };
  const meanOf = (drawn: Drawn, total: number): number => {
    let sum = 0;
    for (let i = 0; i < differences.length; i++) sum += (drawn[i] ?? 0) * (differences[i] ?? 0);
    return sum / total;
  };
  const whole = presentOf(everyone);
  const means: number[] = [];
  const mean = (): Interval =>
    bcaInterval(
      ascending(means),
      meanOf(everyone, whole),
      accelerationOf(withoutEach(differences, present, everyone)),
    );
  if (condition)
    return {
      add: (drawn, all) => {
        means.push(meanOf(drawn, presentOf(drawn, all)));
      },
      report: () => ({ mean: mean() }),
    };

  const [ofDifference, ofFirst, ofSecond] = [differences, first, second].map((values) => {
    const order = ranked(values, present);
    return (drawn: Drawn, total: number) => middle(values, order, drawn, total);
  }) as [MedianOf, MedianOf, MedianOf];
  const positive = present.every((i) => (first[i] ?? 0) > 0 && (second[i] ?? 0) > 0);
  const ofArms = absent.length <= FEW * differences.length;
  const medians: number[] = [];
  const shifts: number[] = [];
  const ratios: number[] = [];
  return {
    add(drawn, all) {
      const total = presentOf(drawn, all);
      means.push(meanOf(drawn, total));
      medians.push(ofDifference(drawn, total));
      if (!ofArms) return;
      const [x, y] = [ofFirst(drawn, total), ofSecond(drawn, total)];
      shifts.push(x - y);
      if (positive) ratios.push(x / y);
    },
    report() {
      const [x, y] = [ofFirst(everyone, whole), ofSecond(everyone, whole)];
      return {
        mean: mean(),
        median: percentileInterval(ascending(medians)),
        ...(ofArms && {
          medians: { difference: x - y, interval: percentileInterval(ascending(shifts)) },
        }),
        ...(ofArms &&
          positive && {
            ratioOfMedians: { value: x / y, interval: percentileInterval(ascending(ratios)) },
          }),
      };
    },
  };
}

type MedianOf = (drawn: Drawn, total: number) => number;

/** Replicates that exist: a resample may hold nobody who has the value. */
const ascending = (replicates: readonly number[]): Float64Array =>
  Float64Array.from(replicates.filter(Number.isFinite)).sort();

function sumOf(drawn: Drawn): number {
  let total = 0;
  for (let i = 0; i < drawn.length; i++) total += drawn[i] ?? 0;
  return total;
}

/** The mean without each patient in turn. */
function withoutEach(differences: Float64Array, present: Uint32Array, everyone: Drawn): Float64Array {
  let [sum, total] = [0, 0];
  for (const i of present) {
    sum += (everyone[i] ?? 0) * (differences[i] ?? 0);
    total += everyone[i] ?? 0;
  }
  return Float64Array.from(present, (i) => {
    const weight = everyone[i] ?? 0;
    return (sum - weight * (differences[i] ?? 0)) / (total - weight);
  });
}

/** The patients by ascending value; of equal ones as they were. */
function ranked(values: Float64Array, present: Uint32Array): Uint32Array {
  const sorted = Float64Array.from(present, (i) => values[i] ?? Number.NaN).sort();
  const taken = new Uint32Array(present.length);
  const order = new Uint32Array(present.length);
  for (const i of present) {
    const place = firstAt(sorted, values[i] ?? Number.NaN);
    const before = taken[place] ?? 0;
    taken[place] = before + 1;
    order[place + before] = i;
  }
  return order;
}

/** The value that halves what was drawn; halfway to the next where the half ends between two (type 7, as everywhere). */
function middle(values: Float64Array, order: Uint32Array, drawn: Drawn, total: number): number {
  if (!(total > 0)) return Number.NaN;
  const half = total / 2;
  let through = 0;
  for (let k = 0; k < order.length; k++) {
    const i = order[k] ?? 0;
    through += drawn[i] ?? 0;
    if (through > half) return values[i] ?? Number.NaN;
    if (through < half) continue;
    const low = values[i] ?? Number.NaN;
    const next = order.subarray(k + 1).find((j) => (drawn[j] ?? 0) > 0);
    return next === undefined ? low : low + ((values[next] ?? low) - low) / 2;
  }
  return values[order.at(-1) ?? 0] ?? Number.NaN;
}
