// A cohort with a filter: candidates are drawn by number and those outside are skipped, so that patient i is the i-th
// candidate that qualifies. In: a test of candidates, clause by clause. Out: the candidates of any range of patients, and
// the funnel. Pure in (seed, filter): what is kept are counts a block, which only save work; memory does not grow with
// the patients, but by a few numbers for every 4096 candidates.

/** Index of the first clause that a candidate fails; the number of clauses for one that qualifies. */
export type FirstFailed = (first: number, count: number) => Uint8Array;

export interface Funnel {
  /** Candidates looked at, up to the last patient. */
  readonly drawn: number;
  /** Who is left after each clause and those before it. */
  readonly left: readonly { readonly clause: string; readonly patients: number }[];
}

export interface Inclusion {
  /** Numbers of the candidates that are patients first .. first + count - 1. Throws RangeError when they are too rare. */
  candidates(first: number, count: number): Float64Array;
  /** How the first `patients` patients were come by. */
  funnel(patients: number): Funnel;
  /** Patients among the first `drawn` candidates. */
  included(drawn: number): number;
}

const BLOCK = 4096;
/** One in so many must qualify. */
export const RAREST = 10_000;
/** At the door this many candidates are looked at, or until so many qualify. */
const LOOKED_AT = 30 * RAREST;
const ENOUGH = 30;

export function createInclusion(clauses: readonly string[], firstFailed: FirstFailed): Inclusion {
  /** Per block: how many of it and of those before are left after each clause. */
  const left: (readonly number[])[] = [];
  const kept: { block: number; failed: Uint8Array }[] = [];

  const failedIn = (block: number): Uint8Array => {
    const known = kept.find((one) => one.block === block);
    if (known) return known.failed;
    const failed = firstFailed(block * BLOCK, BLOCK);
    kept.push({ block, failed });
    if (kept.length > 2) kept.shift();
    return failed;
  };
  const countIn = (failed: Uint8Array): number[] => {
    const counts = clauses.map(() => 0);
    for (const k of failed) for (let c = 0; c < k; c++) counts[c] = (counts[c] ?? 0) + 1;
    return counts;
  };
  const upTo = (block: number): readonly number[] => {
    while (left.length <= block) {
      const before = left.at(-1);
      left.push(countIn(failedIn(left.length)).map((count, c) => count + (before?.[c] ?? 0)));
    }
    return left[block] ?? [];
  };
  const patientsUpTo = (block: number): number => (block < 0 ? 0 : (upTo(block).at(-1) ?? 0));

  /** The block that holds patient number `patient`. */
  const blockOf = (patient: number): number => {
    while ((left.at(-1)?.at(-1) ?? 0) <= patient) {
      const drawn = left.length * BLOCK;
      if (drawn > LOOKED_AT && (patient + ENOUGH) * 2 * RAREST < drawn)
        throw new RangeError(`fewer than 1 in ${RAREST} candidates pass the filter`);
      upTo(left.length);
    }
    let [from, to] = [0, left.length - 1];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (patientsUpTo(middle) > patient) to = middle;
      else from = middle + 1;
    }
    return from;
  };

  const candidates = (first: number, count: number): Float64Array => {
    const found = new Float64Array(count);
    if (count === 0) return found;
    let block = blockOf(first);
    let skip = first - patientsUpTo(block - 1);
    for (let done = 0; done < count; block = blockOf(first + done)) {
      const failed = failedIn(block);
      for (let i = 0; i < BLOCK && done < count; i++) {
        if (failed[i] !== clauses.length) continue;
        if (skip > 0) skip--;
        else found[done++] = block * BLOCK + i;
      }
      if (done === count) break;
    }
    return found;
  };

  const leftAfter = (drawn: number): readonly number[] => {
    const block = Math.floor(drawn / BLOCK);
    const before = block === 0 ? [] : upTo(block - 1);
    const part = countIn(failedIn(block).subarray(0, drawn - block * BLOCK));
    return part.map((count, c) => count + (before[c] ?? 0));
  };

  return {
    candidates,
    funnel(patients) {
      const drawn = patients === 0 ? 0 : (candidates(patients - 1, 1)[0] ?? 0) + 1;
      const after = leftAfter(drawn);
      return { drawn, left: clauses.map((clause, c) => ({ clause, patients: after[c] ?? 0 })) };
    },
    included: (drawn) => leftAfter(drawn).at(-1) ?? 0,
  };
}

/** What is wrong with a filter that nearly nobody passes; null when enough do. Looks at `most` candidates at most. */
export function tooRare(
  inclusion: Inclusion,
  clauses: readonly string[],
  firstFailed: FirstFailed,
  rows = LOOKED_AT,
): string | null {
  const most = Math.min(rows, LOOKED_AT);
  let drawn = 0;
  while (drawn < most) {
    drawn = Math.min(most, drawn + BLOCK);
    const found = inclusion.included(drawn);
    if (found >= ENOUGH || (found > 0 && found * RAREST >= most)) return null;
  }
  if (inclusion.included(most) * RAREST >= most) return null;
  const count = (n: number) => n.toLocaleString('en');
  // Which clause is to blame shows in what each leaves of those before it.
  const left = clauses.map(() => 0);
  for (let first = 0; first < most; first += BLOCK) {
    const failed = firstFailed(first, Math.min(BLOCK, most - first));
    for (const k of failed) for (let c = 0; c < k; c++) left[c] = (left[c] ?? 0) + 1;
  }
  const steps = clauses.map((clause, c) => `${count(left[c] ?? 0)} after "${clause}"`).join(', ');
  return `of ${count(most)} candidates ${steps}; at least 1 in ${count(RAREST)} must remain, so widen the filter`;
}
