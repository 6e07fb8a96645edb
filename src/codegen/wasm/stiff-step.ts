// One step of a Rosenbrock method, written from the method's row: Jacobian, factors, stages, solution. In: a program's locals
// and an arithmetic, so that one patient and a vector of them share the order of operations and thus the digits.
// Out: statements that fill y1 and the increments. The sibling of step.ts for stiff models.
import { place } from '../elimination.ts';
import { type Linearisation, linearise } from '../jacobian.ts';
import { continues, type RosenbrockMethod } from '../method.ts';
import type { Body, Program } from '../program.ts';
import type { Arithmetic } from './arithmetic.ts';
import type { Local, Node, Routine } from './assembler.ts';
import { component, type Frame, insideSegment, statesRead, writeAt } from './frame.ts';
import { writeDerivative } from './step.ts';

/** Where a step is taken: the locals of one patient, or of a vector of patients. */
export interface StiffPlace {
  readonly arithmetic: Arithmetic;
  readonly routine: Routine;
  readonly program: Program;
  readonly y: readonly Local[];
  readonly y1: readonly Local[];
  /** Derivative at the step's start. */
  readonly f0: readonly Local[];
  /** Increments [stage][state]. */
  readonly k: readonly (readonly Local[])[];
  readonly h: Local;
  /** Model time at the step's start. */
  readonly start: Node;
  /** into = f(t, y). */
  readonly derivative: (t: Node, y: readonly Local[], into: readonly Local[]) => void;
  /** Values of a body at the step's start. */
  readonly values: (body: Body, t: Node) => readonly Node[];
}

/** A step of one patient. */
export function writeStiffStages(frame: Frame, method: RosenbrockMethod): void {
  const { routine, emitter, y } = frame;
  const { binary } = emitter.arithmetic;
  const place: StiffPlace = {
    ...frame,
    arithmetic: emitter.arithmetic,
    start: routine.keep(binary('add', frame.origin, frame.tau)),
    derivative: (t, at, into) => writeDerivative(frame, t, at, into),
    values: (body, t) => writeAt(frame, body, { t: routine.keep(insideSegment(frame, t)), y }),
  };
  writeRosenbrock(place, method);
}

export function writeRosenbrock(at: StiffPlace, method: RosenbrockMethod): void {
  const { routine, program, y, y1, f0, k, h, start } = at;
  const { constant, binary } = at.arithmetic;
  const add = (a: Node, b: Node) => binary('add', a, b);
  const mul = (a: Node, b: Node) => binary('mul', a, b);
  const linear = linearise(program);
  const { moving } = linear;
  const { solve, timeDerivative } = writeFactors(at, linear, method);
  const perStep = routine.keep(binary('div', constant(1), h));
  const read = statesRead(program, program.rhs, 'y').filter((j) => moving[j]);
  const all = y.flatMap((_, j) => (moving[j] ? [j] : []));
  const sumOf = (row: readonly number[], j: number): Node | undefined =>
    component(k, j)
      .flatMap((vector, i) => (row[i] ? [mul(constant(row[i] ?? 0), vector)] : []))
      .reduce<Node | undefined>((sum, term) => (sum === undefined ? term : add(sum, term)), undefined);
  // States that never move stand where they stood in every stage.
  y1.forEach((local, j) => {
    if (!moving[j]) routine.set(local, y[j] ?? local);
  });
  /** y1 = y + sum of weights * increments; `standing`: what y1 already is, in the states that were read. */
  const advance = (states: readonly number[], row: readonly number[], standing: readonly number[]) => {
    const more = continues(row, standing);
    for (const j of states) {
      const [local, state, last] = [y1[j], y[j], k[row.length - 1]?.[j]];
      if (local === undefined || state === undefined) continue;
      if (more && last !== undefined && read.includes(j)) routine.set(local, add(local, last));
      else {
        const sum = sumOf(row, j);
        routine.set(local, sum === undefined ? state : add(state, sum));
      }
    }
  };
  method.c.forEach((c, i) => {
    const u = k[i] ?? [];
    if (i === 0) {
      for (const j of all) {
        const local = u[j];
        if (local !== undefined) routine.set(local, f0[j] ?? local);
      }
    } else {
      advance(read, method.a[i] ?? [], method.a[i - 1] ?? []);
      at.derivative(add(start, c === 1 ? h : mul(constant(c), h)), y1, u);
    }
    const timed = method.timeWeights[i] ?? 0;
    const reach =
      timed === 0 || timeDerivative.size === 0 ? undefined : routine.keep(mul(constant(timed), h));
    for (const j of all) {
      const local = u[j];
      if (local === undefined) continue;
      const coupled = sumOf(method.coupling[i] ?? [], j);
      const slope = coupled === undefined ? local : add(local, mul(perStep, coupled));
      const rate = timeDerivative.get(j);
      const right = rate === undefined || reach === undefined ? slope : add(slope, mul(reach, rate));
      if (right !== local) routine.set(local, right);
    }
    solve(u);
  });
  advance(all, method.b, method.a.at(-1) ?? []);
}

/** Writes W = 1 / (gamma h) - df/dy and its factors; gives the statements that solve W u = right, in place. */
function writeFactors(at: StiffPlace, linear: Linearisation, method: RosenbrockMethod) {
  const { routine, program, h } = at;
  const { constant, binary, value } = at.arithmetic;
  const n = program.states.length;
  const reach = routine.keep(binary('mul', constant(method.gamma), h));
  const diagonal = routine.keep(binary('div', constant(1), reach));
  const values = at.values(linear.body, at.start);
  const w = new Map<number, Local>();
  const write = (row: number, column: number, entry: Node) => {
    const key = place(n, row, column);
    const local = w.get(key) ?? routine.local(value);
    routine.set(local, entry);
    w.set(key, local);
  };
  linear.entries.forEach(({ row, column }, e) => {
    const entry = values[e] ?? constant(0);
    write(row, column, row === column ? binary('add', diagonal, entry) : entry);
  });
  const timeDerivative = new Map(
    linear.timed.map((j, i) => [j, routine.keep(values[linear.entries.length + i] ?? constant(0))]),
  );
  const reciprocals = new Map<number, Node>();
  for (const { pivot, rows, columns } of linear.pivots) {
    const own = w.get(place(n, pivot, pivot)) ?? diagonal;
    const reciprocal = linear.plain.has(pivot) ? reach : routine.keep(binary('div', constant(1), own));
    reciprocals.set(pivot, reciprocal);
    for (const row of rows) {
      const entry = w.get(place(n, row, pivot));
      if (entry === undefined) continue;
      routine.set(entry, binary('mul', entry, reciprocal));
      for (const column of columns) {
        const across = w.get(place(n, pivot, column));
        if (across === undefined) continue;
        const before = w.get(place(n, row, column)) ?? (row === column ? diagonal : constant(0));
        write(row, column, binary('sub', before, binary('mul', entry, across)));
      }
    }
  }
  const less = (from: Node, entry: Local | undefined, x: Local | undefined): Node =>
    entry === undefined || x === undefined ? from : binary('sub', from, binary('mul', entry, x));
  const solve = (u: readonly Local[]) => {
    for (const { pivot, rows } of linear.pivots)
      for (const row of rows) {
        const local = u[row];
        if (local !== undefined) routine.set(local, less(local, w.get(place(n, row, pivot)), u[pivot]));
      }
    for (const { pivot, columns } of [...linear.pivots].reverse()) {
      const local = u[pivot];
      if (local === undefined) continue;
      const rest = columns.reduce<Node>(
        (sum, column) => less(sum, w.get(place(n, pivot, column)), u[column]),
        local,
      );
      routine.set(local, binary('mul', rest, reciprocals.get(pivot) ?? reach));
    }
  };
  return { solve, timeDerivative };
}
