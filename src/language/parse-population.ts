// Statements about the model itself and its patients: header, units, covariates, parameters, random effects.
// In: a cursor behind the statement's first word. Out: the statement as written.
import type { Cursor } from './cursor.ts';
import type { Span } from './diagnostic.ts';
import { DISTRIBUTION_NAMES } from './distributions.ts';
import { expression, range } from './parse-expression.ts';
import { didYouMean } from './suggest.ts';
import type {
  CovariateStatement, HeaderStatement, ParameterStatement, PopulationStatement, RandomStatement, RangeSyntax, SpreadMeasure, Syntax, UnitStatement,
  UnitText, Word,
} from './syntax.ts'; // biome-ignore format: a list

const SPACE = /[\s#]/;
/** A unit text ends where a sign of the statement follows without a space. */
const UNIT_END = /[\s#=~,;"<>]/;

/** A unit after `:` or `in`, in brackets or bare. */
export function unitText(cursor: Cursor): UnitText {
  const token = cursor.peek();
  if (token.kind === 'unit') {
    cursor.next();
    return { text: token.text, span: token.span };
  }
  const raw = cursor.raw(UNIT_END);
  if (raw === null) cursor.unexpected('a unit', 'write 1 for a plain number');
  return raw ?? { text: '1', span: token.span };
}

export interface HeadParts {
  readonly name: string;
  readonly nameSpan: Span;
  readonly label: string;
}
export function head(cursor: Cursor, what: string): HeadParts {
  const word = cursor.definedWord(`the name of the ${what}`);
  return { name: word.name, nameSpan: word.span, label: cursor.string() ?? '' };
}

const TEXTS = ['licence', 'use', 'question', 'area'];

export function header(cursor: Cursor, start: Span): HeaderStatement {
  const word = cursor.definedWord('the name of the model');
  const label = cursor.string() ?? '';
  const sources: { reference: string; text: string }[] = [];
  const texts: Record<string, string> = {};
  let time: UnitText | null = null;
  const whole = cursor.lines(['source', 'time', ...TEXTS], (key) => {
    if (key.text === 'time') {
      if (time !== null) cursor.fail(key.span, 'the unit of time is given twice');
      else time = unitText(cursor);
    } else if (key.text === 'source') {
      const reference = cursor.peek().kind === 'string' ? null : cursor.raw(SPACE);
      sources.push({ reference: reference?.text ?? '', text: cursor.string() ?? '' });
    } else if (Object.hasOwn(texts, key.text)) {
      cursor.fail(key.span, `${key.text} is given twice`);
    } else {
      const text = cursor.string();
      if (text === null) cursor.unexpected(`a text in double quotes after ${key.text}`);
      texts[key.text] = text ?? '';
    }
  });
  return {
    kind: 'model', name: word.name, nameSpan: word.span, label, sources, texts, time, broken: !whole, span: cursor.span(start),
  }; // biome-ignore format: one record
}

export function population(cursor: Cursor, start: Span): PopulationStatement {
  const of = cursor.word('the name of a population, as in population adult');
  return { kind: 'population', of, span: cursor.span(start) };
}

export function unit(cursor: Cursor, start: Span): UnitStatement {
  return { kind: 'unit', ...head(cursor, 'unit'), span: cursor.span(start) };
}

export function covariate(cursor: Cursor, start: Span): CovariateStatement {
  const parts = head(cursor, 'covariate');
  cursor.expect(
    ':',
    'and a unit after the name',
    'write : kg ~ lognormal(median 79, sdlog 0.27), : yes 18.5 % or : one of mild 60 %, severe 40 %',
  );
  let spec: CovariateStatement['spec'];
  if (cursor.take('yes')) spec = { kind: 'yes/no', share: expression(cursor) };
  else if (cursor.is('one') && cursor.is('of', 1)) {
    cursor.next();
    cursor.next();
    const categories: (Word & { share: Syntax })[] = [];
    do categories.push({ ...cursor.word('a category'), share: expression(cursor) });
    while (cursor.take(','));
    spec = { kind: 'category', categories };
  } else spec = distributed(cursor);
  return { kind: 'covariate', ...parts, spec, span: cursor.span(start) };
}

function distributed(cursor: Cursor): CovariateStatement['spec'] {
  const unit = unitText(cursor);
  cursor.expect('~', 'and a distribution after the unit', 'write ~ normal(mean 60, sd 10)');
  const distribution = cursor.word('a distribution');
  const parameters: (Word & { value: Syntax })[] = [];
  cursor.expect('(', `after ${distribution.name}`, didYouMean(distribution.name, DISTRIBUTION_NAMES));
  if (distribution.name === 'empirical') parameters.push(...valuesWithShares(cursor));
  else
    do {
      const word = cursor.word('the name of a parameter, as in median 79');
      parameters.push({ ...word, value: expression(cursor) });
    } while (cursor.take(','));
  cursor.expect(')', `to close ${distribution.name}`);
  const within = cursor.take('within') ? range(cursor) : null;
  return { kind: 'number', unit, distribution, parameters, within };
}

/** `58 10 %, 63.5 40 %, 70 50 %` as v0, p0, v1, p1, ...; the shares may be left out. */
function valuesWithShares(cursor: Cursor): (Word & { value: Syntax })[] {
  const parameters: (Word & { value: Syntax })[] = [];
  let k = 0;
  do {
    const value = expression(cursor);
    parameters.push({ name: `v${k}`, span: value.span, value });
    if (!cursor.ended && !cursor.is(',') && !cursor.is(')')) {
      const share = expression(cursor);
      parameters.push({ name: `p${k}`, span: share.span, value: share });
    }
    k++;
  } while (cursor.take(','));
  return parameters;
}

const PROVENANCE = ['paper', 'assumption', 'derived', 'fitted'];

export function parameter(cursor: Cursor, start: Span): ParameterStatement {
  const parts = head(cursor, 'parameter');
  let { label } = parts;
  cursor.expect('=', 'and a value after the name', 'write = 4.5 [L/h]');
  const value = expression(cursor);
  let bounds: RangeSyntax | null = null;
  let source = '';
  let provenance = '';
  while (!cursor.ended) {
    const token = cursor.peek();
    if (cursor.take('range')) bounds = range(cursor);
    else if (cursor.take('source')) source = quoted(cursor, 'source');
    else if (token.kind === 'name' && PROVENANCE.includes(token.text)) provenance = cursor.next().text;
    else if (token.kind === 'string' && label === '') label = cursor.next().text;
    else cursor.unexpected(`range, source, ${PROVENANCE.join(', ')} or the end`);
  }
  return {
    kind: 'parameter',
    ...parts,
    label,
    value,
    range: bounds,
    source,
    provenance,
    span: cursor.span(start),
  };
}

export function quoted(cursor: Cursor, after: string): string {
  const text = cursor.string();
  if (text === null) cursor.unexpected(`a text in double quotes after ${after}`);
  return text ?? '';
}

const MEASURES: readonly string[] = ['variance', 'sd', 'cv', 'covariance'] satisfies SpreadMeasure[];

export function random(cursor: Cursor, start: Span): RandomStatement {
  const names: (Word & { label: string })[] = [];
  const one = () => {
    const { name, nameSpan, label } = head(cursor, 'random effect');
    names.push({ name, span: nameSpan, label });
  };
  if (cursor.take('(')) {
    do one();
    while (cursor.take(','));
    cursor.expect(')', 'to close the list of random effects');
  } else one();
  cursor.expect('~', 'after the name', 'write ~ normal(sd 0.3)');
  const distribution = cursor.peek();
  if (distribution.text !== 'normal')
    cursor.unexpected('normal', 'random effects are normal; exp(eta) makes a lognormal quantity');
  cursor.next();
  cursor.expect('(', 'after normal');
  const measure = cursor.peek();
  if (!MEASURES.includes(measure.text))
    cursor.unexpected(
      'sd, variance, cv or covariance',
      'write normal(sd 0.3) or normal(covariance 0.1, 0.05, 0.2)',
    );
  cursor.next();
  const values = list(cursor);
  let correlation: readonly Syntax[] | null = null;
  if (cursor.take(';')) {
    cursor.expect('correlation', 'after ;');
    correlation = list(cursor);
  }
  cursor.expect(')', 'to close normal');
  return {
    kind: 'random',
    names,
    measure: measure.text as SpreadMeasure,
    values,
    correlation,
    span: cursor.span(start),
  };
}

function list(cursor: Cursor): readonly Syntax[] {
  const values: Syntax[] = [];
  do values.push(expression(cursor));
  while (cursor.take(','));
  return values;
}
