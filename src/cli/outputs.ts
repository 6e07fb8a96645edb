// The files that `run` writes. All are opened before anything is computed, so that a wrong path costs no run; each is
// then written on its own, so that one that fails (a full disk) takes no other with it.
import { Failure, inWords } from './input.ts';
import type { Io, TextFile } from './ports.ts';

export interface Outputs {
  /** Does the work on the file of that path, then closes it. A failure is said, counted, and leaves no file. */
  write(path: string, work: (file: TextFile) => Promise<void>): Promise<void>;
  /** Leaves nothing of the files that were not written. */
  discard(): Promise<void>;
  readonly failed: number;
}

/** Throws a Failure that names every file that cannot be written. */
export async function openOutputs(paths: readonly string[], io: Io): Promise<Outputs> {
  const open = new Map<string, TextFile>();
  const faults: string[] = [];
  let failed = 0;
  const discard = async () => {
    for (const file of open.values()) await file.discard();
    open.clear();
  };
  for (const path of paths) {
    try {
      open.set(path, await io.write(path));
    } catch (error) {
      faults.push(inWords(error));
    }
  }
  if (faults.length > 0) {
    await discard();
    throw new Failure(faults.join('\n'));
  }
  return {
    discard,
    get failed() {
      return failed;
    },
    async write(path, work) {
      const file = open.get(path);
      if (file === undefined) throw new Error(`${path} was not opened`);
      open.delete(path);
      try {
        await work(file);
        await file.close();
      } catch (error) {
        await file.discard();
        if (io.signal.aborted) throw error;
        io.err(`${inWords(error)}\n`);
        failed++;
      }
    },
  };
}
