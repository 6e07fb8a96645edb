// Philox4x32-10, the counter-based generator (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3",
// SC 2011). In: a 128-bit counter and a 64-bit key. Out: four 32-bit words, or uniforms made of two of them.
// 32-bit integer operations only, so WebAssembly and WGSL give the same words. It holds no state.

export type Counter = readonly [number, number, number, number];
export type Key = readonly [number, number];

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
/** Key increments: the golden ratio and sqrt(3) - 1 in 32 bits. */
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** High word of a 32 x 32 bit product, by 16-bit halves; no partial sum exceeds 32 bits. */
function mulHigh(a: number, b: number): number {
  const al = a & 0xffff;
  const ah = a >>> 16;
  const bl = b & 0xffff;
  const bh = b >>> 16;
  const cross = (Math.imul(ah, bl) + (Math.imul(al, bl) >>> 16)) | 0;
  const other = (Math.imul(al, bh) + (cross & 0xffff)) | 0;
  return (Math.imul(ah, bh) + (cross >>> 16) + (other >>> 16)) | 0;
}

/** The four words of (c0, c1, c2, c3) under (k0, k1), written to words[0 .. 3]. */
function block(
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
  words: Uint32Array,
): void {
  for (let round = 0; round < 10; round++) {
    const high0 = mulHigh(M0, c0);
    const high1 = mulHigh(M1, c2);
    const low0 = Math.imul(M0, c0);
    const low1 = Math.imul(M1, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + W0) | 0;
    k1 = (k1 + W1) | 0;
  }
  words[0] = c0;
  words[1] = c1;
  words[2] = c2;
  words[3] = c3;
}

export function philox(counter: Counter, key: Key): Counter {
  const words = new Uint32Array(4);
  block(counter[0] | 0, counter[1] | 0, counter[2] | 0, counter[3] | 0, key[0] | 0, key[1] | 0, words);
  return [words[0] ?? 0, words[1] ?? 0, words[2] ?? 0, words[3] ?? 0];
}

/** Seeds are 64-bit unsigned, written in decimal digits. */
export const SEED_LIMIT = 1n << 64n;

export function isSeed(seed: string): boolean {
  return /^[0-9]{1,20}$/.test(seed) && BigInt(seed) < SEED_LIMIT;
}

/** [low word, high word]; throws RangeError for anything but the decimal digits of a number below 2^64. */
export function keyOfSeed(seed: string): Key {
  if (!isSeed(seed)) {
    throw new RangeError(
      `seed "${seed}" is not a whole number from 0 to 18446744073709551615; write decimal digits only`,
    );
  }
  const value = BigInt(seed);
  return [Number(value & 0xffffffffn), Number(value >> 32n)];
}

/**
 * The uniform of two words: (52 bits + 1/2) * 2^-52, so 2^-53 <= u <= 1 - 2^-53, and 1 - u is exact. Not 53 bits:
 * adding 1/2 to a 53-bit integer rounds, and the largest would become 1.
 */
export function uniformOfWords(w0: number, w1: number): number {
  return ((w0 >>> 0) * 1048576 + (w1 >>> 12) + 0.5) * 2.220446049250313e-16;
}

/** All words of counters (0, second, draw, purpose), (1, second, draw, purpose), ...: four draws a counter. */
export function fillWords(key: Key, purpose: number, draw: number, second: number, out: Uint32Array): void {
  const words = new Uint32Array(4);
  for (let i = 0; i < out.length; i += 4) {
    block((i / 4) | 0, second | 0, draw | 0, purpose | 0, key[0] | 0, key[1] | 0, words);
    // One by one: `set` costs more than the words do. What is past the end is not written.
    for (let k = 0; k < 4; k++) out[i + k] = words[k] ?? 0;
  }
}

/** Uniforms of patients first .. first + out.length - 1 of one quantity (words 0 and 1). */
export function fillUniforms(
  key: Key,
  purpose: number,
  draw: number,
  first: number,
  out: Float64Array,
): void {
  const words = new Uint32Array(4);
  for (let i = 0; i < out.length; i++) {
    const patient = first + i;
    const high = Math.floor(patient / 4294967296);
    block(patient | 0, high | 0, draw | 0, purpose | 0, key[0] | 0, key[1] | 0, words);
    out[i] = uniformOfWords(words[0] ?? 0, words[1] ?? 0);
  }
}
