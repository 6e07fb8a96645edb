// What a random number is for: the fourth counter word. Append-only: a number once given is never given again and
// never changes its meaning, because old links must show the same patients for ever (a test holds the list).

export const PURPOSES = {
  covariate: 1,
  'random effect': 2,
  'residual error': 3,
  adherence: 4,
  certificate: 5,
  'parameter uncertainty': 6,
  /** Random effects of occasions after the first. */
  occasion: 7,
  /** Thresholds of recurrent events after the first. */
  'next event': 8,
  /** Who is drawn into a resample of the cohort. */
  bootstrap: 9,
} as const;
export type Purpose = keyof typeof PURPOSES;

/**
 * The third counter word of a quantity: 32-bit FNV-1a of its name in UTF-8 (Fowler, Noll, Vo). By name and not by
 * position, so that adding, removing or moving a quantity never shifts another's stream.
 */
export function drawOfName(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** A message for each pair of names that would share a stream; empty for all but about one model in ten million. */
export function sharedStreams(names: readonly string[]): string[] {
  const owners = new Map<number, string>();
  const messages: string[] = [];
  for (const name of names) {
    const draw = drawOfName(name);
    const owner = owners.get(draw);
    if (owner === undefined) owners.set(draw, name);
    else if (owner !== name) {
      messages.push(
        `"${owner}" and "${name}" would draw the same random numbers (their hashes agree); rename one of them`,
      );
    }
  }
  return messages;
}
