// Recurrent hazards: an event whenever the cumulative hazard reaches the next threshold, which lies an exponential further
// each time, from a draw of its own. In: a Hazard. Out: a happening with a condition that counts and sets the threshold.

import { thresholdOf } from '../language/check-hazard.ts';
import { call, type Expression, number, symbol } from '../language/expression.ts';
import type { Hazard, Model } from '../language/model.ts';
import type { Varying } from './actions.ts';
import { captured, captures, type DrawSchedule, type Happenings, type Reader } from './happenings.ts';

/** Events of one patient where the model sets no bound; one with more ends as 'event storm'. */
export const MOST_EVENTS = 100;
/** A threshold that is never reached. */
const NEVER = number(1e30);
const ONE = number(1);

export function recurrences(
  all: Happenings,
  model: Model,
  h: Hazard,
  varying: ReadonlyMap<string, Varying>,
  read: Reader,
): void {
  if (!h.recurrence) return;
  const { most } = h.recurrence;
  const [count, next] = [varying.get(h.recurrence.count), varying.get(h.recurrence.next)];
  if (!count || !next) return;
  const schedule: DrawSchedule = {
    start: number(0),
    interval: number(0),
    count: number(most ?? MOST_EVENTS),
  };
  const z = all.draw({ kind: 'normal', purpose: 'next event', name: h.name }, schedule);
  const further = call('add', next.value, thresholdOf(z));
  // What is reached in the last bit of an f32 must not be reached again at once: the truth of the condition has to fall.
  const reached = read.step(symbol(h.cumulative));
  const beyond = call(
    'max',
    further,
    call('add', reached, call('mul', number(LAST_BITS), call('add', ONE, reached))),
  );
  const last =
    most === null ? beyond : call('if', call('ge', count.value, number(most - 1.5)), NEVER, beyond);
  const c = captures();
  const threshold = c.add('next threshold', last);
  let margin: Expression = call('sub', reached, next.value);
  for (const other of model.hazards ?? [])
    if (other.type === 'censoring')
      margin = call(
        'min',
        margin,
        call('sub', read.step(symbol(other.threshold)), read.step(symbol(other.cumulative))),
      );
  all.add({
    name: h.name,
    therapy: -1,
    trigger: all.condition(margin, false),
    capture: c.list,
    effect: [
      { target: count.target, value: call('add', count.value, ONE) },
      { target: next.target, value: captured(threshold) },
    ],
  });
}

/** Relative; moves one event in a million by as much. */
const LAST_BITS = 1e-6;
