// The f64 reference as certificates and rescues use it. In: a prepared program and its job. Out: the same patients at a
// relative tolerance of 1e-9, by a method that controls its error.
import { TSIT5 } from '../codegen/methods.ts';
import type { Program } from '../codegen/program.ts';
import { RODAS4, RODAS5P } from '../codegen/rosenbrock.ts';
import type { Job } from '../engine/backend.ts';

export const TIGHT_RTOL = 1e-9;

/** Ignores rtol, so that it would confirm its own errors: fixed steps, and exact propagation (which carries TSIT5's row). */
const ignoresRtol = ({ method }: Program): boolean => method.e === undefined || method.name === 'exact';

/** The program with a method that can be told how exact to be; a stiff one with the other stiff method, as a second opinion. */
export function tightProgram(program: Program): Program {
  if (ignoresRtol(program)) return { ...program, method: TSIT5 };
  if (program.method.kind !== 'rosenbrock') return program;
  return { ...program, method: program.method.name === RODAS5P.name ? RODAS4 : RODAS5P };
}

/** `moreSteps` times the job's bound on steps. */
export function tightJob(program: Program, job: Job, moreSteps = 1): Job {
  const { rtol, atol, step, maxSteps } = job.solver;
  return {
    ...job,
    solver: {
      rtol: TIGHT_RTOL,
      atol: atol.map((a) => (a * TIGHT_RTOL) / rtol),
      step: ignoresRtol(program) ? Number.POSITIVE_INFINITY : step,
      maxSteps: maxSteps * moreSteps,
    },
  };
}
