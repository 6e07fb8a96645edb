// What is wrong with a text, as a list: place, message, hint, the line with a caret under the fault. In: diagnostics and the
// text they are of. Out: a template; a click on a problem goes there. The text is never taken for markup.
import { css, html, nothing } from 'lit';
import type { Diagnostic } from '../../language/diagnostic.ts';
import { t } from '../locale.ts';

export const problemStyles = css`
  .problems { list-style: none; overflow: auto; }
  .problems button { display: grid; grid-template-columns: auto 1fr; gap: 2px 10px; width: 100%; text-align: left; white-space: normal; border: 0; border-radius: 0; border-bottom: 1px solid var(--line); padding: 8px 14px; align-items: baseline; }
  .problems button:hover { background: var(--raised); }
  .where { font: 12px var(--mono); color: var(--bad); }
  .warning .where { color: var(--warn); }
  .message { overflow-wrap: anywhere; }
  .hint { color: var(--muted); }
  .problems pre { grid-column: 1 / -1; margin: 2px 0 0; font: 12px/16px var(--mono); color: var(--muted); overflow-x: auto; }
  .problems pre b { color: var(--bad); }
  .problems .warning pre b { color: var(--warn); }
`;

/** Letters of a line that are shown, and how many before the fault. */
const SHOWN = 90;

export function problemList(
  diagnostics: readonly Diagnostic[],
  text: string,
  goTo: (diagnostic: Diagnostic) => void,
  before = 40,
) {
  const lines = text.split('\n');
  return html`<ul class="problems">${diagnostics.map((diagnostic) => {
    const { severity, line, column, message, hint } = diagnostic;
    const { shown, caret } = excerpt(lines[line - 1] ?? '', diagnostic, before);
    return html`<li><button class=${severity} @click=${() => goTo(diagnostic)}>
      <span class="where">${line}:${column}</span>
      <span class="message">${t(severity)}: ${message}${hint ? html` <span class="hint">${hint}</span>` : nothing}</span>
      <pre>${shown}\n<b>${caret}</b></pre>
    </button></li>`;
  })}</ul>`;
}

/** The part of a line around a fault, and a caret of its length under it. */
export function excerpt(
  source: string,
  { column, span }: Pick<Diagnostic, 'column' | 'span'>,
  before: number,
): { readonly shown: string; readonly caret: string } {
  const from = Math.max(0, column - 1 - before);
  const shown = source.slice(from, from + SHOWN);
  const at = Math.max(0, column - 1 - from);
  const width = Math.max(1, Math.min(span.end - span.start, shown.length - at));
  return { shown, caret: `${' '.repeat(at)}${'^'.repeat(width)}` };
}
