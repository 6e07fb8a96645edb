// What a solver needs of a model. In: a lowered Program with the method its study names. Out: the refusal, or null.
import { isLinear } from '../codegen/linear.ts';
import { EXACT } from '../codegen/methods.ts';
import type { Program } from '../codegen/program.ts';
import type { Refusal } from './plan.ts';

/** Exact propagation is for models that are linear between events. */
export function methodConflict(program: Program): Refusal | null {
  if (program.method.name !== EXACT.name) return null;
  const linearity = isLinear(program);
  if (linearity.linear) return null;
  const message = `exact propagation needs a model that is linear between events, and ${linearity.reason}; use auto`;
  return { field: 'solver.method', message };
}
