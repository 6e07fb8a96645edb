import { expect, test } from 'vitest';
import { cloudLines } from '../../src/cli/clouds-table.ts';
import type { CloudsResult } from '../../src/study/result.ts';

const clouds = (rows: number): CloudsResult => ({
  patients: 1500,
  rows: Array.from({ length: rows }, (_, i) => ({
    id: `p${i + 1}`,
    arms: ['drug', 'placebo'].map((name) => ({
      name,
      endpoints: {
        auc: {
          unit: 'mg*h/L',
          mean: 10,
          quantiles: { '0.05': 1.23456, '0.25': 5, '0.5': 10 * (i + 1), '0.75': 20, '0.95': null },
          missing: 90,
        },
        ratio: { unit: '1', mean: 1, quantiles: { '0.05': 1, '0.25': 1, '0.5': 1, '0.75': 1, '0.95': 1 } },
        hit: { probability: i === 0 ? 0.0625 : null },
      },
    })),
  })),
});

test('each individual has a line in every arm: medians with 5 % to 95 %, shares in percent', () => {
  expect(cloudLines(clouds(2))).toEqual([
    '',
    '2 individuals, 1,500 draws each: median (5 % to 95 %), or share',
    '  drug     auc [mg*h/L]       ratio     hit',
    '  p1    10 (1.235 to -)  1 (1 to 1)  6.25 %',
    '  p2    20 (1.235 to -)  1 (1 to 1)       -',
    '  placebo     auc [mg*h/L]       ratio     hit',
    '  p1       10 (1.235 to -)  1 (1 to 1)  6.25 %',
    '  p2       20 (1.235 to -)  1 (1 to 1)       -',
  ]);
});

test('the first twenty stand there, and how many are left', () => {
  const lines = cloudLines(clouds(1023));
  expect(lines).toHaveLength(2 + 2 * 21 + 1);
  expect(lines.at(-1)).toBe('  ... and 1,003 more; --json or --summary has all');
  expect(cloudLines(clouds(20)).at(-1)).toContain('p20');
  expect(cloudLines({ patients: 5, rows: [] })).toEqual([]);
});
