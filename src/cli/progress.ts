// Progress of a run on one line of a terminal, drawn over itself. In: patients finished so far. Out: `42 %, 3 s left`, for
// runs that a person waits for; nothing where nobody watches.
import type { Terminal } from './terminal.ts';

/** Before this a guess of the time left is worth nothing, and nobody waits yet. */
const QUIET_MS = 1000;
const LEAST_SHARE = 0.02;

export interface ProgressLine {
  readonly onProgress: (finished: number) => void;
  /** Wipes the line. */
  readonly clear: () => void;
}

export function progressLine(
  io: Pick<Terminal, 'interactive' | 'draw'>,
  total: number,
  now: () => number = () => performance.now(),
): ProgressLine {
  let began = now();
  let before = 0;
  let drawn = '';
  const draw = (text: string) => {
    if (!io.interactive || text === drawn) return;
    io.draw(`\r${text.padEnd(drawn.length)}${text === '' ? '\r' : ''}`);
    drawn = text;
  };
  return {
    onProgress(finished) {
      // A run that had to widen its bins starts over.
      if (finished < before) began = now();
      before = finished;
      draw(progressText(finished / total, now() - began));
    },
    clear: () => draw(''),
  };
}

/** `share` of the patients after so many milliseconds. */
export function progressText(share: number, elapsed: number): string {
  const percent = `${Math.floor(100 * Math.min(1, share))} %`;
  if (elapsed < QUIET_MS || share < LEAST_SHARE || share >= 1) return percent;
  const seconds = Math.ceil((elapsed * (1 - share)) / share / 1000);
  return `${percent}, ${seconds < 60 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`} left`;
}
