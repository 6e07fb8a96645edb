// How a covariate is spread over the patients as they are drawn: bars of round edges that leave nobody outside, the shares in
// them, mean, spread and middle. In: values. Out: a Spread. Runs in the worker; weights have no part in it.
import type { Present } from './weights.ts';

export interface Spread extends Present {
  /** Ascending, in the covariate's unit; bars are [edge, next edge). */
  readonly edges: readonly number[];
  readonly shares: readonly number[];
}

/** At most about so many bars; a tail of less than this share is no bar of its own. */
const BARS = 11;
const TAIL = 0.02;

/** `edges`: those of a target that is there already. */
export function spreadOf(values: Float64Array, edges: readonly number[] = edgesFor(values)): Spread {
  const sorted = values.slice().sort();
  const n = sorted.length;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / n;
  const sd = Math.sqrt(sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, n - 1));
  const counts = new Array<number>(edges.length - 1).fill(0);
  for (const value of sorted) {
    const bar = edges.findLastIndex((edge) => value >= edge);
    if (bar >= 0 && bar < counts.length) counts[bar] = (counts[bar] ?? 0) + 1;
  }
  const median =
    ((sorted[Math.floor((n - 1) / 2)] ?? Number.NaN) + (sorted[Math.ceil((n - 1) / 2)] ?? Number.NaN)) / 2;
  return { edges, shares: counts.map((count) => count / n), mean, sd, median };
}

/** Round steps over the bulk; the outermost bars reach as far as there is anybody. */
export function edgesFor(values: Float64Array): readonly number[] {
  const sorted = values.slice().sort();
  const last = sorted.length - 1;
  const at = (share: number) => sorted[Math.round(share * last)] ?? 0;
  const [low, high, least, most] = [at(TAIL), at(1 - TAIL), at(0), at(1)];
  if (!(high > low)) return [least - 0.5, most + 0.5];
  const step = roundStep((high - low) / BARS);
  const inner: number[] = [];
  for (let k = Math.ceil(low / step); k * step <= high; k++) inner.push(Number((k * step).toPrecision(12)));
  const first = Math.min(Math.floor(least / step), Math.ceil(low / step) - 1) * step;
  // The last edge itself is outside.
  const end = (Math.floor(Math.max(most, inner.at(-1) ?? most) / step) + 1) * step;
  return [first, ...inner, end].map((edge) => Number(edge.toPrecision(12)));
}

function roundStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * ([1, 2, 2.5, 5].find((factor) => factor * power >= raw) ?? 10);
}
