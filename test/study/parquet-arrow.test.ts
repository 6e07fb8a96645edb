// The Parquet file read by a second program: Apache Arrow, from Python, where there is a Python with pyarrow (python3, or
// what GEMELLO_PYTHON points to). What it says, value by value, must be what CSV says.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Sheet } from '../../src/study/sheet.ts';
import { csvCells, parquetBytes } from './sheets.ts';

const python = process.env.GEMELLO_PYTHON ?? 'python3';
const hasArrow = spawnSync(python, ['-c', 'import pyarrow.parquet']).status === 0;

/** Types and units of the columns, then every row with its values as JSON; doubles to the last bit. */
const READER = `
import json, sys
import pyarrow.parquet as parquet
file = parquet.ParquetFile(sys.argv[1])
table = file.read()
print(json.dumps({
    "types": [str(field.type) for field in table.schema],
    "groups": file.metadata.num_row_groups,
    "rows": [list(row.values()) for row in table.to_pylist()],
    "names": table.column_names,
}))
`;

const ROWS = 220_000;
const TEXTS = ['=cmd()', 'Größe 🩺', 'a "b", c\r\nd', '', 'x'.repeat(300)];
const sheet: Sheet = {
  name: 'for Arrow',
  columns: [
    { name: 'id', unit: '', type: 'whole' },
    { name: 'arm', unit: '', type: 'text' },
    { name: 'hit', unit: '', type: 'yes/no' },
    { name: 'auc', unit: 'mg*h/L', type: 'number' },
    { name: 'never', unit: 'h', type: 'number' },
  ],
  *pieces() {
    for (let first = 0; first < ROWS; first += 10_000) {
      const own = Array.from({ length: 10_000 }, (_, i) => first + i);
      yield {
        rows: own.length,
        values: [
          own,
          own.map((i) => TEXTS[i % TEXTS.length] ?? ''),
          own.map((i) => (i % 3 === 2 ? Number.NaN : i % 3)),
          own.map((i) => (i % 1000 === 7 ? Number.POSITIVE_INFINITY : Math.exp((i % 700) - 350) / 3)),
          own.map(() => Number.NaN),
        ],
      };
    }
  },
};

const skipped = hasArrow ? '' : ` (skipped: ${python} has no pyarrow)`;

test.runIf(hasArrow)(`Apache Arrow reads from Parquet what CSV says${skipped}`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gemello-arrow-'));
  try {
    const path = join(folder, 'sheet.parquet');
    writeFileSync(path, await parquetBytes(sheet));
    const { stdout, stderr } = spawnSync(python, ['-c', READER, path], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    expect(stderr).toBe('');
    const read = JSON.parse(stdout) as {
      readonly types: readonly string[];
      readonly names: readonly string[];
      readonly groups: number;
      readonly rows: readonly (readonly unknown[])[];
    };
    const [headings = [], ...cells] = await csvCells(sheet);
    expect(read.names).toEqual(headings);
    expect(read.types).toEqual(['int32', 'string', 'bool', 'double', 'double']);
    expect(read.groups).toBe(3);
    expect(read.rows).toHaveLength(ROWS);
    const wrong = read.rows.findIndex((row, i) =>
      row.some((value, c) => {
        const cell = cells[i]?.[c] ?? '';
        if (value === null) return cell !== '';
        if (typeof value === 'number') return Number(cell) !== value;
        if (typeof value === 'boolean') return cell !== (value ? '1' : '0');
        return cell !== (`${value}`.startsWith('=') ? `'${value}` : value);
      }),
    );
    expect(wrong, JSON.stringify([read.rows[wrong], cells[wrong]])).toBe(-1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
