// The order of every row is measured, not believed: halving the step must divide the error by 2^order.
import { describe, expect, it } from 'vitest';
import type { RosenbrockMethod } from '../../src/codegen/method.ts';
import { METHODS, type Method } from '../../src/codegen/methods.ts';

type Rhs = (t: number, y: readonly number[]) => number[];

/** One step of a row, in the plainest way; returns y1, the increments and the error estimate. */
function step(method: Method, f: Rhs, t: number, y: readonly number[], h: number) {
  const d: number[][] = [];
  const combine = (w: readonly number[]) =>
    y.map((_, n) => w.reduce((s, b, j) => s + b * (d[j]?.[n] ?? 0), 0));
  for (let i = 0; i < method.c.length; i++) {
    const yi = combine(method.a[i] ?? []).map((v, n) => v + (y[n] ?? 0));
    const slope = f(t + (method.c[i] ?? 0) * h, yi);
    if (method.kind === 'explicit') d.push(slope.map((v) => h * v));
    else {
      const coupled = combine(method.coupling[i] ?? []);
      const timed = (method.timeWeights[i] ?? 0) * h;
      const { df, dt } = derivatives(t, y);
      d.push(
        solveStage(
          method,
          h,
          df,
          slope.map((v, n) => v + (coupled[n] ?? 0) / h + timed * (dt[n] ?? 0)),
        ),
      );
    }
  }
  const y1 = combine(method.b).map((d, n) => d + (y[n] ?? 0));
  const dense = (theta: number) =>
    combine(method.dense.map((p) => p.reduce((s, c, m) => s + c * theta ** (m + 1), 0))).map(
      (d, n) => d + (y[n] ?? 0),
    );
  return { y1, error: method.e ? combine(method.e) : undefined, dense };
}

// A nonlinear, non-autonomous problem with a closed form: y' = -2 t y^2, y(0) = 1, y = 1 / (1 + t^2); z' = y, z = atan(t).
const problem: Rhs = (t, y) => [-2 * t * (y[0] ?? 0) ** 2, y[0] ?? 0];
/** Its Jacobian and its derivative with respect to time. */
const derivatives = (t: number, y: readonly number[]) => ({
  df: [
    [-4 * t * (y[0] ?? 0), 0],
    [1, 0],
  ],
  dt: [-2 * (y[0] ?? 0) ** 2, 0],
});
/** (1 / (gamma h) - df) u = right, for a lower triangular df. */
function solveStage(method: RosenbrockMethod, h: number, df: number[][], right: readonly number[]): number[] {
  const u: number[] = [];
  right.forEach((r, i) => {
    const sum = u.reduce((s, v, j) => s + (df[i]?.[j] ?? 0) * v, r);
    u.push(sum / (1 / (method.gamma * h) - (df[i]?.[i] ?? 0)));
  });
  return u;
}
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
    // The weights at 1 are sums of the published digits: of size 100 for a Rosenbrock method.
    expect(worst(dense(1), y1)).toBeLessThan(method.kind === 'explicit' ? 1e-15 : 1e-14);
    expect(worst(dense(0), exact(t))).toBe(0);
  });

  it('has rows that agree with its stage times and weights that add up', () => {
    // On y' = 1 the argument of stage i is y + c_i h: a Rosenbrock row's increments follow from its coupling.
    const unit: number[] = method.c.map(() => 1);
    if (method.kind === 'rosenbrock')
      method.c.forEach((_, i) => {
        const coupled = (method.coupling[i] ?? []).reduce((s, c, j) => s + c * (unit[j] ?? 0), 1);
        unit[i] = method.gamma * coupled;
      });
    const sum = (row: readonly number[]) => row.reduce((s, a, j) => s + a * (unit[j] ?? 0), 0);
    method.c.forEach((c, i) => {
      expect(sum(method.a[i] ?? [])).toBeCloseTo(c, 12);
    });
    expect(sum(method.b)).toBeCloseTo(1, 12);
  });

  it('has an error estimate of the order its row states', () => {
    if (!method.e) return expect(method.errorOrder).toBeUndefined();
    const size = (h: number) => Math.hypot(...(step(method, problem, 0.5, exact(0.5), h).error ?? []));
    const measured = Math.log2(size(0.08) / size(0.04));
    expect(measured).toBeGreaterThan((method.errorOrder ?? 0) + 1 - 0.3);
    return undefined;
  });

  it('damps a component that is infinitely stiff within one step, if it is a stiff method', () => {
    if (method.kind === 'explicit') return;
    // y' = -y / eps: W u = right for every stage, by hand, since solveStage knows only the problem above.
    const eps = 1e-12;
    const u: number[] = [];
    const sum = (row: readonly number[]) => row.reduce((s, w, j) => s + w * (u[j] ?? 0), 0);
    method.c.forEach((_, i) => {
      const right = -(1 + sum(method.a[i] ?? [])) / eps + sum(method.coupling[i] ?? []);
      u.push(right / (1 / method.gamma + 1 / eps));
    });
    expect(Math.abs(1 + sum(method.b))).toBeLessThan(1e-8);
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
