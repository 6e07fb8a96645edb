// The time loop over vectors of patients. Every lane has its own time, step and segment; a lane that ends its segment or
// its patient is attended by scalar code (simd-attend.ts) and goes on, so the steps are always of all lanes. In: a module
// being built and a Program. Out: the function `simulate(first, count, therapy)`.
import type { Program } from '../program.ts';
import { integerAdd, select } from './arithmetic.ts';
import { i32, type Local, type ModuleBuilder, type Node } from './assembler.ts';
import type { Library } from './library.ts';
import { STATUS } from './patient-frame.ts';
import { anyTrue, both, either, isZero, pick, type VectorArithmetic, without } from './simd-arithmetic.ts';
import { ATTEND, type Attendance } from './simd-attend.ts';
import { hasConditions, writeVectorConditions } from './simd-conditions.ts';
import type { SimdLayout, VectorSlots } from './simd-layout.ts';
import { writeOutputs } from './simd-outputs.ts';
import {
  add, allFinite, createVectorFrame, type JobNumbers, mul, readJobNumbers, setSlot, slotValue, sub, type VectorFrame,vectorErrorSquare, 
  vectorStepFactor, writeVectorStages,
} from './simd-step.ts'; // biome-ignore format: a list
import { writeVectorWatch } from './simd-watch.ts';

/** As in loop.ts; f32 cannot tell two steps apart below 1e-6 of the time. */
const SMALLEST_STEP = { f64x2: 1e-13, f32x4: 1e-6 } as const;
const LEAST_NORM_SQUARE = 1e-8;
const SLIVER = { f64x2: 1 + 1e-9, f32x4: 1.05 } as const;

/** One vector of lanes, and what of it lives from a phase of the step to the next. */
interface Unit {
  readonly frame: VectorFrame;
  readonly length: Local;
  /** The step that is tried; of a method with fixed steps, where it ends. */
  readonly step: Local;
  readonly square: Local;
  readonly active: Local;
  readonly arrived: Local;
  /** Lanes whose step is taken, and those of them whose values are finite. */
  readonly accepted: Local;
  readonly good: Local;
  readonly wanted: Local;
  /** Lanes whose step is given up for a condition that rises inside it; absent where there is none. */
  readonly cut: Local | undefined;
  /** Lanes that end, by the status they end with. */
  readonly failed: readonly { readonly mask: Local; readonly code: number }[];
  readonly broken: Local;
  readonly small: Local;
  readonly hopeless: Local;
  readonly over: Local;
}

function createUnit(frame: VectorFrame): Unit {
  const mask = () => frame.routine.local('v128');
  const [broken, small, hopeless, over] = [mask(), mask(), mask(), mask()];
  return {
    frame,
    length: mask(),
    step: mask(),
    square: mask(),
    active: mask(),
    arrived: mask(),
    accepted: mask(),
    good: mask(),
    wanted: mask(),
    cut: hasConditions(frame.program) ? mask() : undefined,
    failed: [
      { mask: broken, code: STATUS.notFinite },
      { mask: small, code: STATUS.stepTooSmall },
      { mask: hopeless, code: STATUS.notFinite },
      { mask: over, code: STATUS.tooManySteps },
    ],
    broken,
    small,
    hopeless,
    over,
  };
}

export function defineSimulate(
  module: ModuleBuilder,
  m: VectorArithmetic,
  library: Library,
  program: Program,
  layout: SimdLayout,
  slots: VectorSlots,
  attendance: Attendance,
): void {
  module.define(
    ['i32', 'i32', 'i32'],
    undefined,
    (routine) => {
      const [first = i32(0), count = i32(0), therapy = i32(0)] = routine.params;
      const units = Array.from({ length: layout.units }, (_, unit) =>
        createUnit(createVectorFrame(m, library, routine, program, layout, slots, unit)),
      );
      const frames = units.map(({ frame }) => frame);
      const adaptive = program.method.e !== undefined;
      const numbers = readJobNumbers(m, routine, program, layout);

      routine.store('i32', i32(0), first, layout.queue);
      routine.store('i32', i32(0), integerAdd(first, count), layout.queueEnd);
      for (let lane = 0; lane < layout.lanes; lane++)
        routine.call(attendance.attend, i32(lane), i32(ATTEND.begin), therapy);
      frames.forEach(fetch);
      routine.block((leave) => {
        routine.loop((again) => {
          for (const { frame, active } of units) routine.set(active, slotValue(frame, slots.active));
          const [some, ...more] = units.map(({ active }) => active);
          routine.branch(leave, isZero(anyTrue(either(some ?? m.constant(0), ...more))));
          for (const unit of units) {
            if (adaptive) proposeStep(unit, numbers);
            else equalStep(unit);
          }
          writeVectorStages(frames);
          for (const unit of units) judge(unit, adaptive ? numbers : undefined);
          for (const unit of units) giveUp(unit, attendance, therapy);
          for (const { frame, good, arrived, length } of units)
            writeOutputs(frame, good, pick(arrived, length, add(m, frame.tau, frame.h)), attendance);
          for (const { frame, good } of units) writeVectorWatch(frame, good, attendance.attend, therapy);
          for (const unit of units) {
            if (adaptive) control(unit);
            else {
              const { frame, cut, step } = unit;
              setSlot(frame, slots.tau, cut === undefined ? step : pick(cut, frame.tau, step));
              advance(frame, cut);
            }
          }
          for (const unit of units) attendWhoNeedsIt(unit, numbers, attendance, therapy);
          routine.branch(again);
        });
      });
    },
    'simulate',
  );
}

/** What attending lanes may have changed, from its slots. */
function fetch(frame: VectorFrame): void {
  const { routine, slots, origin, inside, p, u, y, f0 } = frame;
  const read = (locals: readonly Local[], from: readonly number[]) =>
    locals.forEach((local, i) => {
      routine.set(local, slotValue(frame, from[i] ?? 0));
    });
  read(y, slots.y);
  read(f0, slots.f0);
  read(p, slots.p);
  read(u, slots.u);
  read([origin], [slots.origin]);
  if (inside !== undefined) read([inside.first, inside.last], slots.inside);
}

function begin({ frame, length }: Unit): void {
  const { m, routine, slots, tau } = frame;
  setSlot(frame, slots.steps, add(m, slotValue(frame, slots.steps), m.constant(1)));
  routine.set(length, slotValue(frame, slots.length));
  routine.set(tau, slotValue(frame, slots.tau));
}

function proposeStep(unit: Unit, { largestStep }: JobNumbers): void {
  const { frame, length, step, arrived } = unit;
  const { m, routine, slots, tau, h } = frame;
  begin(unit);
  routine.set(step, m.least(slotValue(frame, slots.step), largestStep));
  const remaining = routine.keep(sub(m, length, tau));
  routine.set(arrived, m.compare('ge', mul(m, step, m.constant(SLIVER[m.kind])), remaining));
  routine.set(h, pick(arrived, remaining, step));
}

/** The slot of the step counts the steps of the segment. */
function equalStep(unit: Unit): void {
  const { frame, length, step, arrived } = unit;
  const { m, routine, slots, tau, h } = frame;
  begin(unit);
  const done = routine.keep(add(m, slotValue(frame, slots.step), m.constant(1)));
  const whole = routine.keep(slotValue(frame, slots.whole));
  setSlot(frame, slots.step, done);
  routine.set(arrived, m.compare('ge', done, whole));
  routine.set(step, pick(arrived, length, mul(m, done, m.binary('div', length, whole))));
  routine.set(h, sub(m, step, tau));
}

/** Which lanes' steps are taken; without tolerances, all of those that are at work. */
function judge(
  { frame, square, active, accepted, good, broken }: Unit,
  numbers: JobNumbers | undefined,
): void {
  const { m, routine, y1, f1 } = frame;
  if (numbers !== undefined) {
    routine.set(square, vectorErrorSquare(frame, numbers));
    routine.set(accepted, both(active, m.compare('le', square, m.constant(1))));
  } else routine.set(accepted, active);
  routine.set(broken, without(accepted, allFinite(m, [...y1, ...f1])));
  routine.set(good, without(accepted, broken));
}

/** Steps in which a condition rises are not taken: they are tried again, to the rise. */
function giveUp({ frame, good, accepted, cut }: Unit, { attend }: Attendance, therapy: Node): void {
  if (cut === undefined) return;
  const { routine } = frame;
  routine.set(cut, writeVectorConditions(frame, good, attend, therapy));
  routine.set(good, without(good, cut));
  routine.set(accepted, without(accepted, cut));
}

/** The next step's size, and the step's end where it was accepted. */
function control({
  frame,
  length,
  step,
  square,
  active,
  arrived,
  accepted,
  small,
  hopeless,
  cut,
}: Unit): void {
  // biome-ignore format: a list
  const { m, routine, program, slots, y, y1, f0, f1, tau, h } = frame;
  const slot = (number: number) => slotValue(frame, number);
  const factor = routine.local('v128');
  const next = routine.local('v128');
  routine.set(factor, vectorStepFactor(frame, program.method, square, slot(slots.previous)));
  const finite = m.compare('lt', square, m.constant(Number.POSITIVE_INFINITY));
  const careful = either(slot(slots.rejected), m.not(accepted));
  const gentle = pick(careful, m.least(m.constant(1), factor), factor);
  routine.set(factor, mul(m, h, pick(finite, gentle, m.constant(0.2))));
  routine.set(next, pick(both(accepted, arrived), m.most(step, factor), factor));
  /** A step that is given up leaves the controller alone. */
  const unless = (value: Node, number: number): Node =>
    cut === undefined ? value : pick(cut, slot(number), value);
  setSlot(frame, slots.step, unless(next, slots.step));
  const inner = without(accepted, arrived);
  const norm = m.most(square, m.constant(LEAST_NORM_SQUARE));
  setSlot(frame, slots.previous, pick(inner, norm, slot(slots.previous)));
  setSlot(frame, slots.begun, pick(without(accepted, slot(slots.begunHere)), next, slot(slots.begun)));
  setSlot(frame, slots.begunHere, either(slot(slots.begunHere), accepted));
  setSlot(frame, slots.rejected, unless(m.not(accepted), slots.rejected));
  setSlot(frame, slots.tau, pick(accepted, add(m, tau, h), tau));
  routine.set(small, m.constant(0));
  routine.set(hopeless, m.constant(0));
  const refused = routine.keep(without(active, accepted));
  routine.when(
    isZero(anyTrue(refused)),
    () => advance(frame),
    () => {
      const least = m.most(tau, mul(m, m.constant(0.001), length));
      const tiny = m.compare('lt', next, mul(m, m.constant(SMALLEST_STEP[m.kind]), least));
      routine.set(hopeless, both(cut === undefined ? refused : without(refused, cut), tiny));
      routine.set(small, both(hopeless, finite));
      routine.set(hopeless, without(hopeless, finite));
      y.forEach((local, j) => {
        routine.set(local, pick(accepted, y1[j] ?? local, local));
      });
      f0.forEach((local, j) => {
        routine.set(local, pick(accepted, f1[j] ?? local, local));
      });
    },
  );
}

function advance({ routine, y, y1, f0, f1 }: VectorFrame, except?: Node): void {
  const to = (local: Local, end: Node): Node => (except === undefined ? end : pick(except, local, end));
  y.forEach((local, j) => {
    routine.set(local, to(local, y1[j] ?? local));
  });
  f0.forEach((local, j) => {
    routine.set(local, to(local, f1[j] ?? local));
  });
}

/** Lanes at their segment's end, and lanes that fail. Whether the former may go on is asked after their events. */
function attendWhoNeedsIt(
  { frame, active, arrived, good, wanted, failed, over }: Unit,
  { mostSteps }: JobNumbers,
  { attend }: Attendance,
  therapy: Node,
): void {
  const { m, routine, slots, unit, y, f0 } = frame;
  const ended = routine.keep(both(good, arrived));
  const spent = m.compare('ge', slotValue(frame, slots.steps), mostSteps);
  routine.set(over, without(both(active, spent), ended));
  routine.set(wanted, either(ended, ...failed.map(({ mask }) => mask)));
  routine.when(anyTrue(wanted), () => {
    y.forEach((local, j) => {
      setSlot(frame, slots.y[j] ?? 0, local);
    });
    f0.forEach((local, j) => {
      setSlot(frame, slots.f0[j] ?? 0, local);
    });
    for (let lane = 0; lane < m.lanes; lane++)
      routine.when(m.holdsIn(wanted, lane), () => {
        const code = failed.reduceRight<Node>(
          (other, { mask, code }) => select(m.holdsIn(mask, lane), i32(code), other),
          i32(0),
        );
        routine.call(attend, i32(unit * m.lanes + lane), code, therapy);
      });
    fetch(frame);
  });
}
