// Units: conversions against their definitions, algebra against its laws, spelling as the modeller wrote it.
import { describe, expect, it } from 'vitest';
import {
  baseUnit, conversion, DIMENSIONLESS, describeUnit, divide, isDimensionless, isUnitError, multiply, parseUnit, power,
  sameDimension, type Unit, unitNames,
} from '../../src/language/units.ts'; // biome-ignore format: a list

function unit(text: string, declared?: ReadonlyMap<string, Unit>): Unit {
  const parsed = parseUnit(text, declared);
  if (isUnitError(parsed)) throw new Error(`${text}: ${parsed.message}`);
  return parsed;
}

describe('conversion', () => {
  it.each([
    ['g', 'mg', 1000],
    ['mg', 'g', 0.001],
    ['mL/min', 'L/h', 0.06],
    ['L/h', 'mL/min', 1000 / 60],
    ['h', 'min', 60],
    ['d', 'h', 24],
    ['wk', 'd', 7],
    ['a', 'd', 365.25],
    ['yr', 'mo', 12],
    ['mg/L', 'ug/mL', 1],
    ['mg/L', 'ng/uL', 1],
    ['mg*h/L', 'mg.d/L', 1 / 24],
    ['mL/min/kg', 'L/h/kg', 0.06],
    ['10*6/L', '10*3/mL', 1],
    ['10^9/L', '10*6/mL', 1],
    ['m2', 'cm^2', 10_000],
    ['m^(1/2)', 'cm^(1/2)', 10],
    ['L', 'm3', 0.001],
    ['dL', 'L', 0.1],
    ['mm[Hg]', 'Pa', 133.322387415],
    ['mmHg', 'mm[Hg]', 1],
    ['kPa', 'mmHg', 1000 / 133.322387415],
    ['cmH2O', 'Pa', 98.0665],
    ['bar', 'kPa', 100],
    ['kcal', 'kJ', 4.184],
    ['W', 'J/s', 1],
    ['V.A', 'W', 1],
    ['C', 'A.s', 1],
    ['N', 'kg*m/s2', 1],
    ['Hz', '1/min', 60],
    ['mIU/L', 'IU/mL', 1e-6],
    ['%', '1', 0.01],
    ['score', '1', 1],
    ['/h', 'h-1', 1],
    ['µg', 'ug', 1],
    ['mmol/L', 'mol/m3', 1],
    ['l', 'L', 1],
    ['{beats}/min', 'Hz', 1 / 60],
  ])('%s to %s multiplies by %d, to the last bit', (from, to, factor) => {
    expect(conversion(unit(from), unit(to))).toBe(factor);
  });

  it('is undone by the conversion back, for every pair of units of a dimension', () => {
    const units = unitNames().map((name) => unit(name));
    for (const a of units)
      for (const b of units) {
        if (!sameDimension(a, b)) expect(() => conversion(a, b)).toThrow(/cannot be converted/);
        else expect(conversion(a, b) * conversion(b, a)).toBeCloseTo(1, 14);
      }
  });
});

describe('algebra', () => {
  const samples = ['mg', 'L/h', 'mL/min/kg', '%', '10*6/L', 'm^(1/2)', 'IU', 'mmol', 'kg*m/s2', '1'].map(
    (t) => unit(t),
  );

  it('divides away what was multiplied in', () => {
    for (const a of samples)
      for (const b of samples) {
        expect(sameDimension(divide(multiply(a, b), b), a)).toBe(true);
        expect(conversion(divide(multiply(a, b), b), a)).toBeCloseTo(1, 14);
        expect(sameDimension(multiply(a, b), multiply(b, a))).toBe(true);
      }
  });

  it('raises to rational powers that multiply out', () => {
    for (const a of samples) {
      expect(sameDimension(power(power(a, 1, 3), 3), a)).toBe(true);
      expect(sameDimension(power(a, 2), multiply(a, a))).toBe(true);
      expect(sameDimension(power(a, -1), divide(DIMENSIONLESS, a))).toBe(true);
    }
  });

  it('keeps the spelling of the modeller', () => {
    expect(multiply(divide(unit('L/h'), unit('L')), unit('mg')).text).toBe('mg/h');
    expect(unit('mg.h/L').text).toBe('mg*h/L');
    expect(unit('1/h').text).toBe('1/h');
    expect(unit('mL/min/(kg)').text).toBe('mL/min/kg');
    expect(power(unit('10*6/L'), 2).text).toBe('(10*6)2/L2');
    expect(divide(unit('mg'), unit('mg')).text).toBe('1');
  });

  it('reads back every text it writes as the same unit', () => {
    for (const a of samples)
      for (const b of samples)
        for (const c of [multiply(a, b), divide(a, b), power(a, 2), power(divide(a, b), -3, 2)]) {
          const again = unit(c.text);
          expect(sameDimension(again, c), c.text).toBe(true);
          expect(again.scale / c.scale).toBeCloseTo(1, 12);
        }
  });

  it('survives a structured clone', () => {
    expect(structuredClone(unit('mL/min/kg'))).toEqual(unit('mL/min/kg'));
  });

  it('tells plain numbers from quantities', () => {
    for (const text of ['1', '%', 'score', 'mL/L', '10*3'])
      expect(isDimensionless(unit(text)), text).toBe(true);
    for (const text of ['mg', 'copies', 'IU', '1/h', 'beats'])
      expect(isDimensionless(unit(text)), text).toBe(false);
    expect(describeUnit(DIMENSIONLESS)).toBe('a plain number');
    expect(describeUnit(unit('mg/L'))).toBe('mg/L');
  });
});

describe('parseUnit', () => {
  it('takes declared units before its own', () => {
    const declared = new Map([['blasts', baseUnit('blasts')]]);
    expect(sameDimension(unit('blasts/mL', declared), unit('cells/mL'))).toBe(false);
    expect(unit('blasts/mL', declared).text).toBe('blasts/mL');
    expect(isUnitError(parseUnit('blasts'))).toBe(true);
  });

  it.each([
    ['mcg', /unknown unit mcg/, 'write ug'],
    ['Cel', /offset/, 'write a temperature as K, or a difference of temperatures as K'],
    ['hours', /unknown unit hours/, 'write h'],
    ['kmin', /unknown unit kmin/, undefined],
    ['mg/70*kg', /number 70/, 'powers of ten are written 10*6; other numbers belong into the expression'],
    ['mg L', /unexpected 'L'/, 'join units with * or /'],
    ['(mg', /'\)' is missing/, undefined],
    ['mg/', /ends too early/, undefined],
    ['', /a unit is missing/, undefined],
    ['m^', /exponent is missing/, 'write m^2, h^-1 or m^(1/2)'],
    ['m^99999', /beyond 64/, undefined],
    ['m^(1/0)', /exponent is missing/, 'write m^2, h^-1 or m^(1/2)'],
    ['mg$', /unexpected '\$'/, undefined],
    ['constructor', /unknown unit/, undefined],
    ['('.repeat(5000), /5000 characters/, undefined],
  ])('refuses %j', (text, message, hint) => {
    const parsed = parseUnit(text);
    if (!isUnitError(parsed)) throw new Error(`read as ${parsed.text}`);
    expect(parsed.message).toMatch(message);
    expect(parsed.hint).toBe(hint);
  });
});
