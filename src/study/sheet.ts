// A table that is handed out as a file: columns with units and kinds of values, rows in pieces, so that a million rows take
// no more memory than a thousand. In: a Sheet, described once. Out: its bytes as CSV (csv.ts) or Parquet (parquet.ts, which
// is loaded when first asked for), or a Blob. Numbers are written as they were computed; what is missing is an empty cell
// or a null.
import { csvOfSheet } from './csv.ts';

export interface SheetColumn {
  readonly name: string;
  /** As the model spells it; empty for texts and plain numbers. */
  readonly unit: string;
  /** `whole` fits 32 bits and is never missing; `yes/no` is 1, 0 or missing. */
  readonly type: 'number' | 'whole' | 'text' | 'yes/no';
}

/** Texts where the column's type says so, numbers otherwise. Missing: '', and what is not finite. */
export type SheetValues = ArrayLike<number> | readonly string[];

/** Some rows; one array a column, in the columns' order. Valid until the next piece is asked for. */
export interface SheetPiece {
  readonly rows: number;
  readonly values: readonly SheetValues[];
}

export interface Sheet {
  readonly name: string;
  readonly columns: readonly SheetColumn[];
  /** Every row once, from the first; may be asked for again. */
  pieces(): Iterable<SheetPiece> | AsyncIterable<SheetPiece>;
}

export const SHEET_FORMATS = ['csv', 'parquet'] as const;
export type SheetFormat = (typeof SHEET_FORMATS)[number];

const MEDIA_TYPES: Readonly<Record<SheetFormat, string>> = {
  csv: 'text/csv;charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
};

/** By the file's ending; null of any other. */
export function formatOf(path: string): SheetFormat | null {
  return SHEET_FORMATS.find((format) => path.toLowerCase().endsWith(`.${format}`)) ?? null;
}

/** The file, piece by piece: text of CSV, bytes of Parquet. */
export async function* encodeSheet(
  sheet: Sheet,
  format: SheetFormat,
): AsyncGenerator<string | Uint8Array<ArrayBuffer>> {
  switch (format) {
    case 'csv':
      yield* csvOfSheet(sheet);
      return;
    case 'parquet': {
      const { parquetOfSheet } = await import('./parquet.ts');
      yield* parquetOfSheet(sheet);
      return;
    }
    default:
      format satisfies never;
  }
}

/** Characters or bytes that are a script's own before the browser takes them into its keeping. */
const STORED = 2 ** 24;

/** The file in the browser's keeping, which may put it on disk. Rejects with the signal's reason when aborted. */
export async function sheetBlob(sheet: Sheet, format: SheetFormat, signal?: AbortSignal): Promise<Blob> {
  const stored: Blob[] = [];
  let parts: (string | Uint8Array<ArrayBuffer>)[] = [];
  let size = 0;
  for await (const part of encodeSheet(sheet, format)) {
    signal?.throwIfAborted();
    parts.push(part);
    size += part.length;
    if (size < STORED) continue;
    stored.push(new Blob(parts));
    parts = [];
    size = 0;
  }
  return new Blob([...stored, ...parts], { type: MEDIA_TYPES[format] });
}

/** Columns of which no two have the same name: what comes later says in brackets what it is. */
export function distinct<C extends SheetColumn & { readonly kind: string }>(
  columns: readonly C[],
): readonly C[] {
  const taken = new Set<string>();
  return columns.map((column) => {
    let { name } = column;
    while (taken.has(name)) name = `${name} (${column.kind})`;
    taken.add(name);
    return { ...column, name };
  });
}
