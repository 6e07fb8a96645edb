// The dual of entropy balancing at a point lambda, and one Newton step on it. In: constraints, scaled by their target and
// standard deviation. Out: the shares of the patients, how far the targets are from being met. Features of parts are never
// written out: their sums are taken by part. Method and source: weighting.ts.
import { exp, log } from '../language/math.ts';
import { solveSemidefinite } from './linear-algebra.ts';
import type { Constraint } from './weighting-targets.ts';

/** Of the dual, a sum over all patients. */
const ROUNDING = 1e-13;

/** (feature - target) / standard deviation: of each patient, or of who is in the part and of who is not. */
export type Scaled = { readonly name: string; readonly scale: number } & (
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
export function standardise(constraint: Constraint): Scaled | null {
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
export class Dual {
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

export function product(a: Float64Array, b: Float64Array): number {
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
