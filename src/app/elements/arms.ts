// The arms: a name, a therapy of the model or own dose lines, and parameters that differ in that arm.
// In: study, model, refusals. Out: `gemello-edit` events; refusals of a therapy stand under its own box.
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { type Arm, MOST_ARMS, type Study } from '../../study/study.ts';
import type { ModelView, Refusal } from '../client.ts';
import { arms, type Edit, isDoseText } from '../edits.ts';
import { tell } from '../events.ts';
import { parseNumber, plain, prettyUnit } from '../format.ts';
import { icon, swatchOf } from '../icons.ts';
import { Screen, t } from '../locale.ts';
import { shared, swatch } from '../styles.ts';

const NOTHING = '';
const OWN = '=own';
const TYPING_PAUSE_MS = 250;

@customElement('gemello-arms')
export class Arms extends LitElement {
  @property({ attribute: false }) study!: Study;
  @property({ attribute: false }) model!: ModelView;
  @property({ attribute: false }) refused: readonly Refusal[] = [];
  readonly #screen = new Screen(this);
  #typing: ReturnType<typeof setTimeout> | undefined;

  static override styles = [
    shared,
    swatch,
    css`
      :host { display: block; }
      .arm { border: 1px solid var(--line); border-radius: 6px; padding: 8px; margin-bottom: 8px; background: var(--raised); }
      .head { display: flex; align-items: center; gap: 8px; }
      .head input { flex: 1; min-width: 0; font-weight: 600; border-color: transparent; background: none; }
      .head input:hover, .head input:focus { border-color: var(--line); background: var(--surface); }
      select.therapy { width: 100%; margin-top: 6px; }
      textarea { width: 100%; margin-top: 6px; font: 12px/1.5 var(--mono); resize: vertical; min-height: 64px; }
      .differs { display: grid; grid-template-columns: 1fr 76px auto 28px; gap: 6px; align-items: center; margin-top: 6px; font-size: 12px; }
      .differs span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      .differs input { text-align: right; min-width: 0; }
      select.differ { width: 100%; margin-top: 6px; font-size: 12px; color: var(--muted); }
      .refusal { color: var(--bad); font-size: 12px; margin-top: 4px; overflow-wrap: anywhere; }
      button.icon { width: 28px; min-height: 28px; border: 0; background: none; color: var(--muted); }
    `,
  ];

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#typing);
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
    const unknown =
      arm.therapy !== undefined && !own && !this.model.therapies.some(({ name }) => name === arm.therapy);
    return html`<div class="arm" role="group" aria-label=${arm.name}>
      <div class="head">
        ${swatchOf(index, this.#screen.scheme)}
        <input aria-label=${t('armName', { n: index + 1 })} maxlength="60" autocomplete="off" .value=${arm.name}
          @change=${(event: Event) => this.#rename(event, arm, index)} />
        <button class="icon" aria-label=${t('removeArm', { name: arm.name })} ?disabled=${count < 2}
          @click=${() => this.#edit({ kind: 'arm removed', index })}>${icon('cross')}</button>
      </div>
      <select class="therapy" aria-label=${t('armTherapy', { name: arm.name })} @change=${(event: Event) => this.#choose(event, arm, index)}>
        <option value=${NOTHING} ?selected=${arm.therapy === undefined}>${t('noTherapy')}</option>
        ${this.model.therapies.map(
          ({ name, label }) =>
            html`<option value=${name} ?selected=${arm.therapy === name}>${label ? `${name}: ${label}` : name}</option>`,
        )}
        ${unknown ? html`<option value=${arm.therapy ?? ''} selected>${arm.therapy}</option>` : nothing}
        <option value=${OWN} ?selected=${own}>${t('ownTherapy')}</option>
      </select>
      ${
        own
          ? html`<textarea aria-label=${t('doseText', { name: arm.name })} title=${t('doseHint')} spellcheck="false" rows="3" .value=${arm.therapy ?? ''}
              aria-invalid=${this.#refusals(index).length > 0 ? 'true' : 'false'}
              @input=${(event: Event) => this.#typed(event, index)}></textarea>`
          : nothing
      }
      ${Object.entries(arm.set ?? {}).map(([name, value]) => this.#difference(name, value, index))}
      ${this.#addDifference(arm, index)}
      ${this.#refusals(index).map(({ message }) => html`<p class="refusal" role="alert">${message}</p>`)}
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
      <input inputmode="decimal" aria-label="${label}, ${arms(this.study)[index]?.name ?? ''}" .value=${plain(value)} @change=${change} />
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

  #refusals(index: number): readonly Refusal[] {
    return this.refused.filter(
      ({ field }) => field === `arms[${index}]` || field.startsWith(`arms[${index}].`),
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
    else this.#edit({ kind: 'arm therapy', index, therapy: this.#startingDoses(arm) });
  }

  /** Own doses begin as those of the therapy before, so that there is something to change. */
  #startingDoses(arm: Arm): string {
    const before = this.model.therapies.find(({ name }) => name === arm.therapy) ?? this.model.therapies[0];
    return before?.text || 'dose ';
  }

  #typed(event: Event, index: number): void {
    const { value } = event.target as HTMLTextAreaElement;
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => {
      if (isDoseText(value)) this.#edit({ kind: 'arm therapy', index, therapy: value });
    }, TYPING_PAUSE_MS);
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
