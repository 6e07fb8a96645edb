// Evaluation against the host's Math, and the two evaluators against each other.
import { describe, expect, it } from 'vitest';
import { compile, evaluate } from '../../src/language/evaluate.ts';
import { call, type Expression, number, symbol } from '../../src/language/expression.ts';
import { randomExpression, uniforms } from './random-expression.ts';

const x = symbol('x');
const y = symbol('y');

describe('compile', () => {
  it.each<[string, Expression, (x: number, y: number) => number]>([
    ['x + y * 2', call('add', x, call('mul', y, number(2))), (a, b) => a + b * 2],
    ['x / -y', call('div', x, call('neg', y)), (a, b) => a / -b],
    ['hill(x, y, 2)', call('hill', x, y, number(2)), (a, b) => a ** 2 / (a ** 2 + b ** 2)],
    ['log10(x)', call('log10', x), (a) => Math.log10(a)],
    ['log2(x)', call('log2', x), (a) => Math.log2(a)],
    ['ceil(x)', call('ceil', x), (a) => Math.ceil(a)],
    ['round(x)', call('round', x), (a) => Math.round(a)],
    ['mod(-x, y)', call('mod', call('neg', x), y), (a, b) => (((-a % b) + b) % b)],
    ['tan(x)', call('tan', x), (a) => Math.tan(a)],
    ['sinh(x)', call('sinh', x), (a) => Math.sinh(a)],
    ['cosh(x)', call('cosh', x), (a) => Math.cosh(a)],
    ['asin(x / 9)', call('asin', call('div', x, number(9))), (a) => Math.asin(a / 9)],
    ['acos(x / 9)', call('acos', call('div', x, number(9))), (a) => Math.acos(a / 9)],
    ['logistic(x)', call('logistic', x), (a) => 1 / (1 + Math.exp(-a))],
    ['sign(x - y)', call('sign', call('sub', x, y)), (a, b) => Math.sign(a - b)],
    ['if x < y and not (x == 1) then 1 else 2', call('if', call('and', call('lt', x, y), call('not', call('eq', x, number(1)))), number(1), number(2)), (a, b) => (a < b && a !== 1 ? 1 : 2)],
    ['x >= 2 or y != x', call('or', call('ge', x, number(2)), call('ne', y, x)), (a, b) => (a >= 2 || b !== a ? 1 : 0)],
  ])('computes %s as the host does', (_, expression, host) => {
    const f = compile(expression, ['x', 'y']);
    for (const [a, b] of [[0.3, 0.7], [1, 2.5], [2.6, 1.9], [7.5, 7.5]] as const) {
      expect(f([a, b])).toBeCloseTo(host(a, b), 12);
    }
  }); // biome-ignore format: a table

  it('agrees with evaluate to the last bit on random expressions', () => {
    const draw = uniforms(1);
    for (let i = 0; i < 500; i++) {
      const expression = randomExpression(draw, 6, ['x', 'y', 'z']);
      const values = [draw() * 4 - 2, draw() * 4, draw()];
      const named: Record<string, number> = { x: values[0] ?? 0, y: values[1] ?? 0, z: values[2] ?? 0 };
      expect(compile(expression, ['x', 'y', 'z'])(values)).toBe(
        evaluate(expression, (n) => named[n] ?? Number.NaN),
      );
    }
  });

  it('refuses a symbol it has no value for', () => {
    expect(() => compile(call('add', x, symbol('CLL')), ['x', 'CL'])).toThrow(
      'no value for CLL; known are x, CL',
    );
  });

  it('takes a tree a hundred thousand deep, and a shared one of 2^100 paths', () => {
    let deep: Expression = x;
    for (let i = 0; i < 100_000; i++) deep = call('add', deep, number(1));
    expect(compile(deep, ['x'])([0.5])).toBe(100_000.5);
    let wide: Expression = x;
    for (let i = 0; i < 100; i++) wide = call('add', wide, wide);
    expect(compile(wide, ['x'])([1])).toBe(2 ** 100);
  });
});
