// What happens at an instant, as functions over a lane's block (event-layout.ts): triggers are looked at, occurrences
// captured, put in, executed by priority until it is quiet, and the next event is found. In: a module and a Program.
// Out: `begin` and `arrive`, which every kernel calls between loads and stores of a patient's state. SEMANTICS.md, "Happenings".
import type { Body, Happening, Program } from '../program.ts';
import {
  type Agenda, createAgenda, derivedInputs, fail, heldOfDoses, inputsOf, momentOf, type Site,
} from './agenda.ts'; // biome-ignore format: a list
import {
  abs, add, and, div, eq, floor, ge, gt, integerAdd, integerEqual, integerLess, integerMul, le, lt, max, min, mul, nearest, not, or, select, sub,
} from './arithmetic.ts'; // biome-ignore format: a list
import {
  callNode, type FunctionRef, f64, i32, type Local, load, type ModuleBuilder, type Node, operation, type Routine,
} from './assembler.ts'; // biome-ignore format: a list
import { type Condition, conditionsOf, type EventLayout } from './event-layout.ts';
import { type Emitter, needs, writeBody } from './expressions.ts';
import { resolver } from './frame.ts';
import type { Layout } from './layout.ts';
import { STATUS } from './patient-frame.ts';
import { createSteady } from './steady.ts';

/** Ticks beyond this are never reached; sums of them are exact. */
const FAR = 2 ** 50;
const MOST_EXECUTIONS = 1000;

export interface Happenings {
  readonly events: EventLayout;
  readonly conditions: readonly Condition[];
  readonly agenda: Agenda;
  /** (block, patient, therapy) -> status; the block's y and p are the patient's. */
  readonly begin: FunctionRef;
  /** (block) -> status: at the block's `now` with its y and inputs; lowers its `next` to the next event. */
  readonly arrive: FunctionRef;
}

export function createHappenings(
  module: ModuleBuilder,
  emitter: Emitter,
  program: Program,
  layout: Layout,
  events: EventLayout,
): Happenings {
  const site: Site = { module, emitter, program, events, tick: layout.tick, horizon: layout.horizon };
  const agenda = createAgenda(site);
  const conditions = conditionsOf(program);
  const rows = rowReader(site);
  const replay = program.replay;
  const steady = program.happenings.some((happening) => happening.steady !== null)
    ? createSteady(site, layout, agenda)
    : undefined;
  const reach = program.happenings.map((happening, h) =>
    happening.steady === null || steady === undefined ? undefined : defineSteady(site, agenda, h, steady),
  );
  const execute = defineExecute(site, agenda);
  const fires =
    replay === null ? program.happenings.map((_, h) => defineFire(site, agenda, rows, h, reach[h])) : [];
  const checks = conditions.map((condition, c) => defineCheck(site, agenda, condition, c, fires));
  return {
    events,
    conditions,
    agenda,
    begin: defineBegin(site, rows, conditions),
    arrive:
      replay === null
        ? defineArrive(site, agenda, rows, execute, fires, checks, conditions)
        : defineReplay(site, agenda, rows, execute, reach, replay),
  };
}

const number = (block: Node, offset: number, i = 0) => load('f64', block, offset + 8 * i);
const ticksOf = (site: Site, time: Node): Node =>
  max(f64(-FAR), min(f64(FAR), nearest(div(time, load('f64', i32(0), site.tick)))));
/** Whether arms of this therapy have it. */
const belongs = (block: Node, at: EventLayout['block'], therapy: number): Node =>
  therapy < 0 ? i32(1) : integerEqual(load('i32', block, at.therapy), i32(therapy));

/** Values of a body at the moment in the block, each in a local of its own. */
function evaluate(
  site: Site,
  routine: Routine,
  block: Node,
  body: Body,
  other?: ReadonlyMap<string, Node>,
  wanted?: readonly number[],
): Local[] {
  const resolve = resolver(site.program, momentOf(site, block, other));
  return writeBody(site.emitter, routine, body, resolve, new Map(), wanted).map((value) => {
    const local = routine.local('f64');
    routine.set(local, value);
    return local;
  });
}

function writeDerived(site: Site, routine: Routine, block: Node): void {
  const values = evaluate(site, routine, block, site.program.derived);
  derivedInputs(site.program).forEach((i, k) => {
    routine.store('f64', block, values[k] ?? f64(0), site.events.block.u + 8 * i);
  });
}

interface Rows {
  count(table: number): Node;
  /** Field of a row (i32) of the patient's; both are there. */
  value(block: Node, table: number, field: number, row: Node): Node;
  /** Tick of a row; FAR where there is none. */
  tick(block: Node, table: number, row: Node): Node;
}

function rowReader(site: Site): Rows {
  const { events } = site;
  const header = (table: number): number => {
    const at = events.tables[table];
    if (at === undefined) throw new RangeError(`table ${table} of ${events.tables.length}`);
    return at;
  };
  const count = (table: number) => load('i32', i32(0), header(table) + 4);
  const value = (block: Node, table: number, field: number, row: Node) => {
    const line = integerAdd(integerMul(i32(field), count(table)), row);
    const place = integerAdd(
      integerMul(line, load('i32', i32(0), events.tableStride)),
      load('i32', block, events.block.patient),
    );
    return load('f64', integerAdd(load('i32', i32(0), header(table)), integerMul(place, i32(8))));
  };
  const reader = new Map<number, FunctionRef>();
  return {
    count,
    value,
    tick(block, table, row) {
      let found = reader.get(table);
      if (found === undefined) {
        found = site.module.define(['i32', 'i32'], 'f64', (routine) => {
          const [own = i32(0), index = i32(0)] = routine.params;
          const time = routine.local('f64');
          routine.set(time, f64(Number.POSITIVE_INFINITY));
          routine.when(integerLess(index, count(table)), () =>
            routine.set(time, value(own, table, 0, index)),
          );
          const finite = lt(abs(time), f64(Number.POSITIVE_INFINITY));
          routine.give(select(finite, ticksOf(site, time), f64(FAR)));
        });
        reader.set(table, found);
      }
      return callNode(found, block, row);
    },
  };
}

function defineBegin(site: Site, rows: Rows, conditions: readonly Condition[]): FunctionRef {
  const { module, program, events } = site;
  const { block: at } = events;
  return module.define(['i32', 'i32', 'i32'], 'i32', (routine) => {
    const [block = i32(0), patient = i32(0), therapy = i32(0)] = routine.params;
    const put = (offset: number, value: Node) => routine.store('f64', block, value, offset);
    const word = (offset: number, value: Node) => routine.store('i32', block, value, offset);
    const status = routine.local('i32');
    routine.set(status, i32(STATUS.done));
    word(at.patient, patient);
    word(at.therapy, therapy);
    word(at.status, i32(STATUS.done));
    word(at.waiting, i32(0));
    word(at.breakAt, load('i32', i32(0), events.breaks));
    put(at.sequence, f64(0));
    put(at.reset, f64(Number.NEGATIVE_INFINITY));
    put(at.now, f64(0));
    put(at.t, f64(0));
    routine.when(load('i32', i32(0), events.ledgerRows), () =>
      routine.store('i32', integerMul(patient, i32(4)), i32(0), events.ledgerCounts),
    );
    program.inputs.forEach((_, i) => {
      put(at.u + 8 * i, f64(0));
    });
    const held = evaluate(site, routine, block, program.held);
    inputsOf(program, 'held').forEach((i, k) => {
      put(at.u + 8 * i, held[k] ?? f64(0));
    });
    writeDerived(site, routine, block);
    conditions.forEach(({ initially }, c) => {
      put(at.truth + 8 * c, f64(initially ? 1 : 0));
      put(at.forced + 8 * c, f64(0));
      put(at.least + 8 * c, f64(Number.POSITIVE_INFINITY));
    });
    program.happenings.forEach(({ trigger }, h) => {
      put(at.occurrences + 8 * h, f64(0));
      put(at.priorities + 8 * h, f64(0));
      const table = program.replay ?? (trigger.kind === 'table' ? trigger.table : undefined);
      if (table === undefined || (program.replay !== null && h > 0)) return;
      // Rows before time 0 never come.
      const row = routine.local('i32');
      routine.set(row, i32(0));
      routine.loop((again) => {
        routine.when(lt(rows.tick(block, table, row), f64(0)), () => {
          routine.set(row, integerAdd(row, i32(1)));
          routine.branch(again);
        });
      });
      word(at.cursors + 8 * h, row);
    });
    if (program.replay === null)
      program.happenings.forEach(({ trigger, therapy: own }) => {
        if (trigger.kind !== 'clock') return;
        const k = 3 * trigger.clock;
        routine.when(belongs(block, at, own), () => {
          const [start, interval, count] = evaluate(site, routine, block, program.clocks, undefined, [
            k,
            k + 1,
            k + 2,
          ]);
          if (start === undefined || interval === undefined || count === undefined)
            throw new RangeError(`clock ${trigger.clock} of ${program.clocks.results.length / 3}`);
          const there = [start, interval, count].map((x) => eq(x, x));
          routine.when(not(and(i32(1), ...there)), () => routine.set(status, i32(STATUS.notFinite)));
          routine.set(start, ticksOf(site, start));
          routine.set(interval, ticksOf(site, interval));
          routine.set(count, max(f64(0), min(f64(FAR), nearest(count))));
          const once = or(le(count, f64(1)), lt(interval, f64(1)));
          const beyond = add(load('f64', i32(0), site.horizon), f64(1));
          put(at.clocks + 8 * k, start);
          put(at.clocks + 8 * k + 8, select(once, beyond, interval));
          put(at.clocks + 8 * k + 16, count);
        });
      });
    routine.give(status);
  });
}

/** Drawn values and rows that a capture reads. */
function captureSymbols(
  site: Site,
  rows: Rows,
  routine: Routine,
  block: Node,
  happening: Happening,
  n: Node,
  row: Node,
): ReadonlyMap<string, Node> {
  const { program, events } = site;
  const other = new Map<string, Node>([['n', n]]);
  const { symbols } = needs(
    happening.capture,
    happening.capture.results.map((_, i) => i),
  );
  if (happening.trigger.kind === 'table') {
    const { table } = happening.trigger;
    program.tables[table]?.fields.forEach((name, f) => {
      if (symbols.has(`row.${name}`)) other.set(`row.${name}`, rows.value(block, table, f, row));
    });
  }
  const drawn = [...symbols].filter((name) => name.startsWith('draw.'));
  const { draws } = program;
  if (drawn.length === 0 || draws === null) return other;
  const index = routine.local('i32');
  const past = not(lt(n, operation('f64', [0xb7], rows.count(draws))));
  routine.set(index, operation('i32', [0xfc, 0x02], n));
  routine.when(past, () => {
    fail(routine, events, block, STATUS.eventStorm);
    routine.set(index, i32(0));
  });
  const fields = program.tables[draws]?.fields ?? [];
  for (const name of drawn) {
    const field = fields.indexOf(name);
    if (field < 0) throw new RangeError(`${happening.name} draws ${name}, which the table of draws has not`);
    other.set(name, rows.value(block, draws, field, index));
  }
  return other;
}

/** (block, n, row): the trigger of a happening fires. */
function defineFire(
  site: Site,
  agenda: Agenda,
  rows: Rows,
  h: number,
  steady: FunctionRef | undefined,
): FunctionRef {
  const { module, program, events } = site;
  const { block: at } = events;
  return module.define(['i32', 'f64', 'i32'], undefined, (routine) => {
    const [block = i32(0), n = f64(0), row = i32(0)] = routine.params;
    const happening = program.happenings[h];
    if (happening === undefined) throw new RangeError(`happening ${h} of ${program.happenings.length}`);
    const { guard, delay } = happening;
    routine.store('i32', block, i32(1), at.fired);
    const other = captureSymbols(site, rows, routine, block, happening, n, row);
    evaluate(site, routine, block, happening.capture, other).forEach((value, i) => {
      routine.store('f64', block, value, at.captured + 8 * i);
    });
    routine.block((leave) => {
      routine.branch(leave, load('i32', block, at.status));
      if (guard !== null) routine.branch(leave, not(gt(number(block, at.captured, guard), f64(0))));
      if (steady !== undefined) {
        routine.call(steady, block);
        routine.branch(leave, load('i32', block, at.status));
      }
      const due = delayed(site, routine, block, delay, leave);
      routine.call(agenda.put, block, i32(h), due, integerAdd(block, i32(at.captured)));
    });
  });
}

/** now + a captured delay in ticks, at least now; a delay that is no number ends the patient. */
function delayed(
  site: Site,
  routine: Routine,
  block: Node,
  delay: number | null,
  leave: { readonly depth: number },
): Node {
  const { block: at } = site.events;
  const now = number(block, at.now);
  if (delay === null) return now;
  const wait = number(block, at.captured, delay);
  routine.when(not(eq(wait, wait)), () => {
    fail(routine, site.events, block, STATUS.notFinite);
    routine.branch(leave);
  });
  return add(now, max(f64(0), ticksOf(site, wait)));
}

/** (block): executes the block's happening with its captured values. */
function defineExecute(site: Site, agenda: Agenda): FunctionRef {
  const { module, program, events } = site;
  const { block: at } = events;
  const stopped = heldOfDoses(program);
  const each = program.happenings.map((happening, h) =>
    module.define(['i32'], undefined, (routine) => {
      const [block = i32(0)] = routine.params;
      const captured = new Map(
        Array.from({ length: events.captures }, (_, i) => [`c.${i}`, number(block, at.captured, i)] as const),
      );
      if (happening.reset !== null)
        routine.when(gt(number(block, at.captured, happening.reset), f64(0)), () => {
          const initial = evaluate(site, routine, block, program.initial);
          for (let j = 0; j < program.modelStates; j++)
            routine.store('f64', block, initial[j] ?? f64(0), at.y + 8 * j);
          for (const i of stopped) routine.store('f64', block, f64(0), at.u + 8 * i);
          routine.call(agenda.remove, block, i32(-1));
          routine.store('f64', block, number(block, at.now), at.reset);
        });
      const values = evaluate(site, routine, block, happening.effect, captured);
      happening.targets.forEach((target, i) => {
        const base = target.kind === 'state' ? at.y : at.u;
        routine.store('f64', block, values[i] ?? f64(Number.NaN), base + 8 * target.index);
      });
      writeDerived(site, routine, block);
      routine.call(agenda.log, block, i32(h));
      const { follow } = happening;
      if (follow === null || program.replay !== null) return;
      routine.block((leave) => {
        follow.captured.forEach((from, i) => {
          routine.store('f64', block, number(block, at.captured, from), at.passed + 8 * i);
        });
        const guard = program.happenings[follow.happening]?.guard ?? null;
        if (guard !== null && guard < follow.captured.length)
          routine.branch(leave, not(gt(number(block, at.passed, guard), f64(0))));
        const due = delayed(site, routine, block, follow.delay, leave);
        routine.call(agenda.put, block, i32(follow.happening), due, integerAdd(block, i32(at.passed)));
      });
    }),
  );
  return module.define(['i32'], undefined, (routine) => {
    const [block = i32(0)] = routine.params;
    each.forEach((execute, h) => {
      routine.when(integerEqual(load('i32', block, at.happening), i32(h)), () =>
        routine.call(execute, block),
      );
    });
  });
}

/** (block): the steady state that a happening's captured values ask for, if they do. */
function defineSteady(site: Site, agenda: Agenda, h: number, solve: FunctionRef): FunctionRef {
  const { module, program, events } = site;
  const { block: at } = events;
  return module.define(['i32'], undefined, (routine) => {
    const [block = i32(0)] = routine.params;
    const happening = program.happenings[h];
    const regimen = happening?.steady;
    if (happening === undefined || regimen == null)
      throw new RangeError(`happening ${h} has no steady state`);
    const captured = (i: number) => number(block, at.captured, i);
    const symbols = new Map(
      Array.from({ length: events.captures }, (_, i) => [`c.${i}`, captured(i)] as const),
    );
    const lag = regimen.lag === null ? f64(0) : max(f64(0), captured(regimen.lag));
    const [interval, duration] = [captured(regimen.interval), captured(regimen.duration)];
    routine.when(gt(captured(regimen.mode), f64(0)), () => {
      const status = routine.local('i32');
      const [since, due] = [routine.local('f64'), routine.local('f64')];
      for (let j = 0; j < program.states.length; j++)
        routine.store('f64', block, f64(0), at.steadyBolus + 8 * j);
      program.inputs.forEach((_, i) => {
        routine.store('f64', block, f64(0), at.steadyRate + 8 * i);
      });
      // An infusion that runs has had its effect on memory: its rate, and the count beside it.
      const putHeld = () => {
        const values = evaluate(site, routine, block, happening.effect, symbols);
        happening.targets.forEach((target, i) => {
          if (target.kind === 'held')
            routine.store('f64', block, values[i] ?? f64(0), at.u + 8 * target.index);
        });
      };
      const gather = (place: number, amount: number) =>
        routine.store('f64', block, add(number(block, place), captured(amount)), place);
      for (const { state, amount } of regimen.boluses) gather(at.steadyBolus + 8 * state, amount);
      for (const { input, rate } of regimen.rates) gather(at.steadyRate + 8 * input, rate);
      routine.store('f64', block, number(block, at.now), at.reset);
      routine.set(status, callNode(solve, block, captured(regimen.mode), interval, duration, lag));
      routine.when(status, () => routine.store('i32', block, status, at.status));
      routine.call(agenda.log, block, i32(-2 - h));
      routine.when(and(not(status), gt(interval, f64(0))), () => {
        if (regimen.rates.length > 0) {
          // Infusions that began `since`, since + interval, ... before this moment still run.
          routine.set(since, number(block, at.steadyPhase));
          routine.block((leave) => {
            routine.loop((again) => {
              routine.set(due, ticksOf(site, sub(duration, since)));
              routine.branch(leave, not(gt(due, f64(0))));
              routine.branch(leave, load('i32', block, at.status));
              putHeld();
              const { follow } = happening;
              if (follow !== null && program.replay === null) {
                follow.captured.forEach((from, i) => {
                  routine.store('f64', block, captured(from), at.passed + 8 * i);
                });
                routine.call(
                  agenda.put,
                  block,
                  i32(follow.happening),
                  add(number(block, at.now), due),
                  integerAdd(block, i32(at.passed)),
                );
              }
              routine.set(since, add(since, interval));
              routine.branch(again);
            });
          });
        }
        if (program.replay !== null) return;
        // With a lag of an interval and more, doses given before this moment have not arrived yet.
        routine.set(since, sub(lag, interval));
        routine.block((leave) => {
          routine.loop((again) => {
            routine.branch(leave, not(ge(since, f64(0))));
            routine.branch(leave, load('i32', block, at.status));
            const arrival = add(number(block, at.now), ticksOf(site, since));
            routine.call(agenda.put, block, i32(h), arrival, integerAdd(block, i32(at.captured)));
            routine.set(since, sub(since, interval));
            routine.branch(again);
          });
        });
      });
      writeDerived(site, routine, block);
    });
  });
}

/** (block): looks whether a condition has risen or fallen. */
function defineCheck(
  site: Site,
  agenda: Agenda,
  condition: Condition,
  c: number,
  fires: readonly FunctionRef[],
): FunctionRef {
  const { module, program, events } = site;
  const { block: at } = events;
  const fire = fires[condition.happening];
  return module.define(['i32'], undefined, (routine) => {
    const [block = i32(0)] = routine.params;
    const holds = routine.local('i32');
    const [margin = f64(0)] = evaluate(site, routine, block, program.watch, undefined, [condition.of]);
    const cell = (offset: number) => offset + 8 * c;
    const above = gt(margin, f64(0));
    const put = (offset: number, value: number | Node) =>
      routine.store('f64', block, typeof value === 'number' ? f64(value) : value, cell(offset));
    routine.when(gt(number(block, at.forced, c), f64(0)), () => {
      // It was located here; the last bit of its margin does not take that back, nor does it fall before it sinks further.
      put(at.forced, 0);
      put(at.least, select(above, f64(Number.POSITIVE_INFINITY), margin));
    });
    routine.set(holds, or(above, ge(margin, number(block, at.least, c))));
    routine.when(above, () => put(at.least, Number.POSITIVE_INFINITY));
    const truth = gt(number(block, at.truth, c), f64(0));
    routine.when(
      holds,
      () =>
        routine.when(not(truth), () => {
          put(at.truth, 1);
          const counter = at.occurrences + 8 * condition.happening;
          const n = routine.local('f64');
          routine.set(n, number(block, counter));
          routine.store('f64', block, add(n, f64(1)), counter);
          if (fire !== undefined) routine.call(fire, block, n, i32(0));
        }),
      () =>
        routine.when(truth, () => {
          put(at.truth, 0);
          put(at.least, Number.POSITIVE_INFINITY);
          if (!condition.persistent) routine.call(agenda.remove, block, i32(condition.happening));
        }),
    );
  });
}

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
    alive: ({ dose, therapy }: Happening): Node =>
      and(dose === null ? i32(1) : ge(start, number(block, at.reset)), belongs(block, at, therapy)),
    soFar: select(lt(now, start), f64(0), min(count, begun)),
  };
}

/** Happenings of one clock or table, side by side in the program: what is captured together. */
interface Clause {
  readonly kind: 'clock' | 'table';
  readonly of: number;
  readonly members: readonly { readonly h: number; readonly happening: Happening }[];
}

function clausesOf({ happenings }: Program): readonly Clause[] {
  const clauses = new Map<
    string,
    { kind: Clause['kind']; of: number; members: { h: number; happening: Happening }[] }
  >();
  happenings.forEach((happening, h) => {
    const { trigger } = happening;
    if (trigger.kind !== 'clock' && trigger.kind !== 'table') return;
    const of = trigger.kind === 'clock' ? trigger.clock : trigger.table;
    const key = `${trigger.kind} ${of}`;
    const clause = clauses.get(key) ?? { kind: trigger.kind, of, members: [] };
    clause.members.push({ h, happening });
    clauses.set(key, clause);
  });
  return [...clauses.values()];
}

/** Whether any of these holds. */
const anyOf = (conditions: readonly Node[]): Node => {
  const [first = i32(0), ...rest] = conditions;
  return or(first, ...rest);
};

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

function defineArrive(
  site: Site,
  agenda: Agenda,
  rows: Rows,
  execute: FunctionRef,
  fires: readonly FunctionRef[],
  checks: readonly FunctionRef[],
  conditions: readonly Condition[],
): FunctionRef {
  const { module, program, events } = site;
  const { block: at } = events;
  const settle = defineSettle(site, agenda, execute, checks, conditions);
  const clauses = clausesOf(program);
  return module.define(['i32'], 'i32', (routine) => {
    const [block = i32(0)] = routine.params;
    const now = number(block, at.now);
    const [starts, next] = [routine.local('f64'), routine.local('f64')];
    const row = routine.local('i32');
    const own = ({ members }: Clause): Node =>
      anyOf(members.map(({ happening }) => belongs(block, at, happening.therapy)));
    const fire = (h: number, condition: Node, n: Node, at: Node) => {
      const trigger = fires[h];
      if (trigger !== undefined) routine.when(condition, () => routine.call(trigger, block, n, at));
    };
    routine.store('f64', block, mul(now, load('f64', i32(0), site.tick)), at.t);
    routine.store('f64', block, f64(0), at.executed);
    routine.store('i32', block, i32(0), at.fired);
    routine.block((leave) => {
      const failed = () => routine.branch(leave, load('i32', block, at.status));
      for (const clause of clauses) {
        if (clause.kind === 'clock') {
          const clock = clockOf(site, block, clause.of);
          routine.when(own(clause), () => {
            routine.set(starts, clock.soFar);
            const latest = add(clock.start, mul(sub(starts, f64(1)), clock.interval));
            routine.when(and(ge(starts, f64(1)), eq(latest, now)), () => {
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
      routine.call(settle, block);
      failed();
      routine.when(and(load('i32', block, at.fired), eq(number(block, at.executed), f64(0))), () =>
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
function defineReplay(
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
