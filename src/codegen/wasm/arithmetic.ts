// What an expression's operations are in machine terms. The expression emitter and the library functions speak only
// this interface, so a SIMD form (f64x2, f32x4; lanes are patients; conditions are masks) is another value of it.
// Structured control (loops, branches) is not here: it differs between one patient and several.
import type { WasmOp } from '../../language/functions.ts';
import { choice, f64, type Node, operation, type ValueType } from './assembler.ts';

export type Comparison = Extract<WasmOp, 'lt' | 'le' | 'gt' | 'ge' | 'eq' | 'ne'>;
export type Unary = Extract<WasmOp, 'neg' | 'abs' | 'floor' | 'sqrt'> | 'nearest' | 'ceil';
export type Binary = Extract<WasmOp, 'add' | 'sub' | 'mul' | 'div' | 'min' | 'max'>;

export interface Arithmetic {
  readonly value: ValueType;
  readonly condition: ValueType;
  constant(x: number): Node;
  unary(op: Unary, x: Node): Node;
  binary(op: Binary, x: Node, y: Node): Node;
  compare(op: Comparison, x: Node, y: Node): Node;
  and(a: Node, b: Node): Node;
  or(a: Node, b: Node): Node;
  not(a: Node): Node;
  /** Both are evaluated. */
  select(condition: Node, yes: Node, no: Node): Node;
  /** Only the chosen one is evaluated, where the machine can. */
  choose(condition: Node, yes: Node, no: Node): Node;
  /** 1 where it holds, else 0. */
  number(condition: Node): Node;
  /** Holds where x is not 0 (a NaN is not 0). */
  holds(x: Node): Node;
}

const UNARY = { abs: 0x99, neg: 0x9a, ceil: 0x9b, floor: 0x9c, nearest: 0x9e, sqrt: 0x9f } as const;
const BINARY = { add: 0xa0, sub: 0xa1, mul: 0xa2, div: 0xa3, min: 0xa4, max: 0xa5 } as const;
const COMPARE = { eq: 0x61, ne: 0x62, lt: 0x63, gt: 0x64, le: 0x65, ge: 0x66 } as const;

/** One patient at a time in f64: the reference. */
export const SCALAR: Arithmetic = {
  value: 'f64',
  condition: 'i32',
  constant: f64,
  unary: (op, x) => operation('f64', [UNARY[op]], x),
  binary: (op, x, y) => operation('f64', [BINARY[op]], x, y),
  compare: (op, x, y) => operation('i32', [COMPARE[op]], x, y),
  and: (a, b) => operation('i32', [0x71], a, b),
  or: (a, b) => operation('i32', [0x72], a, b),
  not: (a) => operation('i32', [0x45], a),
  select: (condition, yes, no) => operation('f64', [0x1b], yes, no, condition),
  choose: choice,
  number: (condition) => operation('f64', [0xb8], condition),
  holds: (x) => operation('i32', [COMPARE.ne], x, f64(0)),
};

// Spellings for the time loop, which is scalar by nature.
export const add = (x: Node, ...more: readonly Node[]): Node =>
  more.reduce((sum, y) => SCALAR.binary('add', sum, y), x);
export const sub = (x: Node, y: Node): Node => SCALAR.binary('sub', x, y);
export const mul = (x: Node, ...more: readonly Node[]): Node =>
  more.reduce((product, y) => SCALAR.binary('mul', product, y), x);
export const div = (x: Node, y: Node): Node => SCALAR.binary('div', x, y);
export const min = (x: Node, y: Node): Node => SCALAR.binary('min', x, y);
export const max = (x: Node, y: Node): Node => SCALAR.binary('max', x, y);
export const abs = (x: Node): Node => SCALAR.unary('abs', x);
export const floor = (x: Node): Node => SCALAR.unary('floor', x);
export const ceil = (x: Node): Node => SCALAR.unary('ceil', x);
export const nearest = (x: Node): Node => SCALAR.unary('nearest', x);
export const sqrt = (x: Node): Node => SCALAR.unary('sqrt', x);
export const lt = (x: Node, y: Node): Node => SCALAR.compare('lt', x, y);
export const le = (x: Node, y: Node): Node => SCALAR.compare('le', x, y);
export const gt = (x: Node, y: Node): Node => SCALAR.compare('gt', x, y);
export const ge = (x: Node, y: Node): Node => SCALAR.compare('ge', x, y);
export const eq = (x: Node, y: Node): Node => SCALAR.compare('eq', x, y);
export const ne = (x: Node, y: Node): Node => SCALAR.compare('ne', x, y);
export const and = (a: Node, ...more: readonly Node[]): Node => more.reduce(SCALAR.and, a);
export const or = (a: Node, ...more: readonly Node[]): Node => more.reduce(SCALAR.or, a);
export const not = (a: Node): Node => SCALAR.not(a);
export const select = (condition: Node, yes: Node, no: Node): Node =>
  operation(yes.type, [0x1b], yes, no, condition);

export const integerAdd = (x: Node, y: Node): Node => operation('i32', [0x6a], x, y);
export const integerMul = (x: Node, y: Node): Node => operation('i32', [0x6c], x, y);
export const integerEqual = (x: Node, y: Node): Node => operation('i32', [0x46], x, y);
export const integerUnequal = (x: Node, y: Node): Node => operation('i32', [0x47], x, y);
/** Unsigned less-than. */
export const integerLess = (x: Node, y: Node): Node => operation('i32', [0x49], x, y);
