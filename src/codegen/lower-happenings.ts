// Which therapies are plain streams, and the happenings of the rest, of the model's events and of data records, in the
// order of the text. In: a Model and the options of lower.ts. Out: streams by therapy, what was collected, and the
// qualifier that knows every name that something sets during the run.
import { type Expression, symbol } from '../language/expression.ts';
import type { Action, Event, Model, Therapy } from '../language/model.ts';
import { expand, simplify } from '../language/simplify.ts';
import type { Varying } from './actions.ts';
import { doseLine, type PlainStream, plainOccasions, plainStreams } from './dose-lines.ts';
import { collectHappenings, type Happenings, type Reader } from './happenings.ts';
import { doseOccasions } from './occasion-doses.ts';
import { occasionEffects, occasions, recordedOccasions } from './occasions.ts';
import { type Qualifier, qualifier } from './qualify.ts';
import { heldValue, holdCovariate, type RecordsPlan, records } from './records.ts';
import { recurrences } from './recurrences.ts';
import { type Clause, event, intervention, rule } from './rules.ts';

interface Options {
  readonly therapies: readonly Therapy[];
  readonly records?: RecordsPlan;
}

interface Lowered {
  readonly all: Happenings;
  /** Over t, y., p. and u. for what varies. */
  readonly names: Qualifier;
  /** Of each therapy; empty where its doses are happenings. */
  readonly streams: readonly (readonly PlainStream[])[];
}

export function lowerHappenings(model: Model, options: Options, fixed: Qualifier): Lowered {
  const clean = (e: Expression) => simplify(expand(e));
  const rates = new Set(model.states.map(({ name }) => `rate_${name}`));
  const all = collectHappenings((name) => rates.has(name) || /^gate_\d+$/.test(name));
  const atStart = (e: Expression) => clean(fixed.step(e));

  const varying = new Map<string, Varying>();
  for (const m of model.memories) varying.set(m.name, all.hold(m.name, atStart(m.initial)));
  for (const { name, mode } of options.records?.covariates ?? [])
    varying.set(name, holdCovariate(all, name, mode, atStart({ kind: 'symbol', name })));
  for (const name of occasionEffects(model)) varying.set(name, all.hold(name, atStart(symbol(name))));
  const known = new Set([...model.parameters, ...model.covariates].map(({ name }) => name));
  for (const name of namesSet(model, options.therapies))
    if (known.has(name) && !varying.has(name))
      varying.set(name, all.hold(name, atStart({ kind: 'symbol', name })));

  const names =
    varying.size === 0
      ? fixed
      : qualifier(model, new Map([...varying].map(([name, v]) => [name, heldValue(v)])));
  // Therapies that set nothing meet the values of time 0, but for what the data change in every arm.
  const data = new Set(options.records?.covariates.map(({ name }) => name));
  const kept = new Set([...model.memories.map(({ name }) => name), ...occasionEffects(model)]);
  const quiet = [...varying.keys()].every((name) => data.has(name) || kept.has(name))
    ? names
    : qualifier(
        model,
        new Map(
          [...varying].flatMap(([name, v]) =>
            data.has(name) || kept.has(name) ? [[name, heldValue(v)]] : [],
          ),
        ),
      );

  // An occasion begins before anything else of its instant, or just before the dose that it begins with.
  const recorded = options.records?.occasions;
  if (recorded?.of !== 'column') occasions(all, model, varying, atStart);
  if (options.records) recordedOccasions(all, model, options.records, varying, atStart);
  const begins =
    recorded?.of === 'column' ? null : doseOccasions(all, model, options.therapies, varying, atStart);
  const streams = options.therapies.map((therapy, index) => {
    const own = new Map<string, Varying>();
    if (options.records?.therapy === index) return [];
    const read = readerOf(index, quiet, own, atStart, clean);
    const plain = plainStreams(model, therapy, read);
    if (plain && begins) plainOccasions(all, model, therapy, read, begins);
    return plain;
  });
  if (options.records) {
    const read = readerOf(options.records.therapy, names, new Map(), atStart, clean);
    records(all, model, options.records, varying, read);
  }
  for (const [index, therapy] of options.therapies.entries()) {
    const isData = options.records?.therapy === index;
    if (streams[index] && !isData) continue;
    const own = new Map<string, Varying>();
    for (const m of therapy.memories ?? [])
      own.set(m.name, all.hold(varying.has(m.name) ? `${m.name}_${index}` : m.name, atStart(m.initial)));
    const read = readerOf(index, names, own, atStart, clean);
    const resets = isData || resetsIn(model.events) || therapyResets(therapy);
    clauses(all, therapy, { model, read, varying: new Map([...varying, ...own]), resets, occasions: begins });
  }
  const read = readerOf(-1, names, new Map(), atStart, clean);
  for (const h of model.hazards ?? []) recurrences(all, model, h, varying, read);
  for (const [i, e] of model.events.entries())
    event(all, e, e.name || `event ${i + 1}`, { model, read, varying, resets: true, occasions: begins });
  return { all, names, streams: streams.map((s) => s ?? []) };
}

function readerOf(
  therapy: number,
  names: Qualifier,
  own: ReadonlyMap<string, Varying>,
  atStart: (e: Expression) => Expression,
  clean: (e: Expression) => Expression,
): Reader {
  const mine = new Map([...own].map(([name, { value }]) => [name, value]));
  const plain = mine.size === 0 ? names.step : names.stepWith(mine);
  return {
    therapy,
    step: (e, more) =>
      clean(more && more.size > 0 ? names.stepWith(new Map([...mine, ...more]))(e) : plain(e)),
    fixed: atStart,
  };
}

/** A therapy's clauses as happenings, in the order of the text. */
function clauses(all: Happenings, therapy: Therapy, clause: Clause): void {
  const { model, read, occasions: begins } = clause;
  const found: { readonly order: number; readonly lower: () => void }[] = [];
  const lines = new Map<string, number>();
  for (const [i, d] of therapy.doses.entries()) {
    const number = (lines.get(d.into) ?? 0) + 1;
    lines.set(d.into, number);
    const name = `dose ${number} into ${d.into}`;
    found.push({ order: d.order ?? i, lower: () => doseLine(all, model, d, name, read, begins) });
  }
  for (const [i, x] of (therapy.interventions ?? []).entries())
    found.push({ order: x.order, lower: () => intervention(all, x, `change ${i + 1}`, clause) });
  for (const r of therapy.rules ?? []) found.push({ order: r.order, lower: () => rule(all, r, clause) });
  for (const [i, e] of (therapy.events ?? []).entries())
    found.push({ order: e.order, lower: () => event(all, e, e.name || `when ${i + 1}`, clause) });
  for (const { lower } of found.sort((a, b) => a.order - b.order)) lower();
}

function* actionsOf(therapy: Therapy): Generator<Action> {
  for (const { actions } of therapy.interventions ?? []) yield* actions;
  for (const { branches } of therapy.rules ?? []) for (const { actions } of branches) yield* actions;
  for (const { actions } of therapy.events ?? []) yield* actions;
}

function namesSet(model: Model, therapies: readonly Therapy[]): ReadonlySet<string> {
  const actions = [...therapies.flatMap((t) => [...actionsOf(t)]), ...model.events.flatMap((e) => e.actions)];
  return new Set(actions.flatMap((a) => (a.kind === 'set' ? [a.name] : [])));
}

const resetsIn = (events: readonly Event[]): boolean =>
  events.some(({ actions }) => actions.some(({ kind }) => kind === 'reset'));
/** A steady state is reached from nothing, which empties the agenda of doses as a reset does. */
const therapyResets = (therapy: Therapy): boolean =>
  therapy.doses.some((d) => d.steady) || [...actionsOf(therapy)].some(({ kind }) => kind === 'reset');
