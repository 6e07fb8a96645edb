// Entropy weights: closed forms (post-stratification, exponential tilting), R's optimiser, targets that cannot be met.
import { describe, expect, it } from 'vitest';
import {
  effectiveSize,
  sortedQuantile,
  weightedMean,
  weightedQuantiles,
  weightedVariance,
} from '../../src/statistics/quantiles.ts';
import { balance } from '../../src/statistics/weighting.ts';
import { type Column, constraintsOf, type Target } from '../../src/statistics/weighting-targets.ts';
import { expectClose, fromR, normal, uniformSource } from './numbers.ts';

const { weights: r } = fromR<{
  readonly weights: Record<'x' | 'y' | 'weights', number[]> & { readonly effective: number };
}>('trials');

const column = (name: string, values: ArrayLike<number>): Column => ({
  name,
  values: Float64Array.from(values),
});
const histogram = (name: string, edges: number[], shares: number[]): Target => ({
  kind: 'histogram',
  column: name,
  edges,
  shares,
});

function weigh(columns: readonly Column[], targets: readonly Target[]) {
  const found = balance(columns, targets);
  if (found.kind === 'infeasible') throw new Error(found.reasons.map(({ text }) => text).join('; '));
  return found;
}
function refusal(columns: readonly Column[], targets: readonly Target[]) {
  const found = balance(columns, targets);
  if (found.kind === 'fitted') throw new Error('fitted');
  return found;
}

// 4000 patients: weight 70 (12) kg, creatinine clearance that goes with it, age of its own.
const uniform = uniformSource(21);
const cohort = (() => {
  const n = 4000;
  const [wt, crcl, age] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  for (let i = 0; i < n; i++) {
    const z = normal(uniform);
    wt[i] = 70 + 12 * z;
    crcl[i] = 90 + 15 * z + 20 * normal(uniform);
    age[i] = 20 + 60 * uniform();
  }
  return [column('WT', wt), column('CRCL', crcl), column('AGE', age)];
})();
const [wt = new Float64Array(), crcl = new Float64Array(), age = new Float64Array()] = cohort.map(
  ({ values }) => values,
);

describe('weights that meet targets', () => {
  it('are all exactly 1 when nothing is asked, and when the cohort has it already', () => {
    const free = weigh(cohort, []);
    expect([...new Set(free.weights)]).toEqual([1]);
    expect(free).toMatchObject({ effective: 4000, largest: 1, excluded: 0 });
    const same = weigh(cohort, [{ kind: 'mean', column: 'WT', value: wt.reduce((a, b) => a + b, 0) / 4000 }]);
    expect(same.largest - 1).toBeLessThan(1e-10);
  });

  it('post-stratify a histogram: the share wanted over the share there, in closed form', () => {
    const edges = [20, 40, 60, 80];
    const shares = [0.2, 0.3, 0.5];
    const { weights, effective } = weigh(cohort, [histogram('AGE', edges, shares)]);
    const counts = [0, 1, 2].map((b) => age.filter((x) => x >= 20 + 20 * b && x < 40 + 20 * b).length);
    age.forEach((x, i) => {
      const b = Math.min(2, Math.floor((x - 20) / 20));
      expect(Math.abs((weights[i] ?? 0) - ((shares[b] ?? 0) * 4000) / (counts[b] ?? 1))).toBeLessThan(1e-8);
    });
    const squares = shares.reduce((sum, s, b) => sum + (s * s) / (counts[b] ?? 1), 0);
    expect(effective).toBeCloseTo(1 / squares, 5);
  });

  it('tilt exponentially: log weights are a straight line in the balanced column', () => {
    const { weights, achieved } = weigh(cohort, [{ kind: 'mean', column: 'WT', value: 76 }]);
    const slope = (i: number, j: number) =>
      Math.log((weights[i] ?? 0) / (weights[j] ?? 1)) / ((wt[i] ?? 0) - (wt[j] ?? 0));
    for (let i = 2; i < 40; i++) expect(slope(i, 0)).toBeCloseTo(slope(1, 0), 8);
    expect(Math.abs(slope(1, 0) - 6 / 144)).toBeLessThan(0.004); // of a normal column: shift / variance
    expect(achieved[0]?.value).toBeCloseTo(76, 8);
  });

  it("are those of R's optimiser: mean, variance and a quantile together", () => {
    const found = weigh(
      [column('x', r.x), column('y', r.y)],
      [
        { kind: 'mean', column: 'x', value: 74 },
        { kind: 'variance', column: 'x', value: 100 },
        { kind: 'share-below', column: 'y', bound: 80, share: 0.6 },
      ],
    );
    expectClose(found.weights, r.weights, 1e-5); // as far as the optimiser goes
    expectClose([found.effective], [r.effective], 1e-6);
  });

  it('meet every marginal asked, far within 1 %', () => {
    const { weights, effective, largest, achieved } = weigh(cohort, [
      { kind: 'mean', column: 'WT', value: 75 },
      { kind: 'variance', column: 'WT', value: 169 },
      { kind: 'share-below', column: 'CRCL', bound: 60, share: 0.15 },
      histogram('AGE', [20, 35, 50, 65, 80], [0.1, 0.2, 0.3, 0.4]),
    ]);
    expect(weightedMean(wt, weights)).toBeCloseTo(75, 7);
    expect(weightedVariance(wt, weights)).toBeCloseTo(169, 5);
    const [low] = weightedQuantiles(crcl, weights, [0.15]);
    expect(Math.abs((low ?? 0) - 60)).toBeLessThan(0.3); // the last patient at or under 60
    for (const { target, value } of achieved)
      expect(Math.abs(value - target)).toBeLessThan(1e-8 * Math.max(1, target));
    expect(effective).toBeCloseTo(effectiveSize(weights), 9);
    expect(effective).toBeLessThan(4000);
    expect(largest).toBe(Math.max(...weights));
    expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(4000, 8);
  });

  it('do not change with the unit of a column', () => {
    const kg = weigh(cohort, [
      { kind: 'mean', column: 'WT', value: 75 },
      { kind: 'variance', column: 'WT', value: 169 },
    ]);
    const grams = [
      column(
        'WT',
        wt.map((x) => x * 1000),
      ),
    ];
    expectClose(
      weigh(grams, [
        { kind: 'mean', column: 'WT', value: 75_000 },
        { kind: 'variance', column: 'WT', value: 169e6 },
      ]).weights,
      kg.weights,
      1e-7,
    );
  });

  it('are exactly 0 where a histogram wants nobody', () => {
    const found = weigh(cohort, [histogram('AGE', [30, 50, 60, 80], [0.5, 0, 0.5])]);
    age.forEach((x, i) => {
      if (x < 30 || (x >= 50 && x < 60)) expect(found.weights[i]).toBe(0);
      else expect(found.weights[i]).toBeGreaterThan(0);
    });
    expect(found.excluded).toBe(found.weights.filter((w) => w === 0).length);
  });

  it('count who lies on the bound as below it', () => {
    const { weights } = weigh(
      [column('x', [1, 2, 3])],
      [{ kind: 'share-below', column: 'x', bound: 2, share: 0.5 }],
    );
    expectClose(weights, [0.75, 0.75, 1.5]);
  });

  it('can repeat a target, and say the same thing twice', () => {
    const mean: Target = { kind: 'mean', column: 'WT', value: 75 };
    expectClose(weigh(cohort, [mean, mean]).weights, weigh(cohort, [mean]).weights, 1e-7);
    const half: Target = { kind: 'share-below', column: 'AGE', bound: 49.999999, share: 0.5 };
    const bins = histogram('AGE', [20, 50, 80], [0.5, 0.5]);
    expectClose(weigh(cohort, [half, bins]).weights, weigh(cohort, [bins]).weights, 1e-7);
  });

  it('are found even when they need a twentieth of the cohort', () => {
    const found = weigh(cohort, [{ kind: 'mean', column: 'WT', value: 94 }]);
    expect(weightedMean(wt, found.weights)).toBeCloseTo(94, 7);
    expect(found.effective).toBeLessThan(400);
    expect(found.largest).toBeGreaterThan(10);
  });
});

describe('targets that cannot be met', () => {
  it.each<[string, readonly Target[], string, RegExp]>([
    [
      'a mean above everyone',
      [{ kind: 'mean', column: 'WT', value: 200 }],
      'range',
      /mean of WT should be 200, but is between/,
    ],
    [
      'a mean that only one patient has',
      [{ kind: 'mean', column: 'WT', value: Math.max(...wt) }],
      'range',
      /all others weigh 0/,
    ],
    [
      'a share of nobody',
      [{ kind: 'share-below', column: 'AGE', bound: 10, share: 0.1 }],
      'range',
      /between 0 and 0/,
    ],
    [
      'bins without patients',
      [histogram('AGE', [20, 80, 90], [0.9, 0.1])],
      'uncovered',
      /no patient has AGE in 80 .. 90, where a share of 0.1/,
    ],
    [
      'shares that do not add up',
      [histogram('AGE', [20, 50, 80], [0.5, 0.6])],
      'contradiction',
      /add up to 1.1/,
    ],
    [
      'a share over 1',
      [{ kind: 'share-below', column: 'AGE', bound: 50, share: 1.2 }],
      'contradiction',
      /shares are 0 to 1/,
    ],
    ['edges that turn back', [histogram('AGE', [20, 80, 50], [0.5, 0.5])], 'contradiction', /ascend/],
    [
      'a variance without a mean',
      [{ kind: 'variance', column: 'WT', value: 100 }],
      'contradiction',
      /needs a mean/,
    ],
    [
      'two different means',
      [
        { kind: 'mean', column: 'WT', value: 70 },
        { kind: 'mean', column: 'WT', value: 72 },
      ],
      'together',
      /mean of WT; mean of WT/,
    ],
    [
      'a quantile above a later one',
      [
        { kind: 'share-below', column: 'AGE', bound: 40, share: 0.6 },
        { kind: 'share-below', column: 'AGE', bound: 60, share: 0.5 },
      ],
      'together',
      /share of AGE up to 40; share of AGE up to 60/,
    ],
    [
      'a mean against its quantile',
      [
        { kind: 'mean', column: 'AGE', value: 70 },
        { kind: 'share-below', column: 'AGE', bound: 40, share: 0.5 },
      ],
      'together',
      /mean of AGE; share of AGE/,
    ],
    [
      'a variance wider than the range allows',
      [
        { kind: 'mean', column: 'AGE', value: 60 },
        { kind: 'variance', column: 'AGE', value: 850 },
      ],
      'together',
      /variance of AGE/,
    ],
    [
      'heavy patients with poor clearance, where the two go together',
      [
        { kind: 'mean', column: 'WT', value: 100 },
        { kind: 'mean', column: 'CRCL', value: 35 },
      ],
      'together',
      /mean of WT; mean of CRCL/,
    ],
  ])('%s', (_, targets, kind, text) => {
    const { reasons } = refusal(cohort, targets);
    expect(reasons.map((reason) => reason.kind)).toContain(kind);
    expect(reasons.map((reason) => reason.text).join('\n')).toMatch(text);
  });

  it('carry a proof that anyone can check: a sum that no patient reaches and the targets ask for', () => {
    const targets: Target[] = [
      { kind: 'mean', column: 'WT', value: 100 },
      { kind: 'mean', column: 'CRCL', value: 35 },
    ];
    const [reason] = refusal(cohort, targets).reasons;
    if (reason?.kind !== 'together') throw new Error('expected the proof');
    const [a = 0, b = 0] = reason.combination.map(({ factor }) => factor);
    const reached = Math.max(...wt.map((x, i) => a * x + b * (crcl[i] ?? 0)));
    expect(a * 100 + b * 35).toBeGreaterThan(reached);
  });

  it('name the part of the target that the cohort does not cover', () => {
    const found = refusal(cohort, [histogram('AGE', [10, 20, 80, 95], [0.05, 0.9, 0.05])]);
    expect(found.uncovered).toEqual([
      { column: 'AGE', from: 10, to: 20, share: 0.05 },
      { column: 'AGE', from: 80, to: 95, share: 0.05 },
    ]);
  });

  it('are told from those that can: 400 random cohorts, targets inside and just outside their convex hull', () => {
    const source = uniformSource(77);
    const wrong: string[] = [];
    for (let k = 0; k < 400; k++) {
      const [n, size] = [8 + Math.floor(source() * 40), 1 + Math.floor(source() * 3)];
      const columns = Array.from({ length: size }, (_, c) =>
        column(
          `c${c}`,
          Array.from({ length: n }, () => (1 + c) * normal(source) ** (1 + (c % 2))),
        ),
      );
      const mix = Array.from({ length: n }, () => source() ** 4 + 0.01);
      const inside = columns.map(({ values }) => weightedMean(values, mix));
      const direction = columns.map(() => normal(source));
      const along = (point: readonly number[]) =>
        point.reduce((sum, x, c) => sum + x * (direction[c] ?? 0), 0);
      const reach = Math.max(...mix.map((_, i) => along(columns.map(({ values }) => values[i] ?? 0))));
      const squared = direction.reduce((sum, d) => sum + d * d, 0);
      const outside = inside.map(
        (x, c) => x + ((reach * 1.001 + 1e-3 - along(inside)) * (direction[c] ?? 0)) / squared,
      );
      const asked = (point: readonly number[]) =>
        balance(
          columns,
          point.map((value, c) => ({ kind: 'mean', column: `c${c}`, value })),
        );
      if (asked(inside).kind !== 'fitted') wrong.push(`${k}: refused`);
      const refused = asked(outside);
      if (reach <= 0) continue; // 1.001 times a negative reach lies inside
      if (refused.kind !== 'infeasible' || refused.reasons.some(({ kind }) => kind === 'edge'))
        wrong.push(`${k}: fitted`);
    }
    expect(wrong).toEqual([]);
  });

  it('on the edge of what patients reach together are refused, not approached', () => {
    // the only mix of these four with means (0.5, 0) leaves out two of them
    const square = [column('x', [0, 1, 0, 1]), column('y', [0, 0, 1, 1])];
    const { reasons } = refusal(square, [
      { kind: 'mean', column: 'x', value: 0.5 },
      { kind: 'mean', column: 'y', value: 0 },
    ]);
    expect(reasons[0]?.text).toMatch(/mean of y should be 0/);
    const slanted = [column('x', [0, 1, 0]), column('y', [0, 0, 1])];
    const edge = refusal(slanted, [
      { kind: 'mean', column: 'x', value: 0.5 },
      { kind: 'mean', column: 'y', value: 0.5 },
    ]);
    expect(edge.reasons[0]?.kind).toBe('edge');
  });

  it('throw for misuse: unknown columns, lengths, values that are missing', () => {
    expect(() => balance(cohort, [{ kind: 'mean', column: 'HT', value: 1 }])).toThrow(
      /no column "HT"; there are WT, CRCL, AGE/,
    );
    expect(() => balance([column('a', [1]), column('b', [1, 2])], [])).toThrow(/column b has 2 patients/);
    expect(() => constraintsOf([column('a', [1, Number.NaN])], [])).toThrow(/a of patient 2 is NaN/);
  });
});

describe('weighted quantiles and means', () => {
  it('treat a weight of 3 as three patients', () => {
    const values = Float64Array.of(5, 1, 3);
    const weights = [1, 3, 2];
    expect(weightedMean(values, weights)).toBeCloseTo(14 / 6, 14);
    expect(weightedVariance(values, weights)).toBeCloseTo((25 + 3 + 18) / 6 - (14 / 6) ** 2, 13);
    expect(weightedQuantiles(values, weights, [0.01, 0.5, 0.51, 5 / 6, 0.84])).toEqual([1, 1, 3, 3, 5]);
    expect(effectiveSize(weights)).toBeCloseTo(36 / 14, 14);
    expect(effectiveSize([2, 2, 2])).toBe(3);
  });

  it('leave out who weighs nothing, even without a value', () => {
    expect(weightedMean([1, Number.NaN], [1, 0])).toBe(1);
    expect(weightedQuantiles(Float64Array.of(0, 7), [0, 1], [0, 1])).toEqual([7, 7]);
    expect(weightedQuantiles(Float64Array.of(7), [0], [0.5])).toEqual([Number.NaN]);
  });

  it('interpolate plain quantiles by type 7, and touch what is below the limit', () => {
    expect(sortedQuantile([1, 2, 4, 8], 0.5)).toBe(3);
    expect(
      sortedQuantile(
        Array.from({ length: 101 }, (_, i) => i),
        0.07,
      ),
    ).toBe(7);
    expect(sortedQuantile([Number.NEGATIVE_INFINITY, 4], 0.9)).toBe(Number.NEGATIVE_INFINITY);
    expect(sortedQuantile([], 0.5)).toBeNaN();
  });
});
