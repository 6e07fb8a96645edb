// What Chart.js does not draw by itself, as one plugin: the target band, single patients straight from Float32Arrays,
// arm names at the lines' ends, and the cross-hair. In: `options.plugins.marks`. It computes no statistics.
import type { Chart, Plugin } from 'chart.js';
import type { ChartColours } from './palette.ts';

export interface MarksOptions {
  colours: ChartColours;
  target?: { low: number; high: number; label: string };
  /** One an arm. */
  samples: readonly SampleCurves[];
  /** The patient followed, one an arm. */
  followed?: readonly SampleCurves[];
  /** What was measured in whoever is followed. */
  measured?: readonly { readonly x: number; readonly y: number }[];
  /** The sample patient that a click or Enter would choose. */
  picked?: number | null;
  /** Where each arm's name goes: its last point. */
  ends: readonly { readonly name: string; readonly colour: string; readonly x: number; readonly y: number }[];
  /** On the x axis, in its unit; null draws none. */
  cursor: number | null;
}

/** Patients of one arm; `values` is [patient][time] flattened, time fastest. */
export interface SampleCurves {
  readonly colour: string;
  /** For a patient that stands out. */
  readonly strong: string;
  readonly dash: readonly number[];
  readonly values: Float32Array;
  readonly times: readonly number[];
}

declare module 'chart.js' {
  interface PluginOptionsByType<TType extends import('chart.js').ChartType> {
    marks?: MarksOptions;
  }
}

/** Room to the right of the lines for arm names, in pixels. */
export const LABEL_ROOM = 96;
/** On a phone: a word of nine letters. */
export const NARROW_LABEL_ROOM = 72;
const LABEL_HEIGHT = 14;

export const marks: Plugin<'line'> = {
  id: 'marks',
  beforeDatasetsDraw(chart) {
    const options = marksOf(chart);
    if (!options) return;
    clipped(chart, (context) => {
      drawTarget(chart, context, options);
    });
  },
  afterDatasetsDraw(chart) {
    const options = marksOf(chart);
    if (!options) return;
    clipped(chart, (context) => {
      drawSamples(chart, context, options);
      drawOutstanding(chart, context, options);
      drawTargetEdges(chart, context, options);
      drawCursor(chart, context, options);
    });
    // Not cut off: the last of them may lie on the chart's edge.
    drawMeasured(chart, options);
    drawEnds(chart, options);
  },
};

/** The plain object of the configuration: Chart.js' resolved options would wrap it at every read. */
export function marksOf(chart: Pick<Chart, 'config'>): MarksOptions | undefined {
  return chart.config.options?.plugins?.marks as MarksOptions | undefined;
}

function clipped(chart: Chart, draw: (context: CanvasRenderingContext2D) => void): void {
  const { ctx, chartArea } = chart;
  ctx.save();
  ctx.beginPath();
  ctx.rect(chartArea.left, chartArea.top, chartArea.width, chartArea.height);
  ctx.clip();
  draw(ctx);
  ctx.restore();
}

function drawTarget(
  chart: Chart,
  context: CanvasRenderingContext2D,
  { target, colours }: MarksOptions,
): void {
  const { y } = chart.scales;
  if (!target || !y) return;
  const { left, right, top, bottom } = chart.chartArea;
  const upper = Math.max(top, y.getPixelForValue(target.high));
  const lower = Math.min(bottom, y.getPixelForValue(target.low));
  if (lower <= upper) return;
  context.fillStyle = colours.target;
  context.fillRect(left, upper, right - left, lower - upper);
}

/** Over the bands, which would hide it: the edges and a word at the left, where curves begin low. */
function drawTargetEdges(
  chart: Chart,
  context: CanvasRenderingContext2D,
  { target, colours }: MarksOptions,
): void {
  const { y } = chart.scales;
  if (!target || !y) return;
  const { left, right, top, bottom } = chart.chartArea;
  context.strokeStyle = colours.targetEdge;
  context.lineWidth = 1;
  context.setLineDash([2, 3]);
  context.beginPath();
  for (const edge of [target.low, target.high]) {
    const at = Math.round(y.getPixelForValue(edge)) + 0.5;
    if (!(at > top && at < bottom)) continue;
    context.moveTo(left, at);
    context.lineTo(right, at);
  }
  context.stroke();
  context.setLineDash([]);
  context.font = '600 11px system-ui, sans-serif';
  context.textAlign = 'left';
  context.textBaseline = 'bottom';
  const width = context.measureText(target.label).width;
  const height = Math.max(top + 15, y.getPixelForValue(target.high) - 2);
  if (height > bottom) return;
  context.fillStyle = colours.surface;
  context.globalAlpha = 0.75;
  context.fillRect(left + 2, height - 14, width + 8, 15);
  context.globalAlpha = 1;
  context.fillStyle = colours.targetEdge;
  context.fillText(target.label, left + 6, height);
}

function drawSamples(chart: Chart, context: CanvasRenderingContext2D, { samples }: MarksOptions): void {
  context.lineWidth = 0.8;
  context.lineJoin = 'round';
  for (const sample of samples) {
    context.strokeStyle = sample.colour;
    context.beginPath();
    for (let patient = 0; patient < patientsIn(sample); patient++) trace(chart, context, sample, patient);
    context.stroke();
  }
}

/** The patient followed, and the one about to be, on a rim of the ground's colour. */
function drawOutstanding(
  chart: Chart,
  context: CanvasRenderingContext2D,
  { samples, followed = [], picked = null, colours }: MarksOptions,
): void {
  const lines = followed.map((sample) => ({ sample, patient: 0, width: 2.4, dash: sample.dash }));
  if (picked !== null)
    lines.push(...samples.map((sample) => ({ sample, patient: picked, width: 1.6, dash: [] })));
  context.lineJoin = 'round';
  for (const { sample, patient, width, dash } of lines) {
    context.beginPath();
    trace(chart, context, sample, patient);
    context.setLineDash([]);
    context.strokeStyle = colours.surface;
    context.lineWidth = width + 2.4;
    context.globalAlpha = 0.75;
    context.stroke();
    context.globalAlpha = 1;
    context.setLineDash([...dash]);
    context.strokeStyle = sample.strong;
    context.lineWidth = width;
    context.stroke();
  }
  context.setLineDash([]);
}

/** Rings, so that a curve is seen through them. */
function drawMeasured(chart: Chart, { measured = [], colours }: MarksOptions): void {
  const context = chart.ctx;
  context.save();
  const { x, y } = chart.scales;
  if (!x || !y) return;
  for (const point of measured) {
    const [across, up] = [x.getPixelForValue(point.x), y.getPixelForValue(point.y)];
    // Zero has no place on a logarithmic axis.
    if (!Number.isFinite(up) || point.x > x.max) continue;
    context.beginPath();
    context.arc(across, up, 3.6, 0, 2 * Math.PI);
    context.strokeStyle = colours.surface;
    context.lineWidth = 4;
    context.stroke();
    context.strokeStyle = colours.ink;
    context.lineWidth = 1.5;
    context.stroke();
  }
  context.restore();
}

const patientsIn = ({ values, times }: SampleCurves) => Math.floor(values.length / Math.max(1, times.length));

function trace(
  chart: Chart,
  context: CanvasRenderingContext2D,
  { values, times }: SampleCurves,
  patient: number,
) {
  const { x, y } = chart.scales;
  if (!x || !y) return;
  let drawing = false;
  times.forEach((time, at) => {
    const height = y.getPixelForValue(values[patient * times.length + at] ?? Number.NaN);
    // A failed patient is NaN from some time on, and zero has no place on a logarithmic axis.
    if (!Number.isFinite(height)) drawing = false;
    else if (drawing) context.lineTo(x.getPixelForValue(time), height);
    else {
      context.moveTo(x.getPixelForValue(time), height);
      drawing = true;
    }
  });
}

type Scales = Pick<Chart, 'scales'>;

/** The sample patient whose curve in some arm passes nearest to a pixel, within `reach` pixels; null when none does. */
export function sampleNear(
  { scales }: Scales,
  samples: readonly SampleCurves[],
  point: { readonly x: number; readonly y: number },
  reach: number,
): number | null {
  const { x, y } = scales;
  if (!x || !y) return null;
  let best: number | null = null;
  let nearest = reach;
  for (const sample of samples) {
    const { values, times } = sample;
    const pixels = times.map((time) => x.getPixelForValue(time));
    const first = Math.max(
      1,
      pixels.findIndex((at) => at >= point.x - reach),
    );
    for (let at = first; at < times.length && (pixels[at - 1] ?? 0) <= point.x + reach; at++) {
      for (let patient = 0; patient < patientsIn(sample); patient++) {
        const [from, to] = [at - 1, at].map((t) => ({
          x: pixels[t] ?? Number.NaN,
          y: y.getPixelForValue(values[patient * times.length + t] ?? Number.NaN),
        })) as [Pixel, Pixel];
        const away = distance(point, from, to);
        // NaN where the patient has failed: nearer to nobody.
        if (!(away <= nearest)) continue;
        nearest = away;
        best = patient;
      }
    }
  }
  return best;
}

interface Pixel {
  readonly x: number;
  readonly y: number;
}

/** From a point to a straight piece of line. */
function distance(point: Pixel, from: Pixel, to: Pixel): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const share = length === 0 ? 0 : ((point.x - from.x) * dx + (point.y - from.y) * dy) / length;
  const along = Math.min(1, Math.max(0, share));
  return Math.hypot(point.x - from.x - along * dx, point.y - from.y - along * dy);
}

/** Sample patients from the lowest to the highest value at a time, in the first arm; failed ones are left out. */
export function samplesByHeight([first]: readonly SampleCurves[], position: number): readonly number[] {
  if (!first) return [];
  const heightOf = (patient: number) => first.values[patient * first.times.length + position] ?? Number.NaN;
  return Array.from({ length: patientsIn(first) }, (_, patient) => patient)
    .filter((patient) => Number.isFinite(heightOf(patient)))
    .sort((a, b) => heightOf(a) - heightOf(b));
}

function drawCursor(
  chart: Chart,
  context: CanvasRenderingContext2D,
  { cursor, colours }: MarksOptions,
): void {
  const { x } = chart.scales;
  if (cursor === null || !x) return;
  const at = Math.round(x.getPixelForValue(cursor)) + 0.5;
  context.strokeStyle = colours.muted;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  context.beginPath();
  context.moveTo(at, chart.chartArea.top);
  context.lineTo(at, chart.chartArea.bottom);
  context.stroke();
}

/** Names beside the last points, pushed apart where they would lie on each other. */
function drawEnds(chart: Chart, { ends }: MarksOptions): void {
  const { x, y } = chart.scales;
  if (!x || !y) return;
  const { ctx, chartArea } = chart;
  const heights = spread(
    ends.map((end) => Math.min(chartArea.bottom, Math.max(chartArea.top, y.getPixelForValue(end.y)))),
    LABEL_HEIGHT,
    chartArea.top,
    chartArea.bottom,
  );
  ctx.save();
  ctx.font = '600 12px system-ui, sans-serif';
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  ends.forEach((end, index) => {
    ctx.fillStyle = end.colour;
    const from = Math.min(chartArea.right, x.getPixelForValue(end.x)) + 6;
    ctx.fillText(fitting(ctx, end.name, chart.width - from - 4), from, heights[index] ?? 0);
  });
  ctx.restore();
}

/** Heights at least `gap` apart, in the same order, within low .. high as far as they fit. */
export function spread(
  heights: readonly number[],
  gap: number,
  low: number,
  high: number,
): readonly number[] {
  const order = heights.map((height, index) => ({ height: Number.isFinite(height) ? height : high, index }));
  order.sort((a, b) => a.height - b.height);
  let floor = low;
  const placed = order.map(({ height, index }) => {
    const at = Math.max(height, floor);
    floor = at + gap;
    return { at, index };
  });
  let ceiling = high;
  for (const label of placed.reverse()) {
    label.at = Math.min(label.at, ceiling);
    ceiling = label.at - gap;
  }
  const result = new Array<number>(heights.length);
  for (const { at, index } of placed) result[index] = at;
  return result;
}

function fitting(context: CanvasRenderingContext2D, name: string, width: number): string {
  if (context.measureText(name).width <= width) return name;
  let kept = name.slice(0, 60);
  while (kept.length > 1 && context.measureText(`${kept}…`).width > width) kept = kept.slice(0, -1);
  return `${kept}…`;
}
