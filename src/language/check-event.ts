// Events: `when condition : actions`. In: the statement, or the line of a therapy. Out: the Event of the Model.
import { checkActions, type Pausing } from './check-actions.ts';
import { checkCondition, checkInUnit } from './check-expression.ts';
import { quantityOf, timeHint } from './check-schedule.ts';
import type { Expression } from './expression.ts';
import type { Event } from './model.ts';
import type { Scope } from './names.ts';
import { simplify } from './simplify.ts';
import type { Syntax } from './syntax.ts';
import type { EventStatement } from './syntax-therapy.ts';
import { reading } from './typed.ts';
import { DIMENSIONLESS } from './units.ts';

/** `therapy` is null for an event of the model itself. */
export function checkEvent(
  event: EventStatement,
  scope: Scope,
  therapy: Pausing | null,
  order: number,
): Event | null {
  const { report, time } = scope;
  const before = report.errors;
  const condition = checkCondition(event.condition, reading(scope));
  const known = condition === null || report.errors > before ? null : simplify(condition);
  if (known?.kind === 'number' && (known.value === 0 || event.initially)) {
    report.error(
      event.condition.span,
      known.value === 0 ? 'this never holds' : 'this holds all the time, so it never begins to',
      'an event happens when its condition begins to hold: write conc falls below 5 [mg/L]',
    );
    return null;
  }
  const timed = (syntax: Syntax | null, what: string, stage: 'patient' | 'step', positive = false) =>
    syntax === null
      ? undefined
      : quantityOf(syntax, scope, { unit: time, what, hint: timeHint(scope), stage, positive });
  const delay = timed(event.delay, 'the delay', 'step');
  const apart = timed(event.apart, 'the time apart', 'patient', true);
  const priority =
    event.priority === null
      ? undefined
      : checkInUnit(event.priority, reading(scope), DIMENSIONLESS, 'the priority');
  const most = checkMost(event.most, scope);
  if (!event.persistent && event.delay === null) {
    report.error(
      event.condition.span,
      'without a delay nothing can change before the event happens',
      'write after 2 h if it still holds, or remove if it still holds',
    );
    return null;
  }
  const done = checkActions(event.actions, { scope, place: 'event', therapy });
  if (
    condition === null ||
    delay === null ||
    apart === null ||
    priority === null ||
    most === null ||
    done === null
  )
    return null;
  const { name, label, persistent, initially, valuesAtEdge, span } = event;
  return {
    name,
    label,
    condition,
    ...(delay === undefined ? {} : { delay }),
    ...(priority === undefined ? {} : { priority }),
    persistent,
    initially,
    valuesAtEdge,
    ...(apart === undefined ? {} : { apart }),
    ...(most === undefined ? {} : { most }),
    actions: done.actions,
    order,
    span,
  };
}

function checkMost(syntax: Syntax | null, scope: Scope): Expression | null | undefined {
  if (syntax === null) return undefined;
  const most = quantityOf(syntax, scope, { unit: DIMENSIONLESS, what: 'how often it can happen', positive: true }); // biome-ignore format: one call
  if (most?.kind === 'number' && !Number.isInteger(most.value)) {
    scope.report.error(syntax.span, `how often it can happen is ${most.value}`, 'it is a whole number');
    return null;
  }
  return most;
}
