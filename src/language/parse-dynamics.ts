// Statements about the body and what is done to it: definitions, compartments, states, flows, derivatives, therapies.
// In: a cursor behind the statement's first word. Out: the statement as written.
import type { Cursor } from './cursor.ts';
import type { Span } from './diagnostic.ts';
import { expression, timeExpression } from './parse-expression.ts';
import { head, unitText } from './parse-population.ts';
import type {
  DefinitionStatement, DerivativeStatement, DoseSyntax, FlowStatement, StateStatement, Syntax, TherapyStatement, Word,
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
    return { kind, ...parts, unit, initial, span: cursor.span(start) };
  };
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

export function therapy(cursor: Cursor, start: Span): TherapyStatement {
  const parts = head(cursor, 'therapy');
  const doses = doseLines(cursor);
  return { kind: 'therapy', ...parts, doses, span: cursor.span(start) };
}

export function doseLines(cursor: Cursor): readonly DoseSyntax[] {
  const doses: DoseSyntax[] = [];
  cursor.lines(['dose'], (word) => {
    const read = dose(cursor, word.span);
    if (!cursor.failed) doses.push(read);
  });
  return doses;
}

const CLAUSES = ['over', 'from', 'every', 'times', 'until'] as const;

function dose(cursor: Cursor, start: Span): DoseSyntax {
  const amount = expression(cursor);
  const shape = 'write dose 1000 [mg] into central over 1 h every 12 h times 14';
  cursor.expect('into', 'and the compartment after the amount', shape);
  const into: Word = cursor.word('a compartment');
  const clauses: Partial<Record<(typeof CLAUSES)[number], Syntax>> = {};
  while (!cursor.ended) {
    const token = cursor.peek();
    const clause = CLAUSES.find((c) => c === token.text);
    if (clause === undefined) cursor.unexpected(`${CLAUSES.join(', ')} or the end of the dose`, shape);
    else if (clauses[clause] !== undefined) cursor.fail(token.span, `${clause} is given twice`);
    else {
      cursor.next();
      clauses[clause] = clause === 'times' ? expression(cursor) : timeExpression(cursor);
    }
  }
  const { over = null, from = null, every = null, times = null, until = null } = clauses;
  return { amount, into, over, from, every, times, until, span: cursor.span(start) };
}
