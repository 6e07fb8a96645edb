// Mergeable histograms over float bits. A value's bin is an integer function of its f32 bits, so counts are the same
// in any order, on any device, in any split of the cohort; `k` mantissa bits bound the relative width of a bin by 2^-k.
// In: patients' values, column by column. Out: counts, quantiles, means. Charts re-bin in chart-histogram.ts.

/**
 * Bins of one column, from below: negative magnitudes (largest first), zero, positive magnitudes (smallest first).
 * With octaves covering [2^low, 2^high), magnitudes under 2^low fall in the zero bin, over 2^high in the last bin.
 * Number of bins = (signed ? 2 : 1) * (high - low) * 2^mantissaBits + 1; when not signed, negatives count as zero.
 */
export interface BinLayout {
  readonly mantissaBits: number;
  readonly low: number;
  readonly high: number;
  readonly signed: boolean;
}

/** Columns side by side (one per output time, or a single one for an endpoint). */
export interface Histogram {
  readonly layout: BinLayout;
  readonly columns: number;
  /** [column][bin] flattened. Of a run with weights these, `missing` and `sum` count each patient by its weight. */
  readonly counts: Uint32Array;
  /** Values that do not exist (an event that never came), per column. Not in counts, sum, min or max. */
  readonly missing: Float64Array;
  readonly sum: Float64Array;
  /** Of exactly the values that were counted; Infinity and -Infinity while there is none. */
  readonly min: Float64Array;
  readonly max: Float64Array;
}

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** Bins on one side of zero. */
const magnitudes = (layout: BinLayout): number => (layout.high - layout.low) * 2 ** layout.mantissaBits;

const zeroBin = (layout: BinLayout): number => (layout.signed ? magnitudes(layout) : 0);

export function binCount(layout: BinLayout): number {
  return (layout.signed ? 2 : 1) * magnitudes(layout) + 1;
}

/**
 * The bin of a finite number, after rounding it to f32. Shaders do the same with `bitcast<u32>`: with
 * m = bits & 0x7fffffff and key = (m >> (23 - k)) - ((low + 127) << k), a negative key is the zero bin and a key past
 * the top is the last one.
 */
export function binOf(layout: BinLayout, x: number): number {
  single[0] = x;
  const word = bits[0] ?? 0;
  const k = layout.mantissaBits;
  const side = magnitudes(layout);
  const zero = layout.signed ? side : 0;
  const key = ((word & 0x7fffffff) >>> (23 - k)) - ((layout.low + 127) << k);
  if (key < 0) return zero;
  const step = key >= side ? side : key + 1;
  if (word >>> 31 === 0) return zero + step;
  return layout.signed ? zero - step : 0;
}

/** Where a bin begins and ends. The outermost bins also hold what lies beyond them; see the column's min and max. */
export function binEdges(layout: BinLayout, bin: number): [number, number] {
  const zero = layout.signed ? magnitudes(layout) : 0;
  const smallest = 2 ** layout.low;
  if (bin === zero) return [layout.signed ? -smallest : 0, smallest];
  const width = 2 ** layout.mantissaBits;
  const magnitude = (key: number) =>
    2 ** (layout.low + Math.floor(key / width)) * (1 + (key % width) / width);
  const key = Math.abs(bin - zero) - 1;
  return bin > zero ? [magnitude(key), magnitude(key + 1)] : [-magnitude(key + 1), -magnitude(key)];
}

/** An empty histogram. */
export function createHistogram(layout: BinLayout, columns: number): Histogram {
  const { mantissaBits, low, high } = layout;
  if (!Number.isInteger(mantissaBits) || mantissaBits < 0 || mantissaBits > 12)
    throw new RangeError(`mantissaBits is ${mantissaBits}; use a whole number from 0 to 12`);
  if (!Number.isInteger(low) || !Number.isInteger(high) || low < -126 || high > 128 || low >= high)
    throw new RangeError(`octaves ${low} .. ${high}; use whole numbers with -126 <= low < high <= 128`);
  return {
    layout,
    columns,
    counts: new Uint32Array(columns * binCount(layout)),
    missing: new Float64Array(columns),
    sum: new Float64Array(columns),
    min: new Float64Array(columns).fill(Number.POSITIVE_INFINITY),
    max: new Float64Array(columns).fill(Number.NEGATIVE_INFINITY),
  };
}

/**
 * Counts `values[offset .. offset + count - 1]`, one a patient, into a column. A value that is not finite does not
 * exist and is counted as missing. `failed[i]` not 0 leaves patient i (of this stretch) out altogether.
 * The stretch is summed on its own, in patient order, and added once: equal stretches in equal order give equal bits.
 */
export function addColumn(
  histogram: Histogram,
  column: number,
  values: Float64Array | Float32Array,
  offset: number,
  count: number,
  failed?: Uint8Array,
): void {
  const { layout, counts } = histogram;
  // binOf with its constants taken out of the loop: this loop sees every patient, time and output of a run.
  const side = magnitudes(layout);
  const zero = column * binCount(layout) + (layout.signed ? side : 0);
  const down = layout.signed ? -1 : 0;
  const shift = 23 - layout.mantissaBits;
  const base = (layout.low + 127) << layout.mantissaBits;
  const words = wordsOf(values, offset, count);
  let missing = 0;
  let sum = 0;
  let min = histogram.min[column] ?? Number.POSITIVE_INFINITY;
  let max = histogram.max[column] ?? Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    if (failed !== undefined && failed[i] !== 0) continue;
    const x = values[offset + i] ?? Number.NaN;
    if (x - x !== 0) {
      missing++;
      continue;
    }
    const word = words[i] ?? 0;
    const key = ((word & 0x7fffffff) >>> shift) - base;
    const step = key < 0 ? 0 : key >= side ? side : key + 1;
    const at = zero + (word >= 0 ? step : down * step);
    counts[at] = (counts[at] ?? 0) + 1;
    sum += x;
    if (x < min) min = x;
    if (x > max) max = x;
  }
  histogram.missing[column] = (histogram.missing[column] ?? 0) + missing;
  histogram.sum[column] = (histogram.sum[column] ?? 0) + sum;
  histogram.min[column] = min;
  histogram.max[column] = max;
}

/**
 * The same with patient i of the stretch counted `weights[i]` times, in counts, missing and sum; min and max are those of
 * the patients with any weight. Whole numbers; those of a column must add up to less than 2^32.
 */
export function addWeightedColumn(
  histogram: Histogram,
  column: number,
  values: Float64Array | Float32Array,
  offset: number,
  count: number,
  weights: Uint32Array,
  failed?: Uint8Array,
): void {
  const { layout, counts } = histogram;
  const first = column * binCount(layout);
  let missing = 0;
  let sum = 0;
  let min = histogram.min[column] ?? Number.POSITIVE_INFINITY;
  let max = histogram.max[column] ?? Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    const weight = weights[i] ?? 0;
    if (weight === 0 || (failed !== undefined && failed[i] !== 0)) continue;
    const x = values[offset + i] ?? Number.NaN;
    if (x - x !== 0) {
      missing += weight;
      continue;
    }
    const at = first + binOf(layout, x);
    counts[at] = (counts[at] ?? 0) + weight;
    sum += weight * x;
    if (x < min) min = x;
    if (x > max) max = x;
  }
  histogram.missing[column] = (histogram.missing[column] ?? 0) + missing;
  histogram.sum[column] = (histogram.sum[column] ?? 0) + sum;
  histogram.min[column] = min;
  histogram.max[column] = max;
}

let rounded = new Float32Array(256);

/** The f32 bits of a stretch of values; of f64 valid until the next call. */
function wordsOf(values: Float64Array | Float32Array, offset: number, count: number): Int32Array {
  if (values instanceof Float32Array)
    return new Int32Array(
      values.buffer,
      values.byteOffset + 4 * offset,
      Math.min(count, values.length - offset),
    );
  if (rounded.length < count) rounded = new Float32Array(2 * count);
  rounded.set(values.subarray(offset, offset + count));
  return new Int32Array(rounded.buffer, 0, count);
}

/** Adds `other` to `into`. Counts, min and max do not depend on the order; sums do in their last bits. */
export function mergeHistogram(into: Histogram, other: Histogram): void {
  const a = into.layout;
  const b = other.layout;
  const same =
    a.mantissaBits === b.mantissaBits && a.low === b.low && a.high === b.high && a.signed === b.signed;
  if (!same || into.columns !== other.columns)
    throw new RangeError(
      `cannot merge ${inWords(other)} into ${inWords(into)}; make both from the same job's bins and times`,
    );
  const [counts, more] = [into.counts, other.counts];
  for (let c = 0; c < into.columns; c++) {
    const [from, to] = occupied(other, c);
    for (let i = from; i < to; i++) counts[i] = (counts[i] ?? 0) + (more[i] ?? 0);
  }
  for (let c = 0; c < into.columns; c++) {
    into.missing[c] = (into.missing[c] ?? 0) + (other.missing[c] ?? 0);
    into.sum[c] = (into.sum[c] ?? 0) + (other.sum[c] ?? 0);
    into.min[c] = Math.min(into.min[c] ?? Number.NaN, other.min[c] ?? Number.NaN);
    into.max[c] = Math.max(into.max[c] ?? Number.NaN, other.max[c] ?? Number.NaN);
  }
}

const inWords = ({ layout, columns }: Histogram) =>
  `a histogram of ${columns} columns with bins ${JSON.stringify(layout)}`;

/** The same counts with bins up to 2^high, more than it has. Nothing may lie over the top yet: where it would be is not known. */
export function raised(histogram: Histogram, high: number): Histogram {
  const { layout, columns, counts } = histogram;
  const over = 2 ** layout.high;
  if (histogram.max.some((x) => x >= over) || histogram.min.some((x) => x <= -over))
    throw new RangeError(`${inWords(histogram)} has values over the top; raise it before they are counted`);
  const into = createHistogram({ ...layout, high }, columns);
  for (const key of ['missing', 'sum', 'min', 'max'] as const) into[key].set(histogram[key]);
  const [bins, more] = [binCount(layout), binCount(into.layout)];
  const shift = zeroBin(into.layout) - zeroBin(layout);
  for (let c = 0; c < columns; c++)
    into.counts.set(counts.subarray(c * bins, (c + 1) * bins), c * more + shift);
  return into;
}

export function copyHistogram(histogram: Histogram): Histogram {
  return {
    layout: histogram.layout,
    columns: histogram.columns,
    counts: histogram.counts.slice(),
    missing: histogram.missing.slice(),
    sum: histogram.sum.slice(),
    min: histogram.min.slice(),
    max: histogram.max.slice(),
  };
}

/**
 * The stretch of `counts` from the bin of the column's min to just past that of its max: all others are 0. Columns have
 * tens of thousands of bins and most values share a few octaves, so walks keep to this stretch.
 */
function occupied(histogram: Histogram, column: number): [number, number] {
  const { layout } = histogram;
  const min = histogram.min[column] ?? Number.POSITIVE_INFINITY;
  const max = histogram.max[column] ?? Number.NEGATIVE_INFINITY;
  if (!(min <= max)) return [0, 0];
  const first = column * binCount(layout);
  return [first + binOf(layout, min), first + binOf(layout, max) + 1];
}

/** Patients of a column whose value exists. */
export function present(histogram: Histogram, column: number): number {
  const [from, to] = occupied(histogram, column);
  const { counts } = histogram;
  let total = 0;
  for (let i = from; i < to; i++) total += counts[i] ?? 0;
  return total;
}

/** Mean over the patients whose value exists; null when there is none. */
export function mean(histogram: Histogram, column: number, n = present(histogram, column)): number | null {
  return n === 0 ? null : (histogram.sum[column] ?? 0) / n;
}

/**
 * A bin's edges, drawn in (or out, for what lies beyond the outermost bins) to the column's min and max. What the zero
 * bin holds is as good as zero and is shown as zero, so a share that is exactly 0 % for many patients reads 0 %.
 */
export function visibleEdges(histogram: Histogram, column: number, bin: number): [number, number] {
  const { layout } = histogram;
  const min = histogram.min[column] ?? 0;
  const max = histogram.max[column] ?? 0;
  if (bin === zeroBin(layout)) {
    const zero = Math.min(Math.max(0, min), max);
    return [zero, zero];
  }
  const [low, high] = binEdges(layout, bin);
  const open = bin === binCount(layout) - 1;
  return [bin === 0 ? min : Math.max(low, min), open ? max : Math.min(high, max)];
}

/**
 * The p-quantile of n values: linear interpolation between the two values around position (n - 1) p (type 7 of Hyndman
 * and Fan 1996, the default of R and NumPy), missing values counted as larger than every number. The k-th of m values in
 * a bin is taken to lie at (k - 1/2) / m of its width, so each is within half a bin's width where a bin holds one value.
 * Never outside min .. max. null when it would need a missing value or the column is empty.
 */
export function quantile(histogram: Histogram, column: number, p: number): number | null {
  return quantiles(histogram, column, [p])[0] ?? null;
}

/** Several ascending probabilities in one walk over the bins. `existing` is `present(histogram, column)`, where known. */
export function quantiles(
  histogram: Histogram,
  column: number,
  probabilities: readonly number[],
  existing = present(histogram, column),
): (number | null)[] {
  const first = column * binCount(histogram.layout);
  const [from, to] = occupied(histogram, column);
  const n = existing + (histogram.missing[column] ?? 0);
  if (n === 0) return probabilities.map(() => null);
  const position = (p: number) => {
    // (n - 1) p is a product of a rounded p: 0.07 * 100 is a hair over 7 and must still mean the eighth value.
    const exact = (n - 1) * Math.min(1, Math.max(0, p));
    const near = Math.round(exact);
    return Math.abs(exact - near) < 1e-9 ? near : exact;
  };
  const positions = probabilities.map(position);
  const wanted = [...new Set(positions.flatMap((h) => [Math.floor(h), Math.ceil(h)]))].sort((a, b) => a - b);
  const values = new Map<number, number>();
  const { counts } = histogram;
  let next = from;
  let through = 0;
  let inside = 0;
  for (const index of wanted) {
    while (through <= index && next < to) {
      inside = counts[next++] ?? 0;
      through += inside;
    }
    if (through <= index) break;
    const [low, high] = visibleEdges(histogram, column, next - 1 - first);
    values.set(index, low + ((high - low) * (index - (through - inside) + 0.5)) / inside);
  }
  // The smallest and the largest value are known exactly.
  const { min, max } = histogram;
  if (values.has(0)) values.set(0, min[column] ?? Number.NaN);
  if (values.has(existing - 1)) values.set(existing - 1, max[column] ?? Number.NaN);
  return positions.map((h) => {
    const lower = values.get(Math.floor(h));
    const upper = values.get(Math.ceil(h));
    if (lower === undefined || upper === undefined) return null;
    const value = lower + (upper - lower) * (h - Math.floor(h));
    // A value a hair under an edge is binned above it once rounded to f32.
    return Math.min(Math.max(value, min[column] ?? value), max[column] ?? value);
  });
}
