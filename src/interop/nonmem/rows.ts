// Records line by line: cells to an event or an observation, each checked against EVID's rules. In: lines and columns.
// Out: a row each with its dose, its measurement and its time; what is wrong goes to `problems`. Nothing here looks from
// one line to another: order, patients and additional doses come later.
import { type NumberColumn, numberColumn, unguarded, type Word, wordColumn } from './cells.ts';
import { censoring } from './censoring.ts';
import { classicCode, isClassic } from './classic.ts';
import type { Line } from './lines.ts';
import type { Numbers } from './numbers.ts';
import type { Problems } from './problems.ts';
import { shown } from './problems.ts';
import type { Censored, EventKind, ReadOptions } from './records.ts';
import type { Columns, NamedRole } from './roles.ts';
import { checkDoseItems } from './rules.ts';
import type { Times } from './times.ts';

export interface Row {
  readonly row: number;
  readonly id: string;
  readonly time: number;
  readonly evid: EventKind | 0;
  /** An infusion given by its start (rate > 0) and its end (rate < 0) in two lines; else 0. */
  readonly twoLines: number;
  readonly amount: number;
  readonly rate: number;
  readonly addl: number;
  readonly ii: number;
  readonly ss: 0 | 1 | 2 | 3;
  readonly compartment: number | string | null;
  readonly value: number | null;
  readonly mdv: boolean;
  readonly dvid: Word;
  readonly censored: Censored | null;
}

const EVIDS: readonly number[] = [0, 1, 2, 3, 4, 8];
const EVENTS = 'EVID is 0 (observation), 1 (dose), 2 (other), 3 (reset), 4 (reset and dose) or 8 (replace)';

export function readRows(
  lines: readonly Line[],
  columns: Columns,
  times: Times,
  numbers: Numbers,
  options: ReadOptions,
  problems: Problems,
): Row[] {
  const named = (role: NamedRole): { at: number; name: string } | null => {
    const at = columns.at[role];
    return at === undefined ? null : { at, name: columns.titles[at]?.name ?? '' };
  };
  const column = (
    role: NamedRole,
    allowed?: (value: number) => boolean,
    remedy?: string,
  ): NumberColumn | null => {
    const where = named(role);
    return where && numberColumn(lines, where, numbers, problems, allowed, remedy);
  };
  const amt = column('amt');
  const rate = column('rate');
  const dur = column('dur');
  const addl = column('addl');
  const ii = column('ii');
  const ss = column('ss', (value) => [0, 1, 2, 3].includes(value), 'SS is 0, 1, 2 or 3');
  const evids = column('evid', (value) => EVIDS.includes(value) || isClassic(value), EVENTS);
  const mdvs = column('mdv', (value) => value === 0 || value === 1, 'MDV is 0 (measured) or 1 (missing)');
  const names: Partial<Record<string, string>> = {};
  for (const role of ['amt', 'rate', 'dur', 'addl', 'ii', 'ss', 'evid'] as const) {
    const where = named(role);
    if (where) names[role] = where.name;
  }
  const cmt = named('cmt')?.name ?? 'CMT';
  const compartments = words('cmt');
  const dvids = words('dvid');
  const measured = censoring(lines, named, numbers, options, problems);
  const classic = evids?.values.some((value) => value >= 100) ?? false;
  if (classic)
    problems.note(
      'EVID 101 and the like are read as RxODE writes doses: 100 times the compartment, 10000 for an infusion by its rate',
      0,
    );

  function words(role: 'cmt' | 'dvid'): readonly Word[] | null {
    const where = named(role);
    return where && wordColumn(lines, where, numbers, problems).values;
  }

  return lines.flatMap((line, i): Row[] => {
    const { row, cells } = line;
    const bad = [amt, rate, dur, addl, ii, ss, evids, mdvs].some((each) => each?.refused[i] === 1);
    const number = (each: NumberColumn | null): number => {
      const value = each?.values[i] ?? Number.NaN;
      return Number.isNaN(value) ? 0 : value;
    };
    const absent = (each: NumberColumn | null): boolean =>
      each !== null && Number.isNaN(each.values[i] ?? Number.NaN);
    const id = idOf(cells[columns.at.id ?? -1] ?? '', row, columns, numbers, problems);
    const compartment = compartmentOf(compartments?.[i] ?? null, number(evids), row, cmt, problems);
    if (bad) return [];
    if (classic && number(evids) === 1) {
      problems.add(
        row,
        names.evid ?? '',
        '1',
        'EVID 1 stands beside EVID 101 and the like',
        'use one coding in the file',
      );
      return [];
    }
    const code = classicCode(number(evids));
    const evid = evids === null ? (number(amt) > 0 ? 1 : 0) : code !== null ? 1 : number(evids);
    const given = {
      row,
      evid,
      amt: number(amt),
      rate: number(rate),
      dur: number(dur),
      addl: number(addl),
      ii: number(ii),
      ss: number(ss),
    };
    if (absent(evids)) {
      if (given.amt !== 0) {
        problems.add(row, names.evid ?? '', '', 'EVID is missing on a line with an AMT', 'write EVID 1');
        return [];
      }
      problems.note('EVID is missing and there is no dose: read as 0, an observation', row);
    }
    const before = problems.count;
    let twoLines = 0;
    if (code?.infusion === true) {
      twoLines = given.amt;
      if (given.amt === 0 || (given.rate !== 0 && given.rate !== given.amt))
        problems.add(
          row,
          names.amt ?? '',
          `${given.amt}`,
          'this EVID gives the rate of an infusion in AMT, above 0 to start and below 0 to stop it',
          'write the rate in AMT, and the same or nothing in RATE',
        );
      if (given.ss !== 0 || given.addl !== 0 || given.dur !== 0)
        problems.add(
          row,
          names.evid ?? '',
          '',
          'an infusion in two lines has no SS, ADDL or duration',
          'write it as EVID 1 with AMT and RATE',
        );
    } else if (evid !== 0 && evid !== 2 && evid !== 3 && (amt === null || absent(amt)))
      problems.add(
        row,
        names.amt ?? 'AMT',
        '',
        `EVID ${evid} needs an amount, but AMT is missing`,
        'write the AMT, or 0 for a constant infusion at steady state',
      );
    else checkDoseItems(given, names, problems);
    if (code !== null && typeof compartment === 'number' && compartment !== code.compartment)
      problems.add(
        row,
        cmt,
        `${compartment}`,
        `EVID ${number(evids)} doses compartment ${code.compartment}, CMT says ${compartment}`,
        'make them agree',
      );
    if (evid === 1 || evid === 4) {
      if (absent(rate) && given.dur === 0) problems.note('RATE is missing: the dose is a bolus', row);
      if (absent(dur) && given.rate === 0) problems.note('the duration is missing: the dose is a bolus', row);
      if (absent(ss)) problems.note('SS is missing: read as 0', row);
      if (absent(addl)) problems.note('ADDL is missing: read as 0', row);
    }
    if (compartments !== null && compartments[i] === null && evid !== 3)
      problems.note('CMT is missing: the default compartment', row);
    if (dvids !== null && dvids[i] === null && evid === 0) problems.note('DVID is missing', row);
    const seen = measured(i, evid, mdvs === null ? null : (mdvs.values[i] ?? Number.NaN));
    if (problems.count > before || id === null || Number.isNaN(times.values[i])) return [];
    return [
      {
        row,
        id,
        time: times.values[i] ?? Number.NaN,
        evid: evid as EventKind | 0,
        twoLines,
        amount: given.amt,
        rate: given.dur > 0 && given.rate === 0 ? given.amt / given.dur : given.rate,
        addl: given.addl,
        ii: given.ii,
        ss: given.ss as 0 | 1 | 2 | 3,
        compartment: evid === 3 ? null : (code?.compartment ?? compartment),
        dvid: dvids?.[i] ?? null,
        ...seen,
      },
    ];
  });
}

function idOf(
  cell: string,
  row: number,
  columns: Columns,
  numbers: Numbers,
  problems: Problems,
): string | null {
  if (!numbers.isMissing(cell)) return unguarded(cell);
  problems.add(
    row,
    columns.titles[columns.at.id ?? -1]?.name ?? 'ID',
    cell,
    'the ID is missing',
    'every record belongs to a patient',
  );
  return null;
}

/** null: the default (missing or 0). */
function compartmentOf(
  word: Word,
  evid: number,
  row: number,
  column: string,
  problems: Problems,
): number | string | null {
  if (word === null || word === 0) return null;
  if (typeof word === 'string') {
    if (!/^[A-Za-z_][\w.]*$/.test(word))
      problems.add(row, column, word, `"${shown(word)}" is no compartment`, 'write its number or its name');
    return word;
  }
  if (word < 0)
    problems.add(
      row,
      column,
      `${word}`,
      evid === 2
        ? `EVID 2 with CMT ${word} turns a compartment off, which is not supported`
        : `the compartment ${word} is negative`,
      evid === 2
        ? 'remove the line; a model can stop a process by a parameter that changes'
        : 'compartments are numbered from 1',
    );
  else if (!Number.isInteger(word) || word > 1000)
    problems.add(
      row,
      column,
      `${word}`,
      `the compartment ${word} is not a whole number up to 1000`,
      'compartments are numbered from 1',
    );
  return word;
}
