// Chart.js with only the parts in use, and how a configuration reaches a chart that is already on screen.
// In: a canvas or a chart, and a configuration. Out: pixels. New points are written into old ones: no garbage a frame.
import {
  Chart,
  type ChartConfiguration,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  type Plugin,
  PointElement,
  Title,
} from 'chart.js';
import { marks } from './marks.ts';

Chart.register(
  LineController,
  LineElement,
  PointElement,
  LinearScale,
  LogarithmicScale,
  Filler,
  Title,
  marks,
);

export type LineChart = Chart<'line'>;

/** `moved` hears where the curves are, whenever the chart is laid out. */
export function openChart(
  canvas: HTMLCanvasElement,
  configuration: ChartConfiguration<'line'>,
  moved?: (area: { readonly left: number; readonly right: number; readonly width: number }) => void,
): LineChart {
  const area: Plugin<'line'> = {
    id: 'area',
    afterLayout({ chartArea: { left, right }, width }) {
      moved?.({ left, right, width });
    },
  };
  return new Chart(canvas, { ...configuration, plugins: [area] });
}

export function redraw(chart: LineChart, configuration: ChartConfiguration<'line'>): void {
  const { datasets } = configuration.data;
  const { datasets: drawn } = chart.data;
  const sameShape =
    drawn.length === datasets.length &&
    datasets.every((set, index) => set.data.length === drawn[index]?.data.length);
  if (sameShape) {
    datasets.forEach((set, index) => {
      const old = drawn[index];
      if (!old) return;
      const { data: _, ...look } = set;
      Object.assign(old, look);
      set.data.forEach((point, at) => {
        const before = old.data[at];
        if (isPoint(point) && isPoint(before)) {
          before.x = point.x;
          before.y = point.y;
        }
      });
    });
  } else {
    chart.data.datasets = datasets;
  }
  if (configuration.options) chart.options = configuration.options;
  chart.update('none');
}

export function isPoint(point: unknown): point is { x: number; y: number } {
  return typeof point === 'object' && point !== null && 'x' in point && 'y' in point;
}
