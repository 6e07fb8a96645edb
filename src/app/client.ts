// The typed object between the page and the engine's worker: what the page may ask, and what comes back as values.
// In: studies and model texts. Out: results, views, diagnostics. Nothing here throws across the boundary but a dead worker.
import { proxy, releaseProxy, wrap } from 'comlink';
import type { BackendName } from '../engine/backend.ts';
import type { EngineInfo } from '../engine/engine.ts';
import type { Problem, Question, Role } from '../interop/nonmem/records.ts';
import type { Diagnostic } from '../language/diagnostic.ts';
import type { Refusal } from '../study/plan.ts';
import type { Tables } from '../study/prepare.ts';
import type { Audit, Result } from '../study/result.ts';
import type { SheetFormat } from '../study/sheet.ts';
import type { DataFile, Study } from '../study/study.ts';
import type { CheckOutcome } from '../study/verify.ts';
import type { VpcOptions } from '../study/vpc.ts';
import type { Vpc, VpcPoints } from '../study/vpc-report.ts';
import type { Spread } from './spread.ts';
import type { ArmLedger } from './timeline/given.ts';
import type { ArmTimeline } from './timeline/marks.ts';

export type {
  ArmLedger,
  ArmTimeline,
  CheckOutcome,
  DataFile,
  EngineInfo,
  Problem,
  Question,
  Refusal,
  Tables,
};

export interface EngineApi {
  /** Opens the preferred backend, or the next one that works, and says why. May be called again. */
  start(preference: BackendName | 'auto'): Promise<EngineInfo>;
  /** The shipped models. */
  library(): Promise<ModelCard[]>;
  check(text: string): Promise<CheckedModel>;
  /** An arm's own therapy, read against a study's model; nothing is found when the model itself cannot be read. */
  checkTherapy(model: Study['model'], text: string): Promise<readonly Diagnostic[]>;
  /** A filter of patients, read against a study's model. */
  checkFilter(model: Study['model'], text: string): Promise<readonly Diagnostic[]>;
  /** How a covariate is spread over the patients as they are drawn, without weights; null where they cannot be. */
  spread(
    study: Study,
    request: { readonly of: string; readonly edges?: readonly number[] } & Pick<RunRequest, 'tables'>,
  ): Promise<Spread | null>;
  /** What a file of doses and observations holds, and what must be answered before it can be used. */
  readDoses(model: Study['model'], text: string, file: DataFile): Promise<DoseFile>;
  /** Latest wins: a call supersedes the one before it. `onProgress` hears patients finished. */
  run(
    study: Study,
    options: RunRequest,
    onProgress?: (finished: number, of: number) => void,
  ): Promise<RunReply>;
  /** Full curves and covariates of chosen patients, counted from 0; does not supersede a run. */
  individuals(study: Study, patients: number[], request?: Pick<RunRequest, 'tables'>): Promise<PatientCurves>;
  /** Replays every ledger as a fixed schedule and compares the courses. A run or another audit supersedes it. */
  audit(
    study: Study,
    request: Pick<RunRequest, 'patients' | 'tables'>,
    onProgress?: (finished: number, of: number) => void,
  ): Promise<AuditReply>;
  /** Stops the audit under way, which then answers `superseded`. */
  cancelAudit(): Promise<void>;
  /** Observations of the patients' file against simulated ones. A run or another check supersedes it; it hears replicates. */
  predictiveCheck(
    study: Study,
    request: VpcRequest,
    onProgress?: (finished: number) => void,
  ): Promise<VpcReply>;
  /** Stops the check under way, which then answers `superseded`. */
  cancelPredictiveCheck(): Promise<void>;
  /** A row a patient and arm, every endpoint: the study runs once more for it. A run or another export supersedes it. */
  exportEndpoints(
    study: Study,
    request: FileRequest,
    onProgress?: (finished: number, of: number) => void,
  ): Promise<FileReply>;
  /** Stops the export under way, which then answers `superseded`. */
  cancelExport(): Promise<void>;
  /** Stops the run under way, which then answers `superseded`. */
  cancel(): Promise<void>;
  /** Runs the model's published checks on this device. */
  verify(text: string): Promise<readonly CheckOutcome[]>;
}

export interface RunRequest {
  /** Fewer patients than the study asks for: a preview while a slider moves. They are its first ones. */
  readonly patients?: number;
  /** Sample patients whose curves come along. */
  readonly samples?: number;
  /** Texts of the tables that the study names. They stay in memory, in the page and in the worker. */
  readonly tables?: Tables;
}

export interface FileRequest extends Pick<RunRequest, 'tables'> {
  readonly format: SheetFormat;
}

export type FileReply =
  | { readonly kind: 'done'; readonly file: Blob }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'superseded' };

export type RunReply =
  | {
      readonly kind: 'result';
      readonly result: Result;
      readonly curves: RunCurves;
      /** What every arm plans, in the study's order. */
      readonly timelines: readonly ArmTimeline[];
      /** What is to be known of these numbers; what is said of a table stands with it. */
      readonly warnings?: readonly string[];
      /** In some arm rules, events or the like decide, so that there is something to replay. */
      readonly decided?: true;
      /** Of the table that the patients came from. */
      readonly table?: TableFacts;
    }
  | { readonly kind: 'diagnostics'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'refused'; readonly errors: readonly Refusal[] }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'superseded' };

export type AuditReply =
  | {
      readonly kind: 'done';
      readonly audit: Audit;
      /** By its arms, whether the ledgers reproduce the courses as exactly as this engine is held to. */
      readonly reproduced: readonly boolean[];
    }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'superseded' };

export interface VpcRequest
  extends Partial<Readonly<Record<'output' | 'measurement' | 'arm', string | undefined>>>,
    Pick<VpcOptions, 'replicates' | 'bins' | 'corrected'>,
    Pick<RunRequest, 'tables'> {}

export type VpcReply =
  | { readonly kind: 'done'; readonly vpc: Vpc; readonly points: VpcPoints }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'superseded' };

/** Single patients' paths, on the times of the result they came with. */
export interface RunCurves {
  readonly patients: readonly number[];
  /** In the study's order of arms; by output, [patient][time] flattened, time fastest; NaN where a patient failed. */
  readonly arms: readonly { readonly outputs: Readonly<Record<string, Float32Array>> }[];
}

/** Nobody, when the study cannot be run. */
export interface PatientCurves extends RunCurves {
  /** One record a patient, by covariate; yes/no as 0 or 1, categories by index. */
  readonly covariates: readonly Readonly<Record<string, number>>[];
  /** What the first of them got, in the study's order of arms. */
  readonly ledgers?: readonly ArmLedger[];
  /** What was measured in the first of them, where patients come from a file of doses and observations. */
  readonly measured?: Measured;
}

/** One subject's observations. */
export interface Measured {
  /** As in the file. */
  readonly id: string;
  /** By output, times in model time and values in its unit. */
  readonly outputs: Readonly<
    Record<string, { readonly times: readonly number[]; readonly values: readonly number[] }>
  >;
}

/** A file of doses and observations as it was read, without its rows. */
export interface DoseFile {
  readonly subjects: number;
  readonly doses: number;
  readonly observations: number;
  readonly resets: number;
  /** Lines that give nothing: comments, blank ones, missing observations, other events. */
  readonly idle: number;
  readonly rows: number;
  /** Heading and what it was taken for. */
  readonly columns: readonly { readonly name: string; readonly role: Role; readonly unit: string | null }[];
  readonly notes: readonly string[];
  readonly questions: readonly Question[];
  readonly problems: readonly Problem[];
  /** How many problems there are in all. */
  readonly count: number;
  /** Compartments as the file says them (`default` where it says none), and the model's that they are taken for. */
  readonly places: readonly { readonly said: string; readonly into: string | null }[];
  /** Kinds of observations as the file says them; '' where it has one kind. */
  readonly kinds: readonly string[];
  /** What of it does not fit the model: its compartments, covariates, outputs. */
  readonly misfits: readonly string[];
  /** Model time of its last line; null where it cannot be used. */
  readonly until: number | null;
}

/** What the page says of a table. Its rows stay in the worker. */
export interface TableFacts {
  readonly name: string;
  /** Of a file of doses: its subjects. */
  readonly rows: number;
  /** Its patients bring their own doses along. */
  readonly doses?: true;
  /** Of a file of doses: the outputs that were observed, and how the model measures each. */
  readonly measured?: readonly { readonly output: string; readonly measurements: readonly string[] }[];
  /** Of its text. */
  readonly sha256: string;
  /** By covariate, in its unit; yes/no as 0 or 1, so that its mean is a share; categories by index. */
  readonly columns: Readonly<Record<string, ColumnFacts>>;
  readonly warnings: readonly string[];
}

export interface ColumnFacts {
  readonly low: number;
  readonly median: number;
  readonly high: number;
  readonly mean: number;
}

export interface ModelCard {
  readonly name: string;
  readonly title: string;
  readonly question: string;
  readonly area: string;
  readonly sources: readonly { readonly reference: string; readonly text: string }[];
  /** How many published numbers the text holds itself against. */
  readonly checks: number;
  readonly text: string;
}

export interface CheckedModel {
  /** null when there are errors. */
  readonly model: ModelView | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** A model as the page needs it: labels, units as text, numbers for sliders. No expressions. */
export interface ModelView {
  readonly name: string;
  readonly title: string;
  readonly question: string;
  readonly area: string;
  readonly use: string;
  readonly licence: string;
  readonly sources: readonly { readonly reference: string; readonly text: string }[];
  /** Unit of model time: `h`. */
  readonly time: string;
  readonly show?: { readonly until: number; readonly every: number };
  readonly parameters: readonly ParameterView[];
  readonly covariates: readonly CovariateView[];
  readonly outputs: readonly OutputView[];
  readonly therapies: readonly TherapyView[];
  /** What takes doses. */
  readonly compartments: readonly string[];
  readonly endpoints: readonly EndpointView[];
  readonly checks: number;
  /** Labels of the parameters that the model is unsure of. */
  readonly uncertain?: readonly string[];
}

interface Labelled {
  readonly name: string;
  readonly label: string;
  /** Empty when dimensionless. */
  readonly unit: string;
}

export interface ParameterView extends Labelled {
  readonly value: number;
  readonly range?: { readonly low: number; readonly high: number };
  readonly source: string;
  readonly provenance: string;
}

export interface CovariateView extends Labelled {
  readonly type: 'number' | 'yes/no' | 'category';
  readonly categories: readonly string[];
  /** The distribution's name, as `lognormal`. */
  readonly distribution: string;
  /** Its parameters; null where one is an expression that no single number stands for. */
  readonly parameters: Readonly<Record<string, number | null>>;
  readonly within?: { readonly low: number | null; readonly high: number | null };
}

export interface OutputView extends Labelled {
  readonly axis: 'linear' | 'log';
  readonly target?: { readonly low: number; readonly high: number };
}

export interface TherapyView {
  readonly name: string;
  readonly label: string;
  /** Its lines as written, for a start at editing them. */
  readonly text: string;
}

export interface EndpointView extends Labelled {
  readonly type: 'value' | 'probability';
}

export interface EngineConnection {
  readonly engine: EngineApi;
  /** Resolves once when the worker cannot go on, with the reason. */
  readonly dead: Promise<string>;
  close(): void;
}

/** Starts the engine's worker. The build gives it its own file, so the page's policy governs it. */
export function connectEngine(): EngineConnection {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'gemello' });
  const remote = wrap<EngineApi>(worker);
  const dead = new Promise<string>((resolve) => {
    worker.addEventListener('error', (event) => resolve(event.message || 'it could not be loaded'));
    worker.addEventListener('messageerror', () => resolve('a message was lost'));
  });
  return {
    engine: {
      start: (preference) => remote.start(preference),
      library: () => remote.library(),
      check: (text) => remote.check(text),
      checkTherapy: (model, text) => remote.checkTherapy(model, text),
      checkFilter: (model, text) => remote.checkFilter(model, text),
      spread: (study, request) => remote.spread(study, request),
      readDoses: (model, text, file) => remote.readDoses(model, text, file),
      run: (study, request, onProgress) =>
        onProgress ? remote.run(study, request, proxy(onProgress)) : remote.run(study, request),
      individuals: (study, patients, request) => remote.individuals(study, patients, request),
      audit: (study, request, onProgress) =>
        onProgress ? remote.audit(study, request, proxy(onProgress)) : remote.audit(study, request),
      cancelAudit: () => remote.cancelAudit(),
      predictiveCheck: (study, request, onProgress) =>
        onProgress
          ? remote.predictiveCheck(study, request, proxy(onProgress))
          : remote.predictiveCheck(study, request),
      cancelPredictiveCheck: () => remote.cancelPredictiveCheck(),
      exportEndpoints: (study, request, onProgress) =>
        onProgress
          ? remote.exportEndpoints(study, request, proxy(onProgress))
          : remote.exportEndpoints(study, request),
      cancelExport: () => remote.cancelExport(),
      cancel: () => remote.cancel(),
      verify: (text) => remote.verify(text),
    },
    dead,
    close() {
      remote[releaseProxy]();
      worker.terminate();
    },
  };
}
