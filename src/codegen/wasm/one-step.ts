// A step of either kind of method at one patient's place, and the size of the first one. In: a Frame. Out: statements that
// fill y1, the stages and f1.
import { abs, add, and, div, gt, lt, max, mul, select, sqrt } from './arithmetic.ts';
import { f64, type Local, type Node } from './assembler.ts';
import type { Frame } from './frame.ts';
import { meanSquare, writeDerivative, writeStages } from './step.ts';
import { writeStiffStages } from './stiff-step.ts';

/** y1 and the stages. */
export function writeStep(frame: Frame): void {
  const { method } = frame.program;
  if (method.kind === 'rosenbrock') writeStiffStages(frame, method);
  else writeStages(frame);
}

/** f1 for a method whose last stage is not f(t + h, y1). */
export function writeEnd(frame: Frame): void {
  if (!frame.program.method.fsal)
    writeDerivative(frame, add(frame.origin, frame.tau, frame.h), frame.y1, frame.f1);
}

/** 0.01 |y| / |f|, at least what moves y by its tolerance, at most an eighth of the segment. */
export function firstStep(frame: Frame, f0: readonly Local[], length: Node): Node {
  const { routine, y } = frame;
  const size = (j: number) => abs(y[j] ?? f64(0));
  const d0 = routine.keep(sqrt(meanSquare(frame, (j) => y[j] ?? f64(0), size)));
  const d1 = routine.keep(sqrt(meanSquare(frame, (j) => f0[j] ?? f64(0), size)));
  const eighth = routine.keep(mul(length, f64(1 / 8)));
  const step = routine.keep(div(max(f64(1), mul(f64(0.01), d0)), d1));
  return select(and(gt(step, f64(0)), lt(step, eighth)), step, eighth);
}
