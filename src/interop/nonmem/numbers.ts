// Numbers as a table writes them, strictly: digits with one decimal mark and perhaps an exponent. In: cells. Out: the
// number, null where the cell is missing, or undefined where it is neither. Which mark is the decimal one is found
// for the whole file, and only where there is one reading; `1.234,5`, hex, Infinity and 12abc are no numbers.
import type { Problems } from './problems.ts';
import { shown } from './problems.ts';
import type { ReadOptions } from './records.ts';

// Written so that no digit can be matched in two ways: a cell of 100,000 digits takes no time.
const POINT = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const COMMA = /^[+-]?(?:\d+(?:,\d*)?|,\d+)(?:[eE][+-]?\d+)?$/;
/** 1,234 or 12.345.678: one decimal number or a whole one in groups, nobody can tell. */
const GROUPED = /^[+-]?\d{1,3}([.,'])\d{3}(?:\1\d{3})*$/;
const BOTH = /^[+-]?\d{1,3}(?:\.\d{3})+,\d+$|^[+-]?\d{1,3}(?:,\d{3})+\.\d+$/;

const MISSING = ['', '.', 'NA'];

export interface Numbers {
  readonly isMissing: (cell: string) => boolean;
  /** null: missing; undefined: not a number, or one beyond the range of single precision. */
  readonly read: (cell: string) => number | null | undefined;
}

export function numbersOf(options: ReadOptions): Numbers {
  const missing = new Set([...MISSING, ...(options.missing ?? [])]);
  const { decimal = '.', thousands } = options;
  const form = decimal === '.' ? POINT : COMMA;
  const group = thousands === undefined ? null : `[${thousands}]`;
  const grouped =
    group === null
      ? null
      : new RegExp(`^[+-]?\\d{1,3}(?:${group}\\d{3})+(?:\\${decimal}\\d*)?(?:[eE][+-]?\\d+)?$`);

  const parse = (cell: string): number | undefined => {
    let plain = cell;
    if (!form.test(cell)) {
      if (grouped === null || thousands === undefined || !grouped.test(cell)) return undefined;
      plain = cell.replaceAll(thousands, '');
    }
    const value = Number(decimal === ',' ? plain.replace(',', '.') : plain);
    return Number.isFinite(Math.fround(value)) ? value : undefined;
  };
  // -99 in the option means -99.0 in the file as well.
  const codes = new Set([...(options.missing ?? [])].flatMap((word) => parse(word) ?? []));
  const isMissing = (cell: string): boolean => {
    if (missing.has(cell)) return true;
    const value = codes.size === 0 ? undefined : parse(cell);
    return value !== undefined && codes.has(value);
  };
  const read = (cell: string): number | null | undefined => {
    if (missing.has(cell)) return null;
    const value = parse(cell);
    return value !== undefined && codes.has(value) ? null : value;
  };
  return { isMissing, read };
}

/** What is wrong with a cell that should hold a number, and what to do. */
export function notANumber(cell: string): readonly [message: string, remedy: string] {
  const text = `"${shown(cell)}"`;
  if (POINT.test(cell)) return [`${text} is too large`, 'check the exponent'];
  if (COMMA.test(cell)) return [`${text} has a comma where this file has points`, 'write 1.5, not 1,5'];
  if (/^[<>]/.test(cell))
    return [`${text} is a limit, not a number`, 'only DV may hold one; mark others by a column CENS'];
  return [
    `${text} is not a number`,
    'write a number such as 12.5 or 1e3, or . where it is missing; a column of words can be left out',
  ];
}

/** The options with the decimal mark found; asks where there are two readings. Only needed where a cell has a comma. */
export function findDecimal(
  lines: readonly { readonly row: number; readonly cells: readonly string[] }[],
  names: readonly string[],
  options: ReadOptions,
  problems: Problems,
): ReadOptions {
  if (options.decimal !== undefined) return options;
  const found = { points: 0, commas: 0, surely: 0 };
  let unclear: { row: number; column: string; cell: string } | null = null;
  let mixed: { row: number; column: string; cell: string } | null = null;
  let points: { row: number; column: string; cell: string } | null = null;
  for (const { row, cells } of lines) {
    for (let k = 0; k < cells.length; k++) {
      const cell = cells[k] ?? '';
      const first = cell.charCodeAt(0);
      if (first > 57 || cell.length < 2) continue; // letters, and single characters
      const at = { row, column: names[k] ?? '', cell };
      if (BOTH.test(cell)) mixed ??= at;
      else if (cell.includes(',')) {
        if (!COMMA.test(cell) && !GROUPED.test(cell)) continue;
        found.commas++;
        if (!GROUPED.test(cell)) found.surely++;
        unclear ??= at;
      } else if (cell.includes('.') && POINT.test(cell)) {
        found.points++;
        points ??= at;
      }
    }
  }
  if (mixed === null && found.commas === 0) return options;
  const commaOnly = mixed === null && found.points === 0 && found.surely > 0;
  if (commaOnly) {
    problems.note('numbers are read with a decimal comma', 0);
    return { ...options, decimal: ',' };
  }
  const at = mixed ?? unclear;
  if (at === null) return options;
  const groups = mixed !== null || found.surely === 0;
  const besides = points === null ? '' : `, but "${points.cell}" on line ${points.row} has a point`;
  problems.ask({
    option: 'decimal',
    message: `"${shown(at.cell)}" has a comma${besides}: is the comma the decimal mark?`,
    row: at.row,
    column: at.column,
    answers: [
      { options: { decimal: ',' }, meaning: 'yes, commas are decimal marks (1,5 is one and a half)' },
      { options: { decimal: '.' }, meaning: 'no, points are; numbers with commas are then errors' },
      ...(groups
        ? [
            {
              options: { decimal: '.', thousands: ',' } as const,
              meaning: 'commas group thousands, points are decimal marks (1,234.5)',
            },
            {
              options: { decimal: ',', thousands: '.' } as const,
              meaning: 'points group thousands, commas are decimal marks (1.234,5)',
            },
          ]
        : []),
    ],
  });
  return options;
}
