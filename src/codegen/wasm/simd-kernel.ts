// A Program as a SIMD WebAssembly module: lanes are patients. In: a Program with an explicit method, the kind of vector.
// Out: bytes, and the layout of the memory they work on. It exports what the scalar kernel exports (kernel.ts).
import type { Program } from '../program.ts';
import { SCALAR } from './arithmetic.ts';
import { createModule } from './assembler.ts';
import { CHUNK } from './kernel.ts';
import { createLibrary } from './library.ts';
import { type Constants, type SimdKind, vectorArithmetic } from './simd-arithmetic.ts';
import { defineAttend } from './simd-attend.ts';
import { MOST_CONSTANTS, type SimdLayout, simdLayoutOf, vectorSlots } from './simd-layout.ts';
import { createVectorLibrary } from './simd-library.ts';
import { defineSimulate } from './simd-loop.ts';

export interface SimdKernelCode {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly layout: SimdLayout;
}

/** Whether a program's method has a vector form; others (implicit ones, exact propagation) run in the scalar kernel. */
export const hasSimdForm = ({ method }: Program): boolean =>
  method.kind === 'explicit' && method.name !== 'exact';

/** Numbers in memory, 8 bytes each, in one of two formats. */
function createConstants(address: number) {
  const content = new DataView(new ArrayBuffer(8 * MOST_CONSTANTS));
  let used = 0;
  const table = (narrow: boolean): Constants => {
    const places = new Map<number, number>();
    return {
      place(x) {
        const known = places.get(x);
        if (known !== undefined) return known;
        if (used >= MOST_CONSTANTS || Object.is(x, -0) || Number.isNaN(x)) return undefined;
        const at = address + 8 * used;
        if (narrow) content.setFloat32(8 * used, x, true);
        else content.setFloat64(8 * used, x, true);
        used++;
        places.set(x, at);
        return at;
      },
    };
  };
  return {
    f64: table(false),
    f32: table(true),
    bytes: () => new Uint8Array(content.buffer, 0, 8 * used),
  };
}

export function emitSimdKernel(program: Program, kind: SimdKind, capacity: number = CHUNK): SimdKernelCode {
  if (!hasSimdForm(program))
    throw new RangeError(`${program.method.name} has no SIMD form; use the scalar kernel for it`);
  const layout = simdLayoutOf(program, capacity, kind);
  const slots = vectorSlots(program);
  const module = createModule();
  const constants = createConstants(layout.constants);
  const arithmetic = vectorArithmetic(kind, kind === 'f64x2' ? constants.f64 : constants.f32);
  const scalar = { arithmetic: SCALAR, library: createLibrary(module) };
  const attendance = defineAttend(module, scalar, program, layout, slots);
  const library = createVectorLibrary(module, arithmetic, constants.f64);
  defineSimulate(module, arithmetic, library, program, layout, slots, attendance);
  module.data(layout.constants, constants.bytes());
  return { bytes: module.finish(layout.free), layout };
}
