// One patient of a linear Program from tick 0 to the horizon, by exact propagation from event to event. A sibling of
// loop.ts with the same doses, windows, accumulators, statuses and memory. In: a module being built, a Program, the proof
// of linearity. Out: the function (patient in the chunk, therapy). There is no error to control: rtol, atol and step are idle.
import type { LinearSystem } from '../linear.ts';
import type { Method } from '../methods.ts';
import type { Program } from '../program.ts';
import {
  abs, add, and, ceil, div, eq, ge, gt, integerAdd, integerMul, le, lt, max, min, mul, ne, nearest, not, or, select, sub,
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
  type Routine,
} from './assembler.ts';
import { createDoses } from './doses.ts';
import { type Emitter, needs } from './expressions.ts';
import { createFrame, type Frame, writeAt } from './frame.ts';
import type { Layout } from './layout.ts';
import { createFlow, type Flow } from './linear-flow.ts';
import { createLocator } from './locate.ts';
import { type LoopOptions, STATUS } from './loop.ts';
import { finiteSum, writeDerivative } from './step.ts';
import { createWatch, type Watch } from './watch.ts';

/** Where the accumulators look at a piece of the path: its two ends; what lies between comes from the flow itself. */
const ENDS: Method = {
  kind: 'explicit', name: 'exact', order: 1, c: [0], a: [[]], b: [1], fsal: false, dense: [[1]], denseOrder: 1,
  source: 'the flow of a linear system',
}; // biome-ignore format: a row

const MOST_EVENTS = 2 ** 20;
/** Propagators kept per patient: two output steps (whole ticks may differ by one), segments' lengths, watched pieces. */
const GRID_SLOTS = 2;
const SEGMENT_SLOTS = 6;
const PIECE_SLOTS = 40;
/** A watched piece is as long as the fastest time constant, or in compartments this share of the time since the event. */
const GROWTH = 0.4;
/** Watched pieces of a run at least, for what the outputs themselves may do in time. */
const LEAST_PIECES = 50;
const NEVER = f64(-1);

export const linearSlots = GRID_SLOTS + SEGMENT_SLOTS + PIECE_SLOTS;

/** Defines the function; `bytes` of memory behind the layout's own are the flow's. */
export function defineLinearPatient(
  module: ModuleBuilder,
  emitter: Emitter,
  given: Program,
  system: LinearSystem,
  layout: Layout,
  { track }: LoopOptions,
): { readonly patient: FunctionRef; readonly bytes: number } {
  const program: Program = { ...given, method: ENDS };
  const flow = createFlow(module, program, system, layout, layout.free, linearSlots);
  const n = program.modelStates;
  const all = Array.from({ length: flow.rows }, (_, i) => i);
  const modelRows = all.slice(0, n);

  const patientFunction = module.define(['i32', 'i32'], undefined, (routine) => {
    const [patient = i32(0), therapy = i32(0)] = routine.params;
    const frame = createFrame(emitter, routine, program, layout);
    const { p, y, u, origin, tau } = frame;
    const f0 = frame.k[0] ?? [];
    const number = () => routine.local('f64');
    const tick = load('f64', i32(0), layout.tick);
    const horizon = load('f64', i32(0), layout.horizon);
    const [now, next, length, ticks, events, steps, most] = Array.from({ length: 7 }, number) as [
      Local, Local, Local, Local, Local, Local, Local,
    ]; // biome-ignore format: a list
    const status = routine.local('i32');
    const end = y.map(number);
    const doses = createDoses(frame);
    const watch = createWatch(module, frame, (index) =>
      createLocator(module, emitter, program, layout, index, (inner, dt) => {
        inner.call(flow.advance, dt);
        return (state) => load('f64', i32(0), flow.moved + 8 * state);
      }),
    );
    const largest = track ? y.map(number) : [];
    const keepLargest = (values: readonly Node[]) =>
      largest.forEach((local, j) => {
        const value = values[j];
        if (value !== undefined) routine.set(local, max(local, abs(value)));
      });
    const at32 = integerMul(patient, i32(4));
    const at64 = integerMul(patient, i32(8));
    const fail = (leave: Label, code: number, condition: Node) =>
      routine.when(condition, () => {
        routine.set(status, i32(code));
        routine.branch(leave);
      });
    const spend = (leave: Label, count: Node) => {
      fail(leave, STATUS.tooManySteps, gt(add(steps, count), most));
      routine.set(steps, add(steps, count));
    };
    /** What the flow's functions start from. */
    const place = (states: readonly Node[]) =>
      modelRows.forEach((i) => {
        routine.store('f64', i32(0), states[i] ?? f64(0), layout.scratchState + 8 * i);
      });
    const outputs = createOutputs(frame, flow, patient, now, place, keepLargest);
    const lengths = createSlots(routine, flow, GRID_SLOTS, SEGMENT_SLOTS);
    const pieces = createPieces(frame, flow, watch, { end, ticks, length });

    /** Held states as the propagators that are kept were made with. */
    const held = system.held.map(number);
    const prepare = (leave: Label) => {
      flow.begin(routine, writeAt(frame, system.coefficients, { y }));
      const bound = load('f64', i32(0), flow.radius);
      fail(leave, STATUS.notFinite, not(lt(bound, f64(Number.POSITIVE_INFINITY))));
      lengths.begin();
      outputs.forget();
      pieces.begin();
    };

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
      for (const local of held) routine.set(local, f64(Number.NaN));
      if (held.length === 0) prepare(leave);
      watch.begin();
      routine.set(now, f64(0));
      routine.set(events, f64(0));
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
        routine.set(ticks, sub(next, now));
        routine.set(length, mul(ticks, tick));
        routine.set(tau, f64(0));
        program.inputs.forEach((input, i) => {
          const window = input.kind === 'gate' ? watch.windows[input.window] : undefined;
          const local = u[i];
          if (window === undefined || local === undefined) return;
          routine.set(local, select(and(le(window.from, now), lt(now, window.to)), f64(1), f64(0)));
        });
        if (held.length > 0) {
          const changes = held.map((local, i) => ne(local, y[system.held[i] ?? -1] ?? local));
          const [first = i32(0), ...rest] = changes;
          routine.when(or(first, ...rest), () => {
            held.forEach((local, i) => {
              routine.set(local, y[system.held[i] ?? -1] ?? local);
            });
            prepare(leave);
          });
        }
        flow.inputs(routine, u);
        writeDerivative(frame, origin, y, f0);
        keepLargest(y);
        fail(leave, STATUS.notFinite, not(eq(finiteSum([...y, ...f0]), f64(0))));
        watch.depart(now);

        // Work of a series in pieces is counted before it is done, so that no model can hold a lane.
        const work = mul(load('f64', i32(0), flow.radius), length);
        spend(leave, flow.matrix ? f64(1) : add(f64(1), ceil(work)));
        place(y);
        writeEnd(frame, flow, system, lengths, end, ticks, length, all);
        fail(leave, STATUS.notFinite, not(eq(finiteSum(end), f64(0))));
        outputs.inside(next);
        pieces.follow((count) => spend(leave, count));
        y.forEach((local, j) => {
          routine.set(local, end[j] ?? local);
        });
        keepLargest(y);
        outputs.atEnd(next);
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
  return { patient: patientFunction, bytes: flow.bytes };
}

/** The state at the segment's end; quadratures grow by their integrand's increment while their gate is open. */
function writeEnd(
  frame: Frame,
  flow: Flow,
  system: LinearSystem,
  lengths: Slots,
  end: readonly Local[],
  ticks: Node,
  length: Node,
  all: readonly number[],
): void {
  const { routine, y, u } = frame;
  const n = flow.states;
  let values: Node[];
  if (flow.matrix) {
    const address = lengths.find(ticks, length);
    values = flow.apply(address, y, all).map((value) => routine.keep(value));
  } else {
    routine.call(flow.advance, length);
    values = all.map((i) => load('f64', i32(0), flow.moved + 8 * i));
  }
  end.forEach((local, j) => {
    if (j < n) {
      routine.set(local, values[j] ?? f64(0));
      return;
    }
    const { row, gate } = system.quadratures[j - n] ?? { row: -1, gate: null };
    const open = gate === null ? undefined : u[gate];
    const grown = add(y[j] ?? f64(0), values[row] ?? f64(0));
    routine.set(local, open === undefined ? grown : select(ne(open, f64(0)), grown, y[j] ?? f64(0)));
  });
}

interface Slots {
  /** At a patient's start: empty. */
  begin(): void;
  /** Address of the propagator over some ticks, made where it is not kept. */
  find(ticks: Node, dt: Node): Node;
}

/** Propagators by their length, the oldest replaced. */
function createSlots(routine: Routine, flow: Flow, first: number, count: number): Slots {
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

/** Values at the output times. */
function createOutputs(
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
  const tickAt = routine.local('i32');
  const valueAt = routine.local('i32');
  const plane = routine.local('i32');
  const here = y.slice(0, n).map(() => routine.local('f64'));
  const grid = createSlots(routine, flow, 0, GRID_SLOTS);
  const tick = load('f64', i32(0), layout.tick);
  const rows = here.map((_, i) => i);

  const record = (t: Node, states: readonly Node[]) => {
    const address = routine.local('i32');
    writeAt(frame, program.observe, { t, y: states }).forEach((value, o) => {
      routine.set(address, o === 0 ? valueAt : integerAdd(address, plane));
      routine.store('f64', address, value);
    });
    routine.set(valueAt, integerAdd(valueAt, i32(8 * layout.stride)));
    routine.set(tickAt, integerAdd(tickAt, i32(8)));
    routine.set(nextTick, load('f64', tickAt));
  };
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
      routine.set(tickAt, load('i32', i32(0), layout.ticksAt));
      routine.set(plane, integerMul(load('i32', i32(0), layout.times), i32(8 * layout.stride)));
      routine.set(valueAt, integerAdd(load('i32', i32(0), layout.valuesAt), integerMul(patient, i32(8))));
      routine.set(nextTick, load('f64', tickAt));
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

/** Accumulators' pieces of a segment: short after its start, where fast modes live, then growing with the time since. */
function createPieces(
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
