// Which solver a study runs with when it names none. In: what a few patients took with each candidate. Out: a method and
// the reason in words. A pure rule, in f64 and over the first patients of the whole cohort, so that a study has one answer.
import type { Method } from '../codegen/methods.ts';

/** A few patients under every arm, solved with one method. A course is one patient in one arm. */
export interface Trial {
  readonly method: Method;
  readonly courses: number;
  /** Courses that reached the horizon. */
  readonly done: number;
  /** Accepted and rejected steps over all courses; a course without end counts the bound. */
  readonly steps: number;
  /** Steps after which a course was given up. */
  readonly bound: number;
  /** Relative cost of a step (codegen/cost.ts). */
  readonly stepCost: number;
}

export interface MethodChoice {
  readonly method: Method;
  readonly reason: string;
}

/** Tsit5's steps a course below which no other method is tried: there is nothing to gain. */
export const FEW_STEPS = 400;
/** A method must do with this share of the explicit one's work to take its place. */
const WORTH_IT = 0.6;

/** Tsit5's steps a course below which exact propagation is not tried either: starting it would cost more. */
export const TOO_FEW_STEPS = 100;

/** Whether a model that is linear between events is worth propagating exactly where it can be: an easy one is not. */
export const mayBeExact = (explicit: Trial): boolean =>
  explicit.done === explicit.courses && explicit.steps > TOO_FEW_STEPS * explicit.courses;

/**
 * Exact propagation instead of the explicit method, by counted work. Never instead of a stiff one: a device that cannot
 * propagate takes the explicit method's steps.
 */
export function chooseExact(explicit: Trial, exact: Trial, otherwise: MethodChoice): MethodChoice {
  const ratio = (exact.steps * exact.stepCost) / (explicit.steps * explicit.stepCost);
  if (otherwise.method !== explicit.method || exact.done < exact.courses || !(ratio < WORTH_IT))
    return otherwise;
  const own = TITLES[explicit.method.name] ?? explicit.method.name;
  const reason = `linear between events: ${steps(exact)} stretches a patient by matrix exponential, where ${own} takes ${steps(explicit)} steps (which WebGPU takes)`;
  return { method: exact.method, reason };
}

/** Whether the explicit method's trial leaves a question. */
export const isDoubtful = (explicit: Trial): boolean =>
  explicit.done < explicit.courses || explicit.steps > FEW_STEPS * explicit.courses;

export function chooseMethod(explicit: Trial, stiff: Trial | null): MethodChoice {
  const own = TITLES[explicit.method.name] ?? explicit.method.name;
  if (stiff === null)
    return { method: explicit.method, reason: `not stiff: ${own} takes ${steps(explicit)} steps a patient` };
  const other = TITLES[stiff.method.name] ?? stiff.method.name;
  const ratio = (stiff.steps * stiff.stepCost) / (explicit.steps * explicit.stepCost);
  const reached = `where ${own} took ${steps(explicit)}`;
  const gaveUp = `; ${own} had not finished after ${grouped(explicit.bound)}`;
  const finished = explicit.done === explicit.courses;
  if (stiff.done > explicit.done || (stiff.done === explicit.done && ratio < WORTH_IT && stiff.done > 0)) {
    const how = `${other} takes ${steps(stiff)} steps${finished ? ` ${reached}` : gaveUp}`;
    return { method: stiff.method, reason: ratio < WORTH_IT ? `stiff: ${how}` : how };
  }
  if (explicit.done === 0 && stiff.done === 0)
    return {
      method: explicit.method,
      reason: `neither ${own} nor ${other} finished a patient within ${grouped(explicit.bound)} steps`,
    };
  if (stiff.done < explicit.done)
    return { method: explicit.method, reason: `${other} fails where ${own} takes ${steps(explicit)} steps` };
  const each = (stiff.stepCost / explicit.stepCost).toPrecision(2);
  return {
    method: explicit.method,
    reason: `not stiff: ${own} takes ${steps(explicit)} steps, ${other} ${steps(stiff)} that cost ${each} times as much`,
  };
}

const TITLES: Readonly<Record<string, string>> = {
  rk4: 'RK4',
  tsit5: 'Tsit5',
  rodas4: 'Rodas4',
  rodas5p: 'Rodas5P',
};

/** A course's steps on average, thousands grouped. */
const steps = (trial: Trial): string => grouped(Math.round(trial.steps / Math.max(1, trial.courses)));
const grouped = (x: number): string => String(x).replace(/\B(?=(\d{3})+$)/g, ',');
