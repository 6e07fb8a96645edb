// The product as the command line sees it: library, compiler, and a session on an engine of this machine.
// Studies are prepared once a session, however many chunks of curves are asked for.
import { type Devices, openEngine } from '../engine/engine.ts';
import { fastSampling } from '../engine/sampling.ts';
import { compile, parseQuantity } from '../language/compile.ts';
import { render } from '../language/diagnostic.ts';
import { auditPrepared } from '../study/audit.ts';
import { isCourses, readCourses } from '../study/courses.ts';
import { readLedgers } from '../study/ledger.ts';
import { LIBRARY } from '../study/library.ts';
import { openNca } from '../study/nca.ts';
import { nonmemNotes, patientName, simulatedSubjects } from '../study/nonmem.ts';
import { endpointsSheet } from '../study/patient-sheets.ts';
import { describePatients } from '../study/patients.ts';
import { type Outcome, type Prepared, prepare, type Tables } from '../study/prepare.ts';
import { readModel } from '../study/read.ts';
import { runStudy } from '../study/run.ts';
import { DEFAULT_SEED, type Study } from '../study/study.ts';
import { isTable, readTable } from '../study/table.ts';
import { verifyModel } from '../study/verify.ts';
import { VERSION } from '../study/version.ts';
import { predictiveCheckOf } from '../study/vpc.ts';
import type { Product, Session } from './ports.ts';

export function createProduct(devices: Devices): Product {
  return {
    version: VERSION,
    models: LIBRARY,
    compile,
    render,
    quantity: parseQuantity,
    open: async (preference) => openSession(devices, preference),
  };
}

type PatientReader = (first: number, count: number) => Awaited<ReturnType<Session['patients']>>;

async function openSession(
  devices: Devices,
  preference: 'auto' | 'webgpu' | 'webassembly',
): Promise<Session> {
  const engine = await openEngine(devices, preference);
  let ready:
    | { study: Study; tables: Tables; states: boolean; outcome: Outcome<{ prepared: Prepared }> }
    | undefined;
  let reader: { study: Study; tables: Tables; read: PatientReader } | undefined;
  const preparedFor = async (study: Study, tables: Tables, states = true) => {
    if (ready?.study !== study || ready.tables !== tables || ready.states !== states)
      ready = { study, tables, states, outcome: await prepare(study, { engine, tables }, states) };
    return ready.outcome;
  };
  return {
    get info() {
      return engine.info;
    },
    async run(study, tables, options) {
      const ran = await runStudy(study, { engine, tables, options });
      if (ran.kind !== 'done') return ran;
      const { prepared, weights } = ran;
      return { ...ran, endpointsSheet: (kept) => endpointsSheet({ prepared, kept, weights: weights?.of }) };
    },
    async patients(study, tables, first, count) {
      if (reader?.study !== study || reader.tables !== tables)
        reader = { study, tables, read: patientReader(study, tables) };
      return reader.read(first, count);
    },
    async curves(study, tables, patients, { ledger = false } = {}) {
      const outcome = await preparedFor(study, tables);
      if (outcome.kind !== 'done') return outcome;
      const { plan, program, job, courses } = outcome.prepared;
      const individuals = await engine.individuals(program, job, patients, { ledger });
      const curves = {
        individuals,
        name: patientName(courses),
        amounts: plan.model.states.filter(({ type }) => type === 'compartment').map(({ unit }) => unit.text),
        ...(ledger && { ledgers: readLedgers(outcome.prepared, individuals) }),
        arms: plan.arms.map(({ name }) => name),
        times: plan.times,
        timeUnit: plan.model.time.text,
        columns: program.outputs,
      };
      return { kind: 'done', curves };
    },
    async subjects(study, tables, patients) {
      const outcome = await preparedFor(study, tables, false);
      if (outcome.kind !== 'done') return outcome;
      const { prepared } = outcome;
      const made = await simulatedSubjects(prepared, engine, patients);
      return { kind: 'done', ...made, notes: nonmemNotes(prepared) };
    },
    async audit(study, tables, options) {
      const outcome = await preparedFor(study, tables, false);
      if (outcome.kind !== 'done') return outcome;
      return { kind: 'done', audit: await auditPrepared(outcome.prepared, { engine, ...options }) };
    },
    predictiveCheck: (study, tables, options, run) =>
      predictiveCheckOf(study, { engine, tables, options: run }, options),
    nca: (study, tables, options) => openNca(study, { engine, tables }, options),
    checks: (model, onCheck) => verifyModel(model, engine, onCheck),
    dispose: () => engine.dispose(),
  };
}

/** Rows of patients of one study, its table read once. */
function patientReader(study: Study, tables: Tables): PatientReader {
  const read = readModel(study.model);
  if (read.kind !== 'done') return () => read;
  const { model } = read;
  const cohort = study.cohort ?? {};
  const name = cohort.table;
  const fixed = Object.entries(cohort.set ?? {}).flatMap(([covariate, v]) =>
    typeof v === 'number' ? [covariate] : [],
  );
  const table = name === undefined ? undefined : readTable(tables[name] ?? '', model, fixed);
  if (table !== undefined && !isTable(table)) {
    const errors = table.errors.map((message) => ({ field: 'cohort.table', message }));
    return () => ({ kind: 'refused', errors });
  }
  const how = cohort.data;
  const courses = how && readCourses(tables[how.file] ?? '', model, how, fixed);
  if (courses !== undefined && !isCourses(courses)) {
    const errors = courses.errors.map(({ message }) => ({ field: 'cohort.data', message }));
    return () => ({ kind: 'refused', errors });
  }
  const options = {
    seed: cohort.seed ?? DEFAULT_SEED,
    cohort,
    ...fastSampling(),
    ...(study.set !== undefined && { set: study.set }),
    ...(table !== undefined && { table }),
    ...(courses !== undefined && { table: courses.table, partial: true }),
  };
  const called = { name: patientName(courses ?? null) };
  return (first, count) => ({
    kind: 'done',
    table: describePatients(model, options, first, count),
    ...called,
  });
}
