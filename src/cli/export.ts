// The tables of `run`, written piece by piece so that memory does not grow with the patients. In: a session, a study and an
// open file. Out: a Sheet as CSV or Parquet (`--parameters`, `--summary`, `--endpoints`), full curves (`--trajectories`), a
// row a dose that was given (`--ledger`), or a NONMEM-style file (`--nonmem`).
import { writeRecords } from '../interop/nonmem/write.ts';
import { ledgerHeading, ledgerRows, trajectoriesHeading, trajectoriesRows } from '../study/csv.ts';
import { parametersSheet } from '../study/patient-sheets.ts';
import type { Tables } from '../study/prepare.ts';
import { encodeSheet, formatOf, type Sheet } from '../study/sheet.ts';
import type { Study } from '../study/study.ts';
import { Failure } from './input.ts';
import { settled } from './outcome.ts';
import type { Io, Session, TextFile } from './ports.ts';
import { statusName } from './table.ts';

/** Numbers of curves held at once (8 bytes each). */
const CURVE_NUMBERS = 2_000_000;
const CURVE_CHUNK = 512;

interface Export {
  readonly session: Session;
  readonly study: Study;
  readonly tables: Tables;
  readonly patients: number;
  readonly io: Io;
}

/** CSV unless the file's name says Parquet. */
export async function writeSheet(
  file: TextFile,
  path: string,
  sheet: Sheet,
  { signal }: Pick<Io, 'signal'>,
): Promise<void> {
  for await (const part of encodeSheet(sheet, formatOf(path) ?? 'csv')) {
    signal.throwIfAborted();
    await file.write(part);
  }
}

export async function writeParameters(
  file: TextFile,
  path: string,
  { session, study, tables, patients, io }: Export,
): Promise<void> {
  const sheet = await parametersSheet(patients, async (first, count) => {
    io.signal.throwIfAborted();
    const { table, name } = settled(await session.patients(study, tables, first, count));
    if ('errors' in table) throw new Failure(table.errors.join('\n'));
    return { columns: table.columns, name };
  });
  await writeSheet(file, path, sheet, io);
}

export async function writeTrajectories(
  file: TextFile,
  path: string,
  { session, study, tables, patients, io }: Export,
): Promise<void> {
  const failed = new Map<string, number>();
  let chunk = 1;
  for (let first = 0; first < patients; ) {
    io.signal.throwIfAborted();
    const numbers = Array.from({ length: Math.min(chunk, patients - first) }, (_, i) => first + i);
    const { curves } = settled(await session.curves(study, tables, numbers));
    const { individuals, arms, times, timeUnit, columns, name } = curves;
    if (first === 0) await file.write(trajectoriesHeading(timeUnit, columns));
    const written = individuals.arms.map((arm, i) => {
      for (const status of arm.status)
        if (status !== 0) failed.set(statusName(status), (failed.get(statusName(status)) ?? 0) + 1);
      return { name: arms[i] ?? '', status: arm.status, values: arm.outputs };
    });
    await file.write(
      trajectoriesRows({ patients: numbers, times, columns: columns.length, arms: written }, name),
    );
    first += numbers.length;
    // The first patient tells how large one is.
    chunk = Math.floor(CURVE_NUMBERS / Math.max(1, arms.length * times.length * columns.length));
    chunk = Math.max(1, Math.min(CURVE_CHUNK, chunk));
  }
  for (const [status, count] of failed)
    io.err(`${path}: ${count} course${count === 1 ? '' : 's'} left out (${status})\n`);
}

export async function writeLedger(
  file: TextFile,
  { session, study, tables, patients, io }: Export,
): Promise<void> {
  for (let first = 0; first < patients; first += CURVE_CHUNK) {
    io.signal.throwIfAborted();
    const numbers = Array.from({ length: Math.min(CURVE_CHUNK, patients - first) }, (_, i) => first + i);
    const { curves } = settled(await session.curves(study, tables, numbers, { ledger: true }));
    const { arms, ledgers = [], timeUnit, amounts = [], name } = curves;
    if (first === 0) await file.write(ledgerHeading(timeUnit, amounts));
    const named = ledgers.map((own, a) => ({ name: arms[a] ?? '', ledgers: own }));
    await file.write(ledgerRows(named, name));
  }
}

export async function writeNonmem(
  file: TextFile,
  path: string,
  { session, study, tables, patients, io }: Export,
): Promise<void> {
  let left = 0;
  let header = '';
  for (let first = 0; first < patients; first += CURVE_CHUNK) {
    io.signal.throwIfAborted();
    const numbers = Array.from({ length: Math.min(CURVE_CHUNK, patients - first) }, (_, i) => first + i);
    const made = settled(await session.subjects(study, tables, numbers));
    left += made.failed;
    if (first === 0) for (const note of made.notes) io.out(`${path}: ${note}\n`);
    if (made.subjects.length === 0) continue;
    const text = writeRecords(made.subjects);
    const end = text.indexOf('\n') + 1;
    const own = text.slice(0, end);
    if (header !== '' && own !== header)
      throw new Failure(`${path}: patients from ${first} on have other columns than those before`);
    await file.write(header === '' ? text : text.slice(end));
    header = own;
  }
  if (left > 0) io.err(`${path}: ${left} course${left === 1 ? '' : 's'} left out (failed)\n`);
}
