// A forest plot that is a table too: a row with name, dot and whisker on the common axis, and the numbers. In: rows, an axis,
// what its sides mean. Out: pixels and words. It computes nothing and knows no results.
import { css, html, LitElement, nothing, svg } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Said } from '../charts/compare-words.ts';
import { type Estimate, type ForestAxis, placeOn } from '../charts/forest.ts';
import { armColour, armDash, CHART_COLOURS } from '../charts/palette.ts';
import {
  forestHeight,
  forestPicture,
  type PaperSize,
  type PicturedForest,
  paperOf,
} from '../charts/pictures.ts';
import { significant } from '../format.ts';
import { swatchOf } from '../icons.ts';
import { language, Screen, t } from '../locale.ts';
import { shared, swatch } from '../styles.ts';

export interface ForestRow {
  readonly name: string;
  /** Whose colour and dashes; null: in ink. */
  readonly arm: number | null;
  /** A line of its own above the row. */
  readonly heading?: string;
  /** In small letters after the name. */
  readonly aside?: string;
  readonly estimate: Estimate | null;
  readonly said: Said | null;
  /** In place of numbers that do not exist. */
  readonly why?: string;
  /** Drawn as a diamond: of all patients. */
  readonly whole?: boolean;
}

const HEIGHT = 26;
const MIDDLE = HEIGHT / 2;

@customElement('gemello-forest')
export class Forest extends LitElement {
  @property({ attribute: false }) rows: readonly ForestRow[] = [];
  @property({ attribute: false }) axis: ForestAxis | null = null;
  /** A dashed line through all rows; null for none. */
  @property({ attribute: false }) mark: number | null = null;
  /** What the table is of. */
  @property() label = '';
  /** What the numbers are: `mean difference`. */
  @property() measure = '';
  /** What lies to either side of no difference. */
  @property({ attribute: false }) sides: readonly [string, string] | null = null;
  readonly #screen = new Screen(this);

  static override styles = [
    shared,
    swatch,
    css`
      :host { display: block; min-width: 0; }
      .table { display: grid; grid-template-columns: fit-content(215px) minmax(110px, 1fr) max-content; column-gap: 10px; align-items: center; }
      .row, .axis { display: contents; }
      .name { display: flex; align-items: center; gap: 6px; min-width: 0; padding: 2px 0 2px 4px; font-size: 13px; line-height: 1.2; }
      .name span { overflow-wrap: anywhere; min-width: 0; }
      .name small { color: var(--muted); font-size: 11px; white-space: nowrap; }
      .indent { padding-left: 14px; }
      .heading { grid-column: 1 / -1; font-size: 12px; font-weight: 600; color: var(--muted); padding: 6px 4px 0; }
      .whole { font-weight: 600; }
      .drawing { min-width: 0; }
      .drawing svg { display: block; width: 100%; height: ${HEIGHT}px; overflow: visible; opacity: var(--faded, 1); print-color-adjust: exact; }
      .said { font-size: 13px; font-variant-numeric: tabular-nums; line-height: 1.2; padding-right: 4px; }
      .said b { font-weight: 600; }
      .said span { color: var(--muted); font-size: 12px; }
      .said .why { white-space: normal; max-width: 150px; display: inline-block; }
      .scale { position: relative; height: 16px; font-size: 11px; color: var(--muted); font-variant-numeric: tabular-nums; }
      .scale span { position: absolute; translate: -50% 0; white-space: nowrap; }
      .sides { grid-column: 2; position: relative; display: flex; justify-content: space-between; gap: 12px; font-size: 11px; color: var(--muted); }
      .sides span { overflow-wrap: anywhere; min-width: 0; }
      .sides span:last-child { text-align: right; }
      @media (max-width: 760px) {
        .table { grid-template-columns: minmax(0, 1fr) max-content; }
        .name { grid-column: 1; }
        .said { grid-column: 2; text-align: right; }
        .drawing, .sides, .scale { grid-column: 1 / -1; }
      }
    `,
  ];

  get paperSize(): PaperSize {
    return paperOf(this.clientWidth, forestHeight(this.#pictured));
  }

  /** What is drawn, so many pixels to one of the screen's. */
  snapshot(ratio: number): HTMLCanvasElement | null {
    return forestPicture(this.#pictured, this.paperSize, ratio, this.#screen.scheme);
  }

  get #pictured(): PicturedForest {
    const rows = this.rows.map(({ name, aside = '', arm, heading, estimate, said, why, whole = false }) => ({
      name,
      aside,
      arm,
      ...(heading !== undefined && { heading }),
      estimate,
      number: said?.number ?? '',
      interval: said ? said.interval && `(${said.interval})` : (why ?? t('noDifference')),
      whole,
    }));
    const { axis, mark, sides } = this;
    return { rows, axis, mark, sides, tick: (value) => significant(value, language) };
  }

  override render() {
    const { axis } = this;
    const { compact } = this.#screen;
    // On a phone the drawing lies under name and numbers.
    return html`<div class="table" role="table" aria-label=${this.label}>
      <div class="row" role="row"><span class="hidden-words" role="columnheader">${this.label}</span><span class="hidden-words" role="columnheader">${this.measure}</span></div>
      ${this.rows.map((row) => this.#row(row, compact))}
      ${axis ? this.#scale(axis, compact) : nothing}
    </div>`;
  }

  #row(row: ForestRow, compact: boolean) {
    const { name, arm, heading, aside, whole = false } = row;
    const drawing = html`<div class="drawing" aria-hidden="true">${this.#drawing(row)}</div>`;
    return html`${heading === undefined ? nothing : html`<div class="row" role="row"><div class="heading" role="cell">${heading}</div></div>`}
      <div class="row" role="row">
        <div class="name ${whole ? 'whole' : ''} ${arm === null && !whole ? 'indent' : ''}" role="rowheader">${arm === null ? nothing : swatchOf(arm, this.#screen.scheme)}
          <span>${name} ${aside ? html`<small>${aside}</small>` : nothing}</span></div>
        ${compact ? nothing : drawing}
        <div class="said" role="cell">${this.#said(row)}</div>
        ${compact ? drawing : nothing}
      </div>`;
  }

  #said({ said, why }: ForestRow) {
    if (!said) return html`<span class="why">${why ?? t('noDifference')}</span>`;
    return html`<b>${said.number}</b> ${said.interval === '' ? nothing : html`<span>(${said.interval})</span>`}`;
  }

  #drawing({ estimate, arm, whole = false }: ForestRow) {
    const { axis, mark } = this;
    if (!axis) return nothing;
    const { scheme } = this.#screen;
    const colours = CHART_COLOURS[scheme];
    const at = (value: number) => `${(100 * placeOn(axis, value)).toFixed(3)}%`;
    const upright = (value: number, colour: string, dash = '') =>
      svg`<line x1=${at(value)} x2=${at(value)} y1="0" y2=${HEIGHT} stroke=${colour} stroke-dasharray=${dash}></line>`;
    const colour = arm === null ? colours.ink : armColour(arm, scheme);
    return html`<svg>
      ${axis.ticks.map((tick) => upright(tick, colours.grid))}
      ${axis.none === null ? nothing : upright(axis.none, colours.muted)}
      ${mark === null ? nothing : upright(mark, colours.ink, '3 3')}
      ${estimate ? this.#estimate(estimate, axis, colour, whole ? [] : armDash(arm ?? 0), whole) : nothing}
    </svg>`;
  }

  #estimate(
    { value, interval }: Estimate,
    axis: ForestAxis,
    colour: string,
    dash: readonly number[],
    diamond: boolean,
  ) {
    const at = (share: number) => `${(100 * share).toFixed(3)}%`;
    const [from, to] = interval.map((end) => placeOn(axis, end)) as [number, number];
    const whisker = Number.isFinite(from) && Number.isFinite(to);
    const arrow = (share: number, way: 1 | -1) =>
      svg`<svg x=${at(share)} y=${MIDDLE} overflow="visible"><path d="M0 0L${-7 * way} -4V4Z" fill=${colour}></path></svg>`;
    const cap = (share: number) =>
      svg`<svg x=${at(share)} y=${MIDDLE} overflow="visible"><path d="M0 -4V4" stroke=${colour} stroke-width="1.5"></path></svg>`;
    const end = (share: number, way: 1 | -1) =>
      way * share > Math.max(0, way) ? arrow(Math.max(0, way), way) : cap(share);
    const x = at(Math.min(1, Math.max(0, placeOn(axis, value))));
    return svg`
      ${whisker ? svg`<line x1=${at(Math.max(0, from))} x2=${at(Math.min(1, to))} y1=${MIDDLE} y2=${MIDDLE} stroke=${colour} stroke-width="2.5" stroke-dasharray=${dash.join(' ')}></line>` : nothing}
      ${whisker ? [end(from, -1), end(to, 1)] : nothing}
      <svg x=${x} y=${MIDDLE} overflow="visible">${
        diamond
          ? svg`<path d="M-7 0L0 -5L7 0L0 5Z" fill=${colour}></path>`
          : svg`<circle r="4.5" fill=${colour}></circle>`
      }</svg>`;
  }

  #scale(axis: ForestAxis, compact: boolean) {
    const at = (value: number) => `left: ${(100 * placeOn(axis, value)).toFixed(3)}%`;
    return html`<div class="axis" aria-hidden="true">
      ${compact ? nothing : html`<span></span>`}
      <div class="scale">${axis.ticks.map((tick) => html`<span style=${at(tick)}>${significant(tick, language)}</span>`)}</div>
      ${compact ? nothing : html`<span></span>`}
      ${this.sides ? html`<div class="sides"><span>← ${this.sides[0]}</span><span>${this.sides[1]} →</span></div>` : nothing}
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-forest': Forest;
  }
}
