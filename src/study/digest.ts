// SHA-256 (FIPS 180-4), synchronous and free of platform calls, so that page, worker and command line agree.
// In: bytes or text (as UTF-8). Out: 64 hexadecimal digits. For fingerprints, not for secrets.
import { canonicalBytes } from './canonical.ts';
import type { Study } from './study.ts';

// The constants are defined as the first 32 bits of the fractional parts of the square and cube roots of the first
// primes. Roots by integers: doubles would carry 32 such bits, but Math.cbrt is not the same on every machine.
const PRIMES = firstPrimes(64);
const INITIAL = Uint32Array.from(PRIMES.slice(0, 8), (p) => rootFraction(BigInt(p), 2n));
const ROUND = Uint32Array.from(PRIMES, (p) => rootFraction(BigInt(p), 3n));

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((p) => n % p !== 0)) primes.push(n);
  return primes;
}

/** First 32 bits of the fractional part of the degree-th root of n: floor(n^(1/d) * 2^32) mod 2^32. */
function rootFraction(n: bigint, degree: bigint): number {
  const target = n << (32n * degree);
  let low = 0n;
  let high = n << 32n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** degree <= target) low = middle;
    else high = middle;
  }
  return Number(low & 0xffffffffn);
}

export function sha256(input: string | Uint8Array): string {
  const bytes = typeof input === 'string' ? new TextEncoder().encode(input) : input;
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(padded.length - 4, (bytes.length << 3) >>> 0);
  const state = INITIAL.slice();
  const w = new Uint32Array(64);
  for (let block = 0; block < padded.length; block += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getUint32(block + 4 * i);
    compress(state, w);
  }
  return Array.from(state, (word) => word.toString(16).padStart(8, '0')).join('');
}

const rotate = (x: number, n: number) => (x >>> n) | (x << (32 - n));

function compress(state: Uint32Array, w: Uint32Array): void {
  const at = (words: Uint32Array, i: number) => words[i] ?? 0;
  for (let i = 16; i < 64; i++) {
    const a = at(w, i - 15);
    const b = at(w, i - 2);
    const s0 = rotate(a, 7) ^ rotate(a, 18) ^ (a >>> 3);
    const s1 = rotate(b, 17) ^ rotate(b, 19) ^ (b >>> 10);
    w[i] = at(w, i - 16) + s0 + at(w, i - 7) + s1;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let i = 0; i < 64; i++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const first = (h + s1 + ((e & f) ^ (~e & g)) + at(ROUND, i) + at(w, i)) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => {
    state[i] = at(state, i) + word;
  });
}

/**
 * Digest of everything that fixes a study's numbers: the study without what it shows and expects, its model by the
 * text's digest (so that a copy and the library's name count as the same), the version of Gemello, and the cohort
 * table's text where there is one, or the SHA-256 of it from where the text is.
 */
export function inputsDigest(
  study: Study,
  inputs: {
    readonly modelSha256: string;
    readonly gemello: string;
    readonly table?: string;
    readonly tableSha256?: string;
  },
): string {
  const { expect: _expect, show: _show, model: _model, ...rest } = study;
  return sha256(
    canonicalBytes({
      study: rest,
      model: inputs.modelSha256,
      engine: inputs.gemello,
      table: inputs.table === undefined ? inputs.tableSha256 : sha256(inputs.table),
    }),
  );
}
