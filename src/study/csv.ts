// CSV out (RFC 4180): commas, CRLF, quotes where needed, numbers as they are, units in the headings.
// A text that a spreadsheet would take for a formula gets an apostrophe in front; numbers never do.
// Writers hand out whole rows in pieces, so that a million patients take no more memory than a thousand.
import type { PatientLedger } from './ledger.ts';
import type { Sheet } from './sheet.ts';

/** Text that begins like a formula (`=1+1`, `@SUM`, `-2+3`), also behind a tab or a carriage return. */
const FORMULA = /^[=+\-@\t\r]/;

export function csvCell(value: string | number): string {
  if (typeof value === 'number') return Number.isFinite(value) ? `${value}` : '';
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function csvRow(cells: readonly (string | number)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/** `CL [L/h]`; a plain number has no bracket. The cohort reader takes the same headings. */
export function heading(name: string, unit: string): string {
  return unit === '' || unit === '1' ? name : `${name} [${unit}]`;
}

export interface CsvColumn {
  readonly name: string;
  readonly unit: string;
}

/** A sheet's heading, then its rows; yes and no are 1 and 0, as other solvers read them. */
export async function* csvOfSheet(sheet: Sheet): AsyncGenerator<string> {
  yield csvRow(sheet.columns.map(({ name, unit }) => heading(name, unit)));
  for await (const { rows, values } of sheet.pieces()) yield csvRows(values, rows);
}

/** Rows of columns. */
export function csvRows(values: readonly ArrayLike<number | string>[], rows: number): string {
  let text = '';
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < values.length; c++)
      text += `${c > 0 ? ',' : ''}${csvCell(values[c]?.[i] ?? Number.NaN)}`;
    text += '\r\n';
  }
  return text;
}

/** What a patient is called in every file: a number from 0, the same in every run of the seed, or the own id. */
export type PatientName = (patient: number) => string | number;
const byNumber: PatientName = (patient) => patient;

/** Heading of `--trajectories`: id, arm, time, then outputs and compartments. */
export function trajectoriesHeading(timeUnit: string, columns: readonly CsvColumn[]): string {
  return csvRow([
    'id',
    'arm',
    heading('time', timeUnit),
    ...columns.map(({ name, unit }) => heading(name, unit)),
  ]);
}

export interface TrajectoryChunk {
  readonly patients: readonly number[];
  readonly times: ArrayLike<number>;
  /** Number of outputs and compartments. */
  readonly columns: number;
  readonly arms: readonly {
    readonly name: string;
    /** Not 0: the patient failed in this arm and has no rows. */
    readonly status: ArrayLike<number>;
    /** [column][time][patient] flattened, patient fastest. */
    readonly values: ArrayLike<number>;
  }[];
}

/** One row a patient, arm and time. */
export function trajectoriesRows(chunk: TrajectoryChunk, name: PatientName = byNumber): string {
  const { patients, times, columns, arms } = chunk;
  const n = patients.length;
  let rows = '';
  for (let i = 0; i < n; i++) {
    for (const arm of arms) {
      if (arm.status[i] !== 0) continue;
      const start = `${csvCell(name(patients[i] ?? Number.NaN))},${csvCell(arm.name)},`;
      for (let t = 0; t < times.length; t++) {
        rows += `${start}${csvCell(times[t] ?? Number.NaN)}`;
        for (let c = 0; c < columns; c++)
          rows += `,${csvCell(arm.values[(c * times.length + t) * n + i] ?? Number.NaN)}`;
        rows += '\r\n';
      }
    }
  }
  return rows;
}

/** Heading of `--ledger`; amounts have a unit of their own where all compartments share it. */
export function ledgerHeading(timeUnit: string, units: readonly string[]): string {
  const [unit = ''] = units;
  const shared = units.every((other) => other === unit) ? unit : '';
  return csvRow([
    'id',
    'arm',
    heading('time', timeUnit),
    'into',
    heading('amount', shared),
    heading('duration', timeUnit),
  ]);
}

/** One row a patient, arm and dose. */
export function ledgerRows(
  arms: readonly { readonly name: string; readonly ledgers: readonly PatientLedger[] }[],
  name: PatientName = byNumber,
): string {
  let rows = '';
  const patients = arms[0]?.ledgers.length ?? 0;
  for (let i = 0; i < patients; i++)
    for (const arm of arms) {
      const ledger = arm.ledgers[i];
      for (const { time, into, amount, duration } of ledger?.doses ?? [])
        rows += csvRow([name(ledger?.patient ?? Number.NaN), arm.name, time, into, amount, duration]);
    }
  return rows;
}
