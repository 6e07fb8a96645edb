import { describe, expect, test } from 'vitest';
import { chartHistogram } from '../../src/engine/chart-histogram.ts';
import {
  addColumn,
  type BinLayout,
  binCount,
  binEdges,
  binOf,
  createHistogram,
  type Histogram,
  mean,
  mergeHistogram,
  present,
  quantile,
  quantiles,
  raised,
} from '../../src/engine/histogram.ts';

const signed: BinLayout = { mantissaBits: 7, low: -20, high: 20, signed: true };
const positive: BinLayout = { mantissaBits: 10, low: -20, high: 20, signed: false };

function filled(layout: BinLayout, values: readonly number[]): Histogram {
  const histogram = createHistogram(layout, 1);
  addColumn(histogram, 0, Float64Array.from(values), 0, values.length);
  return histogram;
}

/** A fixed stream of numbers in (0, 1): the tests' own, so that they do not lean on the engine's. */
function uniforms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}
const draws = (n: number, value: (u: () => number) => number, seed = 1): number[] => {
  const u = uniforms(seed);
  return Array.from({ length: n }, () => value(u));
};
const normal = (u: () => number) => Math.sqrt(-2 * Math.log(u())) * Math.cos(2 * Math.PI * u());

describe('bins', () => {
  test('every bin begins where the one below ends, and holds its own lower edge and middle', () => {
    for (const layout of [
      { ...signed, low: -3, high: 2, mantissaBits: 3 },
      { ...positive, low: -4, high: 4 },
    ]) {
      const bins = binCount(layout);
      for (let bin = 0; bin < bins; bin++) {
        const [low, high] = binEdges(layout, bin);
        expect(high).toBeGreaterThan(low);
        if (bin > 0) expect(binEdges(layout, bin - 1)[1]).toBe(low);
        expect(binOf(layout, (low + high) / 2)).toBe(bin);
        // Positive bins hold their lower edge, negative ones mirror them and hold their upper edge.
        if (low > 0) expect(binOf(layout, low)).toBe(bin);
        if (high < 0) expect(binOf(layout, high)).toBe(bin);
      }
    }
  });

  test('the number of bins is that of the contract', () => {
    expect(binCount(signed)).toBe(2 * 40 * 128 + 1);
    expect(binCount(positive)).toBe(40 * 1024 + 1);
  });

  test('a bin is no wider than 2^-k of its values', () => {
    for (const x of [1e-5, 0.3, 0.999999, 1, 7, 12345, 9e5]) {
      const [low, high] = binEdges(signed, binOf(signed, x));
      expect(low <= x && x < high).toBe(true);
      expect((high - low) / low).toBeLessThanOrEqual(2 ** -7);
      expect(binOf(signed, -x)).toBe(binCount(signed) - 1 - binOf(signed, x));
    }
  });

  test('what is too small is zero, what is too large is in the last bin, negatives are zero when not signed', () => {
    const zero = (binCount(signed) - 1) / 2;
    for (const x of [0, -0, 1e-7, -1e-7, 5e-324, 2 ** -20 - 2 ** -40]) expect(binOf(signed, x)).toBe(zero);
    expect(binOf(signed, 2 ** -20)).toBe(zero + 1);
    for (const x of [2 ** 20, 1e30, 1e300]) expect(binOf(signed, x)).toBe(binCount(signed) - 1);
    expect(binOf(signed, -1e30)).toBe(0);
    for (const x of [-1, -1e30, 0]) expect(binOf(positive, x)).toBe(0);
  });

  test('a layout that f32 does not have is refused', () => {
    expect(() => createHistogram({ ...signed, mantissaBits: 24 }, 1)).toThrow('mantissaBits is 24');
    expect(() => createHistogram({ ...signed, low: 5, high: 5 }, 1)).toThrow('octaves 5 .. 5');
    expect(() => createHistogram({ ...signed, low: -200 }, 1)).toThrow('-126');
  });
});

describe('quantiles', () => {
  const N = 20_000;
  const distributions: readonly (readonly [string, readonly number[]])[] = [
    ['uniform', draws(N, (u) => u())],
    ['lognormal with a long tail', draws(N, (u) => Math.exp(2.5 * normal(u)))],
    ['normal about zero', draws(N, normal)],
    ['two far humps', draws(N, (u) => (u() < 0.3 ? 1e-3 * (1 + 0.1 * u()) : 500 + normal(u)))],
    ['nine in ten exactly zero', draws(N, (u) => (u() < 0.9 ? 0 : 3 + u()))],
    ['all the same', Array(N).fill(12.9578)],
    ['a few whole numbers', draws(N, (u) => Math.floor(6 * u()) - 2)],
    ['Cauchy', draws(N, (u) => Math.tan(Math.PI * (u() - 0.5)))],
    ['exactly on the edges of bins', draws(N, (u) => 2 ** Math.floor(20 * u() - 10))],
    ['very negative', draws(N, (u) => -1e4 * (1 + u()))],
  ];

  test.each(distributions)('%s: each quantile is within the width of its bin', (_name, values) => {
    const histogram = filled(signed, values);
    const sorted = values.toSorted((a, b) => a - b);
    for (const p of [0.001, 0.05, 0.25, 0.5, 0.75, 0.95, 0.999, 1]) {
      const position = (N - 1) * p;
      const [below, above] = [
        sorted[Math.floor(position)] ?? Number.NaN,
        sorted[Math.ceil(position)] ?? Number.NaN,
      ];
      const exact = below + (above - below) * (position - Math.floor(position));
      const got = quantile(histogram, 0, p) ?? Number.NaN;
      // Beyond the outermost bins only min and max are known.
      const widthAt = (x: number) => {
        const [low, high] = binEdges(signed, binOf(signed, x));
        return Math.abs(x) >= 2 ** 20 ? Number.POSITIVE_INFINITY : (high - low) * (1 + 1e-6);
      };
      const width = Math.max(widthAt(below), widthAt(above));
      expect(Math.abs(got - exact), `p = ${p}: ${got} for ${exact}`).toBeLessThanOrEqual(width);
      expect(got).toBeGreaterThanOrEqual(sorted[0] ?? 0);
      expect(got).toBeLessThanOrEqual(sorted.at(-1) ?? 0);
    }
  });

  test('equal values give exactly that value', () => {
    const histogram = filled(signed, Array(7).fill(12.9578));
    for (const p of [0, 0.05, 0.5, 0.95, 1]) expect(quantile(histogram, 0, p)).toBe(12.9578);
  });

  test('a single patient is every quantile, also a hair under an edge and beyond the last bin', () => {
    for (const x of [28.03, 2 - 2 ** -40, -(2 - 2 ** -40), 1e9, -1e9, 1e-9, 0])
      for (const p of [0.05, 0.5, 0.95]) expect(quantile(filled(signed, [x]), 0, p)).toBe(x);
  });

  test('the share below a quantile is its probability, to the count of one bin', () => {
    const values = draws(N, (u) => 10 + u());
    const histogram = filled(positive, values);
    for (const p of [0.05, 0.25, 0.5, 0.75, 0.95]) {
      const got = quantile(histogram, 0, p) ?? Number.NaN;
      // Uniform inside its bin: the interpolated quantile is far better than the bin's width (0.0078).
      expect(Math.abs(got - (10 + p))).toBeLessThan(0.01);
      const below = values.filter((x) => x <= got).length / N;
      expect(Math.abs(below - p)).toBeLessThan(0.0015);
    }
  });

  test('missing values are above every number', () => {
    const histogram = filled(positive, [1, 2, 3, Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
    expect(quantile(histogram, 0, 0.25)).toBeCloseTo(2.75, 2);
    expect(quantile(histogram, 0, 2 / 7)).toBe(3);
    expect(quantile(histogram, 0, 3 / 8)).toBeNull();
    expect(quantile(histogram, 0, 1)).toBeNull();
    expect(mean(histogram, 0)).toBe(2);
    expect(present(histogram, 0)).toBe(3);
  });

  test('nobody has no quantile and no mean', () => {
    const empty = filled(positive, []);
    expect(quantiles(empty, 0, [0.05, 0.5])).toEqual([null, null]);
    expect(mean(empty, 0)).toBeNull();
    expect(mean(filled(positive, [Number.NaN]), 0)).toBeNull();
  });

  test('a probability whose product is a hair over a whole number means that number', () => {
    const histogram = filled(
      positive,
      Array.from({ length: 101 }, (_, i) => i + 1),
    );
    expect(0.07 * 100).toBeGreaterThan(7);
    expect(quantile(histogram, 0, 0.07)).toBe(quantile(histogram, 0, 7 / 100 - 1e-14));
  });
});

describe('counting and merging', () => {
  const values = draws(5000, (u) => (u() < 0.02 ? Number.NaN : Math.exp(normal(u)) - 1));
  const whole = filled(signed, values);

  test('failed patients are in nothing, and others may come from any stretch of the column', () => {
    const histogram = createHistogram(signed, 2);
    addColumn(histogram, 1, Float32Array.of(9, 1, 2, 400, Number.NaN), 1, 4, Uint8Array.of(0, 0, 3, 0));
    expect(present(histogram, 0)).toBe(0);
    expect(present(histogram, 1)).toBe(2);
    expect(histogram.missing[1]).toBe(1);
    expect(histogram.sum[1]).toBe(3);
    expect([histogram.min[1], histogram.max[1]]).toEqual([1, 2]);
  });

  test('any split merged in any order gives the same counts, missing, min and max', () => {
    const u = uniforms(9);
    for (const pieces of [1, 2, 7, 50]) {
      const cuts = [0, ...draws(pieces - 1, () => Math.floor(5000 * u())).sort((a, b) => a - b), 5000];
      const parts = cuts.slice(1).map((end, i) => filled(signed, values.slice(cuts[i], end)));
      for (const part of parts) (part as { order?: number }).order = u();
      parts.sort((a, b) => ((a as { order?: number }).order ?? 0) - ((b as { order?: number }).order ?? 0));
      const merged = createHistogram(signed, 1);
      for (const part of parts) mergeHistogram(merged, part);
      expect(merged.counts).toEqual(whole.counts);
      expect(merged.missing).toEqual(whole.missing);
      expect([merged.min, merged.max]).toEqual([whole.min, whole.max]);
      expect(Math.abs((merged.sum[0] ?? 0) - (whole.sum[0] ?? 0))).toBeLessThan(1e-9);
    }
  });

  test('histograms of other bins or columns are not merged', () => {
    expect(() => mergeHistogram(whole, createHistogram(positive, 1))).toThrow('cannot merge');
    expect(() => mergeHistogram(whole, createHistogram(signed, 2))).toThrow('2 columns');
  });
});

describe('bins that are raised', () => {
  const layout = { mantissaBits: 4, low: -3, high: 3, signed: true };
  const values = Float64Array.of(-7.5, -0.01, 0, 0.2, 1, 1.06, 7.9, Number.NaN);
  const made = (own: typeof layout) => {
    const histogram = createHistogram(own, 2);
    addColumn(histogram, 0, values, 0, 4);
    addColumn(histogram, 1, values, 4, 4);
    return histogram;
  };

  test.each([true, false])('have the counts that they would have had (signed: %s)', (signed) => {
    expect(raised(made({ ...layout, signed }), 9)).toEqual(made({ ...layout, signed, high: 9 }));
  });

  test('are refused once values lie over the top', () => {
    const histogram = createHistogram(layout, 1);
    addColumn(histogram, 0, Float64Array.of(-9), 0, 1);
    expect(() => raised(histogram, 9)).toThrow(/over the top/);
  });
});

describe('bars of a chart', () => {
  test.each([
    ['lognormal', draws(10_000, (u) => Math.exp(normal(u)))],
    ['normal', draws(10_000, normal)],
    ['narrow', draws(10_000, (u) => 1000 + u() * 1e-3)],
    ['zero or not', draws(10_000, (u) => (u() < 0.5 ? 0 : 1))],
    ['one value', Array(50).fill(-3)],
    ['all zero', Array(50).fill(0)],
    ['far beyond the bins', draws(100, (u) => u() * 1e12)],
  ])('%s: whole counts over even round edges from min to max that add up to everyone', (_name, values) => {
    const histogram = filled(signed, values);
    const { edges, counts } = chartHistogram(histogram, 0, 40);
    expect(edges).toHaveLength(counts.length + 1);
    expect(counts.length).toBeLessThanOrEqual(82);
    expect(counts.reduce((a, b) => a + b, 0)).toBe(values.length);
    for (const count of counts) expect(Number.isInteger(count) && count >= 0).toBe(true);
    expect(edges[0]).toBeLessThanOrEqual(histogram.min[0] ?? 0);
    expect(edges.at(-1)).toBeGreaterThanOrEqual(histogram.max[0] ?? 0);
    const step = ((edges.at(-1) ?? 0) - (edges[0] ?? 0)) / counts.length;
    for (const [i, edge] of edges.slice(1).entries()) {
      const width = edge - (edges[i] ?? 0);
      expect(Math.abs(width - step)).toBeLessThan(1e-12 * Math.abs(edge) + 1e-6 * step);
    }
  });

  test('over several powers of ten bars are even in the logarithm, far tails one bar each, and nobody is lost', () => {
    const values = [
      ...draws(20_000, (u) => Math.exp(2.3 * normal(u))),
      ...Array(5).fill(1e15),
      ...Array(5).fill(0),
    ];
    const { edges, counts } = chartHistogram(filled({ ...positive, mantissaBits: 7 }, values), 0, 40);
    expect(counts.reduce((a, b) => a + b, 0)).toBe(values.length);
    expect([edges[0], edges.at(-1)]).toEqual([0, 1e15]);
    const inner = edges.slice(1, -1);
    expect(inner.length).toBeGreaterThan(30);
    expect(inner.length).toBeLessThan(50);
    const step = Math.log10((inner[1] ?? 0) / (inner[0] ?? 1));
    inner.slice(1).forEach((edge, i) => {
      expect(Math.log10(edge / (inner[i] ?? 1))).toBeCloseTo(step, 9);
    });
    // A power of ten is an edge, and the bars follow the normal distribution of the logarithm.
    expect(inner.some((edge) => Math.abs(edge - 1) < 1e-9)).toBe(true);
    expect(Math.max(...counts) / values.length).toBeCloseTo(
      (step * Math.LN10) / 2.3 / Math.sqrt(2 * Math.PI),
      2,
    );
    expect((counts[0] ?? 0) / values.length).toBeLessThan(0.004);
  });

  test('one patient far away does not put all others into one bar', () => {
    const values = [...draws(5000, normal).map((x) => 100 + x), 1e7];
    const { edges, counts } = chartHistogram(filled(positive, values), 0, 40);
    expect(counts.reduce((a, b) => a + b, 0)).toBe(5001);
    expect(counts.at(-1)).toBeLessThan(15);
    expect(edges.at(-1)).toBe(1e7);
    expect(Math.max(...counts)).toBeLessThan(5001 / 5);
  });

  test('a bar is off by no more than what its edges cut', () => {
    const values = draws(50_000, (u) => 100 * u());
    const histogram = filled({ ...positive, mantissaBits: 7 }, values);
    const { edges, counts } = chartHistogram(histogram, 0, 20);
    counts.forEach((count, i) => {
      const [low = 0, high = 0] = [edges[i], edges[i + 1]];
      const exact = values.filter((x) => x >= low && x < high).length;
      const cut = [low, high].reduce((sum, edge) => {
        const [a, b] = binEdges(histogram.layout, binOf(histogram.layout, edge));
        return sum + values.filter((x) => x >= a && x < b).length;
      }, 1);
      expect(Math.abs(count - exact)).toBeLessThanOrEqual(cut);
    });
  });

  test('edges are the decimals a reader expects', () => {
    expect(chartHistogram(filled(signed, [0.1, 0.4]), 0, 3).edges).toEqual([0.1, 0.2, 0.3, 0.4]);
    expect(chartHistogram(filled(signed, []), 0, 3)).toEqual({ edges: [], counts: [] });
  });
});
