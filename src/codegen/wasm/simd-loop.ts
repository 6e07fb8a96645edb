// The time loop over a vector of patients. Every lane has its own time, step and segment; a lane that ends its segment or
// its patient is attended by scalar code (simd-attend.ts) and goes on, so the steps are always of all lanes. In: a module
// being built and a Program. Out: the function `simulate(first, count, therapy)`.
import type { Program } from '../program.ts';
import { integerAdd, integerMul, le, mul as mulScalar, select, sub as subScalar } from './arithmetic.ts';
import { f64, i32, load, type ModuleBuilder, type Node } from './assembler.ts';
import { statesRead } from './frame.ts';
import type { Library } from './library.ts';
import { STATUS } from './loop.ts';
import { anyTrue, both, either, pick, type VectorArithmetic, without } from './simd-arithmetic.ts';
import { ATTEND, type Attendance } from './simd-attend.ts';
import type { SimdLayout, VectorSlots } from './simd-layout.ts';
import {
  add, allFinite, createVectorFrame, jobNumber, mul, setSlot, slotValue, sub, 
  type VectorFrame, vectorDense, vectorErrorSquare,vectorStepFactor, writeVector, writeVectorStages,
} from './simd-step.ts'; // biome-ignore format: a list
import { writeVectorWatch } from './simd-watch.ts';

/** As in loop.ts; f32 cannot tell two steps apart below 1e-6 of the time. */
const SMALLEST_STEP = { f64x2: 1e-13, f32x4: 1e-6 } as const;
const LEAST_NORM_SQUARE = 1e-8;
const SLIVER = { f64x2: 1 + 1e-9, f32x4: 1 + 1e-6 } as const;

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
      const frame = createVectorFrame(m, library, routine, program, layout, slots);
      const { y, y1, k, f1, tau, h } = frame;
      const f0 = k[0] ?? [];
      const { method } = program;
      const adaptive = method.e !== undefined;
      const vector = () => routine.local('v128');
      const slot = (number: number) => slotValue(frame, number);
      const lanes = Array.from({ length: m.lanes }, (_, lane) => lane);
      const [length, active, arrived, accepted, next, square] = [
        vector(),
        vector(),
        vector(),
        vector(),
        vector(),
        vector(),
      ];
      const fetch = () => {
        y.forEach((local, j) => {
          routine.set(local, slot(slots.y[j] ?? 0));
        });
        f0.forEach((local, j) => {
          routine.set(local, slot(slots.k[0]?.[j] ?? 0));
        });
      };

      routine.store('i32', i32(0), first, layout.queue);
      routine.store('i32', i32(0), integerAdd(first, count), layout.queueEnd);
      for (const lane of lanes) routine.call(attendance.attend, i32(lane), i32(ATTEND.begin), therapy);
      fetch();
      routine.block((leave) => {
        routine.loop((again) => {
          routine.set(active, slot(slots.active));
          routine.branch(leave, isZero(anyTrue(active)));
          setSlot(frame, slots.steps, add(m, slot(slots.steps), m.constant(1)));
          routine.set(length, slot(slots.length));
          routine.set(tau, slot(slots.tau));
          const step = vector();
          if (adaptive) {
            routine.set(step, m.least(slot(slots.step), jobNumber(frame, 1)));
            const remaining = routine.keep(sub(m, length, tau));
            routine.set(arrived, m.compare('ge', mul(m, step, m.constant(SLIVER[m.kind])), remaining));
            routine.set(h, pick(arrived, remaining, step));
          } else {
            // The slot of the step counts the steps of the segment; `step` is where this one ends.
            const done = routine.keep(add(m, slot(slots.step), m.constant(1)));
            const whole = routine.keep(slot(slots.whole));
            setSlot(frame, slots.step, done);
            routine.set(arrived, m.compare('ge', done, whole));
            routine.set(step, pick(arrived, length, mul(m, done, m.binary('div', length, whole))));
            routine.set(h, sub(m, step, tau));
          }
          writeVectorStages(frame);
          if (adaptive) {
            routine.set(square, vectorErrorSquare(frame));
            routine.set(accepted, both(active, m.compare('le', square, m.constant(1))));
          } else routine.set(accepted, active);

          const attention: { readonly mask: Node; readonly code: number }[] = [];
          const broken = vector();
          routine.set(broken, without(accepted, allFinite(m, [...y1, ...f1])));
          const good = routine.local('v128');
          routine.set(good, without(accepted, broken));
          attention.push({ mask: broken, code: STATUS.notFinite });

          writeOutputs(frame, good, pick(arrived, length, add(m, tau, h)), attendance);
          writeVectorWatch(frame, good, attendance.attend, therapy);

          if (adaptive) {
            const factor = routine.local('v128');
            routine.set(factor, vectorStepFactor(frame, method, square, slot(slots.previous)));
            const finite = m.compare('lt', square, m.constant(Number.POSITIVE_INFINITY));
            const gentle = pick(
              either(slot(slots.rejected), m.not(accepted)),
              m.least(m.constant(1), factor),
              factor,
            );
            routine.set(factor, mul(m, h, pick(finite, gentle, m.constant(0.2))));
            routine.set(next, pick(both(accepted, arrived), m.most(step, factor), factor));
            setSlot(frame, slots.step, next);
            setSlot(frame, slots.previous, pick(
              without(accepted, arrived), m.most(square, m.constant(LEAST_NORM_SQUARE)), slot(slots.previous),
            )); // biome-ignore format: as an assignment
            setSlot(
              frame,
              slots.begun,
              pick(without(accepted, slot(slots.begunHere)), next, slot(slots.begun)),
            );
            setSlot(frame, slots.begunHere, either(slot(slots.begunHere), accepted));
            setSlot(frame, slots.rejected, m.not(accepted));
            const small = vector();
            const hopeless = vector();
            const refused = routine.keep(without(active, accepted));
            routine.set(small, m.constant(0));
            routine.set(hopeless, m.constant(0));
            routine.when(anyTrue(refused), () => {
              const least = mul(
                m,
                m.constant(SMALLEST_STEP[m.kind]),
                m.most(tau, mul(m, m.constant(0.001), length)),
              );
              const tiny = routine.keep(both(refused, m.compare('lt', next, least)));
              routine.set(small, both(tiny, finite));
              routine.set(hopeless, without(tiny, finite));
            });
            attention.push(
              { mask: small, code: STATUS.stepTooSmall },
              { mask: hopeless, code: STATUS.notFinite },
            );
            setSlot(frame, slots.tau, pick(accepted, add(m, tau, h), tau));
            routine.when(
              isZero(anyTrue(refused)),
              () => advance(frame),
              () => {
                y.forEach((local, j) => {
                  routine.set(local, pick(accepted, y1[j] ?? local, local));
                });
                f0.forEach((local, j) => {
                  routine.set(local, pick(accepted, f1[j] ?? local, local));
                });
              },
            );
          } else {
            setSlot(frame, slots.tau, step);
            advance(frame);
          }
          // Arrived lanes are asked about their steps by attend, after what happens at the segment's end.
          const ended = vector();
          routine.set(ended, both(good, arrived));
          const over = vector();
          routine.set(
            over,
            without(both(active, m.compare('ge', slot(slots.steps), jobNumber(frame, 2))), ended),
          );
          attention.push({ mask: over, code: STATUS.tooManySteps });
          const wanted = routine.keep(either(ended, ...attention.map(({ mask }) => mask)));
          routine.when(anyTrue(wanted), () => {
            y.forEach((local, j) => {
              setSlot(frame, slots.y[j] ?? 0, local);
            });
            f0.forEach((local, j) => {
              setSlot(frame, slots.k[0]?.[j] ?? 0, local);
            });
            for (const lane of lanes)
              routine.when(m.holdsIn(wanted, lane), () => {
                const code = attention.reduceRight<Node>(
                  (other, { mask, code }) => select(m.holdsIn(mask, lane), i32(code), other),
                  i32(0),
                );
                routine.call(attendance.attend, i32(lane), code, therapy);
              });
            fetch();
          });
          routine.branch(again);
        });
      });
    },
    'simulate',
  );
}

const isZero = (x: Node): Node => ({ kind: 'operation', type: 'i32', code: [0x45], args: [x] });

function advance({ routine, y, y1, k, f1 }: VectorFrame): void {
  y.forEach((local, j) => {
    routine.set(local, y1[j] ?? local);
  });
  k[0]?.forEach((local, j) => {
    routine.set(local, f1[j] ?? local);
  });
}

/** Values at the output times up to `reached`, read off the dense solution of the lanes in `accepted`. */
function writeOutputs(
  frame: VectorFrame,
  accepted: Node,
  reached: Node,
  { tickAt, valueAt, now, next }: Attendance,
): void {
  const { m, routine, program, layout, slots } = frame;
  const end = routine.local('v128');
  const due = routine.local('v128');
  const mask = routine.local('v128');
  const address = routine.local('i32');
  const nextTick = routine.local('f64');
  const plane = integerMul(load('i32', i32(0), layout.times), i32(8 * layout.stride));
  const tick = load('f64', i32(0), layout.tick);
  const read = statesRead(program, program.observe, 'y');
  routine.set(end, reached);
  routine.set(due, slotValue(frame, slots.due));
  routine.block((leave) => {
    routine.loop((again) => {
      routine.set(mask, both(accepted, m.compare('le', due, end)));
      routine.branch(leave, isZero(anyTrue(mask)));
      const states = vectorDense(frame, due, read);
      const t = routine.keep(add(m, slotValue(frame, slots.origin), due));
      const values = writeVector(frame, program.observe, { t, y: states }).map((value) =>
        routine.keep(value),
      );
      for (let lane = 0; lane < m.lanes; lane++) {
        const wide = 8 * lane;
        routine.when(m.holdsIn(mask, lane), () => {
          routine.set(address, load('i32', i32(0), valueAt + wide));
          routine.store('i32', i32(0), integerAdd(address, i32(8 * layout.stride)), valueAt + wide);
          values.forEach((value, o) => {
            if (o > 0) routine.set(address, integerAdd(address, plane));
            routine.store('f64', address, m.extract(value, lane));
          });
          routine.set(address, integerAdd(load('i32', i32(0), tickAt + wide), i32(8)));
          routine.store('i32', i32(0), address, tickAt + wide);
          routine.set(nextTick, load('f64', address));
          const later = mulScalar(subScalar(nextTick, load('f64', i32(0), now + wide)), tick);
          const there = le(nextTick, load('f64', i32(0), next + wide));
          routine.set(due, m.replace(due, lane, select(there, later, f64(Number.POSITIVE_INFINITY))));
        });
      }
      routine.branch(again);
    });
  });
  setSlot(frame, slots.due, due);
}
