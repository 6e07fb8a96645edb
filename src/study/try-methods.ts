// Settles a study's method. In: its plan for the whole cohort, a way to lower it with any method, the patients. Out: the
// method the study names, or the one that a trial over a few patients in f64 speaks for, with the reason.
import { stepCost } from '../codegen/cost.ts';
import { isLinear } from '../codegen/linear.ts';
import type { Lowered } from '../codegen/lower.ts';
import { EXACT, type Method, RODAS4, RODAS5P, TSIT5 } from '../codegen/methods.ts';
import type { Program } from '../codegen/program.ts';
import type { ColumnSource } from '../engine/backend.ts';
import type { Engine } from '../engine/engine.ts';
import { probe } from '../engine/webassembly.ts';
import {
  chooseExact,
  chooseMethod,
  isDoubtful,
  type MethodChoice,
  mayBeExact,
  type Trial,
} from './choose-method.ts';
import type { Courses } from './courses.ts';
import { draftJob, settleJob } from './job.ts';
import type { Plan } from './plan.ts';

export const TRIAL_PATIENTS = 4;
/** Steps after which a course of a trial is given up. */
const TRIAL_STEPS = 20_000;
/** Below this relative tolerance the higher order pays. */
const TIGHT = 1e-6;

export interface TrialContext {
  /** Of the whole cohort: a preview tries the same patients. */
  readonly plan: Plan;
  readonly lowered: (method: Method) => Lowered;
  readonly columns: ColumnSource;
  readonly courses?: Courses | null;
  readonly engine: Engine;
  /** Which patients stand for the cohort; absent: the first. */
  readonly patient?: ((i: number) => number) | undefined;
}

export async function tryMethods(context: TrialContext): Promise<MethodChoice> {
  const explicit = await trial(TSIT5, context);
  const stiff = isDoubtful(explicit)
    ? await trial(context.plan.rtol < TIGHT ? RODAS5P : RODAS4, context)
    : null;
  const chosen = chooseMethod(explicit, stiff);
  if (!mayBeExact(explicit) || chosen.method !== TSIT5) return chosen;
  if (!isLinear(context.lowered(TSIT5).program).linear) return chosen;
  return chooseExact(explicit, await trial(EXACT, context), chosen);
}

/** A step's matrix exponential: a polynomial of degree 16 in a matrix of all states. Measured: 2 to 3 of Tsit5's steps for four states. */
const costOf = (program: Program): number =>
  program.method.name === EXACT.name ? 16 * program.states.length ** 3 : stepCost(program);

async function trial(
  method: Method,
  { plan, lowered, columns, courses, engine, patient = (i) => i }: TrialContext,
): Promise<Trial> {
  const made = lowered(method);
  const { program } = made;
  const whole = draftJob(plan, made, columns, courses);
  const draft = { ...whole, solver: { ...whole.solver, maxSteps: TRIAL_STEPS } };
  const patients = Array.from({ length: Math.min(TRIAL_PATIENTS, plan.patients) }, (_, i) => patient(i));
  const kernel = await engine.reference(program);
  const facts = { method, courses: patients.length * plan.arms.length, bound: TRIAL_STEPS };
  const probed = await probe(kernel, draft, patients);
  let done = 0;
  let steps = 0;
  if ((probed.statuses[0] ?? 0) === 0) steps = facts.courses * TRIAL_STEPS;
  else
    for (const arm of (await kernel.individuals(settleJob(draft, probed), patients)).arms)
      arm.status.forEach((status, i) => {
        if (status === 0) done++;
        steps += status === 0 ? (arm.steps[i] ?? 0) : TRIAL_STEPS;
      });
  return { ...facts, done, steps, stepCost: costOf(program) };
}
