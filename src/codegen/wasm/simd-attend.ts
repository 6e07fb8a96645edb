// The rare work of one lane of a SIMD kernel, in scalar f64: what happens between two segments (windows, doses, the
// derivative, the first step), the end of a patient and the start of the next one of the queue, and a look inside a step.
// It is the scalar kernel's code between loads from the lane's slots and stores to them, so its digits are the same.
// In: a module and a Program. Out: the function (lane, code, therapy) and where it keeps what the vector loop reads.
import type { Program } from '../program.ts';
import {
  add, and, ceil, div, eq, ge, gt, integerAdd, integerEqual, integerMul, le, lt, max, mul, not, select, sub,
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
import { createEventCode, createEventHooks, type EventHooks } from './event-hooks.ts';
import { type Emitter, needs } from './expressions.ts';
import { createFrame, endWith, type Frame, writeAt, writeInside } from './frame.ts';
import { firstStep } from './one-step.ts';
import { STATUS } from './patient-frame.ts';
import type { SimdLayout, VectorSlots } from './simd-layout.ts';
import { BEGINNING_NORM_SQUARE, finiteSum, writeDerivative } from './step.ts';
import { createWatch } from './watch.ts';

/** What a lane is attended for: besides these, 0 at a segment's end or the status a patient has failed with. */
export const ATTEND = { look: -1, begin: -2, condition: -3 } as const;
const MOST_EVENTS = 2 ** 20;
/** Smallest size of a step at a segment's start in f32, as a share of the segment: 1e-6 of a thousandth. */
const SMALLEST_FIRST = 1e-9;

export interface Attendance {
  readonly attend: FunctionRef;
  /** Addresses of lane 0's i32 tick address and value address of its next output, and of its f64 ticks; 8 bytes a lane. */
  readonly tickAt: number;
  readonly valueAt: number;
  readonly now: number;
  readonly next: number;
}

/** A local that outlives a call: its slot is read before the work and written after it. */
interface Persistent {
  readonly local: Local;
  load(): Node;
  store(): void;
}

export function defineAttend(
  module: ModuleBuilder,
  emitter: Emitter,
  program: Program,
  layout: SimdLayout,
  slots: VectorSlots,
): Attendance {
  const at: { tickAt: number; valueAt: number; now: number; next: number } = {
    tickAt: 0,
    valueAt: 0,
    now: 0,
    next: 0,
  };
  const eventCode = createEventCode(module, emitter, program, layout, layout.kind === 'f32x4');
  const attend = module.define(['i32', 'i32', 'i32'], undefined, (routine) => {
    const [lane = i32(0), code = i32(0), therapy = i32(0)] = routine.params;
    // Locals made while recording keep their values from call to call.
    let recording = true;
    const recorded: Local[] = [];
    const recorder: Routine = {
      ...routine,
      local(type) {
        const local = routine.local(type);
        if (recording) recorded.push(local);
        return local;
      },
    };
    const plain = createFrame(emitter, routine, program, layout);
    const frame: Frame = { ...plain, routine: recorder };
    const { p, y, y1, k, f0, f1, u, origin, tau, h } = frame;
    const doses = createDoses(frame);
    const watch = createWatch(module, frame);
    const number = () => recorder.local('f64');
    const [now, next, events] = [number(), number(), number()];
    const [patient, tickAt, valueAt] = Array.from({ length: 3 }, () => recorder.local('i32')) as [
      Local,
      Local,
      Local,
    ];
    recording = false;
    const happens = eventCode === undefined ? undefined : createEventHooks(plain, eventCode);

    const adaptive = program.method.e !== undefined;
    const [length, step, begun, previous, steps, due, whole] = Array.from({ length: 7 }, () => routine.local('f64')) as [
      Local, Local, Local, Local, Local, Local, Local,
    ]; // biome-ignore format: a list
    const active = routine.local('i32');
    const status = routine.local('i32');
    const fresh = routine.local('i32');
    const tick = load('f64', i32(0), layout.tick);
    const horizon = load('f64', i32(0), layout.horizon);

    // Slots.
    const narrow = layout.kind === 'f32x4';
    const laneVector = routine.local('i32');
    const laneWide = routine.local('i32');
    const addressOf = (slot: number) => layout.vectors + 16 * layout.units * slot;
    const vector = (local: Local, slot: number): Persistent => ({
      local,
      load: () =>
        narrow
          ? operation('f64', [0xbb], load('f32', laneVector, addressOf(slot)))
          : load('f64', laneVector, addressOf(slot)),
      store: () =>
        narrow
          ? routine.store('f32', laneVector, operation('f32', [0xb6], local), addressOf(slot))
          : routine.store('f64', laneVector, local, addressOf(slot)),
    });
    const mask = (local: Local, slot: number): Persistent => ({
      local,
      load: () => operation('i32', [0x47], load('i32', laneVector, addressOf(slot)), i32(0)),
      store: () => {
        const all = operation('i32', [0x6b], i32(0), local);
        if (narrow) routine.store('i32', laneVector, all, addressOf(slot));
        else routine.store('i64', laneVector, operation('i64', [0xac], all), addressOf(slot));
      },
    });
    const both = (locals: readonly Local[], numbers: readonly number[], make = vector): Persistent[] =>
      locals.flatMap((local, i) => {
        const slot = numbers[i];
        return slot === undefined ? [] : [make(local, slot)];
      });
    const accumulated = watch.kept.flatMap(({ accumulator: { kind }, value, best }, i) =>
      kind === 'at' || kind === 'integral'
        ? []
        : [...both([value], [slots.value[i] ?? 0]), ...both([best], [slots.best[i] ?? 0])],
    );
    const followed = [
      ...both(
        watch.watched.map(({ before }) => before),
        slots.before,
      ),
      ...both(
        watch.watched.map(({ rateBefore }) => rateBefore),
        slots.rateBefore,
      ),
    ];
    const open = both(
      watch.windows.map((window) => window.open),
      slots.open,
      mask,
    );
    const shared = [...accumulated, ...followed, ...open];
    const inVectors = new Set(shared.map(({ local }) => local));
    const wide = recorded
      .filter((local) => !inVectors.has(local))
      .map((local, i): Persistent & { readonly address: number } => {
        const address = layout.wides + 8 * layout.lanes * i;
        if (address + 8 * layout.lanes > layout.widesEnd)
          throw new RangeError(`${program.name}: ${recorded.length} locals do not fit their slots`);
        const type = local.type === 'i32' ? 'i32' : 'f64';
        return {
          local,
          address,
          load: () => load(type, laneWide, address),
          store: () => routine.store(type, laneWide, local, address),
        };
      });
    for (const [name, local] of Object.entries({ tickAt, valueAt, now, next }))
      at[name as keyof typeof at] = wide.find((one) => one.local === local)?.address ?? 0;
    const fetch = (all: readonly Persistent[]) => {
      for (const one of all) routine.set(one.local, one.load());
    };
    const save = (all: readonly Persistent[]) => {
      for (const one of all) one.store();
    };
    const bodies = both(p, slots.p);
    const states = both(y, slots.y);
    const inputs = both(u, slots.u);
    const progress = [...both([begun, previous, steps], [slots.begun, slots.previous, slots.steps])];

    const margins = ({ before, rateBefore }: EventHooks) => [
      ...both(before, slots.margin),
      ...both(rateBefore, slots.marginRate),
    ];
    const saveTruth = ({ truth }: EventHooks) => {
      const holds = routine.local('i32');
      slots.truth.forEach((slot, c) => {
        routine.set(holds, truth(c));
        mask(holds, slot).store();
      });
    };
    // An output that is due after the segment must not seem due at its end, however it is rounded.
    const dueIn = (nextTick: Node): Node =>
      select(le(nextTick, next), mul(sub(nextTick, now), tick), f64(Number.POSITIVE_INFINITY));

    routine.set(laneVector, integerMul(lane, i32(narrow ? 4 : 8)));
    routine.set(laneWide, integerMul(lane, i32(8)));
    fetch([...shared, ...bodies, ...states]);
    happens?.setLane(lane);
    routine.block((done) => {
      if (watch.watched.length > 0)
        routine.when(integerEqual(code, i32(ATTEND.look)), () => {
          // Of what only scalar code uses, a look needs the time and changes nothing.
          fetch([
            ...wide.filter(({ local }) => local === now),
            ...inputs,
            ...both([tau, h], [slots.tau, slots.h]),
            ...both(y1, slots.y1),
            ...k.flatMap((stage, i) => both(stage, slots.k[i] ?? [])),
            ...both(f1, program.method.fsal ? [] : slots.f1),
          ]);
          routine.set(origin, mul(now, tick));
          p.forEach((value, i) => {
            routine.store('f64', i32(0), value, layout.scratchParams + 8 * i);
          });
          watch.step();
          save([...accumulated, ...followed]);
          routine.branch(done);
        });
      if (happens !== undefined && eventCode?.look !== undefined)
        routine.when(integerEqual(code, i32(ATTEND.condition)), () => {
          const ahead = both([length, due], [slots.length, slots.due]);
          const paced = adaptive ? [] : both([step, whole], [slots.step, slots.whole]);
          fetch([
            ...wide.filter(({ local }) => local === now || local === next || local === tickAt),
            ...inputs, ...margins(happens), ...ahead, ...paced,
            ...both([tau, h], [slots.tau, slots.h]),
            ...both(y1, slots.y1),
            ...k.flatMap((stage, i) => both(stage, slots.k[i] ?? [])),
            ...both(f0, slots.f0),
            ...both(f1, program.method.fsal ? [] : slots.f1),
          ]); // biome-ignore format: a list
          routine.set(origin, mul(now, tick));
          // Margins of the step's end, as the vector code has them.
          routine.when(happens.stir(), () => {
            happens.look(next);
            routine.when(
              happens.cut,
              () => {
                routine.set(length, mul(sub(next, now), tick));
                routine.set(due, dueIn(load('f64', tickAt)));
                if (!adaptive) {
                  routine.set(whole, step);
                  routine.set(step, sub(step, f64(1)));
                }
                save([...ahead, ...paced, ...wide.filter(({ local }) => local === next)]);
              },
              () => happens.pass(),
            );
            save([...margins(happens), ...both([happens.cut], slots.cut, mask)]);
            saveTruth(happens);
          });
          routine.branch(done);
        });
      // A value at an instant may read what happenings have set.
      fetch([...wide, ...inputs, ...progress]);
      routine.set(active, i32(1));
      routine.set(fresh, integerEqual(code, i32(ATTEND.begin)));
      routine.set(status, select(fresh, i32(STATUS.done), code));
      routine.loop((nextPatient) => {
        routine.block((finished) => {
          const fail = endWith(routine, status, finished);
          routine.when(
            fresh,
            () => {
              routine.set(patient, load('i32', i32(0), layout.queue));
              routine.when(ge32(patient, load('i32', i32(0), layout.queueEnd)), () => {
                routine.set(active, i32(0));
                routine.branch(done);
              });
              routine.store('i32', i32(0), integerAdd(patient, i32(1)), layout.queue);
              beginPatient(frame, patient, finished, { therapy, status, doses, watch, happens });
              for (const local of [now, events, begun, steps, origin]) routine.set(local, f64(0));
              beginOutputs(frame, patient, tickAt, valueAt);
              routine.set(fresh, i32(0));
            },
            () => {
              routine.branch(finished, status);
              routine.set(now, next);
            },
          );
          watch.arrive(now);
          routine.branch(finished, ge(now, horizon));
          fail(STATUS.eventStorm, ge(events, f64(MOST_EVENTS)));
          routine.set(events, add(events, f64(1)));
          routine.set(next, horizon);
          doses.give(now, next);
          happens?.arrive(now, next, (ended) => {
            routine.set(status, ended);
            routine.branch(finished);
          });
          for (const window of watch.windows)
            for (const edge of [window.at, window.from, window.to])
              routine.set(next, select(and(gt(edge, now), lt(edge, next)), edge, next));
          routine.set(origin, mul(now, tick));
          routine.set(length, mul(sub(next, now), tick));
          writeInside(plain, length, narrow);
          program.inputs.forEach((input, i) => {
            const window = input.kind === 'gate' ? watch.windows[input.window] : undefined;
            const local = u[i];
            if (window === undefined || local === undefined) return;
            routine.set(local, select(and(le(window.from, now), lt(now, window.to)), f64(1), f64(0)));
          });
          writeDerivative(frame, origin, y, f0);
          fail(STATUS.notFinite, not(eq(finiteSum([...y, ...f0]), f64(0))));
          watch.depart(now);
          happens?.depart();
          routine.set(previous, f64(BEGINNING_NORM_SQUARE));
          if (adaptive)
            routine.when(
              gt(begun, f64(0)),
              () => routine.set(step, begun),
              () => {
                const first = firstStep(frame, f0, length);
                // Not below the smallest size, which is what single precision can tell from none.
                routine.set(step, narrow ? max(first, mul(f64(SMALLEST_FIRST), length)) : first);
              },
            );
          else
            routine.set(
              whole,
              max(f64(1), ceil(sub(div(length, load('f64', i32(0), layout.step)), f64(1e-9)))),
            );
          fail(STATUS.tooManySteps, ge(steps, load('f64', i32(0), layout.maxSteps)));
          const nextTick = routine.keep(load('f64', tickAt));
          routine.set(due, dueIn(nextTick));
          routine.branch(done);
        });
        finishPatient(frame, patient, status, steps, watch);
        routine.set(fresh, i32(1));
        routine.set(status, i32(STATUS.done));
        routine.branch(nextPatient);
      });
    });
    const notFor = (reason: number) => operation('i32', [0x47], code, i32(reason));
    const moved = notFor(ATTEND.look);
    routine.when(eventCode?.look === undefined ? moved : and(moved, notFor(ATTEND.condition)), () => {
      routine.set(tau, f64(0));
      const no = routine.local('i32');
      routine.set(no, i32(0));
      // Of a method with fixed steps this slot counts the steps of the segment.
      if (!adaptive) routine.set(step, f64(0));
      save([
        ...shared, ...bodies, ...states, ...inputs, ...progress, ...both(f0, slots.f0),
        ...both([origin, tau, length, due], [slots.origin, slots.tau, slots.length, slots.due]),
        ...both([step], [slots.step]), ...(adaptive ? [] : both([whole], [slots.whole])),
        ...both([active, no, no], [slots.active, slots.begunHere, slots.rejected], mask),
        ...(plain.inside === undefined ? [] : both([plain.inside.first, plain.inside.last], slots.inside)),
        ...wide, ...(happens === undefined ? [] : margins(happens)),
      ]); // biome-ignore format: a list
      if (happens !== undefined) saveTruth(happens);
    });
  });
  return { attend, ...at };
}

/** Signed a >= b. */
const ge32 = (a: Node, b: Node): Node => operation('i32', [0x4e], a, b);

function beginPatient(
  frame: Frame,
  patient: Node,
  finished: Label,
  how: {
    readonly therapy: Node;
    readonly status: Local;
    readonly doses: ReturnType<typeof createDoses>;
    readonly watch: ReturnType<typeof createWatch>;
    readonly happens: EventHooks | undefined;
  },
): void {
  const { routine, program, layout, p, y } = frame;
  const at32 = integerMul(patient, i32(4));
  const column = (i: number) =>
    operation('f64', [0xbb], load('f32', at32, layout.columns + 4 * layout.stride * i));
  const values = writeAt(frame, program.patient, {
    other: new Map([
      ...program.columns.map(({ name }, i) => [`column.${name}`, column(i)] as const),
      ...program.study.map(
        ({ name }, i) => [`study.${name}`, load('f64', i32(0), layout.study + 8 * i)] as const,
      ),
    ]),
  });
  p.forEach((local, i) => {
    routine.set(local, values[i] ?? f64(Number.NaN));
  });
  const initial = writeAt(frame, program.initial, {});
  y.forEach((local, j) => {
    routine.set(local, initial[j] ?? f64(0));
  });
  how.doses.begin(how.therapy, () => {
    routine.set(how.status, i32(STATUS.notFinite));
    routine.branch(finished);
  });
  how.happens?.begin(patient, how.therapy, (ended) => {
    routine.set(how.status, ended);
    routine.branch(finished);
  });
  how.watch.begin();
}

/** Outputs at tick 0: the initial state. */
function beginOutputs(frame: Frame, patient: Node, tickAt: Local, valueAt: Local): void {
  const { routine, program, layout, y, origin } = frame;
  const { valueBytes } = layout;
  const plane = routine.local('i32');
  const address = routine.local('i32');
  routine.set(plane, integerMul(load('i32', i32(0), layout.times), i32(valueBytes * layout.stride)));
  routine.set(tickAt, load('i32', i32(0), layout.ticksAt));
  routine.set(
    valueAt,
    integerAdd(load('i32', i32(0), layout.valuesAt), integerMul(patient, i32(valueBytes))),
  );
  routine.block((leave) => {
    routine.loop((again) => {
      routine.branch(leave, gt(load('f64', tickAt), f64(0)));
      const values = writeAt(frame, program.observe, { t: origin, y });
      values.forEach((value, o) => {
        routine.set(address, o === 0 ? valueAt : integerAdd(address, plane));
        if (valueBytes === 8) routine.store('f64', address, value);
        else routine.store('f32', address, operation('f32', [0xb6], value));
      });
      routine.set(valueAt, integerAdd(valueAt, i32(valueBytes * layout.stride)));
      routine.set(tickAt, integerAdd(tickAt, i32(8)));
      routine.branch(again);
    });
  });
}

function finishPatient(
  frame: Frame,
  patient: Node,
  status: Local,
  steps: Local,
  watch: ReturnType<typeof createWatch>,
): void {
  const { routine, program, layout } = frame;
  routine.store('u8', patient, status, layout.status);
  routine.store('i32', integerMul(patient, i32(4)), operation('i32', [0xab], steps), layout.steps);
  routine.when(not(status), () => {
    const a = watch.conclude();
    writeAt(frame, program.conclude, { a }).forEach((result, e) => {
      // Missing in, missing out, for conditions too.
      const { symbols } = needs(program.conclude, [e]);
      const there = a.flatMap((value, i) => (symbols.has(`a.${i}`) ? [eq(value, value)] : []));
      const [first, ...rest] = there;
      const value = first === undefined ? result : select(and(first, ...rest), result, f64(Number.NaN));
      routine.store('f64', integerMul(patient, i32(8)), value, layout.endpoints + 8 * layout.stride * e);
    });
  });
}
