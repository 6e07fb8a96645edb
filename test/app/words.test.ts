// Numbers, units, languages and sliders as a reader meets them.
import { expect, it } from 'vitest';
import { duration, parseNumber, percent, plain, prettyUnit, significant } from '../../src/app/format.ts';
import { routeOf } from '../../src/app/route.ts';
import { including, isLogarithmic, positionOf, rangeAround, STEPS, valueAt } from '../../src/app/slider.ts';
import { chooseLanguage, KEYS, LANGUAGES, translator } from '../../src/app/strings.ts';
import { COHORT_STRINGS } from '../../src/app/strings-cohort.ts';
import { COMPARE_STRINGS } from '../../src/app/strings-compare.ts';

it.each([
  [28.034, '28'],
  [12.958, '13'],
  [0.0123456, '0.0123'],
  [1234.6, '1,235'],
  [1391821, '1,392,000'],
  [0, '0'],
  [-3.456, '−3.46'],
  [1.5e9, '1.5 × 10⁹'],
  [2.5e-7, '2.5 × 10⁻⁷'],
  [Number.POSITIVE_INFINITY, '∞'],
] as const)('writes %d as %s', (value, text) => {
  expect(significant(value, 'en')).toBe(text);
});

it('writes a missing number as a dash', () => {
  expect(significant(null, 'en')).toBe('–');
  expect(significant(Number.NaN, 'en')).toBe('–');
});

it('writes numbers of a language with its own marks', () => {
  expect(significant(12345.6, 'it')).toBe('12.350');
  expect(percent(0.4234, 'it')).toBe('42,3 %');
});

it('reads back every number that a box shows', () => {
  for (const language of LANGUAGES)
    for (const value of [4.5, 1e-9, 123456.789, -0.25, 6.02e23])
      expect(parseNumber(plain(value, language))).toBe(value);
  expect(plain(4.5, 'it')).toBe('4,5');
});

it('takes a comma for a decimal point and refuses what is no number', () => {
  expect(parseNumber(' 4,5 ')).toBe(4.5);
  for (const text of ['', '4.5 L', '1,2,3', 'Infinity', '0x10', '1e999'])
    expect(parseNumber(text), text).toBeNull();
});

it('spells units as they are printed', () => {
  expect(prettyUnit('mg*h/L')).toBe('mg·h/L');
  expect(prettyUnit('kg/m^2')).toBe('kg/m²');
  expect(prettyUnit('10*6/mL')).toBe('10⁶/mL');
  expect(prettyUnit('mg/L*10*-3')).toBe('mg/L·10⁻³');
  expect(duration(950, 'en')).toBe('950 ms');
  expect(duration(61_000, 'en')).toBe('2 min');
});

it.each([
  { low: 1, high: 15 },
  { low: 0.1, high: 65 },
  { low: -5, high: 5 },
  { low: 100, high: 1_000_000 },
])('moves a slider over $low .. $high end to end, upwards, and back to the same place', (range) => {
  expect(valueAt(0, range)).toBe(range.low);
  expect(valueAt(STEPS, range)).toBe(range.high);
  for (let position = 1; position <= STEPS; position++) {
    expect(valueAt(position, range)).toBeGreaterThan(valueAt(position - 1, range));
    expect(Math.abs(positionOf(valueAt(position, range), range) - position)).toBeLessThanOrEqual(1);
  }
});

it('makes a slider logarithmic beyond a factor of 30 only', () => {
  expect(isLogarithmic({ low: 1, high: 30 })).toBe(false);
  expect(isLogarithmic({ low: 1, high: 31 })).toBe(true);
  expect(isLogarithmic({ low: 0, high: 1000 })).toBe(false);
});

it('finds a range about any value and stretches it to one typed outside', () => {
  for (const value of [38.4, -2, 1e-6]) {
    const { low, high } = rangeAround(value);
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
  }
  expect(including({ low: 1, high: 2 }, 5)).toEqual({ low: 1, high: 5 });
});

it('chooses the language asked for, then the first one spoken, then English', () => {
  expect(chooseLanguage('?lang=it', ['en-GB'])).toBe('it');
  expect(chooseLanguage('', ['de-DE', 'it-IT', 'en'])).toBe('it');
  expect(chooseLanguage('?lang=xx', ['fr'])).toBe('en');
});

it('fills the same blanks in both languages, and leaves none over', () => {
  const blanks = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([blank]) => blank).sort();
  for (const key of KEYS) expect(blanks(translator('it')(key)), key).toEqual(blanks(translator('en')(key)));
  expect(translator('en')('footPatients', { n: '10,000' })).toBe('10,000 patients');
});

it('has every word once: none of one part stands in for that of another', () => {
  const [cohort, compare] = [Object.keys(COHORT_STRINGS), Object.keys(COMPARE_STRINGS)];
  expect(cohort.filter((key) => compare.includes(key))).toEqual([]);
});

it('never takes a value for a pattern when it fills a blank', () => {
  expect(translator('en')('modelUnknown', { name: '$& {name}' })).toBe('There is no model “$& {name}” here');
});

it('reads addresses, and stumbles over none', () => {
  expect(routeOf('')).toEqual({ kind: 'gallery' });
  expect(routeOf('#/m/vancomycin')).toEqual({ kind: 'model', name: 'vancomycin' });
  expect(routeOf('#/s/1.abc.def').kind).toBe('link');
  expect(routeOf('#/m/%E0%A4%A').kind).toBe('unknown');
  expect(routeOf('#/else').kind).toBe('unknown');
});
