// One patient's rows to events and observations in the order in which they happen. In: the rows of a patient. Out: both
// lists with additional doses (ADDL) written out, infusions of two lines joined, and doses that a reset cancels dropped.
import type { PatientRow } from './patients.ts';
import type { Problems } from './problems.ts';
import type { EventKind, Moment, RecordEvent, RecordObservation } from './records.ts';

/** More than this on one line is a slip: hourly for a year is 8,760. */
const MAX_ADDITIONAL = 10_000;
/** All lines of a file together: a schedule is held in memory. */
const MAX_ALL = 5_000_000;

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
  let pending: Pending[] = [];
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
  const give = (until: (time: number) => boolean): void => {
    let n = 0;
    for (; n < pending.length; n++) {
      const next = pending[n];
      const at = next && rows[next.from];
      if (next === undefined || at === undefined || !until(next.time)) break;
      dose(at, next.time, 1, next.k, at.row.amount);
      doses[next.from] = (doses[next.from] ?? 0) + 1;
    }
    if (n > 0) pending = pending.slice(n);
  };
  const plain = (at: PatientRow, evid: 2 | 3): void => {
    const moment = { row: at.row.row, time: at.time, occasion: at.occasion, sequence: sequence++ };
    const compartment = evid === 2 ? at.row.compartment : null;
    events.push({ ...moment, evid, amount: 0, rate: 0, compartment, ss: 0, ii: 0, additional: 0 });
  };

  rows.forEach((at, position) => {
    const { row, time } = at;
    const resets = at.resets || row.evid === 3 || row.evid === 4;
    const before = rows[position - 1];
    const sameClock = before === undefined || before.occasion === at.occasion;
    if (sameClock) give((due) => (resets ? due < time : due <= time));
    if (resets) {
      for (const { from } of pending) cancelled[from] = (cancelled[from] ?? 0) + 1;
      pending = [];
    }
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
      doses[position] = 1;
      if (row.addl > MAX_ADDITIONAL || row.addl > left.left)
        problems.add(
          row.row,
          columns.addl,
          `${row.addl}`,
          `ADDL is ${row.addl}`,
          `at most ${MAX_ADDITIONAL} on a line and ${MAX_ALL} in a file`,
        );
      else if (row.addl > 0) {
        left.left -= row.addl;
        for (let k = 1; k <= row.addl; k++) pending.push({ time: time + k * row.ii, k, from: position });
        pending.sort((a, b) => a.time - b.time);
      }
    }
  });
  give(() => true);
  return { events, observations, moments, doses, cancelled };
}

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
