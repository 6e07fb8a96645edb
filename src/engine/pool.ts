// A pool hands the pieces of a job to free lanes. In: how to begin, run a piece, and finish on a lane. Out: each piece's
// result in piece order, and every lane's closing result. A lane that dies is replaced and its pieces run again, once.
// Where asked to, it lets no piece run far ahead of the first that is missing, so few results wait for their turn.
import { DeviceError } from './backend.ts';
import type { Lane, LaneProgram } from './lane.ts';
import type { LaneHandle } from './lane-host.ts';

export interface PoolWork<Piece, Closing> {
  readonly pieces: number;
  readonly program: LaneProgram;
  begin(lane: Lane): Promise<void>;
  run(lane: Lane, piece: number): Promise<Piece>;
  finish(lane: Lane): Promise<Closing>;
  cancel(lane: Lane): Promise<void>;
  /** How many pieces may be begun before the first one that is not there yet; results wait for it. Absent: any number. */
  readonly ahead?: number;
  /** Called in the order of the pieces, whatever order they finish in; exactly once for each. */
  onPiece(piece: number, result: Piece): void;
}

export interface Pool {
  readonly size: number;
  /** Closing results, one a lane that worked. Rejects with signal.reason when aborted, DeviceError when lanes keep dying. */
  run<Piece, Closing>(work: PoolWork<Piece, Closing>, signal?: AbortSignal): Promise<Closing[]>;
  /** Forgets a program in every lane. */
  release(program: number): void;
  dispose(): void;
}

interface Slot {
  readonly handle: LaneHandle;
  readonly compiled: Map<number, Promise<void>>;
  /** Rejects the calls that wait for the lane. */
  readonly pending: Set<(error: Error) => void>;
  dead: LaneLost | undefined;
}

/** Pieces that a lane holds at once: one it runs, one that waits, so that it never idles for a message. */
const IN_HAND = 2;
/** Times that a piece may go down with its lane. */
const MOST_LOSSES = 2;

export function createPool(size: number, spawn: () => LaneHandle): Pool {
  if (!Number.isInteger(size) || size < 1) throw new RangeError(`${size} lanes; use a whole number from 1`);
  const start = (): Slot => {
    const slot: Slot = { handle: spawn(), compiled: new Map(), pending: new Set(), dead: undefined };
    void slot.handle.died.then((error) => {
      slot.dead = new LaneLost(error.message);
      for (const reject of slot.pending) reject(slot.dead);
    });
    return slot;
  };
  const slots = Array.from({ length: size }, start);

  const compile = ({ handle, compiled }: Slot, program: LaneProgram): Promise<void> => {
    const known = compiled.get(program.id);
    if (known !== undefined) return known;
    const fresh = handle.lane.compile(program);
    compiled.set(program.id, fresh);
    return fresh;
  };

  /** Any call into a lane ends when the lane does. */
  const alive = <T>({ pending, dead }: Slot, call: Promise<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (dead !== undefined) reject(dead);
      pending.add(reject);
      call.then(resolve, reject).finally(() => pending.delete(reject));
    });

  return {
    size,
    async run<Piece, Closing>(work: PoolWork<Piece, Closing>, signal?: AbortSignal): Promise<Closing[]> {
      signal?.throwIfAborted();
      const waiting = Array.from({ length: work.pieces }, (_, i) => i);
      const losses = new Uint8Array(work.pieces);
      const arrived = new Map<number, Piece>();
      const { ahead = Number.POSITIVE_INFINITY } = work;
      let due = 0;
      let stopped = false;
      /** Those that would be too far ahead. */
      const resting = new Set<() => void>();
      const wake = () => {
        for (const resume of resting) resume();
        resting.clear();
      };
      const deliver = (piece: number, result: Piece) => {
        if (piece >= due) arrived.set(piece, result);
        for (let next = arrived.get(due); next !== undefined; next = arrived.get(due)) {
          arrived.delete(due);
          try {
            work.onPiece(due++, next);
          } catch (error) {
            // Nobody is to hear of what others finish meanwhile.
            stopped = true;
            throw error;
          }
        }
        wake();
      };
      /** The next piece, once it is not too far ahead; undefined when none is left. */
      const take = async (givenUp: () => boolean): Promise<number | undefined> => {
        for (let piece = waiting[0]; piece !== undefined && !givenUp(); piece = waiting[0]) {
          if (piece < due + ahead) return waiting.shift();
          await new Promise<void>((resume) => resting.add(resume));
        }
        return undefined;
      };

      /** One slot's share of the job; starts over on a new lane when the old one dies. */
      const drive = async (index: number): Promise<Closing | undefined> => {
        for (;;) {
          const slot = slots[index];
          if (slot === undefined) throw new RangeError(`lane ${index} of ${slots.length}`);
          const own: number[] = [];
          const running = new Set<number>();
          let lost = false;
          try {
            if (waiting.length === 0) return undefined;
            await alive(slot, compile(slot, work.program));
            await alive(slot, work.begin(slot.handle.lane));
            const hand = async () => {
              const givenUp = () => stopped || lost;
              for (let piece = await take(givenUp); piece !== undefined; piece = await take(givenUp)) {
                own.push(piece);
                running.add(piece);
                const result = await alive(slot, work.run(slot.handle.lane, piece));
                if (stopped || lost) return;
                running.delete(piece);
                deliver(piece, result);
              }
            };
            await Promise.all(Array.from({ length: IN_HAND }, hand));
            return stopped ? undefined : await alive(slot, work.finish(slot.handle.lane));
          } catch (error) {
            if (!(error instanceof LaneLost) || stopped) throw error;
            lost = true;
            // What the lane had counted is gone with it, so all its pieces run again.
            for (const piece of running) {
              losses[piece] = (losses[piece] ?? 0) + 1;
              if ((losses[piece] ?? 0) >= MOST_LOSSES)
                throw new DeviceError(
                  `a WebAssembly worker stopped twice on the same patients: ${error.message}`,
                );
            }
            if (running.size === 0 && ++idleLosses > slots.length)
              throw new DeviceError(`WebAssembly workers do not start: ${error.message}`);
            // First ones first: others may be waiting for them.
            waiting.push(...own);
            waiting.sort((a, b) => a - b);
            wake();
            if (slots[index] === slot) {
              slot.handle.dispose();
              slots[index] = start();
            }
          }
        }
      };
      let idleLosses = 0;

      const stop = () => {
        stopped = true;
        waiting.length = 0;
        wake();
        for (const { handle } of slots) void work.cancel(handle.lane).catch(() => undefined);
      };
      let refuse = () => {};
      const aborted = new Promise<never>((_, reject) => {
        refuse = () => reject(signal?.reason);
      });
      signal?.addEventListener('abort', refuse, { once: true });
      try {
        const results = await Promise.race([Promise.all(slots.map((_, index) => drive(index))), aborted]);
        return results.flatMap((result) => (result === undefined ? [] : [result]));
      } catch (error) {
        stop();
        throw error;
      } finally {
        signal?.removeEventListener('abort', refuse);
      }
    },
    release(program) {
      for (const { handle, compiled } of slots)
        if (compiled.delete(program)) void handle.lane.release(program).catch(() => undefined);
    },
    dispose() {
      for (const { handle } of slots) handle.dispose();
    },
  };
}

class LaneLost extends Error {
  override readonly name = 'LaneLost';
}
