// The counting of solved patients on the device: what is recorded after a chunk, and the counts read at the end of a run.
// In: pipelines, buffers, series. Out: passes and readings; fills the summary.
import type { Job } from './backend.ts';
import type { OpenSummary } from './summary.ts';
import type { Gpu, Reading } from './webgpu-device.ts';
import type { PackedJob } from './webgpu-job.ts';
import type { Counters } from './webgpu-pipelines.ts';
import { addCounts, countRanges, type SeriesPlace, taskWords } from './webgpu-summary.ts';
import { bind, SLOT, WORKGROUP, type Workspace } from './webgpu-workspace.ts';

/**
 * Records the counting of a chunk: one dispatch per series, one workgroup per column, and one for the statuses. `pipelines`: the
 * weighted ones where the job has weights.
 */
export function summarisers(
  gpu: Gpu,
  pipelines: Counters,
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
      [
        ...shared,
        counts,
        space.moments,
        space.tallies,
        space.partials,
        ...(space.weights ? [space.weights] : []),
      ],
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

/** The counts of the whole run, in readings that fit a buffer. */
export async function readCounts(
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
