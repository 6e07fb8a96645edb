import { describe, expect, test } from 'vitest';
import { createSampler, evaluateWithWasm } from '../../src/codegen/wasm/sampler.ts';
import { typescriptSampler } from '../../src/engine/draws.ts';
import { philox, uniformOfWords } from '../../src/engine/philox.ts';
import { drawOfName } from '../../src/engine/purposes.ts';
import { fastSampling } from '../../src/engine/sampling.ts';
import { call, number, symbol } from '../../src/language/expression.ts';
import { normal_quantile } from '../../src/language/math.ts';
import type { Model } from '../../src/language/model.ts';
import { type CohortOptions, cohortColumns } from '../../src/study/cohort.ts';
import { describePatients } from '../../src/study/patients.ts';
import { readTable } from '../../src/study/table.ts';
import {
  CRCL,
  category,
  covariate,
  DIAL,
  definition,
  model,
  parameter,
  random,
  STAGE,
  vancomycin,
  WT,
  yesNo,
} from './fixtures.ts';

const options = (more: Partial<CohortOptions> = {}): CohortOptions => ({ seed: '1', cohort: {}, ...more });

function made(m: Model, more: Partial<CohortOptions> = {}) {
  const cohort = cohortColumns(m, options(more));
  if ('errors' in cohort) throw new Error(cohort.errors.join('\n'));
  return cohort;
}
const errorsOf = (m: Model, more: Partial<CohortOptions> = {}) => {
  const cohort = cohortColumns(m, options(more));
  return 'errors' in cohort ? cohort.errors : [];
};
function column(
  m: Model,
  name: string,
  count: number,
  more: Partial<CohortOptions> = {},
  first = 0,
): Float32Array {
  const { source, names } = made(m, more);
  const c = names.indexOf(name);
  return source.read(first, count).slice(c * count, (c + 1) * count);
}
const one = (m: Model, more: Partial<CohortOptions> = {}, patient = 0) => {
  const { source, names } = made(m, more);
  const values = source.read(patient, 1);
  return Object.fromEntries(names.map((name, c) => [name, values[c]]));
};

describe('columns', () => {
  test('are covariates in model order, then random effects in model order', () => {
    expect(made(vancomycin).names).toEqual(['WT', 'CRCL', 'DIAL', 'eta_cl', 'eta_v', 'eta_p']);
  });

  test('are the same bits for any chunking and for patients read alone', () => {
    const { source } = made(vancomycin);
    const whole = source.read(0, 9000);
    for (const [first, count] of [
      [0, 1],
      [17, 1],
      [0, 100],
      [4095, 2],
      [3000, 6000],
      [8191, 809],
      [0, 0],
    ] as const) {
      const part = source.read(first, count);
      for (let c = 0; c < 6; c++) {
        expect(part.subarray(c * count, (c + 1) * count)).toEqual(
          whole.subarray(c * 9000 + first, c * 9000 + first + count),
        );
      }
    }
  });

  test('have not changed since the first release: patient 17 of seed 1', () => {
    const bits = new Uint32Array(made(vancomycin).source.read(17, 1).buffer);
    expect([...bits].map((b) => b.toString(16))).toMatchInlineSnapshot(`
      [
        "42a59115",
        "419314e1",
        "0",
        "3f103db3",
        "bf1023d9",
        "bf444f3a",
      ]
    `);
  });

  test('are made from the words of (patient, name, purpose) and nothing else', () => {
    const uniform = (name: string, purpose: number) => {
      const [w0, w1] = philox([17, 0, drawOfName(name), purpose], [1, 0]);
      return uniformOfWords(w0, w1);
    };
    const patient = one(vancomycin, {}, 17);
    expect(patient.eta_cl).toBe(Math.fround(Math.sqrt(0.14705) * normal_quantile(uniform('eta_cl', 2))));
    expect(patient.DIAL).toBe(uniform('DIAL', 1) > 1 - 0.185 ? 1 : 0);
    const untruncated = model({
      covariates: [covariate('WT', 'kg', 'lognormal', { median: 79, sdlog: 0.27 })],
    });
    const wt = 79 * Math.exp(0.27 * normal_quantile(uniform('WT', 1)));
    expect(one(untruncated, {}, 17).WT).toBeCloseTo(wt, 4);
  });

  test('refuse patients that are not patients', () => {
    expect(() => made(vancomycin).source.read(-1, 5)).toThrow('patients -1 .. -1 + 5 are not patients');
  });

  test('have a key that changes with every number and with nothing else', () => {
    const key = (more: Partial<CohortOptions> = {}, m = vancomycin) => made(m, more).source.key;
    const plain = key();
    expect(key()).toBe(plain);
    expect(key({ set: { TVCL: 9 } })).toBe(plain);
    expect(key({ seed: '01' })).toBe(plain);
    const others = [
      key({ seed: '2' }),
      key({ cohort: { set: { WT: { median: 70 } } } }),
      key({ cohort: { set: { WT: 70 } } }),
      key({ cohort: { set: { DIAL: { p: 0.2 } } } }),
      key({ cohort: { typical: true } }),
      key({}, model({ ...vancomycin, random: [random(['eta_cl'], [0.2]), ...vancomycin.random.slice(1)] })),
      key(
        {},
        model({
          ...vancomycin,
          covariates: [
            covariate('WT', 'kg', 'lognormal', { median: 79, sdlog: 0.27 }, [33, 254]),
            CRCL,
            DIAL,
          ],
        }),
      ),
    ];
    expect(new Set([plain, ...others]).size).toBe(1 + others.length);
  });

  test('do not change, bit for bit, when a covariate or an effect is added, removed or moved', () => {
    const AGE = covariate('AGE', 'yr', 'normal', { mean: 60, sd: 10 });
    const larger = model({
      covariates: [AGE, DIAL, STAGE, CRCL, WT],
      random: [
        random(['eta_new'], [1]),
        random(['eta_v', 'eta_x'], [0.51019, 0.1, 0.2]),
        ...vancomycin.random.filter((b) => b.names[0] !== 'eta_v'),
      ],
    });
    for (const name of made(vancomycin).names)
      expect(column(larger, name, 3000)).toEqual(column(vancomycin, name, 3000));
  });

  test('are drawn by name: the same law under another name gives other patients', () => {
    const two = model({
      covariates: [
        covariate('A', '1', 'normal', { mean: 0, sd: 1 }),
        covariate('B', '1', 'normal', { mean: 0, sd: 1 }),
      ],
    });
    expect(column(two, 'A', 10)).not.toEqual(column(two, 'B', 10));
  });

  test('of 10,000 patients by 6 are made within the budget of a slider move', { retry: 4 }, () => {
    const times = Array.from({ length: 8 }, (_, move) => {
      const start = performance.now();
      const cohort = { set: { WT: { median: 70 + move } } };
      made(vancomycin, { cohort, ...fastSampling() }).source.read(0, 10_000);
      return performance.now() - start;
    });
    // 5 ms on an idle machine, standard draws kept from the first move; the bar leaves room for a busy one.
    expect(Math.min(...times)).toBeLessThan(15);
  });
});

describe('covariates', () => {
  test('conditional on an earlier one see its f32 value; parameters of the study count too', () => {
    const m = model({
      parameters: [parameter('slope', 2)],
      definitions: [definition('double', 'study', call('mul', number(2), symbol('slope')))],
      covariates: [
        covariate('A', '1', 'uniform', { low: 1, high: 2 }),
        covariate('B', '1', 'uniform', {
          low: symbol('A'),
          high: call('add', symbol('A'), symbol('double')),
        }),
      ],
    });
    const a = column(m, 'A', 500, { set: { slope: 0.5 } });
    const b = column(m, 'B', 500, { set: { slope: 0.5 } });
    b.forEach((value, i) => {
      expect(value).toBeGreaterThanOrEqual(a[i] ?? Number.NaN);
      expect(value).toBeLessThanOrEqual((a[i] ?? Number.NaN) + 1.0000001);
    });
    expect(Math.max(...b) - Math.min(...b)).toBeGreaterThan(1);
  });

  test('may use per-patient definitions of earlier covariates', () => {
    const m = model({
      definitions: [definition('half', 'patient', call('mul', number(0.5), symbol('A')))],
      covariates: [
        covariate('A', '1', 'uniform', { low: 10, high: 20 }),
        covariate('B', '1', 'normal', { mean: symbol('half'), sd: 1e-6 }),
      ],
    });
    const a = column(m, 'A', 100);
    column(m, 'B', 100).forEach((b, i) => {
      expect(b).toBeCloseTo((a[i] ?? Number.NaN) / 2, 4);
    });
  });

  test.each([
    ['TypeScript', {}],
    ['WebAssembly', { evaluate: evaluateWithWasm }],
  ])('of a hundred definitions that each use the one before twice take no longer for it (%s)', (_, more) => {
    const twice = (x: string) => call('mul', number(0.5), call('add', symbol(x), symbol(x)));
    const definitions = Array.from({ length: 100 }, (_, k) =>
      definition(`d${k}`, 'patient', k === 0 ? symbol('A') : twice(`d${k - 1}`)),
    );
    const A = covariate('A', '1', 'uniform', { low: 1, high: 2 });
    const m = model({
      definitions,
      covariates: [A, covariate('B', '1', 'normal', { mean: symbol('d99'), sd: 1e-6 })],
    });
    const start = performance.now();
    expect(column(m, 'B', 1, more)[0]).toBeCloseTo(column(m, 'A', 1, more)[0] ?? Number.NaN, 4);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  test('truncated per patient stay inside their own limits', () => {
    const m = model({
      covariates: [
        covariate('A', '1', 'uniform', { low: -3, high: 3 }),
        covariate('B', '1', 'normal', { mean: 0, sd: 1 }, [
          symbol('A'),
          call('add', symbol('A'), number(0.1)),
        ]),
      ],
    });
    const a = column(m, 'A', 2000);
    const b = column(m, 'B', 2000);
    b.forEach((value, i) => {
      const low = a[i] ?? Number.NaN;
      expect(value >= low && value <= low + 0.1).toBe(true);
    });
    expect(new Set(b).size).toBeGreaterThan(1900);
  });

  test('never leave their limits by rounding to f32, even where a limit has no f32', () => {
    const m = model({ covariates: [covariate('A', '1', 'normal', { mean: 0.15, sd: 1 }, [0.1, 0.1000001])] });
    for (const value of column(m, 'A', 2000)) expect(value >= 0.1 && value <= 0.1000001).toBe(true);
  });
});

describe('WebAssembly', () => {
  test('draws and evaluates the same bits as TypeScript: effects, conditional and truncated laws, shares', () => {
    const m = model({
      covariates: [
        ...vancomycin.covariates,
        STAGE,
        covariate('A', '1', 'uniform', { low: -3, high: 3 }),
        covariate('B', '1', 'normal', { mean: symbol('A'), sd: 1 }, [
          symbol('A'),
          call('add', symbol('A'), number(6)),
        ]),
        covariate('C', '1', 'lognormal', { median: call('exp', symbol('B')), sdlog: 0.4 }),
      ],
      random: [random(['eta_cl', 'eta_v'], [0.1, 0.05, 0.2])],
      definitions: vancomycin.definitions,
      parameters: vancomycin.parameters,
    });
    const fast = { sampler: createSampler(), evaluate: evaluateWithWasm };
    // The second reads kept draws of the first; the draws themselves are compared below.
    const here = new Uint32Array(made(m, { seed: '77', ...fast }).source.read(0, 30_000).buffer);
    const sampler = createSampler();
    expect(here).toEqual(new Uint32Array(made(m, { seed: '77' }).source.read(0, 30_000).buffer));
    const out = new Float64Array(5000);
    for (const kind of ['uniform', 'normal'] as const) {
      const plain = new Float64Array(5000);
      sampler[kind]([77, 1], 2, 123456, 2 ** 32 - 2500, out);
      typescriptSampler[kind]([77, 1], 2, 123456, 2 ** 32 - 2500, plain);
      expect(new BigUint64Array(out.buffer)).toEqual(new BigUint64Array(plain.buffer));
    }
    const described = describePatients(m, options(fast), 0, 500);
    expect(described).toEqual(describePatients(m, options(), 0, 500));
  });
});

describe('overrides', () => {
  test('fix a covariate for everybody by a number, or replace parameters of its distribution by name', () => {
    expect([...column(vancomycin, 'WT', 3, { cohort: { set: { WT: 70.5 } } })]).toEqual([70.5, 70.5, 70.5]);
    expect([...column(vancomycin, 'DIAL', 3, { cohort: { set: { DIAL: 1 } } })]).toEqual([1, 1, 1]);
    const same = column(vancomycin, 'CRCL', 50, { cohort: { set: { WT: { median: 100 } } } });
    expect(same).toEqual(column(vancomycin, 'CRCL', 50));
    const heavier = column(vancomycin, 'WT', 1000, { cohort: { set: { WT: { median: 100 } } } });
    column(vancomycin, 'WT', 1000).forEach((wt, i) => {
      expect(heavier[i]).toBeGreaterThan(wt);
    });
  });

  test('take the forms an author may write: a cv in place of sdlog', () => {
    const m = model({ covariates: [covariate('A', '1', 'lognormal', { median: 2, sdlog: 0.5 })] });
    const cv = Math.sqrt(Math.exp(0.36) - 1);
    const byCv = column(m, 'A', 100, { cohort: { set: { A: { cv } } } });
    column(m, 'A', 100, { cohort: { set: { A: { sdlog: 0.6 } } } }).forEach((x, i) => {
      expect(byCv[i]).toBeCloseTo(x, 5);
    });
  });

  test('name categories by their names', () => {
    const m = model({ covariates: [STAGE] });
    const set = { STAGE: { mild: 0, moderate: 0, severe: 1 } };
    expect(new Set(column(m, 'STAGE', 500, { cohort: { set } }))).toEqual(new Set([2]));
  });

  test('outside the limits of the model are a warning', () => {
    expect(made(vancomycin, { cohort: { set: { WT: 300 } } }).warnings).toEqual([
      'WT: 300 is outside 33 .. 255 kg, the limits of the model',
    ]);
  });

  test('that cannot be are errors naming the field, all at once', () => {
    const m = model({ ...vancomycin, covariates: [...vancomycin.covariates, STAGE] });
    const set = {
      WTT: 70,
      WT: { medain: 70, sdlog: -1 },
      CRCL: { sdlog: -1 },
      DIAL: 0.5,
      STAGE: { mild: 0.9 },
    };
    expect(errorsOf(m, { seed: '1.5', cohort: { set } })).toEqual([
      'cohort.seed: "1.5" is not a whole number from 0 to 18446744073709551615',
      'cohort.set.WTT: the model has no covariate WTT; did you mean WT?',
      'cohort.set.WT.medain: lognormal has no parameter medain; did you mean median?',
      'cohort.set.CRCL: sdlog must be above 0, and is -1',
      'cohort.set.DIAL: 0.5 is neither 1 (yes) nor 0 (no)',
      'cohort.set.STAGE: the shares must add up to 100 %, and add up to 130 %',
    ]);
    expect(errorsOf(m, { cohort: { set: { WT: { mean: 70 }, STAGE: 3 } } })).toEqual([
      'cohort.set.WT: mean alone is not enough; give median + sdlog, or median + cv, or mean + cv',
      'cohort.set.STAGE: 3 is not a category; 0 is mild, 1 is moderate, 2 is severe',
    ]);
  });

  test('a truncation that leaves nobody is an error', () => {
    const narrow = (low: number, high: number) =>
      errorsOf(model({ covariates: [covariate('A', '1', 'normal', { mean: 0, sd: 1 }, [low, high])] }));
    expect(narrow(2, 1)).toEqual([
      'covariate A: within 2 .. 1 leaves nothing; the first bound must be below the second',
    ]);
    expect(narrow(50, 51)).toEqual(['covariate A: practically nobody lies within 50 .. 51; widen it']);
    expect(narrow(30, 31)).toEqual([]);
  });
});

describe('random effects', () => {
  test('that no population has are refused by the name of their block', () => {
    const m = model({ random: [random(['a', 'b'], [0.09, 0.07, 0.04]), random(['c'], [-1])] });
    expect(errorsOf(m)).toEqual([
      'random (a, b): the covariance of a and b is 0.07, but with variances 0.09 and 0.04 it cannot exceed 0.06 in size',
      'random c: the variance of c is -1; a variance is 0 or more',
    ]);
  });

  test('with a variance of zero are zero, and their neighbours vary', () => {
    const m = model({ random: [random(['a', 'b'], [0, 0, 0.04])] });
    expect(new Set(column(m, 'a', 100))).toEqual(new Set([0]));
    expect(new Set(column(m, 'b', 100)).size).toBeGreaterThan(95);
  });

  test('take their variances from parameters', () => {
    const m = model({
      parameters: [parameter('omega', 0.3)],
      random: [random(['a'], [call('mul', symbol('omega'), symbol('omega'))])],
    });
    const small = column(m, 'a', 20);
    column(m, 'a', 20, { set: { omega: 0.6 } }).forEach((x, i) => {
      expect(x).toBe(Math.fround(2 * (small[i] ?? Number.NaN)));
    });
  });

  test('of two names that would share a stream are refused', () => {
    const m = model({ covariates: [yesNo('liquid', 0.5)], random: [random(['costarring'], [1])] });
    expect(errorsOf(m)[0]).toMatch(/^"liquid" and "costarring" would draw the same random numbers/);
  });
});

describe('the typical patient', () => {
  test('has no random effects and the medians: lognormal, normal, uniform in closed form', () => {
    const m = model({
      covariates: [
        covariate('L', '1', 'lognormal', { median: 62, sdlog: 0.65 }),
        covariate('N', '1', 'normal', { mean: -3, sd: 2 }),
        covariate('U', '1', 'uniform', { low: 1, high: 2 }),
      ],
      random: [random(['a', 'b'], [0.09, 0.03, 0.04])],
    });
    expect(one(m, { cohort: { typical: true } })).toEqual({ L: 62, N: -3, U: 1.5, a: 0, b: 0 });
  });

  test('has the truncated median where the law is truncated', () => {
    // Half-normal: median 0.674489750196... (the upper quartile of a normal).
    const m = model({
      covariates: [
        covariate('H', '1', 'normal', { mean: 0, sd: 1 }, [0, 40]),
        CRCL,
        covariate('EVEN', '1', 'lognormal', { median: 62, sdlog: 0.65 }, [31, 124]),
      ],
    });
    const typical = one(m, { cohort: { typical: true } });
    expect(typical.H).toBe(Math.fround(0.6744897501960817));
    // Cut symmetrically on the log scale, the median stays; cut on one side only, half of what is left is below.
    expect(typical.EVEN).toBe(62);
    const below = column(m, 'CRCL', 200_000, fastSampling()).filter((x) => x < (typical.CRCL ?? 0)).length;
    expect(Math.abs(below - 100_000)).toBeLessThan(4 * Math.sqrt(50_000));
  });

  test('is of the likelier kind, and of the first of two equals', () => {
    const m = model({
      covariates: [
        DIAL,
        yesNo('MALE', 0.6),
        yesNo('EVEN', 0.5),
        category('THREE', { a: 0.3, b: 0.3, c: 0.4 }),
        category('EQUAL', { a: 1 / 3, b: 1 / 3, c: 1 / 3 }),
        category('FIRST', { a: 0.4, b: 0.35, c: 0.25 }),
      ],
    });
    expect(one(m, { cohort: { typical: true } })).toEqual({
      DIAL: 0,
      MALE: 1,
      EVEN: 0,
      THREE: 2,
      EQUAL: 0,
      FIRST: 0,
    });
  });

  test('has what was set, and what follows from it', () => {
    const m = model({
      covariates: [
        covariate('A', '1', 'normal', { mean: 5, sd: 1 }),
        covariate('B', '1', 'normal', { mean: symbol('A'), sd: 1 }),
      ],
    });
    expect(one(m, { cohort: { typical: true, set: { A: 9 } } })).toEqual({ A: 9, B: 9 });
    expect(one(m, { cohort: { typical: true, set: { A: { mean: 7 } } } })).toEqual({ A: 7, B: 7 });
    expect(new Set(column(m, 'B', 100, { cohort: { typical: true } }))).toEqual(new Set([5]));
  });
});

describe('a cohort from a table', () => {
  const csv = 'WT,CRCL,DIAL\n70,100,no\n80,60,yes\n55.5,30,no\n';
  const table = () => {
    const read = readTable(csv, vancomycin);
    if ('errors' in read) throw new Error(read.errors.join('\n'));
    return read;
  };

  test('repeats the rows with fresh random effects: those of the drawn cohort', () => {
    const more = { table: table() };
    expect([...column(vancomycin, 'WT', 7, more)]).toEqual([70, 80, 55.5, 70, 80, 55.5, 70]);
    expect([...column(vancomycin, 'DIAL', 4, more, 4)]).toEqual([1, 0, 0, 1]);
    expect(column(vancomycin, 'eta_v', 7, more)).toEqual(column(vancomycin, 'eta_v', 7));
    expect(new Set(column(vancomycin, 'eta_v', 7, more)).size).toBe(7);
  });

  test('has a typical patient of its own: medians and the commonest', () => {
    expect(one(vancomycin, { table: table(), cohort: { typical: true } })).toEqual({
      WT: 70, CRCL: 60, DIAL: 0, eta_cl: 0, eta_v: 0, eta_p: 0,
    }); // biome-ignore format: one patient
  });

  test('can be overridden by one number, not by a distribution', () => {
    expect([...column(vancomycin, 'WT', 2, { table: table(), cohort: { set: { WT: 66 } } })]).toEqual([
      66, 66,
    ]);
    expect(errorsOf(vancomycin, { table: table(), cohort: { set: { WT: { median: 66 } } } })).toEqual([
      'cohort.set.WT: WT comes from the table, so its distribution is not used; give one number, or leave it out',
    ]);
  });
});

describe('patients written out', () => {
  test('are what backends read, and the definitions that follow', () => {
    const described = describePatients(vancomycin, options(), 5, 40);
    if ('errors' in described) throw new Error(described.errors.join('\n'));
    const { source, names } = made(vancomycin);
    const read = source.read(5, 40);
    expect(described.columns.map(({ name }) => name)).toEqual([...names, 'CL', 'k']);
    expect(described.columns.map(({ unit }) => unit)).toEqual([
      'kg',
      'mL/min',
      '',
      '',
      '',
      '',
      'L/h',
      'L/h/kg',
    ]);
    names.forEach((_, c) => {
      expect(Float32Array.from(described.columns[c]?.values ?? [])).toEqual(read.slice(c * 40, (c + 1) * 40));
    });
    const of = (name: string, i: number) =>
      described.columns.find((c) => c.name === name)?.values[i] ?? Number.NaN;
    for (let i = 0; i < 40; i++) {
      const clearance = 4.5 * (of('CRCL', i) / 120) ** 0.8 * Math.exp(of('eta_cl', i));
      expect(Math.abs(of('CL', i) / clearance - 1)).toBeLessThan(1e-14);
      expect(of('k', i)).toBe(of('CL', i) / of('WT', i));
    }
  });
});
