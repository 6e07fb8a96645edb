// The comparison of arms as functions: forest axes, words of differences, survival curves, cuts, and the edits behind them.
import { expect, it } from 'vitest';
import {
  estimateOf,
  groupWords,
  oneIn,
  patientWords,
  saidEstimate,
  studiesSentence,
} from '../../src/app/charts/compare-words.ts';
import { fanChart } from '../../src/app/charts/fan.ts';
import { forestAxis, placeOn } from '../../src/app/charts/forest.ts';
import { gridPlace, riskTimes, survivalChart } from '../../src/app/charts/survival.ts';
import { survivalSentence, testWords } from '../../src/app/charts/survival-words.ts';
import { endpointSentence } from '../../src/app/charts/words.ts';
import type { EndpointView, OutputView } from '../../src/app/client.ts';
import { cutsText, parseCuts, versusOf } from '../../src/app/comparing.ts';
import { applyEdit, type Edit, openingStudy, withoutUnknown } from '../../src/app/edits.ts';
import { translator } from '../../src/app/strings.ts';
import type { Difference, StudiesResult, SurvivalArm } from '../../src/study/result.ts';
import { parseStudy } from '../../src/study/schema.ts';
import type { Study } from '../../src/study/study.ts';
import { makeUp, VANCOMYCIN } from '../browser/fake-engine.ts';

const speech = { language: 'en', t: translator('en') } as const;
const drawing = { ...speech, scheme: 'light', compact: false } as const;
const [auc, hit] = VANCOMYCIN.endpoints as [EndpointView, EndpointView];
const opened = openingStudy(VANCOMYCIN, { name: 'vancomycin' });

const value: Difference = {
  arm: 'weighted',
  versus: 'fixed',
  endpoint: 'auc24',
  unit: 'mg*h/L',
  patients: 10_000,
  mean: 23.14,
  interval: [20.06, 26.2],
  quantiles: { '0.05': -210, '0.25': -20, '0.5': 12, '0.75': 50, '0.95': 250 },
  higher: { share: 0.621, interval: [0.61, 0.63] },
  lower: { share: 0.31, interval: [0.3, 0.32] },
  geometricRatio: { value: 1.19, interval: [1.18, 1.2] },
};
const condition: Difference = {
  ...value,
  endpoint: 'hit',
  unit: '1',
  mean: 0.12,
  interval: [0.1, 0.14],
  higher: { share: 0.14, interval: [0.13, 0.15] },
  lower: { share: 0.02, interval: [0.01, 0.03] },
  nnt: { kind: 'more', number: 1 / 0.12, limits: [1 / 0.14, 1 / 0.1] },
};

it('an axis of differences holds no difference, every dot and every whisker, with ticks inside', () => {
  const estimates = [
    { value: 3, interval: [2, 4] },
    { value: 7, interval: [5, 9] },
  ] as const;
  const axis = forestAxis(estimates, { none: 0 });
  if (!axis) throw new Error('there are estimates');
  for (const x of [0, 2, 9]) {
    expect(placeOn(axis, x)).toBeGreaterThan(0);
    expect(placeOn(axis, x)).toBeLessThan(1);
  }
  expect(axis.ticks).toEqual([0, 5]);
  expect(forestAxis([], { none: 0 })).toBeNull();
});

it('a whisker far longer than the others does not squeeze them: it is left to run off the axis', () => {
  const narrow = [1, 2, 3].map((x) => ({ value: x, interval: [x - 0.5, x + 0.5] as const }));
  const axis = forestAxis([...narrow, { value: 2, interval: [-90, 94] }], { none: 0 });
  if (!axis) throw new Error('there are estimates');
  expect(axis.high - axis.low).toBeLessThan(12);
  expect(placeOn(axis, 94)).toBeGreaterThan(1);
});

it('on an axis of ratios half and double are equally far from 1', () => {
  const axis = forestAxis([{ value: 1.5, interval: [0.4, 3] }], { none: 1, log: true });
  if (!axis) throw new Error('there are estimates');
  expect(placeOn(axis, 2) - placeOn(axis, 1)).toBeCloseTo(placeOn(axis, 1) - placeOn(axis, 0.5), 12);
  expect(axis.ticks).toEqual([0.5, 1, 2]);
});

it('draws an axis where nobody changes at all', () => {
  const axis = forestAxis([{ value: 0, interval: [0, 0] }], { none: 0 });
  expect(axis && placeOn(axis, 0)).toBeCloseTo(0.5, 12);
});

it('says a difference with its sign, unit and interval, a ratio of positive values, and points of a share', () => {
  const said = (difference: Difference, endpoint: EndpointView, scale: 'difference' | 'ratio') => {
    const estimate = estimateOf(difference, endpoint, scale);
    return estimate && saidEstimate(estimate, endpoint, scale, speech);
  };
  expect(said(value, auc, 'difference')).toEqual({ number: '+23.1 mg·h/L', interval: '+20.1 to +26.2' });
  expect(said(value, auc, 'ratio')).toEqual({ number: '× 1.19', interval: '1.18 to 1.2' });
  expect(said(condition, hit, 'difference')).toEqual({ number: '+12 points', interval: '+10 to +14' });
  const { geometricRatio: _, ...withoutRatio } = value;
  expect(said(withoutRatio, auc, 'ratio')).toBeNull();
  expect(said({ ...condition, patients: 1 }, hit, 'difference')?.interval).toBe('');
});

it('says for how many patients an arm is higher, or better once the study says which way is good', () => {
  expect(patientWords(value, auc, speech)).toBe(
    'Higher in 62.1 %, lower in 31.0 % of patients; 9 in 10 change by −210 to +250 mg·h/L.',
  );
  expect(patientWords({ ...value, better: 'lower', missing: 12 }, auc, speech)).toBe(
    'Better in 31.0 %, worse in 62.1 % of patients; 9 in 10 change by −210 to +250 mg·h/L. 12 lack it in one of the arms and are left out.',
  );
});

it('says that nobody changes where an arm makes no difference', () => {
  const none = { share: 0, interval: [0, 0.001] as const };
  expect(patientWords({ ...value, higher: none, lower: none }, auc, speech)).toBe('Nobody changes.');
});

it('says of a condition one in how many gains it and loses it, and the number needed to treat', () => {
  expect(patientWords(condition, hit, speech)).toBe(
    '1 in 7 has it only with weighted, 1 in 50 only with fixed. On balance one more in every 8.3 patients (7.1 to 10).',
  );
  const good = { ...condition, better: 'higher', nnt: { ...condition.nnt, kind: 'benefit' } } as Difference;
  expect(patientWords(good, hit, speech)).toBe(
    'Given weighted instead of fixed, 1 in 7 gains, 1 in 50 loses. On balance 1 in 8.3 benefits (7.1 to 10): the number needed to treat.',
  );
  const bad = { ...condition, better: 'lower', nnt: { ...condition.nnt, kind: 'harm' } } as Difference;
  expect(patientWords(bad, hit, speech)).toContain(
    '1 in 50 gains, 1 in 7 loses. On balance 1 in 8.3 is harmed',
  );
});

it('gives no number needed to treat where the interval holds no difference', () => {
  const nnt = { kind: 'unclear', number: 100, limits: [20, -40] } as const;
  expect(patientWords({ ...condition, nnt }, hit, speech)).toContain(
    'no clear difference, so no number needed',
  );
});

it('counts large shares in a hundred, small ones as one in so many, and nobody as nobody', () => {
  const share = (x: number) => oneIn({ share: x, interval: [0, 1] }, speech);
  expect([share(0.29), share(0.05), share(0)]).toEqual(['29 in 100', '1 in 20', 'nobody']);
});

it('names groups in the language of the page', () => {
  const it = { language: 'it', t: translator('it') } as const;
  const named = (label: string, of = 'CRCL') => groupWords({ of, label }, it);
  expect(named('CRCL below 30 [mL/min]')).toBe('sotto 30 mL/min');
  expect(named('CRCL 30 .. 60 [mL/min]')).toBe('30 – 60 mL/min');
  expect(named('CRCL 0.5 .. 58.06 [mL/min]')).toBe('0,5 – 58,06 mL/min');
  expect(named('CRCL 60 [mL/min] and above')).toBe('60 mL/min e oltre');
  expect(named('DIAL yes', 'DIAL')).toBe('sì');
  expect(named('CYP2C9 s1s2', 'CYP2C9')).toBe('s1s2');
});

const grid = Array.from({ length: 129 }, (_, at) => (90 * at) / 128);
const arm = (name: string, rate: number): SurvivalArm => ({
  name,
  patients: 1000,
  events: 600,
  censored: 50,
  median: { time: 20.5, interval: [19, 22] },
  restrictedMean: { to: 90, mean: 40.2, interval: [39, 41.4] },
  times: grid,
  survival: grid.map((time) => Math.exp(-rate * time)),
  lower: grid.map((time) => Math.exp(-rate * time) - 0.02),
  upper: grid.map((time) => Math.exp(-rate * time) + 0.02),
  atRisk: grid.map((_, at) => 1000 - at),
});
const survival = {
  endpoint: 't',
  unit: 'd',
  arms: [arm('fixed', 0.01), arm('weighted', 0.02)],
  logRank: { chiSquare: 40, degrees: 1, p: 2e-10 },
  hazardRatios: [{ arm: 'weighted', versus: 'fixed', ratio: 1.98, interval: [1.8, 2.2] }],
} as const;

it('asks for numbers at risk at times that the curves are told at, so that none is guessed', () => {
  for (const horizon of [90, 240, 365, 0.7])
    for (const compact of [true, false]) {
      const own = { ...arm('a', 0.01), times: grid.map((time) => (time / 90) * horizon) };
      for (const time of riskTimes(horizon, compact))
        expect(own.times[gridPlace(own, time)]).toBeCloseTo(time, 9);
    }
  expect(riskTimes(240, false)).toEqual([0, 30, 60, 90, 120, 150, 180, 210, 240]);
  expect(riskTimes(90, false)).toEqual([0, 22.5, 45, 67.5, 90]);
});

it('draws a curve that stays level until the next time, each arm inside its own band', () => {
  const { data } = survivalChart(survival, drawing);
  expect(data.datasets.map(({ stepped, fill }) => [stepped, fill])).toEqual(
    survival.arms.flatMap(() => [
      ['before', '+1'],
      ['before', false],
      ['before', false],
    ]),
  );
  expect(data.datasets.map(({ label }) => label).slice(0, 3)).toEqual([
    'fixed upper',
    'fixed lower',
    'fixed',
  ]);
});

it('says who has had the event by when, and that fewer than half have', () => {
  const [first] = survival.arms;
  expect(survivalSentence(first, 'd', speech)).toBe(
    '600 of 1,000 have it by 90 d; 50 left before; half have it by 20.5 d (19 to 22); on average 40.2 d of these 90 d without it (39 to 41.4).',
  );
  const never = { ...first, median: { time: null, interval: [null, null] as const } };
  expect(survivalSentence(never, 'd', speech)).toContain('fewer than half have it');
  expect(testWords(survival, speech)).toEqual([
    'Log-rank test: p < 0.001.',
    'Hazard of weighted against fixed: ratio 1.98 (1.8 to 2.2).',
  ]);
});

it.each([
  ['30, 60', [30, 60]],
  ['60 30 30', [30, 60]],
  ['0,5; 1,5', [0.5, 1.5]],
  ['  ', []],
  ['30, much', null],
  [Array.from({ length: 21 }, (_, n) => n).join(','), null],
])('reads %j as cuts', (text, cuts) => {
  expect(parseCuts(text)).toEqual(cuts);
});

it.each(['en', 'it'] as const)('writes cuts as they are read again, in %s', (language) => {
  for (const cuts of [[0.5, 1.5], [0.5], [30, 60], []])
    expect(parseCuts(cutsText(cuts, language), language)).toEqual(cuts);
});

const after = (edits: readonly Edit[], study: Study = opened) =>
  edits.reduce((before, edit) => applyEdit(before, edit, VANCOMYCIN), study);

it('writes what is compared into a document that the schema takes, and removes what says nothing', () => {
  const study = after([
    { kind: 'versus', arm: 'weighted' },
    { kind: 'better', endpoint: 'hit', value: 'higher' },
    { kind: 'subgroups', splits: [{ of: 'CRCL', cuts: [30, 60] }] },
  ]);
  expect(study.compare).toEqual({
    versus: 'weighted',
    better: { hit: 'higher' },
    subgroups: [{ of: 'CRCL', cuts: [30, 60] }],
  });
  expect(parseStudy(JSON.stringify(study))).toEqual({ study });
  const back = after(
    [
      { kind: 'versus', arm: 'fixed' },
      { kind: 'better', endpoint: 'hit', value: null },
      { kind: 'subgroups', splits: [] },
    ],
    study,
  );
  expect(back).toEqual(opened);
});

it('keeps comparing with an arm that is renamed, and with the first one after it is removed', () => {
  const study = after([{ kind: 'versus', arm: 'weighted' }]);
  const renamed = after([{ kind: 'arm renamed', index: 1, name: 'by weight' }], study);
  expect(versusOf(renamed)?.name).toBe('by weight');
  const removed = after([{ kind: 'arm removed', index: 1 }], renamed);
  expect(removed.compare).toBeUndefined();
  expect(versusOf(removed)?.name).toBe('fixed');
});

it('forgets what is good of an endpoint, and a split by a covariate, that an edited model no longer has', () => {
  const study = after([
    { kind: 'better', endpoint: 'hit', value: 'higher' },
    { kind: 'better', endpoint: 'trough', value: 'lower' },
    { kind: 'subgroups', splits: [{ of: 'WT' }, { of: 'CRCL' }] },
  ]);
  const model = {
    ...VANCOMYCIN,
    endpoints: VANCOMYCIN.endpoints.filter(({ name }) => name !== 'hit'),
    covariates: VANCOMYCIN.covariates.filter(({ name }) => name !== 'WT'),
  };
  expect(withoutUnknown(study, model).compare).toEqual({
    better: { trough: 'lower' },
    subgroups: [{ of: 'CRCL' }],
  });
});

const { result } = makeUp(opened, VANCOMYCIN, 10_000);

it('says the median of a time that some patients never reach, and how many never do', () => {
  const [fixed] = result.arms;
  const own = fixed?.endpoints.auc24;
  if (!fixed || !own || 'probability' in own) throw new Error('a value');
  const some = { ...own, missing: 3700, quantiles: { ...own.quantiles, '0.95': null } };
  const late = { ...result, arms: [{ ...fixed, endpoints: { auc24: some } }] };
  expect(endpointSentence(late, auc, speech)).toBe('fixed: median 430 mg·h/L. 37.0 % never reach it.');
});
const [conc] = VANCOMYCIN.outputs as [OutputView];
const times = result.arms.map((one) => one.times.values);
const studies: StudiesResult = {
  studies: 40,
  patients: 250,
  arms: result.arms.map(({ name, outputs }) => ({
    name,
    outputs: { conc: { unit: 'mg/L', median: outputs.conc?.quantiles ?? ({} as never) } },
    endpoints: {
      hit: {
        unit: '1',
        mean: { '0.05': 0.3, '0.25': 0.35, '0.5': 0.4, '0.75': 0.45, '0.95': 0.5 },
        variance: { between: 0.02, within: 0.2, betweenShare: 0.091 },
      },
    },
  })),
};

it('draws what is unsure as two dotted lines an arm beside the bands of patients', () => {
  const plain = fanChart(result, null, conc, drawing).data.datasets;
  const band = { result: studies, times, old: false };
  const both = fanChart(result, null, conc, drawing, undefined, null, [], band).data.datasets;
  expect(both.length - plain.length).toBe(2 * result.arms.length);
  const own = both.filter(({ label }) => label?.includes('studies'));
  expect(own.map(({ fill }) => fill)).toEqual(['+1', false, '+1', false]);
  expect(own.every(({ borderDash, borderWidth }) => borderDash && borderWidth)).toBe(true);
  const first = own[0]?.data[5] as { readonly x: number; readonly y: number };
  expect(first).toEqual({ x: times[0]?.[5], y: result.arms[0]?.outputs.conc?.quantiles['0.95'][5] });
});

it('tells in a sentence how much of an endpoint is unsure and how much is patients', () => {
  expect(studiesSentence(studies, hit, speech)).toBe(
    'In 9 of 10 studies of 250 patients the share lies here: fixed 30.0 % to 50.0 %, weighted 30.0 % to 50.0 %. ' +
      'Of the variance 9.1 % (fixed), 9.1 % (weighted) is what we are unsure of; the rest is how patients differ.',
  );
  expect(studiesSentence(studies, auc, speech)).toBe('');
});

it('says in how many studies nobody has the endpoint', () => {
  const [fixed, weighted] = studies.arms;
  const own = fixed?.endpoints.hit;
  if (!fixed || !weighted || !own) throw new Error('two arms');
  const some = { ...fixed, endpoints: { hit: { ...own, without: 3 } } };
  expect(studiesSentence({ ...studies, arms: [some, weighted] }, hit, speech)).toMatch(
    /differ\. In some studies nobody has it: 3 of 40 \(fixed\)\.$/,
  );
});
