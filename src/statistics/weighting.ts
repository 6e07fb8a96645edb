// Entropy balancing: the weights nearest to the cohort's own (in Kullback-Leibler distance) that meet targets exactly.
// In: columns and targets. Out: weights with how much of the cohort is left, or why no weights can do it. Never both.
// Method: Newton with line search on the convex dual log sum q_i exp(lambda . (x_i - target)). Source: Hainmueller,
// Polit. Anal. 2012;20:25. Proof of infeasibility: a lambda for which every patient lies on one side of the targets
// (separating hyperplane). If there is none the dual is bounded below by log(min q), so passing under it proves it too.
import { exp, log } from '../language/math.ts';
import { solveSemidefinite } from './linear-algebra.ts';
import { effectiveSize } from './quantiles.ts';
import {
  type Column,
  type Constraint,
  constraintsOf,
  type Infeasible,
  type Target,
  type Uncovered,
} from './weighting-targets.ts';

export type Weighting =
  | {
      readonly kind: 'fitted';
      /** One a patient, 1 on average; exactly 0 for who lies where targets want nobody. */
      readonly weights: Float64Array;
      /** Kish's effective number of patients. */
      readonly effective: number;
      /** Of the average weight. */
      readonly largest: number;
      /** Patients whom a target histogram excludes. */
      readonly excluded: number;
      readonly achieved: readonly {
        readonly name: string;
        readonly target: number;
        readonly value: number;
      }[];
      readonly iterations: number;
    }
  | {
      readonly kind: 'infeasible';
      readonly reasons: readonly Infeasible[];
      readonly uncovered: readonly Uncovered[];
    };

const MOST_ITERATIONS = 300;
/** Largest distance from a target, in standard deviations of its feature. */
const MET = 1e-10;
/** Of the dual, a sum over all patients. */
const ROUNDING = 1e-13;
/** Good enough where rounding ends the search: still far closer than anyone states a target. */
const NEARLY_MET = 1e-7;
/** How far, in standard deviations, some patient must lie beyond the targets in every direction. */
const EDGE = 1e-7;

export function balance(columns: readonly Column[], targets: readonly Target[]): Weighting {
  const { kept, constraints, uncovered, infeasible } = constraintsOf(columns, targets);
  if (infeasible.length > 0) return { kind: 'infeasible', reasons: infeasible, uncovered };
  const scaled = constraints.filter(varies).map(standardise);
  const dual = new Dual(scaled, kept.length);
  let iterations = 0;
  while (dual.distance() >= MET && iterations < MOST_ITERATIONS && dual.largestScore() >= 0 && dual.step())
    iterations++;
  const side = dual.largestScore();
  const length = Math.hypot(...dual.lambda);
  if (side < 0) return refuse(scaled, dual.lambda);
  if (dual.distance() < NEARLY_MET && side >= EDGE * length)
    return fitted(columns, constraints, kept, dual.shares, iterations);
  return {
    kind: 'infeasible',
    reasons: [
      {
        kind: 'edge',
        text: 'the targets can only be approached by letting most weights vanish; relax one of them',
      },
    ],
    uncovered,
  };
}

function fitted(
  columns: readonly Column[],
  constraints: readonly Constraint[],
  kept: Uint32Array,
  shares: Float64Array,
  iterations: number,
): Weighting {
  const n = columns[0]?.values.length ?? 0;
  const weights = new Float64Array(n);
  kept.forEach((i, k) => {
    weights[i] = (shares[k] ?? 0) * n;
  });
  const largest = weights.reduce((a, b) => Math.max(a, b), 0);
  const achieved = constraints.map(({ name, target, values }) => ({
    name,
    target,
    value: values.reduce((sum, x, k) => sum + x * (shares[k] ?? 0), 0),
  }));
  const excluded = n - kept.length;
  return {
    kind: 'fitted',
    weights,
    effective: effectiveSize(weights),
    largest,
    excluded,
    achieved,
    iterations,
  };
}

function refuse(scaled: readonly Scaled[], lambda: Float64Array): Weighting {
  const combination = scaled.map(({ name, scale }, c) => ({
    feature: name,
    factor: (lambda[c] ?? 0) / scale,
  }));
  const weightOf = (c: number) => Math.abs(lambda[c] ?? 0);
  const most = Math.max(...scaled.map((_, c) => weightOf(c)));
  const names = scaled.filter((_, c) => weightOf(c) > 0.01 * most).map(({ name }) => name);
  const text = `no weights of these patients meet all of these together: ${names.join('; ')}`;
  return { kind: 'infeasible', reasons: [{ kind: 'together', text, combination }], uncovered: [] };
}

interface Scaled {
  readonly name: string;
  readonly scale: number;
  /** (feature - target) / standard deviation. */
  readonly z: Float64Array;
}

const varies = ({ values }: Constraint) => values.some((x) => x !== values[0]);

function standardise({ name, values, target }: Constraint): Scaled {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const scale = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
  return { name, scale, z: values.map((x) => (x - target) / scale) };
}

/** The dual at a point lambda: shares are proportional to exp(lambda . z_i). */
class Dual {
  lambda: Float64Array;
  value = 0;
  shares: Float64Array;
  private scores: Float64Array;
  private readonly constraints: readonly Scaled[];

  constructor(constraints: readonly Scaled[], patients: number) {
    this.constraints = constraints;
    this.lambda = new Float64Array(constraints.length);
    this.scores = new Float64Array(patients);
    this.shares = new Float64Array(patients).fill(1 / patients);
  }

  /** Under 0 when every patient lies on one side. */
  largestScore(): number {
    return this.constraints.length === 0
      ? 0
      : this.scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  }

  private gradient(): Float64Array {
    return Float64Array.from(this.constraints, ({ z }) => product(this.shares, z));
  }

  /** Of the target that is farthest from being met. */
  distance(): number {
    return this.gradient().reduce((most, g) => Math.max(most, Math.abs(g)), 0);
  }

  /** One Newton step with halving; false when the dual cannot be lowered any more. */
  step(): boolean {
    const gradient = this.gradient();
    const direction = solveSemidefinite(this.curvature(gradient), gradient).x.map((x) => -x);
    const slope = direction.reduce((sum, d, c) => sum + d * (gradient[c] ?? 0), 0);
    const along = this.scoresOf(direction);
    for (let length = 1; length > 1e-12; length /= 2) {
      const scores = this.scores.map((s, i) => s + length * (along[i] ?? 0));
      const { value, shares } = evaluate(scores);
      // at the bottom rounding hides the last decrease: a step may seem to climb by that much
      if (!(value <= this.value + 1e-4 * length * slope + ROUNDING * (1 + Math.abs(this.value)))) continue;
      this.lambda = this.lambda.map((l, c) => l + length * (direction[c] ?? 0));
      Object.assign(this, { scores, shares, value });
      return true;
    }
    return false;
  }

  private scoresOf(lambda: Float64Array): Float64Array {
    const scores = new Float64Array(this.scores.length);
    this.constraints.forEach(({ z }, c) => {
      const l = lambda[c] ?? 0;
      for (let i = 0; i < z.length; i++) scores[i] = (scores[i] ?? 0) + l * (z[i] ?? 0);
    });
    return scores;
  }

  /** Covariance of the features under the shares, with a ridge: contradicting targets give it flat directions. */
  private curvature(gradient: Float64Array): Float64Array {
    const size = gradient.length;
    const matrix = new Float64Array(size * size);
    let largest = 0;
    this.constraints.forEach(({ z: za }, a) => {
      const mean = gradient[a] ?? 0;
      const pull = this.shares.map((share, i) => share * ((za[i] ?? 0) - mean)); // adds up to 0: zb needs no centre
      for (let b = 0; b <= a; b++) {
        const sum = product(pull, this.constraints[b]?.z ?? pull);
        matrix[a * size + b] = sum;
        matrix[b * size + a] = sum;
        if (a === b) largest = Math.max(largest, sum);
      }
    });
    for (let a = 0; a < size; a++)
      matrix[a * size + a] = (matrix[a * size + a] ?? 0) + 1e-9 * largest + 1e-300;
    return matrix;
  }
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/** log of the mean of exp(score), and the shares, without overflow. */
function evaluate(scores: Float64Array): { value: number; shares: Float64Array } {
  const top = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const shares = scores.map((s) => exp(s - top));
  const total = shares.reduce((sum, x) => sum + x, 0);
  for (let i = 0; i < shares.length; i++) shares[i] = (shares[i] ?? 0) / total;
  return { value: top + log(total) - log(scores.length), shares };
}
