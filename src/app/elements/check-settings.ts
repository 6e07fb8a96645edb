// What a predictive check is of and how it is made, folded: output, measurement and arm where there is a choice, simulated
// studies, bins, correction. In: the choice. Out: `gemello-check` with what was changed.
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { DEFAULT_REPLICATES } from '../../study/vpc-report.ts';
import type { VpcChoice } from '../checking.ts';
import type { ModelView, TableFacts } from '../client.ts';
import { tell } from '../events.ts';
import { whole } from '../format.ts';
import { language, t } from '../locale.ts';
import { shared } from '../styles.ts';

const REPLICATES = [100, 200, 500, 1000, 2000] as const;
const BINS = [4, 6, 8, 10, 12, 15, 20] as const;
/** What a check without a wish has. */
const USUAL_BINS = 10;

@customElement('gemello-check-settings')
export class CheckSettings extends LitElement {
  @property({ attribute: false }) choice: VpcChoice = {};
  @property({ attribute: false }) model!: ModelView;
  @property({ attribute: false }) measured: NonNullable<TableFacts['measured']> = [];
  @property({ attribute: false }) arms: readonly string[] = [];

  static override styles = [
    shared,
    css`
      :host { display: block; }
      details { border-top: 1px solid var(--line); }
      summary { padding: 6px 4px; cursor: pointer; font-size: 13px; font-weight: 600; }
      .choices { display: flex; flex-wrap: wrap; gap: 8px 18px; padding: 2px 4px 8px; font-size: 13px; align-items: center; }
      label { display: inline-flex; gap: 6px; align-items: center; }
      input[type='checkbox'] { min-height: 0; width: 16px; height: 16px; accent-color: var(--accent); }
      .hint { font-size: 12px; color: var(--muted); flex-basis: 100%; }
    `,
  ];

  override render() {
    const { choice, measured, arms } = this;
    const outputs = measured.filter(({ measurements }) => measurements.length > 0);
    const output = choice.output ?? outputs[0]?.output;
    const ways = outputs.find((one) => one.output === output)?.measurements ?? [];
    const labelOf = (name: string) => this.model.outputs.find((one) => one.name === name)?.label || name;
    return html`<details ?open=${outputs.length > 1 || ways.length > 1}><summary>${t('vpcSettings')}</summary><div class="choices">
      ${this.#names(
        'output',
        t('vpcOutput'),
        outputs.map((one) => one.output),
        labelOf,
      )}
      ${this.#names('measurement', t('vpcMeasurement'), ways)}
      ${this.#names('arm', t('vpcArm'), arms)}
      ${this.#numbers('replicates', t('vpcReplicates'), REPLICATES, DEFAULT_REPLICATES)}
      ${this.#numbers('bins', t('vpcBins'), BINS, USUAL_BINS)}
      <label><input type="checkbox" aria-describedby="why" .checked=${choice.corrected ?? false} @change=${(
        event: Event,
      ) =>
        tell(this, 'gemello-check', {
          corrected: (event.target as HTMLInputElement).checked,
        })} />${t('vpcCorrected')}</label>
      <p class="hint" id="why">${t('vpcCorrectedHint')}</p>
    </div></details>`;
  }

  #names(
    kind: 'output' | 'measurement' | 'arm',
    label: string,
    names: readonly string[],
    labelOf: (name: string) => string = (name) => name,
  ) {
    if (names.length < 2) return nothing;
    const now = this.choice[kind] ?? names[0];
    const choose = (event: Event) => {
      const { value } = event.target as HTMLSelectElement;
      // Another output is measured in ways of its own.
      const [way] = this.measured.find((one) => one.output === value)?.measurements ?? [];
      tell(this, 'gemello-check', { [kind]: value, ...(kind === 'output' && { measurement: way }) });
    };
    return html`<label>${label} <select @change=${choose}>${names.map(
      (name) => html`<option value=${name} ?selected=${name === now}>${labelOf(name)}</option>`,
    )}</select></label>`;
  }

  #numbers(kind: 'replicates' | 'bins', label: string, numbers: readonly number[], usual: number) {
    const now = this.choice[kind] ?? usual;
    return html`<label>${label} <select @change=${(event: Event) =>
      tell(this, 'gemello-check', {
        [kind]: Number((event.target as HTMLSelectElement).value),
      })}>${numbers.map(
      (n) => html`<option value=${n} ?selected=${n === now}>${whole(n, language)}</option>`,
    )}</select></label>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-check-settings': CheckSettings;
  }
}
