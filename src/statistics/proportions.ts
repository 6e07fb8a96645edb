// Probabilities and their differences, with intervals; numbers needed to treat and to harm. In: counts of patients.
// Out: shares, differences (first less second) and 1 / difference. Paired forms are for the same patients in two arms.
// Sources: Wilson, JASA 1927;22:209; Newcombe, Stat. Med. 1998;17:873 (independent, method 10) and 1998;17:2635
// (paired, method 10); numbers needed to treat Altman, BMJ 1998;317:1309.
import { normalWidth } from './distributions.ts';

export type Interval = readonly [number, number];

/** Wilson's score interval of a share. */
export function wilson(count: number, n: number, level = 0.95): Interval {
  checkCounts(count, n);
  if (n === 0) return [0, 1];
  const z = normalWidth(level);
  const p = count / n;
  const centre = p + (z * z) / (2 * n);
  const half = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  return [count === 0 ? 0 : (centre - half) / scale, count === n ? 1 : (centre + half) / scale];
}

function checkCounts(count: number, n: number): void {
  if (!(count >= 0 && count <= n)) throw new RangeError(`${count} of ${n}; use a count from 0 to the whole`);
}

export interface RiskDifference {
  readonly first: number;
  readonly second: number;
  readonly difference: number;
  readonly interval: Interval;
}

/** Between independent groups; Newcombe's hybrid of Wilson's intervals. */
export function riskDifference(
  count1: number,
  n1: number,
  count2: number,
  n2: number,
  level = 0.95,
): RiskDifference {
  return combine(count1 / n1, wilson(count1, n1, level), count2 / n2, wilson(count2, n2, level), 0);
}

/** The 2 x 2 of a condition in the same patients under two arms; whole numbers that add up, or weights. */
export interface PairedCounts {
  both: number;
  onlyFirst: number;
  onlySecond: number;
  neither: number;
}

export const createPairedCounts = (): PairedCounts => ({ both: 0, onlyFirst: 0, onlySecond: 0, neither: 0 });

export function countPair(into: PairedCounts, first: boolean, second: boolean, weight = 1): void {
  into[first ? (second ? 'both' : 'onlyFirst') : second ? 'onlySecond' : 'neither'] += weight;
}

export const pairsCounted = (c: PairedCounts): number => c.both + c.onlyFirst + c.onlySecond + c.neither;

/** Between arms of the same patients: Newcombe's paired interval, which uses how often both arms agree. */
export function pairedRiskDifference(counts: PairedCounts, level = 0.95): RiskDifference {
  const { both, onlyFirst, onlySecond, neither } = counts;
  const n = pairsCounted(counts);
  const first = both + onlyFirst;
  const second = both + onlySecond;
  const product = both * neither - onlyFirst * onlySecond;
  // Continuity correction: an agreement that chance could give is not taken to shorten the interval.
  const corrected = product > 0 ? Math.max(product - n / 2, 0) : product;
  const scale = Math.sqrt(first * second * (n - first) * (n - second));
  const phi = scale === 0 ? 0 : corrected / scale;
  return combine(first / n, wilson(first, n, level), second / n, wilson(second, n, level), phi);
}

function combine(
  p1: number,
  [l1, u1]: Interval,
  p2: number,
  [l2, u2]: Interval,
  phi: number,
): RiskDifference {
  const join = (a: number, b: number) => Math.sqrt(Math.max(0, a * a - 2 * phi * a * b + b * b));
  const difference = p1 - p2;
  return {
    first: p1,
    second: p2,
    difference,
    interval: [difference - join(p1 - l1, u2 - p2), difference + join(u1 - p1, p2 - l2)],
  };
}

/**
 * How many patients get the first arm instead of the second for one more of the condition. `benefit`: the whole
 * interval is on the good side; `harm`: on the bad side, and the numbers are needed to harm. `unclear`: it contains no
 * difference, so numbers run from `limits[0]` (needed to treat) through infinity to `limits[1]` (needed to harm).
 */
export type NumberNeeded =
  | { readonly kind: 'benefit' | 'harm'; readonly number: number; readonly limits: Interval }
  | { readonly kind: 'unclear'; readonly number: number; readonly limits: Interval };

/** `good`: the condition is what the patient wants. Numbers are not rounded; Infinity where there is no difference. */
export function numberNeeded(
  { difference, interval }: Pick<RiskDifference, 'difference' | 'interval'>,
  good: boolean,
): NumberNeeded {
  const sign = good ? 1 : -1;
  const gain = sign * difference;
  const [low, high] = good ? interval : [-interval[1], -interval[0]];
  if (low > 0) return { kind: 'benefit', number: 1 / gain, limits: [1 / high, 1 / low] };
  if (high < 0) return { kind: 'harm', number: -1 / gain, limits: [-1 / low, -1 / high] };
  return { kind: 'unclear', number: 1 / Math.abs(gain), limits: [1 / high, -1 / low] };
}
