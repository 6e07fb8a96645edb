import { expect, test } from 'vitest';
import { suggestion } from '../../src/study/closest.ts';
import { readModel } from '../../src/study/read.ts';

test.each([
  ['vanco', 'did you mean vancomycin?'],
  ['vancomicin', 'did you mean vancomycin?'],
  ['Theophylline', 'did you mean theophylline?'],
  [
    'propofol',
    'there are hiv, hiv_chronic, insulin, neutropenia, sepsis, theophylline, vancomycin, warfarin',
  ],
])('the model %s is not shipped, and the answer is: %s', (name, hint) => {
  const message = `there is no shipped model ${name}; ${hint}`;
  expect(readModel({ name })).toEqual({ kind: 'refused', errors: [{ field: 'model.name', message }] });
});

test('a beginning stands for a name only when it is long enough and no other name begins so', () => {
  const known = ['peak', 'trough', 'troughs', 'time_in_range'];
  expect(suggestion('time_', known)).toBe('did you mean time_in_range?');
  expect(suggestion('tro', known)).toBe('there are peak, trough, troughs, time_in_range');
  expect(suggestion('p', known)).toBe('there are peak, trough, troughs, time_in_range');
});
