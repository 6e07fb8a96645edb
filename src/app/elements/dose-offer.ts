// A file of doses and observations before it is used: what its lines became, what is wrong by line and column, what it
// leaves open, and what to do with it. In: an offer. Out: `gemello-answer`, `gemello-use`. It guesses nothing.
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { DoseFile, ModelView, Problem, Question } from '../client.ts';
import { tell } from '../events.ts';
import { whole } from '../format.ts';
import { icon } from '../icons.ts';
import { language, t } from '../locale.ts';
import type { Offer } from '../offer.ts';
import { shared } from '../styles.ts';

const MOST_SHOWN = 50;

@customElement('gemello-dose-offer')
export class DoseOffer extends LitElement {
  @property({ attribute: false }) offer!: Offer;
  @property({ attribute: false }) model!: ModelView;

  static override styles = [
    shared,
    css`
      :host { display: block; border: 1px solid var(--accent); border-radius: 6px; background: var(--raised); padding: 8px; margin-bottom: 8px; font-size: 12px; }
      h3 { font-size: 13px; font-weight: 600; overflow-wrap: anywhere; }
      p { margin-top: 5px; overflow-wrap: anywhere; }
      .counts { font-variant-numeric: tabular-nums; }
      .bad { color: var(--bad); }
      ul { padding-left: 16px; max-height: 180px; overflow-y: auto; overflow-wrap: anywhere; }
      li { margin-top: 3px; }
      code { font: 11.5px var(--mono); }
      fieldset { border: 0; padding: 0; margin: 6px 0 0; min-width: 0; }
      legend { padding: 0; overflow-wrap: anywhere; }
      label { display: flex; gap: 6px; align-items: flex-start; padding: 2px 0; }
      label.row { justify-content: space-between; align-items: center; }
      label.row select { max-width: 55%; font-size: 12px; min-height: 26px; }
      label input { min-height: 0; margin: 2px 0 0; accent-color: var(--accent); flex: none; }
      .do { display: flex; flex-direction: column; gap: 6px; margin-top: 8px; align-items: stretch; }
      .do button { white-space: normal; text-align: left; min-height: 30px; font-size: 12.5px; }
    `,
  ];

  override render() {
    const { name, report } = this.offer;
    if (!report) return html`<p role="status">${t('doseFileReading', { name })}</p>`;
    return html`
      <h3>${t('doseFile', { name })}</h3>
      ${report.rows > 0 ? this.#counts(report) : nothing}
      ${this.#problems(report)}
      ${this.#misfits(report)}
      ${this.#places(report)}
      ${this.#kinds(report)}
      ${report.questions.length > 0 ? html`<p>${t('doseFileQuestions')}</p>${report.questions.map((question, at) => this.#question(question, at))}` : nothing}
      <div class="do">
        <button class="primary" ?disabled=${report.until === null} @click=${() => tell(this, 'gemello-use', { as: 'doses' })}>${icon('check')} ${t('doseFileUse')}</button>
        <button @click=${() => tell(this, 'gemello-use', { as: 'rows' })}>${icon('file')} ${t('doseFileRows')}</button>
        <button class="quiet" @click=${() => tell(this, 'gemello-use', { as: null })}>${icon('close')} ${t('doseFileLeave')}</button>
      </div>
    `;
  }

  #counts({ subjects, doses, observations, rows, idle, columns, notes }: DoseFile) {
    const n = (value: number) => whole(value, language);
    const said = columns.map(
      ({ name, role, unit }) => `${name}${unit === null ? '' : ` [${unit}]`}: ${role}`,
    );
    return html`<p class="counts" role="status"><strong>${t('doseFileCounts', { subjects: n(subjects), doses: n(doses), observations: n(observations) })}</strong>
        ${t('doseFileLines', { rows: n(rows), idle: n(idle) })}</p>
      <details><summary>${t('doseFileColumns', { columns: columns.map(({ name }) => name).join(', ') })}</summary>
        <ul lang="en">${[...said, ...notes].map((line) => html`<li>${line}</li>`)}</ul></details>`;
  }

  #problems({ problems, count }: DoseFile) {
    if (problems.length === 0) return nothing;
    return html`<div role="alert"><p class="bad">${t(count === 1 ? 'doseFileProblemsOne' : 'doseFileProblems', { n: whole(count, language) })}</p>
      <ul lang="en" tabindex="0" aria-label=${t('tableProblems')}>${problems.slice(0, MOST_SHOWN).map((problem) => this.#problem(problem))}</ul>
      ${count > MOST_SHOWN ? html`<p class="muted">${t('ledgerMore', { n: whole(count - MOST_SHOWN, language) })}</p>` : nothing}</div>`;
  }

  #problem({ row, column, value, message, remedy }: Problem) {
    const where = column === '' ? t('lineAt', { row }) : t('lineColumn', { row, column });
    const shown = value === '' || message.includes(value) ? nothing : html`<code>${value}</code> `;
    return html`<li><strong class="bad">${where}</strong>: ${shown}${message}; ${remedy}</li>`;
  }

  #misfits({ misfits }: DoseFile) {
    if (misfits.length === 0) return nothing;
    return html`<div role="alert"><p class="bad">${t('doseFileMisfits')}</p>
      <ul lang="en" tabindex="0" aria-label=${t('doseFileMisfits')}>${misfits.slice(0, MOST_SHOWN).map((misfit) => html`<li>${misfit}</li>`)}</ul></div>`;
  }

  /** Where doses go is shown wherever there is a choice, and can be changed. */
  #places({ places }: DoseFile) {
    const { compartments } = this.model;
    if (compartments.length < 2 && places.every(({ into }) => into !== null)) return nothing;
    return places.map(
      ({
        said,
        into,
      }) => html`<label class="row">${t(said === 'default' ? 'doseFilePlaceNone' : 'doseFilePlace', { said })}
        <select @change=${(event: Event) => tell(this, 'gemello-answer', { compartments: { [said]: (event.target as HTMLSelectElement).value } })}>
          ${into === null ? html`<option value="" selected></option>` : nothing}
          ${compartments.map((name) => html`<option value=${name} ?selected=${name === into}>${name}</option>`)}
        </select></label>`,
    );
  }

  /** Which output is measured; nothing where there is one of both. */
  #kinds({ kinds }: DoseFile) {
    const outputs = this.model.outputs.map(({ name }) => name);
    const { output } = this.offer.data;
    if (kinds.length === 0 || outputs.length === 0 || (outputs.length === 1 && kinds.length === 1))
      return nothing;
    const [only] = kinds;
    const told = typeof output === 'object' ? output : {};
    return kinds.map((kind) => {
      const now = typeof output === 'string' ? output : (told[kind] ?? (outputs.includes(kind) ? kind : ''));
      const choose = (event: Event) => {
        const { value } = event.target as HTMLSelectElement;
        const { [kind]: _, ...others } = told;
        const all = value === '' ? others : { ...others, [kind]: value };
        tell(this, 'gemello-answer', {
          output: kinds.length === 1 && kind === only && value !== '' ? value : all,
        });
      };
      return html`<label class="row">${t(kind === '' ? 'doseFileDv' : 'doseFileKind', { kind })}
        <select @change=${choose}><option value="" ?selected=${now === ''}>${t('doseFileNoOutput')}</option>
          ${outputs.map((name) => html`<option value=${name} ?selected=${name === now}>${name}</option>`)}</select></label>`;
    });
  }

  /** Answers come as options of the reader; columns stand beside the others in a study. */
  #question({ option, message, answers }: Question, at: number) {
    return html`<fieldset lang="en"><legend>${message}</legend>${answers.map(
      ({
        options: { columns, ...read },
        meaning,
      }) => html`<label><input type="radio" name="${option}-${at}" .checked=${false}
        @change=${() => tell(this, 'gemello-answer', { ...(columns && { columns }), ...(Object.keys(read).length > 0 && { read }) })} />${meaning}</label>`,
    )}</fieldset>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-dose-offer': DoseOffer;
  }
}
