// Log-rank test of k groups, stratified if wanted, and the hazard ratio of two groups. In: one EventTable a group, in
// each stratum, from exact times or from a grid. Out: observed and expected events, chi-square, p; ratio with interval.
// Sources: Mantel, Cancer Chemother. Rep. 1966;50:163; Cox, JRSS B 1972;34:187; ties Efron, JASA 1977;72:557.
import { exp } from '../language/math.ts';
import { chiSquareUpper, normalCdf, normalWidth } from './distributions.ts';
import type { EventTable } from './event-table.ts';
import { solveSemidefinite } from './linear-algebra.ts';

export interface LogRank {
  readonly observed: Float64Array;
  readonly expected: Float64Array;
  /** Covariance of observed less expected, k x k, row by row. */
  readonly variance: Float64Array;
  readonly chiSquare: number;
  readonly degrees: number;
  /** 1 when no group can be told from another (no events, or one group only). */
  readonly p: number;
}

/** `strata[s][g]`: group g of stratum s. Every stratum has the same groups; a group may be empty. */
export function logRank(strata: readonly (readonly EventTable[])[]): LogRank {
  const k = groupsOf(strata);
  const observed = new Float64Array(k);
  const expected = new Float64Array(k);
  const variance = new Float64Array(k * k);
  for (const groups of strata)
    eachEventTime(groups, (atRisk, events) => {
      let n = 0;
      let d = 0;
      for (let g = 0; g < k; g++) {
        n += atRisk[g] ?? 0;
        d += events[g] ?? 0;
      }
      // the hypergeometric variance; a single person at risk has none
      const spread = n > 1 ? (d * (n - d)) / (n - 1) : 0;
      for (let g = 0; g < k; g++) {
        const share = (atRisk[g] ?? 0) / n;
        observed[g] = (observed[g] ?? 0) + (events[g] ?? 0);
        expected[g] = (expected[g] ?? 0) + d * share;
        for (let h = 0; h < k; h++) {
          const covariance = spread * share * ((g === h ? 1 : 0) - (atRisk[h] ?? 0) / n);
          variance[g * k + h] = (variance[g * k + h] ?? 0) + covariance;
        }
      }
    });
  const used = [...expected.keys()].filter((g) => (expected[g] ?? 0) > 0).slice(1); // the rows add up to 0
  const score = Float64Array.from(used, (g) => (observed[g] ?? 0) - (expected[g] ?? 0));
  const part = Float64Array.from(used.flatMap((g) => used.map((h) => variance[g * k + h] ?? 0)));
  const { x, rank } = solveSemidefinite(part, score);
  const chiSquare = score.reduce((sum, u, i) => sum + u * (x[i] ?? 0), 0);
  const p = rank === 0 ? 1 : chiSquareUpper(chiSquare, rank);
  return { observed, expected, variance, chiSquare, degrees: rank, p };
}

export type HazardRatio =
  | {
      readonly kind: 'estimated';
      /** Hazard of the second group over that of the first. */
      readonly ratio: number;
      readonly logRatio: number;
      readonly logError: number;
      readonly interval: readonly [number, number];
      /** Wald's test. */
      readonly p: number;
    }
  | {
      readonly kind: 'not-estimable';
      readonly reason: string;
      /** The group without an event while both are at risk, where that is the reason. */
      readonly without?: 'first' | 'second';
    };

/** Cox's partial likelihood with one binary covariate and Efron's ties; `strata[s] = [first, second]`. */
export function hazardRatio(strata: readonly (readonly EventTable[])[], level = 0.95): HazardRatio {
  if (groupsOf(strata) !== 2) throw new RangeError(`${groupsOf(strata)} groups; a hazard ratio compares 2`);
  const z = normalWidth(level);
  const rows: [number, number, number, number][] = [];
  for (const groups of strata)
    eachEventTime(groups, (n, d) => rows.push([n[0] ?? 0, n[1] ?? 0, d[0] ?? 0, d[1] ?? 0]));
  const informative = rows.filter(([n0, n1]) => n0 > 0 && n1 > 0);
  // Monotone likelihood: wherever both are at risk, only one group has events.
  for (const [g, name] of [
    [2, 'first'],
    [3, 'second'],
  ] as const)
    if (informative.every((row) => row[g] === 0))
      return {
        kind: 'not-estimable',
        reason: `the ${name} group has no event while both groups are at risk; the ratio is 0 or infinite`,
        without: name,
      };
  let beta = 0;
  for (let iteration = 0; iteration < 100; iteration++) {
    const { score, information } = efron(informative, exp(beta));
    const step = Math.max(-2, Math.min(2, score / information));
    beta += step;
    if (!(Math.abs(beta) < 50)) break;
    if (Math.abs(step) > 1e-12 * Math.max(1, Math.abs(beta))) continue;
    const logError = 1 / Math.sqrt(efron(informative, exp(beta)).information);
    return {
      kind: 'estimated',
      ratio: exp(beta),
      logRatio: beta,
      logError,
      interval: [exp(beta - z * logError), exp(beta + z * logError)],
      p: 2 * normalCdf(-Math.abs(beta / logError)),
    };
  }
  return { kind: 'not-estimable', reason: 'the likelihood has no maximum at a finite ratio' };
}

/** First derivative and negative second of the log partial likelihood in the log ratio. */
function efron(rows: readonly (readonly [number, number, number, number])[], ratio: number) {
  let score = 0;
  let information = 0;
  for (const [n0, n1, d0, d1] of rows) {
    const d = d0 + d1;
    score += d1;
    for (let l = 0; l < d; l++) {
      const weight = Math.min(1, d - l); // the last one of a number that is not whole
      const second = ratio * (n1 - (l / d) * d1);
      const share = second / (n0 - (l / d) * d0 + second);
      score -= weight * share;
      information += weight * share * (1 - share);
    }
  }
  return { score, information };
}

function groupsOf(strata: readonly (readonly EventTable[])[]): number {
  const k = strata[0]?.length ?? 0;
  if (k < 1 || strata.some((groups) => groups.length !== k))
    throw new RangeError(
      'every stratum needs the same groups, in the same order (empty ones as empty tables)',
    );
  return k;
}

/** Walks the times at which some group has an event, in order, with every group's number at risk and of events. */
function eachEventTime(
  groups: readonly EventTable[],
  visit: (atRisk: Float64Array, events: Float64Array) => void,
): void {
  const next = groups.map(() => 0);
  const atRisk = new Float64Array(groups.length);
  const events = new Float64Array(groups.length);
  for (;;) {
    let time = Number.POSITIVE_INFINITY;
    groups.forEach((table, g) => {
      time = Math.min(time, table.times[next[g] ?? 0] ?? Number.POSITIVE_INFINITY);
    });
    if (time === Number.POSITIVE_INFINITY) return;
    let any = false;
    groups.forEach((table, g) => {
      const i = next[g] ?? 0;
      const here = table.times[i] === time;
      atRisk[g] = table.atRisk[i] ?? 0;
      events[g] = here ? (table.events[i] ?? 0) : 0;
      any ||= (events[g] ?? 0) > 0;
      if (here) next[g] = i + 1;
    });
    if (any) visit(atRisk, events);
  }
}
