// Bootstrap intervals. In: a statistic of a resampled list of patients, how many patients, and a source of uniforms
// (the caller's, so that a seed gives the same interval everywhere). Out: percentile or BCa interval.
// Sources: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13-14; grouped jackknife ibid. 11.
import { checkLevel, normalCdf, normalQuantile } from './distributions.ts';
import { sortedQuantile } from './quantiles.ts';

/** Of the patients with these numbers (0 .. n - 1, some more than once). */
export type Statistic = (patients: Uint32Array) => number;

export interface BootstrapInterval {
  readonly estimate: number;
  readonly interval: readonly [number, number];
  /** Standard deviation of the replicates. */
  readonly error: number;
}

export interface BootstrapSettings {
  readonly replicates: number;
  readonly level: number;
  readonly kind: 'percentile' | 'bca';
}

/** The jackknife of BCa leaves out groups of patients when there are more than this many. */
const GROUPS = 400;

/** `uniform` gives numbers in [0, 1). Costs replicates + min(n, 400) evaluations. */
export function bootstrap(
  statistic: Statistic,
  n: number,
  uniform: () => number,
  { replicates, level, kind }: BootstrapSettings = { replicates: 2000, level: 0.95, kind: 'bca' },
): BootstrapInterval {
  checkLevel(level);
  if (!Number.isInteger(n) || n < 2) throw new RangeError(`${n} patients; a bootstrap needs at least 2`);
  if (!Number.isInteger(replicates) || replicates < 100)
    throw new RangeError(`${replicates} replicates; use at least 100`);
  const everyone = Uint32Array.from({ length: n }, (_, i) => i);
  const estimate = statistic(everyone);
  const drawn = new Uint32Array(n);
  const values = new Float64Array(replicates);
  for (let r = 0; r < replicates; r++) {
    for (let i = 0; i < n; i++) drawn[i] = Math.min(n - 1, Math.floor(uniform() * n));
    values[r] = statistic(drawn);
  }
  values.sort();
  const mean = values.reduce((sum, x) => sum + x, 0) / replicates;
  const error = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (replicates - 1));
  const interval =
    kind === 'percentile'
      ? percentileInterval(values, level)
      : bcaInterval(values, estimate, jackknifeSkew(statistic, everyone), level);
  return { estimate, error, interval };
}

/** Of ascending replicates. */
export function percentileInterval(sorted: Float64Array, level = 0.95): [number, number] {
  const tail = (1 - level) / 2;
  return [sortedQuantile(sorted, tail), sortedQuantile(sorted, 1 - tail)];
}

/** Of ascending replicates; `acceleration` is a sixth of the skewness of the statistic's leave-out values. */
export function bcaInterval(
  sorted: Float64Array,
  estimate: number,
  acceleration: number,
  level = 0.95,
): [number, number] {
  let below = 0;
  for (const x of sorted) below += x < estimate ? 1 : x === estimate ? 0.5 : 0; // ties: a discrete statistic
  const bias = normalQuantile(
    Math.min(1 - 0.5 / sorted.length, Math.max(0.5 / sorted.length, below / sorted.length)),
  );
  const limit = (p: number) => {
    const z = bias + normalQuantile(p);
    return sortedQuantile(sorted, normalCdf(bias + z / (1 - acceleration * z)));
  };
  const tail = (1 - level) / 2;
  return [limit(tail), limit(1 - tail)];
}

function jackknifeSkew(statistic: Statistic, everyone: Uint32Array): number {
  const n = everyone.length;
  const groups = Math.min(n, GROUPS);
  const values = Float64Array.from({ length: groups }, (_, g) => {
    const [from, to] = [Math.floor((g * n) / groups), Math.floor(((g + 1) * n) / groups)];
    const rest = new Uint32Array(n - (to - from));
    rest.set(everyone.subarray(0, from));
    rest.set(everyone.subarray(to), from);
    return statistic(rest);
  });
  return accelerationOf(values);
}

/** A sixth of the skewness of leave-out values. */
export function accelerationOf(values: Float64Array): number {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  let [squares, cubes] = [0, 0];
  for (const x of values) {
    squares += (mean - x) ** 2;
    cubes += (mean - x) ** 3;
  }
  return squares === 0 ? 0 : cubes / (6 * Math.sqrt(squares) ** 3);
}
