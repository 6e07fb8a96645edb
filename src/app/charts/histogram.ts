// One endpoint's distribution, all arms over each other. In: a result, the endpoint's view. Out: a Chart.js
// configuration of stepped outlines, in share of patients per bar. Pure; probabilities are not drawn here.
import type { ChartConfiguration, ChartDataset, Point } from 'chart.js';
import type { Result } from '../../study/result.ts';
import type { EndpointView } from '../client.ts';
import { percent, prettyUnit } from '../format.ts';
import { axisLabel, type Drawing, type Frame } from './fan.ts';
import { armColour, armDash, CHART_COLOURS, translucent } from './palette.ts';
import { still } from './still.ts';

/** What the x axis covers: all bars but far and thin tails, of at most this share of an arm on either side. */
const TAIL = 0.004;
/** Even bars, at most a hundred, never reach from one positive number to so many times it; those of a result that do are even in the logarithm. */
const LOG_SPAN = 200;

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
  if (!(low < high)) return { low: 0, high: 1 };
  return low > 0 && high / low >= LOG_SPAN ? { low, high, log: true } : { low, high };
}

/** Where a value stands on the axis. What is not positive lies left of a logarithmic one. */
const placeOf = ({ low, log }: Frame, x: number): number => (log ? Math.log10(Math.max(x, low / 10)) : x);

/** Left edge of the frame's bars on that axis, and their width. */
function barsOf(frame: Frame): { left: number; width: number } {
  const left = placeOf(frame, frame.low);
  return { left, width: (placeOf(frame, frame.high) - left) / BARS };
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

/** Bars that the axis is cut into, the same for all arms, so that their heights compare. */
const BARS = 48;
/** An arm whose bar towers over the others by this much leaves through the top, and the caption says so. */
const TOWER = 3;

export interface Shares {
  readonly arm: string;
  /** Of the arm's patients who have a value, per bar of the frame. */
  readonly shares: readonly number[];
  readonly peak: number;
}

/** Each arm's patients in the frame's bars; a count that a bar's edge cuts is shared out in proportion. */
export function sharesOf(result: Result, endpoint: EndpointView, frame: Frame): Shares[] {
  const { left: start, width } = barsOf(frame);
  return result.arms.flatMap((arm) => {
    const value = arm.endpoints[endpoint.name];
    if (!value || 'probability' in value) return [];
    const { edges, counts } = value.histogram;
    const all = counts.reduce((sum, count) => sum + count, 0);
    const shares = new Array<number>(BARS).fill(0);
    counts.forEach((count, index) => {
      const from = placeOf(frame, edges[index] ?? 0);
      const to = placeOf(frame, edges[index + 1] ?? 0);
      if (count === 0 || to <= from) return;
      const first = Math.max(0, Math.floor((from - start) / width));
      const last = Math.min(BARS - 1, Math.floor((to - start) / width));
      for (let bar = first; bar <= last; bar++) {
        const left = start + bar * width;
        const inside = Math.min(to, left + width) - Math.max(from, left);
        if (inside > 0) shares[bar] = (shares[bar] ?? 0) + ((count / all) * inside) / (to - from);
      }
    });
    return [{ arm: arm.name, shares, peak: Math.max(0, ...shares) }];
  });
}

/** Where the axis ends: above every arm, or above the others when one towers. */
export function tallest(all: readonly Shares[]): { high: number; cut: Shares | null } {
  const [first, second] = [...all].sort((a, b) => b.peak - a.peak);
  if (first && second && second.peak > 0 && first.peak > TOWER * second.peak)
    return { high: second.peak * 1.3, cut: first };
  return { high: Math.max(0.01, (first?.peak ?? 0) * 1.05), cut: null };
}

export function histogramChart(
  result: Result,
  endpoint: EndpointView,
  drawing: Drawing,
  frame: Frame = histogramFrame(result, endpoint),
): ChartConfiguration<'line'> {
  const { scheme, language, t, compact } = drawing;
  const colours = CHART_COLOURS[scheme];
  const all = sharesOf(result, endpoint, frame);
  const datasets = result.arms.flatMap((arm, index): ChartDataset<'line', Point[]>[] => {
    const shares = all.find((one) => one.arm === arm.name)?.shares;
    if (!shares) return [];
    const colour = armColour(index, scheme);
    return [
      {
        label: arm.name,
        data: outline(shares, frame),
        // A point stands at its bar's right edge: its height holds back to the point before.
        stepped: 'after',
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
      ...still(),
      layout: { padding: { right: 10, top: 6 } },
      elements: { point: { radius: 0, hitRadius: 0 } },
      scales: {
        x: {
          type: frame.log ? 'logarithmic' : 'linear',
          min: frame.low,
          max: frame.high,
          grid: { display: false },
          border: { color: colours.muted },
          ticks: {
            ...ticks,
            ...(!frame.log && { maxTicksLimit: 7 }),
            includeBounds: false,
            callback: (value) => axisLabel(Number(value), frame.log ? 'log' : 'linear', frame, language),
          },
          title: { display: !compact && unit !== '', text: unit, color: colours.muted, font: { size: 12 } },
        },
        y: {
          type: 'linear',
          min: 0,
          max: tallest(all).high,
          grid: { color: colours.grid },
          border: { display: false },
          ticks: {
            ...ticks,
            maxTicksLimit: 4,
            includeBounds: false,
            callback: (value) => percent(Number(value), language, 0),
          },
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

/** From the axis up, along the bars' tops, and down again. */
function outline(shares: readonly number[], frame: Frame): Point[] {
  const { left, width } = barsOf(frame);
  const at = (place: number) => (frame.log ? 10 ** place : place);
  return [
    { x: frame.low, y: 0 },
    ...shares.map((y, bar) => ({ x: at(left + (bar + 1) * width), y })),
    { x: frame.high, y: 0 },
  ];
}
