// Everything of a run that comes before its first patient. In: a study, an engine, tables. Out: the compiled model, the plan,
// the program and a settled job; or diagnostics of the model, or what is wrong with which field of the study.
import { type Lowered, type LowerOptions, lower } from '../codegen/lower.ts';
import type { Method } from '../codegen/methods.ts';
import type { Program } from '../codegen/program.ts';
import type { RecordsPlan } from '../codegen/records.ts';
import type { Job } from '../engine/backend.ts';
import type { Engine } from '../engine/engine.ts';
import { fastSampling } from '../engine/sampling.ts';
import { probe } from '../engine/webassembly.ts';
import type { Diagnostic } from '../language/diagnostic.ts';
import type { Model, Therapy } from '../language/model.ts';
import {
  type Clouds, cloudsConflict, cloudsOf, spreadJob, spreadOver, withCloudsCounted,
} from './clouds.ts'; // biome-ignore format: a list
import { cohortColumns } from './cohort.ts';
import { type Courses, type CoursesResult, isCourses, readCourses } from './courses.ts';
import type { Inclusion } from './inclusion.ts';
import { draftJob, PROBE_PATIENTS, settleJob, windowConflict } from './job.ts';
import { drawConflict } from './job-tables.ts';
import { methodConflict } from './method-conflict.ts';
import { type Plan, planStudy, type Refusal } from './plan.ts';
import { readModel } from './read.ts';
import { patientsEach, planOfStudy, shareOf } from './studies.ts';
import { DATA_THERAPY, type DataFile, type Study } from './study.ts';
import { censoringEndpoints } from './survival.ts';
import { isTable, readTable, type Table, type TableResult } from './table.ts';
import { TRIAL_PATIENTS, tryMethods } from './try-methods.ts';
import { drawParameters } from './uncertainty.ts';

/** Texts of the tables a study may name. */
export type Tables = Readonly<Record<string, string>>;

export type Outcome<T> =
  | ({ readonly kind: 'done' } & T)
  | { readonly kind: 'diagnostics'; readonly text: string; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'refused'; readonly errors: readonly Refusal[] };

/** A preview is looked at for a moment: a third fewer steps, and still thinner than a line on the chart. */
export const PREVIEW_RTOL = 1e-3;

export interface PrepareContext {
  readonly engine: Engine;
  readonly tables?: Tables;
  /** The first so many patients only, at PREVIEW_RTOL: a preview of the same cohort; of clouds as many of each. */
  readonly preview?: number;
}

export interface Prepared {
  readonly model: {
    readonly name: string;
    readonly sha256: string;
    readonly text: string;
    readonly model: Model;
  };
  readonly plan: Plan;
  readonly program: Program;
  readonly job: Job;
  /** The solver, and why it is this one. */
  readonly method: { readonly name: string; readonly reason: string };
  /** The patients' table, where the study names one. */
  readonly table: Table | null;
  /** Patients' own doses, covariates and observations, where the study names a file of them. */
  readonly courses: Courses | null;
  /** Which candidates are patients, where the study filters them. */
  readonly inclusion: Inclusion | null;
  /** Where each row of the table is an individual of its own. */
  readonly clouds?: Clouds;
  readonly lowered: Lowered;
  /**
   * Simulated studies: how many, patients of each, and the job of study s. `job` itself is of all patients with the parameters as
   * set.
   */
  readonly studies: {
    readonly count: number;
    readonly each: number;
    readonly jobOf: (s: number) => Job | Refusal;
  };
  /** The same happenings, fed from a table `ledger`; null where nothing happens but plain doses. */
  readonly replayed: () => Lowered | null;
  /** Milliseconds from text to a settled Job. */
  readonly compileMs: number;
}

/** `cohort.filter: ...` says by itself which field it is about. */
function cohortRefusal(said: string): Refusal {
  const [, field, message] = /^(cohort\.\w+(?:\.\w+)*): (.*)$/s.exec(said) ?? [];
  return field && message ? { field, message } : { field: 'cohort', message: said };
}

/** Reads the model, plans, lowers, draws, and settles tolerances and bins. */
export async function prepare(
  study: Study,
  context: PrepareContext,
  recordStates = false,
): Promise<Outcome<{ prepared: Prepared; warnings: readonly string[] }>> {
  const started = performance.now();
  const model = readModel(study.model);
  if (model.kind !== 'done') return model;
  const read = coursesOf(study, model.model, context.tables ?? {});
  if ('errors' in read) return { kind: 'refused', errors: read.errors };
  const { courses } = read;
  const table = tableOf(study, model.model, context.tables ?? {});
  const clouds = 'errors' in table ? null : cloudsOf(study, table.table);
  if (clouds !== null && 'field' in clouds) return { kind: 'refused', errors: [clouds] };
  const planned = planStudy(model.model, withCloudsCounted(study, clouds), courses);
  if ('errors' in planned) return { kind: 'refused', errors: planned.errors };
  const whole = planned.plan;
  if ('errors' in table) return { kind: 'refused', errors: table.errors };
  const cohortWith = (set: Readonly<Record<string, number>>) =>
    cohortColumns(model.model, {
      seed: whole.seed,
      cohort: study.cohort ?? {},
      set,
      ...fastSampling(),
      ...(table.table ? { table: table.table } : {}),
      ...(courses ? { table: courses.table, partial: true } : {}),
    });
  const cohort = cohortWith(study.set ?? {});
  if ('errors' in cohort) return { kind: 'refused', errors: cohort.errors.map(cohortRefusal) };

  const { therapies, outputs } = whole;
  const endpoints = [...whole.endpoints, ...censoringEndpoints(whole.endpoints)];
  const records = courses && recordsPlan(courses, therapies);
  const lowered = (method: Method, replay = false) =>
    lowerOnce(model.model, {
      method,
      therapies,
      outputs,
      endpoints,
      recordStates,
      replay,
      ...(records && { records }),
    });
  const asNamed = lowered(whole.method);
  const conflict =
    windowConflict(whole, asNamed) ??
    drawConflict(whole, asNamed) ??
    methodConflict(asNamed.program) ??
    (clouds && cloudsConflict(clouds, whole));
  if (conflict) return { kind: 'refused', errors: [conflict] };
  /** Who stands for the cohort where it is tried out. */
  const samples = (count: number) => (clouds ? spreadOver(clouds, count).patient : undefined);
  const named = study.solver?.method !== undefined && study.solver.method !== 'auto';
  const { method, reason } = named
    ? { method: whole.method, reason: 'the study names it' }
    : await tryMethods({
        plan: whole,
        lowered,
        columns: cohort.source,
        courses,
        engine: context.engine,
        patient: samples(TRIAL_PATIENTS),
      });
  const spread = clouds && context.preview !== undefined ? spreadOver(clouds, context.preview) : null;
  const patients = spread?.patients ?? Math.min(whole.patients, context.preview ?? whole.patients);
  const rtol = context.preview === undefined ? whole.rtol : Math.max(whole.rtol, PREVIEW_RTOL);
  const plan = { ...whole, method, patients, rtol };
  const made = lowered(method);
  const draft = draftJob(plan, made, cohort.source, courses);
  const reference = await context.engine.reference(made.program);
  const probed = samples(PROBE_PATIENTS);
  const first = Array.from({ length: Math.min(PROBE_PATIENTS, plan.patients) }, (_, i) => probed?.(i) ?? i);
  const settled = settleJob(draft, await probe(reference, draft, first));
  const job = spread ? spreadJob(settled, cohort.names.length, spread) : settled;
  const { program } = made;
  const studies = context.preview === undefined ? (study.cohort?.studies ?? 1) : 1;
  const each = studies === 1 ? plan.patients : patientsEach(plan, studies);
  if (typeof each !== 'number') return { kind: 'refused', errors: [each] };
  const jobOf = (s: number): Job | Refusal => {
    if (studies === 1) return job;
    const own = planOfStudy(plan, s);
    const everywhere = drawParameters(model.model, plan.seed, s, study.set);
    if (!('arms' in own)) return own;
    if (everywhere.kind === 'refused') return { field: 'cohort.studies', message: everywhere.message };
    const columns = cohortWith(everywhere.values);
    if ('errors' in columns)
      return { field: 'cohort.studies', message: `study ${s}: ${columns.errors.join('; ')}` };
    const { solver, bins } = job;
    return shareOf({ ...draftJob(own, made, columns.source, courses), solver, bins }, s, each);
  };
  const compileMs = performance.now() - started;
  const chosen = { name: method.name, reason };
  const replayed = () => (program.happenings.length > 0 ? lowered(method, true) : null);
  const prepared: Prepared = {
    model,
    plan,
    program,
    job,
    method: chosen,
    table: table.table,
    courses,
    inclusion: cohort.inclusion ?? null,
    ...(clouds && { clouds }),
    lowered: made,
    studies: { count: studies, each, jobOf },
    replayed,
    compileMs,
  };
  const late = courses ? afterTheRun(courses, plan.until, model.model.time.text) : [];
  const alone = courses === null && model.model.occasions?.by?.kind === 'data' ? [NO_OCCASIONS] : [];
  return { kind: 'done', prepared, warnings: [...plan.warnings, ...cohort.warnings, ...late, ...alone] };
}

const NO_OCCASIONS =
  'the model takes its occasions from a dosing file, which the study does not have: each patient has one';

function recordsPlan({ plan }: Courses, therapies: readonly Therapy[]): RecordsPlan {
  const therapy = therapies.findIndex(({ name, doses }) => name === DATA_THERAPY && doses.length === 0);
  // Where no arm takes the file's doses its covariates still change.
  return { ...plan, therapy, ...(therapy < 0 && { compartments: [] }) };
}

/** Lines of the file that the run does not reach. */
function afterTheRun({ courses, file }: Courses, until: number, unit: string): string[] {
  let lines = 0;
  for (const { subject, clock } of courses)
    for (const at of [...subject.events, ...subject.observations]) if (clock(at) > until) lines++;
  return lines === 0
    ? []
    : [`${file}: ${lines} events and observations are after the run's end at ${until} ${unit}`];
}

function coursesOf(
  study: Study,
  model: Model,
  tables: Tables,
): { courses: Courses | null } | { errors: readonly Refusal[] } {
  const how = study.cohort?.data;
  if (how === undefined) return { courses: null };
  const refuse = (field: string, message: string) => ({
    field: field === '' ? 'cohort.data' : `cohort.data.${field}`,
    message,
  });
  if (study.cohort?.table !== undefined)
    return { errors: [refuse('', 'a cohort has a table of patients or a dosing file, not both')] };
  const text = tables[how.file];
  if (text === undefined)
    return { errors: [refuse('file', `the file ${how.file} is not here: open it beside the study`)] };
  const found = readFileOnce(text, model, how, fixedCovariates(study));
  return isCourses(found)
    ? { courses: found }
    : { errors: found.errors.map(({ field, message }) => refuse(field, message)) };
}

/** Covariates with one number for everybody. */
const fixedCovariates = (study: Study): readonly string[] =>
  Object.entries(study.cohort?.set ?? {}).flatMap(([covariate, v]) =>
    typeof v === 'number' ? [covariate] : [],
  );

/** The last file read, as with tables below. */
let lastFile:
  | { readonly text: string; readonly model: Model; readonly how: string; readonly read: CoursesResult }
  | undefined;

function readFileOnce(text: string, model: Model, data: DataFile, fixed: readonly string[]): CoursesResult {
  const how = JSON.stringify([data, fixed]);
  if (lastFile?.text !== text || lastFile.model !== model || lastFile.how !== how)
    lastFile = { text, model, how, read: readCourses(text, model, data, fixed) };
  return lastFile.read;
}

function tableOf(
  study: Study,
  model: Model,
  tables: Tables,
): { table: Table | null } | { errors: readonly Refusal[] } {
  const name = study.cohort?.table;
  if (name === undefined) return { table: null };
  const refuse = (message: string) => ({ field: 'cohort.table', message });
  const csv = tables[name];
  if (csv === undefined)
    return { errors: [refuse(`the table ${name} is not here: open the file beside the study`)] };
  const read = readOnce(csv, model, fixedCovariates(study));
  return isTable(read) ? { table: read } : { errors: read.errors.map(refuse) };
}

/** The last table read: dragging a slider must not read a file of a hundred thousand rows again. */
let last:
  | { readonly csv: string; readonly model: Model; readonly fixed: string; readonly read: TableResult }
  | undefined;

function readOnce(csv: string, model: Model, given: readonly string[]): TableResult {
  const fixed = given.join();
  if (last?.csv !== csv || last.model !== model || last.fixed !== fixed) {
    last = { csv, model, fixed, read: readTable(csv, model, given) };
  }
  return last.read;
}

/** Programs of a model by their structure: while only numbers change, the same object, so that nothing is compiled again. */
const programs = new WeakMap<Model, Map<string, Lowered>>();
const KEPT_PROGRAMS = 8;

function lowerOnce(model: Model, options: LowerOptions): Lowered {
  const { method, therapies, outputs, endpoints, recordStates, records, replay } = options;
  const names = endpoints.map((e) => e.name);
  const key = JSON.stringify([method.name, therapies, outputs, names, recordStates, records, replay]);
  const kept = programs.get(model) ?? new Map<string, Lowered>();
  programs.set(model, kept);
  const made = kept.get(key) ?? lower(model, options);
  kept.delete(key);
  kept.set(key, made);
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT_PROGRAMS) break;
    kept.delete(oldest);
  }
  return made;
}
