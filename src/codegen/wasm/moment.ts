// A moment of one patient in its lane's block: values of bodies there, ticks of times, rows of the patient's tables. In: a
// Site. Out: nodes and statements that everything of what happens at instants is written with.
import type { Body } from '../program.ts';
import { derivedInputs, fail, momentOf, type Site } from './agenda.ts';
import {
  abs, add, div, eq, integerAdd, integerEqual, integerLess, integerMul, lt, max, min, nearest, not, or, select,
} from './arithmetic.ts'; // biome-ignore format: a list
import {
  callNode, type FunctionRef, f64, i32, type Local, load, type Node, type Routine,
} from './assembler.ts'; // biome-ignore format: a list
import type { EventLayout } from './event-layout.ts';
import { writeBody } from './expressions.ts';
import { resolver } from './frame.ts';
import { STATUS } from './patient-frame.ts';

/** Ticks beyond this are never reached; sums of them are exact. */
export const FAR = 2 ** 50;

export const number = (block: Node, offset: number, i = 0) => load('f64', block, offset + 8 * i);
export const ticksOf = (site: Site, time: Node): Node =>
  max(f64(-FAR), min(f64(FAR), nearest(div(time, load('f64', i32(0), site.tick)))));
/** Whether arms of this therapy have it. */
export const belongs = (block: Node, at: EventLayout['block'], therapy: number): Node =>
  therapy < 0 ? i32(1) : integerEqual(load('i32', block, at.therapy), i32(therapy));

/** Values of a body at the moment in the block, each in a local of its own. */
export function evaluate(
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

export function writeDerived(site: Site, routine: Routine, block: Node): void {
  const values = evaluate(site, routine, block, site.program.derived);
  derivedInputs(site.program).forEach((i, k) => {
    routine.store('f64', block, values[k] ?? f64(0), site.events.block.u + 8 * i);
  });
}

export interface Rows {
  count(table: number): Node;
  /** Field of a row (i32) of the patient's; both are there. */
  value(block: Node, table: number, field: number, row: Node): Node;
  /** Tick of a row; FAR where there is none. */
  tick(block: Node, table: number, row: Node): Node;
}

export function rowReader(site: Site): Rows {
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

/** now + a captured delay in ticks, at least now; a delay that is no number ends the patient. */
export function delayed(
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

/** Whether any of these holds. */
export const anyOf = (conditions: readonly Node[]): Node => {
  const [first = i32(0), ...rest] = conditions;
  return or(first, ...rest);
};
