// Where a value stands on a slider, and back. In: a value and its range. Out: a whole position 0 .. STEPS, or a value
// with three significant digits. Logarithmic where the range spans more than a factor of 30.

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
  const share = position / STEPS;
  // The ends are the range's own numbers, with all their digits.
  if (share <= 0) return low;
  if (share >= 1) return high;
  const exact = isLogarithmic(range) ? low * (high / low) ** share : low + share * (high - low);
  if (whole) return Math.max(low, Math.round(Number(exact.toPrecision(2))));
  // Near zero of a range through zero, three digits of the value would be finer than the slider.
  const floor = (high - low) / STEPS;
  const rounded =
    Math.abs(exact) < floor
      ? Number((Math.round(exact / floor) * floor).toPrecision(3))
      : Number(exact.toPrecision(3));
  return Math.min(high, Math.max(low, rounded));
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
