// Expressions and bodies as code. In: an expression, what its symbols stand for, the arithmetic. Out: value nodes.
// A body is written into a routine: only the locals that the wanted results need, each in a local of the routine.
import { type CallNode, call, type Expression } from '../../language/expression.ts';
import { FUNCTIONS, type WasmOp } from '../../language/functions.ts';
import type { Body } from '../program.ts';
import type { Arithmetic, Binary, Comparison, Unary } from './arithmetic.ts';
import { callNode, type Local, type Node, type Routine } from './assembler.ts';
import type { Library } from './library.ts';

/** The value of a qualified symbol; throws for one that has no place here. */
export type Resolve = (name: string) => Node;

export interface Emitter {
  readonly arithmetic: Arithmetic;
  readonly library: Library;
}

const COMPARISONS: ReadonlySet<WasmOp> = new Set<WasmOp>(['lt', 'le', 'gt', 'ge', 'eq', 'ne']);
const UNARY_OPS: ReadonlySet<WasmOp> = new Set<WasmOp>(['neg', 'abs', 'floor', 'sqrt']);
const isComparison = (op: WasmOp): op is Comparison => COMPARISONS.has(op);
const isUnary = (op: WasmOp): op is Extract<WasmOp, Unary> => UNARY_OPS.has(op);

const argument = (e: CallNode, i: number): Expression => {
  const arg = e.args[i];
  if (arg === undefined) throw new TypeError(`${e.fn} needs argument ${i + 1}, got ${e.args.length}`);
  return arg;
};

/** Is it worth a branch not to evaluate this? */
function isCostly(e: Expression): boolean {
  if (e.kind !== 'call') return false;
  const row = FUNCTIONS[e.fn];
  if (row.kind === 'derived' || (row.wasm !== 'structure' && 'library' in row.wasm)) return true;
  return e.args.some(isCostly);
}

/** The number that an expression stands for; conditions are 1 or 0. */
export function numberOf(emitter: Emitter, e: Expression, resolve: Resolve): Node {
  const { arithmetic } = emitter;
  if (e.kind === 'number') return arithmetic.constant(e.value);
  if (e.kind === 'symbol') return resolve(e.name);
  const row = FUNCTIONS[e.fn];
  const value = (i: number) => numberOf(emitter, argument(e, i), resolve);
  if (row.kind === 'derived') return numberOf(emitter, row.expand(e.args), resolve);
  if (row.wasm === 'structure') {
    if (e.fn !== 'if') return arithmetic.number(conditionOf(emitter, e, resolve));
    const costly = isCostly(argument(e, 1)) || isCostly(argument(e, 2));
    const choose = costly ? arithmetic.choose : arithmetic.select;
    return choose(conditionOf(emitter, argument(e, 0), resolve), value(1), value(2));
  }
  if ('library' in row.wasm)
    return callNode(emitter.library(row.wasm.library), ...e.args.map((_, i) => value(i)));
  const { op } = row.wasm;
  if (isComparison(op)) return arithmetic.number(conditionOf(emitter, e, resolve));
  if (isUnary(op)) return arithmetic.unary(op, value(0));
  return arithmetic.binary(op as Binary, value(0), value(1));
}

/** Whether an expression holds, in the machine's own form of a condition. */
export function conditionOf(emitter: Emitter, e: Expression, resolve: Resolve): Node {
  const { arithmetic } = emitter;
  if (e.kind === 'call') {
    const row = FUNCTIONS[e.fn];
    if (row.kind === 'derived') return conditionOf(emitter, row.expand(e.args), resolve);
    const condition = (i: number) => conditionOf(emitter, argument(e, i), resolve);
    if (e.fn === 'and') return arithmetic.and(condition(0), condition(1));
    if (e.fn === 'or') return arithmetic.or(condition(0), condition(1));
    if (e.fn === 'not') return arithmetic.not(condition(0));
    if (row.wasm !== 'structure' && 'op' in row.wasm && isComparison(row.wasm.op)) {
      const value = (i: number) => numberOf(emitter, argument(e, i), resolve);
      return arithmetic.compare(row.wasm.op, value(0), value(1));
    }
  }
  return arithmetic.holds(numberOf(emitter, e, resolve));
}

/** Names of all symbols in some expressions. */
export function symbolsIn(expressions: Iterable<Expression>): Set<string> {
  const names = new Set<string>();
  const visit = (e: Expression): void => {
    if (e.kind === 'symbol') names.add(e.name);
    else if (e.kind === 'call') e.args.forEach(visit);
  };
  for (const e of expressions) visit(e);
  return names;
}

const localIndex = (name: string): number => (name.startsWith('local.') ? Number(name.slice(6)) : -1);

/** What results `wanted` of a body need: its locals, in order, and all other symbols. */
export function needs(body: Body, wanted: readonly number[]): { locals: number[]; symbols: Set<string> } {
  const symbols = symbolsIn(wanted.flatMap((i) => body.results[i] ?? []));
  const locals: number[] = [];
  for (let i = body.locals.length - 1; i >= 0; i--) {
    const e = body.locals[i];
    if (e === undefined || !symbols.delete(`local.${i}`)) continue;
    locals.unshift(i);
    for (const name of symbolsIn([e])) symbols.add(name);
  }
  return { locals, symbols };
}

/** Routine locals that hold a body's shared values, reused every time the body is written. */
export type BodyLocals = Map<number, Local>;

/**
 * Writes a body's shared values and returns its wanted results (all by default) as nodes; use them before the body is
 * written again.
 */
export function writeBody(
  emitter: Emitter,
  routine: Routine,
  body: Body,
  resolve: Resolve,
  kept: BodyLocals = new Map(),
  wanted: readonly number[] = body.results.map((_, i) => i),
): Node[] {
  const inner: Resolve = (name) => {
    const index = localIndex(name);
    if (index < 0) return resolve(name);
    const local = kept.get(index);
    if (local === undefined) throw new RangeError(`${name} is used before it is defined`);
    return local;
  };
  for (const i of needs(body, wanted).locals) {
    const value = numberOf(emitter, body.locals[i] ?? call('add'), inner);
    const local = kept.get(i) ?? routine.local(value.type);
    routine.set(local, value);
    kept.set(i, local);
  }
  return wanted.map((i) => {
    const result = body.results[i];
    if (result === undefined) throw new RangeError(`result ${i} of a body with ${body.results.length}`);
    return numberOf(emitter, result, inner);
  });
}
