// Running mean and variance of values with weights. In: values one at a time, each with a weight above 0. Out: moments.
// Source of the update: West, Commun. ACM 1979;22:532; with equal weights the same bits as moments.ts gives.

export interface WeightedMoments {
  /** Values. */
  n: number;
  weight: number;
  /** Of the weights squared. */
  squaredWeights: number;
  mean: number;
  /** Sum of weighted squared distances from the mean. */
  squares: number;
}

export const createWeightedMoments = (): WeightedMoments => ({
  n: 0,
  weight: 0,
  squaredWeights: 0,
  mean: 0,
  squares: 0,
});

export function addWeighted(into: WeightedMoments, x: number, weight: number): void {
  into.n++;
  into.weight += weight;
  into.squaredWeights += weight * weight;
  const off = x - into.mean;
  into.mean += (weight * off) / into.weight;
  into.squares += weight * off * (x - into.mean);
}

/** Unbiased where weights say how much each value counts, whatever their scale; NaN of fewer than two values. */
export function unbiasedVariance({ n, weight, squaredWeights, squares }: WeightedMoments): number {
  return n < 2 ? Number.NaN : squares / (weight - squaredWeights / weight);
}
