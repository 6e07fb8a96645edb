// The right-hand column: each endpoint's number per arm with its difference to the first, who failed, and the model's
// published checks. In: a result, the model, the verification. Out: words; `gemello-do` to verify.
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Result } from '../../study/result.ts';
import type { Replay } from '../auditing.ts';
import { difference, shortValue } from '../charts/words.ts';
import type { CheckOutcome, EndpointView, ModelView } from '../client.ts';
import { tell } from '../events.ts';
import { prettyUnit, significant, whole } from '../format.ts';
import { icon, swatchOf } from '../icons.ts';
import { language, Screen, t } from '../locale.ts';
import type { Verification } from '../session-state.ts';
import type { Key } from '../strings.ts';
import { shared, swatch } from '../styles.ts';
import './accuracy.ts';
import './replay.ts';
import './who.ts';

const STATUS_WORDS: Readonly<Record<string, Key>> = {
  'too many steps': 'statusTooManySteps',
  'step too small': 'statusStepTooSmall',
  'not finite': 'statusNotFinite',
  'event storm': 'statusEventStorm',
};

/** Of one patient, and with several arms. */
const LEADS = {
  true: { true: 'keyLeadTypicals', false: 'keyLeadTypical' },
  false: { true: 'keyLead', false: 'keyLeadOne' },
} as const satisfies Record<string, Record<string, Key>>;

@customElement('gemello-key-numbers')
export class KeyNumbers extends LitElement {
  @property({ attribute: false }) result: Result | null = null;
  @property({ attribute: false }) model!: ModelView;
  /** The arm that the others are compared with; absent: the first. */
  @property({ attribute: false }) versus: string | undefined;
  @property({ attribute: false }) verification: Verification | null = null;
  @property({ attribute: false }) replay: Replay | null = null;
  /** What is to be known of these numbers. */
  @property({ attribute: false }) warnings: readonly string[] = [];
  @property({ type: Boolean, reflect: true }) stale = false;
  readonly #screen = new Screen(this);

  static override styles = [
    shared,
    swatch,
    css`
      :host { display: block; }
      section { background: var(--surface); border: 1px solid var(--line); border-radius: var(--radius); padding: 12px 14px; margin-bottom: 10px; }
      h2 { font-size: 14px; font-weight: 600; }
      .lead { font-size: 12px; color: var(--muted); margin-bottom: 6px; overflow-wrap: anywhere; }
      :host([stale]) .numbers { color: var(--muted); }
      :host([stale]) .numbers svg { opacity: 0.5; }
      .endpoint { padding: 8px 0; border-top: 1px solid var(--line); }
      h3 { font-size: 13px; font-weight: 500; overflow-wrap: anywhere; margin-bottom: 2px; }
      h3 span { color: var(--muted); font-weight: 400; font-size: 12px; }
      .row { display: grid; grid-template-columns: 22px minmax(0, 1fr) auto; gap: 0 8px; align-items: center; font-variant-numeric: tabular-nums; padding: 1px 0; }
      .row .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: 12px; color: var(--muted); }
      .row .value { font-weight: 600; text-align: right; }
      .row small { font-weight: 400; color: var(--muted); font-size: 12px; }
      .row .spread { grid-column: 2 / -1; text-align: right; color: var(--muted); font-size: 12px; line-height: 1.25; }
      .failed { color: var(--warn); background: var(--warn-soft); border-radius: 6px; padding: 6px 10px; margin-top: 8px; font-size: 13px; }
      .fine { color: var(--muted); font-size: 12px; padding-top: 8px; border-top: 1px solid var(--line); }
      .verified { font-weight: 600; color: var(--good); margin: 4px 0 6px; }
      .verified.bad { color: var(--bad); }
      ul { list-style: none; }
      li { display: grid; grid-template-columns: 18px 1fr; gap: 6px; padding: 5px 0; border-top: 1px solid var(--line); font-size: 12px; overflow-wrap: anywhere; }
      li svg.glyph { width: 14px; height: 14px; margin-top: 2px; color: var(--good); stroke-width: 2; }
      li.bad svg.glyph { color: var(--bad); }
      li small { color: var(--muted); display: block; }
      .warnings li { display: list-item; list-style: disc; margin-left: 14px; border: 0; padding: 1px 0; }
      summary { cursor: pointer; }
      button { margin-top: 6px; }
      @media print { button { display: none; } }
    `,
  ];

  override render() {
    const { result, model } = this;
    const baseline = result?.arms[this.#baseline(result)];
    const several = (result?.arms.length ?? 0) > 1;
    return html`
      <section aria-labelledby="numbers">
        <h2 id="numbers">${t('keyNumbers')}</h2>
        ${
          result
            ? html`<div class="numbers">
                <p class="lead">${t(LEADS[`${result.patients === 1}`][`${several}`], { arm: baseline?.name ?? '' })}</p>
                ${model.endpoints.map((endpoint) => this.#endpoint(endpoint, result))}
                <gemello-who .result=${result}></gemello-who>
                ${this.#failures(result)}
                ${this.#warned()}
                <gemello-accuracy .certificate=${result.certificate ?? null} .model=${model} .courses=${result.patients * result.arms.length}></gemello-accuracy>
                <gemello-replay .replay=${this.replay} .patients=${result.patients}></gemello-replay>
              </div>`
            : html`<p class="muted">${t('noResult')}</p>`
        }
      </section>
      <section aria-labelledby="checks">
        <h2 id="checks">${t('publishedChecks')}</h2>
        ${this.#checks()}
      </section>
    `;
  }

  #baseline({ arms }: Result): number {
    return Math.max(
      0,
      arms.findIndex(({ name }) => name === this.versus),
    );
  }

  #endpoint(endpoint: EndpointView, result: Result) {
    const unit = prettyUnit(endpoint.unit);
    const baseline = this.#baseline(result);
    const other = result.arms[baseline]?.endpoints[endpoint.name];
    return html`<div class="endpoint">
      <h3>${endpoint.label || endpoint.name} ${unit && endpoint.type === 'value' ? html`<span>[${unit}]</span>` : nothing}</h3>
      ${result.arms.map((arm, index) => {
        const value = arm.endpoints[endpoint.name];
        if (!value) return nothing;
        const { number, spread } = shortValue(value, { language, t }, result.patients === 1);
        // Of one patient yes or no says it all.
        const compared = index !== baseline && !(result.patients === 1 && endpoint.type === 'probability');
        const moved = compared && other ? difference(value, other, { language, t }) : null;
        return html`<div class="row">
          ${swatchOf(index, this.#screen.scheme)}<span class="name" title=${arm.name}>${arm.name}</span>
          <span class="value">${moved === null ? nothing : html`<small>${moved}</small> `}${number}</span>
          ${spread === null ? nothing : html`<span class="spread">${spread}</span>`}
        </div>`;
      })}
    </div>`;
  }

  /** Many are one line until somebody wants them. */
  #warned() {
    const { warnings } = this;
    const list = html`<ul class="warnings" lang="en">${warnings.map((warning) => html`<li>${warning}</li>`)}</ul>`;
    if (warnings.length === 0) return nothing;
    return warnings.length < 3
      ? html`<div class="failed" role="status">${list}</div>`
      : html`<details class="failed"><summary>${t('warnings', { n: warnings.length })}</summary>${list}</details>`;
  }

  #failures(result: Result) {
    const failures = Object.entries(result.failed);
    const count = failures.reduce((sum, [, n]) => sum + n, 0);
    if (count === 0) {
      return html`<p class="fine">${result.patients === 1 ? t('oneDone') : t('noneFailed', { n: whole(result.patients, language) })}</p>`;
    }
    const statuses = failures.map(([status, n]) => {
      const word = STATUS_WORDS[status];
      return `${whole(n, language)} ${word ? t(word) : status}`;
    });
    return html`<p class="failed" role="status">${t('failed', { n: whole(count, language) })} ${statuses.join(', ')}.</p>`;
  }

  #checks() {
    const { verification, model } = this;
    if (model.checks === 0) return html`<p class="muted">${t('noChecks')}</p>`;
    if (verification?.kind === 'running') return html`<p class="muted" role="status">${t('verifying')}</p>`;
    const button = html`<button @click=${() => tell(this, 'gemello-do', 'verify')}>${icon('check')} ${t('verify')}</button>`;
    if (!verification) {
      return html`<p class="muted">${t(model.checks === 1 ? 'checksCountOne' : 'checksCount', { n: model.checks })}</p>${button}`;
    }
    if (verification.kind === 'failed')
      return html`<p class="failed" role="alert">${verification.message}</p>${button}`;
    const { outcomes } = verification;
    const passed = outcomes.filter(({ pass }) => pass).length;
    return html`<p class="verified ${passed < outcomes.length ? 'bad' : ''}" role="status">${t('verified', { n: passed, of: outcomes.length })}</p>
      <ul>${outcomes.map((outcome) => this.#outcome(outcome))}</ul>`;
  }

  #outcome(outcome: CheckOutcome) {
    const { label, expected, got, unit, pass, tolerance, source, fault } = outcome;
    const words = t('expectedGot', {
      expected: significant(expected, language, 6),
      got: got === null ? t('nothing') : `${significant(got, language, 6)} ${prettyUnit(unit)}`.trim(),
    });
    return html`<li class=${pass ? '' : 'bad'}>${icon(pass ? 'check' : 'cross')}
      <div>${label}<small>${words} (± ${tolerance})</small>${fault ? html`<small>${fault}</small>` : nothing}${source ? html`<small>${source}</small>` : nothing}</div></li>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-key-numbers': KeyNumbers;
  }
}
