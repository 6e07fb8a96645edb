// One endpoint's distribution, all arms over each other. In: a result, the endpoint's view. Out: a Chart.js
// configuration of stepped outlines, in share of patients per bar. Pure; probabilities are not drawn here.
import type { ChartConfiguration, ChartDataset, Point } from 'chart.js';
import type { Result, ValueResult } from '../../study/result.ts';
import type { EndpointView } from '../client.ts';
import { percent, prettyUnit, significant } from '../format.ts';
import type { Drawing, Frame } from './fan.ts';
import { armColour, armDash, CHART_COLOURS, translucent } from './palette.ts';

/** What the x axis covers: all bars but far and thin tails, of at most this share of an arm on either side. */
const TAIL = 0.004;

export function histogramFrame(result: Result, endpoint: EndpointView): Frame {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const arm of result.arms) {
    const value = arm.endpoints[endpoint.name];
    if (!value || 'probability' in value) continue;
    const { edges, counts } = value.histogram;
    const all = counts.reduce((sum, count) => sum + count, 0);
    if (all === 0) continue;
    const first = reach(counts, all * TAIL);
    const last = counts.length - 1 - reach([...counts].reverse(), all * TAIL);
    low = Math.min(low, edges[first] ?? low);
    high = Math.max(high, edges[last + 1] ?? high);
  }
  return low < high ? { low, high } : { low: 0, high: 1 };
}

/** Index of the first bar at which more than `allowance` patients are passed. */
function reach(counts: readonly number[], allowance: number): number {
  let passed = 0;
  for (let at = 0; at < counts.length; at++) {
    passed += counts[at] ?? 0;
    if (passed > allowance) return at;
  }
  return 0;
}

/** The width that all arms' bars are counted in: shares are per this much, so that arms compare. */
function commonWidth(values: readonly ValueResult[]): number {
  const widths = values.flatMap(({ histogram: { edges } }) => {
    const [first, second] = edges;
    return first === undefined || second === undefined ? [] : [second - first];
  });
  return widths.length === 0 ? 1 : Math.max(...widths);
}

export function histogramChart(
  result: Result,
  endpoint: EndpointView,
  drawing: Drawing,
  frame: Frame = histogramFrame(result, endpoint),
): ChartConfiguration<'line'> {
  const { scheme, language, t, compact } = drawing;
  const colours = CHART_COLOURS[scheme];
  const values = result.arms.flatMap((arm) => {
    const value = arm.endpoints[endpoint.name];
    return value && !('probability' in value) ? [value] : [];
  });
  const width = commonWidth(values);
  const datasets = result.arms.flatMap((arm, index): ChartDataset<'line', Point[]>[] => {
    const value = arm.endpoints[endpoint.name];
    if (!value || 'probability' in value) return [];
    const colour = armColour(index, scheme);
    return [
      {
        label: arm.name,
        data: outline(value, width),
        stepped: 'before',
        borderColor: colour,
        borderWidth: 1.75,
        borderDash: [...armDash(index)],
        backgroundColor: translucent(colour, result.arms.length > 2 ? 0.12 : 0.22),
        fill: 'origin',
      },
    ];
  });
  const unit = prettyUnit(endpoint.unit);
  const ticks = { color: colours.muted, font: { size: 11 }, maxRotation: 0 };
  return {
    type: 'line',
    data: { datasets },
    options: {
      animation: false,
      parsing: false,
      normalized: true,
      responsive: true,
      maintainAspectRatio: false,
      events: [],
      layout: { padding: { right: 10, top: 6 } },
      elements: { point: { radius: 0, hitRadius: 0 } },
      scales: {
        x: {
          type: 'linear',
          min: frame.low,
          max: frame.high,
          grid: { display: false },
          border: { color: colours.muted },
          ticks: {
            ...ticks,
            maxTicksLimit: 7,
            includeBounds: false,
            callback: (value) => significant(Number(value), language, 3),
          },
          title: { display: !compact && unit !== '', text: unit, color: colours.muted, font: { size: 12 } },
        },
        y: {
          type: 'linear',
          min: 0,
          grid: { color: colours.grid },
          border: { display: false },
          ticks: { ...ticks, maxTicksLimit: 4, callback: (value) => percent(Number(value), language, 0) },
          title: { display: !compact, text: t('shareOfPatients'), color: colours.muted, font: { size: 11 } },
        },
      },
      plugins: {
        legend: { display: false },
        tooltip: { enabled: false },
        marks: { colours, samples: [], ends: [], cursor: null },
      },
    },
  };
}

/** From the axis up, along the bars' tops, and down again. Shares are of all patients who have a value. */
function outline({ histogram: { edges, counts } }: ValueResult, width: number): Point[] {
  const all = counts.reduce((sum, count) => sum + count, 0);
  const [start] = edges;
  const end = edges.at(-1);
  if (all === 0 || start === undefined || end === undefined) return [];
  const points: Point[] = [{ x: start, y: 0 }];
  counts.forEach((count, index) => {
    const from = edges[index] ?? start;
    const to = edges[index + 1] ?? end;
    points.push({ x: to, y: ((count / all) * width) / (to - from) });
  });
  points.push({ x: end, y: 0 });
  return points;
}
