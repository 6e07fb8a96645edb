// One output over time, all arms: two bands and a median each, a few single patients, perhaps one to follow, the target
// range. In: a result, sample curves, the output's view. Out: a Chart.js configuration. Pure; it owns no canvas. Name and unit of
// the output stand in the heading above it.
import type { ChartConfiguration, ChartDataset, Point } from 'chart.js';
import type { Quantile, Result, StudiesResult } from '../../study/result.ts';
import type { OutputView, RunCurves } from '../client.ts';
import { prettyUnit, significant } from '../format.ts';
import type { Language, Translate } from '../strings.ts';
import { LABEL_ROOM, NARROW_LABEL_ROOM, type SampleCurves } from './marks.ts';
import { armColour, armDash, CHART_COLOURS, type Scheme, translucent } from './palette.ts';
import { still } from './still.ts';

export interface Drawing {
  readonly scheme: Scheme;
  readonly language: Language;
  readonly t: Translate;
  /** A phone's chart: no room for axis titles. */
  readonly compact: boolean;
}

/** Axis limits, kept while a slider moves. */
export interface Frame {
  readonly low: number;
  readonly high: number;
  /** Values over several powers of ten. */
  readonly log?: true;
}

/** Bands, whoever is followed and what was measured lie inside; sample patients may leave. */
export function fanFrame(
  result: Result,
  output: OutputView,
  followed: RunCurves | null = null,
  measured: readonly number[] = [],
): Frame {
  const values = result.arms.flatMap((arm) => {
    const found = arm.outputs[output.name];
    return found ? [...found.quantiles['0.05'], ...found.quantiles['0.95']] : [];
  });
  for (const arm of followed?.arms ?? []) values.push(...(arm.outputs[output.name] ?? []));
  values.push(...measured);
  const { target } = output;
  if (output.axis === 'log') {
    const positive = values.filter((value) => value > 0 && Number.isFinite(value));
    if (positive.length === 0) return { low: 0.1, high: 10 };
    const high = Math.max(...positive);
    // Twelve decades show anything that a patient could still notice.
    const low = Math.max(Math.min(...positive), high * 1e-12);
    return { low: 10 ** Math.floor(Math.log10(low) + 1e-9), high: 10 ** Math.ceil(Math.log10(high) - 1e-9) };
  }
  const finite = values.filter(Number.isFinite);
  const most = Math.max(0, ...finite);
  const lowest = Math.min(0, ...finite);
  // A solver's -1e-13 is no reason to show negative amounts.
  const least = lowest > -1e-6 * most ? 0 : lowest;
  const reach = target && Number.isFinite(target.high) && target.high < 3 * most ? target.high : most;
  const high = Math.max(most, reach);
  return high === least
    ? { low: least - 1, high: high + 1 }
    : { low: roundOut(least, high - least), high: roundOut(high, high - least) };
}

/** Outwards to a step of about a twentieth of the span, so that a frame moves seldom. */
function roundOut(value: number, span: number): number {
  const step = 10 ** Math.floor(Math.log10(span / 2)) / 2;
  return value >= 0
    ? Math.ceil((value + span * 0.04 * Math.sign(value)) / step) * step
    : Math.floor((value - span * 0.04) / step) * step;
}

/** Where medians of other studies lie: what we are unsure of, beside how patients differ. */
export interface StudiesBand {
  readonly result: StudiesResult;
  /** Of each of its arms. */
  readonly times: readonly (readonly number[])[];
  /** From before what else is drawn. */
  readonly old: boolean;
}

const BANDS: readonly { readonly from: Quantile; readonly to: Quantile; readonly alpha: number }[] = [
  { from: '0.05', to: '0.95', alpha: 0.13 },
  { from: '0.25', to: '0.75', alpha: 0.24 },
];

export function fanChart(
  result: Result,
  curves: RunCurves | null,
  output: OutputView,
  drawing: Drawing,
  frame: Frame = fanFrame(result, output),
  followed: RunCurves | null = null,
  measured: readonly { readonly x: number; readonly y: number }[] = [],
  studies: StudiesBand | null = null,
): ChartConfiguration<'line'> {
  const { scheme, language, t, compact } = drawing;
  const colours = CHART_COLOURS[scheme];
  // More arms, paler bands: four of them on each other must leave the medians readable.
  const fade = result.arms.length > 2 ? 2 / result.arms.length : 1;
  const datasets = result.arms.flatMap((arm, index): ChartDataset<'line', Point[]>[] => {
    const found = arm.outputs[output.name];
    if (!found) return [];
    const unsure = studies ? unsureBand(studies, arm.name, output.name, armColour(index, scheme)) : [];
    const colour = armColour(index, scheme);
    const line = (quantile: Quantile): Point[] => points(arm.times.values, found.quantiles[quantile]);
    const bands = BANDS.flatMap(({ from, to, alpha }): ChartDataset<'line', Point[]>[] => [
      {
        label: `${arm.name} ${to}`,
        data: line(to),
        borderWidth: 0,
        fill: '+1',
        backgroundColor: translucent(colour, alpha * fade * (followed ? 0.6 : 1)),
      },
      { label: `${arm.name} ${from}`, data: line(from), borderWidth: 0, fill: false },
    ]);
    const median: ChartDataset<'line', Point[]> = {
      label: arm.name,
      data: line('0.5'),
      borderColor: followed ? translucent(colour, 0.45) : colour,
      borderWidth: followed ? 1.25 : 2.25,
      borderDash: [...armDash(index)],
      fill: false,
    };
    return [...bands, ...unsure, median];
  });
  const curvesOf = (of: RunCurves | null, alpha: number) =>
    (of?.arms ?? []).flatMap((arm, index): SampleCurves[] => {
      const values = arm.outputs[output.name];
      const times = result.arms[index]?.times.values;
      if (!values || !times) return [];
      const strong = armColour(index, scheme);
      return [{ colour: translucent(strong, alpha), strong, dash: armDash(index), values, times }];
    });
  const alpha = (compact ? 0.2 : 0.34) * Math.sqrt(fade);
  const samples = curvesOf(curves, followed ? alpha / 2 : alpha);
  const ends = result.arms.flatMap((arm, index) => {
    const last = arm.times.values.length - 1;
    const x = arm.times.values[last];
    const y = arm.outputs[output.name]?.quantiles['0.5'][last];
    return x === undefined || y === undefined
      ? []
      : [{ name: arm.name, colour: armColour(index, scheme), x, y }];
  });
  const timeUnit = result.arms[0]?.times.unit ?? '';
  const ticks = { color: colours.muted, font: { size: 11 }, maxRotation: 0 };
  const title = (text: string) => ({ display: !compact, text, color: colours.muted, font: { size: 12 } });
  return {
    type: 'line',
    data: { datasets },
    options: {
      ...still(),
      layout: { padding: { right: compact ? NARROW_LABEL_ROOM : LABEL_ROOM, top: 6 } },
      elements: { point: { radius: 0, hitRadius: 0 }, line: { tension: 0 } },
      scales: {
        x: {
          type: 'linear',
          min: 0,
          max: Math.max(...result.arms.map((arm) => arm.times.values.at(-1) ?? 0)),
          grid: { color: colours.grid },
          border: { color: colours.grid },
          ticks: {
            ...ticks,
            maxTicksLimit: compact ? 6 : 10,
            stepSize: timeStep(result, timeUnit, compact ? 5 : 9),
            includeBounds: false,
          },
          title: title(t('timeAxis', { unit: prettyUnit(timeUnit) })),
        },
        y: {
          type: output.axis === 'log' ? 'logarithmic' : 'linear',
          min: frame.low,
          max: frame.high,
          grid: { color: colours.grid },
          border: { color: colours.grid },
          ticks: {
            ...ticks,
            ...(output.axis === 'linear' ? { stepSize: niceStep(frame, compact ? 3 : 6) } : {}),
            includeBounds: false,
            callback: (value) => axisLabel(Number(value), output.axis, frame, language),
          },
        },
      },
      plugins: {
        legend: { display: false },
        tooltip: { enabled: false },
        marks: {
          colours,
          ...(output.target ? { target: { ...output.target, label: t('target') } } : {}),
          samples,
          followed: curvesOf(followed, 1),
          measured,
          picked: null,
          ends,
          cursor: null,
        },
      },
    },
  };
}

/** Two dotted lines, so that it is not taken for a band of patients. */
function unsureBand(
  { result, times, old }: StudiesBand,
  arm: string,
  output: string,
  colour: string,
): ChartDataset<'line', Point[]>[] {
  const place = result.arms.findIndex(({ name }) => name === arm);
  const median = result.arms[place]?.outputs[output]?.median;
  if (!median) return [];
  const edge = (quantile: Quantile, fill: '+1' | false): ChartDataset<'line', Point[]> => ({
    label: `${arm} studies ${quantile}`,
    data: points(times[place] ?? [], median[quantile]),
    borderColor: old ? translucent(colour, 0.5) : colour,
    borderWidth: 1.5,
    borderDash: [1.5, 2.5],
    fill,
    backgroundColor: translucent(colour, old ? 0 : 0.16),
  });
  return [edge('0.95', '+1'), edge('0.05', false)];
}

/** 1, 2, 2.5 or 5 times a power of ten, so that about `count` steps fill the axis. */
function niceStep({ low, high }: Frame, count: number): number {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * ([1, 2, 2.5, 5].find((factor) => factor * power >= raw) ?? 10);
}

/** Days are read in halves and quarters of a day when the model counts hours. */
function timeStep(result: Result, unit: string, most: number): number | undefined {
  const horizon = Math.max(...result.arms.map((arm) => arm.times.values.at(-1) ?? 0));
  if (unit !== 'h' || horizon < 12) return undefined;
  return [1, 2, 3, 4, 6, 12, 24, 48, 72, 168, 336, 720].find((step) => horizon / step <= most);
}

/** Whole powers of ten only, on a logarithmic axis, and not all of many. */
export function axisLabel(
  value: number,
  axis: OutputView['axis'],
  frame: Frame,
  language: Language,
): string | null {
  if (axis === 'linear') return significant(value, language, 3);
  const power = Math.log10(value);
  const decades = Math.log10(frame.high / frame.low);
  const every = Math.max(1, Math.ceil(decades / 6));
  const whole = Math.abs(power - Math.round(power)) < 1e-6;
  return whole && Math.round(power) % every === 0 ? significant(value, language, 1) : null;
}

function points(times: readonly number[], values: readonly number[]): Point[] {
  return times.map((x, index) => ({ x, y: values[index] ?? Number.NaN }));
}
