// A visual predictive check drawn: observed percentiles as lines, the intervals that simulation gives them as bands,
// measurements as dots, bins as marks at the top. In: the check, its points, the output's view. Out: Chart.js configurations
// and their words. Pure; it owns no canvas.
import type { ChartConfiguration, ChartDataset, Point } from 'chart.js';
import type { Vpc, VpcBand, VpcBin, VpcNumber, VpcPoints } from '../../study/vpc-report.ts';
import type { OutputView } from '../client.ts';
import { percent, prettyUnit, significant, whole, withUnit } from '../format.ts';
import type { Drawing, Frame } from './fan.ts';
import { armColour, CHART_COLOURS, type Scheme, translucent } from './palette.ts';
import { still } from './still.ts';
import type { Speech } from './words.ts';

const PERCENTILES = ['p5', 'p50', 'p95'] as const;
type Percentile = (typeof PERCENTILES)[number];
const SHARES = { p5: 5, p50: 50, p95: 95 } as const;
/** More dots than these are a smear that takes long to draw: of more, every second (third ...) one. */
const MOST_DOTS = 4000;

export interface VpcDrawn {
  readonly vpc: Vpc;
  readonly points: VpcPoints;
}

/** Of one percentile; the outer two are alike. */
export const bandColour = (percentile: Percentile, scheme: Scheme): string =>
  armColour(percentile === 'p50' ? 1 : 0, scheme);

/** Everything that is drawn lies inside; what is below the limit of quantification is drawn at its foot. */
export function vpcFrame({ vpc, points }: VpcDrawn, axis: OutputView['axis']): Frame {
  const bands = vpc.bins.flatMap((bin) => PERCENTILES.flatMap((p) => ends(bin[p])));
  const all = [...bands, ...points.values].filter((x): x is number => typeof x === 'number');
  const used = axis === 'log' ? all.filter((x) => x > 0) : all;
  if (used.length === 0) return axis === 'log' ? { low: 0.1, high: 10 } : { low: 0, high: 1 };
  const [least, most] = used.reduce(([a, b], x) => [Math.min(a, x), Math.max(b, x)], [Infinity, -Infinity]);
  if (axis === 'log') return { low: roundDown(least / 1.1), high: 1 / roundDown(1 / (most * 1.1)) };
  const low = Math.min(0, least);
  return most > low ? { low, high: most + 0.06 * (most - low) } : { low, high: low + 1 };
}

/** To 1, 2 or 5 of a decade. */
function roundDown(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([5, 2].find((factor) => factor * power <= value) ?? 1);
}

const ends = ({ observed, low, high }: VpcBand): readonly VpcNumber[] => [observed, low, high];

export function vpcChart(
  drawn: VpcDrawn,
  output: Pick<OutputView, 'axis'>,
  drawing: Drawing,
): ChartConfiguration<'line'> {
  const { vpc, points } = drawn;
  const { scheme } = drawing;
  const colours = CHART_COLOURS[scheme];
  const frame = vpcFrame(drawn, output.axis);
  const height = heightOn(frame);
  const bands = PERCENTILES.flatMap((p) =>
    bandOf(vpc.bins, (bin) => bin[p], height, bandColour(p, scheme), p === 'p50' ? 0.3 : 0.22),
  );
  const lines = PERCENTILES.map((p) =>
    lineOf(vpc.bins, (bin) => bin[p], height, {
      label: `${SHARES[p]} %`,
      colour: colours.ink,
      dash: p === 'p50' ? [] : [6, 4],
      outside: armColour(1, scheme),
    }),
  );
  const step = Math.ceil(points.times.length / MOST_DOTS);
  const dots: ChartDataset<'line', Point[]> = {
    label: 'measured',
    data: points.times.flatMap((x, i) => (i % step === 0 ? [{ x, y: height(points.values[i]) }] : [])),
    showLine: false,
    pointRadius: drawing.compact ? 1.6 : 2,
    pointBackgroundColor: translucent(colours.muted, 0.55),
    pointBorderWidth: 0,
  };
  const marks: ChartDataset<'line', Point[]> = {
    label: 'bins',
    data: edgesOf(vpc.bins).map((x) => ({ x, y: frame.high })),
    showLine: false,
    clip: false,
    pointStyle: 'line',
    pointRotation: 90,
    pointRadius: 5,
    pointBorderColor: colours.muted,
    pointBorderWidth: 1,
  };
  const last = vpc.bins.findLast(({ time }) => time !== null);
  // From the highest, so that names of lines that meet stay in order.
  const ends = PERCENTILES.toReversed().flatMap((p) => {
    const y = last && height(last[p].observed);
    const named = { name: `${SHARES[p]} %`, colour: colours.ink };
    return last?.time == null || y === undefined || Number.isNaN(y) ? [] : [{ ...named, x: last.time, y }];
  });
  return figure(vpc, [...bands, dots, ...lines, marks], frame, output.axis, drawing, ends, (value) =>
    significant(value, drawing.language, 3),
  );
}

/** Share of measurements below the limit of quantification; null where nothing has a limit. */
export function belowChart(
  { vpc }: Pick<VpcDrawn, 'vpc'>,
  drawing: Drawing,
): ChartConfiguration<'line'> | null {
  const shares = vpc.bins.flatMap(({ below }) => (below ? ends(below) : []));
  const numbers = shares.filter((x): x is number => typeof x === 'number');
  if (numbers.length === 0) return null;
  const { scheme } = drawing;
  const high = Math.min(1, Math.max(0.05, 1.15 * Math.max(...numbers)));
  const frame = { low: 0, high };
  const height = heightOn(frame);
  const band = (bin: VpcBin) => bin.below ?? MISSING;
  const line = { label: 'below', colour: CHART_COLOURS[scheme].ink, dash: [], outside: armColour(1, scheme) };
  return figure(
    vpc,
    [...bandOf(vpc.bins, band, height, armColour(2, scheme), 0.26), lineOf(vpc.bins, band, height, line)],
    frame,
    'linear',
    drawing,
    [],
    (value) => percent(value, drawing.language, 0),
  );
}

const MISSING: VpcBand = { observed: null, low: null, median: null, high: null, inside: null };

type Height = (value: VpcNumber | undefined) => number;
const heightOn =
  ({ low }: Frame): Height =>
  (value) =>
    value === 'below' ? low : (value ?? Number.NaN);

function bandOf(
  bins: readonly VpcBin[],
  of: (bin: VpcBin) => VpcBand,
  height: Height,
  colour: string,
  alpha: number,
): ChartDataset<'line', Point[]>[] {
  const along = (end: 'low' | 'high') => pathOf(bins, (bin) => height(of(bin)[end]));
  const edge = { borderWidth: 1, borderColor: translucent(colour, alpha + 0.15) };
  return [
    { label: 'high', data: along('high'), ...edge, fill: '+1', backgroundColor: translucent(colour, alpha) },
    { label: 'low', data: along('low'), ...edge, fill: false },
  ];
}

interface Line {
  readonly label: string;
  readonly colour: string;
  readonly dash: readonly number[];
  /** Of points outside their interval, which are squares too: colour is never alone. */
  readonly outside: string;
}

function lineOf(
  bins: readonly VpcBin[],
  of: (bin: VpcBin) => VpcBand,
  height: Height,
  { label, colour, dash, outside }: Line,
): ChartDataset<'line', Point[]> {
  const seen = bins.filter(({ time }) => time !== null);
  const out = seen.map((bin) => of(bin).inside === false);
  return {
    label,
    data: pathOf(bins, (bin) => height(of(bin).observed)),
    borderColor: colour,
    borderWidth: 1.8,
    borderDash: [...dash],
    fill: false,
    pointRadius: out.map((is) => (is ? 5 : 3)),
    pointStyle: out.map((is) => (is ? 'rectRot' : 'circle')),
    pointBackgroundColor: out.map((is) => (is ? outside : colour)),
    pointBorderColor: colour,
    pointBorderWidth: 1,
  };
}

/** Through the bins' median times; a bin without measurements has none. */
const pathOf = (bins: readonly VpcBin[], y: (bin: VpcBin) => number): Point[] =>
  bins.flatMap((bin) => (bin.time === null ? [] : [{ x: bin.time, y: y(bin) }]));

const edgesOf = (bins: readonly VpcBin[]): number[] => [
  ...bins.map(({ from }) => from),
  ...bins.slice(-1).map(({ to }) => to),
];

function figure(
  { bins, timeUnit }: Vpc,
  datasets: ChartDataset<'line', Point[]>[],
  { low, high }: Frame,
  axis: OutputView['axis'],
  { scheme, t, compact }: Drawing,
  ends: readonly { readonly name: string; readonly colour: string; readonly x: number; readonly y: number }[],
  label: (value: number) => string,
): ChartConfiguration<'line'> {
  const colours = CHART_COLOURS[scheme];
  const ticks = { color: colours.muted, font: { size: 11 }, maxRotation: 0, includeBounds: false };
  const line = { grid: { color: colours.grid }, border: { color: colours.grid } };
  const times = edgesOf(bins);
  const [first = 0, last = 1] = [times[0], times.at(-1)];
  return {
    type: 'line',
    data: { datasets },
    options: {
      ...still(),
      layout: { padding: { right: 44, top: 8 } },
      elements: { point: { radius: 0, hitRadius: 0 }, line: { tension: 0 } },
      scales: {
        x: {
          type: 'linear',
          min: Math.min(0, first),
          max: last + 0.01 * (last - first),
          ...line,
          ticks: { ...ticks, maxTicksLimit: compact ? 6 : 12 },
          title: {
            display: !compact,
            text: t('timeAxis', { unit: prettyUnit(timeUnit) }),
            color: colours.muted,
            font: { size: 12 },
          },
        },
        y: {
          type: axis === 'log' ? 'logarithmic' : 'linear',
          min: low,
          max: high,
          ...line,
          ticks: { ...ticks, maxTicksLimit: compact ? 4 : 8, callback: (value) => label(Number(value)) },
        },
      },
      plugins: {
        legend: { display: false },
        tooltip: { enabled: false },
        marks: { colours, samples: [], picked: null, ends, cursor: null },
      },
    },
  };
}

/** How many bins hold the observed percentile inside its interval, of how many. */
export function insideOf({ bins }: Pick<Vpc, 'bins'>, p: Percentile | 'below') {
  const told = bins.flatMap((bin) => bin[p]?.inside ?? []);
  return { n: told.filter(Boolean).length, of: told.length };
}

/** `The observed median lies inside the simulated interval in 9 of 10 bins.` */
export function medianSentence(vpc: Vpc, { language, t }: Speech): string {
  const { n, of } = insideOf(vpc, 'p50');
  return t('vpcSentence', { n: whole(n, language), of: whole(of, language) });
}

/** The same of what lies around the median. */
export function outerSentence(vpc: Vpc, { t }: Pick<Speech, 't'>): string {
  const outer = t('vpcSentenceOuter', { low: insideOf(vpc, 'p5').n, high: insideOf(vpc, 'p95').n });
  const below = vpc.bins.some((bin) => bin.below)
    ? ` ${t('vpcSentenceBelow', { n: insideOf(vpc, 'below').n })}`
    : '';
  return `${outer}${below}`;
}

export const vpcSentence = (vpc: Vpc, speech: Speech): string =>
  `${medianSentence(vpc, speech)} ${outerSentence(vpc, speech)}`;

/** Of one bin: what was observed, and where simulation would have it. */
export function binSentence(vpc: Vpc, bin: VpcBin, { language, t }: Speech): string {
  const { unit, timeUnit } = vpc;
  const number = (value: VpcNumber) => (value === 'below' ? t('vpcBelow') : significant(value, language));
  const parts = PERCENTILES.map((p) => {
    const { observed, low, high, inside } = bin[p];
    return t(inside === false ? 'vpcBinOutside' : 'vpcBinInside', {
      share: SHARES[p],
      observed: number(observed),
      low: number(low),
      high: number(high),
    });
  });
  const from = significant(bin.from, language);
  const to = withUnit(bin.to, timeUnit, language);
  const head = t('vpcBin', { from, to, n: whole(bin.observations, language) });
  return `${head} ${parts.join('; ')}${unit === '' ? '' : ` ${prettyUnit(unit)}`}`;
}
