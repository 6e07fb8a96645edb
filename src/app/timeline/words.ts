// What timelines and ledgers say in words: of a mark, a visit, a decision, an arm. In: marks, the page's language. Out: text
// for tool tips, tables and whoever reads rather than looks.

import type { Speech } from '../charts/words.ts';
import { significant, whole, withUnit } from '../format.ts';
import type { ArmLedger, Decision, GivenDose } from './given.ts';
import type { ArmTimeline, DoseMark } from './marks.ts';

export interface TimeSpeech extends Speech {
  /** Unit of model time. */
  readonly time: string;
}

export function doseWords(mark: DoseMark, unit: string, speech: TimeSpeech): string {
  const { t, language, time } = speech;
  const { amount, least, into, count, duration } = mark;
  const one = (value: number | null) => withUnit(value, unit, language);
  const shown =
    amount === null
      ? t('doseOpen')
      : least !== null && least !== amount
        ? `${significant(least, language)}–${one(amount)}`
        : one(amount);
  const at = (value: number) => withUnit(value, time, language);
  const values = { amount: shown, into, time: at(mark.time), last: at(mark.last), n: whole(count, language) };
  const words =
    count > 1
      ? t('dosesMark', values)
      : duration !== null && duration > 0
        ? t('doseMarkOver', { ...values, duration: at(duration) })
        : t('doseMark', values);
  return mark.sure || amount === null ? words : `${words}, ${t('doseUnsure')}`;
}

/** `inr_read 3.4: decrease daily by 10 %; Warfarin a day = 4.5 mg`. */
export function decisionWords({ readings, taken, sets }: Decision, { language, t }: Speech): string {
  const read = readings
    .map(({ name, value, unit }) => `${name} ${withUnit(value, unit, language)}`)
    .join(', ');
  const now = sets.map(({ name, value, unit }) => `${name} = ${withUnit(value, unit, language)}`).join(', ');
  const done = [taken ?? (readings.length > 0 ? t('nothingDecided') : ''), now].filter((part) => part !== '');
  return [read, done.join(' → ')].filter((part) => part !== '').join(': ');
}

/** An arm's plan in a few sentences: a sum of its doses by compartment, its visits; then its clauses as written. */
export function planWords(plan: ArmTimeline, speech: TimeSpeech): readonly string[] {
  const { t, language, time } = speech;
  if (plan.fromFile) return [t('dosesFromFile')];
  const doses = [...new Set(plan.doses.map(({ into }) => into))].map((into) => {
    const all = plan.doses.filter((mark) => mark.into === into).reduce(summed);
    return doseWords(all, plan.units[into] ?? '', speech);
  });
  const visits = plan.visits.map(({ rule, label, count, times, open }) =>
    open
      ? t('visitsOpen', { rule: label || rule, time: withUnit(times[0] ?? null, time, language) })
      : t('visitsArm', { rule: label || rule, n: whole(count, language) }),
  );
  return [...doses, ...visits, ...plan.lines];
}

function summed(a: DoseMark, b: DoseMark): DoseMark {
  const both = (x: number | null, y: number | null, of: (x: number, y: number) => number) =>
    x === null || y === null ? null : of(x, y);
  return {
    ...a,
    last: Math.max(a.last, b.last),
    count: a.count + b.count,
    amount: both(a.amount, b.amount, Math.max),
    least: both(a.least, b.least, Math.min),
    sure: a.sure && b.sure,
  };
}

/** `12 doses, 3 decisions`. */
export function ledgerWords({ doses, decisions, more }: ArmLedger, { t, language }: Speech): string {
  const count = doses.length + more;
  if (count === 0 && decisions.length === 0) return t('ledgerNothing');
  const parts = [t(count === 1 ? 'ledgerShortOne' : 'ledgerShort', { n: whole(count, language) })];
  if (decisions.length > 0) parts.push(t('ledgerDecisions', { n: whole(decisions.length, language) }));
  return parts.join(', ');
}

export const asMark = ({ time, into, amount, duration }: GivenDose): DoseMark => ({
  time,
  last: time,
  count: 1,
  into,
  amount,
  least: amount,
  duration,
  sure: true,
});
