// A canvas with a chart on it, its words, and a cross-hair for pointer and arrow keys. In: a configuration and what
// to say about a position. Out: pixels, and `reading` below them. It knows nothing of results.
import type { ChartConfiguration } from 'chart.js';
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { type LineChart, openChart, redraw } from '../charts/draw.ts';
import { marksOf } from '../charts/marks.ts';
import { shared } from '../styles.ts';

@customElement('gemello-chart')
export class ChartCanvas extends LitElement {
  @property({ attribute: false }) configuration: ChartConfiguration<'line'> | null = null;
  /** Where the cross-hair may stand, on the x axis; empty for none. */
  @property({ attribute: false }) positions: readonly number[] = [];
  /** What to say at a position, or with the pointer away. */
  @property({ attribute: false }) reading: (position: number | null) => TemplateResult | string = () => '';
  @property() label = '';
  @query('canvas') private canvas!: HTMLCanvasElement;
  @state() private position: number | null = null;
  #chart: LineChart | null = null;
  #frame = 0;

  static override styles = [
    shared,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; min-width: 0; }
      .paper { position: relative; flex: 1; min-height: 0; min-width: 0; }
      canvas { position: absolute; inset: 0; border-radius: 4px; touch-action: pan-y; }
      .reading { font-size: 12px; color: var(--muted); min-height: 18px; line-height: 18px; padding-left: 4px; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
    `,
  ];

  override render() {
    return html`
      <div class="paper">
        <canvas role="img" tabindex="0" aria-label=${this.label}
          @pointermove=${this.#point} @pointerleave=${this.#leave} @blur=${this.#leave} @keydown=${this.#key}></canvas>
      </div>
      ${this.positions.length > 0 ? html`<div class="reading" aria-live="polite">${this.reading(this.position)}</div>` : nothing}
    `;
  }

  override updated(changed: PropertyValues): void {
    if (!changed.has('configuration') || this.#frame !== 0) return;
    // Several results may arrive between two frames; the last one is drawn.
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      if (!this.isConnected || !this.configuration) return;
      if (this.#chart) redraw(this.#chart, this.configuration);
      else this.#chart = openChart(this.canvas, this.configuration);
      this.#showCursor();
    });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.requestUpdate('configuration', null);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#chart?.destroy();
    this.#chart = null;
  }

  #point(event: PointerEvent): void {
    const x = this.#chart?.scales.x;
    if (!x) return;
    const value = x.getValueForPixel(event.offsetX);
    if (value !== undefined) this.#moveTo(nearest(this.positions, value));
  }

  #leave(): void {
    this.#moveTo(null);
  }

  #key(event: KeyboardEvent): void {
    const last = this.positions.length - 1;
    if (last < 0) return;
    const now = this.position ?? last;
    const far = Math.max(1, Math.round(last / 20));
    const next = {
      ArrowLeft: now - 1,
      ArrowRight: this.position === null ? 0 : now + 1,
      PageDown: now - far,
      PageUp: now + far,
      Home: 0,
      End: last,
    }[event.key];
    if (event.key === 'Escape') this.#moveTo(null);
    else if (next !== undefined) this.#moveTo(Math.min(last, Math.max(0, next)));
    else return;
    event.preventDefault();
  }

  #moveTo(position: number | null): void {
    if (position === this.position) return;
    this.position = position;
    this.#showCursor();
  }

  #showCursor(): void {
    const options = this.#chart && marksOf(this.#chart);
    if (!this.#chart || !options) return;
    const cursor = this.position === null ? null : (this.positions[this.position] ?? null);
    if (options.cursor === cursor) return;
    options.cursor = cursor;
    this.#chart.draw();
  }
}

function nearest(sorted: readonly number[], value: number): number | null {
  let best: number | null = null;
  let distance = Number.POSITIVE_INFINITY;
  sorted.forEach((candidate, index) => {
    const away = Math.abs(candidate - value);
    if (away < distance) {
      best = index;
      distance = away;
    }
  });
  return best;
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-chart': ChartCanvas;
  }
}
