// Whether a covariate's value is inside the limits that the model declares (`within`). In: a model. Out: a check that
// answers in words. Limits may depend on parameters (as the model has them) and on the patient's earlier covariates.
import type { Expression } from '../language/expression.ts';
import type { Covariate, Model } from '../language/model.ts';
import { constant, settle, studyValues } from './formula.ts';

/** Conversions of units round: values this close (relative) to a limit are on it. */
const SLACK = 1e-9;

export type WithinCheck = (
  covariate: Covariate,
  value: number,
  patient: Readonly<Record<string, number>>,
) => string | null;

export function withinOf(model: Model, set: Readonly<Record<string, number>> = {}): WithinCheck {
  const known = studyValues(model, set);
  const limits = new Map(
    model.covariates.flatMap(({ name, distribution: { within } }) =>
      within ? [[name, { low: settle(within.low, known), high: settle(within.high, known) }] as const] : [],
    ),
  );
  return (covariate, value, patient) => {
    const limit = limits.get(covariate.name);
    if (limit === undefined) return null;
    const here = (e: Expression) =>
      e.kind === 'number' ? e.value : constant(e, new Map(Object.entries(patient)));
    const [low, high] = [here(limit.low), here(limit.high)];
    // A limit without a value (an earlier cell was wrong, and was reported) refuses nothing.
    if (!(value < low - SLACK * Math.abs(low)) && !(value > high + SLACK * Math.abs(high))) return null;
    const unit = covariate.unit.atoms.length === 0 ? '' : ` ${covariate.unit.text}`;
    return `${shown(value)} is outside ${shown(low)} .. ${shown(high)}${unit}, the limits of the model`;
  };
}

const shown = (x: number): string => String(Number(x.toPrecision(9)));
