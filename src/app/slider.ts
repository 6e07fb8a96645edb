// Where a value stands on a slider, and back. In: a value and its range. Out: a whole position 0 .. STEPS, or a value
// with no more digits than positions can tell apart. Logarithmic where the range spans more than a factor of 30.

export interface SliderRange {
  readonly low: number;
  readonly high: number;
}

export const STEPS = 200;
const LOG_FROM = 30;

export function isLogarithmic({ low, high }: SliderRange): boolean {
  return low > 0 && high / low > LOG_FROM;
}

export function positionOf(value: number, range: SliderRange): number {
  const { low, high } = range;
  const share = isLogarithmic(range)
    ? Math.log(Math.max(value, low) / low) / Math.log(high / low)
    : (value - low) / (high - low);
  return Math.round(STEPS * Math.min(1, Math.max(0, share)));
}

export function valueAt(position: number, range: SliderRange, whole = false): number {
  const { low, high } = range;
  // The ends are the range's own numbers, with all their digits.
  if (position <= 0) return low;
  if (position >= STEPS) return high;
  const exact = (at: number) =>
    isLogarithmic(range) ? low * (high / low) ** (at / STEPS) : low + (at / STEPS) * (high - low);
  // As few digits as tell this position from its neighbours.
  const step = exact(position + 0.5) - exact(position - 0.5);
  const decimals = whole ? Math.min(0, -Math.floor(Math.log10(step / 2))) : -Math.floor(Math.log10(step / 2));
  return Math.min(high, Math.max(low, roundTo(exact(position), decimals)));
}

/** Through text, so that 0.1 + 0.2 is 0.3 in the box. */
function roundTo(value: number, decimals: number): number {
  if (decimals <= 0) return Math.round(value / 10 ** -decimals) * 10 ** -decimals;
  return Number(value.toFixed(Math.min(100, decimals)));
}

/** What a slider covers when the model names no range: a fifth to five times the value. */
export function rangeAround(value: number): SliderRange {
  if (value === 0) return { low: 0, high: 1 };
  const [near, far] = [Number((value / 5).toPrecision(2)), Number((value * 5).toPrecision(2))];
  return value > 0 ? { low: near, high: far } : { low: far, high: near };
}

/** The range, stretched to hold a value that was typed outside it. */
export function including({ low, high }: SliderRange, value: number): SliderRange {
  return { low: Math.min(low, value), high: Math.max(high, value) };
}
