// Derivatives against central differences, for every function of the table; and closed forms.
import { describe, expect, it } from 'vitest';
import { derivative, totalDerivative } from '../../src/language/derivative.ts';
import { compile, evaluate } from '../../src/language/evaluate.ts';
import { call, type Expression, number, symbol } from '../../src/language/expression.ts';
import { FUNCTION_NAMES, FUNCTIONS } from '../../src/language/functions.ts';
import { isRegular, randomExpression, uniforms } from './random-expression.ts';

const x = symbol('x');
const y = symbol('y');

/** Fourth-order central difference in variable i. */
function difference(f: (v: number[]) => number, at: readonly number[], i: number, h: number): number {
  const moved = (k: number) => f(at.map((v, j) => (j === i ? v + k * h : v)));
  return (8 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / (12 * h);
}

describe('derivative', () => {
  const numeric = FUNCTION_NAMES.filter(
    (fn) => !['condition', 'logic', 'choice'].includes(FUNCTIONS[fn].unit),
  );

  // Points inside every function's domain (asin, normal_quantile), away from jumps and kinks.
  it.each(numeric)('of %s agrees with central differences in every argument', (fn) => {
    const { arity } = FUNCTIONS[fn];
    const names = ['a', 'b', 'c'].slice(0, typeof arity === 'number' ? arity : arity[0]);
    const expression = call(fn, ...names.map(symbol));
    const value = compile(expression, names);
    for (const at of [
      [0.21, 0.43, 1.7],
      [0.62, 0.37, 2.2],
      [0.87, 0.55, 0.8],
    ])
      names.forEach((name, i) => {
        const point = at.slice(0, names.length);
        const got = compile(derivative(expression, name), names)(point);
        const want = difference(value, point, i, 1e-3);
        expect(Math.abs(got - want), `d ${fn}/d${name} at ${point}: ${got}, ${want}`).toBeLessThan(
          1e-8 * Math.max(1, Math.abs(want)),
        );
      });
  });

  it('follows the chain rule on random expressions', () => {
    const draw = uniforms(3);
    let compared = 0;
    let singular = 0;
    for (let i = 0; i < 1500; i++) {
      const expression = randomExpression(draw, 4, ['x', 'y']);
      const at = [0.3 + draw(), 0.3 + draw()];
      const f = compile(expression, ['x', 'y']);
      const [coarse, fine] = [difference(f, at, 0, 2e-4), difference(f, at, 0, 1e-4)];
      // Differences that do not settle tell of a jump, a kink or an overflow nearby.
      if (!(Math.abs(fine) < 1e4) || Math.abs(coarse - fine) > 1e-8 * Math.max(1, Math.abs(fine))) continue;
      if (Math.abs(f(at)) > 1e4) continue;
      const rate = derivative(expression, 'x');
      const got = compile(rate, ['x', 'y'])(at);
      // An infinite factor (a power of 0, a logarithm of 0) times a rate of 0 is NaN: such points are counted.
      if (!Number.isFinite(got) && !isRegular(rate, (n) => at[n === 'x' ? 0 : 1] ?? 0)) {
        singular++;
        continue;
      }
      compared++;
      expect(Math.abs(got - fine), JSON.stringify(expression)).toBeLessThan(
        2e-6 * Math.max(1, Math.abs(fine)),
      );
    }
    expect(compared).toBeGreaterThan(800);
    expect(singular).toBeLessThan(compared / 50);
  });

  it('of a choice is the derivative of the branch taken, even where the other is undefined', () => {
    const safe = call('if', call('gt', x, number(0)), call('log', x), call('neg', x));
    expect(evaluate(derivative(safe, 'x'), () => -2)).toBe(-1);
    expect(evaluate(derivative(safe, 'x'), () => 4)).toBe(0.25);
    expect(evaluate(derivative(call('max', call('sqrt', x), y), 'x'), (n) => (n === 'x' ? 0 : 1))).toBe(0);
  });

  it('is simple where the answer is', () => {
    expect(derivative(call('mul', y, x), 'x')).toEqual(y);
    expect(derivative(call('exp', y), 'x')).toEqual(number(0));
    expect(derivative(call('floor', x), 'x')).toEqual(number(0));
    expect(derivative(x, 'x')).toEqual(number(1));
    expect(derivative(call('sub', y, x), 'x')).toEqual(number(-1));
  });

  it('of a deep shared tree costs its nodes, not its paths', () => {
    let tree: Expression = x;
    for (let i = 0; i < 200; i++) tree = call('mul', call('sin', tree), call('cos', tree));
    expect(Number.isFinite(evaluate(derivative(tree, 'x'), () => 0.3))).toBe(true);
  });
});

describe('totalDerivative', () => {
  it('is the time derivative along a solution', () => {
    // x' = -2 x, y = x^2: y' = 2 x x' = -4 x^2
    const rate = totalDerivative(call('pow', x, number(2)), (n) =>
      n === 'x' ? call('mul', number(-2), x) : undefined,
    );
    expect(evaluate(rate, () => 3)).toBe(-36);
  });
});
