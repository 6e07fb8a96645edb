// A hint for a name that is not known: the nearest known one, the one it begins, or the known ones.
import { nearest } from '../language/suggest.ts';

/** Letters that a beginning must have to stand for a whole name. */
const BEGINNING = 3;

/** `did you mean X?`, or `there are A, B, C` when none is near. */
export function suggestion(name: string, known: readonly string[]): string {
  const near = nearest(name, known) ?? begunBy(name, known);
  if (near !== null) return `did you mean ${near}?`;
  if (known.length === 0) return 'there are none';
  const more = known.length > 12 ? `, and ${known.length - 12} more` : '';
  return `there ${known.length === 1 ? 'is' : 'are'} ${known.slice(0, 12).join(', ')}${more}`;
}

/** The only known name that begins like this one: vancomycin for vanco. */
function begunBy(name: string, known: readonly string[]): string | null {
  const start = name.toLowerCase();
  const found = known.filter((k) => k !== name && k.toLowerCase().startsWith(start));
  return name.length >= BEGINNING && found.length === 1 ? (found[0] ?? null) : null;
}
