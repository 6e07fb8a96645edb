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

/** `first`: index of the first point that may be used. Values that are not above 0 are passed over. */
export function terminalSlope(times: Float64Array, values: Float64Array, first: number): Terminal {
  const usable: number[] = [];
  for (let i = first; i < times.length; i++) if ((values[i] ?? 0) > 0) usable.push(i);
  if (usable.length < 3) return { kind: 'not-estimable', reason: 'too-few-points' };
  const t = usable.map((i) => times[i] ?? 0);
  const y = usable.map((i) => log(values[i] ?? 0));
  let best: (Terminal & { kind: 'estimated' }) | undefined;
  const fits = [];
  for (let start = t.length - 3; start >= 0; start--) fits.push(line(t.slice(start), y.slice(start)));
  const falling = fits.filter((fit) => fit.rate > 0);
  const top = Math.max(...falling.map((fit) => fit.adjustedR2));
  for (const fit of falling) if (fit.adjustedR2 > top - CLOSE) best = { kind: 'estimated', ...fit }; // most points last
  return best ?? { kind: 'not-estimable', reason: 'not-declining' };
}

function line(t: readonly number[], y: readonly number[]) {
  const n = t.length;
  const meanT = t.reduce((sum, x) => sum + x, 0) / n;
  const meanY = y.reduce((sum, x) => sum + x, 0) / n;
  let [tt, ty, yy] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [dt, dy] = [(t[i] ?? 0) - meanT, (y[i] ?? 0) - meanY];
    tt += dt * dt;
    ty += dt * dy;
    yy += dy * dy;
  }
  const slope = ty / tt;
  const r2 = yy === 0 ? 0 : (ty * ty) / (tt * yy); // a flat line explains nothing
  const intercept = meanY - slope * meanT;
  const to = t[n - 1] ?? 0;
  return {
    rate: -slope,
    intercept,
    points: n,
    from: t[0] ?? 0,
    to,
    r2,
    adjustedR2: 1 - ((1 - r2) * (n - 1)) / (n - 2),
    predictedLast: exp(intercept + slope * to),
  };
}
