// Who the numbers are about: how the cohort was come by, clause by clause, and with which weights it is counted. In: a full
// result. Out: words and small bars; nothing where neither is the case. It stands beside the key numbers, because what it says
// is true of every number on the page, also with one arm.
import { css, html, LitElement, nothing, svg } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Result, WeightingResult } from '../../study/result.ts';
import { percent, significant, whole } from '../format.ts';
import { language, t } from '../locale.ts';
import { shared } from '../styles.ts';

@customElement('gemello-who')
export class Who extends LitElement {
  @property({ attribute: false }) result: Result | null = null;

  static override styles = [
    shared,
    css`
      :host { display: block; font-size: 12px; }
      .who { border-top: 1px solid var(--line); padding: 8px 0; }
      h3 { font-size: 13px; font-weight: 500; margin-bottom: 2px; }
      ol { list-style: none; margin: 0; padding: 0; }
      li { padding: 2px 0; }
      li div { display: flex; justify-content: space-between; gap: 10px; font-variant-numeric: tabular-nums; }
      li div span:first-child { overflow-wrap: anywhere; min-width: 0; }
      li div span:last-child { white-space: nowrap; }
      code { font-family: var(--mono); font-size: 11px; }
      svg { display: block; width: 100%; height: 5px; border-radius: 2px; background: var(--raised); fill: var(--control); print-color-adjust: exact; }
      summary { cursor: pointer; color: var(--muted); padding: 3px 0; border-radius: 4px; }
      .scroll { overflow-x: auto; }
      table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; font-size: 11px; }
      th, td { padding: 2px 0 2px 6px; text-align: right; border-top: 1px solid var(--line); }
      th { font-weight: 400; color: var(--muted); }
      th:first-child, td:first-child { text-align: left; padding-left: 0; overflow-wrap: anywhere; min-width: 60px; }
    `,
  ];

  override render() {
    const { funnel, weighting, patients = 0 } = this.result ?? {};
    if (!funnel && !weighting) return nothing;
    return html`<div class="who"><h3>${t('whoTitle')}</h3>
      ${funnel ? this.#funnel(funnel) : nothing}${weighting ? this.#weights(weighting, patients) : nothing}</div>`;
  }

  #funnel({ drawn, left }: NonNullable<Result['funnel']>) {
    const step = (what: unknown, n: number) => html`<li><div><span>${what}</span>
        <span><b>${whole(n, language)}</b> <span class="muted">${percent(drawn > 0 ? n / drawn : Number.NaN, language, n === drawn ? 0 : 1)}</span></span></div>
      <svg viewBox="0 0 100 5" preserveAspectRatio="none" aria-hidden="true">${svg`<rect width=${drawn > 0 ? (100 * n) / drawn : 0} height="5"></rect>`}</svg></li>`;
    return html`<ol>${step(t('funnelDrawn'), drawn)}${left.map(({ clause, patients }) => step(html`<code>${clause}</code>`, patients))}</ol>`;
  }

  #weights({ effective, largest, excluded, targets }: WeightingResult, patients: number) {
    const number = (x: number) => significant(x, language);
    return html`<p>${t('weightedLine', { effective: whole(effective, language), n: whole(patients, language), largest: significant(largest, language, 2) })}
        ${excluded > 0 ? t('weightedExcluded', { n: whole(excluded, language) }) : nothing}</p>
      <details><summary>${t('weightedTargets')}</summary><div class="scroll" tabindex="0" role="group" aria-label=${t('weightedTargets')}><table>
        <thead><tr><td></td><th scope="col">${t('weightTarget')}</th><th scope="col">${t('weightReached')}</th><th scope="col">${t('weightBefore')}</th></tr></thead>
        <tbody>${targets.map(
          ({ name, target, weighted, unweighted }) =>
            html`<tr><td>${name}</td><td>${number(target)}</td><td>${number(weighted)}</td><td>${number(unweighted)}</td></tr>`,
        )}</tbody></table></div></details>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-who': Who;
  }
}
