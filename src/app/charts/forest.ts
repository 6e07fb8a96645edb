// A forest plot's axis: estimates with their intervals on one common scale that holds "no difference". In: estimates. Out:
// limits, ticks, and where a value stands between them. Pure; it draws nothing and computes no statistics.

export interface Estimate {
  readonly value: number;
  readonly interval: readonly [number, number];
}

export interface ForestAxis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  /** Ratios stand on a logarithmic axis: half and double are equally far from 1. */
  readonly log: boolean;
  /** No difference; null where there is nothing to compare. */
  readonly none: number | null;
}

/** Room at either end, as a share of the axis. */
const MARGIN = 0.06;
/** A whisker may reach so many typical intervals beyond the estimates; what is longer is cut and ends in an arrow. */
const REACH = 2.5;
const TICKS = 4;

/** Null where no estimate exists. */
export function forestAxis(
  estimates: readonly Estimate[],
  { none, log = false }: { readonly none: number | null; readonly log?: boolean },
): ForestAxis | null {
  const to = (x: number) => (log ? Math.log(x) : x);
  const from = (x: number) => (log ? Math.exp(x) : x);
  const known = estimates
    .map(({ value, interval: [low, high] }) => ({ value: to(value), low: to(low), high: to(high) }))
    .filter(({ value }) => Number.isFinite(value));
  if (known.length === 0) return null;
  const centre = none === null ? [] : [to(none)];
  const points = [...known.map(({ value }) => value), ...centre];
  const ends = known.flatMap(({ low, high }) => [low, high]).filter(Number.isFinite);
  const widths = known
    .map(({ low, high }) => high - low)
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const reach = REACH * (widths[Math.floor(widths.length / 2)] ?? 0);
  let low = Math.max(Math.min(...points, ...ends), Math.min(...points) - reach);
  let high = Math.min(Math.max(...points, ...ends), Math.max(...points) + reach);
  // Nobody changes at all: an axis around the point, so that it can be drawn.
  if (!(high > low)) [low, high] = [low - around(low, log), high + around(high, log)];
  const room = (high - low) * MARGIN;
  const limits = { low: from(low - room), high: from(high + room) };
  return { ...limits, ticks: ticksOf(limits.low, limits.high, log), log, none };
}

const around = (x: number, log: boolean) => (log || x === 0 ? 1 : Math.abs(x) / 2);

/** From 0, the low end, to 1; outside the axis below 0 or above 1. */
export function placeOn({ low, high, log }: ForestAxis, value: number): number {
  return log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
}

/** 1, 2 or 5 times a power of ten; on a wide logarithmic axis 1, 2 and 5 of each decade. */
function ticksOf(low: number, high: number, log: boolean): readonly number[] {
  if (log && high / low > 6) {
    const decades = Array.from(
      { length: Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low)) + 1 },
      (_, at) => 10 ** (Math.floor(Math.log10(low)) + at),
    );
    const factors = high / low > 300 ? [1] : high / low > 40 ? [1, 3] : [1, 2, 5];
    return decades.flatMap((decade) => factors.map((factor) => factor * decade)).filter(inside(low, high));
  }
  const raw = (high - low) / TICKS;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= raw) ?? 10);
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  // Multiples of the step, without what adding it up would leave behind.
  return Array.from({ length: count }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}

const inside = (low: number, high: number) => (x: number) => x >= low && x <= high;
