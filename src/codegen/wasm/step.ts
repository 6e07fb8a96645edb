// One step of an explicit Runge-Kutta method, written from the method's row: stages, error norm, dense output and the
// step-size factor. In: a Frame. Out: statements that fill its y1, stages and f1. No loops and no decisions here.
import type { Method } from '../methods.ts';
import { abs, add, div, max, min, mul } from './arithmetic.ts';
import { f64, i32, type Local, load, type Node, operation, type Routine } from './assembler.ts';
import { combine, component, type Frame, insideSegment, statesRead, sumOf, writeAt } from './frame.ts';

/**
 * The squared error norm that a segment's first step is thought to come after. What the last step before a dose said
 * tells nothing about the transient after it, and the first steps are where a multiple dose makes its error: taken as
 * 1e-3, they are some 30 % shorter, which costs 5 % more steps and makes the largest error 15 to 20 times smaller
 * (four-state benchmark, 28 doses, rtol 1e-4; 8 % and 13 times for vancomycin).
 */
export const BEGINNING_NORM_SQUARE = 1e-6;

/** into = f(t, y). */
export function writeDerivative(frame: Frame, t: Node, y: readonly Local[], into: readonly Local[]): void {
  const { routine, program } = frame;
  const results = writeAt(frame, program.rhs, { t: routine.keep(insideSegment(frame, t)), y });
  into.forEach((local, j) => {
    routine.set(local, results[j] ?? f64(0));
  });
}

/** All stages after the first, y1, and f1 where it is the method's last stage. */
export function writeStages(frame: Frame): void {
  const { routine, program, y, y1, k, h } = frame;
  const { method } = program;
  const stages = method.c.length;
  const read = statesRead(program, program.rhs, 'y');
  const start = routine.keep(add(frame.origin, frame.tau));
  const solution = () =>
    y1.forEach((local, j) => {
      routine.set(local, combine(y[j] ?? local, h, method.b, component(k, j)));
    });
  for (let i = 1; i < stages; i++) {
    if (method.fsal && i === stages - 1) solution();
    else
      for (const j of read) {
        const local = y1[j];
        if (local !== undefined)
          routine.set(local, combine(y[j] ?? local, h, method.a[i] ?? [], component(k, j)));
      }
    const c = method.c[i] ?? 0;
    writeDerivative(frame, add(start, c === 1 ? h : mul(f64(c), h)), y1, k[i] ?? []);
  }
  if (!method.fsal) solution();
}

export const scale = (frame: Frame, j: number, size: Node): Node =>
  add(load('f64', i32(0), frame.layout.atol + 8 * j), mul(load('f64', i32(0), frame.layout.rtol), size));

/** Mean over the states of (value / (atol + rtol * size))^2. */
export function meanSquare(frame: Frame, value: (j: number) => Node, size: (j: number) => Node): Node {
  const { routine, y } = frame;
  const total = routine.local('f64');
  const ratio = routine.local('f64');
  y.forEach((_, j) => {
    routine.set(ratio, div(value(j), scale(frame, j, size(j))));
    routine.set(total, j === 0 ? mul(ratio, ratio) : add(total, mul(ratio, ratio)));
  });
  return mul(total, f64(1 / y.length));
}

/** The square of the step's error norm. */
export function errorSquare(frame: Frame): Node {
  const { program, k, h, y, y1 } = frame;
  const { method } = program;
  const weights = method.e ?? [];
  return meanSquare(
    frame,
    (j) =>
      method.kind === 'explicit'
        ? combine(f64(0), h, weights, component(k, j))
        : (sumOf(weights, component(k, j)) ?? f64(0)),
    (j) => max(abs(y[j] ?? f64(0)), abs(y1[j] ?? f64(0))),
  );
}

/** Not NaN, and 0, exactly when all are finite. */
export const finiteSum = (values: readonly Node[]): Node =>
  add(f64(0), ...values.map((value) => mul(value, f64(0))));

/** Weights of the stages at theta, in order; undefined for a stage without one. */
export function denseWeights(routine: Routine, method: Method, theta: Node): (Local | undefined)[] {
  return method.dense.map((row) => {
    const powers = row.slice();
    while (powers.at(-1) === 0) powers.pop();
    if (powers.length === 0) return undefined;
    const horner = powers
      .slice(0, -1)
      .reduceRight<Node>((sum, c) => add(mul(sum, theta), f64(c)), f64(powers.at(-1) ?? 0));
    const local = routine.local('f64');
    routine.set(local, mul(theta, horner));
    return local;
  });
}

/** The factor of a method's stages: an explicit method's are derivatives, a Rosenbrock method's are increments. */
export const stageFactor = (method: Method, h: Node): Node | undefined =>
  method.kind === 'explicit' ? h : undefined;

/** y + h * sum of weight * stage; without h: y + sum of weight * stage. */
export function denseState(
  y: Node,
  h: Node | undefined,
  weights: readonly (Node | undefined)[],
  stage: (i: number) => Node | undefined,
): Node {
  const terms = weights.flatMap((weight, i) => {
    const k = stage(i);
    return weight === undefined || k === undefined ? [] : [mul(weight, k)];
  });
  const [first, ...rest] = terms;
  if (first === undefined) return y;
  const sum = add(first, ...rest);
  return add(y, h === undefined ? sum : mul(h, sum));
}

/**
 * 0.9 * norm^(-0.7/q) * previous^(0.4/q) from the squares of both norms, q = errorOrder + 1, by the piecewise linear
 * logarithm that is a float's bit pattern: within 10 % of the power, far cheaper, and the same bits everywhere.
 */
export function stepFactor(method: Method, square: Node, previousSquare: Node): Node {
  const q = (method.errorOrder ?? method.order) + 1;
  const a = -0.35 / q;
  const b = 0.2 / q;
  const LOG2_SAFETY = -0.15200309344504995; // log2(0.9)
  const bits = (x: Node) => operation('f64', [0xb9], operation('i64', [0xbd], x));
  const sum = add(
    f64(2 ** 52 * (1023 + LOG2_SAFETY - (a + b) * 1023)),
    mul(f64(a), bits(square)),
    mul(f64(b), bits(previousSquare)),
  );
  const power = operation('f64', [0xbf], operation('i64', [0xfc, 0x06], sum));
  return max(f64(0.2), min(f64(5), power));
}
