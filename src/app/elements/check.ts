// The visual predictive check: its chart, what it says, how to read it, its settings and numbers. In: the session's check,
// the model, which outputs the file has. Out: `gemello-check`, files. While the page is live it checks whatever is new.
import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { DEFAULT_REPLICATES } from '../../study/vpc-report.ts';
import { pictureOfFigures } from '../charts/save.ts';
import {
  belowChart,
  binSentence,
  medianSentence,
  outerSentence,
  type VpcDrawn,
  vpcChart,
  vpcSentence,
} from '../charts/vpc.ts';
import type { Check } from '../checking.ts';
import type { ModelView, TableFacts } from '../client.ts';
import { tell } from '../events.ts';
import { saveBlob, saveFile } from '../files.ts';
import { prettyUnit, whole } from '../format.ts';
import { icon } from '../icons.ts';
import { language, Screen, t } from '../locale.ts';
import { shared } from '../styles.ts';
import './chart.ts';
import './check-numbers.ts';
import './check-settings.ts';
import { figuresIn, pictureFoot } from './figures.ts';

@customElement('gemello-check')
export class PredictiveCheck extends LitElement {
  @property({ attribute: false }) check: Check | null = null;
  @property({ attribute: false }) model!: ModelView;
  /** Outputs that the file has measurements of, and how the model measures each. */
  @property({ attribute: false }) measured: NonNullable<TableFacts['measured']> = [];
  /** Names of the arms that take the doses of the file. */
  @property({ attribute: false }) arms: readonly string[] = [];
  /** A new result is checked without being asked for. */
  @property({ type: Boolean }) live = false;
  readonly #screen = new Screen(this);
  #drawn: { readonly key: readonly unknown[]; readonly charts: ReturnType<typeof chartsOf> } | null = null;

  static override styles = [
    shared,
    css`
      :host { display: flex; flex-direction: column; gap: 6px; height: 100%; min-height: 0; overflow: auto; }
      .head { display: flex; flex-wrap: wrap; gap: 6px 10px; align-items: center; }
      h2 { font-size: 14px; font-weight: 600; flex: 1 1 200px; min-width: 0; overflow-wrap: anywhere; padding-left: 4px; }
      h2 span { color: var(--muted); font-weight: 400; }
      .head button { min-height: 28px; padding: 2px 9px; font-size: 13px; }
      gemello-chart.main { flex: 1 0 280px; }
      .below { flex: none; }
      .below gemello-chart { height: 130px; }
      .old { --faded: 0.5; }
      .sentence { padding: 2px 4px; max-width: 90ch; }
      .sentence strong { font-weight: 600; }
      .from, .notes { padding: 0 4px; font-size: 12px; color: var(--muted); overflow-wrap: anywhere; }
      .notes { margin-left: 16px; }
      .progress { display: flex; gap: 8px; align-items: center; font-size: 12px; color: var(--muted); padding: 0 4px; font-variant-numeric: tabular-nums; }
      progress { width: 160px; height: 8px; accent-color: var(--accent); }
      .failed { color: var(--bad); padding: 4px; white-space: pre-wrap; overflow-wrap: anywhere; }
      details { border-top: 1px solid var(--line); }
      summary { padding: 6px 4px; cursor: pointer; font-size: 13px; font-weight: 600; }
      details p { padding: 0 4px 8px; max-width: 90ch; font-size: 13px; }
      h3 { font-size: 13px; font-weight: 600; padding-left: 4px; }
      @media (max-width: 760px) {
        gemello-chart.main { flex: 1 0 190px; }
        h2 { flex-basis: 100%; }
      }
    `,
  ];

  override updated(changed: PropertyValues): void {
    const { check } = this;
    if (!(changed.has('check') || changed.has('live')) || check === null || !this.live) return;
    if (check.doing.kind === 'nothing' && check.shown?.fresh !== true) tell(this, 'gemello-check', {});
  }

  override render() {
    const { check } = this;
    if (check === null) return html`<p class="muted">${t('vpcNone')}</p>`;
    const { shown, doing, choice } = check;
    const running = doing.kind === 'running';
    return html`
      <div class="head">
        <h2>${this.#title(shown)}</h2>
        ${
          running
            ? html`<button @click=${() => tell(this, 'gemello-check', null)}>${icon('stop')} ${t('vpcStop')}</button>`
            : shown?.fresh
              ? nothing
              : html`<button class="primary" @click=${() => tell(this, 'gemello-check', {})}>${icon('play')} ${t(shown ? 'vpcAgain' : 'vpcRun')}</button>`
        }
        ${
          shown
            ? html`<button @click=${this.#savePicture}>${icon('save')} ${t('savePicture')}</button>
              <button @click=${() => saveFile(`${shown.vpc.model}-vpc.json`, `${JSON.stringify(shown.vpc, null, 2)}\n`, 'application/json')}>${icon('save')} ${t('saveJson')}</button>`
            : nothing
        }
      </div>
      ${
        running
          ? html`<div class="progress"><progress max=${choice.replicates ?? DEFAULT_REPLICATES} .value=${doing.finished} aria-label=${t('vpcRunning')}></progress> ${t('vpcRunning')}</div>`
          : nothing
      }
      ${doing.kind === 'failed' ? html`<p class="failed" role="alert">${doing.message}</p>` : nothing}
      ${shown ? this.#figure(shown, shown.fresh, !running) : nothing}
      <details><summary>${t('vpcHow')}</summary><p>${t('vpcHowText')}</p></details>
      <gemello-check-settings .choice=${choice} .model=${this.model} .measured=${this.measured} .arms=${this.arms}></gemello-check-settings>
      ${shown ? html`<gemello-check-numbers .vpc=${shown.vpc}></gemello-check-numbers>` : nothing}
    `;
  }

  #title(shown: VpcDrawn | null) {
    const output = this.model.outputs.find(({ name }) => name === shown?.vpc.output);
    const unit = prettyUnit(shown?.vpc.unit ?? '');
    return html`${output ? t('vpcTitle', { output: output.label || output.name }) : t('vpc')}
      ${unit ? html`<span>[${unit}]</span>` : nothing}`;
  }

  #figure(shown: VpcDrawn, fresh: boolean, idle: boolean) {
    const { vpc } = shown;
    const { main, below } = this.#charts(shown);
    const speech = { language, t };
    const times = vpc.bins.filter(({ time }) => time !== null);
    const output = this.model.outputs.find(({ name }) => name === vpc.output);
    const counts = {
      subjects: whole(vpc.subjects, language),
      observations: whole(vpc.observations, language),
      replicates: whole(vpc.replicates, language),
    };
    return html`
      <gemello-chart class="main ${fresh ? '' : 'old'}" .configuration=${main} .positions=${times.map(({ time }) => time ?? 0)}
        label="${t('vpcHelp', { name: output?.label || vpc.output })} ${vpcSentence(vpc, speech)}"
        .reading=${(position: number | null) => {
          const bin = position === null ? undefined : times[position];
          return bin ? binSentence(vpc, bin, speech) : t('vpcLegend');
        }}></gemello-chart>
      ${
        below
          ? html`<section class="below"><h3>${t('vpcBelowTitle')}</h3>
            <gemello-chart class=${fresh ? '' : 'old'} .configuration=${below} label="${t('vpcBelowTitle')}. ${vpcSentence(vpc, speech)}"></gemello-chart></section>`
          : nothing
      }
      <p class="sentence" role="status"><strong>${medianSentence(vpc, speech)}</strong> ${outerSentence(vpc, speech)}${fresh || !idle ? nothing : html` ${t('vpcOld')}`}</p>
      <p class="from">${t('vpcFrom', counts)} ${vpc.corrected ? t('vpcFromCorrected') : nothing}</p>
      ${vpc.notes.length > 0 ? html`<ul class="notes" lang="en">${vpc.notes.map((note) => html`<li>${note}</li>`)}</ul>` : nothing}
    `;
  }

  /** The same objects for the same numbers: a chart is drawn anew for other ones only. */
  #charts(shown: VpcDrawn) {
    const { scheme, compact } = this.#screen;
    const output = this.model.outputs.find(({ name }) => name === shown.vpc.output);
    const key = [shown.vpc, scheme, compact, output?.axis];
    if (this.#drawn?.key.every((part, index) => part === key[index])) return this.#drawn.charts;
    const charts = chartsOf(shown, output?.axis ?? 'linear', { scheme, language, t, compact });
    this.#drawn = { key, charts };
    return charts;
  }

  readonly #savePicture = async (): Promise<void> => {
    const shown = this.check?.shown;
    if (shown)
      saveBlob(
        `${shown.vpc.model}-vpc.png`,
        await pictureOfFigures(figuresIn(this), {
          scheme: this.#screen.scheme,
          foot: pictureFoot(this.model, shown.vpc.replicates * shown.vpc.subjects, shown.vpc.seed),
        }),
      );
  };
}

function chartsOf(shown: VpcDrawn, axis: 'linear' | 'log', drawing: Parameters<typeof vpcChart>[2]) {
  return { main: vpcChart(shown, { axis }, drawing), below: belowChart(shown, drawing) };
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-check': PredictiveCheck;
  }
}
