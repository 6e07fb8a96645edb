// The models as cards: a picture of real patients, a question, an area, sources, published checks. In: the cards and
// their pictures. Out: links to `#/m/name`, `gemello-open-file`, `gemello-do blank`.
import { css, html, LitElement, nothing, svg } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { armColour } from '../charts/palette.ts';
import type { ModelCard } from '../client.ts';
import { tell } from '../events.ts';
import { whole } from '../format.ts';
import { icon } from '../icons.ts';
import { language, Screen, t } from '../locale.ts';
import type { Picture } from '../picture.ts';
import { fileButton, shared } from '../styles.ts';

@customElement('gemello-gallery')
export class Gallery extends LitElement {
  @property({ attribute: false }) cards: readonly ModelCard[] | null = null;
  @property({ attribute: false }) pictures: ReadonlyMap<string, Picture> = new Map();
  @state() private query = '';
  readonly #screen = new Screen(this);

  static override styles = [
    shared,
    fileButton,
    css`
      :host { display: block; min-height: 100dvh; }
      .inner { max-width: 1120px; margin: 0 auto; padding: 34px 24px 28px; }
      h1 { font-size: 28px; letter-spacing: -0.01em; display: flex; align-items: baseline; gap: 14px; flex-wrap: wrap; }
      h1 span { font-size: 15px; font-weight: 400; color: var(--muted); letter-spacing: 0; }
      .lead { font-size: 16px; margin: 8px 0 22px; max-width: 80ch; }
      .tools { display: flex; gap: 8px; flex-wrap: wrap; margin-bottom: 18px; }
      .search { position: relative; flex: 1 1 240px; max-width: 380px; color: var(--muted); }
      .search svg.glyph { position: absolute; left: 10px; top: 10px; pointer-events: none; }
      .search input { width: 100%; min-height: 36px; padding-left: 34px; }
      .tools button, .tools .file { min-height: 36px; }
      ul { list-style: none; display: grid; grid-template-columns: repeat(auto-fill, minmax(310px, 1fr)); gap: 18px; }
      li { display: flex; }
      a.card { flex: 1; display: flex; flex-direction: column; background: var(--surface); border: 1px solid var(--line); border-radius: 12px; overflow: hidden; color: inherit; text-decoration: none; transition: box-shadow 0.15s, border-color 0.15s; }
      a.card:hover { border-color: var(--accent); box-shadow: var(--shadow); }
      a.card:focus-visible { border-radius: 12px; }
      .picture { height: 130px; background: var(--raised); border-bottom: 1px solid var(--line); display: block; width: 100%; }
      .body { padding: 14px 16px 12px; display: flex; flex-direction: column; gap: 5px; flex: 1; }
      .area { font-size: 12px; color: var(--accent); font-weight: 600; }
      h2 { font-size: 17px; line-height: 1.25; overflow-wrap: anywhere; }
      .question { color: var(--ink); overflow-wrap: anywhere; }
      .below { margin-top: auto; padding-top: 8px; font-size: 12px; color: var(--muted); display: flex; justify-content: space-between; gap: 10px; }
      .below span { overflow-wrap: anywhere; }
      .checks { color: var(--good); white-space: nowrap; font-weight: 600; }
      footer { margin-top: 30px; font-size: 12px; color: var(--muted); display: flex; flex-wrap: wrap; gap: 4px 18px; }
      @media (max-width: 760px) { .inner { padding: 20px 14px; } h1 { font-size: 24px; } .lead { margin-bottom: 14px; } ul { grid-template-columns: 1fr; } }
    `,
  ];

  override render() {
    const { cards } = this;
    const query = this.query.trim().toLowerCase();
    const shown = (cards ?? []).filter(({ name, title, question, area, sources }) =>
      [name, title, question, area, ...sources.map(({ text }) => text)].some((text) =>
        text.toLowerCase().includes(query),
      ),
    );
    return html`<div class="inner">
      <header>
        <h1>Gemello <span>${t('tagline')}</span></h1>
        <p class="lead">${t('galleryLead')}</p>
      </header>
      <main aria-label=${t('gallery')}>
      <div class="tools">
        <div class="search">${icon('search')}
          <input type="search" aria-label=${t('search')} placeholder=${t('search')} .value=${this.query}
            @input=${(event: Event) => {
              this.query = (event.target as HTMLInputElement).value;
            }} />
        </div>
        <label class="file">${icon('file')} ${t('openFile')}<input type="file" accept=".model,.json,.txt" @change=${this.#opened} /></label>
        <button @click=${() => tell(this, 'gemello-do', 'blank')}>${icon('blank')} ${t('blankModel')}</button>
      </div>
        ${
          cards === null
            ? html`<p class="muted" role="status">${t('loading')}</p>`
            : shown.length === 0
              ? html`<p class="muted" role="status">${t('noMatch', { query: this.query })}</p>`
              : html`<ul>${repeat(
                  shown,
                  ({ name }) => name,
                  (card) => this.#card(card),
                )}</ul>`
        }
      </main>
      <footer><span>${t('footUse')}</span><span>${t('footPrivate')}</span></footer>
    </div>`;
  }

  #card(card: ModelCard) {
    const [source] = card.sources;
    return html`<li><a class="card" href="#/m/${encodeURIComponent(card.name)}">
      ${this.#picture(card.name)}
      <div class="body">
        ${card.area ? html`<span class="area">${card.area}</span>` : nothing}
        <h2>${card.title || card.name}</h2>
        ${card.question ? html`<p class="question">${card.question}</p>` : nothing}
        <p class="below"><span>${source?.text || source?.reference || nothing}</span>
          ${card.checks > 0 ? html`<span class="checks">${t(card.checks === 1 ? 'checksCountOne' : 'checksCount', { n: card.checks })}</span>` : nothing}</p>
      </div>
    </a></li>`;
  }

  #picture(name: string) {
    const picture = this.pictures.get(name);
    if (!picture) return html`<svg class="picture" aria-hidden="true"></svg>`;
    const { scheme } = this.#screen;
    const words = t('pictureOf', { n: whole(picture.patients, language) });
    return html`<svg class="picture" viewBox="0 0 320 130" preserveAspectRatio="none" role="img" aria-label=${words}>
      ${picture.arms.map(
        ({ wide, middle, median }, index) => svg`
          <path d=${wide} fill=${armColour(index, scheme)} fill-opacity="0.13"></path>
          <path d=${middle} fill=${armColour(index, scheme)} fill-opacity="0.22"></path>
          <path d=${median} fill="none" stroke=${armColour(index, scheme)} stroke-width="2" vector-effect="non-scaling-stroke"></path>`,
      )}
    </svg>`;
  }

  #opened(event: Event): void {
    const input = event.target as HTMLInputElement;
    const [file] = input.files ?? [];
    if (file) tell(this, 'gemello-open-file', { file });
    input.value = '';
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-gallery': Gallery;
  }
}
