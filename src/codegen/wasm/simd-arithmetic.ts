// Arithmetic on vectors of patients: f64x2 (two patients, the bits of the scalar form lane by lane) and f32x4 (four
// patients). A condition is a mask, all bits of a lane set where it holds. In: nodes. Out: nodes of type v128.
// Opcodes: WebAssembly Core Specification 2.0, 5.4.8 (vector instructions).
import type { Arithmetic } from './arithmetic.ts';
import { f64, i32, type Node, operation, simd, unsigned } from './assembler.ts';

export type SimdKind = 'f64x2' | 'f32x4';

export interface VectorArithmetic extends Arithmetic {
  readonly kind: SimdKind;
  /** Patients in a vector. */
  readonly lanes: number;
  /** Bytes of one lane's value. */
  readonly bytes: number;
  /** y where y < x, else x: one instruction, NaN only from x. */
  least(x: Node, y: Node): Node;
  /** y where x < y, else x: one instruction, NaN only from x. */
  most(x: Node, y: Node): Node;
  /** The number at an address, in every lane. */
  everywhere(address: number): Node;
  /** One lane as a scalar f64, and back. */
  extract(x: Node, lane: number): Node;
  replace(x: Node, lane: number, value: Node): Node;
  /** i32: not 0 where the mask holds in this lane. */
  holdsIn(mask: Node, lane: number): Node;
  /** A mask as masks of two lanes of 64 bits, in their order; and vectors of two f64 as one (rounded). */
  whole(parts: readonly Node[]): Node;
  maskParts(mask: Node): readonly Node[];
  /** i32: bit i is lane i. */
  bits(mask: Node): Node;
  /** Bit pattern as a number (rounded once), and the float whose bit pattern is nearest below a positive number. */
  pattern(x: Node): Node;
  fromPattern(x: Node): Node;
  /** Fraction bits and exponent bias of the format. */
  readonly fraction: number;
  readonly bias: number;
}

const v = (opcode: number, ...args: readonly Node[]): Node => simd('v128', opcode, [], ...args);
const lane = (
  type: 'i32' | 'f32' | 'f64' | 'v128',
  opcode: number,
  index: number,
  ...args: readonly Node[]
) => simd(type, opcode, [index], ...args);
const shuffle = (a: Node, b: Node, bytes: readonly number[]): Node => simd('v128', 0x0d, bytes, a, b);
export const zero = (): Node => simd('v128', 0x0c, new Array<number>(16).fill(0));
export const anyTrue = (mask: Node): Node => simd('i32', 0x53, [], mask);
export const isZero = (x: Node): Node => operation('i32', [0x45], x);
export const both = (a: Node, ...more: readonly Node[]): Node => more.reduce((x, y) => v(0x4e, x, y), a);
export const either = (a: Node, ...more: readonly Node[]): Node => more.reduce((x, y) => v(0x50, x, y), a);
/** a and not b. */
export const without = (a: Node, b: Node): Node => v(0x4f, a, b);
export const differ = (a: Node, b: Node): Node => v(0x51, a, b);
export const pick = (mask: Node, yes: Node, no: Node): Node => v(0x52, yes, no, mask);

const UNARY = {
  f32x4: { abs: 0xe0, neg: 0xe1, sqrt: 0xe3, ceil: 0x67, floor: 0x68, nearest: 0x6a },
  f64x2: { abs: 0xec, neg: 0xed, sqrt: 0xef, ceil: 0x74, floor: 0x75, nearest: 0x94 },
} as const;
const BINARY = {
  f32x4: { add: 0xe4, sub: 0xe5, mul: 0xe6, div: 0xe7, min: 0xe8, max: 0xe9 },
  f64x2: { add: 0xf0, sub: 0xf1, mul: 0xf2, div: 0xf3, min: 0xf4, max: 0xf5 },
} as const;
const COMPARE = {
  f32x4: { eq: 0x41, ne: 0x42, lt: 0x43, gt: 0x44, le: 0x45, ge: 0x46 },
  f64x2: { eq: 0x47, ne: 0x48, lt: 0x49, gt: 0x4a, le: 0x4b, ge: 0x4c },
} as const;

function shared(kind: SimdKind) {
  const narrow = kind === 'f32x4';
  const splatLoad = narrow ? [0xfd, 0x09, 2] : [0xfd, 0x0a, 3];
  const everywhere = (address: number): Node =>
    operation('v128', [...splatLoad, ...unsigned(address)], i32(0));
  const constant = (x: number): Node => {
    if (Object.is(x, 0)) return zero();
    return narrow ? v(0x13, operation('f32', [0xb6], f64(x))) : v(0x14, f64(x));
  };
  const compare = COMPARE[kind];
  const [unary, binary] = [UNARY[kind], BINARY[kind]];
  const select = pick;
  return {
    kind,
    value: 'v128',
    condition: 'v128',
    lanes: narrow ? 4 : 2,
    bytes: narrow ? 4 : 8,
    fraction: narrow ? 23 : 52,
    bias: narrow ? 127 : 1023,
    everywhere,
    constant,
    unary: (op, x) => v(unary[op], x),
    binary: (op, x, y) => v(binary[op], x, y),
    compare: (op, x, y) => v(compare[op], x, y),
    and: both,
    or: either,
    not: (a) => v(0x4d, a),
    select,
    choose: select,
    number: (condition) => both(condition, constant(1)),
    holds: (x) => v(compare.ne, x, zero()),
    least: (x, y) => v(narrow ? 0xea : 0xf6, x, y),
    most: (x, y) => v(narrow ? 0xeb : 0xf7, x, y),
    holdsIn: (mask, index) => lane('i32', 0x1b, narrow ? index : 2 * index, mask),
    bits: (mask) => simd('i32', narrow ? 0xa4 : 0xc4, [], mask),
  } satisfies Partial<VectorArithmetic>;
}

const JOIN = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];

export function f32x4(): VectorArithmetic {
  return {
    ...shared('f32x4'),
    whole: ([low = zero(), high = zero()]) => shuffle(v(0x5e, low), v(0x5e, high), JOIN),
    maskParts: (mask) => [v(0xc7, mask), v(0xc8, mask)],
    extract: (x, index) => operation('f64', [0xbb], lane('f32', 0x1f, index, x)),
    replace: (x, index, value) => lane('v128', 0x20, index, x, operation('f32', [0xb6], value)),
    pattern: (x) => v(0xfa, x),
    fromPattern: (x) => v(0xf8, x),
  };
}

export function f64x2(): VectorArithmetic {
  const base = shared('f64x2');
  const HIGH = [4, 5, 6, 7, 12, 13, 14, 15, 4, 5, 6, 7, 12, 13, 14, 15];
  const LOW = [0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11];
  const WEAVE = [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23];
  const TWO_32 = () => base.constant(2 ** 32);
  return {
    ...base,
    whole: ([only = zero()]) => only,
    maskParts: (mask) => [mask],
    extract: (x, index) => lane('f64', 0x21, index, x),
    replace: (x, index, value) => lane('v128', 0x22, index, x, value),
    // There is no conversion of 64-bit lanes: the halves are exact, so their sum is rounded once, as a scalar's is.
    pattern: (x) =>
      base.binary(
        'add',
        base.binary('mul', v(0xfe, shuffle(x, x, HIGH)), TWO_32()),
        v(0xff, shuffle(x, x, LOW)),
      ),
    fromPattern: (x) => {
      const high = base.unary('floor', base.binary('mul', x, base.constant(2 ** -32)));
      const low = base.binary('sub', x, base.binary('mul', high, TWO_32()));
      return shuffle(v(0xfd, low), v(0xfc, high), WEAVE);
    },
  };
}

export const vectorArithmetic = (kind: SimdKind): VectorArithmetic => (kind === 'f64x2' ? f64x2() : f32x4());
