// Occasions that begin with doses. In: a Model whose occasions do, the therapies of the arms. Out: the happening that begins
// one just before a dose, whatever gives it: occasion k is that of the k-th instant at which the patient gets a dose, the
// first holds from time 0. How many have begun is held, so that doses of several lines, missed ones and rules' count alike.
import { call, type Expression, number, symbol } from '../language/expression.ts';
import type { Action, Event, Model, Schedule, Therapy } from '../language/model.ts';
import type { Varying } from './actions.ts';
import {
  asNumber,
  type Change,
  captured,
  captures,
  type DrawSchedule,
  type Happenings,
  type Held,
} from './happenings.ts';
import { drawnAnew } from './occasions.ts';
import type { Trigger } from './program.ts';

const ZERO = number(0);
/** The time of what has not been. */
const NEVER = number(-1e30);
const NOW = symbol('t');

export interface DoseOccasions {
  /** Whether doses into this compartment begin one. */
  readonly begunBy: (into: string) => boolean;
  /** Adds the beginning; to be called before the dose of the same instant is added. */
  readonly begin: (beginning: Beginning) => void;
}

interface Beginning {
  readonly therapy: number;
  readonly trigger: Trigger;
  /** Whether there is a dose at all; absent: for certain. */
  readonly given?: Expression | undefined;
  /** Says at the dose that it is given. */
  readonly mark?: Mark | undefined;
  readonly priority?: Expression;
}

/** Holds the instant of the last dose of a line that may not be given. */
export interface Mark {
  readonly held: Held;
  /** It is given at this instant. */
  readonly now: Expression;
}
export function doseMark(all: Happenings, name: string): Mark {
  const held = all.hold(`given_${name}`, NEVER);
  return { held, now: call('eq', NOW, held.value) };
}
export const markNow = ({ held }: Mark): Change => ({ target: held.target, value: NOW });

export function doseOccasions(
  all: Happenings,
  model: Model,
  therapies: readonly Therapy[],
  varying: ReadonlyMap<string, Varying>,
  fixed: (e: Expression) => Expression,
): DoseOccasions | null {
  const by = model.occasions?.by;
  if (by?.kind !== 'dose') return null;
  const begunBy = (into: string) => by.into === null || by.into === into;
  const events = eventDoses(model.events, begunBy);
  const schedules = therapies.map(
    (t): DrawSchedule => ({ ...NONE, beside: [...dosesOf(t, begunBy), ...events] }),
  );
  const effects = drawnAnew(all, model, varying, fixed, schedules.length > 0 ? schedules : [NONE]);
  if (effects.length === 0) return null;
  const begun = all.hold('occasion', ZERO);
  const since = all.hold('occasion_since', NEVER);
  return {
    begunBy,
    begin({ therapy, trigger, given, mark, priority }) {
      const c = captures();
      const another = call('gt', NOW, since.value);
      const later = call('and', another, call('gt', begun.value, number(0.5)));
      const count = c.add('occasion', call('if', another, call('add', begun.value, number(1)), begun.value));
      const effect = effects.map(({ name, held, value }): Change => {
        const drawn = c.add(name, call('if', later, value, held.value));
        return { target: held.target, value: captured(drawn) };
      });
      all.add({
        name: 'occasion',
        therapy,
        trigger,
        capture: c.list,
        drawn: call('sub', begun.value, number(1)),
        ...(given && { guard: c.add('given', asNumber(given)) }),
        effect: [
          ...effect,
          { target: begun.target, value: captured(count) },
          { target: since.target, value: NOW },
          ...(mark ? [markNow(mark)] : []),
        ],
        ...(priority && { priority }),
        ...(trigger.kind === 'clock' && { withDoses: true }),
      });
    },
  };
}

const NONE: DrawSchedule = { start: ZERO, interval: ZERO, count: ZERO };
/** Doses of an event that nothing bounds: more of them in one patient end it as 'event storm'. */
const UNBOUNDED = number(1000);

const gives = (actions: readonly Action[], begunBy: (into: string) => boolean): boolean =>
  actions.some((a) => a.kind === 'dose' && begunBy(a.into));

const scheduled = ({ start, interval, count }: Schedule): DrawSchedule => ({ start, interval, count });

function dosesOf(therapy: Therapy, begunBy: (into: string) => boolean): DrawSchedule[] {
  const { doses, interventions = [], rules = [], events = [] } = therapy;
  return [
    ...doses.filter(({ into }) => begunBy(into)).map(scheduled),
    ...interventions
      .filter(({ actions }) => gives(actions, begunBy))
      .map(({ schedule }) => scheduled(schedule)),
    ...rules
      .filter(({ branches }) => branches.some(({ actions }) => gives(actions, begunBy)))
      .map(({ schedule }) => scheduled(schedule)),
    ...eventDoses(events, begunBy),
  ];
}

const eventDoses = (events: readonly Event[], begunBy: (into: string) => boolean): DrawSchedule[] =>
  events
    .filter(({ actions }) => gives(actions, begunBy))
    .map(({ apart, most }) => ({ start: ZERO, interval: apart ?? ZERO, count: most ?? UNBOUNDED }));
