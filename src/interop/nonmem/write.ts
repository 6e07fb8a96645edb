// Writes patients as a NONMEM-style table, in: subjects as the reader gives them, with measured or simulated values.
// Out: a text that reads back to the same subjects (but for the lines' numbers). One line for every event and
// observation, additional doses as doses of their own; texts that a spreadsheet takes for formulas get an apostrophe.
import { FORMULA } from './cells.ts';
import type { CovariateValue, RecordEvent, RecordObservation, Subject } from './records.ts';

type Value = number | string | null;
type Entry =
  | { readonly kind: 'event'; readonly event: RecordEvent }
  | { readonly kind: 'observation'; readonly observation: RecordObservation };

/** The same patients with other values, by position: simulated ones, say; NaN is missing. Nothing is censored then. */
export function withValues(
  subjects: readonly Subject[],
  value: (subject: number, observation: number) => number,
): readonly Subject[] {
  return subjects.map((subject, s) => ({
    ...subject,
    observations: subject.observations.map((observation, k) => {
      const given = value(s, k);
      const absent = Number.isNaN(given);
      return { ...observation, value: absent ? null : given, mdv: absent, censored: null };
    }),
  }));
}

/** CRLF, commas, points. Throws where a subject cannot be written: no records, other covariates, texts over lines. */
export function writeRecords(subjects: readonly Subject[]): string {
  const covariates = subjects[0]?.covariates.map(({ name }) => name) ?? [];
  check(subjects, covariates);
  const seen = subjects.flatMap(({ observations }) => observations);
  const dvid = seen.some((observation) => observation.dvid !== null);
  const cens = seen.some((observation) => observation.censored !== null);
  const limit = seen.some((observation) => (observation.censored?.bound ?? null) !== null);
  // Lines that begin with a letter may be comments; a column C in front settles it.
  const marked = subjects.some(({ id }) => !/^[+-]?[\d.]/.test(id));
  const header = [
    ...(marked ? ['C'] : []),
    'ID,TIME,DV,AMT,RATE,EVID,MDV,CMT,II,SS',
    ...(dvid ? ['DVID'] : []),
    ...(cens ? ['CENS,LLOQ,ULOQ'] : []),
    ...(limit ? ['LIMIT'] : []),
    ...covariates.map(cell),
  ];
  const parts: string[] = [`${header.join(',')}\r\n`];
  for (const subject of subjects) {
    const points = subject.covariates.map(
      ({ course }) => new Map(course.map((point) => [point.sequence, point.value])),
    );
    for (const entry of inOrder(subject)) {
      const at = entry.kind === 'event' ? entry.event : entry.observation;
      const cells: Value[] = marked ? ['.'] : [];
      cells.push(
        subject.id,
        at.time,
        ...(entry.kind === 'event' ? eventCells(entry.event) : measured(entry.observation)),
      );
      if (dvid) cells.push(entry.kind === 'event' ? null : entry.observation.dvid);
      const censored = entry.kind === 'event' ? null : entry.observation.censored;
      if (cens)
        cells.push(
          censored === null ? 0 : censored.kind === 'below' ? 1 : -1,
          censored?.kind === 'below' ? censored.limit : null,
          censored?.kind === 'above' ? censored.limit : null,
        );
      if (limit) cells.push(censored?.bound ?? null);
      subject.covariates.forEach(({ baseline, course }, k) => {
        const value: CovariateValue | null =
          course.length === 0 ? baseline : (points[k]?.get(at.sequence) ?? null);
        cells.push(value);
      });
      parts.push(`${cells.map(cell).join(',')}\r\n`);
    }
  }
  return parts.join('');
}

/** DV, AMT, RATE, EVID, MDV, CMT, II, SS. */
function eventCells({ amount, rate, evid, compartment, ii, ss }: RecordEvent): Value[] {
  return [null, amount, rate, evid, 1, compartment, ii, ss];
}

function measured({ value, mdv, compartment }: RecordObservation): Value[] {
  return [value, 0, 0, 0, mdv ? 1 : 0, compartment, 0, 0];
}

function inOrder({ events, observations }: Subject): Entry[] {
  const entries: Entry[] = [
    ...events.map((event) => ({ kind: 'event' as const, event, sequence: event.sequence })),
    ...observations.map((observation) => ({
      kind: 'observation' as const,
      observation,
      sequence: observation.sequence,
    })),
  ].sort((a, b) => a.sequence - b.sequence);
  return entries;
}

function cell(value: Value): string {
  if (value === null) return '.';
  if (typeof value === 'number') return `${value}`;
  const isNumber = /^[+-]?[\d.]+(?:[eE][+-]?\d+)?$/.test(value);
  const safe = FORMULA.test(value) && !isNumber ? `'${value}` : value;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function check(subjects: readonly Subject[], covariates: readonly string[]): void {
  for (const { id, events, observations, covariates: own } of subjects) {
    const fail = (what: string): never => {
      throw new RangeError(`subject ${id} cannot be written: ${what}`);
    };
    if (events.length + observations.length === 0) fail('it has no events and no observations');
    if (own.length !== covariates.length || own.some(({ name }, k) => name !== covariates[k]))
      fail(
        `its covariates are ${own.map(({ name }) => name).join(', ')}, those of the first are ${covariates.join(', ')}`,
      );
    const texts = [
      id,
      ...own.flatMap(({ baseline, course }) => [baseline, ...course.map(({ value }) => value)]),
    ];
    for (const text of texts)
      if (typeof text === 'string' && (/[\r\n\0]/.test(text) || text.trim() !== text || text === ''))
        fail(`"${text}" is empty, has line ends, or spaces at its ends`);
    for (const { time, amount, rate } of events)
      if (![time, amount, rate].every(Number.isFinite))
        fail(`an event at ${time} has AMT ${amount} and RATE ${rate}`);
    for (const { time, value } of observations)
      if (!Number.isFinite(time) || (value !== null && !Number.isFinite(value)))
        fail(`at ${time} DV is ${value}`);
  }
}
