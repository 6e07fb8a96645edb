import { expect, test } from 'vitest';
import { resultTable } from '../../src/cli/table.ts';
import type { Certificate } from '../../src/study/result.ts';
import { resultOf } from './fake.ts';

const info = { device: 'two workers', reason: 'it is a test' };
const certificate: Certificate = {
  patients: 71,
  rtol: 1e-9,
  outputs: { conc: { max: 2.13e-5, p95: 1e-6 }, effect: { max: 1e-7, p95: 1e-8 } },
  endpoints: { auc24: { max: 1e-8, p95: 1e-9 }, onset: { max: null, p95: null }, hit: { flips: 0 } },
  rescued: 0,
  unrescued: 3,
};
const lineOf = (begin: string, certified: Certificate, failed: Record<string, number> = {}) => {
  const result = { ...resultOf({ gemello: 1, model: { name: 'toy' } }), failed, certificate: certified };
  return resultTable(result, info)
    .split('\n')
    .find((line) => line.startsWith(begin));
};

test('a certified run says how exact the worst output and the worst endpoint are', () => {
  expect(lineOf('accuracy', certificate)).toBe(
    'accuracy: conc within 2.1e-5, auc24 within 1e-8 (71 patients solved again in f64)',
  );
  expect(lineOf('accuracy', { ...certificate, patients: 1 })).toContain('(1 patient solved again in f64)');
});

test('it says whose condition or existence came out differently, and when nothing could be compared', () => {
  const endpoints = { hit: { flips: 2 }, onset: { max: null, p95: null, flips: 1 } };
  expect(lineOf('accuracy', { ...certificate, endpoints })).toBe(
    'accuracy: conc within 2.1e-5, hit flips for 2, onset flips for 1 (71 patients solved again in f64)',
  );
  expect(lineOf('accuracy', { ...certificate, outputs: {}, endpoints: {} })).toContain(
    ': nothing to compare (',
  );
});

test('rescued patients stand beside those that failed', () => {
  expect(lineOf('failed', { ...certificate, rescued: 13 })).toBe(
    'failed: none; rescued in f64: 13 of 10,000',
  );
  expect(lineOf('failed', { ...certificate, rescued: 13 }, { 'not finite': 2 })).toBe(
    'failed, and left out above: 2 not finite (of 10,000); rescued in f64: 13 of 10,000',
  );
  expect(lineOf('failed', certificate)).toBe('failed: none');
});

test('a weighted run says what the weights leave, and target by target what they do', () => {
  const weighting = {
    effective: 3511.6,
    largest: 3.118,
    excluded: 120,
    targets: [{ name: 'mean of WT', target: 76, weighted: 76.0001, unweighted: 73.12 }],
  };
  const lines = resultTable(
    { ...resultOf({ gemello: 1, model: { name: 'toy' } }), patients: 4000, weighting },
    info,
  ).split('\n');
  const at = lines.findIndex((line) => line.startsWith('weighted:'));
  expect(lines[at]).toBe(
    'weighted: as informative as 3,512 of 4,000 patients, the largest weight 3.118 times the average; 120 weigh nothing',
  );
  expect(lines[at + 1]).toMatch(/^ +target +weighted +unweighted$/);
  expect(lines[at + 2]).toMatch(/^ {2}mean of WT +76 +76 +73.12$/);
});
