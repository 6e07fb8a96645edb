// Styles that elements share: buttons, boxes, focus, hidden words. Colours and sizes are tokens of page.css.
import { css } from 'lit';

export const shared = css`
  :host { box-sizing: border-box; }
  :host([hidden]) { display: none !important; }
  *, *::before, *::after { box-sizing: border-box; }
  h1, h2, h3, p, ul, ol, dl, dd, figure { margin: 0; padding: 0; }
  a { color: var(--accent); }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
  button {
    font: inherit; color: var(--ink); background: var(--surface); border: 1px solid var(--line);
    border-radius: 6px; padding: 5px 10px; min-height: 32px; cursor: pointer;
    display: inline-flex; align-items: center; gap: 6px; white-space: nowrap;
  }
  button:hover:not(:disabled) { border-color: var(--control); }
  button:disabled { opacity: 0.45; cursor: default; }
  button.primary { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); font-weight: 600; }
  button.quiet { background: none; border-color: transparent; }
  button.quiet:hover:not(:disabled) { background: var(--raised); border-color: var(--line); }
  button.icon { padding: 0; width: 32px; justify-content: center; }
  input, select, textarea {
    font: inherit; color: var(--ink); background: var(--surface); border: 1px solid var(--line); border-radius: 6px;
    padding: 3px 7px; min-height: 28px;
  }
  input:hover, select:hover, textarea:hover { border-color: var(--control); }
  input[aria-invalid='true'], textarea[aria-invalid='true'] { border-color: var(--bad); }
  svg.glyph { width: 16px; height: 16px; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; flex: none; }
  .hidden-words { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  .muted { color: var(--muted); }
  dialog {
    border: 1px solid var(--line); border-radius: 12px; background: var(--surface); color: var(--ink);
    padding: 20px; box-shadow: var(--shadow); max-width: min(560px, calc(100vw - 32px)); width: 100%;
  }
  dialog::backdrop { background: rgb(0 0 0 / 0.4); }
  [popover] {
    border: 1px solid var(--line); border-radius: var(--radius); background: var(--surface); color: var(--ink);
    padding: 12px 14px; box-shadow: var(--shadow); max-width: min(340px, calc(100vw - 24px)); font-size: 13px;
  }
  @media (prefers-reduced-motion: reduce) {
    *, *::before, *::after { animation: none !important; transition: none !important; }
  }
`;

/** A button that opens a file: a label around the browser's own input, which lies on it unseen. */
export const fileButton = css`
  .file { display: inline-flex; align-items: center; gap: 6px; border: 1px solid var(--line); border-radius: 6px; padding: 5px 12px; background: var(--surface); color: var(--ink); cursor: pointer; position: relative; min-height: 32px; }
  .file:hover { border-color: var(--control); }
  .file:focus-within { outline: 2px solid var(--accent); outline-offset: 2px; }
  .file input { position: absolute; inset: 0; opacity: 0; width: 100%; cursor: pointer; min-height: 0; }
`;

/** A swatch of an arm: its line as the charts draw it. */
export const swatch = css`
  svg.swatch { width: 22px; height: 8px; flex: none; }
`;
