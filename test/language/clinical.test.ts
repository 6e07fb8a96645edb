// Clinical formulas: values against worked examples and against the formulas in independent arithmetic; units in and out.
import { describe, expect, test } from 'vitest';
import { evaluate } from '../../src/language/evaluate.ts';
import { compiled, definition, said } from './small.ts';

/** Value and unit of a definition made of numbers. */
function value(text: string): readonly [number, string] {
  const { expression, unit } = definition(compiled(`covariate FEMALE : yes 50 %\nx = ${text}`), 'x');
  return [evaluate(expression, () => 1), unit.text];
}
const amount = (text: string): number => value(text)[0];

describe('cockcroft_gault', () => {
  test('gives a man of 60 years, 72 kg and 1 mg/dL 80 mL/min: (140 - age) weight / (72 creatinine)', () => {
    expect(value('cockcroft_gault(60 [yr], 72 [kg], 1 [mg/dL], 1 > 2)')).toEqual([80, 'mL/min']);
  });
  test('gives a woman 15 % less, whether FEMALE is written as a covariate or a comparison', () => {
    expect(amount('cockcroft_gault(60 [yr], 72 [kg], 1 [mg/dL], FEMALE)')).toBeCloseTo(68, 12);
    expect(amount('cockcroft_gault(60 [yr], 72 [kg], 1 [mg/dL], FEMALE is yes)')).toBeCloseTo(68, 12);
  });
  test('takes months, grams and umol/L: 88.4 umol/L of creatinine (113.12 g/mol) are 1 mg/dL', () => {
    const got = amount('cockcroft_gault(720 [mo], 72000 [g], 88.4017 [umol/L], 1 > 2)');
    expect(got).toBeCloseTo(80, 4);
    expect(amount('cockcroft_gault(60 [yr], 72 [kg], 0.0884017 [mmol/L], 1 > 2)')).toBeCloseTo(got, 9);
  });
});

describe('ckd_epi_2021', () => {
  // 142 min(c/k, 1)^a max(c/k, 1)^-1.2 0.9938^age (1.012 for women), Inker et al. 2021, in the host's arithmetic.
  const formula = (age: number, c: number, woman: boolean) => {
    const [k, a] = woman ? [0.7, -0.241] : [0.9, -0.302];
    const size = 142 * Math.min(c / k, 1) ** a * Math.max(c / k, 1) ** -1.2;
    return size * 0.9938 ** age * (woman ? 1.012 : 1);
  };
  test.each([
    // The first three as the National Kidney Foundation's calculator gives them, to one decimal.
    [70, 0.8, false, 95.2],
    [70, 0.8, true, 79.2],
    [50, 1.0, true, 68.6],
    [50, 1.0, false, 91.7],
    [30, 0.6, true, 123.8],
  ])('of %d years and %d mg/dL, woman %s, is %d', (age, c, woman, published) => {
    const got = amount(`ckd_epi_2021(${age} [yr], ${c} [mg/dL], ${woman ? '2 > 1' : '1 > 2'})`);
    expect(got).toBeCloseTo(formula(age, c, woman), 9);
    expect(Math.abs(got - published)).toBeLessThan(0.05 + 1e-9);
  });
  test('is per 1.73 m2, in the spelling of UCUM, and compares with mL/min', () => {
    expect(value('ckd_epi_2021(50 [yr], 1 [mg/dL], FEMALE)')[1]).toBe('mL/min/{1.73_m2}');
    expect(said('covariate F : yes 50 %\nok = ckd_epi_2021(50 [yr], 1 [mg/dL], F) < 60 [mL/min]')).toEqual(
      [],
    );
  });
});

test('body surface of 180 cm and 80 kg is 2 m2: the root of 180 * 80 / 3600', () => {
  expect(value('body_surface_area(80 [kg], 180 [cm])')).toEqual([2, 'm2']);
  expect(amount('body_surface_area(80 [kg], 1.8 [m])')).toBeCloseTo(2, 12);
});

test('body mass index of 81 kg and 180 cm is 25', () => {
  const [x, unit] = value('body_mass_index(81 [kg], 180 [cm])');
  expect(x).toBeCloseTo(25, 12);
  expect(unit).toBe('kg/m2');
});

test('fat-free mass at a body mass index of 25: 9270 W / (6680 + 216 * 25) in men, / (8780 + 244 * 25) in women', () => {
  expect(amount('fat_free_mass(81 [kg], 180 [cm], 1 > 2)')).toBeCloseTo((9270 * 81) / 12080, 9);
  expect(amount('fat_free_mass(81 [kg], 180 [cm], FEMALE)')).toBeCloseTo((9270 * 81) / 14880, 9);
});

test('ideal body weight of 70 inches is 73 kg in men and 68.5 kg in women', () => {
  expect(amount('ideal_body_weight(177.8 [cm], 1 > 2)')).toBeCloseTo(73, 9);
  expect(amount('ideal_body_weight(177.8 [cm], FEMALE)')).toBeCloseTo(68.5, 9);
});

test('arguments of another dimension, bare numbers and numbers for a condition are refused by name', () => {
  expect(said('x = cockcroft_gault(60, 72 [cm], 1 [mg], 1)')).toEqual([
    '1: the age of cockcroft_gault must be in yr: 60 is a plain number',
    '1: the weight of cockcroft_gault must be in kg: 72 [cm] is cm',
    '1: the creatinine of cockcroft_gault must be in mg/dL or umol/L: 1 [mg] is mg',
    '1: 1 is a number where a condition is expected',
  ]);
});
