// Charts as a picture file. In: what was drawn, with what stands above and below each. Out: a PNG on the charts' own ground,
// fine enough for print. What the page itself draws on a canvas may be read back.
import { armColour, armDash, CHART_COLOURS, type Scheme } from './palette.ts';

export interface Figure {
  readonly title: string;
  readonly canvas: HTMLCanvasElement;
  /** On the screen, in CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly caption: string;
}

/** Pixels of the picture to one of the screen's. */
export const PICTURE_RATIO = 2;

/** In CSS pixels. */
const MARGIN = 16;
const TITLE = { size: 15, line: 24 };
const CAPTION = { size: 13, line: 18 };
const FOOT = { size: 11, line: 14 };
const LEGEND = { line: 24, swatch: 26, gap: 18 };

export interface Around {
  readonly scheme: Scheme;
  /** Names for a legend above the charts. */
  readonly arms?: readonly string[];
  /** What was computed: the last line. */
  readonly foot: string;
}

/** One under the other. */
export async function pictureOfFigures(
  figures: readonly Figure[],
  { scheme, arms = [], foot }: Around,
): Promise<Blob> {
  const colours = CHART_COLOURS[scheme];
  const width = Math.max(320, ...figures.map((one) => one.width)) + 2 * MARGIN;
  const paper = document.createElement('canvas');
  const ink = paper.getContext('2d');
  if (!ink) throw new Error('this browser draws on no further canvas');
  const font = (size: number, weight: number) => `${weight} ${size}px system-ui, sans-serif`;
  ink.font = font(CAPTION.size, 400);
  const measure = (text: string) => ink.measureText(text).width;
  const laid = figures.map((figure) => ({
    ...figure,
    lines: broken(figure.caption, width - 2 * MARGIN, measure),
  }));
  const heightOf = ({ height, lines }: (typeof laid)[number]) =>
    TITLE.line + height + lines.length * CAPTION.line + MARGIN;
  const legend = arms.length > 1 ? LEGEND.line : 0;
  paper.width = width * PICTURE_RATIO;
  paper.height =
    (MARGIN + legend + FOOT.line + laid.reduce((sum, one) => sum + heightOf(one), 0)) * PICTURE_RATIO;
  ink.scale(PICTURE_RATIO, PICTURE_RATIO);
  ink.fillStyle = colours.surface;
  ink.fillRect(0, 0, paper.width, paper.height);
  ink.textBaseline = 'top';
  if (legend > 0) drawLegend(ink, arms, scheme);
  let top = MARGIN + legend;
  for (const one of laid) {
    ink.fillStyle = colours.ink;
    ink.font = font(TITLE.size, 600);
    ink.fillText(one.title, MARGIN, top);
    ink.drawImage(one.canvas, MARGIN, top + TITLE.line, one.width, one.height);
    ink.fillStyle = colours.muted;
    ink.font = font(CAPTION.size, 400);
    one.lines.forEach((line, at) => {
      ink.fillText(line, MARGIN, top + TITLE.line + one.height + at * CAPTION.line);
    });
    top += heightOf(one);
  }
  ink.fillStyle = colours.muted;
  ink.font = font(FOOT.size, 400);
  ink.fillText(foot, MARGIN, top - MARGIN / 2);
  return new Promise((resolve, reject) => {
    paper.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('the picture is too large'))),
      'image/png',
    );
  });
}

function drawLegend(ink: CanvasRenderingContext2D, arms: readonly string[], scheme: Scheme): void {
  ink.font = `400 ${CAPTION.size}px system-ui, sans-serif`;
  ink.lineWidth = 3;
  let left = MARGIN;
  arms.forEach((arm, index) => {
    ink.strokeStyle = armColour(index, scheme);
    ink.setLineDash([...armDash(index)]);
    ink.beginPath();
    ink.moveTo(left, MARGIN + 8);
    ink.lineTo(left + LEGEND.swatch - 4, MARGIN + 8);
    ink.stroke();
    ink.fillStyle = CHART_COLOURS[scheme].ink;
    ink.fillText(arm, left + LEGEND.swatch, MARGIN);
    left += LEGEND.swatch + ink.measureText(arm).width + LEGEND.gap;
  });
  ink.setLineDash([]);
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
