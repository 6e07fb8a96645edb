// Each row of the patients' file as a patient with a cloud: one outcome at a time, every arm beside it. In: a result's clouds,
// the model. Out: a table with a small bar from 5 to 95 % in each cell; the downloaded numbers have all outcomes and rows.
import { css, html, LitElement, nothing, svg } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { CloudsResult, SubgroupNumbers } from '../../study/result.ts';
import { armColour } from '../charts/palette.ts';
import type { EndpointView, ModelView } from '../client.ts';
import { percent, prettyUnit, significant, whole } from '../format.ts';
import { swatchOf } from '../icons.ts';
import { language, Screen, t } from '../locale.ts';
import { shared, swatch } from '../styles.ts';

/** More are for the file. */
const MOST_ROWS = 100;

@customElement('gemello-clouds')
export class Clouds extends LitElement {
  @property({ attribute: false }) clouds!: CloudsResult;
  @property({ attribute: false }) model!: ModelView;
  @state() private chosen = '';
  readonly #screen = new Screen(this);

  static override styles = [
    shared,
    swatch,
    css`
      :host { display: block; margin-bottom: 22px; }
      .head { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 12px; padding-bottom: 6px; }
      h2 { font-size: 14px; font-weight: 600; flex: 1 1 150px; }
      h2 span { color: var(--muted); font-weight: 400; }
      select { max-width: 100%; }
      .scroll { overflow: auto; max-height: 420px; }
      table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
      th, td { padding: 4px 10px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
      th { font-weight: 600; color: var(--muted); font-size: 12px; }
      th.arm { text-align: left; color: var(--ink); border-left: 1px solid var(--line); max-width: 240px; overflow: hidden; text-overflow: ellipsis; }
      th:first-child { text-align: left; position: sticky; left: 0; background: var(--surface); color: var(--ink); font-weight: 400; font-size: 13px; }
      .start { border-left: 1px solid var(--line); }
      .bar { padding: 0 10px 0 0; }
      .bar svg { display: block; width: 110px; height: 14px; }
      .median { font-weight: 600; }
      .note { font-size: 12px; color: var(--muted); padding-top: 4px; }
    `,
  ];

  override render() {
    const { endpoints } = this.model;
    const endpoint = endpoints.find(({ name }) => name === this.chosen) ?? endpoints[0];
    const { rows, patients } = this.clouds;
    const [first] = rows;
    if (!endpoint || !first) return nothing;
    const unit = prettyUnit(endpoint.unit);
    const shown = rows.slice(0, MOST_ROWS);
    const scale = scaleOf(
      shown.flatMap(({ arms }) => arms.flatMap((arm) => arm.endpoints[endpoint.name] ?? [])),
    );
    return html`<div class="head"><h2>${t('cloudsTable')} ${unit ? html`<span>[${unit}]</span>` : nothing}</h2>
        <select aria-label=${t('endpoint')} @change=${(event: Event) => {
          this.chosen = (event.target as HTMLSelectElement).value;
        }}>${endpoints.map(({ name, label }) => html`<option value=${name} ?selected=${name === endpoint.name}>${label || name}</option>`)}</select></div>
      <div class="scroll" tabindex="0" role="group" aria-label=${t('cloudsTable')}><table>
        <thead><tr><th scope="col">${t('cloudsRow')}</th>${first.arms.map(
          (arm, index) =>
            html`<th class="arm" scope="colgroup" colspan=${endpoint.type === 'probability' ? 2 : 3}>${swatchOf(index, this.#screen.scheme)} ${arm.name}</th>`,
        )}</tr></thead>
        <tbody>${shown.map(
          ({ id, arms }) =>
            html`<tr><th scope="row">${id}</th>${arms.map((arm, index) => this.#cells(arm.endpoints[endpoint.name], endpoint, scale, index))}</tr>`,
        )}</tbody>
      </table></div>
      <p class="note">${t('cloudsEach', { n: whole(patients, language) })}; ${endpoint.type === 'probability' ? t('probability') : t('keyLeadOne')}.
        ${rows.length > shown.length ? t('cloudsMore', { shown: shown.length, n: whole(rows.length, language) }) : nothing}</p>`;
  }

  #cells(found: SubgroupNumbers | undefined, { type }: EndpointView, { low, high }: Scale, arm: number) {
    const colour = armColour(arm, this.#screen.scheme);
    const at = (value: number) => (100 * (value - low)) / (high - low);
    const bar = (from: number, to: number, mark: number | null) =>
      html`<td class="bar" aria-hidden="true"><svg viewBox="0 0 100 14" preserveAspectRatio="none">
        ${svg`<rect x=${at(from)} y="4" width=${Math.max(0.6, at(to) - at(from))} height="6" fill=${colour} opacity="0.45"></rect>`}
        ${mark === null ? nothing : svg`<rect x=${at(mark) - 0.8} y="1" width="1.6" height="12" fill=${colour}></rect>`}</svg></td>`;
    if (!found) return html`<td class="start" colspan=${type === 'probability' ? 2 : 3}>–</td>`;
    if ('probability' in found) {
      const share = found.probability;
      return html`<td class="start median">${share === null ? '–' : percent(share, language)}</td>${share === null ? html`<td></td>` : bar(0, share, null)}`;
    }
    const { '0.05': from, '0.5': median, '0.95': to } = found.quantiles;
    return html`<td class="start median">${significant(median, language)}</td>
      <td>${significant(from, language)} – ${significant(to, language)}</td>
      ${from === null || to === null ? html`<td></td>` : bar(from, to, median)}`;
  }
}

interface Scale {
  readonly low: number;
  readonly high: number;
}

/** One for all rows and arms, so that bars compare. */
function scaleOf(all: readonly SubgroupNumbers[]): Scale {
  const ends = all.flatMap((one) =>
    'probability' in one
      ? [0, 1]
      : [one.quantiles['0.05'] ?? Number.NaN, one.quantiles['0.95'] ?? Number.NaN],
  );
  const finite = ends.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite, 0), Math.max(...finite)];
  return high > low ? { low, high } : { low, high: low + 1 };
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-clouds': Clouds;
  }
}
