// The function table: every row is complete, and the host's Math agrees with our values.
import { describe, expect, it } from 'vitest';
import { FUNCTION_NAMES, FUNCTIONS } from '../../src/language/functions.ts';
import { LIBRARY, normal_cdf, normal_quantile } from '../../src/language/math.ts';

const core = FUNCTION_NAMES.flatMap((name) => {
  const row = FUNCTIONS[name];
  return row.kind === 'core' ? [{ name, row }] : [];
});

describe('the function table', () => {
  it.each(core)('$name computes what its JavaScript spelling does', ({ row }) => {
    const names = ['a', 'b', 'c'].slice(0, typeof row.arity === 'number' ? row.arity : row.arity[0]);
    const host = new Function(
      'normal_cdf',
      'normal_quantile',
      ...names,
      `return Number(${row.javascript(...names)})`,
    );
    for (const point of [
      [0.3, 0.7, 1.9],
      [0.8, 0.2, 3],
      [0.5, 0.5, 0.5],
      [1, 0, 1],
      [0, 1, 0],
    ]) {
      const args = point.slice(0, names.length).map((v) => (row.unit === 'logic' ? Math.round(v) : v));
      const want = host(normal_cdf, normal_quantile, ...args);
      const got = row.value(...args);
      if (Number.isFinite(want))
        expect(Math.abs(got - want)).toBeLessThanOrEqual(4e-16 * Math.max(1, Math.abs(want)));
      else expect(got).toBe(want);
    }
  });

  it.each(core)('$name has a WGSL spelling that names its arguments', ({ row }) => {
    const names = ['first', 'second', 'third'].slice(
      0,
      typeof row.arity === 'number' ? row.arity : row.arity[0],
    );
    for (const name of names) expect(row.wgsl(...names)).toContain(name);
  });

  it('names library functions that exist, and uses every one of them', () => {
    const used = core.flatMap(({ row }) =>
      typeof row.wasm === 'object' && 'library' in row.wasm ? [row.wasm.library] : [],
    );
    expect(new Set(used)).toEqual(new Set(Object.keys(LIBRARY)));
  });
});
