// Runs of a model text for the tests of hazards and occasions: endpoints and columns of patients, by name.
import type { BackendName } from '../../src/engine/backend.ts';
import { STATUSES } from '../../src/engine/backend.ts';
import type { PatientLedger } from '../../src/study/ledger.ts';
import type { Prepared } from '../../src/study/prepare.ts';
import { runIndividuals } from '../../src/study/run.ts';
import type { Cohort, Study } from '../../src/study/study.ts';
import { engineFor, type KernelName } from '../engine/engines.ts';

export interface Runs {
  readonly prepared: Prepared;
  /** By name, patient by patient; NaN where missing. */
  readonly endpoint: (name: string) => Float64Array;
  readonly column: (name: string) => Float32Array;
  readonly statuses: readonly string[];
  readonly ledgers: readonly (readonly PatientLedger[])[] | null;
}

export async function runs(
  text: string,
  options: {
    readonly patients?: number;
    readonly cohort?: Cohort;
    readonly kernel?: BackendName | KernelName;
    readonly rtol?: number;
    readonly therapy?: string;
    readonly ledger?: boolean;
    readonly method?: string;
  } = {},
): Promise<Runs> {
  const {
    patients = 40,
    kernel = 'webassembly',
    rtol = 1e-9,
    therapy,
    ledger = false,
    method = 'tsit5',
  } = options;
  const engine = await engineFor(kernel);
  const study: Study = {
    gemello: 1,
    model: { text },
    cohort: { patients, seed: '11', ...options.cohort },
    arms: [{ name: 'a', ...(therapy === undefined ? {} : { therapy }) }],
    solver: { rtol, method },
  };
  const wanted = Array.from({ length: patients }, (_, i) => i);
  const ran = await runIndividuals(study, { engine }, wanted, { ledger });
  if (ran.kind === 'refused') throw new Error(ran.errors.map((e) => `${e.field}: ${e.message}`).join('\n'));
  if (ran.kind === 'diagnostics')
    throw new Error(ran.diagnostics.map((d) => `${d.line}: ${d.message}`).join('\n'));
  const { prepared } = ran;
  const { program, job } = prepared;
  const arm = ran.individuals.arms[0];
  const columns = job.columns.read(0, patients);
  const place = (names: readonly { readonly name: string }[], name: string) => {
    const at = names.findIndex((f) => f.name === name);
    if (at < 0) throw new Error(`there is no ${name}`);
    return at * patients;
  };
  return {
    prepared,
    endpoint: (name) => {
      const from = place(program.endpoints, name);
      return (arm?.endpoints ?? new Float64Array(0)).subarray(from, from + patients);
    },
    column: (name) => {
      const from = place(program.columns, name);
      return columns.subarray(from, from + patients);
    },
    statuses: [...(arm?.status ?? [])].map((s) => STATUSES[s] ?? '?'),
    ledgers: ran.ledgers,
  };
}

export const mean = (x: ArrayLike<number>): number => Array.from(x).reduce((s, v) => s + v, 0) / x.length;
