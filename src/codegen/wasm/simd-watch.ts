// Accumulators along the path, for a vector of patients: what every accepted step does while nothing happens inside it.
// Lanes in which a rate or a condition changes its sign go to the scalar code, which looks inside the step. In: a
// VectorFrame. Out: statements that keep the accumulators' slots, with the digits of watch.ts.
import type { Accumulator } from '../program.ts';
import { type FunctionRef, i32, type Node } from './assembler.ts';
import { anyTrue, both, differ, either, pick, without } from './simd-arithmetic.ts';
import { ATTEND } from './simd-attend.ts';
import { add, mul, saveStep, setSlot, slotValue, type VectorFrame, writeVector } from './simd-step.ts';

interface Kept {
  readonly accumulator: Accumulator;
  readonly value: number;
  readonly best: number;
}

const unique = (numbers: readonly number[]): number[] => [...new Set(numbers)].sort((a, b) => a - b);

/** `accepted`: mask of the lanes whose step counts. */
export function writeVectorWatch(
  frame: VectorFrame,
  accepted: Node,
  attend: FunctionRef,
  therapy: Node,
): void {
  const { m, routine, program, slots, unit, y1, f1, tau, h } = frame;
  const kept: Kept[] = program.accumulators.flatMap((accumulator, i) =>
    accumulator.kind === 'at' || accumulator.kind === 'integral'
      ? []
      : [{ accumulator, value: slots.value[i] ?? 0, best: slots.best[i] ?? 0 }],
  );
  if (kept.length === 0) return;
  const slot = (number: number | undefined): Node => slotValue(frame, number ?? 0);
  const indices = unique(kept.map(({ accumulator }) => accumulator.of));
  const watched = indices.map((index, i) => {
    const own = kept.filter(({ accumulator }) => accumulator.of === index);
    return {
      own,
      before: slots.before[i] ?? 0,
      rateBefore: slots.rateBefore[i] ?? 0,
      after: routine.local('v128'),
      rateAfter: routine.local('v128'),
      crosses: own.some(({ accumulator: { kind } }) => kind === 'first time' || kind === 'share of time'),
    };
  });
  const any = (masks: readonly Node[]): Node => {
    const [first = m.constant(0), ...rest] = masks;
    return either(first, ...rest);
  };
  const zero = m.constant(0);
  const positive = (x: Node) => m.compare('gt', x, zero);
  const negative = (x: Node) => m.compare('lt', x, zero);
  const opposite = (a: Node, b: Node) =>
    either(both(positive(a), negative(b)), both(negative(a), positive(b)));

  const windows = unique(kept.map(({ accumulator }) => accumulator.window));
  const open = routine.local('v128');
  routine.set(open, both(accepted, any(windows.map((w) => slot(slots.open[w])))));
  routine.when(anyTrue(open), () => {
    const end = routine.keep(add(m, frame.origin, tau, h));
    const values = writeVector(frame, program.watch, { t: end, y: y1 }, indices);
    watched.forEach(({ after }, i) => {
      routine.set(after, values[i] ?? after);
    });
    const rates = writeVector(frame, program.watchRate, { t: end, y: y1, f: f1 }, indices);
    watched.forEach(({ rateAfter }, i) => {
      routine.set(rateAfter, rates[i] ?? rateAfter);
    });
    const inside = routine.local('v128');
    const changes = watched.flatMap(({ before, rateBefore, after, rateAfter, crosses }) => [
      opposite(slot(rateBefore), rateAfter),
      ...(crosses ? [differ(positive(slot(before)), positive(after))] : []),
    ]);
    routine.set(inside, both(open, any(changes)));
    const quiet = routine.local('v128');
    routine.set(quiet, without(open, inside));

    routine.when(anyTrue(inside), () => {
      saveStep(frame);
      for (let lane = 0; lane < m.lanes; lane++)
        routine.when(m.holdsIn(inside, lane), () =>
          routine.call(attend, i32(unit * m.lanes + lane), i32(ATTEND.look), therapy),
        );
    });

    for (const { own, before, rateBefore, after, rateAfter, crosses } of watched) {
      const holds = crosses ? routine.keep(positive(after)) : zero;
      for (const { accumulator, value, best } of own) {
        const { kind } = accumulator;
        const listens = routine.keep(both(quiet, slot(slots.open[accumulator.window])));
        const set = (number: number, mask: Node, x: Node) =>
          setSlot(frame, number, pick(mask, x, slot(number)));
        const missing = m.compare('ne', slot(value), slot(value));
        switch (kind) {
          case 'min':
            set(value, both(listens, m.compare('lt', after, slot(value))), after);
            break;
          case 'max':
            set(value, both(listens, m.compare('gt', after, slot(value))), after);
            break;
          case 'time of min':
          case 'time of max': {
            const order = kind === 'time of min' ? 'lt' : 'gt';
            const better = routine.keep(both(listens, m.compare(order, after, slot(best))));
            set(best, better, after);
            set(value, better, end);
            break;
          }
          case 'first time':
            // It holds at both ends: since the step's start.
            set(value, both(listens, holds, missing), add(m, frame.origin, tau, mul(m, zero, h)));
            break;
          case 'share of time':
            set(value, listens, add(m, slot(value), mul(m, both(holds, m.constant(1)), h)));
            break;
        }
      }
      setSlot(frame, before, pick(quiet, after, slot(before)));
      setSlot(frame, rateBefore, pick(quiet, rateAfter, slot(rateBefore)));
    }
  });
}
