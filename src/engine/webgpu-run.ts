// Runs of one compiled program on a GPU: the cohort in chunks that take about 50 ms, counts kept on the device until the
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
import { createSummary } from './summary.ts';
import type { ColumnCache } from './webgpu-columns.ts';
import { type Gpu, type Reading, USAGE } from './webgpu-device.ts';
import { jobWords, type PackedJob, packJob } from './webgpu-job.ts';
import { addChunk, addCounts, planSeries, type SeriesPlace, taskWords } from './webgpu-summary.ts';
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

/** Two seconds reset a Windows GPU; a twentieth keeps the page's own drawing smooth. */
const CHUNK_MS = 50;
/** Patients of the first chunk of a program whose speed is unknown. */
const FIRST_CHUNK = 512;
export function openRuns(
  gpu: Gpu,
  program: Program,
  pipelines: Pipelines,
  columns: ColumnCache,
): Pick<Kernel, 'run' | 'individuals' | 'dispose'> {
  /** Patients (over all arms) per millisecond in the last chunk; what the next run starts from. */
  let speed = 0;
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
          const patients = Math.min(
            chunkSize(space.capacity, job.arms.length),
            blockStart + blockPatients - at,
          );
          const begun = performance.now();
          const chunk = { patients, offset: at - blockStart, block: blockPatients, stride: space.capacity };
          gpu.device.queue.writeBuffer(space.job, 0, jobWords(packed, job, chunk));
          finish.write(patients);
          const [moments, tallies] = await gpu.submit((encoder) => {
            const pass = encoder.beginComputePass();
            dispatchSimulate(pass, pipelines.simulate, bound, patients, job.arms.length);
            finish.record(pass);
            pass.end();
          }, finish.readings);
          if (!moments || !tallies) throw new DeviceError('the GPU gave nothing back');
          addChunk(summary, plan.series, packed.columns, patients, moments, tallies);
          learn(patients * job.arms.length, performance.now() - begun);
          at += patients;
          onProgress?.(at);
        }
      }
      const counts = await gpu.submit(
        () => {},
        space.counts.map((source, i) => ({ source, bytes: 4 * (plan.words[i] ?? 0) })),
      );
      addCounts(summary, plan.series, counts);
      return summary;
    } finally {
      space.dispose();
    }
  }

  function chunkSize(capacity: number, arms: number): number {
    const wanted = speed > 0 ? (speed * CHUNK_MS) / arms : FIRST_CHUNK;
    return Math.min(capacity, Math.max(WORKGROUP, Math.floor(wanted / WORKGROUP) * WORKGROUP));
  }

  /** A small chunk says little about a large one, so the speed may only rise eightfold at a time. */
  function learn(patients: number, ms: number): void {
    const measured = patients / Math.max(ms, 0.05);
    const most = speed > 0 ? 8 * speed : (8 * patients) / CHUNK_MS;
    speed = ms > CHUNK_MS ? measured : Math.min(measured, Math.max(most, (8 * patients) / CHUNK_MS));
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
              { source: space.values, bytes: 4 * job.arms.length * packed.columns * space.capacity },
              { source: space.outcomes, bytes: 8 * job.arms.length * space.capacity },
            ],
          );
          if (!values || !outcomes) throw new DeviceError('the GPU gave nothing back');
          const value = new Float32Array(values);
          const outcome = new Uint32Array(outcomes);
          for (const [a, arm] of arms.entries()) {
            for (let i = 0; i < count; i++) {
              const own = 2 * (a * space.capacity + i);
              arm.status[at + i] = outcome[own] ?? 0;
              arm.steps[at + i] = outcome[own + 1] ?? 0;
              // What a failed patient left behind is discarded.
              if (outcome[own] !== 0) continue;
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
    { source: space.moments, bytes: 16 * job.arms.length * Math.max(1, packed.columns) },
    { source: space.tallies, bytes: 32 * job.arms.length },
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
