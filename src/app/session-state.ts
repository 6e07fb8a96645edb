// What a session shows: its state as one record, replaced at every change, and what it needs of the engine. In: nothing. Out:
// types, and what of a study tells whether it has changed.
import type { Diagnostic } from '../language/diagnostic.ts';
import type { Result } from '../study/result.ts';
import type { Study } from '../study/study.ts';
import type { Replay } from './auditing.ts';
import type { Check } from './checking.ts';
import type {
  ArmTimeline,
  CheckOutcome,
  EngineApi,
  ModelView,
  Refusal,
  RunCurves,
  TableFacts,
  Tables,
} from './client.ts';
import type { Exporting } from './downloading.ts';
import type { Draft, DraftsByArm } from './drafts.ts';
import { fileOf } from './edits.ts';
import type { Followed } from './following.ts';
import type { Spreads } from './looking.ts';
import type { Offer } from './offer.ts';

/** What the session needs of the engine. */
export type Engine = Pick<
  EngineApi,
  | 'check'
  | 'checkTherapy'
  | 'readDoses'
  | 'checkFilter'
  | 'spread'
  | 'run'
  | 'individuals'
  | 'audit'
  | 'cancelAudit'
  | 'predictiveCheck'
  | 'cancelPredictiveCheck'
  | 'exportEndpoints'
  | 'cancelExport'
  | 'cancel'
  | 'verify'
>;

export type Trouble =
  | { readonly kind: 'refused'; readonly errors: readonly Refusal[] }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'cancelled' };

export type Verification =
  | { readonly kind: 'running' }
  | { readonly kind: 'done'; readonly outcomes: readonly CheckOutcome[] }
  | { readonly kind: 'failed'; readonly message: string };

export interface SessionState {
  readonly study: Study;
  /** Of the last text without errors. */
  readonly model: ModelView;
  /** As typed; ahead of the study while it has errors. */
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly result: Result | null;
  /** The last one of all patients: a preview says nothing of differences, and this one stays until the next. */
  readonly full: Result | null;
  readonly curves: RunCurves | null;
  /** What the arms of the result plan, in its order. */
  readonly timelines: readonly ArmTimeline[];
  /** Therapies that are being written; the study is of the last ones without errors. */
  readonly drafts: DraftsByArm;
  /** The filter as it is being written; null: as in the study. */
  readonly filter: Draft | null;
  /** How covariates are spread before weights, as far as somebody asked. */
  readonly spreads: Spreads;
  /** A file of doses and observations that is not used yet. */
  readonly offer: Offer | null;
  /** Texts of tables by file name, as far as they were opened here; they leave with the session. */
  readonly tables: Tables;
  /** Of the table that the result's patients came from. */
  readonly table: TableFacts | null;
  /** What is to be known of the result's numbers. */
  readonly warnings: readonly string[];
  readonly followed: Followed | null;
  /** The doses given, replayed as a fixed schedule; null where the result has nothing to replay. */
  readonly replay: Replay | null;
  /** The patients' file against the model; null without a file of doses and observations. */
  readonly check: Check | null;
  /** A file of every patient that is being made. */
  readonly exporting: Exporting | null;
  /** The result is not of this study. */
  readonly stale: boolean;
  /** The result is of fewer patients than the study asks for. */
  readonly preview: boolean;
  readonly running: Progress | null;
  readonly trouble: Trouble | null;
  readonly verification: Verification | null;
  readonly live: boolean;
  readonly dragging: boolean;
  readonly edited: boolean;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
}

export interface Progress {
  readonly finished: number;
  readonly of: number;
  readonly since: number;
}

/** The text of the table that the study names; undefined when there is none, or when it is not here. */
export function tableOf({ study, tables }: Pick<SessionState, 'study' | 'tables'>): string | undefined {
  const name = fileOf(study);
  return name !== undefined && Object.hasOwn(tables, name) ? tables[name] : undefined;
}

/** What matters of a study for "has it changed": not what a sharer saw of it, nor the order of its fields. */
export function fingerprint({ expect: _, ...study }: Study): string {
  const model = 'text' in study.model ? { text: study.model.text } : { name: study.model.name };
  return JSON.stringify({ ...study, model }, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

/** What fixes the numbers of a study: not which way is good for the patient, which is a name for some of them. */
export function numbersOf(study: Study): string {
  const { better: _, ...compare } = study.compare ?? {};
  return fingerprint({ ...study, compare });
}
