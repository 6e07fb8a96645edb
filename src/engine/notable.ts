// Patients of an arm worth a second look: those with most steps, and those that failed. In: statuses and steps of a stretch
// of patients. Out: bounded lists that add up in any order to the same lists, so they say nothing of chunks or lanes.
import type { FailedPatient, Notable, SlowPatient } from './backend.ts';

/** Patients with most steps that an arm reports. */
export const SLOWEST = 4;
/** Failed patients that an arm lists, first ones first; all are counted in its statuses. */
export const MOST_LISTED = 1000;

/** A list still being filled. */
export interface OpenNotable extends Notable {
  readonly slowest: SlowPatient[];
  readonly failed: FailedPatient[];
}

export const createNotable = (): OpenNotable => ({ slowest: [], failed: [] });

/** Of patients first .. first + count - 1; `status(i)` and `steps(i)` of the i-th of them. */
export function notableOf(
  first: number,
  count: number,
  status: (i: number) => number,
  steps: (i: number) => number,
): Notable {
  const found = createNotable();
  for (let i = 0; i < count; i++) {
    const patient = first + i;
    const failure = status(i);
    if (failure === 0) keep(found.slowest, { patient, steps: steps(i) }, bySteps, SLOWEST);
    else if (found.failed.length < MOST_LISTED) found.failed.push({ patient, status: failure });
  }
  return found;
}

/** Adds `more`, whose patients are numbered from `offset`. */
export function addNotable(into: OpenNotable, more: Notable, offset = 0): void {
  for (const { patient, steps } of more.slowest)
    keep(into.slowest, { patient: patient + offset, steps }, bySteps, SLOWEST);
  for (const { patient, status } of more.failed)
    keep(into.failed, { patient: patient + offset, status }, byNumber, MOST_LISTED);
}

/** Most steps first; of equals the lower number. */
const bySteps = (a: SlowPatient, b: SlowPatient) => b.steps - a.steps || a.patient - b.patient;
const byNumber = (a: FailedPatient, b: FailedPatient) => a.patient - b.patient;

/** Puts one more into an ordered list that never grows beyond `most`. */
function keep<P>(list: P[], one: P, order: (a: P, b: P) => number, most: number): void {
  const last = list[list.length - 1];
  if (list.length === most && last !== undefined && order(one, last) >= 0) return;
  let at = list.length;
  for (let before = list[at - 1]; before !== undefined && order(one, before) < 0; before = list[at - 1]) at--;
  list.splice(at, 0, one);
  if (list.length > most) list.pop();
}
