// The random numbers of a run: assay noise, missed and late doses. In: streams by purpose and name, a seed. Out: a
// TableSource. Number n of a stream for a patient is a pure function of (seed, purpose, name, patient, n), so another arm,
// rule, patient or visit shifts none of them. Computed in f64, rounded once to f32: the same on every device.
import type { DrawStream } from '../codegen/happenings.ts';
import type { TableSource } from '../engine/backend.ts';
import { type Sampler, typescriptSampler } from '../engine/draws.ts';
import { keyOfSeed } from '../engine/philox.ts';
import { drawOfName, PURPOSES, sharedStreams } from '../engine/purposes.ts';

/** The second counter word is the high word of a patient's number elsewhere, and always 0 there; here it is n. */
const NEXT_NUMBER = 2 ** 32;
/** Largest f32 below 1: a uniform that rounds up to 1 would miss a dose that is always taken. */
const LARGEST_UNIFORM = 1 - 2 ** -24;

export interface DrawOptions {
  readonly seed: string;
  /** Numbers of each stream for each patient. */
  readonly rows: number;
  /** By stream, how many of them can be asked for; the others are not made, and NaN. */
  readonly own?: readonly number[];
  /** One patient without variability: readings are exact. Whether a dose is taken has no middle and stays drawn. */
  readonly typical?: boolean;
  readonly sampler?: Sampler;
}

export type NamedStream = Pick<DrawStream, 'kind' | 'purpose' | 'name'>;

/** Fields: a time that nobody looks at, then the streams in their order. */
export function drawTable(streams: readonly NamedStream[], options: DrawOptions): TableSource {
  const { seed, rows, own = [], typical = false, sampler = typescriptSampler } = options;
  const key = keyOfSeed(seed);
  const codes = streams.map(({ purpose, name }) => ({ purpose: PURPOSES[purpose], draw: drawOfName(name) }));
  return {
    key: JSON.stringify([seed, rows, own, typical, streams.map(({ kind, name }) => [kind, name]), codes]),
    rows,
    read(first, count) {
      const values = new Float64Array((streams.length + 1) * rows * count);
      streams.forEach(({ kind }, k) => {
        const { purpose = 0, draw = 0 } = codes[k] ?? {};
        if (typical && kind === 'normal') return;
        const made = Math.min(rows, own[k] ?? rows);
        values.fill(Number.NaN, ((k + 1) * rows + made) * count, (k + 2) * rows * count);
        for (let n = 0; n < made; n++) {
          const start = ((k + 1) * rows + n) * count;
          const out = values.subarray(start, start + count);
          sampler[kind](key, purpose, draw, n * NEXT_NUMBER + first, out);
          for (let i = 0; i < count; i++) {
            const value = Math.fround(out[i] ?? Number.NaN);
            out[i] = kind === 'uniform' ? Math.min(value, LARGEST_UNIFORM) : value;
          }
        }
      });
      return values;
    },
  };
}

/** Two streams of one purpose that would draw the same numbers. */
export function drawConflicts(streams: readonly NamedStream[]): readonly string[] {
  return [...new Set(streams.map(({ purpose }) => purpose))].flatMap((purpose) =>
    sharedStreams(streams.filter((s) => s.purpose === purpose).map(({ name }) => name)),
  );
}
