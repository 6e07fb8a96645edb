// Files of doses before they are used: which tables are offered as such, and what is said of their lines.
import { describe, expect, it } from 'vitest';
import { readDoseFile } from '../../src/app/dose-file.ts';
import { hasDoses } from '../../src/app/dose-headings.ts';
import { compile } from '../../src/language/compile.ts';

const MODEL = `model one "One compartment"
  time h
covariate WT "Weight" : kg ~ lognormal(median 70, cv 20 %)
parameter CL = 4 [L/h]
compartment central : mg
flow elimination : central -> at CL / 50 [L] * central
output conc = central / 50 [L] in mg/L
`;
const { model } = compile(MODEL);
const FILE = `ID,TIME,AMT,DV,EVID,WT
1,0,100,.,1,70
1,2,.,1.5,0,70
1,4,.,.,0,70
2,0,50,.,1,60
2,12,50,.,1,60
2,24,.,0.8,0,60
`;

describe('a table of doses', () => {
  it.each([
    ['ID,TIME,AMT,DV', true],
    ['"id";"time";"amt";"dv"', true],
    ['#ID\tTIME\tDV\tEVID', true],
    ['C,ID,DATE,TIME,AMT [mg],DV', true],
    ['WT,CRCL,DIAL', false],
    ['ID,WT,AMOUNT_OF_FAT', false],
    ['TIME,WT', false],
    ['', false],
  ])('is told by its headings: %s', (header, expected) => {
    expect(hasDoses(`${header}\n1,2,3,4\n`)).toBe(expected);
    expect(hasDoses(`\uFEFF\r\n${header}\r\n1,2,3,4\r\n`)).toBe(expected);
  });

  it('is counted, line by line', () => {
    expect(readDoseFile(FILE, { file: 'x.csv' }, model)).toMatchObject({
      subjects: 2,
      doses: 3,
      observations: 2,
      idle: 1,
      rows: 7,
      problems: [],
      misfits: [],
      places: [{ said: 'default', into: 'central' }],
      kinds: [''],
      until: 24,
    });
  });

  it('counts additional doses, without those that a reset cancels before they are due', () => {
    const text = `ID,TIME,AMT,DV,EVID,ADDL,II,WT
1,0,100,.,1,4,12,70
1,30,.,.,3,0,0,70
1,36,.,1.5,0,0,0,70
`;
    // At 0, 12 and 24 h; those of 36 and 48 h are cancelled at 30 h.
    expect(readDoseFile(text, { file: 'x.csv' }, model)).toMatchObject({ doses: 3, resets: 1, misfits: [] });
  });

  it('with a cell that is no number is refused with its line and column', () => {
    const report = readDoseFile(FILE.replace('2,12,50', '2,12,fifty'), { file: 'x.csv' }, model);
    expect(report.until).toBeNull();
    expect(report.count).toBe(1);
    expect(report.problems).toMatchObject([{ row: 6, column: 'AMT', value: 'fifty' }]);
  });

  it('with decimal commas is asked about and read as it is told', () => {
    const german = FILE.replaceAll(',', ';').replace('1.5', '1,500').replace('0.8', '0,800');
    const asked = readDoseFile(german, { file: 'x.csv' }, model);
    expect(asked.until).toBeNull();
    const question = asked.questions.find(({ option }) => option === 'decimal');
    const comma = question?.answers.find(({ options }) => options.decimal === ',');
    expect(comma).toBeDefined();
    expect(readDoseFile(german, { file: 'x.csv', read: comma?.options ?? {} }, model).until).toBe(24);
  });

  it('says where its doses go, and that a compartment is not in the model until it is told which is meant', () => {
    const numbered = FILE.replace(',WT', ',WT,CMT')
      .replaceAll(',1,70', ',1,70,2')
      .replaceAll(',1,60', ',1,60,2')
      .replaceAll(/,0,(\d+)\n/g, ',0,$1,1\n');
    const lost = readDoseFile(numbered, { file: 'x.csv' }, model);
    expect(lost.places).toEqual([{ said: '2', into: null }]);
    expect(lost.until).toBeNull();
    const told = readDoseFile(numbered, { file: 'x.csv', compartments: { 2: 'central' } }, model);
    expect(told.places).toEqual([{ said: '2', into: 'central' }]);
    expect(told.until).toBe(24);
  });

  it('that does not fit the model says so and cannot be used', () => {
    const report = readDoseFile(FILE.replace('AMT', 'AMT [L]'), { file: 'x.csv' }, model);
    expect(report.until).toBeNull();
    expect(report.misfits.join()).toMatch(/AMT/);
    expect(report.subjects).toBe(2);
  });
});
