// What every arm changes, endpoint by endpoint: a forest of mean differences or ratios, and for how many patients it is for the
// better. In: a full result, the study, the model. Out: charts, `gemello-edit` for which way is good.
import { css, html, LitElement, nothing, svg } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Difference, Result } from '../../study/result.ts';
import type { Comparing } from '../../study/study.ts';
import {
  bootstrapWords,
  estimateOf,
  patientWords,
  type Scale,
  saidEstimate,
  sharesOf,
} from '../charts/compare-words.ts';
import { forestAxis } from '../charts/forest.ts';
import type { EndpointView, ModelView } from '../client.ts';
import { tell } from '../events.ts';
import { prettyUnit, whole } from '../format.ts';
import { swatchOf } from '../icons.ts';
import { language, Screen, t } from '../locale.ts';
import type { Key } from '../strings.ts';
import { shared, swatch } from '../styles.ts';
import type { ForestRow } from './forest.ts';
import './forest.ts';

type Way = 'higher' | 'lower' | null;

@customElement('gemello-differences')
export class Differences extends LitElement {
  /** Of all patients. */
  @property({ attribute: false }) result: Result | null = null;
  /** What the study says of comparing; the same object while other things change. */
  @property({ attribute: false }) comparing: Comparing | undefined;
  @property({ attribute: false }) model!: ModelView;
  @state() private scale: Scale = 'difference';
  readonly #screen = new Screen(this);

  static override styles = [
    shared,
    swatch,
    css`
      :host { display: flex; flex-direction: column; gap: 10px; }
      .lead { display: flex; flex-wrap: wrap; gap: 4px 14px; align-items: center; font-size: 12px; color: var(--muted); padding: 0 4px; }
      .lead p { flex: 1 1 260px; min-width: 0; }
      .segments { display: inline-flex; }
      .segments button { min-height: 26px; padding: 1px 9px; font-size: 12px; border-radius: 0; margin-left: -1px; }
      .segments button:first-child { border-radius: 6px 0 0 6px; margin-left: 0; }
      .segments button:last-child { border-radius: 0 6px 6px 0; }
      .segments button[aria-pressed='true'] { background: var(--accent-soft); border-color: var(--accent); color: var(--accent); font-weight: 600; position: relative; }
      figure { border-top: 1px solid var(--line); padding-top: 8px; min-width: 0; break-inside: avoid; }
      .head { display: flex; flex-wrap: wrap; gap: 2px 12px; align-items: center; justify-content: space-between; padding: 0 4px 2px; }
      h2 { font-size: 14px; font-weight: 600; overflow-wrap: anywhere; min-width: 0; }
      h2 span { color: var(--muted); font-weight: 400; }
      .good { display: inline-flex; align-items: center; gap: 6px; font-size: 12px; color: var(--muted); }
      ul { list-style: none; padding: 4px 4px 2px; font-size: 13px; }
      li { display: grid; grid-template-columns: 22px 96px minmax(0, 1fr); gap: 8px; align-items: start; padding: 2px 0; }
      li svg { margin-top: 6px; }
      li svg.shares { width: 96px; height: 10px; margin-top: 5px; border-radius: 2px; background: var(--raised); opacity: var(--faded, 1); print-color-adjust: exact; }
      p.muted { font-size: 12px; padding: 2px 4px 0; }
      li small { display: block; color: var(--muted); font-size: 12px; }
      .better { fill: var(--good); } .worse { fill: var(--bad); } .higher { fill: var(--control); } .lower { fill: var(--line); stroke: var(--control); stroke-width: 1; vector-effect: non-scaling-stroke; }
      @media (max-width: 760px) { li { grid-template-columns: 22px minmax(0, 1fr); } li svg.shares { grid-column: 2; } li > div { grid-column: 2; } }
      @media print { .segments button[aria-pressed='false'] { display: none; } .segments button { border-radius: 6px; } }
    `,
  ];

  override render() {
    const { result, model } = this;
    const differences = result?.differences ?? [];
    const first = differences.at(0);
    if (!result || !first) return html`<p class="muted">${t('compareWait')}</p>`;
    const { scale } = this;
    const note: Key = result.patients === 1 ? 'oneNote' : scale === 'ratio' ? 'ratioNote' : 'pairedNote';
    const choice = (of: Scale, word: Key) =>
      html`<button aria-pressed=${scale === of ? 'true' : 'false'} @click=${() => {
        this.scale = of;
      }}>${t(word)}</button>`;
    return html`
      <div class="lead"><p>${t(note, { n: whole(result.patients, language) })}</p>
        <div class="segments" role="group" aria-label=${t('shownAs')}>${choice('difference', 'asDifference')}${choice('ratio', 'asRatio')}</div></div>
      ${model.endpoints.map((endpoint) => {
        const own = differences.filter((one) => one.endpoint === endpoint.name);
        return own.length === 0 ? nothing : this.#endpoint(endpoint, own, result);
      })}
    `;
  }

  #endpoint(endpoint: EndpointView, differences: readonly Difference[], result: Result) {
    const { scale } = this;
    const speech = { language, t };
    const title = endpoint.label || endpoint.name;
    const unit = prettyUnit(endpoint.unit);
    const arm = (name: string) => result.arms.findIndex((one) => one.name === name);
    const rows = differences.map((one): ForestRow => {
      const estimate = estimateOf(one, endpoint, scale);
      const why =
        scale === 'ratio' ? t(endpoint.type === 'probability' ? 'noRatioOfShares' : 'noRatio') : undefined;
      return {
        name: one.arm,
        arm: arm(one.arm),
        estimate,
        said: estimate && saidEstimate(estimate, endpoint, scale, speech),
        ...(why !== undefined && { why }),
      };
    });
    const estimates = rows.flatMap(({ estimate }) => (estimate ? [estimate] : []));
    const ratio = scale === 'ratio';
    return html`<figure>
      <div class="head"><h2>${title} ${unit ? html`<span>[${unit}]</span>` : nothing}</h2>${this.#good(endpoint, title)}</div>
      <gemello-forest .rows=${rows} .axis=${forestAxis(estimates, { none: ratio ? 1 : 0, log: ratio })} .sides=${sidesOf(differences)}
        label=${title} measure=${t(ratio ? 'asRatio' : 'asDifference')}></gemello-forest>
      ${result.survival?.some((one) => one.endpoint === endpoint.name) ? html`<p class="muted">${t('timesOfBoth')}</p>` : nothing}
      <ul>${differences.map((one) => this.#patients(one, endpoint, arm(one.arm)))}</ul>
    </figure>`;
  }

  /** Which way is good: yes, no, or nobody has said. */
  #good(endpoint: EndpointView, title: string) {
    const condition = endpoint.type === 'probability';
    const chosen: Way = this.comparing?.better?.[endpoint.name] ?? null;
    const choice = (value: Way, word: Key) =>
      html`<button aria-pressed=${chosen === value ? 'true' : 'false'}
        @click=${() => tell(this, 'gemello-edit', { edit: { kind: 'better', endpoint: endpoint.name, value }, phase: 'settle' })}>${t(word)}</button>`;
    return html`<div class="good"><span aria-hidden="true">${t('goodLabel')}</span>
      <div class="segments" role="group" aria-label=${t('goodOf', { name: title })}>
        ${choice('higher', condition ? 'goodYes' : 'goodHigher')}${choice('lower', condition ? 'goodNo' : 'goodLower')}${choice(null, 'goodUnsaid')}
      </div></div>`;
  }

  #patients(difference: Difference, endpoint: EndpointView, arm: number) {
    const speech = { language, t };
    const shares = difference.patients > 1 ? sharesOf(difference) : null;
    const words = patientWords(difference, endpoint, speech);
    const resampled = bootstrapWords(difference, endpoint, speech);
    if (words === '' && resampled === '') return nothing;
    return html`<li>${swatchOf(arm, this.#screen.scheme)}
      <svg class="shares" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
        ${
          shares
            ? svg`<rect class=${shares.judged ? 'worse' : 'lower'} width=${100 * shares.bad} height="10"></rect>
                <rect class=${shares.judged ? 'better' : 'higher'} x=${100 * (1 - shares.good)} width=${100 * shares.good} height="10"></rect>`
            : nothing
        }
      </svg>
      <div class="sentence"><span class="hidden-words">${difference.arm}: </span>${words}${resampled === '' ? nothing : html`<small>${resampled}</small>`}</div></li>`;
  }
}

/** What it means to lie left or right of no difference. */
function sidesOf([first]: readonly Difference[]): readonly [string, string] | null {
  if (!first) return null;
  const { versus, better } = first;
  const [left, right] = (better === undefined
    ? ['lessThan', 'moreThan']
    : better === 'higher'
      ? ['worseThan', 'betterThan']
      : ['betterThan', 'worseThan']) satisfies Key[] as [Key, Key];
  return [t(left, { versus }), t(right, { versus })];
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-differences': Differences;
  }
}
