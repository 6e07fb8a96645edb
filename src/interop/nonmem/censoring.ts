// The measurement on a record: DV, whether it counts (MDV), and whether it is only known to lie below or above a limit
// (CENS, BLQ, LLOQ, ULOQ, LIMIT, or `<0.05` in DV itself). In: the columns. Out: a function of the line. A limit that
// the file does not tell is asked for; a value under LLOQ that nothing marks is asked about.
import { numberColumn } from './cells.ts';
import type { Line } from './lines.ts';
import { type Numbers, notANumber } from './numbers.ts';
import type { Problems } from './problems.ts';
import { shown } from './problems.ts';
import type { Censored, ReadOptions } from './records.ts';
import type { NamedRole } from './roles.ts';

export interface Measurement {
  readonly value: number | null;
  readonly mdv: boolean;
  readonly censored: Censored | null;
}

const NOTHING: Measurement = { value: null, mdv: true, censored: null };
const UNDER = /^(?:<\s*LLOQ|LLOQ|BLQ|BLOQ|BQL|<\s*LOQ)$/i;

/** `mdv`: 0 or 1, NaN where the cell is missing, null without the column. */
export function censoring(
  lines: readonly Line[],
  named: (role: NamedRole) => { readonly at: number; readonly name: string } | null,
  numbers: Numbers,
  options: ReadOptions,
  problems: Problems,
): (i: number, evid: number, mdv: number | null) => Measurement {
  const dv = named('dv');
  const cens = named('cens');
  const column = (role: NamedRole, allowed?: (value: number) => boolean, remedy?: string) => {
    const where = named(role);
    return where && numberColumn(lines, where, numbers, problems, allowed, remedy).values;
  };
  const marks = column(
    'cens',
    (value) => value === 0 || value === 1 || value === -1,
    'write 0 (measured), 1 (below the limit) or -1 (above)',
  );
  const lower = column('lloq');
  const upper = column('uloq');
  const bounds = column('limit');
  const at = (values: Float64Array | null, i: number): number | null => {
    const value = values?.[i];
    return value === undefined || Number.isNaN(value) ? null : value;
  };
  /** A file whose mark is CENS holds the limit itself in DV; other marks do not say what DV is. */
  const limitInDv = cens?.name.toUpperCase() === 'CENS';

  const limitOf = (i: number, kind: Censored['kind'], value: number | null, row: number): number | null => {
    const limit = kind === 'above' ? at(upper, i) : (at(lower, i) ?? options.lloq ?? null);
    if (limit !== null) return limit;
    if (limitInDv && value !== null && value !== 0) {
      if (lower !== null || upper !== null)
        problems.note('the limit is missing: DV is read as the limit', row);
      return value;
    }
    if (kind === 'above') {
      problems.add(
        row,
        dv?.name ?? 'DV',
        '',
        'the limit that the value lies above is not given',
        'add a column ULOQ',
      );
      return null;
    }
    problems.ask({
      option: 'lloq',
      message: `line ${row} is below the limit of quantification, but the file does not tell that limit: what is it?`,
      row,
      column: cens?.name ?? dv?.name ?? '',
      answers:
        value !== null && value > 0
          ? [{ options: { lloq: value }, meaning: `${value}, as DV has it on that line` }]
          : [],
    });
    return null;
  };

  return (i, evid, mdv) => {
    const line = lines[i];
    if (line === undefined || dv === null) return NOTHING;
    const { row, cells } = line;
    const cell = cells[dv.at] ?? '';
    if (evid !== 0) {
      if (mdv === 0)
        problems.add(row, dv.name, cell, `MDV is 0, but EVID ${evid} is no observation`, 'write MDV 1');
      const value = numbers.read(cell);
      if (value === undefined) problems.add(row, dv.name, cell, ...notANumber(cell));
      else if (value !== null && value !== 0)
        problems.note('DV on a line that is no observation is not used', row);
      return NOTHING;
    }
    const written = /^([<>])\s*(.+)$/.exec(cell);
    const limit = written?.[2] === undefined ? undefined : numbers.read(written[2]);
    const worded = UNDER.test(cell);
    const told = worded || typeof limit === 'number';
    const value = told ? null : numbers.read(cell);
    if (value === undefined) {
      problems.add(row, dv.name, cell, ...notANumber(cell));
      return NOTHING;
    }
    const mark = at(marks, i);
    if (marks !== null && mark === null)
      problems.note(`${cens?.name ?? 'CENS'} is missing: read as 0, measured`, row);
    if (told && mark !== null && mark !== (written?.[1] === '>' ? -1 : 1))
      problems.add(
        row,
        dv.name,
        cell,
        `DV is "${shown(cell)}", but ${cens?.name} is ${mark}`,
        'make them agree',
      );
    const kind = told
      ? written?.[1] === '>' && !worded
        ? 'above'
        : 'below'
      : mark === 1
        ? 'below'
        : mark === -1
          ? 'above'
          : unmarked(i, value, row);
    const absent = value === null && kind === null;
    if (mdv !== null && Number.isNaN(mdv) && !absent)
      problems.note('MDV is missing: read as 0, measured', row);
    if (absent && mdv === 0)
      problems.add(row, dv.name, cell, 'DV is missing, but MDV is 0', 'write MDV 1, or the value');
    if (absent && mdv !== 1) problems.note('DV is missing: no value to compare with at that time', row);
    if (kind === null) return { value, mdv: mdv === 1 || absent, censored: null };
    if (value === null && !told) problems.note('DV is missing on a censored value: the limit counts', row);
    // A value that does not count needs no limit.
    const known = at(kind === 'below' ? lower : upper, i) ?? (typeof limit === 'number' ? limit : null);
    const end = known ?? (mdv === 1 ? null : limitOf(i, kind, value, row));
    if (end === null) return { value, mdv: true, censored: null };
    if (typeof limit === 'number' && limit !== end)
      problems.add(row, dv.name, cell, `DV is "${shown(cell)}", but the limit is ${end}`, 'make them agree');
    const beyond = value !== null && value !== 0 && (kind === 'below' ? value > end : value < end);
    if (beyond)
      problems.add(
        row,
        dv.name,
        cell,
        `${value} is marked as ${kind} the limit ${end}`,
        'correct the mark, the value or the limit',
      );
    const bound = at(bounds, i);
    if (bound !== null && (kind === 'below' ? bound >= end : bound <= end))
      problems.add(
        row,
        named('limit')?.name ?? 'LIMIT',
        `${bound}`,
        `the interval from ${end} to ${bound} lies on the wrong side`,
        'LIMIT is the other end: below the limit of a low value, above that of a high one',
      );
    return { value, mdv: mdv === 1, censored: { kind, limit: end, bound } };
  };

  function unmarked(i: number, value: number | null, row: number): Censored['kind'] | null {
    const limit = at(lower, i);
    if (value === null || limit === null || value >= limit) return null;
    if (options.belowLimit === 'censored') return 'below';
    if (options.belowLimit === 'as measured') return null;
    const name = dv?.name ?? 'DV';
    if (marks !== null) {
      problems.add(
        row,
        name,
        `${value}`,
        `${value} is under the limit ${limit}, but ${cens?.name} is not 1`,
        'mark it, or say that values under the limit were measured (belowLimit)',
      );
      return null;
    }
    problems.ask({
      option: 'belowLimit',
      message: `${name} is ${value} on line ${row}, under the limit ${limit}, and no column marks it: was it measured?`,
      row,
      column: name,
      answers: [
        { options: { belowLimit: 'censored' }, meaning: 'such values are only known to lie below the limit' },
        { options: { belowLimit: 'as measured' }, meaning: 'such values count as measured' },
      ],
    });
    return null;
  }
}
