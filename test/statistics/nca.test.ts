// Non-compartmental analysis: one-compartment closed forms, R, published tables of theophylline, curves that tell little.
import { describe, expect, it } from 'vitest';
import { type NcaCurve, nca, observedAccumulation, partialArea } from '../../src/statistics/nca.ts';
import { area } from '../../src/statistics/nca-area.ts';
import { terminalSlope } from '../../src/statistics/nca-terminal.ts';
import { expectClose, fromR } from './numbers.ts';
import { THEOPH_LINEAR, THEOPH_LINEAR_INFINITY, THEOPH_LOG_DOWN } from './published-nca.ts';

type Names =
  | 'cmax'
  | 'tmax'
  | 'lambdaZ'
  | 'aucLast'
  | 'aumcLast'
  | 'aucInfinity'
  | 'aumcInfinity'
  | 'clearance'
  | 'volume'
  | 'meanResidence'
  | 'aucTau'
  | 'accumulation';
interface SubjectFromR {
  readonly times: number[];
  readonly values: number[];
  readonly dose: number;
  readonly linear: Record<Names | 'points', number>;
  readonly logDown: Record<Names | 'points', number>;
}
const r = fromR<{
  readonly theoph: SubjectFromR[];
  readonly indometh: SubjectFromR[];
  readonly tauTheoph: number;
  readonly tauIndometh: number;
}>('nca');

const column = (values: readonly number[]) => Float64Array.from(values);
const grid = (until: number, step: number) =>
  Float64Array.from({ length: Math.round(until / step) + 1 }, (_, i) => i * step);

describe('one compartment, closed forms', () => {
  const [dose, cl, v, ka] = [100, 4, 20, 1.5];
  const k = cl / v;

  it('bolus: log-down trapezoids are exact on an exponential', () => {
    const times = grid(24, 3);
    const found = nca({
      times,
      values: times.map((t) => (dose / v) * Math.exp(-k * t)),
      dose,
      route: { kind: 'bolus' },
      tau: 8,
    });
    expectClose(
      [
        found.cmax,
        found.aucInfinity,
        found.aumcInfinity,
        found.clearance,
        found.volume,
        found.meanResidence,
        found.steadyVolume,
        found.halfLife,
      ],
      [dose / v, dose / cl, dose / cl / k, cl, v, 1 / k, v, Math.log(2) / k],
      1e-11,
    );
    expectClose(
      [found.aucTau, found.accumulation],
      [(dose / cl) * (1 - Math.exp(-8 * k)), 1 / (1 - Math.exp(-8 * k))],
      1e-11,
    );
    expect(found.flags).toEqual([]);
  });

  it('bolus: without a value at time 0 the first two are drawn back to it', () => {
    const times = column([1, 2, 4, 8, 12, 20]);
    const found = nca({
      times,
      values: times.map((t) => (dose / v) * Math.exp(-k * t)),
      dose,
      route: { kind: 'bolus' },
    });
    expectClose([found.cmax, found.clearance], [dose / v, cl], 1e-11);
    expect(found.flags).toEqual(['start-extrapolated']);
  });

  it('infusion: half its duration comes off the mean residence time', () => {
    const duration = 2;
    const top = (dose / duration / cl) * (1 - Math.exp(-k * duration));
    const times = grid(40, 0.01);
    const values = times.map((t) =>
      t <= duration ? (dose / duration / cl) * (1 - Math.exp(-k * t)) : top * Math.exp(-k * (t - duration)),
    );
    const found = nca({ times, values, dose, route: { kind: 'infusion', duration } });
    expectClose(
      [found.cmax, found.tmax, found.clearance, found.meanResidence, found.steadyVolume],
      [top, duration, cl, 1 / k, v],
      1e-5,
    );
  });

  it('by mouth: residence includes absorption', () => {
    const times = grid(60, 0.01);
    const values = times.map((t) => ((dose * ka) / (v * (ka - k))) * (Math.exp(-k * t) - Math.exp(-ka * t)));
    const found = nca({ times, values, dose, route: { kind: 'extravascular' } });
    expectClose([found.tmax], [Math.log(ka / k) / (ka - k)], 1e-2);
    expectClose([found.clearance, found.meanResidence], [cl, 1 / k + 1 / ka], 1e-4);
    expectClose([found.volume], [v], 2e-3); // the rule for lambda_z takes points in which absorption still shows
    expect(found.steadyVolume).toBeNull();
  });

  it('steady state: clearance from AUC over tau, fluctuation, swing, accumulation as observed and as foretold', () => {
    const tau = 6;
    const times = grid(tau, 0.5);
    const first: NcaCurve = {
      times,
      values: times.map((t) => (dose / v) * Math.exp(-k * t)),
      dose,
      route: { kind: 'bolus' },
      tau,
    };
    const pile = 1 / (1 - Math.exp(-k * tau));
    const steady: NcaCurve = { ...first, values: first.values.map((x) => x * pile), steady: true };
    const found = nca(steady);
    const [cmax, cmin, average] = [
      (dose / v) * pile,
      (dose / v) * pile * Math.exp(-k * tau),
      dose / cl / tau,
    ];
    expectClose(
      [
        found.clearance,
        found.volume,
        found.average,
        found.fluctuationPercent,
        found.swing,
        found.accumulation,
      ],
      [cl, v, average, (100 * (cmax - cmin)) / average, (cmax - cmin) / cmin, pile],
      1e-10,
    );
    expect(found.meanResidence).toBeNull();
    expectClose(Object.values(observedAccumulation(first, steady)), [pile, pile, pile], 1e-10);
  });

  it('does not change its clearance with the units of time and amount', () => {
    const subject = r.theoph[0];
    const curve = {
      times: column(subject?.times ?? []),
      values: column(subject?.values ?? []),
      dose: 320,
      route: { kind: 'extravascular' },
    } as const;
    const minutes = nca({
      ...curve,
      times: curve.times.map((t) => t * 60),
      values: curve.values.map((x) => x * 1000),
      dose: 320_000,
    });
    const hours = nca(curve);
    expectClose(
      [(minutes.clearance ?? 0) * 60, minutes.volume, (minutes.halfLife ?? 0) / 60],
      [hours.clearance, hours.volume, hours.halfLife],
      1e-11,
    );
  });
});

describe.each([
  ['theoph', { kind: 'extravascular' }, r.theoph, r.tauTheoph],
  ['indometh', { kind: 'bolus' }, r.indometh, r.tauIndometh],
] as const)('%s against R', (_, route, subjects, tau) => {
  it.each(subjects.map((subject, i) => [i + 1, subject] as const))('subject %i, both rules', (_, subject) => {
    for (const rule of ['linear', 'logDown'] as const) {
      const found = nca({
        times: column(subject.times),
        values: column(subject.values),
        dose: subject.dose,
        route,
        tau,
        rule: rule === 'linear' ? 'linear' : 'linear-up-log-down',
      });
      const { points, ...expected } = subject[rule];
      const names = Object.keys(expected) as Names[];
      const peak = { cmax: Math.max(...subject.values), tmax: expected.tmax };
      expectClose(
        names.map((name) => found[name]),
        names.map((name) => ({ ...expected, ...(route.kind === 'extravascular' ? peak : {}) })[name]),
        1e-7, // R integrates numerically
      );
      expect(found.terminal).toMatchObject({ kind: 'estimated', points });
    }
  });
});

describe('theophylline, published tables', () => {
  const analyse = (subject: number, rule: 'linear' | 'linear-up-log-down') => {
    const { times = [], values = [], dose = 0 } = r.theoph[subject - 1] ?? {};
    return nca({
      times: column(times),
      values: column(values),
      dose,
      route: { kind: 'extravascular' },
      rule,
    });
  };
  const digits = 5e-6; // they print seven or eight

  it.each(THEOPH_LINEAR)('subject %i: peak and terminal line', (subject, ...expected) => {
    const found = analyse(subject, 'linear');
    if (found.terminal.kind !== 'estimated') throw new Error(found.terminal.reason);
    const { points, adjustedR2 } = found.terminal;
    expectClose(
      [found.cmax, found.tmax, found.clast, found.halfLife, found.lambdaZ, points, adjustedR2, found.aucLast],
      expected,
      digits,
    );
  });

  it.each(THEOPH_LINEAR_INFINITY)('subject %i: to infinity, linear', (subject, ...expected) => {
    const f = analyse(subject, 'linear');
    expectClose(
      [
        f.aucInfinity,
        f.extrapolatedPercent,
        f.aumcLast,
        f.aumcInfinity,
        f.volume,
        f.clearance,
        f.meanResidence,
      ],
      expected,
      digits,
    );
  });

  it.each(THEOPH_LOG_DOWN)('subject %i: linear up, logarithmic down', (subject, ...expected) => {
    const f = analyse(subject, 'linear-up-log-down');
    expectClose(
      [f.aucLast, f.aucInfinity, f.extrapolatedPercent, f.aumcLast, f.aumcInfinity, f.meanResidence],
      expected,
      digits,
    );
  });

  it('draws the terminal line of subject 1 to 3.2801465 at the last time, from 2.368785 at 0 on the log scale', () => {
    const { terminal } = analyse(1, 'linear');
    if (terminal.kind !== 'estimated') throw new Error(terminal.reason);
    expectClose([terminal.predictedLast, terminal.intercept], [3.2801465, 2.368785], 1e-6);
  });

  it('says that subject 1 is extrapolated by more than a fifth', () => {
    expect(analyse(1, 'linear').flags).toContain('mostly-extrapolated');
    expect(analyse(2, 'linear').flags).not.toContain('mostly-extrapolated');
  });

  it('reads partial areas between samples: 0 .. 12 h and 0 .. 24 h of subject 1 (published 91.7355, 147.6946)', () => {
    const { times = [], values = [] } = r.theoph[0] ?? {};
    const part = (until: number) => partialArea(column(times), column(values), 0, until, 'linear');
    expectClose([part(12), part(24)], [91.735522, 147.6945866], 1e-9);
    expect(part(25)).toBeNull();
  });
});

describe('a curve that tells little', () => {
  const route = { kind: 'extravascular' } as const;
  const run = (values: readonly number[], more: Partial<NcaCurve> = {}) =>
    nca({ times: Float64Array.from(values.keys()), values: column(values), dose: 1, route, ...more });

  it('still rising: no half-life, no clearance, and it says so', () => {
    const found = run([0, 1, 2, 3, 4, 5]);
    expect(found).toMatchObject({
      cmax: 5,
      halfLife: null,
      aucInfinity: null,
      clearance: null,
      volume: null,
      aucLast: 12.5,
    });
    expect(found.flags).toEqual(['too-few-points']);
  });

  it('flat or climbing after the peak: not declining', () => {
    expect(run([0, 5, 2, 3, 4, 4.5]).flags).toEqual(['not-declining']);
  });

  it('nothing above zero: every number is null', () => {
    const found = run([0, 0, 0]);
    expect(found.flags).toEqual(['nothing-quantifiable']);
    expect([found.cmax, found.aucLast, found.clearance]).toEqual([null, null, null]);
  });

  it('values under the limit end the curve, and inside it are missing', () => {
    const found = run([0.05, 8, 4, 0.05, 1, 0.5, 0.05], { quantificationLimit: 0.1, rule: 'linear' });
    expect(found).toMatchObject({ tlast: 5, clast: 0.5, cmin: 0, aucLast: 4 + 6 + 5 + 0.75 });
  });

  it('a missing value is passed over, a short or poor terminal line is flagged', () => {
    expect(run([0, 8, Number.NaN, 2, 1, 0.5], { rule: 'linear' }).aucLast).toBeCloseTo(
      4 + 10 + 1.5 + 0.75,
      12,
    );
    expect(run([0, 8, 7.9, 7.7, 7.6]).flags).toEqual(['short-span', 'mostly-extrapolated']);
    expect(run([0, 8, 1, 4, 0.2, 3, 0.4, 0.9]).flags).toContain('poor-fit');
  });

  it('tau beyond the last value is completed along the terminal line', () => {
    const found = run([16, 8, 4, 2], { route: { kind: 'bolus' }, tau: 5 });
    expect(found.aucTau).toBeCloseTo((16 - 0.5) / Math.log(2), 12);
    expect(found.flags).toContain('tau-beyond-last');
    expect(run([0, 1, 2, 3], { tau: 5 }).aucTau).toBeNull();
  });

  it('without a value at time 0 starts from 0, at steady state from the lowest of the interval', () => {
    const curve = {
      times: Float64Array.of(1, 2, 4, 6, 8),
      values: Float64Array.of(8, 6, 4, 3, 1),
      dose: 1,
      route,
    } as const;
    const single = nca({ ...curve, rule: 'linear' });
    expect(single.aucLast).toBe(4 + 7 + 10 + 7 + 4);
    const steady = nca({ ...curve, rule: 'linear', tau: 6, steady: true });
    expect(steady).toMatchObject({ aucTau: 5.5 + 7 + 10 + 7, cmin: 3 });
    expect([single.flags, steady.flags].every((flags) => flags.includes('start-extrapolated'))).toBe(true);
  });

  it('looks for the peak and the trough within tau only', () => {
    const found = run([1, 5, 4, 3, 9, 0.5], { tau: 3 });
    expect(found).toMatchObject({ cmax: 5, tmax: 1, cmin: 1 });
  });

  it('takes the longer of two terminal lines that fit alike', () => {
    const times = Float64Array.from([0, 1, 2, 3, 4, 5]);
    expect(
      terminalSlope(
        times,
        times.map((t) => Math.exp(-t)),
        0,
      ),
    ).toMatchObject({ points: 6, from: 0, to: 5 });
  });

  it('refuses times that turn back and doses that are none', () => {
    expect(() => run([1, 2], { times: Float64Array.of(2, 1) })).toThrow(
      /time 1 at place 2; times must ascend/,
    );
    expect(() => run([1, 2], { dose: 0 })).toThrow(/dose 0/);
    expect(() => run([1, 2], { steady: true })).toThrow(/needs tau/);
  });

  it('areas of a piece are those of the whole cut there', () => {
    const times = Float64Array.of(0, 2, 4, 8);
    const values = Float64Array.of(0, 9, 5, 1);
    for (const rule of ['linear', 'linear-up-log-down'] as const) {
      const late = partialArea(times, values, 3, 8, rule) ?? 0;
      expect(area(times, values, 3, rule).auc + late).toBeCloseTo(area(times, values, 8, rule).auc, 12);
    }
  });
});
