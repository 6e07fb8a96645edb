// What the cohort should look like: targets that are added, changed, dragged and removed, each with what is wrong with it, and
// how many patients the weights are worth. In: study, model, refusals, spreads before weights, a result. Out: `gemello-edit`,
// `gemello-spread`. The weights themselves are the engine's.
import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Result } from '../../study/result.ts';
import type { Study, WeightTarget } from '../../study/study.ts';
import type { ModelView, Refusal, TableFacts } from '../client.ts';
import { covariateRow } from '../covariates.ts';
import { type PageEventMap, tell } from '../events.ts';
import { parseNumber, percent, plain, prettyUnit, significant, whole, withUnit } from '../format.ts';
import { icon } from '../icons.ts';
import { language, t } from '../locale.ts';
import { type Spreads, same } from '../looking.ts';
import type { Key } from '../strings.ts';
import { shared } from '../styles.ts';
import {
  kindOf,
  newTarget,
  ownShares,
  type Present,
  presentOf,
  type TargetKind,
  type Weighable,
  weighables,
} from '../weights.ts';
import './shares.ts';

const WORDS: Readonly<Record<TargetKind, Key>> = {
  histogram: 'targetHistogram',
  mean: 'targetMean',
  spread: 'targetSpread',
  median: 'targetMedian',
  quantile: 'targetQuantile',
  share: 'targetShare',
  shares: 'targetShares',
};

@customElement('gemello-weights')
export class Weights extends LitElement {
  @property({ attribute: false }) study!: Study;
  @property({ attribute: false }) model!: ModelView;
  @property({ attribute: false }) refused: readonly Refusal[] = [];
  @property({ attribute: false }) spreads: Spreads = {};
  @property({ attribute: false }) result: Result | null = null;
  /** Of the table that the patients come from. */
  @property({ attribute: false }) facts: TableFacts | null = null;

  static override styles = [
    shared,
    css`
      :host { display: block; font-size: 13px; }
      .hint { font-size: 12px; color: var(--muted); margin-bottom: 6px; }
      .target { border-top: 1px solid var(--line); padding: 6px 0; }
      .head { display: flex; align-items: center; gap: 6px; }
      .head span { flex: 1; min-width: 0; overflow-wrap: anywhere; line-height: 1.25; }
      .head small { color: var(--muted); font-size: 12px; }
      button.icon { width: 26px; min-height: 26px; border: 0; background: none; color: var(--muted); }
      .boxes { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center; }
      .boxes label { display: inline-flex; gap: 5px; align-items: center; }
      .boxes input { width: 72px; min-height: 26px; padding: 2px 6px; text-align: right; font-variant-numeric: tabular-nums; }
      select { font-size: 13px; max-width: 100%; min-height: 28px; }
      .add { width: 100%; margin-top: 4px; }
      .refusal { color: var(--bad); font-size: 12px; overflow-wrap: anywhere; }
      .worth { padding-top: 6px; border-top: 1px solid var(--line); }
      .worth.few { color: var(--warn); }
    `,
  ];

  override updated(changed: PropertyValues): void {
    if (!changed.has('study') && !changed.has('spreads')) return;
    // The dashed lines of a target that came with a link.
    for (const { of, histogram } of this.#targets) {
      if (
        !histogram ||
        this.#asked.has(of) ||
        (this.spreads[of] && same(this.spreads[of].edges, histogram.edges))
      )
        continue;
      this.#asked.add(of);
      tell(this, 'gemello-spread', { of, edges: histogram.edges });
    }
  }

  readonly #asked = new Set<string>();

  get #targets(): readonly WeightTarget[] {
    return this.study.cohort?.weights ?? [];
  }

  override render() {
    const all = weighables(this.model);
    return html`<p class="hint">${t('weightsHint')}</p>
      ${this.#targets.map((target, at) =>
        this.#target(
          target,
          at,
          all.find(({ name }) => name === target.of),
        ),
      )}
      <select class="add" aria-label=${t('targetAdd')} @change=${this.#add}>
        <option value="" selected>${t('targetAdd')}</option>
        ${all.map(
          ({ name, label, kinds, categories }) =>
            html`<optgroup label=${label}>${kinds.map((kind) =>
              kind === 'shares' && categories.length < 2
                ? nothing
                : html`<option value="${kind} ${name}">${label}: ${t(WORDS[kind])}</option>`,
            )}</optgroup>`,
        )}
      </select>
      ${this.#refusals('cohort.weights')}
      ${this.#worth()}`;
  }

  #target(target: WeightTarget, at: number, of: Weighable | undefined) {
    const kind = kindOf(target, of);
    const label = of?.label ?? target.of;
    const name = `${label}: ${kind ? t(WORDS[kind]) : t('targetSeveral')}`;
    return html`<div class="target" role="group" aria-label=${name}>
      <div class="head"><span>${label} <small>${kind ? t(WORDS[kind]) : t('targetSeveral')}</small></span>
        <button class="icon" aria-label="${t('targetRemove', { name })}" title=${t('targetRemove', { name })} @click=${() => this.#remove(at)}>${icon('cross')}</button></div>
      ${kind ? this.#values(target, at, kind, of) : nothing}
      ${of?.endpoint ? this.#arm(target, at) : nothing}
      ${this.#refusals(`cohort.weights[${at}]`)}
    </div>`;
  }

  #values(target: WeightTarget, at: number, kind: TargetKind, of: Weighable | undefined) {
    const unit = of?.unit ?? '';
    const put = (change: Partial<WeightTarget>, phase: 'drag' | 'settle' = 'settle') =>
      this.#set(
        this.#targets.map((one, index) => (index === at ? { ...one, ...change } : one)),
        phase,
      );
    const box = (word: Key, value: number | undefined, change: (value: number) => void) =>
      this.#box(t(word), value, unit, change);
    const { mean, sd, quantiles = {}, shares = {}, histogram } = target;
    switch (kind) {
      case 'mean':
        return html`<div class="boxes">${box('targetMean', mean, (value) => put({ mean: value }))}</div>`;
      case 'spread':
        return html`<div class="boxes">${box('targetMean', mean, (value) => put({ mean: value }))}
          ${box('targetSd', sd, (value) => put({ sd: value }))}</div>`;
      case 'median':
        return html`<div class="boxes">${box('targetMedian', quantiles['0.5'], (value) => put({ quantiles: { '0.5': value } }))}</div>`;
      case 'quantile': {
        const [[below, value] = ['0.9', undefined]] = Object.entries(quantiles);
        const share = Number((100 * Number(below)).toPrecision(9));
        const at = (percentage: number) => plain(Number((percentage / 100).toPrecision(12)));
        // Half is the median's, and there is nothing below nobody.
        const change = (to: number) =>
          to > 0 && to < 100 && value !== undefined && put({ quantiles: { [at(to)]: value } });
        return html`<div class="boxes">${this.#box(t('targetBelow'), share, '%', change)}
          ${this.#box(t('targetLess'), value, unit, (to) => put({ quantiles: { [below]: to } }))}</div>`;
      }
      case 'share': {
        const shown = mean === undefined ? undefined : Number((100 * mean).toPrecision(6));
        return html`<div class="boxes">${this.#box(t('targetShare'), shown, '%', (value) => put({ mean: value / 100 }))}</div>`;
      }
      case 'shares': {
        const names = Object.keys(shares);
        return html`<gemello-shares label=${of?.label ?? target.of} .names=${names} .marks=${names} .shares=${Object.values(shares)}
          @gemello-shares=${({ detail }: PageEventMap['gemello-shares']) =>
            put(
              { shares: Object.fromEntries(names.map((name, bar) => [name, detail.shares[bar] ?? 0])) },
              detail.phase,
            )}></gemello-shares>`;
      }
      case 'histogram': {
        if (!histogram) return nothing;
        const { edges } = histogram;
        const spread = this.spreads[target.of];
        const names = edges
          .slice(1)
          .map((to, bar) => `${significant(edges[bar] ?? 0, language)} – ${withUnit(to, unit, language)}`);
        return html`<gemello-shares label=${of?.label ?? target.of} .names=${names} .marks=${edges.map((edge, at) => (at % 2 === 0 || edges.length < 8 ? significant(edge, language) : ''))}
          .shares=${histogram.shares} .drawn=${spread && same(spread.edges, edges) ? spread.shares : null}
          @gemello-shares=${({ detail }: PageEventMap['gemello-shares']) => put({ histogram: { edges, shares: detail.shares } }, detail.phase)}></gemello-shares>`;
      }
      default:
        return kind satisfies never;
    }
  }

  /** `change` says false to a number that it cannot take. */
  #box(label: string, value: number | undefined, unit: string, change: (value: number) => unknown) {
    const typed = (event: Event) => {
      const box = event.target as HTMLInputElement;
      const number = parseNumber(box.value);
      const taken = number !== null && change(number) !== false;
      if (!taken) box.value = value === undefined ? '' : plain(value, language);
    };
    return html`<label>${label} <input inputmode="decimal" autocomplete="off" .value=${value === undefined ? '' : plain(value, language)} @change=${typed} />
      <span class="muted">${prettyUnit(unit)}</span></label>`;
  }

  /** The arm in which an endpoint is to have the number. */
  #arm(target: WeightTarget, at: number) {
    const { arms = [], compare } = this.study;
    if (arms.length < 2) return nothing;
    const now = target.arm ?? compare?.versus ?? arms[0]?.name;
    return html`<label class="boxes">${t('arm')} <select @change=${(event: Event) =>
      this.#set(
        this.#targets.map((one, index) =>
          index === at ? { ...one, arm: (event.target as HTMLSelectElement).value } : one,
        ),
      )}>${arms.map(({ name }) => html`<option value=${name} ?selected=${name === now}>${name}</option>`)}</select></label>`;
  }

  readonly #add = (event: Event) => {
    const select = event.target as HTMLSelectElement;
    const [, kind, name] = /^(\S+) (.*)$/.exec(select.value) ?? [];
    select.value = '';
    const of = weighables(this.model).find((one) => one.name === name);
    const found = of?.kinds.find((one) => one === kind);
    if (!of || !found) return;
    if (found === 'histogram') {
      this.#asked.add(of.name);
      tell(this, 'gemello-spread', { of: of.name, target: true });
      return;
    }
    const covariate = this.model.covariates.find((one) => one.name === of.name);
    const target =
      found === 'shares' && covariate
        ? { of: of.name, shares: ownShares(covariate) }
        : newTarget(of, found, this.#present(of));
    this.#set([...this.#targets, target]);
  };

  #present(of: Weighable): Present {
    const covariate = this.model.covariates.find(({ name }) => name === of.name);
    if (covariate) {
      const { value } = covariateRow(covariate, this.study.cohort?.set?.[of.name]);
      return this.spreads[of.name] ?? presentOf(covariate, this.facts?.columns[of.name], value);
    }
    const arm =
      this.result?.arms.find(({ name }) => name === this.study.compare?.versus) ?? this.result?.arms[0];
    const value = arm?.endpoints[of.name];
    if (!value) return { mean: 0, median: 0, sd: 1 };
    if ('probability' in value) return { mean: value.probability, median: value.probability, sd: 0 };
    const { quantiles } = value;
    const mean = value.mean ?? quantiles['0.5'] ?? 0;
    // Half of normal patients are within 0.674 spreads of the middle.
    const sd = ((quantiles['0.75'] ?? mean) - (quantiles['0.25'] ?? mean)) / 1.349;
    return { mean, median: quantiles['0.5'] ?? mean, sd: sd || Math.abs(mean) / 5 };
  }

  #remove(at: number): void {
    this.#asked.delete(this.#targets[at]?.of ?? '');
    this.#set(this.#targets.filter((_, index) => index !== at));
    // The button goes with its target; the keyboard's place stays in the list.
    this.renderRoot.querySelector<HTMLElement>('.add')?.focus();
  }

  #set(value: readonly WeightTarget[], phase: 'drag' | 'settle' = 'settle'): void {
    tell(this, 'gemello-edit', { edit: { kind: 'weights', value }, phase });
  }

  #refusals(field: string) {
    return this.refused
      .filter((one) => one.field === field || one.field.startsWith(`${field}.`))
      .map(({ message }) => html`<p class="refusal" role="alert">${message}</p>`);
  }

  #worth() {
    const { weighting, patients = 0 } = this.result ?? {};
    if (!weighting || this.#targets.length === 0) return nothing;
    const { effective, largest } = weighting;
    const share = effective / Math.max(1, patients);
    const words = t('weightsWorth', {
      effective: whole(effective, language),
      n: whole(patients, language),
      share: percent(share, language, 0),
      largest: significant(largest, language, 2),
    });
    return html`<p class="worth ${share < FEW ? 'few' : ''}" role="status">${words} ${share < FEW ? t('weightsFew') : nothing}</p>`;
  }
}

/** Below this share of the patients, numbers hang on a few of them. */
const FEW = 0.1;

declare global {
  interface HTMLElementTagNameMap {
    'gemello-weights': Weights;
  }
}
