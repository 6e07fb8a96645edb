// Occasions. In: `occasions "Visits" every 7 d`, at listed times, `each dose` or `from data`. Out: the schedules of those
// after the first, which begins at 0, or what they begin with.
import { stateNamed } from './check-dynamics.ts';
import { checkInUnit } from './check-expression.ts';
import { checkSchedule, timeHint } from './check-schedule.ts';
import { type Expression, number } from './expression.ts';
import { MAX_OCCASIONS } from './limits.ts';
import type { Occasions, Schedule } from './model.ts';
import type { Scope } from './names.ts';
import { allow, defaultValue } from './stage.ts';
import type { OccasionsStatement, RandomStatement } from './syntax.ts';
import { reading } from './typed.ts';

export function checkOccasions(s: OccasionsStatement, scope: Scope): Occasions | null {
  const { label, span } = s;
  if (s.data) return { label, later: [], by: { kind: 'data' }, span };
  if (s.dose !== null) {
    const { into } = s.dose;
    if (into === null) return { label, later: [], by: { kind: 'dose', into: null }, span };
    const target = stateNamed(into, scope);
    return target === null ? null : { label, later: [], by: { kind: 'dose', into: into.name }, span };
  }
  if (s.every !== null) {
    const clause = { from: s.every, every: s.every, times: s.times, until: s.until, span };
    const schedule = checkSchedule(clause, scope, { line: 'occasions', happenings: 'occasions' });
    return schedule === null ? null : { label, later: [schedule], span };
  }
  if (s.at.length > MAX_OCCASIONS) {
    scope.report.error(
      span,
      `${s.at.length} occasions are listed; at most ${MAX_OCCASIONS}`,
      'write every 7 d',
    );
    return null;
  }
  const later: Schedule[] = [];
  let last = 0;
  for (const syntax of s.at) {
    const at = reading(scope);
    const time: Expression | null = checkInUnit(
      syntax,
      at,
      scope.time,
      'the time of an occasion',
      timeHint(scope),
    );
    if (time === null || !allow(at, 'study', syntax.span, 'the time of an occasion')) return null;
    const known = defaultValue(time, scope);
    if (known === 0 && later.length === 0) continue;
    if (!(known > last)) {
      scope.report.error(
        syntax.span,
        `the occasion at ${known} does not come after ${last}`,
        'write them in their order, from 0 on',
      );
      return null;
    }
    last = known;
    later.push({ start: time, interval: number(0), count: number(1) });
  }
  if (later.length > 0) return { label, later, span };
  scope.report.error(span, 'there is one occasion, so nothing varies between them', 'write at 0, 7 d, 14 d');
  return null;
}

/** Effects that vary between occasions need occasions, and the other way round. */
export function needOccasions(
  random: readonly RandomStatement[],
  occasions: readonly OccasionsStatement[],
  scope: Scope,
): void {
  const [first] = random.filter((s) => s.perOccasion);
  const broken = (word: string) => scope.broken.has(word);
  if (first !== undefined && occasions.length === 0 && !broken('occasions'))
    scope.report.error(
      first.span,
      `${first.names[0]?.name} varies between occasions, and the model does not say when they begin`,
      'write occasions "Visits" every 7 d',
    );
  if (first === undefined && occasions[0] !== undefined && !broken('random'))
    scope.report.warning(
      occasions[0].span,
      'nothing varies between the occasions',
      'write random kappa ~ normal(cv 20 %) per occasion',
    );
}
