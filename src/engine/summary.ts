// Summaries of a run: counts that add up in any order, sums that are added in the order of the chunks.
// In: the shape of a program and job, or two summaries. Out: an empty one to fill, or their total.
import type { ArmSummary, Job, Summary } from './backend.ts';
import { STATUSES } from './backend.ts';
import { copyHistogram, createHistogram, type Histogram, mergeHistogram } from './histogram.ts';
import { addNotable, createNotable, type OpenNotable } from './notable.ts';

/** A summary still being filled. */
export interface OpenSummary extends Summary {
  patients: number;
  readonly arms: readonly OpenArm[];
}
export interface OpenArm extends ArmSummary {
  steps: number;
  outputs: readonly Histogram[];
  endpoints: readonly Histogram[];
  readonly notable: OpenNotable;
}

/** What a summary needs to know of a Program. */
export interface SummaryShape {
  readonly outputs: readonly unknown[];
  readonly endpoints: readonly unknown[];
}

/** No patients yet; histograms by the job's bins, one column per output time and one per endpoint. */
export function createSummary(program: SummaryShape, job: Pick<Job, 'arms' | 'times' | 'bins'>): OpenSummary {
  const { outputs, endpoints } = job.bins;
  if (outputs.length !== program.outputs.length || endpoints.length !== program.endpoints.length)
    throw new RangeError(
      `the job has bins for ${outputs.length} outputs and ${endpoints.length} endpoints, the program has ` +
        `${program.outputs.length} and ${program.endpoints.length}; give one layout for each`,
    );
  return {
    patients: 0,
    arms: job.arms.map(() => ({
      statuses: new Float64Array(STATUSES.length),
      steps: 0,
      outputs: outputs.map((layout) => createHistogram(layout, job.times.length)),
      endpoints: endpoints.map((layout) => createHistogram(layout, 1)),
      notable: createNotable(),
    })),
  };
}

/** Adds `other` to `into`. For the same bits in every run, call it in the order of the patients. */
export function addSummary(into: OpenSummary, other: Summary): void {
  if (into.arms.length !== other.arms.length)
    throw new RangeError(
      `cannot merge ${other.arms.length} arms into ${into.arms.length}; use the same study`,
    );
  into.patients += other.patients;
  into.arms.forEach((arm, i) => {
    const more = other.arms[i];
    if (more === undefined) return;
    for (let s = 0; s < arm.statuses.length; s++)
      arm.statuses[s] = (arm.statuses[s] ?? 0) + (more.statuses[s] ?? 0);
    arm.steps += more.steps;
    if (more.notable) addNotable(arm.notable, more.notable);
    for (const kind of ['outputs', 'endpoints'] as const)
      arm[kind].forEach((histogram, j) => {
        const other = more[kind][j];
        if (other === undefined) throw new RangeError(`arm ${i + 1} has no ${kind} number ${j + 1} to merge`);
        mergeHistogram(histogram, other);
      });
  });
}

/** The total of two summaries, a's patients before b's. Neither is changed. */
export function mergeSummaries(a: Summary, b: Summary): OpenSummary {
  const total = copySummary(a);
  addSummary(total, b);
  return total;
}

export function copySummary(summary: Summary): OpenSummary {
  return {
    patients: summary.patients,
    arms: summary.arms.map((arm) => ({
      statuses: arm.statuses.slice(),
      steps: arm.steps,
      outputs: arm.outputs.map(copyHistogram),
      endpoints: arm.endpoints.map(copyHistogram),
      notable: {
        slowest: [...(arm.notable?.slowest ?? [])],
        failed: [...(arm.notable?.failed ?? [])],
      },
    })),
  };
}
