// Failed patients solved again by the f64 reference at rtol 1e-9 with a larger bound on steps, and counted in. In: a run's
// summary and job. Out: a summary in which the rescued are like everybody else; who fails again is counted by the status of
// the second attempt and left out. The same for any number of lanes: what it may cost is bounded in steps, not in time.
import type { Program } from '../codegen/program.ts';
import {
  type ColumnSource,
  type EndpointBlock,
  type FailedPatient,
  type Job,
  type Kernel,
  STATUSES,
  type Summary,
  type TableSource,
  type WeightSource,
} from '../engine/backend.ts';
import { addSummary, copySummary, type OpenArm } from '../engine/summary.ts';
import type { HeldBack } from './held-back.ts';
import { tightJob } from './tight.ts';

const MORE_STEPS = 10;
/** Steps that all rescues of a run may take, about: a few seconds of one processor. */
const BUDGET = 10_000_000;
/** Patients tried before anything is known of what one costs. */
const FIRST_ROUND = 16;
/** Neither precision nor patience helps against millions of doses. */
const HOPELESS = STATUSES.indexOf('event storm');

export interface Rescue {
  readonly summary: Summary;
  /** Patients counted in, summed over arms. */
  readonly rescued: number;
}

/**
 * `reference`: the kernel of tightProgram(program). `held`: patients that failed in the run, where somebody listens to
 * endpoints; those solved again get their values, then all are let go. Rejects with the signal's reason when aborted.
 */
export async function rescueFailed(
  summary: Summary,
  program: Program,
  job: Job,
  reference: Kernel,
  signal?: AbortSignal,
  held?: HeldBack,
): Promise<Rescue> {
  if (summary.arms.every(({ notable }) => !notable?.failed.length)) {
    held?.release();
    return { summary, rescued: 0 };
  }
  const mended = copySummary(summary);
  const tight = tightJob(program, job, MORE_STEPS);
  let rescued = 0;
  let budget = BUDGET;
  for (const [a, arm] of mended.arms.entries()) {
    const worthTrying = arm.notable.failed.filter(({ status }) => status !== HOPELESS);
    let round = FIRST_ROUND;
    for (let next = 0; next < worthTrying.length && round > 0; ) {
      const tried = worthTrying.slice(next, next + round);
      next += tried.length;
      const spent = await solveAgain(arm, tried, a, tight, reference, signal, held);
      rescued += spent.rescued;
      budget -= spent.steps;
      round = Math.floor(Math.max(0, budget) / Math.max(1, spent.steps / tried.length));
    }
  }
  held?.release();
  return { summary: mended, rescued };
}

/** Moves the tried patients from their old status to their new one, with their values where they were solved. */
async function solveAgain(
  arm: OpenArm,
  tried: readonly FailedPatient[],
  a: number,
  tight: Job,
  reference: Kernel,
  signal?: AbortSignal,
  held?: HeldBack,
): Promise<{ readonly rescued: number; readonly steps: number }> {
  const patients = tried.map(({ patient }) => patient);
  const columns = chosenColumns(tight.columns, reference.program.columns.length, patients);
  const tables = tight.tables?.map((source, t) =>
    chosenRows(source, reference.program.tables[t]?.fields.length ?? 0, patients),
  );
  const again = await reference.run(
    {
      ...tight,
      first: 0,
      patients: patients.length,
      columns,
      arms: tight.arms.slice(a, a + 1),
      ...(tables && { tables }),
      ...(tight.weights && { weights: chosenWeights(tight.weights, patients) }),
    },
    {
      ...(signal && { signal }),
      ...(held?.options?.onEndpoints && { onEndpoints: (block) => mend(held, a, patients, block) }),
    },
  );
  for (const { status } of tried) arm.statuses[status] = (arm.statuses[status] ?? 0) - 1;
  // Numbers of this small cohort are not those of the patients, so its lists stay behind.
  const arms = again.arms.map(({ notable: _, ...counted }) => counted);
  addSummary({ patients: 0, arms: [arm] }, { patients: 0, arms });
  const [one] = again.arms;
  return { rescued: one?.statuses[0] ?? 0, steps: one?.steps ?? 0 };
}

/** `block`: of the small cohort, in one arm. */
function mend(held: HeldBack, a: number, patients: readonly number[], block: EndpointBlock): void {
  const { first, count, arms } = block;
  const [own] = arms;
  if (own === undefined) return;
  for (let i = 0; i < count; i++) {
    const values = own.endpoints.filter((_, at) => at % count === i);
    held.mend(patients[first + i] ?? Number.NaN, a, own.status[i] ?? 0, values);
  }
}

/** A cohort of these patients alone. */
function chosenColumns(source: ColumnSource, columns: number, patients: readonly number[]): ColumnSource {
  return {
    key: `${source.key}: ${patients.join()}`,
    read(first, count) {
      const all = new Float32Array(columns * count);
      for (let i = 0; i < count; i++) {
        const own = source.read(patients[first + i] ?? 0, 1);
        for (let c = 0; c < columns; c++) all[c * count + i] = own[c] ?? Number.NaN;
      }
      return all;
    },
  };
}

/** For how many each of them counts. */
function chosenWeights(source: WeightSource, patients: readonly number[]): WeightSource {
  return {
    key: `${source.key}: ${patients.join()}`,
    read: (first, count) =>
      Uint32Array.from({ length: count }, (_, i) => source.read(patients[first + i] ?? 0, 1)[0] ?? 0),
  };
}

/** Their rows: draws, records. */
function chosenRows(source: TableSource, fields: number, patients: readonly number[]): TableSource {
  const { rows } = source;
  return {
    key: `${source.key}: ${patients.join()}`,
    rows,
    read(first, count) {
      const all = new Float64Array(fields * rows * count);
      for (let i = 0; i < count; i++)
        source.read(patients[first + i] ?? 0, 1).forEach((value, at) => {
          all[at * count + i] = value;
        });
      return all;
    },
  };
}
