// Kaplan-Meier survival with Greenwood's variance, pointwise band, quantiles and restricted mean. In: an EventTable.
// Out: columns over its times (survival is a share, times in the table's unit). It does not smooth or extrapolate.
// Sources: Kaplan and Meier, JASA 1958;53:457; Greenwood 1926; log-log band Kalbfleisch and Prentice 1980; interval of
// a quantile by inverting the band, Brookmeyer and Crowley, Biometrics 1982;38:29. Weighted patients: weighted-survival.ts.
import { exp, log } from '../language/math.ts';
import { normalWidth } from './distributions.ts';
import { type EventTable, firstAt } from './event-table.ts';

export interface SurvivalCurve {
  readonly times: Float64Array;
  readonly atRisk: Float64Array;
  /** Just after each time; 1 before the first. */
  readonly survival: Float64Array;
  /** Greenwood's variance of log survival: sum of d / (n (n - d)); Infinity once survival is 0. */
  readonly logVariance: Float64Array;
  readonly level: number;
  /** Pointwise band; NaN where survival is 0, and 1 .. 1 before the first event. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

export type Band = 'log-log' | 'plain';

export function kaplanMeier(table: EventTable, band: Band = 'log-log', level = 0.95): SurvivalCurve {
  const z = normalWidth(level);
  const { times, atRisk, events } = table;
  const column = () => new Float64Array(times.length);
  const curve = {
    times,
    atRisk,
    survival: column(),
    logVariance: column(),
    level,
    lower: column(),
    upper: column(),
  };
  let survival = 1;
  let variance = 0;
  for (let i = 0; i < times.length; i++) {
    const n = atRisk[i] ?? 0;
    const d = events[i] ?? 0;
    if (d > 0) {
      survival *= (n - d) / n;
      variance += d / (n * (n - d));
    }
    curve.survival[i] = survival;
    curve.logVariance[i] = variance;
    [curve.lower[i], curve.upper[i]] = survivalLimits(survival, Math.sqrt(variance), z, band);
  }
  return curve;
}

/** Interval of a survival probability whose log has standard error `error`. */
export function survivalLimits(survival: number, error: number, z: number, band: Band): [number, number] {
  if (survival === 1) return [1, 1];
  if (survival <= 0) return [Number.NaN, Number.NaN];
  if (band === 'plain')
    return [Math.max(0, survival * (1 - z * error)), Math.min(1, survival * (1 + z * error))];
  const logSurvival = log(survival);
  const shift = exp((z * error) / -logSurvival);
  return [exp(logSurvival * shift), exp(logSurvival / shift)];
}

/** Survival just after time t. */
export function survivalAt(curve: SurvivalCurve, t: number): number {
  const i = firstAt(curve.times, t);
  return curve.survival[curve.times[i] === t ? i : i - 1] ?? 1;
}

/** null: the curve (or its band) does not come down that far. */
export interface SurvivalQuantile {
  readonly time: number | null;
  readonly interval: readonly [number | null, number | null];
}

/** The time by which a share p has had the event (p = 0.5: the median), with the curve's level of confidence. */
export function survivalQuantile(curve: SurvivalCurve, p = 0.5): SurvivalQuantile {
  if (!(p > 0 && p < 1)) throw new RangeError(`share ${p}; use one between 0 and 1`);
  return {
    time: crossing(curve.times, curve.survival, 1 - p),
    interval: [crossing(curve.times, curve.lower, 1 - p), crossing(curve.times, curve.upper, 1 - p)],
  };
}

/** First time that the step curve is at or under s; in the middle of the stretch where it equals s, as is usual. */
function crossing(times: Float64Array, steps: Float64Array, s: number): number | null {
  const near = 1e-10;
  for (let i = 0; i < times.length; i++) {
    const value = steps[i] ?? Number.NaN;
    if (!(value <= s + near)) continue;
    const from = times[i] ?? null;
    if (value < s - near || from === null) return from;
    for (let j = i + 1; j < times.length; j++)
      if (!((steps[j] ?? Number.NaN) >= s - near)) return (from + (times[j] ?? from)) / 2;
    return from;
  }
  return null;
}

export interface RestrictedMean {
  readonly tau: number;
  /** Expected time without the event in 0 .. tau, in the unit of time. */
  readonly mean: number;
  readonly variance: number;
  readonly interval: readonly [number, number];
  /** tau lies after the last time while some are still at risk: the curve was drawn on flat. */
  readonly beyond: boolean;
}

/** Area under the curve from 0 to tau; its variance by Greenwood's terms (Klein and Moeschberger 2003, eq. 4.5.2). */
export function restrictedMean(curve: SurvivalCurve, tau: number): RestrictedMean {
  if (!(tau > 0 && tau < Number.POSITIVE_INFINITY)) throw new RangeError(`tau ${tau}; use a positive time`);
  const { times, survival, logVariance } = curve;
  const inside = firstAt(times, tau); // an event at tau has no area after it
  let ahead = 0; // area from time i to tau
  let variance = 0;
  for (let i = inside - 1; i >= 0; i--) {
    const until = i === inside - 1 ? tau : (times[i + 1] ?? tau);
    ahead += (survival[i] ?? 0) * (until - (times[i] ?? 0));
    const term = (logVariance[i] ?? 0) - (i === 0 ? 0 : (logVariance[i - 1] ?? 0));
    if (ahead > 0) variance += ahead * ahead * term; // no area ahead where survival is 0 and the term infinite
  }
  const mean = ahead + (inside === 0 ? tau : (times[0] ?? 0));
  const width = normalWidth(curve.level) * Math.sqrt(variance);
  const end = times[times.length - 1] ?? 0;
  const beyond = tau > end && (survival[survival.length - 1] ?? 1) > 0;
  return { tau, mean, variance, interval: [mean - width, mean + width], beyond };
}

/** Difference of two independent restricted means (first less second), with a normal interval. */
export function restrictedMeanDifference(
  first: RestrictedMean,
  second: RestrictedMean,
  level = 0.95,
): { readonly difference: number; readonly variance: number; readonly interval: readonly [number, number] } {
  if (first.tau !== second.tau)
    throw new RangeError(`restricted means to ${first.tau} and ${second.tau}; use the same tau`);
  const difference = first.mean - second.mean;
  const variance = first.variance + second.variance;
  const width = normalWidth(level) * Math.sqrt(variance);
  return { difference, variance, interval: [difference - width, difference + width] };
}
