// Simulated measurements: an output with the model's residual error. In: a model, one of its measurements, parameters' values,
// a seed; then patients' columns and true values. Out: measured values in deterministic f64, -Infinity below the limit of
// quantification. Draw n of a patient is a pure function of (seed, measurement, patient, n): nothing else shifts it.
import { fillUniforms, keyOfSeed } from '../engine/philox.ts';
import { drawOfName, PURPOSES } from '../engine/purposes.ts';
import { compile } from '../language/evaluate.ts';
import type { Expression } from '../language/expression.ts';
import { symbolsOf } from '../language/fold.ts';
import { exp, normal_quantile } from '../language/math.ts';
import type { Measurement, Model } from '../language/model.ts';
import { patientDefinitions, settle, studyValues } from './formula.ts';

/** What is measured where the value lies below the limit of quantification. */
export const BELOW = Number.NEGATIVE_INFINITY;

/** A patient's own error: standard deviations in the output's unit, relative, and of the logarithm; and the limit. */
export interface OwnError {
  readonly additive: number;
  readonly proportional: number;
  readonly lognormal: number;
  /** -Infinity: everything is quantified. */
  readonly lloq: number;
}

export interface Assay {
  /** The error of a patient with these covariates, then random effects, in the order of the model. */
  ownError(columns: ArrayLike<number>): OwnError;
  /** Measurement number `n` of a patient whose true value is `truth`. */
  measure(own: OwnError, patient: number, n: number, truth: number): number;
}

/** The second counter word holds a patient's high word elsewhere, and is always 0 there; here it is n. */
const NEXT_NUMBER = 2 ** 32;
/** Numbers stay exact: n * 2^32 + patient is below 2^53. */
const MOST_NUMBERS = 2 ** 21;

export function assayOf(
  model: Model,
  measurement: Measurement,
  { seed, set = {} }: { readonly seed: string; readonly set?: Readonly<Record<string, number>> },
): Assay | { readonly errors: readonly string[] } {
  const known = studyValues(model, set);
  const inlined = patientDefinitions(model, known);
  const names = [
    ...model.covariates.map(({ name }) => name),
    ...model.random.flatMap((block) => block.names),
  ];
  const errors: string[] = [];
  const of = (part: Expression | undefined, what: string, otherwise: number) => {
    if (part === undefined) return () => otherwise;
    const settled = settle(part, known, inlined);
    const unknown = [...symbolsOf(settled)].filter((name) => !names.includes(name));
    if (unknown.length > 0) {
      errors.push(
        `${what} of ${measurement.name} changes during the run (${unknown.join(', ')}); write one that is fixed for a patient`,
      );
      return () => Number.NaN;
    }
    return compile(settled, names);
  };
  const { error, lloq } = measurement;
  const additive = of(error.additive, 'the additive error', 0);
  const proportional = of(error.proportional, 'the proportional error', 0);
  const lognormal = of(error.lognormal, 'the lognormal error', 0);
  const limit = of(lloq, 'the limit of quantification', BELOW);
  if (errors.length > 0) return { errors };
  const key = keyOfSeed(seed);
  const draw = drawOfName(measurement.name);
  const drawn = new Float64Array(1);
  return {
    ownError: (columns) => ({
      additive: additive(columns),
      proportional: proportional(columns),
      lognormal: lognormal(columns),
      lloq: limit(columns),
    }),
    measure(own, patient, n, truth) {
      if (!(Number.isInteger(n) && n >= 0 && n < MOST_NUMBERS))
        throw new RangeError(`measurement number ${n}; use a whole number from 0 to ${MOST_NUMBERS - 1}`);
      fillUniforms(key, PURPOSES['residual error'], draw, n * NEXT_NUMBER + patient, drawn);
      const value = withError(own, truth, normal_quantile(drawn[0] ?? Number.NaN));
      return value < own.lloq ? BELOW : value;
    },
  };
}

/** The parts are independent, so one standard normal draw of the root of their variances' sum says the same. */
function withError({ additive, proportional, lognormal }: OwnError, truth: number, z: number): number {
  const relative = proportional * truth;
  const sd =
    relative === 0
      ? additive
      : additive === 0
        ? relative
        : Math.sqrt(additive * additive + relative * relative);
  return (lognormal === 0 ? truth : truth * exp(lognormal * z)) + sd * z;
}

/** The measurement of an output, by name where there are several; or what is to be told. */
export function measurementOf(
  { name, measurements }: Model,
  output: string,
  wanted?: string,
): Measurement | { readonly message: string } {
  const own = measurements.filter((m) => m.output === output);
  const found = wanted === undefined ? own : own.filter((m) => m.name === wanted);
  const [first] = found;
  if (first && found.length === 1) return first;
  const known = own.map((m) => m.name).join(', ');
  if (own.length === 0)
    return {
      message: `${name} has no measurement of ${output}; write a line such as "measure level of ${output} error proportional 0.2"`,
    };
  return {
    message:
      wanted === undefined
        ? `${output} is measured in several ways; name one of ${known}`
        : `${wanted} is no measurement of ${output}; there is ${known}`,
  };
}
