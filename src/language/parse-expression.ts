// Expressions by precedence climbing. In: a cursor. Out: syntax trees with places; nothing is looked up here.
// Nesting and height are bounded, so that every later stage may recurse.
import type { Cursor } from './cursor.ts';
import type { Span } from './diagnostic.ts';
import { FUNCTIONS, type FunctionName } from './functions.ts';
import { MAX_HEIGHT, MAX_NESTING, MAX_NUMBER } from './limits.ts';
import type { ReductionKind } from './model.ts';
import { occurrenceAt } from './parse-occurrence.ts';
import { CLAUSES, isCallable, KEYWORDS, REDUCING } from './reserved.ts';
import { didYouMean } from './suggest.ts';
import type { RangeSyntax, Syntax, UnitText } from './syntax.ts';

type Binary = { readonly level: number; readonly fn: FunctionName };
/** Binding strength; comparisons do not chain. */
const BINARY: Readonly<Record<string, Binary>> = {
  or: { level: 1, fn: 'or' },
  and: { level: 2, fn: 'and' },
  '<': { level: 4, fn: 'lt' },
  '<=': { level: 4, fn: 'le' },
  '>': { level: 4, fn: 'gt' },
  '>=': { level: 4, fn: 'ge' },
  '==': { level: 4, fn: 'eq' },
  '!=': { level: 4, fn: 'ne' },
  '+': { level: 5, fn: 'add' },
  '-': { level: 5, fn: 'sub' },
  '*': { level: 6, fn: 'mul' },
  '/': { level: 6, fn: 'div' },
};
const COMPARISON = 4;
const SUM = 5;
const SIGN = 7;
const POWER = 8;

const UNREADABLE = (span: Span): Syntax => ({
  kind: 'number',
  value: Number.NaN,
  unit: null,
  percent: false,
  span,
  height: 1,
});

export function expression(cursor: Cursor): Syntax {
  return climb(cursor, 0);
}

/** An expression in which a number may be followed by a bare unit of time: `12 h`. */
export function timeExpression(cursor: Cursor): Syntax {
  return timed(cursor, () => climb(cursor, SUM));
}

/** Reads up to an `at` that begins a clause; inside parentheses `at` is read as everywhere. */
export function beforeAt<T>(cursor: Cursor, read: () => T, atEnds = true): T {
  const before = cursor.atEnds;
  cursor.atEnds = atEnds;
  const result = read();
  cursor.atEnds = before;
  return result;
}

function timed<T>(cursor: Cursor, read: () => T): T {
  const before = cursor.inTime;
  cursor.inTime = true;
  const result = read();
  cursor.inTime = before;
  return result;
}

/** `1 h .. 4 h` */
export const timeRange = (cursor: Cursor): RangeSyntax => timed(cursor, () => range(cursor));

/** `10 .. 20` */
export function range(cursor: Cursor): RangeSyntax {
  const low = climb(cursor, SUM);
  cursor.expect('..', 'between the two ends of a range', 'write 10 .. 20');
  const high = climb(cursor, SUM);
  return { low, high, span: join(low.span, high.span) };
}

const join = (a: Span, b: Span): Span => ({ start: a.start, end: Math.max(a.end, b.end) });

function node(cursor: Cursor, fn: FunctionName, at: Span, args: readonly Syntax[], span: Span): Syntax {
  return limited(cursor, { kind: 'call', fn, at, args, span, height: 1 + tallest(args) });
}
const tallest = (args: readonly Syntax[]): number => args.reduce((h, a) => Math.max(h, a.height), 0);

function limited(cursor: Cursor, syntax: Syntax): Syntax {
  if (syntax.height > MAX_HEIGHT)
    cursor.fail(
      syntax.span,
      `the expression is more than ${MAX_HEIGHT} operations high`,
      'give parts of it names of their own',
    );
  return syntax;
}

/** One level down; refuses instead of overflowing the stack. */
function nested(cursor: Cursor, read: () => Syntax): Syntax {
  const token = cursor.peek();
  if (cursor.depth >= MAX_NESTING) {
    cursor.fail(
      token.span,
      `the expression is nested more than ${MAX_NESTING} deep`,
      'give parts of it names of their own',
    );
    return UNREADABLE(token.span);
  }
  cursor.depth++;
  const result = read();
  cursor.depth--;
  return result;
}

function climb(cursor: Cursor, least: number): Syntax {
  let left = prefix(cursor, least);
  let compared = false;
  for (;;) {
    const token = cursor.peek();
    const comparing = token.text === 'is' || token.text === 'in' || BINARY[token.text]?.level === COMPARISON;
    if (compared && comparing && token.kind !== 'end' && token.text !== 'in') {
      cursor.fail(token.span, 'comparisons cannot be chained', 'write a < b and b < c');
      return left;
    }
    if (cursor.is('is') && least <= COMPARISON) {
      cursor.next();
      const answer = cursor.peek();
      if (answer.kind !== 'name') cursor.unexpected('yes, no or a category after is');
      else cursor.next();
      left = limited(cursor, {
        kind: 'is', operand: left, answer: answer.text, answerSpan: answer.span, span: join(left.span, answer.span), height: left.height + 1,
      }); // biome-ignore format: one node
      compared = true;
      continue;
    }
    if (cursor.is('in') && least <= COMPARISON) {
      const operand = left;
      // `x in 10 .. 20` is a condition; `x in mg/L` is for the statement to read.
      const low = cursor.attempt(() => {
        cursor.next();
        const bound = climb(cursor, SUM);
        return !cursor.failed && cursor.is('..') ? bound : null;
      });
      if (low === null) return left;
      cursor.next();
      const high = climb(cursor, SUM);
      left = limited(cursor, {
        kind: 'between', operand, range: { low, high, span: join(low.span, high.span) }, span: join(operand.span, high.span),
        height: 1 + tallest([operand, low, high]),
      }); // biome-ignore format: one node
      compared = true;
      continue;
    }
    if (least <= COMPARISON && edgeAt(cursor)) {
      if (compared || !cursor.edges) {
        const sign = cursor.is('falls') ? '<' : '>';
        cursor.fail(
          token.span,
          `${token.text} ${cursor.peek(1).text} stands only after when, where it begins to hold`,
          `write ${sign}`,
        );
        return left;
      }
      const fn = cursor.is('falls') ? 'lt' : 'gt';
      cursor.next();
      const { span: at } = cursor.next();
      const bound = climb(cursor, SUM);
      left = node(cursor, fn, at, [left, bound], join(left.span, bound.span));
      compared = true;
      continue;
    }
    const binary =
      Object.hasOwn(BINARY, token.text) && (token.kind === 'sign' || token.kind === 'name')
        ? BINARY[token.text]
        : undefined;
    if (binary === undefined || binary.level < least) return left;
    cursor.next();
    const right = climb(cursor, binary.level + 1);
    if (binary.level === COMPARISON) compared = true;
    left = node(cursor, binary.fn, token.span, [left, right], join(left.span, right.span));
    if (cursor.failed) return left;
  }
}

/** `falls below 4`, `rises above 4`: the comparisons of `when`, in words. */
const edgeAt = (cursor: Cursor): boolean =>
  (cursor.is('falls') && cursor.is('below', 1)) || (cursor.is('rises') && cursor.is('above', 1));

function prefix(cursor: Cursor, least: number): Syntax {
  const token = cursor.peek();
  if (cursor.take('not')) {
    const operand = nested(cursor, () => climb(cursor, COMPARISON));
    return node(cursor, 'not', token.span, [operand], join(token.span, operand.span));
  }
  if (cursor.take('-')) {
    // -x^2 is -(x^2); a * -b and a ^ -b are read as well.
    const operand = nested(cursor, () => climb(cursor, Math.max(SIGN, least)));
    return node(cursor, 'neg', token.span, [operand], join(token.span, operand.span));
  }
  if (cursor.take('+')) return nested(cursor, () => climb(cursor, Math.max(SIGN, least)));
  return power(cursor);
}

function power(cursor: Cursor): Syntax {
  const base = atTime(cursor);
  const token = cursor.peek();
  if (!cursor.take('^')) return base;
  const exponent = nested(cursor, () => climb(cursor, POWER));
  return node(cursor, 'pow', token.span, [base, exponent], join(base.span, exponent.span));
}

/** `conc at 168 h` binds tightest. */
function atTime(cursor: Cursor): Syntax {
  const of = primary(cursor);
  if (cursor.atEnds || !cursor.is('at')) return of;
  const token = cursor.next();
  return reduction(
    cursor,
    'at',
    token.span,
    of,
    timed(cursor, () => primary(cursor)),
    null,
    of.span,
  );
}

function reduction(
  cursor: Cursor, kind: ReductionKind | 'change', at: Span, of: Syntax, from: Syntax | null, to: Syntax | null, start: Span,
): Syntax {
  const last = to ?? from ?? of;
  const parts = [of, ...(from === null ? [] : [from]), ...(to === null ? [] : [to])];
  const span = { start: start.start, end: Math.max(last.span.end, cursor.before) };
  return limited(cursor, { kind: 'reduction', reduction: kind, at, of, from, to, span, height: 2 + tallest(parts) });
} // biome-ignore format: a list of parts

function primary(cursor: Cursor): Syntax {
  const token = cursor.peek();
  switch (token.kind) {
    case 'number':
      return numeral(cursor);
    case 'name':
      return named(cursor);
    case 'sign':
      if (token.text === '(') {
        cursor.next();
        const inner = beforeAt(cursor, () => nested(cursor, () => climb(cursor, 0)), false);
        cursor.expect(')', 'to close the parenthesis');
        return inner;
      }
      if (token.text === '-' && cursor.inTime) {
        cursor.next();
        const operand = nested(cursor, () => primary(cursor));
        return node(cursor, 'neg', token.span, [operand], join(token.span, operand.span));
      }
      break;
    case 'unit':
      cursor.fail(
        token.span,
        `the unit [${token.text}] stands without a number`,
        `write a number before it: 1 [${token.text}]`,
      );
      return UNREADABLE(token.span);
  }
  cursor.unexpected('a number, a name or a parenthesis');
  return UNREADABLE(token.span);
}

function numeral(cursor: Cursor): Syntax {
  const token = cursor.next();
  let value = Number(token.text);
  if (!(Math.abs(value) <= MAX_NUMBER))
    cursor.fail(
      token.span,
      `the number ${token.text} is too large`,
      `at most ${MAX_NUMBER} can be computed with on a graphics device`,
    );
  let unit: UnitText | null = null;
  let percent = false;
  const after = cursor.peek();
  if (after.kind === 'unit') {
    cursor.next();
    unit = { text: after.text, span: after.span };
  } else if (cursor.take('%')) {
    value /= 100;
    percent = true;
  } else if (after.kind === 'name' && !KEYWORDS.has(after.text)) {
    if (cursor.inTime && !CLAUSES.has(after.text)) {
      cursor.next();
      unit = { text: after.text, span: after.span };
    } else if (!CLAUSES.has(after.text) && !cursor.failed) {
      cursor.fail(
        after.span,
        `${after.text} cannot follow the number ${token.text}`,
        `write ${token.text} [${after.text}] for a unit, ${token.text} * ${after.text} for a product`,
      );
    }
  }
  return {
    kind: 'number',
    value,
    unit,
    percent,
    span: { start: token.span.start, end: Math.max(token.span.end, cursor.failed ? 0 : cursor.before) },
    height: 1,
  };
}
function named(cursor: Cursor): Syntax {
  const token = cursor.peek();
  if (token.text === 'if') return choice(cursor);
  const after = cursor.peek(1);
  const phrase = occurrenceAt(cursor, () => timed(cursor, () => primary(cursor))) ?? phraseAt(cursor);
  if (phrase !== null) return phrase;
  if (KEYWORDS.has(token.text)) {
    cursor.unexpected('a number, a name or a parenthesis');
    return UNREADABLE(token.span);
  }
  cursor.next();
  if (cursor.is('(')) return application(cursor, token.text, token.span);
  if (after.kind === 'unit') {
    cursor.fail(
      after.span,
      `a unit in brackets follows a number, not the name ${token.text}`,
      `to convert, write in ${after.text} at the end of the definition`,
    );
  }
  return { kind: 'name', name: token.text, span: token.span, height: 1 };
}

function choice(cursor: Cursor): Syntax {
  const start = cursor.next().span;
  const condition = nested(cursor, () => climb(cursor, 0));
  cursor.expect('then', 'after the condition of if');
  const yes = nested(cursor, () => climb(cursor, 0));
  cursor.expect('else', 'after the first choice of if', 'every if has an else: if DIAL then 0.7 else 1');
  const no = nested(cursor, () => climb(cursor, 0));
  return node(cursor, 'if', start, [condition, yes, no], join(start, no.span));
}

/** The reductions that are spelled in words; null when the words mean something else here. */
function phraseAt(cursor: Cursor): Syntax | null {
  const start = cursor.peek().span;
  const words = (...expected: string[]): boolean => expected.every((word, k) => cursor.is(word, k));
  const skip = (count: number) => {
    for (let k = 0; k < count; k++) cursor.next();
  };
  if (words('time', 'of', 'max') || words('time', 'of', 'min')) {
    const kind = cursor.is('max', 2) ? 'time of max' : 'time of min';
    skip(3);
    return windowed(cursor, kind, start);
  }
  if (words('first', 'time')) {
    skip(2);
    return windowed(cursor, 'first time', start);
  }
  if (words('share', 'of', 'time')) {
    skip(3);
    return windowed(cursor, 'share of time', start);
  }
  if (words('change', 'of')) {
    skip(2);
    const of = nested(cursor, () => primary(cursor));
    cursor.expect('at', 'and the time after change of', 'write change of conc at 168 h');
    return reduction(
      cursor,
      'change',
      start,
      of,
      timed(cursor, () => primary(cursor)),
      null,
      start,
    );
  }
  return null;
}

/** `(conc)` or `(conc, 96 h .. 120 h)` */
function windowed(cursor: Cursor, kind: ReductionKind, start: Span): Syntax {
  cursor.expect('(', `after ${kind}`, `write ${kind}(conc) or ${kind}(conc, 0 h .. 24 h)`);
  const of = nested(cursor, () => climb(cursor, 0));
  let window: RangeSyntax | null = null;
  if (cursor.take(',')) window = timeRange(cursor);
  cursor.expect(')', `to close ${kind}`);
  return reduction(cursor, kind, start, of, window?.low ?? null, window?.high ?? null, start);
}

function application(cursor: Cursor, name: string, at: Span): Syntax {
  if ((REDUCING as readonly string[]).includes(name)) return windowed(cursor, name as ReductionKind, at);
  cursor.expect('(', `after ${name}`);
  if (cursor.tables.has(name)) return lookup(cursor, name, at);
  if (!isCallable(name)) {
    const hint =
      name === 'pow'
        ? 'write a ^ b'
        : name === 'ln'
          ? 'write log'
          : didYouMean(name, [...CALLABLE_NAMES, ...REDUCING]);
    cursor.fail(at, `unknown function ${name}`, hint ?? `to multiply, write ${name} * (...)`);
    return UNREADABLE(at);
  }
  const args: Syntax[] = [];
  let window: RangeSyntax | null = null;
  do {
    const arg = beforeAt(
      cursor,
      () =>
        nested(cursor, () => (args.length === 0 ? climb(cursor, 0) : timed(cursor, () => climb(cursor, 0)))),
      false,
    );
    if (args.length === 1 && (name === 'min' || name === 'max') && cursor.take('..'))
      window = { low: arg, high: timed(cursor, () => climb(cursor, SUM)), span: arg.span };
    else args.push(arg);
  } while (window === null && cursor.take(','));
  cursor.expect(')', `to close ${name}(...)`);
  const [of] = args;
  if ((name === 'min' || name === 'max') && args.length === 1 && of !== undefined)
    return reduction(cursor, name, at, of, window?.low ?? null, window?.high ?? null, at);
  const { arity, usage } = FUNCTIONS[name];
  const [least, most] = typeof arity === 'number' ? [arity, arity] : arity;
  if (args.length < least || args.length > most)
    cursor.fail(
      at,
      `${name} takes ${least === most ? least : `${least} to ${most}`} argument${most === 1 ? '' : 's'}, not ${args.length}`,
      `write ${usage}`,
    );
  return node(cursor, name, at, args, { start: at.start, end: Math.max(at.end, cursor.before) });
}

/** `intake(t)`; the parenthesis is open. */
function lookup(cursor: Cursor, table: string, at: Span): Syntax {
  const argument = beforeAt(cursor, () => nested(cursor, () => climb(cursor, 0)), false);
  if (cursor.is(',')) cursor.unexpected(`) to close ${table}(...)`, 'a table has one argument');
  cursor.expect(')', `to close ${table}(...)`);
  const span = { start: at.start, end: Math.max(at.end, cursor.before) };
  return limited(cursor, { kind: 'lookup', table, at, argument, span, height: 1 + argument.height });
}

const CALLABLE_NAMES = Object.keys(FUNCTIONS).filter(isCallable);
