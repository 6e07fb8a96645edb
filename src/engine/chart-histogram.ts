// Bars for a chart from a column of fine bins. In: a histogram's column and about how many bars. Out: even edges on
// round numbers and whole counts that add up to every patient whose value exists. Where even steps from end to end would
// put nearly everybody into one bar, they cover all but the far tails, each a bar of its own, and are even in the logarithm
// for values over several powers of ten. It is a picture: a bar's count is off by at most the patients of the fine bins that
// its edges cut, shared out in proportion.
import { binCount, type Histogram, present, quantiles, visibleEdges } from './histogram.ts';

export interface Bars {
  /** One more than counts; empty when no value exists. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** Share of the patients in each far tail. */
const TAIL = 0.002;
/** All of the range over what is between the tails, from which on the tails are apart. */
const LONG = 5;
/** Largest over smallest between the tails, from which on steps are even in the logarithm. */
const LOG_SPAN = 1000;

export function chartHistogram(histogram: Histogram, column: number, bars: number): Bars {
  const total = present(histogram, column);
  if (total === 0) return { edges: [], counts: [] };
  const edges = edgesOf(histogram, column, bars, total);
  const bins = binCount(histogram.layout);
  const first = column * bins;
  // Patients below each inner edge; whole numbers, so that their differences add up.
  const below: number[] = [0];
  let bin = 0;
  let passed = 0;
  for (const edge of edges.slice(1, -1)) {
    let [low, high] = visibleEdges(histogram, column, bin);
    while (bin < bins - 1 && high <= edge) {
      passed += histogram.counts[first + bin] ?? 0;
      bin++;
      [low, high] = visibleEdges(histogram, column, bin);
    }
    const share = edge > low && high > low ? Math.min(1, (edge - low) / (high - low)) : 0;
    below.push(Math.round(passed + share * (histogram.counts[first + bin] ?? 0)));
  }
  below.push(total);
  return { edges, counts: below.slice(1).map((count, i) => count - (below[i] ?? 0)) };
}

function edgesOf(histogram: Histogram, column: number, bars: number, total: number): number[] {
  const [min, max] = [histogram.min[column] ?? 0, histogram.max[column] ?? 0];
  // Of those who have a value; the missing count as larger than every number.
  const share = total / (total + (histogram.missing[column] ?? 0));
  const [low, high] = quantiles(histogram, column, [TAIL * share, (1 - TAIL) * share], total);
  if (typeof low !== 'number' || typeof high !== 'number') return roundEdges(min, max, bars);
  const spread = low > 0 && high / low >= LOG_SPAN;
  if (!spread && !(high > low && max - min > LONG * (high - low))) return roundEdges(min, max, bars);
  const inner = spread ? logEdges(low, high, bars) : roundEdges(low, high, bars);
  const [first = low, last = high] = [inner[0], inner.at(-1)];
  return [...(min < first ? [min] : []), ...inner, ...(max > last ? [max] : [])];
}

/** About `bars` steps, a whole number of them a power of ten. */
function logEdges(low: number, high: number, bars: number): number[] {
  const each = Math.max(1, Math.round(bars / Math.log10(high / low)));
  const from = Math.floor(each * Math.log10(low) + 1e-9);
  const to = Math.ceil(each * Math.log10(high) - 1e-9);
  return Array.from({ length: to - from + 1 }, (_, i) => 10 ** ((from + i) / each));
}

/** About `bars` steps of 1, 2, 2.5 or 5 times a power of ten that cover min .. max. */
function roundEdges(min: number, max: number, bars: number): number[] {
  // All values equal (to f64's digits): one bar about them, a tenth of their size wide.
  const span = max - min > 1e-12 * Math.max(Math.abs(min), Math.abs(max)) ? max - min : 0;
  if (span === 0) {
    const half = min === 0 ? 0.5 : Math.abs(min) * 0.05;
    return [min - half, min + half];
  }
  const raw = span / Math.max(1, bars);
  const exponent = Math.floor(Math.log10(raw));
  const power = 10 ** Math.abs(exponent);
  const scaled = exponent < 0 ? raw * power : raw / power;
  const factor = [1, 2, 2.5, 5, 10].find((f) => f >= scaled * (1 - 1e-9)) ?? 10;
  // Dividing by a whole power of ten keeps 0.3 at 0.3, where multiplying by 0.1 does not.
  const at = (i: number) => (exponent < 0 ? (i * factor) / power : i * factor * power);
  const step = at(1);
  const from = Math.floor(min / step + 1e-9);
  const to = Math.max(from + 1, Math.ceil(max / step - 1e-9));
  return Array.from({ length: to - from + 1 }, (_, i) => at(from + i));
}
