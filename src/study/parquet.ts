// Parquet out: a column each of doubles, 32-bit integers, UTF-8 strings or booleans, in row groups of bounded size, packed
// with Snappy. In: a Sheet. Out: bytes in pieces. Headings are those of the CSV file, units in brackets included; the unit
// alone is also in every column's metadata under `unit`. Missing values are nulls. Texts are as they are: a column of
// strings is no formula to any reader, so nothing is put in front of one that looks like it, as csv.ts does for spreadsheets.
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { heading } from './csv.ts';
import type { Sheet, SheetColumn, SheetValues } from './sheet.ts';
import { VERSION } from './version.ts';

/** Values of a row group, about: fifty thousand rows of ten columns. Packing holds some 100 bytes a value, with garbage. */
const GROUP_VALUES = 2 ** 19;

const TYPES = {
  number: { type: 'DOUBLE' },
  whole: { type: 'INT32' },
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  'yes/no': { type: 'BOOLEAN' },
} as const satisfies Readonly<Record<SheetColumn['type'], object>>;

type Cell = number | string | boolean | null;

export async function* parquetOfSheet(sheet: Sheet): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { columns } = sheet;
  const names = columns.map(({ name, unit }) => heading(name, unit));
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({
    writer: bytes,
    createdBy: `gemello version ${VERSION}`,
    kvMetadata: [{ key: 'table', value: sheet.name }],
    schema: [
      { name: 'root', num_children: columns.length },
      ...columns.map(({ type }, c) => ({
        name: names[c] ?? '',
        ...TYPES[type],
        repetition_type: type === 'whole' ? ('REQUIRED' as const) : ('OPTIONAL' as const),
      })),
    ],
  });
  /** What was written since it was last asked. */
  const taken = () => {
    const piece = bytes.getBytes().slice();
    bytes.index = 0;
    return piece;
  };
  const most = Math.max(1, Math.floor(GROUP_VALUES / Math.max(1, columns.length)));
  let waiting: Cell[][] = columns.map(() => []);
  const group = async () => {
    const rows = waiting[0]?.length ?? 0;
    const columnData = waiting.map((data, c) => ({ name: names[c] ?? '', data, offsetIndex: false }));
    await writer.write({ columnData, rowGroupSize: Math.max(1, rows) });
    waiting = columns.map(() => []);
    return taken();
  };
  for await (const { rows, values } of sheet.pieces()) {
    for (let first = 0; first < rows; ) {
      const end = Math.min(rows, first + most - (waiting[0]?.length ?? 0));
      columns.forEach((column, c) => {
        addCells(waiting[c] ?? [], column, values[c] ?? [], first, end);
      });
      first = end;
      if ((waiting[0]?.length ?? 0) >= most) yield await group();
    }
  }
  if ((waiting[0]?.length ?? 0) > 0) yield await group();
  for (const { columns: chunks } of writer.row_groups)
    chunks.forEach(({ meta_data }, c) => {
      const unit = columns[c]?.unit ?? '';
      if (meta_data && unit !== '') meta_data.key_value_metadata = [{ key: 'unit', value: unit }];
    });
  await writer.finish();
  yield taken();
}

function addCells(
  into: Cell[],
  { name, type }: SheetColumn,
  values: SheetValues,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++) {
    const value = values[i] ?? Number.NaN;
    if (typeof value === 'string') into.push(value === '' ? null : value);
    else if (!Number.isFinite(value)) {
      if (type === 'whole')
        throw new RangeError(`${name}: ${value} is no whole number, in row ${i} of a piece`);
      into.push(null);
    } else into.push(type === 'yes/no' ? value > 0 : value);
  }
}
