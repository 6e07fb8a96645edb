// Runs of one compiled program on a GPU: the cohort in chunks of at most 50 ms, counts kept on the device until the end.
// In: a Job. Out: a Summary, every patient's endpoints to who listens. Chunk boundaries and the order of patients change no count.
import type { Program } from '../codegen/program.ts';
import { DeviceError, type Job, type Kernel, type RunOptions, type Summary } from './backend.ts';
import { checkWeights, readWeights } from './patient-rows.ts';
import { createSummary } from './summary.ts';
import { nextChunk, openClock } from './webgpu-clock.ts';
import type { ColumnCache } from './webgpu-columns.ts';
import { readCounts, summarisers } from './webgpu-count.ts';
import { type Gpu, USAGE } from './webgpu-device.ts';
import { bindSimulate, blockSize, dispatchSimulate, rowBlockSize } from './webgpu-dispatch.ts';
import {
  createEnds,
  endpointReadings,
  heardBlock,
  noteEnds,
  takeEnds,
  tellEnds,
  totalSteps,
} from './webgpu-ends.ts';
import { openIndividuals } from './webgpu-individuals.ts';
import { type ChunkPlace, jobWords, type PackedJob, packJob } from './webgpu-job.ts';
import { openOrders } from './webgpu-order.ts';
import { type Compiled, openShapes, type Pipelines } from './webgpu-pipelines.ts';
import { addChunk, planSeries } from './webgpu-summary.ts';
import { rowColumns } from './webgpu-tables.ts';
import { BLOCK, openWorkspace, WORKGROUP, type Workspace } from './webgpu-workspace.ts';

/** Patients of the first chunk of a program whose speed is unknown. */
const FIRST_CHUNK = 512;
/** Rows that are counted together at least: fewer scatter over the bins of every column before a bin is met twice. */
const COUNTED_ROWS = 4096;

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
  const individuals = openIndividuals(gpu, program, pipelines, orders, emptyLedger);
  // One run at a time: buffers and timing would disturb each other.
  let busy: Promise<unknown> = Promise.resolve();
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = busy.then(work, work);
    busy = turn.catch(() => {});
    return turn;
  };

  async function run(job: Job, { signal, onProgress, onEndpoints }: RunOptions): Promise<Summary> {
    signal?.throwIfAborted();
    checkWeights(job);
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
        onEndpoints ? heardBlock(job.arms.length, program.endpoints.length) : BLOCK,
        job.patients,
      );
      /** Endpoints that are read of every patient. */
      const heard = onEndpoints ? program.endpoints.length : 0;
      const counters = job.weights ? await pipelines.weighted() : pipelines;
      const finish = summarisers(gpu, counters, space, plan.series, packed, job);
      const flying: Promise<void>[] = [];
      const submitChunk = chunks(job, packed, space, finish, heard);
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
        const ends = createEnds(job.arms.length, blockPatients, heard);
        const weights = job.weights && readWeights(job.weights, job.first + blockStart, blockPatients);
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
          // In the rows' order; queued behind the chunk before, which may still count the same rows.
          if (weights && space.weights)
            gpu.device.queue.writeBuffer(
              space.weights,
              4 * chunk.firstRow,
              Uint32Array.from(who, (i) => weights[i] ?? 0),
            );
          const { shape, compiled } = shapes.next();
          const chunkRead = submitChunk(chunk, compiled, bound, counted ? total : 0).then(
            ({ ms, outcomes, endpoints, counts }) => {
              takeEnds(ends, outcomes, endpoints, who);
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
        if (onEndpoints) tellEnds(onEndpoints, job.first + blockStart, blockPatients, ends);
      }
      await readCounts(gpu, summary, plan.series, space.counts);
      return summary;
    } finally {
      space.dispose();
    }
  }

  /** Puts a chunk into the device's queue, and the counting of `rows` rows after it unless that is 0. */
  function chunks(
    job: Job,
    packed: PackedJob,
    space: Workspace,
    finish: ReturnType<typeof summarisers>,
    heard: number,
  ) {
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
      const values = endpointReadings(space, packed, job, heard, chunk);
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
        [...outcomes, ...values, ...(clock ? [clock.reading] : []), ...(rows > 0 ? finish.readings : [])],
      );
      const arms = job.arms.length;
      const [time, counts] = [arms + values.length, arms + values.length + (clock ? 1 : 0)];
      const [moments, tallies] = read.slice(counts);
      if (rows > 0 && !(moments && tallies)) throw new DeviceError('the GPU gave nothing back');
      const ms = clock?.milliseconds(read[time]) ?? performance.now() - Math.max(begun, before);
      before = performance.now();
      return {
        ms,
        outcomes: read.slice(0, arms),
        endpoints: read.slice(arms, time),
        counts: rows > 0 && moments && tallies ? { moments, tallies } : undefined,
      };
    };
  }

  function chunkSize(capacity: number): number {
    return Math.min(capacity, Math.max(WORKGROUP, Math.floor(next / WORKGROUP) * WORKGROUP));
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

/** A plan that the device cannot hold is the device's failure: another backend may still run it. */
function planned<T>(plan: () => T): T {
  try {
    return plan();
  } catch (error) {
    throw error instanceof RangeError ? new DeviceError(error.message) : error;
  }
}
