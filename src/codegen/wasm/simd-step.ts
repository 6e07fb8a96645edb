// One step of an explicit Runge-Kutta method for a vector of patients, written from the method's row. The same operations
// in the same order as step.ts, so that f64x2 has the scalar digits in every lane. In: a VectorFrame. Out: statements.
import type { Method } from '../methods.ts';
import type { Body, Program } from '../program.ts';
import { i32, type Local, load, type Node, type Routine } from './assembler.ts';
import { type BodyLocals, type Emitter, writeBody } from './expressions.ts';
import { type Place, resolver, statesRead } from './frame.ts';
import { keepShared, type Library } from './library.ts';
import type { VectorArithmetic } from './simd-arithmetic.ts';
import type { SimdLayout, VectorSlots } from './simd-layout.ts';

export interface VectorFrame {
  readonly m: VectorArithmetic;
  readonly emitter: Emitter;
  readonly routine: Routine;
  readonly program: Program;
  readonly layout: SimdLayout;
  readonly slots: VectorSlots;
  readonly y: readonly Local[];
  readonly y1: readonly Local[];
  readonly k: readonly (readonly Local[])[];
  readonly f1: readonly Local[];
  readonly tau: Local;
  readonly h: Local;
  readonly bodies: Map<Body, BodyLocals>;
}

export function createVectorFrame(
  m: VectorArithmetic,
  library: Library,
  routine: Routine,
  program: Program,
  layout: SimdLayout,
  slots: VectorSlots,
): VectorFrame {
  const { method } = program;
  const vector = () => program.states.map(() => routine.local('v128'));
  const k = method.c.map(vector);
  const f1 = method.fsal ? (k.at(-1) ?? []) : vector();
  if (method.dense.length > k.length) k.push(f1);
  return {
    m,
    emitter: { arithmetic: m, library },
    routine,
    program,
    layout,
    slots,
    y: vector(),
    y1: vector(),
    k,
    f1,
    tau: routine.local('v128'),
    h: routine.local('v128'),
    bodies: new Map(),
  };
}

export const slotValue = ({ layout }: VectorFrame, slot: number): Node =>
  load('v128', i32(0), layout.vectors + 16 * slot);
export const setSlot = ({ routine, layout }: VectorFrame, slot: number, value: Node): void =>
  routine.store('v128', i32(0), value, layout.vectors + 16 * slot);
/** A number of the job in every lane: 0 rtol, 1 largest step, 2 most steps, 3 + j absolute tolerance of state j. */
export const jobNumber = ({ m, layout }: VectorFrame, i: number): Node =>
  m.everywhere(layout.numbers + m.bytes * i);

export const add = (m: VectorArithmetic, x: Node, ...more: readonly Node[]): Node =>
  more.reduce((sum, y) => m.binary('add', sum, y), x);
export const mul = (m: VectorArithmetic, x: Node, y: Node): Node => m.binary('mul', x, y);
export const sub = (m: VectorArithmetic, x: Node, y: Node): Node => m.binary('sub', x, y);

/** Writes a body at a place of the patients' paths; parameters and inputs are read from their slots. */
export function writeVector(
  frame: VectorFrame,
  body: Body,
  place: Place,
  wanted?: readonly number[],
): Node[] {
  const { routine, emitter, program, slots } = frame;
  const kept = frame.bodies.get(body) ?? new Map();
  frame.bodies.set(body, kept);
  const p = slots.p.map((slot) => slotValue(frame, slot));
  const u = slots.u.map((slot) => slotValue(frame, slot));
  return writeBody(emitter, routine, body, resolver(program, { p, u, ...place }), kept, wanted);
}

/** into = f(t, y). */
export function writeVectorDerivative(
  frame: VectorFrame,
  t: Node,
  y: readonly Local[],
  into: readonly Local[],
): void {
  const { routine, program, m } = frame;
  const results = writeVector(frame, program.rhs, { t: routine.keep(t), y });
  into.forEach((local, j) => {
    routine.set(local, results[j] ?? m.constant(0));
  });
}

const component = (vectors: readonly (readonly Local[])[], j: number): Local[] =>
  vectors.flatMap((vector) => vector[j] ?? []);

/** Sum of coefficient * vector, zero coefficients skipped, left to right. */
function weighted(
  m: VectorArithmetic,
  coefficients: readonly number[],
  vectors: readonly Node[],
): Node | undefined {
  const terms = coefficients.flatMap((c, i) => {
    const vector = vectors[i];
    return c === 0 || vector === undefined ? [] : [mul(m, m.constant(c), vector)];
  });
  const [first, ...rest] = terms;
  return first === undefined ? undefined : add(m, first, ...rest);
}

/** All stages after the first, y1 and f1. */
export function writeVectorStages(frame: VectorFrame): void {
  const { m, routine, program, slots, y, y1, k, f1, tau, h } = frame;
  const { method } = program;
  const stages = method.c.length;
  const read = statesRead(program, program.rhs, 'y');
  const start = routine.keep(add(m, slotValue(frame, slots.origin), tau));
  const set = (j: number, coefficients: readonly number[]) => {
    const [local, from] = [y1[j], y[j]];
    if (local === undefined || from === undefined) return;
    const sum = weighted(m, coefficients, component(k, j));
    routine.set(local, sum === undefined ? from : add(m, from, mul(m, h, sum)));
  };
  const solution = () => {
    for (const j of y.keys()) set(j, method.b);
  };
  for (let i = 1; i < stages; i++) {
    if (method.fsal && i === stages - 1) solution();
    else for (const j of read) set(j, method.a[i] ?? []);
    const c = method.c[i] ?? 0;
    writeVectorDerivative(frame, add(m, start, c === 1 ? h : mul(m, m.constant(c), h)), y1, k[i] ?? []);
  }
  if (method.fsal) return;
  solution();
  writeVectorDerivative(frame, add(m, slotValue(frame, slots.origin), tau, h), y1, f1);
}

/** The square of the step's error norm. */
export function vectorErrorSquare(frame: VectorFrame): Node {
  const { m, routine, program, y, y1, k, h } = frame;
  const weights = program.method.e ?? [];
  const total = routine.local('v128');
  const ratio = routine.local('v128');
  y.forEach((from, j) => {
    const end = y1[j] ?? from;
    const sum = weighted(m, weights, component(k, j));
    const error = sum === undefined ? m.constant(0) : mul(m, h, sum);
    // The state at the step's start is finite, so NaN comes from its end, and passes.
    const size = m.most(m.unary('abs', end), m.unary('abs', from));
    const scale = add(m, jobNumber(frame, 3 + j), mul(m, jobNumber(frame, 0), size));
    routine.set(ratio, m.binary('div', error, scale));
    routine.set(total, j === 0 ? mul(m, ratio, ratio) : add(m, total, mul(m, ratio, ratio)));
  });
  return mul(m, total, m.constant(1 / y.length));
}

/** Mask of the lanes in which all values are finite. */
export function allFinite(m: VectorArithmetic, values: readonly Node[]): Node {
  const [first, ...rest] = values.map((value) => mul(m, value, m.constant(0)));
  return m.compare('eq', first === undefined ? m.constant(0) : add(m, first, ...rest), m.constant(0));
}

/** As stepFactor in step.ts. */
export function vectorStepFactor(frame: VectorFrame, method: Method, square: Node, previous: Node): Node {
  const { m, routine } = frame;
  const q = (method.errorOrder ?? method.order) + 1;
  const a = -0.35 / q;
  const b = 0.2 / q;
  const LOG2_SAFETY = -0.15200309344504995; // log2(0.9)
  const sum = add(
    m,
    m.constant(2 ** m.fraction * (m.bias + LOG2_SAFETY - (a + b) * m.bias)),
    mul(m, m.constant(a), m.pattern(square)),
    mul(m, m.constant(b), m.pattern(previous)),
  );
  const power = m.fromPattern(sum);
  return keepShared(routine, m.most(m.constant(0.2), m.least(m.constant(5), power)));
}

/** Weights of the stages at theta, in order; undefined for a stage without one. */
function vectorDenseWeights(frame: VectorFrame, theta: Node): (Local | undefined)[] {
  const { m, routine, program } = frame;
  return program.method.dense.map((row) => {
    const powers = row.slice();
    while (powers.at(-1) === 0) powers.pop();
    if (powers.length === 0) return undefined;
    const horner = powers
      .slice(0, -1)
      .reduceRight<Node>(
        (sum, c) => add(m, mul(m, sum, theta), m.constant(c)),
        m.constant(powers.at(-1) ?? 0),
      );
    const local = routine.local('v128');
    routine.set(local, mul(m, theta, horner));
    return local;
  });
}

/** Dense states at local time `at`, only those that `wanted` names; the others are undefined. */
export function vectorDense(frame: VectorFrame, at: Node, wanted: readonly number[]): (Node | undefined)[] {
  const { m, routine, y, k, tau, h } = frame;
  const theta = routine.keep(m.binary('div', sub(m, at, tau), h));
  const weights = vectorDenseWeights(frame, theta);
  const states: (Node | undefined)[] = [];
  for (const j of wanted) {
    const from = y[j];
    if (from === undefined) continue;
    const terms = weights.flatMap((weight, i) => {
      const stage = k[i]?.[j];
      return weight === undefined || stage === undefined ? [] : [mul(m, weight, stage)];
    });
    const [first, ...rest] = terms;
    states[j] = first === undefined ? from : routine.keep(add(m, from, mul(m, h, add(m, first, ...rest))));
  }
  return states;
}
