// Expressions as WGSL text. In: an expression and how its symbols are spelled. Out: text with as few parentheses as
// the grammar allows. Conditions are bool in WGSL and 0 or 1 in the language, so the type is tracked while writing.
import type { CallNode, Expression } from '../language/expression.ts';
import { FUNCTIONS } from '../language/functions.ts';
import type { Body } from './program.ts';

/** Text of one (sub)expression; `level`: 0 needs parentheses as an operand, 1 sum, 2 product, 3 atom. */
interface Written {
  readonly text: string;
  readonly type: 'f32' | 'bool';
  readonly level: 0 | 1 | 2 | 3;
}

/** Spelling of a symbol, or undefined when it does not exist where the expression stands. */
export type Spelling = (symbol: string) => string | undefined;

/** What an expression stands for, for messages. */
export class LiteralError extends Error {}

const LARGEST = 3.4028234663852886e38;
const SMALLEST = 1.1754943508222875e-38;

/**
 * The shortest decimal that rounds to the same f32; what does not exist is asked of shaders/math.wgsl. Throws LiteralError
 * outside the range of normal f32 numbers.
 */
export function literal(value: number): string {
  if (Number.isNaN(value)) return 'not_a_number()';
  if (!Number.isFinite(value)) throw new LiteralError(`${value} is not a number that a shader can hold`);
  const f = Math.fround(value);
  if (!Number.isFinite(f)) throw new LiteralError(`${value} is beyond 32-bit floats (largest ${LARGEST})`);
  if (value !== 0 && Math.abs(f) < SMALLEST) {
    throw new LiteralError(`${value} is too small for 32-bit floats (smallest ${SMALLEST})`);
  }
  let digits = 1;
  while (Math.fround(Number(f.toPrecision(digits))) !== f) digits++;
  const text = String(Number(f.toPrecision(digits)));
  return /[.e]/.test(text) ? `${text.replace('e+', 'e')}f` : `${text}.0f`;
}

/** A number: conditions become 1 or 0. */
export function writeNumber(e: Expression, spell: Spelling, types: LocalTypes = []): string {
  return asNumber(write(e, spell, types)).text;
}

type LocalTypes = readonly Written['type'][];

/** `let` lines of a body's shared subexpressions and the texts of its results. */
export function writeBody(
  body: Body,
  spell: Spelling,
  name: (result: number) => string,
): { readonly lets: readonly string[]; readonly results: readonly string[] } {
  const types: Written['type'][] = [];
  const scoped: Spelling = (s) => (s.startsWith('local.') ? `local_${s.slice(6)}` : spell(s));
  const within = <T>(what: string, make: () => T): T => {
    try {
      return make();
    } catch (error) {
      if (error instanceof LiteralError) throw new LiteralError(`${what}: ${error.message}`);
      throw error;
    }
  };
  const lets = body.locals.map((e, i) => {
    const w = within(`a part of ${name(0)} (shared expression ${i})`, () => write(e, scoped, types));
    types.push(w.type);
    return `  let local_${i} = ${w.text};`;
  });
  const results = body.results.map((e, i) => within(name(i), () => asNumber(write(e, scoped, types)).text));
  return { lets, results };
}

function write(e: Expression, spell: Spelling, types: LocalTypes): Written {
  switch (e.kind) {
    case 'number': {
      const text = literal(e.value);
      return { text, type: 'f32', level: text.startsWith('-') ? 0 : 3 };
    }
    case 'symbol': {
      const text = spell(e.name);
      if (text === undefined) throw new Error(`${e.name} does not exist in this part of the program`);
      const local = /^local\.(\d+)$/.exec(e.name);
      return { text, type: (local && types[Number(local[1])]) || 'f32', level: 3 };
    }
    case 'call':
      return writeCall(e, spell, types);
  }
}

function writeCall(e: CallNode, spell: Spelling, types: LocalTypes): Written {
  const row = FUNCTIONS[e.fn];
  if (row.kind === 'derived') return write(row.expand(e.args), spell, types);
  const logical = row.unit === 'condition' || row.unit === 'logic';
  const constants = e.args.map((a) => (a.kind === 'number' ? a.value : Number.NaN));
  if (e.args.every((a) => a.kind === 'number')) {
    // WGSL refuses a constant expression that overflows, so constants are folded here, in f64.
    const value = row.value(...constants);
    if (logical) return { text: value !== 0 ? 'true' : 'false', type: 'bool', level: 3 };
    return write({ kind: 'number', value }, spell, types);
  }
  const args = e.args.map((a) => write(a, spell, types));
  const [a, b, c] = args;
  switch (e.fn) {
    case 'add':
    case 'sub':
      if (a && b) return infix(a, e.fn === 'add' ? '+' : '-', b, 1);
      break;
    case 'mul':
    case 'div':
      if (a && b) return infix(a, e.fn === 'mul' ? '*' : '/', b, 2);
      break;
    case 'neg':
      if (a) return { text: `-${operand(a, 3)}`, type: 'f32', level: 0 };
      break;
    case 'pow': {
      const named = wholePower(constants[1]);
      if (a && named)
        return { text: named(operand(a, 3), asNumber(a).text), type: 'f32', level: named === over ? 0 : 3 };
      break;
    }
    case 'and':
    case 'or':
      // `&` and `|`: both sides are values, and a short-circuit would be a branch in every step.
      return {
        text: `(${args.map((x) => asCondition(x).text).join(e.fn === 'and' ? ' & ' : ' | ')})`,
        type: 'bool',
        level: 3,
      };
    case 'not':
      return { text: row.wgsl(...args.map((x) => asCondition(x).text)), type: 'bool', level: 3 };
    case 'if':
      if (a && b && c) {
        return {
          text: row.wgsl(asCondition(a).text, asNumber(b).text, asNumber(c).text),
          type: 'f32',
          level: 3,
        };
      }
      break;
  }
  const text = row.wgsl(...args.map((x) => (logical ? operand(x, 1) : asNumber(x).text)));
  return { text, type: logical ? 'bool' : 'f32', level: 3 };
}

const over = (x: string) => `1.0f / ${x}`;

/** Powers that need no logarithm, exact also for negative bases. */
function wholePower(exponent: number | undefined): ((operand: string, whole: string) => string) | undefined {
  switch (exponent) {
    case 2:
      return (_, x) => `square(${x})`;
    case 3:
      return (_, x) => `cube(${x})`;
    case 0.5:
      return (_, x) => `square_root(${x})`;
    case -1:
      return over;
  }
  return undefined;
}

function infix(a: Written, operator: string, b: Written, level: 1 | 2): Written {
  const right = (level + 1) as 2 | 3;
  return { text: `${operand(a, level)} ${operator} ${operand(b, right)}`, type: 'f32', level };
}

function operand(x: Written, level: 1 | 2 | 3): string {
  const n = asNumber(x);
  return n.level >= level ? n.text : `(${n.text})`;
}

function asNumber(x: Written): Written {
  return x.type === 'f32' ? x : { text: `select(0.0f, 1.0f, ${x.text})`, type: 'f32', level: 3 };
}

function asCondition(x: Written): Written {
  return x.type === 'bool' ? x : { text: `(${operand(x, 1)} != 0.0f)`, type: 'bool', level: 3 };
}
