import { expect, test } from 'vitest';
import { parseCommand } from '../../src/cli/arguments.ts';
import { commandLine } from '../../src/cli/command-line.ts';
import { differenceLines, studiesLines, survivalLines } from '../../src/cli/comparison.ts';
import { subgroupLines } from '../../src/cli/subgroup-table.ts';
import { resultTable } from '../../src/cli/table.ts';
import type { Difference, SubgroupResult, SurvivalArm } from '../../src/study/result.ts';
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

const nobody = { '0.05': null, '0.25': null, '0.5': null, '0.75': null, '0.95': null };

test('an arm is held against another in a table of its own, conditions in points with a number needed', () => {
  expect(differenceLines([auc, hit], false)).toEqual([
    '',
    'drug less placebo, patient by patient',
    '           mean  95 % interval  median   5 %  95 %  higher in  lower in',
    '  auc     2.123     1.9 .. 2.3       2  -1.5  5.25       90 %      10 %  mg*h/L                            10 left out',
    '  hit  8 points        5 .. 11                           90 %      10 %  1 in 12.5 benefits (9.091 .. 20)  10 left out',
  ]);
});

test('who gains and who loses stands beside the balance, and resampled intervals below', () => {
  const benefit = { share: 0.125, interval: [0.1, 0.15], number: 8 } as const;
  const harm = { share: 0, interval: [0, 0.01], number: null } as const;
  const bootstrap = {
    resamples: 2000,
    mean: [1.91, 2.31],
    median: [1.8, 2.2],
    medians: { difference: 2.5, interval: [2.25, 2.75] },
    ratioOfMedians: { value: 1.25, interval: [1.2, 1.3] },
  } as const;
  const both = [
    { ...auc, bootstrap },
    { ...hit, individual: { benefit, harm }, bootstrap: { resamples: 2000, mean: [0.05, 0.11] } as const },
  ];
  const lines = differenceLines(both, false);
  expect(lines[4]).toContain('1 in 12.5 benefits (9.091 .. 20); 1 in 8 gains, nobody loses  10 left out');
  expect(lines.slice(5)).toEqual([
    '  95 % intervals by 2,000 resamples of the patients',
    '                   mean      median  difference of medians   ratio of medians',
    '    auc    1.91 .. 2.31  1.8 .. 2.2     2.5 (2.25 .. 2.75)  1.25 (1.2 .. 1.3)',
    '    hit  5 .. 11 points',
  ]);
});

const PARTS: readonly SubgroupResult[] = [
  ['below 30 [mL/min]', 12],
  ['30 [mL/min] and above', 0],
].map(([label, patients]) => ({
  of: 'CRCL',
  label: `CRCL ${label}`,
  patients: Number(patients),
  arms: ['placebo', 'drug'].map((name) => ({
    name,
    endpoints: {
      auc: { unit: 'mg*h/L', mean: 2, quantiles: patients === 0 ? nobody : base.quantiles },
      hit: { probability: patients === 0 ? null : 0.25 },
    },
  })),
  differences:
    patients === 0
      ? [auc, hit].map((one) => ({ ...one, mean: null, interval: [Number.NaN, Number.NaN] as const }))
      : [auc, hit],
}));

test('parts of the cohort are lines under each endpoint, and empty ones are there', () => {
  expect(subgroupLines(PARTS)).toEqual([
    '',
    'by CRCL: medians or shares, mean differences',
    '                              patients  placebo  drug  drug less placebo  95 % interval',
    '  auc  below 30 [mL/min]            12        2     2              2.123     1.9 .. 2.3  mg*h/L',
    '       30 [mL/min] and above         0        -     -                  -              -',
    '  hit  below 30 [mL/min]            12     25 %  25 %           8 points        5 .. 11',
    '       30 [mL/min] and above         0        -     -                  -              -',
  ]);
  const alone = PARTS.map(({ differences: _, ...part }) => part);
  expect(subgroupLines(alone)[3]).toBe('  auc  below 30 [mL/min]            12        2     2  mg*h/L');
});

test('splits that would make the text long are named', () => {
  const many = Array.from({ length: 20 }, (_, k) =>
    PARTS.map((part) => ({ ...part, of: `CRCL${k}` })),
  ).flat();
  const lines = subgroupLines(many);
  expect(lines.length).toBeLessThan(105);
  expect(lines.at(-1)).toMatch(/^by CRCL14, CRCL15, .*CRCL19: see --json$/);
  expect(
    resultTable(
      { ...resultOf({ gemello: 1, model: { name: 'toy' } }), subgroups: PARTS },
      { device: '', reason: '' },
    ),
  ).toContain('\nby CRCL: medians or shares');
});

test('splits and resamples go into the study', async () => {
  const world = fake();
  const words = 'run toy --subgroups DIAL WT:50,70.5 --bootstrap 500'.split(' ');
  expect(await commandLine(words, world.io, world.product)).toBe(0);
  expect(world.asked[0]?.study.compare).toEqual({
    subgroups: [{ of: 'DIAL' }, { of: 'WT', cuts: [50, 70.5] }],
    bootstrap: 500,
  });
  expect(() => parseCommand(['run', 'toy', '--bootstrap', '50'])).toThrow('from 100 to 10000');
  expect(() => parseCommand(['run', 'toy', '--subgroups', 'WT:a'])).toThrow('COVARIATE:CUT,CUT');
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
    hit: { unit: '1', mean: band(0.3), without: 3 },
  };
  const arms = [{ name: 'drug', outputs: {}, endpoints }];
  expect(studiesLines({ studies: 20, patients: 50, arms })).toEqual([
    '',
    'drug, between 20 studies of 50 patients',
    '       mean   5 %  95 %  median  5 %  95 %  of variance',
    '  auc    10     5    20       8    4    16         25 %  mg*h/L',
    '  hit  30 %  15 %  60 %                               -',
    '  nobody has hit in 3 of the studies: its mean is that of the others',
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
  const nobody = { ...drug, name: 'cure', patients: 0, events: 0, censored: 0, survival: [Number.NaN] };
  const lines = survivalLines([
    {
      endpoint: 't_death',
      unit: 'd',
      arms: [arm, drug, nobody],
      logRank: { chiSquare: 40, degrees: 1, p: 1e-9 },
      hazardRatios: [{ arm: 'drug', versus: 'placebo', ratio: 0.5, interval: [0.4, 0.6] }],
      withoutRatio: [{ arm: 'cure', versus: 'placebo', reason: 'cure has no event' }],
    },
  ]);
  expect(lines).toEqual([
    '',
    't_death, Kaplan-Meier to 3 d',
    '           events  left  without it  median  95 % interval  mean  95 % interval  hazard ratio',
    '  placebo     600   100        30 %     1.5       1.4 .. -  1.75     1.7 .. 1.8',
    '  drug        600   100        30 %       -         - .. -  1.75     1.7 .. 1.8  0.5 (0.4 .. 0.6)',
    '  cure          0     0           -       -         - .. -  1.75     1.7 .. 1.8',
    '  log-rank: p below 0.0001',
    '  no hazard ratio of cure over placebo: cure has no event',
  ]);
});
