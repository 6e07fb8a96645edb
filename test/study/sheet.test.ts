// A sheet's two files hold the same: what Parquet says by hyparquet is what CSV says by Papa Parse, number for number.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  distinct,
  encodeSheet,
  formatOf,
  type Sheet,
  type SheetColumn,
  type SheetPiece,
  sheetBlob,
} from '../../src/study/sheet.ts';
import { collected, csvCells, parquetBytes, readParquet } from './sheets.ts';

const COLUMNS = [
  { name: 'id', unit: '', type: 'whole' },
  { name: 'arm', unit: '', type: 'text' },
  { name: 'hit', unit: '', type: 'yes/no' },
  { name: 'auc', unit: 'mg*h/L', type: 'number' },
] as const satisfies readonly SheetColumn[];

const HOSTILE = [
  '=cmd()|x!A1',
  '@SUM(A1)',
  '+49',
  '-1',
  'say "hi", now',
  'two\r\nlines',
  '\t=1',
  'Größe 体重 🩺 \u202e',
  'NULL',
  'NaN',
  'x'.repeat(5000),
];
const NUMBERS = [0.1, -1 / 3, 1e-300, 5e-324, 1.7976931348623157e308, 2 ** 53 + 2, Math.fround(0.1), 0];

const sheetOf = (columns: readonly SheetColumn[], ...pieces: SheetPiece[]): Sheet => ({
  name: 'a sheet',
  columns,
  pieces: () => pieces,
});

const hostile = sheetOf(
  COLUMNS,
  ...HOSTILE.map((arm, i) => ({
    rows: 2,
    values: [
      [2 * i, 2 * i + 1],
      [arm, ''],
      [i % 2, Number.NaN],
      [NUMBERS[i] ?? Number.NaN, Number.NaN],
    ],
  })),
);

/** The rows of a sheet as its Parquet file should have them. */
async function expectedRows(sheet: Sheet) {
  const rows: Record<string, unknown>[] = [];
  for (const { rows: count, values } of await collected(sheet.pieces()))
    for (let i = 0; i < count; i++)
      rows.push(
        Object.fromEntries(
          sheet.columns.map(({ name, unit, type }, c) => {
            const value = values[c]?.[i] ?? Number.NaN;
            const there = typeof value === 'string' ? value !== '' : Number.isFinite(value);
            const cell = type === 'yes/no' ? value === 1 : value;
            return [unit === '' ? name : `${name} [${unit}]`, there ? cell : null];
          }),
        ),
      );
  return rows;
}

test('texts of all kinds, numbers of all sizes and what is missing come back from Parquet as they went in', async () => {
  const { rows } = await readParquet(await parquetBytes(hostile));
  expect(rows).toHaveLength(2 * HOSTILE.length);
  expect(rows).toEqual(await expectedRows(hostile));
  expect(rows[2]?.arm).toBe('@SUM(A1)');
  expect(rows[1]).toEqual({ id: 1, arm: null, hit: null, 'auc [mg*h/L]': null });
});

test('CSV and Parquet say the same, but for the apostrophe that keeps a spreadsheet from reckoning', async () => {
  const { rows } = await readParquet(await parquetBytes(hostile));
  const [headings = [], ...cells] = await csvCells(hostile);
  expect(headings).toEqual(Object.keys(rows[0] ?? {}));
  expect(cells).toHaveLength(rows.length);
  for (const [i, row] of rows.entries())
    headings.forEach((heading, c) => {
      const [inParquet, inCsv = ''] = [row[heading], cells[i]?.[c]];
      if (inParquet === null) expect(inCsv).toBe('');
      else if (typeof inParquet === 'number') expect(Number(inCsv)).toBe(inParquet);
      else if (typeof inParquet === 'boolean') expect(inCsv).toBe(inParquet ? '1' : '0');
      else expect(inCsv).toBe(/^[=+\-@\t\r]/.test(`${inParquet}`) ? `'${inParquet}` : inParquet);
    });
});

test('every infinite or missing number is a null, and a whole one must be there', async () => {
  const infinite = {
    rows: 3,
    values: [
      [1, 2, 3],
      ['a', 'b', 'c'],
      [1, 0, 1],
      [Infinity, -Infinity, NaN],
    ],
  };
  const { rows } = await readParquet(await parquetBytes(sheetOf(COLUMNS, infinite)));
  expect(rows.map((row) => row['auc [mg*h/L]'])).toEqual([null, null, null]);
  const [, ...cells] = await csvCells(sheetOf(COLUMNS, infinite));
  expect(cells.map((row) => row[3])).toEqual(['', '', '']);
  const unnumbered = sheetOf(COLUMNS, { rows: 1, values: [[Number.NaN], ['a'], [1], [1]] });
  await expect(parquetBytes(unnumbered)).rejects.toThrow('id: NaN is no whole number');
});

test('units stand in the headings and in the metadata of every column', async () => {
  const { metadata } = await readParquet(await parquetBytes(hostile));
  expect(metadata.schema.map(({ name }) => name)).toEqual(['root', 'id', 'arm', 'hit', 'auc [mg*h/L]']);
  expect(metadata.schema.map(({ type }) => type)).toEqual([
    undefined,
    'INT32',
    'BYTE_ARRAY',
    'BOOLEAN',
    'DOUBLE',
  ]);
  const [group] = metadata.row_groups;
  expect(group?.columns.map(({ meta_data }) => meta_data?.key_value_metadata)).toEqual([
    undefined,
    undefined,
    undefined,
    [{ key: 'unit', value: 'mg*h/L' }],
  ]);
  expect(metadata.created_by).toMatch(/^gemello version \d/);
  expect(metadata.key_value_metadata).toEqual([{ key: 'table', value: 'a sheet' }]);
});

test('a sheet without rows has its columns in both files', async () => {
  const empty = sheetOf(COLUMNS);
  expect(await csvCells(empty)).toEqual([['id', 'arm', 'hit', 'auc [mg*h/L]']]);
  const { rows, metadata } = await readParquet(await parquetBytes(empty));
  expect(rows).toEqual([]);
  expect(metadata.num_rows).toBe(0n);
  expect(metadata.schema).toHaveLength(5);
});

describe('a long sheet', () => {
  const ROWS = 700_000;
  const PIECE = 5000;
  const long: Sheet = {
    name: 'long',
    columns: [COLUMNS[0], COLUMNS[3]],
    *pieces() {
      for (let first = 0; first < ROWS; first += PIECE) {
        const own = Float64Array.from({ length: PIECE }, (_, i) => first + i);
        yield { rows: PIECE, values: [own, own.map((i) => i / 7)] };
      }
    },
  };

  test('is written in row groups of bounded size, each handed out before the next is begun', async () => {
    const sizes: number[] = [];
    const parts: BlobPart[] = [];
    for await (const part of encodeSheet(long, 'parquet')) {
      sizes.push(part.length);
      parts.push(part);
    }
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    const { rows, metadata } = await readParquet(bytes);
    expect(metadata.row_groups.map((group) => Number(group.num_rows))).toEqual([
      2 ** 18,
      2 ** 18,
      ROWS - 2 ** 19,
    ]);
    // Three groups and the footer; no part holds much more than its group.
    expect(sizes).toHaveLength(4);
    expect(Math.max(...sizes)).toBeLessThan(2 ** 18 * 13);
    expect(rows).toHaveLength(ROWS);
    expect(rows.every((row, i) => row.id === i && row['auc [mg*h/L]'] === i / 7)).toBe(true);
  });

  test('is the same file as a blob', async () => {
    const text = await (await sheetBlob(long, 'csv')).text();
    expect(text.length).toBeGreaterThan(2 ** 24);
    expect(text.startsWith(`id,auc [mg*h/L]\r\n0,0\r\n1,${1 / 7}\r\n`)).toBe(true);
    expect(text.endsWith(`\r\n${ROWS - 1},${(ROWS - 1) / 7}\r\n`)).toBe(true);
    expect(text.split('\r\n')).toHaveLength(ROWS + 2);
  });
});

test('a blob has the bytes of the file and says what it is; an aborted one is not made', async () => {
  const blob = await sheetBlob(hostile, 'parquet');
  expect(blob.type).toBe('application/vnd.apache.parquet');
  expect(new Uint8Array(await blob.arrayBuffer())).toEqual(await parquetBytes(hostile));
  const text = await sheetBlob(sheetOf(COLUMNS, { rows: 1, values: [[1], ['a'], [1], [0.5]] }), 'csv');
  expect(await text.text()).toBe('id,arm,hit,auc [mg*h/L]\r\n1,a,1,0.5\r\n');
  await expect(sheetBlob(hostile, 'csv', AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
});

test.each([
  ['a.csv', 'csv'],
  ['a.CSV', 'csv'],
  ['folder.csv/a.parquet', 'parquet'],
  ['a.txt', null],
  ['parquet', null],
  ['', null],
])('the file %j is of the format %s', (path, format) => {
  expect(formatOf(path)).toBe(format);
});

test('a column whose name is taken says what it is', () => {
  const column = (name: string, kind: string) => ({ name, unit: '', type: 'number', kind }) as const;
  const named = distinct([
    column('status', 'table'),
    column('status', 'endpoint'),
    column('WT', 'covariate'),
    column('status', 'endpoint'),
  ]);
  expect(named.map(({ name }) => name)).toEqual([
    'status',
    'status (endpoint)',
    'WT',
    'status (endpoint) (endpoint)',
  ]);
});

test('the Parquet writer is loaded by nobody who does not ask for Parquet', () => {
  const sources = join(import.meta.dirname, '../../src');
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const naming = (pattern: RegExp) =>
    files
      .filter((file) => pattern.test(readFileSync(join(sources, file), 'utf8')))
      .map((file) => file.replaceAll('\\', '/'));
  expect(naming(/'hyparquet/)).toEqual(['study/parquet.ts']);
  expect(naming(/from '.*\/parquet\.ts'/)).toEqual([]);
  expect(naming(/await import\('\.\/parquet\.ts'\)/)).toEqual(['study/sheet.ts']);
});
