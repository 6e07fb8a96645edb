// Patients' columns in WebAssembly: Philox uniforms, normals by inverse distribution function, and expressions applied
// to whole columns. In: a key and patient numbers, or columns. Out: columns, bit for bit those of the TypeScript forms
// (engine/philox.ts, language/math.ts), several times faster. Modules are compiled synchronously: for workers and Node.
import type { Expression } from '../../language/expression.ts';
import { share } from '../../language/share.ts';
import { expand } from '../../language/simplify.ts';
import { add, integerAdd, integerLess, integerMul, mul, SCALAR } from './arithmetic.ts';
import {
  callNode,
  createModule,
  f64,
  i32,
  i64,
  type Local,
  load,
  type ModuleBuilder,
  type Node,
  operation,
  type Routine,
} from './assembler.ts';
import { numberOf } from './expressions.ts';
import { createLibrary, type Library } from './library.ts';

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;
/** Patients handled by one call into a module. */
const BLOCK = 4096;

const xor = (a: Node, b: Node): Node => operation('i32', [0x73], a, b);
const wide = (a: Node): Node => operation('i64', [0xad], a);
const narrow = (a: Node): Node => operation('i32', [0xa7], a);
const high = (a: Node): Node => narrow(operation('i64', [0x88], a, i64(32n)));
const shiftRight = (a: Node, by: number): Node => operation('i32', [0x76], a, i32(by));
const unsignedNumber = (a: Node): Node => operation('f64', [0xb8], a);

/** Ten rounds on four counter words under two key words, all in place. */
function writePhilox(
  routine: Routine,
  counter: readonly [Local, Local, Local, Local],
  key: readonly [Node, Node],
): void {
  const [c0, c1, c2, c3] = counter;
  const k0 = routine.local('i32');
  const k1 = routine.local('i32');
  const p0 = routine.local('i64');
  const p1 = routine.local('i64');
  routine.set(k0, key[0]);
  routine.set(k1, key[1]);
  const product = (a: Node, m: number): Node => operation('i64', [0x7e], wide(a), i64(BigInt(m)));
  for (let round = 0; round < 10; round++) {
    routine.set(p0, product(c0, M0));
    routine.set(p1, product(c2, M1));
    routine.set(c0, xor(xor(high(p1), c1), k0));
    routine.set(c1, narrow(p1));
    routine.set(c2, xor(xor(high(p0), c3), k1));
    routine.set(c3, narrow(p0));
    if (round === 9) break;
    routine.set(k0, integerAdd(k0, i32(W0)));
    routine.set(k1, integerAdd(k1, i32(W1)));
  }
}

/** Runs `body` for i in 0 .. count - 1. */
function forEach(routine: Routine, count: Node, body: (i: Local) => void): void {
  const i = routine.local('i32');
  routine.set(i, i32(0));
  routine.block((leave) => {
    routine.loop((again) => {
      routine.branch(leave, SCALAR.not(integerLess(i, count)));
      body(i);
      routine.set(i, integerAdd(i, i32(1)));
      routine.branch(again);
    });
  });
}

type Exported = (...args: number[]) => void;

function instantiate(module: ModuleBuilder, bytes: number, names: readonly string[]) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.finish(bytes)));
  const { memory } = exports;
  if (!(memory instanceof WebAssembly.Memory)) throw new TypeError('the module has no memory');
  const functions = names.map((name): Exported => {
    const found = exports[name];
    if (typeof found !== 'function') throw new TypeError(`the module has no function ${name}`);
    return found as Exported;
  });
  return { memory, functions };
}

/** Standard draws, shaped like the engine's Sampler. */
export interface WasmSampler {
  /** The four words of a counter under a key. */
  words(counter: readonly [number, number, number, number], key: readonly [number, number]): Uint32Array;
  uniform(
    key: readonly [number, number],
    purpose: number,
    draw: number,
    first: number,
    out: Float64Array,
  ): void;
  normal(
    key: readonly [number, number],
    purpose: number,
    draw: number,
    first: number,
    out: Float64Array,
  ): void;
}

export function createSampler(): WasmSampler {
  const module = createModule();
  const library = createLibrary(module);
  module.define(
    ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    undefined,
    (routine) => {
      const [c0, c1, c2, c3, k0, k1] = routine.params as [Local, Local, Local, Local, Local, Local];
      writePhilox(routine, [c0, c1, c2, c3], [k0, k1]);
      [c0, c1, c2, c3].forEach((word, i) => {
        routine.store('i32', i32(0), word, 4 * i);
      });
    },
    'words',
  );
  const fill = (name: string, finish: (u: Node) => Node) =>
    module.define(
      ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
      undefined,
      (routine) => {
        const [k0, k1, purpose, draw, low, up, count] = routine.params as [
          Local,
          Local,
          Local,
          Local,
          Local,
          Local,
          Local,
        ];
        const words = [0, 1, 2, 3].map(() => routine.local('i32')) as [Local, Local, Local, Local];
        forEach(routine, count, (i) => {
          // The caller splits at multiples of 2^32, so the low word never wraps.
          routine.set(words[0], integerAdd(low, i));
          routine.set(words[1], up);
          routine.set(words[2], draw);
          routine.set(words[3], purpose);
          writePhilox(routine, words, [k0, k1]);
          const bits = add(
            mul(unsignedNumber(words[0]), f64(1048576)),
            unsignedNumber(shiftRight(words[1], 12)),
            f64(0.5),
          );
          routine.store('f64', integerMul(i, i32(8)), finish(mul(bits, f64(2 ** -52))));
        });
      },
      name,
    );
  fill('uniform', (u) => u);
  fill('normal', (u) => callNode(library('normal_quantile'), u));
  const { memory, functions } = instantiate(module, 8 * BLOCK, ['words', 'uniform', 'normal']);
  const [words, uniform, normal] = functions as [Exported, Exported, Exported];

  const filler =
    (run: Exported): WasmSampler['uniform'] =>
    (key, purpose, draw, first, out) => {
      for (let done = 0; done < out.length; ) {
        const patient = first + done;
        const up = Math.floor(patient / 2 ** 32);
        const count = Math.min(BLOCK, out.length - done, (up + 1) * 2 ** 32 - patient);
        run(key[0], key[1], purpose, draw, patient % 2 ** 32, up, count);
        out.set(new Float64Array(memory.buffer, 0, count), done);
        done += count;
      }
    };
  return {
    words(counter, key) {
      words(...counter, ...key);
      return new Uint32Array(memory.buffer, 0, 4).slice();
    },
    uniform: filler(uniform),
    normal: filler(normal),
  };
}

export interface Definition {
  readonly name: string;
  readonly expression: Expression;
}

/**
 * Columns computed from columns, patient by patient: definitions may name inputs and definitions before them. The
 * returned function writes into `outs` (same order, undefined where nobody looks), all columns of one length. RangeError for an unknown name.
 */
export function compileMap(
  definitions: readonly Definition[],
  inputs: readonly string[],
): (columns: readonly Float64Array[], outs: readonly (Float64Array | undefined)[]) => void {
  const module = createModule();
  const library: Library = createLibrary(module);
  const emitter = { arithmetic: SCALAR, library };
  const columnAt = (c: number) => 8 * BLOCK * c;
  module.define(
    ['i32'],
    undefined,
    (routine) => {
      const [count = i32(0)] = routine.params;
      const values = new Map<string, Node>();
      const kept = definitions.map(() => routine.local('f64'));
      forEach(routine, count, (i) => {
        const at = integerMul(i, i32(8));
        inputs.forEach((name, c) => {
          values.set(name, load('f64', at, columnAt(c)));
        });
        definitions.forEach(({ name, expression }, d) => {
          const value = numberOf(emitter, expression, (symbol) => {
            const node = values.get(symbol);
            if (node === undefined)
              throw new RangeError(`${symbol} has no value here; known: ${[...values.keys()].join(', ')}`);
            return node;
          });
          const local = kept[d];
          if (local === undefined) return;
          routine.set(local, value);
          routine.store('f64', at, local, columnAt(inputs.length + d));
          values.set(name, local);
        });
      });
    },
    'map',
  );
  const { memory, functions } = instantiate(module, columnAt(inputs.length + definitions.length), ['map']);
  const view = (c: number, length: number) => new Float64Array(memory.buffer, columnAt(c), length);
  return (columns, outs) => {
    const length = outs.find((out) => out !== undefined)?.length ?? 0;
    for (const column of [...columns, ...outs])
      if (column !== undefined && column.length !== length)
        throw new RangeError(`columns of ${column.length} and ${length} patients; they must be equally long`);
    for (let done = 0; done < length; done += BLOCK) {
      const count = Math.min(BLOCK, length - done);
      columns.forEach((column, c) => {
        view(c, count).set(column.subarray(done, done + count));
      });
      functions[0]?.(count);
      outs.forEach((out, d) => {
        out?.set(view(inputs.length + d, count), done);
      });
    }
  };
}

type ColumnFunction = (inputs: readonly Float64Array[], out: Float64Array) => void;

/** Maps that were compiled lately, by what they compute: a slider that moves elsewhere compiles nothing. */
const compiled = new Map<string, ColumnFunction>();
const KEPT_MAPS = 64;

/** One expression over named columns: a fast form of the cohort's column evaluator, with the same bits. */
export function evaluateWithWasm(expression: Expression, names: readonly string[]): ColumnFunction {
  // Shared parts become locals: written out in full, thirty definitions that each use the one before twice are 2^30 nodes.
  const { locals, results } = share([expand(expression)]);
  // JSON has no word for NaN, the infinities and -0.
  const key = JSON.stringify([locals, results, names], (_, value) =>
    typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))
      ? `${Object.is(value, -0) ? '-0' : value}`
      : value,
  );
  const known = compiled.get(key);
  compiled.delete(key);
  const evaluate = known ?? compileBody([...locals, ...results], names);
  compiled.set(key, evaluate);
  for (const oldest of compiled.keys()) {
    if (compiled.size <= KEPT_MAPS) break;
    compiled.delete(oldest);
  }
  return evaluate;
}

/** The last of some expressions, each of which may use those before it as `local.N`. */
function compileBody(parts: readonly Expression[], names: readonly string[]): ColumnFunction {
  const definitions = parts.map((expression, i) => ({ name: `local.${i}`, expression }));
  const map = compileMap(definitions, names);
  const unread = parts.slice(1).map(() => undefined);
  return (inputs, out) => map(inputs, [...unread, out]);
}
