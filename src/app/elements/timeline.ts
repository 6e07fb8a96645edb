// What every arm plans, or what a patient really got, in line with the time axis of the chart above. In: plans, ledgers,
// the chart's area. Out: a drawing with tool tips, the same in words, conditions that are watched. It computes no doses.
import { css, html, LitElement, nothing, svg } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { armColour } from '../charts/palette.ts';
import type { ArmLedger, ArmTimeline } from '../client.ts';
import type { ChartArea } from '../events.ts';
import { language, Screen, t } from '../locale.ts';
import { shared } from '../styles.ts';
import { type Lane, layOut, type Shape } from '../timeline/layout.ts';
import { planWords } from '../timeline/words.ts';

@customElement('gemello-timeline')
export class Timeline extends LitElement {
  @property({ attribute: false }) plans: readonly ArmTimeline[] = [];
  /** Of the patient who is followed; null shows what is planned. */
  @property({ attribute: false }) ledgers: readonly ArmLedger[] | null = null;
  @property({ attribute: false }) names: readonly string[] = [];
  @property({ attribute: false }) area: ChartArea | null = null;
  @property({ type: Number }) horizon = 0;
  /** Unit of model time. */
  @property() time = '';
  readonly #screen = new Screen(this);

  static override styles = [
    shared,
    css`
      :host { display: block; opacity: var(--faded, 1); }
      svg { display: block; overflow: visible; print-color-adjust: exact; }
      text { font: 11px var(--font); fill: var(--muted); }
      text.strong { font-weight: 600; }
      .base { stroke: var(--line); stroke-width: 1; }
      .watched { list-style: none; font-size: 12px; color: var(--muted); padding-left: 4px; overflow-wrap: anywhere; }
      @media (max-width: 760px) { text { font-size: 10px; } .watched { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); } }
    `,
  ];

  override render() {
    const { plans, ledgers, names, area, horizon } = this;
    if (!area || !(horizon > 0) || area.right <= area.left) return nothing;
    const given = ledgers?.some(({ doses, decisions }) => doses.length + decisions.length > 0);
    if (!given && plans.every((plan) => plan.lines.length === 0 && !plan.fromFile)) return nothing;
    const { scheme, compact } = this.#screen;
    const speech = { language, t, time: this.time };
    const { height, lanes } = layOut(plans, ledgers, { area, horizon, compact, names, speech });
    return html`
      <svg width=${area.width} height=${height} aria-hidden="true">${lanes.map((lane) => this.#lane(lane, area, armColour(lane.arm, scheme)))}</svg>
      <div class="hidden-words"><p>${t('given')}</p>
        <ul>${plans.map((plan, arm) => html`<li>${names[arm]}: ${planWords(plan, speech).join('; ')}</li>`)}</ul></div>
      ${
        plans.every(({ watched }) => watched.length === 0)
          ? nothing
          : html`<ul class="watched">${plans.flatMap(({ watched }, arm) =>
              watched.map(
                (text) =>
                  html`<li><span style="color: ${armColour(arm, scheme)}">${names[arm]}</span> ${text}</li>`,
              ),
            )}</ul>`
      }
      ${plans.some(({ more }) => more) ? html`<p class="watched">${t('timelineMore')}</p>` : nothing}
    `;
  }

  #lane({ base, name, strong, shapes, labels }: Lane, { left, right, width }: ChartArea, colour: string) {
    const room = Math.floor((width - right - 6) / 6.2);
    const shown = name.length > room ? `${name.slice(0, Math.max(1, room - 1))}…` : name;
    return svg`<g>
      ${strong ? svg`<line class="base" x1=${left} x2=${right} y1=${base + 0.5} y2=${base + 0.5}></line>` : nothing}
      ${shapes.map((shape) => drawn(shape, strong ? colour : 'var(--muted)', colour))}
      ${labels.map(({ x, y, text }) => svg`<text x=${x} y=${y}>${text}</text>`)}
      ${shown === '' ? nothing : svg`<text class=${strong ? 'strong' : ''} x=${right + 6} y=${base} style=${strong ? `fill: ${colour}` : ''}>${shown}<title>${name}</title></text>`}
    </g>`;
  }
}

function drawn({ kind, x, y, width, height, faint, words }: Shape, ink: string, colour: string) {
  switch (kind) {
    case 'dose':
      return svg`<rect x=${x} y=${y} width=${width} height=${height} fill=${colour} fill-opacity=${faint ? 0.4 : 0.9}><title>${words}</title></rect>`;
    case 'open':
      return svg`<rect x=${x + 0.5} y=${y} width=${width} height=${height} fill="none" stroke=${colour} stroke-dasharray="2 1.5"><title>${words}</title></rect>`;
    case 'tick':
      return svg`<rect x=${x - width / 2} y=${y} width=${width} height=${height} fill=${ink}><title>${words}</title></rect>`;
    case 'diamond':
      return svg`<path d="M${x} ${y - 4}l4 4l-4 4l-4 -4z" fill=${faint ? 'var(--surface)' : colour} stroke=${colour} stroke-width="1.2"><title>${words}</title></path>`;
    case 'dashes':
      return svg`<line x1=${x} x2=${x + width} y1=${y} y2=${y} stroke=${colour} stroke-dasharray="2 4" opacity="0.6"></line>`;
    default:
      return kind satisfies never;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'gemello-timeline': Timeline;
  }
}
