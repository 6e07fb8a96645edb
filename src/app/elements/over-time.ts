// The outputs over time: one fan chart each, with its words, and one patient to follow. In: a result, sample curves, the
// model's outputs. Out: charts, `gemello-follow`. Axis limits stay while a slider moves, so that what moves is the patients.
import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Result } from '../../study/result.ts';
import { type Frame, fanChart, fanFrame } from '../charts/fan.ts';
import { armColour } from '../charts/palette.ts';
import { followedSentence, outputSentence, patientSentence } from '../charts/words.ts';
import type { ArmLedger, ArmTimeline, ModelView, OutputView, RunCurves } from '../client.ts';
import { type ChartArea, type PageEventMap, tell } from '../events.ts';
import type { Followed } from '../following.ts';
import { prettyUnit, significant, whole, withUnit } from '../format.ts';
import { icon } from '../icons.ts';
import { language, Screen, t } from '../locale.ts';
import { shared } from '../styles.ts';
import './chart.ts';
import './ledger.ts';
import './timeline.ts';

@customElement('gemello-over-time')
export class OverTime extends LitElement {
  @property({ attribute: false }) result: Result | null = null;
  /** The last one of all patients: a preview is one study, and does not say how unsure we are. */
  @property({ attribute: false }) full: Result | null = null;
  @property({ attribute: false }) curves: RunCurves | null = null;
  /** What the arms plan. */
  @property({ attribute: false }) timelines: readonly ArmTimeline[] = [];
  @property({ attribute: false }) model!: ModelView;
  @property({ attribute: false }) followed: Followed | null = null;
  /** Whom one can follow: those of the whole cohort, not of a preview. */
  @property({ type: Number }) patients = 0;
  @property({ type: Boolean }) dragging = false;
  /** Name of the output shown; null shows all of them, where there is room. */
  @state() private chosen: string | null = null;
  /** The number typed is no patient's. */
  @state() private unknown = false;
  /** Where each chart's curves are, for what stands under them. */
  @state() private areas: ReadonlyMap<string, ChartArea> = new Map();
  readonly #screen = new Screen(this);
  readonly #frames = new Map<string, Frame>();

  static override styles = [
    shared,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; height: 100%; gap: 8px; }
      .choice { display: flex; flex-wrap: wrap; gap: 4px; }
      .choice button { min-height: 28px; padding: 2px 10px; border-radius: 14px; font-size: 13px; }
      .choice button[aria-pressed='true'] { background: var(--accent-soft); border-color: var(--accent); color: var(--accent); font-weight: 600; }
      .charts { flex: 1; min-height: 0; display: grid; gap: 12px; grid-auto-rows: minmax(min-content, 1fr); overflow: auto; }
      .charts.many { grid-template-columns: repeat(auto-fit, minmax(360px, 1fr)); }
      figure { display: flex; flex-direction: column; min-height: 0; min-width: 0; }
      h2 { font-size: 14px; font-weight: 600; padding-left: 4px; overflow-wrap: anywhere; }
      h2 span { color: var(--muted); font-weight: 400; }
      gemello-chart { flex: 1 0 auto; min-height: 240px; }
      gemello-chart::part(paper) { min-height: 180px; }
      figcaption { padding: 4px 4px 0; max-width: 90ch; overflow-wrap: anywhere; }
      b { font-weight: 600; }
      .patient { display: flex; align-items: center; gap: 8px; padding: 0 4px; min-height: 30px; font-size: 13px; }
      .patient label { white-space: nowrap; }
      .patient input { width: 84px; min-height: 26px; padding: 2px 6px; text-align: right; font-variant-numeric: tabular-nums; flex: none; }
      .patient button { min-height: 26px; width: 26px; flex: none; }
      .patient p { min-width: 0; flex: 1; overflow-wrap: anywhere; }
      .patient .wrong { color: var(--bad); }
      @media print { .patient label, .patient input, .patient button, .patient .muted { display: none; } }
      @media (max-width: 760px) {
        :host { gap: 2px; }
        .choice { flex-wrap: nowrap; overflow-x: auto; }
        .charts { grid-auto-rows: minmax(0, 1fr); overflow: auto; min-height: 172px; }
        gemello-chart { flex: 1 1 0; min-height: 0; }
        gemello-chart::part(paper) { min-height: 100px; }
        h2 { font-size: 13px; }
        .patient { font-size: 12px; gap: 5px; min-height: 28px; padding: 0; }
        .patient input { width: 84px; }
        .patient p { line-height: 1.2; display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden; }
        figcaption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
      }
    `,
  ];

  constructor() {
    super();
    this.addEventListener('keydown', ({ key }) => {
      if (key === 'Escape') this.#follow(null);
    });
  }

  override willUpdate(changed: PropertyValues): void {
    if (changed.has('followed') || changed.has('patients')) this.unknown = false;
    if (changed.has('model')) {
      this.#frames.clear();
      if (this.chosen !== null && !this.model.outputs.some(({ name }) => name === this.chosen))
        this.chosen = null;
    }
    if (!this.result) return;
    for (const output of this.model.outputs) {
      if (!this.dragging || !this.#frames.has(output.name))
        this.#frames.set(
          output.name,
          fanFrame(this.result, output, this.#followedCurves, this.#measured(output)?.values),
        );
    }
  }

  override render() {
    const { outputs } = this.model;
    if (outputs.length === 0) return html`<p class="muted">${t('noOutputs')}</p>`;
    const { compact } = this.#screen;
    const chosen = this.chosen ?? (compact || outputs.length > 4 ? (outputs[0]?.name ?? null) : null);
    const shown = outputs.filter(({ name }) => chosen === null || chosen === name);
    return html`
      ${
        outputs.length > 1
          ? html`<div class="choice" role="group" aria-label=${t('chartOutput')}>
              ${compact || outputs.length > 4 ? nothing : this.#choice(null, t('all'), chosen)}
              ${outputs.map(({ name, label }) => this.#choice(name, label || name, chosen))}
            </div>`
          : nothing
      }
      <div class="charts ${shown.length > 2 ? 'many' : ''}">${shown.map((output, place) => this.#output(output, place === 0))}</div>
      ${this.result ? this.#patient(shown) : nothing}
      ${this.#ledger()}
    `;
  }

  #choice(name: string | null, label: string, chosen: string | null) {
    return html`<button aria-pressed=${chosen === name ? 'true' : 'false'} @click=${() => {
      this.chosen = name;
    }}>${label}</button>`;
  }

  /** Whoever is followed, on the times of the result; null before the engine has answered. */
  get #followedCurves(): RunCurves | null {
    const { result, followed } = this;
    const curves = followed?.curves ?? null;
    if (!result || curves === null || curves.patients.length !== 1) return null;
    const fits = result.arms.every(({ times }, index) => {
      const [values] = Object.values(curves.arms[index]?.outputs ?? {});
      return values?.length === times.values.length;
    });
    return fits ? curves : null;
  }

  /** What whoever is followed got; null before the engine has answered, and where it cannot tell. */
  get #ledgers(): readonly ArmLedger[] | null {
    const ledgers = this.#followedCurves ? this.followed?.curves?.ledgers : undefined;
    return ledgers && ledgers.length === this.result?.arms.length ? ledgers : null;
  }

  /** What was measured of an output in whoever is followed. */
  #measured({ name }: OutputView) {
    return this.#followedCurves ? this.followed?.curves?.measured?.outputs[name] : undefined;
  }

  get #names(): readonly string[] {
    return this.result?.arms.map(({ name }) => name) ?? [];
  }

  /** Under the first chart only: time runs alike under all, and what is given is said once. */
  #timeline(output: OutputView) {
    const { result, timelines, model } = this;
    if (!result || timelines.length !== result.arms.length) return nothing;
    const horizon = Math.max(...result.arms.map((arm) => arm.times.values.at(-1) ?? 0));
    return html`<gemello-timeline .plans=${timelines} .ledgers=${this.#ledgers} .names=${this.#names} .area=${this.areas.get(output.name) ?? null}
      .horizon=${horizon} time=${model.time}></gemello-timeline>`;
  }

  #ledger() {
    const ledgers = this.#ledgers;
    if (
      !ledgers ||
      !this.followed ||
      ledgers.every(({ doses, decisions }) => doses.length + decisions.length === 0)
    )
      return nothing;
    return html`<gemello-ledger .ledgers=${ledgers} .names=${this.#names} .patient=${this.followed.patient} time=${this.model.time}></gemello-ledger>`;
  }

  #moved(output: OutputView, { detail }: PageEventMap['gemello-area']): void {
    this.areas = new Map(this.areas).set(output.name, detail);
  }

  #patient(shown: readonly OutputView[]) {
    const { followed, result, unknown } = this;
    const { compact } = this.#screen;
    const speech = { language, t };
    const last = whole(this.patients - 1, language);
    const [output] = shown;
    const words = followed ? patientSentence(followed, this.model.covariates, speech) : t('patientHint');
    // The charts' captions have no room on a phone.
    const values =
      followed && result && output && compact && this.#followedCurves
        ? followedSentence(followed, result, output, speech, 'patientThen')
        : '';
    return html`<div class="patient">
      <label for="patient" class=${compact ? 'hidden-words' : ''}>${t('patientNumber')}</label>
      <input id="patient" inputmode="numeric" autocomplete="off" maxlength="9" placeholder=${compact ? t('patientNumber') : ''} .value=${followed ? String(followed.patient) : ''}
        aria-invalid=${unknown ? 'true' : 'false'} aria-describedby="who" title=${t('patientRange', { last })} @change=${this.#typed} />
      ${
        followed
          ? html`<button class="quiet icon" aria-label=${t('patientGone')} title="${t('patientGone')} (Esc)" @click=${() => {
              this.#follow(null);
              this.renderRoot.querySelector('input')?.focus();
            }}>${icon('close')}</button>`
          : nothing
      }
      <p id="who" aria-live="polite" class=${unknown ? 'wrong' : followed ? '' : 'muted'}>${unknown ? t('patientRange', { last }) : `${words} ${values}`}</p>
    </div>`;
  }

  #typed(event: Event): void {
    const text = (event.target as HTMLInputElement).value.trim();
    const patient = Number(text);
    this.unknown = text !== '' && (!/^\d+$/.test(text) || patient >= this.patients);
    if (!this.unknown) this.#follow(text === '' ? null : patient);
  }

  #follow(patient: number | null): void {
    this.unknown = false;
    if (patient !== (this.followed?.patient ?? null)) tell(this, 'gemello-follow', { patient });
  }

  #sample(event: PageEventMap['gemello-sample']): void {
    event.stopPropagation();
    const patient = this.curves?.patients[event.detail.index];
    if (patient !== undefined) this.#follow(patient);
  }

  #output(output: OutputView, first: boolean) {
    const { result } = this;
    const title = output.label || output.name;
    if (!result) return html`<figure><h2>${title}</h2><p class="muted">${t('noResult')}</p></figure>`;
    const { scheme, compact } = this.#screen;
    const unit = prettyUnit(output.unit);
    // Once is enough to say what the bands are.
    const legend =
      !compact &&
      output === this.model.outputs.find(({ name }) => this.chosen === null || name === this.chosen);
    return html`<figure>
      <h2>${title} ${unit ? html`<span>[${unit}]</span>` : nothing}</h2>
      <gemello-chart .configuration=${this.#configuration(output)} label=${t('chartHelp', { name: title })}
        .positions=${result.arms[0]?.times.values ?? []}
        .reading=${(position: number | null, sample: number | null) => this.#reading(output, position, sample, legend)}
        @gemello-sample=${this.#sample} @gemello-area=${(event: PageEventMap['gemello-area']) => this.#moved(output, event)}>${first ? this.#timeline(output) : nothing}</gemello-chart>
      <figcaption data-scheme=${scheme}>${outputSentence(result, output, { language, t })}
        ${this.followed && this.#followedCurves ? followedSentence(this.followed, result, output, { language, t }) : nothing}</figcaption>
    </figure>`;
  }

  /** Kept while nothing it shows has changed: a new one costs a redraw. */
  readonly #kept = new Map<string, { key: readonly unknown[]; configuration: ReturnType<typeof fanChart> }>();

  #configuration(output: OutputView) {
    const { result, curves } = this;
    if (!result) return null;
    const { scheme, compact } = this.#screen;
    const frame = this.#frames.get(output.name);
    const followed = this.#followedCurves;
    const measured = this.#measured(output);
    const { full } = this;
    const unsure = full?.studies;
    const old = full !== result;
    const key = [
      result,
      curves,
      followed,
      measured,
      unsure,
      old,
      scheme,
      compact,
      frame?.low,
      frame?.high,
      output,
    ];
    const kept = this.#kept.get(output.name);
    if (kept?.key.every((part, index) => part === key[index])) return kept.configuration;
    const points = measured?.times.map((x, at) => ({ x, y: measured.values[at] ?? Number.NaN })) ?? [];
    const drawing = { scheme, language, t, compact };
    const studies = unsure
      ? { result: unsure, times: full.arms.map(({ times }) => times.values), old }
      : null;
    const configuration = fanChart(result, curves, output, drawing, frame, followed, points, studies);
    this.#kept.set(output.name, { key, configuration });
    return configuration;
  }

  #reading(output: OutputView, position: number | null, sample: number | null, legend: boolean) {
    const picked = sample === null ? undefined : this.curves?.patients[sample];
    if (picked !== undefined) return t('patientPicked', { n: whole(picked, language) });
    if (position !== null) return this.#at(output, position);
    if (!legend || this.result?.patients === 1) return '';
    const words = t('legend', { n: this.curves?.patients.length ?? 0 });
    const { studies } = this.full ?? {};
    return studies ? `${words} · ${t('studiesLegend', { n: whole(studies.patients, language) })}` : words;
  }

  #at(output: OutputView, position: number) {
    const arms = this.result?.arms ?? [];
    const [first] = arms;
    const time = first?.times.values[position] ?? null;
    const { followed } = this;
    const n = `${t('patientNumber')} ${whole(followed?.patient ?? 0, language)}`;
    const curves = this.#followedCurves;
    const own = (index: number) => {
      const value = curves?.arms[index]?.outputs[output.name]?.[position];
      return value === undefined ? '' : `, ${n}: ${withUnit(value, output.unit, language)}`;
    };
    return html`${t('readAt', { time: withUnit(time, first?.times.unit ?? '', language) })} ·
    ${arms.map((arm, index) => {
      const found = arm.outputs[output.name];
      const of = (quantile: '0.05' | '0.5' | '0.95') => found?.quantiles[quantile][position] ?? null;
      return html`<b style="color: ${armColour(index, this.#screen.scheme)}">${arm.name}</b>
        ${significant(of('0.5'), language)} (${significant(of('0.05'), language)}–${withUnit(of('0.95'), output.unit, language)})${own(index)} `;
    })}`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-over-time': OverTime;
  }
}
