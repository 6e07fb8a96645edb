// How the patients of a block ended: status, steps and, where somebody listens, endpoints, in the patients' own order whatever
// rows they ran in. In: what was read of each chunk. Out: lists of notable patients, steps to sort by, EndpointBlocks.
import type { EndpointBlock, Job } from './backend.ts';
import { addNotable, notableOf } from './notable.ts';
import type { OpenSummary } from './summary.ts';
import type { Reading } from './webgpu-device.ts';
import type { ChunkPlace, PackedJob } from './webgpu-job.ts';
import type { Workspace } from './webgpu-workspace.ts';

/** Patients that a listener is given at once. */
const HEARD = 4096;
/** Endpoints of a block's patients, all arms. */
const ENDPOINT_BYTES = 64 * 2 ** 20;

/** Patients of a block whose endpoints may be kept until all of them are there. */
export const heardBlock = (arms: number, endpoints: number): number =>
  Math.max(1, Math.floor(ENDPOINT_BYTES / (4 * Math.max(1, arms * endpoints))));

/** Endpoints of a chunk's rows: one reading an arm and endpoint. */
export function endpointReadings(
  { values, capacity }: Workspace,
  { columns }: PackedJob,
  { arms }: Job,
  endpoints: number,
  { firstRow, patients }: ChunkPlace,
): Reading[] {
  return arms.flatMap((_, a) =>
    Array.from({ length: endpoints }, (_, e) => ({
      source: values,
      first: (a * columns + columns - endpoints + e) * capacity + firstRow,
      words: patients,
    })),
  );
}

/** Of one arm, in the patients' own order. */
export interface Ends {
  readonly status: Uint8Array;
  readonly steps: Uint32Array;
  /** [endpoint][patient of the block]; of no endpoint where nobody listens. */
  readonly endpoints: readonly Float32Array[];
}

/** `endpoints`: how many are kept, 0 where nobody listens. */
export function createEnds(arms: number, patients: number, endpoints: number): readonly Ends[] {
  return Array.from({ length: arms }, () => ({
    status: new Uint8Array(patients),
    steps: new Uint32Array(patients),
    endpoints: Array.from({ length: endpoints }, () => new Float32Array(patients)),
  }));
}

/**
 * `read`: per arm (status, steps) of every row of a chunk; `values`: what endpointReadings asked for; `patients`: who was in
 * which row.
 */
export function takeEnds(
  ends: readonly Ends[],
  read: readonly Uint32Array[],
  values: readonly Uint32Array[],
  patients: Uint32Array,
): void {
  for (const [a, { status, steps, endpoints }] of ends.entries()) {
    const pairs = read[a] ?? new Uint32Array(0);
    for (const [row, patient] of patients.entries()) {
      status[patient] = pairs[2 * row] ?? 0;
      steps[patient] = pairs[2 * row + 1] ?? 0;
    }
    for (const [e, into] of endpoints.entries()) {
      const { buffer, byteOffset, length } = values[a * endpoints.length + e] ?? new Uint32Array(0);
      const own = new Float32Array(buffer, byteOffset, length);
      for (const [row, patient] of patients.entries()) into[patient] = own[row] ?? Number.NaN;
    }
  }
}

/** A block's patients, numbered from `first`, to a listener. What a failed patient left behind is discarded. */
export function tellEnds(
  onEndpoints: (block: EndpointBlock) => void,
  first: number,
  patients: number,
  ends: readonly Ends[],
): void {
  for (let from = 0; from < patients; from += HEARD) {
    const count = Math.min(HEARD, patients - from);
    const arms = ends.map(({ status, endpoints }) => {
      const own = status.slice(from, from + count);
      const values = new Float64Array(endpoints.length * count);
      for (const [e, of] of endpoints.entries())
        for (let i = 0; i < count; i++) {
          const x = of[from + i] ?? Number.NaN;
          values[e * count + i] = own[i] === 0 && Number.isFinite(x) ? x : Number.NaN;
        }
      return { status: own, endpoints: values };
    });
    onEndpoints({ first: first + from, count, arms });
  }
}

export function noteEnds(summary: OpenSummary, first: number, patients: number, ends: readonly Ends[]): void {
  for (const [a, arm] of summary.arms.entries()) {
    const end = ends[a];
    if (!end) continue;
    const { status, steps } = end;
    const found = notableOf(
      first,
      patients,
      (i) => status[i] ?? 0,
      (i) => steps[i] ?? 0,
    );
    addNotable(arm.notable, found);
  }
}

export function totalSteps(ends: readonly Ends[], patients: number): Float64Array {
  const total = new Float64Array(patients);
  for (const { steps } of ends) for (const [i, s] of steps.entries()) total[i] = (total[i] ?? 0) + s;
  return total;
}
