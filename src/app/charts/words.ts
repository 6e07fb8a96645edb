// What a chart says, in one sentence, for whoever reads rather than looks. In: a result. Out: text in the page's
// language. The same quantiles that are drawn; at most three arms in full, so that it stays a sentence.

import type { EndpointResult, Quantile, Result } from '../../study/result.ts';
import type { CovariateView, EndpointView, OutputView } from '../client.ts';
import type { Followed } from '../following.ts';
import { percent, significant, whole, withUnit } from '../format.ts';
import type { Language, Translate } from '../strings.ts';

export interface Speech {
  readonly language: Language;
  readonly t: Translate;
}

/** About one time: the last one, or where the cross-hair stands. */
export function outputSentence(
  result: Result,
  output: OutputView,
  { language, t }: Speech,
  at?: number,
): string {
  const nothing = output.axis === 'log' ? 0 : NOTHING * largest(result, output);
  const parts = saidArms(result).flatMap((arm, index) => {
    const found = arm.outputs[output.name];
    const position = at ?? arm.times.values.length - 1;
    const time = arm.times.values[position];
    if (!found || time === undefined) return [];
    const said = (quantile: Quantile, say: (value: number | null) => string) => {
      const value = found.quantiles[quantile][position] ?? null;
      return value !== null && value !== 0 && Math.abs(value) < nothing ? '≈ 0' : say(value);
    };
    const withTheUnit = (value: number | null) => withUnit(value, output.unit, language);
    const values = {
      arm: arm.name,
      median: said('0.5', withTheUnit),
      low: said('0.05', (value) => significant(value, language)),
      high: said('0.95', withTheUnit),
      time: withUnit(time, arm.times.unit, language),
    };
    if (result.patients === 1) return [t(index === 0 ? 'sentenceOneAt' : 'sentenceOne', values)];
    if (found.quantiles['0.05'][position] === found.quantiles['0.95'][position])
      return [t(index === 0 ? 'sentenceSameAt' : 'sentenceSame', values)];
    return [t(index === 0 ? 'sentenceOutput' : 'sentenceOutputMore', values)];
  });
  return [...parts, ...unsaid(result, t)].join(' ');
}

/** Of more arms than this only the first ones are told, so that it stays a sentence. */
const MOST_SAID = 4;
const FEW_SAID = 3;

const saidArms = ({ arms }: Result) => (arms.length > MOST_SAID ? arms.slice(0, FEW_SAID) : arms);
const unsaid = ({ arms }: Result, t: Translate): readonly string[] =>
  arms.length > MOST_SAID ? [t('sentenceMoreArms', { n: arms.length - FEW_SAID })] : [];

/** Below this share of the axis a curve lies on zero for any eye; the table has its digits. */
const NOTHING = 1e-4;

function largest(result: Result, output: OutputView): number {
  const highest = result.arms.map((arm) =>
    Math.max(0, ...(arm.outputs[output.name]?.quantiles['0.95'] ?? [])),
  );
  return Math.max(0, ...highest);
}

/** Who is followed: the number and the covariates. */
export function patientSentence(
  { patient, curves }: Followed,
  covariates: readonly CovariateView[],
  { language, t }: Speech,
): string {
  const n = whole(patient, language);
  if (curves === null) return t('patientIsAlone', { n });
  const [own] = curves.covariates;
  const subject = curves.measured ? ` ${t('subject', { id: curves.measured.id })}` : '';
  if (!own) return t('patientNobody', { n });
  const values = covariates.map((covariate) => {
    const value = own[covariate.name] ?? Number.NaN;
    return `${covariate.label || covariate.name} ${said(covariate, value, { language, t })}`;
  });
  return (
    (values.length === 0 ? t('patientIsAlone', { n }) : t('patientIs', { n, values: values.join(', ') })) +
    subject
  );
}

function said({ type, categories, unit }: CovariateView, value: number, { language, t }: Speech): string {
  if (type === 'yes/no') return t(value === 1 ? 'yes' : 'no');
  if (type === 'category') return categories[value] ?? significant(null, language);
  return withUnit(value, unit, language);
}

/** Whoever is followed, at the end of every arm; empty when there is nothing to say. `patientThen` says not again who it is. */
export function followedSentence(
  { patient, curves }: Followed,
  result: Result,
  output: OutputView,
  { language, t }: Speech,
  key: 'patientAt' | 'patientThen' = 'patientAt',
): string {
  const at = (result.arms[0]?.times.values.length ?? 0) - 1;
  const time = result.arms[0]?.times;
  const values = result.arms.flatMap((arm, index) => {
    const value = curves?.arms[index]?.outputs[output.name]?.[at];
    if (value === undefined) return [];
    if (Number.isNaN(value)) return [t('patientFailed', { arm: arm.name })];
    return [`${arm.name} ${withUnit(value, output.unit, language)}`];
  });
  if (values.length === 0 || !time) return '';
  return t(key, {
    n: whole(patient, language),
    time: withUnit(time.values[at] ?? null, time.unit, language),
    values: values.join(', '),
  });
}

export function endpointSentence(result: Result, endpoint: EndpointView, { language, t }: Speech): string {
  const parts = saidArms(result).flatMap((arm) => {
    const found = arm.endpoints[endpoint.name];
    if (!found) return [];
    const one = result.patients === 1;
    if ('probability' in found) {
      if (one) return [t('sentenceOne', { arm: arm.name, median: t(found.probability > 0 ? 'yes' : 'no') })];
      return [
        t('sentenceProbability', {
          arm: arm.name,
          count: significant(Number((100 * found.probability).toFixed(1)), language),
        }),
      ];
    }
    const { '0.5': median, '0.05': low, '0.95': high } = found.quantiles;
    if (one && median !== null)
      return [t('sentenceOne', { arm: arm.name, median: withUnit(median, endpoint.unit, language) })];
    const never = found.missing
      ? ` ${t('sentenceNever', { share: percent(found.missing / Math.max(1, result.patients), language) })}`
      : '';
    if (median === null || low === null) return [t('sentenceMissing', { arm: arm.name }) + never];
    // Who never gets there stands above all others: a median, and no upper end.
    if (high === null)
      return [
        t('sentenceMedian', { arm: arm.name, median: withUnit(median, endpoint.unit, language) }) + never,
      ];
    const values = {
      arm: arm.name,
      median: withUnit(median, endpoint.unit, language),
      low: significant(low, language),
      high: withUnit(high, endpoint.unit, language),
    };
    return [t(low === high ? 'sentenceSame' : 'sentenceValue', values) + never];
  });
  return [...parts, ...unsaid(result, t)].join(' ');
}

/** A median with its 5 and 95 %, without the unit; or a share, which has no spread; `one`: of one patient. */
export function shortValue(
  value: EndpointResult,
  { language, t }: Speech,
  one = false,
): { number: string; spread: string | null } {
  if ('probability' in value) {
    const { probability } = value;
    return { number: one ? t(probability > 0 ? 'yes' : 'no') : percent(probability, language), spread: null };
  }
  const { '0.5': median, '0.05': low, '0.95': high } = value.quantiles;
  const number = significant(median, language);
  if (median === null || one || low === high) return { number, spread: null };
  const from = significant(low, language);
  // Patients without a value, as who never gets there, stand above all others.
  const spread = high === null ? t('spreadFrom', { low: from }) : `${from} – ${significant(high, language)}`;
  return { number, spread };
}

/** Difference of medians (or of probabilities, in points of percent) to the first arm; null where either is missing. */
export function difference(
  value: EndpointResult,
  first: EndpointResult,
  { language, t }: Speech,
): string | null {
  if ('probability' in value) {
    if (!('probability' in first)) return null;
    const points = 100 * (value.probability - first.probability);
    return t('points', {
      n: sign(points, significant(Math.abs(points) < 0.05 ? 0 : Number(points.toFixed(1)), language)),
    });
  }
  if ('probability' in first) return null;
  const mine = value.quantiles['0.5'];
  const theirs = first.quantiles['0.5'];
  return mine === null || theirs === null ? null : sign(mine - theirs, significant(mine - theirs, language));
}

function sign(value: number, shown: string): string {
  return value > 0 && shown !== '0' ? `+${shown}` : shown === '0' ? '±0' : shown;
}
