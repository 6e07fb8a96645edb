// The arms: a name, a therapy of the model or an own text, and parameters that differ in that arm. In: study, model, texts
// that are being written, refusals. Out: `gemello-edit`, `gemello-write`. What is wrong stands under the text, with a caret.
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Diagnostic } from '../../language/diagnostic.ts';
import { type Arm, DATA_THERAPY, MOST_ARMS, type Study } from '../../study/study.ts';
import type { ModelView, Refusal } from '../client.ts';
import type { DraftsByArm } from '../drafts.ts';
import { arms, type Edit, isDoseText } from '../edits.ts';
import { tell } from '../events.ts';
import { parseNumber, plain, prettyUnit } from '../format.ts';
import { icon, swatchOf } from '../icons.ts';
import { language, Screen, t } from '../locale.ts';
import { shared, swatch } from '../styles.ts';
import { problemList, problemStyles } from './problem-list.ts';

const NOTHING = '';
const OWN = '=own';
/** Lines that a text box shows before it scrolls. */
const MOST_LINES = 16;
/** Letters before a fault: the column is narrow. */
const BEFORE_FAULT = 18;

@customElement('gemello-arms')
export class Arms extends LitElement {
  @property({ attribute: false }) study!: Study;
  @property({ attribute: false }) model!: ModelView;
  @property({ attribute: false }) refused: readonly Refusal[] = [];
  @property({ attribute: false }) drafts: DraftsByArm = {};
  readonly #screen = new Screen(this);
  /** The text of the box that has the focus, as it was when it got it. */
  #before = '';
  /** The box that gets the focus once it is there: the study comes back by way of the page. */
  #wanted: number | null = null;

  static override styles = [
    shared,
    swatch,
    problemStyles,
    css`
      :host { display: block; }
      .arm { border: 1px solid var(--line); border-radius: 6px; padding: 8px; margin-bottom: 8px; background: var(--raised); }
      .head { display: flex; align-items: center; gap: 8px; }
      .head input { flex: 1; min-width: 0; font-weight: 600; border-color: transparent; background: none; }
      .head input:hover, .head input:focus { border-color: var(--line); background: var(--surface); }
      .choice { display: flex; gap: 6px; margin-top: 6px; }
      .choice select { flex: 1; min-width: 0; width: 0; }
      .choice button { min-height: 28px; padding: 2px 8px; font-size: 12px; }
      textarea { width: 100%; margin-top: 6px; font: 12px/1.5 var(--mono); resize: vertical; min-height: 46px; white-space: pre; overflow: auto; tab-size: 2; }
      .hint { font-size: 12px; color: var(--muted); }
      .problems { font-size: 12px; max-height: 220px; border: 1px solid var(--line); border-radius: 6px; }
      .problems button { padding: 5px 8px; min-height: 0; }
      .problems li:last-child button { border-bottom: 0; }
      .stays { font-size: 12px; color: var(--warn); margin-top: 3px; }
      .differs { display: grid; grid-template-columns: 1fr 76px auto 28px; gap: 6px; align-items: center; margin-top: 6px; font-size: 12px; }
      .differs span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      .differs input { text-align: right; min-width: 0; }
      select.differ { width: 100%; margin-top: 6px; font-size: 12px; color: var(--muted); }
      .refusal { color: var(--bad); font-size: 12px; margin-top: 4px; overflow-wrap: anywhere; }
      button.icon { width: 28px; min-height: 28px; border: 0; background: none; color: var(--muted); }
    `,
  ];

  override updated(): void {
    const box = this.#wanted === null ? null : this.#box(this.#wanted);
    if (!box) return;
    this.#wanted = null;
    box.focus();
  }

  override render() {
    const all = arms(this.study);
    return html`
      ${all.map((arm, index) => this.#arm(arm, index, all.length))}
      <button @click=${() => this.#edit({ kind: 'arm added' })} ?disabled=${all.length >= MOST_ARMS}>${icon('add')} ${t('addArm')}</button>
    `;
  }

  #arm(arm: Arm, index: number, count: number) {
    const own = isDoseText(arm.therapy);
    const fromFile = this.study.cohort?.data !== undefined;
    const unknown =
      arm.therapy !== undefined &&
      !own &&
      !(fromFile && arm.therapy === DATA_THERAPY) &&
      !this.model.therapies.some(({ name }) => name === arm.therapy);
    return html`<div class="arm" role="group" aria-label=${arm.name}>
      <div class="head">
        ${swatchOf(index, this.#screen.scheme)}
        <input aria-label=${t('armName', { n: index + 1 })} maxlength="60" autocomplete="off" .value=${arm.name}
          @change=${(event: Event) => this.#rename(event, arm, index)} />
        <button class="icon" aria-label=${t('removeArm', { name: arm.name })} ?disabled=${count < 2}
          @click=${() => this.#edit({ kind: 'arm removed', index })}>${icon('cross')}</button>
      </div>
      <div class="choice"><select class="therapy" aria-label=${t('armTherapy', { name: arm.name })} @change=${(event: Event) => this.#choose(event, arm, index)}>
        <option value=${NOTHING} ?selected=${arm.therapy === undefined}>${t('noTherapy')}</option>
        ${fromFile ? html`<option value=${DATA_THERAPY} ?selected=${arm.therapy === DATA_THERAPY}>${t('fileTherapy')}</option>` : nothing}
        ${this.model.therapies.map(
          ({ name, label }) =>
            html`<option value=${name} ?selected=${arm.therapy === name}>${label ? `${name}: ${label}` : name}</option>`,
        )}
        ${unknown ? html`<option value=${arm.therapy ?? ''} selected>${arm.therapy}</option>` : nothing}
        <option value=${OWN} ?selected=${own}>${t('ownTherapy')}</option>
      </select>
      ${own ? nothing : html`<button aria-label="${t('editTherapy')}: ${arm.name}" title=${t('editTherapy')} @click=${() => this.#asText(arm, index)}>${icon('text')}</button>`}</div>
      ${own ? this.#text(arm, index) : nothing}
      ${Object.entries(arm.set ?? {}).map(([name, value]) => this.#difference(name, value, index))}
      ${this.#addDifference(arm, index)}
      ${this.#refusals(index, own).map(({ message }) => html`<p class="refusal" role="alert">${message}</p>`)}
    </div>`;
  }

  #difference(name: string, value: number, index: number) {
    const parameter = this.model.parameters.find((one) => one.name === name);
    const label = parameter?.label || name;
    const change = (event: Event) => {
      const typed = parseNumber((event.target as HTMLInputElement).value);
      if (typed !== null) this.#edit({ kind: 'arm parameter', index, name, value: typed });
    };
    return html`<div class="differs">
      <span title=${label}>${label}</span>
      <input inputmode="decimal" aria-label="${label}, ${arms(this.study)[index]?.name ?? ''}" .value=${plain(value, language)} @change=${change} />
      <span class="muted">${prettyUnit(parameter?.unit ?? '')}</span>
      <button class="icon" aria-label=${t('resetRow', { name: label })} @click=${() => this.#edit({ kind: 'arm parameter', index, name, value: null })}>${icon('cross')}</button>
    </div>`;
  }

  #addDifference(arm: Arm, index: number) {
    const free = this.model.parameters.filter(({ name }) => arm.set?.[name] === undefined);
    if (free.length === 0) return nothing;
    const add = (event: Event) => {
      const select = event.target as HTMLSelectElement;
      const parameter = free.find(({ name }) => name === select.value);
      select.value = '';
      if (!parameter) return;
      const value = this.study.set?.[parameter.name] ?? parameter.value;
      this.#edit({ kind: 'arm parameter', index, name: parameter.name, value });
    };
    return html`<select class="differ" aria-label=${t('addDifference', { name: arm.name })} @change=${add}>
      <option value="" selected>${t('addDifference', { name: arm.name })}</option>
      ${free.map(({ name, label }) => html`<option value=${name}>${label || name}</option>`)}
    </select>`;
  }

  #text(arm: Arm, index: number) {
    const draft = this.drafts[index];
    const text = draft?.text ?? arm.therapy ?? '';
    const diagnostics = draft?.diagnostics ?? [];
    const wrong = diagnostics.some(({ severity }) => severity === 'error');
    const lines = Math.min(MOST_LINES, Math.max(2, text.split('\n').length));
    return html`<textarea id="text-${index}" aria-label=${t('doseText', { name: arm.name })} title=${t('doseHint')} spellcheck="false" autocapitalize="off" wrap="off"
        rows=${lines} .value=${text} aria-invalid=${wrong ? 'true' : 'false'} aria-describedby="wrong-${index}"
        @focus=${() => {
          this.#before = text;
        }} @input=${(event: Event) => this.#write(index, (event.target as HTMLTextAreaElement).value)}
        @keydown=${(event: KeyboardEvent) => this.#key(event, index)}></textarea>
      <div id="wrong-${index}" aria-live="polite">
        ${diagnostics.length > 0 ? problemList(diagnostics, text, (one) => this.#goTo(index, one), BEFORE_FAULT) : nothing}
        ${wrong ? html`<p class="stays">${t('therapyBroken')}</p>` : nothing}
      </div>`;
  }

  /** What is wrong with an own text is said in its own words, with carets. */
  #refusals(index: number, own: boolean): readonly Refusal[] {
    return this.refused.filter(
      ({ field }) =>
        field === `arms[${index}]` ||
        (field.startsWith(`arms[${index}].`) && !(own && this.drafts[index] && field.endsWith('.therapy'))),
    );
  }

  #rename(event: Event, arm: Arm, index: number): void {
    const box = event.target as HTMLInputElement;
    const name = box.value.trim();
    if (name === '') box.value = arm.name;
    else this.#edit({ kind: 'arm renamed', index, name });
  }

  #choose(event: Event, arm: Arm, index: number): void {
    const { value } = event.target as HTMLSelectElement;
    if (value === NOTHING) this.#edit({ kind: 'arm therapy', index, therapy: null });
    else if (value !== OWN) this.#edit({ kind: 'arm therapy', index, therapy: value });
    else this.#asText(arm, index);
  }

  /** An own text begins as the therapy before, so that there is something to change. */
  #asText(arm: Arm, index: number): void {
    const before = this.model.therapies.find(({ name }) => name === arm.therapy) ?? this.model.therapies[0];
    this.#edit({ kind: 'arm therapy', index, therapy: before?.text || 'dose ' });
    this.#wanted = index;
  }

  #write(arm: number, text: string): void {
    tell(this, 'gemello-write', { arm, text });
  }

  /** Escape brings back the text as it was found, and then leaves it. */
  #key(event: KeyboardEvent, index: number): void {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    const box = event.target as HTMLTextAreaElement;
    if (box.value === this.#before) box.blur();
    else this.#write(index, this.#before);
  }

  #goTo(index: number, { span }: Diagnostic): void {
    const box = this.#box(index);
    box?.focus();
    box?.setSelectionRange(span.start, Math.max(span.start, span.end));
  }

  #box(index: number): HTMLTextAreaElement | null {
    return this.renderRoot.querySelector(`#text-${index}`);
  }

  #edit(edit: Edit): void {
    tell(this, 'gemello-edit', { edit, phase: 'settle' });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-arms': Arms;
  }
}
