// A Program as a WebAssembly module. In: a Program. Out: bytes, and the layout of the memory they work on.
// The module imports nothing and exports `memory` and `simulate(first, count, therapy)`, which integrates patients
// first .. first + count - 1 of the chunk in memory; therapy is an index into the program's, or -1.
import { linearSystem } from '../linear.ts';
import { EXACT } from '../methods.ts';
import type { Program } from '../program.ts';
import { integerAdd, integerLess, SCALAR } from './arithmetic.ts';
import { createModule, type FunctionRef, i32, type ModuleBuilder } from './assembler.ts';
import type { Emitter } from './expressions.ts';
import { type Layout, layoutOf } from './layout.ts';
import { createLibrary } from './library.ts';
import { defineLinearPatient } from './linear-loop.ts';
import { definePatient } from './loop.ts';
import type { LoopOptions } from './patient-frame.ts';

export interface KernelCode {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly layout: Layout;
}

export interface KernelOptions {
  /** Patients of a chunk at most. */
  readonly capacity?: number;
  /** Keep the largest |y| of every state, for choosing tolerances. */
  readonly track?: boolean;
  /** Ready for jobs with breaks. */
  readonly breaks?: boolean;
}

export const CHUNK = 256;

export function emitKernel(
  program: Program,
  { capacity = CHUNK, track = false, breaks = false }: KernelOptions = {},
): KernelCode {
  const module = createModule();
  const emitter = { arithmetic: SCALAR, library: createLibrary(module) };
  const { patient, layout } = defineSolver(
    module,
    emitter,
    program,
    layoutOf(program, capacity, { breaks }),
    {
      track,
    },
  );
  module.define(
    ['i32', 'i32', 'i32'],
    undefined,
    (routine) => {
      const [first = i32(0), count = i32(0), therapy = i32(0)] = routine.params;
      const i = routine.local('i32');
      const end = routine.local('i32');
      routine.set(i, first);
      routine.set(end, integerAdd(first, count));
      routine.block((leave) => {
        routine.loop((again) => {
          routine.branch(leave, SCALAR.not(integerLess(i, end)));
          routine.call(patient, i, therapy);
          routine.set(i, integerAdd(i, i32(1)));
          routine.branch(again);
        });
      });
    },
    'simulate',
  );
  return { bytes: module.finish(layout.free), layout };
}

/** The function that solves one patient, and the memory with what it adds. RangeError where 'exact' is not possible. */
function defineSolver(
  module: ModuleBuilder,
  emitter: Emitter,
  program: Program,
  layout: Layout,
  options: LoopOptions,
): { readonly patient: FunctionRef; readonly layout: Layout } {
  if (program.method.name !== EXACT.name)
    return { patient: definePatient(module, emitter, program, layout, options), layout };
  const condition =
    program.replay === null && program.happenings.find(({ trigger }) => trigger.kind === 'condition');
  if (condition)
    throw new RangeError(
      `${condition.name} waits for a condition, which exact propagation cannot locate; use a method with steps`,
    );
  const system = linearSystem(program);
  if ('reason' in system) throw new RangeError(`not linear: ${system.reason}`);
  const { patient, bytes } = defineLinearPatient(module, emitter, program, system, layout, options);
  return { patient, layout: { ...layout, free: layout.free + bytes } };
}
