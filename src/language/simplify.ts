// Simplifies expressions without changing what they compute. In: an expression. Out: an equivalent one of core
// functions. Constants are folded with the deterministic functions, when the result is finite; nothing is reassociated.
// What may differ: 0 * x is 0 even where x is infinite or NaN; the sign of a zero; x^2 .. x^8, x^-1 .. x^-8 and x^0.5
// become products, quotients and roots, an ulp from pow. A condition that is known becomes the number 1 or 0.
import { call, type Expression, number } from './expression.ts';
import { fold, rebuild } from './fold.ts';
import { FUNCTIONS, type FunctionName } from './functions.ts';

const DERIVED_INSIDE_DERIVED = 8;

/** Rewrites derived functions (tan, hill, ...) into core ones. */
export function expand(expression: Expression): Expression {
  let result = expression;
  for (let round = 0; round < DERIVED_INSIDE_DERIVED; round++) {
    let found = false;
    result = fold<Expression>(result, (node, args) => {
      const row = node.kind === 'call' ? FUNCTIONS[node.fn] : undefined;
      if (row?.kind !== 'derived') return rebuild(node, args);
      found = true;
      return row.expand(args);
    });
    if (!found) return result;
  }
  throw new Error(`derived functions lie more than ${DERIVED_INSIDE_DERIVED} deep inside one another`);
}

export function simplify(expression: Expression): Expression {
  return fold<Expression>(expand(expression), (node, args) =>
    node.kind === 'call' ? simplifyCall(node.fn, args, node) : node,
  );
}

/** Applies a core function to simplified arguments. */
export const apply = (fn: FunctionName, ...args: readonly Expression[]): Expression => simplifyCall(fn, args);

const is = (x: Expression | undefined, value: number): boolean => x?.kind === 'number' && x.value === value;
/** The argument of a negation, or null. */
function negated(x: Expression): Expression | null {
  return x.kind === 'call' && x.fn === 'neg' ? (x.args[0] ?? null) : null;
}

function simplifyCall(fn: FunctionName, args: readonly Expression[], node?: Expression): Expression {
  const row = FUNCTIONS[fn];
  if (row.kind === 'core' && args.every((x) => x.kind === 'number')) {
    const value = row.value(...args.map((x) => (x.kind === 'number' ? x.value : Number.NaN)));
    if (Number.isFinite(value)) return number(value);
  }
  const [a, b, c] = args;
  const kept = () => (node === undefined ? call(fn, ...args) : rebuild(node, args));
  if (a === undefined) return kept();
  if (b === undefined) return simplifyUnary(fn, a) ?? kept();
  if (c === undefined) return simplifyBinary(fn, a, b) ?? kept();
  return (fn === 'if' ? simplifyChoice(a, b, c) : null) ?? kept();
}

function simplifyUnary(fn: FunctionName, a: Expression): Expression | null {
  if (fn === 'neg') {
    if (a.kind === 'call' && a.fn === 'sub') return apply('sub', a.args[1] ?? a, a.args[0] ?? a);
    return negated(a);
  }
  if (fn === 'not' && a.kind === 'call' && a.fn === 'not') return a.args[0] ?? null;
  if (fn === 'abs' && a.kind === 'call' && a.fn === 'abs') return a;
  return null;
}

function simplifyBinary(fn: FunctionName, a: Expression, b: Expression): Expression | null {
  const [minusA, minusB] = [negated(a), negated(b)];
  switch (fn) {
    case 'add':
      if (is(a, 0)) return b;
      if (is(b, 0)) return a;
      if (minusB !== null) return apply('sub', a, minusB);
      return minusA === null ? null : apply('sub', b, minusA);
    case 'sub':
      if (is(b, 0)) return a;
      if (is(a, 0)) return apply('neg', b);
      return minusB === null ? null : apply('add', a, minusB);
    case 'mul':
      if (is(a, 0) || is(b, 0)) return number(0);
      if (is(a, 1)) return b;
      if (is(b, 1)) return a;
      if (is(a, -1)) return apply('neg', b);
      if (is(b, -1)) return apply('neg', a);
      return minusA === null || minusB === null ? null : apply('mul', minusA, minusB);
    case 'div':
      if (is(b, 1)) return a;
      if (is(b, -1)) return apply('neg', a);
      return minusA === null || minusB === null ? null : apply('div', minusA, minusB);
    case 'pow':
      return b.kind === 'number' ? power(a, b.value) : null;
    case 'and':
      if (is(a, 0) || is(b, 0)) return number(0);
      return is(a, 1) ? b : is(b, 1) ? a : null;
    case 'or':
      if (is(a, 1) || is(b, 1)) return number(1);
      return is(a, 0) ? b : is(b, 0) ? a : null;
    case 'min':
    case 'max':
      return a === b ? a : null;
    default:
      return null;
  }
}

function simplifyChoice(condition: Expression, a: Expression, b: Expression): Expression | null {
  if (condition.kind === 'number') return condition.value !== 0 ? a : b;
  if (a === b || (a.kind === 'number' && is(b, a.value))) return a;
  if (condition.kind === 'call' && condition.fn === 'not')
    return call('if', condition.args[0] ?? condition, b, a);
  return null;
}

/** x^n by squaring for small integers; the squares are shared nodes. */
function power(x: Expression, n: number): Expression | null {
  if (n === 0) return number(1);
  if (n === 0.5) return call('sqrt', x);
  if (!Number.isInteger(n) || Math.abs(n) > 8) return null;
  let result: Expression | null = null;
  let square = x;
  for (let k = Math.abs(n); k > 0; k = Math.floor(k / 2)) {
    if (k % 2 === 1) result = result === null ? square : call('mul', result, square);
    if (k > 1) square = call('mul', square, square);
  }
  return result === null || n > 0 ? result : call('div', number(1), result);
}
