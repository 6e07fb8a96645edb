// The locals of one patient's integration and how a Program's symbols map to them. States, stages, parameters and inputs
// are flat scalars. In: a routine and a Program. Out: a Frame that step.ts, watch.ts and loop.ts write code with.
import type { Body, Program } from '../program.ts';
import { add, max, min, mul, sub } from './arithmetic.ts';
import { f64, i32, type Label, type Local, load, type Node, type Routine } from './assembler.ts';
import { type BodyLocals, type Emitter, needs, type Resolve, writeBody } from './expressions.ts';
import type { Layout } from './layout.ts';

export interface Frame {
  readonly emitter: Emitter;
  readonly routine: Routine;
  readonly program: Program;
  readonly layout: Layout;
  readonly p: readonly Local[];
  readonly y: readonly Local[];
  /** Stage states, and the solution at the step's end. */
  readonly y1: readonly Local[];
  /** Stages [i][state]: an explicit method's derivatives (the first one is f0), a Rosenbrock method's increments. */
  readonly k: readonly (readonly Local[])[];
  /** Derivative at the step's start. */
  readonly f0: readonly Local[];
  /** Derivative at the step's end: the last stage of a first-same-as-last method, else one of its own. */
  readonly f1: readonly Local[];
  readonly u: readonly Local[];
  /** Model time at the segment's start. */
  readonly origin: Local;
  /** Time within the segment at the step's start, and the step. */
  readonly tau: Local;
  readonly h: Local;
  /** Where model time can make the derivative jump at a segment's ends: the first and last time at which it is taken. */
  readonly inside: Inside | undefined;
  readonly bodies: Map<Body, BodyLocals>;
}

export interface Inside {
  readonly first: Local;
  readonly last: Local;
}

/** Where a condition holds: a status, and out of the block of `leave`. */
export const endWith =
  (routine: Routine, status: Local, leave: Label) =>
  (code: number, condition: Node): void =>
    routine.when(condition, () => {
      routine.set(status, i32(code));
      routine.branch(leave);
    });

/** Jobs may have breaks, and the derivative depends on time: a table may jump at them. */
export const mayJump = ({ rhs }: Program, { events }: Layout): boolean =>
  events !== undefined &&
  needs(
    rhs,
    rhs.results.map((_, i) => i),
  ).symbols.has('t');

/** Times are kept off a segment's ends by a tick, and by what the kernel's numbers can tell (share of the end). */
const APART = { double: 2 ** -51, single: 2 ** -22 } as const;

/** At a segment's start, its origin and length known. */
export function writeInside({ routine, inside, origin, layout }: Frame, length: Node, single = false): void {
  if (inside === undefined) return;
  const apart = mul(f64(single ? APART.single : APART.double), add(origin, length));
  const shift = routine.keep(min(mul(f64(0.5), length), max(load('f64', i32(0), layout.tick), apart)));
  routine.set(inside.first, add(origin, shift));
  routine.set(inside.last, sub(add(origin, length), shift));
}

/** The time at which a derivative is taken. */
export const insideSegment = ({ inside }: Frame, t: Node): Node =>
  inside === undefined ? t : min(max(t, inside.first), inside.last);

export function createFrame(emitter: Emitter, routine: Routine, program: Program, layout: Layout): Frame {
  const { method } = program;
  const vector = (length: number): Local[] => Array.from({ length }, () => routine.local('f64'));
  const states = program.states.length;
  const k = method.c.map(() => vector(states));
  const last = k.at(-1);
  if (last === undefined) throw new RangeError(`method ${method.name} has no stages`);
  const f0 = method.kind === 'explicit' ? (k[0] ?? last) : vector(states);
  const f1 = method.fsal ? last : vector(states);
  if (method.dense.length > k.length) k.push(f1 as Local[]);
  return {
    emitter,
    routine,
    program,
    layout,
    p: vector(program.params.length),
    y: vector(states),
    y1: vector(states),
    k,
    f0,
    f1,
    u: vector(program.inputs.length),
    origin: routine.local('f64'),
    tau: routine.local('f64'),
    h: routine.local('f64'),
    inside: mayJump(program, layout)
      ? { first: routine.local('f64'), last: routine.local('f64') }
      : undefined,
    bodies: new Map(),
  };
}

/** What differs from place to place: the time, the states, their derivatives. */
export interface Place {
  readonly t?: Node;
  readonly y?: readonly (Node | undefined)[];
  readonly f?: readonly (Node | undefined)[];
  readonly p?: readonly (Node | undefined)[];
  readonly u?: readonly (Node | undefined)[];
  readonly a?: readonly Node[];
  /** Values by qualified name that live elsewhere: columns and study values. */
  readonly other?: ReadonlyMap<string, Node>;
}

/** Symbols of a Program at a place; throws for a symbol that has no value there. */
export function resolver(program: Program, place: Place): Resolve {
  const values = new Map<string, Node>(place.other);
  const enter = (
    prefix: string,
    names: readonly { readonly name: string }[],
    nodes?: readonly (Node | undefined)[],
  ) => {
    names.forEach(({ name }, i) => {
      const node = nodes?.[i];
      if (node !== undefined) values.set(`${prefix}.${name}`, node);
    });
  };
  enter('p', program.params, place.p);
  enter('y', program.states, place.y);
  enter('f', program.states, place.f);
  enter('u', program.inputs, place.u);
  place.a?.forEach((node, i) => {
    values.set(`a.${i}`, node);
  });
  if (place.t !== undefined) values.set('t', place.t);
  return (name) => {
    const node = values.get(name);
    if (node === undefined)
      throw new RangeError(`${program.name}: ${name} has no value in this part of the program`);
    return node;
  };
}

/** Writes a body at a place of the patient's path. */
export function writeAt(frame: Frame, body: Body, place: Place, wanted?: readonly number[]): Node[] {
  const kept = frame.bodies.get(body) ?? new Map();
  frame.bodies.set(body, kept);
  const resolve = resolver(frame.program, { p: frame.p, u: frame.u, ...place });
  return writeBody(frame.emitter, frame.routine, body, resolve, kept, wanted);
}

/** Indices of the states that some results of a body read. */
export function statesRead(
  program: Program,
  body: Body,
  prefix: 'y' | 'f',
  wanted?: readonly number[],
): number[] {
  const { symbols } = needs(body, wanted ?? body.results.map((_, i) => i));
  return program.states.flatMap(({ name }, i) => (symbols.has(`${prefix}.${name}`) ? [i] : []));
}

/** start + h * sum of coefficient * vector, zero coefficients skipped; left to right, so the digits are fixed. */
export function combine(
  start: Node,
  h: Node,
  coefficients: readonly number[],
  vectors: readonly Node[],
): Node {
  const sum = sumOf(coefficients, vectors);
  return sum === undefined ? start : add(start, mul(h, sum));
}

/** Sum of coefficient * vector, zero coefficients skipped; undefined where there is none. */
export function sumOf(coefficients: readonly number[], vectors: readonly Node[]): Node | undefined {
  const terms = coefficients.flatMap((c, i) => {
    const vector = vectors[i];
    return c === 0 || vector === undefined ? [] : [mul(f64(c), vector)];
  });
  const [first, ...rest] = terms;
  return first === undefined ? undefined : add(first, ...rest);
}

/** The same component of several vectors. */
export const component = (vectors: readonly (readonly Local[])[], j: number): Local[] =>
  vectors.flatMap((vector) => vector[j] ?? []);
