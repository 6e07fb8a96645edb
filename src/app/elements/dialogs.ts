// The page's two dialogs: a link to share, and the keys. In: the link. Out: a copy on the clipboard, `gemello-do`.
// Native <dialog>: focus, Escape and the backdrop are the browser's.
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { tell } from '../events.ts';
import { whole } from '../format.ts';
import { icon } from '../icons.ts';
import { language, t } from '../locale.ts';
import type { Key } from '../strings.ts';
import { shared } from '../styles.ts';

const sheet = [
  shared,
  css`
    .head { display: flex; align-items: center; justify-content: space-between; margin-bottom: 10px; }
    h2 { font-size: 17px; }
    .actions { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 12px; align-items: center; }
    input { width: 100%; margin-top: 12px; font: 12px var(--mono); min-height: 34px; }
    dl { display: grid; grid-template-columns: auto 1fr; gap: 8px 16px; align-items: center; }
    kbd { font: 12px var(--mono); border: 1px solid var(--line); border-bottom-width: 2px; border-radius: 4px; padding: 1px 7px; background: var(--raised); }
    .note { margin-top: 12px; font-size: 13px; color: var(--muted); }
    .warn { color: var(--warn); }
  `,
];

@customElement('gemello-share')
export class ShareDialog extends LitElement {
  @property() link = '';
  /** False when the numbers on screen are of another study, so the link carries none. */
  @property({ type: Boolean }) carries = false;
  /** The file that the study's patients come from. */
  @property({ attribute: false }) table: string | null = null;
  @query('dialog') private dialog!: HTMLDialogElement;
  @state() private outcome: 'copied' | 'copyFailed' | null = null;

  static override styles = sheet;

  override render() {
    return html`<dialog aria-labelledby="title">
      <div class="head">
        <h2 id="title">${t('shareTitle')}</h2>
        <button class="quiet icon" aria-label=${t('close')} @click=${() => this.dialog.close()}>${icon('close')}</button>
      </div>
      <p>${t('shareText')}</p>
      <input readonly aria-label=${t('share')} .value=${this.link} @focus=${(event: Event) => (event.target as HTMLInputElement).select()} />
      <p class="note">${t('linkLength', { n: whole(this.link.length, language) })}</p>
      ${this.table === null ? nothing : html`<p class="note warn table">${t('tableStays', { name: this.table })}</p>`}
      ${this.carries ? nothing : html`<p class="note warn">${t('shareFresh')}</p>`}
      <div class="actions">
        <button class="primary" @click=${this.#copy}>${icon('share')} ${t('copy')}</button>
        <button @click=${() => tell(this, 'gemello-do', 'save study')}>${icon('save')} ${t('saveStudy')}</button>
        <span role="status">${this.outcome ? t(this.outcome) : nothing}</span>
      </div>
    </dialog>`;
  }

  get open(): boolean {
    return this.dialog?.open ?? false;
  }

  async show(): Promise<void> {
    this.outcome = null;
    await this.updateComplete;
    if (!this.dialog.open) this.dialog.showModal();
  }

  async #copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.link);
      this.outcome = 'copied';
    } catch {
      // No permission, or no secure context: the link stands selected in its box.
      this.outcome = 'copyFailed';
      this.renderRoot.querySelector('input')?.focus();
    }
  }
}

const KEYS: readonly (readonly [string, Key])[] = [
  ['R', 'keyRun'],
  ['L', 'keyLive'],
  ['S', 'keyShare'],
  ['E', 'keyEditor'],
  ['1 2 3 …', 'keyTabs'],
  ['Ctrl Z, Ctrl Y', 'keyUndo'],
  ['Esc', 'keyEscape'],
  ['?', 'keyHelp'],
];

@customElement('gemello-help')
export class HelpDialog extends LitElement {
  @query('dialog') private dialog!: HTMLDialogElement;

  static override styles = sheet;

  override render() {
    return html`<dialog aria-labelledby="title">
      <div class="head">
        <h2 id="title">${t('help')}</h2>
        <button class="quiet icon" aria-label=${t('close')} @click=${() => this.dialog.close()}>${icon('close')}</button>
      </div>
      <dl>${KEYS.map(([key, word]) => html`<dt><kbd>${key}</kbd></dt><dd>${t(word)}</dd>`)}</dl>
      <p class="note">${t('keysSlider')}</p>
    </dialog>`;
  }

  show(): void {
    if (!this.dialog.open) this.dialog.showModal();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-share': ShareDialog;
    'gemello-help': HelpDialog;
  }
}
