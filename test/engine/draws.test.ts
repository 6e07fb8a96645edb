import { describe, expect, test } from 'vitest';
import { createDraws, keptBytes, type Sampler, typescriptSampler } from '../../src/engine/draws.ts';
import { philox, uniformOfWords } from '../../src/engine/philox.ts';
import { drawOfName } from '../../src/engine/purposes.ts';
import { normal_cdf } from '../../src/language/math.ts';
import {
  chiSquareDeviate,
  covarianceOf,
  DRAWS,
  KOLMOGOROV_BAR,
  kolmogorov,
  moments,
  NORMAL_BAR,
} from './statistics.ts';

const N = DRAWS;
const uniforms = (name: string, seed = '1', purpose: 'covariate' | 'random effect' = 'covariate') =>
  createDraws(seed).read('uniform', purpose, name, 0, N);
const normals = (name: string, seed = '1') => createDraws(seed).read('normal', 'random effect', name, 0, N);

describe('standard draws', () => {
  test('are those of the counter (patient, name, purpose)', () => {
    const u = createDraws('7').read('uniform', 'random effect', 'eta_cl', 100_000, 3);
    u.forEach((value, i) => {
      const [w0, w1] = philox([100_000 + i, 0, drawOfName('eta_cl'), 2], [7, 0]);
      expect(value).toBe(uniformOfWords(w0, w1));
    });
  });

  test('are the same bits for any chunking, from the cache and past it', () => {
    const draws = createDraws('3');
    const whole = draws.read('normal', 'covariate', 'WT', 0, 20_000);
    for (const [first, count] of [
      [0, 20_000],
      [1, 1],
      [17, 300],
      [4000, 200],
      [4095, 4098],
      [12_288, 7712],
      [19_999, 1],
      [5, 0],
    ] as const) {
      expect(draws.read('normal', 'covariate', 'WT', first, count)).toEqual(
        whole.subarray(first, first + count),
      );
    }
    for (let seed = 0; seed < 3; seed++)
      createDraws(String(seed)).read('uniform', 'covariate', 'AGE', 0, 20_000);
    expect(draws.read('normal', 'covariate', 'WT', 0, 20_000)).toEqual(whole);
  });

  test('cannot be spoiled by a caller that writes into what it was given', () => {
    const draws = createDraws('4');
    const kept = draws.read('uniform', 'covariate', 'WT', 0, 5000).slice();
    draws.read('uniform', 'covariate', 'WT', 0, 5000).fill(9);
    expect(draws.read('uniform', 'covariate', 'WT', 0, 5000)).toEqual(kept);
  });

  test('are made once while the seed stays, and take bounded memory', () => {
    let made = 0;
    const counting: Sampler = {
      ...typescriptSampler,
      uniform(key, purpose, draw, first, out) {
        made += out.length;
        out.fill((first + draw + purpose + key[0]) % 1);
      },
    };
    const draws = createDraws('999', counting);
    draws.read('uniform', 'adherence', 'once', 0, 10_000);
    const first = made;
    draws.read('uniform', 'adherence', 'once', 0, 10_000);
    createDraws('0999', counting).read('uniform', 'adherence', 'once', 3000, 7000);
    expect(made).toBe(first);
    draws.read('uniform', 'adherence', 'many', 0, 12_000_000);
    expect(keptBytes()).toBeLessThanOrEqual(48 * 1024 * 1024);
    expect(keptBytes()).toBeGreaterThan(40 * 1024 * 1024);
  });
});

describe(`statistics of ${N} draws`, () => {
  test('uniforms fill 1000 bins evenly', () => {
    const counts = new Array<number>(1000).fill(0);
    for (const u of uniforms('x')) counts[Math.floor(u * 1000)] = (counts[Math.floor(u * 1000)] ?? 0) + 1;
    expect(
      Math.abs(
        chiSquareDeviate(
          counts,
          counts.map(() => N / 1000),
        ),
      ),
    ).toBeLessThan(NORMAL_BAR);
  });

  test('uniforms fill the 32 x 32 squares of two names, of neighbours, of two seeds and of two purposes evenly', () => {
    const x = uniforms('x');
    const next = Float64Array.from(x, (_, i) => x[(i + 1) % N] ?? 0);
    for (const other of [uniforms('y'), next, uniforms('x', '2'), uniforms('x', '1', 'random effect')]) {
      const counts = new Array<number>(1024).fill(0);
      for (let i = 0; i < N; i++) {
        const k = Math.floor((x[i] ?? 0) * 32) * 32 + Math.floor((other[i] ?? 0) * 32);
        counts[k] = (counts[k] ?? 0) + 1;
      }
      expect(
        Math.abs(
          chiSquareDeviate(
            counts,
            counts.map(() => N / 1024),
          ),
        ),
      ).toBeLessThan(NORMAL_BAR);
    }
  });

  test('uniforms and normals follow their distribution functions', () => {
    expect(kolmogorov(uniforms('x'), (u) => u)).toBeLessThan(KOLMOGOROV_BAR);
    expect(kolmogorov(normals('x'), normal_cdf)).toBeLessThan(KOLMOGOROV_BAR);
  });

  test('the low word matters: the bits below 2^-32 are even too', () => {
    const low = uniforms('x').map((u) => (u * 2 ** 32) % 1);
    expect(kolmogorov(low, (u) => u)).toBeLessThan(KOLMOGOROV_BAR);
  });

  test('normals have mean 0, variance 1, no skew and kurtosis 3, within 4 standard errors', () => {
    const z = normals('x');
    const { mean, variance } = moments(z);
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(N));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / N));
    expect(Math.abs(moments(z.map((x) => x ** 3)).mean)).toBeLessThan(4 * Math.sqrt(15 / N));
    expect(Math.abs(moments(z.map((x) => x ** 4)).mean - 3)).toBeLessThan(4 * Math.sqrt(96 / N));
  });

  test('normals of two names and of neighbours are uncorrelated', () => {
    const z = normals('x');
    expect(Math.abs(covarianceOf(z, normals('y')))).toBeLessThan(4 / Math.sqrt(N));
    expect(Math.abs(covarianceOf(z.subarray(0, N - 1), z.subarray(1)))).toBeLessThan(4 / Math.sqrt(N));
  });

  test.each([2, 3, 3.5])('as many normals beyond %d on either side as there should be', (bar) => {
    const share = normal_cdf(-bar);
    for (const side of [1, -1]) {
      const beyond = normals('x').filter((z) => side * z > bar).length;
      expect(Math.abs(beyond - N * share)).toBeLessThan(NORMAL_BAR * Math.sqrt(N * share));
    }
  });
});
