// The story of a run: a study document goes in, a Result comes out. Page, link, worker and command line all call this.
//   text -> Model -> Plan -> Program -> Job -> (patients stay on the device) -> Summary -> Result
import { lower } from '../codegen/lower.ts';
import type { CompileError, Individuals, Job, RunOptions } from '../engine/backend.ts';
import type { Engine } from '../engine/engine.ts';
import { probe } from '../engine/webassembly.ts';
import type { Diagnostic } from '../language/diagnostic.ts';
import type { Model } from '../language/model.ts';
import { cohortColumns } from './cohort.ts';
import { draftJob, PROBE_PATIENTS, settleJob, widenJob, windowConflict } from './job.ts';
import { type Plan, planStudy, type Refusal } from './plan.ts';
import { readModel } from './read.ts';
import { toResult } from './report.ts';
import type { Result } from './result.ts';
import type { Study } from './study.ts';
import { isTable, readTable, type Table } from './table.ts';

export interface RunContext {
  readonly engine: Engine;
  /** Texts of the tables a study may name. */
  readonly tables?: Readonly<Record<string, string>>;
  /** The first so many patients only: a preview of the same cohort. */
  readonly preview?: number;
  readonly options?: RunOptions;
}

export type Outcome<T> =
  | ({ readonly kind: 'done' } & T)
  | { readonly kind: 'diagnostics'; readonly text: string; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'refused'; readonly errors: readonly Refusal[] };

export type Ran = {
  readonly result: Result;
  readonly prepared: Prepared;
  readonly warnings: readonly string[];
};

/** Runs every arm of a study for its whole cohort. Rejects with options.signal's reason when aborted. */
export async function runStudy(study: Study, context: RunContext): Promise<Outcome<Ran>> {
  const ready = await prepare(study, context);
  if (ready.kind !== 'done') return ready;
  const { prepared, warnings } = ready;
  const { plan, model, program } = prepared;
  const started = performance.now();
  let ran = await context.engine.run(program, prepared.job, context.options);
  const wider = widenJob(prepared.job, ran.summary);
  if (wider) ran = await context.engine.run(program, wider, context.options);
  const run = performance.now() - started - ran.compileMs;
  const elapsed_ms = { compile: prepared.compileMs + ran.compileMs, run };
  const result = toResult({ model, plan, program, summary: ran.summary, info: ran.info, elapsed_ms });
  return { kind: 'done', result, prepared, warnings };
}

export interface Prepared {
  readonly model: {
    readonly name: string;
    readonly sha256: string;
    readonly text: string;
    readonly model: Model;
  };
  readonly plan: Plan;
  readonly program: ReturnType<typeof lower>['program'];
  readonly job: Job;
  /** Milliseconds from text to a settled Job. */
  readonly compileMs: number;
}

/** Everything before the first patient: reads the model, plans, lowers, draws, and settles tolerances and bins. */
export async function prepare(
  study: Study,
  context: RunContext,
  recordStates = false,
): Promise<Outcome<{ prepared: Prepared; warnings: readonly string[] }>> {
  const started = performance.now();
  const model = readModel(study.model);
  if (model.kind !== 'done') return model;
  const planned = planStudy(model.model, study);
  if ('errors' in planned) return { kind: 'refused', errors: planned.errors };
  const plan = context.preview
    ? { ...planned.plan, patients: Math.min(planned.plan.patients, context.preview) }
    : planned.plan;

  const table = tableOf(study, model.model, context.tables ?? {});
  if ('errors' in table) return { kind: 'refused', errors: table.errors };
  const cohort = cohortColumns(model.model, {
    seed: plan.seed,
    cohort: study.cohort ?? {},
    set: study.set ?? {},
    ...(table.table ? { table: table.table } : {}),
  });
  if ('errors' in cohort)
    return { kind: 'refused', errors: cohort.errors.map((message) => ({ field: 'cohort', message })) };

  const { method, therapies, outputs, endpoints } = plan;
  const lowered = lower(model.model, { method, therapies, outputs, endpoints, recordStates });
  const conflict = windowConflict(plan, lowered);
  if (conflict) return { kind: 'refused', errors: [conflict] };
  const draft = draftJob(plan, lowered, cohort.source);
  const reference = await context.engine.reference(lowered.program);
  const first = Array.from({ length: Math.min(PROBE_PATIENTS, plan.patients) }, (_, i) => i);
  const job = settleJob(draft, await probe(reference, draft, first));
  const prepared = { model, plan, program: lowered.program, job, compileMs: performance.now() - started };
  return { kind: 'done', prepared, warnings: cohort.warnings };
}

function tableOf(
  study: Study,
  model: Model,
  tables: Readonly<Record<string, string>>,
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
  const read = readTable(csv, model, fixed);
  return isTable(read) ? { table: read } : { errors: read.errors.map(refuse) };
}

/** Full curves of chosen patients, with every compartment after the outputs when asked for. */
export async function runIndividuals(
  study: Study,
  context: RunContext,
  patients: readonly number[],
  recordStates = false,
): Promise<Outcome<{ individuals: Individuals; prepared: Prepared }>> {
  const ready = await prepare(study, context, recordStates);
  if (ready.kind !== 'done') return ready;
  const { prepared } = ready;
  const individuals = await context.engine.individuals(prepared.program, prepared.job, patients);
  return { kind: 'done', individuals, prepared };
}
