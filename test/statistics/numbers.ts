// What the tests of statistics share: a uniform source with a seed, relative agreement, and R's numbers as columns.
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { keyOfSeed, philox, uniformOfWords } from '../../src/engine/philox.ts';

/** Uniforms in (0, 1): the same for the same seed. */
export function uniformSource(seed: number): () => number {
  const key = keyOfSeed(String(seed));
  let next = 0;
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const [a, b, c, d] = philox([next++, 0, 0, 0], key);
    spare = uniformOfWords(c, d);
    return uniformOfWords(a, b);
  };
}

export const exponential = (uniform: () => number, rate: number): number => -Math.log(uniform()) / rate;

/** Box-Muller: good enough for tests. */
export const normal = (uniform: () => number): number =>
  Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());

/** Every number within `relative` of the expected one, or within `absolute`. NaN agrees with NaN and with R's NA. */
export function expectClose(
  actual: ArrayLike<number | null>,
  expected: ArrayLike<number | null>,
  relative = 1e-9,
  absolute = 1e-13,
): void {
  expect(actual.length).toBe(expected.length);
  const off: string[] = [];
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i] ?? Number.NaN, expected[i] ?? Number.NaN];
    if (Number.isNaN(a) && Number.isNaN(e)) continue;
    if (!(Math.abs(a - e) <= Math.max(absolute, relative * Math.abs(e)))) off.push(`[${i}] ${a} is not ${e}`);
  }
  expect(off).toEqual([]);
}

/** What the R script of this name computed (test/statistics/r). */
export function fromR<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`r/${name}.json`, import.meta.url), 'utf8'));
}
