// Mergeable histograms over float bits. A value's bin is an integer function of its f32 bits, so counts are the same
// in any order, on any device, in any split of the cohort; `k` mantissa bits bound the relative width of a bin by 2^-k.

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
  /** [column][bin] flattened. */
  readonly counts: Uint32Array;
  /** Values that do not exist (an event that never came), per column. Not in counts, sum, min or max. */
  readonly missing: Float64Array;
  readonly sum: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
}
