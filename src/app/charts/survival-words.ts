// Times to an event in words: who has it by when, and whether the arms can be told apart. In: a survival result. Out: text in the
// page's language. The same numbers as the curves.
import type { SurvivalArm, SurvivalResult } from '../../study/result.ts';
import { percent, significant, whole, withUnit } from '../format.ts';
import { gridPlace } from './survival.ts';
import type { Speech } from './words.ts';

export function survivalSentence(arm: SurvivalArm, unit: string, { language, t }: Speech): string {
  const { patients, events, censored, failed, median, restrictedMean } = arm;
  const range = (low: string, high: string) => t('fromTo', { low, high });
  const number = (value: number | null) => significant(value, language);
  const to = withUnit(restrictedMean.to, unit, language);
  const parts = [t('survivalEvents', { n: whole(events, language), of: whole(patients, language), to })];
  if (censored > 0) parts.push(t('survivalCensored', { n: whole(censored, language) }));
  if (failed !== undefined && failed > 0) parts.push(t('survivalFailed', { n: whole(failed, language) }));
  if (median.time === null) parts.push(t('survivalMedianNone'));
  else {
    const [low, high] = median.interval;
    const time = withUnit(median.time, unit, language);
    const between = low === null || high === null ? '' : ` (${range(number(low), number(high))})`;
    parts.push(t('survivalMedian', { time }) + between);
  }
  const [low, high] = restrictedMean.interval;
  const mean = withUnit(restrictedMean.mean, unit, language);
  const between =
    Number.isFinite(low) && Number.isFinite(high) ? ` (${range(number(low), number(high))})` : '';
  if (Number.isFinite(restrictedMean.mean)) parts.push(t('survivalMean', { mean, to }) + between);
  return `${parts.join('; ')}.`;
}

/** A p-value below this is told as being below it. */
const SMALLEST = 0.001;

/** Of the test over all arms and of each arm's hazard; empty with one arm. */
export function testWords({ logRank, hazardRatios = [] }: SurvivalResult, { language, t }: Speech): string[] {
  const number = (value: number) => significant(value, language);
  const said = logRank
    ? [t('logRank', { p: logRank.p < SMALLEST ? `< ${number(SMALLEST)}` : `= ${number(logRank.p)}` })]
    : [];
  return [
    ...said,
    ...hazardRatios.map(({ arm, versus, ratio, interval: [low, high] }) =>
      t('hazardRatio', {
        arm,
        versus,
        ratio: number(ratio),
        limits: t('fromTo', { low: number(low), high: number(high) }),
      }),
    ),
  ];
}

/** An arm at one time: who is still without the event, and how many are looked at. */
export function survivalAt(arm: SurvivalArm, time: number, { language, t }: Speech): string {
  const at = gridPlace(arm, time);
  const of = (column: readonly number[]) => percent(column[at] ?? Number.NaN, language);
  return t('survivalAt', {
    share: of(arm.survival),
    low: of(arm.lower),
    high: of(arm.upper),
    n: whole(arm.atRisk[at] ?? 0, language),
  });
}
