// Studies whose parameters differ: variances between and within them against their closed forms, and each study against a
// run of its own.
import { afterAll, describe, expect, it } from 'vitest';
import { addColumn } from '../../src/engine/histogram.ts';
import { createSummary } from '../../src/engine/summary.ts';
import { prepare } from '../../src/study/prepare.ts';
import { runStudy } from '../../src/study/run.ts';
import { listenForStudies } from '../../src/study/studies.ts';
import type { Study } from '../../src/study/study.ts';
import { drawParameters } from '../../src/study/uncertainty.ts';
import { closeEngines, engineFor, TESTED_BACKENDS } from '../engine/engines.ts';

afterAll(closeEngines);

/** auc is dose / (CL exp(eta)): its logarithm varies between studies by CL's error and between patients by eta. */
const TEXT = `model decline "A bolus"
  time h
parameter CL = 5 [L/h]
random eta ~ normal(sd 0.4)
uncertain CL ~ lognormal(rse 30 %)
compartment blood : mg
flow elimination : blood -> at CL * exp(eta) / 20 [L] * blood
output conc = blood / 20 [L]
endpoint logauc = log(integral(conc) / 20 [mg*h/L])
endpoint over = integral(conc) > 20 [mg*h/L]
therapy once
  dose 100 [mg] into blood
show until 400 h every 100 h
`;
const study = (cohort: NonNullable<Study['cohort']>): Study => ({
  gemello: 1,
  model: { text: TEXT },
  cohort: { seed: '5', ...cohort },
  arms: [{ name: 'once', therapy: 'once' }],
  solver: { method: 'tsit5', rtol: 1e-6 },
});

async function ranOf(what: Study, backend: (typeof TESTED_BACKENDS)[number] = 'webassembly') {
  const ran = await runStudy(what, { engine: await engineFor(backend) });
  if (ran.kind !== 'done') throw new Error(JSON.stringify(ran));
  return ran.result;
}

describe('simulated studies', () => {
  it('tell what we are unsure of from how patients differ', async () => {
    const K = 100;
    const { studies, patients } = await ranOf(study({ patients: 60 * K, studies: K }));
    expect([studies?.studies, studies?.patients, patients]).toEqual([K, 60, 60 * K]);
    const found = studies?.arms[0]?.endpoints.logauc;
    const between = Math.log(1 + 0.3 ** 2);
    const within = 0.4 ** 2;
    // Relative errors of a variance: sqrt(2 / (K - 1)) and sqrt(2 / N); the studies' sampling noise adds within / 60.
    const slack = 4 * Math.sqrt(2 / (K - 1)) * (between + within / 60);
    expect(Math.abs((found?.variance?.between ?? 0) - between)).toBeLessThan(slack);
    expect(Math.abs((found?.variance?.within ?? 0) - within)).toBeLessThan(
      4 * Math.sqrt(2 / (59 * K)) * within,
    );
    // Means of log auc lie about 0 with that spread: 90 % within 1.645 of it.
    const sd = Math.sqrt(between + within / 60);
    const error = (4 * sd * Math.sqrt(0.05 * 0.95)) / (0.103 * Math.sqrt(K));
    expect(Math.abs((found?.mean['0.95'] ?? 9) - 1.645 * sd)).toBeLessThan(error);
    expect(Math.abs((found?.mean['0.05'] ?? 9) + 1.645 * sd)).toBeLessThan(error);
    expect(Math.abs(found?.median?.['0.5'] ?? 9)).toBeLessThan((5 * sd) / Math.sqrt(K));
  });
});

describe.each(TESTED_BACKENDS)('a study of studies on %s', (backend) => {
  it('has the bands and variances of the reference', async () => {
    const what = study({ patients: 120, studies: 3 });
    const [own, exact] = [await ranOf(what, backend), await ranOf(what)];
    const [found, wanted] = [own, exact].map(({ studies }) => studies?.arms[0]?.endpoints.logauc);
    expect(Math.abs((found?.mean['0.95'] ?? 9) - (wanted?.mean['0.95'] ?? 0))).toBeLessThan(1e-3);
    const share = wanted?.variance?.betweenShare ?? 0;
    expect(Math.abs((found?.variance?.betweenShare ?? 9) - share)).toBeLessThan(1e-3);
  });
});

it('failed patients are in no variance, and what was heard stays when studies are repeated for their bins', () => {
  const bins = { mantissaBits: 10, low: -4, high: 12, signed: false };
  const endpoints = [{ name: 'x', unit: 'mg', type: 'value' }] as const;
  const listener = listenForStudies({ arms: ['a'], outputs: [], endpoints }, 2, 3);
  const program = { outputs: [], endpoints };
  const of = {
    arms: [{ therapy: -1, study: new Float64Array() }],
    times: new Float64Array(),
    bins: { outputs: [], endpoints: [bins] },
  };
  const values = [
    [1, 3, 1000],
    [5, 7, 1000],
  ];
  const status = Uint8Array.of(0, 0, 3);
  for (const heard of [true, false])
    for (const [s, own] of values.entries()) {
      const given = Float64Array.from(own);
      const summary = createSummary(program, of);
      const [histogram] = summary.arms[0]?.endpoints ?? [];
      if (histogram) addColumn(histogram, 0, given, 0, 3, status);
      listener.begin(s);
      if (heard) listener.onEndpoints({ first: 3 * s, count: 3, arms: [{ status, endpoints: given }] });
      listener.end(summary);
    }
  const found = listener.report().arms[0]?.endpoints.x;
  // Within: 2 in each. Means 2 and 6 vary by 8, of which 2 / 2 is the sampling of two patients.
  expect(found?.variance).toEqual({ between: 7, within: 2, betweenShare: 7 / 9 });
  expect(found?.mean['0.5']).toBeCloseTo(4, 12);
});

describe('studies in which an endpoint does not exist', () => {
  /** Bands over studies of three patients each. */
  function bandsOver(...studies: readonly (readonly [number, number, number])[]) {
    const bins = { mantissaBits: 10, low: -4, high: 12, signed: false };
    const endpoints = [{ name: 'x', unit: 'h', type: 'value' }] as const;
    const listener = listenForStudies({ arms: ['a'], outputs: [], endpoints }, studies.length, 3);
    const of = {
      arms: [{ therapy: -1, study: new Float64Array() }],
      times: new Float64Array(),
      bins: { outputs: [], endpoints: [bins] },
    };
    const status = new Uint8Array(3);
    for (const [s, own] of studies.entries()) {
      const given = Float64Array.from(own);
      const summary = createSummary({ outputs: [], endpoints }, of);
      const [histogram] = summary.arms[0]?.endpoints ?? [];
      if (histogram) addColumn(histogram, 0, given, 0, 3, status);
      listener.begin(s);
      listener.onEndpoints({ first: 3 * s, count: 3, arms: [{ status, endpoints: given }] });
      listener.end(summary);
    }
    return listener.report().arms[0]?.endpoints.x;
  }
  const never = Number.NaN;

  it('have a median later than every other: it is not left out of the bands', () => {
    const found = bandsOver([8, 10, 12], [16, 20, never], [30, never, never], [never, never, never]);
    // Medians 10, 20, and two that never come: a quarter of the way lies between the first two, half of it between
    // 20 and never.
    expect(found?.median?.['0.05']).toBeCloseTo(11.5, 1);
    expect(found?.median?.['0.25']).toBeCloseTo(17.5, 1);
    expect(found?.median).toMatchObject({ '0.5': null, '0.75': null, '0.95': null });
  });

  it('are counted where the mean has no place for them', () => {
    const found = bandsOver([8, 10, 12], [never, never, never], [30, never, never]);
    expect(found?.without).toBe(1);
    expect(found?.mean['0.5']).toBeCloseTo(20, 6);
    expect(bandsOver([8, 10, 12], [1, 2, 3])?.without).toBeUndefined();
  });

  it('share no variance out where nothing varies', () => {
    expect(bandsOver([5, 5, 5], [5, 5, 5])?.variance).toEqual({ between: 0, within: 0, betweenShare: 0 });
  });
});

describe('a study of studies', () => {
  it('runs each with its own parameters and people: as it would by itself', async () => {
    const engine = await engineFor('webassembly');
    const whole = study({ patients: 120, studies: 3 });
    const { studies } = await ranOf(whole);
    const ready = await prepare(whole, { engine });
    if (ready.kind !== 'done') throw new Error('prepared');
    const { model } = ready.prepared.model;
    const means: number[] = [];
    for (let s = 0; s < 3; s++) {
      const drawn = drawParameters(model, '5', s);
      if (drawn.kind !== 'drawn') throw new Error(drawn.message);
      const alone = { ...study({ patients: 120 }), set: drawn.values };
      const made = await prepare(alone, { engine });
      if (made.kind !== 'done') throw new Error('prepared');
      const { program, job } = made.prepared;
      const own = await engine.individuals(
        program,
        job,
        Array.from({ length: 40 }, (_, i) => 40 * s + i),
      );
      const values = own.arms[0]?.endpoints.slice(0, 40) ?? new Float64Array();
      means.push(values.reduce((sum, x) => sum + x, 0) / 40);
    }
    means.sort((a, b) => a - b);
    const found = studies?.arms[0]?.endpoints.logauc?.mean;
    expect(found?.['0.5']).toBeCloseTo(means[1] ?? 9, 6);
    expect(found?.['0.05']).toBeCloseTo((means[0] ?? 9) * 0.9 + (means[1] ?? 9) * 0.1, 6);
    expect(found?.['0.95']).toBeCloseTo((means[2] ?? 9) * 0.9 + (means[1] ?? 9) * 0.1, 6);
  });

  it('has bands of medians over time, shares of a probability, and arms of all patients together', async () => {
    const { studies, arms } = await ranOf(study({ patients: 400, studies: 4 }));
    const conc = studies?.arms[0]?.outputs.conc;
    expect(conc?.median['0.5']).toHaveLength(5);
    // Before the dose, just after which it is 5 mg/L.
    expect(conc?.median['0.05'][0]).toBe(0);
    const over = studies?.arms[0]?.endpoints.over;
    expect(over?.median).toBeUndefined();
    const share = arms[0]?.endpoints.over;
    if (share === undefined || !('probability' in share)) throw new Error('over is a probability');
    expect(over?.mean['0.05']).toBeLessThan(share.probability);
    expect(over?.mean['0.95']).toBeGreaterThan(share.probability);
  });

  it('draws people from distributions that follow its parameters', async () => {
    const engine = await engineFor('webassembly');
    const text = TEXT.replace(
      'random eta',
      'covariate W : L/h ~ lognormal(median CL, sdlog 0.1)\nrandom eta',
    );
    const made = await prepare({ ...study({ patients: 40, studies: 4 }), model: { text } }, { engine });
    if (made.kind !== 'done') throw new Error(JSON.stringify(made));
    const { studies, model } = made.prepared;
    const ratios = [0, 1].map((s) => {
      const own = studies.jobOf(s);
      const drawn = drawParameters(model.model, '5', s);
      if ('field' in own || drawn.kind !== 'drawn') throw new Error('a job and its parameters');
      return (own.columns.read(0, 1)[0] ?? 0) / (drawn.values.CL ?? 1);
    });
    expect(ratios[0]).toBeCloseTo(ratios[1] ?? 9, 6);
  });

  it('needs uncertain parameters, and patients that can be shared', async () => {
    const engine = await engineFor('webassembly');
    const sure = {
      ...study({ patients: 100, studies: 4 }),
      model: { text: TEXT.replace(/uncertain.*\n/, '') },
    };
    expect(await runStudy(sure, { engine })).toMatchObject({
      kind: 'refused',
      errors: [{ field: 'cohort.studies', message: expect.stringContaining('no uncertain parameters') }],
    });
    expect(await runStudy(study({ patients: 100, studies: 7 }), { engine })).toMatchObject({
      kind: 'refused',
      errors: [{ field: 'cohort.studies', message: expect.stringContaining('use 98') }],
    });
  });

  it('says how far it is over all studies', async () => {
    const engine = await engineFor('webassembly');
    const told: number[] = [];
    await runStudy(study({ patients: 120, studies: 3 }), {
      engine,
      options: { onProgress: (n) => told.push(n) },
    });
    expect(told.at(-1)).toBe(120);
    expect(told).toEqual([...told].sort((a, b) => a - b));
  });
});
