// Lines that are comments, as NONMEM's IGNORE has them: a column C, a first cell C, or (asked about, since a patient's
// ID may begin with a letter as well) a line that begins with a letter. In: lines and columns. Out: the records.
import { type Line, none } from './lines.ts';
import type { Problems } from './problems.ts';
import { shown } from './problems.ts';
import type { Accounted, ReadOptions } from './records.ts';
import type { Columns } from './roles.ts';

export interface Records {
  readonly lines: readonly Line[];
  readonly columns: Columns;
  readonly apart: readonly Accounted[];
}

const UNMARKED = new Set(['', '.', 'NA']);
const isC = (cell: string): boolean => cell === 'C' || cell === 'c';

export function setApart(
  lines: readonly Line[],
  columns: Columns,
  options: ReadOptions,
  problems: Problems,
): Records {
  const { comment } = columns.at;
  if (comment !== undefined) return byColumn(lines, columns, comment, problems);
  const isComment = byFirstLetter(lines, options, problems);
  if (isComment === null) return { lines, columns, apart: [] };
  const apart = lines.filter(isComment).map(({ row }) => none(row, 'comment'));
  return { lines: lines.filter((line) => !isComment(line)), columns, apart };
}

/** A column C that marks no line and holds values of its own is a covariate. */
function byColumn(lines: readonly Line[], columns: Columns, at: number, problems: Problems): Records {
  const marked = (line: Line): boolean => isC(line.cells[at] ?? '');
  const odd = lines.filter((line) => !marked(line) && !UNMARKED.has(line.cells[at] ?? ''));
  const comments = lines.filter(marked);
  const name = columns.titles[at]?.name ?? 'C';
  if (odd.length > 0 && comments.length === 0) {
    const titles = columns.titles.map((title) =>
      title.at === at ? { ...title, role: 'covariate' as const } : title,
    );
    const { comment: _, ...positions } = columns.at;
    problems.note(`the column ${name} marks no comments; it is read as a covariate`, 0);
    return { lines, columns: { titles, at: positions }, apart: [] };
  }
  for (const { row, cells } of odd) {
    const value = cells[at] ?? '';
    problems.add(
      row,
      name,
      value,
      `${name} is "${shown(value)}"`,
      'C marks a comment, . a record; nothing else',
    );
  }
  return {
    lines: lines.filter((line) => !marked(line)),
    columns,
    apart: comments.map(({ row }) => none(row, 'comment')),
  };
}

function byFirstLetter(
  lines: readonly Line[],
  options: ReadOptions,
  problems: Problems,
): ((line: Line) => boolean) | null {
  const first = (line: Line): string => line.cells[0] ?? '';
  const lettered = (line: Line): boolean => /^[A-Za-z@]/.test(first(line)) && first(line) !== 'NA';
  if (options.comments === 'none') return null;
  if (options.comments === 'letter') return lettered;
  if (options.comments === 'C') return (line) => first(line).startsWith('C');
  const letters = lines.filter(lettered);
  const [example] = letters;
  if (example === undefined) return null;
  const only = letters.filter((line) => first(line) === 'C').length;
  if (only === letters.length && letters.length < lines.length) return lettered;
  if (only === 0 && letters.length === lines.length) return null;
  problems.ask({
    option: 'comments',
    message: `${letters.length === 1 ? '1 line begins' : `${letters.length} lines begin`} with a letter ("${shown(first(example))}" on line ${example.row}), others do not: are these comments?`,
    row: example.row,
    column: '',
    answers: [
      {
        options: { comments: 'letter' },
        meaning: 'every line that begins with a letter is a comment (IGNORE=@)',
      },
      {
        options: { comments: 'C' },
        meaning: 'lines that begin with C are comments (IGNORE=C), others are records',
      },
      { options: { comments: 'none' }, meaning: 'all of them are records' },
    ],
  });
  return null;
}
