// A lane integrates chunks, one after another: in this thread or in a worker. In: kernels, jobs, chunks of patients.
// Out: per chunk its statuses and sums (and its patients' endpoints where asked for), at the job's end the lane's
// histograms. Trajectories never leave it.
// Sums are those of each chunk alone, so that whoever adds them in chunk order gets the same bits for any number of lanes.
import type { Layout } from '../codegen/wasm/layout.ts';
import { type ArmSummary, type Notable, STATUSES } from './backend.ts';
import {
  addColumn,
  addWeightedColumn,
  type BinLayout,
  createHistogram,
  type Histogram,
} from './histogram.ts';
import {
  type Chunk,
  createMemory,
  type KernelJob,
  type KernelMemory,
  type ProgramSizes,
} from './lane-memory.ts';
import { notableOf } from './notable.ts';

export interface LaneProgram {
  /** The same number never names two programs. */
  readonly id: number;
  readonly module: WebAssembly.Module;
  readonly layout: Layout;
  readonly sizes: ProgramSizes;
}

export interface LaneJob extends KernelJob {
  readonly id: number;
  readonly program: number;
  readonly arms: number;
  readonly bins: { readonly outputs: readonly BinLayout[]; readonly endpoints: readonly BinLayout[] };
  /** Whether every patient's endpoints leave the lane with the chunk. */
  readonly individual: boolean;
}

export interface LaneChunk extends Chunk {
  readonly arm: number;
  /** One a patient; absent: 1 each. */
  readonly weights?: Uint32Array;
}

export interface ChunkResult {
  /** Patients by index into STATUSES. */
  readonly statuses: Float64Array;
  readonly steps: number;
  /** Sums over the chunk's patients: outputs (time fastest), then endpoints. */
  readonly sums: Float64Array;
  /** Patients numbered from 0 in the chunk. */
  readonly notable: Notable;
  /** Where the job asks for them. */
  readonly individual?: PatientEndpoints;
}

/** As in an EndpointBlock of one arm. */
export interface PatientEndpoints {
  readonly status: Uint8Array<ArrayBuffer>;
  readonly endpoints: Float64Array<ArrayBuffer>;
}

/** Calls are answered in their order. Everything it takes and gives can be posted to a worker. */
export interface Lane {
  compile(program: LaneProgram): Promise<void>;
  begin(job: LaneJob): Promise<void>;
  run(job: number, chunk: LaneChunk): Promise<ChunkResult>;
  /** The job's arms; their sums are not filled in (see ChunkResult). The lane forgets the job. */
  finish(job: number): Promise<readonly ArmSummary[]>;
  /** Overtakes what waits: chunks of this job are refused from now on. */
  cancel(job: number): Promise<void>;
  release(program: number): Promise<void>;
}

interface OpenJob {
  readonly job: LaneJob;
  readonly memory: KernelMemory;
  /** Patients to integrate at once. */
  slice: number;
  readonly arms: {
    readonly statuses: Float64Array;
    steps: number;
    outputs: Histogram[];
    endpoints: Histogram[];
  }[];
}

/**
 * Patients integrated between two looks at the clock, at first: lanes of a vector idle at a slice's end, so it grows while
 * patients are quick. And the longest time without hearing messages.
 */
const SLICE = 8;
const SLICE_MS = 6;
const DEAF_MS = 25;

/** Lets messages and timers in. */
const breathe = () => new Promise<void>((resume) => setTimeout(resume, 0));

export function createLane(): Lane {
  const programs = new Map<number, { readonly program: LaneProgram; readonly memory: KernelMemory }>();
  const jobs = new Map<number, OpenJob>();
  let prepared = -1;
  let heard = 0;
  let queue: Promise<unknown> = Promise.resolve();
  const inOrder = <T>(work: () => Promise<T> | T): Promise<T> => {
    const result = queue.then(work);
    queue = result.catch(() => undefined);
    return result;
  };
  const open = (id: number): OpenJob => {
    const job = jobs.get(id);
    if (job === undefined) throw new Error(`job ${id} was cancelled, or never began in this lane`);
    return job;
  };

  return {
    compile: (program) =>
      inOrder(() => {
        if (programs.has(program.id)) return;
        programs.set(program.id, {
          program,
          memory: createMemory(program.module, program.layout, program.sizes),
        });
      }),
    begin: (job) =>
      inOrder(() => {
        const found = programs.get(job.program);
        if (found === undefined) throw new Error(`program ${job.program} is not compiled in this lane`);
        const { outputs, endpoints } = job.bins;
        jobs.set(job.id, {
          job,
          memory: found.memory,
          slice: SLICE,
          arms: Array.from({ length: job.arms }, () => ({
            statuses: new Float64Array(STATUSES.length),
            steps: 0,
            outputs: outputs.map((layout) => createHistogram(layout, job.times.length)),
            endpoints: endpoints.map((layout) => createHistogram(layout, 1)),
          })),
        });
      }),
    run: (id, chunk) =>
      inOrder(async () => {
        const running = open(id);
        const { memory, job } = running;
        if (prepared !== id) memory.prepare(job);
        prepared = id;
        memory.load(chunk);
        for (let first = 0; first < chunk.count; ) {
          const started = performance.now();
          const count = Math.min(running.slice, chunk.count - first);
          memory.simulate(first, count);
          first += count;
          const now = performance.now();
          if (now - started < SLICE_MS / 2 && count === running.slice) running.slice *= 2;
          else if (now - started > 2 * SLICE_MS) running.slice = Math.max(SLICE, running.slice / 2);
          if (now - heard < DEAF_MS) continue;
          await breathe();
          heard = performance.now();
          open(id);
        }
        return collect(open(id), chunk);
      }),
    finish: (id) =>
      inOrder(() => {
        const { arms } = open(id);
        jobs.delete(id);
        return arms;
      }),
    cancel: async (id) => {
      jobs.delete(id);
    },
    release: (id) =>
      inOrder(() => {
        programs.delete(id);
      }),
  };
}

/** Counts a finished chunk into its arm. */
function collect({ job, memory, arms }: OpenJob, { arm, count, weights }: LaneChunk): ChunkResult {
  const target = arms[arm];
  if (target === undefined) throw new RangeError(`arm ${arm} of ${arms.length}`);
  const { stride } = memory.layout;
  const times = job.times.length;
  const failed = memory.status().subarray(0, count);
  const statuses = new Float64Array(STATUSES.length);
  for (const status of failed) statuses[status] = (statuses[status] ?? 0) + 1;
  let steps = 0;
  const taken = memory.steps().subarray(0, count);
  for (const patient of taken) steps += patient;
  const notable = notableOf(
    0,
    count,
    (i) => failed[i] ?? 0,
    (i) => taken[i] ?? 0,
  );
  target.steps += steps;
  statuses.forEach((patients, s) => {
    target.statuses[s] = (target.statuses[s] ?? 0) + patients;
  });

  const sums = new Float64Array(target.outputs.length * times + target.endpoints.length);
  const values = memory.values();
  const add = (
    histogram: Histogram,
    columns: number,
    from: Float64Array | Float32Array,
    row: number,
    sumAt: number,
  ) => {
    histogram.sum.fill(0);
    for (let column = 0; column < columns; column++) {
      const at = (row + column) * stride;
      if (weights) addWeightedColumn(histogram, column, from, at, count, weights, failed);
      else addColumn(histogram, column, from, at, count, failed);
    }
    sums.set(histogram.sum, sumAt);
    histogram.sum.fill(0);
  };
  target.outputs.forEach((histogram, o) => {
    add(histogram, times, values, o * times, o * times);
  });
  const endpoints = memory.endpoints();
  target.endpoints.forEach((histogram, e) => {
    add(histogram, 1, endpoints, e, target.outputs.length * times + e);
  });
  const counted = { statuses, steps, sums, notable };
  return job.individual
    ? { ...counted, individual: individualOf(memory, target.endpoints.length, count) }
    : counted;
}

/** What a failed patient left behind is discarded. */
function individualOf(memory: KernelMemory, rows: number, count: number): PatientEndpoints {
  const { stride } = memory.layout;
  const status = memory.status().slice(0, count);
  const endpoints = new Float64Array(rows * count);
  const values = memory.endpoints();
  for (let row = 0; row < rows; row++)
    endpoints.set(values.subarray(row * stride, row * stride + count), row * count);
  for (let i = 0; i < count; i++)
    if (status[i] !== 0) for (let row = 0; row < rows; row++) endpoints[row * count + i] = Number.NaN;
  return { status, endpoints };
}
