// Hazards: `hazard death "Death" = 0.01 [1/d]`, `recurrent hazard`, `cumulative hazard`. In: a cursor behind the first
// word. Out: the statement as written.
import type { Cursor } from './cursor.ts';
import type { Span } from './diagnostic.ts';
import { beforeAt, expression } from './parse-expression.ts';
import { head } from './parse-population.ts';
import type { HazardStatement, Syntax } from './syntax.ts';

const SHAPE = 'write hazard death "Death" = 0.01 [1/d]';

interface Opening {
  readonly recurrent: boolean;
  readonly cumulative: boolean;
}

export const hazard = (cursor: Cursor, start: Span): HazardStatement =>
  rest(cursor, start, { recurrent: false, cumulative: false });

export function recurrent(cursor: Cursor, start: Span): HazardStatement {
  const cumulative = cursor.take('cumulative');
  cursor.expect('hazard', 'after recurrent', 'write recurrent hazard seizure = 0.1 [1/d]');
  return rest(cursor, start, { recurrent: true, cumulative });
}

export function cumulative(cursor: Cursor, start: Span): HazardStatement {
  cursor.expect('hazard', 'after cumulative', 'write cumulative hazard death = (t / 30 [d])^0.7');
  return rest(cursor, start, { recurrent: false, cumulative: true });
}

function rest(cursor: Cursor, start: Span, opening: Opening): HazardStatement {
  const parts = head(cursor, 'hazard');
  cursor.expect('=', 'and the hazard after the name', SHAPE);
  const value = beforeAt(cursor, () => expression(cursor));
  let censors = false;
  let most: Syntax | null = null;
  while (!cursor.ended) {
    const { span } = cursor.peek();
    if (cursor.take('censors')) censors = true;
    else if (cursor.is('at') && cursor.is('most', 1)) {
      cursor.next();
      cursor.next();
      if (most !== null) cursor.fail(span, 'at most is given twice');
      most = beforeAt(cursor, () => expression(cursor));
      if (!cursor.take('time')) cursor.expect('times', 'as in at most 20 times');
    } else cursor.unexpected('censors, at most or the end of the hazard', SHAPE);
  }
  return { kind: 'hazard', ...parts, ...opening, value, censors, most, span: cursor.span(start) };
}
