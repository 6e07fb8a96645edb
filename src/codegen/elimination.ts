// Sparse elimination planned ahead of the run. In: which entries of a square matrix are not zero. Out: an order of pivots
// that fills in little (Markowitz, on the diagonal) and what each pivot touches, for code without loops or tests.
// No pivoting by size: matrices are 1 / (gamma h) - J, and a step that is solved badly is rejected by its error estimate.

export interface Pivot {
  readonly pivot: number;
  /** Rows still to be eliminated with an entry in the pivot's column. */
  readonly rows: readonly number[];
  /** Columns still to be eliminated with an entry in the pivot's row. */
  readonly columns: readonly number[];
}

/** Where an entry of an n by n matrix is kept. */
export const place = (n: number, row: number, column: number): number => row * n + column;

/** `entries`: places of entries off the diagonal that are not zero. Equal costs go to the lower index. */
export function planElimination(n: number, entries: Iterable<number>): Pivot[] {
  const rows = Array.from({ length: n }, () => new Set<number>());
  const columns = Array.from({ length: n }, () => new Set<number>());
  const enter = (row: number, column: number) => {
    if (row === column) return;
    rows[row]?.add(column);
    columns[column]?.add(row);
  };
  for (const entry of entries) enter(Math.floor(entry / n), entry % n);
  const left = new Set(rows.keys());
  const order: Pivot[] = [];
  while (left.size > 0) {
    let pivot = -1;
    let least = Number.POSITIVE_INFINITY;
    for (const k of left) {
      const cost = (rows[k]?.size ?? 0) * (columns[k]?.size ?? 0);
      if (cost >= least) continue;
      least = cost;
      pivot = k;
    }
    const below = ascending(columns[pivot]);
    const across = ascending(rows[pivot]);
    order.push({ pivot, rows: below, columns: across });
    left.delete(pivot);
    for (const row of below) rows[row]?.delete(pivot);
    for (const column of across) columns[column]?.delete(pivot);
    for (const row of below) for (const column of across) enter(row, column);
  }
  return order;
}

const ascending = (numbers: ReadonlySet<number> = new Set()): number[] => [...numbers].sort((a, b) => a - b);
