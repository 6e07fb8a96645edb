// Studies for the tests of non-compartmental analysis: a one-compartment model with patients of their own, what every patient
// really is, and an analysis with its rows.
import type { BackendName } from '../../src/engine/backend.ts';
import { compile } from '../../src/language/compile.ts';
import { type NcaRow, runNca } from '../../src/study/nca.ts';
import type { NcaOptions } from '../../src/study/nca-plan.ts';
import type { NcaReport } from '../../src/study/nca-summary.ts';
import { describePatients } from '../../src/study/patients.ts';
import type { Tables } from '../../src/study/prepare.ts';
import type { Study } from '../../src/study/study.ts';
import { engineFor } from '../engine/engines.ts';

export const SEED = '7';

/** Clearance about 5 L/h, volume about 50 L; `gut` is absorbed at 1.2/h. Lines of `more` come before the output. */
export const oneCompartment = (more: string, conc = 'central / V in mg/L', gut = '') => `model one
  time h
parameter TVCL = 5 [L/h]
parameter TVV = 50 [L]
parameter KA = 1.2 [1/h]
random eta_cl ~ normal(cv 30 %)
random eta_v ~ normal(cv 20 %)
CL = TVCL * exp(eta_cl)
V = TVV * exp(eta_v)
compartment gut : mg ${gut}
compartment central : mg
flow absorption : gut -> central at KA * gut
flow elimination : central -> at CL / V * central
output conc = ${conc}
${more}
`;

export const studyOf = (text: string, patients: number, more: Partial<Study> = {}): Study => ({
  gemello: 1,
  model: { text },
  cohort: { patients, seed: SEED },
  solver: { method: 'tsit5', rtol: 1e-9 },
  ...more,
});

/** A definition of every patient. */
export function trueValues(text: string, name: string, patients: number): Float64Array {
  const { model } = compile(text);
  if (!model) throw new Error('the model has errors');
  const table = describePatients(model, { seed: SEED, cohort: {} }, 0, patients);
  const found = 'columns' in table ? table.columns.find((column) => column.name === name) : undefined;
  if (!found) throw new Error(`there is no ${name}`);
  return found.values;
}

export interface Found {
  readonly report: NcaReport;
  readonly rows: readonly NcaRow[];
  /** A parameter of every patient, of one arm where there are several. */
  values(name: string, arm?: string): (number | null)[];
}

export async function ncaOf(
  study: Study,
  options: NcaOptions = {},
  backend: BackendName = 'webassembly',
  tables: Tables = {},
): Promise<Found> {
  const rows: NcaRow[] = [];
  const engine = await engineFor(backend);
  const done = await runNca(study, { engine, tables }, options, (more) => void rows.push(...more));
  if (done.kind !== 'done') throw new Error(JSON.stringify(done).slice(0, 1000));
  const report = done.nca;
  return {
    report,
    rows,
    values(name, arm) {
      const p = report.parameters.findIndex((one) => one.name === name);
      if (p < 0) throw new Error(`${name} is not among ${report.parameters.map((one) => one.name).join()}`);
      return rows.filter((row) => arm === undefined || row.arm === arm).map((row) => row.values[p] ?? null);
    },
  };
}

export async function refusalOf(study: Study, options: NcaOptions = {}): Promise<string> {
  const engine = await engineFor('webassembly');
  const done = await runNca(study, { engine }, options);
  return done.kind === 'refused'
    ? done.errors.map(({ field, message }) => `${field}: ${message}`).join()
    : done.kind;
}
