// The WebAssembly backend: in f64 the reference, and the fast path where there is no GPU. In: Programs, Jobs and a way to
// start lanes. Out: Kernels whose summaries are the same bits for any number of lanes: patients are cut into fixed
// chunks (a chunk is up to CHUNK patients of one arm), counts add up in any order, sums are added in chunk order.

import { captureCounts, isEventful } from '../codegen/eventful.ts';
import type { Program } from '../codegen/program.ts';
import { CHUNK, emitKernel } from '../codegen/wasm/kernel.ts';
import type { Layout } from '../codegen/wasm/layout.ts';
import { emitSimdKernel, hasSimdForm } from '../codegen/wasm/simd-kernel.ts';
import {
  type ArmSummary,
  type Backend,
  CompileError,
  type Individuals,
  type Job,
  type Kernel,
  type LedgerEntry,
  type RunOptions,
  STATUSES,
  type Summary,
} from './backend.ts';
import { mergeHistogram } from './histogram.ts';
import type { LaneChunk, LaneProgram, PatientEndpoints } from './lane.ts';
import { inProcessLane, type LaneHandle } from './lane-host.ts';
import {
  createMemory,
  type KernelJob,
  type KernelMemory,
  type LedgerRows,
  type ProgramSizes,
  tickOf,
} from './lane-memory.ts';
import { addNotable } from './notable.ts';
import {
  checkWeights,
  chunkFor,
  columnReader,
  gather,
  gatherTables,
  readWeights,
  tableReader,
} from './patient-rows.ts';
import { createPool, type Pool } from './pool.ts';
import { createSummary, type OpenArm, type OpenSummary } from './summary.ts';

export interface WasmOptions {
  /** How many lanes, and how to start one; absent: one in this thread. */
  readonly lanes?: number;
  readonly spawn?: () => LaneHandle;
  /** Patients of a chunk; results depend on it in the last bits of means. */
  readonly chunk?: number;
  /** By default 'f64x2'. */
  readonly kernel?: WasmKernel;
}

/**
 * One patient at a time, two at a time with the same bits, or four at a time in single precision. A program whose method
 * has no SIMD form runs in the scalar kernel, in f64.
 */
export type WasmKernel = 'scalar' | 'f64x2' | 'f32x4';

let numbers = 0;
const nextNumber = () => ++numbers;

export function createWasmBackend({
  lanes = 1,
  spawn,
  chunk = CHUNK,
  kernel = 'f64x2',
}: WasmOptions = {}): Backend {
  const pool = createPool(lanes, spawn ?? inProcessLane);
  return {
    name: 'webassembly',
    precision: kernel === 'f32x4' ? 'f32' : 'f64',
    device: spawn === undefined ? 'WebAssembly' : `WebAssembly, ${lanes} worker${lanes === 1 ? '' : 's'}`,
    async compile(program) {
      const started = performance.now();
      const variant = async (breaks: boolean): Promise<LaneProgram> => {
        const { module, layout } = await compileModule(program, chunk, kernel, breaks);
        return { id: nextNumber(), module, layout, sizes: sizesOf(program) };
      };
      const compiled = await variant(false);
      return createKernel(program, compiled, () => variant(true), pool, performance.now() - started);
    },
    dispose: () => pool.dispose(),
  };
}

async function compileModule(
  program: Program,
  capacity: number,
  kernel: WasmKernel | 'tracking',
  breaks = false,
) {
  try {
    const { bytes, layout }: { bytes: Uint8Array<ArrayBuffer>; layout: Layout } =
      (kernel === 'f64x2' || kernel === 'f32x4') && hasSimdForm(program)
        ? emitSimdKernel(program, kernel, capacity, breaks)
        : emitKernel(program, { capacity, track: kernel === 'tracking', breaks });
    return { module: await WebAssembly.compile(bytes), layout };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CompileError(`${program.name} could not be compiled to WebAssembly: ${reason}`);
  }
}

const sizesOf = (program: Program): ProgramSizes => ({
  columns: program.columns.length,
  study: program.study.length,
  states: program.states.length,
  windows: program.windows,
  outputs: program.outputs.length,
  endpoints: program.endpoints.length,
  tables: program.tables.map(({ fields }) => fields.length),
});

const kernelJob = ({ horizon, times, windows, solver, tables = [], breaks }: Job): KernelJob => ({
  horizon,
  times,
  windows,
  ...solver,
  rows: tables.map(({ rows }) => rows),
  ...(breaks === undefined ? {} : { breaks }),
});

/** Whether a job needs more of a kernel than its program says. */
const asksForBreaks = (program: Program, { breaks }: Job): boolean =>
  breaks !== undefined && breaks.length > 0 && !isEventful(program);

/** `broken`: the same program for jobs with breaks, compiled when the first one comes. */
function createKernel(
  program: Program,
  compiled: LaneProgram,
  broken: () => Promise<LaneProgram>,
  pool: Pool,
  compileMs: number,
): Kernel {
  let cut: Promise<LaneProgram> | undefined;
  const memories = new Map<LaneProgram, KernelMemory>();
  const programFor = (job: Job): Promise<LaneProgram> | LaneProgram => {
    if (!asksForBreaks(program, job)) return compiled;
    cut ??= broken();
    return cut;
  };
  return {
    program,
    compileMs,
    run: async (job, options) => runJob(program, await programFor(job), pool, job, options),
    async individuals(job, patients, { ledger = false } = {}) {
      const fit = await programFor(job);
      const own = memories.get(fit) ?? createMemory(fit.module, fit.layout, fit.sizes);
      memories.set(fit, own);
      return solveIndividuals(program, own, job, patients, ledger && program.happenings.length > 0);
    },
    dispose() {
      memories.clear();
      pool.release(compiled.id);
      void cut?.then(({ id }) => pool.release(id)).catch(() => undefined);
    },
  };
}

async function runJob(
  program: Program,
  compiled: LaneProgram,
  pool: Pool,
  job: Job,
  { signal, onProgress, onEndpoints }: RunOptions = {},
): Promise<Summary> {
  checkWeights(job);
  const capacity = chunkFor(program, job, compiled.layout.capacity);
  const tablesOf = tableReader(program, job, capacity);
  const arms = job.arms.length;
  const columnsOf = columnReader(job.columns, program.columns.length, job.first, job.patients, capacity);
  // Sums are gathered here; counts come from the lanes at the end.
  const summary = createSummary(program, job);
  const id = nextNumber();
  let finished = 0;
  /** Arms of the chunk at hand: pieces come patient by patient, arm by arm. */
  const together: PatientEndpoints[] = [];
  const chunkOf = (piece: number): LaneChunk => {
    const number = Math.floor(piece / arms);
    const arm = piece % arms;
    const { therapy, study } = job.arms[arm] ?? { therapy: -1, study: new Float64Array(0) };
    const count = Math.min(capacity, job.patients - number * capacity);
    const tables = tablesOf(number, count);
    const weights = job.weights && readWeights(job.weights, job.first + number * capacity, count);
    return {
      arm,
      count,
      columns: columnsOf(number, count),
      study,
      therapy,
      ...(tables && { tables }),
      ...(weights && { weights }),
    };
  };
  const closings = await pool.run(
    {
      pieces: Math.ceil(job.patients / capacity) * arms,
      program: compiled,
      ...(onEndpoints && { ahead: piecesAhead(program, capacity, arms, pool.size) }),
      begin: (lane) => {
        const individual = onEndpoints !== undefined;
        return lane.begin({ id, program: compiled.id, arms, bins: job.bins, individual, ...kernelJob(job) });
      },
      run: (lane, piece) => lane.run(id, chunkOf(piece)),
      finish: (lane) => lane.finish(id),
      cancel: (lane) => lane.cancel(id),
      onPiece(piece, { sums, statuses, notable, individual }) {
        const arm = summary.arms[piece % arms];
        const first = job.first + Math.floor(piece / arms) * capacity;
        if (arm !== undefined) {
          addSums(arm, sums, job.times.length);
          addNotable(arm.notable, notable, first);
        }
        if (individual) together.push(individual);
        if (piece % arms !== arms - 1) return;
        if (together.length === arms) {
          const count = Math.min(capacity, job.first + job.patients - first);
          onEndpoints?.({ first, count, arms: together.splice(0) });
        }
        finished += statuses.reduce((total, patients) => total + patients, 0);
        onProgress?.(finished);
      },
    },
    signal,
  );
  signal?.throwIfAborted();
  const [first, ...others] = closings;
  if (first) takeCounts(summary, first);
  for (const lane of others) addCounts(summary, lane);
  summary.patients = job.patients;
  return summary;
}

/** Bytes of endpoints that may wait for an earlier chunk. */
const WAITING_BYTES = 16 * 2 ** 20;

/** Far enough for no lane to idle behind a slow chunk, and no further than memory says. */
function piecesAhead({ endpoints }: Program, capacity: number, arms: number, lanes: number): number {
  const fitting = Math.floor(WAITING_BYTES / (capacity * (1 + 8 * endpoints.length)));
  return Math.max(fitting, arms, 4 * lanes);
}

function addSums(arm: OpenArm, sums: Float64Array, times: number): void {
  let at = 0;
  for (const { histograms, columns } of [
    { histograms: arm.outputs, columns: times },
    { histograms: arm.endpoints, columns: 1 },
  ])
    for (const { sum } of histograms)
      for (let column = 0; column < columns; column++) sum[column] = (sum[column] ?? 0) + (sums[at++] ?? 0);
}

/** The first lane's histograms become the summary's own: tens of megabytes that need not be made and added up. */
function takeCounts(summary: OpenSummary, lane: readonly ArmSummary[]): void {
  summary.arms.forEach((arm, a) => {
    const more = lane[a];
    if (more === undefined) return;
    addTallies(arm, more);
    for (const kind of ['outputs', 'endpoints'] as const)
      arm[kind] = arm[kind].map((own, i) => ({ ...(more[kind][i] ?? own), sum: own.sum }));
  });
}

function addTallies(arm: OpenArm, more: ArmSummary): void {
  arm.steps += more.steps;
  for (let s = 0; s < STATUSES.length; s++)
    arm.statuses[s] = (arm.statuses[s] ?? 0) + (more.statuses[s] ?? 0);
}

/** A lane's histograms have no sums, so those of the summary stay as they are. */
function addCounts(summary: OpenSummary, lane: readonly ArmSummary[]): void {
  summary.arms.forEach((arm, a) => {
    const more = lane[a];
    if (more === undefined) return;
    addTallies(arm, more);
    for (const kind of ['outputs', 'endpoints'] as const)
      arm[kind].forEach((histogram, i) => {
        const other = more[kind][i];
        if (other !== undefined) mergeHistogram(histogram, other);
      });
  });
}

/** Rows of the ledger kept for each patient at first. */
const FIRST_LEDGER_ROWS = 64;

/** Every arm for some patients, chunk by chunk, in this thread. */
function solve(
  program: Program,
  memory: KernelMemory,
  job: Job,
  patients: readonly number[],
  visit: (arm: number, start: number, count: number) => void,
  keepLedger = false,
): void {
  for (const patient of patients)
    if (!Number.isSafeInteger(patient) || patient < 0)
      throw new RangeError(`patient ${patient} does not exist; patients are numbered 0, 1, 2, ...`);
  let ledgerRows = keepLedger ? FIRST_LEDGER_ROWS : 0;
  memory.prepare(kernelJob(job), { ledgerRows });
  const capacity = chunkFor(program, job, memory.layout.capacity);
  for (let start = 0; start < patients.length; start += capacity) {
    const some = patients.slice(start, start + capacity);
    const columns = gather(job.columns, program.columns.length, some);
    const tables = gatherTables(program, job, some);
    job.arms.forEach(({ therapy, study }, arm) => {
      for (;;) {
        memory.load({ count: some.length, columns, study, therapy, tables });
        memory.simulate(0, some.length);
        if (!keepLedger) break;
        // A ledger that was too short is made longer, and its patients run again: the same numbers.
        const most = Math.max(...some.map((_, i) => memory.ledger(i).rows));
        if (most <= ledgerRows) break;
        ledgerRows = 2 ** Math.ceil(Math.log2(most));
        memory.prepare(kernelJob(job), { ledgerRows });
      }
      visit(arm, start, some.length);
    });
  }
}

function solveIndividuals(
  program: Program,
  memory: KernelMemory,
  job: Job,
  patients: readonly number[],
  keepLedger = false,
): Individuals {
  const total = patients.length;
  const rows = program.outputs.length * job.times.length;
  const arms = job.arms.map(() => ({
    status: new Uint8Array(total),
    steps: new Uint32Array(total),
    outputs: new Float64Array(rows * total).fill(Number.NaN),
    endpoints: new Float64Array(program.endpoints.length * total).fill(Number.NaN),
    ...(keepLedger ? { ledger: [] as (readonly LedgerEntry[])[] } : {}),
  }));
  const captured = captureCounts(program);
  const tick = tickOf(job.horizon);
  const { stride } = memory.layout;
  solve(
    program,
    memory,
    job,
    patients,
    (a, start, count) => {
      const arm = arms[a];
      if (arm === undefined) return;
      arm.status.set(memory.status().subarray(0, count), start);
      arm.steps.set(memory.steps().subarray(0, count), start);
      const copy = (from: Float64Array | Float32Array, into: Float64Array, rows: number) => {
        for (let row = 0; row < rows; row++)
          for (let i = 0; i < count; i++)
            if (arm.status[start + i] === 0)
              into[row * total + start + i] = from[row * stride + i] ?? Number.NaN;
      };
      copy(memory.values(), arm.outputs, rows);
      copy(memory.endpoints(), arm.endpoints, program.endpoints.length);
      for (let i = 0; i < count; i++) arm.ledger?.push(entriesOf(memory.ledger(i), captured, tick));
    },
    keepLedger,
  );
  return { patients: [...patients], arms };
}

function entriesOf({ values, width }: LedgerRows, captured: readonly number[], tick: number): LedgerEntry[] {
  return Array.from({ length: values.length / width }, (_, row) => {
    const [ticks = 0, happening = -1] = values.subarray(row * width, row * width + 2);
    // Below -1 it is the steady state that a happening asked for.
    const own = happening < -1 ? -2 - happening : happening;
    const from = row * width + 2;
    return { time: ticks * tick, happening, captured: values.slice(from, from + (captured[own] ?? 0)) };
  });
}

/** The finite values of a quantity over the probed patients, times and arms; all 0 when there are none. */
export interface Range {
  readonly min: number;
  readonly max: number;
  /** Smallest |x| that is not 0. */
  readonly smallest: number;
}

export interface Probe {
  /** Largest |y| per program state, over all arms and accepted points. */
  readonly stateScale: Float64Array;
  readonly outputs: readonly Range[];
  readonly endpoints: readonly Range[];
  /** Patients by index into STATUSES, over all arms. */
  readonly statuses: Float64Array;
}

/** Probing kernels: the same code, and it remembers the size of every state. */
const probing = [
  new WeakMap<Program, Promise<KernelMemory>>(),
  new WeakMap<Program, Promise<KernelMemory>>(),
];
const PROBE_CAPACITY = 64;

/** Solves some patients in f64 in this thread to learn the scales that tolerances and bins are chosen by. */
export async function probe(
  kernel: Pick<Kernel, 'program'>,
  job: Job,
  patients: readonly number[],
): Promise<Probe> {
  const { program } = kernel;
  const breaks = asksForBreaks(program, job);
  const known = probing[Number(breaks)];
  let made = known?.get(program);
  if (made === undefined) {
    made = compileModule(program, PROBE_CAPACITY, 'tracking', breaks).then(
      ({ module, layout }: { module: WebAssembly.Module; layout: Layout }) =>
        createMemory(module, layout, sizesOf(program)),
    );
    known?.set(program, made);
  }
  const memory = await made;
  const { stride } = memory.layout;
  const outputs = program.outputs.map(emptyRange);
  const endpoints = program.endpoints.map(emptyRange);
  const statuses = new Float64Array(STATUSES.length);
  const times = job.times.length;
  solve(program, memory, job, patients, (_, __, count) => {
    const status = memory.status();
    const values = memory.values();
    const ends = memory.endpoints();
    for (let i = 0; i < count; i++) {
      statuses[status[i] ?? 0] = (statuses[status[i] ?? 0] ?? 0) + 1;
      if (status[i] !== 0) continue;
      outputs.forEach((range, o) => {
        for (let t = 0; t < times; t++) widen(range, values[(o * times + t) * stride + i] ?? Number.NaN);
      });
      endpoints.forEach((range, e) => {
        widen(range, ends[e * stride + i] ?? Number.NaN);
      });
    }
  });
  return {
    stateScale: memory.largest().slice(),
    outputs: outputs.map(closeRange),
    endpoints: endpoints.map(closeRange),
    statuses,
  };
}

const emptyRange = () => ({
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  smallest: Number.POSITIVE_INFINITY,
});

function widen(range: { min: number; max: number; smallest: number }, x: number): void {
  if (!Number.isFinite(x)) return;
  range.min = Math.min(range.min, x);
  range.max = Math.max(range.max, x);
  if (x !== 0) range.smallest = Math.min(range.smallest, Math.abs(x));
}

const closeRange = (range: Range): Range => ({
  min: range.min <= range.max ? range.min : 0,
  max: range.min <= range.max ? range.max : 0,
  smallest: Number.isFinite(range.smallest) ? range.smallest : 0,
});
