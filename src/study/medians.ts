// Medians of a cohort's covariates, exact, in memory that does not grow with the patients. In: a reader of columns (f32, as
// patients have them), which of them. Out: the middle value, or halfway between the middle two. Two walks over the cohort:
// the first counts the upper halves of the floats' bits, the second the lower halves where a middle value lies.

/** Column-major values of patients first .. first + count - 1, as of a ColumnSource. */
export type ReadColumns = (first: number, count: number) => Float32Array;

const STRETCH = 4096;
const HALF = 65_536;

/** No read goes across a multiple of `each`: studies are read apart. */
export function mediansOf(
  read: ReadColumns,
  patients: number,
  columns: readonly number[],
  each = patients,
): number[] {
  if (columns.length === 0) return [];
  const walk = (see: (place: number, key: number) => void) => {
    for (let first = 0, count = 0; first < patients; first += count) {
      count = Math.min(STRETCH, each - (first % each), patients - first);
      const values = read(first, count);
      const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
      columns.forEach((column, place) => {
        for (let i = 0; i < count; i++) see(place, orderOf(words[column * count + i] ?? 0));
      });
    }
  };
  const upper = columns.map(() => new Uint32Array(HALF));
  walk((place, key) => {
    const own = upper[place];
    if (own) own[key >>> 16] = (own[key >>> 16] ?? 0) + 1;
  });
  const ranks = [Math.floor((patients - 1) / 2), Math.ceil((patients - 1) / 2)];
  /** By column: for both middle ranks the upper half of the bits, and the rank within it. */
  const found = upper.map((counts) => ranks.map((rank) => placeOf(counts, rank)));
  const lower = found.map((places) => places.map(() => new Uint32Array(HALF)));
  walk((place, key) => {
    found[place]?.forEach(({ bin }, r) => {
      const own = bin === key >>> 16 ? lower[place]?.[r] : undefined;
      if (own) own[key & 0xffff] = (own[key & 0xffff] ?? 0) + 1;
    });
  });
  return found.map((places, place) => {
    const [low = Number.NaN, high = Number.NaN] = places.map(({ bin, within }, r) =>
      floatOf(((bin << 16) | placeOf(lower[place]?.[r] ?? new Uint32Array(0), within).bin) >>> 0),
    );
    return low + (high - low) / 2;
  });
}

/** The bin that holds the rank-th value (from 0), and its rank in there. */
function placeOf(counts: Uint32Array, rank: number): { readonly bin: number; readonly within: number } {
  let before = 0;
  for (let bin = 0; bin < counts.length; bin++) {
    const here = counts[bin] ?? 0;
    if (rank < before + here) return { bin, within: rank - before };
    before += here;
  }
  throw new RangeError(`rank ${rank} of ${before} values`);
}

/** A float's bits as an unsigned number that ascends with it. */
const orderOf = (word: number): number => (word >>> 31 === 0 ? word | 0x80000000 : ~word) >>> 0;

const single = new Uint32Array(1);
const float = new Float32Array(single.buffer);
function floatOf(key: number): number {
  single[0] = key >>> 31 === 1 ? key & 0x7fffffff : ~key;
  return float[0] ?? Number.NaN;
}
