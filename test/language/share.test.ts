// Common subexpressions: putting the locals back gives the same values; nothing used once becomes a local.
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/language/evaluate.ts';
import { call, type Expression, number, symbol } from '../../src/language/expression.ts';
import { share } from '../../src/language/share.ts';
import { randomExpression, uniforms } from './random-expression.ts';

const x = symbol('x');
const y = symbol('y');

/** Runs straight-line code. */
function run({ locals, results }: ReturnType<typeof share>, values: Record<string, number>): number[] {
  const known: Record<string, number> = { ...values };
  const look = (name: string): number => {
    const value = known[name];
    if (value === undefined) throw new Error(`${name} is used before it is computed`);
    return value;
  };
  locals.forEach((local, i) => {
    known[`local.${i}`] = evaluate(local, look);
  });
  return results.map((result) => evaluate(result, look));
}

function symbols(e: Expression): string[] {
  return e.kind === 'symbol' ? [e.name] : e.kind === 'call' ? e.args.flatMap(symbols) : [];
}

describe('share', () => {
  it('keeps every value to the last bit, computes locals in order, and uses each at least twice', () => {
    const draw = uniforms(21);
    for (let i = 0; i < 300; i++) {
      const parts = Array.from({ length: 3 }, () => randomExpression(draw, 4, ['x', 'y']));
      const [a = x, b = x, c = x] = parts;
      const roots = [
        call('add', a, b),
        call('mul', a, c),
        call('if', call('lt', b, c), call('sub', c, b), a),
        b,
      ];
      const values = { x: draw() * 4 - 2, y: draw() * 2 };
      const shared = share(roots);
      expect(run(shared, values)).toEqual(
        roots.map((root) => evaluate(root, (n) => (n === 'x' ? values.x : values.y))),
      );
      const uses = [...shared.locals, ...shared.results].flatMap(symbols);
      shared.locals.forEach((local, k) => {
        expect(uses.filter((name) => name === `local.${k}`).length).toBeGreaterThanOrEqual(2);
        expect(local.kind).toBe('call');
      });
    }
  });

  it('finds equal trees that are different nodes, and a + b in b + a', () => {
    const { locals, results } = share([call('exp', call('add', x, y)), call('log', call('add', y, x))]);
    expect(locals).toEqual([call('add', x, y)]);
    expect(results).toEqual([call('exp', symbol('local.0')), call('log', symbol('local.0'))]);
  });

  it('does not mistake x - y for y - x', () => {
    expect(share([call('sub', x, y), call('sub', y, x)]).locals).toEqual([]);
  });

  it('leaves a tree without repetition as it is', () => {
    const root = call('add', call('mul', x, number(2)), call('exp', y));
    expect(share([root])).toEqual({ locals: [], results: [root] });
  });

  it('makes locals of numbers only', () => {
    const condition = call('lt', call('exp', x), y);
    const { locals, results } = share([call('if', condition, x, y), call('if', condition, y, x)]);
    expect(locals).toEqual([call('if', condition, number(1), number(0))]);
    expect(results[0]).toEqual(call('if', call('gt', symbol('local.0'), number(0)), x, y));
    expect(share([call('if', call('lt', x, y), x, y), call('if', call('lt', x, y), y, x)]).locals).toEqual(
      [],
    );
  });

  it('takes deep trees and doubling ones, conditions among them, in linear size', () => {
    let deep: Expression = x;
    for (let i = 0; i < 50_000; i++) deep = call('add', deep, number(i));
    expect(share([deep]).locals).toEqual([]);
    let wide: Expression = x;
    for (let i = 0; i < 60; i++) {
      const above = call('gt', wide, number(i));
      wide = call('add', call('if', above, number(1), number(2)), call('if', above, y, wide));
    }
    const { locals, results } = share([wide]);
    expect([...locals, ...results].flatMap(symbols).length).toBeLessThan(600);
  });

  it('numbers locals alike whenever it is given the same roots', () => {
    const root = randomExpression(uniforms(9), 7, ['x', 'y']);
    expect(JSON.stringify(share([root, call('neg', root)]))).toBe(
      JSON.stringify(share([root, call('neg', root)])),
    );
  });
});
