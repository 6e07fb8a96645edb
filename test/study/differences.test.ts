// What an arm changes, against closed forms, exact values of the same patients, and itself.
import { afterAll, describe, expect, it } from 'vitest';
import type { EndpointBlock } from '../../src/engine/backend.ts';
import { differenceQuantiles } from '../../src/statistics/paired.ts';
import { type Compared, listenForDifferences } from '../../src/study/differences.ts';
import type { Difference } from '../../src/study/result.ts';
import { runIndividuals, runStudy } from '../../src/study/run.ts';
import type { Study } from '../../src/study/study.ts';
import { closeEngines, engineFor, TESTED_BACKENDS } from '../engine/engines.ts';

afterAll(closeEngines);

const bins = { mantissaBits: 10, low: -20, high: 12, signed: false };
const compared: Compared = {
  arms: ['placebo', 'drug'],
  versus: 0,
  endpoints: [
    { name: 'auc', unit: 'mg*h/L', type: 'value', bins },
    { name: 'hit', unit: '', type: 'probability', bins },
  ],
  tolerance: 1e-4,
};

/** Patients of [auc, hit] in both arms. */
function block(
  first: number,
  patients: readonly (readonly [number, number, number, number])[],
  failed: readonly number[] = [],
): EndpointBlock {
  const count = patients.length;
  const column = (k: 0 | 1 | 2 | 3) => patients.map((p) => p[k]);
  return {
    first,
    count,
    arms: [
      { status: new Uint8Array(count), endpoints: Float64Array.of(...column(0), ...column(1)) },
      {
        status: Uint8Array.from(patients, (_, i) => (failed.includes(first + i) ? 3 : 0)),
        endpoints: Float64Array.of(...column(2), ...column(3)),
      },
    ],
  };
}

function report(
  blocks: readonly EndpointBlock[],
  how: Compared = compared,
): readonly [Difference, Difference] {
  const listener = listenForDifferences(how);
  for (const one of blocks) listener.onEndpoints(one);
  const [auc, hit, ...more] = listener.report();
  if (!auc || !hit || more.length > 0) throw new Error('two endpoints of one arm against the other');
  return [auc, hit];
}

describe('differences of a block', () => {
  const people = [
    [10, 0, 12, 1],
    [20, 0, 24, 1],
    [30, 1, 36, 1],
    [40, 1, 48, 0],
    [50, 0, 60, 0],
  ] as const;

  it('are those of each patient: mean with the paired t interval, quantiles, ratios', () => {
    const [auc] = report([block(0, people)]);
    // Differences 2, 4, 6, 8, 10: mean 6, sd sqrt(10); t(0.975, 4) = 2.776445105.
    const half = 2.776445105 * Math.sqrt(10 / 5);
    expect(auc).toMatchObject({
      arm: 'drug',
      versus: 'placebo',
      endpoint: 'auc',
      unit: 'mg*h/L',
      patients: 5,
    });
    expect(auc.mean).toBeCloseTo(6, 12);
    expect(auc.interval[0]).toBeCloseTo(6 - half, 7);
    expect(auc.interval[1]).toBeCloseTo(6 + half, 7);
    expect(auc.quantiles['0.5']).toBeCloseTo(6, 1);
    expect(auc.quantiles['0.95'] ?? 0).toBeCloseTo(9.6, 1);
    expect(auc.ratio?.value).toBeCloseTo(1.2, 12);
    expect(auc.geometricRatio?.value).toBeCloseTo(1.2, 12);
    expect(auc.higher.share).toBe(1);
    expect(auc.lower.share).toBe(0);
    expect(auc.nnt).toBeUndefined();
  });

  it('of a condition are the risk difference, who changes, and a number needed', () => {
    const many = Array.from({ length: 40 }, () => people).flat();
    const [, hit] = report([block(0, many)]);
    // Of 200: 80 gain, 40 lose, 40 have it in both, 40 in neither.
    expect(hit.mean).toBeCloseTo(0.2, 12);
    expect(hit.higher.share).toBe(0.4);
    expect(hit.lower.share).toBe(0.2);
    // Newcombe 1998, method 10: with ad < bc there is no correction.
    const phi = (40 * 40 - 80 * 40) / Math.sqrt(120 * 80 * 80 * 120);
    const wilson = (p: number) => {
      const [z, n] = [1.959963985, 200];
      const half = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
      return [
        (p + (z * z) / (2 * n) - half) / (1 + (z * z) / n),
        (p + (z * z) / (2 * n) + half) / (1 + (z * z) / n),
      ];
    };
    const [[l1 = 0, u1 = 0], [l2 = 0, u2 = 0]] = [wilson(0.6), wilson(0.4)];
    const low =
      0.2 -
      Math.hypot(0.6 - l1, u2 - 0.4) *
        Math.sqrt(1 - (2 * phi * (0.6 - l1) * (u2 - 0.4)) / ((0.6 - l1) ** 2 + (u2 - 0.4) ** 2));
    const high =
      0.2 +
      Math.hypot(u1 - 0.6, 0.4 - l2) *
        Math.sqrt(1 - (2 * phi * (u1 - 0.6) * (0.4 - l2)) / ((u1 - 0.6) ** 2 + (0.4 - l2) ** 2));
    expect(hit.interval[0]).toBeCloseTo(low, 8);
    expect(hit.interval[1]).toBeCloseTo(high, 8);
    expect(hit.nnt?.kind).toBe('more');
    expect(hit.nnt?.number).toBeCloseTo(5, 10);
    expect(hit.nnt?.limits[0]).toBeCloseTo(1 / high, 8);
    // Of five: -1, 0, 0, 1, 1.
    const [, few] = report([block(0, people)]);
    expect(few.quantiles).toEqual({ '0.05': -0.8, '0.25': 0, '0.5': 0, '0.75': 1, '0.95': 1 });
    expect(hit.quantiles).toEqual({ '0.05': -1, '0.25': 0, '0.5': 0, '0.75': 1, '0.95': 1 });
  });

  it('are a number needed to treat or to harm once the study says which way is good', () => {
    const many = Array.from({ length: 40 }, () => people).flat();
    const said = (better: 'higher' | 'lower') =>
      report([block(0, many)], {
        ...compared,
        endpoints: compared.endpoints.map((field) => ({ ...field, better })),
      })[1];
    expect(said('higher').nnt?.kind).toBe('benefit');
    expect(said('lower').nnt?.kind).toBe('harm');
    expect(said('lower').nnt?.number).toBeCloseTo(5, 10);
    expect(said('lower').better).toBe('lower');
  });

  it('of a condition say for whom it is gained and lost, one in how many, where the study says which is good', () => {
    const many = Array.from({ length: 40 }, () => people).flat();
    const said = (better: 'higher' | 'lower', who: readonly (readonly [number, number, number, number])[]) =>
      report([block(0, who)], {
        ...compared,
        endpoints: compared.endpoints.map((field) => ({ ...field, better })),
      });
    const [auc, hit] = said('higher', many);
    expect(auc.individual).toBeUndefined();
    // Of 200: 80 gain, 40 lose. Wilson's interval of 80 in 200, in closed form.
    const [z, n, p] = [1.959963985, 200, 0.4];
    const half = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
    expect(hit.individual?.benefit).toMatchObject({ share: 0.4, number: 2.5 });
    expect(hit.individual?.benefit.interval[0]).toBeCloseTo(
      (p + (z * z) / (2 * n) - half) / (1 + (z * z) / n),
      8,
    );
    expect(hit.individual?.harm).toMatchObject({ share: 0.2, number: 5 });
    const [, bad] = said('lower', many);
    expect(bad.individual).toEqual({ benefit: hit.individual?.harm, harm: hit.individual?.benefit });
    const [, nobody] = said('higher', [[1, 1, 2, 1]]);
    expect(nobody.individual?.benefit).toMatchObject({ share: 0, number: null });
    expect(report([block(0, many)])[1].individual).toBeUndefined();
  });

  it('have an interval of their median between two of them, from six patients on', () => {
    const of = (n: number) => Array.from({ length: n }, (_, i) => [10, 0, 10 + 2 ** (i - 1), 0] as const);
    // 1 - 2 / 2^6 = 0.969: the smallest and the largest of six; the second and the ninth of ten, to half a bin.
    expect(report([block(0, of(6))])[0].medianInterval).toEqual([0.5, 16]);
    const [low = 0, high = 0] = report([block(0, of(10))])[0].medianInterval ?? [];
    expect(Math.abs(low - 1)).toBeLessThan(3e-3);
    expect(Math.abs(high / 128 - 1)).toBeLessThan(3e-3);
    expect('medianInterval' in report([block(0, of(5))])[0]).toBe(false);
    expect('medianInterval' in report([block(0, of(10))])[1]).toBe(false);
  });

  it('leave out and count who lacks the endpoint or failed in either arm', () => {
    const some = [...people, [Number.NaN, 1, 7, Number.NaN], [1000, 0, 1, 1]] as const;
    const [auc, hit] = report([block(0, some, [6])]);
    const [whole, wholeHit] = report([block(0, people)]);
    expect(auc).toEqual({ ...whole, missing: 2 });
    expect(hit).toEqual({ ...wholeHit, missing: 2 });
  });

  it('do not depend on where blocks are cut, and begin again when the run does', () => {
    const cut = [block(0, people.slice(0, 2)), block(2, people.slice(2))];
    expect(report(cut)).toEqual(report([block(0, people)]));
    const listener = listenForDifferences(compared);
    listener.onEndpoints(block(0, people));
    listener.onRestart();
    for (const one of cut) listener.onEndpoints(one);
    expect(listener.report()).toEqual(report([block(0, people)]));
  });

  it('within what the solver may be off by are no change', () => {
    const [auc] = report([
      block(0, [
        [10, 0, 10.0005, 0],
        [10, 0, 9.9, 0],
      ]),
    ]);
    expect(auc.higher.share).toBe(0);
    expect(auc.lower.share).toBe(0.5);
  });

  it('of nobody are null', () => {
    const [auc, hit] = report([]);
    expect([auc.mean, auc.higher.share, auc.quantiles['0.5']]).toEqual([null, null, null]);
    expect([hit.mean, hit.quantiles['0.5'], hit.nnt]).toEqual([null, null, undefined]);
  });
});

const TABLET = `model tablet "A tablet"
  time h
parameter F = 1
covariate WT : kg ~ lognormal(median 70, sdlog 0.3)
random eta ~ normal(cv 40 %)
k = 0.2 [1/h] * exp(eta)
compartment depot : mg
compartment blood : mg
flow absorption : depot -> blood at 1.1 [1/h] * depot
flow elimination : blood -> at k * blood
output conc = F * blood / (0.5 [L/kg] * WT) in mg/L
therapy once
  dose 100 [mg] into depot
therapy twofold
  dose 200 [mg] into depot
endpoint auc = integral(conc) in mg*h/L
endpoint peak = max(conc)
endpoint onset = first time(conc > 2 [mg/L]) in h
endpoint high = peak > 2 [mg/L]
show until 24 h every 6 h
`;
const tablet = (arms: NonNullable<Study['arms']>, more: Partial<Study> = {}): Study => ({
  gemello: 1,
  model: { text: TABLET },
  cohort: { patients: 600, seed: '3' },
  arms,
  solver: { method: 'tsit5', rtol: 1e-6 },
  ...more,
});
const ARMS = [
  { name: 'one', therapy: 'once' },
  { name: 'two', therapy: 'twofold' },
  { name: 'again', therapy: 'once' },
] as const;

async function differencesOf(study: Study, backend: (typeof TESTED_BACKENDS)[number]) {
  const ran = await runStudy(study, { engine: await engineFor(backend) });
  if (ran.kind !== 'done') throw new Error(JSON.stringify(ran));
  return ran.result.differences ?? [];
}

describe.each(TESTED_BACKENDS)('differences of a run on %s', (backend) => {
  it('are exactly zero for every patient between equal arms', async () => {
    const all = await differencesOf(tablet(ARMS), backend);
    const none = all.filter(({ arm }) => arm === 'again');
    expect(none.map(({ endpoint }) => endpoint)).toEqual(['auc', 'peak', 'onset', 'high']);
    for (const one of none) {
      expect(one.mean).toBe(0);
      expect(Object.values(one.quantiles)).toEqual([0, 0, 0, 0, 0]);
      expect([one.higher.share, one.lower.share]).toEqual([0, 0]);
      if (one.nnt === undefined)
        expect([one.interval, one.medianInterval]).toEqual([
          [0, 0],
          [0, 0],
        ]);
      else expect(one.nnt.kind).toBe('unclear');
    }
    expect(none[0]?.geometricRatio).toEqual({ value: 1, interval: [1, 1] });
  });

  it('of a doubled dose are what linear kinetics give: a ratio of 2 for everybody', async () => {
    const [auc] = await differencesOf(tablet(ARMS), backend);
    expect(auc?.geometricRatio?.value).toBeCloseTo(2, 4);
    expect((auc?.geometricRatio?.interval[1] ?? 0) - (auc?.geometricRatio?.interval[0] ?? 9)).toBeLessThan(
      1e-4,
    );
    expect(auc?.ratio?.value).toBeCloseTo(2, 4);
    expect(auc?.higher.share).toBe(1);
  });

  it('are those of the same patients looked at one by one', async () => {
    const engine = await engineFor(backend);
    const all = await differencesOf(tablet(ARMS), backend);
    const numbers = Array.from({ length: 600 }, (_, i) => i);
    const single = await runIndividuals(tablet(ARMS), { engine }, numbers);
    if (single.kind !== 'done') throw new Error(JSON.stringify(single));
    const values = (arm: number, e: number) =>
      single.individuals.arms[arm]?.endpoints.slice(e * 600, (e + 1) * 600) ?? new Float64Array();
    for (const [e, name] of ['auc', 'peak', 'onset'].entries()) {
      const [first, second] = [values(1, e), values(0, e)];
      const exact = first.map((x, i) => x - (second[i] ?? Number.NaN)).filter(Number.isFinite);
      const one = all.find(({ arm, endpoint }) => arm === 'two' && endpoint === name);
      expect(one?.patients).toBe(exact.length);
      expect(one?.missing ?? 0).toBe(600 - exact.length);
      const mean = exact.reduce((sum, x) => sum + x, 0) / exact.length;
      expect(Math.abs((one?.mean ?? 0) - mean)).toBeLessThan(1e-9 * Math.abs(mean));
      const quantiles = differenceQuantiles(first, second, [0.05, 0.25, 0.5, 0.75, 0.95]);
      Object.values(one?.quantiles ?? {}).forEach((got, q) => {
        const want = quantiles[q] ?? Number.NaN;
        expect(Math.abs((got ?? Number.NaN) - want)).toBeLessThan(4e-3 * Math.abs(want));
      });
    }
  });
});

describe('a study', () => {
  it('with a filter says how many of whom were left', async () => {
    const filter = 'WT > 70 [kg] and WT < 100 [kg]';
    const study = tablet(ARMS.slice(0, 1), { cohort: { patients: 300, seed: '3', filter } });
    const ran = await runStudy(study, { engine: await engineFor('webassembly') });
    if (ran.kind !== 'done') throw new Error(JSON.stringify(ran));
    const { drawn, left } = ran.result.funnel ?? { drawn: 0, left: [] };
    expect(left.map(({ clause }) => clause)).toEqual(['WT > 70 [kg]', 'WT < 100 [kg]']);
    expect(left.at(-1)?.patients).toBe(300);
    // WT is lognormal about 70 with 0.3: half are above, and P(70 < WT < 100) = Phi(ln(100 / 70) / 0.3) - 1/2 = 0.3828.
    expect(Math.abs((left[0]?.patients ?? 0) / drawn - 0.5)).toBeLessThan(0.09);
    expect(Math.abs(300 / drawn - 0.3828)).toBeLessThan(0.08);
  });

  it('may name the arm to compare with, and which way is good', async () => {
    const compare = { versus: 'two', better: { high: 'lower' } } as const;
    const all = await differencesOf(tablet(ARMS, { compare }), 'webassembly');
    expect([...new Set(all.map(({ arm, versus }) => `${arm} ${versus}`))]).toEqual(['one two', 'again two']);
    const high = all.find(({ endpoint }) => endpoint === 'high');
    expect(high?.nnt?.kind).toBe('benefit');
    expect(high?.mean).toBeLessThan(0);
  });

  it('that names an arm or endpoint that is not there is told by field', async () => {
    const compare = { versus: 'too', better: { hight: 'lower' } } as const;
    const engine = await engineFor('webassembly');
    const ran = await runStudy(tablet(ARMS, { compare }), { engine });
    expect(ran).toMatchObject({
      kind: 'refused',
      errors: [
        { field: 'compare.versus', message: expect.stringContaining('two') },
        { field: 'compare.better.hight', message: expect.stringContaining('high') },
      ],
    });
  });

  it('whose bins were too small is run again, and every patient counts once', async () => {
    const text = TABLET.replace('cv 40 %)', 'cv 40 %)\nrandom wild ~ normal(sd 3.5)').replace(
      'F * blood',
      'exp(wild) * blood',
    );
    const patients = 3000;
    const study = tablet(ARMS.slice(0, 2), { model: { text }, cohort: { patients, seed: '3' } });
    const engine = await engineFor('webassembly');
    let runs = 0;
    const counting = {
      ...engine,
      info: engine.info,
      run: (...given: Parameters<typeof engine.run>) => {
        runs++;
        return engine.run(...given);
      },
    };
    const ran = await runStudy(study, { engine: counting });
    if (ran.kind !== 'done') throw new Error(JSON.stringify(ran));
    expect(runs).toBe(2);
    expect(ran.result.differences?.[0]?.patients).toBe(patients);
  });

  it('with one arm has none, nor has a preview', async () => {
    expect(await differencesOf(tablet(ARMS.slice(0, 1)), 'webassembly')).toEqual([]);
    const engine = await engineFor('webassembly');
    const ran = await runStudy(tablet(ARMS), { engine, preview: 20 });
    expect(ran.kind === 'done' && 'differences' in ran.result).toBe(false);
  });
});
