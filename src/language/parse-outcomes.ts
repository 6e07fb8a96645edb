// Statements about what is seen and counted: outputs, measurements, endpoints, checks, the horizon shown.
// In: a cursor behind the statement's first word. Out: the statement as written.
import type { Cursor } from './cursor.ts';
import type { Span } from './diagnostic.ts';
import { expression, range, timeExpression } from './parse-expression.ts';
import { head, quoted, unitText } from './parse-population.ts';
import type {
  CheckStatement, EndpointStatement, MeasureStatement, OutputStatement, RangeSyntax, ShowStatement, Syntax, Word,
} from './syntax.ts'; // biome-ignore format: a list

export function output(cursor: Cursor, start: Span): OutputStatement {
  const parts = head(cursor, 'output');
  cursor.expect('=', 'and an expression after the name');
  const value = expression(cursor);
  const unit = cursor.take('in') ? unitText(cursor) : null;
  let target: RangeSyntax | null = null;
  let axis: OutputStatement['axis'] = 'linear';
  while (!cursor.ended) {
    if (cursor.take('target')) target = range(cursor);
    else if ((cursor.is('log') || cursor.is('linear')) && cursor.is('axis', 1)) {
      axis = cursor.next().text === 'log' ? 'log' : 'linear';
      cursor.next();
    } else cursor.unexpected('in, target, log axis or the end', 'write in mg/L target 10 .. 20 log axis');
  }
  return { kind: 'output', ...parts, value, unit, target, axis, span: cursor.span(start) };
}

const ERRORS = ['additive', 'proportional', 'lognormal'] as const;

export function measure(cursor: Cursor, start: Span): MeasureStatement {
  const parts = head(cursor, 'measurement');
  cursor.expect('of', 'and an output after the name', 'write measure level of conc error proportional 0.2');
  const of = cursor.word('the name of an output');
  cursor.expect('error', 'after the output', 'write error proportional 0.2, additive 3.4 [mg/L]');
  const errors: MeasureStatement['errors'][number][] = [];
  do {
    const token = cursor.peek();
    const kind = ERRORS.find((e) => e === token.text);
    if (kind === undefined) cursor.unexpected(ERRORS.join(', '));
    else {
      cursor.next();
      if (errors.some((e) => e.kind === kind)) cursor.fail(token.span, `${kind} is given twice`);
      errors.push({ kind, span: token.span, value: expression(cursor) });
    }
  } while (cursor.take(','));
  const lloq = cursor.take('lloq') ? expression(cursor) : null;
  return { kind: 'measure', ...parts, of, errors, lloq, span: cursor.span(start) };
}

export function endpoint(cursor: Cursor, start: Span): EndpointStatement {
  const parts = head(cursor, 'endpoint');
  cursor.expect('=', 'and an expression after the name');
  const value = expression(cursor);
  const unit = cursor.take('in') ? unitText(cursor) : null;
  return { kind: 'endpoint', ...parts, value, unit, span: cursor.span(start) };
}

export function check(cursor: Cursor, start: Span): CheckStatement {
  const label = quoted(cursor, 'check');
  cursor.expect(':', 'after the text of the check');
  const value = expression(cursor);
  let under: Word | null = null;
  let expected: Syntax | null = null;
  let within: Syntax | null = null;
  let source = '';
  const given: (Word & { value: Syntax })[] = [];
  while (!cursor.ended) {
    if (cursor.take('under')) under = cursor.word('the name of a therapy');
    else if (cursor.take('=')) expected = expression(cursor);
    else if (cursor.take('within')) within = expression(cursor);
    else if (cursor.take('source')) source = quoted(cursor, 'source');
    else if (cursor.take('typical')) continue;
    else if (cursor.take('given')) {
      do {
        if (!cursor.is('=', 1) && cursor.take('typical')) continue;
        const word = cursor.word('the name of a covariate or parameter');
        cursor.expect('=', `after ${word.name}`);
        given.push({ ...word, value: expression(cursor) });
      } while (cursor.take(','));
    } else
      cursor.unexpected(
        'under, =, within, given, source or the end',
        'write check "..." : conc at 168 h under fixed = 12.96 [mg/L] within 0.1 % given WT = 70',
      );
  }
  return { kind: 'check', label, value, under, expected, within, given, source, span: cursor.span(start) };
}

export function show(cursor: Cursor, start: Span): ShowStatement {
  let until: Syntax | null = null;
  let every: Syntax | null = null;
  while (!cursor.ended) {
    if (cursor.take('until')) until = timeExpression(cursor);
    else if (cursor.take('every')) every = timeExpression(cursor);
    else cursor.unexpected('until or every', 'write show until 168 h every 1 h');
  }
  const missing: Syntax = {
    kind: 'number',
    value: Number.NaN,
    unit: null,
    percent: false,
    span: start,
    height: 1,
  };
  if (until === null || every === null)
    cursor.fail(
      start,
      `show lacks ${until === null ? 'until' : 'every'}`,
      'write show until 168 h every 1 h',
    );
  return { kind: 'show', until: until ?? missing, every: every ?? missing, span: cursor.span(start) };
}
