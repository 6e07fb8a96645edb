// A table's text as lines of cells. In: the whole file. Out: the header and the lines with their numbers as an editor
// shows them, comments and blank lines apart; or what makes the file unreadable. A record is one line: NONMEM has no
// cells with line ends, so a quotation mark left open spoils one line only and the work stays linear in the text.
import type { Problems } from './problems.ts';
import { shown } from './problems.ts';
import type { Accounted, Delimiter, ReadOptions } from './records.ts';
import { essentials } from './roles.ts';

const MAX_CHARACTERS = 64 * 1024 * 1024;
const MAX_LINES = 1_000_000;
const MAX_LINE = 100_000;
const MAX_COLUMNS = 1_000;

const DELIMITERS: Readonly<Record<Delimiter, string>> = {
  ',': 'commas',
  ';': 'semicolons',
  '\t': 'tabs',
  '|': 'bars',
  ' ': 'spaces',
};

export interface Line {
  readonly row: number;
  /** Trimmed, as many as the header has. */
  readonly cells: readonly string[];
}

export interface Table {
  readonly header: readonly string[];
  readonly headerRow: number;
  readonly lines: readonly Line[];
  /** Lines that hold no record. */
  readonly apart: readonly Accounted[];
}

/** null when there is a problem or a question: both are with `problems`. */
export function splitTable(text: string, options: ReadOptions, problems: Problems): Table | null {
  const refuse = (row: number, value: string, message: string, remedy: string): null => {
    problems.add(row, '', value, message, remedy);
    return null;
  };
  if (text.length > MAX_CHARACTERS)
    return refuse(1, '', `the file has ${text.length} characters`, `at most ${MAX_CHARACTERS} are read`);
  if (text.startsWith('PK\u0003\u0004'))
    return refuse(1, '', 'this is a workbook or an archive, not a text', 'save the sheet as CSV');
  const start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  const physical = physicalLines(text, start);
  if (physical === null)
    return refuse(1, '', `the file has more than ${MAX_LINES} lines`, 'split it by patients');
  const first = physical.findIndex((line) => line.trim() !== '' && !line.startsWith('#'));
  const heading = physical[first];
  if (heading === undefined)
    return refuse(1, '', 'the file is empty', 'its first line names the columns, such as ID,TIME,DV,AMT');
  for (const [k, line] of physical.entries()) {
    if (line.length > MAX_LINE)
      return refuse(
        k + 1,
        line,
        `line ${k + 1} has ${line.length} characters`,
        `at most ${MAX_LINE} are read`,
      );
    if (line.includes('\0'))
      return refuse(
        k + 1,
        '',
        `line ${k + 1} has a zero byte`,
        'this is no UTF-8 text: save it as CSV in UTF-8',
      );
    if (line.includes('\uFFFD'))
      return refuse(k + 1, line, `line ${k + 1} has letters that were not decoded`, 'save the file in UTF-8');
  }
  if (/^TABLE NO\./.test(heading))
    return refuse(first + 1, heading, 'this is a table that NONMEM wrote', 'remove its first line (NOTITLE)');

  const delimiter = options.delimiter ?? findDelimiter(heading, first + 1, options, problems);
  if (delimiter === null) return null;
  const header = splitLine(heading, delimiter);
  if (header === null)
    return refuse(first + 1, heading, 'a quotation mark in the header is not closed', 'close or remove it');
  if (header.length > MAX_COLUMNS)
    return refuse(
      first + 1,
      '',
      `the header has ${header.length} columns`,
      `at most ${MAX_COLUMNS} are read`,
    );
  while (header.length > 1 && header.at(-1) === '') header.pop();

  const apart: Accounted[] = [none(first + 1, 'header')];
  const lines: Line[] = [];
  const inQuotes = text.includes('"');
  physical.forEach((line, k) => {
    if (k === first) return;
    const row = k + 1;
    if (line.startsWith('#') || line === heading) apart.push(none(row, 'comment'));
    else if (line.trim() === '') apart.push(none(row, 'blank'));
    else if (k > first) {
      const cells = inQuotes || delimiter === ' ' ? splitLine(line, delimiter) : plainCells(line, delimiter);
      if (cells === null)
        problems.add(row, '', line, 'a quotation mark is not closed on its line', 'close or remove it');
      else if (cells.every((cell) => cell === '')) apart.push(none(row, 'blank'));
      else if (fits(cells, header.length)) lines.push({ row, cells: cells.slice(0, header.length) });
      // A line begun with the single letter C is a comment whatever follows it.
      else if (/^C(?:\s|$)/.test(cells[0] ?? '')) apart.push(none(row, 'comment'));
      else {
        const remedy =
          cells.length > header.length && delimiter === ','
            ? 'write numbers with a point (1.5), and texts with commas in quotation marks'
            : 'give every line one cell for every column, . where it is missing';
        const message = `${cells.length === 1 ? '1 cell' : `${cells.length} cells`}, but the header has ${header.length}`;
        problems.add(row, '', line, message, remedy);
      }
    }
  });
  if (lines.length === 0 && !problems.stops)
    return refuse(first + 1, heading, 'the file has a header and no records', 'at least one line is needed');
  return { header, headerRow: first + 1, lines, apart };
}

export const none = (row: number, became: Accounted['became']): Accounted => ({
  row,
  became,
  subject: -1,
  doses: 0,
  cancelled: 0,
  changes: [],
});

function fits(cells: readonly string[], columns: number): boolean {
  return cells.length >= columns && cells.slice(columns).every((cell) => cell === '');
}

/** Without their ends (CRLF, LF or CR, mixed too); the empty text after the last end is no line. */
function physicalLines(text: string, start: number): string[] | null {
  const lines = text.slice(start).split(/\r\n|\n|\r/, MAX_LINES + 2);
  if (lines.at(-1) === '') lines.pop();
  return lines.length > MAX_LINES ? null : lines;
}

function plainCells(line: string, delimiter: string): string[] {
  const cells = line.split(delimiter);
  for (let k = 0; k < cells.length; k++) cells[k] = (cells[k] ?? '').trim();
  return cells;
}

/** Cells of one line (RFC 4180 quoting; spaces: any number of them); null when a quotation mark is not closed. */
export function splitLine(line: string, delimiter: Delimiter): string[] | null {
  if (delimiter === ' ' && !line.includes('"')) return line.trim().split(/\s+/);
  if (!line.includes('"')) return plainCells(line, delimiter);
  const cells: string[] = [];
  const source = delimiter === ' ' ? line.trim() : line;
  let at = 0;
  while (at <= source.length) {
    while (source[at] === ' ') at++;
    if (source[at] !== '"') {
      const end = source.indexOf(delimiter, at);
      cells.push(source.slice(at, end < 0 ? source.length : end).trim());
      if (end < 0) return cells;
      at = end + 1;
      continue;
    }
    let cell = '';
    at++;
    for (;;) {
      const end = source.indexOf('"', at);
      if (end < 0) return null;
      cell += source.slice(at, end);
      at = end + 1;
      if (source[at] !== '"') break;
      cell += '"';
      at++;
    }
    while (source[at] === ' ' && source[at] !== delimiter) at++;
    cells.push(cell.trim());
    if (at >= source.length) return cells;
    if (source[at] !== delimiter) return null;
    at++;
  }
  cells.push('');
  return cells;
}

/** The one mark that splits the header into columns that a table needs; asks where two would, or none does clearly. */
function findDelimiter(
  heading: string,
  row: number,
  options: ReadOptions,
  problems: Problems,
): Delimiter | null {
  const present = (Object.keys(DELIMITERS) as Delimiter[]).filter((mark) => heading.trim().includes(mark));
  const splits = present.filter((mark) => essentials(splitLine(heading, mark) ?? [], options));
  const [only] = splits;
  if (only !== undefined && splits.length === 1) return only;
  const strong = present.filter((mark) => mark !== ' ');
  const [mark] = strong.length > 0 ? strong : present;
  if (splits.length === 0 && (strong.length === 1 || present.length === 1) && mark !== undefined) return mark;
  if (present.length === 0) return ','; // a single column: what is missing is said of the columns
  const marks = splits.length > 0 ? splits : present;
  problems.ask({
    option: 'delimiter',
    message: `the header "${shown(heading)}" has ${marks.map((each) => DELIMITERS[each]).join(' and ')}: what separates the columns?`,
    row,
    column: '',
    answers: marks.map((each) => ({ options: { delimiter: each }, meaning: DELIMITERS[each] })),
  });
  return null;
}
