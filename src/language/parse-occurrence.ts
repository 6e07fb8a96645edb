// Events of hazards in expressions: `time of death`, `death by 30 d`, `death before relapse`, `count of seizure by 30 d`,
// each also of `first of (death, relapse)`. In: a cursor at a name. Out: the node, or null when the words mean something
// else. The names of hazards are known before anything is read, so `by` stays a word of other statements.
import type { Cursor } from './cursor.ts';
import type { Span } from './diagnostic.ts';
import { MAX_RIVALS } from './limits.ts';
import type { OccurrenceSyntax, Syntax, Word } from './syntax.ts';

const SHAPE = 'write time of death, death by 30 d or death before relapse';

/** `time` reads a time, as after `at`. */
export function occurrenceAt(cursor: Cursor, time: () => Syntax): OccurrenceSyntax | null {
  const start = cursor.peek().span;
  if (cursor.is('time') && cursor.is('of', 1) && !cursor.is('max', 2) && !cursor.is('min', 2)) {
    cursor.next();
    cursor.next();
    return node(cursor, 'time', start, events(cursor));
  }
  if (cursor.is('count') && cursor.is('of', 1)) {
    cursor.next();
    cursor.next();
    const hazards = events(cursor);
    cursor.expect('by', 'and the time up to which is counted', 'write count of seizure by 30 d');
    return node(cursor, 'count', start, hazards, [], time());
  }
  const named = cursor.hazards.has(cursor.peek().text) && (cursor.is('by', 1) || cursor.is('before', 1));
  if (!named && !firstOf(cursor)) return null;
  const hazards = events(cursor);
  if (cursor.take('before')) {
    const rivals = events(cursor);
    return node(cursor, 'before', start, hazards, rivals, cursor.take('by') ? time() : null);
  }
  cursor.expect('by', 'and a time, or before and another event', SHAPE);
  return node(cursor, 'by', start, hazards, [], time());
}

const firstOf = (cursor: Cursor): boolean => cursor.is('first') && cursor.is('of', 1);

/** One name, or `first of (death, relapse)`. */
function events(cursor: Cursor): readonly Word[] {
  const one = () => cursor.word('the name of a hazard');
  if (!firstOf(cursor)) return [one()];
  cursor.next();
  cursor.next();
  cursor.expect('(', 'after first of', 'write first of (death, relapse)');
  const names: Word[] = [];
  do {
    const word = one();
    if (names.length === MAX_RIVALS) cursor.fail(word.span, `first of more than ${MAX_RIVALS} events`);
    names.push(word);
  } while (cursor.take(','));
  cursor.expect(')', 'to close first of');
  return names;
}

function node(
  cursor: Cursor,
  what: OccurrenceSyntax['what'],
  at: Span,
  hazards: readonly Word[],
  rivals: readonly Word[] = [],
  by: Syntax | null = null,
): OccurrenceSyntax {
  const span = { start: at.start, end: Math.max(at.end, cursor.before) };
  return { kind: 'occurrence', what, at, hazards, rivals, by, span, height: 3 + (by?.height ?? 0) };
}
