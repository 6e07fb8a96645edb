// One open study: what is on screen, its undo history, and when the engine is asked for what.
// In: edits and an engine. Out: `state`, replaced at every change, and a call to `notify`. It draws nothing.

import type { Diagnostic } from '../language/diagnostic.ts';
import { judge } from '../study/judge.ts';
import type { DataFile, Study } from '../study/study.ts';
import { Auditing } from './auditing.ts';
import { Checking, type VpcChoice } from './checking.ts';
import type { CheckedModel, ModelView, Tables } from './client.ts';
import { hasDoses } from './dose-headings.ts';
import { type Download, Downloading } from './downloading.ts';
import { Drafts } from './drafts.ts';
import { applyEdit, type Edit, fileOf, openingStudy, patientsOf, withArms, withoutUnknown } from './edits.ts';
import { saveBlob } from './files.ts';
import { Following, type Shown } from './following.ts';
import { Looking } from './looking.ts';
import { Offering } from './offer.ts';
import {
  type Engine,
  fingerprint,
  numbersOf,
  type SessionState,
  tableOf,
  type Verification,
} from './session-state.ts';
import { wholeShares } from './weights.ts';

export interface SessionOptions {
  readonly engine: Engine;
  readonly notify: () => void;
  readonly now?: () => number;
  /** Texts of named models, for the way back to one after its text was edited. */
  readonly originals?: ReadonlyMap<string, string>;
  /** Tables that are open already. */
  readonly tables?: Tables;
}

/** A drag wants an answer within 100 ms; the rest of it goes to the way back and the drawing. */
const PREVIEW_MS = 60;
/** A settled study whose cohort takes longer than this shows a preview first. */
const PATIENCE_MS = 400;
const FEWEST_PREVIEWED = 100;
const SAMPLES = 12;
const TYPING_PAUSE_MS = 250;

const NO_PROBLEMS = Promise.resolve([]);

interface Wish {
  readonly study: Study;
  /** The text of the study's table. */
  readonly table: string | undefined;
  readonly preview: boolean;
}

export class Session {
  state: SessionState;
  readonly #options: SessionOptions;
  readonly #following: Following;
  readonly #auditing: Auditing;
  readonly #checking: Checking;
  readonly #drafts: Drafts;
  readonly #downloading: Downloading;
  readonly #filter: Drafts;
  readonly #looking: Looking;
  readonly #offering: Offering;
  #past: readonly Study[] = [];
  #future: readonly Study[] = [];
  #pristine: string;
  #wishes: readonly Wish[] = [];
  /** Runs are numbered; only the newest may speak. */
  #run = 0;
  #inFlight: Wish | null = null;
  /** Patients a millisecond, from the runs so far; a guess before the first. */
  #rate = 5;
  #typing: ReturnType<typeof setTimeout> | undefined;
  #check = 0;
  /** The step of the history that is on its way: another text takes a moment to be checked. */
  #aim: Study | null = null;
  #closed = false;

  private constructor(
    options: SessionOptions,
    study: Study,
    text: string,
    checked: CheckedModel,
    model: ModelView,
  ) {
    this.#options = options;
    this.#pristine = fingerprint(openingStudy(model, study.model));
    const { engine } = options;
    this.#following = new Following(engine, (followed) => this.#set({ followed }));
    this.#auditing = new Auditing(engine, (replay) => this.#set({ replay }));
    this.#checking = new Checking(engine, (check) => this.#set({ check }));
    this.#offering = new Offering(engine, (offer) => this.#set({ offer }));
    this.#drafts = new Drafts({
      check: (text) => engine.checkTherapy(this.state.study.model, text),
      changed: (drafts) => this.#set({ drafts }),
      accept: (index, therapy) => this.edit({ kind: 'arm therapy', index, therapy }, 'settle'),
    });
    this.#downloading = new Downloading({
      engine,
      changed: (exporting) => this.#set({ exporting }),
      save: saveBlob,
    });
    this.#filter = new Drafts({
      check: (text) => (text.trim() === '' ? NO_PROBLEMS : engine.checkFilter(this.state.study.model, text)),
      changed: ({ 0: filter = null }) => this.#set({ filter }),
      accept: (_, value) => this.edit({ kind: 'filter', value }, 'settle'),
    });
    this.#looking = new Looking(engine, (spreads) => this.#set({ spreads }));
    this.state = {
      study,
      model,
      text,
      diagnostics: checked.diagnostics,
      result: null,
      full: null,
      curves: null,
      timelines: [],
      drafts: {},
      filter: null,
      spreads: {},
      offer: null,
      tables: options.tables ?? {},
      table: null,
      warnings: [],
      followed: null,
      replay: null,
      check: null,
      exporting: null,
      stale: false,
      preview: false,
      running: null,
      trouble: null,
      verification: null,
      live: true,
      dragging: false,
      edited: fingerprint(study) !== this.#pristine,
      canUndo: false,
      canRedo: false,
    };
  }

  /** `study` null opens the model as it is; nothing is computed before `run`. The diagnostics come back instead when the text has errors. */
  static async open(
    options: SessionOptions,
    text: string,
    reference: Study['model'],
    study: Study | null,
  ): Promise<Session | readonly Diagnostic[]> {
    const checked = await options.engine.check(text);
    const { model } = checked;
    if (!model) return checked.diagnostics;
    const opened = study ? withArms(study, model) : openingStudy(model, reference);
    return new Session(options, opened, text, checked, model);
  }

  edit(edit: Edit, phase: 'drag' | 'settle'): void {
    const { expect: _, ...before } = this.state.study;
    const study = applyEdit(before, edit, this.state.model);
    if (edit.kind === 'arm removed' || edit.kind === 'data') this.#drafts.clear();
    const changed = fingerprint(study) !== fingerprint(before);
    if (!changed && !this.state.dragging) return;
    if (changed && !this.state.dragging) this.#remember();
    if (this.#rejudge(study)) return;
    // Another table, or none: what was wrong with the one before is no longer said.
    const trouble = edit.kind === 'table' || edit.kind === 'data' ? null : this.state.trouble;
    this.#set({ study, trouble, dragging: phase === 'drag', stale: this.state.stale || changed });
    if (this.state.live) this.#wish();
  }

  /** An arm's therapy as it is being written. */
  writeTherapy(index: number, text: string): void {
    this.#drafts.write(index, text);
  }

  /** The filter of patients as it is being written. */
  writeFilter(text: string): void {
    this.#filter.write(0, text);
  }

  /** How a covariate is spread; `target`: and this as a target in the end, from which bars are dragged. */
  async look(of: string, edges?: readonly number[], target = false): Promise<void> {
    const { study, tables } = this.state;
    const spread = await this.#looking.at({ study, tables }, of, edges);
    if (!spread || !target) return;
    const histogram = { edges: spread.edges, shares: wholeShares(spread.shares) };
    this.edit(
      { kind: 'weights', value: [...(this.state.study.cohort?.weights ?? []), { of, histogram }] },
      'settle',
    );
  }

  /**
   * A table from a file. One with doses over time is offered, not used: whether its patients bring their doses along is for
   * the reader to say, unless the study already asks for this file.
   */
  openTable(name: string, text: string): void {
    const { study } = this.state;
    const { data } = study.cohort ?? {};
    if (data && tableOf(this.state) === undefined) this.#useFile(data.file, text);
    else if (hasDoses(text)) this.#offering.open(name, text, study.model);
    else this.#useTable(name, text);
  }

  answerOffer(answers: Partial<DataFile>): void {
    this.#offering.answer(answers, this.state.study.model);
  }

  /** `doses`: with their own doses and observations; `rows`: a row a patient; null: not at all. */
  decideOffer(as: 'doses' | 'rows' | null): void {
    const { offer } = this.state;
    const { text } = this.#offering;
    if (!offer) return;
    const { name, data, report } = offer;
    this.#offering.close();
    if (as === 'rows') this.#useTable(name, text);
    if (as !== 'doses' || !report || report.until === null) return;
    const { subjects, until } = report;
    this.#set({ tables: { ...this.#namedTables(), [data.file]: text }, table: null, trouble: null });
    const before = this.state.study;
    this.edit({ kind: 'data', data, subjects, until }, 'settle');
    if (!this.state.live || this.state.study === before) this.#wish();
  }

  /** The file that the study names already. */
  #useFile(name: string, text: string): void {
    const { live, result } = this.state;
    this.#set({
      tables: { ...this.#namedTables(), [name]: text },
      table: null,
      trouble: null,
      stale: result !== null,
    });
    if (live || result === null) this.#wish();
  }

  /** The study takes its patients from this text, named as its file. The same file again is read anew. */
  #useTable(name: string, text: string): void {
    const { study, live, result, stale } = this.state;
    const again = study.cohort?.table === name;
    this.#set({ tables: { ...this.#namedTables(), [name]: text }, table: null, trouble: null });
    if (!again) this.edit({ kind: 'table', name }, 'settle');
    else this.#set({ stale: stale || result !== null });
    // Without any numbers yet, whoever opens the file that is asked for wants them; otherwise `edit` has seen to it.
    if (again ? live || result === null : !live && result === null) this.#wish();
  }

  /** A table that cannot be opened at all; the study stays as it is. */
  refuseTable(message: string): void {
    this.#set({ trouble: { kind: 'refused', errors: [{ field: 'cohort.table', message }] } });
  }

  /** Shows this patient, counted from 0, in every arm; null shows nobody. */
  follow(patient: number | null): void {
    this.#following.choose(patient);
  }

  /** Replays the doses given to the patients of the result on screen. */
  audit(): void {
    void this.#auditing.start();
  }

  cancelAudit(): void {
    this.#auditing.cancel();
  }

  /** Holds the observations of the patients' file against the model. */
  check(choice: VpcChoice): void {
    void this.#checking.start(choice);
  }

  /** A file of the numbers on screen; null stops the one under way. Pictures are the workbench's. */
  download(wish: Exclude<Download, { kind: 'picture' }> | null): void {
    const { study, tables, result, stale, preview } = this.state;
    if (wish === null) this.#downloading.cancel();
    else if (result === null || stale || preview) return;
    else if (wish.kind === 'patients')
      void this.#downloading.patients(wish.format, result.model.name, { study, tables });
    else void this.#downloading.numbers(wish, result);
  }

  cancelCheck(): void {
    this.#checking.cancel();
  }

  undo(): void {
    const previous = this.#past.at(-1);
    if (!previous) return;
    this.#past = this.#past.slice(0, -1);
    this.#future = [this.#aim ?? this.state.study, ...this.#future];
    void this.#restore(previous);
  }

  redo(): void {
    const [next, ...later] = this.#future;
    if (!next) return;
    this.#future = later;
    this.#past = [...this.#past, this.#aim ?? this.state.study];
    void this.#restore(next);
  }

  setLive(live: boolean): void {
    this.#set({ live });
    if (live && this.state.stale) this.#wish();
  }

  run(): void {
    this.#wish();
  }

  cancel(): void {
    this.#wishes = [];
    this.#run++;
    this.#inFlight = null;
    this.#set({ running: null, stale: true, trouble: { kind: 'cancelled' } });
    void this.#options.engine.cancel().catch(ignore);
  }

  /** The text of the editor, at every key; checked after a pause, taken over once it has no errors. */
  type(text: string): void {
    clearTimeout(this.#typing);
    const check = ++this.#check;
    this.#set({ text });
    this.#typing = setTimeout(() => void this.#takeOver(text, check), TYPING_PAUSE_MS);
  }

  async verify(): Promise<void> {
    const { text } = this.state;
    this.#set({ verification: { kind: 'running' } });
    let verification: Verification;
    try {
      verification = { kind: 'done', outcomes: await this.#options.engine.verify(text) };
    } catch (error) {
      verification = { kind: 'failed', message: messageOf(error) };
    }
    if (this.state.text === text) this.#set({ verification });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#typing);
    this.#drafts.clear();
    this.#filter.clear();
    this.#wishes = [];
    if (this.#inFlight) void this.#options.engine.cancel().catch(ignore);
    this.#auditing.cancel();
    this.#checking.cancel();
    if (this.state.exporting?.kind === 'running') this.#downloading.cancel();
  }

  async #takeOver(text: string, check: number): Promise<void> {
    const { model, diagnostics } = await this.#options.engine.check(text);
    if (check !== this.#check) return;
    if (!model) {
      this.#set({ diagnostics, stale: true });
      return;
    }
    const { expect: _, ...before } = this.state.study;
    const study = withoutUnknown({ ...before, model: { text } }, model);
    if (fingerprint(study) !== fingerprint(before)) this.#remember();
    this.#set({ study, model, diagnostics, verification: null, stale: true });
    if (this.state.live) this.#wish();
  }

  #textOf({ model }: Study): string | undefined {
    return 'text' in model ? model.text : this.#options.originals?.get(model.name);
  }

  /** A step of the history may carry another model text. */
  async #restore(study: Study): Promise<void> {
    this.#drafts.clear();
    this.#filter.clear();
    this.#aim = study;
    const text = this.#textOf(study);
    if (text !== undefined && text !== this.#textOf(this.state.study)) {
      clearTimeout(this.#typing);
      const check = ++this.#check;
      const { model, diagnostics } = await this.#options.engine.check(text);
      // Another step meanwhile, or somebody types again.
      if (this.#aim !== study) return;
      if (check !== this.#check || !model) {
        this.#aim = null;
        return;
      }
      this.#set({ text, model, diagnostics, verification: null });
    }
    this.#aim = null;
    if (this.#rejudge(study)) return;
    this.#set({ study, stale: true, dragging: false });
    if (this.state.live) this.#wish();
  }

  /** Which way is good changes names of numbers, and no number: nothing is computed again. */
  #rejudge(study: Study): boolean {
    const { full, result, stale, running, dragging, study: before } = this.state;
    const settled = full !== null && full === result && !stale && running === null && !dragging;
    if (!settled || numbersOf(study) !== numbersOf(before)) return false;
    const judged = judge(full, study.compare?.better ?? {});
    this.#set({ study, full: judged, result: judged });
    return true;
  }

  /** Of the texts in memory those that the study or a step of its history names. */
  #namedTables(): Tables {
    const studies = [...this.#past, this.state.study, ...this.#future];
    const names = new Set(studies.map(fileOf));
    return Object.fromEntries(Object.entries(this.state.tables).filter(([name]) => names.has(name)));
  }

  #remember(): void {
    this.#past = [...this.#past.slice(-199), this.state.study];
    this.#future = [];
  }

  #wish(): void {
    const { study, dragging } = this.state;
    const table = tableOf(this.state);
    const slow = patientsOf(study) / this.#rate > PATIENCE_MS;
    const preview: Wish = { study, table, preview: true };
    const full: Wish = { study, table, preview: false };
    this.#wishes = dragging ? [preview] : slow ? [preview, full] : [full];
    // A preview is nearly done and worth showing; a full run of an older study is not.
    if (this.#inFlight === null || !this.#inFlight.preview) void this.#next();
  }

  async #next(): Promise<void> {
    const [wish, ...later] = this.#wishes;
    if (!wish || this.#closed) return;
    this.#wishes = later;
    this.#inFlight = wish;
    const run = ++this.#run;
    const of = patientsOf(wish.study);
    const patients = wish.preview ? Math.min(of, this.#previewSize()) : of;
    const { now = () => performance.now() } = this.#options;
    const since = now();
    this.#set({ running: { finished: 0, of: patients, since } });
    const onProgress = (finished: number, all: number) => {
      if (run === this.#run) this.#set({ running: { finished, of: all, since } });
    };
    const name = fileOf(wish.study);
    const tables: Tables = name === undefined || wish.table === undefined ? {} : { [name]: wish.table };
    const request = { samples: SAMPLES, tables, ...(wish.preview && { patients }) };
    let settle: Partial<SessionState> = {};
    try {
      const reply = await this.#options.engine.run(wish.study, request, onProgress);
      if (run !== this.#run || this.#closed) return;
      const current = wish.study === this.state.study && wish.table === tableOf(this.state);
      switch (reply.kind) {
        case 'result': {
          const { result, curves, timelines } = reply;
          this.#learn(result.patients, now() - since);
          const { preview } = wish;
          const table = current ? (reply.table ?? null) : null;
          const { warnings = [] } = reply;
          settle = { result, curves, timelines, table, warnings, preview, trouble: null, stale: !current };
          if (!preview) settle = { ...settle, full: result };
          this.#shown({ study: wish.study, tables });
          this.#auditing.show({ study: wish.study, tables }, reply.decided === true);
          this.#checking.show({ study: wish.study, tables });
          break;
        }
        case 'diagnostics':
          settle = { diagnostics: reply.diagnostics, stale: true };
          break;
        case 'refused':
          settle = { trouble: { kind: 'refused', errors: reply.errors }, stale: true };
          this.#wishes = current ? [] : this.#wishes;
          break;
        case 'failed':
          settle = { trouble: { kind: 'failed', message: reply.message }, stale: true };
          this.#wishes = current ? [] : this.#wishes;
          break;
        case 'superseded':
          // Not by this session, which would not listen any more: a card of the gallery was painted in between.
          settle = { stale: true };
          if (current && this.#wishes.length === 0) this.#wishes = [wish];
          break;
        default:
          reply satisfies never;
      }
    } catch (error) {
      if (run !== this.#run || this.#closed) return;
      settle = { trouble: { kind: 'failed', message: messageOf(error) }, stale: true };
      this.#wishes = [];
    }
    this.#inFlight = null;
    this.#set({ ...settle, running: this.#wishes.length > 0 ? this.state.running : null });
    void this.#next();
  }

  /** Whoever is followed is looked up in the new cohort too, unless it has become too small for them. */
  #shown(shown: Shown): void {
    const { patient } = this.#following;
    if (patient !== null && patient >= patientsOf(shown.study)) this.#following.choose(null);
    this.#following.show(shown);
  }

  /** Shrinks at once when a run was slow, grows by steps: one fast run may be luck. */
  #learn(patients: number, elapsed: number): void {
    const rate = patients / Math.max(elapsed, 1);
    this.#rate = rate < this.#rate ? rate : Math.min(rate, this.#rate * 3);
  }

  #previewSize(): number {
    return Math.max(FEWEST_PREVIEWED, Math.round((this.#rate * PREVIEW_MS) / 50) * 50);
  }

  #set(change: Partial<SessionState>): void {
    const next = { ...this.state, ...change };
    this.state = {
      ...next,
      edited: fingerprint(next.study) !== this.#pristine,
      canUndo: this.#past.length > 0,
      canRedo: this.#future.length > 0,
    };
    if (!this.#closed) this.#options.notify();
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A cancelled run already says so by its own answer. */
function ignore(): void {}
