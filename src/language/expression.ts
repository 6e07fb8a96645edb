// Expressions: immutable trees that every later stage folds over. In: nothing. Out: nodes and constructors.
// A number is a bare value; which unit it is in is decided where the tree was checked (see check.ts):
// after checking, conversions are explicit multiplications and no node needs a unit any more.
import type { FunctionName } from './functions.ts';

export type Expression = NumberNode | SymbolNode | CallNode;

export interface NumberNode {
  readonly kind: 'number';
  readonly value: number;
}

/** A quantity by its name: a parameter, covariate, random effect, definition, compartment, output or `t`. */
export interface SymbolNode {
  readonly kind: 'symbol';
  readonly name: string;
}

/** An operator or function application; `fn` is a row of the function table (functions.ts). */
export interface CallNode {
  readonly kind: 'call';
  readonly fn: FunctionName;
  readonly args: readonly Expression[];
}

export const number = (value: number): NumberNode => ({ kind: 'number', value });
export const symbol = (name: string): SymbolNode => ({ kind: 'symbol', name });
export const call = (fn: FunctionName, ...args: readonly Expression[]): CallNode => ({
  kind: 'call',
  fn,
  args,
});
