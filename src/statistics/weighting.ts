// Entropy balancing: the weights nearest to the cohort's own (in Kullback-Leibler distance) that meet targets exactly.
// In: columns and targets. Out: weights with how much of the cohort is left, or why no weights can do it. Never both.
// Method: Newton with line search on the convex dual log sum q_i exp(lambda . (x_i - target)). Source: Hainmueller,
// Polit. Anal. 2012;20:25. Proof of infeasibility: a lambda for which every patient lies on one side of the targets
// (separating hyperplane). If there is none the dual is bounded below by log(min q), so passing under it proves it too.
import { effectiveSize } from './quantiles.ts';
import { Dual, product, type Scaled, standardise } from './weighting-dual.ts';
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
/** Good enough where rounding ends the search: still far closer than anyone states a target. */
const NEARLY_MET = 1e-7;
/** How far, in standard deviations, some patient must lie beyond the targets in every direction. */
const EDGE = 1e-7;

/** The whole search at once. */
export function balance(columns: readonly Column[], targets: readonly Target[]): Weighting {
  const search = searchWeights(columns, targets);
  for (;;) {
    const { done, value } = search.next();
    if (done) return value;
  }
}

/** The same, step by step (a step of a million patients and five targets takes about a tenth of a second). */
export function* searchWeights(
  columns: readonly Column[],
  targets: readonly Target[],
): Generator<undefined, Weighting> {
  const { kept, constraints, uncovered, infeasible } = constraintsOf(columns, targets);
  if (infeasible.length > 0) return { kind: 'infeasible', reasons: infeasible, uncovered };
  yield;
  const scaled = constraints.map(standardise).filter((one) => one !== null);
  const dual = new Dual(scaled, kept.length);
  let iterations = 0;
  while (dual.distance() >= MET && iterations < MOST_ITERATIONS && dual.largestScore() >= 0 && dual.step()) {
    iterations++;
    yield;
  }
  const side = dual.largestScore();
  const length = Math.hypot(...dual.lambda);
  if (side < 0) return refuse(scaled, dual.lambda);
  if (dual.distance() < NEARLY_MET && side >= EDGE * length)
    return fitted(columns[0]?.values.length ?? 0, constraints, kept, dual.shares, iterations);
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
  n: number,
  constraints: readonly Constraint[],
  kept: Uint32Array,
  shares: Float64Array,
  iterations: number,
): Weighting {
  const weights = new Float64Array(n);
  let largest = 0;
  for (let k = 0; k < kept.length; k++) {
    const weight = (shares[k] ?? 0) * n;
    weights[kept[k] ?? 0] = weight;
    if (weight > largest) largest = weight;
  }
  const achieved = constraints.map((constraint) => {
    let value = 0;
    if (constraint.kind === 'number') value = product(constraint.values, shares);
    else
      for (let k = 0; k < shares.length; k++)
        if (constraint.parts[k] === constraint.part) value += shares[k] ?? 0;
    return { name: constraint.name, target: constraint.target, value };
  });
  return {
    kind: 'fitted',
    weights,
    effective: effectiveSize(weights),
    largest,
    excluded: n - kept.length,
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
