// The order of every row is measured, not believed: halving the step must divide the error by 2^order.
import { describe, expect, it } from 'vitest';
import { METHODS, type Method } from '../../src/codegen/methods.ts';

type Rhs = (t: number, y: readonly number[]) => number[];

/** One step of a row, in the plainest way; returns y1, the stages and the error estimate. */
function step(method: Method, f: Rhs, t: number, y: readonly number[], h: number) {
  const k: number[][] = [];
  for (let i = 0; i < method.c.length; i++) {
    const yi = y.map((v, n) => v + h * (method.a[i] ?? []).reduce((s, a, j) => s + a * (k[j]?.[n] ?? 0), 0));
    k.push(f(t + (method.c[i] ?? 0) * h, yi));
  }
  const combine = (w: readonly number[]) =>
    y.map((_, n) => h * w.reduce((s, b, j) => s + b * (k[j]?.[n] ?? 0), 0));
  const y1 = combine(method.b).map((d, n) => d + (y[n] ?? 0));
  const dense = (theta: number) =>
    combine(method.dense.map((p) => p.reduce((s, c, m) => s + c * theta ** (m + 1), 0))).map(
      (d, n) => d + (y[n] ?? 0),
    );
  return { y1, k, error: method.e ? combine(method.e) : undefined, dense };
}

// A nonlinear, non-autonomous problem with a closed form: y' = -2 t y^2, y(0) = 1, y = 1 / (1 + t^2); z' = y, z = atan(t).
const problem: Rhs = (t, y) => [-2 * t * (y[0] ?? 0) ** 2, y[0] ?? 0];
const exact = (t: number) => [1 / (1 + t * t), Math.atan(t)];
const worst = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((v, i) => Math.abs(v - (b[i] ?? 0))));

function globalError(method: Method, steps: number): number {
  let y: readonly number[] = [1, 0];
  const h = 2 / steps;
  for (let n = 0; n < steps; n++) y = step(method, problem, n * h, y, h).y1;
  return worst(y, exact(2));
}

describe.each(Object.entries(METHODS))('method %s', (_, method) => {
  it('has the order its row states', () => {
    const measured = Math.log2(globalError(method, 32) / globalError(method, 64));
    expect(measured).toBeGreaterThan(method.order - 0.25);
    expect(measured).toBeLessThan(method.order + 0.75);
  });

  it('has a dense output of the order its row states, continuous at both ends of the step', () => {
    const t = 0.5;
    const localError = (h: number) =>
      Math.max(
        ...[0.15, 0.35, 0.6, 0.85].map((theta) =>
          worst(step(method, problem, t, exact(t), h).dense(theta), exact(t + theta * h)),
        ),
      );
    const measured = Math.log2(localError(0.02) / localError(0.01));
    expect(measured).toBeGreaterThan(method.denseOrder + 1 - 0.3);
    const { dense, y1 } = step(method, problem, t, exact(t), 0.1);
    expect(worst(dense(1), y1)).toBeLessThan(1e-15);
    expect(worst(dense(0), exact(t))).toBe(0);
  });

  it('has rows that agree with its stage times and weights that add up', () => {
    method.c.forEach((c, i) => {
      expect((method.a[i] ?? []).reduce((s, a) => s + a, 0)).toBeCloseTo(c, 13);
    });
    expect(method.b.reduce((s, b) => s + b, 0)).toBeCloseTo(1, 13);
  });

  it('has an error estimate of the order its row states', () => {
    if (!method.e) return expect(method.errorOrder).toBeUndefined();
    const size = (h: number) => Math.hypot(...(step(method, problem, 0.5, exact(0.5), h).error ?? []));
    const measured = Math.log2(size(0.08) / size(0.04));
    expect(measured).toBeGreaterThan((method.errorOrder ?? 0) + 1 - 0.3);
    return undefined;
  });

  it('is first-same-as-last exactly when its row says so', () => {
    const last = method.c.length - 1;
    const same =
      method.c[last] === 1 &&
      (method.b[last] ?? 0) === 0 &&
      method.b.every((b, i) => i === last || b === method.a[last]?.[i]);
    expect(same).toBe(method.fsal);
  });
});
