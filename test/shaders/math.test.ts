// shaders/math.wgsl and bits.wgsl against the host's Math, in and outside the functions' domains.
import { describe, expect, it } from 'vitest';
import * as math from '../../src/language/math.ts';
import { gpu } from '../engine/gpu.ts';
import { bits, floats, probe } from './harness.ts';

const spread = (low: number, high: number, n = 400) =>
  Array.from({ length: n }, (_, i) => Math.fround(low + ((high - low) * i) / (n - 1)));
const scales = (low: number, high: number, n = 400) =>
  spread(Math.log(low), Math.log(high), n).map((x) => Math.fround(Math.exp(x)));

describe.skipIf(!gpu)('functions of the shading language', () => {
  it.each([
    ['sine', spread(-60, 60), Math.sin, 2e-6],
    ['cosine', spread(-60, 60), Math.cos, 2e-6],
    ['sine', spread(5000, 6000), Math.sin, 3e-6],
    ['hyperbolic_tangent', spread(-12, 12), Math.tanh, 1e-6],
    ['hyperbolic_tangent', spread(-3e38, 3e38), Math.tanh, 1e-6],
    ['arctangent', spread(-40, 40), Math.atan, 1e-6],
    ['logarithm', scales(1e-35, 1e35), Math.log, 2e-6],
    ['square_root', scales(1e-35, 1e35), Math.sqrt, 1e-6],
    ['normal_cdf', spread(-9, 9), math.normal_cdf, 2e-6],
    ['normal_quantile', [...scales(1e-30, 0.4), ...spread(0.4, 0.999)], math.normal_quantile, 3e-6],
  ] as const)('%s is right where it is defined', async (name, xs, exact, tolerance) => {
    const got = await floats(
      ['math'],
      `${name}(a)`,
      xs.map((x) => [x]),
    );
    for (const [i, x] of xs.entries()) {
      const want = exact(x);
      // Near a zero of the function the error is that of the argument's last place.
      expect(Math.abs((got[i] ?? Number.NaN) - want), `${name}(${x}) = ${got[i]}, not ${want}`).toBeLessThan(
        tolerance * Math.max(Math.abs(want), name.includes('ine') ? 1 : 0.02),
      );
    }
  });

  it.each([
    ['logarithm(a)', [-1, 0]],
    ['square_root(a)', [-1e-30]],
    ['normal_quantile(a)', [0, 1, -0.5, 2]],
    ['power(a, 0.5f)', [-2]],
    ['power(a, -1.0f)', [0]],
    ['larger(logarithm(a), 0.0f)', [-1]],
    ['smaller(square_root(a), 0.0f)', [-1]],
    ['hyperbolic_tangent(logarithm(a))', [-1]],
    ['exp(a)', [100]],
  ])('%s outside its domain is refused by its bits', async (expression, xs) => {
    const out = await probe(
      ['math'],
      `  let a = bitcast<f32>(x.x);\n  return vec4<u32>(select(0u, 1u, is_finite(${expression})));`,
      xs.map((x) => [bits(x)]),
    );
    for (const [i, x] of xs.entries()) expect(out[4 * i], `${expression} at ${x}`).toBe(0);
  });

  it('raises to powers, negative bases to whole ones, and zero', async () => {
    const cases: [number, number][] = [];
    for (const x of [-3, -0.5, 0, 0.1, 1, 2.5, 70]) {
      for (const y of [-3, -2, -1, -0.75, 0, 0.75, 1, 2, 3, 4.5, 17]) cases.push([x, y]);
    }
    const got = await floats(['math'], 'power(a, b)', cases);
    for (const [i, [x, y]] of cases.entries()) {
      const want = x ** y;
      if (Number.isFinite(want))
        expect(Math.abs((got[i] ?? Number.NaN) - want), `${x}^${y}`).toBeLessThanOrEqual(
          4e-6 * Math.abs(want),
        );
      else expect(Number.isFinite(got[i]), `${x}^${y}`).toBe(false);
    }
  });

  it('orders keys as the floats', async () => {
    const xs = [-3e38, -1, -1e-30, 0, 1e-38, 1e-3, 1, 3e38];
    const out = await probe(
      ['bits'],
      '  return vec4<u32>(ordered_key(bitcast<f32>(x.x)));',
      xs.map((x) => [bits(x)]),
    );
    const keys = xs.map((_, i) => out[4 * i] ?? 0);
    expect(keys).toEqual([...keys].sort((a, b) => a - b));
    expect(new Set(keys).size).toBe(xs.length);
  });
});
