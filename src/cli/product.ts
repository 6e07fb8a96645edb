// The product as the command line sees it: library, compiler, and a session on an engine of this machine.
// Studies are prepared once a session, however many chunks of curves are asked for.
import { type Devices, openEngine } from '../engine/engine.ts';
import { fastSampling } from '../engine/sampling.ts';
import { compile, parseQuantity } from '../language/compile.ts';
import { render } from '../language/diagnostic.ts';
import { LIBRARY } from '../study/library.ts';
import { describePatients } from '../study/patients.ts';
import { type Outcome, type Prepared, prepare, type Tables } from '../study/prepare.ts';
import { readModel } from '../study/read.ts';
import { runStudy } from '../study/run.ts';
import { DEFAULT_SEED, type Study } from '../study/study.ts';
import { isTable, readTable } from '../study/table.ts';
import { verifyModel } from '../study/verify.ts';
import { VERSION } from '../study/version.ts';
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
  let ready: { study: Study; tables: Tables; outcome: Outcome<{ prepared: Prepared }> } | undefined;
  let reader: { study: Study; tables: Tables; read: PatientReader } | undefined;
  const preparedFor = async (study: Study, tables: Tables) => {
    if (ready?.study !== study || ready.tables !== tables)
      ready = { study, tables, outcome: await prepare(study, { engine, tables }, true) };
    return ready.outcome;
  };
  return {
    get info() {
      return engine.info;
    },
    run: (study, tables, options) => runStudy(study, { engine, tables, options }),
    async patients(study, tables, first, count) {
      if (reader?.study !== study || reader.tables !== tables)
        reader = { study, tables, read: patientReader(study, tables) };
      return reader.read(first, count);
    },
    async curves(study, tables, patients) {
      const outcome = await preparedFor(study, tables);
      if (outcome.kind !== 'done') return outcome;
      const { plan, program, job } = outcome.prepared;
      const curves = {
        individuals: await engine.individuals(program, job, patients),
        arms: plan.arms.map(({ name }) => name),
        times: plan.times,
        timeUnit: plan.model.time.text,
        columns: program.outputs,
      };
      return { kind: 'done', curves };
    },
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
  const options = {
    seed: cohort.seed ?? DEFAULT_SEED,
    cohort,
    ...fastSampling(),
    ...(study.set !== undefined && { set: study.set }),
    ...(table !== undefined && { table }),
  };
  return (first, count) => ({ kind: 'done', table: describePatients(model, options, first, count) });
}
