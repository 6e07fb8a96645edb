// Area under a concentration curve and its first moment, by trapezoids. In: ascending times and values of one curve.
// Out: running AUC (value x time) and AUMC (value x time^2). Linear everywhere, or linear up and logarithmic down.
// Source: Gabrielsson and Weiner, Pharmacokinetic and Pharmacodynamic Data Analysis, 5th ed. 2016, ch. 2.8.
import { exp, log } from '../language/math.ts';

export type AreaRule = 'linear' | 'linear-up-log-down';

export interface Area {
  readonly auc: number;
  readonly aumc: number;
}

/** One trapezoid from (t1, c1) to (t2, c2); logarithmic only where the curve falls and stays above zero. */
function trapezoid(t1: number, c1: number, t2: number, c2: number, rule: AreaRule): Area {
  const width = t2 - t1;
  const linear = rule === 'linear' || !(c2 < c1) || c2 <= 0;
  if (linear) return { auc: (width * (c1 + c2)) / 2, aumc: (width * (t1 * c1 + t2 * c2)) / 2 };
  const rate = log(c1 / c2) / width;
  return { auc: (c1 - c2) / rate, aumc: (t1 * c1 - t2 * c2) / rate + (c1 - c2) / (rate * rate) };
}

/** From the first time to `until`, which may lie between two times (read off by the same rule) but not beyond. */
export function area(times: Float64Array, values: Float64Array, until: number, rule: AreaRule): Area {
  let auc = 0;
  let aumc = 0;
  for (let i = 1; i < times.length; i++) {
    const [t1, c1] = [times[i - 1] ?? 0, values[i - 1] ?? 0];
    if (t1 >= until) break;
    const t2 = Math.min(times[i] ?? 0, until);
    const c2 = t2 === times[i] ? (values[i] ?? 0) : between(times, values, t2, rule);
    const piece = trapezoid(t1, c1, t2, c2, rule);
    auc += piece.auc;
    aumc += piece.aumc;
  }
  return { auc, aumc };
}

/** The curve's value at a time inside it. */
export function between(times: Float64Array, values: Float64Array, t: number, rule: AreaRule): number {
  let i = 0;
  while (i < times.length && (times[i] ?? 0) < t) i++;
  if (times[i] === t || i === 0) return values[i] ?? Number.NaN;
  const [t1, c1] = [times[i - 1] ?? 0, values[i - 1] ?? 0];
  const [t2, c2] = [times[i] ?? Number.NaN, values[i] ?? Number.NaN];
  const share = (t - t1) / (t2 - t1);
  if (rule === 'linear' || !(c2 < c1) || c2 <= 0) return c1 + share * (c2 - c1);
  return c1 * exp(share * log(c2 / c1));
}
