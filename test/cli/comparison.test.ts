import { expect, test } from 'vitest';
import { parseCommand } from '../../src/cli/arguments.ts';
import { commandLine } from '../../src/cli/command-line.ts';
import { differenceLines, studiesLines, survivalLines } from '../../src/cli/comparison.ts';
import { resultTable } from '../../src/cli/table.ts';
import type { Difference, SurvivalArm } from '../../src/study/result.ts';
import { fake, resultOf } from './fake.ts';

const base = {
  arm: 'drug',
  versus: 'placebo',
  patients: 990,
  missing: 10,
  quantiles: { '0.05': -1.5, '0.25': 1, '0.5': 2, '0.75': 3, '0.95': 5.25 },
} as const;
const auc: Difference = {
  ...base,
  endpoint: 'auc',
  unit: 'mg*h/L',
  mean: 2.12345,
  interval: [1.9, 2.3],
  higher: { share: 0.9, interval: [0.88, 0.92] },
  lower: { share: 0.1, interval: [0.08, 0.12] },
};
const hit: Difference = {
  ...auc,
  endpoint: 'hit',
  unit: '1',
  mean: 0.08,
  interval: [0.05, 0.11],
  nnt: { kind: 'benefit', number: 12.5, limits: [1 / 0.11, 20] },
};

test('an arm is held against another in a table of its own, conditions in percent with a number needed', () => {
  expect(differenceLines([auc, hit], false)).toEqual([
    '',
    'drug less placebo, patient by patient',
    '        mean  95 % interval  median   5 %  95 %  higher in  lower in',
    '  auc  2.123     1.9 .. 2.3       2  -1.5  5.25       90 %      10 %  mg*h/L                            10 left out',
    '  hit    8 %    5 % .. 11 %                           90 %      10 %  1 in 12.5 benefits (9.091 .. 20)  10 left out',
  ]);
});

test('one patient has differences and nothing else', () => {
  expect(differenceLines([auc], true)).toEqual([
    '',
    'drug less placebo, patient by patient',
    '       difference',
    '  auc       2.123  mg*h/L',
  ]);
});

test('no difference is said to be none', () => {
  const [, , , row] = differenceLines(
    [{ ...hit, nnt: { kind: 'unclear', number: 300, limits: [20, 90] } }],
    false,
  );
  expect(row).toContain('no clear difference');
});

test('the arm to compare with and what is good go into the study', async () => {
  const world = fake();
  const words = 'run toy --versus weighted --better hit=higher auc24=lower'.split(' ');
  expect(await commandLine(words, world.io, world.product)).toBe(0);
  expect(world.asked[0]?.study.compare).toEqual({
    versus: 'weighted',
    better: { hit: 'higher', auc24: 'lower' },
  });
});

test('a filter goes into the study, and how many it left is said', async () => {
  const world = fake();
  const words = ['run', 'toy', '--filter', 'WT > 50 [kg]'];
  expect(await commandLine(words, world.io, world.product)).toBe(0);
  expect(world.asked[0]?.study.cohort?.filter).toBe('WT > 50 [kg]');
  const left = [
    { clause: 'WT > 50 [kg]', patients: 1200 },
    { clause: 'not DIAL', patients: 1000 },
  ];
  const result = { ...resultOf({ gemello: 1, model: { name: 'toy' } }), funnel: { drawn: 2345, left } };
  expect(resultTable(result, { device: '', reason: '' })).toContain(
    '\nfilter: of 2,345 candidates 1,200 after WT > 50 [kg], 1,000 after not DIAL\n',
  );
});

test('studies have bands of their means and medians, and their part of the variance', async () => {
  const band = (x: number) => ({ '0.05': x / 2, '0.25': x, '0.5': x, '0.75': x, '0.95': 2 * x });
  const variance = { between: 1, within: 3, betweenShare: 0.25 };
  const endpoints = {
    auc: { unit: 'mg*h/L', mean: band(10), median: band(8), variance },
    hit: { unit: '1', mean: band(0.3) },
  };
  const arms = [{ name: 'drug', outputs: {}, endpoints }];
  expect(studiesLines({ studies: 20, patients: 50, arms })).toEqual([
    '',
    'drug, between 20 studies of 50 patients',
    '       mean   5 %  95 %  median  5 %  95 %  of variance',
    '  auc    10     5    20       8    4    16         25 %  mg*h/L',
    '  hit  30 %  15 %  60 %                               -',
  ]);
  const world = fake();
  expect(await commandLine(['run', 'toy', '--studies', '20'], world.io, world.product)).toBe(0);
  expect(world.asked[0]?.study.cohort?.studies).toBe(20);
  expect(() => parseCommand(['run', 'toy', '--studies', '1'])).toThrow('from 2 to 1000');
});

test('a direction is higher or lower', () => {
  expect(() => parseCommand(['run', 'toy', '--better', 'hit=up'])).toThrow('say higher or lower');
});

test('a time of an event has a line an arm, and whether arms can be told apart', () => {
  const arm: SurvivalArm = {
    name: 'placebo',
    patients: 1000,
    events: 600,
    censored: 100,
    median: { time: 1.5, interval: [1.4, null] },
    restrictedMean: { to: 3, mean: 1.75, interval: [1.7, 1.8] },
    times: [0, 3],
    survival: [1, 0.3],
    lower: [1, 0.25],
    upper: [1, 0.35],
    atRisk: [1000, 300],
  };
  const drug = { ...arm, name: 'drug', median: { time: null, interval: [null, null] } } as const;
  const lines = survivalLines([
    {
      endpoint: 't_death',
      unit: 'd',
      arms: [arm, drug],
      logRank: { chiSquare: 40, degrees: 1, p: 1e-9 },
      hazardRatios: [{ arm: 'drug', versus: 'placebo', ratio: 0.5, interval: [0.4, 0.6] }],
    },
  ]);
  expect(lines).toEqual([
    '',
    't_death, Kaplan-Meier to 3 d',
    '           events  left  without it  median  95 % interval  mean  95 % interval  hazard ratio',
    '  placebo     600   100        30 %     1.5       1.4 .. -  1.75     1.7 .. 1.8',
    '  drug        600   100        30 %       -         - .. -  1.75     1.7 .. 1.8  0.5 (0.4 .. 0.6)',
    '  log-rank: p below 0.0001',
  ]);
});
