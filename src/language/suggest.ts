// "Did you mean": the known name nearest to an unknown one by edit distance. In: a name and the names that would fit.
// Out: the nearest, or null when none is near enough to be a slip of the keys.

/** Names further apart in length than this are not compared. */
const FARTHEST = 3;

export function nearest(name: string, known: Iterable<string>): string | null {
  // One slip in a short name, two or three in a longer one.
  const limit = Math.min(FARTHEST, Math.max(1, Math.floor(name.length / 3)));
  let best: string | null = null;
  let least = limit + 1;
  for (const candidate of known) {
    if (candidate === name || Math.abs(candidate.length - name.length) > limit) continue;
    if (candidate.toLowerCase() === name.toLowerCase()) return candidate;
    const distance = editDistance(name, candidate, least);
    if (distance < least && distance < Math.max(name.length, candidate.length)) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

export function didYouMean(name: string, known: Iterable<string>): string | undefined {
  const found = nearest(name, known);
  return found === null ? undefined : `did you mean ${found}?`;
}

/** Insertions, deletions, substitutions and swaps of neighbours; gives up (returns `limit`) once it cannot be below. */
function editDistance(a: string, b: string, limit: number): number {
  let before: number[] = [];
  let row: number[] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let d = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        d = Math.min(d, (before[j - 2] ?? 0) + 1);
      next.push(d);
      least = Math.min(least, d);
    }
    if (least >= limit) return limit;
    before = row;
    row = next;
  }
  return row[b.length] ?? limit;
}
