// Kaplan-Meier survival and restricted mean of patients who count by weights, with robust variances. In: counts on one grid,
// by weight and by squared weight. Out: the curve and mean of survival.ts; their variances are sums of squared weighted
// influences of the patients (the infinitesimal jackknife: Efron, The Jackknife, the Bootstrap and Other Resampling Plans, 1982,
// ch. 6), which hold also where weights and events go together. Equal weights give Greenwood's.
// On a grid the influences of all who leave in one bin are the same, so that counts are enough. Weights are taken as given.
import { normalWidth } from './distributions.ts';
import { gridTable } from './event-table.ts';
import {
  kaplanMeier,
  type RestrictedMean,
  restrictedMean,
  type SurvivalCurve,
  survivalLimits,
} from './survival.ts';
import type { WeightedGroup } from './weighted-log-rank.ts';

export interface WeightedCurve extends SurvivalCurve {
  /** By row: squared weights of who leaves there with the event, without it, and of who stays on. */
  readonly squares: {
    readonly events: Float64Array;
    readonly censored: Float64Array;
    readonly after: Float64Array;
  };
  /** By row: what an event there adds to the influence on log survival, and what being at risk has taken from it by then. */
  readonly jump: Float64Array;
  readonly drift: Float64Array;
}

const at = (column: Float64Array | undefined, i: number): number => column?.[i] ?? 0;

export function weightedKaplanMeier({ counts, squares }: WeightedGroup, level = 0.95): WeightedCurve {
  const table = gridTable(counts);
  const squared = gridTable(squares);
  const curve = kaplanMeier(table, 'log-log', level);
  const z = normalWidth(level);
  const { length } = table.times;
  const column = () => new Float64Array(length);
  const own = { jump: column(), drift: column(), logVariance: column(), lower: column(), upper: column() };
  const after = squared.atRisk.map((n, i) => n - at(squared.events, i) - at(squared.censored, i));
  let drift = 0;
  let left = 0;
  for (let i = 0; i < length; i++) {
    const [n, d] = [at(table.atRisk, i), at(table.events, i)];
    const survival = at(curve.survival, i);
    if (d > 0) {
      own.jump[i] = 1 / (n - d);
      drift += d / (n * (n - d));
    }
    own.drift[i] = drift;
    left += at(squared.events, i) * (at(own.jump, i) - drift) ** 2 + at(squared.censored, i) * drift ** 2;
    const variance = survival > 0 ? left + at(after, i) * drift ** 2 : Number.POSITIVE_INFINITY;
    own.logVariance[i] = variance;
    [own.lower[i], own.upper[i]] = survivalLimits(survival, Math.sqrt(variance), z, 'log-log');
  }
  return { ...curve, ...own, squares: { events: squared.events, censored: squared.censored, after } };
}

/** Area under the curve from 0 to tau. */
export function weightedRestrictedMean(curve: WeightedCurve, tau: number): RestrictedMean {
  const { times, survival, squares, jump, drift, level } = curve;
  const { mean, beyond } = restrictedMean(curve, tau);
  let start = 0;
  /** Area so far, and the same by what being at risk takes from the logarithm of each height. */
  let [area, taken] = [0, 0];
  let variance = 0;
  for (let i = 0; i <= times.length; i++) {
    const end = Math.min(times[i] ?? tau, tau);
    const height = i === 0 ? 1 : at(survival, i - 1);
    area += (end - start) * height;
    if (height > 0 && i > 0) taken += (end - start) * height * at(drift, i - 1);
    start = end;
    const ahead = mean - area;
    if (end >= tau || i === times.length) {
      // Who is still there when the area ends.
      variance += at(squares.after, i - 1) * taken ** 2;
      break;
    }
    // Once survival is 0 there is no area ahead, whatever happens to its logarithm.
    const [event, stay] =
      at(survival, i) > 0 ? [ahead * (at(jump, i) - at(drift, i)), -ahead * at(drift, i)] : [0, 0];
    variance += at(squares.events, i) * (event - taken) ** 2 + at(squares.censored, i) * (stay - taken) ** 2;
  }
  const width = normalWidth(level) * Math.sqrt(variance);
  return { tau, mean, variance, interval: [mean - width, mean + width], beyond };
}
