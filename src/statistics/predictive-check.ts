// Visual predictive check: observed percentiles against the intervals that simulation gives them, bin by bin. In:
// observations (time, value) and replicates simulated at the same times. Out: columns over bins. With predictions it is
// prediction-corrected (Bergstrand, Hooker, Wallin, Karlsson, AAPS J. 2011;13:143, eq. 1). -Infinity in a percentile
// means "below the limit of quantification". It draws nothing and simulates nothing.
import { sortedQuantile } from './quantiles.ts';

export interface PredictiveCheck {
  /** Bins [edge, next edge), the last with its end. */
  readonly edges: Float64Array;
  /** Median observed time of each bin; NaN of an empty one. */
  readonly times: Float64Array;
  readonly counts: Float64Array;
  /** Each observation as it was compared: corrected by its prediction, -Infinity below the limit; NaN outside the bins. */
  readonly values: Float64Array;
  readonly percentiles: readonly CheckedPercentile[];
  /** Share of values below the limit; null without a limit. */
  readonly below: CheckedPercentile | null;
}

export interface CheckedPercentile {
  /** Which: 0.05, 0.5, 0.95; NaN for the share below the limit. */
  readonly p: number;
  readonly observed: Float64Array;
  /** Simulated: the interval's ends and its median, over replicates. */
  readonly low: Float64Array;
  readonly median: Float64Array;
  readonly high: Float64Array;
  /** Bins in which the observed lies within low .. high, of the bins with observations. */
  readonly inside: number;
  readonly bins: number;
}

export interface Observations {
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** Replicates one after the other, each in the order of the observations: length is a multiple of theirs. */
  readonly simulated: Float64Array;
  /** Population predictions (random effects at 0) of each observation: given, both sides are corrected by them. */
  readonly predictions?: Float64Array;
  readonly quantificationLimit?: number;
}

export interface CheckSettings {
  readonly edges: Float64Array;
  readonly percentiles: readonly number[];
  /** Of the interval over replicates: 0.95 for 2.5 .. 97.5 %. */
  readonly level: number;
}

/**
 * Edges of bins with about equal numbers of observations, halfway between neighbouring times: equal times share a bin.
 * Fewer bins than asked where there are fewer distinct times.
 */
export function equalCountEdges(times: Float64Array, bins: number): Float64Array {
  if (!(Number.isInteger(bins) && bins >= 1)) throw new RangeError(`${bins} bins; use a whole number from 1`);
  const sorted = times.slice().sort();
  const n = sorted.length;
  if (n === 0) throw new RangeError('no observations; nothing can be binned');
  const edges = [sorted[0] ?? 0];
  for (let b = 1; b < bins; b++) {
    const at = nearestGap(sorted, Math.round((b * n) / bins));
    const edge = ((sorted[at - 1] ?? 0) + (sorted[at] ?? 0)) / 2;
    if (at > 0 && at < n && edge > (edges[edges.length - 1] ?? edge)) edges.push(edge);
  }
  edges.push(sorted[n - 1] ?? 0);
  return Float64Array.from(edges);
}

/** The place nearest to `at` with different times before and after it; 0 or n when there is none. */
function nearestGap(sorted: Float64Array, at: number): number {
  let [down, up] = [at, at];
  while (down > 0 && sorted[down - 1] === sorted[down]) down--;
  while (up > 0 && up < sorted.length && sorted[up - 1] === sorted[up]) up++;
  return (at - down <= up - at && down > 0) || up >= sorted.length ? down : up;
}

export function predictiveCheck(observed: Observations, settings: CheckSettings): PredictiveCheck {
  const replicates = checkDoor(observed, settings);
  const { times, values, simulated, predictions, quantificationLimit: limit } = observed;
  const { edges, percentiles, level } = settings;
  const n = times.length;
  const bins = edges.length - 1;
  const members = membersOf(times, edges);
  const column = () => new Float64Array(bins).fill(Number.NaN);
  const result = {
    edges,
    times: column(),
    counts: Float64Array.from(members, (m) => m.length),
    values: new Float64Array(n).fill(Number.NaN),
    percentiles: percentiles.map((p) => ({
      p,
      observed: column(),
      low: column(),
      median: column(),
      high: column(),
    })),
    below: { p: Number.NaN, observed: column(), low: column(), median: column(), high: column() },
  };
  members.forEach((patients, b) => {
    if (patients.length === 0) return;
    result.times[b] = middle(times, patients);
    const reference = predictions ? middle(predictions, patients) : 1;
    const compared = (value: number, i: number): number => {
      if (limit !== undefined && value < limit) return Number.NEGATIVE_INFINITY;
      return predictions ? value * (reference / (predictions[i] ?? Number.NaN)) : value;
    };
    for (const i of patients) result.values[i] = compared(values[i] ?? Number.NaN, i);
    const read = (source: Float64Array, offset: number): { sorted: Float64Array; below: number } => {
      const sorted = Float64Array.from(patients, (i) => compared(source[offset + i] ?? Number.NaN, i)).sort();
      let below = 0;
      while (sorted[below] === Number.NEGATIVE_INFINITY) below++;
      return { sorted, below: below / patients.length };
    };
    const seen = read(values, 0);
    const drawn = Array.from({ length: replicates }, (_, r) => read(simulated, r * n));
    const fill = (row: (typeof result)['below'], of: (side: typeof seen) => number) => {
      const spread = Float64Array.from(drawn, of).sort();
      row.observed[b] = of(seen);
      row.low[b] = sortedQuantile(spread, (1 - level) / 2);
      row.median[b] = sortedQuantile(spread, 0.5);
      row.high[b] = sortedQuantile(spread, (1 + level) / 2);
    };
    for (const row of result.percentiles) fill(row, ({ sorted }) => sortedQuantile(sorted, row.p));
    fill(result.below, ({ below }) => below);
  });
  return {
    ...result,
    percentiles: result.percentiles.map(countInside),
    below: limit === undefined ? null : countInside(result.below),
  };
}

function countInside(row: Omit<CheckedPercentile, 'inside' | 'bins'>): CheckedPercentile {
  let [inside, bins] = [0, 0];
  row.observed.forEach((x, b) => {
    if (Number.isNaN(x)) return;
    bins++;
    if (x >= (row.low[b] ?? Number.NaN) && x <= (row.high[b] ?? Number.NaN)) inside++;
  });
  return { ...row, inside, bins };
}

function middle(of: Float64Array, patients: readonly number[]): number {
  return sortedQuantile(Float64Array.from(patients, (i) => of[i] ?? Number.NaN).sort(), 0.5);
}

function membersOf(times: Float64Array, edges: Float64Array): number[][] {
  const last = edges.length - 2;
  const members: number[][] = Array.from({ length: last + 1 }, () => []);
  times.forEach((t, i) => {
    let b = 0;
    while (b < last && t >= (edges[b + 1] ?? t)) b++;
    if (t >= (edges[b] ?? t) && t <= (edges[last + 1] ?? t)) members[b]?.push(i);
  });
  return members;
}

/** Number of replicates. */
function checkDoor(
  { times, values, simulated, predictions }: Observations,
  { edges, level }: CheckSettings,
): number {
  const n = times.length;
  if (values.length !== n || n === 0)
    throw new RangeError(`${n} times and ${values.length} values; give one value a time, and at least one`);
  const replicates = simulated.length / n;
  if (!Number.isInteger(replicates) || replicates < 1)
    throw new RangeError(`${simulated.length} simulated values for ${n} observations; give whole replicates`);
  if (predictions && (predictions.length !== n || predictions.some((x) => !(x > 0))))
    throw new RangeError('prediction correction needs a positive prediction for every observation');
  const bad = values.findIndex(Number.isNaN);
  if (bad >= 0)
    throw new RangeError(`observation ${bad + 1} is missing; leave it out, and its simulated values`);
  if (simulated.some(Number.isNaN))
    throw new RangeError('a simulated value is missing; leave failed patients out of all replicates');
  if (edges.length < 2 || edges.some((e, i) => i > 0 && !(e > (edges[i - 1] ?? e))))
    throw new RangeError('edges must ascend, and there must be at least 2');
  if (!(level > 0 && level < 1)) throw new RangeError(`level ${level}; use a share between 0 and 1`);
  return replicates;
}
