// The doses given, replayed as a fixed schedule: a button, how far it is, and what came of it by arm, in words.
// In: the session's replay, how many patients the result has. Out: `gemello-do` to start or stop. Where nothing was
// decided it shows nothing.
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { AuditedArm } from '../../study/result.ts';
import type { Replay } from '../auditing.ts';
import { tell } from '../events.ts';
import { percent, significant, whole } from '../format.ts';
import { icon } from '../icons.ts';
import { language, t } from '../locale.ts';
import { shared } from '../styles.ts';

@customElement('gemello-replay')
export class ReplayAudit extends LitElement {
  @property({ attribute: false }) replay: Replay | null = null;
  /** Of the result. */
  @property({ type: Number }) patients = 0;

  static override styles = [
    shared,
    css`
      :host { display: block; font-size: 12px; color: var(--muted); }
      button { margin-top: 8px; }
      @media print { button, .hint { display: none; } }
      .progress { display: flex; gap: 8px; align-items: center; margin-top: 6px; font-variant-numeric: tabular-nums; }
      progress { flex: 1; min-width: 0; height: 8px; accent-color: var(--accent); }
      .hint { margin-top: 4px; }
      ul { list-style: none; margin-top: 6px; }
      li { display: grid; grid-template-columns: 18px 1fr; gap: 6px; padding: 3px 0; overflow-wrap: anywhere; }
      svg.glyph { width: 14px; height: 14px; }
      li svg.glyph { margin-top: 2px; color: var(--good); stroke-width: 2; }
      li.bad, li.bad svg.glyph, .failed { color: var(--bad); }
      .failed { margin-top: 6px; overflow-wrap: anywhere; }
    `,
  ];

  override render() {
    const { replay } = this;
    if (!replay) return nothing;
    const running = replay.kind === 'running';
    // One button for both, so that the focus stays where it was.
    return html`
      <button aria-describedby="hint" @click=${() => tell(this, 'gemello-do', running ? 'cancel audit' : 'audit')}>
        ${icon(running ? 'stop' : 'play')} ${t(running ? 'replayStop' : 'replay')}</button>
      ${
        replay.kind === 'running'
          ? html`<div class="progress"><progress max=${replay.patients} .value=${replay.finished} aria-label=${t('replaying')}></progress>
              <span>${percent(replay.finished / replay.patients, language, 0)}</span></div>`
          : nothing
      }
      <p class="hint" id="hint">${t('replayHint')}${
        replay.patients < this.patients
          ? html` ${t('replayFirst', { n: whole(replay.patients, language) })}`
          : nothing
      }</p>
      <div role="status">${this.#outcome(replay)}</div>`;
  }

  #outcome(replay: Replay) {
    switch (replay.kind) {
      case 'done':
        if (replay.audit.arms.length === 0) return html`<p class="hint">${t('replayNothing')}</p>`;
        return html`<ul>${replay.audit.arms.map((arm, a) => this.#arm(arm, replay.reproduced[a] === true))}</ul>`;
      case 'failed':
        return html`<p class="failed">${replay.message}</p>`;
      default:
        return nothing;
    }
  }

  #arm(arm: AuditedArm, good: boolean) {
    return html`<li class=${good ? '' : 'bad'}>${icon(good ? 'check' : 'cross')}<span>${replayWords(arm, good)}</span></li>`;
  }
}

/** `titrated: 10,000 of 10,000 ledgers give the same course to the bit.` and what else there is to say. */
function replayWords(
  { name, patients, failed, replayed, bitEqual, largestDifference }: AuditedArm,
  good: boolean,
): string {
  const looked = patients - failed;
  const words = [
    t('replayArm', { arm: name, n: whole(bitEqual, language), of: whole(looked, language) }),
    ...(bitEqual < replayed ? [t('replayDifference', { difference: asPercent(largestDifference) })] : []),
    ...(replayed < looked ? [t('replayUnfinished', { n: whole(looked - replayed, language) })] : []),
    ...(failed > 0 ? [t('replayFailed', { n: whole(failed, language) })] : []),
    ...(good ? [] : [t('replayBad')]),
  ];
  return words.join(' ');
}

const asPercent = (share: number): string => `${significant(100 * share, language, 2)}\u00a0%`;

declare global {
  interface HTMLElementTagNameMap {
    'gemello-replay': ReplayAudit;
  }
}
