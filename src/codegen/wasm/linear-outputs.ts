// Values at the output times of an exact solution, each reached from the one before. In: a Frame, the flow of its linear
// system. Out: statements that write the outputs' memory.
import { add, le, lt, mul, not, sub } from './arithmetic.ts';
import { f64, i32, type Local, load, type Node } from './assembler.ts';
import { type Frame, writeAt } from './frame.ts';
import type { Flow } from './linear-flow.ts';
import { createSlots, GRID_SLOTS } from './linear-slots.ts';
import { createOutputRows } from './patient-frame.ts';

/** `place` writes what the flow's functions start from. */
export function createLinearOutputs(
  frame: Frame,
  flow: Flow,
  patient: Node,
  now: Node,
  place: (states: readonly Node[]) => void,
  keepLargest: (states: readonly Node[]) => void,
) {
  const { routine, program, layout, y, origin } = frame;
  const n = flow.states;
  const [nextTick, from, time] = [0, 0, 0].map(() => routine.local('f64')) as [Local, Local, Local];
  const outputRows = createOutputRows(frame, patient, nextTick);
  const here = y.slice(0, n).map(() => routine.local('f64'));
  const grid = createSlots(routine, flow, 0, GRID_SLOTS);
  const tick = load('f64', i32(0), layout.tick);
  const rows = here.map((_, i) => i);

  const record = (t: Node, states: readonly Node[]) =>
    outputRows.write(routine.local('i32'), writeAt(frame, program.observe, { t, y: states }));
  const recordUpTo = (last: Node, t: Node) =>
    routine.block((leave) => {
      routine.loop((again) => {
        routine.branch(leave, not(le(nextTick, last)));
        record(t, y);
        routine.branch(again);
      });
    });
  const toMoved = (dt: Node) => {
    routine.call(flow.advance, dt);
    here.forEach((local, i) => {
      routine.set(local, load('f64', i32(0), flow.moved + 8 * i));
    });
  };
  return {
    /** Outputs at tick 0: the initial state. */
    begin() {
      outputRows.begin();
      recordUpTo(f64(0), origin);
    },
    /** The propagators no longer hold. */
    forget: grid.begin,
    /**
     * Outputs before the segment's end, each from the one before; the first lies at any distance from the segment's start
     * and is reached by a series.
     */
    inside(next: Node) {
      routine.when(lt(nextTick, next), () => {
        const dt = routine.local('f64');
        routine.set(dt, mul(sub(nextTick, now), tick));
        toMoved(dt);
        routine.loop((again) => {
          keepLargest(here);
          routine.set(from, nextTick);
          routine.set(time, add(origin, mul(sub(nextTick, now), tick)));
          record(time, here);
          routine.when(lt(nextTick, next), () => {
            routine.set(dt, mul(sub(nextTick, from), tick));
            if (flow.matrix) {
              const address = grid.find(sub(nextTick, from), dt);
              const values = flow.apply(address, here, rows).map((value) => routine.keep(value));
              here.forEach((local, i) => {
                routine.set(local, values[i] ?? local);
              });
            } else {
              place(here);
              toMoved(dt);
            }
            routine.branch(again);
          });
        });
      });
    },
    /** Outputs at the segment's end, with y there. */
    atEnd(next: Node) {
      routine.when(le(nextTick, next), () => {
        routine.set(time, mul(next, tick));
        recordUpTo(next, time);
      });
    },
  };
}
