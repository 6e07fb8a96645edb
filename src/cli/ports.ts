// What the command line needs of the world (Io) and of the product (Product, Session). main.ts plugs in the real ones,
// tests plug in small ones.
import type { BackendName, Individuals, RunOptions } from '../engine/backend.ts';
import type { EngineInfo } from '../engine/engine.ts';
import type { Diagnostic } from '../language/diagnostic.ts';
import type { Model } from '../language/model.ts';
import type { Unit } from '../language/units.ts';
import type { PatientName } from '../study/csv.ts';
import type { KeptEndpoints } from '../study/kept-endpoints.ts';
import type { PatientLedger } from '../study/ledger.ts';
import type { NcaAnalysis } from '../study/nca.ts';
import type { NcaOptions } from '../study/nca-plan.ts';
import type { SimulatedSubjects } from '../study/nonmem.ts';
import type { PatientTable } from '../study/patients.ts';
import type { Outcome, Tables } from '../study/prepare.ts';
import type { Audit, Result } from '../study/result.ts';
import type { Sheet } from '../study/sheet.ts';
import type { Study } from '../study/study.ts';
import type { CheckOutcome } from '../study/verify.ts';
import type { VpcOptions } from '../study/vpc.ts';
import type { Vpc } from '../study/vpc-report.ts';
import type { CohortWeights } from '../study/weight-units.ts';
import type { Scratch } from './scratch.ts';

export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether a person watches `err`, so that progress may be drawn over. */
  readonly interactive: boolean;
  /** undefined: there is no such file. Throws with a sentence on anything else (a folder, no permission). */
  readonly read: (path: string) => Promise<string | undefined>;
  /** A file that appears under its name when it is closed; `discard` leaves nothing behind. */
  readonly write: (path: string) => Promise<TextFile>;
  /** Room for numbers while the file of that path is made; throws with a sentence where there is none. */
  readonly scratch: (path: string) => Promise<Scratch>;
  /** Aborted when the user stops the command. */
  readonly signal: AbortSignal;
}

export interface TextFile {
  /** Text in UTF-8, or bytes as they are. */
  write(part: string | Uint8Array): Promise<void>;
  close(): Promise<void>;
  discard(): Promise<void>;
}

export interface Product {
  readonly version: string;
  readonly models: readonly { readonly name: string; readonly text: string }[];
  compile(text: string): { readonly model?: Model | null; readonly diagnostics: readonly Diagnostic[] };
  /** A diagnostic with its source line and a caret. */
  render(diagnostic: Diagnostic, text: string): string;
  /** `5 L/h` or `5 [L/h]` in `unit`; or what is wrong with it. */
  quantity(text: string, unit: Unit): number | { readonly message: string };
  open(preference: BackendName | 'auto'): Promise<Session>;
}

export interface Session {
  readonly info: EngineInfo;
  run(study: Study, tables: Tables, options: RunOptions): Promise<Outcome<RanStudy>>;
  /** Patients first .. first + count - 1. */
  patients(
    study: Study,
    tables: Tables,
    first: number,
    count: number,
  ): Promise<Outcome<{ table: PatientTable; name?: PatientName }>>;
  /** Full curves of chosen patients: outputs, then compartments; and what they were given where asked for. */
  curves(
    study: Study,
    tables: Tables,
    patients: readonly number[],
    options?: { readonly ledger?: boolean },
  ): Promise<Outcome<{ curves: Curves }>>;
  /** Chosen patients as subjects of a NONMEM-style file. */
  subjects(study: Study, tables: Tables, patients: readonly number[]): Promise<Outcome<Subjects>>;
  /** Every patient's ledger held against the run. */
  audit(study: Study, tables: Tables, options: RunOptions): Promise<Outcome<{ audit: Audit }>>;
  /** Observations of the study's dosing file against simulated ones. */
  predictiveCheck(
    study: Study,
    tables: Tables,
    options: VpcOptions,
    run: RunOptions,
  ): Promise<Outcome<{ readonly vpc: Vpc }>>;
  /** Non-compartmental analysis of every patient, ready to be run. */
  nca(study: Study, tables: Tables, options: NcaOptions): Promise<Outcome<{ analysis: NcaAnalysis }>>;
  checks(model: Model, onCheck: (outcome: CheckOutcome) => void): Promise<readonly CheckOutcome[]>;
  dispose(): void;
}

export interface RanStudy {
  readonly result: Result;
  readonly warnings: readonly string[];
  /** Of a weighted cohort. */
  readonly weights: CohortWeights | null;
  /** A row a patient and arm, of what `options.onEndpoints` of this run was told. */
  endpointsSheet(kept: KeptEndpoints): Sheet;
}

export interface Curves {
  readonly individuals: Individuals;
  readonly arms: readonly string[];
  readonly times: ArrayLike<number>;
  readonly timeUnit: string;
  readonly columns: readonly { readonly name: string; readonly unit: string }[];
  /** What patients are called in files; absent: by number. */
  readonly name?: PatientName;
  /** By arm, then by patient. */
  readonly ledgers?: readonly (readonly PatientLedger[])[];
  /** Units of the compartments. */
  readonly amounts?: readonly string[];
}

export interface Subjects extends SimulatedSubjects {
  /** What the file cannot say, and how its columns are coded. */
  readonly notes: readonly string[];
}
