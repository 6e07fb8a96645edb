// Simplification: values kept on random trees, and the rules one by one.
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/language/evaluate.ts';
import { call, type Expression, number, symbol } from '../../src/language/expression.ts';
import { FUNCTIONS } from '../../src/language/functions.ts';
import { expand, simplify } from '../../src/language/simplify.ts';
import { isRegular, randomExpression, uniforms } from './random-expression.ts';

const x = symbol('x');
const y = symbol('y');
const yes = call('lt', x, y);

function functionsIn(e: Expression): string[] {
  return e.kind === 'call' ? [e.fn, ...e.args.flatMap(functionsIn)] : [];
}

describe('simplify', () => {
  it('keeps the value of random expressions', () => {
    const draw = uniforms(11);
    let regular = 0;
    for (let i = 0; i < 3000; i++) {
      const expression = randomExpression(draw, 5, ['x', 'y']);
      const values: Record<string, number> = { x: draw() * 6 - 3, y: draw() * 3 };
      const look = (name: string) => values[name] ?? Number.NaN;
      const want = evaluate(expression, look);
      // An infinity inside is where 0 * x and the sign of a zero may show.
      if (!isRegular(expand(expression), look)) continue;
      const got = evaluate(simplify(expression), look);
      // Powers written as products differ by an ulp, which floor and comparisons may enlarge: rare, and not here.
      regular++;
      expect(Math.abs(got - want), JSON.stringify(expression)).toBeLessThanOrEqual(
        1e-9 * Math.max(1, Math.abs(want)),
      );
    }
    expect(regular).toBeGreaterThan(1000);
  });

  it.each<[string, Expression, Expression]>([
    ['x + 0', call('add', x, number(0)), x],
    ['0 + x', call('add', number(0), x), x],
    ['x - 0', call('sub', x, number(0)), x],
    ['0 - x', call('sub', number(0), x), call('neg', x)],
    ['x + -y', call('add', x, call('neg', y)), call('sub', x, y)],
    ['x - -y', call('sub', x, call('neg', y)), call('add', x, y)],
    ['1 * x', call('mul', number(1), x), x],
    ['0 * x', call('mul', number(0), x), number(0)],
    ['-1 * x', call('mul', number(-1), x), call('neg', x)],
    ['-x * -y', call('mul', call('neg', x), call('neg', y)), call('mul', x, y)],
    ['x / 1', call('div', x, number(1)), x],
    ['--x', call('neg', call('neg', x)), x],
    ['-(x - y)', call('neg', call('sub', x, y)), call('sub', y, x)],
    ['2 * 3 + x', call('add', call('mul', number(2), number(3)), x), call('add', number(6), x)],
    ['x ^ 0', call('pow', x, number(0)), number(1)],
    ['x ^ 1', call('pow', x, number(1)), x],
    ['x ^ 0.5', call('pow', x, number(0.5)), call('sqrt', x)],
    ['x ^ -1', call('pow', x, number(-1)), call('div', number(1), x)],
    ['x ^ 9', call('pow', x, number(9)), call('pow', x, number(9))],
    ['if 1 < 2 then x else y', call('if', call('lt', number(1), number(2)), x, y), x],
    ['if c then x else x', call('if', yes, x, x), x],
    ['if not c then x else y', call('if', call('not', yes), x, y), call('if', yes, y, x)],
    ['c and 1 < 2', call('and', yes, call('lt', number(1), number(2))), yes],
    ['c or 1 < 2', call('or', yes, call('lt', number(1), number(2))), number(1)],
    ['not not c', call('not', call('not', yes)), yes],
    ['1 / 0', call('div', number(1), number(0)), call('div', number(1), number(0))],
    ['x - x', call('sub', x, x), call('sub', x, x)],
    ['0 / x', call('div', number(0), x), call('div', number(0), x)],
  ])('%s', (_, before, after) => {
    expect(simplify(before)).toEqual(after);
  });

  it.each([2, 3, 4, 5, 6, 7, 8])('writes x^%d as a product whose squares are shared nodes', (n) => {
    const product = simplify(call('pow', x, number(n)));
    expect(new Set(functionsIn(product))).toEqual(new Set(['mul']));
    for (const v of [1.5, -3, 0]) expect(evaluate(product, () => v)).toBe(v ** n);
    const distinct = new Set<Expression>();
    const walk = (e: Expression): void => {
      if (e.kind === 'call' && !distinct.has(e)) {
        distinct.add(e);
        e.args.forEach(walk);
      }
    };
    walk(product);
    expect(distinct.size).toBe([0, 0, 1, 2, 2, 3, 3, 4, 3][n]);
  });

  it('returns the very same node where nothing is to be done', () => {
    const e = call('add', call('mul', x, y), call('exp', x));
    expect(simplify(e)).toBe(e);
  });
});

describe('expand', () => {
  it('leaves core functions only', () => {
    const draw = uniforms(5);
    for (let i = 0; i < 200; i++)
      for (const fn of functionsIn(expand(randomExpression(draw, 4, ['x']))))
        expect(FUNCTIONS[fn as keyof typeof FUNCTIONS].kind).toBe('core');
  });
});
