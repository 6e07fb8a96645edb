// Doses. In: `dose` lines as written. Out: dose streams: amount in the compartment's unit, times in model time, the count
// of doses worked out from `times` or `until`.

import { stateNamed } from './check-dynamics.ts';
import { checkInUnit } from './check-expression.ts';
import { folded } from './check-population.ts';
import type { Span } from './diagnostic.ts';
import { call, type Expression, number } from './expression.ts';
import type { DoseStream, Therapy } from './model.ts';
import type { Scope } from './names.ts';
import { allow, defaultValue } from './stage.ts';
import type { DoseSyntax, Syntax } from './syntax.ts';
import { reading } from './typed.ts';
import { DIMENSIONLESS, type Unit } from './units.ts';

/** Doses without an end: more than any run gives. */
const ENDLESS = 1_000_000;
/** An `until` that rounding puts a hair after a dose does not add one; relative to the interval. */
const HAIR = 1e-9;

export interface TherapyParts {
  readonly name: string;
  readonly label: string;
  readonly doses: readonly DoseSyntax[];
  readonly span: Span;
}

export function checkTherapy({ name, label, doses, span }: TherapyParts, scope: Scope): Therapy {
  const streams: DoseStream[] = [];
  for (const dose of doses) {
    const stream = checkDose(dose, scope);
    if (stream !== null) streams.push(stream);
  }
  return { name, label, doses: streams, span };
}

function checkDose(dose: DoseSyntax, scope: Scope): DoseStream | null {
  const { report } = scope;
  const target = stateNamed(dose.into, scope);
  if (target !== null) target.used = true;
  const value = (
    syntax: Syntax | null,
    unit: Unit | null,
    what: string,
    least: number,
    hint?: string,
  ): Expression | null => {
    if (syntax === null) return number(0);
    const at = reading(scope);
    const expression = checkInUnit(syntax, at, unit, what, hint);
    if (expression === null || !allow(at, 'patient', syntax.span, what)) return null;
    const known = defaultValue(expression, scope);
    if (known < least) {
      report.error(syntax.span, `${what} is ${known}`, 'it cannot be negative');
      return null;
    }
    return expression;
  };
  const time = scope.time;
  const timeHint = `write 12 ${time?.text ?? 'h'}`;
  const amount = value(dose.amount, target?.unit ?? null, `a dose into ${dose.into.name}`, 0);
  const start = value(dose.from, time, 'the first time', 0, timeHint);
  const duration = value(dose.over, time, 'the duration', 0, timeHint);
  const interval = value(dose.every, time, 'the interval', 0, timeHint);
  const end = value(dose.until, time, 'the end', 0, timeHint);
  const times = value(dose.times, DIMENSIONLESS, 'the number of doses', 0);

  if (dose.every === null && (dose.times !== null || dose.until !== null)) {
    const clause = dose.times ?? dose.until;
    if (!(dose.until === null && times?.kind === 'number' && times.value === 1)) {
      report.error(
        clause?.span ?? dose.span,
        `${dose.times === null ? 'until' : 'times'} needs an interval`,
        'write every 12 h times 14',
      );
      return null;
    }
  }
  if (dose.times !== null && dose.until !== null) {
    report.error(dose.until.span, 'a dose line has times or until, not both', 'remove one of them');
    return null;
  }
  if (dose.every !== null && interval !== null && defaultValue(interval, scope) === 0) {
    report.error(dose.every.span, 'the interval is 0', 'write every 12 h');
    return null;
  }
  const written = times?.kind === 'number' ? times.value : null;
  if (dose.times !== null && written !== null && (written < 1 || !Number.isInteger(written))) {
    report.error(dose.times.span, `the number of doses is ${written}`, 'it is a whole number, 1 or more');
    return null;
  }
  if (
    amount === null ||
    start === null ||
    duration === null ||
    interval === null ||
    end === null ||
    times === null
  )
    return null;
  if (dose.until !== null && defaultValue(end, scope) <= defaultValue(start, scope)) {
    report.error(dose.until.span, 'the doses end before the first one', 'until is a time after from');
    return null;
  }
  let count: Expression = number(dose.every === null ? 1 : ENDLESS);
  if (dose.times !== null) count = times;
  else if (dose.until !== null) {
    // Doses strictly before `until`.
    const intervals = call('div', call('sub', end, start), interval);
    count = folded(call('max', number(0), call('ceil', call('sub', intervals, number(HAIR)))));
  }
  if (target === null) return null;
  return { into: dose.into.name, amount, start, interval, count, duration, span: dose.span };
}
