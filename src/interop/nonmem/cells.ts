// Columns of cells as checked values. In: lines and the column of a role. Out: numbers, whole numbers, or words, with a
// problem for every cell that is neither. A column holds numbers or words, not both: a word among numbers is a slip.
import type { Line } from './lines.ts';
import { type Numbers, notANumber } from './numbers.ts';
import type { Problems } from './problems.ts';
import { shown } from './problems.ts';

/** A text that a spreadsheet takes for a formula; the writer puts an apostrophe in front and the reader takes it off. */
const GUARDED = /^'[=+\-@\t\r']/;
export const FORMULA = /^[=+\-@\t\r']/;
export const unguarded = (text: string): string => (GUARDED.test(text) ? text.slice(1) : text);

export interface Column {
  readonly at: number;
  readonly name: string;
}

/** NaN where missing or refused; `refused` tells which. */
export interface NumberColumn {
  readonly values: Float64Array;
  /** 1 where a problem was found. */
  readonly refused: Uint8Array;
}

export function numberColumn(
  lines: readonly Line[],
  { at, name }: Column,
  numbers: Numbers,
  problems: Problems,
  allowed: ((value: number) => boolean) | null = null,
  remedy = '',
): NumberColumn {
  const values = new Float64Array(lines.length).fill(Number.NaN);
  const refused = new Uint8Array(lines.length);
  lines.forEach(({ row, cells }, i) => {
    const cell = cells[at] ?? '';
    const value = numbers.read(cell);
    if (value === null) return;
    if (value === undefined) problems.add(row, name, cell, ...notANumber(cell));
    else if (allowed !== null && !allowed(value))
      problems.add(row, name, cell, `${name} is ${shown(cell)}`, remedy);
    else {
      values[i] = value;
      return;
    }
    refused[i] = 1;
  });
  return { values, refused };
}

export type Word = number | string | null;

export interface WordColumn {
  readonly values: readonly Word[];
  /** Words that occur, sorted; null: numbers. */
  readonly categories: readonly string[] | null;
}

/** Numbers, or words, whichever most cells are; the others are problems. */
export function wordColumn(
  lines: readonly Line[],
  { at, name }: Column,
  numbers: Numbers,
  problems: Problems,
): WordColumn {
  const values: Word[] = new Array(lines.length).fill(null);
  const words = new Map<string, number>();
  let counted = 0;
  let worded = 0;
  lines.forEach(({ cells }, i) => {
    const cell = cells[at] ?? '';
    const value = numbers.isMissing(cell) ? null : numbers.read(cell);
    if (value === null) return;
    if (value === undefined) {
      worded++;
      const text = unguarded(cell);
      words.set(text, (words.get(text) ?? 0) + 1);
      values[i] = text;
    } else {
      counted++;
      values[i] = value;
    }
  });
  if (worded > 0 && counted > 0) {
    const odd = worded > counted ? 'number' : 'string';
    lines.forEach(({ row, cells }, i) => {
      if (typeof values[i] !== odd) return;
      const cell = cells[at] ?? '';
      if (odd === 'string') problems.add(row, name, cell, ...notANumber(cell));
      else
        problems.add(
          row,
          name,
          cell,
          `"${shown(cell)}" is a number in a column of words`,
          'write a word, or . where it is missing',
        );
    });
  } else if (worded > 0) slips(lines, { at, name }, words, problems);
  return { values, categories: worded > counted ? [...words.keys()].sort() : null };
}

/** Words of one column that differ only in capitals or spaces are one word written twice; digits in front are slips. */
function slips(
  lines: readonly Line[],
  { at, name }: Column,
  words: ReadonlyMap<string, number>,
  problems: Problems,
): void {
  const plain = new Map<string, string>();
  for (const [word, count] of words) {
    const key = word.toLowerCase().replace(/\s+/g, ' ');
    const other = plain.get(key);
    if (other === undefined) {
      plain.set(key, word);
      continue;
    }
    const rarer = count <= (words.get(other) ?? 0) ? word : other;
    const row = lines.find(({ cells }) => unguarded(cells[at] ?? '') === rarer)?.row ?? 1;
    problems.add(
      row,
      name,
      rarer,
      `"${shown(rarer)}" and "${shown(rarer === word ? other : word)}" differ only in capitals or spaces`,
      'write one word one way',
    );
  }
}
