// Weights as the run counts them, and what is told of them. In: fitted weights of the solved patients. Out: whole numbers for
// the device, the same numbers for who listens; the effective size, every number asked for with and without them; warnings.
import type { WeightSource } from '../engine/backend.ts';
import type { Column } from '../statistics/weighting-targets.ts';
import type { WeightingResult } from './result.ts';
import type { Line, Wanted } from './weight-targets.ts';

export interface CohortWeights {
  /** For the device. */
  readonly source: WeightSource;
  /** The same numbers, 1 on average, for who listens. */
  readonly of: (first: number, count: number) => Float64Array;
  /** Units of `source` that a patient has on average: a weighted count over it is a number of patients. */
  readonly scale: number;
  readonly told: WeightingResult;
}

/** Columns of the solved patients, and who they are. */
export interface Seen {
  readonly columns: readonly Column[];
  readonly solved: Uint32Array;
}

/** Units of an average patient at most: weights are rounded to 1 / 4096 of the average. */
const MOST_UNITS = 4096;
/**
 * Below this share of the patients, or with one patient above that share of the weight, numbers hang on a few; of 20 patients
 * everybody has as much, so that one must also count as two.
 */
const FEW = 0.1;
const HEAVY = 0.05;
const HEAVIER = 2;

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/** Weights as whole numbers, all together below 2^32 whatever they are: they add up to the patients times a unit. */
export function rounded(
  weights: Float64Array,
  seen: Seen,
  patients: number,
  wanted: readonly Wanted[],
): CohortWeights {
  const { solved } = seen;
  let unit = MOST_UNITS;
  while (patients * unit >= 2 ** 31) unit /= 2;
  const units = new Uint32Array(patients);
  const each = (unit * patients) / solved.length;
  let common = 0;
  for (let k = 0; k < solved.length; k++) {
    const own = Math.round(each * (weights[k] ?? 0));
    units[solved[k] ?? 0] = own;
    common = divisor(own, common);
  }
  // Equal weights become 1 each: the very counts of a cohort without weights.
  let [total, squares, largest, excluded] = [0, 0, 0, 0];
  for (let i = 0; i < patients; i++) {
    const own = (units[i] ?? 0) / Math.max(1, common);
    units[i] = own;
    total += own;
    squares += own * own;
    largest = Math.max(largest, own);
    if (own === 0) excluded++;
  }
  const scale = total / patients;
  const told: WeightingResult = {
    effective: (total * total) / squares,
    largest: largest / scale,
    excluded,
    targets: linesOf(wanted, seen, units),
  };
  return {
    source: { key: `weights ${++fitted}`, read: (first, count) => units.slice(first, first + count) },
    of: (first, count) => Float64Array.from(units.subarray(first, first + count), (own) => own / scale),
    scale,
    told,
  };
}

/** Tells the weights of one fit from those of another. */
let fitted = 0;

export function warningsOf(
  { effective, largest }: WeightingResult,
  patients: number,
  failed: number,
): string[] {
  const few = effective < FEW * patients;
  const share = largest / patients;
  return [
    ...(failed > 0
      ? [
          `${failed.toLocaleString('en')} patients failed in the first pass of the targets' endpoints, and weigh nothing`,
        ]
      : []),
    ...(few
      ? [
          `the weights leave the information of ${Math.round(effective).toLocaleString('en')} of ${patients.toLocaleString('en')} patients: the targets are far from this cohort, so change its distributions or draw more patients`,
        ]
      : []),
    ...(share > HEAVY && largest > HEAVIER
      ? [`one patient has ${Math.round(100 * share)} % of the weight`]
      : []),
  ];
}

/** Every number asked for, with the weights as they are counted and with equal ones. */
function linesOf(
  wanted: readonly Wanted[],
  { columns, solved }: Seen,
  units: Uint32Array,
): WeightingResult['targets'] {
  const equal = () => 1;
  const own = (k: number) => units[solved[k] ?? 0] ?? 0;
  return wanted.flatMap(({ lines }, w) => {
    const values = columns[w]?.values ?? new Float64Array(0);
    return lines.map((line) => ({
      name: line.name,
      target: line.target,
      weighted: numberOf(line, values, own),
      unweighted: numberOf(line, values, equal),
    }));
  });
}

function numberOf(line: Line, values: Float64Array, weight: (k: number) => number): number {
  const mean = (of: (x: number) => number) => {
    let [sum, total] = [0, 0];
    for (let k = 0; k < values.length; k++) {
      const own = weight(k);
      sum += own * of(values[k] ?? Number.NaN);
      total += own;
    }
    return sum / total;
  };
  if (line.kind === 'share') return mean((x) => (line.holds(x) ? 1 : 0));
  const centre = mean((x) => x);
  return line.kind === 'mean' ? centre : Math.sqrt(mean((x) => (x - centre) ** 2));
}
