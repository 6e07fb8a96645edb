// A hint for a name that is not known: the nearest known one, or the known ones.
import { nearest } from '../language/suggest.ts';

/** `did you mean X?`, or `there are A, B, C` when none is near. */
export function suggestion(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  if (near !== null) return `did you mean ${near}?`;
  if (known.length === 0) return 'there are none';
  const more = known.length > 12 ? `, and ${known.length - 12} more` : '';
  return `there ${known.length === 1 ? 'is' : 'are'} ${known.slice(0, 12).join(', ')}${more}`;
}
