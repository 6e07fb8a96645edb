// A patient's ledger as rows to read: doses that are alike and evenly spaced become one row, until something is decided.
// In: doses and decisions. Out: rows in the order of time. Counts add up to the doses.
import type { ArmLedger, Decision, GivenDose } from './given.ts';

export type LedgerRow =
  | {
      readonly kind: 'doses';
      /** The first of them. */
      readonly dose: GivenDose;
      readonly count: number;
      readonly last: number;
      /** Between two of them; 0 for one dose. */
      readonly interval: number;
    }
  | { readonly kind: 'decision'; readonly decision: Decision };
type Run = Extract<LedgerRow, { kind: 'doses' }>;

/** Times are whole ticks of a run, so that equal intervals differ by no more than this share. */
const EVEN = 1e-6;

export function ledgerRows({ doses, decisions }: ArmLedger): readonly LedgerRow[] {
  const all = [
    // At one instant what was decided comes before the dose that follows it.
    ...decisions.map((decision) => ({ time: decision.time, decision, dose: null })),
    ...doses.map((dose) => ({ time: dose.time, decision: null, dose })),
  ].sort((a, b) => a.time - b.time);
  const rows: LedgerRow[] = [];
  /** Open runs by what is alike: two drugs given at the same times are two runs. */
  let open = new Map<string, number>();
  for (const { decision, dose } of all) {
    if (decision) {
      rows.push({ kind: 'decision', decision });
      open = new Map();
      continue;
    }
    const like = JSON.stringify([dose.into, dose.amount, dose.duration]);
    const at = open.get(like);
    const run = at === undefined ? undefined : rows[at];
    const longer = run?.kind === 'doses' ? joined(run, dose) : null;
    if (longer && at !== undefined) rows[at] = longer;
    else {
      open.set(like, rows.length);
      rows.push({ kind: 'doses', dose, count: 1, last: dose.time, interval: 0 });
    }
  }
  return rows;
}

function joined(run: Run, { time }: GivenDose): Run | null {
  const apart = time - run.last;
  if (run.count > 1 && Math.abs(apart - run.interval) > EVEN * Math.max(apart, run.interval)) return null;
  return { ...run, count: run.count + 1, last: time, interval: run.count > 1 ? run.interval : apart };
}
