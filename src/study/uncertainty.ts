// Studies that differ because parameters are not known exactly. In: a Model with `uncertain` blocks, a seed, the number of a
// study (from 0), typical values as set. Out: that study's typical values, a pure function of (seed, study, name): the same
// however many studies are drawn, and another uncertain parameter shifts none. f64 with our own functions: the same bits.
// A value that cannot be (a negative clearance) is refused with its study; nothing is cut off or drawn again, since both
// would bend the distribution that was asked for.
import { createDraws } from '../engine/draws.ts';
import { sharedStreams } from '../engine/purposes.ts';
import { signed } from '../language/check-uncertainty.ts';
import { exp } from '../language/math.ts';
import type { Model, Parameter } from '../language/model.ts';
import { cholesky } from './covariance.ts';
import { constant, studyValues } from './formula.ts';

export type DrawnParameters =
  /** Every parameter of the model by name, the uncertain ones drawn around their values as set. */
  | { readonly kind: 'drawn'; readonly values: Readonly<Record<string, number>> }
  | { readonly kind: 'refused'; readonly message: string };

/** Throws RangeError when the seed is no 64-bit number or `study` no whole number from 0. */
export function drawParameters(
  model: Model,
  seed: string,
  study: number,
  set: Readonly<Record<string, number>> = {},
): DrawnParameters {
  if (!Number.isSafeInteger(study) || study < 0)
    throw new RangeError(`study ${study}: studies are numbered from 0`);
  const refuse = (message: string): DrawnParameters => ({ kind: 'refused', message });
  const blocks = model.uncertainty ?? [];
  const [shared] = sharedStreams(blocks.flatMap(({ names }) => names));
  if (shared !== undefined) return refuse(shared);
  const draws = createDraws(seed);
  const known = studyValues(model, set);
  const values: Record<string, number> = {};
  for (const { name } of model.parameters) values[name] = known.get(name) ?? Number.NaN;
  const parameters = new Map(model.parameters.map((p) => [p.name, p]));
  for (const { names, kind, covariance } of blocks) {
    const title = names.length === 1 ? names[0] : `(${names.join(', ')})`;
    const matrix = covariance.map((row) => row.map((e) => constant(e, known)));
    const factor = cholesky(matrix, names);
    if (factor.kind === 'refused') return refuse(`uncertain ${title}: ${factor.reason}`);
    const z = names.map(
      (name) => draws.read('normal', 'parameter uncertainty', name, study, 1)[0] ?? Number.NaN,
    );
    for (const [i, name] of names.entries()) {
      let move = 0;
      for (let j = 0; j <= i; j++) move += (factor.lower[i * factor.size + j] ?? 0) * (z[j] ?? 0);
      const middle = known.get(name) ?? Number.NaN;
      if (kind === 'lognormal' && !(middle > 0))
        return refuse(
          `uncertain ${title}: ${name} is set to ${middle}, and a lognormal parameter is above 0`,
        );
      const value = kind === 'normal' ? middle + move : middle * exp(move);
      const parameter = parameters.get(name);
      if (parameter !== undefined && impossible(parameter, middle, value))
        return refuse(
          `study ${study} has ${name} = ${Number(value.toPrecision(4))} ${parameter.unit.text}, which cannot be beside ` +
            `${middle}: write uncertain ${title} ~ lognormal(rse ...), or a range of ${name} on both sides of 0 if it may`,
        );
      values[name] = value;
    }
  }
  return { kind: 'drawn', values };
}

const impossible = (p: Parameter, middle: number, value: number): boolean =>
  !Number.isFinite(value) || (signed({ ...p, value: middle }) && !(value * middle > 0));
