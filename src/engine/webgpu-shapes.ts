// Which shape of the loops (shaders/loops) an adapter runs faster. In: what chunks of real runs took. Out: the shape of the
// next chunk. Results are the same to the bit whichever ran, so the measurement is the work itself; it is taken once per
// adapter, in a run long enough for it to matter, and remembered in memory and, where the caller has one, in a store.

/** How the loops over a patient's segments and steps are laid out. Changes no bit of any result. */
export const SHAPES = ['nested', 'flat'] as const;
export type Shape = (typeof SHAPES)[number];

/** localStorage, or anything like it. */
export interface ShapeStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

export interface ShapeTrial {
  /** Shape of the next chunk. */
  readonly shape: Shape;
  /** Whether flat should be compiled: nothing is known yet, and runs are long. */
  readonly wanted: boolean;
  /** What a chunk took and how many steps were in it; `ready`: flat is compiled. */
  note(shape: Shape, ms: number, steps: number, ready: boolean): void;
}

/** A chunk under this tells more about dispatching than about stepping [ms]. */
const LEAST_MS = 5;
/** Chunks of a run before flat is compiled, and chunks of each shape that are compared. */
const CHUNKS_BEFORE = 3;
const CHUNKS_EACH = 3;
/** Flat must win by this much: the shape that is already there needs no compiler. */
const MARGIN = 1.05;

const known = new Map<string, Shape>();
const keyOf = (adapter: string) => `gemello loops on ${adapter}`;

/** The shape that was found faster on an adapter, if any was measured. */
export function rememberedShape(adapter: string, store?: ShapeStore): Shape | undefined {
  const kept = known.get(adapter) ?? stored(() => store?.getItem(keyOf(adapter)));
  return SHAPES.find((shape) => shape === kept);
}

export function openTrial(adapter: string, store?: ShapeStore): ShapeTrial {
  let before = 0;
  /** Steps a millisecond of every chunk that counts. */
  const rates: Record<Shape, number[]> = { nested: [], flat: [] };
  const decided = () => rememberedShape(adapter, store);
  let next: Shape = 'nested';
  return {
    get shape() {
      return decided() ?? next;
    },
    get wanted() {
      return decided() === undefined && before >= CHUNKS_BEFORE;
    },
    note(shape, ms, steps, ready) {
      if (decided() !== undefined || ms < LEAST_MS || steps === 0) return;
      before++;
      if (!ready) return;
      rates[shape].push(steps / ms);
      // In turn, so that what else the machine does falls on both.
      next = shape === 'nested' ? 'flat' : 'nested';
      if (rates.nested.length < CHUNKS_EACH || rates.flat.length < CHUNKS_EACH) return;
      const faster: Shape = median(rates.flat) > MARGIN * median(rates.nested) ? 'flat' : 'nested';
      known.set(adapter, faster);
      stored(() => store?.setItem(keyOf(adapter), faster));
    },
  };
}

/** For tests: nothing was ever measured. */
export function forgetShapes(): void {
  known.clear();
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** A store may be full, or forbidden by the browser: then the shape is measured again next time. */
function stored<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}
