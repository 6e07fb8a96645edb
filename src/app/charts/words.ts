// What a chart says, in one sentence, for whoever reads rather than looks. In: a result. Out: text in the page's
// language. The same quantiles that are drawn; at most three arms in full, so that it stays a sentence.

import type { EndpointResult, Result } from '../../study/result.ts';
import type { EndpointView, OutputView } from '../client.ts';
import { percent, significant, withUnit } from '../format.ts';
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
  const parts = result.arms.flatMap((arm, index) => {
    const found = arm.outputs[output.name];
    const position = at ?? arm.times.values.length - 1;
    const time = arm.times.values[position];
    if (!found || time === undefined) return [];
    const values = {
      arm: arm.name,
      median: withUnit(found.quantiles['0.5'][position] ?? null, output.unit, language),
      low: significant(found.quantiles['0.05'][position] ?? null, language),
      high: withUnit(found.quantiles['0.95'][position] ?? null, output.unit, language),
      time: withUnit(time, arm.times.unit, language),
    };
    return [t(index === 0 ? 'sentenceOutput' : 'sentenceOutputMore', values)];
  });
  return parts.join(' ');
}

export function endpointSentence(result: Result, endpoint: EndpointView, { language, t }: Speech): string {
  const parts = result.arms.flatMap((arm) => {
    const found = arm.endpoints[endpoint.name];
    if (!found) return [];
    if ('probability' in found) {
      return [
        t('sentenceProbability', { arm: arm.name, count: significant(100 * found.probability, language) }),
      ];
    }
    const { '0.5': median, '0.05': low, '0.95': high } = found.quantiles;
    const never = found.missing
      ? ` ${t('sentenceNever', { share: percent(found.missing / Math.max(1, result.patients), language) })}`
      : '';
    if (median === null || low === null || high === null)
      return [t('sentenceMissing', { arm: arm.name }) + never];
    const values = {
      arm: arm.name,
      median: withUnit(median, endpoint.unit, language),
      low: significant(low, language),
      high: withUnit(high, endpoint.unit, language),
    };
    return [t('sentenceValue', values) + never];
  });
  return parts.join(' ');
}

/** A median with its 5 and 95 %, without the unit; or a share, which has no spread. */
export function shortValue(
  value: EndpointResult,
  language: Language,
): { number: string; spread: string | null } {
  if ('probability' in value) return { number: percent(value.probability, language), spread: null };
  const { '0.5': median, '0.05': low, '0.95': high } = value.quantiles;
  const number = significant(median, language);
  return {
    number,
    spread: median === null ? null : `${significant(low, language)} – ${significant(high, language)}`,
  };
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
