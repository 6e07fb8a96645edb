// The story of a run: a study document goes in, a Result comes out. Page, link, worker and command line all call this.
//   text -> Model -> Plan -> Program -> Job -> (patients stay on the device) -> Summary -> Result, and how exact it is
// A cohort with weights is weighed before: its weights go into the Job and to who listens.
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
import { type Wanted, wantedOf } from './weight-targets.ts';
import type { CohortWeights } from './weight-units.ts';
import { armsNeeded, weigh } from './weights.ts';

export interface RunContext extends PrepareContext {
  readonly options?: RunOptions;
  /** Rescue failed patients and measure the accuracy; by default all but previews do. */
  readonly certify?: boolean;
}

export interface Ran {
  readonly result: Result;
  readonly prepared: Prepared;
  readonly warnings: readonly string[];
  /** With which the result's patients count; null: all alike. */
  readonly weights: CohortWeights | null;
}

/** Runs every arm of a study for its whole cohort. Rejects with options.signal's reason when aborted. */
export async function runStudy(study: Study, context: RunContext): Promise<Outcome<Ran>> {
  const ready = await prepare(study, context);
  if (ready.kind !== 'done') return ready;
  const { prepared } = ready;
  const { plan, model, program, job } = prepared;
  const { engine } = context;
  const preview = context.preview !== undefined;
  const asked = wantedOf(study.cohort ?? {}, plan, program);
  if ('errors' in asked) return { kind: 'refused', errors: asked.errors };
  const signal = context.options?.signal;
  const certify = context.certify ?? context.preview === undefined;
  const reference = certify ? await engine.reference(tightProgram(program)) : null;
  const solve = async (job: Job, heard: RunOptions | undefined): Promise<Solved> => {
    if (!reference) return { ...(await engine.run(program, job, heard)), rescued: 0 };
    const held = holdFailed(heard);
    const ran = await engine.run(program, job, held.options);
    return { ...ran, ...(await rescueFailed(ran.summary, program, job, reference, signal, held)) };
  };
  const first = await weighFirst(asked.wanted, prepared, context, solve);
  if (first.weighed.kind === 'refused') return first.weighed;
  const { weights } = first.weighed;
  const warnings = [...ready.warnings, ...first.weighed.warnings];
  const { options } = first;
  const certifier = reference && openCertifier(prepared, engine, reference, signal);
  const { studies } = prepared;
  const shown = plan.endpoints.length;
  const jobs: Job[] = [];
  for (let s = 0; s < studies.count; s++) {
    const own = studies.jobOf(s);
    if ('field' in own) return { kind: 'refused', errors: [own] };
    jobs.push(weights ? { ...own, weights: weights.source } : own);
  }
  const listeners = openListeners(prepared, preview);
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
  let ran = await solveAll(job.bins, withListeners(options, listeners.all, weights?.of));
  const wider = widenJob(job, ran.summary);
  // Endpoints do not depend on bins: they have been heard.
  if (wider) ran = await solveAll(wider.bins, unheard(options));
  const heard = listeners.report();
  const run = first.run + performance.now() - started - ran.compileMs;
  const elapsed_ms = { compile: prepared.compileMs + first.compile + ran.compileMs, run };
  const facts = {
    model,
    plan,
    program,
    shown,
    method: prepared.method,
    summary: ran.summary,
    info: ran.info,
    ...(weights && { scale: weights.scale }),
  };
  const result = { ...toResult({ ...facts, elapsed_ms }), ...heard };
  const { courses, inclusion } = prepared;
  const told = {
    ...result,
    ...(weights && { weighting: weights.told }),
    // Studies may filter other candidates each.
    ...(inclusion && !trials && { funnel: inclusion.funnel(plan.patients) }),
    ...(courses && { data: { account: courses.account, notes: courses.notes } }),
  };
  return { kind: 'done', result: await certified(told, ran, certifier), prepared, warnings, weights };
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

/**
 * Weighs the cohort where the study asks for it, with a first pass over the arms whose endpoints are targets. Out: the weights, the
 * options of the run itself, whose progress goes on from the first pass, and the milliseconds that it took.
 */
async function weighFirst(
  wanted: readonly Wanted[],
  prepared: Prepared,
  context: RunContext,
  solve: (job: Job, heard: RunOptions | undefined) => Promise<Solved>,
) {
  const { options } = context;
  if (wanted.length === 0)
    return {
      weighed: { kind: 'weighed', weights: null, warnings: [] } as const,
      options,
      run: 0,
      compile: 0,
    };
  const { arms, patients } = prepared.plan;
  const passes = armsNeeded(wanted).length;
  const share = passes / (passes + arms.length);
  const started = performance.now();
  let compile = 0;
  const weighed = await weigh(wanted, {
    prepared,
    preview: context.preview !== undefined,
    options: partly(options, 0, share),
    solve: async (job, heard) => {
      compile += (await solve(job, heard)).compileMs;
    },
  });
  const run = performance.now() - started - compile;
  return { weighed, options: partly(options, share * patients, 1 - share), run, compile };
}

/** Options of a part of a run: `share` of the progress, after the patients `before`. */
function partly(options: RunOptions | undefined, before: number, share: number): RunOptions | undefined {
  const { onProgress } = options ?? {};
  if (onProgress === undefined) return options;
  return { ...options, onProgress: (finished) => onProgress(Math.round(before + share * finished)) };
}

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
