// Dose lines of a therapy. In: a DoseStream with its compartment's entry. Out: the five values of a plain stream where all
// of them are known before the run, else happenings: the dose decided when it is due, and the end of its infusion.
// NONMEM's rules: with a given rate bioavailability scales the duration, with a given duration it scales the rate.
import { call, type Expression, number, symbol } from '../language/expression.ts';
import type { DoseStream, Entry, Model, State, Therapy } from '../language/model.ts';
import { simplify } from '../language/simplify.ts';
import { type Adherence, adherenceOf } from './adherence.ts';
import {
  asNumber,
  type Change,
  captured,
  captures,
  type DrawSchedule,
  type Happenings,
  type Reader,
} from './happenings.ts';
import { type DoseOccasions, doseMark, markNow } from './occasion-doses.ts';
import type { Steady, Trigger } from './program.ts';
import { namesIn } from './qualify.ts';

const ZERO = number(0);
const isZero = (e: Expression | undefined): boolean => e?.kind === 'number' && e.value === 0;

/** What a dose line, a `dose` action and a compartment's entry say of one dose; in the model's names. */
type Said = Pick<DoseStream, 'amount' | 'duration' | 'rate' | 'bioavailability' | 'lag'>;
export interface DoseValues {
  /** After bioavailability. */
  readonly amount: Expression;
  /** 0: a bolus. */
  readonly duration: Expression;
  /** Amount per time, where it is given and not a consequence. */
  readonly rate?: Expression;
  readonly lag?: Expression;
}

export function doseValues(dose: Said, entry: Entry | undefined): DoseValues {
  const share = dose.bioavailability ?? entry?.bioavailability;
  const lag = dose.lag ?? entry?.lag;
  const amount = share === undefined ? dose.amount : call('mul', share, dose.amount);
  const silent = dose.rate === undefined && isZero(dose.duration);
  const rate = dose.rate ?? (silent ? entry?.rate : undefined);
  const duration = rate
    ? call('div', amount, rate)
    : ((silent ? entry?.duration : undefined) ?? dose.duration);
  return {
    amount,
    duration,
    ...(rate === undefined ? {} : { rate }),
    ...(lag === undefined || isZero(lag) ? {} : { lag }),
  };
}

export const stateOf = (model: Model, name: string): { readonly state: State; readonly index: number } => {
  const index = model.states.findIndex((s) => s.name === name);
  const state = model.states[index];
  if (!state) throw new Error(`a dose goes into ${name}, which is not a state`);
  return { state, index };
};

/** Amount, start, interval, count and duration over p. of every dose of a therapy; null where one is decided during the run. */
export function plainStreams(model: Model, therapy: Therapy, read: Reader): readonly PlainStream[] | null {
  const { interventions = [], rules = [], events = [] } = therapy;
  if (interventions.length + rules.length + events.length > 0) return null;
  // Streams know of no reset, and an event of the model's own resets every arm.
  if (model.events.some(({ actions }) => actions.some(({ kind }) => kind === 'reset'))) return null;
  const streams: PlainStream[] = [];
  for (const d of therapy.doses) {
    if (d.while || d.adherence || d.steady) return null;
    const { state, index } = stateOf(model, d.into);
    const { amount, duration, lag } = doseValues(d, state.entry);
    const [given, over, wait] = [amount, duration, lag ?? ZERO].map((e) => read.step(e));
    if (given === undefined || over === undefined || wait === undefined) return null;
    if (![given, over, wait].every(isPatient)) return null;
    const start = lag === undefined ? d.start : call('add', d.start, lag);
    const times = [start, d.interval, d.count].map(read.fixed);
    streams.push({ into: index, values: [given, ...times, over] });
  }
  return streams;
}
export interface PlainStream {
  readonly into: number;
  readonly values: readonly Expression[];
}

const isPatient = (e: Expression): boolean => [...namesIn(e)].every((name) => name.startsWith('p.'));

/** Where a dose's effect goes, for every way it can be given. */
interface Given {
  readonly into: string;
  readonly name: string;
  readonly trigger: Trigger;
  /** Over t, y., u., p., n, row., draw.; a condition that must hold. */
  readonly when?: Expression | undefined;
  readonly values: DoseValues;
  /** Added to the lag. */
  readonly late?: Expression | undefined;
  readonly priority?: Expression | undefined;
  readonly steady?: { readonly mode: Expression; readonly interval: Expression } | undefined;
  /** How many infusions or lags of it may overlap. */
  readonly overlap: number;
}

/** One happening that gives a dose of these values (over t, y., u., p., n, row., draw.). */
export function giveDose(all: Happenings, model: Model, therapy: number, given: Given): void {
  const { values, into } = given;
  const { index } = stateOf(model, into);
  const c = captures();
  const amount = c.add('amount', values.amount);
  const duration = c.add('duration', values.duration);
  const wait = sum(values.lag, given.late);
  const delay = wait && c.add('delay', wait);
  // Not "amount > 0": what is not a number must be seen.
  const some = call('not', call('le', values.amount, ZERO));
  const guard = c.add('given', asNumber(given.when ? call('and', given.when, some) : some));

  const over = simplify(values.duration);
  const bolusOnly = over.kind === 'number' && over.value <= 0;
  const infusionOnly = over.kind === 'number' && over.value > 0;
  const lasts = call('gt', values.duration, ZERO);
  const effect: Change[] = [];
  const boluses: { state: number; amount: number }[] = [];
  const rates: { input: number; rate: number }[] = [];
  let follow = null;
  if (!infusionOnly) {
    const bolus = bolusOnly ? amount : c.add('bolus', call('if', lasts, ZERO, values.amount));
    const value = call('add', symbol(`y.${into}`), captured(bolus));
    effect.push({ target: { kind: 'state', index }, value });
    boluses.push({ state: index, amount: bolus });
  }
  if (!bolusOnly) {
    const { rate, running, end } = all.infusion(into);
    const speed = values.rate ?? call('div', values.amount, values.duration);
    const own = c.add('rate', infusionOnly ? speed : call('if', lasts, speed, ZERO));
    const one = infusionOnly ? number(1) : asNumber(call('gt', captured(own), ZERO));
    effect.push(
      { target: rate.target, value: call('add', rate.value, captured(own)) },
      { target: running.target, value: call('add', running.value, one) },
    );
    rates.push({ input: rate.target.index, rate: own });
    follow = { happening: end, delay: duration, captured: [own] };
  }
  let steady: Steady | undefined;
  if (given.steady) {
    const mode = c.add('steady', given.steady.mode);
    const interval = c.add('interval', given.steady.interval);
    const lag = values.lag ? c.add('lag', values.lag) : null;
    steady = { mode, interval, duration, lag, boluses, rates };
  }
  const waiting = (delay === undefined ? 0 : 1) + (bolusOnly ? 0 : 1);
  all.add({
    name: given.name,
    therapy,
    trigger: given.trigger,
    capture: c.list,
    effect,
    delay,
    guard,
    priority: given.priority,
    steady,
    follow,
    dose: { state: index, amount, duration },
    waits: waiting * given.overlap,
  });
}

const sum = (a: Expression | undefined, b: Expression | undefined): Expression | undefined =>
  a && b ? call('add', a, b) : (a ?? b);

/** Values of a dose through a reader. */
export function readValues(values: DoseValues, step: (e: Expression) => Expression): DoseValues {
  const { amount, duration, rate, lag } = values;
  return {
    amount: step(amount),
    duration: step(duration),
    ...(rate ? { rate: step(rate) } : {}),
    ...(lag ? { lag: step(lag) } : {}),
  };
}

export function readEntry(entry: Entry, step: (e: Expression) => Expression): Entry {
  const { bioavailability, lag, duration, rate } = entry;
  return {
    ...(bioavailability && { bioavailability: step(bioavailability) }),
    ...(lag && { lag: step(lag) }),
    ...(duration && { duration: step(duration) }),
    ...(rate && { rate: step(rate) }),
  };
}

/** Infusions or lags that may overlap when nothing tells how many. */
export const OVERLAP = 6;

/** A dose line that is decided when it is due. `name` is the same in every therapy that has such a line. */
export function doseLine(
  all: Happenings,
  model: Model,
  d: DoseStream,
  name: string,
  read: Reader,
  occasions: DoseOccasions | null = null,
): void {
  const schedule: DrawSchedule = { start: d.start, interval: d.interval, count: d.count };
  const [start, interval, count] = [d.start, d.interval, d.count].map(read.fixed);
  if (!start || !interval || !count) return;
  const trigger = all.clock(start, interval, count);
  const { state } = stateOf(model, d.into);
  const when = d.while && read.step(d.while);
  const regimen = readValues(doseValues(d, state.entry), read.step);
  const steady = d.steady && {
    mode: asNumber(call('eq', symbol('n'), ZERO)),
    interval,
  };
  const { therapy } = read;
  const clock = () => all.clock(start, interval, count);
  const beginning = occasions?.begunBy(d.into) ? occasions : null;
  const mark = beginning && (when || d.adherence) ? doseMark(all, name) : null;
  const due = both(when, isSome(regimen.amount));
  if (beginning && !d.adherence)
    beginning.begin({ therapy, trigger: clock(), given: due, ...(mark && { mark }) });
  const settle = (taken: Expression): Expression => {
    if (!beginning || !mark) return taken;
    // Its chance is of the occasion before, and its draws are by dose: it is settled before the next begins.
    const c = captures();
    const given = c.add('given', asNumber(both(due, taken) ?? taken));
    all.add({
      name: `${name}: due`,
      therapy,
      trigger: clock(),
      capture: c.list,
      guard: given,
      effect: [markNow(mark)],
      withDoses: true,
    });
    beginning.begin({ therapy, trigger: clock(), given: mark.now });
    return mark.now;
  };
  const prescribed = mark && when ? call('or', mark.now, when) : when;
  const habits = { name, schedule, trigger, when: prescribed, sure: d.steady === true, settle };
  const adherence: Adherence | null = d.adherence
    ? adherenceOf(all, { ...d.adherence, ...habits }, read)
    : null;
  const values = adherence
    ? readValues(doseValues({ ...d, amount: call('mul', symbol('#given'), d.amount) }, state.entry), (e) =>
        read.step(e, new Map([['#given', adherence.given]])),
      )
    : regimen;
  giveDose(all, model, therapy, {
    into: d.into,
    name,
    trigger,
    when: mark?.now ?? when,
    values,
    late: adherence?.late,
    steady,
    overlap: overlapOf(regimen, interval),
  });
}

const both = (a: Expression | undefined, b: Expression | undefined): Expression | undefined =>
  a && b ? call('and', a, b) : (a ?? b);
/** Undefined where it is plain that there is some. Not "amount > 0": what is not a number must be seen. */
function isSome(amount: Expression): Expression | undefined {
  const known = simplify(amount);
  return known.kind === 'number' && known.value > 0 ? undefined : call('not', call('le', amount, ZERO));
}

/** The beginnings of occasions beside the plain streams of a therapy. */
export function plainOccasions(
  all: Happenings,
  model: Model,
  therapy: Therapy,
  read: Reader,
  occasions: DoseOccasions,
): void {
  for (const d of therapy.doses) {
    if (!occasions.begunBy(d.into)) continue;
    const { amount } = doseValues(d, stateOf(model, d.into).state.entry);
    const [start, interval, count] = [d.start, d.interval, d.count].map(read.fixed);
    if (!start || !interval || !count) continue;
    const trigger = all.clock(start, interval, count);
    occasions.begin({ therapy: read.therapy, trigger, given: isSome(read.step(amount)) });
  }
}

function overlapOf({ duration, lag }: DoseValues, interval: Expression): number {
  const over = simplify(duration);
  const apart = simplify(interval);
  if (over.kind !== 'number' || apart.kind !== 'number' || lag !== undefined) return OVERLAP;
  return apart.value > 0 ? Math.min(1000, Math.ceil(over.value / apart.value) + 1) : 1;
}
