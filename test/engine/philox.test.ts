import { describe, expect, test } from 'vitest';
import {
  fillUniforms,
  fillWords,
  isSeed,
  keyOfSeed,
  philox,
  uniformOfWords,
} from '../../src/engine/philox.ts';
import { drawOfName, PURPOSES, sharedStreams } from '../../src/engine/purposes.ts';

const hex = (words: readonly number[]) => words.map((w) => w.toString(16).padStart(8, '0')).join(' ');

/** The same ten rounds in 64-bit integers, written from the paper's formulas: a second method. */
function philoxInBigInt(counter: readonly number[], key: readonly number[]): number[] {
  const mask = 0xffffffffn;
  let [a, b, c, d] = counter.map((w) => BigInt(w >>> 0)) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key.map((w) => BigInt(w >>> 0)) as [bigint, bigint];
  for (let round = 0; round < 10; round++) {
    const p = 0xd2511f53n * a;
    const q = 0xcd9e8d57n * c;
    [a, b, c, d] = [(q >> 32n) ^ b ^ k0, q & mask, (p >> 32n) ^ d ^ k1, p & mask];
    k0 = (k0 + 0x9e3779b9n) & mask;
    k1 = (k1 + 0xbb67ae85n) & mask;
  }
  return [a, b, c, d].map(Number);
}

describe('Philox4x32-10', () => {
  test.each([
    ['zeros', [0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [
      'ones',
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      '408f276d 41c83b0e a20bc7c6 6d5451fd',
    ],
    [
      'the digits of pi',
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      'd16cfe09 94fdcceb 5001e420 24126ea1',
    ],
  ] as const)('gives the published words for %s', (_, counter, key, words) => {
    expect(hex(philox(counter, key))).toBe(words);
  });

  test('agrees with 64-bit integer arithmetic on two thousand counters and keys', () => {
    let state = 12345;
    const next = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state;
    };
    for (let i = 0; i < 2000; i++) {
      const counter = [next(), next(), next(), next()] as const;
      const key = [next(), next()] as const;
      expect(philox(counter, key)).toEqual(philoxInBigInt(counter, key));
    }
  });
});

describe('seeds', () => {
  test('are decimal numbers below 2^64, split into low and high word', () => {
    expect(keyOfSeed('1')).toEqual([1, 0]);
    expect(keyOfSeed('4294967296')).toEqual([0, 1]);
    expect(keyOfSeed('18446744073709551615')).toEqual([0xffffffff, 0xffffffff]);
  });

  test.each(['', '-1', '1.5', '0x10', '1e3', ' 1', '18446744073709551616', '999999999999999999999'])(
    'refuse "%s"',
    (seed) => {
      expect(isSeed(seed)).toBe(false);
      expect(() => keyOfSeed(seed)).toThrow(
        `seed "${seed}" is not a whole number from 0 to 18446744073709551615`,
      );
    },
  );
});

describe('uniforms', () => {
  test('lie strictly between 0 and 1, symmetrically, and 1 - u is exact', () => {
    const smallest = uniformOfWords(0, 0);
    const largest = uniformOfWords(0xffffffff, 0xffffffff);
    expect(smallest).toBe(2 ** -53);
    expect(largest).toBe(1 - 2 ** -53);
    expect(largest).toBeLessThan(1);
    expect(1 - largest).toBe(smallest);
    expect(uniformOfWords(0x80000000, 0)).toBe(0.5 + 2 ** -53);
  });

  test('take 52 bits: the upper ones from word 0, the rest from the top of word 1', () => {
    expect(uniformOfWords(1, 0) - uniformOfWords(0, 0)).toBe(2 ** -32);
    expect(uniformOfWords(0, 1 << 12) - uniformOfWords(0, 0)).toBe(2 ** -52);
    expect(uniformOfWords(0, 0xfff)).toBe(uniformOfWords(0, 0));
  });

  test('of a range are those of the counters (patient low, patient high, draw, purpose), beyond 2^32 patients too', () => {
    const key = keyOfSeed('81985529216486895');
    for (const first of [0, 17, 2 ** 31 - 2, 2 ** 32 - 2, 3 * 2 ** 32 + 5]) {
      const out = new Float64Array(4);
      fillUniforms(key, 2, 0xdeadbeef, first, out);
      out.forEach((u, i) => {
        const patient = first + i;
        const words = philoxInBigInt([patient % 2 ** 32, Math.floor(patient / 2 ** 32), 0xdeadbeef, 2], key);
        expect(u).toBe(uniformOfWords(words[0] ?? 0, words[1] ?? 0));
      });
    }
  });
});

test('words of many counters are those of the counters, one after another', () => {
  const key = keyOfSeed('987654321987');
  const out = new Uint32Array(10);
  fillWords(key, 9, 77, 3, out);
  const wanted = [0, 1, 2].flatMap((i) => philox([i, 3, 77, 9], key));
  expect([...out]).toEqual(wanted.map((word) => word >>> 0).slice(0, 10));
});

describe('purposes and streams', () => {
  test('the registry is what old links were made with: only ever append', () => {
    expect(Object.entries(PURPOSES).slice(0, 9)).toEqual([
      ['covariate', 1],
      ['random effect', 2],
      ['residual error', 3],
      ['adherence', 4],
      ['certificate', 5],
      ['parameter uncertainty', 6],
      ['occasion', 7],
      ['next event', 8],
      ['bootstrap', 9],
    ]);
    const numbers = Object.values(PURPOSES);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(Math.min(...numbers)).toBe(1);
  });

  test("a name's stream is its FNV-1a hash (published vectors)", () => {
    expect(drawOfName('')).toBe(0x811c9dc5);
    expect(drawOfName('a')).toBe(0xe40c292c);
    expect(drawOfName('foobar')).toBe(0xbf9cf968);
  });

  test('two names with the same hash are refused by name', () => {
    expect(drawOfName('costarring')).toBe(drawOfName('liquid'));
    expect(sharedStreams(['WT', 'costarring', 'AGE', 'liquid'])).toEqual([
      '"costarring" and "liquid" would draw the same random numbers (their hashes agree); rename one of them',
    ]);
    expect(sharedStreams(['WT', 'AGE', 'eta_cl'])).toEqual([]);
  });
});
