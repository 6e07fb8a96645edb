// The page's few glyphs, as strokes in the text's colour, and an arm's line sample. Decorative: labels are elsewhere.
import { html, svg, type TemplateResult } from 'lit';
import { armColour, armDash, type Scheme } from './charts/palette.ts';

const PATHS = {
  undo: 'M6 4 3 7l3 3M3 7h6.5a3.5 3.5 0 0 1 0 7H7',
  redo: 'M10 4l3 3-3 3M13 7H6.5a3.5 3.5 0 0 0 0 7H9',
  share:
    'M6.5 9.5a2.8 2.8 0 0 0 4 0l2.3-2.3a2.8 2.8 0 0 0-4-4L8 4M9.5 6.5a2.8 2.8 0 0 0-4 0L3.2 8.8a2.8 2.8 0 0 0 4 4L8 12',
  text: 'M3 4h10M3 8h6M3 12h8',
  help: 'M6 6.2a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.4M8 12v.2',
  info: 'M8 7.4V11M8 5v.2M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0Z',
  back: 'M10 3 5 8l5 5',
  close: 'M4 4l8 8M12 4l-8 8',
  add: 'M8 3v10M3 8h10',
  play: 'M5 3.5v9l7-4.5z',
  stop: 'M4.5 4.5h7v7h-7z',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM11 11l3 3',
  file: 'M9 2H4v12h8V5zM9 2v3h3',
  save: 'M8 2v8M5 7l3 3 3-3M3 13h10',
  check: 'M3 8.5 6.5 12 13 4.5',
  cross: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
  blank: 'M4 2h8v12H4zM8 6v4M6 8h4',
} as const;

export type Glyph = keyof typeof PATHS;

export function icon(name: Glyph): TemplateResult {
  return html`<svg class="glyph" viewBox="0 0 16 16" aria-hidden="true">${svg`<path d=${PATHS[name]}></path>`}</svg>`;
}

export function swatchOf(arm: number, scheme: Scheme): TemplateResult {
  return html`<svg class="swatch" viewBox="0 0 22 8" aria-hidden="true">
    ${svg`<line x1="0" y1="4" x2="22" y2="4" stroke=${armColour(arm, scheme)} stroke-width="3"
      stroke-dasharray=${armDash(arm).join(' ')}></line>`}
  </svg>`;
}
