// Non-compartmental analysis of virtual patients against what they are made of: closed forms of one compartment, published
// numbers of theophylline, patients whose curve tells little, both backends, a bound on what is held at once.
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { openNca, runNca } from '../../src/study/nca.ts';
import { createTally } from '../../src/study/nca-summary.ts';
import { runIndividuals, runStudy } from '../../src/study/run.ts';
import { closeEngines, engineFor, TESTED_BACKENDS } from '../engine/engines.ts';
import { expectClose, fromR, normal, uniformSource } from '../statistics/numbers.ts';
import { THEOPH_LINEAR, THEOPH_LINEAR_INFINITY } from '../statistics/published-nca.ts';
import { ncaOf, oneCompartment, SEED, studyOf, trueValues } from './nca-cohorts.ts';

afterAll(closeEngines);

const N = 12;
const BOLUS = oneCompartment(`therapy once
  dose 100 [mg] into central
show until 72 h every 2 h`);
const truth = (text: string) => {
  const [cl, v] = [trueValues(text, 'CL', N), trueValues(text, 'V', N)];
  return { cl, v, k: cl.map((x, i) => x / (v[i] ?? 0)) };
};

describe('one compartment', () => {
  const { cl, v, k } = truth(BOLUS);

  it('after a bolus gives back every clearance, volume, half-life and residence time: trapezoids are exact on exponentials', async () => {
    const found = await ncaOf(studyOf(BOLUS, N));
    // The solver's tolerance, and the millionth of the peak at which the curve is cut.
    expectClose(found.values('CL'), cl, 2e-8);
    for (const name of ['Vz', 'Vss']) expectClose(found.values(name), v, 1e-6);
    expectClose(
      found.values('half-life'),
      k.map((x) => Math.LN2 / x),
      1e-7,
    );
    expectClose(
      found.values('MRT'),
      k.map((x) => 1 / x),
      1e-7,
    );
    // The value at the dose is that just after it.
    expectClose(
      found.values('Cmax'),
      v.map((x) => 100 / x),
      1e-8,
    );
    expect(found.values('Tmax').every((t) => t === 0)).toBe(true);
    expect(found.rows.map(({ route, dose }) => `${route} of ${dose}`)).toEqual(Array(N).fill('bolus of 100'));
    expect(found.report.arms[0]).toMatchObject({ analysed: N, failed: 0, flags: {} });
  });

  it('of a first-order input converges on dose / CL with the square of the sampling step', async () => {
    const text = oneCompartment(`therapy oral
  dose 100 [mg] into gut
show until 96 h every 1 h`);
    const errors: number[] = [];
    for (const every of [0.4, 0.1]) {
      const times = Array.from({ length: 960 * (0.1 / every) + 1 }, (_, i) => i * every);
      const found = await ncaOf(studyOf(text, N), { times });
      const off = found.values('CL/F').map((x, i) => Math.abs((x ?? Number.NaN) / (cl[i] ?? 0) - 1));
      errors.push(Math.max(...off));
      expect(() => found.values('CL')).toThrow(/not among/);
      expect(found.rows[0]?.route).toBe('extravascular');
    }
    const [coarse = 0, fine = 0] = errors;
    expect(fine).toBeLessThan(4e-4);
    expect(coarse / fine).toBeGreaterThan(10);
    expect(coarse / fine).toBeLessThan(22);
  });

  it('takes half of an infusion off the residence time, and knows how long it lasted', async () => {
    const text = oneCompartment(`therapy drip
  dose 100 [mg] into central over 3.05 h
show until 96 h every 0.1 h`);
    const found = await ncaOf(studyOf(text, N));
    // While it rises a trapezoid of width h cuts off (k h)^2 / 12 of its height; k is 0.2/h at most.
    const cut = (0.2 * 0.1) ** 2 / 12;
    expectClose(found.values('CL'), cl, cut);
    expectClose(
      found.values('MRT'),
      k.map((x) => 1 / x),
      2 * cut,
    );
    expectClose(found.values('Vss'), v, 2 * cut);
    // The end of the infusion is no output time, and is sampled all the same.
    expect(found.values('Tmax').every((t) => t === 3.05)).toBe(true);
    expect(found.rows[0]?.route).toBe('infusion');
  });

  it('at steady state has the fluctuation 100 k tau, the accumulation 1 / (1 - exp(-k tau)) and clearance dose / AUC over tau', async () => {
    const text = oneCompartment(`therapy often
  dose 100 [mg] into central every 8 h times 100
show until 800 h every 2 h`);
    const found = await ncaOf(studyOf(text, N), { from: 792, tau: 8 });
    const left = k.map((x) => Math.exp(-8 * x));
    const each = (of: (rate: number, share: number) => number) => k.map((x, i) => of(x, left[i] ?? 0));
    expectClose(
      found.values('fluctuation'),
      each((x) => 800 * x),
      1e-6,
    );
    expectClose(
      found.values('swing'),
      each((_, q) => 1 / q - 1),
      1e-6,
    );
    expectClose(found.values('CL'), cl, 1e-6);
    const accumulation = each((_, q) => 1 / (1 - q));
    for (const what of ['index', 'AUCtau', 'Cmax', 'Ctau'])
      expectClose(found.values(`accumulation ${what}`), accumulation, 1e-6);
    expectClose(
      found.values('Cavg'),
      cl.map((x) => 100 / (8 * x)),
      1e-6,
    );
    expect(found.report.arms[0]?.flags['not-steady']).toBeUndefined();
    // Their curve ends with the interval.
    expect(found.values('Tlast').every((t) => t === 8)).toBe(true);
  });

  it('says of a second dose how far it has accumulated, 1 + exp(-k tau), and that this is no steady state yet', async () => {
    const text = oneCompartment(`therapy twice
  dose 100 [mg] into central every 6 h times 2
show until 72 h every 2 h`);
    const found = await ncaOf(studyOf(text, N), { from: 6, tau: 6 });
    const one = k.map((x) => 1 + Math.exp(-6 * x));
    for (const what of ['AUCtau', 'Cmax', 'Ctau'])
      expectClose(found.values(`accumulation ${what}`), one, 1e-7);
    expect(found.report.arms[0]?.flags['not-steady']).toBe(N);
    // The decline after the last dose is followed to its end.
    expectClose(
      found.values('half-life'),
      k.map((x) => Math.LN2 / x),
      1e-7,
    );
    // Without tau the second dose's curve has what the first one left in it.
    const whole = await ncaOf(studyOf(text, N), { from: 6 });
    expect(whole.report.arms[0]?.flags).toEqual({ 'carried-over': N });
    expect(whole.report.parameters.map(({ name }) => name)).not.toContain('AUCtau');
  });

  it('ends a first dose at the next one, and of one interval still foretells the half-life', async () => {
    const text = oneCompartment(`therapy twice
  dose 100 [mg] into central every 12 h times 2
show until 72 h every 2 h`);
    const found = await ncaOf(studyOf(text, N));
    expect(found.values('Tlast').every((t) => t === 12)).toBe(true);
    expectClose(found.values('CL'), cl, 1e-7);
  });
});

it('agrees with the endpoints that the reference page gives for the same numbers', async () => {
  const page = readFileSync(new URL('../../src/language/REFERENCE.md', import.meta.url), 'utf8');
  const [, lines = ''] = /### Pharmacokinetic parameters[\s\S]*?```model\n([\s\S]*?)```/.exec(page) ?? [];
  const text = oneCompartment(`therapy oral
  dose 100 [mg] into gut every 12 h
${lines}show until 168 h every 0.1 h`);
  const study = studyOf(text, 4);
  const ran = await runIndividuals(study, { engine: await engineFor('webassembly') }, [0, 1, 2, 3]);
  if (ran.kind !== 'done') throw new Error(JSON.stringify(ran).slice(0, 500));
  const [arm] = ran.individuals.arms;
  const names = ran.prepared.program.endpoints.map(({ name }) => name);
  const endpoint = (name: string) =>
    [...(arm?.endpoints ?? [])].slice(4 * names.indexOf(name), 4 * names.indexOf(name) + 4);
  const found = await ncaOf(study, { from: 156, tau: 12 });
  for (const [line, name] of [
    ['Cmax', 'Cmax'],
    ['Ctrough', 'Clast'],
    ['AUCtau', 'AUCtau'],
    ['Cavg', 'Cavg'],
    ['fluctuation', 'fluctuation'],
    ['peak_trough_swing', 'swing'],
    ['accumulation', 'accumulation AUCtau'],
  ] as const)
    expectClose(found.values(name), endpoint(line), 1e-3);
  expectClose(found.values('Tmax'), endpoint('Tmax'), 0, 0.05 + 1e-6);
  expect(names).toHaveLength(8);
});

describe('a curve that tells little', () => {
  const upTo72 = (step: number) => Array.from({ length: 72 / step + 1 }, (_, i) => i * step);

  it('has no half-life and no clearance while it still rises, is flagged, and is counted as lacking them', async () => {
    const text = oneCompartment(`therapy on
  dose 1000 [mg] into central over 100 h
show until 10 h every 1 h`);
    const { report, rows, values } = await ncaOf(studyOf(text, N));
    for (const name of ['lambda_z', 'half-life', 'AUCinf', 'AUC extrapolated', 'CL', 'Vz', 'MRT'])
      expect(values(name)).toEqual(rows.map(() => null));
    expect(rows[0]?.flags).toEqual(['too-few-points']);
    const lacking = report.arms[0]?.parameters.find(({ name }) => name === 'CL');
    expect(lacking).toMatchObject({
      n: 0,
      mean: null,
      geometricMean: null,
      missing: { 'too-few-points': N },
    });
    expect(values('AUClast').every((x) => (x ?? 0) > 0)).toBe(true);
  });

  it('is cut at the limit of quantification', async () => {
    const { values } = await ncaOf(studyOf(BOLUS, N), { lloq: 0.5, times: upTo72(2) });
    const { v, k } = truth(BOLUS);
    // The last of the even hours at which 100 / V exp(-k t) is 0.5 still.
    const last = k.map((x, i) => 2 * Math.floor(Math.log(100 / (v[i] ?? 0) / 0.5) / x / 2));
    expect(values('Tlast')).toEqual([...last]);
  });

  it('ends at a millionth of its peak, below which the solver and not the drug decides', async () => {
    const { values, report } = await ncaOf(
      studyOf(BOLUS, N, { set: { TVCL: 200 }, solver: { rtol: 1e-4 } }),
      { times: upTo72(0.25) },
    );
    const rates = trueValues(BOLUS, 'CL', N).map((x, i) => (40 * x) / (trueValues(BOLUS, 'V', N)[i] ?? 0));
    expectClose(
      values('half-life'),
      rates.map((x) => Math.LN2 / x),
      1e-3,
    );
    const last = rates.map((x) => Math.floor((4 * Math.log(1e6)) / x) / 4);
    expect(values('Tlast')).toEqual([...last]);
    expect(report.lloq).toBeNull();
  });

  it('of a patient who could not be solved has no numbers, and says which failure it was', async () => {
    const text = oneCompartment(
      `therapy once
  dose 100 [mg] into central
show until 24 h every 1 h`,
      'central / V * (if eta_cl > 0 then 1 else 0 / 0) in mg/L',
    ).replace(
      'at CL / V * central',
      'at CL / V * central * (if eta_cl > 0 then 1 else 0 / (eta_cl - eta_cl))',
    );
    const { rows, report } = await ncaOf(studyOf(text, N));
    const failed = rows.filter(({ flags }) => flags.includes('failed: not finite'));
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThan(N);
    for (const { values, route } of failed)
      expect([route, ...values.filter((x) => x !== null)]).toEqual(['']);
    expect(report.arms[0]).toMatchObject({ failed: failed.length, analysed: N - failed.length });
    expect(report.arms[0]?.parameters[0]?.missing).toEqual({ failed: failed.length });
  });
});

it('gives the published numbers of the twelve theophylline subjects, sampled as they were', async () => {
  const { theoph } = fromR<{ theoph: { times: number[]; values: number[]; dose: number }[] }>('nca');
  const found: (number | null)[][] = [];
  for (const { times, values } of theoph) {
    // Their measured concentrations are the model's output, from one sample to the next in straight lines.
    const points = times.map((t, i) => `${t} -> ${values[i]}`).join(', ');
    const until = times.at(-1) ?? 0;
    const text = `model measured
  time h
table level : mg/L by h linear = ${points}
compartment gut : mg
output conc = level(t)
therapy tablet
  dose 320 [mg] into gut
show until ${until} h every 1 h
`;
    const all = await ncaOf(studyOf(text, 1), { times, rule: 'linear' });
    found.push(
      [
        'Cmax', 'Tmax', 'Clast', 'half-life', 'lambda_z', 'points', 'R2 adjusted', 'AUClast',
        'AUCinf', 'AUC extrapolated', 'Vz/F', 'CL/F', 'MRT',
      ].map((name) => all.values(name)[0] ?? null), // biome-ignore format: names
    );
  }
  expect(found).toHaveLength(THEOPH_LINEAR.length);
  THEOPH_LINEAR.forEach(([, ...first], s) => {
    const [, auc, percent, , , volume, clearance, mrt] = THEOPH_LINEAR_INFINITY[s] ?? [];
    // They print seven or eight digits.
    expectClose(found[s] ?? [], [...first, auc, percent, volume, clearance, mrt].map(Number), 5e-6);
  });
});

describe.each(TESTED_BACKENDS)('%s', (backend) => {
  it('samples before and after doses at times that no binary number meets', async () => {
    const text = oneCompartment(`therapy t
  dose 100 [mg] into central every 7.3 h times 40
show until 291.9 h every 0.7 h`);
    const found = await ncaOf(studyOf(text, N), { from: 9 * 7.3, tau: 7.3 }, backend);
    const { v, k } = truth(text);
    const peaks = k.map((x, i) => (100 / (v[i] ?? 0)) * ((1 - Math.exp(-73 * x)) / (1 - Math.exp(-7.3 * x))));
    const small = backend === 'webgpu' ? 1e-4 : 1e-6;
    expectClose(found.values('Cmax'), peaks, small);
    expectClose(
      found.values('Cmin'),
      peaks.map((peak, i) => peak * Math.exp(-7.3 * (k[i] ?? 0))),
      small,
    );
    expect(found.values('Tmax').every((t) => t === 0)).toBe(true);
    expect(found.values('Tlast').every((t) => t === 7.3)).toBe(true);
  });
});

describe.skipIf(TESTED_BACKENDS.length < 2)('both backends', () => {
  it('agree on every number of theophylline at steady state', async () => {
    const study = {
      gemello: 1,
      model: { name: 'theophylline' },
      cohort: { patients: 24, seed: SEED },
      arms: [{ name: 'twice', therapy: 'twice' }],
    } as const;
    const [wasm, gpu] = await Promise.all(
      (['webassembly', 'webgpu'] as const).map((backend) => ncaOf(study, { from: 108, tau: 12 }, backend)),
    );
    // How many points the terminal line takes turns on the fourth digit of R2; what follows from it moves with it.
    const steady = ['Cmax', 'Tmax', 'Cmin', 'AUCtau', 'Cavg', 'fluctuation', 'CL/F', 'accumulation AUCtau'];
    for (const name of steady) expectClose(gpu?.values(name) ?? [], wasm?.values(name) ?? [], 1e-3);
    expectClose(gpu?.values('half-life') ?? [], wasm?.values('half-life') ?? [], 0.02);
    expect(gpu?.rows.map(({ dose, route }) => [dose, route])).toEqual(wasm?.rows.map(({ dose, route }) => [dose, route])); // biome-ignore format: rows
  });
});

it('samples soon after a dose where the run itself is only looked at once an interval', async () => {
  const text = oneCompartment(`therapy daily
  dose 100 [mg] into gut every 24 h
show until 240 h every 24 h`);
  const found = await ncaOf(studyOf(text, N), { from: 216, tau: 24 });
  // Steps of 9 % of the time since the dose.
  expectClose(found.values('CL/F'), truth(text).cl, 2e-3);
  expect(found.values('points').every((points) => (points ?? 0) >= 5)).toBe(true);
});

describe('many patients', () => {
  it('are held a chunk at a time: the next is not solved before the rows of this one are taken', async () => {
    const real = await engineFor('webassembly');
    let open = 0;
    const sizes: number[] = [];
    const engine = {
      ...real,
      individuals: (...[program, job, patients, options]: Parameters<typeof real.individuals>) => {
        expect(open).toBe(0);
        sizes.push(patients.length * job.times.length * program.outputs.length * job.arms.length);
        return real.individuals(program, job, patients, options);
      },
    };
    const patients = 5000;
    let told = 0;
    const study = studyOf(BOLUS, patients, { time: { until: '24 h' }, solver: { method: 'exact' } });
    const done = await runNca(study, { engine, options: {} }, {}, async (rows) => {
      open++;
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(rows[0]?.patient).toBe(told);
      told += rows.length;
      open--;
    });
    expect(told).toBe(patients);
    expect(sizes.length).toBeGreaterThan(2);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000_000);
    if (done.kind !== 'done') throw new Error(done.kind);
    expect(done.nca.arms[0]?.parameters.find(({ name }) => name === 'CL')?.n).toBe(patients);
  });

  it('have quantiles within 0.1 % once their values are no longer kept, and the same means', () => {
    const uniform = uniformSource(3);
    const [all, counted] = [createTally(5000), createTally(100)];
    for (let i = 0; i < 5000; i++) {
      const value = Math.exp(1 + 0.5 * normal(uniform));
      all.add(value);
      counted.add(value);
    }
    all.add('no-dose');
    const [a, b] = [all.summary('CL', 'L/h'), counted.summary('CL', 'L/h')];
    expectClose([b.p5, b.median, b.p95], [a.p5, a.median, a.p95], 1e-3);
    expect([b.n, b.mean, b.sd, b.geometricMean, b.min, b.max]).toEqual([a.n, a.mean, a.sd, a.geometricMean, a.min, a.max]); // biome-ignore format: numbers
    expect(a.missing).toEqual({ 'no-dose': 1 });
    // A lognormal with sdlog 0.5: geometric mean e, geometric CV 53.3 %.
    expectClose([a.geometricMean, a.geometricCvPercent], [Math.E, 53.29], 0.03);
  });

  it('of three values have the mean, SD, CV and quantiles one works out by hand', () => {
    const tally = createTally();
    for (const x of [2, 4, 8]) tally.add(x);
    const { mean, sd, cvPercent, geometricMean, geometricCvPercent, min, p5, median, max } = tally.summary(
      'x',
      '1',
    );
    expectClose(
      [mean, sd, cvPercent],
      [14 / 3, Math.sqrt(28 / 3), (100 * Math.sqrt(28 / 3)) / (14 / 3)],
      1e-14,
    );
    // Logarithms ln 2 apart: variance (ln 2)^2.
    expectClose(
      [geometricMean, geometricCvPercent],
      [4, 100 * Math.sqrt(Math.exp(Math.LN2 ** 2) - 1)],
      1e-12,
    );
    expect([min, p5, median, max]).toEqual([2, 2.2, 4, 8]);
    const zero = createTally();
    zero.add(0);
    expect(zero.summary('x', '1')).toMatchObject({ mean: 0, sd: null, cvPercent: null, geometricMean: null });
  });

  it('with weights count by them: mean, spread and quantiles as worked out by hand, kept or in bins', () => {
    const [values, weights] = [[2, 4, 8, 16], [3, 1, 0, 4]]; // biome-ignore format: pairs
    const [exact, binned, plain, scaled] = [createTally(), createTally(2), createTally(), createTally()];
    values.forEach((x, i) => {
      for (const tally of [exact, binned]) tally.add(x, weights[i]);
      plain.add(x);
      scaled.add(x, 5);
    });
    exact.add('no-dose', 0);
    const told = exact.summary('x', '1');
    // W = 8, mean (6 + 4 + 64) / 8 = 9.25; squares 3 7.25^2 + 5.25^2 + 4 6.75^2 over 8 - (9 + 1 + 16) / 8.
    expectClose([told.mean, told.sd], [9.25, Math.sqrt((157.6875 + 27.5625 + 182.25) / 4.75)], 1e-14);
    expectClose([told.geometricMean], [2 ** ((3 * 1 + 2 + 4 * 4) / 8)], 1e-14);
    expect([told.n, told.min, told.p5, told.median, told.p95, told.max, told.missing]).toEqual([
      3,
      2,
      2,
      4,
      16,
      16,
      {},
    ]);
    expectClose([binned.summary('x', '1').mean, binned.summary('x', '1').sd], [told.mean, told.sd], 1e-14);
    expectClose([binned.summary('x', '1').p5, binned.summary('x', '1').p95], [2, 16], 1e-3);
    const [a, b] = [plain.summary('x', '1'), scaled.summary('x', '1')];
    expect([b.p5, b.median, b.p95]).toEqual([a.p5, a.median, a.p95]);
    expectClose([b.mean, b.sd, b.geometricCvPercent], [a.mean, a.sd, a.geometricCvPercent], 1e-14);
  });

  it('of a weighted cohort are summed up with the weights of its run, or say that they are not', async () => {
    const text = `${BOLUS}endpoint auc = integral(conc, 0 h .. 72 h) in mg*h/L\n`;
    const patients = 200;
    const weights = [{ of: 'auc', mean: 26 }];
    const study = { ...studyOf(text, patients), cohort: { patients, seed: SEED, weights } };
    const engine = await engineFor('webassembly');
    const ran = await runStudy(study, { engine, certify: false });
    const opened = await openNca(study, { engine });
    if (ran.kind !== 'done' || opened.kind !== 'done' || !ran.weights) throw new Error('not run');
    const cl: number[] = [];
    const { analysis } = opened;
    const p = analysis.columns.parameters.findIndex(({ name }) => name === 'CL');
    const own = ran.weights.of(0, patients);
    const report = await analysis.run(
      (rows) => void cl.push(...rows.map(({ values }) => values[p] ?? Number.NaN)),
      { weights: ran.weights },
    );
    const mean = (of: (i: number) => number) => cl.reduce((sum, x, i) => sum + x * of(i), 0) / patients;
    const weighted = mean((i) => own[i] ?? 0);
    expectClose([report.arms[0]?.parameters[p]?.mean ?? null], [weighted], 1e-12);
    expect(mean(() => 1) / weighted).toBeGreaterThan(1.1);
    expect(report.notes).toEqual(['patients count by their weights']);
    const without = await analysis.run();
    expectClose([without.arms[0]?.parameters[p]?.mean ?? null], [mean(() => 1)], 1e-12);
    expect(without.notes).toEqual(['weights are not looked at: every patient counts once']);
  });
});
