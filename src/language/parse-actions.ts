// What rules, events and changes do: `set`, `increase`, `decrease`, `hold`, `stop`, `resume`, `reset`, `dose`,
// `next visit`; and the events themselves. In: a cursor behind the first word. Out: actions as written.
import type { Cursor } from './cursor.ts';
import type { Span } from './diagnostic.ts';
import { dose, phrase } from './parse-dose.ts';
import { beforeAt, expression, range, timeExpression } from './parse-expression.ts';
import { didYouMean } from './suggest.ts';
import type { RangeSyntax, Syntax, Word } from './syntax.ts';
import type { ActionSyntax, EventStatement } from './syntax-therapy.ts';
import { ACTIONS, type ActionWord } from './therapy-words.ts';

const isAction = (text: string): text is ActionWord => (ACTIONS as readonly string[]).includes(text);

interface First {
  readonly text: string;
  readonly span: Span;
}

/** One or more actions, between commas or each on a line of its own; `first` is the word that was read already. */
export function actions(cursor: Cursor, first: First | null): readonly ActionSyntax[] {
  const done: ActionSyntax[] = [];
  let word = first;
  do {
    if (word === null) {
      const token = cursor.peek();
      // `set a = 1, b = 2`
      const another = done.at(-1)?.kind === 'set' && cursor.is('=', 1);
      if (!another && !isAction(token.text)) {
        cursor.unexpected(
          `an action (${ACTIONS.slice(0, -1).join(', ')} or next visit)`,
          didYouMean(token.text, ACTIONS) ?? 'write set daily = 5 [mg]',
        );
        break;
      }
      word = another ? { text: 'set', span: token.span } : cursor.next();
    }
    done.push(action(cursor, word));
    word = null;
  } while (!cursor.failed && (cursor.take(',') || nextLine(cursor)));
  return done;
}

/** In rules and events, where actions are done at once. */
export function atOnce(cursor: Cursor): readonly ActionSyntax[] {
  const done = actions(cursor, null);
  if (cursor.is('at'))
    cursor.fail(
      cursor.peek().span,
      'what a rule or an event does is done at once',
      'remove at and the time; what is done at a known time is a line of a therapy',
    );
  return done;
}

const nextLine = (cursor: Cursor): boolean => cursor.peek().first && isAction(cursor.peek().text);

function action(cursor: Cursor, { text, span: start }: First): ActionSyntax {
  switch (text) {
    case 'increase':
    case 'decrease':
      return change(cursor, text === 'increase', start);
    case 'hold': {
      cursor.expect('for', 'and how long', 'write hold for 7 d');
      const time = timeExpression(cursor);
      return { kind: 'hold', time, span: cursor.span(start) };
    }
    case 'stop':
    case 'resume':
    case 'reset':
      return { kind: text, span: start };
    case 'dose': {
      const given = dose(cursor, start, (c) => c.is(',') || nextLine(c));
      return { kind: 'dose', dose: given, span: given.span };
    }
    case 'next': {
      phrase(cursor, 'visit in');
      const time = timeExpression(cursor);
      return { kind: 'next', time, span: cursor.span(start) };
    }
    default: {
      const name = cursor.word('what is set');
      cursor.expect('=', `and the new value of ${name.name}`, 'write set daily = 5 [mg]');
      const value = expression(cursor);
      const within = bounds(cursor);
      return { kind: 'set', name, value, within, span: cursor.span(start) };
    }
  }
}

const bounds = (cursor: Cursor): RangeSyntax | null => (cursor.take('within') ? range(cursor) : null);

/** `increase daily by 10 % at most 12 [mg]` */
function change(cursor: Cursor, up: boolean, start: Span): ActionSyntax {
  const word = up ? 'increase' : 'decrease';
  const name = cursor.word(`what to ${word}`);
  cursor.expect('by', `and by how much to ${word}`, `write ${word} ${name.name} by 10 %`);
  const by = expression(cursor);
  let bound: Syntax | null = null;
  if (cursor.is('at') && (cursor.is('most', 1) || cursor.is('least', 1))) {
    const end = up ? 'most' : 'least';
    const token = cursor.peek(1);
    cursor.next();
    cursor.next();
    if (token.text !== end)
      cursor.fail(token.span, `${word} ends at ${end} something, not at ${token.text}`, `write at ${end}`);
    bound = expression(cursor);
  }
  const within = bounds(cursor);
  return { kind: 'change', up, name, by, bound, within, span: cursor.span(start) };
}

/** `when conc falls below 5 [mg/L] after 30 min at most 3 times : dose 500 [mg] into central` */
export function event(cursor: Cursor, start: Span): EventStatement {
  return beforeAt(cursor, () => readEvent(cursor, start));
}

function readEvent(cursor: Cursor, start: Span): EventStatement {
  cursor.edges = true;
  const condition = expression(cursor);
  cursor.edges = false;
  const found: Partial<Record<'after' | 'priority' | 'at least' | 'at most', Syntax>> = {};
  let called: Word = { name: '', span: start };
  let label = '';
  let persistent = true;
  let initially = false;
  let valuesAtEdge = true;
  const shape = 'write when conc falls below 5 [mg/L] : dose 500 [mg] into central';
  while (!cursor.ended && !cursor.is(':')) {
    const token = cursor.peek();
    const once = (key: keyof typeof found, read: () => Syntax) => {
      if (found[key] !== undefined) cursor.fail(token.span, `${key} is given twice`);
      else found[key] = read();
    };
    if (cursor.take('after')) once('after', () => timeExpression(cursor));
    else if (cursor.take('priority')) once('priority', () => expression(cursor));
    else if (cursor.is('at') && cursor.is('most', 1)) {
      phrase(cursor, 'at most');
      once('at most', () => expression(cursor));
      if (!cursor.take('time')) cursor.expect('times', 'as in at most 3 times');
    } else if (cursor.is('at') && cursor.is('least', 1)) {
      phrase(cursor, 'at least');
      once('at least', () => timeExpression(cursor));
      cursor.expect('apart', 'as in at least 4 h apart');
    } else if (cursor.is('if')) {
      phrase(cursor, 'if it still holds');
      persistent = false;
    } else if (cursor.is('not')) {
      phrase(cursor, 'not at the start');
      initially = true;
    } else if (cursor.is('with')) {
      phrase(cursor, 'with values of execution');
      valuesAtEdge = false;
    } else if (cursor.take('called')) {
      called = cursor.word('the name of the event');
      label = cursor.string() ?? '';
    } else {
      cursor.unexpected(
        'after, if it still holds, at most, at least, priority, not at the start, with values of execution, called or :',
        shape,
      );
    }
  }
  cursor.expect(':', 'and what is done', shape);
  const done = atOnce(cursor);
  return {
    kind: 'when', name: called.name, nameSpan: called.span, label, condition, delay: found.after ?? null,
    priority: found.priority ?? null, persistent, initially, valuesAtEdge, apart: found['at least'] ?? null,
    most: found['at most'] ?? null, actions: done, span: cursor.span(start),
  }; // biome-ignore format: one record
}
