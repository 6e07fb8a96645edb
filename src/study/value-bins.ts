// Values of patients in bins, while a run tells of them: what quantiles of differences and of parts of a cohort are read off.
// In: the layout of the endpoint's own bins, which the first patients settled; values, who is left out, perhaps weights. Out:
// quantiles within 0.2 %, in memory that does not grow with the patients. Larger values than ever seen get bins of their own.
import {
  addColumn,
  addWeightedColumn,
  type BinLayout,
  createHistogram,
  quantiles,
  raised,
} from '../engine/histogram.ts';

export interface ValueBins {
  /** `leftOut[i]` not 0: patient i is in nothing. `weights`: 1 on average; absent: all weigh the same. */
  add(values: Float64Array, leftOut: Uint8Array, weights?: Float64Array): void;
  /** Type 7 of ascending probabilities; a value that does not exist is larger than every number. null: none. */
  quantiles(probabilities: readonly number[]): readonly (number | null)[];
}

/** Bins: 0.2 % half a bin. */
const BITS = 8;
/** Room above the endpoint's own bins at once, in octaves: a difference may be twice as large as its parts. */
const HEADROOM = 4;
/** Above it all f32 are infinite. */
const TOP = 128;
/** A patient of average weight counts so many times in bins, which hold whole numbers; a million of them below 2^32. */
const WHOLE = 4096;

export function valueBins({ low, high }: BinLayout): ValueBins {
  const layout = { mantissaBits: BITS, low, high: Math.min(TOP, high + HEADROOM), signed: true };
  let histogram = createHistogram(layout, 1);
  let units = new Uint32Array(0);
  return {
    add(values, leftOut, weights) {
      const largest = largestOf(values, leftOut);
      if (largest >= 2 ** histogram.layout.high)
        histogram = raised(histogram, Math.min(TOP, Math.floor(Math.log2(largest)) + 1 + HEADROOM));
      if (weights) {
        if (units.length < values.length) units = new Uint32Array(values.length);
        for (let i = 0; i < values.length; i++) units[i] = Math.round(WHOLE * (weights[i] ?? 0));
        addWeightedColumn(histogram, 0, values, 0, values.length, units, leftOut);
      } else addColumn(histogram, 0, values, 0, values.length, leftOut);
    },
    quantiles: (probabilities) => quantiles(histogram, 0, probabilities),
  };
}

/** Magnitude of the largest value that exists; 0 of none. */
function largestOf(values: Float64Array, leftOut: Uint8Array): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i] ?? Number.NaN);
    if (size > largest && size < Number.POSITIVE_INFINITY && leftOut[i] === 0) largest = size;
  }
  return largest;
}
