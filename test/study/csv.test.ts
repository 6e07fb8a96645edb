import Papa from 'papaparse';
import { expect, test } from 'vitest';
import {
  csvCell,
  csvRow,
  heading,
  parametersHeading,
  parametersRows,
  trajectoriesHeading,
  trajectoriesRows,
} from '../../src/study/csv.ts';

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
  { name: 'WT', unit: 'kg', values: Float64Array.of(70.5, Math.fround(80.1)) },
  { name: 'SITE', unit: '', values: Float64Array.of(1, 0), words: ['north, upper', '=south'] },
  { name: 'eta', unit: '', values: Float64Array.of(-0.25, 1 / 3) },
];

test('a file of patients reads back to the same bits, in any split', () => {
  const rows = parametersRows(columns, 4096);
  const split = [0, 1].map((i) =>
    parametersRows(
      columns.map((column) => ({ ...column, values: column.values.subarray(i, i + 1) })),
      4096 + i,
    ),
  );
  expect(split.join('')).toBe(rows);
  const { data } = Papa.parse<string[]>((parametersHeading(columns) + rows).trimEnd());
  expect(data).toEqual([
    ['id', 'WT [kg]', 'SITE', 'eta'],
    ['4096', '70.5', "'=south", '-0.25'],
    ['4097', `${Math.fround(80.1)}`, 'north, upper', `${1 / 3}`],
  ]);
  expect(Number(data[2]?.[3])).toBe(1 / 3);
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
