// Shares as bars, an arm each: plain bars with numbers, readable without a chart library. In: arms with their shares. Out:
// pixels, and a picture of the same.
import { css, html, LitElement, svg } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { armColour } from '../charts/palette.ts';
import { barsHeight, barsPicture, type PaperSize, type PicturedBar, paperOf } from '../charts/pictures.ts';
import { Screen } from '../locale.ts';
import { shared } from '../styles.ts';

@customElement('gemello-bars')
export class Bars extends LitElement {
  @property({ attribute: false }) bars: readonly PicturedBar[] = [];
  readonly #screen = new Screen(this);

  static override styles = [
    shared,
    css`
      :host { display: grid; grid-template-columns: minmax(60px, max-content) 1fr minmax(62px, max-content); gap: 8px 10px; align-items: center; padding: 12px 4px; max-width: 100%; }
      .arm { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; max-width: 130px; }
      svg { opacity: var(--faded, 1); width: 100%; height: 20px; border-radius: 3px; background: var(--raised); print-color-adjust: exact; }
        .number { white-space: nowrap; text-align: right; font-weight: 600; font-variant-numeric: tabular-nums; }
    `,
  ];

  get paperSize(): PaperSize {
    return paperOf(this.clientWidth, barsHeight(this.bars));
  }

  /** What is drawn, so many pixels to one of the screen's. */
  snapshot(ratio: number): HTMLCanvasElement | null {
    return barsPicture(this.bars, this.paperSize, ratio, this.#screen.scheme);
  }

  override render() {
    const { scheme } = this.#screen;
    return this.bars.map(
      ({ name, share, said }, index) => html`<span class="arm" title=${name}>${name}</span>
        <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
          ${svg`<rect x="0" y="0" width=${100 * share} height="10" fill=${armColour(index, scheme)}></rect>`}
        </svg>
        <span class="number">${said}</span>`,
    );
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-bars': Bars;
  }
}
