// A canvas with a chart on it, its words, a cross-hair and a choice among sample curves, for pointer and keys. In: a
// configuration, what to say about a position, and in its slot what stands in line with the time axis. Out: pixels, `reading`
// below them, `gemello-sample`, `gemello-area`. It knows no results.
import type { ChartConfiguration } from 'chart.js';
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { type LineChart, openChart, redraw } from '../charts/draw.ts';
import { marksOf, sampleNear, samplesByHeight } from '../charts/marks.ts';
import { type ChartArea, tell } from '../events.ts';
import { shared } from '../styles.ts';

/** Pixels from a thin line within which a pointer means it. */
const REACH = 8;
/** A finger is broader. */
const REACH_OF_TOUCH = 16;

@customElement('gemello-chart')
export class ChartCanvas extends LitElement {
  @property({ attribute: false }) configuration: ChartConfiguration<'line'> | null = null;
  /** Where the cross-hair may stand, on the x axis; empty for none. */
  @property({ attribute: false }) positions: readonly number[] = [];
  /** What to say at a position, or with the pointer away; `sample`: a curve that a key has picked. */
  @property({ attribute: false }) reading: (
    position: number | null,
    sample: number | null,
  ) => TemplateResult | string = () => '';
  @property() label = '';
  @query('canvas') private canvas!: HTMLCanvasElement;
  @state() private position: number | null = null;
  /** The sample curve that a click or Enter would choose. */
  @state() private picked: number | null = null;
  @state() private keys = false;
  #chart: LineChart | null = null;
  #frame = 0;
  #area: ChartArea = { left: 0, right: 0, width: 0 };

  static override styles = [
    shared,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; min-width: 0; }
      .paper { opacity: var(--faded, 1); position: relative; flex: 1; min-height: 90px; min-width: 0; }
      canvas.picking { cursor: pointer; }
      canvas { position: absolute; inset: 0; border-radius: 4px; touch-action: pan-y; }
      .reading { font-size: 12px; color: var(--muted); min-height: 18px; line-height: 18px; padding-left: 4px; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
    `,
  ];

  /** In CSS pixels. */
  get paperSize(): { readonly width: number; readonly height: number } {
    return { width: this.canvas.clientWidth, height: this.canvas.clientHeight };
  }

  /** What is drawn, so many pixels to one of the screen's; null before there is something. */
  snapshot(ratio: number): HTMLCanvasElement | null {
    const chart = this.#chart;
    if (!chart) return null;
    const copy = document.createElement('canvas');
    const draw = (pixels: number) => {
      chart.options.devicePixelRatio = pixels;
      chart.resize(this.canvas.clientWidth, this.canvas.clientHeight);
    };
    draw(ratio);
    [copy.width, copy.height] = [this.canvas.width, this.canvas.height];
    copy.getContext('2d')?.drawImage(this.canvas, 0, 0);
    draw(devicePixelRatio);
    return copy;
  }

  override render() {
    return html`
      <div class="paper" part="paper">
        <canvas role="img" tabindex="0" aria-label=${this.label} class=${this.picked === null ? '' : 'picking'}
          @pointermove=${this.#point} @click=${this.#click} @pointerleave=${this.#leave} @blur=${this.#leave} @keydown=${this.#key}></canvas>
      </div>
      <slot></slot>
      ${this.positions.length > 0 ? html`<div class="reading" aria-live="polite">${this.reading(this.position, this.keys ? this.picked : null)}</div>` : nothing}
    `;
  }

  override updated(changed: PropertyValues): void {
    if (!changed.has('configuration') || this.#frame !== 0) return;
    // Several results may arrive between two frames; the last one is drawn.
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      if (!this.isConnected || !this.configuration) return;
      if (this.#chart) redraw(this.#chart, this.configuration);
      else this.#chart = openChart(this.canvas, this.configuration, (area) => this.#moved(area));
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

  /** What stands in line with the time axis moves with it. */
  #moved(area: ChartArea): void {
    const { left, right, width } = this.#area;
    if (area.left === left && area.right === right && area.width === width) return;
    this.#area = area;
    tell(this, 'gemello-area', area);
  }

  #point(event: PointerEvent): void {
    const x = this.#chart?.scales.x;
    if (!x) return;
    const value = x.getValueForPixel(event.offsetX);
    this.keys = false;
    if (value !== undefined) this.#moveTo(nearest(this.positions, value), this.#sampleAt(event));
  }

  #sampleAt({ offsetX, offsetY, pointerType }: PointerEvent): number | null {
    const chart = this.#chart;
    const samples = chart && marksOf(chart)?.samples;
    if (!samples || samples.length === 0) return null;
    const reach = pointerType === 'touch' ? REACH_OF_TOUCH : REACH;
    return sampleNear(chart, samples, { x: offsetX, y: offsetY }, reach);
  }

  #click(event: PointerEvent): void {
    const index = this.#sampleAt(event);
    if (index !== null) tell(this, 'gemello-sample', { index });
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
    else if (next !== undefined) this.#moveTo(Math.min(last, Math.max(0, next)), this.picked);
    else if (event.key === 'ArrowUp' || event.key === 'ArrowDown')
      this.#pick(event.key === 'ArrowUp' ? 1 : -1);
    else if (event.key === 'Enter' && this.picked !== null)
      tell(this, 'gemello-sample', { index: this.picked });
    else return;
    event.preventDefault();
  }

  /** The next curve above or below the picked one, where the cross-hair stands, or at the end. */
  #pick(step: 1 | -1): void {
    const samples = (this.#chart && marksOf(this.#chart)?.samples) ?? [];
    const order = samplesByHeight(samples, this.position ?? this.positions.length - 1);
    const now = this.picked === null ? -1 : order.indexOf(this.picked);
    const next = now < 0 ? (step > 0 ? 0 : order.length - 1) : now + step;
    this.keys = true;
    this.#moveTo(this.position, order[Math.min(order.length - 1, Math.max(0, next))] ?? null);
  }

  #moveTo(position: number | null, picked: number | null = null): void {
    if (position === this.position && picked === this.picked) return;
    this.position = position;
    this.picked = picked;
    this.#showCursor();
  }

  #showCursor(): void {
    const options = this.#chart && marksOf(this.#chart);
    if (!this.#chart || !options) return;
    const cursor = this.position === null ? null : (this.positions[this.position] ?? null);
    if (options.cursor === cursor && (options.picked ?? null) === this.picked) return;
    options.cursor = cursor;
    options.picked = this.picked;
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
