// Text into statements. In: a model text. Out: every statement that could be read, and one diagnostic for each that could
// not; reading goes on at the next line that begins in column 1.
import { correlation } from './correlation.ts';
import { Cursor, shown } from './cursor.ts';
import type { Report, Span } from './diagnostic.ts';
import { MAX_STATEMENTS, MAX_TEXT } from './limits.ts';
import { event } from './parse-actions.ts';
import { definition, derivative, flow, memory, state, table } from './parse-dynamics.ts';
import { expression } from './parse-expression.ts';
import { cumulative, hazard, recurrent } from './parse-hazard.ts';
import { occasions, randomOf, uncertain } from './parse-levels.ts';
import { check, endpoint, measure, output, show } from './parse-outcomes.ts';
import { covariate, header, parameter, population, unit, unitText } from './parse-population.ts';
import { clauses, therapy } from './parse-therapy.ts';
import { STATEMENTS, type StatementWord } from './reserved.ts';
import { didYouMean } from './suggest.ts';
import type { Statement, Syntax, UnitText } from './syntax.ts';
import type { Clause } from './syntax-therapy.ts';
import { type Token, tokenize } from './tokens.ts';

const READERS: Readonly<Record<StatementWord, (cursor: Cursor, start: Span) => Statement>> = {
  model: header,
  unit,
  population,
  covariate,
  parameter,
  random: randomOf,
  occasions,
  uncertain,
  hazard,
  recurrent,
  cumulative,
  correlation,
  compartment: state('compartment'),
  state: state('state'),
  memory,
  table,
  when: event,
  flow,
  output,
  measure,
  therapy,
  endpoint,
  check,
  show,
};
const isStatementWord = (word: string): word is StatementWord => Object.hasOwn(READERS, word);

/** First words of lines that belong inside a statement. */
const INDENTED: Readonly<Record<string, string>> = {
  dose: 'indent it: dose lines belong to the therapy above',
  time: 'indent it: it belongs to the model line',
  source: 'indent it: it belongs to the model line',
  licence: 'indent it: it belongs to the model line',
  use: 'indent it: it belongs to the model line',
  question: 'indent it: it belongs to the model line',
  area: 'indent it: it belongs to the model line',
  given: 'indent it: it belongs to the check above',
  set: 'it belongs to a therapy: indent it below one',
  reset: 'it belongs to a therapy: indent it below one',
  rule: 'it belongs to a therapy: indent it below one',
  if: 'indent it: it belongs to the rule above',
  else: 'indent it: it belongs to the rule above',
};

export function parse(text: string, report: Report): readonly Statement[] {
  if (!readable(text, report)) return [];
  const tokens = tokenize(text);
  const tables = new Set<string>();
  const hazards = new Set<string>();
  for (const [k, token] of tokens.entries()) {
    const name = tokens[k + 1];
    if (name?.kind !== 'name') continue;
    if (token.margin && token.text === 'table') tables.add(name.text);
    if (token.text === 'hazard') hazards.add(name.text);
  }
  const cursor = new Cursor(text, report, tokens, tables, hazards);
  const statements: Statement[] = [];
  let from = 0;
  while (from < tokens.length) {
    let to = from + 1;
    while (to < tokens.length && !tokens[to]?.margin) to++;
    if (statements.length >= MAX_STATEMENTS) {
      report.error(
        tokens[from]?.span ?? { start: 0, end: 0 },
        `more than ${MAX_STATEMENTS} statements`,
        'split the model',
      );
      break;
    }
    cursor.enter(from, to);
    statements.push(statement(cursor));
    from = to;
  }
  return statements;
}

/** Size is looked at before anything else is done with a text. */
function readable(text: string, report: Report): boolean {
  if (text.length <= MAX_TEXT) return true;
  report.error({ start: 0, end: 0 }, `the text has ${text.length} characters; at most ${MAX_TEXT} are read`);
  return false;
}

function statement(cursor: Cursor): Statement {
  const first = cursor.peek();
  cursor.defined = [];
  const keyword = isStatementWord(first.text)
    ? first.text
    : isDerivative(cursor)
      ? 'derivative'
      : 'definition';
  const read = !first.margin && first.span.start > 0 ? misplaced(cursor, first) : read1(cursor, first);
  if (read !== null && !cursor.ended)
    cursor.unexpected(
      'the end of the statement',
      'continued lines are indented; a statement starts in column 1',
    );
  if (read !== null && !cursor.failed) return read;
  return { kind: 'broken', keyword, names: cursor.defined, span: first.span };
}

function isDerivative(cursor: Cursor): boolean {
  return cursor.is('d') && cursor.is('/', 1) && cursor.is('dt', 2);
}

function misplaced(cursor: Cursor, first: Token): null {
  cursor.fail(first.span, 'a statement starts in column 1', 'remove the space before it');
  return null;
}

function read1(cursor: Cursor, first: Token): Statement | null {
  const start = first.span;
  if (first.kind === 'name' && isStatementWord(first.text) && !cursor.is('=', 1)) {
    cursor.next();
    return READERS[first.text](cursor, start);
  }
  if (isDerivative(cursor)) return derivative(cursor, start);
  const after = cursor.peek(1);
  if (first.kind === 'name' && (cursor.is('=', 1) || after.kind === 'string'))
    return definition(cursor, start);
  // The names such a statement may have meant to define: using them is no second error.
  if (after.kind === 'name' && after.span.start > first.span.end)
    cursor.defined.push({ name: after.text, span: after.span });
  if (first.kind === 'name' && Object.hasOwn(INDENTED, first.text))
    cursor.fail(start, `${first.text} cannot start a statement`, INDENTED[first.text]);
  else if (first.kind === 'name' && after.kind === 'name')
    cursor.fail(
      start,
      `unknown statement ${first.text}`,
      didYouMean(first.text, STATEMENTS) ?? `statements begin with ${STATEMENTS.join(', ')}, or NAME =`,
    );
  else if (first.kind === 'name') {
    cursor.defined.push({ name: first.text, span: first.span });
    cursor.next();
    cursor.unexpected(`= after ${first.text}`, `statements begin with ${STATEMENTS.join(', ')}, or NAME =`);
  } else if (first.kind === 'wrong') cursor.unexpected('a statement');
  else
    cursor.fail(
      start,
      `a statement cannot begin with ${shown(first)}`,
      'it begins with a word such as parameter, or with NAME =',
    );
  return null;
}

/** Names of a model after which more is read: the argument of a table, the time of an event. */
export interface Followed {
  readonly tables: ReadonlySet<string>;
  readonly hazards: ReadonlySet<string>;
}

/** The lines of a therapy that an arm has of its own, with or without indentation. `known` are the model's. */
export function parseTherapy(text: string, report: Report, known: Followed): readonly Clause[] {
  const cursor = whole(text, report, known);
  if (cursor === null) return [];
  const read = clauses(cursor);
  if (read.length === 0 && report.errors === 0)
    report.error({ start: 0, end: text.length }, 'no dose is given', 'write dose 1000 [mg] into central');
  return read;
}

/** An expression with `in UNIT`, as after the = of an endpoint. */
export function parseOutcome(
  text: string,
  report: Report,
  known: Followed,
): { readonly value: Syntax; readonly unit: UnitText | null } | null {
  const cursor = whole(text, report, known);
  if (cursor === null) return null;
  const value = expression(cursor);
  const unit = cursor.take('in') ? unitText(cursor) : null;
  if (!cursor.ended) cursor.unexpected('the end of the expression');
  return cursor.failed ? null : { value, unit };
}

function whole(text: string, report: Report, { tables, hazards }: Followed): Cursor | null {
  if (!readable(text, report)) return null;
  const tokens = tokenize(text);
  const cursor = new Cursor(text, report, tokens, tables, hazards);
  cursor.enter(0, tokens.length);
  return cursor;
}
