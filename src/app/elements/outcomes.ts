// The endpoints: a distribution each with all arms, or bars of probability, and their words. In: a result, the model.
// Out: charts, and bars of probability.
import { css, html, LitElement, type PropertyValues } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Result } from '../../study/result.ts';
import { studiesSentence } from '../charts/compare-words.ts';
import type { Frame } from '../charts/fan.ts';
import { histogramChart, histogramFrame, sharesOf, tallest } from '../charts/histogram.ts';
import { endpointSentence } from '../charts/words.ts';
import type { EndpointView, ModelView } from '../client.ts';
import { percent, prettyUnit } from '../format.ts';
import { swatchOf } from '../icons.ts';
import { language, Screen, t } from '../locale.ts';
import { shared, swatch } from '../styles.ts';
import './bars.ts';
import './chart.ts';

@customElement('gemello-outcomes')
export class Outcomes extends LitElement {
  @property({ attribute: false }) result: Result | null = null;
  /** The last one of all patients: a preview is one study, and does not say how unsure we are. */
  @property({ attribute: false }) full: Result | null = null;
  @property({ attribute: false }) model!: ModelView;
  @property({ type: Boolean }) dragging = false;
  readonly #screen = new Screen(this);
  readonly #frames = new Map<string, Frame>();
  readonly #kept = new Map<
    string,
    { key: readonly unknown[]; configuration: ReturnType<typeof histogramChart> }
  >();

  static override styles = [
    shared,
    swatch,
    css`
      :host { display: flex; flex-direction: column; gap: 10px; min-height: 0; height: 100%; }
      .legend { grid-column: 1 / -1; display: flex; flex-wrap: wrap; gap: 4px 16px; padding-left: 4px; font-size: 13px; }
      .legend span { display: inline-flex; gap: 6px; align-items: center; overflow-wrap: anywhere; }
      .cards { display: grid; gap: 18px 20px; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); overflow: auto; align-content: start; padding-bottom: 8px; }
      figure { display: flex; flex-direction: column; min-width: 0; }
      h2 { font-size: 14px; font-weight: 600; padding-left: 4px; overflow-wrap: anywhere; }
      h2 span { color: var(--muted); font-weight: 400; }
      gemello-chart { height: 190px; }
      figcaption { padding: 2px 4px 0; font-size: 13px; overflow-wrap: anywhere; }
      .unsure { display: block; padding-top: 2px; } .unsure.old { color: var(--muted); }
    `,
  ];

  override willUpdate(changed: PropertyValues): void {
    if (changed.has('model')) this.#frames.clear();
    if (!this.result) return;
    for (const endpoint of this.model.endpoints) {
      if (!this.dragging || !this.#frames.has(endpoint.name))
        this.#frames.set(endpoint.name, histogramFrame(this.result, endpoint));
    }
  }

  override render() {
    const { result, model } = this;
    if (model.endpoints.length === 0) return html`<p class="muted">${t('noEndpoints')}</p>`;
    if (!result) return html`<p class="muted">${t('noResult')}</p>`;
    const { scheme } = this.#screen;
    return html`
      <div class="cards" tabindex="0" role="group" aria-label=${t('outcomes')}>
      <div class="legend">${result.arms.map((arm, index) => html`<span>${swatchOf(index, scheme)} ${arm.name}</span>`)}</div>
      ${model.endpoints.map((endpoint) => this.#endpoint(endpoint, result))}</div>
    `;
  }

  #endpoint(endpoint: EndpointView, result: Result) {
    const title = endpoint.label || endpoint.name;
    const unit = prettyUnit(endpoint.unit);
    return html`<figure>
      <h2>${title} ${unit ? html`<span>[${unit}]</span>` : ''}</h2>
      ${
        result.patients === 1
          ? ''
          : endpoint.type === 'probability'
            ? this.#bars(endpoint, result)
            : html`<gemello-chart .configuration=${this.#configuration(endpoint, result)} label="${title}. ${t('shareOfPatients')}"></gemello-chart>`
      }
      <figcaption>${endpointSentence(result, endpoint, { language, t })} ${this.#cut(endpoint, result)}
        ${this.full?.studies ? html`<span class=${this.full === result ? 'unsure' : 'unsure old'}>${studiesSentence(this.full.studies, endpoint, { language, t })}</span>` : ''}</figcaption>
    </figure>`;
  }

  #cut(endpoint: EndpointView, result: Result): string {
    const frame = this.#frames.get(endpoint.name);
    const cut = frame && tallest(sharesOf(result, endpoint, frame)).cut;
    return cut ? t('barCut', { arm: cut.arm, share: percent(cut.peak, language, 0) }) : '';
  }

  #bars(endpoint: EndpointView, result: Result) {
    const bars = result.arms.map(({ name, endpoints }) => {
      const found = endpoints[endpoint.name];
      const share = found && 'probability' in found ? found.probability : 0;
      return { name, share, said: percent(share, language) };
    });
    return html`<gemello-bars .bars=${bars}></gemello-bars>`;
  }

  #configuration(endpoint: EndpointView, result: Result) {
    const { scheme, compact } = this.#screen;
    const frame = this.#frames.get(endpoint.name);
    const key = [result, scheme, compact, frame?.low, frame?.high, endpoint];
    const kept = this.#kept.get(endpoint.name);
    if (kept?.key.every((part, index) => part === key[index])) return kept.configuration;
    const configuration = histogramChart(result, endpoint, { scheme, language, t, compact }, frame);
    this.#kept.set(endpoint.name, { key, configuration });
    return configuration;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-outcomes': Outcomes;
  }
}
