// Non-compartmental analysis of one curve. In: times since the dose, values, dose, route, and tau at steady state.
// Out: exposure, peak, half-life, clearance and volume; null for what the curve cannot tell, with flags that say why.
// Units follow the inputs: AUC is value x time, clearance dose / AUC (mg over mg/L h is L/h), volume dose / value.
// Source: Gabrielsson and Weiner 2016, ch. 2.8; steady state: Rowland and Tozer 2011. One curve of one patient only.
import { exp, log } from '../language/math.ts';
import { type AreaRule, area, between } from './nca-area.ts';
import { type Terminal, terminalSlope } from './nca-terminal.ts';

export type Route =
  | { readonly kind: 'bolus' }
  | { readonly kind: 'infusion'; readonly duration: number }
  | { readonly kind: 'extravascular' };

export interface NcaCurve {
  /** Ascending, 0 at the dose. */
  readonly times: Float64Array;
  /** A value that is not finite is missing. */
  readonly values: Float64Array;
  readonly dose: number;
  readonly route: Route;
  readonly rule?: AreaRule;
  /** Dosing interval, where the curve is that of a regimen. */
  readonly tau?: number;
  /** The curve is one interval at steady state: clearance is then dose / AUC over tau. */
  readonly steady?: boolean;
  /** Values under it count as 0 before the first quantifiable one and as missing after it. */
  readonly quantificationLimit?: number;
}

export type NcaFlag =
  | 'nothing-quantifiable'
  | 'too-few-points'
  | 'not-declining'
  | 'start-extrapolated' // no value at time 0: taken from the first two (bolus), the minimum (steady) or 0
  | 'poor-fit' // adjusted R2 of the terminal line below 0.9
  | 'short-span' // the terminal line covers less than two half-lives
  | 'mostly-extrapolated' // over 20 % of AUC to infinity is beyond the last value
  | 'tau-beyond-last'; // AUC over tau was completed along the terminal line, or could not be

export interface Nca {
  readonly cmax: number | null;
  readonly tmax: number | null;
  /** Smallest value from 0 to tau, or to the last one. */
  readonly cmin: number | null;
  readonly clast: number | null;
  readonly tlast: number | null;
  readonly aucLast: number | null;
  readonly aumcLast: number | null;
  readonly terminal: Terminal;
  readonly lambdaZ: number | null;
  readonly halfLife: number | null;
  readonly aucInfinity: number | null;
  readonly aumcInfinity: number | null;
  readonly extrapolatedPercent: number | null;
  /** CL; CL/F when extravascular. */
  readonly clearance: number | null;
  /** Vz; Vz/F when extravascular. */
  readonly volume: number | null;
  /** Mean residence time to infinity, less half the infusion; with the absorption time when extravascular. */
  readonly meanResidence: number | null;
  /** CL x MRT, of intravenous single doses only. */
  readonly steadyVolume: number | null;
  readonly aucTau: number | null;
  readonly average: number | null;
  /** 100 (Cmax - Cmin) / Cavg. */
  readonly fluctuationPercent: number | null;
  /** (Cmax - Cmin) / Cmin. */
  readonly swing: number | null;
  /** 1 / (1 - exp(-lambda_z tau)): what a single dose foretells. */
  readonly accumulation: number | null;
  readonly flags: readonly NcaFlag[];
}

/** Analyses one curve. Throws on times that do not ascend, on lengths that differ, and on a dose or tau that is not positive. */
export function nca(curve: NcaCurve): Nca {
  checkCurve(curve);
  const { route, rule = 'linear-up-log-down', tau, dose, steady = false } = curve;
  const flags = new Set<NcaFlag>();
  const { times, values, observed } = quantifiable(curve, flags);
  const last = times.length - 1;
  if (observed === 0) {
    flags.add('nothing-quantifiable');
    return { ...NOTHING, flags: [...flags] };
  }
  const window = tau ?? Number.POSITIVE_INFINITY;
  const peak = extreme(times, values, window, (a, b) => a > b);
  const trough = extreme(times, values, window, (a, b) => a < b);
  const clast = values[last] ?? 0;
  const tlast = times[last] ?? 0;
  const { auc: aucLast, aumc: aumcLast } = area(times, values, tlast, rule);

  // The peak itself still rises by absorption or infusion; after a bolus it is the first point of the decline.
  const terminal = terminalSlope(times, values, route.kind === 'bolus' ? peak : peak + 1);
  if (terminal.kind === 'not-estimable') flags.add(terminal.reason);
  const rate = terminal.kind === 'estimated' ? terminal.rate : null;
  const halfLife = rate === null ? null : log(2) / rate;
  if (terminal.kind === 'estimated' && halfLife !== null) {
    if (terminal.adjustedR2 < 0.9) flags.add('poor-fit');
    if (terminal.to - terminal.from < 2 * halfLife) flags.add('short-span');
  }
  const beyond = rate === null ? null : clast / rate;
  const aucInfinity = beyond === null ? null : aucLast + beyond;
  const aumcInfinity = beyond === null || rate === null ? null : aumcLast + beyond * tlast + beyond / rate;
  const extrapolatedPercent = beyond === null || aucInfinity === null ? null : (100 * beyond) / aucInfinity;
  if (extrapolatedPercent !== null && extrapolatedPercent > 20 && !steady) flags.add('mostly-extrapolated');

  const aucTau = tau === undefined ? null : areaOverTau(times, values, tau, rule, rate, flags);
  const exposure = steady ? aucTau : aucInfinity;
  const clearance = exposure === null ? null : dose / exposure;
  const duration = route.kind === 'infusion' ? route.duration : 0;
  const meanResidence =
    aucInfinity === null || aumcInfinity === null || steady
      ? null
      : aumcInfinity / aucInfinity - duration / 2;
  const cmax = values[peak] ?? null;
  const cmin = values[trough] ?? null;
  const average = tau === undefined || aucTau === null ? null : aucTau / tau;
  const range = cmax === null || cmin === null || tau === undefined ? null : cmax - cmin;
  return {
    cmax,
    tmax: times[peak] ?? null,
    cmin,
    clast,
    tlast,
    aucLast,
    aumcLast,
    terminal,
    lambdaZ: rate,
    halfLife,
    aucInfinity,
    aumcInfinity,
    extrapolatedPercent,
    clearance,
    volume: clearance === null || rate === null ? null : clearance / rate,
    meanResidence,
    steadyVolume:
      clearance === null || meanResidence === null || route.kind === 'extravascular'
        ? null
        : clearance * meanResidence,
    aucTau,
    average,
    fluctuationPercent: range === null || average === null ? null : (100 * range) / average,
    swing: range === null || cmin === null || cmin <= 0 ? null : range / cmin,
    accumulation: rate === null || tau === undefined ? null : 1 / (1 - exp(-rate * tau)),
    flags: [...flags],
  };
}

const NOTHING: Omit<Nca, 'flags'> = {
  cmax: null,
  tmax: null,
  cmin: null,
  clast: null,
  tlast: null,
  aucLast: null,
  aumcLast: null,
  terminal: { kind: 'not-estimable', reason: 'too-few-points' },
  lambdaZ: null,
  halfLife: null,
  aucInfinity: null,
  aumcInfinity: null,
  extrapolatedPercent: null,
  clearance: null,
  volume: null,
  meanResidence: null,
  steadyVolume: null,
  aucTau: null,
  average: null,
  fluctuationPercent: null,
  swing: null,
  accumulation: null,
};

function checkCurve({ times, values, dose, tau, route, steady }: NcaCurve): void {
  if (times.length !== values.length)
    throw new RangeError(`${times.length} times and ${values.length} values; give one value a time`);
  times.forEach((t, i) => {
    if (!(t >= 0) || (i > 0 && !(t > (times[i - 1] ?? 0))))
      throw new RangeError(`time ${t} at place ${i + 1}; times must ascend from 0, the time of the dose`);
  });
  if (!(dose > 0)) throw new RangeError(`dose ${dose}; use a positive amount`);
  if (tau !== undefined && !(tau > 0)) throw new RangeError(`tau ${tau}; use a positive time`);
  if (steady && tau === undefined)
    throw new RangeError('a curve at steady state needs tau, its dosing interval');
  if (route.kind === 'infusion' && !(route.duration > 0))
    throw new RangeError(`infusion over ${route.duration}; use a positive duration, or a bolus`);
}

/** The points to analyse: present, from time 0, up to the last quantifiable one. */
function quantifiable(curve: NcaCurve, flags: Set<NcaFlag>) {
  const limit = curve.quantificationLimit ?? 0;
  const times: number[] = [];
  const values: number[] = [];
  let seen = 0;
  let length = 0; // up to the last quantifiable point
  curve.values.forEach((value, i) => {
    const time = curve.times[i] ?? 0;
    if (!Number.isFinite(value)) return;
    const enough = value > 0 && value >= limit;
    if (!enough && seen > 0 && limit > 0) return;
    times.push(time);
    values.push(enough ? value : 0);
    if (!enough) return;
    seen++;
    length = times.length;
  });
  times.length = length;
  values.length = length;
  if (seen > 0 && times[0] !== 0) {
    flags.add('start-extrapolated');
    times.unshift(0);
    values.unshift(valueAtStart(curve, times.slice(1), values));
  }
  return { times: Float64Array.from(times), values: Float64Array.from(values), observed: seen };
}

/** Without a value at time 0: back along the first two points after a bolus, the minimum at steady state, otherwise 0. */
function valueAtStart(
  { route, steady, tau }: NcaCurve,
  times: readonly number[],
  values: readonly number[],
): number {
  const [t1 = 0, t2 = 0] = times;
  const [c1 = 0, c2 = 0] = values;
  if (route.kind === 'bolus') {
    if (!(c1 > c2 && c2 > 0)) return c1; // not falling: the first value is the best guess
    return c1 * exp((log(c1 / c2) / (t2 - t1)) * t1);
  }
  if (!steady) return 0;
  return Math.min(...values.filter((_, i) => (times[i] ?? 0) <= (tau ?? Number.POSITIVE_INFINITY)));
}

/** Index of the first most extreme value not after `window`. */
function extreme(
  times: Float64Array,
  values: Float64Array,
  window: number,
  beats: (a: number, b: number) => boolean,
): number {
  let best = 0;
  for (let i = 1; i < times.length && (times[i] ?? 0) <= window; i++)
    if (beats(values[i] ?? 0, values[best] ?? 0)) best = i;
  return best;
}

function areaOverTau(
  times: Float64Array,
  values: Float64Array,
  tau: number,
  rule: AreaRule,
  rate: number | null,
  flags: Set<NcaFlag>,
): number | null {
  const tlast = times[times.length - 1] ?? 0;
  const { auc } = area(times, values, Math.min(tau, tlast), rule);
  if (tau <= tlast) return auc;
  flags.add('tau-beyond-last');
  if (rate === null) return null;
  return auc + ((values[values.length - 1] ?? 0) * (1 - exp(-rate * (tau - tlast)))) / rate;
}

/** AUC from 0 to `until` of a curve as it is given; null beyond its last time. For partial areas. */
export function partialArea(
  times: Float64Array,
  values: Float64Array,
  from: number,
  until: number,
  rule: AreaRule,
): number | null {
  if (!(from >= (times[0] ?? 0) && until <= (times[times.length - 1] ?? 0) && from <= until)) return null;
  return area(times, values, until, rule).auc - area(times, values, from, rule).auc;
}

/** Observed accumulation: of AUC over tau, of the peak and of the value at tau; steady state over first dose. */
export function observedAccumulation(first: NcaCurve, steady: NcaCurve) {
  const [a, b] = [nca(first), nca(steady)];
  const ratio = (y: number | null, x: number | null) => (x === null || y === null || x === 0 ? null : y / x);
  const trough = ({ times, values, tau, rule = 'linear-up-log-down' }: NcaCurve) => {
    const value = tau === undefined ? Number.NaN : between(times, values, tau, rule);
    return Number.isFinite(value) ? value : null;
  };
  return {
    auc: ratio(b.aucTau, a.aucTau),
    cmax: ratio(b.cmax, a.cmax),
    trough: ratio(trough(steady), trough(first)),
  };
}
