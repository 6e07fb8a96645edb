// Times to an event, arm by arm. In: blocks of endpoints as a run tells them, of endpoints that are times of an event. Out:
// Kaplan-Meier curves with number at risk and band, median, restricted mean to the run's end, log-rank, hazard ratios.
// Memory does not grow with the patients: counts on a fine grid, on whose edges curves are exact and within which an event
// counts in the middle. The arms are the same people; tests between them reckon as if they were others, and err on
// the safe side. Patients with weights count by them, with robust variances (statistics/weighted-survival.ts, weighted-log-rank.ts).
import type { EndpointBlock } from '../engine/backend.ts';
import type { Endpoint, Model } from '../language/model.ts';
import { conversion } from '../language/units.ts';
import {
  countEvent,
  createEventCounts,
  type EventTable,
  gridTable,
  numberAtRisk,
} from '../statistics/event-table.ts';
import { type HazardRatio, hazardRatio, logRank } from '../statistics/log-rank.ts';
import { kaplanMeier, restrictedMean, survivalQuantile } from '../statistics/survival.ts';
import { type WeightedGroup, weightedHazardRatio, weightedLogRank } from '../statistics/weighted-log-rank.ts';
import { weightedKaplanMeier, weightedRestrictedMean } from '../statistics/weighted-survival.ts';
import type { EndpointListener } from './listen.ts';
import type { SurvivalArm, SurvivalResult } from './result.ts';

/** Bins of the grid, and how many of them lie between two points of the curves that are told. */
const BINS = 4096;
const STRIDE = 32;

export interface TimedEvent {
  readonly name: string;
  readonly unit: string;
  /** The run's end in that unit. */
  readonly horizon: number;
  /** Index of the endpoint, and of the time at which observation ended before the event. */
  readonly column: number;
  readonly censored: number | null;
}

export interface SurvivalListener extends EndpointListener {
  report(): readonly SurvivalResult[];
}

/** Times of the end of observation, as endpoints that are computed and not shown; in the order of their events. */
export function censoringEndpoints(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  return endpoints.flatMap((endpoint): Endpoint[] => {
    const { event, name, label, unit, span } = endpoint;
    if (event?.censored === undefined) return [];
    return [{ name: `${name} censored`, label, unit, span, type: 'value', ...event.censored }];
  });
}

/** `endpoints`: those of the study, which the program has first, followed by censoringEndpoints(endpoints). */
export function timedEvents(
  endpoints: readonly Endpoint[],
  time: Model['time'],
  until: number,
): readonly TimedEvent[] {
  let next = endpoints.length;
  return endpoints.flatMap(({ name, unit, event }, column) => {
    if (event === undefined) return [];
    const censored = event.censored === undefined ? null : next++;
    return [{ name, unit: unit.text, horizon: until * conversion(time, unit), column, censored }];
  });
}

export function listenForEvents(
  arms: readonly string[],
  versus: number,
  timed: readonly TimedEvent[],
): SurvivalListener {
  const fresh = () =>
    timed.map(({ horizon }) => {
      const edges = Float64Array.from({ length: BINS + 1 }, (_, i) => (i * horizon) / BINS);
      return arms.map(
        (): Seen => ({
          counts: createEventCounts(edges),
          squares: createEventCounts(edges),
          failed: 0,
        }),
      );
    });
  let seen = fresh();
  let weighted = false;
  return {
    onEndpoints(block, weights) {
      weighted = weights !== undefined;
      timed.forEach((event, k) => {
        seen[k]?.forEach((own, a) => {
          own.failed += countBlock(own, block, a, event, weights);
        });
      });
    },
    onRestart() {
      seen = fresh();
    },
    report: () => timed.map((event, k) => reportOf(event, seen[k] ?? [], arms, versus, weighted)),
  };
}

/** An arm's patients by weight, and by squared weight where they have weights. */
interface Seen extends WeightedGroup {
  failed: number;
}

/** Counts an arm of a block; answers how many failed. Who weighs nothing is not looked at. */
function countBlock(
  { counts, squares }: Seen,
  { arms, count }: EndpointBlock,
  a: number,
  { column, censored, horizon }: TimedEvent,
  weights?: Float64Array,
): number {
  const arm = arms[a];
  if (arm === undefined) throw new RangeError(`a block of ${arms.length} arms has no arm ${a}`);
  const { status, endpoints } = arm;
  /** A float may lie a hair outside the run. */
  const within = (time: number) => Math.min(Math.max(time, 0), horizon);
  let failed = 0;
  for (let i = 0; i < count; i++) {
    const weight = weights?.[i] ?? 1;
    if (weight === 0) continue;
    if (status[i] !== 0) {
      failed++;
      continue;
    }
    const time = endpoints[column * count + i] ?? Number.NaN;
    const left = censored === null ? Number.NaN : (endpoints[censored * count + i] ?? Number.NaN);
    const seen = Number.isFinite(time);
    const at = seen ? within(time) : Number.isFinite(left) ? within(left) : horizon;
    const cause = seen ? 1 : 0;
    countEvent(counts, at, cause, weight);
    if (weights) countEvent(squares, at, cause, weight * weight);
  }
  return failed;
}

function reportOf(
  { name, unit, horizon }: TimedEvent,
  seen: readonly Seen[],
  arms: readonly string[],
  versus: number,
  weighted: boolean,
): SurvivalResult {
  const tables = seen.map(({ counts }) => gridTable(counts));
  const test =
    tables.filter(hasPatients).length > 1 ? (weighted ? weightedLogRank(seen) : logRank([tables])) : null;
  return {
    endpoint: name,
    unit,
    arms: seen.map((own, a) => armOf(arms[a] ?? '', own, horizon, weighted)),
    ...(test && { logRank: { chiSquare: test.chiSquare, degrees: test.degrees, p: test.p } }),
    ...(tables.length > 1 && ratiosOf({ seen, tables, arms, versus, weighted })),
  };
}

interface Pair {
  readonly arm: string;
  readonly versus: string;
}

/** Every arm's hazard over that of the arm compared with, or why there is none. */
function ratiosOf(of: {
  readonly seen: readonly Seen[];
  readonly tables: readonly EventTable[];
  readonly arms: readonly string[];
  readonly versus: number;
  readonly weighted: boolean;
}): Pick<SurvivalResult, 'hazardRatios' | 'withoutRatio'> {
  const { seen, tables, arms, versus, weighted } = of;
  const [group, baseline] = [seen[versus], tables[versus]];
  const found = tables.flatMap((table, a): { pair: Pair; of: HazardRatio }[] => {
    const own = seen[a];
    if (a === versus || !own || !group || !baseline) return [];
    const pair = { arm: arms[a] ?? '', versus: arms[versus] ?? '' };
    const nobody = hasPatients(baseline) ? (hasPatients(table) ? null : pair.arm) : pair.versus;
    if (nobody !== null) {
      const reason = `nobody could be solved in ${nobody}`;
      return [{ pair, of: { kind: 'not-estimable', reason } }];
    }
    return [{ pair, of: weighted ? weightedHazardRatio(group, own) : hazardRatio([[baseline, table]]) }];
  });
  const withoutRatio = found.flatMap(({ pair, of }) => {
    if (of.kind === 'estimated') return [];
    const quiet = of.without === 'first' ? pair.versus : pair.arm;
    const reason = of.without
      ? `${quiet} has no event while both are at risk, so the ratio is 0 or infinite`
      : of.reason;
    return [{ ...pair, reason }];
  });
  return {
    hazardRatios: found.flatMap(({ pair, of }) =>
      of.kind === 'estimated' ? [{ ...pair, ratio: of.ratio, interval: of.interval }] : [],
    ),
    ...(withoutRatio.length > 0 && { withoutRatio }),
  };
}

const hasPatients = ({ atRisk }: EventTable): boolean => (atRisk[0] ?? 0) > 0;
const total = (column: Float64Array): number => column.reduce((sum, x) => sum + x, 0);

function armOf(
  name: string,
  { counts, squares, failed }: Seen,
  horizon: number,
  weighted: boolean,
): SurvivalArm {
  const table = gridTable(counts);
  const robust = weighted ? weightedKaplanMeier({ counts, squares }) : null;
  const exact = robust ?? kaplanMeier(table);
  const middle = horizon / BINS / 2;
  const centred = exact.times.map((edge) => edge - middle);
  const points = Array.from({ length: BINS / STRIDE }, (_, i) => STRIDE * (i + 1) - 1);
  const times = [0, ...points.map((bin) => exact.times[bin] ?? Number.NaN)];
  const along = (column: Float64Array) => [1, ...points.map((bin) => column[bin] ?? Number.NaN)];
  const mean = robust
    ? weightedRestrictedMean({ ...robust, times: centred }, horizon)
    : restrictedMean({ ...exact, times: centred }, horizon);
  const patients = table.atRisk[0] ?? 0;
  if (!hasPatients(table)) return { ...nobodyOf(name, horizon, times), ...(failed > 0 && { failed }) };
  return {
    name,
    patients,
    events: total(table.events),
    // Those who stayed to the end without the event are in the last bin.
    censored: total(counts.censored.subarray(0, -1)),
    ...(failed > 0 && { failed }),
    median: survivalQuantile({ ...exact, times: centred }),
    restrictedMean: { to: horizon, mean: mean.mean, interval: mean.interval },
    times,
    survival: along(exact.survival),
    lower: along(exact.lower),
    upper: along(exact.upper),
    atRisk: Array.from(numberAtRisk(table, times)),
  };
}

/** An arm in which nobody is left has no curve: neither 1 nor 0. */
function nobodyOf(name: string, horizon: number, times: readonly number[]): SurvivalArm {
  const none = times.map(() => Number.NaN);
  return {
    name,
    patients: 0,
    events: 0,
    censored: 0,
    median: { time: null, interval: [null, null] },
    restrictedMean: { to: horizon, mean: Number.NaN, interval: [Number.NaN, Number.NaN] },
    times,
    survival: none,
    lower: none,
    upper: none,
    atRisk: times.map(() => 0),
  };
}
