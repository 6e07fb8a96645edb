// Standard draws: the uniform u and the normal z of each (seed, purpose, name, patient), in deterministic f64.
// They depend on nothing that a slider moves, so they are made once and kept, in blocks and within a bound.
// Patient 17 has the same draws for any cohort size, chunk or order of reading.
import { normal_quantile } from '../language/math.ts';
import { fillUniforms, type Key, keyOfSeed } from './philox.ts';
import { drawOfName, PURPOSES, type Purpose } from './purposes.ts';

export type StandardKind = 'uniform' | 'normal';

/** Makes draws of patients first .. first + out.length - 1. Any other implementation must give the same bits. */
export interface Sampler {
  uniform(key: Key, purpose: number, draw: number, first: number, out: Float64Array): void;
  normal(key: Key, purpose: number, draw: number, first: number, out: Float64Array): void;
}

export const typescriptSampler: Sampler = {
  uniform: fillUniforms,
  normal(key, purpose, draw, first, out) {
    fillUniforms(key, purpose, draw, first, out);
    for (let i = 0; i < out.length; i++) out[i] = normal_quantile(out[i] ?? 0.5);
  },
};

export interface Draws {
  readonly seed: string;
  /** f64 draws of one quantity; the caller must not write into them. */
  read(kind: StandardKind, purpose: Purpose, name: string, first: number, count: number): Float64Array;
}

/** Patients in a kept block. Ranges are read from whole blocks; short ranges (single patients) go straight through. */
const BLOCK = 4096;
const SHORT = 256;
/** Bytes kept over all seeds and quantities: 6 columns of a million patients. */
const CACHE_BYTES = 48 * 1024 * 1024;

/** Least recently used blocks first (a Map keeps the order of insertion). */
const blocks = new Map<string, Float64Array>();

export function keptBytes(): number {
  return blocks.size * BLOCK * Float64Array.BYTES_PER_ELEMENT;
}

/** Throws RangeError when `seed` is not a decimal 64-bit number. */
export function createDraws(seed: string, sampler: Sampler = typescriptSampler): Draws {
  const key = keyOfSeed(seed);
  const fixed = BigInt(seed).toString();

  const block = (kind: StandardKind, purpose: Purpose, draw: number, number: number): Float64Array => {
    const address = `${fixed} ${PURPOSES[purpose]} ${draw} ${kind} ${number}`;
    const kept = blocks.get(address);
    if (kept) {
      blocks.delete(address);
      blocks.set(address, kept);
      return kept;
    }
    const made = new Float64Array(BLOCK);
    sampler[kind](key, PURPOSES[purpose], draw, number * BLOCK, made);
    blocks.set(address, made);
    for (const oldest of blocks.keys()) {
      if (keptBytes() <= CACHE_BYTES) break;
      blocks.delete(oldest);
    }
    return made;
  };

  return {
    seed: fixed,
    read(kind, purpose, name, first, count) {
      const draw = drawOfName(name);
      const out = new Float64Array(count);
      if (count <= SHORT) {
        sampler[kind](key, PURPOSES[purpose], draw, first, out);
        return out;
      }
      for (let done = 0; done < count; ) {
        const number = Math.floor((first + done) / BLOCK);
        const from = first + done - number * BLOCK;
        const take = Math.min(BLOCK - from, count - done);
        out.set(block(kind, purpose, draw, number).subarray(from, from + take), done);
        done += take;
      }
      return out;
    },
  };
}
