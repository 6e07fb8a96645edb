// Propagators that a patient's exact solution keeps by their length. In: a routine, the flow, a range of its slots.
// Out: a table that finds or makes them, and how many slots the parts of the solution have.
import { eq, integerAdd, not, select } from './arithmetic.ts';
import { f64, i32, type Node, operation, type Routine } from './assembler.ts';
import type { Flow } from './linear-flow.ts';

/** Propagators kept per patient: two output steps (whole ticks may differ by one), segments' lengths, watched pieces. */
export const GRID_SLOTS = 2;
export const SEGMENT_SLOTS = 6;
export const PIECE_SLOTS = 40;
export const LINEAR_SLOTS = GRID_SLOTS + SEGMENT_SLOTS + PIECE_SLOTS;
const NEVER = f64(-1);

export interface Slots {
  /** At a patient's start: empty. */
  begin(): void;
  /** Address of the propagator over some ticks, made where it is not kept. */
  find(ticks: Node, dt: Node): Node;
}

/** Propagators by their length, the oldest replaced. */
export function createSlots(routine: Routine, flow: Flow, first: number, count: number): Slots {
  const keys = Array.from({ length: count }, () => routine.local('f64'));
  const address = routine.local('i32');
  const oldest = routine.local('i32');
  const at = (i: number) => i32(flow.slot(first + i));
  return {
    begin() {
      for (const key of keys) routine.set(key, NEVER);
      routine.set(oldest, at(0));
    },
    find(ticks, dt) {
      routine.set(
        address,
        keys.reduceRight<Node>((other, key, i) => select(eq(key, ticks), at(i), other), i32(0)),
      );
      routine.when(not(address), () => {
        routine.set(address, oldest);
        routine.call(flow.propagator, dt, address);
        keys.forEach((key, i) => {
          routine.set(key, select(operation('i32', [0x46], oldest, at(i)), ticks, key));
        });
        routine.set(
          oldest,
          select(
            operation('i32', [0x46], oldest, at(count - 1)),
            at(0),
            integerAdd(oldest, i32(flow.slotBytes)),
          ),
        );
      });
      return address;
    },
  };
}
