// Values at the output times, for a vector of patients, read off the dense solution of the step. In: a VectorFrame and
// which lanes have taken their step. Out: statements that write the lanes' columns. A lane's own part has no branch: one
// without anything due writes elsewhere, which costs less than a branch that is guessed wrong every other time. Addresses
// and ticks are vectors too, two lanes of 64 bits each, as attend's slots hold them.
import { i32, load, type Node, operation, simd } from './assembler.ts';
import { statesRead } from './frame.ts';
import { anyTrue, both, f64x2, isZero, pick } from './simd-arithmetic.ts';
import type { Attendance } from './simd-attend.ts';
import { add, setSlot, slotValue, type VectorFrame, vectorDense, writeVector } from './simd-step.ts';

/** A time that no segment reaches; infinite in f32. */
const NEVER = 1e300;
const WIDE = f64x2();
/** Opcodes of WebAssembly Core Specification 2.0, 5.4.8. */
const integerAdd = (a: Node, b: Node): Node => simd('v128', 0xce, [], a, b);
const everywhere = (x: Node): Node => simd('v128', 0x12, [], operation('i64', [0xac], x));
/** The low word of a 64-bit lane: an address. */
const addressIn = (x: Node, lane: number): Node => simd('i32', 0x1b, [2 * lane], x);
const wideAt = (address: number): Node => load('v128', i32(0), address);
/** One lane of a vector from memory (the first one clears the other), and one lane to memory. */
const loadFirst = (address: Node): Node => operation('v128', [0xfd, 0x5d, 3, 0], address);
const loadSecond = (address: Node, into: Node): Node =>
  operation('v128', [0xfd, 0x57, 3, 0, 1], address, into);
const STORE_LANE = { 4: [0xfd, 0x5a, 2, 0], 8: [0xfd, 0x5b, 3, 0] } as const;

/** `accepted`: mask of the lanes whose step counts; `reached`: the step's end within the segment. */
export function writeOutputs(
  frame: VectorFrame,
  accepted: Node,
  reached: Node,
  { tickAt, valueAt, now, next }: Attendance,
): void {
  const { m, routine, program, layout, slots, unit } = frame;
  const { valueBytes } = layout;
  const vector = () => routine.local('v128');
  const [end, due, mask, further, plane, row, address, ticks] = Array.from({ length: 8 }, vector);
  if (!end || !due || !mask || !further || !plane || !row || !address || !ticks) return;
  const tick = WIDE.everywhere(layout.tick);
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
      if (values.length > 1)
        routine.set(
          plane,
          everywhere(
            operation('i32', [0x6c], load('i32', i32(0), layout.times), i32(valueBytes * layout.stride)),
          ),
        );
      const dues = m.maskParts(mask).map((part, i) => {
        const at = 8 * (unit * m.lanes + 2 * i);
        const here = routine.keep(part);
        routine.set(row, wideAt(valueAt + at));
        routine.set(address, pick(here, row, everywhere(i32(layout.nowhere))));
        values.forEach((value, o) => {
          if (o > 0) routine.set(address, integerAdd(address, both(plane, here)));
          for (let lane = 0; lane < 2; lane++) {
            const code = [...STORE_LANE[valueBytes], 2 * i + lane];
            routine.run(operation('v128', code, addressIn(address, lane), value));
          }
        });
        routine.set(further, both(here, everywhere(i32(valueBytes * layout.stride))));
        routine.store('v128', i32(0), integerAdd(row, further), valueAt + at);
        routine.set(address, integerAdd(wideAt(tickAt + at), both(here, everywhere(i32(8)))));
        routine.store('v128', i32(0), address, tickAt + at);
        routine.set(ticks, loadSecond(addressIn(address, 1), loadFirst(addressIn(address, 0))));
        const later = WIDE.binary('mul', WIDE.binary('sub', ticks, wideAt(now + at)), tick);
        const beyond = WIDE.compare('gt', ticks, wideAt(next + at));
        return routine.keep(WIDE.binary('add', later, both(beyond, WIDE.constant(NEVER))));
      });
      routine.set(due, m.whole(dues));
      routine.branch(again);
    });
  });
  setSlot(frame, slots.due, due);
}
