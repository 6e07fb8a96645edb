// Rows and corners of a run. In: a lowered program, the plan, patients' courses where there are any. Out: Job.tables in the
// program's order and Job.breaks. Draws depend on the study's seed alone; their number on the horizon and the schedules.
import { drawRows } from '../codegen/draw-rows.ts';
import type { Lowered } from '../codegen/lower.ts';
import type { Job, TableSource } from '../engine/backend.ts';
import { fastSampling } from '../engine/sampling.ts';
import { evaluate } from '../language/evaluate.ts';
import { occasionTable } from './course-occasions.ts';
import { courseTable } from './course-table.ts';
import type { Courses } from './courses.ts';
import { drawConflicts, drawTable } from './draw-table.ts';
import { studyValues } from './formula.ts';
import type { Plan, Refusal } from './plan.ts';

/** Numbers of one stream for one patient: 200 a day for 100 days. All are made before the run, for every patient of a chunk. */
export const MOST_DRAWS = 20_000;

export function jobTables(
  plan: Plan,
  lowered: Pick<Lowered, 'program' | 'draws'>,
  courses: Courses | null,
): Pick<Job, 'tables' | 'breaks'> {
  const breaks = breaksOf(plan);
  const tables = lowered.program.tables.map(({ name }, t): TableSource => {
    if (t === lowered.program.draws) {
      // A visit beyond the last is looked at before its rule turns it away.
      const own = drawsNeeded(plan, lowered).map((n) => Math.min(MOST_DRAWS, n) + 1);
      const { seed, typical } = plan;
      const rows = Math.max(1, ...own);
      return drawTable(lowered.draws, { seed, rows, own, typical, ...fastSampling() });
    }
    if (name === 'records' && courses !== null) return courseTable(courses);
    if (name === 'occasions' && courses?.occasions) return occasionTable(courses.occasions);
    throw new Error(`nothing gives rows of the table ${name}`);
  });
  return { ...(tables.length > 0 && { tables }), ...(breaks.length > 0 && { breaks }) };
}

/** More visits or doses with chance in them than a run can hold, or streams that would be one. */
export function drawConflict(plan: Plan, lowered: Pick<Lowered, 'draws'>): Refusal | null {
  const [shared] = drawConflicts(lowered.draws);
  if (shared !== undefined) return { field: 'arms', message: shared };
  const needed = Math.max(0, ...drawsNeeded(plan, lowered));
  if (needed <= MOST_DRAWS) return null;
  const message = `${needed.toLocaleString('en')} visits or doses that draw random numbers for each patient; at most ${MOST_DRAWS.toLocaleString('en')}: make the interval longer or the run shorter`;
  return { field: 'time.until', message };
}

/** By stream, for the arm with most. */
function drawsNeeded(plan: Plan, { draws }: Pick<Lowered, 'draws'>): readonly number[] {
  const valuesOf = plan.arms.map((arm) => studyValues(plan.model, arm.parameters));
  return draws.map((stream) =>
    Math.max(
      0,
      ...valuesOf.map((values) => drawRows(stream, plan.until, (name) => values.get(name) ?? Number.NaN)),
    ),
  );
}

/** Corners of all arms; one arm's are harmless in another. Ascending, inside the run. */
function breaksOf({ model, arms, until }: Plan): Float64Array {
  if (model.breaks.length === 0) return new Float64Array(0);
  const times = arms.flatMap((arm) => {
    const values = studyValues(model, arm.parameters);
    return model.breaks.map((e) => evaluate(e, (name) => values.get(name) ?? Number.NaN));
  });
  const inside = times.filter((time) => time > 0 && time < until);
  return Float64Array.from(new Set(inside)).sort();
}
