// Text into tokens. In: a model text. Out: names, numbers, strings, units in brackets and signs with their places; what
// cannot be read becomes a token of kind 'wrong', reported only if the parser comes to it (a unit text may hold it).
import type { Span } from './diagnostic.ts';

export interface Token {
  readonly kind: 'name' | 'number' | 'string' | 'unit' | 'sign' | 'wrong' | 'end';
  /** As written; of a string or a unit what is inside the quotes or brackets. */
  readonly text: string;
  readonly span: Span;
  /** First on its line; `margin`: in column 1, where a statement starts. */
  readonly first: boolean;
  readonly margin: boolean;
  /** Spaces before the first token of its line. */
  readonly indent: number;
  /** For 'wrong': what is the matter, and the remedy. */
  readonly problem?: string;
  readonly hint?: string;
}

const SPACE = /[^\S\r\n]+|\r\n|\n|\r|#[^\r\n]*/y;
const NAME = /[A-Za-z][A-Za-z0-9_]*/y;
// No digit is taken across `..`, so that 10..20 is a range.
const NUMBER = /(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const STRING = /"([^"\r\n]*)"/y;
const SIGN = /->|\.\.|<=|>=|==|!=|[-+*/^(),;:=~<>%]/y;
const WRONG = /\*\*|&&|\|\||[\s\S]/uy;

/** Longer brackets are not a unit: a line of nothing but [ is read in one pass. */
const MAX_UNIT = 220;

const REMEDIES: Readonly<Record<string, string>> = {
  '&&': 'write and',
  '||': 'write or',
  '!': 'write not, or != for different',
  '&': 'write and',
  '|': 'write or',
  '"': 'close the text with " on the same line',
  '[': 'close the unit with ] on the same line',
  ']': 'units stand in brackets right after a number: 120 [mL/min]',
  '{': 'there are no braces; parentheses group',
  '}': 'there are no braces; parentheses group',
  '.': 'write a digit on both sides of the decimal point, and .. for a range',
  "'": 'texts stand in double quotes',
};

export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let position = 0;
  let first = true;
  let lineStart = 0;
  let indent = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position;
    return pattern.exec(text);
  };
  const push = (kind: Token['kind'], content: string, length: number, problem?: string, hint?: string) => {
    if (first) indent = position - lineStart;
    const token = {
      kind,
      text: content,
      span: { start: position, end: position + length },
      first,
      margin: first && position === lineStart,
      indent,
    };
    tokens.push(
      problem === undefined
        ? token
        : hint === undefined
          ? { ...token, problem }
          : { ...token, problem, hint },
    );
    position += length;
    first = false;
  };

  while (position < text.length) {
    const space = match(SPACE);
    if (space !== null) {
      position += space[0].length;
      if (/^[\r\n]/.test(space[0])) {
        first = true;
        lineStart = position;
      }
      continue;
    }
    const name = match(NAME);
    if (name !== null) {
      push('name', name[0], name[0].length);
      continue;
    }
    const number = match(NUMBER);
    if (number !== null) {
      push('number', number[0], number[0].length);
      continue;
    }
    const string = match(STRING);
    if (string !== null) {
      push('string', string[1] ?? '', string[0].length);
      continue;
    }
    const unit = bracketed(text, position);
    if (unit !== null) {
      push('unit', unit, unit.length + 2);
      continue;
    }
    const sign = match(SIGN);
    if (sign !== null && !(sign[0] === '*' && text[position + 1] === '*')) {
      push('sign', sign[0], sign[0].length);
      continue;
    }
    const wrong = match(WRONG)?.[0] ?? text.charAt(position);
    const shown = /^[\p{C}]$/u.test(wrong)
      ? `U+${(wrong.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
      : wrong;
    push(
      'wrong',
      wrong,
      wrong.length,
      `unexpected ${shown}`,
      wrong === '**' ? 'write ^ for a power' : REMEDIES[wrong],
    );
  }
  return tokens;
}

/** What stands in the brackets that open here; brackets inside, as in [m[IU]/L], belong to it. */
function bracketed(text: string, position: number): string | null {
  if (text[position] !== '[') return null;
  let open = 0;
  const end = Math.min(text.length, position + MAX_UNIT);
  for (let k = position; k < end; k++) {
    const c = text[k];
    if (c === '\n' || c === '\r') return null;
    if (c === '[') open++;
    else if (c === ']' && --open === 0) return text.slice(position + 1, k);
  }
  return null;
}
