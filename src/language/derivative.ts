// Derivatives of expressions by the chain rule over the function table. In: an expression and the name of a symbol.
// Out: the derivative, simplified, sharing nodes with what it came from; every other symbol is held constant.
// Jumps (floor, comparisons) have derivative 0; at a kink (abs, min, max, a choice) it is that of the branch taken.
import { call, type Expression, number } from './expression.ts';
import { fold } from './fold.ts';
import { FUNCTIONS } from './functions.ts';
import { apply, simplify } from './simplify.ts';

const isZero = (x: Expression | undefined): boolean =>
  x === undefined || (x.kind === 'number' && x.value === 0);

export function derivative(expression: Expression, name: string): Expression {
  return totalDerivative(expression, (symbol) => (symbol === name ? number(1) : undefined));
}

/**
 * The chain rule over all symbols at once: d expression / ds where `rate(x)` is dx/ds, undefined for a constant.
 * With rate(y) = f(y) this is the time derivative along a solution.
 */
export function totalDerivative(
  expression: Expression,
  rate: (name: string) => Expression | undefined,
): Expression {
  const rates = new Map<Expression, Expression>();
  const zero = number(0);
  return fold<Expression>(
    simplify(expression),
    (node, d) => {
      if (node.kind === 'number') return zero;
      if (node.kind === 'symbol') return rate(node.name) ?? zero;
      if (d.every(isZero)) return zero;
      const [a = zero, b = zero] = node.args;
      const [da = zero, db = zero, dc = zero] = d;
      // A branch not taken may be NaN or infinite: choose between derivatives, never multiply one by 0.
      if (node.fn === 'if') return apply('if', a, db, dc);
      if (node.fn === 'min') return apply('if', call('le', a, b), da, db);
      if (node.fn === 'max') return apply('if', call('ge', a, b), da, db);
      if (node.fn === 'abs') return apply('if', call('ge', a, zero), da, apply('neg', da));
      const row = FUNCTIONS[node.fn];
      if (row.kind !== 'core') throw new Error(`${node.fn} was not expanded`);
      let sum: Expression = zero;
      d.forEach((di, i) => {
        if (!isZero(di)) sum = apply('add', sum, apply('mul', simplify(row.derivative(node.args, i)), di));
      });
      return sum;
    },
    rates,
  );
}
