// One patient from tick 0 to the horizon, as engine/SEMANTICS.md says: events, segments, steps, outputs, endpoints,
// status. In: a module being built and a Program. Out: the function (patient in the chunk, therapy) that does it all.
import type { Program } from '../program.ts';
import {
  abs, add, and, ceil, div, eq, ge, gt, integerAdd, integerMul, le, lt, max, min, mul, not, select, sqrt, sub,
} from './arithmetic.ts'; // biome-ignore format: a list
import {
  type FunctionRef,
  f64,
  i32,
  type Label,
  type Local,
  load,
  type ModuleBuilder,
  type Node,
  operation,
} from './assembler.ts';
import { createDoses } from './doses.ts';
import { type Emitter, needs } from './expressions.ts';
import { component, createFrame, type Frame, statesRead, writeAt } from './frame.ts';
import type { Layout } from './layout.ts';
import {
  denseState, denseWeights, errorSquare, finiteSum, meanSquare, stageFactor, stepFactor, writeDerivative, writeStages,
} from './step.ts'; // biome-ignore format: a list
import { writeStiffStages } from './stiff-step.ts';
import { createWatch } from './watch.ts';

/** Indices into the engine's list of statuses. */
export const STATUS = { done: 0, tooManySteps: 1, stepTooSmall: 2, notFinite: 3, eventStorm: 4 } as const;
const MOST_EVENTS = 2 ** 20;
const SMALLEST_STEP = 1e-13;
const LEAST_NORM_SQUARE = 1e-8;
/** A step that would leave less than this share of itself before the segment's end goes to the end. */
const SLIVER = 1 + 1e-9;
const INFINITY = f64(Number.POSITIVE_INFINITY);

export interface LoopOptions {
  /** Keep the largest |y| of every state at accepted points. */
  readonly track: boolean;
}

export function definePatient(
  module: ModuleBuilder,
  emitter: Emitter,
  program: Program,
  layout: Layout,
  { track }: LoopOptions,
): FunctionRef {
  return module.define(['i32', 'i32'], undefined, (routine) => {
    const [patient = i32(0), therapy = i32(0)] = routine.params;
    const frame = createFrame(emitter, routine, program, layout);
    const { p, y, y1, f0, f1, u, origin, tau, h } = frame;
    const adaptive = program.method.e !== undefined;
    const number = () => routine.local('f64');
    const tick = load('f64', i32(0), layout.tick);
    const horizon = load('f64', i32(0), layout.horizon);
    const [now, next, length, remaining, events, steps, most, step, begun, previous] = Array.from({ length: 10 }, number) as [
      Local, Local, Local, Local, Local, Local, Local, Local, Local, Local,
    ]; // biome-ignore format: a list
    const status = routine.local('i32');
    const doses = createDoses(frame);
    const watch = createWatch(module, frame);
    const outputs = createOutputs(frame, patient, now);
    const largest = track ? y.map(number) : [];
    const keepLargest = (values: readonly Local[]) =>
      largest.forEach((local, j) => {
        routine.set(local, max(local, abs(values[j] ?? local)));
      });

    const at32 = integerMul(patient, i32(4));
    const at64 = integerMul(patient, i32(8));
    const fail = (leave: Label, code: number, condition: Node) =>
      routine.when(condition, () => {
        routine.set(status, i32(code));
        routine.branch(leave);
      });

    routine.set(status, i32(STATUS.done));
    routine.set(steps, f64(0));
    routine.set(most, load('f64', i32(0), layout.maxSteps));
    routine.block((leave) => {
      // The patient.
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
      watch.begin();
      routine.set(now, f64(0));
      routine.set(events, f64(0));
      routine.set(begun, f64(0));
      routine.set(previous, f64(1));
      routine.set(origin, f64(0));
      outputs.begin();

      routine.loop((nextEvent) => {
        watch.arrive(now);
        routine.branch(leave, ge(now, horizon));
        fail(leave, STATUS.eventStorm, ge(events, f64(MOST_EVENTS)));
        routine.set(events, add(events, f64(1)));
        routine.set(next, horizon);
        doses.give(now, next);
        for (const { at, from, to } of watch.windows)
          for (const edge of [at, from, to])
            routine.set(next, select(and(gt(edge, now), lt(edge, next)), edge, next));
        routine.set(origin, mul(now, tick));
        routine.set(length, mul(sub(next, now), tick));
        routine.set(tau, f64(0));
        program.inputs.forEach((input, i) => {
          const window = input.kind === 'gate' ? watch.windows[input.window] : undefined;
          const local = u[i];
          if (window === undefined || local === undefined) return;
          routine.set(local, select(and(le(window.from, now), lt(now, window.to)), f64(1), f64(0)));
        });
        writeDerivative(frame, origin, y, f0);
        keepLargest(y);
        fail(leave, STATUS.notFinite, not(eq(finiteSum([...y, ...f0]), f64(0))));
        watch.depart(now);

        const begunHere = routine.local('i32');
        const arrived = routine.local('i32');
        const accept = () => {
          fail(leave, STATUS.notFinite, not(eq(finiteSum([...y1, ...f1]), f64(0))));
          keepLargest(y1);
          outputs.upTo(select(arrived, length, add(tau, h)));
          watch.step();
          y.forEach((local, j) => {
            routine.set(local, y1[j] ?? local);
            routine.set(f0[j] ?? local, f1[j] ?? local);
          });
        };
        const count = () => {
          fail(leave, STATUS.tooManySteps, ge(steps, most));
          routine.set(steps, add(steps, f64(1)));
        };

        if (!adaptive) {
          const whole = number();
          const done = number();
          routine.set(
            whole,
            max(f64(1), ceil(sub(div(length, load('f64', i32(0), layout.step)), f64(1e-9)))),
          );
          routine.set(done, f64(0));
          routine.loop((nextStep) => {
            count();
            routine.set(done, add(done, f64(1)));
            routine.set(arrived, ge(done, whole));
            routine.set(remaining, select(arrived, length, mul(done, div(length, whole))));
            routine.set(h, sub(remaining, tau));
            writeStep(frame);
            writeEnd(frame);
            accept();
            routine.set(tau, remaining);
            routine.branch(nextStep, not(arrived));
          });
        } else {
          const rejected = routine.local('i32');
          const square = number();
          const factor = number();
          routine.set(begunHere, i32(0));
          routine.set(rejected, i32(0));
          routine.when(
            gt(begun, f64(0)),
            () => routine.set(step, begun),
            () => routine.set(step, firstStep(frame, f0, length)),
          );
          routine.loop((nextStep) => {
            count();
            routine.set(step, min(step, load('f64', i32(0), layout.step)));
            routine.set(remaining, sub(length, tau));
            routine.set(arrived, ge(mul(step, f64(SLIVER)), remaining));
            routine.set(h, select(arrived, remaining, step));
            writeStep(frame);
            writeEnd(frame);
            routine.set(square, errorSquare(frame));
            routine.when(
              le(square, f64(1)),
              () => {
                accept();
                routine.set(factor, stepFactor(program.method, square, previous));
                routine.when(rejected, () => routine.set(factor, min(factor, f64(1))));
                routine.set(factor, mul(h, factor));
                routine.when(
                  arrived,
                  () => routine.set(step, max(step, factor)),
                  () => {
                    routine.set(step, factor);
                    routine.set(previous, max(square, f64(LEAST_NORM_SQUARE)));
                  },
                );
                // The next segment begins with the step that this beginning would have allowed, so that a timid first
                // step of the run is not repeated at every dose.
                routine.when(not(begunHere), () => {
                  routine.set(begun, step);
                  routine.set(begunHere, i32(1));
                });
                routine.set(tau, add(tau, h));
                routine.set(rejected, i32(0));
                routine.branch(nextStep, not(arrived));
              },
              () => {
                const finite = routine.keep(lt(square, INFINITY));
                routine.set(
                  factor,
                  select(finite, min(f64(1), stepFactor(program.method, square, previous)), f64(0.2)),
                );
                routine.set(step, mul(h, factor));
                routine.set(rejected, i32(1));
                const smallest = mul(f64(SMALLEST_STEP), max(tau, mul(f64(0.001), length)));
                routine.when(lt(step, smallest), () => {
                  routine.set(status, select(finite, i32(STATUS.stepTooSmall), i32(STATUS.notFinite)));
                  routine.branch(leave);
                });
                routine.branch(nextStep);
              },
            );
          });
        }
        routine.set(now, next);
        routine.branch(nextEvent);
      });
    });

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
  });
}

/** y1 and the stages. */
function writeStep(frame: Frame): void {
  const { method } = frame.program;
  if (method.kind === 'rosenbrock') writeStiffStages(frame, method);
  else writeStages(frame);
}

/** f1 for a method whose last stage is not f(t + h, y1). */
function writeEnd(frame: Frame): void {
  if (!frame.program.method.fsal)
    writeDerivative(frame, add(frame.origin, frame.tau, frame.h), frame.y1, frame.f1);
}

/** 0.01 |y| / |f|, at least what moves y by its tolerance, at most an eighth of the segment. */
function firstStep(frame: Frame, f0: readonly Local[], length: Node): Node {
  const { routine, y } = frame;
  const size = (j: number) => abs(y[j] ?? f64(0));
  const d0 = routine.keep(sqrt(meanSquare(frame, (j) => y[j] ?? f64(0), size)));
  const d1 = routine.keep(sqrt(meanSquare(frame, (j) => f0[j] ?? f64(0), size)));
  const eighth = routine.keep(mul(length, f64(1 / 8)));
  const step = routine.keep(div(max(f64(1), mul(f64(0.01), d0)), d1));
  return select(and(gt(step, f64(0)), lt(step, eighth)), step, eighth);
}

/** Values at the output times, read off the dense solution. */
function createOutputs(frame: Frame, patient: Node, now: Node) {
  const { routine, program, layout, y, k, origin, tau, h } = frame;
  const { method } = program;
  const nextTick = routine.local('f64');
  const local = routine.local('f64');
  const end = routine.local('f64');
  const theta = routine.local('f64');
  const time = routine.local('f64');
  /** Addresses of the next output time's tick and of its value of the first output. */
  const tickAt = routine.local('i32');
  const valueAt = routine.local('i32');
  const plane = routine.local('i32');
  const tick = load('f64', i32(0), layout.tick);

  const record = (values: readonly Node[]) => {
    const address = routine.local('i32');
    values.forEach((value, o) => {
      routine.set(address, o === 0 ? valueAt : integerAdd(address, plane));
      routine.store('f64', address, value);
    });
    routine.set(valueAt, integerAdd(valueAt, i32(8 * layout.stride)));
    routine.set(tickAt, integerAdd(tickAt, i32(8)));
    routine.set(nextTick, load('f64', tickAt));
  };
  return {
    /** Outputs at tick 0: the initial state. */
    begin() {
      routine.set(tickAt, load('i32', i32(0), layout.ticksAt));
      routine.set(plane, integerMul(load('i32', i32(0), layout.times), i32(8 * layout.stride)));
      routine.set(valueAt, integerAdd(load('i32', i32(0), layout.valuesAt), integerMul(patient, i32(8))));
      routine.set(nextTick, load('f64', tickAt));
      routine.block((leave) => {
        routine.loop((again) => {
          routine.branch(leave, gt(nextTick, f64(0)));
          record(writeAt(frame, program.observe, { t: origin, y }));
          routine.branch(again);
        });
      });
    },
    /** Outputs up to `reached`, a time within the segment, from the step that was just accepted. */
    upTo(reached: Node) {
      routine.set(end, reached);
      routine.block((leave) => {
        routine.loop((again) => {
          routine.set(local, mul(sub(nextTick, now), tick));
          routine.branch(leave, not(le(local, end)));
          routine.set(theta, div(sub(local, tau), h));
          const weights = denseWeights(routine, method, theta);
          const factor = stageFactor(method, h);
          const states: (Node | undefined)[] = [];
          for (const j of statesRead(program, program.observe, 'y')) {
            const state = y[j];
            if (state !== undefined)
              states[j] = routine.keep(denseState(state, factor, weights, (i) => component(k, j)[i]));
          }
          routine.set(time, add(origin, local));
          record(writeAt(frame, program.observe, { t: time, y: states }));
          routine.branch(again);
        });
      });
    },
  };
}
