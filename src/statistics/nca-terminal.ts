// The terminal slope lambda_z of a concentration curve. In: times and values up to the last quantifiable one, and from
// where points may be used. Out: rate (1 / time), points used and how well they lie on a line, or why there is none.
// Rule: least squares of log value on time over the last 3, 4, ... points; the fit with the largest adjusted R2 is
// taken, and among fits within 0.0001 of it the one with most points (Gabrielsson and Weiner 2016, ch. 2.8; the rule
// of the usual programs, so that their numbers can be compared).
import { exp, log } from '../language/math.ts';

export type Terminal =
  | {
      readonly kind: 'estimated';
      /** Per unit of time. */
      readonly rate: number;
      /** Log value at time 0 of the fitted line. */
      readonly intercept: number;
      readonly points: number;
      readonly from: number;
      readonly to: number;
      readonly r2: number;
      readonly adjustedR2: number;
      /** Value of the line at the last time. */
      readonly predictedLast: number;
    }
  | { readonly kind: 'not-estimable'; readonly reason: 'too-few-points' | 'not-declining' };

const CLOSE = 1e-4;

/**
 * `first`: index of the first point that may be used. Values that are not above 0 are passed over. One walk from the
 * last point to the first, so dense simulated curves cost no more than their length. On those the rule takes more
 * points than the pure terminal phase has: lambda_z then errs by up to about 0.1 %.
 */
export function terminalSlope(times: Float64Array, values: Float64Array, first: number): Terminal {
  const fits: Fit[] = [];
  let [n, meanT, meanY, tt, ty, yy] = [0, 0, 0, 0, 0, 0];
  let to = 0;
  for (let i = times.length - 1; i >= first; i--) {
    const value = values[i] ?? 0;
    if (!(value > 0)) continue;
    const t = times[i] ?? 0;
    if (n === 0) to = t;
    n++;
    const [dt, dy] = [t - meanT, log(value) - meanY];
    meanT += dt / n;
    meanY += dy / n;
    const rest = (n - 1) / n;
    tt += dt * dt * rest;
    ty += dt * dy * rest;
    yy += dy * dy * rest;
    if (n < 3 || !(ty < 0)) continue;
    const r2 = Math.min(1, (ty * ty) / (tt * yy));
    const adjustedR2 = 1 - ((1 - r2) * (n - 1)) / (n - 2);
    fits.push({ rate: -ty / tt, meanT, meanY, points: n, from: t, r2, adjustedR2 });
  }
  if (n < 3) return { kind: 'not-estimable', reason: 'too-few-points' };
  const top = fits.reduce((most, fit) => Math.max(most, fit.adjustedR2), Number.NEGATIVE_INFINITY);
  const best = fits.findLast((fit) => fit.adjustedR2 > top - CLOSE); // the last one has most points
  if (!best) return { kind: 'not-estimable', reason: 'not-declining' };
  const { rate, points, from, r2, adjustedR2 } = best;
  const intercept = best.meanY + rate * best.meanT;
  const predictedLast = exp(intercept - rate * to);
  return { kind: 'estimated', rate, intercept, points, from, to, r2, adjustedR2, predictedLast };
}

/** A falling line through the last `points` points. */
interface Fit {
  readonly rate: number;
  readonly meanT: number;
  readonly meanY: number;
  readonly points: number;
  readonly from: number;
  readonly r2: number;
  readonly adjustedR2: number;
}
