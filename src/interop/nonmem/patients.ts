// Rows in the file's order to runs of rows, one a patient. In: rows. Out: who has which rows, and on which occasion. An
// ID that comes back and a time that goes back have two readings each: they are asked about, never guessed.
import type { Problems } from './problems.ts';
import { shown } from './problems.ts';
import type { ReadOptions } from './records.ts';
import type { Row } from './rows.ts';
import type { Times } from './times.ts';

export interface PatientRow {
  /** Index into the rows. */
  readonly i: number;
  readonly row: Row;
  readonly time: number;
  readonly occasion: number;
  /** A reset that the file does not have, told by the option `timeGoesBack`. */
  readonly resets: boolean;
}

export interface Patient {
  readonly id: string;
  readonly rows: PatientRow[];
}

export function gatherPatients(
  rows: readonly Row[],
  times: Times,
  options: ReadOptions,
  problems: Problems,
): readonly Patient[] {
  const patients: Patient[] = [];
  const known = new Map<string, Patient>();
  const spelled = new Map<number, string>();
  const back = { ids: [] as Row[], times: [] as { row: Row; before: number }[] };
  let current: Patient | null = null;
  let id: string | null = null;
  let origin = 0;

  const begin = (name: string, first: Row): Patient => {
    let unique = name;
    for (let k = 2; known.has(unique); k++) unique = `${name}#${k}`;
    if (unique !== name) problems.note(`ID ${name} begins a new individual, named ${unique}`, first.row);
    const patient: Patient = { id: unique, rows: [] };
    known.set(unique, patient);
    patients.push(patient);
    origin = times.clock ? first.time : 0;
    return patient;
  };

  rows.forEach((row, i) => {
    if (current === null || row.id !== id) {
      spelling(row, spelled, problems);
      id = row.id;
      const before = known.get(row.id);
      if (before === undefined) current = begin(row.id, row);
      else {
        if (options.returningId === undefined) back.ids.push(row);
        current = options.returningId === 'individual' ? begin(row.id, row) : before;
        if (current === before && times.clock) origin = before.rows[0]?.row.time ?? 0;
      }
    }
    let last: PatientRow | undefined = current.rows.at(-1);
    const time = row.time - origin;
    let resets = false;
    if (last !== undefined && time < last.time) {
      if (times.clock) {
        const remedy =
          'give dates (DATE, or TIME as 2024-03-31T08:30) and put the records in the order of time';
        problems.add(row.row, 'TIME', '', 'the clock goes back', remedy);
      } else if (row.evid !== 3 && row.evid !== 4) {
        if (options.timeGoesBack === 'individual') {
          current = begin(row.id, row);
          last = undefined;
        } else if (options.timeGoesBack === 'reset') {
          problems.note('the time goes back: read as a reset', row.row);
          resets = true;
        } else back.times.push({ row, before: last.time });
      }
    }
    const occasion = last === undefined ? 0 : last.occasion + (time < last.time ? 1 : 0);
    current.rows.push({ i, row, time, occasion, resets });
  });

  // Gaps in a file with problems would look like such cases; the problems come first.
  if (problems.count > 0) return patients;
  const [returning] = back.ids;
  if (returning !== undefined)
    problems.ask({
      option: 'returningId',
      message: `ID ${shown(returning.id)} comes back on line ${returning.row}${also(back.ids.length)} after another ID`,
      row: returning.row,
      column: 'ID',
      answers: [
        { options: { returningId: 'individual' }, meaning: 'each time a new individual, as NONMEM reads it' },
        { options: { returningId: 'join' }, meaning: 'the same individual, continued' },
      ],
    });
  const [backward] = back.times;
  if (backward !== undefined)
    problems.ask({
      option: 'timeGoesBack',
      message: `the time goes back from ${backward.before} on line ${backward.row.row}${also(back.times.length)} without EVID 3 or 4`,
      row: backward.row.row,
      column: 'TIME',
      answers: [
        {
          options: { timeGoesBack: 'reset' },
          meaning: 'a new occasion after a wash-out: a reset before that line',
        },
        { options: { timeGoesBack: 'individual' }, meaning: 'a new individual from that line on' },
      ],
    });
  return patients;
}

const also = (count: number): string => (count > 1 ? ` (and on ${count - 1} more)` : '');

/** 1 and 01, or 1 and 1.0, are one number and two texts. */
function spelling(row: Row, spelled: Map<number, string>, problems: Problems): void {
  if (!/^[+-]?[\d.,]+(?:[eE][+-]?\d+)?$/.test(row.id)) return;
  const value = Number(row.id.replace(',', '.'));
  const other = spelled.get(value);
  if (other === undefined) spelled.set(value, row.id);
  else if (other !== row.id)
    problems.add(
      row.row,
      'ID',
      row.id,
      `the IDs ${shown(other)} and ${shown(row.id)} are the same number`,
      'write one ID one way',
    );
}
