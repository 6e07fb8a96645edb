// Non-compartmental analysis of every virtual patient, as of a trial's subjects. In: a study, an engine, what to look at.
// Out: the usual parameters patient by patient, handed over chunk by chunk, and their summary by arm. Each curve is that of
// one patient from a dose to the next (or to the run's end); only a chunk's curves are held, so memory does not grow.
import { type RunOptions, STATUSES } from '../engine/backend.ts';
import type { Engine } from '../engine/engine.ts';
import { type PatientLedger, readLedgers } from './ledger.ts';
import { analyse, type Course } from './nca-course.ts';
import { type Flag, type NcaParameter, ncaParameters } from './nca-parameters.ts';
import { type NcaOptions, type NcaPlan, outputOf, planNca } from './nca-plan.ts';
import { createTally, type NcaReport, type Tally } from './nca-summary.ts';
import { patientName } from './nonmem.ts';
import { type Outcome, type Prepared, prepare } from './prepare.ts';
import { readModel } from './read.ts';
import type { RunContext } from './run.ts';
import type { Study } from './study.ts';
import type { CohortWeights } from './weight-units.ts';

/** One patient in one arm. */
export interface NcaRow {
  readonly patient: number;
  /** As in every other file. */
  readonly id: string | number;
  readonly arm: string;
  /** `bolus`, `infusion`, `extravascular`; empty where the patient could not be solved. */
  readonly route: string;
  /** In the report's dose unit; null: nothing was given at that time. */
  readonly dose: number | null;
  /** In the order of the report's parameters. */
  readonly values: readonly (number | null)[];
  readonly flags: readonly string[];
}

export interface NcaColumns {
  readonly doseUnit: string;
  readonly parameters: readonly { readonly name: string; readonly unit: string }[];
}

/** Rows of a chunk, patient by patient, then arm by arm; the next chunk waits for it. */
export type NcaListener = (rows: readonly NcaRow[], columns: NcaColumns) => void | Promise<void>;

/** Field of refusals that are about the analysis's own options. */
export const NCA = 'nca';

/** Numbers of curves held at once (8 bytes each), and patients. */
const CURVE_NUMBERS = 1_000_000;
const CURVE_CHUNK = 2048;

/** An analysis whose options fit its study; nothing but a first look has been computed. */
export interface NcaAnalysis {
  readonly columns: NcaColumns;
  /**
   * `options.onProgress` hears patients. Rejects with options.signal's reason when aborted. `options.weights`: those of the
   * study's run (Ran.weights), with which the summary counts patients; without, each counts once and the report says so.
   */
  run(onRows?: NcaListener, options?: NcaRunOptions): Promise<NcaReport>;
  readonly patients: number;
}

export type NcaRunOptions = Pick<RunOptions, 'signal' | 'onProgress'> & {
  readonly weights?: CohortWeights | null;
};

export async function runNca(
  study: Study,
  context: RunContext,
  options: NcaOptions = {},
  onRows?: NcaListener,
): Promise<Outcome<{ nca: NcaReport; warnings: readonly string[] }>> {
  const opened = await openNca(study, context, options);
  if (opened.kind !== 'done') return opened;
  const { analysis, warnings } = opened;
  return { kind: 'done', nca: await analysis.run(onRows, context.options), warnings };
}

export async function openNca(
  study: Study,
  { engine, tables }: Pick<RunContext, 'engine' | 'tables'>,
  options: NcaOptions = {},
): Promise<Outcome<{ analysis: NcaAnalysis; warnings: readonly string[] }>> {
  const refuse = (message: string) => ({ kind: 'refused', errors: [{ field: NCA, message }] }) as const;
  if ((study.cohort?.studies ?? 1) > 1)
    return refuse(
      'simulated studies have parameters of their own; analyse one study, without cohort.studies',
    );
  const read = readModel(study.model);
  if (read.kind !== 'done') return read;
  const output = outputOf(read.model.outputs, options.output);
  if ('message' in output) return refuse(output.message);
  // One output, no endpoints, and nothing that is made of them.
  const { compare: _, expect: __, ...rest } = study;
  const { weights, ...cohort } = study.cohort ?? {};
  const own = { ...rest, cohort, show: { outputs: [output.name], endpoints: [] } };
  const ready = await prepare(own, { engine, ...(tables && { tables }) });
  if (ready.kind !== 'done') return ready;
  const { prepared } = ready;
  const { plan } = prepared;
  const looking = await planNca(prepared, output, options, engine);
  if ('message' in looking) return refuse(looking.message);
  const { given, from, tau } = looking;
  const parameters = ncaParameters({
    concentration: output.unit,
    time: plan.model.time,
    dose: given.unit,
    tau: tau !== null,
    ways: waysOf(options.route, given.ways),
  });
  const columns = {
    doseUnit: given.unit.text,
    parameters: parameters.map(({ name, unit }) => ({ name, unit })),
  };
  const analysis: NcaAnalysis = {
    columns,
    patients: plan.patients,
    async run(onRows, run) {
      const arms = plan.arms.map(({ name }) => ({ name, count: countArm(parameters) }));
      const units = run?.weights?.source;
      const unweighted =
        weights === undefined
          ? []
          : [
              units
                ? 'patients count by their weights'
                : 'weights are not looked at: every patient counts once',
            ];
      for await (const rows of chunks(prepared, looking, options, engine, run)) {
        const [{ patient: start } = { patient: 0 }] = rows;
        const own = units?.read(start, rows.length / Math.max(1, arms.length));
        const all = rows.map(({ course, ...who }): NcaRow => {
          const arm = arms[who.arm];
          const values = parameters.map((parameter) => told(parameter, course));
          arm?.count.add(course, values, own?.[who.patient - start]);
          return { ...who, ...about(course), arm: arm?.name ?? '', values: values.map(numberOf) };
        });
        await onRows?.(all, columns);
      }
      return {
        model: plan.model.name,
        seed: plan.seed,
        patients: plan.patients,
        output: output.name,
        unit: output.unit.text,
        timeUnit: plan.model.time.text,
        ...columns,
        from,
        tau,
        rule: options.rule ?? 'linear-up-log-down',
        lloq: options.lloq ?? null,
        arms: arms.map(({ name, count }) => ({ name, ...count.report() })),
        notes: [...unweighted, ...notesOf(prepared, looking)],
      };
    },
  };
  return { kind: 'done', analysis, warnings: ready.warnings };
}

interface ChunkRow {
  readonly patient: number;
  readonly id: string | number;
  /** Index. */
  readonly arm: number;
  readonly course: Course;
}

/** Curves of some patients at a time, analysed. */
async function* chunks(
  prepared: Prepared,
  looking: NcaPlan,
  options: NcaOptions,
  engine: Engine,
  run: Pick<RunOptions, 'signal' | 'onProgress'> | undefined,
): AsyncGenerator<readonly ChunkRow[]> {
  const { program, job, plan, courses } = prepared;
  const { times, given, output } = looking;
  const place = program.outputs.findIndex(({ name }) => name === output.name);
  if (place < 0) throw new Error(`${output.name} is not among the outputs that are run`);
  const name = patientName(courses);
  const fit = Math.floor(CURVE_NUMBERS / (times.length * program.outputs.length * plan.arms.length));
  const most = Math.max(1, Math.min(CURVE_CHUNK, fit));
  for (let first = 0; first < plan.patients; first += most) {
    run?.signal?.throwIfAborted();
    const count = Math.min(most, plan.patients - first);
    const patients = Array.from({ length: count }, (_, i) => first + i);
    const made = await engine.individuals(program, { ...job, times }, patients, { ledger: true });
    const ledgers = readLedgers(prepared, made);
    const columns = job.columns.read(first, count);
    const doses = plan.arms.map((_, a) => given.doses(a, ledgers[a] ?? noLedgers(patients), columns));
    yield patients.flatMap((patient, i) =>
      made.arms.map(({ status, outputs }, arm): ChunkRow => {
        const code = status[i] ?? 0;
        const read = (t: number) => outputs[(place * times.length + t) * count + i] ?? Number.NaN;
        const steadyLine = plan.therapies[plan.arms[arm]?.therapy ?? -1]?.doses.some((d) => d.steady);
        const course: Course =
          code === 0
            ? analyse(read, doses[arm]?.[i] ?? [], looking, options, {
                first: looking.firsts[arm] ?? null,
                steadyLine: steadyLine ?? false,
                until: plan.until,
              })
            : { kind: 'failed', status: STATUSES[code] ?? 'failed' };
        return { patient, id: name(patient), arm, course };
      }),
    );
    run?.onProgress?.(first + count);
  }
}

const noLedgers = (patients: readonly number[]): readonly PatientLedger[] =>
  patients.map((patient) => ({ patient, doses: [], decisions: [] }));

function waysOf(route: NcaOptions['route'], ways: NcaPlan['given']['ways']): NcaPlan['given']['ways'] {
  if (route === undefined) return ways;
  return { direct: route !== 'extravascular', absorbed: route === 'extravascular' };
}

/** A number, why there is none, or undefined: not of this patient's route. */
type Value = number | Flag | undefined;
const numberOf = (value: Value): number | null => (typeof value === 'number' ? value : null);

function told({ value, lacks, only }: NcaParameter, course: Course): Value {
  if (course.kind === 'failed') return 'failed';
  const { analysed, flags } = course;
  if (only !== undefined && analysed.absorbed !== (only === 'absorbed')) return undefined;
  const found = value(analysed);
  if (found !== null && Number.isFinite(found)) return found;
  return lacks.find((flag) => flags.includes(flag)) ?? 'not-defined';
}

function about(course: Course): Pick<NcaRow, 'route' | 'dose' | 'flags'> {
  if (course.kind === 'failed') return { route: '', dose: null, flags: [`failed: ${course.status}`] };
  const { route, dose, flags } = course;
  return { route, dose, flags };
}

function countArm(parameters: readonly NcaParameter[]) {
  const tallies: readonly Tally[] = parameters.map(() => createTally());
  const flags: Partial<Record<Flag, number>> = {};
  let [analysed, failed] = [0, 0];
  return {
    add(course: Course, values: readonly Value[], weight?: number) {
      if (course.kind === 'failed') failed++;
      else {
        analysed++;
        for (const flag of course.flags) flags[flag] = (flags[flag] ?? 0) + 1;
      }
      values.forEach((value, p) => {
        if (value !== undefined) tallies[p]?.add(value, weight);
      });
    },
    report: () => ({
      analysed,
      failed,
      flags,
      parameters: parameters.map(({ name, unit }, p) => (tallies[p] ?? createTally()).summary(name, unit)),
    }),
  };
}

function notesOf({ plan }: Prepared, { from, looked, close, dose }: NcaPlan): string[] {
  const unit = plan.model.time.text;
  return plan.arms.flatMap(({ name }, a) => {
    const doses = looked[a] ?? [];
    if (dose !== null || doses.some(({ time }) => Math.abs(time - from) <= close)) return [];
    const at = [...new Set(doses.map(({ time }) => time))];
    const when =
      at.length === 0
        ? 'nothing is given'
        : `doses are due at ${at.slice(0, 4).join(', ')}${at.length > 4 ? ', ...' : ''} ${unit}`;
    return [`${name}: no dose at ${from} ${unit} in the first patient; ${when}`];
  });
}
