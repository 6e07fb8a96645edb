// Conditions along the path: whether one rises inside a step that would be accepted, where, and which fell by its end.
// In: a step (in scratch memory, as for accumulators) and the margins at its ends (in a lane's block). Out: a function that
// either moves the segment's end to the earliest rise, or takes note of what fell. The search inside is locate.ts's.

import type { Program } from '../program.ts';
import {
  add,
  and,
  ceil,
  div,
  eq,
  floor,
  ge,
  gt,
  integerEqual,
  lt,
  max,
  min,
  mul,
  not,
  or,
  select,
} from './arithmetic.ts';
import {
  callNode,
  type FunctionRef,
  f64,
  i32,
  type Local,
  load,
  type ModuleBuilder,
  type Node,
  type Routine,
} from './assembler.ts';
import type { Emitter } from './expressions.ts';
import type { Happenings } from './happenings.ts';
import type { Layout } from './layout.ts';
import { createLocator, type Locator } from './locate.ts';

/** Halvings of a step until its ends are neighbours for any purpose. */
const HALVINGS = 50;
/** Instants that f32 could not tell apart, as a share of their time. */
export const APART_32 = 2 ** -22;

/** (block) -> i32: 1 where the segment's end was moved and the step must not be taken. */
export function defineLook(
  module: ModuleBuilder,
  emitter: Emitter,
  program: Program,
  layout: Layout,
  { events, conditions, agenda }: Happenings,
  single: boolean,
): FunctionRef {
  const { block: at } = events;
  const locators = new Map<number, { readonly locator: Locator; readonly root: FunctionRef }>();
  for (const { of } of conditions)
    if (!locators.has(of)) {
      const locator = createLocator(module, emitter, program, layout, of);
      locators.set(of, { locator, root: defineRoot(module, locator.value) });
    }
  return module.define(['i32'], 'i32', (routine) => {
    const [block = i32(0)] = routine.params;
    const number = (offset: number, c = 0) => load('f64', block, offset + 8 * c);
    const put = (offset: number, c: number, value: Node) =>
      routine.store('f64', block, value, offset + 8 * c);
    const infinity = f64(Number.POSITIVE_INFINITY);
    const [earliest, theta, peak, root] = Array.from({ length: 4 }, () => routine.local('f64')) as [
      Local, Local, Local, Local,
    ]; // biome-ignore format: a list
    const [truth, fell, cut] = Array.from({ length: 3 }, () => routine.local('i32')) as [Local, Local, Local];
    const tick = load('f64', i32(0), layout.tick);
    const [tau, h] = [load('f64', i32(0), layout.scratch + 8), load('f64', i32(0), layout.scratch + 16)];
    const now = number(at.now);
    const next = number(at.next);
    const watched = (therapy: number, c: number): Node =>
      and(
        therapy < 0 ? i32(1) : integerEqual(load('i32', block, at.therapy), i32(therapy)),
        not(gt(number(at.forced, c), f64(0))),
      );

    routine.set(earliest, next);
    conditions.forEach(({ of, therapy }, c) => {
      put(at.root, c, infinity);
      put(at.fallen, c, f64(0));
      const inside = locators.get(of);
      if (inside === undefined) return;
      routine.when(watched(therapy, c), () => {
        const [before, rateBefore, after, rateAfter] = [at.before, at.rateBefore, at.after, at.rateAfter].map(
          (offset) => number(offset, c),
        ) as [Node, Node, Node, Node];
        routine.set(truth, gt(number(at.truth, c), f64(0)));
        routine.set(fell, i32(0));
        routine.set(root, infinity);
        /** A stretch in which the margin is monotone; the first rise counts. */
        const stretch = (a: Node, atA: Node, b: Node, atB: Node) =>
          routine.when(eq(root, infinity), () => {
            const holds = gt(atB, f64(0));
            routine.when(
              truth,
              () => {
                // One that was located, and whose margin was not quite there, falls when it sinks further.
                const sunk = and(not(holds), not(ge(atB, number(at.least, c))));
                routine.when(sunk, () => {
                  routine.set(truth, i32(0));
                  routine.set(fell, i32(1));
                });
              },
              () =>
                routine.when(holds, () => {
                  routine.set(root, a);
                  routine.when(not(gt(atA, f64(0))), () => routine.set(root, callNode(inside.root, a, b)));
                }),
            );
          });
        routine.set(theta, f64(1));
        routine.when(
          or(
            and(gt(rateBefore, f64(0)), lt(rateAfter, f64(0))),
            and(lt(rateBefore, f64(0)), gt(rateAfter, f64(0))),
          ),
          () => {
            routine.set(theta, callNode(inside.locator.extremum, rateBefore, rateAfter));
            routine.set(peak, callNode(inside.locator.value, theta));
            stretch(f64(0), before, theta, peak);
            stretch(theta, peak, f64(1), after);
          },
          () => stretch(f64(0), before, f64(1), after),
        );
        routine.when(lt(root, infinity), () => {
          // The far end's tick, behind the step's start as far as the kernel's precision can tell.
          const beyond = single ? floor(div(mul(tau, f64(1 + APART_32)), tick)) : floor(div(tau, tick));
          const from = add(now, max(f64(0), beyond), f64(1));
          const located = add(now, ceil(div(add(tau, mul(root, h)), tick)));
          routine.set(root, min(next, max(from, located)));
          routine.set(earliest, min(earliest, root));
        });
        put(at.root, c, root);
        put(at.fallen, c, select(fell, f64(1), f64(0)));
      });
    });

    routine.set(cut, lt(earliest, next));
    // What was located at the old end will be found again behind the new one.
    routine.when(cut, () => {
      for (const c of conditions.keys()) put(at.forced, c, f64(0));
    });
    conditions.forEach(({ therapy, persistent, happening }, c) => {
      routine.when(watched(therapy, c), () => {
        const risen = eq(number(at.root, c), earliest);
        const fallen = gt(number(at.fallen, c), f64(0));
        const note = () => {
          put(at.truth, c, f64(0));
          put(at.least, c, infinity);
          if (!persistent) routine.call(agenda.remove, block, i32(happening));
        };
        // A step that is not taken changes nothing but its end; one that fell before the rise that ends it has fallen.
        routine.when(and(fallen, or(not(cut), risen)), note);
        routine.when(and(not(cut), gt(number(at.after, c), f64(0))), () => put(at.least, c, infinity));
        routine.when(risen, () => put(at.forced, c, f64(1)));
      });
    });
    put(at.next, 0, earliest);
    routine.give(cut);
  });
}

/** (theta a, theta b): of a bracket whose far end holds, the far end after halving. */
function defineRoot(module: ModuleBuilder, value: FunctionRef): FunctionRef {
  return module.define(['f64', 'f64'], 'f64', (routine: Routine) => {
    const [a = f64(0), b = f64(0)] = routine.params;
    const [low, high, middle, count] = Array.from({ length: 4 }, () => routine.local('f64')) as [
      Local, Local, Local, Local,
    ]; // biome-ignore format: a list
    routine.set(low, a);
    routine.set(high, b);
    routine.set(count, f64(0));
    routine.loop((again) => {
      routine.set(middle, mul(f64(0.5), add(low, high)));
      routine.when(
        gt(callNode(value, middle), f64(0)),
        () => routine.set(high, middle),
        () => routine.set(low, middle),
      );
      routine.set(count, add(count, f64(1)));
      routine.branch(again, lt(count, f64(HALVINGS)));
    });
    routine.give(high);
  });
}
