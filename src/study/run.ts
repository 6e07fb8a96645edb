// The story of a run: a study document goes in, a Result comes out. Page, link, worker and command line all call this.
//   text -> Model -> Plan -> Program -> Job -> (patients stay on the device) -> Summary -> Result, and how exact it is
import type { Individuals, Job, RunOptions, Summary } from '../engine/backend.ts';
import type { EngineInfo } from '../engine/engine.ts';
import { mergeSummaries } from '../engine/summary.ts';
import { type Certifier, openCertifier } from './certificate.ts';
import { holdFailed } from './held-back.ts';
import { widenJob } from './job.ts';
import { type PatientLedger, readLedgers } from './ledger.ts';
import { unheard, withListeners } from './listen.ts';
import { openListeners } from './listeners.ts';
import { type Outcome, type PrepareContext, type Prepared, prepare } from './prepare.ts';
import { toResult } from './report.ts';
import { rescueFailed } from './rescue.ts';
import type { Result } from './result.ts';
import type { Study } from './study.ts';
import { tightProgram } from './tight.ts';

export interface RunContext extends PrepareContext {
  readonly options?: RunOptions;
  /** Rescue failed patients and measure the accuracy; by default all but previews do. */
  readonly certify?: boolean;
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
  const { plan, model, program, job } = prepared;
  const { engine, options } = context;
  const signal = options?.signal;
  const certify = context.certify ?? context.preview === undefined;
  const reference = certify ? await engine.reference(tightProgram(program)) : null;
  const certifier = reference && openCertifier(prepared, engine, reference, signal);
  const solve = async (job: Job, heard: RunOptions | undefined): Promise<Solved> => {
    if (!reference) return { ...(await engine.run(program, job, heard)), rescued: 0 };
    const held = holdFailed(heard);
    const ran = await engine.run(program, job, held.options);
    return { ...ran, ...(await rescueFailed(ran.summary, program, job, reference, signal, held)) };
  };
  const { studies } = prepared;
  const shown = plan.endpoints.length;
  const jobs: Job[] = [];
  for (let s = 0; s < studies.count; s++) {
    const own = studies.jobOf(s);
    if ('field' in own) return { kind: 'refused', errors: [own] };
    jobs.push(own);
  }
  const listeners = openListeners(prepared, context.preview !== undefined);
  const { trials } = listeners;
  /** All studies, one after another, as one run. */
  const solveAll = async (bins: Job['bins'], heard: RunOptions | undefined) => {
    let total: Solved | null = null;
    for (const [s, own] of jobs.entries()) {
      trials?.begin(s);
      const one = await solve({ ...own, bins }, trials ? following(heard, s * studies.each) : heard);
      trials?.end(one.summary);
      total = total ? together(total, one) : one;
    }
    if (total === null) throw new RangeError('there is no study to run');
    return total;
  };
  const started = performance.now();
  let ran = await solveAll(job.bins, withListeners(options, listeners.all));
  const wider = widenJob(job, ran.summary);
  // Endpoints do not depend on bins: they have been heard.
  if (wider) ran = await solveAll(wider.bins, unheard(options));
  const run = performance.now() - started - ran.compileMs;
  const elapsed_ms = { compile: prepared.compileMs + ran.compileMs, run };
  const facts = {
    model,
    plan,
    program,
    shown,
    method: prepared.method,
    summary: ran.summary,
    info: ran.info,
  };
  const result = { ...toResult({ ...facts, elapsed_ms }), ...listeners.report() };
  const { courses, inclusion } = prepared;
  const told = {
    ...result,
    // Studies may filter other candidates each.
    ...(inclusion && !trials && { funnel: inclusion.funnel(plan.patients) }),
    ...(courses && { data: { account: courses.account, notes: courses.notes } }),
  };
  return { kind: 'done', result: await certified(told, ran, certifier), prepared, warnings };
}

interface Solved {
  readonly summary: Summary;
  readonly compileMs: number;
  readonly info: EngineInfo;
  readonly rescued: number;
}

const together = (a: Solved, b: Solved): Solved => ({
  summary: mergeSummaries(a.summary, b.summary),
  compileMs: a.compileMs + b.compileMs,
  info: b.info,
  rescued: a.rescued + b.rescued,
});

/** Options of a study after others: progress goes on from theirs. One that lost its device cannot begin all of them anew. */
function following(options: RunOptions | undefined, before: number): RunOptions {
  const { onRestart: _, onProgress, ...rest } = options ?? {};
  return { ...rest, ...(onProgress && { onProgress: (finished: number) => onProgress(before + finished) }) };
}

async function certified(
  result: Result,
  run: { readonly summary: Summary; readonly rescued: number },
  certifier: Certifier | null,
): Promise<Result> {
  if (certifier === null) return result;
  const started = performance.now();
  const certificate = await certifier.issue(result, run);
  const taken = Math.round(10 * (performance.now() - started)) / 10;
  return { ...result, elapsed_ms: { ...result.elapsed_ms, certificate: taken }, certificate };
}

export interface IndividualOptions {
  /** Every compartment after the outputs. */
  readonly recordStates?: boolean;
  /** What each patient was given, and what was decided. */
  readonly ledger?: boolean;
}

export interface RanIndividuals {
  readonly individuals: Individuals;
  readonly prepared: Prepared;
  /** By arm, then by patient; null where nobody asked. */
  readonly ledgers: readonly (readonly PatientLedger[])[] | null;
}

/** Full curves of chosen patients. */
export async function runIndividuals(
  study: Study,
  context: RunContext,
  patients: readonly number[],
  { recordStates = false, ledger = false }: IndividualOptions = {},
): Promise<Outcome<RanIndividuals>> {
  const ready = await prepare(study, context, recordStates);
  if (ready.kind !== 'done') return ready;
  const { prepared } = ready;
  const { program, job } = prepared;
  const individuals = await context.engine.individuals(program, job, patients, { ledger });
  const ledgers = ledger ? readLedgers(prepared, individuals) : null;
  return { kind: 'done', individuals, prepared, ledgers };
}
