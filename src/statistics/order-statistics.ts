// Interval of a median without any assumption on the distribution. In: how many values, a level. Out: which order
// statistics are its ends. The number of values below the median is binomial(n, 1/2), so the level is exact, never less.
// Source: Conover, Practical Nonparametric Statistics, 3rd ed. 1999, section 3.2.
import { exp } from '../language/math.ts';
import { checkLevel, logGamma } from './distributions.ts';

/** Ranks from 1 of n ascending values; null where even the smallest and the largest are not far enough apart. */
export function medianRanks(n: number, level = 0.95): readonly [number, number] | null {
  checkLevel(level);
  if (!Number.isInteger(n) || n < 0) throw new RangeError(`${n} values; give a whole number of them`);
  if (n === 0) return null;
  // From the middle outwards: P(low <= binomial <= n - low) until it reaches the level.
  let low = Math.floor(n / 2);
  let share = chance(n, low);
  let inside = n % 2 === 0 ? share : 2 * share;
  while (inside < level && low > 0) {
    share *= low / (n - low + 1);
    low--;
    inside += 2 * share;
  }
  return low === 0 ? null : [low, n + 1 - low];
}

/** Of k heads in n fair throws. */
const chance = (n: number, k: number): number =>
  exp(logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1) - n * Math.LN2);
