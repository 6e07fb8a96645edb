// Charts as a picture file. In: canvases that are on screen, with what stands above and below each. Out: a PNG on the
// chart's own ground, at the canvases' own resolution. What the page itself draws on a canvas may be read back.
import { CHART_COLOURS, type Scheme } from './palette.ts';

export interface Figure {
  readonly title: string;
  readonly canvas: HTMLCanvasElement;
  readonly caption: string;
}

/** In CSS pixels. */
const MARGIN = 16;
const TITLE = { size: 15, line: 24 };
const CAPTION = { size: 13, line: 18 };

/** One under the other. */
export async function pictureOfFigures(figures: readonly Figure[], scheme: Scheme): Promise<Blob> {
  const colours = CHART_COLOURS[scheme];
  const width = Math.max(320, ...figures.map(({ canvas }) => canvas.clientWidth)) + 2 * MARGIN;
  const scale = Math.max(1, ...figures.map(({ canvas }) => canvas.width / Math.max(1, canvas.clientWidth)));
  const paper = document.createElement('canvas');
  const ink = paper.getContext('2d');
  if (!ink) throw new Error('this browser draws on no further canvas');
  const font = (size: number, weight: number) => `${weight} ${size}px system-ui, sans-serif`;
  ink.font = font(CAPTION.size, 400);
  const laid = figures.map((figure) => ({
    ...figure,
    lines: broken(figure.caption, width - 2 * MARGIN, (text) => ink.measureText(text).width),
  }));
  const heightOf = ({ canvas, lines }: (typeof laid)[number]) =>
    TITLE.line + canvas.clientHeight + lines.length * CAPTION.line + MARGIN;
  const height = MARGIN + laid.reduce((sum, one) => sum + heightOf(one), 0);
  paper.width = Math.round(width * scale);
  paper.height = Math.round(height * scale);
  ink.scale(scale, scale);
  ink.fillStyle = colours.surface;
  ink.fillRect(0, 0, width, height);
  ink.textBaseline = 'top';
  let top = MARGIN;
  for (const one of laid) {
    const { canvas, title, lines } = one;
    ink.fillStyle = colours.ink;
    ink.font = font(TITLE.size, 600);
    ink.fillText(title, MARGIN, top);
    ink.drawImage(canvas, MARGIN, top + TITLE.line, canvas.clientWidth, canvas.clientHeight);
    ink.fillStyle = colours.muted;
    ink.font = font(CAPTION.size, 400);
    lines.forEach((line, at) => {
      ink.fillText(line, MARGIN, top + TITLE.line + canvas.clientHeight + at * CAPTION.line);
    });
    top += heightOf(one);
  }
  return new Promise((resolve, reject) => {
    paper.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('the picture is too large'))),
      'image/png',
    );
  });
}

/** A text in lines that fit; a word that is longer than a line stands alone. */
export function broken(text: string, width: number, measure: (text: string) => number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const last = lines.at(-1);
    if (last !== undefined && measure(`${last} ${word}`) <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
