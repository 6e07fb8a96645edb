// Weights of a cohort: the nearest to equal ones with which it has the numbers that `cohort.weights` asks for, or why there are
// none. In: wanted targets, a prepared study, a way to solve patients (endpoints are known only after a first pass over the
// arms they are of). Out: weights as the run counts them (weight-units.ts).
// Patients that fail in the first pass weigh nothing: they have no value to be weighted by. Where a value does not exist for
// a solved patient the target is refused, but for quantiles, which take it as larger than every number.
import type { EndpointBlock, Job, RunOptions } from '../engine/backend.ts';
import { searchWeights, type Weighting } from '../statistics/weighting.ts';
import type { Infeasible } from '../statistics/weighting-targets.ts';
import type { Refusal } from './plan.ts';
import type { Prepared } from './prepare.ts';
import type { Wanted } from './weight-targets.ts';
import { type CohortWeights, rounded, type Seen, warningsOf } from './weight-units.ts';

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

/** Numbers in memory for targets that are means and spreads; shares take an eighth. */
const MOST_NUMBERS = 40_000_000;
/** Patients whose columns are read at once. */
const BLOCK = 65_536;
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
  const weights = rounded(found.weights, seen, patients, wanted);
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
