// Runs of one compiled program on a GPU: the cohort in chunks of at most 50 ms, counts kept on the device until the end.
// In: a Job. Out: a Summary, or chosen patients' curves. Chunk boundaries and the order of patients change no count.
import type { Program } from '../codegen/program.ts';
import {
  type ColumnSource,
  DeviceError,
  type Individuals,
  type Job,
  type Kernel,
  type LedgerEntry,
  type RunOptions,
  type Summary,
} from './backend.ts';
import { addNotable, notableOf } from './notable.ts';
import { createSummary, type OpenSummary } from './summary.ts';
import { nextChunk, openClock } from './webgpu-clock.ts';
import type { ColumnCache } from './webgpu-columns.ts';
import { readCounts, summarisers } from './webgpu-count.ts';
import { type Gpu, USAGE } from './webgpu-device.ts';
import { type ChunkPlace, jobWords, type PackedJob, packJob } from './webgpu-job.ts';
import {
  firstLedgerRows,
  type LedgerShape,
  ledgerEntries,
  ledgerPatients,
  ledgerWidth,
  ledgerWords,
  longestLedger,
} from './webgpu-ledger.ts';
import { openOrders } from './webgpu-order.ts';
import { type Compiled, openShapes, type Pipelines } from './webgpu-pipelines.ts';
import { addChunk, planSeries } from './webgpu-summary.ts';
import { rowColumns } from './webgpu-tables.ts';
import { BLOCK, bind, openWorkspace, WORKGROUP, type Workspace } from './webgpu-workspace.ts';

/** Patients of the first chunk of a program whose speed is unknown. */
const FIRST_CHUNK = 512;
/** Rows that are counted together at least: fewer scatter over the bins of every column before a bin is met twice. */
const COUNTED_ROWS = 4096;
/** Rows of patients that are made and uploaded together. */
const ROW_BYTES = 32 * 2 ** 20;

export function openRuns(
  gpu: Gpu,
  program: Program,
  pipelines: Pipelines,
  columns: ColumnCache,
  rows: ColumnCache,
): Pick<Kernel, 'run' | 'individuals' | 'dispose'> {
  /** Patients of the next chunk, also of the next run's first. */
  let next = FIRST_CHUNK;
  const orders = openOrders(gpu);
  const clock = openClock(gpu);
  const shapes = openShapes(pipelines);
  const { eventful } = pipelines;
  /** Stands where no ledger is kept. */
  let noLedger: Promise<GPUBuffer> | undefined;
  const emptyLedger = () => {
    noLedger ??= gpu.allocate({ ledger: { bytes: 4, usage: USAGE.storage } }).then(({ ledger }) => ledger);
    return noLedger;
  };
  // One run at a time: buffers and timing would disturb each other.
  let busy: Promise<unknown> = Promise.resolve();
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = busy.then(work, work);
    busy = turn.catch(() => {});
    return turn;
  };

  async function run(job: Job, { signal, onProgress }: RunOptions): Promise<Summary> {
    signal?.throwIfAborted();
    const packed = packJob(program, job);
    const summary = createSummary(program, job);
    if (job.patients <= 0) return summary;
    const plan = planned(() => planSeries(program, job, gpu.largestBinding));
    const space = await openWorkspace(gpu, program, job, packed, plan.words, plan.series.length);
    try {
      const ownRows = rowColumns(program, job, packed.tick);
      const block = Math.min(
        BLOCK,
        blockSize(gpu, program.columns.length),
        rowBlockSize(gpu, program, packed.rowWords),
        job.patients,
      );
      const finish = summarisers(gpu, pipelines, space, plan.series, packed, job);
      const flying: Promise<void>[] = [];
      const submitChunk = chunks(job, packed, space, finish);
      let at = 0;
      while (at < job.patients) {
        const blockStart = Math.floor(at / block) * block;
        const blockPatients = Math.min(block, job.patients - blockStart);
        const source = await columns.buffer(
          job.columns,
          program.columns.length,
          job.first + blockStart,
          blockPatients,
        );
        const key = `${job.first + blockStart}+${blockPatients} ${job.columns.key}`;
        const order = await orders.of(key, blockPatients);
        const events = eventful
          ? [
              await rows.buffer(ownRows, packed.rowWords, job.first + blockStart, blockPatients),
              await emptyLedger(),
            ]
          : [];
        const bound = bindSimulate(gpu, pipelines.simulate, space, source, order.buffer, events);
        const ends = createEnds(job.arms.length, blockPatients);
        const blockEnd = blockStart + blockPatients;
        /** Rows that are solved and not yet counted. */
        let waiting = 0;
        while (at < blockEnd) {
          signal?.throwIfAborted();
          const patients = Math.min(chunkSize(space.capacity - waiting), blockEnd - at);
          const chunk = {
            patients,
            offset: at - blockStart,
            block: blockPatients,
            stride: space.capacity,
            firstRow: waiting,
          };
          at += patients;
          waiting += patients;
          const counted = at === blockEnd || waiting >= COUNTED_ROWS || waiting + patients > space.capacity;
          const who = order.patients.subarray(chunk.offset, chunk.offset + patients);
          const reached = at;
          const total = waiting;
          const { shape, compiled } = shapes.next();
          const chunkRead = submitChunk(chunk, compiled, bound, counted ? total : 0).then(
            ({ ms, outcomes, counts }) => {
              takeEnds(ends, outcomes, who);
              if (counts)
                addChunk(summary, plan.series, packed.columns, total, counts.moments, counts.tallies);
              next = nextChunk(next, patients, ms);
              shapes.note(shape, ms, outcomes);
              onProgress?.(reached);
            },
          );
          chunkRead.catch(() => {});
          flying.push(chunkRead);
          if (counted) waiting = 0;
          // One more is on its way while this one runs: the device does not wait for what is read and recorded here.
          if (flying.length > 1) await flying.shift();
        }
        await Promise.all(flying.splice(0));
        noteEnds(summary, job.first + blockStart, blockPatients, ends);
        orders.learn(key, totalSteps(ends, blockPatients));
      }
      await readCounts(gpu, summary, plan.series, space.counts);
      return summary;
    } finally {
      space.dispose();
    }
  }

  /** Puts a chunk into the device's queue, and the counting of `rows` rows after it unless that is 0. */
  function chunks(job: Job, packed: PackedJob, space: Workspace, finish: ReturnType<typeof summarisers>) {
    /** When the chunk before was read: without a clock on the device, one's time begins there. */
    let before = 0;
    return async (chunk: ChunkPlace, compiled: Compiled, bound: GPUBindGroup, rows: number) => {
      const begun = performance.now();
      gpu.device.queue.writeBuffer(space.job, 0, jobWords(packed, job, chunk));
      if (rows > 0) finish.write(rows);
      // Status and steps of every patient: 8 bytes an arm.
      const outcomes = job.arms.map((_, a) => ({
        source: space.outcomes,
        first: 2 * (a * space.capacity + chunk.firstRow),
        words: 2 * chunk.patients,
      }));
      const read = await gpu.submit(
        (encoder) => {
          const work = encoder.beginComputePass(clock ? { timestampWrites: clock.writes } : {});
          dispatchSimulate(work, compiled, bound, chunk.patients, job.arms.length);
          work.end();
          clock?.resolve(encoder);
          if (rows === 0) return;
          const count = encoder.beginComputePass();
          finish.record(count);
          count.end();
        },
        [...outcomes, ...(clock ? [clock.reading] : []), ...(rows > 0 ? finish.readings : [])],
      );
      const arms = job.arms.length;
      const [moments, tallies] = read.slice(arms + (clock ? 1 : 0));
      if (rows > 0 && !(moments && tallies)) throw new DeviceError('the GPU gave nothing back');
      const ms = clock?.milliseconds(read[arms]) ?? performance.now() - Math.max(begun, before);
      before = performance.now();
      return {
        ms,
        outcomes: read.slice(0, arms),
        counts: rows > 0 && moments && tallies ? { moments, tallies } : undefined,
      };
    };
  }

  function chunkSize(capacity: number): number {
    return Math.min(capacity, Math.max(WORKGROUP, Math.floor(next / WORKGROUP) * WORKGROUP));
  }

  async function individuals(
    job: Job,
    patients: readonly number[],
    keepLedger: boolean,
  ): Promise<Individuals> {
    const n = patients.length;
    const packed = packJob(program, job);
    const times = program.outputs.length * job.times.length;
    const arms = job.arms.map(() => ({
      status: new Uint8Array(n),
      steps: new Uint32Array(n),
      outputs: new Float64Array(times * n).fill(Number.NaN),
      endpoints: new Float64Array(program.endpoints.length * n).fill(Number.NaN),
      ...(keepLedger ? { ledger: [] as (readonly LedgerEntry[])[] } : {}),
    }));
    const width = ledgerWidth(program);
    let ledgerRows = keepLedger ? firstLedgerRows({ arms: arms.length, width }, gpu.largestBinding) : 0;
    const space = await openWorkspace(gpu, program, { ...job, patients: n }, packed, [], 0);
    try {
      for (let at = 0; at < n; ) {
        const kept = { arms: arms.length, rows: ledgerRows, width };
        const most = Math.min(
          space.capacity,
          rowBlockSize(gpu, program, packed.rowWords),
          keepLedger ? ledgerPatients(kept, gpu.largestBinding) : n,
        );
        const chosen = patients.slice(at, at + most);
        const count = chosen.length;
        const shape: LedgerShape = { ...kept, patients: count };
        const { values, outcomes, ledger } = await solveChosen(job, packed, space, chosen, shape);
        // A ledger that was too short is made longer, and its patients run again: the same numbers.
        const longest = keepLedger ? longestLedger(shape, ledger) : 0;
        if (longest > ledgerRows) {
          ledgerRows = 2 ** Math.ceil(Math.log2(longest));
          continue;
        }
        const value = new Float32Array(values.buffer, values.byteOffset, values.length);
        for (const [a, arm] of arms.entries()) {
          for (let i = 0; i < count; i++) {
            const own = 2 * (a * space.capacity + i);
            arm.status[at + i] = outcomes[own] ?? 0;
            arm.steps[at + i] = outcomes[own + 1] ?? 0;
            arm.ledger?.push(ledgerEntries(program, shape, ledger, a, i, packed.tick));
            // What a failed patient left behind is discarded.
            if (outcomes[own] !== 0) continue;
            for (let c = 0; c < packed.columns; c++) {
              const x = value[(a * packed.columns + c) * space.capacity + i] ?? Number.NaN;
              const finite = Number.isFinite(x) ? x : Number.NaN;
              if (c < times) arm.outputs[c * n + at + i] = finite;
              else arm.endpoints[(c - times) * n + at + i] = finite;
            }
          }
        }
        at += count;
      }
    } finally {
      space.dispose();
    }
    return { patients, arms };
  }

  /** Every arm for patients that fit a chunk: values and outcomes by row of the workspace, the ledger where rows are kept. */
  async function solveChosen(
    job: Job,
    packed: PackedJob,
    space: Workspace,
    chosen: readonly number[],
    shape: LedgerShape,
  ): Promise<Record<'values' | 'outcomes' | 'ledger', Uint32Array>> {
    const made: GPUBuffer[] = [];
    const ownLedger = eventful && shape.rows > 0;
    try {
      const gathered = async (source: ColumnSource, columns: number) => {
        const buffer = await chosenColumns(gpu, source, columns, chosen);
        made.push(buffer);
        return buffer;
      };
      const source = await gathered(job.columns, program.columns.length);
      const events: GPUBuffer[] = [];
      if (eventful) events.push(await gathered(rowColumns(program, job, packed.tick), packed.rowWords));
      const words = ownLedger ? ledgerWords(shape) : 0;
      if (ownLedger) {
        const bytes = 4 * words;
        const { ledger } = await gpu.allocate({
          ledger: { bytes, usage: USAGE.storage | USAGE.copySource },
        });
        made.push(ledger);
        events.push(ledger);
      } else if (eventful) events.push(await emptyLedger());
      const count = chosen.length;
      const place = { patients: count, offset: 0, block: count, stride: space.capacity, firstRow: 0 };
      const ledgerRows = ownLedger ? shape.rows : 0;
      gpu.device.queue.writeBuffer(space.job, 0, jobWords(packed, job, { ...place, ledgerRows }));
      const order = await orders.of(`as chosen, ${space.capacity}`, space.capacity);
      const bound = bindSimulate(gpu, pipelines.simulate, space, source, order.buffer, events);
      const ledger = events[1];
      const [values, outcomes, kept] = await gpu.submit(
        (encoder) => {
          const pass = encoder.beginComputePass();
          dispatchSimulate(pass, pipelines.simulate, bound, count, job.arms.length);
          pass.end();
        },
        [
          { source: space.values, words: job.arms.length * packed.columns * space.capacity },
          { source: space.outcomes, words: 2 * job.arms.length * space.capacity },
          ...(ownLedger && ledger ? [{ source: ledger, words }] : []),
        ],
      );
      if (!values || !outcomes) throw new DeviceError('the GPU gave nothing back');
      return { values, outcomes, ledger: kept ?? new Uint32Array(0) };
    } finally {
      for (const buffer of made) buffer.destroy();
    }
  }

  return {
    run: (job, options = {}) => alone(() => run(job, options)),
    individuals: (job, patients, { ledger = false } = {}) =>
      alone(() => individuals(job, patients, ledger && program.happenings.length > 0)),
    dispose() {
      noLedger?.then(
        (ledger) => ledger.destroy(),
        () => {},
      );
      orders.dispose();
      clock?.dispose();
    },
  };
}

/** Status and steps of a block's patients, in the patients' own order. */
interface Ends {
  readonly status: Uint8Array;
  readonly steps: Uint32Array;
}

function createEnds(arms: number, patients: number): readonly Ends[] {
  return Array.from({ length: arms }, () => ({
    status: new Uint8Array(patients),
    steps: new Uint32Array(patients),
  }));
}

/** `read`: per arm (status, steps) of every row of a chunk; `patients`: who was in which row. */
function takeEnds(ends: readonly Ends[], read: readonly Uint32Array[], patients: Uint32Array): void {
  for (const [a, { status, steps }] of ends.entries()) {
    const pairs = read[a] ?? new Uint32Array(0);
    for (const [row, patient] of patients.entries()) {
      status[patient] = pairs[2 * row] ?? 0;
      steps[patient] = pairs[2 * row + 1] ?? 0;
    }
  }
}

function noteEnds(summary: OpenSummary, first: number, patients: number, ends: readonly Ends[]): void {
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

function totalSteps(ends: readonly Ends[], patients: number): Float64Array {
  const total = new Float64Array(patients);
  for (const { steps } of ends) for (const [i, s] of steps.entries()) total[i] = (total[i] ?? 0) + s;
  return total;
}

/** A plan that the device cannot hold is the device's failure: another backend may still run it. */
function planned<T>(plan: () => T): T {
  try {
    return plan();
  } catch (error) {
    throw error instanceof RangeError ? new DeviceError(error.message) : error;
  }
}

function blockSize(gpu: Gpu, columns: number): number {
  return Math.max(WORKGROUP, Math.floor(gpu.largestBinding / (4 * Math.max(1, columns))));
}

/** Patients whose rows fit one binding, and are not too much to make at once. */
function rowBlockSize(gpu: Gpu, { name }: Program, words: number): number {
  const most = Math.floor(gpu.largestBinding / (4 * Math.max(1, words)));
  if (most < 1)
    throw new DeviceError(
      `the rows of a patient of ${name} need ${4 * words} bytes, the device binds ${gpu.largestBinding}; use WebAssembly`,
    );
  return Math.min(most, Math.max(WORKGROUP, Math.floor(ROW_BYTES / (4 * Math.max(1, words)))));
}

function bindSimulate(
  gpu: Gpu,
  { layout }: Compiled,
  space: Workspace,
  columns: GPUBuffer,
  order: GPUBuffer,
  /** Tables and ledger, where the simulation has them. */
  events: readonly GPUBuffer[],
): GPUBindGroup {
  const { job, arms, schedule, values, outcomes } = space;
  return bind(gpu, layout, [job, columns, arms, schedule, values, outcomes, order, ...events]);
}

function dispatchSimulate(
  pass: GPUComputePassEncoder,
  { pipeline }: Compiled,
  bound: GPUBindGroup,
  patients: number,
  arms: number,
): void {
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bound);
  pass.dispatchWorkgroups(Math.ceil(patients / WORKGROUP), arms);
}

async function chosenColumns(
  gpu: Gpu,
  source: ColumnSource,
  columns: number,
  patients: readonly number[],
): Promise<GPUBuffer> {
  const values = new Float32Array(Math.max(1, columns * patients.length));
  const words = new Uint32Array(values.buffer);
  for (const [i, patient] of patients.entries()) {
    // As bits: a tick among them may look like no number.
    const { buffer, byteOffset, length } = source.read(patient, 1);
    const own = new Uint32Array(buffer, byteOffset, length);
    for (let c = 0; c < columns; c++) words[c * patients.length + i] = own[c] ?? 0;
  }
  const { buffer } = await gpu.allocate({
    buffer: { bytes: values.byteLength, usage: USAGE.storage | USAGE.copyTarget },
  });
  gpu.device.queue.writeBuffer(buffer, 0, values);
  return buffer;
}
