// A predictive check as a picture and in words: what is drawn where, what is said of it, and what happens to values that
// are below the limit of quantification.
import { expect, it } from 'vitest';
import { broken } from '../../src/app/charts/save.ts';
import {
  belowChart,
  binSentence,
  insideOf,
  vpcChart,
  vpcFrame,
  vpcSentence,
} from '../../src/app/charts/vpc.ts';
import { translator } from '../../src/app/strings.ts';
import { makeUpCheck } from '../browser/fake-engine.ts';

const drawn = makeUpCheck();
const t = translator('en');
const drawing = { scheme: 'light', language: 'en', t, compact: false } as const;
const speech = { language: 'en', t } as const;
const chart = vpcChart(drawn, { axis: 'linear' }, drawing);
const setsOf = (label: string) => chart.data.datasets.filter((set) => set.label === label);

it('draws three bands, each filled down to its own lower end, through the bins that have measurements', () => {
  const { datasets } = chart.data;
  const filled = datasets.flatMap((set, at) =>
    set.fill === '+1' ? [[set.label, datasets[at + 1]?.label]] : [],
  );
  expect(filled).toEqual([
    ['high', 'low'],
    ['high', 'low'],
    ['high', 'low'],
  ]);
  expect(setsOf('50 %')[0]?.data).toEqual([
    { x: 3, y: 40 },
    { x: 9, y: 20 },
    { x: 27, y: 20 },
  ]);
});

it('marks a percentile outside its interval by its shape too', () => {
  const [median] = setsOf('50 %');
  expect(median).toMatchObject({ pointStyle: ['circle', 'circle', 'rectRot'] });
});

it('has a dot for every measurement, those below the limit at the foot, and a mark at every edge of a bin', () => {
  const { low, high } = vpcFrame(drawn, 'linear');
  expect(setsOf('measured')[0]?.data).toEqual([
    { x: 3, y: 41 },
    { x: 9, y: 19 },
    { x: 27, y: low },
  ]);
  expect(setsOf('bins')[0]?.data).toEqual([0, 6, 12, 24, 48].map((x) => ({ x, y: high })));
});

it('holds bands and dots inside the axis, and leaves zeros out of a logarithmic one', () => {
  const { low, high } = vpcFrame(drawn, 'linear');
  expect(low).toBe(0);
  // 95 % of the first bin: 80, and a fifth more.
  expect(high).toBeGreaterThan(96);
  const zero = { ...drawn, points: { times: [1], values: [0] } };
  // 4 .. 96 is drawn, with a little room, from and to 1, 2 or 5 of a decade.
  expect(vpcFrame(zero, 'log')).toEqual({ low: 2, high: 200 });
});

it('says in how many bins the observed percentiles lie inside, of those with measurements', () => {
  expect(insideOf(drawn.vpc, 'p50')).toEqual({ n: 2, of: 3 });
  expect(vpcSentence(drawn.vpc, speech)).toBe(
    'The observed median lies inside the simulated interval in 2 of 3 bins. The observed 5 % in 2, the observed 95 % in 2.',
  );
});

it('reads one bin off, and says which percentile is outside', () => {
  const [, , , last] = drawn.vpc.bins;
  expect(last && binSentence(drawn.vpc, last, speech)).toBe(
    '24 to 48 h, 6 measurements: 5 %: 10, outside 4 – 6; 50 %: 20, outside 8 – 12; 95 %: 40, outside 16 – 24 mg/L',
  );
});

it('draws the share below the limit of quantification only where there is one', () => {
  expect(belowChart(drawn, drawing)).toBeNull();
  const below = { observed: 0.4, low: 0.1, median: 0.2, high: 0.3, inside: false };
  const bins = drawn.vpc.bins.map((bin) => (bin.time === null ? bin : { ...bin, below }));
  const limited = { ...drawn.vpc, bins };
  expect(belowChart({ vpc: limited }, drawing)?.options?.scales?.y).toMatchObject({
    min: 0,
    max: expect.closeTo(0.46, 12),
  });
  expect(vpcSentence(limited, speech)).toContain('The share below the limit of quantification in 0.');
});

it('breaks a caption between words, and lets a long word stand alone', () => {
  expect(broken('one two  three', 7, (text) => text.length)).toEqual(['one two', 'three']);
  expect(broken('incomprehensibility is', 5, (text) => text.length)).toEqual(['incomprehensibility', 'is']);
});
