// The one interface between the product and a device that integrates patients, and the data that crosses it.
// A backend compiles a Program into a Kernel; a Kernel runs Jobs. Memory never grows with the number of patients:
// a backend walks the cohort in chunks that it plans from its own limits, and only counts and sums survive a chunk.
import type { Program } from '../codegen/program.ts';
import type { BinLayout, Histogram } from './histogram.ts';

export type BackendName = 'webgpu' | 'webassembly';

export interface Backend {
  readonly name: BackendName;
  readonly precision: 'f32' | 'f64';
  /** In plain words what runs: the adapter's name, or how many WebAssembly workers. */
  readonly device: string;
  /** Throws CompileError with the reason (a device's own message mapped to a line of the module where there is one). */
  compile(program: Program): Promise<Kernel>;
  dispose(): void;
}

export interface Kernel {
  readonly program: Program;
  /** Milliseconds that compile took. */
  readonly compileMs: number;
  /**
   * Every arm for patients first .. first + patients - 1. Throws signal.reason when aborted (checked between chunks),
   * DeviceError when the device is gone. `onProgress` hears patients finished so far.
   */
  run(job: Job, options?: RunOptions): Promise<Summary>;
  /** Full curves and endpoints of chosen patients (global numbers, any order), every arm. */
  individuals(
    job: Job,
    patients: readonly number[],
    options?: { readonly ledger?: boolean },
  ): Promise<Individuals>;
  dispose(): void;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (finished: number) => void;
  /**
   * Hears the endpoints of every patient, all arms of the same patients together, each patient once, in any order of
   * blocks. Arrays are valid during the call only. What is summed must therefore not depend on the blocks' order.
   */
  readonly onEndpoints?: (block: EndpointBlock) => void;
  /**
   * What onEndpoints has heard so far is void: the run starts anew, and every patient comes again. An engine whose device is
   * lost calls it; without it, a run of which a block was already heard is not repeated but rejects with the DeviceError
   * (the engine goes on with another device), so that no listener ever hears a patient twice. Kernels do not call it.
   */
  readonly onRestart?: () => void;
}

export interface EndpointBlock {
  readonly first: number;
  readonly count: number;
  /** In the job's order. */
  readonly arms: readonly {
    /** Index into STATUSES per patient. */
    readonly status: Uint8Array;
    /** [endpoint][patient]: endpoint e of patient first + i is at [e * count + i]; NaN where it does not exist. */
    readonly endpoints: Float64Array;
  }[];
}

/** Patients' columns. Pure: the same (first, count) always gives the same bits. */
export interface ColumnSource {
  /** Changes whenever the numbers would; lets a device keep what it already holds. */
  readonly key: string;
  /** Column-major: value of column c of patient first + i is at [c * count + i]. */
  read(first: number, count: number): Float32Array;
}

export interface Job {
  readonly first: number;
  readonly patients: number;
  readonly columns: ColumnSource;
  readonly arms: readonly JobArm[];
  /** Model time; the run ends here. */
  readonly horizon: number;
  /** Ascending output times in 0 .. horizon, model time. A value is taken just before anything given at that time. */
  readonly times: Float64Array;
  /** [from, to] of each window in model time. Edges beyond the horizon make their accumulators missing (NaN). */
  readonly windows: readonly (readonly [number, number])[];
  readonly solver: SolverSettings;
  /** Rows of every table of the program, in its order; absent where it has none. */
  readonly tables?: readonly TableSource[];
  /** Ascending model times at which every segment is cut (corners of tables of time); absent: none. */
  readonly breaks?: Float64Array;
  /** Whole numbers, for how many each patient counts in histograms (statuses and steps count once); absent: 1 each. */
  readonly weights?: WeightSource;
  /** One layout per output (its columns are the times) and per endpoint (one column). */
  readonly bins: { readonly outputs: readonly BinLayout[]; readonly endpoints: readonly BinLayout[] };
}

/** Pure: the same (first, count) always gives the same numbers. All of a run's together stay below 2^32. */
export interface WeightSource {
  readonly key: string;
  read(first: number, count: number): Uint32Array;
}

/** Patients' rows. Pure: the same (first, count) always gives the same bits. */
export interface TableSource {
  readonly key: string;
  /** Rows of the patient with most. */
  readonly rows: number;
  /** Field f of row r of patient first + i is at [(f * rows + r) * count + i]; the time of a row that is not there is Infinity. */
  read(first: number, count: number): Float64Array;
}

export interface JobArm {
  /** Index into program.therapies, or -1 for no doses. */
  readonly therapy: number;
  /** In the order of program.study. */
  readonly study: Float64Array;
}

export interface SolverSettings {
  readonly rtol: number;
  /** Absolute tolerance per program state. */
  readonly atol: Float64Array;
  /** Step of a fixed-step method in model time; largest step of an adaptive one (Infinity for none). */
  readonly step: number;
  /** Bound on steps (accepted and rejected) per patient and arm. */
  readonly maxSteps: number;
}

/** Every patient of every arm ends in exactly one. */
export const STATUSES = [
  'done', 'too many steps', 'step too small', 'not finite', 'event storm', 'no steady state',
] as const; // biome-ignore format: a list
export type Status = (typeof STATUSES)[number];

/** Merges by addition: see summary.ts. Failed patients are in `statuses` and in nothing else. */
export interface Summary {
  readonly patients: number;
  readonly arms: readonly ArmSummary[];
}

export interface ArmSummary {
  /** Counts by index into STATUSES; they add up to the patients. */
  readonly statuses: Float64Array;
  /** Accepted plus rejected steps over all patients. */
  readonly steps: number;
  readonly outputs: readonly Histogram[];
  readonly endpoints: readonly Histogram[];
  /** Patients worth a second look; absent where nobody looked. */
  readonly notable?: Notable;
}

/** Bounded lists of an arm's patients, the same whatever the chunks and lanes: see notable.ts. */
export interface Notable {
  /** Solved patients with most steps, most first. */
  readonly slowest: readonly SlowPatient[];
  /** The first patients that failed, in their order. */
  readonly failed: readonly FailedPatient[];
}
export interface SlowPatient {
  readonly patient: number;
  readonly steps: number;
}
export interface FailedPatient {
  readonly patient: number;
  /** Index into STATUSES. */
  readonly status: number;
}

export interface Individuals {
  readonly patients: readonly number[];
  readonly arms: readonly {
    /** Index into STATUSES per patient. */
    readonly status: Uint8Array;
    readonly steps: Uint32Array;
    /** [output][time][patient] flattened, patient fastest. */
    readonly outputs: Float64Array;
    /** [endpoint][patient] flattened; NaN where the endpoint does not exist for that patient. */
    readonly endpoints: Float64Array;
    /** Per patient what was executed, in order; absent for a program without happenings or where nobody asked. */
    readonly ledger?: readonly (readonly LedgerEntry[])[];
  }[];
}

/** One executed happening. Feeding time, happening and captured values back as the replay table reproduces the run. */
export interface LedgerEntry {
  /** Model time, a whole number of ticks. */
  readonly time: number;
  /** Index into program.happenings; -1 for an instant that only cut a segment; -2 - h for a steady state that h asked for. */
  readonly happening: number;
  readonly captured: Float64Array;
}

export class CompileError extends Error {
  override readonly name = 'CompileError';
}
export class DeviceError extends Error {
  override readonly name = 'DeviceError';
}
