// Correlated patients: a Gaussian copula over covariates and random effects. In: a model's correlations, the study's
// values. Out: for each member its normal score as a weighted sum of the members' own standard normal draws (a row of the
// Cholesky factor). Each score is standard normal, so each member keeps its own distribution; draws are the members' own,
// by name, so nobody else's change, and the first member of a correlation keeps its values.
import type { Purpose } from '../engine/purposes.ts';
import { whyNoCorrelation } from '../language/correlation.ts';
import { normal_cdf } from '../language/math.ts';
import type { Model } from '../language/model.ts';
import { cholesky } from './covariance.ts';
import { constant } from './formula.ts';

/** A share of a normal score: weight times the standard normal draw of this purpose and name. */
export interface Weight {
  readonly name: string;
  readonly weight: number;
  /** Absent: a random effect. */
  readonly purpose?: Purpose;
}

/** By member, for all but the first of each correlation; `errors` hears of matrices that are none. */
export function scoresOf(
  model: Model,
  known: ReadonlyMap<string, number>,
  errors: string[],
): ReadonlyMap<string, readonly Weight[]> {
  const scores = new Map<string, readonly Weight[]>();
  const covariates = new Set(model.covariates.map(({ name }) => name));
  for (const { names, matrix } of model.correlations ?? []) {
    const values = matrix.map((row) => row.map((e) => constant(e, known)));
    const title = `correlation (${names.join(', ')})`;
    const factor = cholesky(values, names);
    const problem = whyNoCorrelation(values, names) ?? (factor.kind === 'refused' ? factor.reason : null);
    if (problem !== null || factor.kind === 'refused') {
      errors.push(`${title}: ${problem}`);
      continue;
    }
    for (let i = 1; i < names.length; i++) {
      const weights = names.slice(0, i + 1).map((name, j): Weight => {
        const weight = factor.lower[i * factor.size + j] ?? 0;
        return covariates.has(name) ? { name, weight, purpose: 'covariate' } : { name, weight };
      });
      scores.set(names[i] ?? '', weights);
    }
  }
  return scores;
}

/** Bounds of a uniform draw: 2^-53 from either end. */
const NEAREST = 2 ** -53;

/** A normal score as a uniform draw. */
export function uniformOfScore(z: number): number {
  return Math.min(Math.max(normal_cdf(z), NEAREST), 1 - NEAREST);
}
