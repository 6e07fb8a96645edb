// Elementary functions on vectors of patients. f64x2 is language/math.ts applied to vector code, hence the scalar bits in
// every lane. f32x4 goes through f64x2 twice and rounds once: half a unit in the last place. In: a module being built, an
// arithmetic. Out: a look-up that writes a function when it is first asked for.
import { FUNCTIONS } from '../../language/functions.ts';
import { type Algebra, LIBRARY, type LibraryFunction, type LibraryName } from '../../language/math.ts';
import {
  callNode,
  type FunctionRef,
  i32,
  type ModuleBuilder,
  type Node,
  operation,
  simd,
} from './assembler.ts';
import { keepShared, type Library } from './library.ts';
import { both, either, f64x2, type VectorArithmetic } from './simd-arithmetic.ts';

/** A vector of one repeated bit pattern, 64 or 32 bits wide. */
function repeated(value: bigint, bytes: 4 | 8): Node {
  const whole = bytes === 8 ? value : (value << 32n) | value;
  const eight = Array.from({ length: 8 }, (_, i) => Number((whole >> BigInt(8 * i)) & 255n));
  return simd('v128', 0x0c, [...eight, ...eight]);
}

/** Code that computes, lane by lane, what math.ts computes with numbers. */
export function vectorAlgebra(arithmetic: VectorArithmetic): Algebra<Node, Node> {
  const { unary, binary, compare, constant, fraction, bias } = arithmetic;
  const bytes = fraction === 52 ? 8 : 4;
  const shift = (opcode: number, x: Node) => simd('v128', opcode, [], x, i32(fraction));
  const left = (x: Node) => shift(bytes === 8 ? 0xcb : 0xab, x);
  const right = (x: Node) => shift(bytes === 8 ? 0xcd : 0xad, x);
  const ones = 2 ** fraction;
  const onesBits = BigInt(bytes === 8 ? 0x433 : 0x4b0) << BigInt(bytes === 8 ? 52 : 20);
  /** 2^k: the low bits of k + bias + 2^fraction moved into the exponent. */
  const powerOfTwo = (k: Node): Node => left(binary('add', k, constant(bias + ones)));
  return {
    constant,
    add: (a, b) => binary('add', a, b),
    sub: (a, b) => binary('sub', a, b),
    mul: (a, b) => binary('mul', a, b),
    div: (a, b) => binary('div', a, b),
    neg: (a) => unary('neg', a),
    abs: (a) => unary('abs', a),
    min: (a, b) => binary('min', a, b),
    max: (a, b) => binary('max', a, b),
    sqrt: (a) => unary('sqrt', a),
    floor: (a) => unary('floor', a),
    nearest: (a) => unary('nearest', a),
    lt: (a, b) => compare('lt', a, b),
    le: (a, b) => compare('le', a, b),
    gt: (a, b) => compare('gt', a, b),
    ge: (a, b) => compare('ge', a, b),
    eq: (a, b) => compare('eq', a, b),
    and: arithmetic.and,
    or: arithmetic.or,
    not: arithmetic.not,
    select: arithmetic.select,
    scale2(x, k) {
      const half = unary('floor', binary('mul', k, constant(0.5)));
      return binary('mul', binary('mul', x, powerOfTwo(half)), powerOfTwo(binary('sub', k, half)));
    },
    // The exponent's bits as the last bits of 2^fraction, a number that is exact.
    exponent: (x) =>
      binary(
        'sub',
        either(both(right(x), repeated(BigInt(2 * bias + 1), bytes)), repeated(onesBits, bytes)),
        constant(ones + bias),
      ),
    fraction: (x) =>
      either(
        both(x, repeated((1n << BigInt(fraction)) - 1n, bytes)),
        repeated(BigInt(bias) << BigInt(fraction), bytes),
      ),
  };
}

const arityOf = (name: LibraryName): number => {
  const { arity } = FUNCTIONS[name];
  return typeof arity === 'number' ? arity : arity[1];
};
const HIGH = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];
const JOIN = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
const promote = (x: Node): Node => simd('v128', 0x5f, [], x);
const demote = (x: Node): Node => simd('v128', 0x5e, [], x);
const upper = (x: Node): Node => simd('v128', 0x0d, HIGH, x, x);

/** `exported` also makes each function callable under its name, through memory: 16 bytes an argument at 0, result at 64. */
export function createVectorLibrary(module: ModuleBuilder, arithmetic: VectorArithmetic): Library {
  const algebra = vectorAlgebra(arithmetic);
  const direct = (name: LibraryName, whole: LibraryFunction): FunctionRef =>
    module.define(new Array<'v128'>(arityOf(name)).fill('v128'), 'v128', (routine) =>
      routine.give(keepShared(routine, whole(algebra, ...routine.params))),
    );
  const wide = arithmetic.kind === 'f64x2' ? undefined : f64x2();
  const inHalves = wide === undefined ? undefined : createVectorLibrary(module, wide);
  const known = new Map<LibraryName, FunctionRef>();
  const make = (name: LibraryName): FunctionRef => {
    if (inHalves === undefined) return direct(name, LIBRARY[name]);
    const half = inHalves(name);
    return module.define(new Array<'v128'>(arityOf(name)).fill('v128'), 'v128', (routine) => {
      const low = callNode(half, ...routine.params.map(promote));
      const high = callNode(half, ...routine.params.map((x) => promote(upper(x))));
      routine.give(simd('v128', 0x0d, JOIN, demote(low), demote(high)));
    });
  };
  return (name) => {
    const found = known.get(name) ?? make(name);
    known.set(name, found);
    return found;
  };
}

/** Functions by name, for tests: f(address) reads its arguments from 16-byte slots there and puts the result first. */
export function exportVectorLibrary(
  module: ModuleBuilder,
  library: Library,
  names: readonly LibraryName[],
): void {
  for (const name of names) {
    const target = library(name);
    module.define(
      ['i32'],
      undefined,
      (routine) => {
        const [at = i32(0)] = routine.params;
        const args = target.params.map((_, i) => operation('v128', [0xfd, 0, 4, 16 * i], at));
        routine.store('v128', at, callNode(target, ...args));
      },
      name,
    );
  }
}
