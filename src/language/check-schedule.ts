// When a clause of a therapy happens. In: `from`, `every`, `times`, `until` as written. Out: start, interval and count in
// model time, the count worked out from `until`; and the values of doses and rules, checked for unit, stage and sign.
import { checkInUnit } from './check-expression.ts';
import { folded } from './check-population.ts';
import { call, type Expression, number } from './expression.ts';
import type { Schedule, Stage } from './model.ts';
import type { Scope } from './names.ts';
import { allow, defaultValue } from './stage.ts';
import type { Syntax } from './syntax.ts';
import type { ScheduleSyntax } from './syntax-therapy.ts';
import { type Reading, reading } from './typed.ts';
import { DIMENSIONLESS, type Unit } from './units.ts';

/** Repetitions without an end: more than any run gives. */
export const ENDLESS = 1_000_000;
/** An `until` that rounding puts a hair after a dose does not add one; relative to the interval. */
export const HAIR = 1e-9;

export interface Wanted {
  readonly unit: Unit | null;
  /** `the duration`, for messages. */
  readonly what: string;
  readonly hint?: string;
  /** How often it may change; default: it is known before the run starts. */
  readonly stage?: Stage;
  /** It is above 0, not just 0 or more. */
  readonly positive?: boolean;
  readonly most?: number;
  readonly at?: Reading;
}

/** A value that is not negative at the parameters' defaults; null when something is wrong, which is reported. */
export function quantityOf(syntax: Syntax, scope: Scope, wanted: Wanted): Expression | null {
  const { unit, what, hint, stage = 'patient', positive = false, most } = wanted;
  const at = wanted.at ?? reading(scope);
  const expression = checkInUnit(syntax, at, unit, what, hint);
  if (expression === null || !allow(at, stage, syntax.span, what)) return null;
  const known = defaultValue(expression, scope);
  if (known < 0 || (positive && known === 0)) {
    scope.report.error(
      syntax.span,
      `${what} is ${known}`,
      positive ? 'it is above 0' : 'it cannot be negative',
    );
    return null;
  }
  if (most !== undefined && known > most) {
    scope.report.error(syntax.span, `${what} is ${known}`, `it is at most ${most}: a share of 100 %`);
    return null;
  }
  return expression;
}

export const timeHint = (scope: Scope): string => `write 12 ${scope.time?.text ?? 'h'}`;

/** What happens, in words: `a dose line`, `doses`. */
export interface Words {
  readonly line: string;
  readonly happenings: string;
}

export function checkSchedule(
  clause: ScheduleSyntax,
  scope: Scope,
  { line, happenings }: Words,
  intervalStage: Stage = 'patient',
  at?: Reading,
): Schedule | null {
  const { report, time } = scope;
  const timed = (syntax: Syntax | null, what: string, stage: Stage = 'patient'): Expression | null =>
    syntax === null
      ? number(0)
      : quantityOf(syntax, scope, {
          unit: time,
          what,
          hint: timeHint(scope),
          stage,
          ...(at === undefined || stage === 'patient' ? {} : { at }),
        });
  const start = timed(clause.from, 'the first time');
  const interval = timed(clause.every, 'the interval', intervalStage);
  const end = timed(clause.until, 'the end');
  const times =
    clause.times === null
      ? number(0)
      : quantityOf(clause.times, scope, { unit: DIMENSIONLESS, what: `the number of ${happenings}` });

  if (clause.every === null && (clause.times !== null || clause.until !== null)) {
    const given = clause.times ?? clause.until;
    if (!(clause.until === null && times?.kind === 'number' && times.value === 1)) {
      report.error(
        given?.span ?? clause.span,
        `${clause.times === null ? 'until' : 'times'} needs an interval`,
        'write every 12 h times 14',
      );
      return null;
    }
  }
  if (clause.times !== null && clause.until !== null) {
    report.error(clause.until.span, `${line} has times or until, not both`, 'remove one of them');
    return null;
  }
  if (clause.every !== null && interval !== null && defaultValue(interval, scope) === 0) {
    report.error(clause.every.span, 'the interval is 0', 'write every 12 h');
    return null;
  }
  const written = times?.kind === 'number' ? times.value : null;
  if (clause.times !== null && written !== null && (written < 1 || !Number.isInteger(written))) {
    report.error(
      clause.times.span,
      `the number of ${happenings} is ${written}`,
      'it is a whole number, 1 or more',
    );
    return null;
  }
  if (start === null || interval === null || end === null || times === null) return null;
  if (clause.until !== null && defaultValue(end, scope) <= defaultValue(start, scope)) {
    report.error(
      clause.until.span,
      `the ${happenings} end before the first one`,
      'until is a time after from',
    );
    return null;
  }
  let count: Expression = number(clause.every === null ? 1 : ENDLESS);
  if (clause.times !== null) count = times;
  else if (clause.until !== null) {
    // Strictly before `until`.
    const intervals = call('div', call('sub', end, start), interval);
    count = folded(call('max', number(0), call('ceil', call('sub', intervals, number(HAIR)))));
  }
  return { start, interval, count };
}
