// Models made by hand for the tests of cohorts: only what fixes patients; nothing moves in them.
import { call, type Expression, number, symbol } from '../../src/language/expression.ts';
import type { Covariate, Definition, Model, Parameter, RandomBlock } from '../../src/language/model.ts';
import { DIMENSIONLESS, isUnitError, parseUnit, type Unit } from '../../src/language/units.ts';

const span = { start: 0, end: 0 };

export function unit(text: string): Unit {
  const parsed = parseUnit(text);
  if (isUnitError(parsed)) throw new Error(parsed.message);
  return parsed;
}

/** Numbers as expressions, expressions as they are. */
const e = (x: number | Expression): Expression => (typeof x === 'number' ? number(x) : x);
const all = (parameters: Readonly<Record<string, number | Expression>>) =>
  Object.fromEntries(Object.entries(parameters).map(([name, x]) => [name, e(x)]));

export function covariate(
  name: string,
  unitText: string,
  kind: string,
  parameters: Readonly<Record<string, number | Expression>>,
  within?: readonly [number | Expression, number | Expression],
): Covariate {
  const distribution = { kind, parameters: all(parameters) };
  return {
    name,
    label: '',
    unit: unit(unitText),
    span,
    type: 'number',
    categories: [],
    distribution: within
      ? { ...distribution, within: { low: e(within[0]), high: e(within[1]) } }
      : distribution,
  };
}

export const yesNo = (name: string, share: number | Expression): Covariate => ({
  ...covariate(name, '1', 'bernoulli', { p: share }),
  type: 'yes/no',
});

export function category(name: string, shares: Readonly<Record<string, number>>): Covariate {
  const parameters = Object.fromEntries(Object.values(shares).map((p, k) => [`p${k}`, p]));
  return {
    ...covariate(name, '1', 'categorical', parameters),
    type: 'category',
    categories: Object.keys(shares),
  };
}

export const parameter = (name: string, value: number, unitText = '1'): Parameter => ({
  name, label: '', unit: unit(unitText), span, value, source: '', provenance: '',
}); // biome-ignore format: a record of blanks

/** Lower triangle row by row, as in the language. */
export function random(names: readonly string[], triangle: readonly (number | Expression)[]): RandomBlock {
  const at = (i: number, j: number) => e(triangle[(i * (i + 1)) / 2 + j] ?? Number.NaN);
  return {
    names,
    labels: names.map(() => ''),
    covariance: names.map((_, i) => names.map((_, j) => at(Math.max(i, j), Math.min(i, j)))),
    units: names.map(() => DIMENSIONLESS),
    span,
  };
}

export const definition = (
  name: string,
  stage: Definition['stage'],
  expression: Expression,
  unitText = '1',
): Definition => ({ name, label: '', unit: unit(unitText), span, stage, expression });

export function model(parts: Partial<Model>): Model {
  return {
    name: 'fixture',
    title: '',
    sources: [],
    licence: '',
    use: '',
    question: '',
    area: '',
    time: unit('h'),
    covariates: [],
    parameters: [],
    random: [],
    definitions: [],
    states: [],
    memories: [],
    events: [],
    breaks: [],
    flows: [],
    outputs: [],
    measurements: [],
    therapies: [],
    endpoints: [],
    checks: [],
    ...parts,
  };
}

export const WT = covariate('WT', 'kg', 'lognormal', { median: 79, sdlog: 0.27 }, [33, 255]);
export const CRCL = covariate('CRCL', 'mL/min', 'lognormal', { median: 62, sdlog: 0.65 }, [4, 150]);
export const DIAL = yesNo('DIAL', 0.185);
export const STAGE = category('STAGE', { mild: 0.6, moderate: 0.3, severe: 0.1 });

/** Vancomycin's population: six columns. */
export const vancomycin = model({
  covariates: [WT, CRCL, DIAL],
  parameters: [parameter('TVCL', 4.5, 'L/h')],
  random: [random(['eta_cl'], [0.14705]), random(['eta_v'], [0.51019]), random(['eta_p'], [0.28232])],
  definitions: [
    definition(
      'CL',
      'patient',
      call(
        'mul',
        symbol('TVCL'),
        call(
          'mul',
          call('pow', call('div', symbol('CRCL'), number(120)), number(0.8)),
          call('exp', symbol('eta_cl')),
        ),
      ),
      'L/h',
    ),
    definition('k', 'patient', call('div', symbol('CL'), symbol('WT')), 'L/h/kg'),
  ],
});
