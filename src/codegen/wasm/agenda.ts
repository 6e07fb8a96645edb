// The agenda of one patient: occurrences that wait, each (due tick, order, happening, captured values), in linear memory.
// In: a module and where it lies. Out: functions over a lane's block: put in, take the next one that is due, remove,
// and the ledger's rows. Order in memory means nothing; priority and order of putting in decide.
import { dosesOf } from '../eventful.ts';
import type { Program } from '../program.ts';
import {
  add,
  and,
  eq,
  gt,
  integerAdd,
  integerEqual,
  integerLess,
  integerMul,
  le,
  lt,
  min,
  not,
  or,
  select,
} from './arithmetic.ts';
import {
  type FunctionRef,
  f64,
  i32,
  load,
  type ModuleBuilder,
  type Node,
  operation,
  type Routine,
} from './assembler.ts';
import type { EventLayout } from './event-layout.ts';
import type { Emitter } from './expressions.ts';
import { writeBody } from './expressions.ts';
import { type Place, resolver } from './frame.ts';
import { STATUS } from './patient-frame.ts';

/** What functions over a lane's block are written with. */
export interface Site {
  readonly module: ModuleBuilder;
  readonly emitter: Emitter;
  readonly program: Program;
  readonly events: EventLayout;
  /** Addresses of the job's numbers. */
  readonly tick: number;
  readonly horizon: number;
}

export interface Agenda {
  /** (block, happening, due tick, address of the captured values). Too many: the block's status is 'event storm'. */
  readonly put: FunctionRef;
  /** (block) -> i32: whether one was due; it is then the block's happening, with its captured values. */
  readonly take: FunctionRef;
  /** (block, happening): drops what waits of it; -1: of doses and what follows them, put in before what is executed. */
  readonly remove: FunctionRef;
  /** (block, next) -> the earlier of next and the first due tick. */
  readonly next: FunctionRef;
  /** (block, happening or less than 0): a row of the patient's ledger, where one is kept. */
  readonly log: FunctionRef;
}

/** The state of the moment, read from a lane's block. */
export function momentOf({ program, events }: Site, block: Node, other?: Place['other']): Place {
  const { y, u, p, t } = events.block;
  const all = (at: number, count: number) =>
    Array.from({ length: count }, (_, i) => load('f64', block, at + 8 * i));
  return {
    t: load('f64', block, t),
    y: all(y, program.states.length),
    u: all(u, program.inputs.length),
    p: all(p, program.params.length),
    ...(other === undefined ? {} : { other }),
  };
}

const subtract = (a: Node, b: Node): Node => operation('i32', [0x6b], a, b);
/** Copies bytes; the stretches may be the same. */
export function copy(routine: Routine, to: Node, from: Node, bytes: number): void {
  if (bytes > 0) routine.run(operation('i32', [0xfc, 0x0a, 0, 0], to, from, i32(bytes)));
}
export const fail = (routine: Routine, events: EventLayout, block: Node, status: number): void =>
  routine.store('i32', block, i32(status), events.block.status);

export const inputsOf = ({ inputs }: Program, wanted: 'held' | 'derived'): readonly number[] =>
  inputs.flatMap(({ kind }, i) => (kind === wanted ? [i] : []));
export const derivedInputs = (program: Program): readonly number[] => inputsOf(program, 'derived');

export function createAgenda(site: Site): Agenda {
  const { module, emitter, program, events } = site;
  const { block: at, entryBytes, captures } = events;
  const entryOf = (block: Node, index: Node): Node =>
    integerAdd(block, integerAdd(i32(at.agenda), integerMul(index, i32(entryBytes))));
  const waiting = (block: Node) => load('i32', block, at.waiting);

  const put = module.define(['i32', 'i32', 'f64', 'i32'], undefined, (routine) => {
    const [block = i32(0), happening = i32(0), due = f64(0), from = i32(0)] = routine.params;
    const entry = routine.local('i32');
    routine.when(
      integerLess(waiting(block), i32(events.agenda)),
      () => {
        routine.set(entry, entryOf(block, waiting(block)));
        routine.store('f64', entry, due);
        routine.store('f64', entry, load('f64', block, at.sequence), 8);
        routine.store('i32', entry, happening, 16);
        copy(routine, integerAdd(entry, i32(24)), from, 8 * captures);
        routine.store('i32', block, integerAdd(waiting(block), i32(1)), at.waiting);
        routine.store('f64', block, add(load('f64', block, at.sequence), f64(1)), at.sequence);
      },
      () => fail(routine, events, block, STATUS.eventStorm),
    );
  });

  /** The last entry takes the place of the one at `entry`. */
  const drop = (routine: Routine, block: Node, entry: Node) => {
    routine.store('i32', block, subtract(waiting(block), i32(1)), at.waiting);
    copy(routine, entry, entryOf(block, waiting(block)), entryBytes);
  };

  const take = module.define(['i32'], 'i32', (routine) => {
    const [block = i32(0)] = routine.params;
    const [index, entry, best] = [routine.local('i32'), routine.local('i32'), routine.local('i32')];
    const [priority, highest, first] = [routine.local('f64'), routine.local('f64'), routine.local('f64')];
    // Priorities are taken anew each time. One without counts as 0, and so does one that is not a number.
    program.happenings.forEach((happening, h) => {
      if (happening.priority === null) return;
      const resolve = resolver(program, momentOf(site, block));
      const [value = f64(0)] = writeBody(
        emitter,
        routine,
        { locals: [], results: [happening.priority] },
        resolve,
      );
      routine.set(priority, value);
      routine.store('f64', block, select(eq(priority, priority), priority, f64(0)), at.priorities + 8 * h);
    });
    routine.set(best, i32(0));
    routine.set(index, i32(0));
    routine.block((leave) => {
      routine.loop((again) => {
        routine.branch(leave, not(integerLess(index, waiting(block))));
        routine.set(entry, entryOf(block, index));
        routine.set(index, integerAdd(index, i32(1)));
        routine.branch(again, not(le(load('f64', entry), load('f64', block, at.now))));
        routine.set(
          priority,
          load('f64', integerAdd(block, integerMul(load('i32', entry, 16), i32(8))), at.priorities),
        );
        const order = load('f64', entry, 8);
        routine.branch(
          again,
          and(
            lt(order, load('f64', block, at.fresh)),
            not(integerLess(load('i32', entry, 16), load('i32', block, at.turn))),
          ),
        );
        const better = or(gt(priority, highest), and(eq(priority, highest), lt(order, first)));
        routine.when(or(not(best), better), () => {
          routine.set(best, entry);
          routine.set(highest, priority);
          routine.set(first, order);
        });
        routine.branch(again);
      });
    });
    routine.when(best, () => {
      routine.store('i32', block, load('i32', best, 16), at.happening);
      routine.store('f64', block, first, at.taken);
      copy(routine, integerAdd(block, i32(at.captured)), integerAdd(best, i32(24)), 8 * captures);
      drop(routine, block, best);
    });
    routine.give(best);
  });

  const doses = dosesOf(program);
  const remove = module.define(['i32', 'i32'], undefined, (routine) => {
    const [block = i32(0), happening = i32(0)] = routine.params;
    const [index, entry, own] = [routine.local('i32'), routine.local('i32'), routine.local('i32')];
    routine.set(index, i32(0));
    routine.block((leave) => {
      routine.loop((again) => {
        routine.branch(leave, not(integerLess(index, waiting(block))));
        routine.set(entry, entryOf(block, index));
        routine.set(own, load('i32', entry, 16));
        const dose = doses.map((h) => integerEqual(own, i32(h)));
        const [first = i32(0), ...rest] = dose;
        const gone = select(
          integerEqual(happening, i32(-1)),
          and(or(first, ...rest), lt(load('f64', entry, 8), load('f64', block, at.taken))),
          integerEqual(own, happening),
        );
        routine.when(
          gone,
          () => drop(routine, block, entry),
          () => routine.set(index, integerAdd(index, i32(1))),
        );
        routine.branch(again);
      });
    });
  });

  const next = module.define(['i32', 'f64'], 'f64', (routine) => {
    const [block = i32(0), until = f64(0)] = routine.params;
    const [index, earliest] = [routine.local('i32'), routine.local('f64')];
    routine.set(index, i32(0));
    routine.set(earliest, until);
    routine.block((leave) => {
      routine.loop((again) => {
        routine.branch(leave, not(integerLess(index, waiting(block))));
        routine.set(earliest, min(earliest, load('f64', entryOf(block, index))));
        routine.set(index, integerAdd(index, i32(1)));
        routine.branch(again);
      });
    });
    routine.give(earliest);
  });

  const log = module.define(['i32', 'i32'], undefined, (routine) => {
    const [block = i32(0), happening = i32(0)] = routine.params;
    const [row, counter] = [routine.local('i32'), routine.local('i32')];
    const rows = load('i32', i32(0), events.ledgerRows);
    const patient = load('i32', block, at.patient);
    routine.when(rows, () => {
      routine.set(counter, integerAdd(i32(events.ledgerCounts), integerMul(patient, i32(4))));
      routine.set(row, load('i32', counter));
      routine.store('i32', counter, integerAdd(row, i32(1)));
      routine.when(integerLess(row, rows), () => {
        const index = integerAdd(integerMul(patient, rows), row);
        routine.set(
          row,
          integerAdd(load('i32', i32(0), events.ledger), integerMul(index, i32(events.ledgerRowBytes))),
        );
        routine.store('f64', row, load('f64', block, at.now));
        routine.store('f64', row, operation('f64', [0xb7], happening), 8);
        copy(routine, integerAdd(row, i32(16)), integerAdd(block, i32(at.captured)), 8 * captures);
      });
    });
  });

  return { put, take, remove, next, log };
}
