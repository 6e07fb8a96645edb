// Rules, events and interventions. In: the clause as the model has it. Out: happenings: a visit with its readings, counters
// of confirmation and the branch taken; an event's rising edge with its bounds; a change at times.
// A reading is the output with its residual error, drawn once a visit; below the limit of quantification it is half of it.
import { call, type Expression, number, symbol } from '../language/expression.ts';
import type { Event, Intervention, Measurement, Model, Rule } from '../language/model.ts';
import { decide, type Ways } from './actions.ts';
import {
  asNumber,
  type Change,
  captured,
  captures,
  type DrawSchedule,
  FIRST,
  type Happenings,
  type Held,
  type Reader,
} from './happenings.ts';
import { margin } from './margin.ts';
import type { DoseOccasions } from './occasion-doses.ts';
import { namesIn } from './qualify.ts';

const ZERO = number(0);
const ONE = number(1);

/** What a clause needs beside itself. `resets`: something in its arms empties the agenda of doses. */
export interface Clause {
  readonly model: Model;
  readonly read: Reader;
  readonly varying: Ways['varying'];
  readonly resets: boolean;
  readonly occasions?: DoseOccasions | null;
}

const waysOf = ({ model, read, varying, occasions = null }: Clause, step: Ways['step']): Ways => ({
  occasions,
  model,
  therapy: read.therapy,
  varying,
  step,
});

/** Changes at the instants of a schedule; values are those before any of them. */
export function intervention(all: Happenings, i: Intervention, name: string, clause: Clause): void {
  const { read } = clause;
  const { start, interval, count } = i.schedule;
  const clock = all.clock(read.fixed(start), read.fixed(interval), read.fixed(count));
  const c = captures();
  const resets = clause.resets || i.actions.some(({ kind }) => kind === 'reset');
  const { effect, reset, doses } = decide(
    all,
    waysOf(clause, (e) => read.step(e)),
    { name, branches: [i.actions], capture: true, ...(resets ? {} : { clock }) },
    c,
  );
  // Doses alone, each a happening of its own, leave nothing to do here.
  if (effect.length > 0 || reset !== undefined)
    all.add({ name, therapy: read.therapy, trigger: clock, capture: c.list, effect, reset });
  doses();
}

/** A rule's visits, by its clock or each deciding when the next is. */
export function rule(all: Happenings, r: Rule, clause: Clause): void {
  const { read, model } = clause;
  const { therapy } = read;
  const { start, interval, count } = r.schedule;
  const schedule: DrawSchedule = { start, interval, count };
  const readings = new Map<string, Expression>();
  const used = namesUsed(r);
  for (const m of model.measurements)
    if (used.has(m.name)) readings.set(m.name, reading(all, m, r.name, schedule, read));
  const step = (e: Expression) => read.step(e, readings);

  const c = captures();
  const effect: Change[] = [];
  let chosen: Expression = ZERO;
  const holding: Expression[] = [];
  for (const [b, branch] of r.branches.entries()) {
    const holds = step(branch.condition);
    if (branch.confirmed <= 1) {
      holding.push(holds);
      continue;
    }
    const counter = all.hold(`confirmed_${r.name}_${b + 1}`, ZERO);
    const times = call('if', holds, call('add', counter.value, ONE), ZERO);
    effect.push({ target: counter.target, value: captured(c.add(`confirmed ${b + 1}`, times)) });
    holding.push(call('ge', times, number(branch.confirmed - 0.5)));
  }
  for (let b = holding.length; b > 0; b--) chosen = call('if', holding[b - 1] ?? ZERO, number(b), chosen);
  const chosenAt = c.add('branch', chosen);
  for (const [name, value] of readings) c.add(name, value);

  const resets = clause.resets || r.branches.some(({ actions }) => actions.some((a) => a.kind === 'reset'));
  const first = all.clock(
    read.fixed(start),
    r.next ? ZERO : read.fixed(interval),
    r.next ? ONE : read.fixed(count),
  );
  const decision = {
    name: r.name,
    branches: r.branches.map((b) => b.actions),
    chosen,
    chosenAt,
    capture: true,
  };
  const done = decide(
    all,
    waysOf(clause, step),
    resets || r.next ? decision : { ...decision, clock: first },
    c,
  );
  const visit = { name: r.name, therapy, capture: c.list, reset: done.reset };
  const changes = [...effect, ...done.effect];
  if (!r.next) {
    all.add({ ...visit, trigger: first, effect: changes });
    done.doses();
    return;
  }
  // A visit is looked at when it is due, so what waits is only the day of it: a flag that goes up, whose condition is the visit.
  const due = all.hold(`visit_${r.name}`, ZERO);
  const visits = all.hold(`visits_${r.name}`, ZERO);
  const raise = {
    name: `${r.name}: visit`,
    therapy,
    capture: [],
    effect: [{ target: due.target, value: ONE }],
  };
  all.add({ ...raise, trigger: first });
  const later = all.add({ ...raise, trigger: { kind: 'follow' } });
  all.add({
    ...visit,
    trigger: all.condition(call('sub', due.value, number(0.5)), false),
    effect: [
      ...changes,
      { target: due.target, value: ZERO },
      { target: visits.target, value: call('add', visits.value, ONE) },
    ],
    guard: c.add('visit', asNumber(call('lt', visits.value, call('sub', read.fixed(count), number(0.5))))),
    follow: { happening: later, delay: c.add('next', step(r.next)), captured: [] },
    priority: FIRST,
  });
}

function namesUsed(r: Rule): Set<string> {
  const expressions: Expression[] = r.next ? [r.next] : [];
  for (const { condition, actions } of r.branches) {
    expressions.push(condition);
    for (const a of actions) {
      if (a.kind === 'set') expressions.push(a.value);
      else if (a.kind === 'dose')
        for (const e of [a.amount, a.duration, a.rate, a.bioavailability, a.lag]) if (e) expressions.push(e);
    }
  }
  return new Set(expressions.flatMap((e) => [...namesIn(e)]));
}

/** Additive and proportional errors are independent, so one draw of the root of their variances' sum says the same. */
function reading(
  all: Happenings,
  m: Measurement,
  rule: string,
  schedule: DrawSchedule,
  read: Reader,
): Expression {
  const { additive, proportional, lognormal } = m.error;
  const normal = (name: string) => all.draw({ kind: 'normal', purpose: 'residual error', name }, schedule);
  const truth = read.step(symbol(m.output));
  let value = truth;
  if (lognormal)
    value = call(
      'mul',
      value,
      call('exp', call('mul', read.step(lognormal), normal(`${rule}: ${m.name}, lognormal`))),
    );
  const a = additive && read.step(additive);
  const p = proportional && call('mul', read.step(proportional), truth);
  const square = (e: Expression) => call('mul', e, e);
  const sd = a && p ? call('sqrt', call('add', square(a), square(p))) : (a ?? p);
  if (sd) value = call('add', value, call('mul', sd, normal(`${rule}: ${m.name}`)));
  if (!m.lloq) return value;
  const limit = read.step(m.lloq);
  return call('if', call('lt', value, limit), call('mul', number(0.5), limit), value);
}

/** The time of an execution that never was: any `apart` has passed since. */
const NEVER = number(-1e30);

/** An event of the model or of a therapy. With `apart` or `most` it can rise again while its condition still holds. */
export function event(all: Happenings, e: Event, name: string, clause: Clause): void {
  const { read } = clause;
  const c = captures();
  const step = (x: Expression) => read.step(x);
  const id = name.replace(/\W+/g, '_');
  const effect: Change[] = [];
  let edge = margin(step(e.condition));
  const bound = (held: Held, room: Expression, value: Expression) => {
    edge = call('min', edge, room);
    effect.push({ target: held.target, value });
  };
  if (e.apart) {
    const last = all.hold(`last_${id}`, NEVER);
    bound(last, call('sub', call('sub', symbol('t'), last.value), step(e.apart)), symbol('t'));
  }
  if (e.most) {
    const times = all.hold(`times_${id}`, ZERO);
    const left = call('sub', call('sub', step(e.most), times.value), number(0.5));
    bound(times, left, call('add', times.value, ONE));
  }
  const delay = e.delay && c.add('delay', step(e.delay));
  const done = decide(all, waysOf(clause, step), { name, branches: [e.actions], capture: e.valuesAtEdge }, c);
  all.add({
    name,
    therapy: read.therapy,
    trigger: all.condition(edge, e.initially),
    capture: c.list,
    effect: [...effect, ...done.effect],
    delay,
    priority: e.priority && step(e.priority),
    persistent: e.persistent,
    reset: done.reset,
    waits: delay === undefined ? 0 : 3,
  });
}
