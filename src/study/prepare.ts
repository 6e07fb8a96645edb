// Everything of a run that comes before its first patient. In: a study, an engine, tables. Out: the compiled model, the plan,
// the program and a settled job; or diagnostics of the model, or what is wrong with which field of the study.
import { type Lowered, type LowerOptions, lower } from '../codegen/lower.ts';
import type { Method } from '../codegen/methods.ts';
import type { Program } from '../codegen/program.ts';
import type { Job } from '../engine/backend.ts';
import type { Engine } from '../engine/engine.ts';
import { fastSampling } from '../engine/sampling.ts';
import { probe } from '../engine/webassembly.ts';
import type { Diagnostic } from '../language/diagnostic.ts';
import type { Model } from '../language/model.ts';
import { cohortColumns } from './cohort.ts';
import { draftJob, PROBE_PATIENTS, settleJob, windowConflict } from './job.ts';
import { methodConflict } from './method-conflict.ts';
import { type Plan, planStudy, type Refusal } from './plan.ts';
import { readModel } from './read.ts';
import type { Study } from './study.ts';
import { isTable, readTable, type Table, type TableResult } from './table.ts';
import { tryMethods } from './try-methods.ts';

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
  /** The first so many patients only, at PREVIEW_RTOL: a preview of the same cohort. */
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
  /** Milliseconds from text to a settled Job. */
  readonly compileMs: number;
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
  const planned = planStudy(model.model, study);
  if ('errors' in planned) return { kind: 'refused', errors: planned.errors };
  const whole = planned.plan;

  const table = tableOf(study, model.model, context.tables ?? {});
  if ('errors' in table) return { kind: 'refused', errors: table.errors };
  const cohort = cohortColumns(model.model, {
    seed: whole.seed,
    cohort: study.cohort ?? {},
    set: study.set ?? {},
    ...fastSampling(),
    ...(table.table ? { table: table.table } : {}),
  });
  if ('errors' in cohort)
    return { kind: 'refused', errors: cohort.errors.map((message) => ({ field: 'cohort', message })) };

  const { therapies, outputs, endpoints } = whole;
  const lowered = (method: Method) =>
    lowerOnce(model.model, { method, therapies, outputs, endpoints, recordStates });
  const asNamed = lowered(whole.method);
  const conflict = windowConflict(whole, asNamed) ?? methodConflict(asNamed.program);
  if (conflict) return { kind: 'refused', errors: [conflict] };
  const named = study.solver?.method !== undefined && study.solver.method !== 'auto';
  const { method, reason } = named
    ? { method: whole.method, reason: 'the study names it' }
    : await tryMethods({ plan: whole, lowered, columns: cohort.source, engine: context.engine });
  const patients = Math.min(whole.patients, context.preview ?? whole.patients);
  const rtol = context.preview === undefined ? whole.rtol : Math.max(whole.rtol, PREVIEW_RTOL);
  const plan = { ...whole, method, patients, rtol };
  const made = lowered(method);
  const draft = draftJob(plan, made, cohort.source);
  const reference = await context.engine.reference(made.program);
  const first = Array.from({ length: Math.min(PROBE_PATIENTS, plan.patients) }, (_, i) => i);
  const job = settleJob(draft, await probe(reference, draft, first));
  const { program } = made;
  const compileMs = performance.now() - started;
  const chosen = { name: method.name, reason };
  const prepared = { model, plan, program, job, method: chosen, table: table.table, compileMs };
  return { kind: 'done', prepared, warnings: [...plan.warnings, ...cohort.warnings] };
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
  const fixed = Object.entries(study.cohort?.set ?? {}).flatMap(([covariate, v]) =>
    typeof v === 'number' ? [covariate] : [],
  );
  const read = readOnce(csv, model, fixed);
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
  const { method, therapies, outputs, endpoints, recordStates } = options;
  const key = JSON.stringify([method.name, therapies, outputs, endpoints.map((e) => e.name), recordStates]);
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
