// The same comparison for parts of the cohort: which covariates divide it and where, a forest of the groups, and how many of the
// intervals chance alone would move. In: a full result, the study, the model. Out: `gemello-edit`.
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type {
  Difference,
  EndpointResult,
  Result,
  SubgroupNumbers,
  SubgroupResult,
} from '../../study/result.ts';
import type { Comparing, Split } from '../../study/study.ts';
import { estimateOf, groupWords, type Said, saidEstimate } from '../charts/compare-words.ts';
import { type Estimate, forestAxis } from '../charts/forest.ts';
import type { CovariateView, EndpointView, ModelView } from '../client.ts';
import { cutsText, parseCuts } from '../comparing.ts';
import { tell } from '../events.ts';
import { percent, prettyUnit, significant, whole } from '../format.ts';
import { language, t } from '../locale.ts';
import { shared } from '../styles.ts';
import type { ForestRow } from './forest.ts';
import './forest.ts';

@customElement('gemello-subgroups')
export class Subgroups extends LitElement {
  /** Of all patients. */
  @property({ attribute: false }) result: Result | null = null;
  /** What the study says of comparing; the same object while other things change. */
  @property({ attribute: false }) comparing: Comparing | undefined;
  @property({ attribute: false }) model!: ModelView;
  @state() private endpoint = '';
  @state() private arm = '';
  /** The covariate whose cuts are no numbers. */
  @state() private wrong: string | null = null;

  static override styles = [
    shared,
    css`
      :host { display: flex; flex-direction: column; gap: 10px; }
      fieldset { border: 0; margin: 0; padding: 0 4px; display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: center; font-size: 13px; min-width: 0; }
      legend { padding: 0; font-size: 12px; color: var(--muted); }
      .split { display: inline-flex; gap: 6px; align-items: center; min-height: 32px; min-width: 0; }
      .split label { display: inline-flex; gap: 6px; align-items: center; }
      .split input[type='checkbox'] { min-height: 0; width: 16px; height: 16px; accent-color: var(--accent); flex: none; }
      .split input[type='text'] { width: 104px; min-height: 26px; font-size: 12px; }
      .bad { color: var(--bad); font-size: 12px; flex-basis: 100%; }
      .picks { display: flex; flex-wrap: wrap; gap: 6px 16px; padding: 0 4px; }
      .picks label { font-size: 13px; display: inline-flex; gap: 6px; align-items: center; min-width: 0; }
      select { max-width: 260px; min-width: 0; }
      p, figcaption { padding: 0 4px; font-size: 12px; overflow-wrap: anywhere; }
      figcaption { padding-top: 8px; }
      .hint { font-size: 13px; max-width: 60ch; }
      .chance { background: var(--warn-soft); color: var(--warn); border-radius: 6px; padding: 6px 10px; }
    `,
  ];

  override render() {
    const { model, result } = this;
    if (model.covariates.length === 0) return html`<p class="hint muted">${t('noCovariates')}</p>`;
    if (model.endpoints.length === 0) return html`<p class="hint muted">${t('noEndpoints')}</p>`;
    const asked = this.#splits.length > 0;
    return html`
      <fieldset><legend>${t('subgroupsOf')}</legend>${model.covariates.map((covariate) => this.#split(covariate))}
        ${this.wrong === null ? nothing : html`<p class="bad" role="alert">${t('cutsWrong')}</p>`}</fieldset>
      ${
        !asked
          ? html`<p class="hint muted">${t('subgroupsEmpty')}</p>`
          : result?.subgroups && result.subgroups.length > 0
            ? this.#groups(result, result.subgroups)
            : html`<p class="hint muted">${t('subgroupsWait')}</p>`
      }
    `;
  }

  get #splits(): readonly Split[] {
    return this.comparing?.subgroups ?? [];
  }

  #split({ name, label, unit, type }: CovariateView) {
    const split = this.#splits.find(({ of }) => of === name);
    const title = label || name;
    return html`<div class="split"><label><input type="checkbox" .checked=${split !== undefined} @change=${(event: Event) => this.#toggle(name, (event.target as HTMLInputElement).checked)} />${title}</label>
      ${
        split && type === 'number'
          ? html`<input type="text" autocomplete="off" maxlength="120" placeholder=${t('cutsHint')} aria-label="${t('cutsOf', { name: title })}${unit ? ` [${prettyUnit(unit)}]` : ''}"
              aria-invalid=${this.wrong === name ? 'true' : 'false'} .value=${cutsText(split.cuts, language)} @change=${(event: Event) => this.#cut(name, (event.target as HTMLInputElement).value)} />
              ${unit ? html`<span class="muted">${prettyUnit(unit)}</span>` : nothing}`
          : nothing
      }</div>`;
  }

  #toggle(of: string, on: boolean): void {
    const others = this.#splits.filter((split) => split.of !== of);
    this.#edit(on ? [...others, { of }] : others);
  }

  #cut(of: string, text: string): void {
    const cuts = parseCuts(text, language);
    this.wrong = cuts === null ? of : null;
    if (cuts === null) return;
    this.#edit(
      this.#splits.map((split) => (split.of !== of ? split : cuts.length === 0 ? { of } : { of, cuts })),
    );
  }

  #edit(splits: readonly Split[]): void {
    if (splits.every(({ of }) => of !== this.wrong)) this.wrong = null;
    tell(this, 'gemello-edit', { edit: { kind: 'subgroups', splits }, phase: 'settle' });
  }

  #groups(result: Result, groups: readonly SubgroupResult[]) {
    const { endpoints } = this.model;
    const endpoint = endpoints.find(({ name }) => name === this.endpoint) ?? endpoints[0];
    const versus = result.differences?.[0]?.versus;
    const others = result.arms.filter(({ name }) => name !== versus);
    const arm = (others.find(({ name }) => name === this.arm) ?? others[0])?.name ?? '';
    if (!endpoint) return nothing;
    const index = result.arms.findIndex(({ name }) => name === arm);
    const { rows, estimates, mark } =
      versus === undefined
        ? this.#own(result, groups, endpoint, index)
        : this.#compared(result, groups, endpoint, { arm, index });
    const many = estimates.length - 1;
    return html`
      <div class="picks">
        <label>${t('subgroupEndpoint')} <select @change=${(event: Event) => {
          this.endpoint = (event.target as HTMLSelectElement).value;
        }}>${endpoints.map((one) => html`<option value=${one.name} .selected=${one === endpoint}>${one.label || one.name}</option>`)}</select></label>
        ${
          others.length > 1
            ? html`<label>${t('arm')} <select @change=${(event: Event) => {
                this.arm = (event.target as HTMLSelectElement).value;
              }}>${others.map(({ name }) => html`<option value=${name} .selected=${name === arm}>${name}</option>`)}</select></label>`
            : nothing
        }
      </div>
      <figure><h2 class="hidden-words">${endpoint.label || endpoint.name}</h2><gemello-forest .rows=${rows} .axis=${forestAxis(estimates, { none: versus === undefined ? null : 0 })} .mark=${mark}
        label=${t('subgroupsPart')} measure=${t(versus === undefined ? 'median' : 'asDifference')}></gemello-forest>
      <figcaption class="muted">${versus === undefined ? t('subgroupsNoteOne') : t('subgroupsNote', { arm, versus })}</figcaption></figure>
      ${
        versus === undefined || many < 2
          ? nothing
          : html`<p class="chance">${this.#multiplicity(many, groups)}</p>`
      }
    `;
  }

  #multiplicity(here: number, groups: readonly SubgroupResult[]): string {
    const all = groups.reduce((sum, { differences = [] }) => sum + differences.length, 0);
    const chance = (n: number) => significant(n / 20, language, 2);
    const n = whole(here, language);
    return t('multiplicity', { n, all: whole(all, language), chance: chance(here), chances: chance(all) });
  }

  #compared(
    result: Result,
    groups: readonly SubgroupResult[],
    endpoint: EndpointView,
    { arm, index }: { readonly arm: string; readonly index: number },
  ): Drawn {
    const speech = { language, t };
    const of = (differences: readonly Difference[] | undefined) =>
      differences?.find((one) => one.arm === arm && one.endpoint === endpoint.name);
    return drawn(groups, this.model, index, (group) => {
      const found = of(group ? group.differences : result.differences);
      const estimate = found ? estimateOf(found, endpoint, 'difference') : null;
      const patients = found?.patients ?? group?.patients ?? result.patients;
      return { patients, estimate, said: estimate && saidEstimate(estimate, endpoint, 'difference', speech) };
    });
  }

  /** With one arm the groups' own numbers stand side by side. */
  #own(result: Result, groups: readonly SubgroupResult[], endpoint: EndpointView, index: number): Drawn {
    return drawn(groups, this.model, index, (group) => {
      const numbers = (group ? group.arms : result.arms)[index]?.endpoints[endpoint.name];
      const estimate = numbers ? ownEstimate(numbers) : null;
      const missing = numbers?.missing ?? 0;
      return {
        patients: (group?.patients ?? result.patients) - missing,
        estimate,
        said: estimate && saidOwn(estimate, endpoint),
      };
    });
  }
}

interface Drawn {
  readonly rows: readonly ForestRow[];
  readonly estimates: readonly Estimate[];
  readonly mark: number | null;
}

interface Found {
  readonly patients: number;
  readonly estimate: Estimate | null;
  readonly said: Said | null;
}

/** All patients first, then each group under the name of what divides them. */
function drawn(
  groups: readonly SubgroupResult[],
  model: ModelView,
  arm: number,
  find: (group: SubgroupResult | null) => Found,
): Drawn {
  const all = find(null);
  const aside = (n: number) => t('patientsShort', { n: whole(n, language) });
  const found = groups.map((group) => ({ group, ...find(group) }));
  const rows: ForestRow[] = [
    {
      name: t('everybody'),
      arm,
      aside: aside(all.patients),
      estimate: all.estimate,
      said: all.said,
      whole: true,
    },
    ...found.map(({ group, patients, estimate, said }, at): ForestRow => {
      const covariate = model.covariates.find(({ name }) => name === group.of);
      const first = groups[at - 1]?.of !== group.of;
      return {
        name: groupWords(group, { language, t }),
        arm: null,
        aside: aside(patients),
        estimate,
        said,
        ...(first && { heading: covariate?.label || group.of }),
      };
    }),
  ];
  const estimates = [all, ...found].flatMap(({ estimate }) => (estimate ? [estimate] : []));
  return { rows, estimates, mark: all.estimate?.value ?? null };
}

/** Median with 5 and 95 %; of a share, itself alone. */
function ownEstimate(numbers: SubgroupNumbers | EndpointResult): Estimate | null {
  if ('probability' in numbers) {
    const { probability } = numbers;
    if (probability === null || Number.isNaN(probability)) return null;
    return { value: 100 * probability, interval: [Number.NaN, Number.NaN] };
  }
  const { '0.05': low, '0.5': median, '0.95': high } = numbers.quantiles;
  return median === null ? null : { value: median, interval: [low ?? Number.NaN, high ?? Number.NaN] };
}

function saidOwn({ value, interval: [low, high] }: Estimate, { type, unit }: EndpointView): Said {
  if (type === 'probability') return { number: percent(value / 100, language), interval: '' };
  const shown = (x: number) => significant(x, language);
  const interval =
    Number.isFinite(low) && Number.isFinite(high) ? t('fromTo', { low: shown(low), high: shown(high) }) : '';
  return { number: `${shown(value)} ${prettyUnit(unit)}`.trim(), interval };
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-subgroups': Subgroups;
  }
}
