// How exact the numbers are: one line in words, how it was measured in a popover. In: a certificate, the model's labels.
// Out: words. Shows nothing where nothing was measured.
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { worstErrors } from '../../study/errors.ts';
import type { Certificate, EndpointErrors } from '../../study/result.ts';
import type { ModelView } from '../client.ts';
import { significant, whole } from '../format.ts';
import { icon } from '../icons.ts';
import { language, t } from '../locale.ts';
import { shared } from '../styles.ts';

/** As percent; what a reader may take for nothing is said to be less than something. */
const LEAST = 1e-6;
const asPercent = (error: number | null): string =>
  error === null
    ? '–'
    : error === 0
      ? '0\u00a0%'
      : error < LEAST
        ? `< ${new Intl.NumberFormat(language, { maximumSignificantDigits: 1 }).format(100 * LEAST)}\u00a0%`
        : `${new Intl.NumberFormat(language, { maximumSignificantDigits: 2 }).format(100 * error)}\u00a0%`;

@customElement('gemello-accuracy')
export class Accuracy extends LitElement {
  @property({ attribute: false }) certificate: Certificate | null = null;
  @property({ attribute: false }) model!: ModelView;
  /** Patients times arms. */
  @property({ type: Number }) courses = 0;

  static override styles = [
    shared,
    css`
      :host { display: block; color: var(--muted); font-size: 12px; }
      p { display: flex; align-items: center; gap: 4px; }
      button { margin: 0; }
      @media print { button { display: none; } }
      [popover] { position: fixed; inset: auto; margin: 0; color: var(--ink); max-height: calc(100dvh - 16px); overflow: auto; }
      [popover] p { display: block; margin-bottom: 8px; color: var(--muted); }
      table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
      th { text-align: left; font-weight: 400; padding: 3px 8px 3px 0; overflow-wrap: anywhere; }
      thead th { color: var(--muted); font-size: 12px; }
      td, thead th + th { text-align: right; padding-left: 8px; white-space: nowrap; }
      tbody tr { border-top: 1px solid var(--line); }
    `,
  ];

  override render() {
    const { certificate, courses } = this;
    if (!certificate) return nothing;
    const { outputs, endpoints, rescued } = certificate;
    const { worst, flipped } = worstErrors({ ...endpoints, ...outputs });
    const changed = flipped.reduce((sum, { flips }) => sum + flips, 0);
    return html`
      ${rescued > 0 ? html`<p class="rescued">${t('rescued', { n: whole(rescued, language), of: whole(courses, language) })}</p>` : nothing}
      <p><span class="line">${worst === null ? t('accuracyNone') : t('accuracy', { error: asPercent(worst.max) })}${
        changed > 0 ? html` ${t('accuracyFlips', { n: whole(changed, language) })}` : nothing
      }</span>
        <button class="quiet icon" aria-label=${t('accuracyHow')} title=${t('accuracyHow')} @click=${this.#toggle}>${icon('info')}</button></p>
      <div popover id="how" role="dialog" aria-label=${t('accuracyHow')}>
        <p>${t(certificate.patients === 1 ? 'accuracyTextOne' : 'accuracyText', { n: whole(certificate.patients, language), rtol: significant(certificate.rtol, language, 1) })}</p>
        <table>
          <thead><tr><th></th><th scope="col">${t('accuracyMost')}</th><th scope="col">${t('accuracyLargest')}</th></tr></thead>
          <tbody>
            ${this.model.outputs.map((field) => this.#row(field, outputs[field.name]))}
            ${this.model.endpoints.map((field) => this.#row(field, endpoints[field.name]))}
          </tbody>
        </table>
      </div>`;
  }

  #row(
    { name, label }: { readonly name: string; readonly label: string },
    errors: EndpointErrors | undefined,
  ) {
    if (errors === undefined) return nothing;
    const sides = errors.flips ? t('accuracySides', { n: whole(errors.flips, language) }) : t('sameForAll');
    const cells =
      'max' in errors
        ? html`<td>${asPercent(errors.p95)}</td><td>${asPercent(errors.max)}${errors.flips ? html`<br>${sides}` : nothing}</td>`
        : html`<td colspan="2">${sides}</td>`;
    return html`<tr><th scope="row">${label || name}</th>${cells}</tr>`;
  }

  /** Beside its button, inside the window. */
  #toggle(event: Event): void {
    const how = this.renderRoot.querySelector<HTMLElement>('#how');
    if (!how || !(event.currentTarget instanceof HTMLElement)) return;
    how.togglePopover();
    const at = event.currentTarget.getBoundingClientRect();
    const { width, height } = how.getBoundingClientRect();
    how.style.left = `${Math.max(8, Math.min(at.right - width, innerWidth - width - 8))}px`;
    how.style.top = `${Math.max(8, at.bottom + height + 12 > innerHeight ? at.top - height - 6 : at.bottom + 6)}px`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-accuracy': Accuracy;
  }
}
