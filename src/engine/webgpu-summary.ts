// Where the counts and moments of a run live on the device, and how they become a Summary. In: Program, Job. Out: tasks
// for shaders/summarise.wgsl (one per arm and output or endpoint), and the numbers read back added into histograms.
import type { Job } from './backend.ts';
import { type BinLayout, binCount, type Histogram } from './histogram.ts';
import type { OpenSummary, SummaryShape } from './summary.ts';

/** One output or endpoint of one arm: neighbouring columns with the same bins. */
export interface SeriesPlace {
  readonly arm: number;
  readonly layout: BinLayout;
  /** First column of the arm, and how many. */
  readonly column: number;
  readonly columns: number;
  /** Buffer of counts and its first word for this series. */
  readonly buffer: number;
  readonly word: number;
  readonly words: number;
  readonly kind: 'outputs' | 'endpoints';
  readonly index: number;
}

/** Series packed into as few buffers as the largest binding allows; RangeError names a series too large for one. */
export function planSeries(
  program: SummaryShape,
  job: Job,
  largestBinding: number,
): { readonly series: readonly SeriesPlace[]; readonly words: readonly number[] } {
  const series: SeriesPlace[] = [];
  const words: number[] = [];
  const add = (
    arm: number,
    kind: SeriesPlace['kind'],
    index: number,
    layout: BinLayout,
    column: number,
    columns: number,
  ) => {
    const needed = columns * binCount(layout);
    if (4 * needed > largestBinding) {
      throw new RangeError(
        `${columns} histograms of ${binCount(layout)} bins need ${4 * needed} bytes, the device binds ${largestBinding}; ask for fewer output times`,
      );
    }
    let buffer = words.length - 1;
    if (buffer < 0 || 4 * ((words[buffer] ?? 0) + needed) > largestBinding) {
      words.push(0);
      buffer++;
    }
    const word = words[buffer] ?? 0;
    words[buffer] = word + needed;
    series.push({ arm, kind, index, layout, column, columns, buffer, word, words: needed });
  };
  for (const arm of job.arms.keys()) {
    const outputs = program.outputs.length;
    for (const [i, layout] of job.bins.outputs.entries())
      add(arm, 'outputs', i, layout, i * job.times.length, job.times.length);
    for (const [i, layout] of job.bins.endpoints.entries())
      add(arm, 'endpoints', i, layout, outputs * job.times.length + i, 1);
  }
  // A run that records nothing still binds a buffer of counts.
  return { series, words: words.length > 0 ? words : [1] };
}

/** The uniform `Task` of one series. */
export function taskWords(s: SeriesPlace, columns: number, patients: number, stride: number): Int32Array {
  const { mantissaBits, low, high, signed } = s.layout;
  return Int32Array.of(
    s.arm * stride,
    (s.arm * columns + s.column) * stride,
    patients,
    stride,
    s.word,
    s.arm * columns + s.column,
    mantissaBits,
    low,
    high - low,
    signed ? 1 : 0,
    s.columns,
    0,
  );
}

/** Adds one chunk's moments and tallies; counts stay on the device until the end. */
export function addChunk(
  summary: OpenSummary,
  series: readonly SeriesPlace[],
  columns: number,
  patients: number,
  moments: ArrayBuffer,
  tallies: ArrayBuffer,
): void {
  const words = new Uint32Array(moments);
  const floats = new Float32Array(moments);
  for (const s of series) {
    const histogram = seriesHistogram(summary, s);
    if (!histogram) continue;
    for (let c = 0; c < s.columns; c++) {
      const at = 4 * (s.arm * columns + s.column + c);
      histogram.sum[c] = (histogram.sum[c] ?? 0) + (floats[at] ?? 0);
      histogram.missing[c] = (histogram.missing[c] ?? 0) + (words[at + 3] ?? 0);
      const low = words[at + 1] ?? 0;
      const high = words[at + 2] ?? 0;
      // An empty column: the smallest key above the largest one.
      if (low > high) continue;
      histogram.min[c] = Math.min(histogram.min[c] ?? Number.POSITIVE_INFINITY, fromKey(low));
      histogram.max[c] = Math.max(histogram.max[c] ?? Number.NEGATIVE_INFINITY, fromKey(high));
    }
  }
  const tally = new Uint32Array(tallies);
  for (const [a, arm] of summary.arms.entries()) {
    for (let s = 0; s < arm.statuses.length; s++)
      arm.statuses[s] = (arm.statuses[s] ?? 0) + (tally[8 * a + s] ?? 0);
    arm.steps += (tally[8 * a + 5] ?? 0) + 65536 * (tally[8 * a + 6] ?? 0);
  }
  summary.patients += patients;
}

export function addCounts(
  summary: OpenSummary,
  series: readonly SeriesPlace[],
  buffers: readonly ArrayBuffer[],
): void {
  for (const s of series) {
    const counts = buffers[s.buffer];
    if (counts) seriesHistogram(summary, s)?.counts.set(new Uint32Array(counts, 4 * s.word, s.words));
  }
}

function seriesHistogram(summary: OpenSummary, s: SeriesPlace): Histogram | undefined {
  return summary.arms[s.arm]?.[s.kind][s.index];
}

const scratch = new DataView(new ArrayBuffer(4));

/** The float whose ordered_key (shaders/bits.wgsl) this is. */
export function fromKey(key: number): number {
  scratch.setUint32(0, key >= 0x80000000 ? key - 0x80000000 : ~key >>> 0);
  return scratch.getFloat32(0);
}
