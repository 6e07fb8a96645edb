// What a weighted cohort should look like, as constraints on means of features. In: columns of patients (covariates or
// outputs) and targets. Out: features with the mean they must have, who must weigh nothing, and what cannot be met and
// why. The weights themselves are in weighting.ts.

/** One value a patient. */
export interface Column {
  readonly name: string;
  readonly values: Float64Array;
}

export type Target =
  | { readonly kind: 'mean'; readonly column: string; readonly value: number }
  /** Together with a mean of the same column. */
  | { readonly kind: 'variance'; readonly column: string; readonly value: number }
  /** A quantile: this share of the weight is at or below the bound. */
  | {
      readonly kind: 'share-below';
      readonly column: string;
      readonly bound: number;
      readonly share: number;
      /** The bound as it is told. */
      readonly label?: string;
    }
  /** Shares of the bins [edge, next edge), the last with its end; they add up to 1, so nobody outside has weight. */
  | {
      readonly kind: 'histogram';
      readonly column: string;
      readonly edges: readonly number[];
      readonly shares: readonly number[];
      /** How each bin is told: `female`; absent: `in 20 .. 40`. */
      readonly labels?: readonly string[];
    };

/** A part of a target histogram that has a share but no patients. */
export interface Uncovered {
  readonly column: string;
  readonly from: number;
  readonly to: number;
  readonly share: number;
}

/** `column`: of the target that cannot be met, where it is a single one. */
export type Infeasible =
  /** The target contradicts itself or another one, whoever the patients are. */
  | { readonly kind: 'contradiction'; readonly text: string; readonly column: string }
  /** No patient, or only patients on one side. */
  | {
      readonly kind: 'range';
      readonly text: string;
      readonly low: number;
      readonly high: number;
      readonly column?: string;
    }
  | { readonly kind: 'uncovered'; readonly text: string; readonly column: string }
  /** Each target alone can be met, together they cannot. `combination` is the proof: one factor a constraint. */
  | { readonly kind: 'together'; readonly text: string; readonly combination: readonly Term[] }
  /** Can be met only with weights of 0: the targets lie on the edge of what the patients reach. */
  | { readonly kind: 'edge'; readonly text: string };

/** Sum of factor x mean of feature: at most `reach` with any weights of these patients, more by the targets. */
export interface Term {
  readonly feature: string;
  readonly factor: number;
}

interface CommonConstraint {
  readonly name: string;
  readonly column: string;
  readonly target: number;
}
export type Constraint =
  /** The feature of each patient kept. */
  | (CommonConstraint & { readonly kind: 'number'; readonly values: Float64Array })
  /** 1 for who is in this part, else 0. `parts`: of each patient kept; parts of one target share it. */
  | (CommonConstraint & { readonly kind: 'part'; readonly parts: Uint8Array; readonly part: number });

export interface Constraints {
  /** Numbers of the patients who may have weight. */
  readonly kept: Uint32Array;
  readonly constraints: readonly Constraint[];
  readonly uncovered: readonly Uncovered[];
  readonly infeasible: readonly Infeasible[];
}

/** Bins of one histogram. */
export const MOST_BINS = 200;
const NOWHERE = 255;

/** Throws on misuse (unknown column, lengths, values that are not finite); what cannot be met is a value. */
export function constraintsOf(columns: readonly Column[], targets: readonly Target[]): Constraints {
  const n = checkColumns(columns);
  const infeasible: Infeasible[] = [];
  const uncovered: Uncovered[] = [];
  const column = (name: string): Float64Array => {
    const found = columns.find((c) => c.name === name);
    if (!found)
      throw new RangeError(`no column "${name}"; there are ${columns.map((c) => c.name).join(', ')}`);
    return found.values;
  };
  const keep = new Uint8Array(n).fill(1);
  const features: Constraint[] = [];
  for (const target of targets) {
    const values = column(target.column);
    const name = target.column;
    const contradiction = (text: string) =>
      infeasible.push({ kind: 'contradiction', text, column: target.column });
    if (target.kind === 'mean')
      features.push({ kind: 'number', name: `mean of ${name}`, column: name, target: target.value, values });
    else if (target.kind === 'share-below') {
      const { bound, share, label = `${bound}` } = target;
      if (!(share >= 0 && share <= 1))
        contradiction(`share of ${name} up to ${label} is ${share}; shares are 0 to 1`);
      const parts = new Uint8Array(n);
      for (let i = 0; i < n; i++) parts[i] = (values[i] ?? Number.NaN) <= bound ? 0 : 1;
      const own = { name: `share of ${name} up to ${label}`, column: name, target: share };
      features.push({ kind: 'part', ...own, parts, part: 0 });
    } else if (target.kind === 'variance') {
      const mean = targets.find((t) => t.kind === 'mean' && t.column === name);
      if (mean?.kind !== 'mean') {
        contradiction(`a variance of ${name} needs a mean of ${name} beside it`);
        continue;
      }
      if (!(target.value >= 0)) contradiction(`variance ${target.value} of ${name}; variances are 0 or more`);
      const centre = mean.value;
      const own = { name: `variance of ${name}`, column: name, target: target.value };
      features.push({ kind: 'number', ...own, values: values.map((x) => (x - centre) ** 2) });
    } else features.push(...histogramFeatures(target, values, keep, uncovered, infeasible));
  }
  const kept = numbersOf(keep);
  const constraints = kept.length === n ? features : chosen(features, kept);
  if (infeasible.length === 0) infeasible.push(...outOfRange(constraints, kept.length));
  return { kept, constraints, uncovered, infeasible };
}

function checkColumns(columns: readonly Column[]): number {
  const n = columns[0]?.values.length ?? 0;
  for (const { name, values } of columns) {
    if (values.length !== n)
      throw new RangeError(
        `column ${name} has ${values.length} patients, the first has ${n}; they must be the same`,
      );
    const bad = values.findIndex((x) => !Number.isFinite(x));
    if (bad >= 0)
      throw new RangeError(`${name} of patient ${bad + 1} is ${values[bad]}; leave out who lacks a value`);
  }
  return n;
}

function numbersOf(keep: Uint8Array): Uint32Array {
  let count = 0;
  for (const one of keep) count += one;
  const numbers = new Uint32Array(count);
  let next = 0;
  for (let i = 0; i < keep.length; i++) if (keep[i] === 1) numbers[next++] = i;
  return numbers;
}

/** Features of the patients kept alone; parts that targets share stay shared. */
function chosen(features: readonly Constraint[], kept: Uint32Array): Constraint[] {
  const shared = new Map<Uint8Array, Uint8Array>();
  return features.map((feature) => {
    if (feature.kind === 'number') {
      const values = new Float64Array(kept.length);
      for (let k = 0; k < kept.length; k++) values[k] = feature.values[kept[k] ?? 0] ?? Number.NaN;
      return { ...feature, values };
    }
    const parts = shared.get(feature.parts) ?? new Uint8Array(kept.length);
    if (!shared.has(feature.parts))
      for (let k = 0; k < kept.length; k++) parts[k] = feature.parts[kept[k] ?? 0] ?? NOWHERE;
    shared.set(feature.parts, parts);
    return { ...feature, parts };
  });
}

type Histogram = Target & { readonly kind: 'histogram' };

/** One feature a bin but the last with a share, which follows from the others. */
function histogramFeatures(
  { column: name, edges, shares, labels }: Histogram,
  values: Float64Array,
  keep: Uint8Array,
  uncovered: Uncovered[],
  infeasible: Infeasible[],
): Constraint[] {
  const total = shares.reduce((sum, s) => sum + s, 0);
  const before = infeasible.length;
  const wrong = (text: string) =>
    infeasible.push({ kind: 'contradiction', text: `${name}: ${text}`, column: name });
  if (edges.length !== shares.length + 1)
    wrong(`${edges.length} edges for ${shares.length} shares; one more is needed`);
  if (shares.length > MOST_BINS) wrong(`${shares.length} bins; use at most ${MOST_BINS}`);
  if (edges.some((e, i) => i > 0 && !(e > (edges[i - 1] ?? e)))) wrong('its edges do not ascend');
  if (shares.some((s) => !(s >= 0))) wrong('a share is negative or missing');
  if (!(Math.abs(total - 1) < 1e-6)) wrong(`its shares add up to ${total}, not to 1`);
  if (infeasible.length > before) return [];
  const told = (j: number) => labels?.[j] ?? `in ${edges[j]} .. ${edges[j + 1]}`;
  const parts = partsOf(values, edges);
  const counts = new Float64Array(shares.length);
  for (let i = 0; i < parts.length; i++) {
    const j = parts[i] ?? NOWHERE;
    if (!((shares[j] ?? 0) > 0)) keep[i] = 0;
    else counts[j] = (counts[j] ?? 0) + 1;
  }
  shares.forEach((share, j) => {
    if (!(share > 0) || counts[j] !== 0) return;
    const [from, to] = [edges[j] ?? Number.NaN, edges[j + 1] ?? Number.NaN];
    uncovered.push({ column: name, from, to, share });
    infeasible.push({
      kind: 'uncovered',
      column: name,
      text: `no patient has ${name} ${told(j)}, where a share of ${share} is wanted`,
    });
  });
  const asked = [...shares.keys()].filter((j) => (shares[j] ?? 0) > 0);
  return asked.slice(0, -1).map((j) => ({
    kind: 'part',
    name: `share of ${name} ${told(j)}`,
    column: name,
    target: (shares[j] ?? 0) / total,
    parts,
    part: j,
  }));
}

/** The bin of each value; NOWHERE outside. */
function partsOf(values: Float64Array, edges: readonly number[]): Uint8Array {
  const last = edges.length - 1;
  const bounds = Float64Array.from(edges);
  const [from, to] = [bounds[0] ?? Number.NaN, bounds[last] ?? Number.NaN];
  const parts = new Uint8Array(values.length).fill(NOWHERE);
  for (let i = 0; i < values.length; i++) {
    const x = values[i] ?? Number.NaN;
    if (!(x >= from && x <= to)) continue;
    let low = 0;
    let high = last - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (x >= (bounds[middle] ?? 0)) low = middle;
      else high = middle - 1;
    }
    parts[i] = low;
  }
  return parts;
}

function rangeOf(constraint: Constraint): { readonly low: number; readonly high: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  const { length } = constraint.kind === 'number' ? constraint.values : constraint.parts;
  for (let i = 0; i < length; i++) {
    const x =
      constraint.kind === 'number'
        ? (constraint.values[i] ?? Number.NaN)
        : Number(constraint.parts[i] === constraint.part);
    if (x < low) low = x;
    if (x > high) high = x;
  }
  return { low, high };
}

const short = (x: number): number => Number(x.toPrecision(6));

/** Targets that one constraint alone already rules out. */
function outOfRange(constraints: readonly Constraint[], kept: number): Infeasible[] {
  if (kept === 0)
    return [
      { kind: 'range', text: 'the targets leave no patient with weight', low: Number.NaN, high: Number.NaN },
    ];
  return constraints.flatMap((constraint): Infeasible[] => {
    const { name, target, column } = constraint;
    const { low, high } = rangeOf(constraint);
    if (low === high && target === low) return [];
    if (target > low && target < high) return [];
    const reached = target === low || target === high;
    return [
      {
        kind: 'range',
        text: `${name} should be ${target}, but is between ${short(low)} and ${short(high)} whatever the weights${reached ? ', and reaches an end only if all others weigh 0' : ''}`,
        low,
        high,
        column,
      },
    ];
  });
}
