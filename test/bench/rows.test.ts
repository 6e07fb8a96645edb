// The arithmetic of the benchmark's rows, against numbers worked out by hand.
import { expect, test } from 'vitest';
import { type Curves, curveErrors, peakErrors } from './accuracy.ts';
import { readOptions } from './options.ts';
import { median, percentile, rateAtError, ratioTo, summariseErrors } from './rows.ts';

test('a percentile is the smallest value that enough of all do not exceed', () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(summariseErrors(values)).toEqual({ p50: 50, p99: 99, max: 100 });
  expect(percentile([7], 0.5)).toBe(7);
});

test('a median of an even number lies halfway between the middle two', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([9, 1, 5])).toBe(5);
});

const sweep = [
  { error: 1e-2, rate: 1000 },
  { error: 1e-6, rate: 10 },
  { error: 1e-4, rate: 100 },
];

test('between two points of a sweep the rate follows a straight line in logarithms', () => {
  // A rate that is the square root of the error, times 10,000: halfway in logarithms is 10 ** 1.5.
  expect(rateAtError(sweep, 1e-5).rate).toBeCloseTo(10 ** 1.5, 9);
  expect(rateAtError(sweep, 1e-4)).toEqual({ rate: 100, reached: true });
});

test('outside of a sweep the nearest point stands, and is said not to reach', () => {
  expect(rateAtError(sweep, 1e-8)).toEqual({ rate: 10, reached: false });
  expect(rateAtError(sweep, 1)).toEqual({ rate: 1000, reached: false });
  expect(rateAtError([], 1)).toEqual({ rate: Number.NaN, reached: false });
});

test('a point that is slower and less exact than another does not hold a peer back', () => {
  const poor = [...sweep, { error: 1e-5, rate: 1 }];
  expect(rateAtError(poor, 1e-5).rate).toBeCloseTo(10 ** 1.5, 9);
});

test('a ratio is taken inside each round, so a slow moment of the machine cancels', () => {
  const halved = sweep.map(({ error, rate }) => ({ error, rate: rate / 2 }));
  const { ratio, reached } = ratioTo([5000, 2500, 5000], 1e-4, [sweep, halved, sweep]);
  expect(ratio).toBeCloseTo(50, 9);
  expect(reached).toBe(true);
});

const curves = (values: number[]): Curves => ({
  patients: 1,
  outputs: 2,
  times: 2,
  values: Float64Array.from(values),
});

test("a patient's error is the largest deviation relative to that output's largest value", () => {
  const exact = curves([1, 4, 100, 50]);
  const close = curves([1.2, 4.4, 100, 49]);
  expect(curveErrors(close, exact)[0]).toBeCloseTo(0.1, 9);
  expect(peakErrors(close, exact)[0]).toBeCloseTo(0.1, 9);
});

test('a curve with a missing value is infinitely wrong', () => {
  const exact = curves([1, 4, 100, 50]);
  expect(curveErrors(curves([1, Number.NaN, 100, 50]), exact)).toEqual([Number.POSITIVE_INFINITY]);
});

test('arguments that are not known, or lack their value, are refused in words', () => {
  expect(readOptions(['--fast'])).toEqual({ wrong: '--fast is not known' });
  expect(readOptions(['--json'])).toEqual({ wrong: '--json needs a value' });
  expect(readOptions(['--rounds', '0'])).toEqual({ wrong: '--rounds 0: use a whole number from 1' });
  expect(readOptions(['--quick', '--json', '-'])).toMatchObject({ quick: true, json: '-' });
});
