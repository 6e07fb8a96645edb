// What every scalar solver does with a patient between the states' own mathematics: set-up, events and segments as
// engine/SEMANTICS.md says, inputs, status, endpoints, rows of outputs. In: a Frame and the solver's own parts.
// Out: the statements of the whole patient, around the solver's. simd-loop.ts has its own form of this for vectors.
import {
  abs,
  add,
  and,
  eq,
  ge,
  gt,
  integerAdd,
  integerMul,
  le,
  lt,
  max,
  mul,
  not,
  select,
  sub,
} from './arithmetic.ts';
import { f64, i32, type Label, type Local, load, type Node, operation } from './assembler.ts';
import type { Doses } from './doses.ts';
import type { EventHooks } from './event-hooks.ts';
import { needs } from './expressions.ts';
import { endWith, type Frame, writeAt, writeInside } from './frame.ts';
import { finiteSum, writeDerivative } from './step.ts';
import type { Watch } from './watch.ts';

/** Indices into the engine's list of statuses. */
export const STATUS = { done: 0, tooManySteps: 1, stepTooSmall: 2, notFinite: 3, eventStorm: 4, noSteadyState: 5 } as const; // biome-ignore format: a list
const MOST_EVENTS = 2 ** 20;

export interface LoopOptions {
  /** Keep the largest |y| of every state at accepted points. */
  readonly track: boolean;
}

/** Where a patient is on the way; the solver makes the locals. */
export interface Progress {
  /** Ticks of the segment's start and end. */
  readonly now: Local;
  readonly next: Local;
  /** The segment's length in time, and in ticks for a solver that asks for it. */
  readonly length: Local;
  readonly ticks?: Local;
  readonly events: Local;
  readonly steps: Local;
  readonly most: Local;
  /** i32 */
  readonly status: Local;
}

/** A solver's own statements. `leave` is where a patient ends. */
export interface Solver {
  /** With the patient's parameters, initial states and doses known. */
  prepare?(leave: Label): void;
  /** At tick 0. */
  begin?(): void;
  /** Outputs at tick 0. */
  outputs(): void;
  /** At a segment's start, its inputs known, its derivative not yet. */
  open?(leave: Label): void;
  /** From y and f0 at the segment's start to y at its end. */
  segment(leave: Label): void;
}

export interface PatientFrame {
  /** Ends the patient with a status. */
  fail(leave: Label, code: number, condition: Node): void;
  keepLargest(values: readonly Node[]): void;
  /** The whole patient. */
  solve(solver: Solver): void;
}

export function createPatientFrame(
  frame: Frame,
  [patient, therapy]: readonly [Node, Node],
  { now, next, length, ticks, events: count, steps, most, status }: Progress,
  doses: Doses,
  watch: Watch,
  { track }: LoopOptions,
  events?: EventHooks,
): PatientFrame {
  const { routine, program, layout, p, y, f0, u, origin, tau } = frame;
  const tick = load('f64', i32(0), layout.tick);
  const horizon = load('f64', i32(0), layout.horizon);
  const at32 = integerMul(patient, i32(4));
  const at64 = integerMul(patient, i32(8));
  const largest = track ? y.map(() => routine.local('f64')) : [];

  const end = (leave: Label) => (code: Node) => {
    routine.set(status, code);
    routine.branch(leave);
  };
  const fail = (leave: Label, code: number, condition: Node) =>
    endWith(routine, status, leave)(code, condition);
  const keepLargest = (values: readonly Node[]) =>
    largest.forEach((local, j) => {
      const value = values[j];
      if (value !== undefined) routine.set(local, max(local, abs(value)));
    });

  const setUp = (leave: Label) => {
    const column = (i: number) =>
      operation('f64', [0xbb], load('f32', at32, layout.columns + 4 * layout.stride * i));
    const columns = new Map(program.columns.map(({ name }, i) => [`column.${name}`, column(i)]));
    const study = new Map(
      program.study.map(({ name }, i) => [`study.${name}`, load('f64', i32(0), layout.study + 8 * i)]),
    );
    const values = writeAt(frame, program.patient, { other: new Map([...columns, ...study]) });
    p.forEach((local, i) => {
      routine.set(local, values[i] ?? f64(Number.NaN));
    });
    const initial = writeAt(frame, program.initial, {});
    y.forEach((local, j) => {
      routine.set(local, initial[j] ?? f64(0));
    });
    for (const local of largest) routine.set(local, f64(0));
    keepLargest(y);
    doses.begin(therapy, () => {
      routine.set(status, i32(STATUS.notFinite));
      routine.branch(leave);
    });
    events?.setLane(i32(0));
    events?.begin(patient, therapy, end(leave));
  };

  /** Doses at `now`, the segment up to the next event, its inputs. */
  const arrive = (leave: Label) => {
    watch.arrive(now);
    routine.branch(leave, ge(now, horizon));
    fail(leave, STATUS.eventStorm, ge(count, f64(MOST_EVENTS)));
    routine.set(count, add(count, f64(1)));
    routine.set(next, horizon);
    doses.give(now, next);
    events?.arrive(now, next, end(leave));
    for (const { at, from, to } of watch.windows)
      for (const edge of [at, from, to])
        routine.set(next, select(and(gt(edge, now), lt(edge, next)), edge, next));
    routine.set(origin, mul(now, tick));
    if (ticks !== undefined) routine.set(ticks, sub(next, now));
    routine.set(length, mul(ticks ?? sub(next, now), tick));
    writeInside(frame, length);
    routine.set(tau, f64(0));
    program.inputs.forEach((input, i) => {
      const window = input.kind === 'gate' ? watch.windows[input.window] : undefined;
      const local = u[i];
      if (window === undefined || local === undefined) return;
      routine.set(local, select(and(le(window.from, now), lt(now, window.to)), f64(1), f64(0)));
    });
  };

  const conclude = () => {
    routine.store('u8', patient, status, layout.status);
    routine.store('i32', at32, operation('i32', [0xab], steps), layout.steps);
    routine.when(not(status), () => {
      const a = watch.conclude();
      const results = writeAt(frame, program.conclude, { a });
      results.forEach((result, e) => {
        // Missing in, missing out, for conditions too.
        const { symbols } = needs(program.conclude, [e]);
        const there = a.flatMap((value, i) => (symbols.has(`a.${i}`) ? [eq(value, value)] : []));
        const [first, ...rest] = there;
        const value = first === undefined ? result : select(and(first, ...rest), result, f64(Number.NaN));
        routine.store('f64', at64, value, layout.endpoints + 8 * layout.stride * e);
      });
      largest.forEach((local, j) => {
        const at = layout.largest + 8 * j;
        routine.store('f64', i32(0), max(local, load('f64', i32(0), at)), at);
      });
    });
  };

  return {
    fail,
    keepLargest,
    solve(solver) {
      routine.set(status, i32(STATUS.done));
      routine.set(steps, f64(0));
      routine.set(most, load('f64', i32(0), layout.maxSteps));
      routine.block((leave) => {
        setUp(leave);
        solver.prepare?.(leave);
        watch.begin();
        routine.set(now, f64(0));
        routine.set(count, f64(0));
        solver.begin?.();
        routine.set(origin, f64(0));
        solver.outputs();
        routine.loop((nextEvent) => {
          arrive(leave);
          solver.open?.(leave);
          writeDerivative(frame, origin, y, f0);
          keepLargest(y);
          fail(leave, STATUS.notFinite, not(eq(finiteSum([...y, ...f0]), f64(0))));
          watch.depart(now);
          events?.depart();
          solver.segment(leave);
          routine.set(now, next);
          routine.branch(nextEvent);
        });
      });
      conclude();
    },
  };
}

/** Memory of the output times, walked row by row. */
export interface OutputRows {
  /** To the first output time. */
  begin(): void;
  /** One value per output at the output time, then to the next one; `address` is a fresh i32 local, spent. */
  write(address: Local, values: readonly Node[]): void;
}

/** `nextTick` is kept at the tick of the output time that comes next. */
export function createOutputRows({ routine, layout }: Frame, patient: Node, nextTick: Local): OutputRows {
  /** Addresses of the next output time's tick and of its value of the first output. */
  const tickAt = routine.local('i32');
  const valueAt = routine.local('i32');
  const plane = routine.local('i32');
  return {
    begin() {
      routine.set(tickAt, load('i32', i32(0), layout.ticksAt));
      routine.set(plane, integerMul(load('i32', i32(0), layout.times), i32(8 * layout.stride)));
      routine.set(valueAt, integerAdd(load('i32', i32(0), layout.valuesAt), integerMul(patient, i32(8))));
      routine.set(nextTick, load('f64', tickAt));
    },
    write(address, values) {
      values.forEach((value, o) => {
        routine.set(address, o === 0 ? valueAt : integerAdd(address, plane));
        routine.store('f64', address, value);
      });
      routine.set(valueAt, integerAdd(valueAt, i32(8 * layout.stride)));
      routine.set(tickAt, integerAdd(tickAt, i32(8)));
      routine.set(nextTick, load('f64', tickAt));
    },
  };
}
