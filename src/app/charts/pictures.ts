// Bars of shares and forest plots as pictures: the page draws them with elements of its own, a picture file needs a canvas. In:
// the same rows and axis that are on the screen. Out: a canvas, and its size. It computes nothing.
import { type Estimate, type ForestAxis, placeOn } from './forest.ts';
import { armColour, armDash, CHART_COLOURS, type Scheme } from './palette.ts';

/** In CSS pixels. */
export interface PaperSize {
  readonly width: number;
  readonly height: number;
}

export interface PicturedBar {
  readonly name: string;
  readonly share: number;
  readonly said: string;
}

export interface PicturedRow {
  readonly name: string;
  /** In small letters after the name. */
  readonly aside: string;
  /** Whose colour and dashes; null: in ink. */
  readonly arm: number | null;
  readonly heading?: string;
  readonly estimate: Estimate | null;
  readonly number: string;
  readonly interval: string;
  /** Drawn as a diamond. */
  readonly whole: boolean;
}

export interface PicturedForest {
  readonly rows: readonly PicturedRow[];
  readonly axis: ForestAxis | null;
  readonly mark: number | null;
  readonly sides: readonly [string, string] | null;
  readonly tick: (value: number) => string;
}

/** Narrower than this, names and numbers leave no room for what is drawn. */
const LEAST_WIDTH = 560;
const ROW = 26;
const HEADING = 20;
const SCALE = 16;
const SIDES = 15;
const GAP = 12;
const NAMES = 215;
const SWATCH = 28;

const font = (size: number, weight = 400) => `${weight} ${size}px system-ui, sans-serif`;

export const paperOf = (width: number, height: number): PaperSize => ({
  width: Math.max(LEAST_WIDTH, Math.round(width)),
  height,
});

export const barsHeight = (bars: readonly PicturedBar[]): number => bars.length * ROW;

export const forestHeight = ({ rows, axis, sides }: PicturedForest): number =>
  rows.length * ROW +
  rows.filter(({ heading }) => heading !== undefined).length * HEADING +
  (axis ? SCALE : 0) +
  (axis && sides ? SIDES : 0);

/** So many pixels to one of the screen's. */
function drawn(
  { width, height }: PaperSize,
  ratio: number,
  draw: (ink: CanvasRenderingContext2D) => void,
): HTMLCanvasElement | null {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width * ratio, height * ratio];
  const ink = canvas.getContext('2d');
  if (!ink) return null;
  ink.scale(ratio, ratio);
  ink.textBaseline = 'middle';
  draw(ink);
  return canvas;
}

export function barsPicture(bars: readonly PicturedBar[], size: PaperSize, ratio: number, scheme: Scheme) {
  const colours = CHART_COLOURS[scheme];
  return drawn(size, ratio, (ink) => {
    ink.font = font(13);
    const names = Math.min(NAMES, Math.max(...bars.map(({ name }) => ink.measureText(name).width)));
    const said = Math.max(...bars.map((bar) => ink.measureText(bar.said).width)) + 6;
    const room = size.width - names - said - 2 * GAP;
    bars.forEach((bar, at) => {
      const middle = at * ROW + ROW / 2;
      ink.fillStyle = colours.ink;
      ink.font = font(13);
      ink.fillText(fitted(ink, bar.name, names), 0, middle);
      ink.fillStyle = colours.grid;
      ink.fillRect(names + GAP, middle - 9, room, 18);
      ink.fillStyle = armColour(at, scheme);
      ink.fillRect(names + GAP, middle - 9, room * bar.share, 18);
      ink.fillStyle = colours.ink;
      ink.font = font(13, 600);
      ink.fillText(bar.said, size.width - ink.measureText(bar.said).width, middle);
    });
  });
}

export function forestPicture(forest: PicturedForest, size: PaperSize, ratio: number, scheme: Scheme) {
  const { rows, axis, mark, sides, tick } = forest;
  const colours = CHART_COLOURS[scheme];
  return drawn(size, ratio, (ink) => {
    const widest = (texts: readonly string[], of: string) => {
      ink.font = of;
      return Math.max(0, ...texts.map((text) => ink.measureText(text).width));
    };
    const names = Math.min(
      NAMES,
      SWATCH + widest(rows.map(({ name, aside }) => `${name} ${aside}`.trim()), font(13)) + 4,
    ); // biome-ignore format: one sum
    const said =
      widest(rows.map(({ number }) => number), font(13, 600)) + widest(rows.map(({ interval }) => ` ${interval}`), font(12)); // biome-ignore format: one sum
    const left = names + GAP;
    const room = size.width - left - said - GAP;
    const x = (value: number) => left + room * (axis ? placeOn(axis, value) : 0);
    let top = 0;
    for (const row of rows) {
      if (row.heading !== undefined) {
        ink.fillStyle = colours.muted;
        ink.font = font(12, 600);
        ink.fillText(row.heading, 0, top + HEADING / 2);
        top += HEADING;
      }
      const middle = top + ROW / 2;
      const colour = row.arm === null ? colours.ink : armColour(row.arm, scheme);
      if (axis) {
        for (const value of axis.ticks) upright(ink, x(value), top, colours.grid);
        if (axis.none !== null) upright(ink, x(axis.none), top, colours.muted);
        if (mark !== null) upright(ink, x(mark), top, colours.ink, [3, 3]);
      }
      if (row.arm !== null) {
        ink.strokeStyle = colour;
        ink.lineWidth = 3;
        ink.setLineDash([...armDash(row.arm)]);
        stroke(ink, [0, middle], [SWATCH - 6, middle]);
      }
      ink.fillStyle = colours.ink;
      ink.font = font(13, row.whole ? 600 : 400);
      const indent = row.arm === null ? GAP : SWATCH;
      ink.fillText(fitted(ink, `${row.name} ${row.aside}`.trim(), names - indent), indent, middle);
      if (axis && row.estimate) estimate(ink, row, colour, { middle, x, left, right: left + room });
      ink.fillStyle = colours.ink;
      ink.font = font(13, 600);
      ink.fillText(row.number, left + room + GAP, middle);
      const after = left + room + GAP + ink.measureText(row.number).width;
      ink.fillStyle = colours.muted;
      ink.font = font(12);
      ink.fillText(` ${row.interval}`, after, middle);
      top += ROW;
    }
    if (!axis) return;
    ink.fillStyle = colours.muted;
    ink.font = font(11);
    for (const value of axis.ticks) {
      const text = tick(value);
      ink.fillText(text, x(value) - ink.measureText(text).width / 2, top + SCALE / 2);
    }
    if (!sides) return;
    const [low, high] = [`← ${sides[0]}`, `${sides[1]} →`].map((text) => fitted(ink, text, room / 2 - 4)) as [
      string,
      string,
    ];
    ink.fillText(low, left, top + SCALE + SIDES / 2);
    ink.fillText(high, left + room - ink.measureText(high).width, top + SCALE + SIDES / 2);
  });
}

interface Place {
  readonly middle: number;
  readonly x: (value: number) => number;
  readonly left: number;
  readonly right: number;
}

/** A whisker that leaves the axis ends in an arrow. */
function estimate(
  ink: CanvasRenderingContext2D,
  row: PicturedRow,
  colour: string,
  { middle, x, left, right }: Place,
): void {
  if (!row.estimate) return;
  const { value, interval } = row.estimate;
  const inside = (at: number) => Math.min(right, Math.max(left, at));
  const [from, to] = [x(interval[0]), x(interval[1])];
  ink.fillStyle = colour;
  ink.strokeStyle = colour;
  if (Number.isFinite(from) && Number.isFinite(to)) {
    ink.lineWidth = 2.5;
    ink.setLineDash(row.whole ? [] : [...armDash(row.arm ?? 0)]);
    stroke(ink, [inside(from), middle], [inside(to), middle]);
    ink.setLineDash([]);
    ink.lineWidth = 1.5;
    for (const [end, way] of [
      [from, -1],
      [to, 1],
    ] as const) {
      const at = inside(end);
      if (at === end) stroke(ink, [at, middle - 4], [at, middle + 4]);
      else shape(ink, [[at, middle], [at - 7 * way, middle - 4], [at - 7 * way, middle + 4]]); // biome-ignore format: three points
    }
  }
  ink.setLineDash([]);
  const at = inside(x(value));
  if (row.whole)
    shape(ink, [[at - 7, middle], [at, middle - 5], [at + 7, middle], [at, middle + 5]]); // biome-ignore format: four points
  else {
    ink.beginPath();
    ink.arc(at, middle, 4.5, 0, 2 * Math.PI);
    ink.fill();
  }
}

type Point = readonly [number, number];

function upright(
  ink: CanvasRenderingContext2D,
  x: number,
  top: number,
  colour: string,
  dash: readonly number[] = [],
): void {
  ink.strokeStyle = colour;
  ink.lineWidth = 1;
  ink.setLineDash([...dash]);
  stroke(ink, [x, top], [x, top + ROW]);
  ink.setLineDash([]);
}

function stroke(ink: CanvasRenderingContext2D, from: Point, to: Point): void {
  ink.beginPath();
  ink.moveTo(...from);
  ink.lineTo(...to);
  ink.stroke();
}

function shape(ink: CanvasRenderingContext2D, points: readonly Point[]): void {
  ink.beginPath();
  for (const point of points) ink.lineTo(...point);
  ink.closePath();
  ink.fill();
}

/** As much of a text as there is room for. */
function fitted(ink: CanvasRenderingContext2D, text: string, room: number): string {
  if (ink.measureText(text).width <= room) return text;
  let end = text.length;
  while (end > 0 && ink.measureText(`${text.slice(0, end)}…`).width > room) end--;
  return `${text.slice(0, end)}…`;
}
