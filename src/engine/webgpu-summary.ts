// Where the counts and moments of a run live on the device, and how they become a Summary. In: Program, Job. Out: tasks
// for shaders/summarise.wgsl (one per arm and output or endpoint), and the numbers read back added into histograms.
import type { Job } from './backend.ts';
import { type BinLayout, binCount, binOf, type Histogram } from './histogram.ts';
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
  moments: Uint32Array,
  tallies: Uint32Array,
): void {
  for (const s of series) {
    const histogram = seriesHistogram(summary, s);
    if (!histogram) continue;
    for (let c = 0; c < s.columns; c++) {
      const at = 4 * (s.arm * columns + s.column + c);
      histogram.sum[c] = (histogram.sum[c] ?? 0) + toFloat(moments[at] ?? 0);
      histogram.missing[c] = (histogram.missing[c] ?? 0) + (moments[at + 3] ?? 0);
      const low = moments[at + 1] ?? 0;
      const high = moments[at + 2] ?? 0;
      // An empty column: the smallest key above the largest one.
      if (low > high) continue;
      histogram.min[c] = Math.min(histogram.min[c] ?? Number.POSITIVE_INFINITY, fromKey(low));
      histogram.max[c] = Math.max(histogram.max[c] ?? Number.NEGATIVE_INFINITY, fromKey(high));
    }
  }
  for (const [a, arm] of summary.arms.entries()) {
    for (let s = 0; s < arm.statuses.length; s++)
      arm.statuses[s] = (arm.statuses[s] ?? 0) + (tallies[8 * a + s] ?? 0);
    arm.steps += (tallies[8 * a + 6] ?? 0) + 65536 * (tallies[8 * a + 7] ?? 0);
  }
  summary.patients += patients;
}

/** Neighbouring bins of one column that hold all its counts. */
export interface CountRange {
  readonly series: SeriesPlace;
  /** First word in the series' buffer of counts, first in the histogram's counts, and how many. */
  readonly word: number;
  readonly at: number;
  readonly words: number;
}

/** Where the counts are that are not zero, from each column's smallest and largest value: far less than all bins. */
export function countRanges(summary: OpenSummary, series: readonly SeriesPlace[]): readonly CountRange[] {
  return series.flatMap((s) => {
    const histogram = seriesHistogram(summary, s);
    if (!histogram) return [];
    const bins = binCount(s.layout);
    return Array.from({ length: s.columns }, (_, c) => c).flatMap((c) => {
      const [min = 0, max = 0] = [histogram.min[c], histogram.max[c]];
      if (min > max) return [];
      const low = binOf(s.layout, min);
      // Unsigned bins hold negative numbers with the zeros, so the largest bin is not always the larger number's.
      const high = Math.max(low, binOf(s.layout, max));
      return [{ series: s, word: s.word + c * bins + low, at: c * bins + low, words: high - low + 1 }];
    });
  });
}

export function addCounts(summary: OpenSummary, range: CountRange, words: Uint32Array): void {
  seriesHistogram(summary, range.series)?.counts.set(words, range.at);
}

function seriesHistogram(summary: OpenSummary, s: SeriesPlace): Histogram | undefined {
  return summary.arms[s.arm]?.[s.kind][s.index];
}

const scratch = new DataView(new ArrayBuffer(4));

function toFloat(bits: number): number {
  scratch.setUint32(0, bits);
  return scratch.getFloat32(0);
}

/** The float whose ordered_key (shaders/bits.wgsl) this is. */
export function fromKey(key: number): number {
  return toFloat(key >= 0x80000000 ? key - 0x80000000 : ~key >>> 0);
}
