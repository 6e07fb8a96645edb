// The f64 reference as certificates and rescues use it. In: a prepared program and its job. Out: the same patients at a
// relative tolerance of 1e-9, by a method that controls its error.
import { TSIT5 } from '../codegen/methods.ts';
import type { Program } from '../codegen/program.ts';
import type { Job } from '../engine/backend.ts';

export const TIGHT_RTOL = 1e-9;

/** A method of fixed steps knows nothing of its error, so another takes its place. */
export function tightProgram(program: Program): Program {
  return program.method.e === undefined ? { ...program, method: TSIT5 } : program;
}

/** `moreSteps` times the job's bound on steps. */
export function tightJob(program: Program, job: Job, moreSteps = 1): Job {
  const { rtol, atol, step, maxSteps } = job.solver;
  return {
    ...job,
    solver: {
      rtol: TIGHT_RTOL,
      atol: atol.map((a) => (a * TIGHT_RTOL) / rtol),
      step: program.method.e === undefined ? Number.POSITIVE_INFINITY : step,
      maxSteps: maxSteps * moreSteps,
    },
  };
}
