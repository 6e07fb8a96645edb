// The study's numbers in groups: population, disease and drug, therapies, time. In: study, model, what was refused.
// Out: `gemello-edit` events. It keeps nothing of its own.
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Result } from '../../study/result.ts';
import { DEFAULT_PATIENTS, DEFAULT_SEED, type Study } from '../../study/study.ts';
import type { ColumnFacts, CovariateView, ModelView, ParameterView, Refusal } from '../client.ts';
import { covariateRow, describeCategories, describeDistribution, startingConstant } from '../covariates.ts';
import type { Draft, DraftsByArm } from '../drafts.ts';
import { type Edit, PATIENT_RANGE, patientsOf } from '../edits.ts';
import { type PageEventMap, tell } from '../events.ts';
import { percent, significant, withUnit } from '../format.ts';
import { language, t } from '../locale.ts';
import type { Spreads } from '../looking.ts';
import type { Offer } from '../offer.ts';
import { rangeAround } from '../slider.ts';
import { shared } from '../styles.ts';
import './arms.ts';
import './cohort.ts';
import './number-row.ts';
import type { TableUse } from './patients-file.ts';
import './patients-file.ts';

@customElement('gemello-controls')
export class Controls extends LitElement {
  @property({ attribute: false }) study!: Study;
  @property({ attribute: false }) model!: ModelView;
  @property({ attribute: false }) table: TableUse | null = null;
  @property({ attribute: false }) refused: readonly Refusal[] = [];
  /** Therapies that are being written. */
  @property({ attribute: false }) drafts: DraftsByArm = {};
  /** A file of doses and observations that is not used yet. */
  @property({ attribute: false }) offer: Offer | null = null;

  /** The filter of patients as it is being written. */
  @property({ attribute: false }) filter: Draft | null = null;
  /** How covariates are spread before weights. */
  @property({ attribute: false }) spreads: Spreads = {};
  @property({ attribute: false }) result: Result | null = null;

  static override styles = [
    shared,
    css`
      :host { display: block; }
      details { background: var(--surface); border: 1px solid var(--line); border-radius: var(--radius); margin-bottom: 10px; }
      summary { padding: 9px 14px; font-weight: 600; cursor: pointer; border-radius: var(--radius); list-style-position: inside; }
      .rows { padding: 0 14px 10px; }
      .covariate { padding: 5px 0; }
      .covariate + .covariate, gemello-number + gemello-number { border-top: 1px solid color-mix(in srgb, var(--line) 45%, transparent); }
      .choice { display: flex; align-items: center; gap: 8px; justify-content: space-between; padding: 3px 0; }
      .choice > span { min-width: 0; overflow-wrap: anywhere; line-height: 1.3; }
      .how { display: flex; align-items: center; gap: 8px; font-size: 12px; color: var(--muted); justify-content: space-between; }
      .how select { font-size: 12px; min-height: 24px; padding: 1px 4px; }
      .how span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      .how span.column { white-space: normal; line-height: 1.25; }
      .text { display: grid; grid-template-columns: 1fr 130px; align-items: center; gap: 8px; padding: 5px 0; }
      .text input { text-align: right; min-width: 0; width: 100%; }
      .typical { display: flex; gap: 8px; align-items: center; padding: 5px 0; }
      .typical input { min-height: 0; accent-color: var(--accent); width: 16px; height: 16px; }
      .refusal { color: var(--bad); font-size: 12px; overflow-wrap: anywhere; }
    `,
  ];

  override render() {
    const { study, model } = this;
    return html`
      ${this.#group(t('population'), this.#population())}
      ${model.parameters.length > 0 ? this.#group(t('diseaseAndDrug'), this.#parameters()) : nothing}
      ${this.#group(
        t('therapies'),
        html`<gemello-arms .study=${study} .model=${model} .refused=${this.refused} .drafts=${this.drafts}></gemello-arms>`,
      )}
      ${this.#group(t('time'), this.#time())}
    `;
  }

  #group(title: string, rows: unknown) {
    return html`<details open><summary>${title}</summary><div class="rows">${rows}</div></details>`;
  }

  #population() {
    const cohort = this.study.cohort ?? {};
    const typical = cohort.typical ?? false;
    return html`
      <gemello-number label=${t('patients')} whole .value=${cohort.patients ?? DEFAULT_PATIENTS} .standard=${DEFAULT_PATIENTS}
        .range=${PATIENT_RANGE} ?disabled=${typical || cohort.clouds !== undefined}
        @gemello-number=${(event: PageEventMap['gemello-number']) =>
          this.#edit(event, { kind: 'patients', value: event.detail.value }, event.detail.phase)}
        @gemello-reset=${(event: Event) => this.#edit(event, { kind: 'patients', value: DEFAULT_PATIENTS })}></gemello-number>
      ${this.#refusal('cohort.patients')}
      <label class="typical" title=${t('typicalInfo')}>
        <input type="checkbox" .checked=${typical}
          @change=${(event: Event) => this.#edit(event, { kind: 'typical', value: (event.target as HTMLInputElement).checked })} />
        ${t('typical')}
      </label>
      <div class="text">
        <label for="seed" title=${t('seedInfo')}>${t('seed')}</label>
        <input id="seed" inputmode="numeric" autocomplete="off" maxlength="20" .value=${cohort.seed ?? DEFAULT_SEED}
          @change=${this.#seed} />
      </div>
      ${this.#refusal('cohort.seed')}
      ${html`<gemello-patients-file .table=${this.table} .patients=${patientsOf(this.study)} .each=${cohort.clouds}
              .covariates=${this.model.covariates.map(({ name }) => name)}
              .offer=${this.offer} .model=${this.model}
              .problems=${this.refused.filter(({ field }) => field === 'cohort.table' || field.startsWith('cohort.data')).map(({ message }) => message)}></gemello-patients-file>`}
      <gemello-cohort .study=${this.study} .model=${this.model} .table=${this.table} .refused=${this.refused} .draft=${this.filter}
        .spreads=${this.spreads} .result=${this.result}></gemello-cohort>
      ${repeat(
        this.model.covariates,
        ({ name }) => name,
        (covariate) => this.#covariate(covariate),
      )}
    `;
  }

  #covariate(covariate: CovariateView) {
    const row = covariateRow(covariate, this.study.cohort?.set?.[covariate.name]);
    const label = covariate.label || covariate.name;
    const column = this.table?.facts?.columns[covariate.name];
    // A file of doses may have some covariates only; the others are drawn.
    const inFile = this.table !== null && !(this.table.facts?.doses && !column);
    const fromFile = inFile && !row.fixed;
    const choose = (event: Event) => {
      const fix = (event.target as HTMLSelectElement).value === 'fixed';
      this.#edit(event, {
        kind: 'covariate',
        name: covariate.name,
        value: fix
          ? startingConstant(covariate, fromFile ? { ...row, value: column?.median ?? row.value } : row)
          : null,
      });
    };
    const slides = row.fixed ? covariate.type === 'number' : row.parameter !== null && !fromFile;
    const shown = fromFile && column && covariate.type === 'number';
    const how = fromFile
      ? this.#howInFile(covariate, column)
      : this.#howItVaries(covariate, row.parameter, row.value);
    return html`<div class="covariate">
      ${slides ? this.#covariateNumber(covariate, label) : shown ? this.#columnNumber(covariate, label, column.median) : html`<div class="choice"><span title=${label}>${label}</span>${row.fixed ? this.#category(covariate, row.value) : nothing}</div>`}
      <div class="how">
        <span class=${fromFile || covariate.type === 'category' ? 'column' : ''} title=${fromFile ? how : describeDistribution(covariate)}>${row.fixed ? nothing : how}</span>
        <select aria-label=${t('variation', { name: label })} @change=${choose}>
          <option value="varies" ?selected=${!row.fixed}>${t(inFile ? 'fromFile' : 'varies')}</option>
          <option value="fixed" ?selected=${row.fixed}>${t('sameForAll')}</option>
        </select>
      </div>
      ${this.#refusal(`cohort.set.${covariate.name}`)}
    </div>`;
  }

  #howItVaries(covariate: CovariateView, parameter: string | null, value: number): string {
    if (covariate.type === 'yes/no')
      return parameter === 'p' ? `${percent(value, language)} ${t('yes')}` : describeDistribution(covariate);
    if (covariate.type === 'category') return describeCategories(covariate, language);
    return parameter === null ? describeDistribution(covariate) : `${covariate.distribution}, ${parameter}`;
  }

  #howInFile(covariate: CovariateView, column: ColumnFacts | undefined): string {
    if (!column || covariate.type === 'category') return '';
    if (covariate.type === 'yes/no') return `${percent(column.mean, language)} ${t('yes')}`;
    const low = significant(column.low, language);
    return t('columnFacts', { low, high: withUnit(column.high, covariate.unit, language) });
  }

  /** The middle of the table's column, for reading only. */
  #columnNumber(covariate: CovariateView, label: string, median: number) {
    const { range } = covariateRow(covariate, undefined);
    return html`<gemello-number label=${label} unit=${covariate.unit} .value=${median} .range=${range} disabled></gemello-number>`;
  }

  #covariateNumber(covariate: CovariateView, label: string) {
    const row = covariateRow(covariate, this.study.cohort?.set?.[covariate.name]);
    const { name } = covariate;
    const setting = (value: number) => {
      if (row.fixed || row.parameter === null) return value;
      const before = this.study.cohort?.set?.[name];
      const others = typeof before === 'object' ? before : {};
      return value === row.standard && Object.keys(others).every((key) => key === row.parameter)
        ? null
        : { ...others, [row.parameter]: value };
    };
    return html`<gemello-number label=${label} unit=${covariate.unit} .value=${row.value} .standard=${row.standard} .range=${row.range}
      .info=${{ symbol: name, note: describeDistribution(covariate) }}
      @gemello-number=${(event: PageEventMap['gemello-number']) =>
        this.#edit(
          event,
          { kind: 'covariate', name, value: setting(event.detail.value) },
          event.detail.phase,
        )}
      @gemello-reset=${(event: Event) => this.#edit(event, { kind: 'covariate', name, value: null })}></gemello-number>`;
  }

  #category(covariate: CovariateView, value: number) {
    const choices = covariate.type === 'yes/no' ? [t('no'), t('yes')] : covariate.categories;
    const choose = (event: Event) =>
      this.#edit(event, {
        kind: 'covariate',
        name: covariate.name,
        value: Number((event.target as HTMLSelectElement).value),
      });
    return html`<select aria-label=${covariate.label || covariate.name} @change=${choose}>
      ${choices.map((choice, index) => html`<option value=${index} ?selected=${index === value}>${choice}</option>`)}
    </select>`;
  }

  #parameters() {
    return repeat(
      this.model.parameters,
      ({ name }) => name,
      (parameter) => html`${this.#parameter(parameter)}${this.#refusal(`set.${parameter.name}`)}`,
    );
  }

  #parameter({ name, label, unit, value, range, source, provenance }: ParameterView) {
    return html`<gemello-number label=${label || name} unit=${unit} .value=${this.study.set?.[name] ?? value} .standard=${value}
      .range=${range ?? rangeAround(value)} .info=${{ symbol: name, source, provenance }}
      @gemello-number=${(event: PageEventMap['gemello-number']) =>
        this.#edit(event, { kind: 'parameter', name, value: event.detail.value }, event.detail.phase)}
      @gemello-reset=${(event: Event) => this.#edit(event, { kind: 'parameter', name, value: null })}></gemello-number>`;
  }

  #time() {
    const { show, time } = this.model;
    const box = (kind: 'until' | 'every', label: string, standard: number | undefined) => html`
      <div class="text">
        <label for=${kind}>${label}</label>
        <input id=${kind} autocomplete="off" placeholder=${standard === undefined ? '' : `${standard} ${time}`}
          .value=${this.study.time?.[kind] ?? (standard === undefined ? '' : `${standard} ${time}`)}
          aria-invalid=${this.#refusalsOf(`time.${kind}`).length > 0 ? 'true' : 'false'}
          @change=${(event: Event) => this.#duration(event, kind)} />
      </div>
      ${this.#refusal(`time.${kind}`)}`;
    return html`${box('until', t('until'), show?.until)}${box('every', t('every'), show?.every)}`;
  }

  /** A bare number is in the model's time unit. */
  #duration(event: Event, kind: 'until' | 'every'): void {
    const text = (event.target as HTMLInputElement).value.trim();
    if (text === '') return;
    this.#edit(event, { kind, value: /^[\d.]+$/.test(text) ? `${text} ${this.model.time}` : text });
  }

  #seed(event: Event): void {
    const box = event.target as HTMLInputElement;
    const digits = box.value.trim();
    // 2^64 - 1 has 20 digits; what is larger is refused by the study's schema with its reason.
    if (!/^\d{1,20}$/.test(digits)) {
      box.value = this.study.cohort?.seed ?? DEFAULT_SEED;
      return;
    }
    this.#edit(event, { kind: 'seed', value: BigInt(digits).toString() });
  }

  #refusalsOf(field: string): readonly Refusal[] {
    return this.refused.filter((refusal) => refusal.field === field);
  }

  #refusal(field: string) {
    return this.#refusalsOf(field).map(({ message }) => html`<p class="refusal" role="alert">${message}</p>`);
  }

  #edit(event: Event, edit: Edit, phase: 'drag' | 'settle' = 'settle'): void {
    event.stopPropagation();
    tell(this, 'gemello-edit', { edit, phase });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-controls': Controls;
  }
}
