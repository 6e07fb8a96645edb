// What one patient really got in every arm, in the order it happened: doses and what rules and events decided. In: ledgers
// and names of the arms. Out: small tables. Long ones end with a count of what is left out.
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { ArmLedger } from '../client.ts';
import { significant, whole, withUnit } from '../format.ts';
import { swatchOf } from '../icons.ts';
import { language, Screen, t } from '../locale.ts';
import { shared, swatch } from '../styles.ts';
import type { Decision } from '../timeline/given.ts';
import { type LedgerRow, ledgerRows } from '../timeline/runs.ts';
import { decisionWords, ledgerWords } from '../timeline/words.ts';

const MOST_ROWS = 300;

@customElement('gemello-ledger')
export class Ledger extends LitElement {
  @property({ attribute: false }) ledgers: readonly ArmLedger[] = [];
  @property({ attribute: false }) names: readonly string[] = [];
  @property({ type: Number }) patient = 0;
  /** Unit of model time. */
  @property() time = '';
  readonly #screen = new Screen(this);

  static override styles = [
    shared,
    swatch,
    css`
      :host { display: block; font-size: 12px; flex: none; }
      summary { cursor: pointer; padding: 3px 4px; border-radius: 4px; }
      summary span { color: var(--muted); }
      .arms { display: flex; flex-wrap: wrap; gap: 4px 24px; max-height: min(17dvh, 200px); overflow-y: auto; padding: 2px 4px; }
      .arms > * { flex: 1 1 270px; min-width: 0; }
      table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
      caption { text-align: left; font-weight: 600; padding: 2px 0; }
      th { text-align: right; font-weight: 400; color: var(--muted); }
      th, td { padding: 1px 8px 1px 0; white-space: nowrap; }
      td { text-align: right; border-top: 1px solid color-mix(in srgb, var(--line) 55%, transparent); }
      td.words, th.words { text-align: left; }
      td:last-child, th:last-child { padding-right: 0; }
      td:first-child { white-space: normal; }
      b { font-weight: 600; }
      tr.decision td { background: var(--raised); }
      tr.decision td.words { white-space: normal; overflow-wrap: anywhere; }
      @media (max-width: 760px) { .arms { max-height: none; } }
      @media print { .arms { max-height: none; overflow: visible; } }
    `,
  ];

  override render() {
    const { ledgers, names, patient } = this;
    const speech = { language, t };
    const brief = ledgers
      .map((ledger, arm) => `${names[arm] ?? ''}: ${ledgerWords(ledger, speech)}`)
      .join('; ');
    return html`<details ?open=${!this.#screen.compact}>
      <summary>${t('ledger', { n: whole(patient, language) })} ${this.#screen.compact ? nothing : html`<span>· ${brief}</span>`}</summary>
      <div class="arms" tabindex="0" role="region" aria-label=${t('ledger', { n: whole(patient, language) })} title=${t('ledgerEntering')}>${ledgers.map((ledger, arm) => this.#arm(ledger, arm))}</div>
    </details>`;
  }

  #arm(ledger: ArmLedger, arm: number) {
    const { doses, decisions, more } = ledger;
    const name = this.names[arm] ?? '';
    if (doses.length === 0 && decisions.length === 0)
      return html`<p>${swatchOf(arm, this.#screen.scheme)} <strong>${name}</strong> ${t('ledgerNothing')}</p>`;
    const rows = ledgerRows(ledger);
    const left = rows
      .slice(MOST_ROWS)
      .reduce((sum, row) => sum + (row.kind === 'doses' ? row.count : 1), more);
    return html`<div><table>
      <caption>${swatchOf(arm, this.#screen.scheme)} ${name}</caption>
      <thead><tr><th scope="col" class="words">${t('ledgerTime')}</th><th scope="col">${t('ledgerAmount')}</th><th scope="col" class="words">${t('ledgerInto')}</th><th scope="col" class="words">${t('ledgerOver')}</th></tr></thead>
      <tbody>${rows.slice(0, MOST_ROWS).map((row) => (row.kind === 'doses' ? this.#doses(row) : this.#decision(row.decision)))}</tbody>
    </table>${left > 0 ? html`<p class="muted">${t('ledgerMore', { n: whole(left, language) })}</p>` : nothing}</div>`;
  }

  #doses({ dose, count, last, interval }: Extract<LedgerRow, { kind: 'doses' }>) {
    const at = (value: number) => withUnit(value, this.time, language);
    const when =
      count === 1
        ? at(dose.time)
        : t('ledgerRun', { from: significant(dose.time, language), to: at(last), every: at(interval) });
    const amount = withUnit(dose.amount, dose.unit, language);
    return html`<tr><td class="words">${when}</td><td>${count === 1 ? amount : `${whole(count, language)} × ${amount}`}</td><td class="words">${dose.into}</td>
      <td class="words">${dose.duration > 0 ? at(dose.duration) : t('atOnce')}</td></tr>`;
  }

  /** Changes at times have no name: they are in the plan. */
  #decision(decision: Decision) {
    return html`<tr class="decision"><td class="words" colspan="4">${withUnit(decision.time, this.time, language)} ·
      <b>${decision.name}</b> ${decisionWords(decision, { language, t })}</td></tr>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-ledger': Ledger;
  }
}
