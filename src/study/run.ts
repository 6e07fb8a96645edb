// The story of a run: a study document goes in, a Result comes out. Page, link, worker and command line all call this.
//   text -> Model -> Plan -> Program -> Job -> (patients stay on the device) -> Summary -> Result
import type { Individuals, RunOptions } from '../engine/backend.ts';
import { widenJob } from './job.ts';
import { type Outcome, type PrepareContext, type Prepared, prepare } from './prepare.ts';
import { toResult } from './report.ts';
import type { Result } from './result.ts';
import type { Study } from './study.ts';

export interface RunContext extends PrepareContext {
  readonly options?: RunOptions;
}

export interface Ran {
  readonly result: Result;
  readonly prepared: Prepared;
  readonly warnings: readonly string[];
}

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
