// The charts as numbers: every endpoint and every output, all arms side by side. In: a result, the model.
// Out: tables, and the same as a CSV file. Long runs show evenly spread times; the file has all of them.
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { csvRow, heading } from '../../study/csv.ts';
import { QUANTILES, type Quantile, type Result } from '../../study/result.ts';
import type { EndpointView, ModelView, OutputView } from '../client.ts';
import { saveFile } from '../files.ts';
import { percent, prettyUnit, significant } from '../format.ts';
import { icon, swatchOf } from '../icons.ts';
import { language, Screen, t } from '../locale.ts';
import { shared, swatch } from '../styles.ts';
import './clouds.ts';

const MOST_ROWS = 25;
const SHOWN: readonly Quantile[] = ['0.05', '0.5', '0.95'];

@customElement('gemello-table')
export class NumbersTable extends LitElement {
  @property({ attribute: false }) result: Result | null = null;
  @property({ attribute: false }) model!: ModelView;
  readonly #screen = new Screen(this);

  static override styles = [
    shared,
    swatch,
    css`
      :host { display: block; height: 100%; overflow: auto; }
      section { margin-bottom: 22px; }
      .head { display: flex; align-items: center; gap: 12px; justify-content: space-between; position: sticky; left: 0; padding-bottom: 6px; }
      h2 { font-size: 14px; font-weight: 600; overflow-wrap: anywhere; }
      h2 span { color: var(--muted); font-weight: 400; }
      .scroll { overflow-x: auto; }
      table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
      th, td { padding: 4px 10px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
      th:first-child, td:first-child { text-align: left; position: sticky; left: 0; background: var(--surface); }
      th { font-weight: 600; color: var(--muted); font-size: 12px; }
      .left { text-align: left; }
      td:first-child { white-space: normal; min-width: 110px; max-width: 220px; }
      th.arm { text-align: left; color: var(--ink); border-left: 1px solid var(--line); max-width: 240px; overflow: hidden; text-overflow: ellipsis; }
      td.start, th.start { border-left: 1px solid var(--line); }
      td.median { font-weight: 600; }
      .note { font-size: 12px; color: var(--muted); padding-top: 4px; }
    `,
  ];

  override render() {
    const { result, model } = this;
    if (!result) return html`<p class="muted">${t('noResult')}</p>`;
    return html`
      ${result.clouds ? html`<gemello-clouds .clouds=${result.clouds} .model=${model}></gemello-clouds>` : nothing}
      ${model.endpoints.length > 0 ? this.#endpoints(result) : nothing}
      ${model.outputs.map((output) => this.#output(output, result))}
    `;
  }

  #endpoints(result: Result) {
    return html`<section>
      <div class="head">
        <h2>${t('outcomes')}</h2>
        <button @click=${() => saveFile(`${result.model.name}-outcomes.csv`, endpointsCsv(result, this.model), 'text/csv')}>${icon('save')} ${t('saveCsv')}</button>
      </div>
      <div class="scroll" tabindex="0" role="group" aria-label=${t('outcomes')}><table>
        <thead><tr><th scope="col">${t('endpoint')}</th><th scope="col" class="left">${t('arm')}</th><th scope="col">${t('mean')}</th>
          ${SHOWN.map((quantile) => html`<th scope="col">${quantileName(quantile)}</th>`)}<th scope="col">${t('probability')}</th></tr></thead>
        <tbody>${this.model.endpoints.flatMap((endpoint) => result.arms.map((arm, index) => this.#endpointRow(endpoint, arm.name, index, result)))}</tbody>
      </table></div>
    </section>`;
  }

  #endpointRow(endpoint: EndpointView, arm: string, index: number, result: Result) {
    const value = result.arms[index]?.endpoints[endpoint.name];
    const unit = prettyUnit(endpoint.unit);
    const cells =
      !value || 'probability' in value
        ? html`<td>–</td>${SHOWN.map(() => html`<td>–</td>`)}<td class="median">${value ? percent(value.probability, language) : '–'}</td>`
        : html`<td>${significant(value.mean, language)}</td>${SHOWN.map((quantile) => html`<td class=${quantile === '0.5' ? 'median' : ''}>${significant(value.quantiles[quantile], language)}</td>`)}<td>–</td>`;
    return html`<tr><td>${index === 0 ? html`${endpoint.label || endpoint.name} ${unit ? html`<span class="muted">[${unit}]</span>` : nothing}` : nothing}</td>
      <td class="left">${swatchOf(index, this.#screen.scheme)} ${arm}</td>${cells}</tr>`;
  }

  #output(output: OutputView, result: Result) {
    const times = result.arms[0]?.times;
    const count = times?.values.length ?? 0;
    const every = Math.max(1, Math.ceil(count / MOST_ROWS));
    const rows = Array.from({ length: Math.ceil(count / every) }, (_, row) => row * every);
    const unit = prettyUnit(output.unit);
    const title = output.label || output.name;
    return html`<section>
      <div class="head">
        <h2>${title} ${unit ? html`<span>[${unit}]</span>` : nothing}</h2>
        <button @click=${() => saveFile(`${result.model.name}-${output.name}.csv`, outputCsv(result, output), 'text/csv')}>${icon('save')} ${t('saveCsv')}</button>
      </div>
      <div class="scroll" tabindex="0" role="group" aria-label=${title}><table>
        <thead>
          <tr><td></td>${result.arms.map((arm, index) => html`<th class="arm" colspan=${SHOWN.length} scope="colgroup">${swatchOf(index, this.#screen.scheme)} ${arm.name}</th>`)}</tr>
          <tr><th scope="col">${t('timeAxis', { unit: prettyUnit(times?.unit ?? '') })}</th>
            ${result.arms.map(() => SHOWN.map((quantile, at) => html`<th scope="col" class=${at === 0 ? 'start' : ''}>${quantileName(quantile)}</th>`))}</tr>
        </thead>
        <tbody>${rows.map(
          (row) => html`<tr><td>${significant(times?.values[row] ?? null, language, 4)}</td>
            ${result.arms.map((arm) =>
              SHOWN.map(
                (quantile, at) =>
                  html`<td class=${at === 0 ? 'start' : quantile === '0.5' ? 'median' : ''}>${significant(arm.outputs[output.name]?.quantiles[quantile][row] ?? null, language)}</td>`,
              ),
            )}</tr>`,
        )}</tbody>
      </table></div>
      ${every > 1 ? html`<p class="note">${t('rowsShown', { shown: rows.length, n: count })}</p>` : nothing}
    </section>`;
  }
}

function quantileName(quantile: Quantile): string {
  return quantile === '0.5' ? t('median') : `${Number(quantile) * 100} %`;
}

export function endpointsCsv(result: Result, model: ModelView): string {
  const head = csvRow([
    'endpoint',
    'unit',
    'arm',
    'mean',
    ...QUANTILES.map((quantile) => `q${quantile}`),
    'probability',
    'missing',
  ]);
  const rows = model.endpoints.flatMap((endpoint) =>
    result.arms.flatMap((arm) => {
      const value = arm.endpoints[endpoint.name];
      if (!value) return [];
      const cells =
        'probability' in value
          ? ['', ...QUANTILES.map(() => ''), value.probability, '']
          : [
              value.mean ?? '',
              ...QUANTILES.map((quantile) => value.quantiles[quantile] ?? ''),
              '',
              value.missing ?? 0,
            ];
      return [csvRow([endpoint.name, endpoint.unit, arm.name, ...cells])];
    }),
  );
  return head + rows.join('');
}

export function outputCsv(result: Result, output: OutputView): string {
  const [first] = result.arms;
  const columns = ['mean', ...QUANTILES.map((quantile) => `q${quantile}`)].map((name) =>
    heading(name, output.unit),
  );
  const rows = result.arms.flatMap((arm) =>
    arm.times.values.map((time, at) => {
      const found = arm.outputs[output.name];
      return csvRow([
        arm.name,
        time,
        found?.mean[at] ?? '',
        ...QUANTILES.map((quantile) => found?.quantiles[quantile][at] ?? ''),
      ]);
    }),
  );
  return csvRow(['arm', heading('time', first?.times.unit ?? ''), ...columns]) + rows.join('');
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-table': NumbersTable;
  }
}
