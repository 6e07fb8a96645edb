// Numbers of one endpoint in one arm for part of the cohort, as the table of the whole cohort has them. In: values, how each
// patient ended, perhaps weights. Out: mean and quantiles of a value, the share of a condition; null of nobody. Failed
// patients are in none of them. Memory does not grow with the patients.
import {
  addColumn,
  type BinLayout,
  binOf,
  createHistogram,
  type Histogram,
  present,
  quantiles,
} from '../engine/histogram.ts';
import { perQuantile, QUANTILES, type SubgroupNumbers } from './result.ts';

/** Bins: 0.2 % half a bin. */
const BITS = 8;
/** Room above the layout's own values, in octaves: a part may have larger ones than the first patients. */
const HEADROOM = 4;
/** A patient of average weight counts so many times in bins, which hold whole numbers; a million of them below 2^32. */
const WHOLE = 4096;
const PROBABILITIES = QUANTILES.map(Number);

export interface Counting {
  /** `values`: one a patient, NaN where it does not exist. `weights`: 1 on average; absent: all weigh the same. */
  add(values: Float64Array, status: Uint8Array, weights?: Float64Array): void;
  report(): SubgroupNumbers;
}

export function countEndpoint(field: {
  readonly unit: string;
  readonly type: 'value' | 'probability';
  readonly bins: BinLayout;
}): Counting {
  return field.type === 'probability' ? countCondition() : countValues(field.unit, field.bins);
}

function countCondition(): Counting {
  let holds = 0;
  let total = 0;
  let missing = 0;
  return {
    add(values, status, weights) {
      for (let i = 0; i < values.length; i++) {
        if (status[i] !== 0) continue;
        const x = values[i] ?? Number.NaN;
        const weight = weights?.[i] ?? 1;
        if (!Number.isFinite(x)) missing++;
        else {
          total += weight;
          if (x > 0) holds += weight;
        }
      }
    },
    report: () => ({ probability: total > 0 ? holds / total : null, ...(missing > 0 && { missing }) }),
  };
}

function countValues(unit: string, { low, high }: BinLayout): Counting {
  const layout = { mantissaBits: BITS, low, high: Math.min(128, high + HEADROOM), signed: true };
  const histogram = createHistogram(layout, 1);
  let missing = 0;
  let weighed = 0;
  return {
    add(values, status, weights) {
      for (let i = 0; i < values.length; i++) if (status[i] === 0 && !Number.isFinite(values[i])) missing++;
      if (weights) weighed += addWeighted(histogram, values, status, weights);
      else addColumn(histogram, 0, values, 0, values.length, status);
    },
    report() {
      const existing = present(histogram, 0);
      const total = weighed > 0 ? weighed : existing;
      const found = quantiles(histogram, 0, PROBABILITIES, existing);
      return {
        unit,
        mean: total > 0 ? (histogram.sum[0] ?? 0) / total : null,
        quantiles: perQuantile((q) => found[q] ?? null),
        ...(missing > 0 && { missing }),
      };
    },
  };
}

/** Answers the weight of those whose value exists. */
function addWeighted(
  histogram: Histogram,
  values: Float64Array,
  status: Uint8Array,
  weights: Float64Array,
): number {
  const { layout, counts, sum, min, max } = histogram;
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const weight = weights[i] ?? 0;
    if (status[i] !== 0 || weight === 0) continue;
    const x = values[i] ?? Number.NaN;
    const times = Math.round(WHOLE * weight);
    if (!Number.isFinite(x)) {
      histogram.missing[0] = (histogram.missing[0] ?? 0) + times;
      continue;
    }
    total += weight;
    sum[0] = (sum[0] ?? 0) + weight * x;
    if (times === 0) continue;
    const bin = binOf(layout, x);
    counts[bin] = (counts[bin] ?? 0) + times;
    min[0] = Math.min(min[0] ?? x, x);
    max[0] = Math.max(max[0] ?? x, x);
  }
  return total;
}
