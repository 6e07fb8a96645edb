// What can be taken home, behind one button: numbers as tables or whole, every patient, the picture in view, the study. In:
// whether the numbers are up to date, how far an export is. Out: `gemello-download`, `gemello-do`. Nothing is uploaded.
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import type { Download, Exporting } from '../downloading.ts';
import { tell } from '../events.ts';
import { percent } from '../format.ts';
import { icon } from '../icons.ts';
import { language, t } from '../locale.ts';
import type { Key } from '../strings.ts';
import { shared } from '../styles.ts';

/** One line each: what it is, and in which formats. */
const FILES: readonly { readonly word: Key; readonly files: readonly (readonly [string, Download])[] }[] = [
  {
    word: 'saveSummary',
    files: [
      ['CSV', { kind: 'summary', format: 'csv' }],
      ['Parquet', { kind: 'summary', format: 'parquet' }],
      ['JSON', { kind: 'result' }],
    ],
  },
  {
    word: 'savePatients',
    files: [
      ['CSV', { kind: 'patients', format: 'csv' }],
      ['Parquet', { kind: 'patients', format: 'parquet' }],
    ],
  },
  { word: 'saveView', files: [['PNG', { kind: 'picture' }]] },
];

@customElement('gemello-downloads')
export class Downloads extends LitElement {
  /** The numbers on screen are of the study as it stands, and of all its patients. */
  @property({ type: Boolean }) ready = false;
  /** There is a chart in view. */
  @property({ type: Boolean }) chart = false;
  @property({ attribute: false }) exporting: Exporting | null = null;
  @query('#files') private menu!: HTMLElement;

  static override styles = [
    shared,
    css`
      :host { display: inline-flex; }
      #files { position: fixed; inset: auto; top: 54px; right: 14px; margin: 0; width: min(376px, calc(100vw - 24px)); max-width: none; }
      .line { display: flex; flex-wrap: wrap; gap: 4px 6px; align-items: center; padding: 5px 0; }
      .line span { flex: 1 1 120px; }
      .line button { min-height: 28px; padding: 2px 10px; font-size: 13px; }
      hr { border: 0; border-top: 1px solid var(--line); margin: 5px 0; }
      p { font-size: 12px; color: var(--muted); padding-top: 4px; }
      .old { color: var(--warn); }
      .failed { color: var(--bad); overflow-wrap: anywhere; }
      .progress { display: flex; gap: 8px; align-items: center; padding: 3px 0; font-variant-numeric: tabular-nums; }
      progress { flex: 1; min-width: 0; height: 8px; accent-color: var(--accent); }
      @media (max-width: 760px) {
        .word { display: none; }
        .open { padding: 5px 8px; min-width: 34px; justify-content: center; border-color: transparent; background: none; }
        #files { top: 84px; right: 12px; }
      }
    `,
  ];

  override render() {
    const { ready, exporting } = this;
    const running = exporting?.kind === 'running';
    return html`
      <button class="open" popovertarget="files" aria-label=${t('download')} title=${t('download')}>${icon('save')}<span class="word">${t('download')}</span></button>
      <div popover id="files" role="dialog" aria-label=${t('download')} @beforetoggle=${() => tell(this, 'gemello-menu', null)}>
        ${FILES.map(
          ({ word, files }) =>
            html`<div class="line" role="group" aria-label=${t(word)}><span>${t(word)}</span>${files.map(
              ([
                format,
                download,
              ]) => html`<button aria-label="${t(word)}, ${format}" ?disabled=${!ready || (download.kind === 'picture' && !this.chart) || (download.kind === 'patients' && running)}
              @click=${() => this.#ask(download)}>${format}</button>`,
            )}</div>`,
        )}
        ${
          exporting?.kind === 'running'
            ? html`<div class="progress"><progress max="1" .value=${exporting.finished / Math.max(1, exporting.of)} aria-label=${t('exporting')}></progress>
                <span>${percent(exporting.finished / Math.max(1, exporting.of), language, 0)}</span>
                <button @click=${() => tell(this, 'gemello-download', null)}>${icon('stop')} ${t('cancel')}</button></div>`
            : nothing
        }
        ${exporting?.kind === 'failed' ? html`<p class="failed" role="alert">${exporting.message}</p>` : nothing}
        <hr />
        <div class="line" role="group" aria-label=${t('studyWord')}><span>${t('studyWord')}</span><button aria-label="${t('studyWord')}: JSON" @click=${() => tell(this, 'gemello-do', 'save study')}>JSON</button></div>
        <div class="line" role="group" aria-label=${t('modelText')}><span>${t('modelText')}</span><button aria-label="${t('modelText')}: .model" @click=${() => tell(this, 'gemello-do', 'save model')}>.model</button></div>
        ${ready ? nothing : html`<p class="old">${t('downloadOld')}</p>`}
        <p>${t('downloadHint')}</p>
      </div>`;
  }

  #ask(download: Download): void {
    tell(this, 'gemello-download', download);
    // Another run takes a while: its progress stays in sight.
    if (download.kind !== 'patients') this.menu.hidePopover();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-downloads': Downloads;
  }
}
