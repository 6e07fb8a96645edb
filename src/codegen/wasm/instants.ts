// What happens at one instant, in its order (engine/SEMANTICS.md, "Happenings"): clause by clause, then conditions, until
// it is quiet; and the next event. Or the rows of a ledger as they stand. In: functions of occurrences. Out: `arrive`.
import { type Clause, type Condition, clausesOf } from '../eventful.ts';
import type { Happening } from '../program.ts';
import { type Agenda, fail, type Site } from './agenda.ts';
import {
  add, and, div, eq, floor, ge, gt, integerAdd, integerEqual, le, lt, min, mul, not, select, sub,
} from './arithmetic.ts'; // biome-ignore format: a list
import {
  callNode, type FunctionRef, f64, i32, type Local, load, type Node, operation, type Routine,
} from './assembler.ts'; // biome-ignore format: a list
import { APART_32 } from './conditions.ts';
import { anyOf, belongs, number, type Rows } from './moment.ts';
import { STATUS } from './patient-frame.ts';

const MOST_EXECUTIONS = 1000;

/** The next event among breaks; the cursor is left behind `now`. */
function lowerToBreaks(site: Site, routine: Routine, block: Node, next: Local): void {
  const { block: at } = site.events;
  const cursor = routine.local('i32');
  routine.set(cursor, load('i32', block, at.breakAt));
  routine.when(cursor, () => {
    routine.loop((again) => {
      routine.when(le(load('f64', cursor), number(block, at.now)), () => {
        routine.set(cursor, integerAdd(cursor, i32(8)));
        routine.branch(again);
      });
    });
    routine.store('i32', block, cursor, at.breakAt);
    routine.set(next, min(next, load('f64', cursor)));
  });
}

/** How many of a clock's starts have come, and whether a happening still hears it. */
function clockOf({ events }: Site, block: Node, clock: number) {
  const { block: at } = events;
  const [start, interval, count] = [0, 1, 2].map((i) => number(block, at.clocks, 3 * clock + i)) as [
    Node,
    Node,
    Node,
  ];
  const now = number(block, at.now);
  const begun = add(floor(div(sub(now, start), interval)), f64(1));
  return {
    start,
    interval,
    count,
    /** A reset ends the clocks of doses that began before it. */
    alive: ({ dose, therapy, withDoses }: Happening): Node =>
      and(
        dose === null && !withDoses ? i32(1) : ge(start, number(block, at.reset)),
        belongs(block, at, therapy),
      ),
    soFar: select(lt(now, start), f64(0), min(count, begun)),
  };
}

/** (block): executes what is due, by priority, until it is quiet. */
function defineSettle(
  site: Site,
  agenda: Agenda,
  execute: FunctionRef,
  checks: readonly FunctionRef[],
  conditions: readonly Condition[],
): FunctionRef {
  const { module, events } = site;
  const { block: at } = events;
  return module.define(['i32'], undefined, (routine) => {
    const [block = i32(0)] = routine.params;
    routine.block((leave) => {
      routine.loop((again) => {
        routine.branch(leave, load('i32', block, at.status));
        routine.branch(leave, not(callNode(agenda.take, block)));
        routine.store('f64', block, add(number(block, at.executed), f64(1)), at.executed);
        routine.when(gt(number(block, at.executed), f64(MOST_EXECUTIONS)), () => {
          fail(routine, events, block, STATUS.eventStorm);
          routine.branch(leave);
        });
        routine.call(execute, block);
        writeChecks(site, routine, block, checks, conditions);
        routine.branch(again);
      });
    });
  });
}

function writeChecks(
  site: Site,
  routine: Routine,
  block: Node,
  checks: readonly FunctionRef[],
  conditions: readonly Condition[],
): void {
  const { block: at } = site.events;
  conditions.forEach(({ therapy }, c) => {
    const check = checks[c];
    if (check !== undefined)
      routine.when(and(belongs(block, at, therapy), not(load('i32', block, at.status))), () =>
        routine.call(check, block),
      );
  });
}

export function defineArrive(
  site: Site,
  agenda: Agenda,
  rows: Rows,
  execute: FunctionRef,
  fires: readonly FunctionRef[],
  checks: readonly FunctionRef[],
  conditions: readonly Condition[],
  single: boolean,
): FunctionRef {
  const { module, program, events } = site;
  const { block: at } = events;
  const settle = defineSettle(site, agenda, execute, checks, conditions);
  const clauses = clausesOf(program);
  return module.define(['i32'], 'i32', (routine) => {
    const [block = i32(0)] = routine.params;
    const now = number(block, at.now);
    const [starts, next, executed] = [routine.local('f64'), routine.local('f64'), routine.local('f64')];
    const row = routine.local('i32');
    const own = ({ members }: Clause): Node =>
      anyOf(members.map(({ happening }) => belongs(block, at, happening.therapy)));
    const fire = (h: number, condition: Node, n: Node, at: Node) => {
      const trigger = fires[h];
      if (trigger !== undefined) routine.when(condition, () => routine.call(trigger, block, n, at));
    };
    routine.store('f64', block, mul(now, load('f64', i32(0), site.tick)), at.t);
    // In f32 the state may stand still from one instant to the next: they count as one.
    const apart = single ? mul(now, f64(1 - APART_32)) : now;
    routine.when(lt(number(block, at.counted), apart), () => {
      routine.store('f64', block, f64(0), at.executed);
      routine.store('f64', block, now, at.counted);
    });
    routine.set(executed, number(block, at.executed));
    routine.store('i32', block, i32(0), at.fired);
    routine.store('f64', block, number(block, at.sequence), at.fresh);
    routine.block((leave) => {
      const failed = () => routine.branch(leave, load('i32', block, at.status));
      /** What waited since before, of happenings that are written before this one. */
      const turnOf = (happening: number) => {
        routine.store('i32', block, i32(happening), at.turn);
        routine.call(settle, block);
        failed();
      };
      for (const clause of clauses) {
        if (clause.kind === 'clock') {
          const clock = clockOf(site, block, clause.of);
          routine.when(own(clause), () => {
            routine.set(starts, clock.soFar);
            const latest = add(clock.start, mul(sub(starts, f64(1)), clock.interval));
            routine.when(and(ge(starts, f64(1)), eq(latest, now)), () => {
              turnOf(clause.members[0]?.h ?? 0);
              for (const { h, happening } of clause.members)
                fire(h, clock.alive(happening), sub(starts, f64(1)), i32(0));
              routine.call(settle, block);
            });
          });
        } else {
          const cursor = at.cursors + 8 * (clause.members[0]?.h ?? 0);
          routine.when(own(clause), () =>
            routine.loop((again) => {
              routine.set(row, load('i32', block, cursor));
              routine.when(le(rows.tick(block, clause.of, row), now), () => {
                turnOf(clause.members[0]?.h ?? 0);
                for (const { h, happening } of clause.members)
                  fire(h, belongs(block, at, happening.therapy), operation('f64', [0xb7], row), row);
                routine.store('i32', block, integerAdd(row, i32(1)), cursor);
                routine.call(settle, block);
                failed();
                routine.branch(again);
              });
            }),
          );
        }
        failed();
      }
      writeChecks(site, routine, block, checks, conditions);
      turnOf(program.happenings.length);
      routine.when(and(load('i32', block, at.fired), eq(number(block, at.executed), executed)), () =>
        routine.call(agenda.log, block, i32(-1)),
      );
      routine.set(next, callNode(agenda.next, block, number(block, at.next)));
      for (const clause of clauses) {
        if (clause.kind === 'clock') {
          const { alive, soFar, count, start, interval } = clockOf(site, block, clause.of);
          routine.when(anyOf(clause.members.map(({ happening }) => alive(happening))), () => {
            routine.set(starts, soFar);
            routine.when(lt(starts, count), () =>
              routine.set(next, min(next, add(start, mul(starts, interval)))),
            );
          });
        } else {
          const cursor = load('i32', block, at.cursors + 8 * (clause.members[0]?.h ?? 0));
          routine.when(own(clause), () => routine.set(next, min(next, rows.tick(block, clause.of, cursor))));
        }
      }
      lowerToBreaks(site, routine, block, next);
      routine.store('f64', block, next, at.next);
    });
    routine.give(load('i32', block, at.status));
  });
}

/** Rows of a ledger, executed as they stand; row -1 only cuts, row -2 - h is a steady state of happening h. */
export function defineReplay(
  site: Site,
  agenda: Agenda,
  rows: Rows,
  execute: FunctionRef,
  reach: readonly (FunctionRef | undefined)[],
  table: number,
): FunctionRef {
  const { module, program, events } = site;
  const { block: at } = events;
  const fields = (program.tables[table]?.fields.length ?? 0) - 2;
  return module.define(['i32'], 'i32', (routine) => {
    const [block = i32(0)] = routine.params;
    const now = number(block, at.now);
    const [row, which] = [routine.local('i32'), routine.local('i32')];
    const next = routine.local('f64');
    const none = program.happenings.length === 0;
    routine.store('f64', block, mul(now, load('f64', i32(0), site.tick)), at.t);
    routine.set(next, number(block, at.next));
    routine.block((leave) => {
      if (!none) {
        routine.set(row, load('i32', block, at.cursors));
        routine.loop((again) => {
          routine.when(le(rows.tick(block, table, row), now), () => {
            routine.set(which, operation('i32', [0xfc, 0x02], rows.value(block, table, 1, row)));
            for (let i = 0; i < Math.min(fields, events.captures); i++)
              routine.store('f64', block, rows.value(block, table, 2 + i, row), at.captured + 8 * i);
            routine.store('i32', block, which, at.happening);
            routine.call(execute, block);
            reach.forEach((steady, h) => {
              if (steady !== undefined)
                routine.when(integerEqual(which, i32(-2 - h)), () => routine.call(steady, block));
            });
            routine.when(integerEqual(which, i32(-1)), () => routine.call(agenda.log, block, i32(-1)));
            routine.branch(leave, load('i32', block, at.status));
            routine.set(row, integerAdd(row, i32(1)));
            routine.branch(again);
          });
        });
        routine.store('i32', block, row, at.cursors);
        routine.set(next, min(next, rows.tick(block, table, row)));
      }
      lowerToBreaks(site, routine, block, next);
      routine.store('f64', block, next, at.next);
    });
    routine.give(load('i32', block, at.status));
  });
}
