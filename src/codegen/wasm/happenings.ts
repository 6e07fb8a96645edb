// What happens at instants, as functions over a lane's block (event-layout.ts): `begin` at a patient's start, `arrive` at
// an event, which every kernel calls between stores and loads of a patient's state. In: a module and a Program.
import { type Condition, conditionsOf } from '../eventful.ts';
import type { Program } from '../program.ts';
import { type Agenda, createAgenda, inputsOf, type Site } from './agenda.ts';
import {
  add, and, eq, integerAdd, integerMul, le, lt, max, min, nearest, not, or, select,
} from './arithmetic.ts'; // biome-ignore format: a list
import { type FunctionRef, f64, i32, load, type ModuleBuilder, type Node } from './assembler.ts';
import type { EventLayout } from './event-layout.ts';
import type { Emitter } from './expressions.ts';
import { defineArrive, defineReplay } from './instants.ts';
import type { Layout } from './layout.ts';
import { belongs, evaluate, FAR, type Rows, rowReader, ticksOf, writeDerived } from './moment.ts';
import { defineCheck, defineExecute, defineFire, defineSteady } from './occurrences.ts';
import { STATUS } from './patient-frame.ts';
import { createSteady } from './steady.ts';

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
  single: boolean,
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
        ? defineArrive(site, agenda, rows, execute, fires, checks, conditions, single)
        : defineReplay(site, agenda, rows, execute, reach, replay),
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
    put(at.counted, f64(-1));
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
