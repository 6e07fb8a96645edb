// The bar above a study: title, undo, live or run, model text, share. In: the session's state. Out: `gemello-do`.
// Every button has its key in its title; on a phone words give way to glyphs with labels.
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { ModelView } from '../client.ts';
import type { Exporting } from '../downloading.ts';
import { type Command, tell } from '../events.ts';
import { type Glyph, icon } from '../icons.ts';
import { t } from '../locale.ts';
import { shared } from '../styles.ts';
import './downloads.ts';

@customElement('gemello-bar')
export class TopBar extends LitElement {
  @property({ attribute: false }) model!: ModelView;
  @property({ type: Boolean }) edited = false;
  @property({ type: Boolean }) live = true;
  @property({ type: Boolean }) running = false;
  @property({ type: Boolean }) editing = false;
  @property({ type: Boolean }) canUndo = false;
  @property({ type: Boolean }) canRedo = false;
  /** The numbers on screen are of the study as it stands. */
  @property({ type: Boolean }) ready = false;
  /** There is a chart in view. */
  @property({ type: Boolean }) chart = false;
  @property({ attribute: false }) exporting: Exporting | null = null;

  static override styles = [
    shared,
    css`
      :host { display: flex; align-items: center; gap: 6px; padding: 8px 14px; background: var(--surface); border-bottom: 1px solid var(--line); min-width: 0; }
      .home { display: inline-flex; align-items: center; gap: 4px; text-decoration: none; font-weight: 700; padding: 5px 8px 5px 2px; color: var(--accent); }
      h1 { font-size: 16px; font-weight: 600; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      .title { flex: 1; min-width: 0; display: flex; align-items: center; gap: 8px; }
      .edited { font-size: 12px; color: var(--accent); background: var(--accent-soft); border-radius: 10px; padding: 1px 9px; flex: none; }
      .divider { width: 1px; height: 22px; background: var(--line); margin: 0 4px; flex: none; }
      button[role='switch'] .track { width: 28px; height: 16px; border-radius: 8px; background: var(--control); position: relative; flex: none; }
      button[role='switch'] .track::after { content: ''; position: absolute; top: 2px; left: 2px; width: 12px; height: 12px; border-radius: 50%; background: var(--surface); transition: left 0.12s; }
      button[role='switch'][aria-checked='true'] .track { background: var(--good); }
      button[role='switch'][aria-checked='true'] .track::after { left: 14px; }
      button[aria-pressed='true'] { background: var(--accent-soft); border-color: var(--accent); color: var(--accent); }
      #model { position: fixed; inset: auto; top: 54px; left: 120px; margin: 0; max-width: min(460px, calc(100vw - 24px)); }
      #model p { margin-bottom: 8px; overflow-wrap: anywhere; }
      #model li { margin-left: 18px; overflow-wrap: anywhere; }
      @media (max-width: 760px) {
        :host { padding: 4px 8px; gap: 2px; flex-wrap: wrap; }
        .title { flex-basis: calc(100% - 44px); }
        .word, .divider, .home span { display: none; }
        button { padding: 5px 8px; min-width: 34px; justify-content: center; }
        button:not(.primary):not([role='switch']) { border-color: transparent; background: none; }
        h1 { font-size: 14px; }
        .edited { font-size: 0; padding: 0; width: 8px; height: 8px; background: var(--accent); }
        #model { left: 12px; }
      }
      @media print { :host { padding: 0 0 6px; } button, gemello-downloads, .divider, .home { display: none; } }
    `,
  ];

  override render() {
    const { model, live } = this;
    return html`
      <a class="home" href="#/" aria-label="Gemello: ${t('backToGallery')}" title=${t('backToGallery')}>${icon('back')}<span>Gemello</span></a>
      <div class="title">
        <h1 title=${model.title || model.name}>${model.title || model.name}</h1>
        ${this.edited ? html`<span class="edited" title=${t('edited')}>${t('edited')}</span>` : nothing}
        <button class="quiet icon" popovertarget="model" aria-label=${t('aboutModel')} title=${t('aboutModel')}>${icon('info')}</button>
        ${this.#about()}
      </div>
      ${this.#button('undo', 'undo', `${t('undo')} (Ctrl Z)`, '', !this.canUndo)}
      ${this.#button('redo', 'redo', `${t('redo')} (Ctrl Y)`, '', !this.canRedo)}
      <span class="divider"></span>
      <button role="switch" aria-checked=${live ? 'true' : 'false'} aria-label=${t('live')} title="${t('liveHint')} (L)" @click=${() => this.#do('live')}>
        <span class="track"></span><span class="word">${t('live')}</span>
      </button>
      ${
        this.running
          ? this.#button('cancel', 'stop', t('cancel'), t('cancel'))
          : this.#button('run', 'play', `${t('run')} (R)`, t('run'), false, live ? '' : 'primary')
      }
      <span class="divider"></span>
      <button aria-pressed=${this.editing ? 'true' : 'false'} aria-label=${t('modelText')} title="${t('modelText')} (E)" @click=${() => this.#do('editor')}>${icon('text')}<span class="word">${t('modelText')}</span></button>
      <gemello-downloads ?ready=${this.ready} ?chart=${this.chart} .exporting=${this.exporting}></gemello-downloads>
      ${this.#button('share', 'share', `${t('share')} (S)`, t('share'), false, 'primary')}
      ${this.#button('help', 'help', `${t('help')} (?)`, '')}
    `;
  }

  #button(command: Command, glyph: Glyph, title: string, word: string, disabled = false, look = '') {
    const label = word || title.replace(/ \(.*\)$/, '');
    return html`<button class="${look} ${word === '' ? 'quiet icon' : ''}" ?disabled=${disabled} aria-label=${label} title=${title}
      @click=${() => this.#do(command)}>${icon(glyph)}${word === '' ? nothing : html`<span class="word">${word}</span>`}</button>`;
  }

  #about() {
    const { question, use, licence, sources } = this.model;
    return html`<div popover id="model" role="dialog" aria-label=${t('aboutModel')}>
      ${question ? html`<p><strong>${question}</strong></p>` : nothing}
      ${use ? html`<p>${t('use')}: ${use}</p>` : nothing}
      ${licence ? html`<p>${t('licence')}: ${licence}</p>` : nothing}
      ${
        sources.length > 0
          ? html`<p>${t('source')}:</p><ul>${sources.map(({ text, reference }) => html`<li>${text} <span class="muted">${reference}</span></li>`)}</ul>`
          : nothing
      }
    </div>`;
  }

  #do(command: Command): void {
    tell(this, 'gemello-do', command);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-bar': TopBar;
  }
}
