// Times to an event: a curve an arm with its band, who is at risk below the time axis, medians and tests in words. In: survival
// results, the model. Out: charts and a table of the same numbers.
import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { SurvivalResult } from '../../study/result.ts';
import { gridPlace, horizonOf, riskTimes, survivalChart } from '../charts/survival.ts';
import { survivalAt, survivalSentence, testWords } from '../charts/survival-words.ts';
import type { ModelView } from '../client.ts';
import type { ChartArea, PageEventMap } from '../events.ts';
import { percent, prettyUnit, significant, whole, withUnit } from '../format.ts';
import { swatchOf } from '../icons.ts';
import { language, Screen, t } from '../locale.ts';
import { shared, swatch } from '../styles.ts';
import './chart.ts';

@customElement('gemello-survival')
export class Survival extends LitElement {
  @property({ attribute: false }) survival: readonly SurvivalResult[] = [];
  @property({ attribute: false }) model!: ModelView;
  /** Where each chart's curves are, for the numbers under them. */
  @state() private areas: ReadonlyMap<string, ChartArea> = new Map();
  readonly #screen = new Screen(this);
  readonly #kept = new Map<
    string,
    { key: readonly unknown[]; configuration: ReturnType<typeof survivalChart> }
  >();

  static override styles = [
    shared,
    swatch,
    css`
      :host { display: flex; flex-direction: column; gap: 18px; }
      figure { display: flex; flex-direction: column; min-width: 0; break-inside: avoid; }
      h2 { font-size: 14px; font-weight: 600; padding-left: 4px; overflow-wrap: anywhere; }
      gemello-chart { flex: none; }
      gemello-chart::part(paper) { flex: none; height: clamp(200px, 38dvh, 330px); }
      .risk { font-size: 11px; color: var(--muted); font-variant-numeric: tabular-nums; line-height: 15px; padding-bottom: 3px; }
      .risk .line { position: relative; height: 15px; }
      .risk .line > span { position: absolute; translate: -50% 0; white-space: nowrap; }
      .risk .line > .who { translate: none; overflow: hidden; text-overflow: ellipsis; font-weight: 600; }
      .risk .title { padding-left: 4px; }
      ul { list-style: none; padding: 4px; font-size: 13px; }
      li { display: grid; grid-template-columns: 22px minmax(0, 1fr); gap: 8px; align-items: start; padding: 1px 0; }
      li svg { margin-top: 6px; }
      p { padding: 2px 4px; font-size: 13px; overflow-wrap: anywhere; }
      p.muted { font-size: 12px; }
      summary { cursor: pointer; font-size: 12px; padding: 3px 4px; border-radius: 4px; color: var(--muted); }
      .scroll { overflow-x: auto; }
      table { border-collapse: collapse; font-size: 12px; font-variant-numeric: tabular-nums; }
      th, td { padding: 2px 10px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
      th { font-weight: 600; color: var(--muted); }
      th.arm { text-align: left; }
      @media print { details::details-content { content-visibility: visible; } }
    `,
  ];

  override willUpdate(changed: PropertyValues): void {
    if (changed.has('model')) this.#kept.clear();
  }

  override render() {
    if (this.survival.length === 0) return html`<p class="muted">${t('compareWait')}</p>`;
    return this.survival.map((one) => this.#endpoint(one));
  }

  #endpoint(result: SurvivalResult) {
    const { compact } = this.#screen;
    const speech = { language, t };
    const { label, name } = this.model.endpoints.find((one) => one.name === result.endpoint) ?? {
      label: '',
      name: result.endpoint,
    };
    const title = label || name;
    const unit = prettyUnit(result.unit);
    const positions = result.arms[0]?.times ?? [];
    const tests = testWords(result, speech);
    return html`<figure>
      <h2>${title}</h2>
      <gemello-chart .configuration=${this.#configuration(result)} label=${t('survivalHelp', { name: title })}
        .positions=${positions} .reading=${(at: number | null) => this.#reading(result, at)}
        @gemello-area=${(event: PageEventMap['gemello-area']) => {
          event.stopPropagation();
          this.areas = new Map(this.areas).set(result.endpoint, event.detail);
        }}>${this.#atRisk(result, compact)}</gemello-chart>
      <ul>${result.arms.map(
        (arm, index) =>
          html`<li>${swatchOf(index, this.#screen.scheme)}<div class="sentence">${arm.name}: ${survivalSentence(arm, unit, speech)}</div></li>`,
      )}</ul>
      ${tests.length > 0 ? html`<p>${tests.join(' ')}</p><p class="muted">${t('survivalSame')}</p>` : nothing}
      ${result.withoutRatio?.map(({ arm, versus, reason }) => html`<p>${t('noHazardRatio', { arm, versus })} <span lang="en">${reason}.</span></p>`)}
      ${this.#table(result, title)}
    </figure>`;
  }

  /** In line with the ticks above; the table below says the same to who cannot see it. */
  #atRisk(result: SurvivalResult, compact: boolean) {
    const area = this.areas.get(result.endpoint);
    if (!area) return nothing;
    const horizon = horizonOf(result);
    const left = (time: number) =>
      `left: ${(area.left + (time / horizon) * (area.right - area.left)).toFixed(1)}px`;
    return html`<div class="risk" aria-hidden="true"><div class="title">${t('atRisk')}</div>
      ${result.arms.map(
        (arm, index) => html`<div class="line">
          ${riskTimes(horizon, compact).map((time) => html`<span style=${left(time)}>${whole(arm.atRisk[gridPlace(arm, time)] ?? 0, language)}</span>`)}
          <span class="who" style="left: ${area.right + 24}px; max-width: ${Math.max(0, area.width - area.right - 26)}px">${swatchOf(index, this.#screen.scheme)} ${compact ? nothing : arm.name}</span>
        </div>`,
      )}</div>`;
  }

  #reading(result: SurvivalResult, at: number | null) {
    const time = at === null ? undefined : result.arms[0]?.times[at];
    if (time === undefined) return this.#screen.compact ? '' : t('survivalLegend');
    return html`${t('readAt', { time: withUnit(time, result.unit, language) })} · ${result.arms.map(
      (arm, index) =>
        html`${swatchOf(index, this.#screen.scheme)} <b>${arm.name}</b> ${survivalAt(arm, time, { language, t })} `,
    )}`;
  }

  #table(result: SurvivalResult, title: string) {
    const times = riskTimes(horizonOf(result), false);
    const share = (values: readonly number[], at: number) => percent(values[at] ?? Number.NaN, language);
    return html`<details><summary>${t('asTable')}</summary>
      <div class="scroll" tabindex="0" role="group" aria-label=${title}><table>
        <thead><tr><td></td>${result.arms.map((arm) => html`<th class="arm" scope="colgroup" colspan="2">${arm.name}</th>`)}</tr>
          <tr><th scope="col">${t('timeAxis', { unit: prettyUnit(result.unit) })}</th>${result.arms.map(() => html`<th scope="col">${t('survivalAxis')}</th><th scope="col">${t('atRisk')}</th>`)}</tr></thead>
        <tbody>${times.map(
          (time) =>
            html`<tr><th scope="row">${significant(time, language)}</th>${result.arms.map((arm) => {
              const at = gridPlace(arm, time);
              return html`<td>${share(arm.survival, at)} (${share(arm.lower, at)}–${share(arm.upper, at)})</td><td>${whole(arm.atRisk[at] ?? 0, language)}</td>`;
            })}</tr>`,
        )}</tbody>
      </table></div></details>`;
  }

  /** Kept while nothing it shows has changed: a new one costs a redraw. */
  #configuration(result: SurvivalResult) {
    const { scheme, compact } = this.#screen;
    const key = [result, scheme, compact];
    const kept = this.#kept.get(result.endpoint);
    if (kept?.key.every((part, index) => part === key[index])) return kept.configuration;
    const configuration = survivalChart(result, { scheme, language, t, compact });
    this.#kept.set(result.endpoint, { key, configuration });
    return configuration;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-survival': Survival;
  }
}
