// Where patients come from when it is a file: its name, its rows, what is wrong with it, and a button to open one.
// In: the table that the study names and what is known of it. Out: `gemello-open-file` as a table, `gemello-edit`.
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { ModelView, TableFacts } from '../client.ts';
import { tell } from '../events.ts';
import { whole } from '../format.ts';
import { icon } from '../icons.ts';
import { language, t } from '../locale.ts';
import type { Offer } from '../offer.ts';
import { fileButton, shared } from '../styles.ts';
import './dose-offer.ts';

/** The table that a study takes its patients from. */
export interface TableUse {
  readonly name: string;
  /** Its text is in memory. */
  readonly here: boolean;
  /** null until the engine has read it. */
  readonly facts: TableFacts | null;
}

@customElement('gemello-patients-file')
export class PatientsFile extends LitElement {
  @property({ attribute: false }) table: TableUse | null = null;
  /** What is wrong with a table, in the reader's words. */
  @property({ attribute: false }) problems: readonly string[] = [];
  @property({ type: Number }) patients = 0;
  /** Of each row, where every row has a cloud of its own. */
  @property({ attribute: false }) each: number | undefined;
  /** A file of doses and observations that is not used yet. */
  @property({ attribute: false }) offer: Offer | null = null;
  @property({ attribute: false }) model!: ModelView;
  /** Names of the covariates, for a hint at the columns. */
  @property({ attribute: false }) covariates: readonly string[] = [];

  static override styles = [
    shared,
    fileButton,
    css`
      :host { display: block; padding: 5px 0 9px; }
      .name { display: flex; align-items: center; gap: 6px; min-width: 0; }
      .name strong { min-width: 0; overflow-wrap: anywhere; flex: 1; font-weight: 600; }
      p { font-size: 12px; color: var(--muted); margin-bottom: 6px; overflow-wrap: anywhere; }
      .hint { margin: 6px 0 0; }
      .missing { color: var(--warn); }
      .problems { color: var(--bad); font-size: 12px; margin-bottom: 6px; }
      .problems ul { padding-left: 18px; max-height: 180px; overflow-y: auto; overflow-wrap: anywhere; }
    `,
  ];

  override render() {
    const { table } = this;
    return html`
      ${this.offer ? html`<gemello-dose-offer .offer=${this.offer} .model=${this.model}></gemello-dose-offer>` : nothing}
      ${
        table === null
          ? nothing
          : html`<div class="name">${icon('file')}<strong>${table.name}</strong>
              <button class="quiet icon" aria-label=${t('removeTable', { name: table.name })} title=${t('removeTable', { name: table.name })}
                @click=${this.#remove}>${icon('close')}</button></div>
            ${this.#words(table)}`
      }
      ${this.#problems()}
      <label class="file">${icon('file')} ${t(table === null ? 'openTable' : table.here ? 'otherTable' : 'openThisTable')}
        <input type="file" accept=".csv,.tab,.tsv,.dat,text/csv" @change=${this.#opened} /></label>
      ${table === null ? html`<p class="hint">${this.covariates.length > 0 ? t('tableHint', { names: this.covariates.join(', ') }) : t('tableHintDoses')}</p>` : nothing}
    `;
  }

  #words({ here, facts }: TableUse) {
    if (!here) return html`<p class="missing" role="status">${t('tableMissing')}</p>`;
    if (!facts) return nothing;
    if (facts.doses)
      return html`<p role="status">${t('subjectsOf', { rows: whole(facts.rows, language) })}</p>
        ${facts.warnings.map((warning) => html`<p lang="en">${warning}</p>`)}`;
    const values = { rows: whole(facts.rows, language), n: whole(this.patients, language) };
    if (this.each !== undefined)
      return html`<p role="status">${t('tableRowsEach', { ...values, each: whole(this.each, language) })}</p>
        ${facts.warnings.map((warning) => html`<p lang="en">${warning}</p>`)}`;
    const rows =
      facts.rows === this.patients
        ? 'tableRowsAll'
        : facts.rows > this.patients
          ? 'tableRowsFirst'
          : 'tableRows';
    return html`<p role="status">${t(rows, values)}</p>
      ${facts.warnings.map((warning) => html`<p lang="en">${warning}</p>`)}`;
  }

  #problems() {
    const { problems } = this;
    if (problems.length === 0 || this.table?.here === false) return nothing;
    return html`<div class="problems" role="alert">${t('tableProblems')}
      <ul lang="en" tabindex="0" aria-label=${t('tableProblems')}>${problems.map((problem) => html`<li>${problem}</li>`)}</ul></div>`;
  }

  #opened(event: Event): void {
    const input = event.target as HTMLInputElement;
    const [file] = input.files ?? [];
    if (file) tell(this, 'gemello-open-file', { file, as: 'table' });
    // So that the same file, changed meanwhile, can be chosen again.
    input.value = '';
  }

  #remove(): void {
    tell(this, 'gemello-edit', { edit: { kind: 'table', name: null }, phase: 'settle' });
    // The button goes with the table; the keyboard's place stays in the row.
    this.renderRoot.querySelector('input')?.focus();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-patients-file': PatientsFile;
  }
}
