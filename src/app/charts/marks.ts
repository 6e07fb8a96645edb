// What Chart.js does not draw by itself, as one plugin: the target band, single patients straight from Float32Arrays,
// arm names at the lines' ends, and the cross-hair. In: `options.plugins.marks`. It computes no statistics.
import type { Chart, Plugin } from 'chart.js';
import type { ChartColours } from './palette.ts';

export interface MarksOptions {
  colours: ChartColours;
  target?: { low: number; high: number; label: string };
  /** One an arm; `values` is [patient][time] flattened, time fastest. */
  samples: readonly {
    readonly colour: string;
    readonly values: Float32Array;
    readonly times: readonly number[];
  }[];
  /** Where each arm's name goes: its last point. */
  ends: readonly { readonly name: string; readonly colour: string; readonly x: number; readonly y: number }[];
  /** On the x axis, in its unit; null draws none. */
  cursor: number | null;
}

declare module 'chart.js' {
  interface PluginOptionsByType<TType extends import('chart.js').ChartType> {
    marks?: MarksOptions;
  }
}

/** Room to the right of the lines for arm names, in pixels. */
export const LABEL_ROOM = 96;
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
      drawTargetEdges(chart, context, options);
      drawCursor(chart, context, options);
    });
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
  const { x, y } = chart.scales;
  if (!x || !y) return;
  context.lineWidth = 0.8;
  context.lineJoin = 'round';
  for (const { colour, values, times } of samples) {
    const pixels = times.map((time) => x.getPixelForValue(time));
    context.strokeStyle = colour;
    context.beginPath();
    for (let first = 0; first + times.length <= values.length; first += times.length) {
      let drawing = false;
      for (let at = 0; at < times.length; at++) {
        const value = values[first + at] ?? Number.NaN;
        const height = y.getPixelForValue(value);
        // A failed patient is NaN from some time on, and zero has no place on a logarithmic axis.
        if (!Number.isFinite(height)) {
          drawing = false;
          continue;
        }
        if (drawing) context.lineTo(pixels[at] ?? 0, height);
        else context.moveTo(pixels[at] ?? 0, height);
        drawing = true;
      }
    }
    context.stroke();
  }
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
