// How a covariate is shown as one number: its middle where its distribution has one, a constant where it is fixed.
// In: the covariate's view and the study's setting. Out: rows for controls. It draws no patients.
import type { CovariateView } from './client.ts';
import type { CovariateSetting } from './edits.ts';
import { percent } from './format.ts';
import { rangeAround, type SliderRange } from './slider.ts';
import type { Language } from './strings.ts';

/** A distribution's parameter that says where its middle is, most natural first. */
const MIDDLES = ['median', 'mean', 'p'] as const;

export interface CovariateRow {
  readonly fixed: boolean;
  /** The parameter that the number stands for; null when only a constant can be set. */
  readonly parameter: string | null;
  readonly value: number;
  /** The model's own; null when it is an expression or a constant of the reader's. */
  readonly standard: number | null;
  readonly range: SliderRange;
}

export function covariateRow(covariate: CovariateView, setting: CovariateSetting | undefined): CovariateRow {
  const parameter = MIDDLES.find((name) => typeof covariate.parameters[name] === 'number') ?? null;
  const own = parameter === null ? null : (covariate.parameters[parameter] ?? null);
  const range = rangeOf(covariate, own);
  if (typeof setting === 'number') return { fixed: true, parameter, value: setting, standard: null, range };
  const set = parameter === null ? undefined : setting?.[parameter];
  return { fixed: false, parameter, value: set ?? own ?? middle(range), standard: own, range };
}

/** The constant that "same for all" starts from: the middle patient, or the first category. */
export function startingConstant(covariate: CovariateView, row: CovariateRow): number {
  return covariate.type === 'number' ? row.value : 0;
}

/** `lognormal(median 79, sdlog 0.27) within 33 .. 255`, as far as it is numbers. */
export function describeDistribution({ distribution, parameters, within }: CovariateView): string {
  const inside = Object.entries(parameters).map(([name, value]) => `${name} ${value ?? '…'}`);
  const limits = within ? ` within ${within.low ?? '…'} .. ${within.high ?? '…'}` : '';
  return `${distribution}(${inside.join(', ')})${limits}`;
}

/** `mild 60 %, moderate 30 %, severe 10 %`; a share that depends on the patient is a dash. */
export function describeCategories({ categories, parameters }: CovariateView, language: Language): string {
  const weights = categories.map((_, at) => parameters[`p${at}`] ?? Number.NaN);
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  return (
    categories
      // Lines break between categories only.
      .map((name, at) =>
        `${name} ${percent((weights[at] ?? Number.NaN) / all, language)}`.replaceAll(' ', '\u00a0'),
      )
      .join(', ')
  );
}

function rangeOf(covariate: CovariateView, own: number | null): SliderRange {
  if (covariate.type === 'yes/no') return { low: 0, high: 1 };
  const low = covariate.within?.low ?? covariate.parameters.low ?? null;
  const high = covariate.within?.high ?? covariate.parameters.high ?? null;
  if (low !== null && high !== null && low < high) return { low, high };
  const around = rangeAround(own ?? 1);
  return { low: low ?? around.low, high: high ?? around.high };
}

function middle({ low, high }: SliderRange): number {
  return Number(((low + high) / 2).toPrecision(3));
}
