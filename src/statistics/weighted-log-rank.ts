// Log-rank test and hazard ratio of groups whose patients count by weights, with robust variances. In: of each group counts on
// one grid, by weight and by squared weight. Out: chi-square and p; the ratio of two groups with its interval.
// Ties by Breslow; variances are sums of squared weighted residuals of the score (Lin and Wei, JASA 1989;84:1074, weighted as
// in Binder, Biometrika 1992;79:139). On a grid residuals are the same for all who leave a group in one bin, so that counts are
// enough. Groups are taken for different people, and the weights as given.
import { exp } from '../language/math.ts';
import { chiSquareUpper, normalCdf, normalWidth } from './distributions.ts';
import { type EventCounts, type EventTable, gridTable } from './event-table.ts';
import { solveSemidefinite } from './linear-algebra.ts';
import type { HazardRatio, LogRank } from './log-rank.ts';

export interface WeightedGroup {
  readonly counts: EventCounts;
  /** The same patients by their squared weights. */
  readonly squares: EventCounts;
}

/** Tables of groups on one grid. */
const tablesOf = (groups: readonly WeightedGroup[]): readonly EventTable[] =>
  groups.map(({ counts }) => gridTable(counts));

const at = (column: Float64Array | undefined, i: number): number => column?.[i] ?? 0;

/** Squared weights of who leaves a group in bin i, with the event and without. */
const leavers = ({ squares }: WeightedGroup, i: number): readonly [number, number] => [
  at(squares.causes[0], i),
  at(squares.censored, i),
];

export function weightedLogRank(groups: readonly WeightedGroup[]): Omit<LogRank, 'variance'> {
  const k = groups.length;
  const tables = tablesOf(groups);
  const observed = new Float64Array(k);
  const expected = new Float64Array(k);
  const variance = new Float64Array(k * k);
  const bins = tables[0]?.times.length ?? 0;
  /** Sum of the hazard's steps, and of the share of each group at risk times them, up to this bin. */
  let hazard = 0;
  const drawn = new Float64Array(k);
  const shares = new Float64Array(k);
  const residual = new Float64Array(k);
  for (let i = 0; i < bins; i++) {
    const n = tables.reduce((sum, { atRisk }) => sum + at(atRisk, i), 0);
    if (!(n > 0)) break;
    const d = tables.reduce((sum, { events }) => sum + at(events, i), 0);
    hazard += d / n;
    for (let g = 0; g < k; g++) {
      shares[g] = at(tables[g]?.atRisk, i) / n;
      drawn[g] = (drawn[g] ?? 0) + ((shares[g] ?? 0) * d) / n;
      observed[g] = (observed[g] ?? 0) + at(tables[g]?.events, i);
      expected[g] = (expected[g] ?? 0) + d * (shares[g] ?? 0);
    }
    groups.forEach((group, own) => {
      for (const [event, weight] of leavers(group, i).entries()) {
        if (weight === 0) continue;
        for (let h = 0; h < k; h++) {
          const mine = h === own ? 1 : 0;
          const after = event === 0 ? mine - (shares[h] ?? 0) : 0;
          residual[h] = after - (mine * hazard - (drawn[h] ?? 0));
        }
        for (let h = 0; h < k; h++)
          for (let l = 0; l < k; l++)
            variance[h * k + l] =
              (variance[h * k + l] ?? 0) + weight * (residual[h] ?? 0) * (residual[l] ?? 0);
      }
    });
  }
  const used = [...expected.keys()].filter((g) => (expected[g] ?? 0) > 0).slice(1); // the rows add up to 0
  const score = Float64Array.from(used, (g) => (observed[g] ?? 0) - (expected[g] ?? 0));
  const part = Float64Array.from(used.flatMap((g) => used.map((h) => variance[g * k + h] ?? 0)));
  const { x, rank } = solveSemidefinite(part, score);
  const chiSquare = score.reduce((sum, u, i) => sum + u * (x[i] ?? 0), 0);
  return {
    observed,
    expected,
    chiSquare,
    degrees: rank,
    p: rank === 0 ? 1 : chiSquareUpper(chiSquare, rank),
  };
}

/** Hazard of the second group over that of the first. */
export function weightedHazardRatio(first: WeightedGroup, second: WeightedGroup, level = 0.95): HazardRatio {
  const groups = [first, second] as const;
  const [none, one] = [gridTable(first.counts), gridTable(second.counts)];
  const both = [...none.times.keys()].filter((i) => at(none.atRisk, i) > 0 && at(one.atRisk, i) > 0);
  for (const [name, { events }] of [
    ['first', none],
    ['second', one],
  ] as const)
    if (both.every((i) => at(events, i) === 0))
      return {
        kind: 'not-estimable',
        reason: `the ${name} group has no event while both groups are at risk; the ratio is 0 or infinite`,
        without: name,
      };
  const scoreAt = (ratio: number) => {
    let score = 0;
    let information = 0;
    for (const i of both) {
      const d = at(none.events, i) + at(one.events, i);
      const own = ratio * at(one.atRisk, i);
      const share = own / (at(none.atRisk, i) + own);
      score += at(one.events, i) - d * share;
      information += d * share * (1 - share);
    }
    return { score, information };
  };
  let beta = 0;
  for (let iteration = 0; iteration < 100; iteration++) {
    const { score, information } = scoreAt(exp(beta));
    const step = Math.max(-2, Math.min(2, score / information));
    beta += step;
    if (!(Math.abs(beta) < 50)) break;
    if (Math.abs(step) > 1e-12 * Math.max(1, Math.abs(beta))) continue;
    const ratio = exp(beta);
    const logError = Math.sqrt(squaredResiduals(groups, [none, one], ratio)) / scoreAt(ratio).information;
    const z = normalWidth(level);
    return {
      kind: 'estimated',
      ratio,
      logRatio: beta,
      logError,
      interval: [exp(beta - z * logError), exp(beta + z * logError)],
      p: 2 * normalCdf(-Math.abs(beta / logError)),
    };
  }
  return { kind: 'not-estimable', reason: 'the likelihood has no maximum at a finite ratio' };
}

/** Sum over the patients of squared weight times squared residual of the score. */
function squaredResiduals(
  groups: readonly [WeightedGroup, WeightedGroup],
  tables: readonly [EventTable, EventTable],
  ratio: number,
): number {
  const [none, one] = tables;
  let sum = 0;
  let hazard = 0;
  let drawn = 0;
  for (let i = 0; i < none.times.length; i++) {
    const own = ratio * at(one.atRisk, i);
    const n = at(none.atRisk, i) + own;
    if (!(n > 0)) break;
    const rise = (at(none.events, i) + at(one.events, i)) / n;
    const share = own / n;
    hazard += rise;
    drawn += rise * share;
    groups.forEach((group, g) => {
      const expected = (g === 1 ? ratio : 1) * (g * hazard - drawn);
      const [events, censored] = leavers(group, i);
      sum += events * (g - share - expected) ** 2 + censored * expected ** 2;
    });
  }
  return sum;
}
