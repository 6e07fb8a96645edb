// The page: which screen an address asks for, the engine's life, the open session, keys, links and files.
// In: `connect`, which opens an engine. Out: screens; the address follows the study. The study itself is the session's.
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { Diagnostic } from '../language/diagnostic.ts';
import { canonicalJson } from '../study/canonical.ts';
import type { Comparison } from '../study/expect.ts';
import { decodeLink, encodeLink, modelChange } from '../study/link.ts';
import type { Tables } from '../study/prepare.ts';
import type { Study } from '../study/study.ts';
import { BLANK_MODEL } from './blank.ts';
import type { EngineConnection, EngineInfo, ModelCard } from './client.ts';
import { Dropping } from './dropping.ts';
import { fileOf } from './edits.ts';
import type { Command, PageEventMap } from './events.ts';
import { isTableFile, openFile, saveFile } from './files.ts';
import { t } from './locale.ts';
import { type Picture, paint } from './picture.ts';
import { routeOf } from './route.ts';
import { messageOf, Session } from './session.ts';
import { addressOf, comparison, sharedStudy } from './sharing.ts';
import { shared } from './styles.ts';
import './elements/dialogs.ts';
import './elements/editor.ts';
import './elements/gallery.ts';
import './elements/workbench.ts';
import type { HelpDialog, ShareDialog } from './elements/dialogs.ts';
import type { Workbench } from './elements/workbench.ts';

type Screen =
  | { readonly kind: 'starting' }
  | { readonly kind: 'gallery' }
  | { readonly kind: 'session' }
  | { readonly kind: 'draft'; readonly text: string; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'message'; readonly title: string; readonly text: string; readonly detail: string };

/** The address follows a study after this pause; browsers refuse more than some hundred changes a minute. */
const ADDRESS_PAUSE_MS = 400;

@customElement('gemello-app')
export class App extends LitElement {
  @property({ attribute: false }) connect!: () => EngineConnection;
  @state() private screen: Screen = { kind: 'starting' };
  @state() private info: EngineInfo | null = null;
  @state() private cards: readonly ModelCard[] | null = null;
  @state() private pictures: ReadonlyMap<string, Picture> = new Map();
  @state() private session: Session | null = null;
  @state() private comparison: Comparison | null = null;
  @state() private editing = false;
  @state() private dead: string | null = null;
  @state() private link = '';
  @state() private linkCarries = false;
  /** What could not be opened or made, while the study stays. */
  @state() private refusal: { readonly title: string; readonly text: string } | null = null;
  @query('gemello-share') private shareDialog!: ShareDialog;
  @query('gemello-help') private helpDialog!: HelpDialog;
  @query('gemello-workbench') private workbench!: Workbench | null;
  readonly #dropping = new Dropping(this, (files) => void this.#openDropped(files));
  /** Tables that outlive a broken engine: only what was open when it stopped. */
  #saved: Tables = {};
  #connection: EngineConnection | null = null;
  /** The study as it was opened, and its address; what a sharer saw is compared with its first full result. */
  #opened: {
    readonly study: Study;
    readonly shown: Study;
    readonly fragment: string;
    compared: boolean;
  } | null = null;
  #address: ReturnType<typeof setTimeout> | undefined;
  #opening = 0;
  #typing: ReturnType<typeof setTimeout> | undefined;

  static override styles = [
    shared,
    css`
      :host { display: block; }
      .message { max-width: 60ch; margin: 0 auto; padding: 12vh 24px; }
      .message h1 { font-size: 24px; margin-bottom: 10px; }
      .message p { margin-bottom: 14px; overflow-wrap: anywhere; }
      .message .detail { background: var(--surface); border: 1px solid var(--line); border-radius: var(--radius); padding: 10px 14px; white-space: pre-wrap; }
      .dead { position: fixed; left: 50%; bottom: 44px; translate: -50% 0; z-index: 5; display: flex; gap: 12px; align-items: center; padding: 10px 14px; border-radius: var(--radius); background: var(--bad-soft); color: var(--bad); box-shadow: var(--shadow); max-width: calc(100vw - 24px); overflow-wrap: anywhere; }
      .drop { position: fixed; inset: 10px; z-index: 6; display: grid; place-items: center; border: 2px dashed var(--accent); border-radius: 14px; background: color-mix(in srgb, var(--accent-soft) 88%, transparent); color: var(--accent); font-size: 17px; font-weight: 600; text-align: center; padding: 20px; pointer-events: none; }
      .draft { height: 100dvh; display: flex; flex-direction: column; gap: 10px; padding: 14px; max-width: 900px; margin: 0 auto; }
      .draft gemello-editor { flex: 1; }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('hashchange', this.#onAddress);
    addEventListener('keydown', this.#onKey);
    void this.#start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('hashchange', this.#onAddress);
    removeEventListener('keydown', this.#onKey);
    clearTimeout(this.#address);
    clearTimeout(this.#typing);
    this.#leave();
    this.#connection?.close();
  }

  override render() {
    const { session } = this;
    return html`<div @gemello-do=${(event: PageEventMap['gemello-do']) => void this.#do(event.detail)}
      @gemello-edit=${(event: PageEventMap['gemello-edit']) => this.session?.edit(event.detail.edit, event.detail.phase)}
      @gemello-type=${(event: PageEventMap['gemello-type']) => this.#typed(event.detail.text)}
      @gemello-write=${(event: PageEventMap['gemello-write']) => this.session?.writeTherapy(event.detail.arm, event.detail.text)}
      @gemello-answer=${(event: PageEventMap['gemello-answer']) => this.session?.answerOffer(event.detail)}
      @gemello-use=${(event: PageEventMap['gemello-use']) => this.session?.decideOffer(event.detail.as)}
      @gemello-open-file=${(event: PageEventMap['gemello-open-file']) => void this.#openFile(event.detail.file, event.detail.as)}
      @gemello-filter=${({ detail }: PageEventMap['gemello-filter']) => this.session?.writeFilter(detail.text)}
      @gemello-spread=${({ detail }: PageEventMap['gemello-spread']) => void this.session?.look(detail.of, detail.edges, detail.target)}
      @gemello-download=${({ detail }: PageEventMap['gemello-download']) => (detail?.kind === 'picture' ? void this.workbench?.savePicture() : this.session?.download(detail))}
      @gemello-check=${({ detail }: PageEventMap['gemello-check']) => (detail === null ? this.session?.cancelCheck() : this.session?.check(detail))}
      @gemello-follow=${(event: PageEventMap['gemello-follow']) => this.session?.follow(event.detail.patient)}>
      ${this.#screen()}
      ${
        this.dead === null
          ? nothing
          : html`<div class="dead" role="alert">${t('engineDead', { message: this.dead })}
              <button @click=${() => void this.#do('restart')}>${t('restart')}</button></div>`
      }
      ${
        this.refusal === null
          ? nothing
          : html`<div class="dead" role="alert"><span>${this.refusal.title}. ${this.refusal.text}</span>
              <button @click=${() => {
                this.refusal = null;
              }}>${t('close')}</button></div>`
      }
      ${this.#dropping.over ? html`<div class="drop">${t('dropHere')}</div>` : nothing}
      <gemello-share .link=${this.link} .carries=${this.linkCarries} .table=${session ? (fileOf(session.state.study) ?? null) : null}></gemello-share>
      <gemello-help></gemello-help>
    </div>`;
  }

  #screen() {
    const { screen, session } = this;
    switch (screen.kind) {
      case 'starting':
        return html`<main class="message"><p role="status">${t('loading')}</p></main>`;
      case 'gallery':
        return html`<gemello-gallery .cards=${this.cards} .pictures=${this.pictures}></gemello-gallery>`;
      case 'session':
        return session === null
          ? nothing
          : html`<gemello-workbench .session=${session.state} .engine=${this.info} .comparison=${this.comparison}
              ?editing=${this.editing}></gemello-workbench>`;
      case 'draft':
        return html`<main class="draft"><a href="#/">${t('backToGallery')}</a>
          <gemello-editor .text=${screen.text} .diagnostics=${screen.diagnostics}></gemello-editor></main>`;
      case 'message':
        return html`<main class="message"><h1>${screen.title}</h1><p>${screen.text}</p>
          ${screen.detail ? html`<p class="detail">${screen.detail}</p>` : nothing}
          <p><a href="#/">${t('backToGallery')}</a></p></main>`;
      default:
        return screen satisfies never;
    }
  }

  async #start(): Promise<void> {
    this.dead = null;
    const connection = this.connect();
    this.#connection = connection;
    void connection.dead.then((reason) => {
      if (this.#connection === connection) this.dead = reason;
    });
    try {
      const asked = new URLSearchParams(location.search).get('backend');
      this.info = await connection.engine.start(
        asked === 'webgpu' || asked === 'webassembly' ? asked : 'auto',
      );
      this.cards = await connection.engine.library();
    } catch (error) {
      this.dead = messageOf(error);
      return;
    }
    await this.#go();
  }

  readonly #onAddress = () => void this.#go();

  async #go(): Promise<void> {
    if (!this.#connection || !this.cards) return;
    const opening = ++this.#opening;
    const route = routeOf(location.hash);
    switch (route.kind) {
      case 'gallery':
        this.#leave();
        this.screen = { kind: 'gallery' };
        document.title = `Gemello · ${t('tagline')}`;
        void this.#paint();
        return;
      case 'model': {
        const card = this.cards.find(({ name }) => name === route.name);
        if (!card) return this.#say(t('modelUnknown', { name: route.name }), '', '');
        return this.#open(card.text, { name: card.name }, null, location.hash);
      }
      case 'link': {
        const decoded = await decodeLink(route.fragment, this.#textOf);
        if (opening !== this.#opening) return;
        if ('error' in decoded) return this.#say(t('linkBroken'), t('linkBrokenText'), decoded.error);
        return this.#openStudy(decoded.study, location.hash);
      }
      case 'unknown':
        return this.#say(t('linkBroken'), t('linkBrokenText'), '');
      default:
        return route satisfies never;
    }
  }

  readonly #textOf = (name: string) => this.cards?.find((card) => card.name === name)?.text;

  async #openStudy(study: Study, fragment: string): Promise<void> {
    const { model } = study;
    const text = 'text' in model ? model.text : this.#textOf(model.name);
    if (text === undefined)
      return this.#say(t('modelUnknown', { name: 'name' in model ? model.name : '' }), '', '');
    return this.#open(text, model, study, fragment);
  }

  async #open(text: string, reference: Study['model'], study: Study | null, fragment: string): Promise<void> {
    if (!this.#connection) return;
    const opening = ++this.#opening;
    this.#leave();
    const originals = new Map((this.cards ?? []).map((card) => [card.name, card.text]));
    const { engine } = this.#connection;
    let session: Session | readonly Diagnostic[];
    try {
      session = await Session.open(
        { engine, notify: () => this.#changed(), originals, tables: this.#saved },
        text,
        reference,
        study,
      );
    } catch (error) {
      this.dead = messageOf(error);
      return;
    }
    if (opening !== this.#opening) {
      if (session instanceof Session) session.close();
      return;
    }
    if (!(session instanceof Session)) {
      this.screen = { kind: 'draft', text, diagnostics: session };
      return;
    }
    this.session = session;
    this.#saved = {};
    this.#opened = {
      study: study ?? session.state.study,
      shown: session.state.study,
      fragment,
      compared: false,
    };
    this.screen = { kind: 'session' };
    session.run();
    document.title = `${session.state.model.title || session.state.model.name} · Gemello`;
    this.#changed();
  }

  #leave(): void {
    clearTimeout(this.#address);
    this.session?.close();
    this.session = null;
    this.#opened = null;
    this.comparison = null;
    this.refusal = null;
    this.editing = false;
  }

  #say(title: string, text: string, detail: string): void {
    this.#leave();
    this.screen = { kind: 'message', title, text, detail };
  }

  /** The session has changed: draw, compare once, let the address follow. */
  #changed(): void {
    this.requestUpdate();
    const state = this.session?.state;
    const opened = this.#opened;
    if (!state || !opened) return;
    const untouched = state.study === opened.shown;
    if (!untouched) this.comparison = null;
    else if (!opened.compared && state.result && !state.stale && !state.preview) {
      opened.compared = true;
      this.comparison = comparison(opened.study, state.result, state.table);
    }
    clearTimeout(this.#address);
    this.#address = setTimeout(() => void this.#follow(), ADDRESS_PAUSE_MS);
    // A link asked for during a run gets the numbers as soon as they are there.
    if (this.shareDialog?.open && !this.linkCarries && !state.stale && !state.preview) void this.#makeLink();
  }

  async #follow(): Promise<void> {
    const { session } = this;
    const opened = this.#opened;
    if (!session || !opened || session.state.dragging) return;
    const { study } = session.state;
    let fragment = opened.fragment;
    if (study !== opened.shown || fragment === '') {
      try {
        fragment = await addressOf(study, this.#textOf);
      } catch {
        // A study that the schema refuses has no link; its message is already on screen from the run.
        return;
      }
    }
    if (session !== this.session || session.state.study !== study || fragment === location.hash) return;
    history.replaceState(null, '', fragment);
  }

  async #do(command: Command): Promise<void> {
    const { session } = this;
    switch (command) {
      case 'undo':
        return session?.undo();
      case 'redo':
        return session?.redo();
      case 'live':
        return session?.setLive(!session.state.live);
      case 'run':
        return session?.run();
      case 'cancel':
        return session?.cancel();
      case 'verify':
        return session?.verify();
      case 'audit':
        return session?.audit();
      case 'cancel audit':
        return session?.cancelAudit();
      case 'editor':
        this.editing = !this.editing && session !== null;
        return;
      case 'help':
        return this.helpDialog.show();
      case 'share':
        return this.#share();
      case 'save study': {
        const shared = session && sharedStudy(session.state, this.#textOf);
        if (shared)
          saveFile(
            `${session?.state.model.name ?? 'study'}.json`,
            canonicalJson(shared.study),
            'application/json',
          );
        return;
      }
      case 'save model':
        if (session) saveFile(`${session.state.model.name}.model`, session.state.text, 'text/plain');
        else if (this.screen.kind === 'draft') saveFile('draft.model', this.screen.text, 'text/plain');
        return;
      case 'blank':
        return this.#openText(BLANK_MODEL, true);
      case 'restart':
        this.#connection?.close();
        this.#connection = null;
        await this.#follow();
        this.#saved = session?.state.tables ?? {};
        return this.#start();
      case 'dismiss':
        this.comparison = null;
        return;
      default:
        return command satisfies never;
    }
  }

  async #share(): Promise<void> {
    if (await this.#makeLink()) await this.shareDialog.show();
  }

  /** The link of the study as it stands, with the numbers on screen where they are its own. */
  async #makeLink(): Promise<boolean> {
    if (!this.session) return false;
    const shared = sharedStudy(this.session.state, this.#textOf);
    try {
      this.link = location.origin + location.pathname + (await encodeLink(shared.study));
      this.linkCarries = shared.carries;
    } catch (error) {
      this.#refuse(t('linkFailed'), messageOf(error));
      return false;
    }
    await this.updateComplete;
    return true;
  }

  /** An open study stays as it is: it may be the only one of its kind. */
  #refuse(title: string, text: string): void {
    if (this.session) this.refusal = { title, text };
    else this.#say(title, '', text);
  }

  /** A study first, then the table that it takes its patients from. */
  async #openDropped(files: readonly File[]): Promise<void> {
    const [other] = files.filter((file) => !isTableFile(file));
    const [table] = files.filter(isTableFile);
    if (other) await this.#openFile(other);
    if (table) await this.#openFile(table);
  }

  async #openFile(file: File, as?: 'table'): Promise<void> {
    this.refusal = null;
    const opened = await openFile(file, t, as).catch((error: unknown) => ({
      kind: 'refused' as const,
      // A folder, or a file that is gone.
      message: messageOf(error),
    }));
    const { session } = this;
    if (opened.kind === 'table')
      return session
        ? session.openTable(opened.name, opened.text)
        : this.#say(t('fileBroken'), t('tableNeedsModel'), '');
    if (opened.kind === 'refused')
      return session && (as === 'table' || isTableFile(file))
        ? session.refuseTable(opened.message)
        : this.#refuse(t('fileBroken'), opened.message);
    if (opened.kind === 'model') return this.#openText(opened.text, true);
    const changed = await modelChange(opened.study, this.#textOf);
    if (changed !== undefined) return this.#refuse(t('fileBroken'), changed);
    return this.#openNew(() => this.#openStudy(opened.study, ''));
  }

  #openText(text: string, editing: boolean): Promise<void> {
    return this.#openNew(async () => {
      await this.#open(text, { text }, null, '');
      this.editing = editing && this.session !== null;
    });
  }

  /** What comes from a file has no address yet: an entry of its own, so that Back leads to the gallery. */
  async #openNew(open: () => Promise<void>): Promise<void> {
    history.pushState(null, '', '#/new');
    await open();
  }

  #typed(text: string): void {
    this.session?.type(text);
    if (this.session || this.screen.kind !== 'draft') return;
    this.screen = { ...this.screen, text };
    clearTimeout(this.#typing);
    this.#typing = setTimeout(async () => {
      const checked = await this.#connection?.engine.check(text);
      if (!checked || this.screen.kind !== 'draft' || this.screen.text !== text) return;
      if (checked.model) await this.#openText(text, true);
      else this.screen = { kind: 'draft', text, diagnostics: checked.diagnostics };
    }, 250);
  }

  readonly #onKey = (event: KeyboardEvent) => {
    if (this.screen.kind !== 'session' || event.altKey || isTyping(event)) return;
    const key = event.key.toLowerCase();
    if (event.key === 'Escape' && event.target === document.body) return this.session?.follow(null);
    if (event.ctrlKey || event.metaKey) {
      if (key !== 'z' && key !== 'y') return;
      event.preventDefault();
      return void this.#do(key === 'y' || event.shiftKey ? 'redo' : 'undo');
    }
    const commands: Readonly<Record<string, Command>> = {
      r: 'run',
      l: 'live',
      s: 'share',
      e: 'editor',
      '?': 'help',
    };
    const command = commands[key];
    if (command) void this.#do(command);
    else if (/^[1-9]$/.test(key)) this.workbench?.showTab(Number(key));
    else return;
    event.preventDefault();
  };

  /** Pictures of the cards, one after the other, once; a model opened meanwhile goes first. */
  async #paint(): Promise<void> {
    for (const card of this.cards ?? []) {
      if (this.screen.kind !== 'gallery' || !this.#connection) return;
      if (this.pictures.has(card.name)) continue;
      try {
        const picture = await paint(this.#connection.engine, card);
        if (picture) this.pictures = new Map(this.pictures).set(card.name, picture);
      } catch {
        // A card without its picture still opens; what is wrong is said there.
      }
    }
  }
}

/** In a box that takes text, letters are letters. Sliders and buttons take none. */
function isTyping(event: KeyboardEvent): boolean {
  const [target] = event.composedPath();
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  if (target instanceof HTMLInputElement)
    return !['range', 'checkbox', 'file', 'button'].includes(target.type);
  return target instanceof HTMLElement && (target.isContentEditable || target.closest('dialog') !== null);
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-app': App;
  }
}
