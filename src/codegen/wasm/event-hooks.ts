// What happens at instants, at the places of a patient's course where a kernel asks for it: stores of the patient's state
// to its lane's block, a call, loads of what came out. In: a Frame and the functions over the block. Out: statements that
// the scalar loop and the scalar part of the SIMD loop share.

import type { Program } from '../program.ts';
import { add, and, gt, integerAdd, integerMul, integerUnequal, lt, or } from './arithmetic.ts';
import {
  callNode,
  type FunctionRef,
  f64,
  i32,
  type Local,
  load,
  type ModuleBuilder,
  type Node,
} from './assembler.ts';
import { defineLook } from './conditions.ts';
import type { EventLayout } from './event-layout.ts';
import type { Emitter } from './expressions.ts';
import { type Frame, writeAt } from './frame.ts';
import { createHappenings } from './happenings.ts';
import type { Layout } from './layout.ts';

/** A module's functions for all of this; made before the function that uses them. */
export interface EventCode {
  readonly events: EventLayout;
  readonly begin: FunctionRef;
  readonly arrive: FunctionRef;
  /** Absent where no condition is looked at. */
  readonly look: FunctionRef | undefined;
  /** Which of the program's watched quantities are conditions' margins, and their therapies. */
  readonly margins: readonly { readonly of: number; readonly therapy: number }[];
}

export interface EventHooks {
  /** The lane's block; a kernel of one patient at a time has one lane. */
  setLane(lane: Node): void;
  /** At a patient's start, with its parameters and initial states: its inputs, or `broken` with a status. */
  begin(patient: Node, therapy: Node, broken: (status: Node) => void): void;
  /** At `now`, plain doses given: what happens, and `next` lowered to the next event. */
  arrive(now: Node, next: Local, broken: (status: Node) => void): void;
  /** At a segment's start, with the derivative known. */
  depart(): void;
  /** Whether a step that would be accepted may have changed a condition: its ends known to `before`, `after` and the truth. */
  stir(): Node;
  /** Looks inside; afterwards `cut` is not 0 where the step must not be taken, and `next` is where the segment ends. */
  look(next: Local): void;
  /** After a step that is taken. */
  pass(): void;
  readonly cut: Local;
  readonly before: readonly Local[];
  readonly rateBefore: readonly Local[];
  truth(c: number): Node;
}

export function createEventCode(
  module: ModuleBuilder,
  emitter: Emitter,
  program: Program,
  layout: Layout,
  single = false,
): EventCode | undefined {
  const { events } = layout;
  if (events === undefined) return undefined;
  const happenings = createHappenings(module, emitter, program, layout, events, single);
  const { conditions } = happenings;
  return {
    events,
    begin: happenings.begin,
    arrive: happenings.arrive,
    look:
      conditions.length === 0 ? undefined : defineLook(module, emitter, program, layout, happenings, single),
    margins: conditions,
  };
}

export function createEventHooks(frame: Frame, code: EventCode): EventHooks {
  const { routine, program, layout, y, y1, k, f0, f1, u, p, origin, tau, h } = frame;
  const { events, look, margins } = code;
  const { block: at } = events;
  const block = routine.local('i32');
  const cut = routine.local('i32');
  const status = routine.local('i32');
  const numbers = () => margins.map(() => routine.local('f64'));
  const [before, rateBefore, after, rateAfter] = [numbers(), numbers(), numbers(), numbers()];
  const wanted = [...new Set(margins.map(({ of }) => of))].sort((a, b) => a - b);
  const end = routine.local('f64');
  const store = (offset: number, values: readonly Node[]) =>
    values.forEach((value, i) => {
      routine.store('f64', block, value, offset + 8 * i);
    });
  const fetch = (locals: readonly Local[], offset: number) =>
    locals.forEach((local, i) => {
      routine.set(local, load('f64', block, offset + 8 * i));
    });
  /** Margins, or their rates, into locals by condition. */
  const measure = (into: readonly Local[], values: readonly Node[]) => {
    const kept = values.map((value) => {
      const local = routine.local('f64');
      routine.set(local, value);
      return local;
    });
    margins.forEach(({ of }, c) => {
      const [local, value] = [into[c], kept[wanted.indexOf(of)]];
      if (local !== undefined && value !== undefined) routine.set(local, value);
    });
  };
  const opposite = (a: Node, b: Node) =>
    or(and(gt(a, f64(0)), lt(b, f64(0))), and(lt(a, f64(0)), gt(b, f64(0))));
  const truth = (c: number) => gt(load('f64', block, at.truth + 8 * c), f64(0));
  /** Memory and rates are the block's; what doses and windows set is the frame's. */
  const fetchInputs = () =>
    program.inputs.forEach(({ kind }, i) => {
      const local = u[i];
      if (local !== undefined && (kind === 'held' || kind === 'derived'))
        routine.set(local, load('f64', block, at.u + 8 * i));
    });

  return {
    cut,
    before,
    rateBefore,
    truth,
    setLane(lane) {
      routine.set(block, integerAdd(i32(events.blocks), integerMul(lane, i32(events.blockBytes))));
    },
    begin(patient, therapy, broken) {
      store(at.y, y);
      store(at.p, p);
      routine.set(status, callNode(code.begin, block, patient, therapy));
      routine.when(status, () => broken(status));
      fetchInputs();
    },
    arrive(now, next, broken) {
      store(at.y, y);
      program.inputs.forEach(({ kind }, i) => {
        const local = u[i];
        if (local !== undefined && kind === 'rate') routine.store('f64', block, local, at.u + 8 * i);
      });
      store(at.now, [now]);
      store(at.next, [next]);
      routine.set(status, callNode(code.arrive, block));
      routine.when(status, () => broken(status));
      fetch(y, at.y);
      fetchInputs();
      routine.set(next, load('f64', block, at.next));
    },
    depart() {
      if (margins.length === 0) return;
      measure(before, writeAt(frame, program.watch, { t: origin, y }, wanted));
      measure(rateBefore, writeAt(frame, program.watchRate, { t: origin, y, f: f0 }, wanted));
    },
    stir() {
      routine.set(end, add(origin, tau, h));
      measure(after, writeAt(frame, program.watch, { t: end, y: y1 }, wanted));
      measure(rateAfter, writeAt(frame, program.watchRate, { t: end, y: y1, f: f1 }, wanted));
      const changes = margins.map((_, c) =>
        or(
          integerUnequal(gt(after[c] ?? end, f64(0)), truth(c)),
          opposite(rateBefore[c] ?? end, rateAfter[c] ?? end),
        ),
      );
      const [first = i32(0), ...rest] = changes;
      return or(first, ...rest);
    },
    look(next) {
      if (look === undefined) return;
      const scratch = (offset: number, values: readonly Node[]) =>
        values.forEach((value, i) => {
          routine.store('f64', i32(0), value, offset + 8 * i);
        });
      scratch(layout.scratch, [origin, tau, h]);
      scratch(layout.scratchState, y);
      k.forEach((stage, i) => {
        scratch(layout.scratchStages + 8 * i * program.states.length, stage);
      });
      scratch(layout.scratchParams, p);
      scratch(layout.scratchInputs, u);
      store(at.before, before);
      store(at.rateBefore, rateBefore);
      store(at.after, after);
      store(at.rateAfter, rateAfter);
      // Other events may have lowered it since the block was left.
      store(at.next, [next]);
      routine.set(cut, callNode(look, block));
      routine.set(next, load('f64', block, at.next));
    },
    pass() {
      before.forEach((local, c) => {
        routine.set(local, after[c] ?? local);
      });
      rateBefore.forEach((local, c) => {
        routine.set(local, rateAfter[c] ?? local);
      });
    },
  };
}
