// A Program as a SIMD WebAssembly module: lanes are patients. In: a Program, the kind of vector.
// Out: bytes, and the layout of the memory they work on. It exports what the scalar kernel exports (kernel.ts).
import { EXACT } from '../methods.ts';
import type { Program } from '../program.ts';
import { SCALAR } from './arithmetic.ts';
import { createModule } from './assembler.ts';
import { CHUNK } from './kernel.ts';
import { createLibrary } from './library.ts';
import { type SimdKind, vectorArithmetic } from './simd-arithmetic.ts';
import { defineAttend } from './simd-attend.ts';
import { type SimdLayout, simdLayoutOf, vectorSlots } from './simd-layout.ts';
import { createVectorLibrary } from './simd-library.ts';
import { defineSimulate } from './simd-loop.ts';

export interface SimdKernelCode {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly layout: SimdLayout;
}

/** Whether a program's method has a vector form; exact propagation has none and runs in the scalar kernel. */
export const hasSimdForm = ({ method }: Program): boolean => method.name !== EXACT.name;

export function emitSimdKernel(
  program: Program,
  kind: SimdKind,
  capacity: number = CHUNK,
  breaks = false,
): SimdKernelCode {
  if (!hasSimdForm(program))
    throw new RangeError(`${program.method.name} has no SIMD form; use the scalar kernel for it`);
  const layout = simdLayoutOf(program, capacity, kind, breaks);
  const slots = vectorSlots(program);
  const module = createModule();
  const arithmetic = vectorArithmetic(kind);
  const scalar = { arithmetic: SCALAR, library: createLibrary(module) };
  const attendance = defineAttend(module, scalar, program, layout, slots);
  const library = createVectorLibrary(module, arithmetic);
  defineSimulate(module, arithmetic, library, program, layout, slots, attendance);
  return { bytes: module.finish(layout.free), layout };
}
