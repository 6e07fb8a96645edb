// Weights of a cohort: the nearest to equal ones with which it has the numbers that `cohort.weights` asks for, or why there are
// none. In: wanted targets, a prepared study, a way to solve patients (endpoints are known only after a first pass over the
// arms they are of). Out: whole numbers for the device to count by, the same numbers for who listens, what is told of them.
// Patients that fail in the first pass weigh nothing: they have no value to be weighted by. Where a value does not exist for
// a solved patient the target is refused, but for quantiles, which take it as larger than every number.
import type { EndpointBlock, Job, RunOptions, WeightSource } from '../engine/backend.ts';
import { searchWeights, type Weighting } from '../statistics/weighting.ts';
import type { Column, Infeasible } from '../statistics/weighting-targets.ts';
import type { Refusal } from './plan.ts';
import type { Prepared } from './prepare.ts';
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

export type Weighed =
  /** `weights`: null for a preview whose few patients cannot meet the targets; it is shown as it is. */
  | {
      readonly kind: 'weighed';
      readonly weights: CohortWeights | null;
      readonly warnings: readonly string[];
    }
  | { readonly kind: 'refused'; readonly errors: readonly Refusal[] };

export interface Weighing {
  readonly prepared: Pick<Prepared, 'job' | 'plan'>;
  readonly preview: boolean;
  /** Runs a job, failed patients solved again. */
  readonly solve: (job: Job, options: RunOptions) => Promise<unknown>;
  readonly options: RunOptions | undefined;
}

/** Units of an average patient at most: weights are rounded to 1 / 4096 of the average. */
const MOST_UNITS = 4096;
/** Numbers in memory for targets that are means and spreads; shares take an eighth. */
const MOST_NUMBERS = 40_000_000;
/** Patients whose columns are read at once. */
const BLOCK = 65_536;
/**
 * Below this share of the patients, or with one patient above that share of the weight, numbers hang on a few; of 20 patients
 * everybody has as much, so that one must also count as two.
 */
const FEW = 0.1;
const HEAVY = 0.05;
const HEAVIER = 2;

/** The last weights that were fitted to covariates alone: while only parameters change they are the same. */
let last: { readonly key: string; readonly patients: number; readonly fitted: Fitted } | undefined;
type Fitted = Weighed & { readonly kind: 'weighed' };

export async function weigh(wanted: readonly Wanted[], weighing: Weighing): Promise<Weighed> {
  const { prepared, preview, options } = weighing;
  const { patients } = prepared.plan;
  const drawn = wanted.every(({ origin }) => origin.kind === 'covariate');
  const key = JSON.stringify([prepared.job.columns.key, wanted.map(({ targets }) => targets)]);
  // A preview shows the first patients of the same cohort, with the weights that they have in all of it.
  const fits = last?.key === key && (preview ? last.patients >= patients : last.patients === patients);
  if (drawn && fits && last) return last.fitted;
  const numbers = wanted
    .flatMap(({ targets }) => targets)
    .filter(({ kind }) => kind !== 'histogram' && kind !== 'share-below');
  if (numbers.length * patients > MOST_NUMBERS)
    return refused(
      'cohort.weights',
      `${numbers.length} means and spreads of ${patients.toLocaleString('en')} patients; at most ${Math.floor(MOST_NUMBERS / patients)} fit into memory`,
    );
  const seen = await valuesOf(wanted, weighing);
  if ('errors' in seen) return preview ? unweighted(seen.errors) : { kind: 'refused', errors: seen.errors };
  const { columns, solved } = seen;
  const found = await settled(
    searchWeights(
      columns,
      wanted.flatMap(({ targets }) => targets),
    ),
    options?.signal,
  );
  if (found.kind === 'infeasible') {
    const errors = found.reasons.map((reason) => refusalOf(reason, wanted));
    return preview ? unweighted(errors) : { kind: 'refused', errors };
  }
  const weights = rounded(found.weights, solved, patients, (units) =>
    linesOf(wanted, columns, solved, units),
  );
  const warnings = warningsOf(weights.told, patients, patients - solved.length);
  const fitted: Fitted = { kind: 'weighed', weights, warnings };
  if (drawn && !preview) last = { key, patients, fitted };
  return fitted;
}

const refused = (field: string, message: string): Weighed => ({
  kind: 'refused',
  errors: [{ field, message }],
});
const unweighted = (errors: readonly Refusal[]): Weighed => ({
  kind: 'weighed',
  weights: null,
  warnings: [`this preview is not weighted, its patients being too few: ${errors[0]?.message ?? ''}`],
});

/** Lets messages in between steps. */
async function settled(search: Generator<undefined, Weighting>, signal?: AbortSignal): Promise<Weighting> {
  for (;;) {
    const { done, value } = search.next();
    if (done) return value;
    await new Promise<void>((resume) => setTimeout(resume, 0));
    signal?.throwIfAborted();
  }
}

function refusalOf(reason: Infeasible, wanted: readonly Wanted[]): Refusal {
  const column = 'column' in reason ? reason.column : undefined;
  const field = wanted.find((one) => one.column === column)?.field ?? 'cohort.weights';
  return { field, message: reason.text };
}

/** Columns of the solved patients, and who they are. */
interface Seen {
  readonly columns: readonly Column[];
  readonly solved: Uint32Array;
}

async function valuesOf(
  wanted: readonly Wanted[],
  { prepared, solve, options }: Weighing,
): Promise<Seen | { readonly errors: readonly Refusal[] }> {
  const { job, plan } = prepared;
  const n = plan.patients;
  const values = wanted.map(() => new Float64Array(n));
  const failed = new Uint8Array(n);
  for (let first = 0; first < n; first += BLOCK) {
    const count = Math.min(BLOCK, n - first);
    const read = wanted.some(({ origin }) => origin.kind === 'covariate')
      ? job.columns.read(first, count)
      : null;
    wanted.forEach(({ origin }, k) => {
      if (read && origin.kind === 'covariate')
        values[k]?.set(read.subarray(origin.column * count, (origin.column + 1) * count), first);
    });
    await new Promise<void>((resume) => setTimeout(resume, 0));
    options?.signal?.throwIfAborted();
  }
  const arms = armsNeeded(wanted);
  const hear = ({ first, count, arms: told }: EndpointBlock) =>
    wanted.forEach(({ origin }, k) => {
      if (origin.kind !== 'endpoint') return;
      const own = told[arms.indexOf(origin.arm)];
      for (let i = 0; i < count; i++) {
        if (own?.status[i] !== 0) failed[first + i] = 1;
        const into = values[k];
        if (into) into[first + i] = own?.endpoints[origin.endpoint * count + i] ?? Number.NaN;
      }
    });
  if (arms.length > 0) {
    // Endpoints do not depend on the output times, so one is enough.
    const only = { ...job, arms: arms.flatMap((a) => job.arms[a] ?? []), times: job.times.slice(0, 1) };
    await solve(only, { ...options, onEndpoints: hear, onRestart() {} });
  }
  let solvedCount = n;
  for (const one of failed) solvedCount -= one;
  const solved = new Uint32Array(solvedCount);
  for (let i = 0, next = 0; i < n; i++) if (failed[i] === 0) solved[next++] = i;
  const errors: Refusal[] = [];
  const columns = wanted.map(({ column, field, missingIsBeyond }, k) => {
    const all = values[k] ?? new Float64Array(n);
    const own = solvedCount === n ? all : Float64Array.from(solved, (i) => all[i] ?? Number.NaN);
    let missing = 0;
    for (let i = 0; i < own.length; i++)
      if (!Number.isFinite(own[i] ?? Number.NaN)) {
        missing++;
        own[i] = Number.MAX_VALUE;
      }
    if (missing > 0 && !missingIsBeyond)
      errors.push({
        field,
        message: `${column} does not exist for ${missing.toLocaleString('en')} of ${solvedCount.toLocaleString('en')} patients, who could only weigh nothing; give quantiles of it, or a target that everybody has`,
      });
    return { name: column, values: own };
  });
  if (solvedCount === 0)
    errors.push({
      field: 'cohort.weights',
      message: 'every patient failed in the first pass, so there is nobody to weigh',
    });
  return errors.length > 0 ? { errors } : { columns, solved };
}

/** Arms that endpoints of targets are of, ascending. */
export function armsNeeded(wanted: readonly Wanted[]): readonly number[] {
  const arms = wanted.flatMap(({ origin }) => (origin.kind === 'endpoint' ? [origin.arm] : []));
  return [...new Set(arms)].sort((a, b) => a - b);
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/** Weights as whole numbers, all together below 2^32 whatever they are: they add up to the patients times a unit. */
function rounded(
  weights: Float64Array,
  solved: Uint32Array,
  patients: number,
  lines: (units: Uint32Array) => WeightingResult['targets'],
): CohortWeights {
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
    targets: lines(units),
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

function warningsOf({ effective, largest }: WeightingResult, patients: number, failed: number): string[] {
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
  columns: readonly Column[],
  solved: Uint32Array,
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
