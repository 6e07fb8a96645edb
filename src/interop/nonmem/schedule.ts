// One patient's rows to events and observations in the order in which they happen. In: the rows of a patient. Out: both
// lists with additional doses (ADDL) written out, infusions of two lines joined, and doses that a reset cancels dropped.
import type { PatientRow } from './patients.ts';
import type { Problems } from './problems.ts';
import type { EventKind, Moment, RecordEvent, RecordObservation } from './records.ts';

/** More than this on one line is a slip: hourly for a year is 8,760. */
const MAX_ADDITIONAL = 10_000;
/** All lines of a file together: a schedule is held in memory. */
const MAX_ALL = 1_000_000;

/** Additional doses written out so far in this file. */
export interface Budget {
  left: number;
}
export const budget = (): Budget => ({ left: MAX_ALL });

export interface Schedule {
  readonly events: readonly RecordEvent[];
  readonly observations: readonly RecordObservation[];
  /** By position among the patient's rows: the moment of the row, and what came of it. */
  readonly moments: readonly (Moment | null)[];
  readonly doses: readonly number[];
  readonly cancelled: readonly number[];
}

interface Pending {
  readonly time: number;
  readonly k: number;
  /** Position of the line among the patient's rows. */
  readonly from: number;
}

/** `keep`: the position of an infusion's end that must stay as an event, since a covariate changes there. */
export function scheduleOf(
  rows: readonly PatientRow[],
  keep: (position: number) => boolean,
  left: Budget,
  columns: { readonly amt: string; readonly addl: string },
  problems: Problems,
): Schedule {
  const events: RecordEvent[] = [];
  const observations: RecordObservation[] = [];
  const moments: (Moment | null)[] = [];
  const doses: number[] = rows.map(() => 0);
  const cancelled: number[] = rows.map(() => 0);
  const ends = joinInfusions(rows, columns.amt, problems);
  let due: readonly Pending[] = [];
  let given = 0;
  let sequence = 0;

  const dose = (at: PatientRow, time: number, evid: EventKind, additional: number, amount: number): void => {
    const { row, occasion } = at;
    const first = additional === 0;
    const ss = first ? row.ss : 0;
    events.push({
      row: row.row,
      time,
      occasion,
      sequence: sequence++,
      evid,
      amount,
      rate: row.twoLines > 0 ? row.twoLines : row.rate,
      compartment: row.compartment,
      ss,
      ii: ss === 0 ? 0 : row.ii,
      additional,
    });
  };
  const give = (until: number): void => {
    for (let next = due[given]; next !== undefined && next.time <= until; next = due[given]) {
      const at = rows[next.from];
      if (at) dose(at, next.time, 1, next.k, at.row.amount);
      given++;
    }
  };
  const plain = (at: PatientRow, evid: 2 | 3): void => {
    const moment = { row: at.row.row, time: at.time, occasion: at.occasion, sequence: sequence++ };
    const compartment = evid === 2 ? at.row.compartment : null;
    events.push({ ...moment, evid, amount: 0, rate: 0, compartment, ss: 0, ii: 0, additional: 0 });
  };

  rows.forEach((at, position) => {
    const { row, time } = at;
    const resets = resetsAt(at);
    if (position === 0 || resets) {
      // What is left of the doses before a reset has been found to come before it.
      give(Number.POSITIVE_INFINITY);
      due = additionalDoses(rows, position, doses, cancelled, left, columns.addl, problems);
      given = 0;
    } else give(time);
    // NONMEM has reset-and-dose for this; before anything else the reset is an event of its own.
    if (at.resets && row.evid !== 1) plain(at, 3);
    const evid = at.resets && row.evid === 1 ? 4 : row.evid;
    moments[position] = { row: row.row, time, occasion: at.occasion, sequence };
    if (evid === 0) {
      const { value, mdv, dvid, compartment, censored } = row;
      observations.push({
        row: row.row,
        time,
        occasion: at.occasion,
        sequence: sequence++,
        value,
        mdv,
        dvid,
        compartment,
        censored,
      });
    } else if (row.twoLines < 0) {
      if (keep(position)) plain(at, 2);
      else moments[position] = null;
    } else if (evid === 2 || evid === 3) plain(at, evid);
    else {
      dose(at, time, evid, 0, row.twoLines > 0 ? (ends.get(position) ?? 0) : row.amount);
      doses[position] = (doses[position] ?? 0) + 1;
    }
  });
  give(Number.POSITIVE_INFINITY);
  return { events, observations, moments, doses, cancelled };
}

/**
 * Additional doses from position `start` to the next reset, in the order of time; those that the reset cancels are only
 * counted. At the time of the reset itself they are cancelled as well; before a new clock, those after the last line.
 */
function additionalDoses(
  rows: readonly PatientRow[],
  start: number,
  doses: number[],
  cancelled: number[],
  left: Budget,
  column: string,
  problems: Problems,
): readonly Pending[] {
  let end = start + 1;
  while (end < rows.length && !resetsAt(rows[end])) end++;
  const reset = rows[end];
  const last = rows[end - 1];
  const kept = (time: number): boolean => {
    if (reset === undefined || last === undefined) return true;
    return reset.occasion === last.occasion ? time < reset.time : time <= last.time;
  };
  const pending: Pending[] = [];
  for (let from = start; from < end; from++) {
    const at = rows[from];
    if (at === undefined || at.row.addl === 0) continue;
    const { addl, ii, row } = at.row;
    if (addl > MAX_ADDITIONAL || addl > left.left) {
      const remedy = `at most ${MAX_ADDITIONAL} on a line and ${MAX_ALL} in a file`;
      problems.add(row, column, `${addl}`, `ADDL is ${addl}`, remedy);
      continue;
    }
    left.left -= addl;
    let k = 1;
    for (; k <= addl && kept(at.time + k * ii); k++) pending.push({ time: at.time + k * ii, k, from });
    doses[from] = (doses[from] ?? 0) + k - 1;
    cancelled[from] = addl - k + 1;
  }
  return pending.sort((a, b) => a.time - b.time);
}

const resetsAt = (at: PatientRow | undefined): boolean =>
  at !== undefined && (at.resets || at.row.evid === 3 || at.row.evid === 4);

/** Amounts by the position of the infusion's first line: rate times the time until the line that stops it. */
function joinInfusions(
  rows: readonly PatientRow[],
  column: string,
  problems: Problems,
): ReadonlyMap<number, number> {
  const amounts = new Map<number, number>();
  const open: { readonly position: number; readonly at: PatientRow }[] = [];
  rows.forEach((at, position) => {
    const { twoLines, compartment, row } = at.row;
    if (twoLines > 0) open.push({ position, at });
    if (twoLines >= 0) return;
    const k = open.findIndex(
      ({ at: start }) =>
        start.row.twoLines === -twoLines &&
        start.row.compartment === compartment &&
        start.occasion === at.occasion &&
        start.time < at.time,
    );
    const [start] = k < 0 ? [] : open.splice(k, 1);
    if (start === undefined)
      problems.add(
        row,
        column,
        `${twoLines}`,
        `no infusion with the rate ${-twoLines} has been started before`,
        'each line that stops an infusion has one that starts it, with the same rate and compartment',
      );
    else amounts.set(start.position, start.at.row.twoLines * (at.time - start.at.time));
  });
  for (const { at } of open)
    problems.add(
      at.row.row,
      column,
      `${at.row.twoLines}`,
      'this infusion is never stopped',
      'add the line that stops it, with the rate below 0',
    );
  return amounts;
}
