// Conditions along the path, for a vector of patients: lanes in which a margin and the truth kept of it differ at a step's
// end, or in which its rate changes sign, go to the scalar code, which looks inside the step and may move the segment's end.
// In: a VectorFrame and which lanes' steps would be taken. Out: the mask of those that must not be, after all.
import { conditionsOf } from '../eventful.ts';
import type { Program } from '../program.ts';
import { integerEqual } from './arithmetic.ts';
import { type FunctionRef, i32, type Local, type Node, operation, simd } from './assembler.ts';
import { anyTrue, both, differ, either, pick } from './simd-arithmetic.ts';
import { ATTEND } from './simd-attend.ts';
import { add, saveStep, setSlot, slotValue, type VectorFrame, writeVector } from './simd-step.ts';

export const hasConditions = (program: Program): boolean => conditionsOf(program).length > 0;

export function writeVectorConditions(
  frame: VectorFrame,
  good: Node,
  attend: FunctionRef,
  therapy: Node,
): Local {
  const { m, routine, program, slots, unit, y1, f1, tau, h } = frame;
  const conditions = conditionsOf(program);
  const cut = routine.local('v128');
  const slot = (number: number | undefined): Node => slotValue(frame, number ?? 0);
  const zero = m.constant(0);
  const positive = (x: Node) => m.compare('gt', x, zero);
  const negative = (x: Node) => m.compare('lt', x, zero);
  const opposite = (a: Node, b: Node) =>
    either(both(positive(a), negative(b)), both(negative(a), positive(b)));
  const wanted = [...new Set(conditions.map(({ of }) => of))].sort((a, b) => a - b);
  const end = routine.keep(add(m, frame.origin, tau, h));
  const kept = (values: readonly Node[]) =>
    values.map((value) => {
      const local = routine.local('v128');
      routine.set(local, value);
      return local;
    });
  const after = kept(writeVector(frame, program.watch, { t: end, y: y1 }, wanted));
  const rateAfter = kept(writeVector(frame, program.watchRate, { t: end, y: y1, f: f1 }, wanted));
  const own = conditions.map(({ of, therapy: only }, c) => {
    const i = wanted.indexOf(of);
    const ends = { value: after[i] ?? end, rate: rateAfter[i] ?? end };
    const stirs = either(
      differ(positive(ends.value), slot(slots.truth[c])),
      opposite(slot(slots.marginRate[c]), ends.rate),
    );
    // A condition of another therapy's is not looked at: all bits, or none.
    const here = operation('i32', [0x6b], i32(0), integerEqual(therapy, i32(only)));
    return { ends, stirs: only < 0 ? stirs : both(stirs, simd('v128', 0x11, [], here)) };
  });
  const stirred = routine.local('v128');
  const [first = zero, ...rest] = own.map(({ stirs }) => stirs);
  routine.set(stirred, both(good, either(first, ...rest)));
  own.forEach(({ ends }, c) => {
    const keep = (number: number | undefined, value: Node) =>
      setSlot(frame, number ?? 0, pick(stirred, slot(number), pick(good, value, slot(number))));
    keep(slots.margin[c], ends.value);
    keep(slots.marginRate[c], ends.rate);
  });
  routine.set(cut, zero);
  routine.when(anyTrue(stirred), () => {
    saveStep(frame);
    slots.cut.forEach((number) => void setSlot(frame, number, cut));
    for (let lane = 0; lane < m.lanes; lane++)
      routine.when(m.holdsIn(stirred, lane), () =>
        routine.call(attend, i32(unit * m.lanes + lane), i32(ATTEND.condition), therapy),
      );
    routine.set(cut, both(stirred, slot(slots.cut[0])));
  });
  return cut;
}
