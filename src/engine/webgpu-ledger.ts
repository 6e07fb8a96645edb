// The ledger of chosen patients on the device (shaders/happenings/rows.wgsl): its size, and its words as entries. In: how
// many arms, patients and rows. Out: LedgerEntry. A ledger that was too short says how long it would have been.
import { captureCounts } from '../codegen/eventful.ts';
import type { Program } from '../codegen/program.ts';
import { DeviceError, type LedgerEntry } from './backend.ts';

const FIRST_ROWS = 64;

export interface LedgerShape {
  readonly arms: number;
  readonly patients: number;
  /** Rows kept of each patient. */
  readonly rows: number;
  /** Words of a row: tick, happening, captured values. */
  readonly width: number;
}

export const ledgerWidth = (program: Program): number => 2 + Math.max(1, ...captureCounts(program));

export const ledgerWords = ({ arms, patients, rows, width }: LedgerShape): number =>
  arms * patients * (1 + rows * width);

/** Rows kept for each patient at first: fewer where one binding holds no more. */
export function firstLedgerRows(
  { arms, width }: Pick<LedgerShape, 'arms' | 'width'>,
  largestBinding: number,
): number {
  const fitting = Math.floor((largestBinding / (4 * arms) - 1) / width);
  return Math.max(1, Math.min(FIRST_ROWS, fitting));
}

/** How many patients' ledgers one binding holds. Throws DeviceError where it is not even one. */
export function ledgerPatients(shape: Omit<LedgerShape, 'patients'>, largestBinding: number): number {
  const most = Math.floor(largestBinding / (4 * ledgerWords({ ...shape, patients: 1 })));
  if (most < 1)
    throw new DeviceError(
      `a ledger of ${shape.rows} rows for ${shape.arms} arms is more than the device binds (${largestBinding} bytes); ask for fewer arms`,
    );
  return most;
}

/** Rows of the patient with most, written or not. */
export function longestLedger({ arms, patients }: LedgerShape, words: Uint32Array): number {
  let most = 0;
  for (let i = 0; i < arms * patients; i++) most = Math.max(most, words[i] ?? 0);
  return most;
}

export function ledgerEntries(
  program: Program,
  shape: LedgerShape,
  words: Uint32Array,
  arm: number,
  patient: number,
  tick: number,
): LedgerEntry[] {
  const { arms, patients, rows, width } = shape;
  const counts = captureCounts(program);
  const slot = arm * patients + patient;
  const values = new Float32Array(words.buffer, words.byteOffset, words.length);
  return Array.from({ length: Math.min(rows, words[slot] ?? 0) }, (_, row) => {
    const at = arms * patients + (slot * rows + row) * width;
    const happening = (words[at + 1] ?? 0) | 0;
    // Below -1 it is the steady state that a happening asked for.
    const own = happening < -1 ? -2 - happening : happening;
    const captured = Float64Array.from(values.subarray(at + 2, at + 2 + (counts[own] ?? 0)));
    return { time: (words[at] ?? 0) * tick, happening, captured };
  });
}
