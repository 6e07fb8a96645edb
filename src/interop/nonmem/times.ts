// When each record is. In: the cells of TIME and of DATE, DAT1, DAT2 or DAT3. Out: a number a line, and whether these
// count from each patient's first record, as NONMEM has it for clock times. ISO 8601 and hh:mm have one reading; other
// dates are read where all of them fit only one order of day, month and year, or as the caller says.

import type { Line } from './lines.ts';
import { type Numbers, notANumber } from './numbers.ts';
import type { Problems } from './problems.ts';
import { shown } from './problems.ts';
import type { DateFormat, ReadOptions, TimeUnit } from './records.ts';
import type { Columns } from './roles.ts';

export interface Times {
  /** NaN where the cell was refused. */
  readonly values: Float64Array;
  /** Clock times: to be counted from the patient's first record. */
  readonly clock: boolean;
  readonly unit: TimeUnit | null;
}

const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?$/;
const ISO = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:\d{2})?$/;
const DATE = /^(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})$/;
/** By NONMEM's names; DATE itself is month first there, which few files mean, so it is not taken for granted. */
const NAMED: Readonly<Record<string, DateFormat>> = { DAT1: 'dmy', DAT2: 'ymd', DAT3: 'ydm' };
const ORDERS = ['ymd', 'ydm', 'mdy', 'dmy'] as const;
type Order = (typeof ORDERS)[number];

const MINUTES: Readonly<Record<TimeUnit, number>> = { min: 1, h: 60, d: 1440, week: 10080 };
const DAY = 1440;

export function readTimes(
  lines: readonly Line[],
  columns: Columns,
  numbers: Numbers,
  options: ReadOptions,
  problems: Problems,
): Times {
  const { time, date } = columns.at;
  const name = (at: number): string => columns.titles[at]?.name ?? '';
  const unit = options.timeUnit ?? null;
  const form = time === undefined ? 'clock' : formOf(lines, time, numbers);
  const dates = date === undefined || options.dateFormat === 'ignore' ? null : date;
  const values = new Float64Array(lines.length).fill(Number.NaN);

  if (form === 'number' && time !== undefined) {
    if (dates !== null) askDate(lines, dates, name(dates), name(time), options, problems);
    const dayNumber = options.dateFormat === 'day number' && dates !== null;
    lines.forEach(({ row, cells }, i) => {
      const cell = cells[time] ?? '';
      const value = numbers.read(cell);
      if (value === null) missing(row, name(time), problems);
      else if (value === undefined) problems.add(row, name(time), cell, ...notANumber(cell));
      else if (value < 0)
        problems.add(
          row,
          name(time),
          cell,
          `the time ${cell} is negative`,
          'shift the clock of this patient so that its first record is at 0 or later',
        );
      else values[i] = value;
    });
    if (!dayNumber || dates === null) return { values, clock: false, unit };
    // NONMEM: DATE as a day number, TIME in hours of that day.
    lines.forEach(({ row, cells }, i) => {
      const day = dayOf(cells[dates] ?? '', 'day number', numbers);
      if (day === null) refuseDate(row, name(dates), cells[dates] ?? '', 'a day number', problems);
      else values[i] = (day * DAY + (values[i] ?? Number.NaN) * 60) / MINUTES[unit ?? 'h'];
    });
    return { values, clock: true, unit: unit ?? 'h' };
  }

  const order = dates === null ? null : orderOf(lines, dates, name(dates), options, problems);
  const minutes = MINUTES[unit ?? 'h'];
  let zoned: boolean | null = null;
  const wanted =
    form === 'stamp' ? 'a date and time such as 2024-03-31T08:30' : 'a time of day such as 8:30 or 20:15';
  for (const [i, { row, cells }] of lines.entries()) {
    const cell = time === undefined ? '0:00' : (cells[time] ?? '');
    const column = time === undefined ? '' : name(time);
    if (numbers.isMissing(cell)) {
      missing(row, column, problems);
      continue;
    }
    const stamp = form === 'stamp' ? ISO.exec(cell) : null;
    const minute = minuteOf(stamp?.[2] ?? cell);
    const day = stamp?.[1] === undefined ? 0 : dayOf(stamp[1], 'ymd', numbers);
    if (minute === null || day === null || (form === 'stamp' && stamp === null)) {
      const remedy = `other lines have such times: write them all as ${wanted}`;
      problems.add(row, column, cell, `"${shown(cell)}" is not ${wanted}`, remedy);
      continue;
    }
    const zone = stamp?.[3];
    if (stamp !== null && zoned !== null && zoned !== (zone !== undefined)) {
      problems.add(
        row,
        column,
        cell,
        'some times have a zone and some have none',
        'give all of them one, or none',
      );
      continue;
    }
    if (stamp !== null) zoned = zone !== undefined;
    let days = day;
    if (dates !== null) {
      if (order === null) continue;
      const read = dayOf(cells[dates] ?? '', order, numbers);
      if (read === null) {
        refuseDate(row, name(dates), cells[dates] ?? '', `a date written ${order}`, problems);
        continue;
      }
      days = read;
    }
    values[i] = (days * DAY + minute - offset(zone)) / minutes;
  }
  if (form === 'stamp' && dates !== null)
    problems.add(
      1,
      name(dates),
      '',
      `dates stand in ${name(time ?? 0)} and in ${name(dates)}`,
      'ignore one of them (dateFormat: ignore)',
    );
  problems.note(
    `times count from each patient's first record, in ${unit ?? 'h'}; clocks are read as they stand, without changes to summer time`,
    0,
  );
  return { values, clock: true, unit: unit ?? 'h' };
}

function missing(row: number, column: string, problems: Problems): void {
  problems.add(
    row,
    column,
    '',
    'the time is missing',
    'every record has a time; remove the line or mark it as a comment',
  );
}

function refuseDate(row: number, column: string, value: string, wanted: string, problems: Problems): void {
  problems.add(
    row,
    column,
    value,
    `"${shown(value)}" is not ${wanted}`,
    'write dates as 2024-03-31 (ISO 8601)',
  );
}

/** What most cells are; the others are then errors. */
function formOf(lines: readonly Line[], at: number, numbers: Numbers): 'number' | 'clock' | 'stamp' {
  const count = { number: 0, clock: 0, stamp: 0 };
  for (const { cells } of lines) {
    const cell = cells[at] ?? '';
    if (typeof numbers.read(cell) === 'number') count.number++;
    else if (cell.includes(':')) count[/[-T]/.test(cell) ? 'stamp' : 'clock']++;
  }
  if (count.number >= count.clock && count.number >= count.stamp) return 'number';
  return count.stamp > count.clock ? 'stamp' : 'clock';
}

function minuteOf(cell: string): number | null {
  const found = CLOCK.exec(cell);
  if (found === null) return null;
  const [, hour, minute, second = '0'] = found;
  const hours = Number(hour);
  if (hours > 23 || Number(minute) > 59 || Number(second) >= 60) return null;
  return hours * 60 + Number(minute) + Number(second) / 60;
}

function offset(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return zone.startsWith('-') ? -minutes : minutes;
}

/** Days since 1970; two-digit years are 1950 to 2049, as in NONMEM. */
function dayOf(cell: string, format: Order | 'day number', numbers: Numbers): number | null {
  if (format === 'day number') {
    const value = numbers.read(cell);
    return typeof value === 'number' && Number.isInteger(value) ? value : null;
  }
  const found = DATE.exec(cell);
  if (found === null) return null;
  const parts = [found[1] ?? '', found[3] ?? '', found[4] ?? ''];
  const part = (letter: string): string => parts[format.indexOf(letter)] ?? '';
  const year = part('y');
  if (part('d').length > 2 || part('m').length > 2 || (year.length !== 4 && year.length !== 2)) return null;
  const full = year.length === 4 ? Number(year) : Number(year) + (Number(year) < 50 ? 2000 : 1900);
  const [month, day] = [Number(part('m')), Number(part('d'))];
  const instant = new Date(0);
  instant.setUTCFullYear(full, month - 1, day);
  if (instant.getUTCMonth() !== month - 1 || instant.getUTCDate() !== day) return null;
  return Math.round(instant.getTime() / 86_400_000);
}

/** The one order that every date fits, or null and a question. */
function orderOf(
  lines: readonly Line[],
  at: number,
  name: string,
  options: ReadOptions,
  problems: Problems,
): Order | 'day number' | null {
  const told = options.dateFormat ?? NAMED[name.toUpperCase()];
  if (told !== undefined && told !== 'ignore') return told;
  const cells = lines.map((line) => line.cells[at] ?? '');
  if (cells.every((cell) => /^\d{4}-\d\d-\d\d$/.test(cell))) return 'ymd';
  const strict: Numbers = { isMissing: () => false, read: () => undefined };
  const fits = ORDERS.filter((order) => cells.every((cell) => dayOf(cell, order, strict) !== null));
  const [only] = fits;
  const years = cells.every((cell) => /^\d{4}\D|\D\d{4}$/.test(cell));
  if (only !== undefined && fits.length === 1 && years) {
    problems.note(`dates in ${name} are read as ${only} (y year, m month, d day): no other order fits`, 0);
    return only;
  }
  const answers: readonly DateFormat[] = fits.length > 0 ? fits : [...ORDERS, 'day number', 'ignore'];
  const example = cells.find((cell) => DATE.test(cell)) ?? cells[0] ?? '';
  problems.ask({
    option: 'dateFormat',
    message: `dates such as "${shown(example)}" in ${name}: which number is the day, the month, the year?`,
    row: lines[0]?.row ?? 1,
    column: name,
    answers: answers.map((dateFormat) => ({ options: { dateFormat }, meaning: dateFormat })),
  });
  return null;
}

/** TIME is a number beside a date: hours of that day, or already the time since the start? */
function askDate(
  lines: readonly Line[],
  at: number,
  name: string,
  time: string,
  options: ReadOptions,
  problems: Problems,
): void {
  if (options.dateFormat === 'day number') return;
  problems.ask({
    option: 'dateFormat',
    message: `${time} holds numbers and ${name} holds dates ("${shown(lines[0]?.cells[at] ?? '')}"): does ${time} count from the start, or within the day?`,
    row: lines[0]?.row ?? 1,
    column: name,
    answers: [
      { options: { dateFormat: 'ignore' }, meaning: `${time} counts from the start; ${name} is not used` },
      {
        options: { dateFormat: 'day number' },
        meaning: `${name} numbers the days and ${time} is in hours of the day`,
      },
    ],
  });
}
