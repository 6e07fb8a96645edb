// Numbers of one endpoint in one arm for part of the cohort, as the table of the whole cohort has them. In: values, how each
// patient ended, perhaps weights. Out: mean and quantiles of a value, the share of a condition; null of nobody. Failed
// patients are in none of them. Memory does not grow with the patients.
import type { BinLayout } from '../engine/histogram.ts';
import { perQuantile, QUANTILES, type SubgroupNumbers } from './result.ts';
import { valueBins } from './value-bins.ts';

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
        const weight = weights?.[i] ?? 1;
        if (status[i] !== 0 || weight === 0) continue;
        const x = values[i] ?? Number.NaN;
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

function countValues(unit: string, layout: BinLayout): Counting {
  const bins = valueBins(layout);
  let missing = 0;
  let sum = 0;
  let total = 0;
  return {
    add(values, status, weights) {
      for (let i = 0; i < values.length; i++) {
        const weight = weights?.[i] ?? 1;
        if (status[i] !== 0 || weight === 0) continue;
        const x = values[i] ?? Number.NaN;
        if (!Number.isFinite(x)) missing++;
        else {
          total += weight;
          sum += weight * x;
        }
      }
      bins.add(values, status, weights);
    },
    report() {
      const found = bins.quantiles(PROBABILITIES);
      return {
        unit,
        mean: total > 0 ? sum / total : null,
        quantiles: perQuantile((q) => found[q] ?? null),
        ...(missing > 0 && { missing }),
      };
    },
  };
}
