import { describe, expect, test } from 'vitest';
import { cholesky } from '../../src/study/covariance.ts';

/** L times its transpose. */
function product(lower: Float64Array, size: number): number[][] {
  return Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_, j) => {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += (lower[i * size + k] ?? 0) * (lower[j * size + k] ?? 0);
      return sum;
    }),
  );
}
const factorOf = (matrix: number[][]) => {
  const factor = cholesky(
    matrix,
    matrix.map((_, i) => `e${i + 1}`),
  );
  if (factor.kind === 'refused') throw new Error(factor.reason);
  return factor;
};
const reasonOf = (matrix: number[][]) => {
  const factor = cholesky(
    matrix,
    matrix.map((_, i) => `e${i + 1}`),
  );
  return factor.kind === 'refused' ? factor.reason : 'accepted';
};

describe('the factor of a block', () => {
  test('is the square root of a single variance', () => {
    expect([...factorOf([[0.25]]).lower]).toEqual([0.5]);
  });

  test('has the closed form of two effects: (sd1, 0; r sd2, sqrt(1 - r^2) sd2)', () => {
    const [a, b, r] = [0.3, 0.2, 0.6];
    const { lower } = factorOf([
      [a * a, r * a * b],
      [r * a * b, b * b],
    ]);
    [a, 0, r * b, 0.8 * b].forEach((value, i) => {
      expect(lower[i]).toBeCloseTo(value, 14);
    });
  });

  test('multiplied by its transpose gives back the classical 3 x 3 example, with factor (2; 6 1; -8 5 3)', () => {
    const matrix = [
      [4, 12, -16],
      [12, 37, -43],
      [-16, -43, 98],
    ];
    const { lower } = factorOf(matrix);
    expect([...lower]).toEqual([2, 0, 0, 6, 1, 0, -8, 5, 3]);
    expect(product(lower, 3)).toEqual(matrix);
  });

  test('accepts a variance of zero anywhere: the effect is off, the others are untouched', () => {
    const { lower } = factorOf([
      [0.04, 0, 0.01],
      [0, 0, 0],
      [0.01, 0, 0.09],
    ]);
    const back = product(lower, 3);
    expect(back[1]).toEqual([0, 0, 0]);
    expect(back[0]?.[2]).toBeCloseTo(0.01, 15);
    expect(back[2]?.[2]).toBeCloseTo(0.09, 15);
  });

  test('accepts a correlation of exactly one', () => {
    const { lower } = factorOf([
      [0.09, 0.06],
      [0.06, 0.04],
    ]);
    expect(lower[3]).toBe(0);
    expect(lower[2]).toBeCloseTo(0.2, 15);
  });
});

describe('a matrix that no population has is refused', () => {
  test('for a negative variance', () => {
    expect(reasonOf([[-0.1]])).toBe('the variance of e1 is -0.1; a variance is 0 or more');
  });

  test('for a pair with a correlation beyond one, with the limit', () => {
    expect(
      reasonOf([
        [0.09, 0.07],
        [0.07, 0.04],
      ]),
    ).toBe(
      'the covariance of e1 and e2 is 0.07, but with variances 0.09 and 0.04 it cannot exceed 0.06 in size',
    );
  });

  test('for a covariance with an effect whose variance is zero', () => {
    expect(
      reasonOf([
        [0, 0.01],
        [0.01, 0.04],
      ]),
    ).toBe('the covariance of e1 and e2 is 0.01, but with variances 0 and 0.04 it cannot exceed 0 in size');
  });

  test('for three effects that contradict each other while each pair is possible', () => {
    expect(
      reasonOf([
        [1, 0.9, -0.9],
        [0.9, 1, 0.9],
        [-0.9, 0.9, 1],
      ]),
    ).toBe(
      'the covariance matrix is not positive semi-definite: each pair is possible, all together are not; bring the covariances closer to 0',
    );
  });

  test('for a value that is not a number', () => {
    expect(
      reasonOf([
        [1, Number.NaN],
        [Number.NaN, 1],
      ]),
    ).toBe('the covariance of e1 and e2 is NaN, not a number that can be drawn from');
  });
});
