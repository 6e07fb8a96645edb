// Therapies. In: their lines as written. Out: dose streams, changes at times, rules, events and memories of their own, in
// the order of the text; dose lines that something can hold look at the memory that says until when.
import { checkActions, type Pausing } from './check-actions.ts';
import { checkDose } from './check-dose.ts';
import { checkEvent } from './check-event.ts';
import { checkInUnit } from './check-expression.ts';
import { CLOCK_HAIR, checkRule } from './check-rule.ts';
import { checkSchedule } from './check-schedule.ts';
import type { Span } from './diagnostic.ts';
import { call, type Expression, number, symbol } from './expression.ts';
import type { DoseStream, Event, Intervention, Memory, Rule, Therapy } from './model.ts';
import { quantity, type Scope } from './names.ts';
import { allow } from './stage.ts';
import type { MemoryStatement } from './syntax.ts';
import type { Clause, InterventionSyntax } from './syntax-therapy.ts';
import { reading } from './typed.ts';

export interface TherapyParts {
  readonly name: string;
  readonly label: string;
  readonly clauses: readonly Clause[];
  readonly span: Span;
}

/** Enters the names of a therapy's memories, which it alone sees; to be done before anything is checked. */
export function declareMemories({ name, clauses }: TherapyParts, scope: Scope): void {
  for (const clause of clauses) {
    if (clause.kind === 'memory') {
      const { memory } = clause;
      const line = scope.report.line(memory.nameSpan.start);
      const q = quantity(memory.name, 'memory', scope.unit(memory.unit), 'step', memory.nameSpan, line);
      scope.declare({ ...q, owner: name });
    } else if (clause.kind === 'broken')
      for (const word of clause.names)
        if (!scope.quantities.has(word.name))
          scope.quantities.set(word.name, {
            ...quantity(word.name, 'memory', null, 'step', word.span, null),
            owner: name,
          });
  }
}

export function checkTherapy(parts: TherapyParts, scope: Scope): Therapy {
  const { name, label, clauses, span } = parts;
  scope.owner = name;
  const doses: DoseStream[] = [];
  const interventions: Intervention[] = [];
  const rules: Rule[] = [];
  const events: Event[] = [];
  const memories: Memory[] = [];
  const pausing: Pausing = {
    memory: `${name}.held until`,
    dosed: clauses.some((c) => c.kind === 'dose'),
    held: false,
  };
  const named = new Map<string, Span>();
  let order = 0;
  for (const clause of clauses) {
    switch (clause.kind) {
      case 'dose':
        doses.push(...some(checkDose(clause.dose, scope, order++)));
        break;
      case 'intervention':
        interventions.push(...some(checkIntervention(clause.intervention, scope, pausing, order++)));
        break;
      case 'rule':
        scope.list(named, clause.rule.name, clause.rule.nameSpan, 'rule');
        rules.push(...some(checkRule(clause.rule, scope, pausing, order++)));
        break;
      case 'event':
        if (clause.event.name !== '') scope.list(named, clause.event.name, clause.event.nameSpan, 'event');
        events.push(...some(checkEvent(clause.event, scope, pausing, order++)));
        break;
      case 'memory':
        memories.push(...some(checkMemory(clause.memory, scope)));
        break;
      case 'broken':
        break;
      default:
        clause satisfies never;
    }
  }
  scope.owner = null;
  if (pausing.held && scope.time !== null)
    memories.push({
      name: pausing.memory,
      label: 'Doses are held until',
      unit: scope.time,
      initial: number(0),
      span,
    });
  return {
    name,
    label,
    doses: pausing.held ? doses.map((dose) => heldBy(dose, pausing.memory)) : doses,
    ...(interventions.length > 0 ? { interventions } : {}),
    ...(rules.length > 0 ? { rules } : {}),
    ...(events.length > 0 ? { events } : {}),
    ...(memories.length > 0 ? { memories } : {}),
    span,
  };
}

const some = <T>(found: T | null): readonly T[] => (found === null ? [] : [found]);

/** A dose that is due just when the hold ends is given, however the two times were rounded. */
function heldBy(dose: DoseStream, memory: string): DoseStream {
  const now: Expression = call('mul', symbol('t'), number(1 + CLOCK_HAIR));
  const free = call('ge', now, symbol(memory));
  return { ...dose, while: dose.while === undefined ? free : call('and', dose.while, free) };
}

function checkIntervention(
  { actions, ...schedule }: InterventionSyntax,
  scope: Scope,
  therapy: Pausing,
  order: number,
): Intervention | null {
  const when = checkSchedule(schedule, scope, { line: 'a line', happenings: 'changes' });
  const done = checkActions(actions, { scope, place: 'change', therapy });
  return when === null || done === null
    ? null
    : { schedule: when, actions: done.actions, order, span: schedule.span };
}

export function checkMemory(statement: MemoryStatement, scope: Scope): Memory | null {
  const { name, label, span } = statement;
  const unit = scope.quantities.get(name)?.unit ?? null;
  if (statement.initial === null) {
    scope.report.error(
      statement.nameSpan,
      `the memory ${name} has no initial value`,
      `write memory ${name} : ${statement.unit.text} = 0`,
    );
    return null;
  }
  const at = reading(scope);
  const what = `the initial value of ${name}`;
  const initial = checkInUnit(statement.initial, at, unit, what);
  if (unit === null || initial === null || !allow(at, 'patient', statement.initial.span, what)) return null;
  return { name, label, unit, initial, span };
}
