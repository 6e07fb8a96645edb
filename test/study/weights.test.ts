// A cohort weighted to targets, end to end: the marginals of a run, its bands against the same patients taken one by one,
// targets that cannot be met, and what weights leave as it is.
import { readFile } from 'node:fs/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { weightedMean, weightedQuantiles } from '../../src/statistics/quantiles.ts';
import { inputsDigest } from '../../src/study/digest.ts';
import { decodeLink, encodeLink } from '../../src/study/link.ts';
import type { Result } from '../../src/study/result.ts';
import { type Ran, type RunContext, runIndividuals, runStudy } from '../../src/study/run.ts';
import type { Cohort, Study, WeightTarget } from '../../src/study/study.ts';
import { closeEngines, engineFor, TESTED_BACKENDS } from '../engine/engines.ts';

afterAll(closeEngines);

const TABLET = `model tablet "A tablet"
  time h
covariate WT : kg ~ lognormal(median 70, sdlog 0.3)
covariate AGE : yr ~ normal(mean 50, sd 12) within 20 .. 80
covariate SEX : one of female 50 %, male 50 %
covariate FASTED : yes 40 %
random eta ~ normal(cv 40 %)
k = 0.2 [1/h] * exp(eta) * (if FASTED then 1.2 else 1)
compartment depot : mg
compartment blood : mg
flow absorption : depot -> blood at 1.1 [1/h] * depot
flow elimination : blood -> at k * blood
output conc = blood / (0.5 [L/kg] * WT) in mg/L
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
const UNCERTAIN = TABLET.replace(
  'covariate WT',
  'parameter F = 1\nuncertain F ~ lognormal(rse 20 %)\ncovariate WT',
).replace('blood / (0.5', 'F * blood / (0.5');
const PATIENTS = 4000;
const study = (weights: readonly WeightTarget[], cohort: Partial<Cohort> = {}): Study => ({
  gemello: 1,
  model: { text: TABLET },
  cohort: {
    patients: PATIENTS,
    seed: '3',
    ...(weights.length > 0 && { weights }),
    ...cohort,
  },
  arms: [
    { name: 'one', therapy: 'once' },
    { name: 'two', therapy: 'twofold' },
  ],
  solver: { method: 'tsit5', rtol: 1e-5 },
});
/** Every kind of target that these patients can meet. */
const TARGETS: readonly WeightTarget[] = [
  { of: 'WT', mean: 76, sd: 20 },
  { of: 'AGE', histogram: { edges: [20, 40, 50, 60, 80], shares: [0.12, 0.2, 0.35, 0.33] } },
  { of: 'SEX', shares: { female: 0.7, male: 0.3 } },
  { of: 'FASTED', mean: 0.6 },
  { of: 'auc', arm: 'two', mean: 20, quantiles: { '0.5': 18 } },
  { of: 'high', shares: { yes: 0.45, no: 0.55 } },
];

async function ran(
  of: Study,
  backend: (typeof TESTED_BACKENDS)[number] = 'webassembly',
  context: Partial<RunContext> = {},
): Promise<Ran> {
  const found = await runStudy(of, { engine: await engineFor(backend), certify: false, ...context });
  if (found.kind !== 'done') throw new Error(JSON.stringify(found));
  return found;
}
async function refusals(of: Study) {
  const found = await runStudy(of, { engine: await engineFor('webassembly'), certify: false });
  if (found.kind !== 'refused') throw new Error(`${found.kind}, not refused`);
  return found.errors;
}
/** Columns and endpoints of all patients, and the weights of a run, as they are counted. */
async function patients(of: Study, { prepared }: Ran, backend: (typeof TESTED_BACKENDS)[number]) {
  const numbers = Array.from({ length: PATIENTS }, (_, i) => i);
  const single = await runIndividuals(of, { engine: await engineFor(backend) }, numbers);
  if (single.kind !== 'done') throw new Error(JSON.stringify(single));
  const columns = prepared.job.columns.read(0, PATIENTS);
  return {
    covariate: (name: string) => {
      const c = prepared.program.columns.findIndex((column) => column.name === name);
      return Float64Array.from(columns.subarray(c * PATIENTS, (c + 1) * PATIENTS));
    },
    endpoint: (arm: number, e: number) =>
      single.individuals.arms[arm]?.endpoints.slice(e * PATIENTS, (e + 1) * PATIENTS) ?? new Float64Array(),
    output: (arm: number, t: number) =>
      single.individuals.arms[arm]?.outputs.slice(t * PATIENTS, (t + 1) * PATIENTS) ?? new Float64Array(),
  };
}
function near(got: number | null | undefined, want: number, relative: number): void {
  expect(Math.abs((got ?? Number.NaN) - want)).toBeLessThanOrEqual(relative * Math.abs(want));
}

/** All that is counted: means are sums, whose last bits depend on the order of patients on a GPU. */
const countedOf = (result: Result) =>
  result.arms.map(({ endpoints, outputs }) => ({
    endpoints: Object.values(endpoints).map((one) => ({ ...one, mean: 'summed' })),
    outputs: Object.values(outputs).map(({ quantiles }) => quantiles),
  }));

describe.each(TESTED_BACKENDS)('a weighted run on %s', (backend) => {
  it('has every number that was asked for, and the bands of its patients by their weights', async () => {
    const of = study(TARGETS);
    const whole = await ran(of, backend);
    const { weighting } = whole.result;
    if (!weighting) throw new Error('not weighted');
    expect(weighting.targets.map(({ name }) => name)).toEqual([
      'mean of WT',
      'sd of WT',
      ...['20 .. 40', '40 .. 50', '50 .. 60', '60 .. 80'].map((bin) => `share of AGE in ${bin}`),
      'share of SEX female',
      'share of SEX male',
      'share of FASTED yes',
      'mean of auc (two)',
      'share of auc up to 18 (two)',
      'share of high no (one)',
      'share of high yes (one)',
    ]);
    for (const { target, weighted, unweighted } of weighting.targets) {
      near(weighted, target, 1e-3);
      expect(Math.abs(unweighted - target)).toBeGreaterThan(0.01 * target);
    }
    const people = await patients(of, whole, backend);
    const weights = whole.weights?.of(0, PATIENTS) ?? new Float64Array(PATIENTS);
    near(weightedMean(people.covariate('WT'), weights), 76, 1e-3);
    near(weightedMean(people.endpoint(1, 0), weights), 20, 1e-3);
    // The first pass had the very values of the run: its number is that of the run's own patients.
    const told = weighting.targets.find(({ name }) => name === 'mean of auc (two)');
    near(told?.weighted, weightedMean(people.endpoint(1, 0), weights), 1e-12);
    const [one, two] = whole.result.arms;
    const auc = two?.endpoints.auc;
    if (!auc || !('mean' in auc)) throw new Error('no auc');
    near(auc.mean, 20, 1e-3);
    near(auc.quantiles['0.5'], 18, 5e-3);
    const high = one?.endpoints.high;
    near(high && 'probability' in high ? high.probability : null, 0.45, 1e-3);
    // Bands and endpoints by brute force.
    const probabilities = [0.05, 0.25, 0.5, 0.75, 0.95];
    for (const [a, arm] of [one, two].entries()) {
      for (const t of [1, 2, 4]) {
        const values = people.output(a, t);
        near(arm?.outputs.conc?.mean[t], weightedMean(values, weights), 1e-5);
        const bands = Object.values(arm?.outputs.conc?.quantiles ?? {});
        weightedQuantiles(values, weights, probabilities).forEach((q, i) => {
          near(bands[i]?.[t], q, 1e-2);
        });
      }
      const peak = arm?.endpoints.peak;
      if (!peak || !('mean' in peak)) throw new Error('no peak');
      near(peak.mean, weightedMean(people.endpoint(a, 1), weights), 1e-5);
      const total = peak.histogram.counts.reduce((sum, x) => sum + x, 0);
      near(total, PATIENTS, 1e-9);
    }
    // Differences patient by patient, by their weights.
    const difference = whole.result.differences?.find(({ endpoint }) => endpoint === 'peak');
    const [first, second] = [people.endpoint(1, 1), people.endpoint(0, 1)];
    const own = first.map((x, i) => x - (second[i] ?? Number.NaN));
    near(difference?.mean, weightedMean(own, weights), 1e-5);
    const total = weights.reduce((sum, w) => sum + w, 0);
    const mean = weightedMean(own, weights);
    const squares = own.reduce((sum, x, i) => sum + ((weights[i] ?? 0) * (x - mean)) ** 2, 0);
    const error = Math.sqrt((squares * PATIENTS) / (PATIENTS - 1)) / total;
    near((difference?.interval[1] ?? 0) - (difference?.mean ?? 0), 1.961 * error, 2e-3);
    weightedQuantiles(own, weights, probabilities).forEach((q, i) => {
      near(Object.values(difference?.quantiles ?? {})[i], q, 1e-2);
    });
    expect(difference?.higher.share).toBe(1);
    const nnt = whole.result.differences?.find(({ endpoint }) => endpoint === 'high')?.nnt;
    const gain = weightedMean(people.endpoint(1, 3), weights) - weightedMean(people.endpoint(0, 3), weights);
    near(nnt?.number, 1 / gain, 1e-5);
  });

  it('of targets that the cohort has already is the run without weights, count by count', async () => {
    const plain = await ran(study([]), backend);
    const even = await ran(study([{ of: 'FASTED', mean: await shareOfFasted(plain) }]), backend);
    expect(even.result.weighting).toMatchObject({ largest: 1, effective: PATIENTS, excluded: 0 });
    expect(countedOf(even.result)).toEqual(countedOf(plain.result));
    near(even.result.arms[0]?.outputs.conc?.mean[1], plain.result.arms[0]?.outputs.conc?.mean[1] ?? 0, 1e-6);
  });
});

async function shareOfFasted({ prepared }: Ran): Promise<number> {
  const c = prepared.program.columns.findIndex(({ name }) => name === 'FASTED');
  const column = prepared.job.columns.read(0, PATIENTS).subarray(c * PATIENTS, (c + 1) * PATIENTS);
  return column.reduce((sum, x) => sum + x, 0) / PATIENTS;
}

describe.skipIf(TESTED_BACKENDS.length < 2)('weighted runs of both backends', () => {
  it('agree in weights, bands and endpoints', async () => {
    const of = study(TARGETS, { patients: 1000 });
    const [wasm, gpu] = [await ran(of, 'webassembly'), await ran(of, 'webgpu')];
    const [exact, single] = [wasm, gpu].map(({ weights }) => weights?.of(0, 1000) ?? []);
    const apart = Math.max(...Array.from(exact ?? [], (w, i) => Math.abs(w - (single?.[i] ?? Number.NaN))));
    expect(apart).toBeLessThan(0.01);
    wasm.result.arms.forEach(({ outputs, endpoints }, a) => {
      const other = gpu.result.arms[a];
      const bands = Object.values(outputs.conc?.quantiles ?? {});
      Object.values(other?.outputs.conc?.quantiles ?? {}).forEach((band, q) => {
        band.forEach((x, t) => {
          near(x, bands[q]?.[t] ?? Number.NaN, 5e-3);
        });
      });
      for (const name of ['auc', 'peak']) {
        const [x, y] = [endpoints[name], other?.endpoints[name]];
        near(y && 'mean' in y ? y.mean : null, (x && 'mean' in x ? x.mean : null) ?? Number.NaN, 1e-4);
      }
    });
  });
});

describe('targets of a study', () => {
  it.each<[string, readonly WeightTarget[], string, RegExp]>([
    [
      'a mean that nobody reaches',
      [
        { of: 'AGE', mean: 60 },
        { of: 'WT', mean: 400 },
      ],
      'cohort.weights[1]',
      /mean of WT should be 400, but is between .* whatever the weights/,
    ],
    [
      'a category without patients',
      [{ of: 'SEX', shares: { female: 0.5, male: 0.5 } }],
      'cohort.weights[0]',
      /no patient has SEX male, where a share of 0.5 is wanted/,
    ],
    [
      'part of a histogram without patients',
      [{ of: 'AGE', histogram: { edges: [20, 80, 90], shares: [0.9, 0.1] } }],
      'cohort.weights[0]',
      /no patient has AGE in 80 .. 90, where a share of 0.1 is wanted/,
    ],
    [
      'a mean against its own median',
      [{ of: 'AGE', mean: 65, quantiles: { '0.5': 45 } }],
      'cohort.weights',
      /no weights of these patients meet all of these together: mean of AGE; share of AGE up to 45/,
    ],
    [
      'an endpoint beyond what any patient has',
      [{ of: 'peak', arm: 'two', mean: 1000 }],
      'cohort.weights[0]',
      /mean of peak \(two\) should be 1000, but is between/,
    ],
    [
      'shares that do not add up',
      [{ of: 'SEX', shares: { female: 0.5, male: 0.6 } }],
      'cohort.weights[0].shares',
      /^shares add up to 1.1, not to 1$/,
    ],
    [
      'a mean of a time that some patients do not have',
      [{ of: 'onset', mean: 1 }],
      'cohort.weights[0]',
      /onset \(one\) does not exist for [\d,]+ of 400 patients/,
    ],
  ])('%s is refused with its reason, not approached', async (_, weights, field, text) => {
    const cohort: Partial<Cohort> = {
      patients: 400,
      ...(text.source.includes('SEX male') && { set: { SEX: 0 } }),
    };
    const errors = await refusals(study(weights, cohort));
    expect(errors.map((error) => error.field)).toContain(field);
    expect(errors.map(({ message }) => message).join('\n')).toMatch(text);
  });

  it.each<[string, readonly WeightTarget[], Partial<Cohort>, string, RegExp]>([
    ['of a name that is not there', [{ of: 'WGT', mean: 1 }], {}, 'cohort.weights[0].of', /did you mean WT/],
    ['in an arm that is not there', [{ of: 'auc', arm: 'too', mean: 1 }], {}, 'cohort.weights[0].arm', /two/],
    [
      'of a covariate in an arm',
      [{ of: 'WT', arm: 'two', mean: 1 }],
      {},
      'cohort.weights[0].arm',
      /every arm/,
    ],
    ['without a number', [{ of: 'WT' }], {}, 'cohort.weights[0]', /says nothing of WT/],
    ['an sd without a mean', [{ of: 'WT', sd: 3 }], {}, 'cohort.weights[0].sd', /needs a mean/],
    [
      'a mean of categories',
      [{ of: 'SEX', mean: 0.5 }],
      {},
      'cohort.weights[0].mean',
      /shares of female, male/,
    ],
    [
      'shares of a number',
      [{ of: 'WT', shares: { low: 1 } }],
      {},
      'cohort.weights[0].shares',
      /give a histogram/,
    ],
    [
      'an unknown category',
      [{ of: 'SEX', shares: { femal: 1 } }],
      {},
      'cohort.weights[0].shares.femal',
      /did you mean female/,
    ],
    [
      'a quantile of 50',
      [{ of: 'WT', quantiles: { '50': 70 } }],
      {},
      'cohort.weights[0].quantiles.50',
      /between 0 and 1/,
    ],
    [
      'quantiles that turn back',
      [{ of: 'WT', quantiles: { '0.2': 70, '0.7': 60 } }],
      {},
      'cohort.weights[0].quantiles.0.7',
      /ascend/,
    ],
    [
      'the same twice',
      [
        { of: 'WT', mean: 70 },
        { of: 'WT', sd: 3, mean: 70 },
      ],
      {},
      'cohort.weights[1]',
      /has a target already/,
    ],
    [
      'beside simulated studies',
      [{ of: 'WT', mean: 70 }],
      { studies: 2 },
      'cohort.weights',
      /cohort.studies/,
    ],
    [
      'of a typical patient',
      [{ of: 'WT', mean: 70 }],
      { typical: true, patients: 1 },
      'cohort.weights',
      /typical/,
    ],
    [
      'of too many patients',
      [{ of: 'WT', mean: 70 }],
      { patients: 1_000_001 },
      'cohort.weights',
      /at most 1,000,000/,
    ],
  ])('%s are refused at the door', async (_, weights, cohort, field, text) => {
    const own = study(weights, { patients: 400, ...cohort });
    const errors = await refusals(cohort.studies ? { ...own, model: { text: UNCERTAIN } } : own);
    expect(errors.map((error) => error.field)).toContain(field);
    expect(errors.map(({ message }) => message).join('\n')).toMatch(text);
  });

  it('of a time to an event may be quantiles: who has none is later than all', async () => {
    const weights: WeightTarget[] = [{ of: 'onset', quantiles: { '0.5': 0.6 } }];
    const { result } = await ran(study(weights, { patients: 1000 }));
    const onset = result.arms[0]?.endpoints.onset;
    near(onset && 'quantiles' in onset ? onset.quantiles['0.5'] : null, 0.6, 0.01);
    expect(result.weighting?.targets[0]?.name).toBe('share of onset up to 0.6 (one)');
  });

  it('over an endpoint leave out who fails on the way to it, and say so', async () => {
    const text = TABLET.replace(
      'dose 200 [mg] into',
      'dose 200 [mg] * sqrt((WT - 50 [kg]) / (20 [kg])) into',
    );
    const of = study([{ of: 'auc', arm: 'two', mean: 20 }], { patients: 800 });
    const { result, warnings } = await ran({ ...of, model: { text } });
    const failed = result.arms[1]?.failed['not finite'] ?? 0;
    expect(failed).toBeGreaterThan(20);
    expect(result.weighting?.excluded).toBe(failed);
    expect(warnings.join()).toContain(`${failed} patients failed in the first pass`);
    const auc = result.arms[1]?.endpoints.auc;
    near(auc && 'mean' in auc ? auc.mean : null, 20, 1e-3);
    // They are left out of the other arm too, where they were solved.
    expect(result.differences?.[0]?.patients).toBe(800 - failed);
    expect(result.differences?.[0]?.missing).toBeUndefined();
  });

  it('far from the cohort are met with a warning of how few patients are left', async () => {
    const { result, warnings } = await ran(study([{ of: 'AGE', mean: 76 }], { patients: 1000 }));
    expect(result.weighting?.effective).toBeLessThan(100);
    expect(warnings.join('\n')).toMatch(/the information of \d+ of 1,000 patients/);
  });

  it('leave out of everything whom a histogram excludes', async () => {
    const weights: WeightTarget[] = [{ of: 'AGE', histogram: { edges: [40, 60], shares: [1] } }];
    const filtered = { patients: 1000, filter: 'AGE >= 40 [yr] and AGE <= 60 [yr]' };
    const { result } = await ran(study(weights, { patients: 2000 }));
    const inside = 2000 - (result.weighting?.excluded ?? 0);
    const own = await ran(study([], { ...filtered, patients: inside }));
    // The same patients, drawn in the same order: the filter's cohort is the weighted one.
    expect(countedOf(result).map(({ outputs }) => outputs)).toEqual(
      countedOf(own.result).map(({ outputs }) => outputs),
    );
    expect(result.differences?.map(({ patients: n }) => n)).toContain(inside);
  });
});

describe('the weights of a cohort', () => {
  it('may be those that the README prints', async () => {
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    const printed: readonly WeightTarget[] = JSON.parse(
      /```json\n(\[[\s\S]*?\])\n```/.exec(readme)?.[1] ?? '',
    );
    const { result } = await ran({
      gemello: 1,
      model: { name: 'vancomycin' },
      cohort: { patients: 1000, weights: printed },
      arms: [{ name: 'fixed', therapy: 'fixed' }],
    });
    expect(result.weighting?.targets.length).toBe(6);
    for (const { target, weighted } of result.weighting?.targets ?? []) near(weighted, target, 1e-3);
  });

  it('are warned of where one patient has much of them', async () => {
    const heavy = await ran(study([{ of: 'WT', mean: 115 }], { patients: 60, seed: '4' }));
    expect(heavy.warnings.join('; ')).toMatch(/one patient has \d+ % of the weight/);
  });

  const weights: readonly WeightTarget[] = [{ of: 'WT', mean: 76 }];

  it('belong to the study: they survive a link and change the digest of its inputs', async () => {
    const of = study(TARGETS);
    expect(await decodeLink(await encodeLink(of))).toEqual({ study: of });
    const digest = (one: Study) => inputsDigest(one, { modelSha256: '', gemello: '' });
    expect(digest(of)).not.toBe(digest(study(TARGETS.slice(1))));
  });

  it('are those of the whole cohort in a preview of it, else fitted to the previewed, else said to be missing', async () => {
    const own = { patients: 1500, seed: '11' };
    const fresh = await ran(study(weights, own), 'webassembly', { preview: 300 });
    near(fresh.result.weighting?.targets[0]?.weighted, 76, 1e-3);
    const whole = await ran(study(weights, own));
    const again = await ran(study(weights, own), 'webassembly', { preview: 300 });
    expect(again.result.weighting).toEqual(whole.result.weighting);
    expect(again.weights?.of(0, 300)).toEqual(whole.weights?.of(0, 300));
    expect(fresh.weights?.of(0, 300)).not.toEqual(whole.weights?.of(0, 300));
    const few = await ran(study([{ of: 'WT', mean: 150 }], own), 'webassembly', { preview: 20 });
    expect(few.result.weighting).toBeUndefined();
    expect(few.warnings.join()).toMatch(/this preview is not weighted/);
  });

  it('let progress go on from the first pass to the run, up to all patients', async () => {
    const heard: number[] = [];
    const onProgress = (finished: number) => void heard.push(finished);
    await ran(study([{ of: 'peak', mean: 1.6 }], { patients: 1000 }), 'webassembly', {
      options: { onProgress },
    });
    expect(heard).toEqual([...heard].sort((a, b) => a - b));
    expect(heard.at(-1)).toBe(1000);
    expect(heard[0]).toBeLessThan(400);
  });

  it('end the fit when the run is stopped', async () => {
    const stop = new AbortController();
    const running = ran(study(weights, { patients: 3000, seed: '12' }), 'webassembly', {
      options: { signal: stop.signal },
    });
    stop.abort(new Error('stopped'));
    await expect(running).rejects.toThrow('stopped');
  });
});

const MORTAL = `model mortal "Death by risk"
  time h
covariate FRAIL : yes 30 %
compartment body : mg
flow out : body -> at 0.1 [1/h] * body
hazard death "Death" = if FRAIL then RISK * 3 else RISK
output amount = body
endpoint t_death "Time of death" = time of death in d
show until 72 h every 24 h
parameter RISK = 0.5 [1/d]
`;

describe('times to an event of a weighted cohort', () => {
  it('are those of the mixture that the weights make, and wider where fewer count', async () => {
    const of = (weights: readonly WeightTarget[]): Study => ({
      gemello: 1,
      model: { text: MORTAL },
      cohort: { patients: PATIENTS, seed: '9', ...(weights.length > 0 && { weights }) },
      arms: [{ name: 'usual' }, { name: 'halved', set: { RISK: 0.25 } }],
      solver: { method: 'tsit5', rtol: 1e-6 },
    });
    const weights: WeightTarget[] = [{ of: 'FRAIL', mean: 0.8 }];
    const { result } = await ran(of(weights));
    const plain = await ran(of([]));
    const [found] = result.survival ?? [];
    const [usual, halved] = found?.arms ?? [];
    if (!usual || !halved) throw new Error('no survival');
    near(usual.patients, PATIENTS, 1e-6);
    // S(t) = 0.8 exp(-3 risk t) + 0.2 exp(-risk t): of 4000, within four standard errors of its effective number.
    const effective = result.weighting?.effective ?? 0;
    expect(effective).toBeLessThan(0.6 * PATIENTS);
    const frail = result.weighting?.targets[0]?.unweighted ?? Number.NaN;
    for (const [arm, risk] of [
      [usual, 0.5],
      [halved, 0.25],
    ] as const)
      arm.times.forEach((t, i) => {
        const want = 0.8 * Math.exp(-3 * risk * t) + 0.2 * Math.exp(-risk * t);
        const error = Math.sqrt((want * (1 - want)) / effective);
        expect(Math.abs((arm.survival[i] ?? Number.NaN) - want)).toBeLessThanOrEqual(4 * error);
        if (want < 0.8 && want > 0.2) {
          // Of each kind the squared weights times what its patients are off the mixture: the frail weigh 0.8 / their share.
          const kind = (share: number, weight: number, alive: number) =>
            share * weight ** 2 * (alive * (1 - want) ** 2 + (1 - alive) * want ** 2);
          const robust = Math.sqrt(
            (kind(frail, 0.8 / frail, Math.exp(-3 * risk * t)) +
              kind(1 - frail, 0.2 / (1 - frail), Math.exp(-risk * t))) /
              PATIENTS,
          );
          near((arm.upper[i] ?? 0) - (arm.lower[i] ?? 0), 2 * 1.96 * robust, 0.05);
        }
      });
    // Twice the events of half the risk; the ratio of a mixture is between 1 / 2 and 1.
    expect(found?.hazardRatios?.[0]?.ratio).toBeGreaterThan(0.5);
    expect(found?.hazardRatios?.[0]?.ratio).toBeLessThan(0.7);
    const [before, after] = [plain.result, result].map(
      ({ survival }) => survival?.[0]?.hazardRatios?.[0]?.interval ?? [0, 0],
    );
    const wide = ([low = 1, high = 1]: readonly number[] = []) => Math.log(high / low);
    expect(wide(after)).toBeGreaterThan(1.1 * wide(before));
    expect(found?.logRank?.degrees).toBe(1);
  });
});
