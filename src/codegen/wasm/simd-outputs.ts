// Values at the output times, for a vector of patients, read off the dense solution of the step. In: a VectorFrame and
// which lanes have taken their step. Out: statements that write the lanes' columns. A lane's own part has no branch: one
// without anything due writes elsewhere, which costs less than a branch that is guessed wrong every other time.
import { gt, integerAdd, integerMul, sub as less, add as plus, mul as times } from './arithmetic.ts';
import { f64, i32, load, type Node, operation } from './assembler.ts';
import { statesRead } from './frame.ts';
import { anyTrue, both, isZero } from './simd-arithmetic.ts';
import type { Attendance } from './simd-attend.ts';
import { add, setSlot, slotValue, type VectorFrame, vectorDense, writeVector } from './simd-step.ts';

/** A time that no segment reaches; infinite in f32. */
const NEVER = 1e300;
const integerXor = (a: Node, b: Node): Node => operation('i32', [0x73], a, b);
const integerAnd = (a: Node, b: Node): Node => operation('i32', [0x71], a, b);

/** `accepted`: mask of the lanes whose step counts; `reached`: the step's end within the segment. */
export function writeOutputs(
  frame: VectorFrame,
  accepted: Node,
  reached: Node,
  { tickAt, valueAt, now, next }: Attendance,
): void {
  const { m, routine, program, layout, slots, unit } = frame;
  const end = routine.local('v128');
  const due = routine.local('v128');
  const mask = routine.local('v128');
  const [address, here, row] = [routine.local('i32'), routine.local('i32'), routine.local('i32')];
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
      const t = routine.keep(add(m, frame.origin, due));
      const values = writeVector(frame, program.observe, { t, y: states }).map((value) =>
        routine.keep(value),
      );
      for (let lane = 0; lane < m.lanes; lane++) {
        const wide = 8 * (unit * m.lanes + lane);
        routine.set(here, m.holdsIn(mask, lane));
        routine.set(row, load('i32', i32(0), valueAt + wide));
        const elsewhere = integerAnd(integerXor(here, i32(-1)), i32(layout.nowhere));
        routine.set(address, integerAdd(integerAnd(row, here), elsewhere));
        values.forEach((value, o) => {
          if (o > 0) routine.set(address, integerAdd(address, integerAnd(plane, here)));
          routine.store('f64', address, m.extract(value, lane));
        });
        const further = integerAnd(here, i32(8 * layout.stride));
        routine.store('i32', i32(0), integerAdd(row, further), valueAt + wide);
        routine.set(address, integerAdd(load('i32', i32(0), tickAt + wide), integerAnd(here, i32(8))));
        routine.store('i32', i32(0), address, tickAt + wide);
        routine.set(nextTick, load('f64', address));
        const later = times(less(nextTick, load('f64', i32(0), now + wide)), tick);
        const beyond = operation('f64', [0xb8], gt(nextTick, load('f64', i32(0), next + wide)));
        routine.set(due, m.replace(due, lane, plus(later, times(beyond, f64(NEVER)))));
      }
      routine.branch(again);
    });
  });
  setSlot(frame, slots.due, due);
}
