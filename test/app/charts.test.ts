// Charts as functions: what a result becomes before any canvas sees it.
import { expect, it } from 'vitest';
import { fanChart, fanFrame } from '../../src/app/charts/fan.ts';
import { histogramChart, histogramFrame, sharesOf, tallest } from '../../src/app/charts/histogram.ts';
import { marksOf, sampleNear, samplesByHeight, spread } from '../../src/app/charts/marks.ts';
import { armColour, armDash, CHART_COLOURS } from '../../src/app/charts/palette.ts';
import {
  difference,
  endpointSentence,
  followedSentence,
  outputSentence,
  patientSentence,
  shortValue,
} from '../../src/app/charts/words.ts';
import type { OutputView } from '../../src/app/client.ts';
import { openingStudy } from '../../src/app/edits.ts';
import { pictureOf } from '../../src/app/picture.ts';
import { translator } from '../../src/app/strings.ts';
import type { Result } from '../../src/study/result.ts';
import { makeUp, VANCOMYCIN } from '../browser/fake-engine.ts';

const study = openingStudy(VANCOMYCIN, { name: 'vancomycin' });
const { result, curves } = makeUp(study, VANCOMYCIN, 10_000);
const [conc] = VANCOMYCIN.outputs as [OutputView];
const [auc, hit] = VANCOMYCIN.endpoints;
const t = translator('en');
const drawing = { scheme: 'light', language: 'en', t, compact: false } as const;

it('tells twelve arms apart by colour and dashes', () => {
  const looks = Array.from({ length: 12 }, (_, at) => `${armColour(at, 'light')} ${armDash(at).join(' ')}`);
  expect(new Set(looks).size).toBe(12);
});

it('draws five lines an arm, and fills each band down to its own lower line', () => {
  const { datasets } = fanChart(result, curves, conc, drawing).data;
  expect(datasets).toHaveLength(10);
  const filled = datasets.flatMap((set, index) =>
    set.fill === '+1' ? [[set.label, datasets[index + 1]?.label]] : [],
  );
  expect(filled).toEqual([
    ['fixed 0.95', 'fixed 0.05'],
    ['fixed 0.75', 'fixed 0.25'],
    ['weighted 0.95', 'weighted 0.05'],
    ['weighted 0.75', 'weighted 0.25'],
  ]);
});

it('keeps the axis it is given, for as long as a slider moves', () => {
  const { options } = fanChart(result, curves, conc, drawing, { low: 0, high: 7 });
  expect(options?.scales?.y).toMatchObject({ min: 0, max: 7 });
});

it('holds every band inside the axis it chooses', () => {
  const { low, high } = fanFrame(result, conc);
  const all = result.arms.flatMap((arm) => Object.values(arm.outputs.conc?.quantiles ?? {}).flat());
  expect(Math.min(...all)).toBeGreaterThanOrEqual(low);
  expect(Math.max(...all)).toBeLessThanOrEqual(high);
});

it('ends a logarithmic axis on whole decades and leaves zeros out', () => {
  const frame = fanFrame(result, { ...conc, axis: 'log' });
  expect(Math.log10(frame.low) % 1).toBeCloseTo(0, 9);
  expect(Math.log10(frame.high) % 1).toBeCloseTo(0, 9);
  expect(frame.low).toBeGreaterThan(0);
});

it('hands sample patients to the canvas as they came, without a point object each', () => {
  const { marks } = fanChart(result, curves, conc, drawing).options?.plugins ?? {};
  expect(marks?.samples?.[0]?.values).toBe(curves.arms[0]?.outputs.conc);
});

/** Pixels are ten times the numbers, downwards from 100. */
const scales = {
  x: { getPixelForValue: (value: number) => 10 * value },
  y: { getPixelForValue: (value: number) => 100 - 10 * value },
} as unknown as Parameters<typeof sampleNear>[0]['scales'];
const two = {
  colour: '',
  strong: '',
  dash: [],
  times: [0, 1, 2],
  values: Float32Array.of(1, 1, 1, 5, 5, Number.NaN),
};

it('finds the sample patient whose line passes nearest to a pointer, and nobody farther than its reach', () => {
  expect(sampleNear({ scales }, [two], { x: 5, y: 88 }, 8)).toBe(0);
  expect(sampleNear({ scales }, [two], { x: 5, y: 53 }, 8)).toBe(1);
  expect(sampleNear({ scales }, [two], { x: 5, y: 70 }, 8)).toBeNull();
  // Between the times 1 and 2 the second patient has failed.
  expect(sampleNear({ scales }, [two], { x: 19, y: 50 }, 8)).toBeNull();
});

it('orders sample patients by height, without those who have none there', () => {
  expect(samplesByHeight([two], 0)).toEqual([0, 1]);
  expect(samplesByHeight([two], 2)).toEqual([0]);
  expect(samplesByHeight([], 0)).toEqual([]);
});

it('fades everybody else while a patient is followed, and makes room for them on the axis', () => {
  const high = {
    patients: [7],
    arms: result.arms.map(({ times }) => ({
      outputs: { conc: new Float32Array(times.values.length).fill(300) },
    })),
  };
  const frame = fanFrame(result, conc, high);
  expect(frame.high).toBeGreaterThanOrEqual(300);
  const plain = fanChart(result, curves, conc, drawing).options?.plugins?.marks;
  const chart = fanChart(result, curves, conc, drawing, frame, high);
  const { followed, samples } = marksOf({ config: chart } as Parameters<typeof marksOf>[0]) ?? {
    samples: [],
  };
  expect((followed ?? []).map(({ values, strong }) => [values[0], strong])).toEqual([
    [300, armColour(0, 'light')],
    [300, armColour(1, 'light')],
  ]);
  const alpha = (colour = '') => Number(/([\d.]+)\)$/.exec(colour)?.[1]);
  expect(alpha(samples[0]?.colour)).toBeLessThan(alpha(plain?.samples?.[0]?.colour));
});

it('says who is followed and what becomes of them in each arm', () => {
  const speech = { language: 'en', t } as const;
  const own = new Float32Array(169).fill(12.34);
  const failed = new Float32Array(169).fill(Number.NaN);
  const followed = {
    patient: 17,
    curves: {
      patients: [17],
      arms: [{ outputs: { conc: own } }, { outputs: { conc: failed } }],
      covariates: [{ WT: 71.2, CRCL: 55, DIAL: 1 }],
    },
  };
  expect(patientSentence(followed, VANCOMYCIN.covariates, speech)).toBe(
    'Patient no. 17: Body weight 71.2 kg, Creatinine clearance 55 mL/min, On haemodialysis yes.',
  );
  expect(patientSentence(followed, [], speech)).toBe('Patient no. 17.');
  expect(followedSentence(followed, result, conc, speech)).toBe(
    'Patient no. 17 at 168 h: fixed 12.3 mg/L, weighted did not finish.',
  );
  const nobody = { patient: 17, curves: { patients: [], arms: [], covariates: [] } };
  expect(patientSentence(nobody, VANCOMYCIN.covariates, speech)).toContain('cannot be computed');
  expect(followedSentence(nobody, result, conc, speech)).toBe('');
});

it('keeps labels apart and inside, in their order', () => {
  expect(spread([50, 50, 50], 14, 0, 100)).toEqual([50, 64, 78]);
  expect(spread([95, 99], 14, 0, 100)).toEqual([86, 100]);
  expect(spread([Number.NaN, 10], 14, 0, 100)[1]).toBe(10);
});

it('counts every patient of a histogram once when the bars are cut anew', () => {
  if (!auc) throw new Error('the view has endpoints');
  const frame = { low: 0, high: 5000 };
  for (const { shares } of sharesOf(result, auc, frame)) {
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
  }
});

it('holds a bar’s height from its left edge to its right one', () => {
  if (!auc) throw new Error('the view has endpoints');
  const frame = { low: 0, high: 4800 };
  const [bars] = histogramChart(result, auc, drawing, frame).data.datasets;
  const shares = sharesOf(result, auc, frame)[0]?.shares ?? [];
  // Chart.js: 'after' draws a point's height back to the point before it.
  expect(bars?.stepped).toBe('after');
  expect(bars?.data[6]).toEqual({ x: 600, y: shares[5] });
});

it('cuts a towering arm so that the others stay readable, and names it', () => {
  const low = { arm: 'a', shares: [], peak: 0.05 };
  const tower = { arm: 'b', shares: [], peak: 0.9 };
  expect(tallest([low, tower])).toEqual({ high: 0.065, cut: tower });
  expect(tallest([low, { ...tower, peak: 0.1 }]).cut).toBeNull();
});

it('leaves thin tails out of a histogram’s axis but nobody of the bulk', () => {
  if (!auc) throw new Error('the view has endpoints');
  const value = result.arms[0]?.endpoints.auc24;
  if (!value || 'probability' in value) throw new Error('the result has a value');
  const { low, high } = histogramFrame(result, auc);
  expect(low).toBeLessThan(value.quantiles['0.05'] ?? 0);
  expect(high).toBeGreaterThan(value.quantiles['0.95'] ?? 0);
  expect(histogramChart(result, auc, drawing).options?.scales?.x).toMatchObject({ min: low, max: high });
});

it('puts values over several powers of ten on a logarithmic axis, each patient in one bar still', () => {
  if (!auc) throw new Error('the view has endpoints');
  // Ten bars a power of ten from 1 to 10,000, as many patients in each, and a far tail on either side.
  const edges = [0, ...Array.from({ length: 41 }, (_, i) => 10 ** (i / 10)), 1e9];
  const counts = [1, ...Array(40).fill(100), 1];
  const value = {
    unit: '',
    mean: 1,
    quantiles: result.arms[0]?.endpoints.auc24,
    histogram: { edges, counts },
  };
  const arms = [{ ...result.arms[0], endpoints: { auc24: value } }] as unknown as Result['arms'];
  const wide = { ...result, arms };
  const frame = histogramFrame(wide, auc);
  expect(frame).toEqual({ low: 1, high: 1e4, log: true });
  const [{ shares } = { shares: [] }] = sharesOf(wide, auc, frame);
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(4000 / 4002, 9);
  for (const share of shares) expect(share).toBeCloseTo(4000 / 4002 / shares.length, 9);
  const { data, options } = histogramChart(wide, auc, drawing, frame);
  expect(options?.scales?.x).toMatchObject({ type: 'logarithmic', min: 1, max: 1e4 });
  // Half of the bars reach to the middle of the axis.
  expect(data.datasets[0]?.data[shares.length / 2]).toMatchObject({ x: expect.closeTo(100, 9) });
  expect(histogramFrame(result, auc).log).toBeUndefined();
});

it('says in words what the chart shows', () => {
  if (!auc || !hit) throw new Error('the view has endpoints');
  const speech = { language: 'en', t } as const;
  expect(outputSentence(result, conc, speech)).toMatch(
    /^At 168 h, fixed: half of the patients are above 16\.1 mg\/L/,
  );
  expect(endpointSentence(result, auc, speech)).toContain('weighted: median 510 mg·h/L');
  expect(endpointSentence(result, hit, speech)).toBe(
    'fixed: 41 in 100 patients. weighted: 35 in 100 patients.',
  );
});

it('gives differences to the first arm with their sign, in points for probabilities', () => {
  const speech = { language: 'en', t } as const;
  expect(difference({ probability: 0.35 }, { probability: 0.41 }, speech)).toBe('−6 points');
  expect(difference({ probability: 0.41 }, { probability: 0.41 }, speech)).toBe('±0 points');
  const quantiles = { '0.05': 3.67, '0.25': 5, '0.5': 9.64, '0.75': 20, '0.95': 49.5 };
  const days = { unit: 'd', mean: 12, quantiles, histogram: { edges: [], counts: [] } };
  expect(shortValue(days, speech)).toEqual({ number: '9.64', spread: '3.67 – 49.5' });
  expect(shortValue({ ...days, quantiles: { ...quantiles, '0.95': null } }, speech).spread).toBe(
    'from 3.67; some have none',
  );
  expect(shortValue({ probability: 0.4125 }, speech)).toEqual({ number: '41.3 %', spread: null });
});

it('draws a card’s picture inside its frame', () => {
  const { arms } = pictureOf(result, conc);
  const numbers = arms.flatMap(({ wide }) => [...wide.matchAll(/,(-?[\d.]+)/g)].map(([, y]) => Number(y)));
  expect(numbers.length).toBeGreaterThan(100);
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThanOrEqual(130);
});

// WCAG 2.2, 1.4.11: graphics need 3:1 against what they stand on; relative luminance as in its definition.
const luminance = (hex: string) => {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
it.each(['light', 'dark'] as const)(
  'draws every arm with a contrast of 3 to 1 on %s ground, and apart by dash',
  (scheme) => {
    const ground = luminance(CHART_COLOURS[scheme].surface);
    for (let arm = 0; arm < 8; arm++) {
      const [bright, dim] = [luminance(armColour(arm, scheme)), ground].sort((a, b) => b - a) as [
        number,
        number,
      ];
      expect((bright + 0.05) / (dim + 0.05), `arm ${arm}`).toBeGreaterThanOrEqual(3);
    }
    expect(new Set(Array.from({ length: 8 }, (_, arm) => armDash(arm).join())).size).toBe(8);
  },
);

it('stays a sentence with many arms, and says where the others are', () => {
  const speech = { language: 'en', t } as const;
  const arms = Array.from({ length: 12 }, (_, n) => ({ ...result.arms[0], name: `arm ${n}` }));
  const many = { ...result, arms } as Result;
  if (!auc) throw new Error('an endpoint');
  for (const said of [outputSentence(many, conc, speech), endpointSentence(many, auc, speech)]) {
    expect(said).toContain('arm 2:');
    expect(said).not.toContain('arm 3:');
    expect(said).toMatch(/9 more arms are in the table\.$/);
  }
});

it('says of a number that hardly anybody differs in just that', () => {
  const speech = { language: 'en', t } as const;
  const [fixed] = result.arms;
  const own = fixed?.endpoints.auc24;
  if (!fixed || !own || 'probability' in own || !auc) throw new Error('a value');
  const same = { ...own, quantiles: { ...own.quantiles, '0.05': 430, '0.95': 430 } };
  const alike = { ...result, arms: [{ ...fixed, endpoints: { auc24: same } }] };
  expect(endpointSentence(alike, auc, speech)).toBe('fixed: 430 mg·h/L in at least 9 in 10 patients.');
  expect(shortValue(same, speech)).toEqual({ number: '430', spread: null });
});

it('says of one patient one value, yes or no: no shares, and no spread', () => {
  const one = makeUp(study, VANCOMYCIN, 1).result;
  const speech = { language: 'en', t } as const;
  if (!auc || !hit) throw new Error('two endpoints');
  expect(endpointSentence(one, auc, speech)).toBe('fixed: 430 mg·h/L. weighted: 510 mg·h/L.');
  const said = endpointSentence({ ...one, arms: [withShare(one, 0), withShare(one, 1)] }, hit, speech);
  expect(said).toBe('fixed: no. weighted: yes.');
  expect(outputSentence(one, conc, speech)).toMatch(
    /^At 168 h, fixed: [\d.]+ mg\/L\. weighted: [\d.]+ mg\/L\.$/,
  );
  expect(shortValue({ probability: 1 }, speech, true)).toEqual({ number: 'yes', spread: null });
});

function withShare(one: Result, index: 0 | 1) {
  const arm = one.arms[index];
  if (!arm) throw new Error('two arms');
  return { ...arm, endpoints: { ...arm.endpoints, hit: { probability: index } } };
}
