// What a therapy plans for one patient, along the time axis, as far as it is known before the run. In: a model, a therapy of
// it, the patient's values, the horizon and the therapy's text. Out: an ArmTimeline. Pure and bounded; nothing is solved:
// what hangs on the patient's path is marked as open, never guessed.
import type {
  Action,
  DoseStream,
  Intervention,
  Model,
  Rule,
  Schedule,
  Therapy,
} from '../../language/model.ts';
import { type Known, knownValues } from './known.ts';
import { type ArmTimeline, type DoseMark, gather, type TickMark, type VisitMarks } from './marks.ts';

/** Instants of a therapy that are worked out one by one; a line with more of them is one run of doses. */
const MOST_INSTANTS = 10_000;
const MOST_CHANGES = 40;
const MOST_VISITS = 60;

/** Times of a schedule that are known, in order; `rest` of them are not worked out. */
interface Instants {
  readonly times: readonly number[];
  readonly interval: number;
  readonly rest: number;
}

/** `text` is what the therapy's spans are of; `values` are parameters, covariates and effects by name. */
export function therapyPlan(
  model: Model,
  therapy: Therapy,
  values: ReadonlyMap<string, number>,
  horizon: number,
  text: string,
): ArmTimeline {
  const known = knownValues(model, therapy, values);
  for (const event of [...model.events, ...(therapy.events ?? [])])
    for (const name of namesSet(event.actions)) known.doubt(name);
  const written = ({ start, end }: { readonly start: number; readonly end: number }) =>
    text.slice(start, end).replace(/\s+/g, ' ').trim();

  const doses: DoseMark[] = [];
  const changes: TickMark[] = [];
  const visits: VisitMarks[] = [];
  let more = false;
  const steps: { readonly time: number; readonly order: number; readonly happen: () => void }[] = [];

  for (const [order, stream] of therapy.doses.entries()) {
    const { times, interval, rest } = instantsOf(stream, known, horizon);
    if (rest > 0) {
      const [first = 0] = times;
      const mark = doseOf(stream, first, known, model);
      if (mark)
        doses.push({
          ...mark,
          last: first + interval * (times.length + rest - 1),
          count: times.length + rest,
        });
      continue;
    }
    for (const time of times)
      steps.push({
        time,
        order: stream.order ?? order,
        happen: () => {
          const mark = doseOf(stream, time, known, model);
          if (mark) doses.push(mark);
        },
      });
  }
  for (const intervention of therapy.interventions ?? []) {
    const { times, rest } = instantsOf(intervention.schedule, known, horizon);
    if (rest > 0) more = true;
    for (const time of times)
      steps.push({
        time,
        order: intervention.order,
        happen: () => {
          if (changes.length < MOST_CHANGES) changes.push({ time, label: labelOf(intervention, written) });
          else more = true;
          apply(intervention.actions, time, known);
        },
      });
  }
  for (const rule of therapy.rules ?? []) {
    const marks = visitsOf(rule, known, horizon);
    visits.push(marks);
    const [first] = marks.times;
    if (first === undefined) continue;
    const happen = () => {
      for (const { actions } of rule.branches) for (const name of namesSet(actions)) known.doubt(name);
    };
    steps.push({ time: first, order: rule.order, happen });
  }
  steps.sort((a, b) => a.time - b.time || a.order - b.order);
  for (const { happen } of steps) happen();

  const clauses = [
    ...therapy.doses,
    ...(therapy.interventions ?? []),
    ...(therapy.rules ?? []),
    ...(therapy.events ?? []),
  ].map(({ span }) => span);
  // One line may be several clauses: `hold` gives a change of a memory.
  const lines = new Set(clauses.sort((a, b) => a.start - b.start).map(written));
  return {
    doses: gather(doses, horizon),
    units: Object.fromEntries(
      model.states.flatMap(({ name, unit }) =>
        doses.some(({ into }) => into === name) ? [[name, unit.text]] : [],
      ),
    ),
    changes,
    visits,
    watched: (therapy.events ?? []).map(({ span }) => written(span).replace(/\s*:.*$/s, '')),
    lines: [...lines],
    more,
  };
}

function instantsOf({ start, interval, count }: Schedule, known: Known, horizon: number): Instants {
  const from = known.value(start, 0);
  const apart = known.value(interval, 0) ?? 0;
  const often = known.value(count, 0) ?? 1;
  // What is due when the run ends is no longer given.
  if (from === null || from >= horizon) return { times: [], interval: apart, rest: 0 };
  const within = apart > 0 ? Math.ceil((horizon - from) / apart - 1e-9) : 1;
  const all = Math.max(0, Math.min(Math.ceil(often - 1e-9), within));
  const shown = Math.min(all, MOST_INSTANTS);
  const times = Array.from({ length: shown }, (_, n) => from + n * apart);
  return { times, interval: apart, rest: all - shown };
}

/** null where it is known that nothing is given. */
function doseOf(stream: DoseStream, time: number, known: Known, model: Model): DoseMark | null {
  const entry = model.states.find(({ name }) => name === stream.into)?.entry;
  const given = stream.while === undefined ? 1 : known.value(stream.while, time);
  if (given === 0) return null;
  const amount = known.value(stream.amount, time);
  // An infusion at a rate lasts as long as what gets in takes.
  const bioavailability = stream.bioavailability ?? entry?.bioavailability;
  const share = bioavailability === undefined ? 1 : known.value(bioavailability, time);
  const enters = amount === null || share === null ? null : amount * share;
  const plain = stream.rate === undefined && stream.duration.kind === 'number' && stream.duration.value === 0;
  const rate = stream.rate ?? (plain ? entry?.rate : undefined);
  const speed = rate === undefined ? null : known.value(rate, time);
  const lasting = plain && entry?.duration ? entry.duration : stream.duration;
  const duration =
    rate === undefined
      ? known.value(lasting, time)
      : enters === null || speed === null
        ? null
        : enters / speed;
  if (amount !== null && amount <= 0) return null;
  const sure =
    given !== null &&
    amount !== null &&
    known.sure(stream.amount) &&
    (!stream.while || known.sure(stream.while));
  return { time, last: time, count: 1, into: stream.into, amount, least: amount, duration, sure };
}

/** All values are those of before. */
function apply(actions: readonly Action[], time: number, known: Known): void {
  const sets = actions.flatMap((action) =>
    action.kind === 'set' ? [{ name: action.name, value: known.value(action.value, time) }] : [],
  );
  for (const { name, value } of sets) known.set(name, value);
}

function namesSet(actions: readonly Action[]): readonly string[] {
  return actions.flatMap((action) => (action.kind === 'set' ? [action.name] : []));
}

/** Without its time, which the axis shows. */
function labelOf({ span, actions }: Intervention, written: (span: Intervention['span']) => string): string {
  const text = written(span).replace(/ (?:at|every|from)\b[^,]*$/, '');
  return text === '' ? actions.map(({ kind }) => kind).join(', ') : text;
}

function visitsOf(rule: Rule, known: Known, horizon: number): VisitMarks {
  const { name, label, schedule, next } = rule;
  const planned = instantsOf(schedule, known, horizon);
  if (next === undefined) {
    const count = planned.times.length + planned.rest;
    return { rule: name, label, times: spreadOut(planned.times), count, open: false };
  }
  const [first] = planned.times;
  const most = known.value(schedule.count, 0) ?? 1;
  const found: number[] = first === undefined ? [] : [first];
  let open = false;
  while (found.length > 0 && found.length < Math.min(most, MOST_VISITS)) {
    const last = found.at(-1) ?? 0;
    const wait = known.value(next, last);
    open = wait === null;
    if (wait === null || !(wait > 0) || last + wait >= horizon) break;
    found.push(last + wait);
  }
  return { rule: name, label, times: found, count: found.length, open };
}

/** At most MOST_VISITS of them, the first and the last kept. */
function spreadOut(times: readonly number[]): readonly number[] {
  if (times.length <= MOST_VISITS) return times;
  const last = times.length - 1;
  return Array.from(
    { length: MOST_VISITS },
    (_, n) => times[Math.round((n * last) / (MOST_VISITS - 1))] ?? 0,
  );
}
