// One patient from tick 0 to the horizon by steps of a method, fixed or adaptive, and outputs off its dense solution;
// events, segments, status and endpoints are patient-frame.ts's. In: a module being built and a Program. Out: the function
// (patient in the chunk, therapy) that does it all.
import type { Program } from '../program.ts';
import {
  add, ceil, div, eq, ge, gt, le, lt, max, min, mul, not, select, sub,
} from './arithmetic.ts'; // biome-ignore format: a list
import { type FunctionRef, f64, i32, type Local, load, type ModuleBuilder, type Node } from './assembler.ts';
import { createDoses } from './doses.ts';
import { createEventCode, createEventHooks } from './event-hooks.ts';
import type { Emitter } from './expressions.ts';
import { component, createFrame, type Frame, statesRead, writeAt } from './frame.ts';
import type { Layout } from './layout.ts';
import { firstStep, writeEnd, writeStep } from './one-step.ts';
import { createOutputRows, createPatientFrame, type LoopOptions, STATUS } from './patient-frame.ts';
import {
  BEGINNING_NORM_SQUARE, denseState, denseWeights, errorSquare, finiteSum, stageFactor, stepFactor,
} from './step.ts'; // biome-ignore format: a list
import { createWatch } from './watch.ts';

const SMALLEST_STEP = 1e-13;
const LEAST_NORM_SQUARE = 1e-8;
/** A step that would leave less than this share of itself before the segment's end goes to the end. */
const SLIVER = 1 + 1e-9;
const INFINITY = f64(Number.POSITIVE_INFINITY);

export function definePatient(
  module: ModuleBuilder,
  emitter: Emitter,
  program: Program,
  layout: Layout,
  options: LoopOptions,
): FunctionRef {
  const code = createEventCode(module, emitter, program, layout);
  return module.define(['i32', 'i32'], undefined, (routine) => {
    const [patient = i32(0), therapy = i32(0)] = routine.params;
    const frame = createFrame(emitter, routine, program, layout);
    const { y, y1, f0, f1, tau, h } = frame;
    const adaptive = program.method.e !== undefined;
    const number = () => routine.local('f64');
    const [now, next, length, remaining, passed, steps, most, step, begun, previous] = Array.from({ length: 10 }, number) as [
      Local, Local, Local, Local, Local, Local, Local, Local, Local, Local,
    ]; // biome-ignore format: a list
    const status = routine.local('i32');
    const doses = createDoses(frame);
    const watch = createWatch(module, frame);
    const outputs = createOutputs(frame, patient, now);
    const progress = { now, next, length, events: passed, steps, most, status };
    const events = code === undefined ? undefined : createEventHooks(frame, code);
    const course = createPatientFrame(frame, [patient, therapy], progress, doses, watch, options, events);

    course.solve({
      begin() {
        routine.set(begun, f64(0));
      },
      outputs: outputs.begin,
      segment(leave) {
        const begunHere = routine.local('i32');
        const arrived = routine.local('i32');
        /** `again`: where a step that is given up for a condition's rise inside it is tried anew, shorter. */
        const accept = (again: () => void) => {
          course.fail(leave, STATUS.notFinite, not(eq(finiteSum([...y1, ...f1]), f64(0))));
          if (events !== undefined && code?.look !== undefined) {
            routine.when(events.stir(), () => {
              events.look(next);
              routine.when(events.cut, () => {
                routine.set(length, mul(sub(next, now), load('f64', i32(0), layout.tick)));
                again();
              });
            });
            events.pass();
          }
          course.keepLargest(y1);
          outputs.upTo(select(arrived, length, add(tau, h)));
          watch.step();
          y.forEach((local, j) => {
            routine.set(local, y1[j] ?? local);
            routine.set(f0[j] ?? local, f1[j] ?? local);
          });
        };
        const count = () => {
          course.fail(leave, STATUS.tooManySteps, ge(steps, most));
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
            accept(() => {
              routine.set(whole, done);
              routine.set(done, sub(done, f64(1)));
              routine.branch(nextStep);
            });
            routine.set(tau, remaining);
            routine.branch(nextStep, not(arrived));
          });
        } else {
          const rejected = routine.local('i32');
          const square = number();
          const factor = number();
          routine.set(begunHere, i32(0));
          routine.set(rejected, i32(0));
          routine.set(previous, f64(BEGINNING_NORM_SQUARE));
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
                accept(() => routine.branch(nextStep));
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
      },
    });
  });
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
  const rows = createOutputRows(frame, patient, nextTick);
  const tick = load('f64', i32(0), layout.tick);

  const record = (values: readonly Node[]) => rows.write(routine.local('i32'), values);
  return {
    /** Outputs at tick 0: the initial state. */
    begin() {
      rows.begin();
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
