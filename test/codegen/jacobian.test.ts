// The symbolic Jacobian of every shipped model against central differences of its right-hand side, entry by entry.
import { describe, expect, it } from 'vitest';
import { linearise } from '../../src/codegen/jacobian.ts';
import { javascriptBody } from '../../src/codegen/javascript.ts';
import { lower } from '../../src/codegen/lower.ts';
import { RODAS4 } from '../../src/codegen/methods.ts';
import type { Body, Program } from '../../src/codegen/program.ts';
import { compile } from '../../src/language/compile.ts';
import { LIBRARY } from '../../src/study/library.ts';
import { add, DECAY, mul, n, s } from './fixtures.ts';

const PROGRAMS: readonly Program[] = LIBRARY.flatMap(({ text }) => {
  const { model } = compile(text);
  return model
    ? [lower(model, { method: RODAS4, therapies: model.therapies, endpoints: model.endpoints }).program]
    : [];
});

type Run = (inputs: Readonly<Record<string, unknown>>) => number[];
const load = (body: Body): Run => new Function(`return ${javascriptBody(body)}`)() as Run;
const named = (fields: readonly { readonly name: string }[], value: (i: number) => number) =>
  Object.fromEntries(fields.map(({ name }, i) => [name, value(i)]));

describe.each(PROGRAMS.map((program) => [program.name, program] as const))(
  'the Jacobian of %s',
  (_, program) => {
    const { entries, timed, moving, body, pivots, plain } = linearise(program);
    const rhs = load(program.rhs);
    // Anywhere in the models' domain: positive, and no two alike.
    const p = named(program.params, (i) => 0.3 + 0.17 * ((i * 7) % 11));
    const u = named(program.inputs, (i) => 0.5 + i);
    const point = program.states.map((_, i) => 0.4 + 0.13 * ((i * 5) % 7));
    const slopes = (t: number, y: readonly number[]) =>
      rhs({ t, p, u, y: named(program.states, (i) => y[i] ?? 0) });
    const results = load(body)({ t: 1.3, p, u, y: named(program.states, (i) => point[i] ?? 0) });
    const difference = (before: number[], after: number[], width: number) =>
      after.map((x, i) => (x - (before[i] ?? 0)) / width);

    it('has the entries that differences have, and no others', () => {
      const h = 1e-5;
      point.forEach((_, column) => {
        const shifted = (by: number) =>
          slopes(
            1.3,
            point.map((x, j) => (j === column ? x + by : x)),
          );
        difference(shifted(-h), shifted(h), 2 * h).forEach((numeric, row) => {
          const e = entries.findIndex((entry) => entry.row === row && entry.column === column);
          // The body gives -df/dy. Columns of states that never move are left out.
          const exact = e < 0 ? 0 : -(results[e] ?? 0);
          if (e >= 0 || moving[column])
            expect(Math.abs(exact - numeric), `${row}, ${column}`).toBeLessThan(1e-5 * (1 + Math.abs(exact)));
        });
      });
    });

    it('has the time derivatives that differences have', () => {
      const h = 1e-5;
      difference(slopes(1.3 - h, point), slopes(1.3 + h, point), 2 * h).forEach((numeric, row) => {
        const i = timed.indexOf(row);
        expect(i < 0 ? 0 : (results[entries.length + i] ?? 0)).toBeCloseTo(numeric, 4);
      });
    });

    it('costs a quadrature state no pivot and no other row', () => {
      for (let j = program.modelStates; j < program.states.length; j++) {
        expect(plain.has(j)).toBe(true);
        expect(pivots.find(({ pivot }) => pivot === j)?.rows).toEqual([]);
      }
    });
  },
);

describe('a linearised right-hand side', () => {
  it('leaves out states that never move and what only they would multiply', () => {
    // x' = -K x * level, level' = 0.
    const program: Program = {
      ...DECAY,
      states: [...DECAY.states, { name: 'level', unit: '1' }],
      rhs: {
        locals: [mul(s('p.K'), s('y.x'))],
        results: [mul(n(-1), mul(s('local.0'), s('y.level'))), n(0)],
      },
    };
    const { moving, entries, pivots } = linearise(program);
    expect(moving).toEqual([true, false]);
    expect(entries).toEqual([{ row: 0, column: 0 }]);
    expect(pivots.map(({ pivot }) => pivot)).toEqual([0]);
  });

  it('knows the time derivative of a rate that depends on time', () => {
    const program: Program = {
      ...DECAY,
      rhs: { locals: [], results: [add(mul(s('t'), s('t')), s('y.x'))] },
    };
    const { timed, body, entries } = linearise(program);
    expect(timed).toEqual([0]);
    const at = load(body)({ t: 3, y: { x: 1 } });
    expect([entries.length, ...at]).toEqual([1, -1, 6]);
  });
});

describe('where a slope is infinite', () => {
  it('a power below 1 of an empty compartment leaves every entry finite', () => {
    const { model } = compile(
      'model m\n  time h\nparameter k = 0.4\ncompartment a : mg\nflow f : a -> at 1 [1/h] * a\nstate e : 1 = 1\nd/dt(e) = (1 - hill(a, 2 [mg], k) - e) * 1 [1/h]\n',
    );
    if (model === undefined || model === null) throw new Error('the model does not compile');
    const { program } = lower(model, { method: RODAS4, therapies: [], endpoints: [] });
    const run = load(linearise(program).body);
    const at = (a: number) => run({ t: 0, p: { k: 0.4 }, u: {}, y: { a, e: 1 } });
    expect(at(0).every(Number.isFinite)).toBe(true);
    // Away from nothing it is the slope: d/da of a^k / (2^k + a^k) at a = 2 is k / 8.
    expect(at(2)).toContainEqual(expect.closeTo(0.4 / 8, 12));
  });
});
