// Quantiles and means of values, plain and weighted. In: values and weights of patients. Out: numbers of the same unit.
// Plain quantiles are type 7 of Hyndman and Fan (Am. Stat. 1996;50:361), as everywhere in this program. -Infinity is
// allowed and means "below the limit of quantification": a quantile that touches it is -Infinity.

/** The p-quantile of ascending values; NaN of none. */
export function sortedQuantile(sorted: ArrayLike<number>, p: number): number {
  const n = sorted.length;
  if (n === 0) return Number.NaN;
  const exact = (n - 1) * Math.min(1, Math.max(0, p));
  const near = Math.round(exact); // 0.07 * 100 is a hair over 7 and must still mean the eighth value
  const h = Math.abs(exact - near) < 1e-9 ? near : exact;
  const low = sorted[Math.floor(h)] ?? Number.NaN;
  const high = sorted[Math.ceil(h)] ?? Number.NaN;
  if (low === high || h === Math.floor(h) || low === Number.NEGATIVE_INFINITY) return low;
  return low + (high - low) * (h - Math.floor(h));
}

/** Several quantiles of values in any order; the values are left as they are. */
export function quantilesOf(values: Float64Array, probabilities: readonly number[]): number[] {
  const sorted = values.slice().sort();
  return probabilities.map((p) => sortedQuantile(sorted, p));
}

export function weightedMean(values: ArrayLike<number>, weights: ArrayLike<number>): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const weight = weights[i] ?? 0;
    if (weight === 0) continue; // a patient without weight may lack the value
    sum += weight * (values[i] ?? Number.NaN);
    total += weight;
  }
  return sum / total;
}

/** Mean squared distance from the weighted mean (weights add up to the population). */
export function weightedVariance(values: ArrayLike<number>, weights: ArrayLike<number>): number {
  const mean = weightedMean(values, weights);
  return weightedMean(
    Float64Array.from(values, (x) => (x - mean) * (x - mean)),
    weights,
  );
}

/**
 * The smallest value that at least a share p of the weight does not exceed (the inverse of the weighted distribution
 * function): it agrees with share-below targets, which a weighting meets exactly. NaN of no weight.
 */
export function weightedQuantiles(
  values: Float64Array,
  weights: ArrayLike<number>,
  probabilities: readonly number[],
): number[] {
  const order = Uint32Array.from(values.keys()).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  let total = 0;
  for (let i = 0; i < values.length; i++) total += weights[i] ?? 0;
  return probabilities.map((p) => {
    let through = 0;
    let value = Number.NaN;
    for (const i of order) {
      const weight = weights[i] ?? 0;
      if (weight === 0) continue;
      value = values[i] ?? Number.NaN;
      through += weight;
      if (through >= p * total * (1 - 1e-12)) break;
    }
    return value;
  });
}

/** Kish's effective number of patients, (sum w)^2 / sum w^2 (Survey Sampling, 1965). */
export function effectiveSize(weights: ArrayLike<number>): number {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] ?? 0;
    sum += weight;
    squares += weight * weight;
  }
  return squares === 0 ? 0 : (sum * sum) / squares;
}
