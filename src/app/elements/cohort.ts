// Whom one simulates, beyond numbers and distributions, folded until it is used: who takes part, with how many that leaves;
// what the cohort should look like; simulated studies; a cloud for every row of a table. In: study, model, the filter as it is
// written, refusals, a result. Out: `gemello-edit`, `gemello-filter`.
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Result } from '../../study/result.ts';
import { MOST_STUDIES, type Study } from '../../study/study.ts';
import type { ModelView, Refusal } from '../client.ts';
import type { Draft } from '../drafts.ts';
import { type Edit, patientsOf } from '../edits.ts';
import { tell } from '../events.ts';
import { parseNumber, whole } from '../format.ts';
import { language, t } from '../locale.ts';
import type { Spreads } from '../looking.ts';
import { shared } from '../styles.ts';
import type { TableUse } from './patients-file.ts';
import { problemList, problemStyles } from './problem-list.ts';
import './weights.ts';

/** Characters before a fault: the column is narrow. */
const BEFORE_FAULT = 14;

@customElement('gemello-cohort')
export class Cohort extends LitElement {
  @property({ attribute: false }) study!: Study;
  @property({ attribute: false }) model!: ModelView;
  @property({ attribute: false }) table: TableUse | null = null;
  @property({ attribute: false }) refused: readonly Refusal[] = [];
  /** The filter as it is being written. */
  @property({ attribute: false }) draft: Draft | null = null;
  @property({ attribute: false }) spreads: Spreads = {};
  @property({ attribute: false }) result: Result | null = null;
  #before = '';
  readonly #open = new Set<string>();

  static override styles = [
    shared,
    problemStyles,
    css`
      :host { display: block; padding: 2px 0 8px; }
      details { border-top: 1px solid color-mix(in srgb, var(--line) 45%, transparent); }
      details:last-of-type { border-bottom: 1px solid color-mix(in srgb, var(--line) 45%, transparent); }
      summary { padding: 7px 2px; cursor: pointer; overflow-wrap: anywhere; line-height: 1.3; }
      summary .now { display: block; padding-left: 16px; color: var(--muted); font-size: 12px; }
      summary .now.set { color: var(--accent); }
      .inside { padding: 0 2px 10px; }
      textarea { width: 100%; font: 12px/17px var(--mono); resize: vertical; min-height: 44px; }
      .hint { font-size: 12px; color: var(--muted); overflow-wrap: anywhere; padding-bottom: 5px; }
      .problems { font-size: 12px; max-height: 200px; border: 1px solid var(--line); border-radius: 6px; }
      .problems button { padding: 5px 8px; min-height: 0; }
      .problems li:last-child button { border-bottom: 0; }
      .refusal { color: var(--bad); font-size: 12px; overflow-wrap: anywhere; white-space: pre-wrap; }
      .stays { color: var(--warn); font-size: 12px; }
      .funnel { font-size: 12px; padding-top: 5px; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
      .funnel code { font: 11px var(--mono); }
      .funnel.old { opacity: 0.5; }
      .number { display: flex; gap: 8px; align-items: center; justify-content: space-between; padding-bottom: 4px; }
      .number input { width: 90px; text-align: right; font-variant-numeric: tabular-nums; }
    `,
  ];

  override render() {
    const { uncertain = [] } = this.model;
    const rows = this.table !== null && !this.study.cohort?.data;
    const real = this.study.cohort?.data !== undefined;
    return html`
      ${real ? nothing : this.#filter()}
      ${this.#weights()}
      ${uncertain.length > 0 && !real ? this.#studies(uncertain) : nothing}
      ${rows || this.study.cohort?.clouds !== undefined ? this.#clouds() : nothing}
    `;
  }

  #group(id: string, title: string, now: string, set: boolean, fields: readonly string[], inside: unknown) {
    const wrong = this.refused.some(({ field }) => fields.some((own) => field.startsWith(own)));
    // Opened by what is wrong in it, it stays open while that is put right.
    const toggled = (event: Event) => {
      if ((event.target as HTMLDetailsElement).open) this.#open.add(id);
      else this.#open.delete(id);
    };
    return html`<details id=${id} ?open=${wrong || this.#open.has(id)} @toggle=${toggled}><summary>${title} <span class="now ${set ? 'set' : ''}">${now}</span></summary>
      <div class="inside">${inside}</div></details>`;
  }

  #filter() {
    const { draft } = this;
    const { filter } = this.study.cohort ?? {};
    const text = draft?.text ?? filter ?? '';
    const diagnostics = draft?.diagnostics ?? [];
    const wrong = diagnostics.some(({ severity }) => severity === 'error');
    // While it is written its own diagnostics say more.
    const refused = draft ? [] : this.#messages('cohort.filter');
    return this.#group(
      'filter',
      t('filterTitle'),
      filter ?? t('filterEverybody'),
      filter !== undefined,
      ['cohort.filter'],
      html`<p class="hint">${t('filterHint')}</p>
        <textarea aria-label=${t('filterTitle')} spellcheck="false" autocapitalize="off" rows="2" maxlength="2000" placeholder=${this.#example()}
          .value=${text} aria-invalid=${wrong || refused.length > 0 ? 'true' : 'false'} aria-describedby="wrong"
          @focus=${() => {
            this.#before = text;
          }} @input=${(event: Event) => this.#write((event.target as HTMLTextAreaElement).value)} @keydown=${this.#key}></textarea>
        <div id="wrong" aria-live="polite">
          ${diagnostics.length > 0 ? problemList(diagnostics, text, ({ span }) => this.#goTo(span), BEFORE_FAULT) : nothing}
          ${refused.map((message) => html`<p class="refusal" lang="en">${message}</p>`)}
          ${wrong ? html`<p class="stays">${t('filterBroken')}</p>` : nothing}
        </div>
        ${this.#funnel()}`,
    );
  }

  /** `12,400 drawn → 10,800 CRCL < 60 [mL/min] → 10,000 not DIAL`. */
  #funnel() {
    const { funnel } = this.result ?? {};
    if (!funnel || this.study.cohort?.filter === undefined) return nothing;
    return html`<p class="funnel" role="status">${t('funnelStart', { n: whole(funnel.drawn, language) })}${funnel.left.map(
      ({ clause, patients }) => html` → <b>${whole(patients, language)}</b> <code>${clause}</code>`,
    )}</p>`;
  }

  /** Of the model's own covariates, so that it can be copied as it stands. */
  #example(): string {
    const { covariates } = this.model;
    const number =
      covariates.find(({ type, name }) => type === 'number' && /AGE|CRCL|EGFR/i.test(name)) ??
      covariates.find(({ type }) => type === 'number');
    const yes = covariates.find(({ type }) => type === 'yes/no');
    const middle = number && (number.parameters.median ?? number.parameters.mean ?? null);
    const first =
      number && middle !== null ? `${number.name} < ${middle}${number.unit ? ` [${number.unit}]` : ''}` : '';
    return [first, yes ? `not ${yes.name}` : ''].filter((part) => part !== '').join(' and ');
  }

  #weights() {
    const count = this.study.cohort?.weights?.length ?? 0;
    const now =
      count === 0 ? t('weightsNone') : count === 1 ? t('weightsCountOne') : t('weightsCount', { n: count });
    return this.#group(
      'weights',
      t('weightsTitle'),
      now,
      count > 0,
      ['cohort.weights'],
      html`<gemello-weights .study=${this.study} .model=${this.model} .refused=${this.refused} .spreads=${this.spreads}
        .result=${this.result} .facts=${this.table?.facts ?? null}></gemello-weights>`,
    );
  }

  #studies(uncertain: readonly string[]) {
    const { studies = 1 } = this.study.cohort ?? {};
    const each = Math.round(patientsOf(this.study) / studies);
    const now =
      studies === 1 ? t('studiesOne') : t('studiesMany', { n: studies, each: whole(each, language) });
    return this.#group(
      'studies',
      t('studiesTitle'),
      now,
      studies > 1,
      ['cohort.studies'],
      html`<p class="hint">${t('studiesHint', { names: uncertain.join(', ') })}</p>
        ${this.#number(
          'studiesCount',
          studies,
          (n) => Math.min(MOST_STUDIES, n),
          (value) => ({ kind: 'studies', value }),
        )}
        ${this.#messages('cohort.studies').map((message) => html`<p class="refusal" role="alert">${message}</p>`)}`,
    );
  }

  #clouds() {
    const { clouds } = this.study.cohort ?? {};
    return this.#group(
      'clouds',
      t('cloudsTitle'),
      clouds === undefined ? t('cloudsNone') : t('cloudsEach', { n: whole(clouds, language) }),
      clouds !== undefined,
      ['cohort.clouds'],
      html`<p class="hint">${t('cloudsHint')}</p>
        ${this.#number(
          'cloudsCount',
          clouds ?? 1,
          (n) => n,
          (value) => ({
            kind: 'clouds',
            value: value > 1 ? value : null,
            rows: this.table?.facts?.rows ?? null,
          }),
        )}
        ${this.#messages('cohort.clouds').map((message) => html`<p class="refusal" role="alert">${message}</p>`)}`,
    );
  }

  #number(
    label: 'studiesCount' | 'cloudsCount',
    value: number,
    bound: (n: number) => number,
    edit: (value: number) => Edit,
  ) {
    const typed = (event: Event) => {
      const box = event.target as HTMLInputElement;
      const n = parseNumber(box.value);
      if (n === null || !Number.isInteger(n) || n < 1) box.value = String(value);
      else tell(this, 'gemello-edit', { edit: edit(bound(n)), phase: 'settle' });
    };
    return html`<label class="number">${t(label)} <input inputmode="numeric" autocomplete="off" maxlength="7" .value=${String(value)} @change=${typed} /></label>`;
  }

  #messages(field: string): readonly string[] {
    return this.refused.filter((one) => one.field === field).map(({ message }) => message);
  }

  #write(text: string): void {
    tell(this, 'gemello-filter', { text });
  }

  /** Escape brings back the filter as it was found, and then leaves it. */
  readonly #key = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    const box = event.target as HTMLTextAreaElement;
    if (box.value === this.#before) box.blur();
    else this.#write(this.#before);
  };

  #goTo({ start, end }: { readonly start: number; readonly end: number }): void {
    const box = this.renderRoot.querySelector('textarea');
    box?.focus();
    box?.setSelectionRange(start, Math.max(start, end));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-cohort': Cohort;
  }
}
