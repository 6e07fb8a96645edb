// One number: label, symbol, unit, box, slider, a dot that resets, and what the number means.
// In: the value and its range. Out: `gemello-number` while it moves and when it settles, `gemello-reset`.
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { tell } from '../events.ts';
import { parseNumber, plain, prettyUnit, significant, withUnit } from '../format.ts';
import { icon } from '../icons.ts';
import { language, t } from '../locale.ts';
import { including, positionOf, type SliderRange, STEPS, valueAt } from '../slider.ts';
import { shared } from '../styles.ts';

export interface NumberInfo {
  readonly symbol: string;
  readonly source?: string;
  readonly provenance?: string;
  readonly note?: string;
}

@customElement('gemello-number')
export class NumberRow extends LitElement {
  @property() label = '';
  @property() unit = '';
  @property({ type: Number }) value = 0;
  /** The model's own value; null has no dot and no reset. */
  @property({ attribute: false }) standard: number | null = null;
  @property({ attribute: false }) range: SliderRange = { low: 0, high: 1 };
  @property({ attribute: false }) info: NumberInfo | null = null;
  @property({ type: Boolean }) whole = false;
  @property({ type: Boolean }) disabled = false;
  @query('input.box') private box!: HTMLInputElement;
  #invalid = false;

  static override styles = [
    shared,
    css`
      :host { display: block; padding: 5px 0; }
      .name { display: flex; align-items: center; gap: 2px; min-width: 0; min-height: 24px; }
      label { overflow-wrap: anywhere; min-width: 0; line-height: 1.25; }
      .dot { margin-left: auto; }
      .value { display: flex; align-items: center; gap: 6px; }
      .box { width: 70px; flex: none; text-align: right; font-variant-numeric: tabular-nums; min-height: 26px; padding: 2px 6px; }
      .unit { color: var(--muted); font-size: 12px; line-height: 1.15; width: 54px; flex: none; overflow-wrap: anywhere; }
      .wrong { color: var(--bad); font-size: 12px; }
      input[type='range'] { flex: 1; min-width: 0; margin: 0; padding: 0; accent-color: var(--accent); height: 22px; min-height: 0; border: 0; background: none; }
      button.tiny { min-height: 24px; width: 24px; padding: 0; justify-content: center; border: 0; background: none; color: var(--muted); border-radius: 50%; flex: none; }
      button.tiny:hover { color: var(--accent); background: var(--raised); }
      button.tiny svg.glyph { width: 14px; height: 14px; stroke-width: 1.3; }
      .dot::before { content: ''; width: 8px; height: 8px; border-radius: 50%; background: var(--accent); }
      .dot[disabled] { visibility: hidden; }
      :host([disabled]) { color: var(--muted); }
      :host([disabled]) input { opacity: 0.6; }
      .about { position: fixed; inset: auto; margin: 0; }
      dl { display: grid; grid-template-columns: auto 1fr; gap: 3px 12px; margin-top: 6px; }
      dt { color: var(--muted); }
      dd { overflow-wrap: anywhere; }
      .about strong { overflow-wrap: anywhere; }
    `,
  ];

  override render() {
    const { label, unit, value, standard, info } = this;
    const range = including(this.range, value);
    const changed = standard !== null && standard !== value;
    const spoken = withUnit(value, unit, language);
    return html`
      <div class="name">
        <label for="box">${label}</label>
        ${info ? html`<button class="tiny" aria-label=${t('about', { name: label })} @click=${this.#openAbout}>${icon('info')}</button>` : nothing}
        ${
          standard === null
            ? nothing
            : html`<button class="tiny dot" ?disabled=${!changed || this.disabled} aria-label=${t('resetRow', { name: label })}
                title=${t('reset', { value: withUnit(standard, unit, language) })} @click=${this.#reset}></button>`
        }
      </div>
      <div class="value">
        <input type="range" min="0" max=${STEPS} step="1" .value=${String(positionOf(value, range))} ?disabled=${this.disabled}
          aria-label=${t('slider', { name: label })} aria-valuetext=${spoken}
          @input=${(event: Event) => this.#slid(event, 'drag')} @change=${(event: Event) => this.#slid(event, 'settle')}
          @dblclick=${this.#reset} />
        <input id="box" class="box" inputmode="decimal" autocomplete="off" spellcheck="false" ?disabled=${this.disabled}
            .value=${plain(value, language)} aria-invalid=${this.#invalid ? 'true' : 'false'} aria-describedby="unit"
            @change=${this.#typed} @keydown=${this.#keyInBox} />
        <span id="unit" class="unit" title=${unit}>${prettyUnit(unit)}</span>
      </div>
      ${this.#invalid ? html`<p class="wrong" role="alert">${t(this.whole ? 'numberWhole' : 'numberWrong')}</p>` : nothing}
      ${info ? this.#about(info) : nothing}
    `;
  }

  #about(info: NumberInfo) {
    const rows: readonly (readonly [string, string])[] = [
      [t('symbol'), info.symbol],
      [t('unit'), prettyUnit(this.unit) || t('dimensionless')],
      ...(this.standard === null ? [] : [[t('modelValue'), plain(this.standard, language)] as const]),
      [t('range'), `${significant(this.range.low, language)} – ${significant(this.range.high, language)}`],
      ...(info.source === undefined ? [] : [[t('source'), info.source || t('noSource')] as const]),
      ...(info.provenance ? [[t('provenance'), info.provenance] as const] : []),
      ...(info.note ? [[t('distribution'), info.note] as const] : []),
    ];
    return html`<div popover id="about" class="about" role="dialog" aria-label=${t('about', { name: this.label })}>
      <strong>${this.label}</strong>
      <dl>${rows.map(([name, text]) => html`<dt>${name}</dt><dd>${text}</dd>`)}</dl>
    </div>`;
  }

  #openAbout(event: Event): void {
    const about = this.renderRoot.querySelector<HTMLElement>('#about');
    if (!about || !(event.currentTarget instanceof HTMLElement)) return;
    about.togglePopover();
    const at = event.currentTarget.getBoundingClientRect();
    const { width, height } = about.getBoundingClientRect();
    about.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
    about.style.top = `${at.bottom + height + 12 > innerHeight ? Math.max(8, at.top - height - 6) : at.bottom + 6}px`;
  }

  #slid(event: Event, phase: 'drag' | 'settle'): void {
    const position = Number((event.target as HTMLInputElement).value);
    const range = including(this.range, this.value);
    // A press without a move ends in `change` too; the position of the present value must not round it.
    const value =
      position === positionOf(this.value, range) ? this.value : valueAt(position, range, this.whole);
    this.#invalid = false;
    this.value = value;
    tell(this, 'gemello-number', { value, phase });
  }

  #typed(): void {
    const typed = parseNumber(this.box.value);
    this.#invalid = typed === null || (this.whole && (!Number.isInteger(typed) || typed < 1));
    if (!this.#invalid && typed !== null) {
      this.value = typed;
      tell(this, 'gemello-number', { value: typed, phase: 'settle' });
    }
    this.requestUpdate();
  }

  #keyInBox(event: KeyboardEvent): void {
    if (event.key === 'Escape') {
      this.box.value = plain(this.value, language);
      this.#invalid = false;
      this.requestUpdate();
    }
  }

  #reset(): void {
    if (this.standard !== null && this.standard !== this.value) tell(this, 'gemello-reset', null);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-number': NumberRow;
  }
}
