// Parts of a cohort: how covariates divide it, and their numbers against the same patients one by one.
import { afterAll, describe, expect, it } from 'vitest';
import { compile } from '../../src/language/compile.ts';
import { quantilesOf } from '../../src/statistics/quantiles.ts';
import { listenForDifferences } from '../../src/study/differences.ts';
import { mediansOf } from '../../src/study/medians.ts';
import type { SubgroupNumbers, SubgroupResult } from '../../src/study/result.ts';
import { runIndividuals, runStudy } from '../../src/study/run.ts';
import { planSplits, settleSplit } from '../../src/study/splits.ts';
import type { Split, Study } from '../../src/study/study.ts';
import { listenForSubgroups } from '../../src/study/subgroups.ts';
import { closeEngines, engineFor, TESTED_BACKENDS } from '../engine/engines.ts';

afterAll(closeEngines);

const TEXT = `model parts "Patients of many kinds"
  time h
parameter K = 0.2 [1/h]
uncertain K ~ lognormal(rse 20 %)
covariate WT "Weight" : kg ~ lognormal(median 70, sdlog 0.3)
covariate DIAL "Dialysis" : yes 20 %
covariate SITE "Site" : one of north 50 %, south 50 %, none 0 %
random eta ~ normal(cv 40 %)
k = K * exp(eta) * (if DIAL then 0.5 else 1)
compartment blood : mg
flow elimination : blood -> at k * blood
output conc = blood / (0.5 [L/kg] * WT) in mg/L
therapy once
  dose 100 [mg] into blood
therapy twofold
  dose 200 [mg] into blood
endpoint auc = integral(conc) in mg*h/L
endpoint late = first time(conc < 0.4 [mg/L]) in h
endpoint high = auc > 15 [mg*h/L]
show until 24 h every 6 h
`;
const PATIENTS = 700;
const study = (subgroups: readonly Split[], more: Partial<Study> = {}): Study => ({
  gemello: 1,
  model: { text: TEXT },
  cohort: { patients: PATIENTS, seed: '5' },
  arms: [
    { name: 'one', therapy: 'once' },
    { name: 'two', therapy: 'twofold' },
    { name: 'again', therapy: 'once' },
  ],
  compare: { subgroups, better: { high: 'higher' } },
  solver: { method: 'tsit5', rtol: 1e-6 },
  ...more,
});
const SPLITS: readonly Split[] = [
  { of: 'WT', cuts: [50, 70, 90] },
  { of: 'DIAL' },
  { of: 'SITE' },
  { of: 'WT' },
];

async function ranOf(what: Study, backend: (typeof TESTED_BACKENDS)[number] = 'webassembly', tables = {}) {
  const ran = await runStudy(what, { engine: await engineFor(backend), tables });
  if (ran.kind !== 'done') throw new Error(JSON.stringify(ran));
  return ran;
}
const groupsOf = async (...given: Parameters<typeof ranOf>) => (await ranOf(...given)).result.subgroups ?? [];
const sizes = (groups: readonly SubgroupResult[]) => groups.map(({ patients }) => patients);
const labels = (groups: readonly SubgroupResult[]) => groups.map(({ label }) => label);

describe.each(TESTED_BACKENDS)('parts of a cohort on %s', (backend) => {
  it('have the numbers of their patients looked at one by one', async () => {
    const { result, prepared } = await ranOf(study(SPLITS), backend);
    const everybody = Array.from({ length: PATIENTS }, (_, i) => i);
    const engine = await engineFor(backend);
    const single = await runIndividuals(study(SPLITS), { engine }, everybody);
    if (single.kind !== 'done') throw new Error(JSON.stringify(single));
    const columns = prepared.job.columns.read(0, PATIENTS);
    const of = (column: number) => (i: number) => columns[column * PATIENTS + i] ?? Number.NaN;
    const [wt, dial, site] = [of(0), of(1), of(2)];
    const middle = quantilesOf(Float64Array.from(everybody, wt), [0.5])[0] ?? Number.NaN;
    const members = [
      (i: number) => wt(i) < 50,
      (i: number) => wt(i) >= 50 && wt(i) < 70,
      (i: number) => wt(i) >= 70 && wt(i) < 90,
      (i: number) => wt(i) >= 90,
      (i: number) => dial(i) === 0,
      (i: number) => dial(i) === 1,
      (i: number) => site(i) === 0,
      (i: number) => site(i) === 1,
      (i: number) => site(i) === 2,
      (i: number) => wt(i) < middle,
      (i: number) => wt(i) >= middle,
    ].map((member) => everybody.filter(member));
    const groups = result.subgroups ?? [];
    const shown = Number(middle.toPrecision(4));
    expect(labels(groups)).toEqual([
      'WT below 50 [kg]',
      'WT 50 .. 70 [kg]',
      'WT 70 .. 90 [kg]',
      'WT 90 [kg] and above',
      'DIAL no',
      'DIAL yes',
      'SITE north',
      'SITE south',
      'SITE none',
      `WT below ${shown} [kg]`,
      `WT ${shown} [kg] and above`,
    ]);
    expect(groups.map(({ of: covariate }) => covariate).slice(3, 7)).toEqual(['WT', 'DIAL', 'DIAL', 'SITE']);
    expect(sizes(groups)).toEqual(members.map(({ length }) => length));
    expect(sizes(groups).slice(9)).toEqual([PATIENTS / 2, PATIENTS / 2]);
    // An empty part is there, with nothing in it.
    expect(groups[8]).toMatchObject({ patients: 0 });
    expect(groups[8]?.arms[0]?.endpoints).toMatchObject({ auc: { mean: null }, high: { probability: null } });
    expect(groups[8]?.differences?.[0]).toMatchObject({ patients: 0, mean: null });
    const valuesOf = (arm: number, e: number, who: readonly number[]) =>
      Float64Array.from(who, (i) => single.individuals.arms[arm]?.endpoints[e * PATIENTS + i] ?? Number.NaN);
    groups.forEach(({ arms, differences = [] }, g) => {
      const who = members[g] ?? [];
      if (who.length === 0) return;
      arms.forEach(({ endpoints }, a) => {
        const auc = valuesOf(a, 0, who);
        const found = endpoints.auc;
        if (found === undefined || !('mean' in found)) throw new Error('auc is a value');
        expect((found.mean ?? 0) / (auc.reduce((sum, x) => sum + x, 0) / who.length)).toBeCloseTo(1, 10);
        const exact = quantilesOf(auc, [0.05, 0.5, 0.95]);
        [found.quantiles['0.05'], found.quantiles['0.5'], found.quantiles['0.95']].forEach((q, k) => {
          expect(Math.abs((q ?? 0) / (exact[k] ?? 1) - 1)).toBeLessThan(4e-3);
        });
        const late = valuesOf(a, 1, who).filter((x) => !Number.isFinite(x)).length;
        expect(endpoints.late?.missing ?? 0).toBe(late);
        const high = valuesOf(a, 2, who).filter((x) => x > 0).length;
        expect(endpoints.high).toEqual({ probability: high / who.length });
      });
      const auc = differences.find(({ arm, endpoint }) => arm === 'two' && endpoint === 'auc');
      const shift = valuesOf(1, 0, who).map((x, k) => x - (valuesOf(0, 0, who.slice(k, k + 1))[0] ?? 0));
      expect((auc?.mean ?? 0) / (shift.reduce((sum, x) => sum + x, 0) / who.length)).toBeCloseTo(1, 10);
      // Equal arms differ for nobody, in every part.
      for (const none of differences.filter(({ arm }) => arm === 'again')) {
        expect(none.mean).toBe(0);
        expect([none.higher.share, none.lower.share]).toEqual([0, 0]);
        expect(Object.values(none.quantiles)).toEqual([0, 0, 0, 0, 0]);
        if (none.endpoint === 'auc' && who.length > 1) expect(none.interval).toEqual([0, 0]);
        if (none.endpoint === 'high')
          expect([none.individual?.benefit.number, none.individual?.harm.number]).toEqual([null, null]);
      }
    });
  });
});

describe('parts of a cohort', () => {
  it('add up to the cohort with a table, with a filter and over studies', async () => {
    const csv = 'WT,DIAL,SITE\n60,no,north\n70,yes,south\n80,no,south\n';
    const table = await groupsOf(
      study([{ of: 'WT', cuts: [70] }, { of: 'WT' }, { of: 'SITE' }], {
        cohort: { patients: 90, seed: '5', table: 'people.csv' },
      }),
      'webassembly',
      { 'people.csv': csv },
    );
    // 70 itself is in the upper part; the median of 60, 70 and 80 is 70.
    expect(sizes(table)).toEqual([30, 60, 30, 60, 30, 60, 0]);
    const filtered = await groupsOf(
      study([{ of: 'WT', cuts: [60, 75] }], {
        cohort: { patients: 200, seed: '5', filter: 'WT > 60 [kg]' },
      }),
    );
    expect(filtered[0]?.patients).toBe(0);
    expect(sizes(filtered).reduce((sum, n) => sum + n)).toBe(200);
    const studies = await groupsOf(
      study([{ of: 'DIAL' }, { of: 'WT' }], { cohort: { patients: 200, seed: '5', studies: 4 } }),
    );
    expect((studies[0]?.patients ?? 0) + (studies[1]?.patients ?? 0)).toBe(200);
    expect(sizes(studies).slice(2)).toEqual([100, 100]);
    // Studies whose covariates are drawn around an uncertain parameter have patients of their own.
    const text = TEXT.replace('covariate WT', 'parameter MID = 70 [kg]\ncovariate WT')
      .replace('median 70', 'median MID')
      .replace('uncertain K', 'uncertain MID ~ lognormal(rse 30 %)\nuncertain K');
    const unsure = await ranOf(
      study([{ of: 'WT', cuts: [70] }], {
        model: { text },
        cohort: { patients: 200, seed: '5', studies: 4 },
      }),
    );
    const { jobOf, each } = unsure.prepared.studies;
    const light = [0, 1, 2, 3].map((s) => {
      const job = jobOf(s);
      if ('field' in job) throw new Error(job.message);
      return job.columns
        .read(s * each, each)
        .subarray(0, each)
        .filter((x) => x < 70).length;
    });
    expect(new Set(light).size).toBeGreaterThan(2);
    expect(unsure.result.subgroups?.[0]?.patients).toBe(light.reduce((sum, n) => sum + n));
  });

  it('of a dosing file go by the covariates of its subjects, drawn where it has none', async () => {
    const lines = [55, 70, 85, 100, 115].map((wt, i) => `${i + 1},0,100,.,${wt}\n${i + 1},12,.,1,${wt}`);
    const groups = await groupsOf(
      study([{ of: 'WT', cuts: [70, 110] }, { of: 'WT' }, { of: 'DIAL' }], {
        cohort: { data: { file: 'doses.csv' }, seed: '5' },
        arms: [{ name: 'data', therapy: 'data' }],
      }),
      'webassembly',
      { 'doses.csv': `ID,TIME,AMT,DV,WT\n${lines.join('\n')}\n` },
    );
    expect(sizes(groups).slice(0, 5)).toEqual([1, 3, 1, 2, 3]);
    expect(labels(groups)[3]).toBe('WT below 85 [kg]');
    expect((groups[5]?.patients ?? 0) + (groups[6]?.patients ?? 0)).toBe(5);
  });

  it('of a cohort with weights weigh their patients, and mix to the numbers of the whole', async () => {
    const weights = [{ of: 'DIAL', mean: 0.5 }];
    const { result } = await ranOf(
      study([{ of: 'DIAL' }], {
        cohort: { patients: 400, seed: '5', weights },
        compare: { subgroups: [{ of: 'DIAL' }], better: { high: 'higher' }, bootstrap: 200 },
      }),
    );
    const plain = await groupsOf(study([{ of: 'DIAL' }], { cohort: { patients: 400, seed: '5' } }));
    const groups = result.subgroups ?? [];
    expect(sizes(groups)).toEqual(sizes(plain));
    const mean = (numbers: SubgroupNumbers | undefined) =>
      numbers === undefined ? Number.NaN : 'mean' in numbers ? numbers.mean : numbers.probability;
    for (const name of ['auc', 'high'] as const) {
      const [no, yes] = groups.map(({ arms }) => mean(arms[0]?.endpoints[name]) ?? Number.NaN);
      const whole = result.arms[0]?.endpoints[name];
      const all = whole && 'mean' in whole ? whole.mean : whole?.probability;
      // Within a part all weigh the same here, so a part is as without weights, and half of them count for half.
      expect(no).toBeCloseTo(mean(plain[0]?.arms[0]?.endpoints[name]) ?? 0, 3);
      expect(((no ?? 0) + (yes ?? 0)) / 2).toBeCloseTo(all ?? 0, 3);
    }
    const two = result.differences?.find(({ arm, endpoint }) => arm === 'two' && endpoint === 'auc');
    const [from = 0, to = 0] = two?.bootstrap?.mean ?? [];
    const [low, high] = two?.interval ?? [0, 0];
    expect(Math.abs(from - low)).toBeLessThan(0.15 * (high - low));
    expect(Math.abs(to - high)).toBeLessThan(0.15 * (high - low));
    const none = result.differences?.find(({ arm, endpoint }) => arm === 'again' && endpoint === 'auc');
    expect([none?.bootstrap?.mean, none?.bootstrap?.median]).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  it('are told of one arm without differences, and not at all in a preview or unasked', async () => {
    const arms = [{ name: 'one', therapy: 'once' }];
    const [first] = await groupsOf(study([{ of: 'DIAL' }], { arms }));
    expect(first && 'differences' in first).toBe(false);
    const engine = await engineFor('webassembly');
    const preview = await runStudy(study([{ of: 'DIAL' }]), { engine, preview: 20 });
    expect(preview.kind === 'done' && 'subgroups' in preview.result).toBe(false);
    const { result } = await ranOf(study([], { arms }));
    expect('subgroups' in result).toBe(false);
  });

  it('that cannot be made are refused by field, with what would do', async () => {
    const engine = await engineFor('webassembly');
    const ran = await runStudy(
      study([{ of: 'WTT' }, { of: 'K' }, { of: 'DIAL', cuts: [1] }, { of: 'SITE', cuts: [1] }]),
      {
        engine,
      },
    );
    expect(ran).toMatchObject({
      kind: 'refused',
      errors: [
        { field: 'compare.subgroups[0].of', message: expect.stringContaining('WT') },
        { field: 'compare.subgroups[1].of', message: expect.stringContaining('K is a parameter') },
        { field: 'compare.subgroups[2].cuts', message: expect.stringContaining('yes or no') },
        { field: 'compare.subgroups[3].cuts', message: expect.stringContaining('north, south') },
      ],
    });
    const twice = await runStudy(study([{ of: 'DIAL' }, { of: 'WT' }, { of: 'DIAL' }]), { engine });
    expect(twice).toMatchObject({
      errors: [{ field: 'compare.subgroups[2]', message: 'is the same as number 1' }],
    });
    const { model } = compile(TEXT);
    if (!model) throw new Error('it compiles');
    const many = Array.from({ length: 10 }, (_, k) => ({
      of: 'WT',
      cuts: Array.from({ length: 20 }, (_, i) => i + k),
    }));
    expect(planSplits(model, many, { arms: 12, endpoints: 3 })).toMatchObject({
      errors: [{ field: 'compare.subgroups', message: expect.stringContaining('210 groups') }],
    });
  });

  it('of one patient are warned of', async () => {
    const { warnings } = await ranOf(study([{ of: 'DIAL' }], { cohort: { patients: 1 } }));
    expect(warnings).toEqual(['compare.subgroups tells nothing apart: there is one patient']);
    const of = await ranOf(study([{ of: 'DIAL' }], { cohort: { patients: 2 } }));
    expect(of.warnings).toEqual([]);
  });

  it('begin at their cut, also where it is no whole f32', () => {
    const split = { of: 'F', column: 0, cuts: [0.7], unit: '', categories: [] };
    const { partOf, labels: told } = settleSplit(split, Number.NaN);
    expect(told).toEqual(['F below 0.7', 'F 0.7 and above']);
    expect([0.69, Math.fround(0.7), 0.71].map((x) => partOf(Math.fround(x)))).toEqual([0, 1, 1]);
  });

  it('weigh their patients where the run does, and begin again when it does', () => {
    const bins = { mantissaBits: 10, low: -20, high: 12, signed: false };
    const compared = {
      arms: ['only'],
      versus: 0,
      endpoints: [
        { name: 'auc', unit: 'h', type: 'value', bins },
        { name: 'hit', unit: '1', type: 'probability', bins },
      ],
      tolerance: 1e-4,
    } as const;
    const split = settleSplit({ of: 'X', column: 0, cuts: [10], unit: '', categories: [] }, Number.NaN);
    const listener = listenForSubgroups([split], compared, () => () => Float32Array.of(5, 15, 25, 35, 9));
    const block = {
      first: 0,
      count: 5,
      arms: [
        {
          status: Uint8Array.of(0, 0, 0, 0, 3),
          endpoints: Float64Array.of(1, 2, 4, Number.NaN, 1, 1, 0, 1, 0, 1),
        },
      ],
    };
    listener.onEndpoints(block, Float64Array.of(0.5, 3, 1, 0.25, 0.25));
    listener.onRestart();
    listener.onEndpoints(block, Float64Array.of(0.5, 3, 1, 0.25, 0.25));
    const [low, high] = listener.report();
    expect([low?.patients, high?.patients]).toEqual([2, 3]);
    expect(low?.arms[0]?.endpoints.auc).toMatchObject({ mean: 1 });
    expect(high?.arms[0]?.endpoints).toMatchObject({
      auc: { mean: (3 * 2 + 1 * 4) / 4, missing: 1 },
      hit: { probability: 1 / 4.25 },
    });
    // Three of four: half a bin is 0.2 %.
    const auc = high?.arms[0]?.endpoints.auc;
    expect(auc && 'mean' in auc ? auc.quantiles['0.5'] : null).toBeCloseTo(2, 1);
  });
});

describe('the median of a cohort', () => {
  it('is exact, halfway between the middle two, whatever the signs', () => {
    const values = Float32Array.of(3, -1, -7.25, 1e-40, 0, 2, 1e30, -0.5);
    const read = (first: number, count: number) => {
      const one = values.subarray(first, first + count);
      return Float32Array.of(...one.map((x) => -x), ...one);
    };
    const half = Math.fround(1e-40) / 2;
    expect(mediansOf(read, 8, [1, 0])).toEqual([half, -half]);
    expect(mediansOf(read, 7, [1], 3)).toEqual([Math.fround(1e-40)]);
    expect(mediansOf(read, 8, [])).toEqual([]);
  });
});

it('differences of a part are those of a cohort of its patients alone', () => {
  const bins = { mantissaBits: 10, low: -20, high: 12, signed: false };
  const endpoints = [{ name: 'auc', unit: 'h', type: 'value', bins }] as const;
  const compared = { arms: ['a', 'b'], versus: 0, endpoints, tolerance: 1e-4 };
  const arm = (values: readonly number[]) => ({
    status: new Uint8Array(values.length),
    endpoints: Float64Array.from(values),
  });
  const [a, b] = [
    [1, 2, 3, 4, 5],
    [2, 2, 7, 1, 9],
  ];
  const split = settleSplit({ of: 'X', column: 0, cuts: [10], unit: '', categories: [] }, Number.NaN);
  const listener = listenForSubgroups([split], compared, () => () => Float32Array.of(5, 15, 25, 35, 9));
  listener.onEndpoints({ first: 0, count: 5, arms: [arm(a ?? []), arm(b ?? [])] });
  const alone = listenForDifferences(compared);
  alone.onEndpoints({ first: 0, count: 3, arms: [arm([2, 3, 4]), arm([2, 7, 1])] });
  expect(listener.report()[1]?.differences).toEqual(alone.report());
});

it('parts whose values are far above those of the first patients have quantiles all the same', () => {
  const bins = { mantissaBits: 10, low: -20, high: 12, signed: false };
  const endpoints = [{ name: 'load', unit: '1', type: 'value', bins }] as const;
  const compared = { arms: ['a', 'b'], versus: 0, endpoints, tolerance: 1e-4 };
  const split = settleSplit({ of: 'X', column: 0, cuts: [1], unit: '', categories: [] }, Number.NaN);
  const loads = [1, 2, 3, 3e6, 4e6, 5e7, 5e9, 1e10];
  const carriers = Float32Array.from(loads, (x) => (x > 1e6 ? 1 : 0));
  const order = [...loads.keys()];
  for (const told of [order, order.toReversed()]) {
    const listener = listenForSubgroups([split], compared, (i) => () => carriers.subarray(i, i + 1));
    for (const i of told) {
      const [load = 0] = loads.slice(i, i + 1);
      const arm = (x: number) => ({ status: new Uint8Array(1), endpoints: Float64Array.of(x) });
      listener.onEndpoints({ first: i, count: 1, arms: [arm(load), arm(-2 * load)] });
    }
    const [few, many] = listener.report();
    const quantiles = (part: typeof few, arm: number) => {
      const own = part?.arms[arm]?.endpoints.load;
      return own && 'mean' in own ? [own.quantiles['0.25'], own.quantiles['0.5'], own.quantiles['0.75']] : [];
    };
    const close = (got: readonly (number | null | undefined)[], want: readonly number[]) => {
      want.forEach((x, k) => {
        expect(Math.abs((got[k] ?? Number.NaN) / x - 1)).toBeLessThan(4e-3);
      });
    };
    close(quantiles(few, 0), [1.5, 2, 2.5]);
    close(quantiles(many, 0), [4e6, 5e7, 5e9]);
    close(quantiles(many, 1), [-1e10, -1e8, -8e6]);
    close([many?.differences?.[0]?.quantiles['0.5']], [-1.5e8]);
  }
});
