// One occurrence of a happening: captured and put in when its trigger fires, with the steady state it may ask for, and
// executed when it is due; and whether a condition has risen. In: a Site, the agenda. Out: functions over a lane's block.

import { share } from '../../language/share.ts';
import { type Condition, heldOfDoses } from '../eventful.ts';
import type { Body, Happening } from '../program.ts';
import { type Agenda, fail, type Site } from './agenda.ts';
import {
  add, and, ge, gt, integerAdd, integerEqual, lt, max, not, or, select, sub,
} from './arithmetic.ts'; // biome-ignore format: a list
import {
  callNode, type FunctionRef, f64, i32, load, type Node, operation, type Routine,
} from './assembler.ts'; // biome-ignore format: a list
import { needs } from './expressions.ts';
import { delayed, evaluate, number, type Rows, ticksOf, writeDerived } from './moment.ts';
import { STATUS } from './patient-frame.ts';
import { isOnTop } from './steady.ts';

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
  const of = (body: Body) =>
    needs(
      body,
      body.results.map((_, i) => i),
    ).symbols;
  const drawnAt = happening.drawn ? share([happening.drawn]) : null;
  const symbols = new Set([...of(happening.capture), ...(drawnAt ? of(drawnAt) : [])]);
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
  const [own = n] = drawnAt === null ? [] : evaluate(site, routine, block, drawnAt, other);
  const line = routine.keep(max(f64(0), own));
  const past = not(lt(line, operation('f64', [0xb7], rows.count(draws))));
  routine.set(index, operation('i32', [0xfc, 0x02], line));
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
export function defineFire(
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

/** (block): executes the block's happening with its captured values. */
export function defineExecute(site: Site, agenda: Agenda): FunctionRef {
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
export function defineSteady(site: Site, agenda: Agenda, h: number, solve: FunctionRef): FunctionRef {
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
      routine.when(not(isOnTop(captured(regimen.mode))), () =>
        routine.store('f64', block, number(block, at.now), at.reset),
      );
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
export function defineCheck(
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
