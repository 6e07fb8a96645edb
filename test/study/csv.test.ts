import Papa from 'papaparse';
import { expect, test } from 'vitest';
import {
  csvCell,
  csvRow,
  csvRows,
  heading,
  trajectoriesHeading,
  trajectoriesRows,
} from '../../src/study/csv.ts';
import { parametersSheet } from '../../src/study/patient-sheets.ts';
import { csvText, piecesOf } from './sheets.ts';

test.each([
  ['plain', 'plain'],
  ['two words', 'two words'],
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['line\nbreak', '"line\nbreak"'],
  ['=1+1', "'=1+1"],
  ['+49', "'+49"],
  ['-arm', "'-arm"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['=HYPERLINK("x","y")', '"\'=HYPERLINK(""x"",""y"")"'],
  ['a=b', 'a=b'],
])('the text %j is written as %s', (text, cell) => {
  expect(csvCell(text)).toBe(cell);
});

test('numbers are written in full and never escaped; what does not exist is an empty cell', () => {
  expect(csvRow([-1.5, 1e-7, 0.1, Math.fround(0.1), 1e21, Number.NaN, Number.POSITIVE_INFINITY])).toBe(
    '-1.5,1e-7,0.1,0.10000000149011612,1e+21,,\r\n',
  );
});

test('headings carry units in brackets', () => {
  expect([heading('CL', 'L/h'), heading('DIAL', ''), heading('x', '1')]).toEqual(['CL [L/h]', 'DIAL', 'x']);
});

const columns = [
  { name: 'WT', unit: 'kg', kind: 'covariate', words: [], values: Float64Array.of(70.5, Math.fround(80.1)) },
  {
    name: 'SITE',
    unit: '',
    kind: 'covariate',
    words: ['north, upper', '=south'],
    values: Float64Array.of(1, 0),
  },
  { name: 'DIAL', unit: '', kind: 'covariate', words: ['no', 'yes'], values: Float64Array.of(0, 1) },
  { name: 'eta', unit: '', kind: 'random effect', words: [], values: Float64Array.of(-0.25, 1 / 3) },
] as const;

test('a file of patients reads back to the same bits, in any pieces', async () => {
  const sheet = await parametersSheet(2, async () => ({ columns, name: (patient) => patient + 4096 }));
  const text = await csvText(sheet);
  const { data } = Papa.parse<string[]>(text.trimEnd());
  expect(data).toEqual([
    ['id', 'WT [kg]', 'SITE', 'DIAL', 'eta'],
    ['4096', '70.5', "'=south", '0', '-0.25'],
    ['4097', `${Math.fround(80.1)}`, 'north, upper', '1', `${1 / 3}`],
  ]);
  expect(Number(data[2]?.[4])).toBe(1 / 3);
  const [piece] = await piecesOf(sheet);
  const rowByRow = [0, 1].map((i) =>
    csvRows(piece?.values.map((column) => Array.from<number | string>(column).slice(i, i + 1)) ?? [], 1),
  );
  expect(text.endsWith(rowByRow.join(''))).toBe(true);
});

test('a file of curves has a row a patient, arm and time, and none for who failed', () => {
  const fields = [
    { name: 'conc', unit: 'mg/L' },
    { name: 'central', unit: 'mg' },
  ];
  // Two patients, two times: [column][time][patient].
  const values = (offset: number) => Float64Array.from({ length: 8 }, (_, i) => offset + i);
  const text =
    trajectoriesHeading('h', fields) +
    trajectoriesRows({
      patients: [17, 18],
      times: [0, 0.5],
      columns: 2,
      arms: [
        { name: 'fixed', status: [0, 0], values: values(0) },
        { name: 'a,b', status: [0, 3], values: values(100) },
      ],
    });
  expect(text.split('\r\n')).toEqual([
    'id,arm,time [h],conc [mg/L],central [mg]',
    '17,fixed,0,0,4',
    '17,fixed,0.5,2,6',
    '17,"a,b",0,100,104',
    '17,"a,b",0.5,102,106',
    '18,fixed,0,1,5',
    '18,fixed,0.5,3,7',
    '',
  ]);
});
