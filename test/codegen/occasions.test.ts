// Random effects drawn anew at every occasion, through the product: values against the patient's own draws, variances
// between and within patients of a simulated crossover, order within an instant, and draws that nothing shifts.
import { afterAll, describe, expect, it } from 'vitest';
import { factor } from '../../src/codegen/occasions.ts';
import { evaluate } from '../../src/language/evaluate.ts';
import { number } from '../../src/language/expression.ts';
import { cholesky } from '../../src/study/covariance.ts';
import { drawTable } from '../../src/study/draw-table.ts';
import { closeEngines, TESTED_KERNELS } from '../engine/engines.ts';
import { mean, runs } from './population-runs.ts';

afterAll(closeEngines);

const DOSE = 100;
const CL = 50;
/** Elimination is gone long before the next period: an AUC is dose / clearance. */
const crossover = (more = '', occasions = 'every 7 d') => `model crossover "Three periods"
  time d
parameter TVCL = ${CL} [L/d]
random eta ~ normal(cv 30 %)
random kappa ~ normal(cv 20 %) per occasion
${more}occasions "Periods" ${occasions}
CL = TVCL * exp(eta + kappa)
compartment c : mg
flow out : c -> at CL / 5 [L] * c
output conc = c / 5 [L]
output clearance = CL
therapy weekly
  dose ${DOSE} [mg] into c every 7 d
endpoint auc1 = integral(conc, 0 d .. 7 d)
endpoint auc2 = integral(conc, 7 d .. 14 d)
endpoint auc3 = integral(conc, 14 d .. 21 d)
endpoint before = clearance at 7 d
endpoint after = clearance at 10 d
show until 21 d every 1 d
`;
const SD = Math.sqrt(Math.log(1 + 0.2 ** 2));
/** Number n of an effect's stream for a patient. */
const draw = (name: string, patient: number, n: number): number =>
  drawTable([{ kind: 'normal', purpose: 'occasion', name }], { seed: '11', rows: 4 }).read(patient, 1)[
    4 + n
  ] ?? Number.NaN;
const AUCS = ['auc1', 'auc2', 'auc3'] as const;

describe('an effect per occasion', () => {
  it.each(TESTED_KERNELS)(
    'is its column first, then its own draws, before the doses of the instant, by %s',
    async (kernel) => {
      const f32 = kernel === 'webgpu' || kernel.startsWith('f32');
      const ran = await runs(crossover(), { kernel, therapy: 'weekly', rtol: f32 ? 1e-6 : 1e-10 });
      expect(new Set(ran.statuses)).toEqual(new Set(['done']));
      const near = (got: number | undefined, wanted: number) =>
        expect(Math.abs((got ?? 0) / wanted - 1)).toBeLessThan(f32 ? 1e-4 : 1e-7);
      for (let i = 0; i < 40; i++) {
        const kappas = [ran.column('kappa')[i] ?? 0, SD * draw('kappa', i, 0), SD * draw('kappa', i, 1)];
        const clearances = kappas.map((kappa) => CL * Math.exp((ran.column('eta')[i] ?? 0) + kappa));
        AUCS.forEach((auc, k) => void near(ran.endpoint(auc)[i], DOSE / (clearances[k] ?? 0)));
        near(ran.endpoint('before')[i], clearances[0] ?? 0);
        near(ran.endpoint('after')[i], clearances[1] ?? 0);
      }
    },
  );

  it('leaves plain doses streams, and what depends on it is taken once a segment', async () => {
    const { program } = (await runs(crossover(), { patients: 2, therapy: 'weekly' })).prepared;
    expect(program.streams).toHaveLength(1);
    expect(program.happenings.map(({ name }) => name)).toEqual(['occasion']);
    expect(program.inputs.filter(({ kind }) => kind === 'derived').length).toBeGreaterThan(0);
  });

  it('is 0 at every occasion of a typical patient', async () => {
    const ran = await runs(crossover(), { patients: 1, cohort: { typical: true }, therapy: 'weekly' });
    for (const auc of AUCS) expect(ran.endpoint(auc)[0]).toBeCloseTo(DOSE / CL, 6);
  });

  it('decides a dose of the same instant: it is drawn before', async () => {
    const text = crossover().replace(`dose ${DOSE} [mg] into c`, `dose ${DOSE} [mg] * exp(kappa) into c`);
    const ran = await runs(text, { therapy: 'weekly' });
    for (let i = 0; i < 40; i++)
      for (const auc of AUCS)
        expect(((ran.endpoint(auc)[i] ?? 0) * CL * Math.exp(ran.column('eta')[i] ?? 0)) / DOSE).toBeCloseTo(
          1,
          6,
        );
  });

  it('may begin at listed times, each with draws of its own', async () => {
    const ran = await runs(crossover('', 'at 0 d, 7 d, 14 d'), { therapy: 'weekly' });
    for (let i = 0; i < 40; i++)
      for (const [k, auc] of [[2, 'auc2'], [3, 'auc3']] as const) {
        const kappa = SD * draw(`kappa: ${k}`, i, 0);
        const wanted = DOSE / (CL * Math.exp((ran.column('eta')[i] ?? 0) + kappa));
        expect((ran.endpoint(auc)[i] ?? 0) / wanted).toBeCloseTo(1, 6);
      }
  }); // biome-ignore format: pairs

  it('shifts no other draw: another effect per occasion changes no column and no value of the first', async () => {
    const one = await runs(crossover(), { therapy: 'weekly' });
    const more = 'random other ~ normal(sd 1) per occasion\nx = other\n';
    const two = await runs(crossover(more), { therapy: 'weekly' });
    for (const name of ['eta', 'kappa']) expect(two.column(name)).toEqual(one.column(name));
    for (const name of ['after', ...AUCS]) expect(two.endpoint(name)).toEqual(one.endpoint(name));
    const without = await runs(
      crossover()
        .replace(' per occasion', '')
        .replace(/occasions.*\n/, ''),
      { therapy: 'weekly' },
    );
    for (const name of ['eta', 'kappa']) expect(without.column(name)).toEqual(one.column(name));
    // What is held for an occasion is added in another order: the last bits differ.
    without
      .endpoint('auc1')
      .forEach((auc, i) => void expect(auc / (one.endpoint('auc1')[i] ?? 0)).toBeCloseTo(1, 9));
  });
});

describe('a simulated crossover', () => {
  it('gives back the variances between patients and between occasions', async () => {
    const patients = 5000;
    const ran = await runs(crossover(), { patients, therapy: 'weekly', rtol: 1e-5 });
    const logs = AUCS.map((auc) => ran.endpoint(auc).map((x) => Math.log(x)));
    const periods = logs.length;
    const means = Float64Array.from({ length: patients }, (_, i) => mean(logs.map((log) => log[i] ?? 0)));
    // One-way analysis of variance: the mean squares are independent, scaled chi-square.
    const within = mean(Array.from({ length: patients }, (_, i) =>
      logs.reduce((s, log) => s + ((log[i] ?? 0) - (means[i] ?? 0)) ** 2, 0) / (periods - 1)));
    const overall = mean(means);
    const between = (means.reduce((s, m) => s + (m - overall) ** 2, 0) / (patients - 1)) * periods;
    const iov = Math.log(1 + 0.2 ** 2);
    const iiv = Math.log(1 + 0.3 ** 2);
    const seWithin = iov * Math.sqrt(2 / (patients * (periods - 1)));
    const seBetween = (iov + periods * iiv) * Math.sqrt(2 / (patients - 1));
    expect(Math.abs(within - iov)).toBeLessThan(4 * seWithin);
    expect(Math.abs((between - within) / periods - iiv)).toBeLessThan((4 * Math.hypot(seBetween, seWithin)) / periods);
    // Occasions are independent of each other given the patient: their correlation is the patients' share.
    const centred = logs.map((log) => log.map((x) => x - mean(log)));
    const c23 = mean((centred[1] ?? new Float64Array(0)).map((x, i) => x * (centred[2]?.[i] ?? 0)));
    const total = iiv + iov;
    expect(Math.abs(c23 - iiv)).toBeLessThan(4 * Math.sqrt((total * total + iiv * iiv) / patients));
  }, 120_000); // biome-ignore format: a formula

  it('gives back the covariance of a block at a later occasion', async () => {
    const patients = 5000;
    const ran = await runs(`model block "Block"
  time d
parameter r = 0.5
random (a, b) ~ normal(sd 0.3, 2; correlation r) per occasion
occasions every 1 d times 2
state x : 1 = 0
d/dt(x) = 0 [1/d]
output ao = a
output bo = b
endpoint a2 = ao at 1.5 d
endpoint b2 = bo at 1.5 d
endpoint b1 = bo at 0.5 d
show until 2 d every 1 d
`, { patients, rtol: 1e-4 });
    const [a, b, first] = ['a2', 'b2', 'b1'].map((name) => ran.endpoint(name));
    const product = (x: ArrayLike<number> = [], y: ArrayLike<number> = []) => mean(Array.from(x, (v, i) => v * (y[i] ?? 0)));
    const held = (got: number, wanted: number, vx: number, vy: number) =>
      expect(Math.abs(got - wanted)).toBeLessThan(4 * Math.sqrt((vx * vy + wanted * wanted) / patients));
    held(product(a, a), 0.09, 0.09, 0.09);
    held(product(b, b), 4, 4, 4);
    held(product(a, b), 0.3, 0.09, 4);
    held(product(b, first), 0, 4, 4);
  }, 120_000); // biome-ignore format: a text
});

describe('the factor of a covariance as expressions', () => {
  it('is the one that patients are drawn with, also where a variance is 0 or effects go together', () => {
    const matrices = [
      [[0.09]],
      [[0.04, 0.03, 0.01], [0.03, 0.09, 0.02], [0.01, 0.02, 0.16]],
      [[0, 0], [0, 4]],
      [[0.09, 0.06], [0.06, 0.04]],
    ]; // biome-ignore format: matrices
    for (const matrix of matrices) {
      const lower = factor(matrix.map((row) => row.map(number)));
      const wanted = cholesky(matrix, matrix.map((_, i) => `e${i}`));
      if (wanted.kind !== 'factor') throw new Error(wanted.reason);
      lower.forEach((row, i) => {
        row.forEach((e, j) => {
          expect(evaluate(e, () => Number.NaN)).toBeCloseTo(wanted.lower[i * wanted.size + j] ?? Number.NaN, 12);
        });
      });
    } // biome-ignore format: short
  });
});

describe('a memory read at an instant', () => {
  it.each(TESTED_KERNELS)('is what was set before it, by %s', async (kernel) => {
    const ran = await runs(`model m "M"
  time d
state x : 1 = 0
d/dt(x) = 0.05 [1/d]
memory n : 1 = 3
when x > 0.5 : set n = 7
endpoint early = n at 5 d
endpoint late = n at 50 d
endpoint start = n at 0 d
show until 100 d every 10 d
`, { kernel, patients: 5, rtol: 1e-5 });
    for (const [name, wanted] of [['start', 3], ['early', 3], ['late', 7]] as const)
      expect([...ran.endpoint(name)]).toEqual([wanted, wanted, wanted, wanted, wanted]);
  }); // biome-ignore format: a text
});
