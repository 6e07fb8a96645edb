// What rules, events and interventions do, as the effect of one happening and the doses beside it. In: branches of actions,
// which of them is taken, and whether values are captured or taken at execution. Out: changes and captured values for the
// caller's happening; doses as happenings of their own, on the same clock or handed over to the moment of execution.
import { call, type Expression, number, symbol } from '../language/expression.ts';
import type { Action, Entry, Model } from '../language/model.ts';
import {
  type DoseValues, doseValues, giveDose, OVERLAP, readEntry, readValues, stateOf,
} from './dose-lines.ts'; // biome-ignore format: a list
import {
  asNumber,
  type Change,
  captured,
  type captures,
  FIRST,
  type Happenings,
  type Held,
} from './happenings.ts';
import type { DoseOccasions } from './occasion-doses.ts';
import type { Target, Trigger } from './program.ts';

const ZERO = number(0);

/** Held inputs that a name's value lives in; a covariate between two records also has a slope and the time of its value. */
export interface Varying extends Held {
  readonly slope?: Held;
  readonly since?: Held;
}

export interface Ways {
  readonly model: Model;
  readonly therapy: number;
  /** Memories, parameters and covariates by name, the therapy's own memories among them. */
  readonly varying: ReadonlyMap<string, Varying>;
  /** A modeller's expression over t, y., u., p., n, draw. */
  readonly step: (e: Expression) => Expression;
  /** Where doses begin occasions. */
  readonly occasions: DoseOccasions | null;
}

export interface Decision {
  /** In ledgers and diagnostics. */
  readonly name: string;
  /** Branches 1, 2, ...; one alone where there is nothing to choose. */
  readonly branches: readonly (readonly Action[])[];
  /** Number of the branch taken, 0 for none, at capture; absent: the only one. */
  readonly chosen?: Expression;
  /** Place of that number among the captured values. */
  readonly chosenAt?: number;
  /** False: values are those of the execution. */
  readonly capture: boolean;
  /** Doses are happenings on this clock; absent: handed over when the decision is executed. */
  readonly clock?: Trigger;
}

export interface Decided {
  readonly effect: readonly Change[];
  readonly reset?: number;
  /** Adds the happenings of doses on a clock; to be called after the caller has added its own, which is executed first. */
  readonly doses: () => void;
}

/** Captured values are added to `c`; the caller's happening gets the changes, and the reset where there is one. */
export function decide(
  all: Happenings,
  ways: Ways,
  decision: Decision,
  c: ReturnType<typeof captures>,
): Decided {
  const { branches, chosen } = decision;
  const taken = (branch: number, of: Expression): Expression => call('eq', of, number(branch));
  const isTaken = (branch: number): Expression | undefined => chosen && taken(branch, chosen);
  const wasTaken = (branch: number): Expression | undefined =>
    decision.chosenAt === undefined ? undefined : taken(branch, captured(decision.chosenAt));

  const changes = new Map<string, { name: string; target: Target; now: Expression; cases: Case[] }>();
  const change = (name: string, target: Target, now: Expression, branch: number, value: Expression) => {
    const key = `${target.kind} ${target.index}`;
    const entry = changes.get(key) ?? { name, target, now, cases: [] };
    changes.set(key, entry);
    entry.cases = [...entry.cases.filter((x) => x.branch !== branch), { branch, value }];
  };
  const resets: number[] = [];
  const doses: Ordered[] = [];
  for (const [i, actions] of branches.entries()) {
    for (const action of actions) {
      if (action.kind === 'reset') resets.push(i + 1);
      else if (action.kind === 'dose') {
        const { state } = stateOf(ways.model, action.into);
        doses.push({ branch: i + 1, into: action.into, action, entry: state.entry });
      } else {
        for (const { target, now, value } of placesOf(ways, action.name, ways.step(action.value)))
          change(action.name, target, now, i + 1, value);
      }
    }
  }

  // A dose with an occasion of its own has what its compartment makes of it at that occasion.
  const begins = doses.some(({ into }) => ways.occasions?.begunBy(into));
  const clock = begins ? undefined : decision.clock;
  if (!clock && doses.length > 0) {
    const flag = handOver(all, ways, decision.name, doses, change);
    for (const { branch } of doses) change('gives', flag.target, flag.value, branch, number(1));
  }
  // On a clock all are captured at its tick, before any of them is executed.
  const onClock = (trigger: Trigger) => {
    for (const [k, { branch, into, action, entry }] of doses.entries()) {
      giveDose(all, ways.model, ways.therapy, {
        into,
        name: doseName(decision.name, k, doses.length),
        trigger,
        when: isTaken(branch),
        values: readValues(doseValues(action, entry), ways.step),
        overlap: OVERLAP,
      });
    }
  };
  const later = { doses: () => void (clock && onClock(clock)) };

  const effect = [...changes.values()].map(({ name, target, now, cases }): Change => {
    const [only, ...others] = cases;
    if (!decision.capture || !only) {
      const value = cases.reduce<Expression>((rest, x) => pick(wasTaken(x.branch), x.value, rest), now);
      return { target, value };
    }
    const value = others.reduce<Expression>((rest, x) => pick(isTaken(x.branch), x.value, rest), only.value);
    const place = captured(c.add(name, value));
    const conditions = cases.flatMap((x) => wasTaken(x.branch) ?? []);
    const [first, ...more] = conditions;
    return {
      target,
      value: first
        ? call(
            'if',
            more.reduce((a, b) => call('or', a, b), first),
            place,
            now,
          )
        : place,
    };
  });
  if (resets.length === 0) return { effect, ...later };
  const [first = 0, ...more] = resets;
  const any = isTaken(first);
  const reset = any
    ? asNumber(more.reduce<Expression>((a, b) => call('or', a, isTaken(b) ?? a), any))
    : number(1);
  return { effect, reset: c.add('reset', reset), ...later };
}

interface Ordered {
  readonly branch: number;
  readonly into: string;
  readonly action: Action & { readonly kind: 'dose' };
  readonly entry: Entry | undefined;
}

interface Case {
  readonly branch: number;
  readonly value: Expression;
}

const pick = (condition: Expression | undefined, value: Expression, otherwise: Expression): Expression =>
  condition ? call('if', condition, value, otherwise) : value;

const doseName = (of: string, k: number, count: number): string =>
  count === 1 ? `${of}: dose` : `${of}: dose ${k + 1}`;

/** Where the value of a name lives, what is there now and what is to be there. */
function placesOf(
  { model, varying }: Ways,
  name: string,
  value: Expression,
): readonly { target: Target; now: Expression; value: Expression }[] {
  const index = model.states.findIndex((s) => s.name === name);
  if (index >= 0) return [{ target: { kind: 'state', index }, now: symbol(`y.${name}`), value }];
  const held = varying.get(name);
  if (!held) throw new Error(`${name} is set, and is no state, memory, parameter or covariate`);
  const places = [{ target: held.target as Target, now: held.value, value }];
  if (held.slope) places.push({ target: held.slope.target, now: held.slope.value, value: ZERO });
  if (held.since) places.push({ target: held.since.target, now: held.since.value, value: symbol('t') });
  return places;
}

/**
 * Doses that are known only when a decision is executed: it leaves their values in held inputs and raises a flag, whose
 * condition gives them in the same instant. So a delay, a cancelled event or a reset in between is no business of theirs.
 */
function handOver(
  all: Happenings,
  { model, therapy, step, occasions }: Ways,
  name: string,
  doses: readonly Ordered[],
  change: (name: string, target: Target, now: Expression, branch: number, value: Expression) => void,
): Held {
  const id = name.replace(/\W+/g, '_');
  const flag = all.hold(`gives_${id}`, ZERO);
  const raised = all.condition(call('sub', flag.value, number(0.5)), false);
  const branches = [...new Set(doses.map(({ branch }) => branch))];
  // The beginning of an occasion comes between the decision and its doses.
  const begins = doses.some(({ into }) => occasions?.begunBy(into));
  const begun = begins ? all.hold(`begun_${id}`, ZERO) : null;
  const ready = begun ? all.condition(call('sub', begun.value, number(0.5)), false) : raised;
  const some: Expression[] = [];
  for (const [k, { branch, into, action, entry }] of doses.entries()) {
    const own = doseName(name, k, doses.length);
    const pass = (what: string, value: Expression): Expression => {
      const held = all.hold(`${what}_${id}${doses.length === 1 ? '' : `_${k + 1}`}`, ZERO);
      change(what, held.target, held.value, branch, value);
      // Another branch leaves nothing of it behind.
      if (what === 'amount')
        for (const other of branches)
          if (other !== branch) change(what, held.target, held.value, other, ZERO);
      return held.value;
    };
    const fixed = (what: string, value: Expression) => (value.kind === 'number' ? value : pass(what, value));
    const passed = <T extends Pick<DoseValues, 'amount' | 'duration' | 'rate' | 'lag'>>({
      amount,
      duration,
      rate,
      lag,
    }: T) => ({
      amount: pass('amount', amount),
      duration: fixed('duration', duration),
      ...(rate ? { rate: fixed('rate', rate) } : {}),
      ...(lag ? { lag: fixed('lag', lag) } : {}),
    });
    let values: DoseValues;
    if (begins) {
      // What the decision says is handed over; what the compartment makes of it is of the dose's own occasion.
      const { bioavailability: share, ...rest } = action;
      const said = passed({
        amount: step(rest.amount),
        duration: step(rest.duration),
        ...(rest.rate && { rate: step(rest.rate) }),
        ...(rest.lag && { lag: step(rest.lag) }),
      });
      if (occasions?.begunBy(into)) some.push(call('not', call('le', said.amount, ZERO)));
      const own = share && fixed('bioavailability', step(share));
      values = doseValues({ ...said, ...(own && { bioavailability: own }) }, entry && readEntry(entry, step));
    } else values = passed(readValues(doseValues(action, entry), step));
    giveDose(all, model, therapy, {
      into,
      name: own,
      trigger: ready,
      values,
      priority: FIRST,
      overlap: OVERLAP,
    });
  }
  const [first, ...more] = some;
  if (begun && first) {
    const any = more.reduce((a, b) => call('or', a, b), first);
    occasions?.begin({ therapy, trigger: raised, given: any, priority: FIRST });
    all.add({
      name: `${name}: doses due`,
      therapy,
      trigger: raised,
      capture: [],
      effect: [
        { target: flag.target, value: ZERO },
        { target: begun.target, value: number(1) },
      ],
      priority: FIRST,
    });
  }
  all.add({
    name: `${name}: doses given`,
    therapy,
    trigger: ready,
    capture: [],
    effect: [{ target: (begun ?? flag).target, value: ZERO }],
    priority: FIRST,
  });
  return flag;
}
