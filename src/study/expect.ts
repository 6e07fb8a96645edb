// Same link, same numbers: what a sharer saw, as a short list, and the verdict on opening it elsewhere.
// In: a Result and the digest of its inputs. Out: an Expectation for the study, or a sentence with the largest difference.
// Rounded floats are never hashed: inputs are compared by digest, numbers one by one against a stated limit.
import type { ArmResult, Result } from './result.ts';
import type { Expectation } from './study.ts';

/** Values a link carries at most. */
const MOST_VALUES = 64;
/** Output times in the list, evenly spread. */
const TIMES = 5;
/** Largest difference, of a value's scale: between two f64 runs, and where a f32 run is on either side. */
export const LIMITS = { f64: 1e-9, f32: 1e-3 } as const;

export interface Comparison {
  readonly verdict: 'reproduced' | 'differs' | 'inputs changed';
  /** Of scale; Infinity when a number exists on one side only; NaN when the lists cannot be compared. */
  readonly largest: number;
  readonly limit: number;
  /** For the reader, complete. */
  readonly sentence: string;
  /** Values beyond the limit, farthest first. */
  readonly moved: readonly Moved[];
}

export interface Moved {
  /** `fixed: auc24, median`. */
  readonly what: string;
  readonly expected: number | null;
  readonly got: number | null;
  readonly difference: number;
}

interface Listed {
  readonly what: string;
  readonly value: number | null;
  /** What a difference is measured against: the largest value the same quantity takes in any arm. */
  readonly scale: number;
}

export function expectationOf(result: Result, inputs: string): Expectation {
  return {
    engine: result.gemello,
    inputs,
    precision: result.precision,
    values: listed(result).map(({ value }) => value),
  };
}

export function compareExpectation(expectation: Expectation, result: Result, inputs: string): Comparison {
  const bothExact = expectation.precision === 'f64' && result.precision === 'f64';
  const limit = bothExact ? LIMITS.f64 : LIMITS.f32;
  const now = listed(result);
  const then = expectation.values;
  const changed =
    expectation.engine !== result.gemello
      ? `made with Gemello ${expectation.engine}, this is ${result.gemello}`
      : expectation.inputs !== inputs
        ? 'the study, its model or its table was changed since'
        : undefined;
  if (now.length !== then.length) {
    const counts = `${then.length} values were noted, this run has ${now.length}`;
    return changed === undefined
      ? {
          verdict: 'differs',
          largest: Number.NaN,
          limit,
          sentence: `cannot be compared: ${counts}`,
          moved: [],
        }
      : {
          verdict: 'inputs changed',
          largest: Number.NaN,
          limit,
          sentence: `inputs changed (${changed}); not comparable: ${counts}`,
          moved: [],
        };
  }
  const all = now.map(({ what, value, scale }, i): Moved => {
    const expected = then[i] ?? null;
    return { what, expected, got: value, difference: differenceOf(expected, value, scale) };
  });
  const largest = all.reduce((most, { difference }) => Math.max(most, difference), 0);
  const moved = all.filter(({ difference }) => difference > limit).sort((a, b) => order(b) - order(a));
  const amount = `largest difference ${inWords(largest)} (limit ${shortest(limit)})`;
  if (changed !== undefined)
    return {
      verdict: 'inputs changed',
      largest,
      limit,
      sentence: `inputs changed (${changed}); ${amount}`,
      moved,
    };
  const [worst] = moved;
  if (worst === undefined)
    return {
      verdict: 'reproduced',
      largest,
      limit,
      sentence: `reproduced: identical inputs; ${amount}`,
      moved,
    };
  const more = moved.length > 1 ? `, and ${moved.length - 1} more` : '';
  return {
    verdict: 'differs',
    largest,
    limit,
    sentence: `differs: identical inputs; ${amount}: ${worst.what} was ${said(worst.expected)}, is ${said(worst.got)}${more}`,
    moved,
  };
}

const order = ({ difference }: Moved) => (difference === Number.POSITIVE_INFINITY ? 1e308 : difference);
const said = (value: number | null) => (value === null ? 'none' : `${Number(value.toPrecision(6))}`);
const shortest = (value: number) => (value < 0.01 ? value.toExponential().replace('e-0', 'e-') : `${value}`);

function inWords(largest: number): string {
  if (largest === Number.POSITIVE_INFINITY) return 'is a number on one side only';
  return largest === 0 ? '0' : `${Number(largest.toPrecision(1)).toExponential()} of scale`;
}

function differenceOf(expected: number | null, got: number | null, scale: number): number {
  if (expected === null || got === null) return expected === got ? 0 : Number.POSITIVE_INFINITY;
  const difference = Math.abs(got - expected);
  // Equal numbers differ by nothing, whatever the scale; a scale of 0 measures against what was expected.
  return difference === 0 ? 0 : difference / Math.max(scale, Math.abs(expected));
}

/** The list in a fixed order; thinned evenly when there are more than a link should carry. */
function listed(result: Result): Listed[] {
  const all = result.arms.flatMap((arm) => [...endpointValues(result, arm), ...outputValues(result, arm)]);
  if (all.length <= MOST_VALUES) return all;
  const step = all.length / MOST_VALUES;
  return Array.from({ length: MOST_VALUES }, (_, i) => all[Math.floor(i * step)]).filter(
    (v) => v !== undefined,
  );
}

const existing = (value: number | null | undefined): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

/** The largest size of an endpoint's mean and quantiles in any arm; what is 0 by design in one arm is not all noise. */
export function endpointScale(result: Result, name: string): number {
  const values = result.arms.flatMap((arm) => {
    const endpoint = arm.endpoints[name];
    if (endpoint === undefined) return [];
    if ('probability' in endpoint) return [1];
    return [endpoint.mean, ...Object.values(endpoint.quantiles)];
  });
  return largestSize(values);
}

/** The largest size of an output's quantiles at any time in any arm. */
export function outputScale(result: Result, name: string): number {
  const values = result.arms.flatMap((arm) => Object.values(arm.outputs[name]?.quantiles ?? {}).flat());
  return largestSize(values);
}

const largestSize = (values: readonly (number | null)[]) =>
  values.reduce<number>(
    (most, v) => (v !== null && Number.isFinite(v) ? Math.max(most, Math.abs(v)) : most),
    0,
  );

function endpointValues(result: Result, arm: ArmResult): Listed[] {
  return Object.entries(arm.endpoints).flatMap(([name, endpoint]): Listed[] => {
    if ('probability' in endpoint)
      return [{ what: `${arm.name}: ${name}, probability`, value: existing(endpoint.probability), scale: 1 }];
    const scale = endpointScale(result, name);
    const scaled = (what: string, number: number | null): Listed => {
      return { what: `${arm.name}: ${name}, ${what}`, value: existing(number), scale };
    };
    return [scaled('mean', endpoint.mean), scaled('median', endpoint.quantiles['0.5'])];
  });
}

function outputValues(result: Result, arm: ArmResult): Listed[] {
  const times = arm.times.values;
  const last = times.length - 1;
  const places = [...new Set(Array.from({ length: TIMES }, (_, i) => Math.round((i * last) / (TIMES - 1))))];
  return Object.entries(arm.outputs).flatMap(([name, output]) => {
    const scale = outputScale(result, name);
    return places.map((place): Listed => {
      const when = `${Number((times[place] ?? Number.NaN).toPrecision(6))} ${arm.times.unit}`;
      return {
        what: `${arm.name}: ${name} at ${when}, median`,
        value: existing(output.quantiles['0.5'][place]),
        scale,
      };
    });
  });
}
