// Reads a NONMEM-style table. In: the text of a file, and answers to what it leaves open. Out: patients with their own
// doses, observations and covariates, what became of every line, and notes on how it was read; or everything that is
// wrong and everything that must be answered first. No number is guessed; units are the caller's.
import { setApart } from './comments.ts';
import { askSex, type Covariate, changesOf, courseOf, readCovariates } from './covariates.ts';
import { type Line, splitTable } from './lines.ts';
import { findDecimal, type Numbers, numbersOf } from './numbers.ts';
import { gatherPatients, type Patient } from './patients.ts';
import { Problems } from './problems.ts';
import type {
  Accounted,
  Became,
  ReadOptions,
  RecordColumn,
  RecordsResult,
  Role,
  Subject,
} from './records.ts';
import { type Columns, matchColumns, type Title } from './roles.ts';
import { type Row, readRows } from './rows.ts';
import { type Budget, budget, scheduleOf } from './schedule.ts';
import { readTimes } from './times.ts';

/** Columns that NONMEM itself acts on in ways that are not supported. */
const UNSUPPORTED = ['PCMT', 'CALL', 'CONT', 'L1', 'L2'];
const CODES = [-99, -999, -9999];
/** Elsewhere a negative number is an error. */
const CODED: readonly Role[] = ['covariate', 'occ', 'dv', 'dvid', 'lloq', 'uloq', 'limit', 'id'];

export function readRecords(text: string, given: ReadOptions = {}): RecordsResult {
  const problems = new Problems();
  const table = splitTable(text, given, problems);
  if (table === null) return problems.refused();
  const matched = matchColumns(table.header, table.headerRow, given, problems);
  if (matched === null) return problems.refused();
  const { lines, columns, apart } = setApart(table.lines, matched, given, problems);
  const names = columns.titles.map(({ name }) => name);
  const options = text.includes(',') ? findDecimal(lines, names, given, problems) : given;
  // Everything after this reads numbers, which means nothing until it is known how they are written.
  if (problems.stops) return problems.refused();
  if (lines.length === 0) {
    problems.add(table.headerRow, '', '', 'every line is a comment', 'at least one record is needed');
    return problems.refused();
  }

  const numbers = numbersOf(options);
  askCodes(lines, columns, numbers, options, problems);
  unsupported(lines, columns, numbers, options, problems);
  const times = readTimes(lines, columns, numbers, options, problems);
  const covariates = readCovariates(lines, columns, numbers, options, problems);
  const rows = readRows(lines, columns, times, numbers, options, problems);
  // Rows with a problem are left out, so that positions of covariates fit only a table without any.
  const patients = gatherPatients(rows, times, options, problems);
  if (problems.stops) return problems.refused();

  const accounted: Accounted[] = [...table.apart, ...apart];
  const left = budget();
  const called = (role: 'amt' | 'addl'): string => names[columns.at[role] ?? -1] ?? role.toUpperCase();
  const where = { amt: called('amt'), addl: called('addl') };
  const subjects = patients.map((patient, index) =>
    subjectOf(patient, index, covariates, left, where, accounted, problems),
  );
  if (problems.stops) return problems.refused();
  accounted.sort((a, b) => a.row - b.row);
  for (const { row, became } of accounted) {
    if (became === 'comment') problems.note('a comment, not read', row);
    else if (became === 'blank') problems.note('empty', row);
  }
  return {
    kind: 'records',
    subjects,
    columns: columns.titles.map((title) => columnOf(title, covariates)),
    accounted,
    timeUnit: times.unit,
    notes: problems.notes,
    questions: covariates.flatMap((covariate) => askSex(covariate, lines[0]?.row ?? 1)),
  };
}

function columnOf({ name, role, unit, at }: Title, covariates: readonly Covariate[]): RecordColumn {
  const covariate = covariates.find(({ title }) => title.at === at);
  return { name, role, unit, position: at + 1, categories: covariate?.categories ?? null };
}

function subjectOf(
  { id, rows }: Patient,
  index: number,
  covariates: readonly Covariate[],
  left: Budget,
  where: { readonly amt: string; readonly addl: string },
  accounted: Accounted[],
  problems: Problems,
): Subject {
  const changes = changesOf(rows, covariates);
  const schedule = scheduleOf(rows, (position) => changes.has(position), left, where, problems);
  rows.forEach(({ row, resets }, position) => {
    const cancelled = schedule.cancelled[position] ?? 0;
    if (cancelled > 0) problems.note('additional doses are cancelled by a later reset', row.row);
    accounted.push({
      row: row.row,
      became: becameOf(row, resets),
      subject: index,
      doses: schedule.doses[position] ?? 0,
      cancelled,
      changes: changes.get(position) ?? NONE,
    });
  });
  return {
    id,
    row: rows[0]?.row.row ?? 0,
    events: schedule.events,
    observations: schedule.observations,
    covariates: covariates.map((covariate) => courseOf(covariate, rows, schedule)),
  };
}

const NONE: readonly string[] = [];

function becameOf({ evid, mdv, twoLines }: Row, resets: boolean): Became {
  if (twoLines < 0) return 'infusion end';
  switch (evid) {
    case 0:
      return mdv ? 'missing observation' : 'observation';
    case 1:
      return resets ? 'reset and dose' : 'dose';
    case 2:
      return 'other event';
    case 3:
      return 'reset';
    case 4:
      return 'reset and dose';
    case 8:
      return 'replacement';
  }
}

/** -99 and the like, where nothing else is negative: missing, or a number? */
function askCodes(
  lines: readonly Line[],
  columns: Columns,
  numbers: Numbers,
  options: ReadOptions,
  problems: Problems,
): void {
  if (options.missing !== undefined) return;
  const found = new Map<string, { row: number; column: string }>();
  for (const { at, name, role } of columns.titles) {
    if (!CODED.includes(role)) continue;
    const codes = new Map<string, number>();
    let others = false;
    for (const { row, cells } of lines) {
      const cell = cells[at] ?? '';
      if (!cell.startsWith('-')) continue;
      const value = numbers.read(cell);
      if (typeof value !== 'number') continue;
      if (!CODES.includes(value)) others = true;
      else if (!codes.has(cell)) codes.set(cell, row);
    }
    if (others) continue;
    for (const [code, row] of codes) if (!found.has(code)) found.set(code, { row, column: name });
  }
  const [first] = found;
  if (first === undefined) return;
  const [code, where] = first;
  const all = [...found.keys()];
  problems.ask({
    option: 'missing',
    message: `${where.column} is ${code} on line ${where.row}, and nothing else there is negative: does ${all.join(', ')} mean missing?`,
    ...where,
    answers: [
      { options: { missing: all }, meaning: `${all.join(', ')} means missing` },
      { options: { missing: [] }, meaning: 'these are numbers' },
    ],
  });
}

function unsupported(
  lines: readonly Line[],
  columns: Columns,
  numbers: Numbers,
  options: ReadOptions,
  problems: Problems,
): void {
  for (const { at, name, role } of columns.titles) {
    if (role !== 'covariate' || !UNSUPPORTED.includes(name.toUpperCase())) continue;
    if (Object.hasOwn(options.columns ?? {}, name)) continue;
    for (const { row, cells } of lines) {
      const cell = cells[at] ?? '';
      const value = numbers.read(cell);
      if (value === null || value === 0) continue;
      problems.add(
        row,
        name,
        cell,
        `NONMEM's ${name} is not supported`,
        'remove the column, or say that it is a covariate or to be ignored',
      );
      break;
    }
  }
}
