// Data records of patients' own: NONMEM's EVID 1, 2, 3, 4 and 8 with RATE, CMT, SS and II, and covariates that vary in time.
// In: a RecordsPlan. Out: the table's fields, which a reader fills, and the happenings that execute its rows.
// ADDL is expanded to rows and observations are left out by the reader; rows of one time keep the file's order.
import { call, type Expression, number, symbol } from '../language/expression.ts';
import { substitute } from '../language/fold.ts';
import type { Model } from '../language/model.ts';
import type { Varying } from './actions.ts';
import { OVERLAP, stateOf } from './dose-lines.ts';
import { asNumber, type Change, captured, captures, type Happenings, type Reader } from './happenings.ts';

/**
 * 'locf': a row's value holds from its time on; 'nocb': it holds back to the row before; 'linear': between two rows in
 * proportion. Before the first row a covariate has the value of its column, which is that row's.
 */
export type CovariateMode = 'locf' | 'nocb' | 'linear';

export interface RecordsPlan {
  /** Index of the therapy whose doses are the data; doses of rows are given in its arms only. */
  readonly therapy: number;
  /** Names of the states that rows may dose; field `compartment` is the place in this list, from 1 on. */
  readonly compartments: readonly string[];
  /** Covariates that rows change, in every arm. */
  readonly covariates: readonly { readonly name: string; readonly mode: CovariateMode }[];
  /** Occasions of the patients' own, numbered up to `most`: of a column, in every arm, or of the doses, where they are given. */
  readonly occasions?: { readonly of: 'column' | 'doses'; readonly most: number };
}

/**
 * Fields of table `records`, in order. Units: time and interval the model's time, amount the compartment's, rate amount
 * per time. `event` is EVID (1 dose, 2 other, 3 reset, 4 reset and dose, 8 replace); `rate` is RATE (0 bolus; -1 the entry's
 * rate, -2 its duration: to be refused by the reader where the entry has none); `steady` is SS, `interval` II.
 */
export const RECORD_FIELDS = [
  'time',
  'event',
  'amount',
  'rate',
  'compartment',
  'steady',
  'interval',
] as const;
export type RecordField = (typeof RECORD_FIELDS)[number];

export interface RecordColumn {
  /** Field of the table. */
  readonly field: string;
  /** What of a covariate: its value from this row on ('nocb': the next row's), or its change per time until the next. */
  readonly covariate: { readonly name: string; readonly of: 'value' | 'slope' } | null;
}

/** Every field of the table, in order, and what it holds. */
export function recordColumns(plan: RecordsPlan): readonly RecordColumn[] {
  return [
    ...RECORD_FIELDS.map((field) => ({ field, covariate: null })),
    ...plan.covariates.flatMap(({ name, mode }, i): RecordColumn[] => {
      const value: RecordColumn = { field: `covariate_${i}`, covariate: { name, of: 'value' } };
      const slope: RecordColumn = { field: `slope_${i}`, covariate: { name, of: 'slope' } };
      return mode === 'linear' ? [value, slope] : [value];
    }),
  ];
}

const ZERO = number(0);
const ONE = number(1);
const row = (field: string): Expression => symbol(`row.${field}`);
const is = (e: Expression, value: number): Expression => call('eq', e, number(value));
const either = (a: Expression, b: Expression): Expression => call('or', a, b);
const both = (a: Expression, b: Expression): Expression => call('and', a, b);
const when = (condition: Expression, a: Expression, b: Expression): Expression => call('if', condition, a, b);

/** Held inputs of a covariate that rows change. */
export function holdCovariate(
  all: Happenings,
  name: string,
  mode: CovariateMode,
  initial: Expression,
): Varying {
  const held = all.hold(name, initial);
  if (mode !== 'linear') return held;
  return { ...held, slope: all.hold(`${name}_slope`, ZERO), since: all.hold(`${name}_since`, ZERO) };
}

/** The covariate along the path. */
export function heldValue({ value, slope, since }: Varying): Expression {
  if (!slope || !since) return value;
  return call('add', value, call('mul', slope.value, call('sub', symbol('t'), since.value)));
}

export function records(
  all: Happenings,
  model: Model,
  plan: RecordsPlan,
  varying: ReadonlyMap<string, Varying>,
  read: Reader,
): void {
  const fields = recordColumns(plan).map(({ field }) => field);
  const trigger = all.table('records', fields);
  covariates(all, plan, varying, trigger);
  if (plan.compartments.length === 0) return;

  // A row's own covariates decide its dose; those of 'nocb' hold already when its time comes.
  const own = new Map<string, Expression>();
  for (const [i, { name, mode }] of plan.covariates.entries()) {
    const held = varying.get(name);
    if (mode === 'nocb' || held?.value.kind !== 'symbol') continue;
    own.set(held.value.name, row(`covariate_${i}`));
    if (held.slope?.value.kind === 'symbol') own.set(held.slope.value.name, ZERO);
  }
  const step = (e: Expression) => substitute(read.step(e), (name) => own.get(name));

  const compartments = plan.compartments.map((name, k) => {
    const { state, index } = stateOf(model, name);
    const { bioavailability, lag, duration, rate } = state.entry ?? {};
    return {
      name,
      index,
      here: is(row('compartment'), k + 1),
      was: (place: number) => is(captured(place), k + 1),
      share: bioavailability ? step(bioavailability) : ONE,
      lag: lag ? step(lag) : ZERO,
      // Not a number, so that the patient fails, where a reader let through what the model cannot say.
      duration: duration ? step(duration) : call('div', ZERO, ZERO),
      rate: rate ? step(rate) : call('div', ZERO, ZERO),
      infusion: all.infusion(name),
    };
  });
  type Compartment = (typeof compartments)[number];
  const select = (of: (c: Compartment) => Expression): Expression =>
    compartments
      .map((c) => [c.here, of(c)] as const)
      .reduceRight<Expression | null>(
        (rest, [here, value]) => (rest ? when(here, value, rest) : value),
        null,
      ) ?? ZERO;

  const event = row('event');
  const [resets, doses, replaces] = [
    either(is(event, 3), is(event, 4)),
    either(is(event, 1), is(event, 4)),
    is(event, 8),
  ];
  const dosed = when(doses, row('amount'), ZERO);
  const amount = when(
    replaces,
    row('amount'),
    call(
      'mul',
      select((c) => c.share),
      dosed,
    ),
  );
  const modelled = is(row('rate'), -2);
  const givenRate = when(
    call('gt', row('rate'), ZERO),
    row('rate'),
    select((c) => c.rate),
  );
  const bolus = either(is(row('rate'), 0), call('not', doses));
  const duration = when(
    bolus,
    ZERO,
    when(
      modelled,
      select((c) => c.duration),
      call('div', amount, givenRate),
    ),
  );
  const lasts = call('gt', duration, ZERO);
  const rate = when(lasts, when(modelled, call('div', amount, duration), givenRate), ZERO);
  const delay = when(
    doses,
    select((c) => c.lag),
    ZERO,
  );
  const late = both(is(event, 4), call('gt', delay, ZERO));
  // SS on a row that resets: the steady state is reached from nothing, whichever SS it is.
  const steady = call('gt', row('steady'), ZERO);
  const mode = when(both(doses, steady), when(is(event, 4), ONE, row('steady')), ZERO);
  const reset = both(resets, call('not', both(is(event, 4), steady)));
  const constant = both(is(row('interval'), 0), call('not', bolus));

  const c = captures();
  const place = {
    amount: c.add('amount', amount),
    duration: c.add('duration', duration),
    delay: c.add('delay', delay),
    given: c.add('given', asNumber(both(either(either(resets, doses), replaces), call('not', late)))),
    reset: c.add('reset', asNumber(both(reset, call('not', late)))),
    compartment: c.add('compartment', row('compartment')),
    replaces: c.add('replaces', asNumber(replaces)),
    rate: c.add('rate', rate),
    mode: c.add('steady', mode),
    interval: c.add('interval', row('interval')),
  };
  const regimen = compartments.map(({ here, index, infusion }) => ({
    state: index,
    amount: c.add('bolus', when(here, when(lasts, ZERO, when(replaces, ZERO, amount)), ZERO)),
    input: infusion.rate.target.index,
    rate: c.add('steady rate', when(here, when(constant, givenRate, rate), ZERO)),
  }));

  const effect = compartments.flatMap(({ name, index, was, infusion }, k): Change[] => {
    const y = symbol(`y.${name}`);
    const here = was(place.compartment);
    const started = both(here, call('gt', captured(place.rate), ZERO));
    return [
      {
        target: { kind: 'state', index },
        value: when(
          both(here, call('gt', captured(place.replaces), ZERO)),
          captured(place.amount),
          call('add', y, captured(regimen[k]?.amount ?? place.amount)),
        ),
      },
      {
        target: infusion.rate.target,
        value: call('add', infusion.rate.value, when(here, captured(place.rate), ZERO)),
      },
      { target: infusion.running.target, value: call('add', infusion.running.value, asNumber(started)) },
    ];
  });
  const end = all.add({
    name: 'end of a record’s infusion',
    therapy: plan.therapy,
    trigger: { kind: 'follow' },
    capture: [
      { name: 'rate', value: ZERO },
      { name: 'compartment', value: ZERO },
    ],
    guard: 0,
    effect: compartments.flatMap(({ was, infusion: { rate: speed, running } }): Change[] => {
      const left = call('sub', running.value, ONE);
      const ends = both(was(1), call('gt', captured(0), ZERO));
      const rest = when(call('gt', left, number(0.5)), call('sub', speed.value, captured(0)), ZERO);
      return [
        { target: speed.target, value: when(ends, rest, speed.value) },
        { target: running.target, value: when(ends, call('max', left, ZERO), running.value) },
      ];
    }),
  });
  const settled = {
    mode: place.mode,
    interval: place.interval,
    duration: place.duration,
    lag: place.delay,
    boluses: regimen.map(({ state, amount: of }) => ({ state, amount: of })),
    rates: regimen.map(({ input, rate: of }) => ({ input, rate: of })),
  };
  const give = all.add({
    name: 'record',
    therapy: plan.therapy,
    trigger,
    capture: c.list,
    effect,
    delay: place.delay,
    guard: place.given,
    reset: place.reset,
    steady: settled,
    follow: { happening: end, delay: place.duration, captured: [place.rate, place.compartment] },
    dose: { state: null, amount: place.amount, duration: place.duration },
    // Rows of one time, lags and infusions that overlap.
    waits: 4 + 2 * OVERLAP,
  });
  if (compartments.every(({ lag }) => lag === ZERO)) return;
  // EVID 4 into a compartment with a lag: the reset is now, the dose comes later.
  const first = captures();
  for (const { name, value } of c.list) first.add(name, value);
  first.list[place.given] = { name: 'given', value: ONE };
  const now = first.add('reset now', asNumber(reset));
  const guard = first.add('late', asNumber(late));
  all.add({
    name: 'record: reset before a dose with a lag',
    therapy: plan.therapy,
    trigger,
    capture: first.list,
    effect: [],
    guard,
    reset: now,
    steady: settled,
    follow: { happening: give, delay: place.delay, captured: c.list.map((_, i) => i) },
  });
}

function covariates(
  all: Happenings,
  plan: RecordsPlan,
  varying: ReadonlyMap<string, Varying>,
  trigger: ReturnType<Happenings['table']>,
): void {
  if (plan.covariates.length === 0) return;
  const c = captures();
  const effect: Change[] = [];
  for (const [i, { name }] of plan.covariates.entries()) {
    const held = varying.get(name);
    if (!held) throw new Error(`${name} varies in the data and is no covariate`);
    const set = (what: string, { target }: Pick<Varying, 'target'>, value: Expression) =>
      effect.push({ target, value: captured(c.add(what, value)) });
    set(name, held, row(`covariate_${i}`));
    if (held.slope) set(`${name} per time`, held.slope, row(`slope_${i}`));
    if (held.since) set(`${name} since`, held.since, symbol('t'));
  }
  all.add({ name: 'covariates', therapy: -1, trigger, capture: c.list, effect });
}
