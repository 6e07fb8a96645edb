// What people read on a terminal. In: the world's Io. Out: the same Io, whose `out` and `err` show control characters
// (a cell or a label may hold any) as `\\x1b` instead of sending them to the terminal; and both streams as they are.
import type { Io } from './ports.ts';

export interface Terminal extends Io {
  /** stdout as it is: JSON. */
  readonly data: (text: string) => void;
  /** stderr as it is: progress, which draws over itself. */
  readonly draw: (text: string) => void;
}

export function terminal(io: Io): Terminal {
  return {
    ...io,
    out: (text) => io.out(visible(text)),
    err: (text) => io.err(visible(text)),
    data: io.out,
    draw: io.err,
  };
}

/** C0 without tab and line feed, DEL, C1, line separators, and what turns the direction of the text around it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not reach a terminal
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

export function visible(text: string): string {
  return text.replace(UNSEEN, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, '0')}`;
  });
}
