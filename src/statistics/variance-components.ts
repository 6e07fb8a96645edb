// Nested simulation: how much of an endpoint's spread is "we are unsure" (between studies) and how much is "patients
// differ" (within a study). In: moments of the endpoint in each simulated study. Out: the two variances and their shares.
// One-way random effects with unequal sizes: Searle, Casella, McCulloch, Variance Components, 1992, ch. 3.6. The spread
// of study means alone would count the patients' sampling noise as uncertainty; it is subtracted here.
import { createMoments, type Moments, mergeMoments } from './moments.ts';

export interface VarianceComponents {
  readonly studies: number;
  readonly patients: number;
  readonly mean: number;
  /** Of the studies' true means, unbiased; may come out below 0 when it is small (see `betweenFloored`). */
  readonly between: number;
  /** `between`, or 0 if it is negative: what is shown. */
  readonly betweenFloored: number;
  /** Of patients within a study, unbiased. */
  readonly within: number;
  /** betweenFloored / (betweenFloored + within); NaN when both are 0. */
  readonly betweenShare: number;
  /** Variance of the means as they came, sampling noise included: for comparison. */
  readonly rawBetween: number;
}

/** Needs 2 studies and more patients than studies. Studies without patients are left out. */
export function varianceComponents(studies: readonly Moments[]): VarianceComponents {
  const filled = studies.filter(({ n }) => n > 0);
  const k = filled.length;
  const total = createMoments();
  for (const study of filled) mergeMoments(total, study);
  if (k < 2 || total.n <= k)
    throw new RangeError(
      `${k} studies of ${total.n} patients; use at least 2 studies with more than 1 patient each`,
    );
  let squares = 0;
  let inside = 0;
  let raw = 0;
  let among = 0;
  const plain = filled.reduce((sum, { mean }) => sum + mean, 0) / k;
  for (const { n, mean, squares: own } of filled) {
    squares += n * n;
    inside += own;
    among += n * (mean - total.mean) ** 2;
    raw += (mean - plain) ** 2;
  }
  const within = inside / (total.n - k);
  const size = (total.n - squares / total.n) / (k - 1);
  const between = (among / (k - 1) - within) / size;
  const betweenFloored = Math.max(0, between);
  return {
    studies: k,
    patients: total.n,
    mean: total.mean,
    between,
    betweenFloored,
    within,
    betweenShare: betweenFloored / (betweenFloored + within),
    rawBetween: raw / (k - 1),
  };
}
