// A predictive check as a table, folded: a row a bin, each observed percentile with the interval that simulation gives it.
// In: the check. Out: words and numbers; what lies outside is marked by a word, not by colour alone.
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Vpc, VpcBand, VpcNumber } from '../../study/vpc-report.ts';
import { percent, prettyUnit, significant, whole } from '../format.ts';
import { icon } from '../icons.ts';
import { language, t } from '../locale.ts';
import { shared } from '../styles.ts';

@customElement('gemello-check-numbers')
export class CheckNumbers extends LitElement {
  @property({ attribute: false }) vpc!: Vpc;

  static override styles = [
    shared,
    css`
      :host { display: block; }
      details { border-top: 1px solid var(--line); }
      summary { padding: 6px 4px; cursor: pointer; font-size: 13px; font-weight: 600; }
      .scroll { overflow-x: auto; }
      table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
      th, td { padding: 4px 10px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
      th { font-weight: 600; color: var(--muted); font-size: 12px; vertical-align: bottom; }
      td.out { color: var(--bad); font-weight: 600; }
      td small { color: var(--muted); font-weight: 400; font-size: 12px; }
      td svg.glyph { width: 12px; height: 12px; vertical-align: -1px; }
    `,
  ];

  override render() {
    const { bins, unit, timeUnit } = this.vpc;
    const number = (value: VpcNumber) => (value === 'below' ? t('vpcBelow') : significant(value, language));
    const share = (value: VpcNumber) => (typeof value === 'number' ? percent(value, language, 0) : '–');
    const limited = bins.some(({ below }) => below);
    const observed = (p: number) => html`<th scope="col">${t('vpcObserved', { share: p })}
      ${unit ? `[${prettyUnit(unit)}]` : nothing}<br />(${t('vpcSimulated')})</th>`;
    return html`<details><summary>${t('vpcNumbers')}</summary>
      <div class="scroll" tabindex="0" role="group" aria-label=${t('vpcNumbers')}><table>
        <thead><tr><th scope="col">${t('vpcTime', { unit: prettyUnit(timeUnit) })}</th><th scope="col">${t('vpcCount')}</th>
          ${observed(5)}${observed(50)}${observed(95)}${limited ? html`<th scope="col">${t('vpcBelowTitle')}<br />(${t('vpcSimulated')})</th>` : nothing}</tr></thead>
        <tbody>${bins.map(
          (
            bin,
          ) => html`<tr><td>${significant(bin.from, language)} – ${significant(bin.to, language)}</td><td>${whole(bin.observations, language)}</td>
            ${cell(bin.p5, number)}${cell(bin.p50, number)}${cell(bin.p95, number)}${bin.below ? cell(bin.below, share) : nothing}</tr>`,
        )}</tbody>
      </table></div></details>`;
  }
}

const cell = ({ observed, low, high, inside }: VpcBand, number: (value: VpcNumber) => string) =>
  html`<td class=${inside === false ? 'out' : ''}>${inside === false ? html`${icon('cross')} ` : nothing}${number(observed)}
    <small>(${number(low)} – ${number(high)})</small></td>`;

declare global {
  interface HTMLElementTagNameMap {
    'gemello-check-numbers': CheckNumbers;
  }
}
