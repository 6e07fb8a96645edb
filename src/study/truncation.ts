// Draws from a distribution cut to low .. high, by its inverse on the side of the distribution where nothing is lost:
// the lower tail by shares below, the upper tail by shares above. Never by rejection. In and out: expressions, so that
// they are evaluated like any other formula; and the rounding of the result to an f32 that is still inside.
import { call, type Expression, number } from '../language/expression.ts';
import type { Tails } from '../language/special.ts';

const below = (z: Expression) => call('normal_cdf', z);
const above = (z: Expression) => call('normal_cdf', call('neg', z));

/** The standard normal value at share u (0 < u < 1, 1 - u exact) of what lies between low and high. */
export function cutNormal(u: Expression, low: Expression, high: Expression): Expression {
  const shareBelow = call('add', below(low), call('mul', u, call('sub', below(high), below(low))));
  const rest = call('sub', number(1), u);
  const shareAbove = call('add', above(high), call('mul', rest, call('sub', above(low), above(high))));
  const lower = call('le', shareBelow, number(0.5));
  // One quantile, of whichever share is the smaller: evaluators that compute both branches would pay for two.
  const distance = call('normal_quantile', call('if', lower, shareBelow, shareAbove));
  return call('if', lower, distance, call('neg', distance));
}

/** Share of a standard normal between low and high. */
export function keptOfNormal(low: Expression, high: Expression): Expression {
  const upper = call('sub', above(low), above(high));
  return call('if', call('gt', low, number(0)), upper, call('sub', below(high), below(low)));
}

/** A uniform draw taken to the shares from .. to. */
export function cutShare(u: Expression, from: Expression, to: Expression): Expression {
  return call('add', from, call('mul', u, call('sub', to, from)));
}

/** A numeric law between two bounds: its value at a uniform draw, and the share of patients it keeps. */
export function cutTails({ shares, quantile }: Tails, low: number, high: number) {
  const [belowLow, aboveLow] = shares(low);
  const [belowHigh, aboveHigh] = shares(high);
  // Of two shares near 1 the difference is taken in what is left.
  const kept = belowLow > 0.5 ? aboveLow - aboveHigh : belowHigh - belowLow;
  return {
    kept,
    value: (u: number) => quantile(belowLow + u * kept, aboveHigh + (1 - u) * kept),
  };
}

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/**
 * The f32 nearest to x that is inside low .. high: plain rounding could step outside by half a unit in the last place
 * (0.1 has no f32). NaN stays NaN.
 */
export function roundWithin(x: number, low: number, high: number): number {
  const near = Math.fround(x < low ? low : x > high ? high : x);
  if (near > high) return beside(near, -1);
  if (near < low) return beside(near, 1);
  return near;
}

/** The next f32 above (1) or below (-1) an f32. */
function beside(x: number, direction: 1 | -1): number {
  if (x === 0) return direction * 2 ** -149;
  float[0] = x;
  bits[0] = (bits[0] ?? 0) + (x > 0 ? direction : -direction);
  return float[0] ?? Number.NaN;
}
