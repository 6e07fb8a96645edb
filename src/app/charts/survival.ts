// Kaplan and Meier's curves, one an arm, with their pointwise bands. In: a survival result. Out: a Chart.js configuration, the
// times at which numbers at risk are told, and those numbers. Pure; medians and tests are words (survival-words.ts).
import type { ChartConfiguration, ChartDataset, Point } from 'chart.js';
import type { SurvivalArm, SurvivalResult } from '../../study/result.ts';
import { percent, prettyUnit, significant } from '../format.ts';
import type { Drawing } from './fan.ts';
import { LABEL_ROOM, NARROW_LABEL_ROOM } from './marks.ts';
import { armColour, armDash, CHART_COLOURS, translucent } from './palette.ts';
import { still } from './still.ts';

export function horizonOf({ arms }: SurvivalResult): number {
  return Math.max(0, ...arms.map(({ times }) => times.at(-1) ?? 0));
}

/**
 * Ticks of the time axis: halves, quarters or eighths of the run. Curves are told on a grid that these times are on, so that
 * numbers at risk are exact. Eighths only where their digits are few.
 */
export function riskTimes(horizon: number, compact: boolean): readonly number[] {
  const short = (x: number) => Number(x.toPrecision(2)) === x;
  const parts = compact ? 4 : short(horizon / 8) ? 8 : 4;
  return Array.from({ length: parts + 1 }, (_, part) => (horizon * part) / parts);
}

/** The place of a time on an arm's grid. */
export function gridPlace({ times }: SurvivalArm, time: number): number {
  let best = 0;
  times.forEach((candidate, at) => {
    if (Math.abs(candidate - time) < Math.abs((times[best] ?? 0) - time)) best = at;
  });
  return best;
}

export function survivalChart(
  result: SurvivalResult,
  { scheme, language, t, compact }: Drawing,
): ChartConfiguration<'line'> {
  const colours = CHART_COLOURS[scheme];
  const horizon = horizonOf(result);
  const pale = result.arms.length > 2 ? 0.1 : 0.18;
  const datasets = result.arms.flatMap((arm, index): ChartDataset<'line', Point[]>[] => {
    const colour = armColour(index, scheme);
    const line = (values: readonly number[]): Point[] =>
      arm.times.map((x, at) => ({ x, y: values[at] ?? Number.NaN }));
    // From a point level to the next time, then down: nobody has the event before it happens.
    const stepped = 'before' as const;
    return [
      {
        label: `${arm.name} upper`,
        data: line(arm.upper),
        stepped,
        borderWidth: 0,
        fill: '+1',
        backgroundColor: translucent(colour, pale),
      },
      { label: `${arm.name} lower`, data: line(arm.lower), stepped, borderWidth: 0, fill: false },
      {
        label: arm.name,
        data: line(arm.survival),
        stepped,
        borderColor: colour,
        borderWidth: 2,
        borderDash: [...armDash(index)],
        fill: false,
      },
    ];
  });
  const ends = result.arms.map((arm, index) => ({
    name: arm.name,
    colour: armColour(index, scheme),
    x: arm.times.at(-1) ?? horizon,
    y: arm.survival.at(-1) ?? Number.NaN,
  }));
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
          max: horizon,
          grid: { color: colours.grid },
          border: { color: colours.grid },
          afterBuildTicks: (axis) => {
            axis.ticks = riskTimes(horizon, compact).map((value) => ({ value }));
          },
          ticks: { ...ticks, autoSkip: false, callback: (value) => significant(Number(value), language) },
          title: title(t('timeAxis', { unit: prettyUnit(result.unit) })),
        },
        y: {
          type: 'linear',
          min: 0,
          max: 1,
          grid: { color: colours.grid },
          border: { color: colours.grid },
          ticks: { ...ticks, stepSize: 0.25, callback: (value) => percent(Number(value), language, 0) },
          title: title(t('survivalAxis')),
        },
      },
      plugins: {
        legend: { display: false },
        tooltip: { enabled: false },
        marks: { colours, samples: [], ends, cursor: null },
      },
    },
  };
}
