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

/** (feature - target) / standard deviation: of each patient, or of who is in the part and of who is not. */
type Scaled = { readonly name: string; readonly scale: number } & (
  | { readonly kind: 'number'; readonly z: Float64Array }
  | {
      readonly kind: 'part';
      readonly parts: Uint8Array;
      readonly part: number;
      readonly inside: number;
      readonly outside: number;
    }
);

/** null: the same for everybody, and so met already. */
function standardise(constraint: Constraint): Scaled | null {
  const { name, target } = constraint;
  if (constraint.kind === 'part') {
    const { parts, part } = constraint;
    let count = 0;
    for (let i = 0; i < parts.length; i++) if (parts[i] === part) count++;
    const share = count / parts.length;
    const scale = Math.sqrt(share * (1 - share));
    if (scale === 0) return null;
    return { kind: 'part', name, scale, parts, part, inside: (1 - target) / scale, outside: -target / scale };
  }
  const { values } = constraint;
  const [first] = values;
  if (values.every((x) => x === first)) return null;
  let mean = 0;
  for (let i = 0; i < values.length; i++) mean += values[i] ?? 0;
  mean /= values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += ((values[i] ?? 0) - mean) ** 2;
  const scale = Math.sqrt(squares / values.length);
  const z = new Float64Array(values.length);
  for (let i = 0; i < z.length; i++) z[i] = ((values[i] ?? 0) - target) / scale;
  return { kind: 'number', name, scale, z };
}

/** Of each part the sum over its patients. */
function sumsByPart(parts: Uint8Array, of: Float64Array): Float64Array {
  const sums = new Float64Array(256);
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] ?? 0;
    sums[part] = (sums[part] ?? 0) + (of[i] ?? 0);
  }
  return sums;
}

/** The dual at a point lambda: shares are proportional to exp(lambda . z_i). */
class Dual {
  lambda: Float64Array;
  value = 0;
  shares: Float64Array;
  private scores: Float64Array;
  private readonly constraints: readonly Scaled[];
  /** Means of the features under the shares: of the point that `shares` are of. */
  private gradient: Float64Array;
  /** Buffers for the next point, and for what a step needs once. */
  private nextScores: Float64Array;
  private nextShares: Float64Array;
  private readonly along: Float64Array;

  constructor(constraints: readonly Scaled[], patients: number) {
    const column = () => new Float64Array(patients);
    this.constraints = constraints;
    this.lambda = new Float64Array(constraints.length);
    this.scores = column();
    this.shares = column().fill(1 / patients);
    this.nextScores = column();
    this.nextShares = column();
    this.along = column();
    this.gradient = this.means();
  }

  /** Under 0 when every patient lies on one side. */
  largestScore(): number {
    if (this.constraints.length === 0) return 0;
    let most = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < this.scores.length; i++) most = Math.max(most, this.scores[i] ?? most);
    return most;
  }

  private means(): Float64Array {
    const summed = new Map<Uint8Array, Float64Array>();
    return Float64Array.from(this.constraints, (one) => {
      if (one.kind === 'number') return product(this.shares, one.z);
      const sums = summed.get(one.parts) ?? sumsByPart(one.parts, this.shares);
      summed.set(one.parts, sums);
      const share = sums[one.part] ?? 0;
      // 1 / scale is how far inside and outside lie apart
      return one.outside + share / one.scale;
    });
  }

  /** Of the target that is farthest from being met. */
  distance(): number {
    return this.gradient.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
  }

  /** One Newton step with halving; false when the dual cannot be lowered any more. */
  step(): boolean {
    const { gradient, along, nextScores } = this;
    const direction = solveSemidefinite(this.curvature(), gradient).x.map((x) => -x);
    const slope = direction.reduce((sum, d, c) => sum + d * (gradient[c] ?? 0), 0);
    this.scoresOf(direction, along);
    for (let length = 1; length > 1e-12; length /= 2) {
      for (let i = 0; i < nextScores.length; i++)
        nextScores[i] = (this.scores[i] ?? 0) + length * (along[i] ?? 0);
      const value = evaluate(nextScores, this.nextShares);
      // at the bottom rounding hides the last decrease: a step may seem to climb by that much
      if (!(value <= this.value + 1e-4 * length * slope + ROUNDING * (1 + Math.abs(this.value)))) continue;
      this.lambda = this.lambda.map((l, c) => l + length * (direction[c] ?? 0));
      this.value = value;
      [this.scores, this.nextScores] = [this.nextScores, this.scores];
      [this.shares, this.nextShares] = [this.nextShares, this.shares];
      this.gradient = this.means();
      return true;
    }
    return false;
  }

  private scoresOf(lambda: Float64Array, scores: Float64Array): void {
    scores.fill(0);
    /** By target: what each part adds. */
    const tables = new Map<Uint8Array, Float64Array>();
    this.constraints.forEach((one, c) => {
      const l = lambda[c] ?? 0;
      if (one.kind === 'number') {
        const { z } = one;
        for (let i = 0; i < z.length; i++) scores[i] = (scores[i] ?? 0) + l * (z[i] ?? 0);
        return;
      }
      const table = tables.get(one.parts) ?? new Float64Array(256);
      tables.set(one.parts, table);
      for (let part = 0; part < table.length; part++)
        table[part] = (table[part] ?? 0) + l * (part === one.part ? one.inside : one.outside);
    });
    for (const [parts, table] of tables)
      for (let i = 0; i < parts.length; i++) scores[i] = (scores[i] ?? 0) + (table[parts[i] ?? 0] ?? 0);
  }

  /** Covariance of the features under the shares, with a ridge: contradicting targets give it flat directions. */
  private curvature(): Float64Array {
    const { constraints, gradient, shares, nextShares: pull } = this;
    const size = constraints.length;
    const matrix = new Float64Array(size * size);
    const put = (a: number, b: number, sum: number) => {
      matrix[a * size + b] = sum;
      matrix[b * size + a] = sum;
    };
    const families = new Map<Uint8Array, number[]>();
    constraints.forEach((one, c) => {
      if (one.kind === 'part') families.set(one.parts, [...(families.get(one.parts) ?? []), c]);
    });
    /** Of features c of parts: their covariance with what `pull` holds, which adds up to 0. */
    const putParts = (a: number, parts: Uint8Array, members: readonly number[]) => {
      const sums = sumsByPart(parts, pull);
      for (const b of members) {
        const other = constraints[b];
        if (other?.kind === 'part') put(a, b, (sums[other.part] ?? 0) / other.scale);
      }
    };
    constraints.forEach((one, a) => {
      if (one.kind !== 'number') return;
      const { z } = one;
      const mean = gradient[a] ?? 0;
      for (let i = 0; i < pull.length; i++) pull[i] = (shares[i] ?? 0) * ((z[i] ?? 0) - mean);
      for (let b = 0; b <= a; b++) {
        const other = constraints[b];
        if (other?.kind === 'number') put(a, b, product(pull, other.z));
      }
      for (const [parts, members] of families) putParts(a, parts, members);
    });
    const all = [...families];
    all.forEach(([parts, members], f) => {
      const own = sumsByPart(parts, shares);
      for (const [others, theirs] of all.slice(f)) {
        const joint = others === parts ? null : jointSums(parts, others, shares);
        const their = joint ? sumsByPart(others, shares) : own;
        for (const a of members)
          for (const b of theirs) {
            const [x, y] = [constraints[a], constraints[b]];
            if (x?.kind !== 'part' || y?.kind !== 'part') continue;
            const both = joint
              ? (joint[256 * x.part + y.part] ?? 0)
              : x.part === y.part
                ? (own[x.part] ?? 0)
                : 0;
            put(a, b, (both - (own[x.part] ?? 0) * (their[y.part] ?? 0)) / (x.scale * y.scale));
          }
      }
    });
    let largest = 0;
    for (let a = 0; a < size; a++) largest = Math.max(largest, matrix[a * size + a] ?? 0);
    for (let a = 0; a < size; a++)
      matrix[a * size + a] = (matrix[a * size + a] ?? 0) + 1e-9 * largest + 1e-300;
    return matrix;
  }
}

/** [part of the first][part of the second]: the sum over who is in both. */
function jointSums(first: Uint8Array, second: Uint8Array, of: Float64Array): Float64Array {
  const sums = new Float64Array(256 * 256);
  for (let i = 0; i < first.length; i++) {
    const at = 256 * (first[i] ?? 0) + (second[i] ?? 0);
    sums[at] = (sums[at] ?? 0) + (of[i] ?? 0);
  }
  return sums;
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/** log of the mean of exp(score), without overflow; fills in the shares. */
function evaluate(scores: Float64Array, shares: Float64Array): number {
  let top = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < scores.length; i++) top = Math.max(top, scores[i] ?? top);
  let total = 0;
  for (let i = 0; i < scores.length; i++) {
    const share = exp((scores[i] ?? 0) - top);
    shares[i] = share;
    total += share;
  }
  for (let i = 0; i < shares.length; i++) shares[i] = (shares[i] ?? 0) / total;
  return top + log(total) - log(scores.length);
}
