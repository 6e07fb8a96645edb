// One step of a method for a vector of patients, written from the method's row. The same operations in the same order as
// step.ts and stiff-step.ts, so that f64x2 has the scalar digits in every lane. In: a VectorFrame. Out: statements.
import type { ExplicitMethod, Method } from '../method.ts';
import type { Body, Program } from '../program.ts';
import { i32, type Local, load, type Node, type Routine } from './assembler.ts';
import { type BodyLocals, type Emitter, writeBody } from './expressions.ts';
import { component, type Inside, mayJump, type Place, resolver, statesRead } from './frame.ts';
import { keepShared, type Library } from './library.ts';
import type { VectorArithmetic } from './simd-arithmetic.ts';
import type { SimdLayout, VectorSlots } from './simd-layout.ts';
import { stageFactor } from './step.ts';
import { writeRosenbrock } from './stiff-step.ts';

export interface VectorFrame {
  readonly m: VectorArithmetic;
  readonly emitter: Emitter;
  readonly routine: Routine;
  readonly program: Program;
  readonly layout: SimdLayout;
  readonly slots: VectorSlots;
  /** Which of the layout's units this is. */
  readonly unit: number;
  /** Parameters, inputs and the segment's start: read from their slots when a lane was attended. */
  readonly p: readonly Local[];
  readonly u: readonly Local[];
  readonly origin: Local;
  readonly y: readonly Local[];
  readonly y1: readonly Local[];
  /** As in frame.ts: stages or increments, and the derivatives at the step's start and end. */
  readonly k: readonly (readonly Local[])[];
  readonly f0: readonly Local[];
  readonly f1: readonly Local[];
  readonly tau: Local;
  readonly h: Local;
  readonly inside: Inside | undefined;
  readonly bodies: Map<Body, BodyLocals>;
}

export function createVectorFrame(
  m: VectorArithmetic,
  library: Library,
  routine: Routine,
  program: Program,
  layout: SimdLayout,
  slots: VectorSlots,
  unit: number,
): VectorFrame {
  const { method } = program;
  const vector = () => program.states.map(() => routine.local('v128'));
  const k = method.c.map(vector);
  const f0 = method.kind === 'explicit' ? (k[0] ?? []) : vector();
  const f1 = method.fsal ? (k.at(-1) ?? []) : vector();
  if (method.dense.length > k.length) k.push(f1);
  return {
    m,
    emitter: { arithmetic: m, library },
    routine,
    program,
    layout,
    slots,
    unit,
    p: program.params.map(() => routine.local('v128')),
    u: program.inputs.map(() => routine.local('v128')),
    origin: routine.local('v128'),
    y: vector(),
    y1: vector(),
    k,
    f0,
    f1,
    tau: routine.local('v128'),
    h: routine.local('v128'),
    inside: mayJump(program, layout)
      ? { first: routine.local('v128'), last: routine.local('v128') }
      : undefined,
    bodies: new Map(),
  };
}

const addressOf = ({ layout, unit }: VectorFrame, slot: number): number =>
  layout.vectors + 16 * (layout.units * slot + unit);
export const slotValue = (frame: VectorFrame, slot: number): Node =>
  load('v128', i32(0), addressOf(frame, slot));
export const setSlot = (frame: VectorFrame, slot: number, value: Node): void =>
  frame.routine.store('v128', i32(0), value, addressOf(frame, slot));

/** Leaves the step where the scalar code finds it: states and slopes at its ends, its stages, where it begins, how long it is. */
export function saveStep(frame: VectorFrame): void {
  const { slots, y, y1, k, f0, f1, tau, h } = frame;
  const save = (numbers: readonly number[], values: readonly Node[]) =>
    values.forEach((value, i) => {
      const number = numbers[i];
      if (number !== undefined) setSlot(frame, number, value);
    });
  save(slots.y, y);
  save(slots.y1, y1);
  k.forEach((stage, i) => {
    save(slots.k[i] ?? [], stage);
  });
  // An explicit method's first stage is f0, and its last one f1 where it is first same as last.
  if (frame.program.method.kind !== 'explicit') save(slots.f0, f0);
  if (!frame.program.method.fsal) save(slots.f1, f1);
  save([slots.tau, slots.h], [tau, h]);
}

/** The job's numbers in every lane, in the order of SimdLayout.numbers. */
export interface JobNumbers {
  readonly rtol: Local;
  readonly largestStep: Local;
  readonly mostSteps: Local;
  readonly atol: readonly Local[];
}

export function readJobNumbers(
  m: VectorArithmetic,
  routine: Routine,
  program: Program,
  layout: SimdLayout,
): JobNumbers {
  const read = (i: number): Local => {
    const local = routine.local('v128');
    routine.set(local, m.everywhere(layout.numbers + m.bytes * i));
    return local;
  };
  return {
    rtol: read(0),
    largestStep: read(1),
    mostSteps: read(2),
    atol: program.states.map((_, j) => read(3 + j)),
  };
}

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
  const { routine, emitter, program, p, u } = frame;
  const kept = frame.bodies.get(body) ?? new Map();
  frame.bodies.set(body, kept);
  return writeBody(emitter, routine, body, resolver(program, { p, u, ...place }), kept, wanted);
}

/** As insideSegment in frame.ts. */
const insideSegments = ({ m, inside }: VectorFrame, t: Node): Node =>
  inside === undefined ? t : m.least(m.most(t, inside.first), inside.last);

/** into = f(t, y). */
export function writeVectorDerivative(
  frame: VectorFrame,
  t: Node,
  y: readonly Local[],
  into: readonly Local[],
): void {
  const { routine, program, m } = frame;
  const results = writeVector(frame, program.rhs, { t: routine.keep(insideSegments(frame, t)), y });
  into.forEach((local, j) => {
    routine.set(local, results[j] ?? m.constant(0));
  });
}

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

/** All stages (an explicit method's first one is known), y1 and f1, of all units. */
export function writeVectorStages(frames: readonly VectorFrame[]): void {
  const [first] = frames;
  if (first === undefined) return;
  const { method } = first.program;
  const starts = frames.map(({ m, routine, origin, tau }) => routine.keep(add(m, origin, tau)));
  if (method.kind === 'rosenbrock')
    frames.forEach((frame, unit) => {
      const { m, tau } = frame;
      writeRosenbrock(
        {
          ...frame,
          arithmetic: m,
          start: starts[unit] ?? tau,
          derivative: (t, at, into) => writeVectorDerivative(frame, t, at, into),
          values: (body, t) =>
            writeVector(frame, body, { t: frame.routine.keep(insideSegments(frame, t)), y: frame.y }),
        },
        method,
      );
    });
  else writeExplicitStages(frames, method, starts);
  if (method.fsal) return;
  for (const frame of frames) {
    const { m, origin, y1, f1, tau, h } = frame;
    writeVectorDerivative(frame, add(m, origin, tau, h), y1, f1);
  }
}

/** Stage by stage, since a stage must wait for the one before it and another unit's can be computed meanwhile. */
function writeExplicitStages(
  frames: readonly VectorFrame[],
  method: ExplicitMethod,
  starts: readonly Node[],
): void {
  for (let i = 1; i < method.c.length; i++)
    frames.forEach((frame, unit) => {
      writeStage(frame, i, starts[unit] ?? frame.tau);
      // Optimising compilers sink arithmetic to where it is used, which is after the other unit's branches. A store of
      // one value keeps the units' stages side by side: 20 to 25 % faster.
      const last = frame.k[i]?.at(-1);
      if (last !== undefined) setSlot(frame, frame.slots.k[i]?.at(-1) ?? 0, last);
    });
  if (!method.fsal) frames.forEach(writeSolution);
}

function writeSum(frame: VectorFrame, j: number, coefficients: readonly number[]): void {
  const { m, routine, y, y1, k, h } = frame;
  const [local, from] = [y1[j], y[j]];
  if (local === undefined || from === undefined) return;
  const sum = weighted(m, coefficients, component(k, j));
  routine.set(local, sum === undefined ? from : add(m, from, mul(m, h, sum)));
}

function writeSolution(frame: VectorFrame): void {
  for (const j of frame.y.keys()) writeSum(frame, j, frame.program.method.b);
}

function writeStage(frame: VectorFrame, i: number, start: Node): void {
  const { m, program, y1, k, h } = frame;
  const { method } = program;
  if (method.fsal && i === method.c.length - 1) writeSolution(frame);
  else for (const j of statesRead(program, program.rhs, 'y')) writeSum(frame, j, method.a[i] ?? []);
  const c = method.c[i] ?? 0;
  writeVectorDerivative(frame, add(m, start, c === 1 ? h : mul(m, m.constant(c), h)), y1, k[i] ?? []);
}

/** The square of the step's error norm. */
export function vectorErrorSquare(frame: VectorFrame, { atol, rtol }: JobNumbers): Node {
  const { m, routine, program, y, y1, k, h } = frame;
  const weights = program.method.e ?? [];
  const factor = stageFactor(program.method, h);
  const total = routine.local('v128');
  const ratio = routine.local('v128');
  y.forEach((from, j) => {
    const end = y1[j] ?? from;
    const sum = weighted(m, weights, component(k, j));
    const error = sum === undefined ? m.constant(0) : factor === undefined ? sum : mul(m, factor, sum);
    // The state at the step's start is finite, so NaN comes from its end, and passes.
    const size = m.most(m.unary('abs', end), m.unary('abs', from));
    const scale = add(m, atol[j] ?? m.constant(0), mul(m, rtol, size));
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
  const factor = stageFactor(frame.program.method, h);
  const states: (Node | undefined)[] = [];
  for (const j of wanted) {
    const from = y[j];
    if (from === undefined) continue;
    const terms = weights.flatMap((weight, i) => {
      const stage = k[i]?.[j];
      return weight === undefined || stage === undefined ? [] : [mul(m, weight, stage)];
    });
    const [first, ...rest] = terms;
    const sum = first === undefined ? undefined : add(m, first, ...rest);
    if (sum === undefined) states[j] = from;
    else states[j] = routine.keep(add(m, from, factor === undefined ? sum : mul(m, factor, sum)));
  }
  return states;
}
