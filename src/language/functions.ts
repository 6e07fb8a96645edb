// The function table: everything the language and the code generators know about an operator or function is one row.
// To add a function, add its name to FUNCTION_NAMES and its row; the type checker then names what was forgotten.
// A row is either core (it has a spelling in every target) or derived (`expand` rewrites it into core functions
// before anything else looks at it, so it needs no derivative, value or spelling of its own).
import { CLINICAL, type Signature } from './clinical.ts';
import { call, type Expression, number } from './expression.ts';
import * as math from './math.ts';

export const FUNCTION_NAMES = [
  // arithmetic
  'add', 'sub', 'mul', 'div', 'neg', 'pow', 'abs', 'min', 'max', 'floor',
  // elementary functions
  'exp', 'log', 'sqrt', 'sin', 'cos', 'tanh', 'atan', 'normal_cdf', 'normal_quantile',
  // comparison, logic, choice; a condition is 1 where it holds, else 0
  'lt', 'le', 'gt', 'ge', 'eq', 'ne', 'and', 'or', 'not', 'if',
  // derived
  'log10', 'log2', 'ceil', 'round', 'mod', 'tan', 'sinh', 'cosh', 'asin', 'acos', 'hill', 'logistic', 'sign', 'step',
  // clinical formulas
  'cockcroft_gault', 'ckd_epi_2021', 'body_surface_area', 'fat_free_mass', 'body_mass_index', 'ideal_body_weight',
] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

/**
 * How units pass through:
 * 'same': every argument in the first one's unit, result too; 'product', 'quotient', 'power', 'root' as named;
 * 'dimensionless': all arguments and the result are plain numbers; 'condition': arguments in the first one's unit,
 * result a condition; 'logic': conditions in and out; 'choice': condition, then two of the same unit;
 * 'ratio': (x, x50, n) with x and x50 alike, n and the result plain; 'sign': any unit in, plain number out;
 * 'formula': as the row's signature says.
 */
export type UnitRule =
  | 'same' | 'product' | 'quotient' | 'power' | 'root' | 'dimensionless' | 'condition' | 'logic' | 'choice' | 'ratio' | 'sign' | 'formula';

interface Common {
  readonly arity: number | readonly [number, number];
  readonly unit: UnitRule;
  /** For the reference page; also the hint after a wrong call. */
  readonly usage: string;
}

export interface CoreRow extends Common {
  readonly kind: 'core';
  /** f64 value; the same bits on every machine (math.ts, never Math.exp). */
  readonly value: (...x: number[]) => number;
  /** d f(args) / d args[i]. */
  readonly derivative: (args: readonly Expression[], i: number) => Expression;
  /** WGSL text from argument texts; conditions are bool there. */
  readonly wgsl: (...x: string[]) => string;
  /** JavaScript text from argument texts, with the host's Math: the tests' independent oracle. */
  readonly javascript: (...x: string[]) => string;
  /** An f64 instruction, a library function (math.ts), or 'structure' where the emitter has its own code. */
  readonly wasm: { readonly op: WasmOp } | { readonly library: math.LibraryName } | 'structure';
}
export type WasmOp = 'add' | 'sub' | 'mul' | 'div' | 'neg' | 'abs' | 'min' | 'max' | 'floor' | 'sqrt' | 'lt' | 'le' | 'gt' | 'ge' | 'eq' | 'ne';

export interface DerivedRow extends Common {
  readonly kind: 'derived';
  readonly expand: (args: readonly Expression[]) => Expression;
  /** Of a 'formula'. */
  readonly signature?: Signature;
}
export type FunctionRow = CoreRow | DerivedRow;

const n = number;
const add = (a: Expression, b: Expression) => call('add', a, b);
const sub = (a: Expression, b: Expression) => call('sub', a, b);
const mul = (a: Expression, b: Expression) => call('mul', a, b);
const div = (a: Expression, b: Expression) => call('div', a, b);
const neg = (a: Expression) => call('neg', a);
const exp = (a: Expression) => call('exp', a);
const when = (c: Expression, a: Expression, b: Expression) => call('if', c, a, b);
const sq = (a: Expression) => mul(a, a);
/** args[k], which the arity check has put there. */
const at = (args: readonly Expression[], k: number): Expression => args[k] ?? n(Number.NaN);
const flat = () => n(0);
const bool = (x: boolean) => (x ? 1 : 0);

const infix =
  (operator: string) =>
  (...x: string[]) =>
    `(${x.join(` ${operator} `)})`;
const named =
  (name: string) =>
  (...x: string[]) =>
    `${name}(${x.join(', ')})`;

/** A comparison; its derivative is 0 (jumps are located by the kernel, not differentiated). */
const comparison = (usage: string, operator: string, op: WasmOp, holds: (a: number, b: number) => boolean): CoreRow => ({
  kind: 'core', arity: 2, unit: 'condition', usage,
  value: (a, b) => bool(holds(a ?? Number.NaN, b ?? Number.NaN)),
  derivative: flat, wgsl: infix(operator), javascript: infix(operator === '==' ? '===' : operator === '!=' ? '!==' : operator), wasm: { op },
});

const core = (row: Omit<CoreRow, 'kind'>): CoreRow => ({ kind: 'core', ...row });
const derived = (row: Omit<DerivedRow, 'kind'>): DerivedRow => ({ kind: 'derived', ...row });

const LN10 = 2.302585092994046;
const LN2 = 0.6931471805599453;
const INVERSE_SQRT_2PI = 0.3989422804014327;

export const FUNCTIONS: Readonly<Record<FunctionName, FunctionRow>> = {
  add: core({ arity: 2, unit: 'same', usage: 'a + b', value: (a = 0, b = 0) => a + b, derivative: () => n(1), wgsl: infix('+'), javascript: infix('+'), wasm: { op: 'add' } }),
  sub: core({ arity: 2, unit: 'same', usage: 'a - b', value: (a = 0, b = 0) => a - b, derivative: (_, i) => n(i === 0 ? 1 : -1), wgsl: infix('-'), javascript: infix('-'), wasm: { op: 'sub' } }),
  mul: core({ arity: 2, unit: 'product', usage: 'a * b', value: (a = 0, b = 0) => a * b, derivative: (x, i) => at(x, 1 - i), wgsl: infix('*'), javascript: infix('*'), wasm: { op: 'mul' } }),
  div: core({
    arity: 2, unit: 'quotient', usage: 'a / b', value: (a = 0, b = 0) => a / b,
    derivative: (x, i) => (i === 0 ? div(n(1), at(x, 1)) : neg(div(at(x, 0), sq(at(x, 1))))),
    wgsl: infix('/'), javascript: infix('/'), wasm: { op: 'div' },
  }),
  neg: core({ arity: 1, unit: 'same', usage: '-a', value: (a = 0) => -a, derivative: () => n(-1), wgsl: (a) => `(-${a})`, javascript: (a) => `(-${a})`, wasm: { op: 'neg' } }),
  pow: core({
    arity: 2, unit: 'power', usage: 'a ^ b', value: (a = 0, b = 0) => math.pow(a, b),
    derivative: (x, i) =>
      i === 0
        ? mul(at(x, 1), call('pow', at(x, 0), sub(at(x, 1), n(1))))
        : mul(call('pow', at(x, 0), at(x, 1)), call('log', at(x, 0))),
    wgsl: named('power'), javascript: named('Math.pow'), wasm: { library: 'pow' },
  }),
  abs: core({ arity: 1, unit: 'same', usage: 'abs(a)', value: (a = 0) => Math.abs(a), derivative: (x) => when(call('ge', at(x, 0), n(0)), n(1), n(-1)), wgsl: named('abs'), javascript: named('Math.abs'), wasm: { op: 'abs' } }),
  min: core({ arity: 2, unit: 'same', usage: 'min(a, b)', value: (a = 0, b = 0) => Math.min(a, b), derivative: (x, i) => when(call('le', at(x, 0), at(x, 1)), n(i === 0 ? 1 : 0), n(i === 0 ? 0 : 1)), wgsl: named('smaller'), javascript: named('Math.min'), wasm: { op: 'min' } }),
  max: core({ arity: 2, unit: 'same', usage: 'max(a, b)', value: (a = 0, b = 0) => Math.max(a, b), derivative: (x, i) => when(call('ge', at(x, 0), at(x, 1)), n(i === 0 ? 1 : 0), n(i === 0 ? 0 : 1)), wgsl: named('larger'), javascript: named('Math.max'), wasm: { op: 'max' } }),
  floor: core({ arity: 1, unit: 'dimensionless', usage: 'floor(a)', value: (a = 0) => Math.floor(a), derivative: flat, wgsl: named('floor'), javascript: named('Math.floor'), wasm: { op: 'floor' } }),

  exp: core({ arity: 1, unit: 'dimensionless', usage: 'exp(a)', value: (a = 0) => math.exp(a), derivative: (x) => exp(at(x, 0)), wgsl: named('exp'), javascript: named('Math.exp'), wasm: { library: 'exp' } }),
  log: core({ arity: 1, unit: 'dimensionless', usage: 'log(a), the natural logarithm', value: (a = 0) => math.log(a), derivative: (x) => div(n(1), at(x, 0)), wgsl: named('logarithm'), javascript: named('Math.log'), wasm: { library: 'log' } }),
  sqrt: core({ arity: 1, unit: 'root', usage: 'sqrt(a)', value: (a = 0) => Math.sqrt(a), derivative: (x) => div(n(0.5), call('sqrt', at(x, 0))), wgsl: named('square_root'), javascript: named('Math.sqrt'), wasm: { op: 'sqrt' } }),
  sin: core({ arity: 1, unit: 'dimensionless', usage: 'sin(a), a in radians', value: (a = 0) => math.sin(a), derivative: (x) => call('cos', at(x, 0)), wgsl: named('sine'), javascript: named('Math.sin'), wasm: { library: 'sin' } }),
  cos: core({ arity: 1, unit: 'dimensionless', usage: 'cos(a), a in radians', value: (a = 0) => math.cos(a), derivative: (x) => neg(call('sin', at(x, 0))), wgsl: named('cosine'), javascript: named('Math.cos'), wasm: { library: 'cos' } }),
  tanh: core({ arity: 1, unit: 'dimensionless', usage: 'tanh(a)', value: (a = 0) => math.tanh(a), derivative: (x) => sub(n(1), sq(call('tanh', at(x, 0)))), wgsl: named('hyperbolic_tangent'), javascript: named('Math.tanh'), wasm: { library: 'tanh' } }),
  atan: core({ arity: 1, unit: 'dimensionless', usage: 'atan(a), in radians', value: (a = 0) => math.atan(a), derivative: (x) => div(n(1), add(n(1), sq(at(x, 0)))), wgsl: named('arctangent'), javascript: named('Math.atan'), wasm: { library: 'atan' } }),
  normal_cdf: core({
    arity: 1, unit: 'dimensionless', usage: 'normal_cdf(z)', value: (z = 0) => math.normal_cdf(z),
    derivative: (x) => mul(n(INVERSE_SQRT_2PI), exp(mul(n(-0.5), sq(at(x, 0))))),
    wgsl: named('normal_cdf'), javascript: named('normal_cdf'), wasm: { library: 'normal_cdf' },
  }),
  normal_quantile: core({
    arity: 1, unit: 'dimensionless', usage: 'normal_quantile(p), 0 < p < 1', value: (p = 0) => math.normal_quantile(p),
    derivative: (x) => div(exp(mul(n(0.5), sq(call('normal_quantile', at(x, 0))))), n(INVERSE_SQRT_2PI)),
    wgsl: named('normal_quantile'), javascript: named('normal_quantile'), wasm: { library: 'normal_quantile' },
  }),

  lt: comparison('a < b', '<', 'lt', (a, b) => a < b),
  le: comparison('a <= b', '<=', 'le', (a, b) => a <= b),
  gt: comparison('a > b', '>', 'gt', (a, b) => a > b),
  ge: comparison('a >= b', '>=', 'ge', (a, b) => a >= b),
  eq: comparison('a == b', '==', 'eq', (a, b) => a === b),
  ne: comparison('a != b', '!=', 'ne', (a, b) => a !== b),
  and: core({ arity: 2, unit: 'logic', usage: 'a and b', value: (a = 0, b = 0) => bool(a !== 0 && b !== 0), derivative: flat, wgsl: infix('&&'), javascript: infix('&&'), wasm: 'structure' }),
  or: core({ arity: 2, unit: 'logic', usage: 'a or b', value: (a = 0, b = 0) => bool(a !== 0 || b !== 0), derivative: flat, wgsl: infix('||'), javascript: infix('||'), wasm: 'structure' }),
  not: core({ arity: 1, unit: 'logic', usage: 'not a', value: (a = 0) => bool(a === 0), derivative: flat, wgsl: (a) => `(!${a})`, javascript: (a) => `(!${a})`, wasm: 'structure' }),
  if: core({
    arity: 3, unit: 'choice', usage: 'if a then b else c', value: (c = 0, a = 0, b = 0) => (c !== 0 ? a : b),
    derivative: (x, i) => (i === 0 ? n(0) : when(at(x, 0), n(i === 1 ? 1 : 0), n(i === 1 ? 0 : 1))),
    wgsl: (c, a, b) => `select(${b}, ${a}, ${c})`, javascript: (c, a, b) => `(${c} ? ${a} : ${b})`, wasm: 'structure',
  }),

  log10: derived({ arity: 1, unit: 'dimensionless', usage: 'log10(a)', expand: (x) => div(call('log', at(x, 0)), n(LN10)) }),
  log2: derived({ arity: 1, unit: 'dimensionless', usage: 'log2(a)', expand: (x) => div(call('log', at(x, 0)), n(LN2)) }),
  ceil: derived({ arity: 1, unit: 'dimensionless', usage: 'ceil(a)', expand: (x) => neg(call('floor', neg(at(x, 0)))) }),
  round: derived({ arity: 1, unit: 'dimensionless', usage: 'round(a), halves up', expand: (x) => call('floor', add(at(x, 0), n(0.5))) }),
  mod: derived({ arity: 2, unit: 'same', usage: 'mod(a, b), with the sign of b', expand: (x) => sub(at(x, 0), mul(at(x, 1), call('floor', div(at(x, 0), at(x, 1))))) }),
  tan: derived({ arity: 1, unit: 'dimensionless', usage: 'tan(a), a in radians', expand: (x) => div(call('sin', at(x, 0)), call('cos', at(x, 0))) }),
  sinh: derived({ arity: 1, unit: 'dimensionless', usage: 'sinh(a)', expand: (x) => mul(n(0.5), sub(exp(at(x, 0)), exp(neg(at(x, 0))))) }),
  cosh: derived({ arity: 1, unit: 'dimensionless', usage: 'cosh(a)', expand: (x) => mul(n(0.5), add(exp(at(x, 0)), exp(neg(at(x, 0))))) }),
  asin: derived({ arity: 1, unit: 'dimensionless', usage: 'asin(a), in radians', expand: (x) => call('atan', div(at(x, 0), call('sqrt', sub(n(1), sq(at(x, 0)))))) }),
  acos: derived({ arity: 1, unit: 'dimensionless', usage: 'acos(a), in radians', expand: (x) => sub(n(Math.PI / 2), call('atan', div(at(x, 0), call('sqrt', sub(n(1), sq(at(x, 0))))))) }),
  hill: derived({
    arity: 3, unit: 'ratio', usage: 'hill(x, x50, n) = x^n / (x50^n + x^n)',
    // Written in x / x50 so that neither power overflows before the other.
    expand: (x) => { const r = call('pow', div(at(x, 0), at(x, 1)), at(x, 2)); return div(r, add(n(1), r)); },
  }),
  logistic: derived({ arity: 1, unit: 'dimensionless', usage: 'logistic(x) = 1 / (1 + exp(-x))', expand: (x) => div(n(1), add(n(1), exp(neg(at(x, 0))))) }),
  step: derived({ arity: 1, unit: 'sign', usage: 'step(a), 1 where a >= 0, else 0', expand: (x) => when(call('ge', at(x, 0), n(0)), n(1), n(0)) }),
  sign: derived({ arity: 1, unit: 'sign', usage: 'sign(a)', expand: (x) => when(call('gt', at(x, 0), n(0)), n(1), when(call('lt', at(x, 0), n(0)), n(-1), n(0))) }),
  ...CLINICAL,
};
