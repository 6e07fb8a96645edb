// Cumulative incidence of competing causes (Aalen-Johansen). In: an EventTable with causes. Out: for each cause the
// probability that its event has come by each time, with variance and band. Not 1 - Kaplan-Meier: that one overstates.
// Sources: Aalen and Johansen, Scand. J. Stat. 1978;5:141; variance by the delta method with Greenwood's terms,
// Marubini and Valsecchi 1995, sec. 10.4: F (1 - F) / n when nobody is censored.
import { exp, log } from '../language/math.ts';
import { normalWidth } from './distributions.ts';
import type { EventTable } from './event-table.ts';

export interface Incidence {
  readonly times: Float64Array;
  /** Share that has had the event of this cause. */
  readonly incidence: Float64Array;
  readonly variance: Float64Array;
  /** Pointwise, on the log(-log) scale; 0 .. 0 before the cause's first event. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** One curve a cause, in the table's order. */
export function cumulativeIncidence(table: EventTable, level = 0.95): Incidence[] {
  const z = normalWidth(level);
  return table.causes.map((events) => causeIncidence(table, events, z));
}

function causeIncidence(table: EventTable, causeEvents: Float64Array, z: number): Incidence {
  const { times, atRisk } = table;
  const column = () => new Float64Array(times.length);
  const curve = { times, incidence: column(), variance: column(), lower: column(), upper: column() };
  let survival = 1;
  let share = 0;
  // Sums that give the variance at every time in one walk: (F - F_i)^2 h_i and (F - F_i) S_i d_i / n_i^2, expanded.
  let [h, hF, hFF, own, cross, crossF] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < times.length; i++) {
    const n = atRisk[i] ?? 0;
    const d = table.events[i] ?? 0;
    const k = causeEvents[i] ?? 0;
    if (d > 0) {
      share += (survival * k) / n;
      if (d < n) {
        const term = d / (n * (n - d));
        h += term;
        hF += term * share;
        hFF += term * share * share;
      } // else nobody is left and F stays: the infinite term meets a factor of 0
      own += (survival * survival * k * (n - k)) / (n * n * n);
      const mixed = (survival * k) / (n * n);
      cross += mixed;
      crossF += mixed * share;
      survival *= (n - d) / n;
    }
    const variance = Math.max(
      0,
      share * share * h - 2 * share * hF + hFF + own - 2 * (share * cross - crossF),
    );
    curve.incidence[i] = share;
    curve.variance[i] = variance;
    [curve.lower[i], curve.upper[i]] = limits(share, Math.sqrt(variance), z);
  }
  return curve;
}

function limits(share: number, error: number, z: number): [number, number] {
  if (share <= 0 || share >= 1) return [share, share];
  const shift = exp((-z * error) / (share * log(share)));
  return [exp(log(share) * shift), exp(log(share) / shift)];
}
