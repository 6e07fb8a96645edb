// Visual predictive checks of dosing files: simulated values against their formula, true and wrong models told apart,
// twelve published subjects. Published data are skipped where the folder of shared data is not beside the project.
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import type { BackendName } from '../../src/engine/backend.ts';
import { createDraws } from '../../src/engine/draws.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Study } from '../../src/study/study.ts';
import { predictiveCheckOf, type VpcOptions } from '../../src/study/vpc.ts';
import type { Vpc } from '../../src/study/vpc-report.ts';
import { closeEngines, engineFor, TESTED_BACKENDS } from '../engine/engines.ts';

afterAll(closeEngines);

const K = 0.1;
const OMEGA = 0.3;
const SIGMA = 0.15;
const MODEL = (measures = `measure level of amount error proportional ${SIGMA}`) => `model decline
  time h
parameter KE = ${K} [1/h]
random eta ~ normal(sd ${OMEGA})
own = ${SIGMA} * exp(eta)
compartment central : mg
flow eliminated : central -> at KE * exp(eta) * central
output amount = central
${measures}
endpoint last = central at 12 h
show until 12 h every 1 h
`;

const studyOf = (more: Partial<Study> = {}, text = MODEL()): Study => ({
  gemello: 1,
  model: { text },
  cohort: { seed: '11', data: { file: 'f.csv', output: 'amount' } },
  solver: { method: 'tsit5', rtol: 1e-8 },
  ...more,
});

async function vpcOf(
  csv: string,
  options: VpcOptions = {},
  study = studyOf(),
  backend: BackendName = 'webassembly',
): Promise<Vpc> {
  const engine = await engineFor(backend);
  const done = await predictiveCheckOf(study, { engine, tables: { 'f.csv': csv } }, options);
  if (done.kind !== 'done') throw new Error(JSON.stringify(done).slice(0, 1000));
  const { bins, inside, observations } = done.vpc;
  const outside = /(\d+) observations? outside/.exec(done.vpc.notes.join())?.[1] ?? 0;
  // One point a measurement inside the bins.
  expect(done.points.times).toHaveLength(observations - Number(outside));
  expect(done.points.values).toHaveLength(done.points.times.length);
  // The shares are those of the bins.
  for (const p of ['p5', 'p50', 'p95'] as const) {
    const told = bins.flatMap((bin) => bin[p].inside ?? []);
    expect(inside[p]).toBeCloseTo(told.filter(Boolean).length / told.length, 14);
  }
  return done.vpc;
}

async function refusalOf(csv: string, options: VpcOptions, study = studyOf()): Promise<string> {
  const engine = await engineFor('webassembly');
  const done = await predictiveCheckOf(study, { engine, tables: { 'f.csv': csv } }, options);
  return done.kind === 'refused' ? done.errors.map(({ message }) => message).join() : done.kind;
}

const HEADING = 'ID,TIME,AMT,DV\n';
const fileOf = (
  subjects: readonly { dose: number; seen: readonly (readonly [number, number | string])[] }[],
) =>
  HEADING +
  subjects
    .map(({ dose, seen }, s) =>
      [`${s + 1},0,${dose},.`, ...seen.map(([time, value]) => `${s + 1},${time},.,${value}`)].join('\n'),
    )
    .join('\n') +
  '\n';

/** Patients of another seed of the same distribution, from the formula. */
function drawnFile(seed: string, subjects: number, times: readonly number[], rate = K): string {
  const { read } = createDraws(seed);
  const effects = read('normal', 'random effect', 'test eta', 0, subjects);
  return fileOf(
    Array.from({ length: subjects }, (_, s) => ({
      dose: 100,
      seen: times.map((time, n) => {
        const [e = 0] = read('normal', 'residual error', `test ${n}`, s, 1);
        const truth = 100 * Math.exp(-rate * Math.exp(OMEGA * (effects[s] ?? 0)) * time);
        return [time, truth * (1 + SIGMA * e)] as const;
      }),
    })),
  );
}

describe('a visual predictive check', () => {
  it('simulates each subject anew in every replicate, at the own dose and times, with the own residual error', async () => {
    const csv = fileOf([
      { dose: 100, seen: [[2, 80], [7, 50]] },
      { dose: 40, seen: [[3, 30], [5, 25], [12, 10]] },
    ]); // biome-ignore format: subjects
    const edges = [1.5, 2.5, 4, 6, 9, 12];
    const study = studyOf({}, MODEL('measure level of amount error proportional own'));
    const { bins, observations, subjects } = await vpcOf(csv, { replicates: 2, edges }, study);
    expect([subjects, observations]).toEqual([2, 5]);
    const { read } = createDraws('11');
    const value = (dose: number, time: number, patient: number, n: number) => {
      const [eta = 0] = read('normal', 'random effect', 'eta', patient, 1);
      const [e = 0] = read('normal', 'residual error', 'level', n * 2 ** 32 + patient, 1);
      const own = SIGMA * Math.exp(OMEGA * eta);
      return dose * Math.exp(-K * Math.exp(OMEGA * eta) * time) * (1 + own * e);
    };
    const wanted = [
      [100, 2, 0, 0, 80],
      [40, 3, 1, 0, 30],
      [40, 5, 1, 1, 25],
      [100, 7, 0, 1, 50],
      [40, 12, 1, 2, 10],
    ] as const;
    wanted.forEach(([dose, time, subject, n, seen], b) => {
      const [a, c] = [value(dose, time, subject, n), value(dose, time, 2 + subject, n)];
      const { p50, time: at } = bins[b] ?? {};
      expect([at, p50?.observed]).toEqual([time, seen]);
      // Of two replicates: halfway, and 2.5 % of the way from either.
      const places = [0.025, 0.5, 0.975].map((p) => Math.min(a, c) + p * Math.abs(a - c));
      [p50?.low, p50?.median, p50?.high].forEach((got, q) => {
        expect(Math.abs(Number(got) / (places[q] ?? Number.NaN) - 1)).toBeLessThan(1e-6);
      });
    });
  });

  it('holds what the model itself made inside at about the nominal rate, and a wrong clearance outside', async () => {
    const times = [1, 3, 6, 9, 12];
    let [inside, all] = [0, 0];
    for (let set = 0; set < 24; set++) {
      const csv = drawnFile(`${900 + set}`, 25, times);
      const { bins } = await vpcOf(csv, { replicates: 150, bins: 5 });
      for (const { p50 } of bins) {
        inside += p50.inside ? 1 : 0;
        all++;
      }
    }
    expect(all).toBe(120);
    // 95 % less what 150 replicates cost; the bins of a data set share its subjects: about 60 independent ones.
    expect(inside / all).toBeGreaterThan(0.86);
    expect(inside / all).toBeLessThan(0.995);
    const csv = drawnFile('900', 25, times);
    const wrong = await vpcOf(csv, { replicates: 150, bins: 5 }, studyOf({ set: { KE: 2 * K } }));
    expect(wrong.inside.p50).toBeLessThanOrEqual(0.2);
    const quick = await vpcOf(drawnFile('900', 25, times, 2 * K), { replicates: 150, bins: 5 });
    expect(quick.inside.p50).toBeLessThanOrEqual(0.2);
  }, 120_000);

  it('is the same document whatever is integrated at once', async () => {
    const csv = drawnFile('5', 7, [1, 2.5, 12]);
    const whole = JSON.stringify(await vpcOf(csv, { replicates: 30 }));
    for (const chunk of [1, 5, 64])
      expect(JSON.stringify(await vpcOf(csv, { replicates: 30, chunk }))).toBe(whole);
    const other = await vpcOf(
      csv,
      { replicates: 30 },
      studyOf({ cohort: { seed: '12', data: { file: 'f.csv' } } }),
    );
    expect(JSON.stringify(other.bins)).not.toBe(JSON.stringify(JSON.parse(whole).bins));
  });

  it.skipIf(!TESTED_BACKENDS.includes('webgpu'))(
    'is the same on a GPU, to its precision',
    async () => {
      const csv = drawnFile('5', 7, [1, 2.5, 12]);
      const [exact, gpu] = [
        await vpcOf(csv, { replicates: 30 }),
        await vpcOf(csv, { replicates: 30 }, studyOf(), 'webgpu'),
      ];
      exact.bins.forEach(({ p5, p50, p95 }, b) => {
        const other = gpu.bins[b];
        for (const [one, two] of [
          [p5, other?.p5],
          [p50, other?.p50],
          [p95, other?.p95],
        ] as const)
          for (const end of ['low', 'median', 'high'] as const)
            expect(Math.abs(Number(two?.[end]) / Number(one?.[end]) - 1)).toBeLessThan(1e-4);
      });
    },
    60_000,
  );

  it('is corrected by the prediction: values that are predictions are all the prediction of their bin', async () => {
    const doses = [10, 100, 1000];
    const csv = fileOf(
      doses.map((dose) => ({
        dose,
        seen: [0, 2, 6].map((time) => [time, dose * Math.exp(-K * time)] as const),
      })),
    );
    const plain = await vpcOf(csv, { replicates: 20, edges: [1, 4, 12] });
    expect(Number(plain.bins[0]?.p95.observed)).toBeGreaterThan(40 * Number(plain.bins[0]?.p5.observed));
    const { bins, corrected } = await vpcOf(csv, { replicates: 20, edges: [1, 4, 12], corrected: true });
    expect(corrected).toBe(true);
    [2, 6].forEach((time, b) => {
      const reference = 100 * Math.exp(-K * time);
      for (const band of [bins[b]?.p5, bins[b]?.p50, bins[b]?.p95])
        expect(Math.abs(Number(band?.observed) / reference - 1)).toBeLessThan(1e-6);
      expect(Number(bins[b]?.p95.high) / Number(bins[b]?.p5.low)).toBeLessThan(10);
    });
  });

  it('leaves out, and says so, what has no prediction, is missing or lies outside the bins', async () => {
    const csv = `ID,TIME,AMT,DV\n1,0,.,0.5\n1,1,100,.\n1,3,.,80\n1,5,.,.\n1,12,.,30\n`;
    const { notes, observations } = await vpcOf(csv, { replicates: 5, corrected: true, edges: [2, 6] });
    expect(observations).toBe(2);
    expect(notes.join()).toMatch(/1 observation left out: next to nothing is predicted there/);
    expect(notes.join()).toContain('1 observation outside the bins');
  });

  it('keeps what is not quantified as below, on both sides', async () => {
    const text = MODEL(`measure level of amount error proportional ${SIGMA} lloq 35 [mg]`);
    const times = [1, 10];
    const csv = drawnFile('77', 200, times);
    const { bins, inside } = await vpcOf(csv, { replicates: 100, edges: [0, 5, 12] }, studyOf({}, text));
    const [early, late] = bins;
    expect(early?.below).toMatchObject({ observed: 0, low: 0, high: 0 });
    expect(late?.p5).toMatchObject({ observed: 'below', low: 'below', high: 'below', inside: true });
    const values = csv.split('\n').flatMap((line) => {
      const [, time, , value] = line.split(',');
      return time === '10' ? [Number(value)] : [];
    });
    expect(late?.below?.observed).toBeCloseTo(values.filter((x) => x < 35).length / 200, 14);
    expect(late?.below?.inside).toBe(true);
    expect(Number(late?.below?.low)).toBeGreaterThan(0.2);
    expect(inside.below).toBe(1);
    // A file that says so itself, of a model without a limit.
    const marked = csv
      .split('\n')
      .filter((line) => line !== '')
      .map((line, i) => {
        const [id, time, amount, value] = line.split(',');
        if (i === 0) return `${line},CENS`;
        return Number(value) < 35 ? `${id},${time},${amount},35,1` : `${line},0`;
      })
      .join('\n');
    const own = await vpcOf(`${marked}\n`, { replicates: 100, edges: [0, 5, 12] });
    expect(own.bins).toEqual(bins);
  });

  it('leaves out the replicates of a patient who cannot be solved, and says so', async () => {
    const engine = await engineFor('webassembly');
    const failing = new Set([3]);
    const partly: Engine = {
      ...engine,
      async individuals(program, job, patients, options) {
        const ran = await engine.individuals(program, job, patients, options);
        for (const { status } of ran.arms)
          patients.forEach((p, i) => {
            if (failing.has(p)) status[i] = 1;
          });
        return ran;
      },
    };
    const csv = drawnFile('5', 2, [2]);
    const check = () =>
      predictiveCheckOf(studyOf(), { engine: partly, tables: { 'f.csv': csv } }, { replicates: 2 });
    const done = await check();
    if (done.kind !== 'done') throw new Error(JSON.stringify(done));
    const first = await vpcOf(csv, { replicates: 1 });
    expect(done.vpc.bins).toEqual(first.bins);
    expect(done.vpc).toMatchObject({ replicates: 1 });
    expect(done.vpc.notes.join()).toContain('1 replicate left out');
    failing.add(0);
    const none = await check();
    expect(none.kind === 'refused' && none.errors[0]?.message).toMatch(/every replicate has a patient/);
  });

  it('reads as far as the run goes, and says what is later', async () => {
    const csv = drawnFile('5', 3, [2, 6, 12]);
    const { observations, notes } = await vpcOf(csv, { replicates: 2 }, studyOf({ time: { until: '8 h' } }));
    expect(observations).toBe(6);
    expect(notes).toEqual(["3 observations after the run's end left out"]);
  });

  it('converts the limits of a file in another unit as its values', async () => {
    const csv = 'ID,TIME,AMT [g],DV [g],CENS\n1,0,0.1,.,0\n1,2,.,0.08,0\n1,12,.,0.035,1\n';
    const { bins } = await vpcOf(csv, { replicates: 200, edges: [0, 6, 12] });
    expect(bins[0]?.p50.observed).toBeCloseTo(80, 10);
    expect(bins[1]?.p50.observed).toBe('below');
    // 100 mg exp(-0.1 * 12) is 30 mg: about two thirds are below 35 mg.
    expect(bins[1]?.p50.median).toBe('below');
    expect(bins[1]?.p50.high).toBeGreaterThan(35);
  });

  it('converts them where nothing was quantified too', async () => {
    const csv = 'ID,TIME,AMT [g],DV [g],BLQ,LLOQ\n1,0,0.1,.,0,.\n1,12,.,.,1,0.035\n';
    const { bins } = await vpcOf(csv, { replicates: 200, edges: [6, 12] });
    expect(bins[0]?.below).toMatchObject({ observed: 1, median: 1 });
  });

  it('stops when it is told to', async () => {
    const engine = await engineFor('webassembly');
    const options = { signal: AbortSignal.abort(new Error('enough')) };
    const context = { engine, options, tables: { 'f.csv': drawnFile('5', 2, [2]) } };
    await expect(predictiveCheckOf(studyOf(), context)).rejects.toThrow('enough');
  });

  it.each([
    ['without a file', {}, { cohort: {} }, /a predictive check needs observations/],
    ['of typical patients', {}, { cohort: { typical: true, data: { file: 'f.csv' } } }, /typical patients do not vary/],
    ['without an arm of the file’s doses', {}, { arms: [{ name: 'none' }] }, /no arm has the doses of the file/],
    ['with two such arms', {}, { arms: [{ name: 'a', therapy: 'data' }, { name: 'b', therapy: 'data' }] }, /name one of a, b/],
    ['of an output that nobody measured', { output: 'conc' }, {}, /no observation of conc; there is amount/],
    ['by a measurement that is not there', { measurement: 'strip' }, {}, /strip is no measurement of amount; there is level/],
    ['without replicates', { replicates: 0 }, {}, /0 replicates; use a whole number from 1/],
    ['with too many', { replicates: 1e9 }, {}, /use at most 5000000/],
    ['with edges that do not ascend', { edges: [2, 1] }, {}, /edges must ascend/],
  ] as const)('is refused %s', async (_, options, more, message) => {
    const csv = fileOf([{ dose: 100, seen: [[2, 80]] }, { dose: 100, seen: [[3, 80]] }]);
    expect(await refusalOf(csv, options, studyOf(more))).toMatch(message);
  }); // biome-ignore format: a table

  it('has one bin where all times are the same', async () => {
    const { bins } = await vpcOf(fileOf([{ dose: 100, seen: [[2, 80]] }]), { replicates: 3 });
    expect(bins.map(({ observations }) => observations)).toEqual([1]);
  });
});

/** Where the folder of shared data lies beside the project. */
const THEOPHYLLINE = new URL('../../../shared/models/data/theophylline_12_single_dose.csv', import.meta.url);
const here = existsSync(THEOPHYLLINE);
if (!here) console.warn('skipped: no folder shared/models/data beside the project');

describe.skipIf(!here)('theophylline in twelve subjects', () => {
  const check = async (options: VpcOptions, set: Readonly<Record<string, number>> = {}) => {
    const text = readFileSync(new URL('../../src/models/theophylline.model', import.meta.url), 'utf8');
    // Healthy volunteers.
    const cohort = { set: { SMOKE: 0, HF: 0 }, data: { file: 'f.csv', compartments: { 1: 'gut' } } };
    const study: Study = { gemello: 1, model: { text }, set, cohort };
    return await vpcOf(readFileSync(THEOPHYLLINE, 'utf8'), options, study);
  };
  it.each([false, true])('has the observed median inside the simulated interval in at least 80 % of bins (corrected: %s)', async (corrected) => {
    const { inside, bins, subjects, observations } = await check({ replicates: 500, corrected });
    expect([subjects, observations]).toEqual([12, corrected ? 120 : 132]);
    expect(bins.length).toBeGreaterThanOrEqual(8);
    expect(inside.p50).toBeGreaterThanOrEqual(0.8);
  }, 60_000); // biome-ignore format: a long name
  it('tells a clearance that is doubled', async () => {
    const { inside } = await check({ replicates: 500 }, { TVCL: 5.5 });
    expect(inside.p50).toBeLessThan(0.6);
  }, 60_000);
});
