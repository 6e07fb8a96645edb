// The comparison of the arms: what each changes, times to an event, and subgroups, one part at a time. In: the last result of
// all patients, whether it is old, the study, the model. Out: the parts, `gemello-edit` for the arm compared with.
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Result } from '../../study/result.ts';
import type { Study } from '../../study/study.ts';
import type { ModelView } from '../client.ts';
import { versusOf } from '../comparing.ts';
import { arms } from '../edits.ts';
import { tell } from '../events.ts';
import { t } from '../locale.ts';
import { shared } from '../styles.ts';
import './differences.ts';
import './subgroups.ts';
import './survival.ts';

type Part = 'differencesPart' | 'survivalPart' | 'subgroupsPart';

@customElement('gemello-compare')
export class Compare extends LitElement {
  /** The last one of all patients; a preview has no differences. */
  @property({ attribute: false }) result: Result | null = null;
  /** It is from before a change that is not computed yet. */
  @property({ type: Boolean, reflect: true }) old = false;
  @property({ attribute: false }) study!: Study;
  @property({ attribute: false }) model!: ModelView;
  @state() private shown: Part = 'differencesPart';

  static override styles = [
    shared,
    css`
      :host { display: flex; flex-direction: column; gap: 8px; height: 100%; min-height: 0; }
      .bar { display: flex; flex-wrap: wrap; gap: 6px 12px; align-items: center; justify-content: space-between; flex: none; }
      .choice { display: flex; flex-wrap: wrap; gap: 4px; }
      .choice button { min-height: 28px; padding: 2px 10px; border-radius: 14px; font-size: 13px; }
      .choice button[aria-pressed='true'] { background: var(--accent-soft); border-color: var(--accent); color: var(--accent); font-weight: 600; }
      label { font-size: 13px; display: inline-flex; gap: 6px; align-items: center; min-width: 0; }
      select { max-width: 190px; min-width: 0; }
      .old { background: var(--warn-soft); color: var(--warn); border-radius: 10px; padding: 1px 9px; font-size: 12px; visibility: hidden; }
      :host([old]) .old { visibility: visible; }
      .part { flex: 1; min-height: 0; overflow: auto; }
      :host([old]) .part { --ink: var(--muted); --faded: 0.5; color: var(--muted); }
      @media (max-width: 760px) {
        :host { height: auto; }
        .part { overflow: visible; }
        .old { position: absolute; clip-path: inset(50%); }
      }
      @media print { .part { overflow: visible; } :host { height: auto; } .bar .choice button[aria-pressed='false'] { display: none; } }
    `,
  ];

  get #parts(): readonly Part[] {
    const several = arms(this.study).length > 1;
    return [
      ...(several ? (['differencesPart'] as const) : []),
      ...(this.result?.survival ? (['survivalPart'] as const) : []),
      'subgroupsPart',
    ];
  }

  override render() {
    const { study, model, result } = this;
    const parts = this.#parts;
    const part = parts.includes(this.shown) ? this.shown : (parts[0] ?? 'subgroupsPart');
    const all = arms(study);
    const versus = versusOf(study)?.name;
    return html`
      <div class="bar">
        <div class="choice" role="group" aria-label=${t('compareParts')}>${parts.map(
          (one) =>
            html`<button aria-pressed=${one === part ? 'true' : 'false'} @click=${() => {
              this.shown = one;
            }}>${t(one)}</button>`,
        )}</div>
        <span class="old" role="status">${this.old ? t('compareOld') : nothing}</span>
        ${
          all.length > 1
            ? html`<label>${t('versusLabel')} <select @change=${this.#choose}>${all.map(
                ({ name }) => html`<option value=${name} .selected=${name === versus}>${name}</option>`,
              )}</select></label>`
            : nothing
        }
      </div>
      <div class="part" tabindex="0" role="region" aria-label=${t(part)}>${
        part === 'differencesPart'
          ? html`<gemello-differences .result=${result} .comparing=${study.compare} .model=${model}></gemello-differences>`
          : part === 'survivalPart'
            ? html`<gemello-survival .survival=${result?.survival ?? []} .model=${model}></gemello-survival>`
            : html`<gemello-subgroups .result=${result} .comparing=${study.compare} .model=${model}></gemello-subgroups>`
      }</div>
    `;
  }

  #choose(event: Event): void {
    const arm = (event.target as HTMLSelectElement).value;
    tell(this, 'gemello-edit', { edit: { kind: 'versus', arm }, phase: 'settle' });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-compare': Compare;
  }
}
