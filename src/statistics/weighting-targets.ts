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
  | { readonly kind: 'share-below'; readonly column: string; readonly bound: number; readonly share: number }
  /** Shares of the bins [edge, next edge), the last with its end; they add up to 1, so nobody outside has weight. */
  | {
      readonly kind: 'histogram';
      readonly column: string;
      readonly edges: readonly number[];
      readonly shares: readonly number[];
    };

/** A part of a target histogram that has a share but no patients. */
export interface Uncovered {
  readonly column: string;
  readonly from: number;
  readonly to: number;
  readonly share: number;
}

export type Infeasible =
  /** The target contradicts itself or another one, whoever the patients are. */
  | { readonly kind: 'contradiction'; readonly text: string }
  /** No patient, or only patients on one side. */
  | { readonly kind: 'range'; readonly text: string; readonly low: number; readonly high: number }
  | { readonly kind: 'uncovered'; readonly text: string }
  /** Each target alone can be met, together they cannot. `combination` is the proof: one factor a constraint. */
  | { readonly kind: 'together'; readonly text: string; readonly combination: readonly Term[] }
  /** Can be met only with weights of 0: the targets lie on the edge of what the patients reach. */
  | { readonly kind: 'edge'; readonly text: string };

/** Sum of factor x mean of feature: at most `reach` with any weights of these patients, more by the targets. */
export interface Term {
  readonly feature: string;
  readonly factor: number;
}

export interface Constraint {
  readonly name: string;
  /** The feature of each patient kept. */
  readonly values: Float64Array;
  readonly target: number;
}

export interface Constraints {
  /** Numbers of the patients who may have weight. */
  readonly kept: Uint32Array;
  readonly constraints: readonly Constraint[];
  readonly uncovered: readonly Uncovered[];
  readonly infeasible: readonly Infeasible[];
}

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
  const features: { name: string; target: number; of: (x: number) => number; values: Float64Array }[] = [];
  for (const target of targets) {
    const values = column(target.column);
    const name = target.column;
    if (target.kind === 'mean')
      features.push({ name: `mean of ${name}`, target: target.value, of: (x) => x, values });
    else if (target.kind === 'share-below') {
      const { bound, share } = target;
      if (!(share >= 0 && share <= 1))
        infeasible.push({
          kind: 'contradiction',
          text: `share of ${name} up to ${bound} is ${share}; shares are 0 to 1`,
        });
      features.push({
        name: `share of ${name} up to ${bound}`,
        target: share,
        of: (x) => (x <= bound ? 1 : 0),
        values,
      });
    } else if (target.kind === 'variance') {
      const mean = targets.find((t) => t.kind === 'mean' && t.column === name);
      if (mean?.kind !== 'mean') {
        infeasible.push({
          kind: 'contradiction',
          text: `a variance of ${name} needs a mean of ${name} beside it`,
        });
        continue;
      }
      if (!(target.value >= 0))
        infeasible.push({
          kind: 'contradiction',
          text: `variance ${target.value} of ${name}; variances are 0 or more`,
        });
      const centre = mean.value;
      features.push({
        name: `variance of ${name}`,
        target: target.value,
        of: (x) => (x - centre) ** 2,
        values,
      });
    } else features.push(...histogramFeatures(target, values, keep, uncovered, infeasible));
  }
  const kept = Uint32Array.from(keep.keys()).filter((i) => keep[i] === 1);
  const constraints = features.map(({ name, target, of, values }) => ({
    name,
    target,
    values: Float64Array.from(kept, (i) => of(values[i] ?? Number.NaN)),
  }));
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

type Histogram = Target & { readonly kind: 'histogram' };

/** One feature a bin but the last with a share, which follows from the others. */
function histogramFeatures(
  { column: name, edges, shares }: Histogram,
  values: Float64Array,
  keep: Uint8Array,
  uncovered: Uncovered[],
  infeasible: Infeasible[],
) {
  const total = shares.reduce((sum, s) => sum + s, 0);
  const wrong = (text: string) =>
    infeasible.push({ kind: 'contradiction', text: `histogram of ${name}: ${text}` });
  if (edges.length !== shares.length + 1)
    wrong(`${edges.length} edges for ${shares.length} shares; one more is needed`);
  if (edges.some((e, i) => i > 0 && !(e > (edges[i - 1] ?? e)))) wrong('its edges do not ascend');
  if (shares.some((s) => !(s >= 0))) wrong('a share is negative or missing');
  if (!(Math.abs(total - 1) < 1e-6)) wrong(`its shares add up to ${total}, not to 1`);
  const bin = (x: number) => {
    if (x === edges[edges.length - 1]) return shares.length - 1;
    let j = -1;
    while (j + 1 < edges.length && x >= (edges[j + 1] ?? x)) j++;
    return j < shares.length ? j : -1;
  };
  const counts = new Float64Array(shares.length);
  values.forEach((x, i) => {
    const j = bin(x);
    if (j < 0 || shares[j] === 0) keep[i] = 0;
    else counts[j] = (counts[j] ?? 0) + 1;
  });
  shares.forEach((share, j) => {
    if (!(share > 0) || counts[j] !== 0) return;
    const [from, to] = [edges[j] ?? Number.NaN, edges[j + 1] ?? Number.NaN];
    uncovered.push({ column: name, from, to, share });
    infeasible.push({
      kind: 'uncovered',
      text: `no patient has ${name} in ${from} .. ${to}, where a share of ${share} is wanted`,
    });
  });
  const asked = [...shares.keys()].filter((j) => (shares[j] ?? 0) > 0);
  return asked.slice(0, -1).map((j) => ({
    name: `share of ${name} in ${edges[j]} .. ${edges[j + 1]}`,
    target: (shares[j] ?? 0) / total,
    of: (x: number) => (bin(x) === j ? 1 : 0),
    values,
  }));
}

/** Targets that one constraint alone already rules out. */
function outOfRange(constraints: readonly Constraint[], kept: number): Infeasible[] {
  if (kept === 0)
    return [
      { kind: 'range', text: 'the targets leave no patient with weight', low: Number.NaN, high: Number.NaN },
    ];
  return constraints.flatMap(({ name, values, target }): Infeasible[] => {
    const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    if (low === high && target === low) return [];
    if (target > low && target < high) return [];
    const reached = target === low || target === high;
    return [
      {
        kind: 'range',
        text: `${name} should be ${target}, but is between ${low} and ${high} whatever the weights${reached ? ', and reaches an end only if all others weigh 0' : ''}`,
        low,
        high,
      },
    ];
  });
}
