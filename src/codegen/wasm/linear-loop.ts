// One patient of a linear Program from tick 0 to the horizon, by exact propagation from event to event; what lies around
// the propagation is patient-frame.ts's, as in loop.ts. In: a module being built, a Program, the proof of linearity.
// Out: the function (patient in the chunk, therapy). There is no error to control: rtol, atol and step are idle.
import type { LinearSystem } from '../linear.ts';
import type { Method } from '../methods.ts';
import type { Program } from '../program.ts';
import { add, ceil, eq, gt, lt, mul, ne, not, or, select } from './arithmetic.ts';
import {
  type FunctionRef,
  f64,
  i32,
  type Label,
  type Local,
  load,
  type ModuleBuilder,
  type Node,
} from './assembler.ts';
import { createDoses } from './doses.ts';
import { createEventCode, createEventHooks } from './event-hooks.ts';
import { type Emitter, needs } from './expressions.ts';
import { createFrame, type Frame, writeAt } from './frame.ts';
import type { Layout } from './layout.ts';
import { createFlow, type Flow } from './linear-flow.ts';
import { createLinearOutputs } from './linear-outputs.ts';
import { createPieces } from './linear-pieces.ts';
import { createSlots, GRID_SLOTS, LINEAR_SLOTS, SEGMENT_SLOTS, type Slots } from './linear-slots.ts';
import { createLocator } from './locate.ts';
import { createPatientFrame, type LoopOptions, STATUS } from './patient-frame.ts';
import { finiteSum } from './step.ts';
import { createWatch } from './watch.ts';

/** Where the accumulators look at a piece of the path: its two ends; what lies between comes from the flow itself. */
const ENDS: Method = {
  kind: 'explicit', name: 'exact', order: 1, c: [0], a: [[]], b: [1], fsal: false, dense: [[1]], denseOrder: 1,
  source: 'the flow of a linear system',
}; // biome-ignore format: a row

/** Defines the function; `bytes` of memory behind the layout's own are the flow's. */
export function defineLinearPatient(
  module: ModuleBuilder,
  emitter: Emitter,
  given: Program,
  system: LinearSystem,
  layout: Layout,
  options: LoopOptions,
): { readonly patient: FunctionRef; readonly bytes: number } {
  const program: Program = { ...given, method: ENDS };
  const flow = createFlow(module, program, system, layout, layout.free, LINEAR_SLOTS);
  const n = program.modelStates;
  const all = Array.from({ length: flow.rows }, (_, i) => i);
  const modelRows = all.slice(0, n);

  const code = createEventCode(module, emitter, given, layout);
  const patientFunction = module.define(['i32', 'i32'], undefined, (routine) => {
    const [patient = i32(0), therapy = i32(0)] = routine.params;
    const frame = createFrame(emitter, routine, program, layout);
    const { y, u } = frame;
    const number = () => routine.local('f64');
    const [now, next, length, ticks, passed, steps, most] = Array.from({ length: 7 }, number) as [
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
    const progress = { now, next, length, ticks, events: passed, steps, most, status };
    const events = code === undefined ? undefined : createEventHooks(frame, code);
    const course = createPatientFrame(frame, [patient, therapy], progress, doses, watch, options, events);
    const spend = (leave: Label, count: Node) => {
      course.fail(leave, STATUS.tooManySteps, gt(add(steps, count), most));
      routine.set(steps, add(steps, count));
    };
    /** What the flow's functions start from. */
    const place = (states: readonly Node[]) =>
      modelRows.forEach((i) => {
        routine.store('f64', i32(0), states[i] ?? f64(0), layout.scratchState + 8 * i);
      });
    const outputs = createLinearOutputs(frame, flow, patient, now, place, course.keepLargest);
    const lengths = createSlots(routine, flow, GRID_SLOTS, SEGMENT_SLOTS);
    const pieces = createPieces(frame, flow, watch, { end, ticks, length });

    /** Held states, and inputs that coefficients name, as the propagators that are kept were made with. */
    const named = needs(
      system.coefficients,
      system.coefficients.results.map((_, i) => i),
    ).symbols;
    const holding = [
      ...system.held.flatMap((j) => y[j] ?? []),
      ...program.inputs.flatMap(({ name }, i) => (named.has(`u.${name}`) ? (u[i] ?? []) : [])),
    ];
    const held = holding.map(number);
    const prepare = (leave: Label) => {
      flow.begin(routine, writeAt(frame, system.coefficients, { y }));
      const bound = load('f64', i32(0), flow.radius);
      course.fail(leave, STATUS.notFinite, not(lt(bound, f64(Number.POSITIVE_INFINITY))));
      lengths.begin();
      outputs.forget();
      pieces.begin();
    };

    course.solve({
      prepare(leave) {
        for (const local of held) routine.set(local, f64(Number.NaN));
        if (held.length === 0) prepare(leave);
      },
      outputs: outputs.begin,
      open(leave) {
        if (held.length > 0) {
          const changes = held.map((local, i) => ne(local, holding[i] ?? local));
          const [first = i32(0), ...rest] = changes;
          routine.when(or(first, ...rest), () => {
            held.forEach((local, i) => {
              routine.set(local, holding[i] ?? local);
            });
            prepare(leave);
          });
        }
        flow.inputs(routine, u);
      },
      segment(leave) {
        // Work of a series in pieces is counted before it is done, so that no model can hold a lane.
        const work = mul(load('f64', i32(0), flow.radius), length);
        spend(leave, flow.matrix ? f64(1) : add(f64(1), ceil(work)));
        place(y);
        writeEnd(frame, flow, system, lengths, end, ticks, length, all);
        course.fail(leave, STATUS.notFinite, not(eq(finiteSum(end), f64(0))));
        outputs.inside(next);
        pieces.follow((count) => spend(leave, count));
        y.forEach((local, j) => {
          routine.set(local, end[j] ?? local);
        });
        course.keepLargest(y);
        outputs.atEnd(next);
      },
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
