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
  const rows: LedgerRow[] = [];
  /** Open runs by what is alike: two drugs given at the same times are two runs. */
  let open = new Map<string, number>();
  const add = (dose: GivenDose): void => {
    const at = open.get(likeness(dose));
    const longer = longerRun(rows[at ?? -1], dose);
    if (longer && at !== undefined) rows[at] = longer;
    else {
      open.set(likeness(dose), rows.length);
      rows.push({ kind: 'doses', dose, count: 1, last: dose.time, interval: 0 });
    }
  };
  let next = 0;
  for (const decision of decisions) {
    for (let dose = doses[next]; dose && dose.time <= decision.time; dose = doses[++next]) {
      // Of those at the very instant only what goes on as before was given before it.
      const run = rows[open.get(likeness(dose)) ?? -1];
      const before = run?.kind === 'doses' && run.count > 1 && longerRun(run, dose) !== null;
      if (dose.time === decision.time && !before) break;
      add(dose);
    }
    rows.push({ kind: 'decision', decision });
    open = new Map();
  }
  for (const dose of doses.slice(next)) add(dose);
  return rows;
}

const likeness = ({ into, amount, duration }: GivenDose): string => JSON.stringify([into, amount, duration]);

/** The run with this dose at its end; null where the dose does not go on with it. */
function longerRun(run: LedgerRow | undefined, { time }: GivenDose): Run | null {
  if (run?.kind !== 'doses') return null;
  const apart = time - run.last;
  if (run.count > 1 && Math.abs(apart - run.interval) > EVEN * Math.max(apart, run.interval)) return null;
  return { ...run, count: run.count + 1, last: time, interval: run.count > 1 ? run.interval : apart };
}
