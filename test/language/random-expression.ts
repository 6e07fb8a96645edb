// Random expressions for property tests, from a seed.
import { evaluate } from '../../src/language/evaluate.ts';
import { call, type Expression, number, symbol } from '../../src/language/expression.ts';
import { FUNCTION_NAMES, FUNCTIONS, type FunctionName } from '../../src/language/functions.ts';

/** Uniforms in [0, 1): a linear congruence, good enough to choose test cases. */
export function uniforms(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const isLogic = (fn: FunctionName): boolean => FUNCTIONS[fn].unit === 'logic';
const isCondition = (fn: FunctionName): boolean => FUNCTIONS[fn].unit === 'condition';
const NUMERIC = FUNCTION_NAMES.filter((fn) => !isLogic(fn) && !isCondition(fn) && fn !== 'if');
const CONSTANTS = [0, 1, -1, 2, 3, 0.5, 8, -2, 0.25, 10];

/** A numeric expression over `names`; conditions only where they belong. */
export function randomExpression(draw: () => number, depth: number, names: readonly string[]): Expression {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(draw() * list.length)] as T;
  const condition = (level: number): Expression => {
    if (level > 0 && draw() < 0.4) {
      const fn = pick(FUNCTION_NAMES.filter(isLogic));
      return fn === 'not'
        ? call(fn, condition(level - 1))
        : call(fn, condition(level - 1), condition(level - 1));
    }
    return call(pick(FUNCTION_NAMES.filter(isCondition)), value(level - 1), value(level - 1));
  };
  const value = (level: number): Expression => {
    if (level <= 0 || draw() < 0.1) return draw() < 0.4 ? number(pick(CONSTANTS)) : symbol(pick(names));
    if (draw() < 0.1) return call('if', condition(level - 1), value(level - 1), value(level - 1));
    // Arithmetic comes up as often as everything else together, as in models.
    const fn = draw() < 0.5 ? pick(['add', 'sub', 'mul', 'div', 'neg'] as const) : pick(NUMERIC);
    const { arity } = FUNCTIONS[fn];
    return call(
      fn,
      ...Array.from({ length: typeof arity === 'number' ? arity : arity[0] }, () => value(level - 1)),
    );
  };
  return value(depth);
}

/** Whether every subexpression has a finite value. */
export function isRegular(e: Expression, lookup: (name: string) => number): boolean {
  return (
    Number.isFinite(evaluate(e, lookup)) && (e.kind !== 'call' || e.args.every((a) => isRegular(a, lookup)))
  );
}
