// Runs of one compiled program on a GPU: the cohort in chunks that take 50 to 200 ms, counts kept on the device until the
// end. In: a Job. Out: a Summary, or chosen patients' curves. Chunk boundaries change no count.
import type { Program } from '../codegen/program.ts';
import {
  DeviceError,
  type Individuals,
  type Job,
  type Kernel,
  type RunOptions,
  type Summary,
} from './backend.ts';
import { addNotable, notableOf } from './notable.ts';
import { createSummary, type OpenSummary } from './summary.ts';
import type { ColumnCache } from './webgpu-columns.ts';
import { type Gpu, type Reading, USAGE } from './webgpu-device.ts';
import { jobWords, type PackedJob, packJob } from './webgpu-job.ts';
import {
  addChunk,
  addCounts,
  countRanges,
  planSeries,
  type SeriesPlace,
  taskWords,
} from './webgpu-summary.ts';
import { BLOCK, bind, openWorkspace, SLOT, WORKGROUP, type Workspace } from './webgpu-workspace.ts';

interface Compiled {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}
export interface Pipelines {
  readonly simulate: Compiled;
  readonly summarise: Compiled;
  readonly gather: Compiled;
  readonly tally: Compiled;
}

/** A run must stop within 200 ms of being told to, and two seconds reset a Windows GPU. */
const QUICK_MS = 50;
const SLOW_MS = 200;
/** Fewer do not keep even a software adapter busy. */
const LEAST_CHUNK = 256;
/** Patients of the first chunk of a program whose speed is unknown. */
const FIRST_CHUNK = 512;
export function openRuns(
  gpu: Gpu,
  program: Program,
  pipelines: Pipelines,
  columns: ColumnCache,
): Pick<Kernel, 'run' | 'individuals' | 'dispose'> {
  /** Patients of the next chunk, also of the next run's first. */
  let chunk = FIRST_CHUNK;
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
      const block = Math.min(BLOCK, blockSize(gpu, program.columns.length), job.patients);
      const finish = summarisers(gpu, pipelines, space, plan.series, packed, job);
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
        const bound = bindSimulate(gpu, pipelines.simulate, space, source);
        while (at < blockStart + blockPatients) {
          signal?.throwIfAborted();
          const patients = Math.min(chunkSize(space.capacity), blockStart + blockPatients - at);
          const begun = performance.now();
          const chunk = { patients, offset: at - blockStart, block: blockPatients, stride: space.capacity };
          gpu.device.queue.writeBuffer(space.job, 0, jobWords(packed, job, chunk));
          finish.write(patients);
          // Status and steps of every patient: 8 bytes an arm.
          const outcomes = job.arms.map((_, a) => ({
            source: space.outcomes,
            first: 2 * a * space.capacity,
            words: 2 * patients,
          }));
          const [moments, tallies, ...ended] = await gpu.submit(
            (encoder) => {
              const pass = encoder.beginComputePass();
              dispatchSimulate(pass, pipelines.simulate, bound, patients, job.arms.length);
              finish.record(pass);
              pass.end();
            },
            [...finish.readings, ...outcomes],
          );
          if (!moments || !tallies) throw new DeviceError('the GPU gave nothing back');
          addChunk(summary, plan.series, packed.columns, patients, moments, tallies);
          noteOutcomes(summary, job.first + at, patients, ended);
          learn(patients, performance.now() - begun);
          at += patients;
          onProgress?.(at);
        }
      }
      await readCounts(gpu, summary, plan.series, space.counts);
      return summary;
    } finally {
      space.dispose();
    }
  }

  function chunkSize(capacity: number): number {
    return Math.min(capacity, Math.max(WORKGROUP, Math.floor(chunk / WORKGROUP) * WORKGROUP));
  }

  /**
   * A chunk that was quick grows, at most eightfold at a time; one that was slow shrinks. Between the two bounds it
   * stays: a chunk's fixed cost must not talk it into ever smaller ones.
   */
  function learn(patients: number, ms: number): void {
    if (ms < QUICK_MS) chunk = Math.max(chunk, patients * Math.min(8, Math.max(2, QUICK_MS / ms)));
    else if (ms > SLOW_MS) chunk = Math.max(LEAST_CHUNK, (patients * SLOW_MS) / ms / 2);
  }

  async function individuals(job: Job, patients: readonly number[]): Promise<Individuals> {
    const n = patients.length;
    const packed = packJob(program, job);
    const times = program.outputs.length * job.times.length;
    const arms = job.arms.map(() => ({
      status: new Uint8Array(n),
      steps: new Uint32Array(n),
      outputs: new Float64Array(times * n).fill(Number.NaN),
      endpoints: new Float64Array(program.endpoints.length * n).fill(Number.NaN),
    }));
    const space = await openWorkspace(gpu, program, { ...job, patients: n }, packed, [], 0);
    try {
      for (let at = 0; at < n; at += space.capacity) {
        const chosen = patients.slice(at, at + space.capacity);
        const source = await chosenColumns(gpu, job, program.columns.length, chosen);
        try {
          const count = chosen.length;
          gpu.device.queue.writeBuffer(
            space.job,
            0,
            jobWords(packed, job, { patients: count, offset: 0, block: count, stride: space.capacity }),
          );
          const bound = bindSimulate(gpu, pipelines.simulate, space, source);
          const [values, outcomes] = await gpu.submit(
            (encoder) => {
              const pass = encoder.beginComputePass();
              dispatchSimulate(pass, pipelines.simulate, bound, count, job.arms.length);
              pass.end();
            },
            [
              { source: space.values, words: job.arms.length * packed.columns * space.capacity },
              { source: space.outcomes, words: 2 * job.arms.length * space.capacity },
            ],
          );
          if (!values || !outcomes) throw new DeviceError('the GPU gave nothing back');
          const value = new Float32Array(values.buffer, values.byteOffset, values.length);
          for (const [a, arm] of arms.entries()) {
            for (let i = 0; i < count; i++) {
              const own = 2 * (a * space.capacity + i);
              arm.status[at + i] = outcomes[own] ?? 0;
              arm.steps[at + i] = outcomes[own + 1] ?? 0;
              // What a failed patient left behind is discarded.
              if (outcomes[own] !== 0) continue;
              for (let c = 0; c < packed.columns; c++) {
                const x = value[(a * packed.columns + c) * space.capacity + i] ?? Number.NaN;
                const kept = Number.isFinite(x) ? x : Number.NaN;
                if (c < times) arm.outputs[c * n + at + i] = kept;
                else arm.endpoints[(c - times) * n + at + i] = kept;
              }
            }
          }
        } finally {
          source.destroy();
        }
      }
    } finally {
      space.dispose();
    }
    return { patients, arms };
  }

  return {
    run: (job, options = {}) => alone(() => run(job, options)),
    individuals: (job, patients) => alone(() => individuals(job, patients)),
    dispose() {},
  };
}

/** `ended`: per arm (status, steps) of every patient of a chunk. */
function noteOutcomes(
  summary: OpenSummary,
  first: number,
  patients: number,
  ended: readonly Uint32Array[],
): void {
  for (const [a, arm] of summary.arms.entries()) {
    const pairs = ended[a] ?? new Uint32Array(0);
    addNotable(
      arm.notable,
      notableOf(
        first,
        patients,
        (i) => pairs[2 * i] ?? 0,
        (i) => pairs[2 * i + 1] ?? 0,
      ),
    );
  }
}

/** A plan that the device cannot hold is the device's failure: another backend may still run it. */
function planned<T>(plan: () => T): T {
  try {
    return plan();
  } catch (error) {
    throw error instanceof RangeError ? new DeviceError(error.message) : error;
  }
}

/** The counts of the whole run, in readings that fit a buffer. */
async function readCounts(
  gpu: Gpu,
  summary: OpenSummary,
  series: readonly SeriesPlace[],
  counts: readonly GPUBuffer[],
): Promise<void> {
  const most = gpu.largestBinding / 4;
  const ranges = countRanges(summary, series);
  for (let next = 0; next < ranges.length; ) {
    const first = next;
    let words = 0;
    while (next < ranges.length && (next === first || words + (ranges[next]?.words ?? 0) <= most)) {
      words += ranges[next]?.words ?? 0;
      next++;
    }
    const batch = ranges.slice(first, next);
    const readings = batch.flatMap((r) => {
      const source = counts[r.series.buffer];
      return source ? [{ source, first: r.word, words: r.words }] : [];
    });
    const read = await gpu.submit(() => {}, readings);
    for (const [i, range] of batch.entries()) addCounts(summary, range, read[i] ?? new Uint32Array(0));
  }
}

function blockSize(gpu: Gpu, columns: number): number {
  return Math.max(WORKGROUP, Math.floor(gpu.largestBinding / (4 * Math.max(1, columns))));
}

function bindSimulate(gpu: Gpu, { layout }: Compiled, space: Workspace, columns: GPUBuffer): GPUBindGroup {
  return bind(gpu, layout, [space.job, columns, space.arms, space.schedule, space.values, space.outcomes]);
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

/** Records the counting of a chunk: one dispatch per series, one workgroup per column, and one for the statuses. */
function summarisers(
  gpu: Gpu,
  pipelines: Pipelines,
  space: Workspace,
  series: readonly SeriesPlace[],
  packed: PackedJob,
  job: Job,
) {
  const shared = [space.tasks, space.values, space.outcomes] as const;
  const groups = space.counts.map((counts) =>
    bind(
      gpu,
      pipelines.summarise.layout,
      [...shared, counts, space.moments, space.tallies, space.partials],
      48,
    ),
  );
  const readings: readonly Reading[] = [
    { source: space.moments, words: 4 * job.arms.length * Math.max(1, packed.columns) },
    { source: space.tallies, words: 8 * job.arms.length },
  ];
  let written = -1;
  return {
    readings,
    write(patients: number): void {
      if (patients === written) return;
      written = patients;
      const slots = new Int32Array((SLOT / 4) * Math.max(1, series.length));
      // A run without outputs and endpoints still tallies; it reads patients and stride only.
      slots.set([0, 0, patients, space.capacity]);
      for (const [i, s] of series.entries())
        slots.set(taskWords(s, packed.columns, patients, space.capacity), (SLOT / 4) * i);
      gpu.device.queue.writeBuffer(space.tasks, 0, slots);
    },
    record(pass: GPUComputePassEncoder): void {
      pass.setPipeline(pipelines.tally.pipeline);
      const [group] = groups;
      if (group) pass.setBindGroup(0, group, [0]);
      pass.dispatchWorkgroups(job.arms.length);
      pass.setPipeline(pipelines.summarise.pipeline);
      for (const [i, s] of series.entries()) {
        const group = groups[s.buffer];
        if (!group || s.columns === 0) continue;
        pass.setBindGroup(0, group, [SLOT * i]);
        pass.dispatchWorkgroups(s.columns);
      }
      pass.setPipeline(pipelines.gather.pipeline);
      for (const [i, s] of series.entries()) {
        const group = groups[s.buffer];
        if (!group || s.columns === 0) continue;
        pass.setBindGroup(0, group, [SLOT * i]);
        pass.dispatchWorkgroups(Math.ceil(s.columns / WORKGROUP));
      }
    },
  };
}

async function chosenColumns(
  gpu: Gpu,
  job: Job,
  columns: number,
  patients: readonly number[],
): Promise<GPUBuffer> {
  const values = new Float32Array(Math.max(1, columns * patients.length));
  for (const [i, patient] of patients.entries()) {
    const own = job.columns.read(patient, 1);
    for (let c = 0; c < columns; c++) values[c * patients.length + i] = own[c] ?? Number.NaN;
  }
  const { buffer } = await gpu.allocate({
    buffer: { bytes: values.byteLength, usage: USAGE.storage | USAGE.copyTarget },
  });
  gpu.device.queue.writeBuffer(buffer, 0, values);
  return buffer;
}
