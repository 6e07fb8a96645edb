// One study on screen: bar, controls, charts, key numbers, editor, foot. In: the session's state and what the engine
// is. Out: the events of its parts, and `tab`. Wide: three columns; narrow: the chart stays on top of the controls.
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Comparison } from '../../study/expect.ts';
import { VERSION } from '../../study/version.ts';
import { pictureOfFigures } from '../charts/save.ts';
import { checkedArms } from '../checking.ts';
import type { EngineInfo, Refusal } from '../client.ts';
import { versusOf } from '../comparing.ts';
import { arms, fileOf, patientsOf } from '../edits.ts';
import { tell } from '../events.ts';
import { saveBlob } from '../files.ts';
import { duration, percent, whole } from '../format.ts';
import { icon } from '../icons.ts';
import { language, Screen, t } from '../locale.ts';
import type { SessionState } from '../session-state.ts';
import type { Key } from '../strings.ts';
import { fileButton, shared } from '../styles.ts';
import './controls.ts';
import './editor.ts';
import { drawingsIn, figuresIn, pictureFoot } from './figures.ts';
import './key-numbers.ts';
import './numbers-table.ts';
import './outcomes.ts';
import './over-time.ts';
import type { TableUse } from './patients-file.ts';
import './top-bar.ts';

const TABS = ['overTime', 'outcomes', 'compare', 'table', 'vpc'] as const satisfies readonly Key[];
export type Tab = (typeof TABS)[number];
/** In a picture's file name. */
const PICTURES: Readonly<Record<Tab, string>> = {
  overTime: 'over-time',
  outcomes: 'outcomes',
  compare: 'compare',
  table: 'table',
  vpc: 'vpc',
};
/** Tabs whose code comes after the first numbers: whoever only looks never waits for it. */
const LATER: Readonly<Partial<Record<Tab, () => Promise<unknown>>>> = {
  compare: () => import('./compare.ts'),
  vpc: () => import('./check.ts'),
};
/** A run shorter than this shows no progress: it would only flicker. */
const PROGRESS_AFTER_MS = 350;

@customElement('gemello-workbench')
export class Workbench extends LitElement {
  @property({ attribute: false }) session!: SessionState;
  @property({ attribute: false }) engine: EngineInfo | null = null;
  @property({ attribute: false }) comparison: Comparison | null = null;
  @property({ type: Boolean, reflect: true }) editing = false;
  @state() private tab: Tab = 'overTime';
  @state() private slow = false;
  /** Tabs whose code could not be had. */
  @state() private lost: readonly Tab[] = [];
  readonly #asked = new Set<Tab>();
  readonly #screen = new Screen(this);
  #slowTimer: ReturnType<typeof setTimeout> | undefined;

  static override styles = [
    shared,
    fileButton,
    css`
      :host { display: grid; height: 100dvh; grid-template: auto auto minmax(0, 1fr) auto / 326px minmax(0, 1fr) 296px;
        grid-template-areas: 'bar bar bar' 'notes notes notes' 'controls centre side' 'foot foot foot'; }
      :host([editing]) { grid-template-columns: 300px minmax(0, 1fr) minmax(400px, 38vw); }
      header { grid-area: bar; min-width: 0; }
      .notes { grid-area: notes; }
      .note { display: flex; gap: 10px; align-items: center; padding: 7px 14px; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
      .note > div { flex: 1; min-width: 0; }
      .note button, .note .file { min-height: 28px; flex: none; }
      .note.good { background: var(--good-soft); color: var(--good); }
      .note.bad { background: var(--bad-soft); color: var(--bad); }
      .note.warn { background: var(--warn-soft); color: var(--warn); }
      .note ul { margin-left: 18px; }
      .controls { grid-area: controls; overflow-y: auto; padding: 12px 2px 12px 12px; scrollbar-gutter: stable; }
      .side { grid-area: side; overflow-y: auto; padding: 12px 4px 12px 4px; scrollbar-gutter: stable; }
      :host([editing]) .side { overflow: hidden; padding-right: 12px; }
      gemello-editor { height: 100%; }
      .centre { grid-area: centre; display: flex; flex-direction: column; min-height: 0; padding: 12px 8px; gap: 0; }
      .tabs, .list { display: flex; gap: 2px; align-items: flex-end; }
      .list { flex: none; }
      .tabs button { border: 1px solid transparent; border-bottom: 0; background: none; border-radius: var(--radius) var(--radius) 0 0; padding: 6px 14px; color: var(--muted); }
      .tabs button[aria-selected='true'] { background: var(--surface); border-color: var(--line); color: var(--ink); font-weight: 600; margin-bottom: -1px; padding-bottom: 7px; }
      .panel { flex: 1; min-height: 0; background: var(--surface); border: 1px solid var(--line); border-radius: 0 var(--radius) var(--radius) var(--radius); padding: 12px; position: relative; }
      .state { margin-left: auto; align-self: center; font-size: 12px; color: var(--muted); display: flex; gap: 8px; align-items: center; min-width: 0; }
      .state .badge { white-space: nowrap; background: var(--warn-soft); color: var(--warn); border-radius: 10px; padding: 1px 9px; }
      .panel.stale { --ink: var(--muted); --faded: 0.5; color: var(--muted); }
      progress { width: 110px; height: 8px; accent-color: var(--accent); }
      footer { grid-area: foot; display: flex; flex-wrap: wrap; gap: 2px 16px; padding: 6px 14px; border-top: 1px solid var(--line); font-size: 12px; color: var(--muted); background: var(--surface); }
      footer .private { margin-left: auto; }
      footer button { min-height: 0; padding: 0; border: 0; background: none; color: inherit; font-size: 12px; text-decoration: underline dotted; }
      #why { inset: auto; position: fixed; bottom: 36px; left: 12px; margin: 0; }
      @media (max-width: 1100px) and (min-width: 761px) {
        :host, :host([editing]) { grid-template-columns: 290px minmax(0, 1fr); grid-template-rows: auto auto minmax(0, 1.3fr) minmax(0, 1fr) auto;
          grid-template-areas: 'bar bar' 'notes notes' 'controls centre' 'controls side' 'foot foot'; }
      }
      @media (max-width: 760px) {
        :host, :host([editing]) { display: block; overflow-y: auto; height: 100dvh; }
        .centre { position: sticky; top: 0; z-index: 2; height: 38dvh; min-height: 270px; padding: 2px 8px 8px; background: var(--ground); }
        .centre.following { height: 46dvh; }
        .centre.table, .centre.compare, .centre.vpc { height: 62dvh; }
        .tabs button { padding: 4px 10px; min-height: 30px; }
        .panel { padding: 6px; border-radius: 0 0 var(--radius) var(--radius); overflow: auto; }
        .controls, .side, :host([editing]) .side { overflow: visible; padding: 4px 8px; }
        .side { scroll-margin-top: max(40dvh, 284px); }
        .note { flex-wrap: wrap; }
        .note > div { flex-basis: 240px; }
        gemello-editor { height: 60dvh; }
        .state { font-size: 11px; overflow: hidden; white-space: nowrap; }
        .state progress { width: 60px; }
        footer .private { margin-left: 0; }
      }
      @media print {
        :host, :host([editing]) { display: block; height: auto; overflow: visible; }
        .controls, .list, .state, .note button, .note .file, footer button { display: none; }
        .centre, .centre.table, .centre.compare, .centre.vpc, .centre.following { position: static; height: auto; padding: 0; }
        .panel, .side, :host([editing]) .side { overflow: visible; border: 0; padding: 8px 0; }
      }
    `,
  ];

  override willUpdate(changed: PropertyValues): void {
    this.#fetch(this.tab);
    if (!changed.has('session')) return;
    // Before anybody asks: then a tab is there at once.
    if (this.session.full) for (const tab of this.#tabs) this.#fetch(tab);
    if (!this.#tabs.includes(this.tab)) this.tab = 'overTime';
    const running = this.session.running !== null;
    if (running && this.#slowTimer === undefined) {
      this.#slowTimer = setTimeout(() => {
        this.slow = true;
      }, PROGRESS_AFTER_MS);
    } else if (!running) {
      clearTimeout(this.#slowTimer);
      this.#slowTimer = undefined;
      this.slow = false;
    }
  }

  override updated(changed: PropertyValues): void {
    // On a phone the text comes after the controls, out of sight.
    if (changed.has('editing') && this.editing && this.#screen.compact)
      this.renderRoot.querySelector('.side')?.scrollIntoView();
  }

  #fetch(tab: Tab): void {
    if (this.#asked.has(tab)) return;
    this.#asked.add(tab);
    LATER[tab]?.().catch(() => {
      this.lost = [...this.lost, tab];
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#slowTimer);
  }

  /** What is drawn in the tab that is shown: what a picture can be of. */
  get #pictured(): boolean {
    const panel = this.renderRoot.querySelector('.panel');
    return this.session.result !== null && panel !== null && drawingsIn(panel).length > 0;
  }

  async savePicture(): Promise<void> {
    const panel = this.renderRoot.querySelector('.panel');
    const { model, result } = this.session;
    if (!panel) return;
    const figures = figuresIn(panel);
    if (figures.length === 0) return;
    const arms = this.tab === 'vpc' ? [] : (result?.arms.map(({ name }) => name) ?? []);
    const foot = pictureFoot(model, result?.patients ?? 0, result?.seed ?? '');
    const picture = await pictureOfFigures(figures, { scheme: this.#screen.scheme, arms, foot });
    saveBlob(`${model.name}-${PICTURES[this.tab]}.png`, picture);
  }

  showTab(number: number): void {
    this.tab = this.#tabs[number - 1] ?? this.tab;
  }

  /** Without a file of measurements there is nothing to check; one arm without times of events is compared with nothing. */
  get #tabs(): readonly Tab[] {
    const { study, full } = this.session;
    const there: Partial<Record<Tab, boolean>> = {
      compare: arms(study).length > 1 || full?.survival !== undefined,
      vpc: study.cohort?.data !== undefined,
    };
    return TABS.filter((tab) => there[tab] ?? true);
  }

  override render() {
    const { session, editing } = this;
    const { study, model, result, curves, timelines, followed, dragging } = session;
    const refused: readonly Refusal[] = session.trouble?.kind === 'refused' ? session.trouble.errors : [];
    return html`
      <header @gemello-menu=${() => this.requestUpdate()}>
      <gemello-bar .model=${model} ?edited=${session.edited} ?live=${session.live} ?running=${this.slow} ?editing=${editing}
        ?ready=${result !== null && !session.stale && !session.preview} ?chart=${this.#pictured} .exporting=${session.exporting}
        ?canUndo=${session.canUndo} ?canRedo=${session.canRedo}></gemello-bar>
      </header>
      <div class="notes">${this.#notes(refused)}</div>
      <main class="centre ${this.tab} ${followed && this.tab === 'overTime' ? 'following' : ''}">
        <div class="tabs">
          <div class="list" role="tablist" aria-label=${t('views')} @keydown=${this.#tabKey}>
          ${this.#tabs.map(
            (
              tab,
              index,
            ) => html`<button role="tab" id="tab-${tab}" aria-controls="panel" aria-selected=${tab === this.tab ? 'true' : 'false'}
              tabindex=${tab === this.tab ? 0 : -1} title="${t(tab)} (${index + 1})" @click=${() => {
                this.tab = tab;
              }}>${t(tab)}</button>`,
          )}
          </div>
          <div class="state">${this.#state()}</div>
        </div>
        <div class="panel ${this.#old ? 'stale' : ''}" id="panel" role="tabpanel" aria-labelledby="tab-${this.tab}">
          ${
            this.lost.includes(this.tab)
              ? html`<p role="alert">${t('partLost')}</p>`
              : this.tab === 'overTime'
                ? html`<gemello-over-time .result=${result} .full=${session.full} .curves=${curves} .timelines=${timelines} .followed=${followed} .patients=${patientsOf(study)} .model=${model} ?dragging=${dragging}></gemello-over-time>`
                : this.tab === 'outcomes'
                  ? html`<gemello-outcomes .result=${result} .full=${session.full} .model=${model} ?dragging=${dragging}></gemello-outcomes>`
                  : this.tab === 'compare'
                    ? html`<gemello-compare .result=${session.full} ?old=${this.#fullOld} .study=${study} .model=${model}></gemello-compare>`
                    : this.tab === 'vpc'
                      ? html`<gemello-check .check=${session.check} .model=${model} .measured=${session.table?.measured ?? []}
                      .arms=${checkedArms(study).map(({ name }) => name)} ?live=${session.live && !session.stale && !session.preview}></gemello-check>`
                      : html`<gemello-table .result=${result} .model=${model}></gemello-table>`
          }
        </div>
      </main>
      <section class="controls" aria-label=${t('controls')}><gemello-controls .study=${study} .model=${model} .table=${this.#table} .refused=${refused} .drafts=${session.drafts} .filter=${session.filter} .spreads=${session.spreads} .result=${result} .offer=${session.offer}></gemello-controls></section>
      <aside class="side" aria-label=${editing ? t('modelText') : t('keyNumbers')}>
        ${
          editing
            ? html`<gemello-editor .text=${session.text} .diagnostics=${session.diagnostics}></gemello-editor>`
            : html`<gemello-key-numbers .result=${result} .versus=${versusOf(study)?.name} .model=${model} .verification=${session.verification} .warnings=${session.warnings} .replay=${session.replay} ?stale=${this.#old}></gemello-key-numbers>`
        }
      </aside>
      ${this.#foot()}
    `;
  }

  get #table(): TableUse | null {
    const { study, tables, table } = this.session;
    const name = fileOf(study);
    if (name === undefined) return null;
    return { name, here: Object.hasOwn(tables, name), facts: table?.name === name ? table : null };
  }

  /** Old numbers with nothing on its way to replace them, or not soon. */
  get #old(): boolean {
    const { stale, running, result, dragging } = this.session;
    return result !== null && stale && !dragging && (running === null || this.slow);
  }

  /** The last full numbers are from before what is on screen now, or soon. A run that is done in a blink is not worth a word. */
  get #fullOld(): boolean {
    const { full, result } = this.session;
    return full !== null && (full !== result || this.#old);
  }

  #notes(refused: readonly Refusal[]) {
    const { session, comparison } = this;
    const errors = session.diagnostics.filter(({ severity }) => severity === 'error');
    const notes: TemplateResult[] = [];
    if (comparison) notes.push(this.#comparison(comparison));
    if (errors.length > 0) {
      const where = this.editing
        ? nothing
        : html`<button @click=${() => tell(this, 'gemello-do', 'editor')}>${t('modelText')}</button>`;
      notes.push(
        html`<div class="note bad" role="alert"><div>${t(session.result ? 'modelBroken' : 'modelBrokenFirst')}</div>${where}</div>`,
      );
    } else if (this.#table?.here === false) {
      notes.push(
        html`<div class="note warn" role="status"><div>${t('tableMissingNote', { name: this.#table.name })}</div>
          <label class="file">${icon('file')} ${t('openThisTable')}<input type="file" accept=".csv,text/csv" @change=${this.#openTable} /></label></div>`,
      );
    } else if (refused.some(({ field }) => field === 'cohort.table' || field.startsWith('cohort.data'))) {
      notes.push(html`<div class="note bad" role="status"><div>${t('tableRefused')}</div></div>`);
    } else if (refused.length > 0) {
      notes.push(
        html`<div class="note bad" role="alert"><div>${t('refused')} ${refused.map(({ field, message }) => html`<div>${field ? html`<code>${field}</code> ` : nothing}${message}</div>`)}</div></div>`,
      );
    } else if (session.trouble?.kind === 'failed') {
      notes.push(
        html`<div class="note bad" role="alert"><div>${t('runFailed', { message: session.trouble.message })}</div></div>`,
      );
    } else if (session.trouble?.kind === 'cancelled') {
      notes.push(
        html`<div class="note warn" role="status"><div>${t('cancelled')}</div><button @click=${() => tell(this, 'gemello-do', 'run')}>${t('run')}</button></div>`,
      );
    }
    return notes;
  }

  #openTable(event: Event): void {
    const input = event.target as HTMLInputElement;
    const [file] = input.files ?? [];
    if (file) tell(this, 'gemello-open-file', { file, as: 'table' });
    input.value = '';
  }

  #comparison({ verdict, sentence, moved }: Comparison) {
    const look = verdict === 'reproduced' ? 'good' : 'warn';
    return html`<div class="note ${look}" role="status" data-verdict=${verdict}>
      ${icon(verdict === 'reproduced' ? 'check' : 'info')}
      <div lang="en">${sentence.charAt(0).toUpperCase() + sentence.slice(1)}
        ${
          verdict !== 'reproduced' && moved.length > 0
            ? html`<ul>${moved.slice(0, 3).map(({ what, expected, got }) => html`<li>${what}: ${expected ?? t('nothing')} → ${got ?? t('nothing')}</li>`)}</ul>`
            : nothing
        }
      </div>
      <button class="quiet icon" aria-label=${t('dismiss')} @click=${() => tell(this, 'gemello-do', 'dismiss')}>${icon('close')}</button>
    </div>`;
  }

  #state() {
    const { running, preview, result } = this.session;
    if (running && this.slow) {
      const share = running.of > 0 ? running.finished / running.of : 0;
      const left =
        share > 0.02 && share < 0.99 ? ((performance.now() - running.since) * (1 - share)) / share : null;
      return html`<progress max="1" .value=${share} aria-label=${t('running')}></progress>
        <span>${percent(share, language, 0)}${left === null ? '' : `, ${t('timeLeft', { time: duration(left, language) })}`}</span>`;
    }
    if (this.#old) return html`<span class="badge" role="status">${t('stale')}</span>`;
    if (result && preview)
      return html`<span>${t('preview')}: ${t('footPatients', { n: whole(result.patients, language) })}</span>`;
    return nothing;
  }

  #foot() {
    const { engine } = this;
    const { result, study } = this.session;
    const count = arms(study).length;
    return html`<footer>
      ${engine ? html`<span><button popovertarget="why" title=${t('why')}>${engine.backend === 'webgpu' ? 'WebGPU' : 'WebAssembly'}, ${engine.precision}</button></span>` : nothing}
      <div popover id="why" role="dialog" aria-label=${t('why')}><strong>${engine?.device}</strong><p>${engine?.reason}</p></div>
      ${
        result
          ? html`<span>${t(result.patients === 1 ? 'footPatientsOne' : 'footPatients', { n: whole(result.patients, language) })} × ${t(count === 1 ? 'footArmsOne' : 'footArms', { n: count })}</span>
            <span data-ms=${result.elapsed_ms.run}>${duration(result.elapsed_ms.run, language)}</span>`
          : nothing
      }
      <span>Gemello ${VERSION}</span>
      <span>${t('footUse')}</span>
      <span class="private">${t('footPrivate')}</span>
    </footer>`;
  }

  #tabKey(event: KeyboardEvent): void {
    const tabs = this.#tabs;
    const now = tabs.indexOf(this.tab);
    const next = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    this.tab = tabs[(next + tabs.length) % tabs.length] ?? this.tab;
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>(`#tab-${this.tab}`)?.focus(),
    );
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-workbench': Workbench;
  }
}
