import { describe, expect, test } from 'vitest';
import { symbol } from '../../src/language/expression.ts';
import type { Model } from '../../src/language/model.ts';
import { baseUnit } from '../../src/language/units.ts';
import { readTable } from '../../src/study/table.ts';
import { CRCL, covariate, DIAL, model, STAGE, WT } from './fixtures.ts';

const patients = model({ covariates: [WT, CRCL, DIAL, STAGE] });
const weights = model({ covariates: [WT] });

function read(csv: string, m: Model = patients, given: readonly string[] = []) {
  const result = readTable(csv, m, given);
  if ('errors' in result) throw new Error(result.errors.join('\n'));
  return result;
}
const errorsOf = (csv: string, m: Model = patients) => {
  const result = readTable(csv, m);
  return 'errors' in result ? result.errors : [];
};
const values = (csv: string, name: string, m: Model = patients) => [...(read(csv, m).columns[name] ?? [])];

describe('a table is read', () => {
  test('by the names of its columns, in any order, with yes/no and categories in words', () => {
    const csv =
      'STAGE,DIAL,CRCL,WT\nmild,yes,100,70\nsevere,no,60.5,8e1\nmoderate,TRUE,30,55\nmild,0,31,56\n';
    const table = read(csv);
    expect(table.rows).toBe(4);
    expect(table.warnings).toEqual([]);
    expect(values(csv, 'WT')).toEqual([70, 80, 55, 56]);
    expect(values(csv, 'CRCL')).toEqual([100, 60.5, 30, 31]);
    expect(values(csv, 'DIAL')).toEqual([1, 0, 1, 0]);
    expect(values(csv, 'STAGE')).toEqual([0, 2, 1, 0]);
  });

  test.each(['WT', 'WT [kg]', 'WT (kg)', ' WT  [kg] ', '"WT [kg]"'])(
    'in the declared unit when the header says "%s"',
    (header) => {
      expect(values(`${header}\n70\n`, 'WT', weights)).toEqual([70]);
    },
  );

  test('with conversion from the unit in the header', () => {
    expect(values('WT [g]\n70500\n', 'WT', weights)).toEqual([70.5]);
    expect(values('WT (mg)\n7e7\n', 'WT', weights)[0]).toBeCloseTo(70, 12);
    const clearance = model({ covariates: [CRCL] });
    expect(values('CRCL [L/h]\n6\n', 'CRCL', clearance)[0]).toBeCloseTo(100, 12);
    const counted = model({
      covariates: [{ ...covariate('LOAD', '1', 'normal', { mean: 0, sd: 1 }), unit: baseUnit('worms') }],
    });
    expect(values('LOAD [worms]\n5\n', 'LOAD', counted)).toEqual([5]);
  });

  test('with a byte order mark, Windows line ends, blank lines and quoted cells', () => {
    expect(values('\ufeffWT\r\n"70"\r\n\r\n80\r\n', 'WT', weights)).toEqual([70, 80]);
  });

  test('without its other columns, which a warning names', () => {
    const table = read('ID,WT [kg],"Site (a, b)",wt,\n1,70,x,9,\n', weights);
    expect([...(table.columns.WT ?? [])]).toEqual([70]);
    expect(table.warnings).toEqual([
      'not read, because the model has no such covariate: Site, wt, (no name)',
    ]);
  });

  test('up to its limits, also when a conversion rounds', () => {
    expect(values('WT [g]\n33000\n255000\n', 'WT', weights)).toEqual([33, 255]);
  });

  test('without a column that is given elsewhere', () => {
    const table = read('WT\n70\n', model({ covariates: [WT, CRCL] }), ['CRCL']);
    expect(Object.keys(table.columns)).toEqual(['WT']);
  });

  test('with a digest that changes when a number does, and not with its spelling', () => {
    const digest = (csv: string) => read(csv, weights).digest;
    expect(digest('WT\n70\n80\n')).toBe(digest('ID,WT [g]\n1,70000\n2,8e4\n'));
    expect(digest('WT\n70\n80\n')).not.toBe(digest('WT\n80\n70\n'));
  });

  test('a hundred thousand rows in seconds', () => {
    const csv = `WT\n${Array.from({ length: 100_000 }, (_, i) => 40 + (i % 100)).join('\n')}`;
    expect(read(csv, weights).rows).toBe(100_000);
  });
});

describe('a wrong table is refused with a message that says where and what to do', () => {
  test.each([
    [
      'an empty file',
      '',
      'the table is empty; its first row must name the covariates, for example: WT [kg],AGE [yr]',
    ],
    ['a header alone', 'WT\n', 'the table has a header and no rows; at least one patient is needed'],
    [
      'semicolons',
      'WT;AGE\n70,5;3\n',
      'row 1 has semicolons ("WT;AGE"); save the file with commas between cells and points in numbers (12.5)',
    ],
    [
      'tabs',
      'WT\tAGE\n70\t3\n',
      'row 1 has tabs between cells; save the file with commas between cells and points in numbers (12.5)',
    ],
    ['a missing column', 'WTT,AGE\n70,3\n', 'column WT is missing; the columns are WTT, AGE - is it WTT?'],
    ['a missing column with nothing near', 'ID,AGE\n1,3\n', 'column WT is missing; the columns are ID, AGE'],
    ['a column that appears twice', 'WT,WT [g]\n70,70000\n', 'column WT appears 2 times; keep one'],
    [
      'a unit of another dimension',
      'WT [cm]\n70\n',
      'column WT: the header says cm, the model needs kg; one cannot be converted to the other',
    ],
    [
      'an unknown unit',
      'WT [stone]\n11\n',
      'column WT: the unit in the header is not understood: unknown unit stone',
    ],
    ['an empty cell', 'ID,WT\n1,70\n2,\n', 'row 3, column WT: the cell is empty'],
    ['a cell of blanks', 'ID,WT\n1,  \n', 'row 2, column WT: the cell is empty'],
    ['a word', 'WT\n70\nheavy\n', 'row 3, column WT: "heavy" is not a number'],
    ['a dot for missing', 'WT\n.\n', 'row 2, column WT: "." is not a number'],
    ['NaN', 'WT\nNaN\n', 'row 2, column WT: "NaN" is not a number'],
    ['a hexadecimal number', 'WT\n0x46\n', 'row 2, column WT: "0x46" is not a number'],
    ['a number too large', 'WT\n1e300\n', 'row 2, column WT: 1e300 is too large'],
    [
      'a decimal comma',
      'WT\n"79,5"\n',
      'row 2, column WT: "79,5" is not a number; numbers are written with a point (12.5), not a comma',
    ],
    [
      'a thousands point and a decimal comma',
      'WT\n"334.327,57"\n',
      'row 2, column WT: "334.327,57" is not a number; numbers are written with a point (12.5), not a comma',
    ],
    [
      'an unquoted decimal comma',
      'WT\n79,5\n',
      'row 2 has 2 cells, the header has 1; numbers are written with a point (12.5), not a comma',
    ],
    ['a short row', 'ID,WT\n1,70\n2\n', 'row 3 has 1 cell, the header has 2'],
    [
      'a value outside the limits',
      'WT\n300\n',
      'row 2, column WT: 300 is outside 33 .. 255 kg, the limits of the model',
    ],
    [
      'a converted value outside the limits',
      'WT [g]\n70\n',
      'row 2, column WT: 0.07 is outside 33 .. 255 kg, the limits of the model',
    ],
    ['an open quotation mark', 'WT\n"70\n80\n', 'row 2 has a quotation mark that is not closed'],
  ])('%s', (_, csv, message) => {
    expect(errorsOf(csv, weights)).toEqual([message]);
  });

  test('words that are not yes, no or a category', () => {
    expect(errorsOf('WT,CRCL,DIAL,STAGE\n70,100,2,mild\n70,100,maybe,sever\n70,100,no,Mild\n')).toEqual([
      'row 2, column DIAL: "2" is not yes or no',
      'row 3, column DIAL: "maybe" is not yes or no',
      'row 3, column STAGE: "sever" is not one of mild, moderate, severe - did you mean severe?',
      'row 4, column STAGE: "Mild" is not one of mild, moderate, severe - did you mean mild?',
    ]);
  });

  test('a unit on a column that has none', () => {
    expect(errorsOf('WT,CRCL,DIAL [%],STAGE\n70,100,no,mild\n')).toEqual([
      'column DIAL: the header gives the unit "%", but it is yes or no and has none',
    ]);
  });

  test('limits that depend on another column of the row', () => {
    const m = model({
      covariates: [
        covariate('A', '1', 'uniform', { low: 0, high: 9 }),
        covariate('B', '1', 'uniform', { low: 0, high: 9 }, [0, symbol('A')]),
      ],
    });
    expect(errorsOf('A,B\n5,4\n5,6\nx,6\n', m)).toEqual([
      'row 3, column B: 6 is outside 0 .. 5, the limits of the model',
      'row 4, column A: "x" is not a number',
    ]);
  });

  test('everything at once, in the order of the file', () => {
    expect(errorsOf('CRCL [kg],DIAL,STAGE\n1,yes,mild\n1,perhaps,mild\n')).toEqual([
      'column WT is missing; the columns are CRCL, DIAL, STAGE',
      'column CRCL: the header says kg, the model needs mL/min; one cannot be converted to the other',
      'row 3, column DIAL: "perhaps" is not yes or no',
    ]);
  });

  test('at most fifty messages, and it says that there are more', () => {
    const errors = errorsOf(`WT\n${'x\n'.repeat(1000)}`, weights);
    expect(errors).toHaveLength(50);
    expect(errors[48]).toBe('row 50, column WT: "x" is not a number');
    expect(errors[49]).toBe('and more: reading stopped after 49 errors');
    expect(errorsOf(`WT\n${'x\n'.repeat(50)}`, weights)).toHaveLength(50);
  });

  test('a line end in a cell does not break the message', () => {
    expect(errorsOf('WT\n"7\n0"\n', weights)).toEqual(['row 2, column WT: "7 0" is not a number']);
  });

  test('long cells are shortened', () => {
    expect(errorsOf(`WT\n${'y'.repeat(500)}\n`, weights)).toEqual([
      `row 2, column WT: "${'y'.repeat(60)}..." is not a number`,
    ]);
  });
});
