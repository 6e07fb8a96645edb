// Sheets read back, for tests: the CSV text by Papa Parse, the Parquet bytes by hyparquet.
import { type FileMetaData, parquetMetadata, parquetReadObjects } from 'hyparquet';
import Papa from 'papaparse';
import { encodeSheet, type Sheet, type SheetPiece } from '../../src/study/sheet.ts';

export async function collected<T>(pieces: Iterable<T> | AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const piece of pieces) all.push(piece);
  return all;
}

export const piecesOf = (sheet: Sheet): Promise<SheetPiece[]> => collected(sheet.pieces());

export async function csvText(sheet: Sheet): Promise<string> {
  return (await collected(encodeSheet(sheet, 'csv'))).map(String).join('');
}

/** Cells as texts, heading first. */
export async function csvCells(sheet: Sheet): Promise<string[][]> {
  const { data, errors } = Papa.parse<string[]>((await csvText(sheet)).replace(/\r\n$/, ''), {
    delimiter: ',',
  });
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return data;
}

export async function parquetBytes(sheet: Sheet): Promise<Uint8Array<ArrayBuffer>> {
  const parts = await collected(encodeSheet(sheet, 'parquet'));
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

export interface ReadBack {
  readonly metadata: FileMetaData;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

export async function readParquet(bytes: Uint8Array<ArrayBuffer>): Promise<ReadBack> {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  return { metadata: parquetMetadata(file), rows: await parquetReadObjects({ file }) };
}
