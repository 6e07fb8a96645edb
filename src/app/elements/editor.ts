// The model text in a plain editor: line numbers, live diagnostics with line, caret and hint. In: text, diagnostics.
// Out: `gemello-type` at every change. A click on a problem goes there. The text is never taken for markup.
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { Diagnostic } from '../../language/diagnostic.ts';
import { tell } from '../events.ts';
import { icon } from '../icons.ts';
import { t } from '../locale.ts';
import { shared } from '../styles.ts';
import { problemList, problemStyles } from './problem-list.ts';

@customElement('gemello-editor')
export class Editor extends LitElement {
  @property() text = '';
  @property({ attribute: false }) diagnostics: readonly Diagnostic[] = [];
  @query('textarea') private area!: HTMLTextAreaElement;
  @query('.numbers') private numbers!: HTMLElement;
  /** The text that the diagnostics' spans are of: theirs lags behind typing. */
  @state() private lines = 1;

  static override styles = [
    shared,
    problemStyles,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; background: var(--surface); border: 1px solid var(--line); border-radius: var(--radius); overflow: hidden; }
      .head { display: flex; align-items: center; gap: 8px; padding: 6px 8px 6px 14px; border-bottom: 1px solid var(--line); }
      h2 { font-size: 14px; font-weight: 600; flex: 1; }
      .count { font-size: 12px; color: var(--good); }
      .count.bad { color: var(--bad); }
      .paper { flex: 1; min-height: 120px; display: grid; grid-template-columns: auto 1fr; overflow: hidden; font: 12.5px/19px var(--mono); }
      .numbers { overflow: hidden; text-align: right; padding: 8px 8px 8px 10px; color: var(--muted); background: var(--raised); user-select: none; white-space: pre; margin: 0; font: inherit; }
      .numbers b { color: var(--bad); font-weight: 700; }
      textarea { border: 0; border-radius: 0; resize: none; padding: 8px 10px; font: inherit; white-space: pre; overflow: auto; tab-size: 2; width: 100%; height: 100%; }
      textarea:focus-visible { outline-offset: -2px; }
      .problems { max-height: 38%; border-top: 1px solid var(--line); }
      @media print { .head button { display: none; } }
    `,
  ];

  override willUpdate(): void {
    this.lines = this.text.split('\n').length;
  }

  override render() {
    const { diagnostics, text, lines } = this;
    const count = diagnostics.length;
    const wrong = new Set(diagnostics.map(({ line }) => line));
    return html`
      <div class="head">
        <h2 id="title">${t('modelText')}</h2>
        <span class="count ${count > 0 ? 'bad' : ''}" role="status">${count === 0 ? t('noProblems') : t(count === 1 ? 'problemsOne' : 'problems', { n: count })}</span>
        <button class="quiet" @click=${() => tell(this, 'gemello-do', 'save model')} title=${t('saveModel')} aria-label=${t('saveModel')}>${icon('save')}</button>
        <button class="quiet icon" @click=${() => tell(this, 'gemello-do', 'editor')} aria-label=${t('close')}>${icon('close')}</button>
      </div>
      <div class="paper">
        <pre class="numbers" aria-hidden="true">${Array.from({ length: lines }, (_, index) => (wrong.has(index + 1) ? html`<b>${index + 1}</b>\n` : `${index + 1}\n`))}</pre>
        <textarea aria-labelledby="title" spellcheck="false" autocapitalize="off" autocomplete="off" wrap="off"
          aria-invalid=${diagnostics.some(({ severity }) => severity === 'error') ? 'true' : 'false'}
          .value=${text} @input=${this.#typed} @scroll=${this.#scrolled} @keydown=${this.#key}></textarea>
      </div>
      ${count > 0 ? problemList(diagnostics, text, (one) => this.#goTo(one)) : nothing}
    `;
  }

  #goTo({ span, line }: Diagnostic): void {
    const { area } = this;
    area.focus();
    area.setSelectionRange(span.start, Math.max(span.end, span.start));
    area.scrollTop = Math.max(0, (line - 5) * 19);
  }

  #typed(): void {
    this.text = this.area.value;
    tell(this, 'gemello-type', { text: this.area.value });
  }

  #scrolled(): void {
    this.numbers.scrollTop = this.area.scrollTop;
  }

  /** Escape leaves the editor, so that Tab keeps moving the focus for those without a mouse. */
  #key(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.area.blur();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-editor': Editor;
  }
}
