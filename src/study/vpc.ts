// Visual predictive check of a study whose patients come from a dosing file. In: the study, an engine, how many replicates.
// Out: observed percentiles of a measured output against the intervals that simulated measurements of the same subjects
// give them, at the subjects' own doses and times. Patient replicate * subjects + subject is that subject, drawn anew.

import type { Measurement } from '../language/model.ts';
import { equalCountEdges, predictiveCheck } from '../statistics/predictive-check.ts';
import { JUST_AFTER } from './nonmem.ts';
import type { Refusal } from './plan.ts';
import { type Outcome, type Prepared, prepare } from './prepare.ts';
import { type Assay, assayOf, BELOW, measurementOf } from './residual.ts';
import type { RunContext } from './run.ts';
import { MAX_PATIENTS } from './schema.ts';
import { type Arm, DATA_THERAPY, type Study } from './study.ts';
import { counted, observedOf, observedOutput, type Seen } from './vpc-observed.ts';
import {
  DEFAULT_REPLICATES,
  VPC_LEVEL,
  VPC_PERCENTILES,
  type Vpc,
  type VpcPoints,
  vpcPoints,
  vpcRows,
} from './vpc-report.ts';

export interface VpcOptions {
  readonly replicates?: number;
  /** About equal numbers of observations in each. */
  readonly bins?: number;
  /** Model time, in the place of `bins`. */
  readonly edges?: readonly number[];
  /** Both sides corrected by the population's predictions; observations without one are left out. */
  readonly corrected?: boolean;
  /** Needed where the file has observations of several outputs, or an output is measured in several ways. */
  readonly output?: string;
  readonly measurement?: string;
  /** Needed where several arms take the doses of the file. */
  readonly arm?: string;
  /** Patients integrated at once; no number depends on it. */
  readonly chunk?: number;
}

const DEFAULT_BINS = 10;
/** Smallest prediction that values are divided by, relative to the largest: less is the solver's error. */
const NEGLIGIBLE = 1e-6;
/** Numbers of curves held at once (8 bytes each), and patients. */
const CURVE_NUMBERS = 1_000_000;
const CURVE_CHUNK = 4096;
/** Simulated measurements: all are kept until percentiles are taken, 160 MB. */
const MOST_MEASUREMENTS = 20_000_000;

type Refused = { readonly kind: 'refused'; readonly errors: readonly Refusal[] };
const refuse = (field: string, message: string): Refused => ({
  kind: 'refused',
  errors: [{ field, message }],
});

/** What is checked, and by which subjects. */
interface Subjects {
  readonly prepared: Prepared;
  readonly output: string;
  readonly measurement: Measurement;
  readonly assay: Assay;
  readonly seen: readonly Seen[];
  /** Of each of `seen`, where the check is corrected. */
  readonly predictions: Float64Array | null;
  readonly notes: readonly string[];
}

/** `context.options.onProgress` hears replicates. */
export async function predictiveCheckOf(
  study: Study,
  context: RunContext,
  options: VpcOptions = {},
): Promise<Outcome<{ vpc: Vpc; points: VpcPoints; warnings: readonly string[] }>> {
  const { replicates = DEFAULT_REPLICATES, corrected = false } = options;
  const wrong = wrongOption(options);
  if (wrong !== null) return refuse('vpc', wrong);
  const arm = dataArm(study, options.arm);
  if ('message' in arm) return refuse('arms', arm.message);
  const own = withArm(study, arm);
  const subjects = await subjectsOf(own, context, options);
  if (subjects.kind !== 'done') return subjects;
  const { output, measurement, seen, predictions, notes } = subjects;
  const count = subjects.prepared.plan.patients;
  const most = Math.floor(Math.min(MAX_PATIENTS / count, MOST_MEASUREMENTS / seen.length));
  if (replicates > most)
    return refuse(
      'vpc',
      `${replicates} replicates of ${count} subjects and ${seen.length} observations; use at most ${most}`,
    );

  const cohort = { ...own.cohort, patients: replicates * count };
  const show = { outputs: [output], endpoints: [] };
  const ready = await prepare({ ...own, cohort, show }, preparing(context));
  if (ready.kind !== 'done') return ready;
  const { prepared } = ready;
  const made = await readAt(prepared, context, subjects, measuring(subjects), options.chunk);
  const simulated = withoutFailed(made, seen.length, count);
  const left = simulated.length / seen.length;
  if (left === 0) return refuse('vpc', 'every replicate has a patient who could not be solved');
  const times = Float64Array.from(seen, ({ time }) => time);
  const check = predictiveCheck(
    {
      times,
      values: Float64Array.from(seen, ({ value }) => value),
      simulated,
      ...(predictions && { predictions }),
      // What is below its own limit is BELOW already, and nothing else is as low as this.
      ...(seen.some(({ limit }) => limit !== BELOW) && { quantificationLimit: -Number.MAX_VALUE }),
    },
    {
      edges: options.edges ? Float64Array.from(options.edges) : edgesOf(times, options.bins ?? DEFAULT_BINS),
      percentiles: VPC_PERCENTILES,
      level: VPC_LEVEL,
    },
  );
  const rows = vpcRows(check);
  const outside = seen.length - rows.bins.reduce((sum, { observations }) => sum + observations, 0);
  const { model, seed } = prepared.plan;
  const vpc: Vpc = {
    model: model.name,
    seed,
    arm: arm.name,
    output,
    measurement: measurement.name,
    unit: prepared.program.outputs[0]?.unit ?? '',
    timeUnit: model.time.text,
    subjects: count,
    observations: seen.length,
    replicates: left,
    corrected,
    level: VPC_LEVEL,
    ...rows,
    notes: [
      ...notes,
      ...(study.cohort?.weights ? ['weights are not looked at: every subject counts once'] : []),
      ...(left < replicates
        ? [`${counted(replicates - left, 'replicate')} left out: a patient could not be solved`]
        : []),
      ...(outside > 0 ? [`${counted(outside, 'observation')} outside the bins`] : []),
    ],
  };
  return { kind: 'done', vpc, points: vpcPoints(check, times), warnings: ready.warnings };
}

/** About equal numbers in each; a single time is a bin of its own. */
function edgesOf(times: Float64Array, bins: number): Float64Array {
  const edges = equalCountEdges(times, bins);
  const [first = 0, last = 0] = edges;
  return edges.length === 2 && first === last
    ? Float64Array.of(first, first + 2 ** -20 * Math.max(1, first))
    : edges;
}

function wrongOption({ replicates = 1, bins = 1, chunk = 1, edges }: VpcOptions): string | null {
  for (const [name, n] of Object.entries({ replicates, bins, chunk }))
    if (!(Number.isInteger(n) && n >= 1)) return `${n} ${name}; use a whole number from 1`;
  if (edges && (edges.length < 2 || edges.some((e, i) => !(i === 0 || e > (edges[i - 1] ?? e)))))
    return `bins from ${edges.join(', ')}; edges must ascend, and there must be at least 2`;
  return null;
}

/** The arm whose doses are those of the file. */
function dataArm({ arms, cohort }: Study, wanted?: string): Arm | { readonly message: string } {
  if (cohort?.data === undefined)
    return { message: 'a predictive check needs observations; give a dosing file (cohort.data)' };
  if (cohort.typical)
    return { message: 'typical patients do not vary, so no interval can be drawn; leave out cohort.typical' };
  const given = (arms ?? [{ name: DATA_THERAPY, therapy: DATA_THERAPY }]).filter(
    ({ therapy }) => therapy === DATA_THERAPY,
  );
  const found = wanted === undefined ? given : given.filter(({ name }) => name === wanted);
  const [first] = found;
  if (first && found.length === 1) return first;
  const names = given.map(({ name }) => name).join(', ');
  if (given.length === 0) return { message: `no arm has the doses of the file; give one therapy data` };
  return wanted === undefined
    ? { message: `several arms have the doses of the file; name one of ${names}` }
    : { message: `${wanted} is no arm with the doses of the file; there is ${names}` };
}

const withArm = ({ gemello, model, set, cohort, time, solver }: Study, arm: Arm): Study => ({
  gemello,
  model,
  ...(set && { set }),
  ...(cohort && { cohort }),
  ...(time && { time }),
  ...(solver && { solver }),
  arms: [arm],
});

const preparing = ({ engine, tables }: RunContext) => ({ engine, ...(tables && { tables }) });

/** The subjects without variability: who and what was observed, and what the population's prediction is. */
async function subjectsOf(
  study: Study,
  context: RunContext,
  options: VpcOptions,
): Promise<Refused | Outcome<Subjects>> {
  const { patients: _, ...cohort } = study.cohort ?? {};
  const ready = await prepare({ ...study, cohort: { ...cohort, typical: true } }, preparing(context));
  if (ready.kind !== 'done') return ready;
  const { prepared } = ready;
  const { plan, courses, job } = prepared;
  if (courses === null) return refuse('cohort.data', 'there is no dosing file');
  const output = observedOutput(courses, options.output);
  if (typeof output !== 'string') return refuse('vpc', output.message);
  const measurement = measurementOf(plan.model, output, options.measurement);
  if ('message' in measurement) return refuse('vpc', measurement.message);
  const set = plan.arms[0]?.parameters ?? {};
  const assay = assayOf(plan.model, measurement, { seed: plan.seed, set });
  if ('errors' in assay) return refuse('vpc', assay.errors.join('; '));
  const found = observedOf(courses, output, assay, (s) => job.columns.read(s, 1), plan.until);
  if ('message' in found) return refuse('cohort.data', found.message);
  const none = refuse('vpc', `there is no measurement of ${output} that could be checked`);
  if (found.seen.length === 0) return none;
  const all = { prepared, output, measurement, assay, ...found };
  if (!options.corrected) return { kind: 'done', ...all, predictions: null };
  const made = await readAt(prepared, context, all, (truth) => truth, options.chunk);
  if (made.failed.size > 0) return refuse('vpc', 'a typical patient could not be solved');
  // Just after the first dose there is a trace, which is as good as nothing.
  const trace = NEGLIGIBLE * made.values.reduce((most, truth) => Math.max(most, truth), 0);
  const kept = made.values.map((truth) => (truth > trace ? 1 : 0));
  const seen = found.seen.filter((__, i) => kept[i]);
  if (seen.length === 0) return none;
  const without = found.seen.length - seen.length;
  const notes =
    without > 0
      ? [
          `${counted(without, 'observation')} left out: next to nothing is predicted there, so there is no correction`,
        ]
      : [];
  const predictions = made.values.filter((__, i) => kept[i]);
  return { kind: 'done', ...all, seen, predictions, notes: [...found.notes, ...notes] };
}

/** What one of `seen` is in a patient, from the output's true value and the patient's columns. */
type Reading = (truth: number, seen: Seen, patient: number, columns: Float64Array) => number;

const measuring =
  ({ assay }: Subjects): Reading =>
  (truth, { number, limit }, patient, columns) => {
    const value = assay.measure(assay.ownError(columns), patient, number, truth);
    return value < limit ? BELOW : value;
  };

interface Made {
  /** Of every patient in turn, subject by subject: replicates one after the other, each in the order of `seen`. */
  readonly values: Float64Array;
  readonly failed: ReadonlySet<number>;
}

/** All patients of a prepared study at the times of `seen`, some at a time. */
async function readAt(
  { program, job, courses, plan }: Prepared,
  { engine, options }: RunContext,
  { output, seen }: Pick<Subjects, 'output' | 'seen'>,
  reading: Reading,
  chunk = Number.POSITIVE_INFINITY,
): Promise<Made> {
  const subjects = courses?.courses.length ?? 1;
  const place = program.outputs.findIndex(({ name }) => name === output);
  const times = Float64Array.from(new Set(seen.map(({ at }) => at))).sort();
  const timeOf = new Map(Array.from(times, (time, t) => [time, t]));
  const own = Array.from({ length: subjects }, (_, s) =>
    seen.flatMap((one, i) => (one.subject === s ? [{ one, i, t: timeOf.get(one.at) ?? 0 }] : [])),
  );
  // What happens at the last instant is seen just after it.
  const seenJob = { ...job, times, horizon: plan.until * (1 + 2 * JUST_AFTER) };
  const fit = Math.floor(CURVE_NUMBERS / (times.length * program.outputs.length));
  const most = Math.max(1, Math.min(chunk, CURVE_CHUNK, fit));
  const values = new Float64Array((plan.patients / subjects) * seen.length);
  const failed = new Set<number>();
  for (let first = 0; first < plan.patients; first += most) {
    options?.signal?.throwIfAborted();
    const count = Math.min(most, plan.patients - first);
    const patients = Array.from({ length: count }, (_, i) => first + i);
    const { arms } = await engine.individuals(program, seenJob, patients);
    const [arm] = arms;
    if (!arm) throw new Error('a predictive check has one arm');
    const columns = job.columns.read(first, count);
    const width = columns.length / count;
    for (const [i, patient] of patients.entries()) {
      if (arm.status[i] !== 0) failed.add(patient);
      const ownColumns = Float64Array.from({ length: width }, (_, c) => columns[c * count + i] ?? Number.NaN);
      const start = Math.floor(patient / subjects) * seen.length;
      for (const { one, i: at, t } of own[patient % subjects] ?? []) {
        const truth = arm.outputs[(place * times.length + t) * count + i] ?? Number.NaN;
        values[start + at] = reading(truth, one, patient, ownColumns);
      }
    }
    options?.onProgress?.((first + count) / subjects);
  }
  return { values, failed };
}

/** Whole replicates, as one without a patient is no replicate. */
function withoutFailed({ values, failed }: Made, length: number, subjects: number): Float64Array {
  if (failed.size === 0) return values;
  const lost = new Set(Array.from(failed, (patient) => Math.floor(patient / subjects)));
  return values.filter((_, i) => !lost.has(Math.floor(i / length)));
}
