// The outputs over time: one fan chart each, with its words. In: a result, sample curves, the model's outputs.
// Out: charts. Axis limits stay while a slider moves, so that what moves is the patients.
import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Result } from '../../study/result.ts';
import { type Frame, fanChart, fanFrame } from '../charts/fan.ts';
import { armColour } from '../charts/palette.ts';
import { outputSentence } from '../charts/words.ts';
import type { ModelView, OutputView, RunCurves } from '../client.ts';
import { prettyUnit, significant, withUnit } from '../format.ts';
import { language, Screen, t } from '../locale.ts';
import { shared } from '../styles.ts';
import './chart.ts';

@customElement('gemello-over-time')
export class OverTime extends LitElement {
  @property({ attribute: false }) result: Result | null = null;
  @property({ attribute: false }) curves: RunCurves | null = null;
  @property({ attribute: false }) model!: ModelView;
  @property({ type: Boolean }) dragging = false;
  /** Name of the output shown; null shows all of them, where there is room. */
  @state() private chosen: string | null = null;
  readonly #screen = new Screen(this);
  readonly #frames = new Map<string, Frame>();

  static override styles = [
    shared,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; height: 100%; gap: 8px; }
      .choice { display: flex; flex-wrap: wrap; gap: 4px; }
      .choice button { min-height: 28px; padding: 2px 10px; border-radius: 14px; font-size: 13px; }
      .choice button[aria-pressed='true'] { background: var(--accent-soft); border-color: var(--accent); color: var(--accent); font-weight: 600; }
      .charts { flex: 1; min-height: 0; display: grid; gap: 12px; grid-auto-rows: minmax(min-content, 1fr); overflow: auto; }
      .charts.many { grid-template-columns: repeat(auto-fit, minmax(360px, 1fr)); }
      figure { display: flex; flex-direction: column; min-height: 0; min-width: 0; }
      h2 { font-size: 14px; font-weight: 600; padding-left: 4px; overflow-wrap: anywhere; }
      h2 span { color: var(--muted); font-weight: 400; }
      gemello-chart { flex: 1 0 210px; }
      figcaption { padding: 4px 4px 0; max-width: 90ch; overflow-wrap: anywhere; }
      b { font-weight: 600; }
      @media (max-width: 760px) {
        :host { gap: 2px; }
        .choice { flex-wrap: nowrap; overflow-x: auto; }
        .charts { grid-auto-rows: minmax(0, 1fr); overflow: hidden; }
        gemello-chart { flex: 1 1 0; }
        h2 { font-size: 13px; }
        figcaption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
      }
    `,
  ];

  override willUpdate(changed: PropertyValues): void {
    if (changed.has('model')) {
      this.#frames.clear();
      if (this.chosen !== null && !this.model.outputs.some(({ name }) => name === this.chosen))
        this.chosen = null;
    }
    if (!this.result) return;
    for (const output of this.model.outputs) {
      if (!this.dragging || !this.#frames.has(output.name))
        this.#frames.set(output.name, fanFrame(this.result, output));
    }
  }

  override render() {
    const { outputs } = this.model;
    if (outputs.length === 0) return html`<p class="muted">${t('noOutputs')}</p>`;
    const { compact } = this.#screen;
    const chosen = this.chosen ?? (compact || outputs.length > 4 ? (outputs[0]?.name ?? null) : null);
    const shown = outputs.filter(({ name }) => chosen === null || chosen === name);
    return html`
      ${
        outputs.length > 1
          ? html`<div class="choice" role="group" aria-label=${t('chartOutput')}>
              ${compact || outputs.length > 4 ? nothing : this.#choice(null, t('all'), chosen)}
              ${outputs.map(({ name, label }) => this.#choice(name, label || name, chosen))}
            </div>`
          : nothing
      }
      <div class="charts ${shown.length > 2 ? 'many' : ''}">${shown.map((output) => this.#output(output))}</div>
    `;
  }

  #choice(name: string | null, label: string, chosen: string | null) {
    return html`<button aria-pressed=${chosen === name ? 'true' : 'false'} @click=${() => {
      this.chosen = name;
    }}>${label}</button>`;
  }

  #output(output: OutputView) {
    const { result, curves } = this;
    const title = output.label || output.name;
    if (!result) return html`<figure><h2>${title}</h2><p class="muted">${t('noResult')}</p></figure>`;
    const { scheme, compact } = this.#screen;
    const unit = prettyUnit(output.unit);
    // Once is enough to say what the bands are.
    const legend =
      !compact &&
      output === this.model.outputs.find(({ name }) => this.chosen === null || name === this.chosen);
    return html`<figure>
      <h2>${title} ${unit ? html`<span>[${unit}]</span>` : nothing}</h2>
      <gemello-chart .configuration=${this.#configuration(output)} label=${t('chartHelp', { name: title })}
        .positions=${result.arms[0]?.times.values ?? []}
        .reading=${(position: number | null) => (position !== null ? this.#at(output, position) : legend ? t('legend', { n: curves?.patients.length ?? 0 }) : '')}></gemello-chart>
      <figcaption data-scheme=${scheme}>${outputSentence(result, output, { language, t })}</figcaption>
    </figure>`;
  }

  /** Kept while nothing it shows has changed: a new one costs a redraw. */
  readonly #kept = new Map<string, { key: readonly unknown[]; configuration: ReturnType<typeof fanChart> }>();

  #configuration(output: OutputView) {
    const { result, curves } = this;
    if (!result) return null;
    const { scheme, compact } = this.#screen;
    const frame = this.#frames.get(output.name);
    const key = [result, curves, scheme, compact, frame?.low, frame?.high, output];
    const kept = this.#kept.get(output.name);
    if (kept?.key.every((part, index) => part === key[index])) return kept.configuration;
    const configuration = fanChart(result, curves, output, { scheme, language, t, compact }, frame);
    this.#kept.set(output.name, { key, configuration });
    return configuration;
  }

  #at(output: OutputView, position: number) {
    const arms = this.result?.arms ?? [];
    const [first] = arms;
    const time = first?.times.values[position] ?? null;
    return html`${t('readAt', { time: withUnit(time, first?.times.unit ?? '', language) })} ·
    ${arms.map((arm, index) => {
      const found = arm.outputs[output.name];
      const of = (quantile: '0.05' | '0.5' | '0.95') => found?.quantiles[quantile][position] ?? null;
      return html`<b style="color: ${armColour(index, this.#screen.scheme)}">${arm.name}</b>
        ${significant(of('0.5'), language)} (${significant(of('0.05'), language)}–${withUnit(of('0.95'), output.unit, language)}) `;
    })}`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-over-time': OverTime;
  }
}
