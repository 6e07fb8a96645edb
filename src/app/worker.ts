// The engine's worker: answers EngineApi (client.ts) over Comlink. In: studies and texts. Out: values; what goes wrong comes
// back as a value too. The latest run wins: a new one aborts the one under way, which answers `superseded`.
import { expose } from 'comlink';
import type { BackendName, Individuals } from '../engine/backend.ts';
import { type Engine, openEngine } from '../engine/engine.ts';
import { compile } from '../language/compile.ts';
import { LIBRARY } from '../study/library.ts';
import type { Prepared } from '../study/prepare.ts';
import { runIndividuals, runStudy } from '../study/run.ts';
import type { Study } from '../study/study.ts';
import { verifyModel } from '../study/verify.ts';
import type { EngineApi, PatientCurves, RunCurves, RunReply, RunRequest } from './client.ts';
import { browserDevices } from './devices.ts';
import { patientsOf } from './edits.ts';
import { tableFacts } from './table-facts.ts';
import { cardOf, viewOf } from './view.ts';

let preference: BackendName | 'auto' = 'auto';
let engine: Promise<Engine> | undefined;
const opened = () => (engine ??= openEngine(browserDevices(), preference));

const SUPERSEDED = new DOMException('a newer run took its place', 'AbortError');
let underWay: AbortController | undefined;
/** Runs do not overlap: the next waits until the one before has let go of the device. */
let turn: Promise<unknown> = Promise.resolve();

const api: EngineApi = {
  async start(wanted) {
    if (engine && wanted !== preference) {
      underWay?.abort(SUPERSEDED);
      (await engine).dispose();
      engine = undefined;
    }
    preference = wanted;
    return (await opened()).info;
  },

  library: async () => LIBRARY.flatMap((m) => cardOf(m.text)),

  async check(text) {
    const { model, diagnostics } = compile(text);
    return { model: model ? viewOf(model, text) : null, diagnostics };
  },

  async run(study, request, onProgress) {
    underWay?.abort(SUPERSEDED);
    const own = new AbortController();
    underWay = own;
    const before = turn;
    let release: () => void = () => undefined;
    turn = new Promise<void>((resolve) => {
      release = resolve;
    });
    try {
      await before;
      own.signal.throwIfAborted();
      return await replyTo(study, request, own.signal, onProgress);
    } catch (error) {
      if (own.signal.aborted) return { kind: 'superseded' };
      return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
    } finally {
      release();
    }
  },

  async individuals(study, patients, { tables = {} } = {}) {
    const ran = await runIndividuals(study, { engine: await opened(), tables }, patients);
    if (ran.kind !== 'done') return { patients: [], arms: [], covariates: [] };
    return { ...curvesOf(ran.individuals, ran.prepared), covariates: covariatesOf(patients, ran.prepared) };
  },

  async cancel() {
    underWay?.abort(SUPERSEDED);
  },

  async verify(text) {
    const { model } = compile(text);
    return model ? verifyModel(model, await opened()) : [];
  },
};

async function replyTo(
  study: Study,
  request: RunRequest,
  signal: AbortSignal,
  onProgress?: (finished: number, of: number) => void,
): Promise<RunReply> {
  const context = {
    engine: await opened(),
    tables: request.tables ?? {},
    ...(request.patients !== undefined && { preview: request.patients }),
    options: {
      signal,
      ...(onProgress && { onProgress: (finished: number) => onProgress(finished, of) }),
    },
  };
  const of = request.patients ?? patientsOf(study);
  const ran = await runStudy(study, context);
  if (ran.kind === 'diagnostics') return { kind: 'diagnostics', diagnostics: ran.diagnostics };
  if (ran.kind === 'refused') return ran;
  const { prepared, result } = ran;
  const samples = Math.min(request.samples ?? 0, prepared.plan.patients);
  const chosen = Array.from({ length: samples }, (_, i) => i);
  const individuals = await context.engine.individuals(prepared.program, prepared.job, chosen);
  const curves = curvesOf(individuals, prepared);
  const name = study.cohort?.table;
  const text = name === undefined ? undefined : request.tables?.[name];
  if (!prepared.table || name === undefined || text === undefined) return { kind: 'result', result, curves };
  return { kind: 'result', result, curves, table: tableFacts(name, text, prepared.table) };
}

/** A cohort's first columns are the covariates, in the model's order. */
function covariatesOf(patients: readonly number[], { job, model }: Prepared): PatientCurves['covariates'] {
  return patients.map((patient) => {
    const values = job.columns.read(patient, 1);
    return Object.fromEntries(model.model.covariates.map(({ name }, c) => [name, values[c] ?? Number.NaN]));
  });
}

/** As the charts want them: by output, time fastest, f32. */
function curvesOf(individuals: Individuals, { program, job }: Prepared): RunCurves {
  const patients = individuals.patients.length;
  const times = job.times.length;
  const arms = individuals.arms.map((arm) => ({
    outputs: Object.fromEntries(
      program.outputs.map((field, o) => {
        const path = new Float32Array(patients * times);
        for (let t = 0; t < times; t++)
          for (let i = 0; i < patients; i++)
            path[i * times + t] = arm.outputs[(o * times + t) * patients + i] ?? Number.NaN;
        return [field.name, path];
      }),
    ),
  }));
  return { patients: individuals.patients, arms };
}

expose(api);
