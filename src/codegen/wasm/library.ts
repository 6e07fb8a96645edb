// Elementary functions as WebAssembly functions: language/math.ts applied to code instead of numbers, hence the same
// bits. In: a module being built. Out: a look-up that writes a function when it is first asked for.
// Straight-line code becomes a graph first; values used more than once are kept in locals.
import { FUNCTIONS } from '../../language/functions.ts';
import { type Algebra, LIBRARY, type LibraryName } from '../../language/math.ts';
import { SCALAR } from './arithmetic.ts';
import {
  type FunctionRef,
  f64,
  i64,
  type ModuleBuilder,
  type Node,
  operation,
  type Routine,
} from './assembler.ts';

const asBits = (x: Node): Node => operation('i64', [0xbd], x);
const asNumber = (bits: Node): Node => operation('f64', [0xbf], bits);
const shiftLeft = (bits: Node, by: bigint): Node => operation('i64', [0x86], bits, i64(by));
const shiftRight = (bits: Node, by: bigint): Node => operation('i64', [0x88], bits, i64(by));
const bitAnd = (bits: Node, mask: bigint): Node => operation('i64', [0x83], bits, i64(mask));
const bitOr = (bits: Node, mask: bigint): Node => operation('i64', [0x84], bits, i64(mask));

/** 2^k for an integral k in -1022 .. 1023: the low bits of k + 1023 + 2^52 moved into the exponent. */
const powerOfTwo = (k: Node): Node =>
  asNumber(shiftLeft(asBits(SCALAR.binary('add', k, f64(1023 + 2 ** 52))), 52n));

/** Code that computes what math.ts computes with numbers. */
export const CODE: Algebra<Node, Node> = {
  constant: f64,
  add: (a, b) => SCALAR.binary('add', a, b),
  sub: (a, b) => SCALAR.binary('sub', a, b),
  mul: (a, b) => SCALAR.binary('mul', a, b),
  div: (a, b) => SCALAR.binary('div', a, b),
  neg: (a) => SCALAR.unary('neg', a),
  abs: (a) => SCALAR.unary('abs', a),
  min: (a, b) => SCALAR.binary('min', a, b),
  max: (a, b) => SCALAR.binary('max', a, b),
  sqrt: (a) => SCALAR.unary('sqrt', a),
  floor: (a) => SCALAR.unary('floor', a),
  nearest: (a) => SCALAR.unary('nearest', a),
  lt: (a, b) => SCALAR.compare('lt', a, b),
  le: (a, b) => SCALAR.compare('le', a, b),
  gt: (a, b) => SCALAR.compare('gt', a, b),
  ge: (a, b) => SCALAR.compare('ge', a, b),
  eq: (a, b) => SCALAR.compare('eq', a, b),
  and: SCALAR.and,
  or: SCALAR.or,
  not: SCALAR.not,
  select: SCALAR.select,
  scale2(x, k) {
    const half = SCALAR.unary('floor', SCALAR.binary('mul', k, f64(0.5)));
    const first = SCALAR.binary('mul', x, powerOfTwo(half));
    return SCALAR.binary('mul', first, powerOfTwo(SCALAR.binary('sub', k, half)));
  },
  exponent: (x) =>
    SCALAR.binary('sub', operation('f64', [0xb9], bitAnd(shiftRight(asBits(x), 52n), 0x7ffn)), f64(1023)),
  fraction: (x) => asNumber(bitOr(bitAnd(asBits(x), 0xfffffffffffffn), 0x3ffn << 52n)),
};

/** Writes a graph of pure operations: every value that is used more than once goes through a local. */
export function keepShared(routine: Routine, root: Node): Node {
  const uses = new Map<Node, number>();
  const count = (node: Node): void => {
    const seen = uses.get(node) ?? 0;
    uses.set(node, seen + 1);
    if (seen === 0 && node.kind === 'operation') node.args.forEach(count);
  };
  count(root);
  const written = new Map<Node, Node>();
  const write = (node: Node): Node => {
    if (node.kind === 'choice') throw new TypeError('a shared graph may select but not branch');
    const done = written.get(node);
    if (done !== undefined) return done;
    const whole = operation(node.type, node.code, ...node.args.map(write));
    const result = (uses.get(node) ?? 0) > 1 && node.args.length > 0 ? routine.keep(whole) : whole;
    written.set(node, node.args.length === 0 ? node : result);
    return written.get(node) ?? result;
  };
  return write(root);
}

export type Library = (name: LibraryName) => FunctionRef;

/** `exported` also makes each function callable from outside, for tests. */
export function createLibrary(module: ModuleBuilder, exported = false): Library {
  const known = new Map<LibraryName, FunctionRef>();
  return (name) => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const { arity } = FUNCTIONS[name];
    const params = new Array<'f64'>(typeof arity === 'number' ? arity : arity[1]).fill('f64');
    const made = module.define(
      params,
      'f64',
      (routine) => routine.give(keepShared(routine, LIBRARY[name](CODE, ...routine.params))),
      exported ? name : undefined,
    );
    known.set(name, made);
    return made;
  };
}
