// Parameters of studies: covariance recovered, numbers that depend on seed, study and name alone, impossible values refused.
import { describe, expect, it } from 'vitest';
import { exp } from '../../src/language/math.ts';
import { drawParameters } from '../../src/study/uncertainty.ts';
import { compiled } from '../language/small.ts';

const model = (uncertain: string, more = '') =>
  compiled(`parameter CL "Clearance" = 5 [L/h]
parameter V = 40 [L]
parameter slope = 0.5
parameter F = 0.8
${more}a = CL + V / 1 [h] * slope * F
${uncertain}
`);
const values = (m: ReturnType<typeof model>, study: number, set = {}) => {
  const drawn = drawParameters(m, '7', study, set);
  if (drawn.kind !== 'drawn') throw new Error(drawn.message);
  return drawn.values;
};
const STUDIES = 10_000;
/** Mean and covariance of transformed draws of two parameters. */
function moments(
  m: ReturnType<typeof model>,
  x: (v: Readonly<Record<string, number>>) => readonly [number, number],
) {
  const all = Array.from({ length: STUDIES }, (_, k) => x(values(m, k)));
  const mean = [0, 1].map((i) => all.reduce((s, v) => s + (v[i] ?? 0), 0) / STUDIES);
  const c = (i: number, j: number) =>
    all.reduce((s, v) => s + ((v[i] ?? 0) - (mean[i] ?? 0)) * ((v[j] ?? 0) - (mean[j] ?? 0)), 0) /
    (STUDIES - 1);
  return { mean, covariance: [c(0, 0), c(0, 1), c(1, 1)] };
}
/** Within 4 standard errors of normal samples: var(s_ij) = (s_ii s_jj + s_ij^2) / n. */
function recovered(
  got: ReturnType<typeof moments>,
  mean: readonly number[],
  [a = 0, b = 0, c = 0]: readonly number[],
) {
  const se = [2 * a * a, a * c + b * b, 2 * c * c].map((v) => Math.sqrt(v / STUDIES));
  for (const [k, wanted] of [a, b, c].entries())
    expect(Math.abs((got.covariance[k] ?? 0) - wanted)).toBeLessThan(4 * (se[k] ?? 0));
  for (const [k, wanted] of mean.entries())
    expect(Math.abs((got.mean[k] ?? 0) - wanted)).toBeLessThan(4 * Math.sqrt((k === 0 ? a : c) / STUDIES));
}

describe('parameters of a study', () => {
  it('recover the covariance of relative errors with a correlation', () => {
    const m = model('uncertain (CL, V) ~ normal(rse 10 %, 20 %; correlation 0.3)');
    recovered(
      moments(m, (v) => [v.CL ?? 0, v.V ?? 0]),
      [5, 40],
      [0.25, 0.3 * 0.5 * 8, 64],
    );
  });

  it('recover a covariance matrix in the units of the parameters', () => {
    const m = model('uncertain (CL, V) ~ normal(covariance 0.16, -0.4 [L2/h], 9)');
    recovered(
      moments(m, (v) => [v.CL ?? 0, v.V ?? 0]),
      [5, 40],
      [0.16, -0.4, 9],
    );
  });

  it('recover standard errors in other units than their own', () => {
    const m = model('uncertain (CL, V) ~ normal(se 10 [mL/min], 2)');
    recovered(
      moments(m, (v) => [v.CL ?? 0, v.V ?? 0]),
      [5, 40],
      [0.6 ** 2, 0, 4],
    );
  });

  it('of a lognormal kind have their value as median, and logarithms with the covariance said', () => {
    const m = model('uncertain (CL, F) ~ lognormal(sdlog 0.4, 0.2; correlation -0.5)');
    recovered(
      moments(m, (v) => [Math.log(v.CL ?? 0), Math.log(v.F ?? 0)]),
      [Math.log(5), Math.log(0.8)],
      [0.16, -0.04, 0.04],
    );
    const rse = model('uncertain CL ~ lognormal(rse 30 %)');
    const got = moments(rse, (v) => [Math.log(v.CL ?? 0), v.V ?? 0]).covariance[0] ?? 0;
    expect(Math.abs(got / Math.log(1.09) - 1)).toBeLessThan(4 * Math.sqrt(2 / STUDIES));
  });

  it('are those of other studies and seeds for no other, whatever else is uncertain', () => {
    const one = model('uncertain CL ~ normal(rse 10 %)');
    const two = model('uncertain V ~ lognormal(rse 30 %)\nuncertain CL ~ normal(rse 10 %)');
    for (const study of [0, 17, 5_000_000_000]) expect(values(two, study).CL).toBe(values(one, study).CL);
    expect(values(one, 3).CL).not.toBe(values(one, 4).CL);
    const other = drawParameters(one, '8', 3);
    expect(other.kind === 'drawn' && other.values.CL).not.toBe(values(one, 3).CL);
  });

  it('are drawn around the values that are set, relative errors with them', () => {
    const m = model('uncertain CL ~ normal(rse 10 %)\nuncertain F ~ lognormal(rse 10 %)');
    const share = (v: Readonly<Record<string, number>>, of: number) => (v.CL ?? 0) / of - 1;
    expect(share(values(m, 3, { CL: 8 }), 8)).toBeCloseTo(share(values(m, 3), 5), 14);
    expect(values(m, 3, { V: 33 }).V).toBe(33);
    expect((values(m, 3, { F: 0.4 }).F ?? 0) / (values(m, 3).F ?? 1)).toBeCloseTo(0.5, 14);
  });

  it('are those of the model where nothing is uncertain, and the bits of our own exp', () => {
    expect(values(model(''), 3)).toEqual({ CL: 5, V: 40, slope: 0.5, F: 0.8 });
    const m = model('uncertain CL ~ lognormal(sdlog 1)');
    const z = Math.log((values(m, 3).CL ?? 0) / 5);
    expect(values(m, 3).CL).toBeCloseTo(5 * exp(z), 12);
  });

  it('that cannot be are refused with the study, and those without a sign are not', () => {
    const refused = (uncertain: string, more = '', set = {}) => {
      const m = model(uncertain, more);
      const all = Array.from({ length: 200 }, (_, k) => drawParameters(m, '7', k, set));
      return all.find((d) => d.kind === 'refused');
    };
    expect(refused('uncertain CL ~ normal(rse 60 %)')).toMatchObject({
      message: expect.stringMatching(/^study \d+ has CL = -.*lognormal/),
    });
    expect(refused('uncertain slope ~ normal(rse 200 %)')).toBeUndefined();
    const ranged = (range: string) =>
      refused('uncertain shift ~ normal(se 1)', `parameter shift = 0.5 range ${range}\nb = shift\n`);
    expect(ranged('0 .. 2')?.kind).toBe('refused');
    expect(ranged('-2 .. 2')).toBeUndefined();
    expect(refused('uncertain CL ~ lognormal(rse 10 %)', '', { CL: 0 })).toMatchObject({
      message: expect.stringContaining('above 0'),
    });
  });

  it('refuse a study that is no number', () => {
    expect(() => drawParameters(model(''), '7', -1)).toThrow(RangeError);
    expect(() => drawParameters(model(''), '7', 0.5)).toThrow(RangeError);
  });
});
