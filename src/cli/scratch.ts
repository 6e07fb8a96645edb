// Numbers on disk while a command runs: more than memory should hold, written wherever they belong. In: a path beside which
// there is room. Out: a store of doubles that leaves no file behind. It works synchronously, because a run's listener
// cannot wait; a disk that fails is reported when the numbers are asked for, so that the run itself goes on.
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import type { NumberStore } from '../study/kept-endpoints.ts';

export interface Scratch extends NumberStore {
  discard(): void;
}

const BYTES = Float64Array.BYTES_PER_ELEMENT;

/** Throws where no file can be made there. */
export function openScratch(path: string): Scratch {
  const place = `${path}.${process.pid}.numbers`;
  const file = openSync(place, 'w+');
  // Where an open file can lose its name, not even a command that is killed leaves it behind.
  if (process.platform !== 'win32') rmSync(place, { force: true });
  let fault: Error | undefined;
  return {
    write(at, numbers) {
      if (fault !== undefined) return;
      const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
      try {
        for (let done = 0; done < bytes.length; )
          done += writeSync(file, bytes, done, bytes.length - done, at * BYTES + done);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        fault = new Error(
          `${path} cannot be written, as there is no room for its numbers beside it: ${reason}`,
        );
      }
    },
    read(at, count) {
      if (fault !== undefined) throw fault;
      const numbers = new Float64Array(count).fill(Number.NaN);
      const bytes = new Uint8Array(numbers.buffer);
      for (let done = 0; done < bytes.length; ) {
        const more = readSync(file, bytes, done, bytes.length - done, at * BYTES + done);
        if (more === 0) break;
        done += more;
      }
      return numbers;
    },
    discard() {
      closeSync(file);
      rmSync(place, { force: true });
    },
  };
}
