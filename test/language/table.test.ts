// Tables against interpolation written the plain way: values, corners, slopes, units, and what their use costs.
import { describe, expect, test } from 'vitest';
import { compile, compileEndpoint, compileTherapy, render } from '../../src/language/compile.ts';
import { derivative } from '../../src/language/derivative.ts';
import { evaluate } from '../../src/language/evaluate.ts';
import type { Expression } from '../../src/language/expression.ts';
import { fold } from '../../src/language/fold.ts';
import { compiled, definition, HEAD, said } from './small.ts';

const POINTS = Array.from({ length: 37 }, (_, k) => [k * k * 0.5 - 3, Math.sin(k) * 10] as const);
const table = (type: string) =>
  `table f : mg by h ${type} = ${POINTS.map(([x, y]) => `${x} -> ${y}`).join(', ')}\ny = f(t) + 0 [mg]\n`;

function interpolated(x: number, linear: boolean): number {
  let value = POINTS[0]?.[1] ?? Number.NaN;
  for (const [k, [x0, y0]] of POINTS.entries()) {
    if (x < x0) break;
    const next = POINTS[k + 1];
    value = y0;
    if (linear && next !== undefined && x < next[0]) value += ((next[1] - y0) * (x - x0)) / (next[0] - x0);
  }
  return value;
}
const at = (e: Expression, t: number) => evaluate(e, () => t);

describe('a table', () => {
  test.each(['linear', 'step'])(
    'that is %s has the value of its points, and is constant outside them',
    (type) => {
      const { expression } = definition(compiled(table(type)), 'y');
      for (let x = -20; x < 700; x += 0.37)
        expect(at(expression, x)).toBeCloseTo(interpolated(x, type === 'linear'), 12);
      for (const [x, y] of POINTS) expect(at(expression, x)).toBe(y);
    },
  );

  test('of n points takes about log2(n) comparisons', () => {
    const points = Array.from({ length: 2000 }, (_, k) => `${k} -> ${k % 7}`).join(', ');
    const { expression } = definition(compiled(`table f : 1 by h linear = ${points}\ny = f(t)`), 'y');
    const height = fold<number>(expression, (_, args) => 1 + Math.max(0, ...args));
    expect(height).toBeLessThanOrEqual(11 + 4);
  });

  test('has the slopes of its pieces for a derivative', () => {
    const slope = derivative(definition(compiled(table('linear')), 'y').expression, 't');
    for (let x = -19.9; x < 700; x += 0.37) {
      const h = 1e-4;
      if (POINTS.some(([corner]) => Math.abs(corner - x) <= 2 * h)) continue;
      const difference = (interpolated(x + h, true) - interpolated(x - h, true)) / (2 * h);
      expect(at(slope, x)).toBeCloseTo(difference, 6);
    }
  });

  test('by t gives its corners after time 0 to the solver, in the model’s time', () => {
    const corners = (text: string) => compiled(text).breaks.map((b) => (b.kind === 'number' ? b.value : b));
    expect(corners('table f : 1 by d step = -1 -> 1, 0 -> 2, 0.5 -> 3, 2 -> 4\nx = f(t)')).toEqual([12, 48]);
    expect(
      corners(
        'table f : 1 by h step = 1 -> 1, 2 -> 2\ntable g : 1 by h step = 2 -> 1, 3 -> 2\nx = f(t) + g(t)',
      ),
    ).toEqual([1, 2, 3]);
    expect(corners('table f : 1 by h step = 1 -> 1, 2 -> 2\nx = f(t - 1 [h])')).toEqual([]);
  });

  test('converts its argument, and is a value of the patient where that is one', () => {
    const model = compiled(
      'covariate WT : kg ~ normal(mean 70, sd 10)\ntable f "F" : g by g linear = 0 -> 0, 100000 -> 10\nx = f(WT) in mg',
    );
    const x = definition(model, 'x');
    expect(x.stage).toBe('patient');
    expect(evaluate(x.expression, () => 50)).toBeCloseTo(5000, 9);
    expect(model.tables).toMatchObject([{ name: 'f', label: 'F', type: 'linear', points: [[0, 0], [100_000, 10]] }]); // biome-ignore format: one line
  });

  test('of the model is known to an arm and to an endpoint of a study', () => {
    const text = `${HEAD}table f : mg by h linear = 0 -> 1, 10 -> 2\ncompartment c : mg\nflow out : c -> at f(t) / 1 [h]`;
    const { model, diagnostics } = compile(text);
    expect(diagnostics.map((d) => render(d, text))).toEqual([]);
    if (model === null) return;
    expect(compileTherapy(model, 'dose f(t) * 2 into c every 1 h').therapy?.doses.length).toBe(1);
    expect(compileEndpoint(model, 'max(f(t) + c)').endpoint?.unit.text).toBe('mg');
    expect(compileEndpoint(model, 'max(g(t) + c)').diagnostics.map((d) => d.message)).toEqual([
      'unknown function g',
    ]);
  });

  test('may stand below its use', () => {
    expect(said('x = f(3 [h])\ntable f : 1 by h step = 0 -> 1, 2 -> 2')).toEqual([]);
  });
});
