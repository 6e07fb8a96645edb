// Statements about the body: definitions, tables, compartments, states, memories, flows, derivatives.
// In: a cursor behind the statement's first word. Out: the statement as written.
import type { Cursor } from './cursor.ts';
import type { Span } from './diagnostic.ts';
import { MAX_POINTS } from './limits.ts';
import { expression, timeExpression } from './parse-expression.ts';
import { head, unitText } from './parse-population.ts';
import type {
  DefinitionStatement, DerivativeStatement, EntrySyntax, FlowStatement, MemoryStatement, StateStatement, Syntax, TableStatement,
} from './syntax.ts'; // biome-ignore format: a list

export function definition(cursor: Cursor, start: Span): DefinitionStatement {
  const parts = head(cursor, 'definition');
  cursor.expect('=', 'and an expression after the name');
  const value = expression(cursor);
  const unit = cursor.take('in') ? unitText(cursor) : null;
  return { kind: 'definition', ...parts, value, unit, span: cursor.span(start) };
}

export function state(kind: StateStatement['kind']): (cursor: Cursor, start: Span) => StateStatement {
  return (cursor, start) => {
    const parts = head(cursor, kind);
    cursor.expect(':', 'and a unit after the name', 'write : mg, or : 1 for a plain number');
    const unit = unitText(cursor);
    const initial = cursor.take('=') ? expression(cursor) : null;
    const entry = kind === 'compartment' ? entryOf(cursor) : NO_ENTRY;
    return { kind, ...parts, unit, initial, entry, span: cursor.span(start) };
  };
}

const NO_ENTRY: EntrySyntax = { bioavailability: null, lag: null, duration: null, rate: null };

/** How doses get in: `bioavailability 80 % lag 0.5 h infused over 2 h`, in any order. */
function entryOf(cursor: Cursor): EntrySyntax {
  const entry: { -readonly [K in keyof EntrySyntax]: Syntax | null } = { ...NO_ENTRY };
  const shape = 'write bioavailability 80 % lag 0.5 h infused over 2 h';
  while (!cursor.ended) {
    const { span } = cursor.peek();
    const once = (clause: keyof EntrySyntax, name: string, read: () => Syntax) => {
      if (entry[clause] !== null) cursor.fail(span, `${name} is given twice`);
      else entry[clause] = read();
    };
    if (cursor.take('bioavailability')) once('bioavailability', 'bioavailability', () => expression(cursor));
    else if (cursor.take('lag')) once('lag', 'lag', () => timeExpression(cursor));
    else if (cursor.take('infused')) {
      if (entry.duration !== null || entry.rate !== null) cursor.fail(span, 'infused is given twice');
      else if (cursor.take('over')) entry.duration = timeExpression(cursor);
      else if (cursor.take('at')) entry.rate = expression(cursor);
      else cursor.unexpected('over and a duration, or at and a rate', shape);
    } else cursor.unexpected('=, bioavailability, lag, infused or the end of the compartment', shape);
  }
  return entry;
}

/** `memory daily "Warfarin a day" : mg = 5 [mg]` */
export function memory(cursor: Cursor, start: Span): MemoryStatement {
  const parts = head(cursor, 'memory');
  cursor.expect(':', 'and a unit after the name', 'write : mg, or : 1 for a plain number');
  const unit = unitText(cursor);
  const initial = cursor.take('=') ? expression(cursor) : null;
  return { kind: 'memory', ...parts, unit, initial, span: cursor.span(start) };
}

/** `table intake "Meals" : g/h by h linear = 0 -> 0, 1 -> 30, 3 -> 0` */
export function table(cursor: Cursor, start: Span): TableStatement {
  const parts = head(cursor, 'table');
  const shape = 'write table intake : g/h by h linear = 0 -> 0, 1 -> 30, 3 -> 0';
  cursor.expect(':', 'and a unit after the name', shape);
  const unit = unitText(cursor);
  cursor.expect('by', 'and the unit of the argument', shape);
  const by = unitText(cursor);
  const type = cursor.peek();
  if (type.text !== 'step' && type.text !== 'linear') cursor.unexpected('step or linear', shape);
  else cursor.next();
  cursor.expect('=', 'and the points', shape);
  const points: { x: Syntax; y: Syntax }[] = [];
  do {
    const x = timeExpression(cursor);
    cursor.expect('->', 'between the two numbers of a point', shape);
    const y = expression(cursor);
    if (points.length === MAX_POINTS)
      cursor.fail(
        x.span,
        `the table ${parts.name} has more than ${MAX_POINTS} points`,
        'leave out points that lie between others, or write a formula',
      );
    points.push({ x, y });
  } while (cursor.take(','));
  return {
    kind: 'table', ...parts, unit, by, type: type.text === 'step' ? 'step' : 'linear', points, span: cursor.span(start),
  }; // biome-ignore format: one record
}

/** `d/dt(P) = ...`; the cursor stands at the d. */
export function derivative(cursor: Cursor, start: Span): DerivativeStatement {
  for (const word of ['d', '/', 'dt', '(']) cursor.expect(word, 'as in d/dt(P)');
  const of = cursor.word('the name of a state');
  cursor.expect(')', 'to close d/dt');
  cursor.expect('=', 'after d/dt(...)');
  const value = expression(cursor);
  return { kind: 'derivative', of, value, span: cursor.span(start) };
}

export function flow(cursor: Cursor, start: Span): FlowStatement {
  const parts = head(cursor, 'flow');
  const shape = 'write flow elimination : central -> at CL / V1 * central';
  cursor.expect(':', 'after the name of the flow', shape);
  const from = cursor.is('->') ? null : cursor.word('a compartment or ->');
  cursor.expect('->', 'from the left compartment to the right one', shape);
  const to = cursor.is('at') ? null : cursor.word('a compartment or at');
  cursor.expect('at', 'and the rate of the flow', shape);
  const rate = expression(cursor);
  return { kind: 'flow', ...parts, from, to, rate, span: cursor.span(start) };
}
