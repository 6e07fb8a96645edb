// The engine's worker: answers EngineApi (client.ts) over Comlink. In: studies and texts. Out: values; what goes wrong comes
// back as a value too. The latest run wins: a new one aborts the one under way, which answers `superseded`.
import { expose } from 'comlink';
import type { BackendName, Individuals } from '../engine/backend.ts';
import { type Engine, openEngine } from '../engine/engine.ts';
import { compile, compileTherapy } from '../language/compile.ts';
import { compileFilter } from '../language/filter.ts';
import { auditStudy, hasHappenings, reproduces } from '../study/audit.ts';
import { LIBRARY } from '../study/library.ts';
import { type Prepared, prepare } from '../study/prepare.ts';
import { readModel } from '../study/read.ts';
import { runIndividuals, runStudy } from '../study/run.ts';
import type { Study } from '../study/study.ts';
import { verifyModel } from '../study/verify.ts';
import { predictiveCheckOf, type VpcOptions } from '../study/vpc.ts';
import type {
  AuditReply,
  EngineApi,
  FileReply,
  Measured,
  PatientCurves,
  RunCurves,
  RunReply,
  RunRequest,
  VpcReply,
  VpcRequest,
} from './client.ts';
import { browserDevices } from './devices.ts';
import { readDoseFile } from './dose-file.ts';
import { patientsOf } from './edits.ts';
import { endpointsFile } from './endpoints-file.ts';
import { spreadOf } from './spread.ts';
import { courseFacts, tableFacts } from './table-facts.ts';
import { armLedgers, armTimelines } from './timeline/arms.ts';
import { cardOf, viewOf } from './view.ts';

let preference: BackendName | 'auto' = 'auto';
let engine: Promise<Engine> | undefined;
const opened = () => (engine ??= openEngine(browserDevices(), preference));

const SUPERSEDED = new DOMException('a newer run took its place', 'AbortError');
let underWay: AbortController | undefined;
/** Audits go beside a run as single patients do, but whoever asks for other numbers wants the device. */
let auditing: AbortController | undefined;
let checking: AbortController | undefined;
let exporting: AbortController | undefined;
/** Patients: a second or less of a slow model, so that progress moves and Stop is obeyed. */
const AUDIT_CHUNK = 50;
/** Likewise, of curves that are read at few times. */
const CHECK_CHUNK = 500;
/** Patients whose covariates tell how these are spread. */
const MOST_LOOKED_AT = 100_000;
const LOOKED_AT_ONCE = 4096;
/** Runs do not overlap: the next waits until the one before has let go of the device. */
let turn: Promise<unknown> = Promise.resolve();

const api: EngineApi = {
  async start(wanted) {
    if (engine && wanted !== preference) {
      underWay?.abort(SUPERSEDED);
      auditing?.abort(SUPERSEDED);
      checking?.abort(SUPERSEDED);
      exporting?.abort(SUPERSEDED);
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

  async checkTherapy(reference, text) {
    const read = readModel(reference);
    return read.kind === 'done' ? compileTherapy(read.model, text).diagnostics : [];
  },

  async checkFilter(reference, text) {
    const read = readModel(reference);
    return read.kind === 'done' ? compileFilter(read.model, text).diagnostics : [];
  },

  async spread(study, { of, edges, tables = {} }) {
    const { weights: _, ...cohort } = study.cohort ?? {};
    const ready = await prepare({ ...study, cohort }, { engine: await opened(), tables });
    if (ready.kind !== 'done') return null;
    const { job, model, plan } = ready.prepared;
    const column = model.model.covariates.findIndex(({ name }) => name === of);
    if (column < 0) return null;
    const values = new Float64Array(Math.min(plan.patients, MOST_LOOKED_AT));
    for (let first = 0; first < values.length; first += LOOKED_AT_ONCE) {
      const count = Math.min(LOOKED_AT_ONCE, values.length - first);
      values.set(job.columns.read(first, count).subarray(column * count, (column + 1) * count), first);
    }
    return spreadOf(values, edges);
  },

  async readDoses(reference, text, file) {
    const read = readModel(reference);
    return readDoseFile(text, file, read.kind === 'done' ? read.model : null);
  },

  async run(study, request, onProgress) {
    underWay?.abort(SUPERSEDED);
    auditing?.abort(SUPERSEDED);
    checking?.abort(SUPERSEDED);
    exporting?.abort(SUPERSEDED);
    const own = new AbortController();
    underWay = own;
    return inTurn(own.signal, () => replyTo(study, request, own.signal, onProgress));
  },

  async individuals(study, patients, { tables = {} } = {}) {
    const ran = await runIndividuals(study, { engine: await opened(), tables }, patients, { ledger: true });
    if (ran.kind !== 'done') return { patients: [], arms: [], covariates: [] };
    const { individuals, prepared, ledgers } = ran;
    const measured = measuredOf(patients[0] ?? 0, prepared);
    return {
      ...curvesOf(individuals, prepared),
      covariates: covariatesOf(patients, prepared),
      ...(ledgers && { ledgers: armLedgers(study, prepared, ledgers, 0) }),
      ...(measured && { measured }),
    };
  },

  async audit(study, { patients = patientsOf(study), tables = {} }, onProgress): Promise<AuditReply> {
    auditing?.abort(SUPERSEDED);
    const own = new AbortController();
    auditing = own;
    try {
      const of = Math.min(patients, patientsOf(study));
      const ran = await auditStudy(study, {
        engine: await opened(),
        tables,
        patients: of,
        chunk: AUDIT_CHUNK,
        signal: own.signal,
        ...(onProgress && { onProgress: (finished: number) => onProgress(finished, of) }),
      });
      if (own.signal.aborted) return { kind: 'superseded' };
      if (ran.kind === 'done') {
        const { precision } = (await opened()).info;
        const reproduced = ran.audit.arms.map((arm) => reproduces(arm, precision));
        return { ...ran, reproduced };
      }
      // The page has shown its result: it is refused only where the engine has changed since.
      const said = ran.kind === 'refused' ? ran.errors : ran.diagnostics;
      return { kind: 'failed', message: said.map(({ message }) => message).join('\n') };
    } catch (error) {
      if (own.signal.aborted) return { kind: 'superseded' };
      return { kind: 'failed', message: messageOf(error) };
    }
  },

  async cancelAudit() {
    auditing?.abort(SUPERSEDED);
  },

  async predictiveCheck(study, { tables = {}, ...request }, onProgress): Promise<VpcReply> {
    checking?.abort(SUPERSEDED);
    const own = new AbortController();
    checking = own;
    try {
      const context = {
        engine: await opened(),
        tables,
        options: { signal: own.signal, ...(onProgress && { onProgress }) },
      };
      const ran = await predictiveCheckOf(study, context, { ...present(request), chunk: CHECK_CHUNK });
      if (own.signal.aborted) return { kind: 'superseded' };
      if (ran.kind === 'done') return { kind: 'done', vpc: ran.vpc, points: ran.points };
      const said = ran.kind === 'refused' ? ran.errors : ran.diagnostics;
      return { kind: 'failed', message: said.map(({ message }) => message).join('\n') };
    } catch (error) {
      if (own.signal.aborted) return { kind: 'superseded' };
      return { kind: 'failed', message: messageOf(error) };
    }
  },

  async cancelPredictiveCheck() {
    checking?.abort(SUPERSEDED);
  },

  async exportEndpoints(study, { format, tables = {} }, onProgress): Promise<FileReply> {
    exporting?.abort(SUPERSEDED);
    const own = new AbortController();
    exporting = own;
    const of = patientsOf(study);
    const told = onProgress && { onProgress: (finished: number) => onProgress(finished, of) };
    return inTurn(own.signal, async () =>
      endpointsFile(study, { engine: await opened(), tables, format, signal: own.signal, ...told }),
    );
  },

  async cancelExport() {
    exporting?.abort(SUPERSEDED);
  },

  async cancel() {
    underWay?.abort(SUPERSEDED);
  },

  async verify(text) {
    const { model } = compile(text);
    return model ? verifyModel(model, await opened()) : [];
  },
};

/** What was said: no field is there without a value. */
function present(request: Omit<VpcRequest, 'tables'>): VpcOptions {
  return Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));
}

/** Waits until whoever has the device lets go of it, works, and lets the next one in. */
async function inTurn<Reply>(
  signal: AbortSignal,
  work: () => Promise<Reply>,
): Promise<Reply | { readonly kind: 'superseded' } | { readonly kind: 'failed'; readonly message: string }> {
  const before = turn;
  let release: () => void = () => undefined;
  turn = new Promise<void>((resolve) => {
    release = resolve;
  });
  try {
    await before;
    signal.throwIfAborted();
    return await work();
  } catch (error) {
    if (signal.aborted) return { kind: 'superseded' };
    return { kind: 'failed', message: messageOf(error) };
  } finally {
    release();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

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
  const chosen = samplesOf(prepared, request);
  const individuals = await context.engine.individuals(prepared.program, prepared.job, chosen);
  const curves = curvesOf(individuals, prepared);
  const decided = prepared.job.arms.some((arm) => hasHappenings(prepared.program, arm));
  const timelines = armTimelines(study, prepared);
  const warnings = ran.warnings.filter((said) => !prepared.table?.warnings.includes(said));
  const shown = { result, curves, timelines, warnings, ...(decided && { decided }) };
  const { courses } = prepared;
  if (courses) return { kind: 'result', ...shown, table: courseFacts(courses, prepared.model.model) };
  const name = study.cohort?.table;
  const text = name === undefined ? undefined : request.tables?.[name];
  if (!prepared.table || name === undefined || text === undefined) return { kind: 'result', ...shown };
  return { kind: 'result', ...shown, table: tableFacts(name, text, prepared.table) };
}

/** The first patients; of clouds one of each row as far as they go, and none of a preview, which numbers them otherwise. */
function samplesOf({ plan, clouds }: Prepared, { samples = 0, patients }: RunRequest): number[] {
  const count = Math.min(samples, plan.patients);
  if (!clouds) return Array.from({ length: count }, (_, i) => i);
  if (patients !== undefined) return [];
  const each = Math.max(1, Math.ceil(count / clouds.ids.length));
  return Array.from({ length: count }, (_, i) => Math.floor(i / each) * clouds.draws + (i % each)).filter(
    (patient) => patient < plan.patients,
  );
}

/** A cohort's first columns are the covariates, in the model's order. */
function covariatesOf(patients: readonly number[], { job, model }: Prepared): PatientCurves['covariates'] {
  return patients.map((patient) => {
    const values = job.columns.read(patient, 1);
    return Object.fromEntries(model.model.covariates.map(({ name }, c) => [name, values[c] ?? Number.NaN]));
  });
}

/** Patient i of a file is its i-th subject, again and again where there are more patients. */
function measuredOf(patient: number, { courses }: Prepared): Measured | undefined {
  const course = courses?.courses[patient % Math.max(1, courses.courses.length)];
  if (!course) return undefined;
  const outputs: Record<string, { times: number[]; values: number[] }> = {};
  for (const { time, value, output } of course.observations) {
    if (value === null || output === null) continue;
    outputs[output] ??= { times: [], values: [] };
    outputs[output].times.push(time);
    outputs[output].values.push(value);
  }
  return { id: course.id, outputs };
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
