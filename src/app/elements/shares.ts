// Shares as bars that are dragged: a finger, a pointer or the arrow keys move one, the others give way. In: names, shares, the
// shares before weights. Out: `gemello-shares`, while it moves and when it is let go. Each bar is a slider of its own.
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { tell } from '../events.ts';
import { percent } from '../format.ts';
import { language, t } from '../locale.ts';
import { shared } from '../styles.ts';
import { dragged } from '../weights.ts';

/** What a key moves a bar by, of 1. */
const STEPS: Readonly<Record<string, number>> = {
  ArrowUp: 0.01,
  ArrowRight: 0.01,
  ArrowDown: -0.01,
  ArrowLeft: -0.01,
  PageUp: 0.05,
  PageDown: -0.05,
};

@customElement('gemello-shares')
export class Shares extends LitElement {
  /** Of each bar, spoken and in a title. */
  @property({ attribute: false }) names: readonly string[] = [];
  /** Under each bar; one more than bars are its edges. */
  @property({ attribute: false }) marks: readonly string[] = [];
  @property({ attribute: false }) shares: readonly number[] = [];
  /** As the patients are drawn; null while that is not known. */
  @property({ attribute: false }) drawn: readonly number[] | null = null;
  @property() label = '';
  /** The bar that is held, and the axis as it was when it was taken: the ground does not move under a finger. */
  @state() private held: { readonly bar: number; readonly top: number } | null = null;
  #last: readonly number[] = [];

  static override styles = [
    shared,
    css`
      :host { display: block; }
      .bars { display: flex; gap: 2px; height: 104px; align-items: stretch; touch-action: none; user-select: none; }
      .bar { flex: 1; min-width: 0; position: relative; cursor: ns-resize; border-radius: 3px; background: var(--raised); }
      .fill { position: absolute; inset: auto 0 0; background: color-mix(in srgb, var(--accent) 55%, transparent); border-top: 3px solid var(--accent); border-radius: 2px 2px 0 0; min-height: 3px; }
      .bar:hover .fill, .bar.held .fill { background: color-mix(in srgb, var(--accent) 75%, transparent); }
      .before { position: absolute; left: 1px; right: 1px; height: 0; border-top: 2px dashed var(--ink); opacity: 0.65; pointer-events: none; }
      .bar b { position: absolute; left: -8px; right: -8px; bottom: 100%; text-align: center; font-size: 11px; font-weight: 600; pointer-events: none; z-index: 1; }
      .marks { display: flex; gap: 2px; font-size: 10px; color: var(--muted); padding-top: 2px; line-height: 1.15; }
      .marks.edges { position: relative; height: 14px; }
      .marks.edges span { position: absolute; translate: -50% 0; }
      .marks span { flex: 1; min-width: 0; text-align: center; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-variant-numeric: tabular-nums; }
      .frame { padding-top: 16px; }
    `,
  ];

  override render() {
    const { shares, names, drawn, held } = this;
    const top = held?.top ?? this.#top();
    const edges = this.marks.length > shares.length;
    const high = (share: number) => `${Math.min(100, (100 * share) / top)}%`;
    return html`<div class="frame" role="group" aria-label=${this.label}>
      <div class="bars">${shares.map((share, bar) => {
        const words = `${names[bar] ?? ''}: ${percent(share, language)}`;
        const own = drawn?.[bar];
        return html`<div class="bar ${held?.bar === bar ? 'held' : ''}" role="slider" tabindex="0" title=${words} aria-orientation="vertical"
          aria-label=${names[bar] ?? ''} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round(1000 * share) / 10}
          aria-valuetext=${own === undefined ? percent(share, language) : t('shareBefore', { share: percent(share, language), before: percent(own, language) })}
          @pointerdown=${(event: PointerEvent) => this.#take(event, bar)} @pointermove=${(event: PointerEvent) => this.#move(event, bar)}
          @pointerup=${this.#release} @pointercancel=${this.#release} @keydown=${(event: KeyboardEvent) => this.#key(event, bar)} @keyup=${this.#settle} @blur=${this.#settle}>
          <div class="fill" style="height: ${high(share)}">${held?.bar === bar ? html`<b>${percent(share, language, 0)}</b>` : nothing}</div>
          ${own === undefined ? nothing : html`<div class="before" style="bottom: ${high(own)}"></div>`}
        </div>`;
      })}</div>
      <div class="marks ${edges ? 'edges' : ''}" aria-hidden="true">${this.marks.map((mark, at) => html`<span style=${edges ? `left: ${(100 * at) / shares.length}%` : ''}>${mark}</span>`)}</div>
    </div>`;
  }

  /** Room above the tallest bar, to drag it to. */
  #top(): number {
    return Math.min(1, 1.6 * Math.max(0.05, ...this.shares, ...(this.drawn ?? [])));
  }

  #take(event: PointerEvent, bar: number): void {
    if (event.button !== 0) return;
    event.preventDefault();
    const at = event.currentTarget as HTMLElement;
    at.focus();
    at.setPointerCapture(event.pointerId);
    this.held = { bar, top: this.#top() };
    this.#last = this.shares;
  }

  #move(event: PointerEvent, bar: number): void {
    if (this.held?.bar !== bar) return;
    const { bottom, height } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    this.#say(
      dragged(this.shares, bar, Math.max(0, (this.held.top * (bottom - event.clientY)) / height)),
      'drag',
    );
  }

  readonly #release = () => {
    if (this.held === null) return;
    this.held = null;
    if (this.#last !== this.shares) this.#say(this.shares, 'settle');
  };

  #key(event: KeyboardEvent, bar: number): void {
    const step = STEPS[event.key];
    const now = this.shares[bar] ?? 0;
    const to = event.key === 'Home' ? 0 : event.key === 'End' ? 1 : step === undefined ? null : now + step;
    if (to === null) return;
    event.preventDefault();
    this.#moving = true;
    this.#say(dragged(this.shares, bar, to), 'drag');
  }

  #moving = false;

  /** One step of undo for as long as a key is held. */
  readonly #settle = () => {
    if (!this.#moving) return;
    this.#moving = false;
    this.#say(this.shares, 'settle');
  };

  #say(shares: readonly number[], phase: 'drag' | 'settle'): void {
    this.shares = shares;
    tell(this, 'gemello-shares', { shares, phase });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-shares': Shares;
  }
}
