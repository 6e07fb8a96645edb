// Simulated measurements: against the formula with draws read another way, and against the moments of each error.
import { describe, expect, it } from 'vitest';
import { createDraws } from '../../src/engine/draws.ts';
import { compile } from '../../src/language/compile.ts';
import type { Model } from '../../src/language/model.ts';
import { type Assay, assayOf, BELOW, measurementOf } from '../../src/study/residual.ts';

const modelWith = (measures: string): Model => {
  const { model, diagnostics } = compile(`model assayed
  time h
covariate WT : kg ~ lognormal(median 70, sdlog 0.2)
parameter S = 0.2
parameter L = 0.5 [mg/L]
random eta ~ normal(cv 30 %)
spread = S * WT / 70 [kg] * exp(eta)
compartment central : mg
flow eliminated : central -> at 0.1 [1/h] * central
output conc = central / 10 [L] in mg/L
${measures}
endpoint last = conc at 24 h
show until 24 h every 1 h
`);
  if (!model) throw new Error(JSON.stringify(diagnostics));
  return model;
};

function assay(line: string, set: Record<string, number> = {}, seed = '7', more = ''): Assay {
  const model = modelWith(`measure level of conc error ${line}\n${more}`);
  const measurement = measurementOf(model, 'conc', 'level');
  if ('message' in measurement) throw new Error(measurement.message);
  const made = assayOf(model, measurement, { seed, set });
  if ('errors' in made) throw new Error(made.errors.join());
  return made;
}

const TYPICAL = [70, 0];
const z = (patient: number, n: number, seed = '7', name = 'level'): number =>
  createDraws(seed).read('normal', 'residual error', name, n * 2 ** 32 + patient, 1)[0] ?? Number.NaN;
const read = (made: Assay, patient: number, n: number, truth: number, columns = TYPICAL) =>
  made.measure(made.ownError(columns), patient, n, truth);

describe('a simulated measurement', () => {
  it.each([
    ['additive 0.7 [mg/L]', (truth: number, e: number) => truth + 0.7 * e, 8, 0.7],
    ['proportional 0.2', (truth: number, e: number) => truth * (1 + 0.2 * e), 8, 1.6],
    ['proportional 0.2, additive 0.7 [mg/L]', (truth: number, e: number) => truth + Math.hypot(0.7, 0.2 * truth) * e, 8, Math.hypot(0.7, 1.6)],
    // Mean and standard deviation of a lognormal variable.
    ['lognormal 0.3', (truth: number, e: number) => truth * Math.exp(0.3 * e), 8 * Math.exp(0.045), 8 * Math.exp(0.045) * Math.sqrt(Math.exp(0.09) - 1)],
  ] as const)('with the error %s is the formula, and has its moments', (line, formula, mean, sd) => {
    const made = assay(line);
    for (const [patient, n] of [[0, 0], [3, 0], [3, 1], [4_294_967_295, 70_000]] as const)
      expect(read(made, patient, n, 8)).toBeCloseTo(formula(8, z(patient, n)), 13);
    const size = 40_000;
    const values = Array.from({ length: size }, (_, i) => read(made, i >> 2, i & 3, 8));
    const average = values.reduce((a, x) => a + x, 0) / size;
    const spread = Math.sqrt(values.reduce((a, x) => a + (x - average) ** 2, 0) / (size - 1));
    // Four standard errors; a lognormal's fourth moment widens that of its spread.
    expect(Math.abs(average - mean)).toBeLessThan((4 * sd) / Math.sqrt(size));
    expect(Math.abs(spread - sd)).toBeLessThan((8 * sd) / Math.sqrt(2 * size));
  }); // biome-ignore format: a table

  it('has its own draw for every seed, patient, measurement and number', () => {
    const one = assay('additive 1 [mg/L]');
    const values = [
      read(one, 1, 0, 0),
      read(one, 2, 0, 0),
      read(one, 1, 1, 0),
      read(assay('additive 1 [mg/L]', {}, '8'), 1, 0, 0),
      z(1, 0, '7', 'other'),
    ];
    expect(new Set(values).size).toBe(values.length);
  });

  it('is shifted by nothing else: another measurement, earlier readings, another error', () => {
    const alone = assay('additive 1 [mg/L]');
    const beside = assay('additive 1 [mg/L]', {}, '7', 'measure other of conc error additive 2 [mg/L]\n');
    for (let n = 0; n < 5; n++) read(beside, 9, n, 3);
    expect(read(beside, 5, 2, 3)).toBe(read(alone, 5, 2, 3));
    const wide = assay('additive 2 [mg/L]');
    expect(read(wide, 5, 2, 3) - 3).toBeCloseTo(2 * (read(alone, 5, 2, 3) - 3), 13);
  });

  it('is exact where the error is 0', () => {
    expect(read(assay('proportional 0'), 5, 2, 3.25)).toBe(3.25);
    expect(read(assay('lognormal 0'), 5, 2, 3.25)).toBe(3.25);
  });

  it('takes the error of the patient: covariates, random effects, parameters as set', () => {
    const own = assay('proportional spread', { S: 0.3 }).ownError([35, Math.log(2)]);
    expect(own.proportional).toBeCloseTo(0.3, 14);
    expect(assay('proportional spread').ownError([140, 0]).proportional).toBeCloseTo(0.4, 14);
    expect(own.lloq).toBe(BELOW);
  });

  it('is below where it does not reach the limit of quantification, and not at the limit', () => {
    const made = assay('additive 0 [mg/L] lloq L');
    expect(read(made, 0, 0, 0.4999999)).toBe(BELOW);
    expect(read(made, 0, 0, 0.5)).toBe(0.5);
    expect(read(assay('additive 0 [mg/L] lloq L', { L: 2 }), 0, 0, 1)).toBe(BELOW);
    // The measured value counts, not the true one.
    const noisy = assay('additive 0.3 [mg/L] lloq L');
    const share = Array.from({ length: 4000 }, (_, i) => read(noisy, i, 0, 0.5)).filter((x) => x === BELOW);
    expect(Math.abs(share.length / 4000 - 0.5)).toBeLessThan(4 * 0.5 * Math.sqrt(1 / 4000));
  });

  it('has a number that can be counted', () => {
    const made = assay('additive 1 [mg/L]');
    for (const n of [-1, 0.5, 2 ** 21, Number.NaN])
      expect(() => read(made, 0, n, 1)).toThrow(`measurement number ${n}`);
  });
});

describe('the measurement of an output', () => {
  const two = modelWith(
    'measure level of conc error proportional 0.1\nmeasure strip of conc error proportional 0.3\n',
  );
  it('is the only one, or the one named', () => {
    expect(measurementOf(two, 'conc', 'strip')).toMatchObject({ name: 'strip' });
    expect(measurementOf(modelWith('measure level of conc error proportional 0.1\n'), 'conc')).toMatchObject({
      name: 'level',
    });
  });
  it.each([
    ['several are not told apart', two, undefined, 'conc is measured in several ways; name one of level, strip'],
    ['there is no such', two, 'stick', 'stick is no measurement of conc; there is level, strip'],
    ['there is none at all', modelWith(''), undefined, 'assayed has no measurement of conc; write a line such as "measure level of conc error proportional 0.2"'],
  ] as const)('is asked for where %s', (_, model, wanted, message) => {
    expect(measurementOf(model, 'conc', wanted)).toEqual({ message });
  }); // biome-ignore format: a table
});
