// Levels of variability beside the patient: occasions within one, and what is not known of the parameters themselves.
// In: a cursor behind the statement's first word. Out: the statement as written.
import type { Cursor } from './cursor.ts';
import type { Span } from './diagnostic.ts';
import { MAX_UNCERTAIN } from './limits.ts';
import { expression, timeExpression } from './parse-expression.ts';
import { random } from './parse-population.ts';
import type {
  ErrorMeasure, OccasionsStatement, RandomStatement, Syntax, UncertainStatement, Word,
} from './syntax.ts'; // biome-ignore format: a list

/** A random effect, which may be drawn `per occasion`. */
export function randomOf(cursor: Cursor, start: Span): RandomStatement {
  const statement = random(cursor, start);
  if (!cursor.take('per')) return statement;
  cursor.expect('occasion', 'after per', 'write random kappa ~ normal(cv 20 %) per occasion');
  return { ...statement, perOccasion: true, span: cursor.span(start) };
}

/** `occasions "Visits" every 7 d times 4`, `... at 0, 7 d, 14 d`, `... each dose into gut`, `... from data` */
export function occasions(cursor: Cursor, start: Span): OccasionsStatement {
  const label = cursor.string() ?? '';
  const shape = 'write occasions "Visits" every 7 d, at 0, 7 d, 14 d, each dose, or from data';
  const at: Syntax[] = [];
  let every: Syntax | null = null;
  let times: Syntax | null = null;
  let until: Syntax | null = null;
  let dose: OccasionsStatement['dose'] = null;
  let data = false;
  if (cursor.take('each')) {
    cursor.expect('dose', 'after each', 'write occasions each dose, or each dose into gut');
    dose = { into: cursor.take('into') ? cursor.word('the name of a compartment') : null };
  } else if (cursor.take('from')) {
    cursor.expect('data', 'after from', 'write occasions from data: a dosing file says when they begin');
    data = true;
  } else if (cursor.take('every')) {
    every = timeExpression(cursor);
    if (cursor.take('times')) times = expression(cursor);
    else if (cursor.take('until')) until = timeExpression(cursor);
  } else if (cursor.take('at')) {
    do at.push(timeExpression(cursor));
    while (cursor.take(','));
  } else cursor.unexpected('every, at, each or from', shape);
  return { kind: 'occasions', label, dose, data, at, every, times, until, span: cursor.span(start) };
}

const MEASURES: Readonly<Record<UncertainStatement['distribution'], readonly ErrorMeasure[]>> = {
  normal: ['rse', 'se', 'covariance'],
  lognormal: ['rse', 'sdlog', 'covariance'],
};

/** `uncertain (TVCL, TVV) ~ normal(rse 10 %, 20 %; correlation 0.3)` */
export function uncertain(cursor: Cursor, start: Span): UncertainStatement {
  const names: Word[] = [];
  const one = () => {
    const word = cursor.word('the name of a parameter');
    if (names.length === MAX_UNCERTAIN)
      cursor.fail(word.span, `more than ${MAX_UNCERTAIN} parameters in one block`);
    names.push(word);
  };
  if (cursor.take('(')) {
    do one();
    while (cursor.take(','));
    cursor.expect(')', 'to close the list of parameters');
  } else one();
  const shape = 'write uncertain (TVCL, TVV) ~ normal(rse 10 %, 20 %; correlation 0.3)';
  cursor.expect('~', 'after the names', shape);
  const distribution = cursor.is('lognormal') ? 'lognormal' : 'normal';
  if (!cursor.take('lognormal')) cursor.expect('normal', 'or lognormal after ~', shape);
  cursor.expect('(', `after ${distribution}`, shape);
  const word = cursor.peek();
  const measure = MEASURES[distribution].find((m) => m === word.text);
  if (measure === undefined) cursor.unexpected(MEASURES[distribution].join(', '), shape);
  cursor.next();
  const values = list(cursor);
  let correlation: readonly Syntax[] | null = null;
  if (cursor.take(';')) {
    cursor.expect('correlation', 'after ;', shape);
    correlation = list(cursor);
  }
  cursor.expect(')', `to close ${distribution}`);
  return {
    kind: 'uncertain', names, distribution, measure: measure ?? 'rse', values, correlation, span: cursor.span(start),
  }; // biome-ignore format: one record
}

function list(cursor: Cursor): readonly Syntax[] {
  const values: Syntax[] = [];
  do values.push(expression(cursor));
  while (cursor.take(','));
  return values;
}
