// A visual predictive check as a document. In: the columns over bins of predictive-check.ts. Out: bins as rows, ready for
// JSON: 'below' where a percentile lies below the limit of quantification, null in bins without observations.
import type { CheckedPercentile, PredictiveCheck } from '../statistics/predictive-check.ts';

export const VPC_PERCENTILES = [0.05, 0.5, 0.95] as const;
/** Of the interval over replicates. */
export const VPC_LEVEL = 0.95;
export const DEFAULT_REPLICATES = 500;

export type VpcNumber = number | 'below' | null;

export interface VpcBand {
  readonly observed: VpcNumber;
  /** 2.5 %, 50 % and 97.5 % over replicates. */
  readonly low: VpcNumber;
  readonly median: VpcNumber;
  readonly high: VpcNumber;
  readonly inside: boolean | null;
}

export interface VpcBin {
  /** Model time; [from, to), the last with its end. */
  readonly from: number;
  readonly to: number;
  /** Median observed time. */
  readonly time: number | null;
  readonly observations: number;
  readonly p5: VpcBand;
  readonly p50: VpcBand;
  readonly p95: VpcBand;
  /** Share of measurements below the limit of quantification; absent where nothing has a limit. */
  readonly below?: VpcBand;
}

export interface Vpc {
  readonly model: string;
  readonly seed: string;
  readonly arm: string;
  readonly output: string;
  readonly measurement: string;
  readonly unit: string;
  readonly timeUnit: string;
  readonly subjects: number;
  readonly observations: number;
  /** That count. */
  readonly replicates: number;
  /** Both sides are corrected by the population's prediction. */
  readonly corrected: boolean;
  readonly level: number;
  readonly bins: readonly VpcBin[];
  /** Of the bins with observations, the share in which what was observed lies inside the simulated interval. */
  readonly inside: {
    readonly p5: number;
    readonly p50: number;
    readonly p95: number;
    readonly below?: number;
  };
  readonly notes: readonly string[];
}

/** What was observed, as it was compared: single measurements, which the document does without. */
export interface VpcPoints {
  /** Model time. */
  readonly times: readonly number[];
  readonly values: readonly (number | 'below')[];
}

/** Those inside the bins. `times`: of the observations of the check. */
export function vpcPoints({ values }: PredictiveCheck, times: Float64Array): VpcPoints {
  const kept = Array.from(values, (value, i) => ({ time: times[i] ?? Number.NaN, value: said(value) }));
  const points = kept.flatMap(({ time, value }) => (value === null ? [] : [{ time, value }]));
  return { times: points.map(({ time }) => time), values: points.map(({ value }) => value) };
}

export function vpcRows(check: PredictiveCheck): Pick<Vpc, 'bins' | 'inside'> {
  const { edges, times, counts, percentiles, below } = check;
  const row = (p: number): CheckedPercentile => {
    const found = percentiles.find((one) => one.p === p);
    if (!found) throw new Error(`there is no percentile ${p}`);
    return found;
  };
  const [p5, p50, p95] = [row(0.05), row(0.5), row(0.95)];
  const share = ({ inside, bins }: CheckedPercentile) => inside / bins;
  const bins = Array.from(counts, (observations, b) => ({
    from: edges[b] ?? Number.NaN,
    to: edges[b + 1] ?? Number.NaN,
    time: observations === 0 ? null : (times[b] ?? null),
    observations,
    p5: band(p5, b),
    p50: band(p50, b),
    p95: band(p95, b),
    ...(below && { below: band(below, b) }),
  }));
  const inside = { p5: share(p5), p50: share(p50), p95: share(p95), ...(below && { below: share(below) }) };
  return { bins, inside };
}

function band({ observed, low, median, high }: CheckedPercentile, b: number): VpcBand {
  const [seen, from, to] = [observed, low, high].map((column) => column[b] ?? Number.NaN);
  const inside =
    seen === undefined || from === undefined || to === undefined || Number.isNaN(seen)
      ? null
      : seen >= from && seen <= to;
  return { observed: said(seen), low: said(from), median: said(median[b]), high: said(to), inside };
}

function said(x: number | undefined): VpcNumber {
  if (x === undefined || Number.isNaN(x)) return null;
  return x === Number.NEGATIVE_INFINITY ? 'below' : x;
}
