// Errors of a run's patients against the same patients solved by the reference. In: curves and endpoints of both, and the
// scale of every quantity. Out: the largest and the 95th-percentile error of each; of conditions, how many changed sides.
import type { Individuals } from '../engine/backend.ts';
import type { Certificate, EndpointErrors, ErrorSpread } from './result.ts';

/** Sizes below this share of the quantity's scale in the whole cohort are measured against that share. */
const OUTPUT_FLOOR = 1e-6;
const ENDPOINT_FLOOR = 1e-2;
const PERCENTILE = 0.95;

/** The quantity with the largest error, and whose numbers exist, or conditions hold, on one side only. For a sentence. */
export function worstErrors(errors: Readonly<Record<string, EndpointErrors>>): {
  readonly worst: { readonly name: string; readonly max: number } | null;
  readonly flipped: readonly { readonly name: string; readonly flips: number }[];
} {
  const sizes = Object.entries(errors).flatMap(([name, error]) =>
    'max' in error && error.max !== null ? [{ name, max: error.max }] : [],
  );
  const worst = sizes.reduce<(typeof sizes)[0] | null>((w, one) => (w && w.max >= one.max ? w : one), null);
  const flipped = Object.entries(errors).flatMap(([name, { flips = 0 }]) =>
    flips > 0 ? [{ name, flips }] : [],
  );
  return { worst, flipped };
}

/** What is compared; a scale is the largest size of the quantity in the cohort's bands. */
export interface Compared {
  readonly times: number;
  readonly outputs: readonly { readonly name: string; readonly scale: number }[];
  readonly endpoints: readonly {
    readonly name: string;
    readonly type: 'value' | 'probability';
    readonly scale: number;
  }[];
}

/**
 * `exact` are the patients of `own` in the same order, in one or more pieces; the first `random` of them are the sample
 * that percentiles are taken over. An output's error is the largest over time, relative to the patient's largest value of
 * it in any arm; an endpoint's is relative to its size.
 */
export function errorsOf(
  own: Individuals,
  exact: readonly Individuals[],
  random: number,
  { times, outputs, endpoints }: Compared,
): Pick<Certificate, 'outputs' | 'endpoints' | 'unsettled'> {
  const outputErrors = outputs.map(openErrors);
  const endpointErrors = endpoints.map(openErrors);
  const references = exact.flatMap(coursesOf);
  let unsettled = 0;
  for (const [i, arms] of coursesOf(own).entries()) {
    const sampled = i < random;
    const solved = arms.flatMap((got, a) => {
      const want = references[i]?.[a];
      return got.done && want !== undefined ? [{ got, want }] : [];
    });
    const pairs = solved.filter(({ want }) => want.done);
    unsettled += solved.length - pairs.length;
    for (const [o, { scale }] of outputs.entries()) {
      const rows = Array.from({ length: times }, (_, t) => o * times + t);
      const sizes = pairs.flatMap(({ want }) => rows.map((row) => sizeOf(want.output(row))));
      const largest = sizes.reduce((most, size) => Math.max(most, size), scale * OUTPUT_FLOOR);
      for (const { got, want } of pairs) {
        const errors = rows.map((row) => errorOf(got.output(row), want.output(row), largest));
        note(outputErrors[o], worstOf(errors), sampled);
      }
    }
    for (const [e, { scale }] of endpoints.entries()) {
      for (const { got, want } of pairs) {
        const value = want.endpoint(e);
        const size = Math.max(sizeOf(value), scale * ENDPOINT_FLOOR);
        note(endpointErrors[e], errorOf(got.endpoint(e), value, size), sampled);
      }
    }
  }
  const named = <F extends { readonly name: string }, E>(
    fields: readonly F[],
    errors: readonly Errors[],
    say: (field: F, errors: Errors) => E,
  ): Readonly<Record<string, E>> =>
    Object.fromEntries(fields.map((field, i) => [field.name, say(field, errors[i] ?? openErrors())]));
  return {
    outputs: named(outputs, outputErrors, (_, errors) => spreadOf(errors)),
    endpoints: named(
      endpoints,
      endpointErrors,
      ({ type }, errors): EndpointErrors =>
        type === 'probability' ? { flips: sidesChanged(errors) } : spreadOf(errors),
    ),
    ...(unsettled > 0 && { unsettled }),
  };
}

/** One patient in one arm. */
interface Course {
  readonly done: boolean;
  readonly output: (row: number) => number;
  readonly endpoint: (row: number) => number;
}

function coursesOf({ patients, arms }: Individuals): Course[][] {
  const n = patients.length;
  return patients.map((_, i) =>
    arms.map(({ status, outputs, endpoints }) => ({
      done: status[i] === 0,
      output: (row) => outputs[row * n + i] ?? Number.NaN,
      endpoint: (row) => endpoints[row * n + i] ?? Number.NaN,
    })),
  );
}

const sizeOf = (x: number) => (Number.isFinite(x) ? Math.abs(x) : 0);

/** 'flip': the number exists on one side only; null: on neither. */
type Difference = number | 'flip' | null;

function errorOf(got: number, want: number, scale: number): Difference {
  if (Number.isFinite(got) !== Number.isFinite(want)) return 'flip';
  if (!Number.isFinite(want)) return null;
  // Equal numbers differ by nothing, whatever the scale.
  return got === want ? 0 : scale > 0 ? Math.abs(got - want) / scale : 1;
}

function worstOf(errors: readonly Difference[]): Difference {
  if (errors.includes('flip')) return 'flip';
  return errors.reduce<Difference>(
    (most, error) =>
      typeof error === 'number' ? Math.max(error, typeof most === 'number' ? most : 0) : most,
    null,
  );
}

/** Errors of one quantity: of everybody, and of the random sample alone. */
interface Errors {
  readonly all: number[];
  readonly sampled: number[];
  flips: number;
}
const openErrors = (): Errors => ({ all: [], sampled: [], flips: 0 });

function note(errors: Errors | undefined, error: Difference, sampled: boolean): void {
  if (errors === undefined || error === null) return;
  if (error === 'flip') {
    errors.flips++;
    return;
  }
  errors.all.push(error);
  if (sampled) errors.sampled.push(error);
}

function spreadOf({ all, sampled, flips }: Errors): ErrorSpread {
  const sorted = sampled.slice().sort((a, b) => a - b);
  return {
    max: all.length === 0 ? null : all.reduce((most, error) => Math.max(most, error), 0),
    p95: sorted[Math.ceil(PERCENTILE * sorted.length) - 1] ?? null,
    ...(flips > 0 && { flips }),
  };
}

/** A condition is 0 or 1 or cannot be told: whatever differs at all has changed sides. */
const sidesChanged = ({ all, flips }: Errors) => flips + all.filter((error) => error > 0).length;
