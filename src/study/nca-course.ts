// One patient's curve in one arm, analysed. In: values at the sampled times, doses, the plan of the analysis. Out: the numbers
// of statistics/nca.ts, the observed accumulation, and flags of what only the regimen can tell: drug of earlier doses, doses
// within the interval, a steady state that is not reached.
import {
  type Nca,
  type NcaCurve,
  type NcaFlag,
  nca,
  observedAccumulation,
  type Route,
} from '../statistics/nca.ts';
import type { NominalDose } from './nca-given.ts';
import type { Analysed, Flag } from './nca-parameters.ts';
import type { NcaOptions, NcaPlan } from './nca-plan.ts';

/** Of a curve's peak: less is the solver's error. */
const NEGLIGIBLE = 1e-6;
/** Of the average: how far from the steady state a trough may be. */
const STEADY = 0.05;

/** Flags of a terminal line that two doses in the interval leave without meaning. */
const OF_THE_LINE: ReadonlySet<NcaFlag> = new Set<NcaFlag>([
  'too-few-points',
  'not-declining',
  'poor-fit',
  'short-span',
  'mostly-extrapolated',
]);

/** A patient in an arm: solved and analysed, or not. */
export type Course =
  | {
      readonly kind: 'analysed';
      readonly route: Route['kind'];
      readonly dose: number | null;
      readonly analysed: Analysed;
      readonly flags: readonly Flag[];
    }
  | { readonly kind: 'failed'; readonly status: string };

/** What is known of a patient's arm. */
export interface ArmFacts {
  /** A first dose that was sampled from. */
  readonly first: number | null;
  readonly steadyLine: boolean;
  readonly until: number;
}

export function analyse(
  read: (place: number) => number,
  doses: readonly NominalDose[],
  looking: NcaPlan,
  options: NcaOptions,
  { first, steadyLine, until }: ArmFacts,
): Course {
  const { from, tau, close, given } = looking;
  const flags = new Set<Flag>();
  const at = doses.filter(({ time }) => Math.abs(time - from) <= close);
  const over = from + (tau ?? close);
  const next = doses.find(({ time }) => time > from + close && time >= over - close);
  const within = doses.filter(({ time }) => time > from + close && time < over - close);
  const earlier = doses.some(({ time }) => time < from - close);
  const total = (list: readonly NominalDose[]) => list.reduce((sum, { amount }) => sum + amount, 0);
  const dose = looking.dose ?? (at.length > 0 ? total([...at, ...within]) : null);
  const dosed = dose !== null && dose > 0;
  if (!dosed) flags.add('no-dose');
  const steady = dosed && tau !== null && (options.steady ?? (earlier || steadyLine));
  if (within.length > 0) flags.add('doses-inside');
  if (earlier && tau === null) flags.add('carried-over');

  const route = routeOf(at, options, given.ways);
  const curveFrom = (start: number, end: number, steadyNow: boolean): NcaCurve => {
    const { places, times } = looking.curve(start, end);
    const values = Float64Array.from(places, read);
    const peak = values.reduce((most, value) => (value > most ? value : most), 0);
    return {
      times,
      values,
      dose: dosed ? dose : 1,
      route,
      rule: options.rule ?? 'linear-up-log-down',
      quantificationLimit: options.lloq ?? NEGLIGIBLE * peak,
      ...(tau !== null && { tau, steady: steadyNow }),
    };
  };
  const curve = curveFrom(from, Math.min(next?.time ?? until, until), steady);
  const whole = nca(curve);
  for (const flag of whole.flags) if (within.length === 0 || !OF_THE_LINE.has(flag)) flags.add(flag);
  // Before the first dose there is nothing to compare with, at a dose of a steady state only what is just after it.
  const begins = earlier ? looking.before(from) : route.kind === 'bolus' ? null : looking.after(from);
  if (steady && begins !== null && !isSteady(read, whole, looking, begins)) flags.add('not-steady');

  let observed: Analysed['observed'] = { auc: null, cmax: null, trough: null };
  const firstDose = doses[0];
  if (dosed && tau !== null && first !== null && firstDose && Math.abs(firstDose.time - first) <= close) {
    observed = observedAccumulation(curveFrom(first, first + tau, false), curve);
    const then = total(doses.filter(({ time }) => time < first + tau - close));
    if (Math.abs(then - dose) > 1e-6 * dose) flags.add('first-dose-differs');
  } else if (dosed && tau !== null) flags.add('no-first-interval');
  const analysed = {
    nca: withoutUntold(whole, flags),
    absorbed: route.kind === 'extravascular',
    observed,
  };
  return { kind: 'analysed', route: route.kind, dose, analysed, flags: [...flags] };
}

/** Without a dose there is no clearance; with two doses in the interval the last decline is not that of its peak. */
function withoutUntold(whole: Nca, flags: ReadonlySet<Flag>): Nca {
  const { clearance, volume, steadyVolume } = whole;
  const untold = { clearance: null, volume: null, steadyVolume: null };
  const inside = {
    terminal: { kind: 'not-estimable', reason: 'not-declining' },
    lambdaZ: null,
    halfLife: null,
    aucInfinity: null,
    aumcInfinity: null,
    extrapolatedPercent: null,
    meanResidence: null,
    accumulation: null,
    volume: null,
    steadyVolume: null,
  } as const;
  return {
    ...whole,
    ...(flags.has('no-dose') ? untold : { clearance, volume, steadyVolume }),
    ...(flags.has('doses-inside') && inside),
  };
}

/** Intravenous where all of it goes into what is measured. Several inputs: as long as they last on average, by amount. */
function routeOf(
  at: readonly NominalDose[],
  { route, duration }: NcaOptions,
  ways: NcaPlan['given']['ways'],
): Route {
  const amount = at.reduce((sum, dose) => sum + dose.amount, 0);
  const lasted = at.reduce((sum, dose) => sum + dose.amount * dose.duration, 0) / amount;
  const direct = at.length > 0 ? at.every((dose) => dose.direct) : !ways.absorbed;
  if (route === 'extravascular' || (route === undefined && !direct)) return { kind: 'extravascular' };
  const over = duration ?? lasted;
  return route !== 'bolus' && over > 0 ? { kind: 'infusion', duration: over } : { kind: 'bolus' };
}

/** How far the trough still has to go: its change over tau times the accumulation to come, for a first-order decline. */
function isSteady(
  read: (place: number) => number,
  whole: Nca,
  { from, tau, before, placeOf }: NcaPlan,
  begins: number,
): boolean {
  const [first, then] = [placeOf(begins), placeOf(before(from + (tau ?? 0)))];
  if (first === undefined || then === undefined || whole.average === null) return true;
  const left = Math.abs(read(then) - read(first)) * (whole.accumulation ?? 1);
  return left <= STEADY * whole.average;
}
