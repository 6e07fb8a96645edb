// Accumulators' pieces of a segment of an exact solution: where the watch looks at the path between two events. In: a
// Frame, the flow, the watch and a segment. Out: statements that walk the segment piece by piece.
import {
  add,
  ceil,
  div,
  ge,
  integerAdd,
  lt,
  max,
  min,
  mul,
  nearest,
  not,
  or,
  select,
  sub,
} from './arithmetic.ts';
import { f64, i32, type Local, load, type Node } from './assembler.ts';
import type { Frame } from './frame.ts';
import type { Flow } from './linear-flow.ts';
import { GRID_SLOTS, PIECE_SLOTS, SEGMENT_SLOTS } from './linear-slots.ts';
import { writeDerivative } from './step.ts';
import type { Watch } from './watch.ts';

/** A watched piece is as long as the fastest time constant, or in compartments this share of the time since the event. */
const GROWTH = 0.4;
/** Watched pieces of a run at least, for what the outputs themselves may do in time. */
const LEAST_PIECES = 50;

/** Pieces are short after its start, where fast modes live, then growing with the time since. */
export function createPieces(
  frame: Frame,
  flow: Flow,
  watch: Watch,
  { end, ticks, length }: { readonly end: readonly Local[]; readonly ticks: Node; readonly length: Node },
) {
  const { routine, program, layout, y, y1, f1, origin, tau, h } = frame;
  const f0 = frame.k[0] ?? [];
  const n = flow.states;
  const rows = Array.from({ length: n }, (_, i) => i);
  const watches = program.accumulators.some(({ kind }) => kind !== 'at' && kind !== 'integral');
  const [reached, size, shortest, longest, index, made] = Array.from({ length: 6 }, () => routine.local('f64')) as [
    Local, Local, Local, Local, Local, Local,
  ]; // biome-ignore format: a list
  const address = routine.local('i32');
  const arrived = routine.local('i32');
  const firstSlot = GRID_SLOTS + SEGMENT_SLOTS;
  const tick = load('f64', i32(0), layout.tick);
  const growing = load('i32', i32(0), flow.compartmental);
  const windows = [
    ...new Set(
      program.accumulators.flatMap(({ kind, window }) =>
        kind === 'at' || kind === 'integral' ? [] : [window],
      ),
    ),
  ];
  return {
    begin() {
      if (!watches) return;
      routine.set(made, f64(0));
      const whole = load('f64', i32(0), layout.horizon);
      routine.set(longest, max(f64(1), nearest(mul(whole, f64(1 / LEAST_PIECES)))));
      const rho = load('f64', i32(0), flow.radius);
      routine.set(shortest, max(f64(1), min(longest, nearest(div(div(f64(1), rho), tick)))));
    },
    /** Walks the segment from y to `end`; y, f0, tau and h are spent. */
    follow(spend: (count: Node) => void) {
      if (!watches) return;
      const open = windows.flatMap((w) => watch.windows[w]?.open ?? []);
      const [first = i32(0), ...rest] = open;
      routine.when(or(first, ...rest), () => {
        routine.set(reached, f64(0));
        routine.set(index, f64(0));
        routine.set(address, i32(flow.slot(firstSlot)));
        routine.loop((again) => {
          // Pieces of a patient are the same in every segment, so the i-th one's propagator is made once.
          const grown = max(shortest, min(longest, nearest(mul(f64(GROWTH), reached))));
          routine.when(
            ge(index, made),
            () => {
              routine.set(size, select(growing, grown, shortest));
              if (flow.matrix)
                routine.when(lt(add(reached, size), ticks), () => {
                  routine.call(flow.propagator, mul(size, tick), address);
                  routine.store('f64', address, size);
                  routine.set(made, add(index, f64(1)));
                });
            },
            () => routine.set(size, load('f64', address)),
          );
          spend(
            flow.matrix ? f64(1) : add(f64(1), ceil(mul(load('f64', i32(0), flow.radius), mul(size, tick)))),
          );
          // A sliver at the end joins the last piece.
          routine.set(arrived, ge(add(reached, mul(size, f64(1.05))), ticks));
          rows.forEach((i) => {
            routine.store('f64', i32(0), y[i] ?? f64(0), layout.scratchState + 8 * i);
          });
          routine.when(
            arrived,
            () => {
              routine.set(h, sub(length, tau));
              y1.forEach((local, j) => {
                routine.set(local, end[j] ?? local);
              });
            },
            () => {
              routine.set(h, mul(size, tick));
              if (flow.matrix) {
                const values = flow.apply(address, y, rows);
                rows.forEach((i) => {
                  const local = y1[i];
                  const value = values[i];
                  if (local !== undefined && value !== undefined) routine.set(local, value);
                });
              } else {
                routine.call(flow.advance, h);
                rows.forEach((i) => {
                  const local = y1[i];
                  if (local !== undefined) routine.set(local, load('f64', i32(0), flow.moved + 8 * i));
                });
              }
            },
          );
          writeDerivative(frame, add(origin, tau, h), y1, f1);
          watch.step();
          routine.when(not(arrived), () => {
            rows.forEach((i) => {
              const [local, derivative] = [y[i], f0[i]];
              if (local !== undefined) routine.set(local, y1[i] ?? local);
              if (derivative !== undefined) routine.set(derivative, f1[i] ?? derivative);
            });
            routine.set(reached, add(reached, size));
            routine.set(tau, mul(reached, tick));
            // The last slot's piece repeats.
            routine.when(lt(index, f64(PIECE_SLOTS - 1)), () => {
              routine.when(growing, () => {
                routine.set(index, add(index, f64(1)));
                routine.set(address, integerAdd(address, i32(flow.slotBytes)));
              });
            });
            routine.branch(again);
          });
        });
      });
    },
  };
}
