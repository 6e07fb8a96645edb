// One dose as written: a line of a therapy with its times, or an action of this instant. In: a cursor behind `dose`.
// Out: its parts with their places; what may stand where is decided when it is checked.
import type { Cursor } from './cursor.ts';
import type { Span } from './diagnostic.ts';
import { expression, timeExpression, timeRange } from './parse-expression.ts';
import { didYouMean } from './suggest.ts';
import type { Syntax } from './syntax.ts';
import type { DoseSyntax } from './syntax-therapy.ts';

const CLAUSES = [
  'over', 'from', 'every', 'times', 'until', 'at', 'lag', 'bioavailability', 'while', 'taken', 'late', 'doubled',
] as const; // biome-ignore format: a list
type ClauseWord = (typeof CLAUSES)[number];

const SHAPE = 'write dose 1000 [mg] into central over 1 h every 12 h times 14';

/** `ends` tells the token after a dose that is one of several actions. */
export function dose(cursor: Cursor, start: Span, ends?: (cursor: Cursor) => boolean): DoseSyntax {
  const amount = expression(cursor);
  cursor.expect('into', 'and the compartment after the amount', SHAPE);
  const into = cursor.word('a compartment');
  const read: Partial<Record<ClauseWord, Syntax>> = {};
  let afterMissed: Syntax | null = null;
  let late: DoseSyntax['late'] = null;
  let steady: Span | null = null;
  while (!cursor.ended && ends?.(cursor) !== true) {
    const token = cursor.peek();
    const clause = CLAUSES.find((c) => c === token.text);
    if (clause === undefined) {
      cursor.unexpected(
        `${CLAUSES.join(', ')} or the end of the dose`,
        didYouMean(token.text, CLAUSES) ?? SHAPE,
      );
      break;
    }
    if (clause === 'at' && cursor.is('steady', 1)) {
      phrase(cursor, 'at steady state');
      steady = cursor.span(token.span);
      continue;
    }
    if (read[clause] !== undefined) {
      cursor.fail(token.span, `${clause} is given twice`);
      break;
    }
    cursor.next();
    read[clause] = TIMED.has(clause) ? timeExpression(cursor) : expression(cursor);
    if (clause === 'taken' && ends === undefined && cursor.take(',')) {
      afterMissed = expression(cursor);
      phrase(cursor, 'after a missed one');
    } else if (clause === 'doubled' && cursor.is('after')) phrase(cursor, 'after a missed one');
    else if (clause === 'late') {
      cursor.expect('by', 'and how late', 'write late 20 % by 1 h .. 4 h');
      late = { chance: read.late ?? amount, by: timeRange(cursor) };
    }
  }
  const { over = null, from = null, every = null, times = null, until = null, at: rate = null } = read;
  const { lag = null, bioavailability = null, taken = null, doubled = null } = read;
  return {
    amount, into, over, rate, from, every, times, until, lag, bioavailability, while: read.while ?? null, taken, afterMissed,
    late, doubled, steady, span: cursor.span(start),
  }; // biome-ignore format: one record
}
const TIMED: ReadonlySet<ClauseWord> = new Set(['over', 'from', 'every', 'until', 'lag']);

/** Words that only stand together. */
export function phrase(cursor: Cursor, words: string): void {
  for (const word of words.split(' ')) cursor.expect(word, `as in ${words}`);
}
