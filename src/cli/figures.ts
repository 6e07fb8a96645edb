// Numbers and columns as a terminal shows them. In: numbers, cells. Out: four significant digits, aligned lines.
const DIGITS = 4;

export function figure(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '-';
  return `${Number(value.toPrecision(DIGITS))}`;
}

/** Of a share; null and NaN: there is none. */
export const percent = (share: number | null): string =>
  share === null || !Number.isFinite(share) ? '-' : `${figure(100 * share)} %`;

/** Of a difference of shares: `-5 %` could be taken for a twentieth less. Its interval goes without the word. */
export const points = (difference: number | null): string =>
  difference === null || !Number.isFinite(difference) ? '-' : `${hundredfold(difference)} points`;
export const hundredfold = (difference: number): string => figure(100 * difference);

/** `1` is how units say a plain number; a reader does not. */
export const plain = (unit: string): string => (unit === '1' ? '' : unit);

/** Of patients, whole ones: sums of weights are not whole. */
export const count = (n: number): string => Math.round(n).toLocaleString('en');

/** The first column to the left, numbers to the right, the last `words` (units, counts of missing) to the left. */
export function columns(rows: readonly (readonly string[])[], words = 2): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  const last = widths.length - words;
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 || i >= last ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
