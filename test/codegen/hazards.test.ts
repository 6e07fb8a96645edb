// Events of hazards, through the product: each patient's time against the inverse of the exact distribution at the same
// draw, their laws over many patients, competing and censored events, recurrent ones, and what must not touch them.
import { afterAll, describe, expect, it } from 'vitest';
import { log, normal_cdf } from '../../src/language/math.ts';
import { drawTable } from '../../src/study/draw-table.ts';
import { closeEngines, TESTED_KERNELS } from '../engine/engines.ts';
import { KOLMOGOROV_BAR, kolmogorov } from '../engine/statistics.ts';
import { mean, runs } from './population-runs.ts';

afterAll(closeEngines);

/** Exponential with mean 1: the cumulative hazard at which a patient's event is. */
const threshold = (z: number): number => {
  const u = normal_cdf(z);
  // The middle of -log(1 - u) and its series, to 1e-16, is enough here: u of these tests is above 1e-6.
  return u < 1e-3 ? u * (1 + u * (1 / 2 + u * (1 / 3 + u * (1 / 4 + u / 5)))) : -log(normal_cdf(-z));
};
const RATE = 0.01;
const A = 0.002;
const B = 0.03;
const LAWS = `model laws "Laws"
  time d
hazard steady = ${RATE} [1/d]
cumulative hazard early = (t / 50 [d])^0.7
hazard late = 1.5 / 60 [d] * (t / 60 [d])^0.5
hazard old = ${A} [1/d] * exp(${B} [1/d] * t)
endpoint t_steady = time of steady
endpoint t_early = time of early
endpoint t_late = time of late
endpoint t_old = time of old
show until 150 d every 10 d
`;
/** Inverse cumulative hazards, and distribution functions. */
const EXACT = {
  steady: [(h: number) => h / RATE, (t: number) => 1 - Math.exp(-RATE * t)],
  early: [(h: number) => 50 * h ** (1 / 0.7), (t: number) => 1 - Math.exp(-((t / 50) ** 0.7))],
  late: [(h: number) => 60 * h ** (1 / 1.5), (t: number) => 1 - Math.exp(-((t / 60) ** 1.5))],
  old: [
    (h: number) => Math.log1p((B * h) / A) / B,
    (t: number) => 1 - Math.exp((-A / B) * Math.expm1(B * t)),
  ],
} as const;
const UNTIL = 150;

describe('the time of an event', () => {
  it.each(TESTED_KERNELS)(
    'is that of the exact law at the same draw, patient by patient, by %s',
    async (kernel) => {
      const f32 = kernel === 'webgpu' || kernel.startsWith('f32');
      const ran = await runs(LAWS, { patients: 200, kernel, rtol: f32 ? 1e-6 : 1e-10 });
      expect(new Set(ran.statuses)).toEqual(new Set(['done']));
      for (const [name, [inverse]] of Object.entries(EXACT)) {
        const times = ran.endpoint(`t_${name}`);
        let seen = 0;
        ran.column(`${name}_z`).forEach((z, i) => {
          const wanted = inverse(threshold(z));
          const got = times[i] ?? 0;
          // Beyond the run's end it is missing; at the end itself rounding decides.
          if (wanted > UNTIL * (1 + 1e-4)) expect(got).toBeNaN();
          else if (wanted < UNTIL * (1 - 1e-4)) {
            expect(Math.abs(got - wanted) / wanted, `${name} ${i}: ${got} is not ${wanted}`).toBeLessThan(
              f32 ? 1e-4 : 1e-8,
            );
            seen++;
          }
        });
        expect(seen).toBeGreaterThan(100);
      }
    },
  );

  it('follows its law over 100,000 patients: constant, Weibull and Gompertz hazards', async () => {
    const ran = await runs(LAWS, { patients: 100_000, rtol: 1e-6 });
    for (const [name, [, cdf]] of Object.entries(EXACT)) {
      const times = ran.endpoint(`t_${name}`);
      // Those beyond the end are ranked by their thresholds, so that the whole sample is held to the whole law.
      const sample = times.map((t, i) =>
        Number.isNaN(t)
          ? EXACT[name as keyof typeof EXACT][0](threshold(ran.column(`${name}_z`)[i] ?? 0))
          : t,
      );
      expect(sample.filter((t, i) => Number.isNaN(times[i] ?? 0) && t < UNTIL * (1 - 1e-6))).toHaveLength(0);
      expect(kolmogorov(sample, cdf), name).toBeLessThan(KOLMOGOROV_BAR);
    }
  }, 60_000);

  it('is the median for a typical patient', async () => {
    const ran = await runs(LAWS, { patients: 1, cohort: { typical: true } });
    for (const [name, [inverse]] of Object.entries(EXACT))
      expect(ran.endpoint(`t_${name}`)[0]).toBeCloseTo(inverse(Math.LN2), 6);
  });

  it('is found with a Rosenbrock method as well', async () => {
    const ran = await runs(LAWS.replace(/hazard late.*\n|endpoint t_late.*\n/g, ''), {
      method: 'rodas4',
      rtol: 1e-8,
    });
    for (const name of ['steady', 'early', 'old'] as const)
      ran.column(`${name}_z`).forEach((z, i) => {
        const wanted = EXACT[name][0](threshold(z));
        if (wanted < UNTIL) expect((ran.endpoint(`t_${name}`)[i] ?? 0) / wanted).toBeCloseTo(1, 6);
      });
  });

  it('follows a hazard of the state: a drug that halves the risk while it is there', async () => {
    const ran = await runs(`model drug "Drug"
  time d
compartment c : mg
flow out : c -> at 0.2 [1/d] * c
hazard death = 0.02 [1/d] / (1 + c / 10 [mg])
therapy once
  dose 100 [mg] into c
endpoint when = time of death
show until 300 d every 10 d
`, { therapy: 'once' });
    // H(t) = 0.02 (t + 5 log((1 + 10 exp(-t/5)) / 11)), by substitution.
    const cumulative = (t: number) => 0.02 * (t + 5 * Math.log((1 + 10 * Math.exp(-0.2 * t)) / 11));
    ran.column('death_z').forEach((z, i) => {
      const got = ran.endpoint('when')[i] ?? 0;
      if (!Number.isNaN(got)) expect(cumulative(got) / threshold(z)).toBeCloseTo(1, 6);
    });
  }); // biome-ignore format: a text
});

const RIVALS = `model rivals "Competing"
  time d
hazard death = 0.01 [1/d]
hazard relapse = 0.02 [1/d]
hazard dropout = 0.005 [1/d] censors
endpoint t_death = time of death
endpoint t_both = time of first of (death, relapse)
endpoint t_dropout = time of dropout
endpoint lost = first time(dropout_happened and not death_happened)
endpoint dead = death by 60 d
endpoint truly_dead = death_happened at 60 d > 0.5
endpoint first = death before relapse
endpoint first60 = death before relapse by 60 d
endpoint any = first of (death, relapse) by 60 d
endpoint free = share of time(not death_happened, 0 d .. 60 d) * 60 [d]
show until 100 d every 10 d
`.replace('death_happened at 60 d > 0.5', '(if death_happened then 1 else 0) at 60 d > 0.5');

describe('several hazards', () => {
  it.each(TESTED_KERNELS)(
    'compete and censor as their exact times say, patient by patient, by %s',
    async (kernel) => {
      const ran = await runs(RIVALS, { patients: 400, kernel, rtol: 1e-6 });
      const time = (name: string, rate: number) =>
        [...ran.column(`${name}_z`)].map((z) => threshold(z) / rate);
      const [death, relapse, dropout] = [time('death', 0.01), time('relapse', 0.02), time('dropout', 0.005)];
      const got = Object.fromEntries(
        ran.prepared.program.endpoints.map(({ name }) => [name, ran.endpoint(name)]),
      );
      const near = (x: number | undefined, wanted: number) => {
        if (Number.isFinite(wanted)) expect(Math.abs((x ?? 0) - wanted)).toBeLessThan(1e-4 * wanted);
        else expect(x).toBeNaN();
      };
      const seen = (t: number, ...others: number[]) =>
        t < 100 && others.every((o) => t < o) ? t : Number.NaN;
      for (let i = 0; i < 400; i++) {
        const [d = 0, r = 0, o = 0] = [death[i], relapse[i], dropout[i]];
        // In f32 events this near each other cannot be told apart.
        if ([d - r, d - o, r - o, d - 60, r - 60, o - 60, d - 100, o - 100].some((x) => Math.abs(x) < 0.2))
          continue;
        near(got.t_death?.[i], seen(d, o));
        near(got.t_both?.[i], seen(Math.min(d, r), o));
        near(got.t_dropout?.[i], seen(o));
        near(got.lost?.[i], seen(o, d));
        near(got.free?.[i], Math.min(d, 60));
        expect(got.dead?.[i]).toBe(Number(d < 60 && d < o));
        expect(got.truly_dead?.[i]).toBe(Number(d < 60));
        expect(got.first?.[i]).toBe(Number(d < 100 && d < r && d < o));
        expect(got.first60?.[i]).toBe(Number(d < 60 && d < r && d < o));
        expect(got.any?.[i]).toBe(Number(Math.min(d, r) < Math.min(60, o)));
      }
    },
  );

  it('have the probability of competing risks', async () => {
    const patients = 20_000;
    const ran = await runs(
      RIVALS.replace(/hazard dropout.*\n|endpoint t_dropout.*\n|endpoint lost.*\n/g, ''),
      { patients, rtol: 1e-5 },
    );
    const p = (1 / 3) * (1 - Math.exp(-0.03 * 100));
    expect(Math.abs(mean(ran.endpoint('first')) - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / patients));
    const dead = 1 - Math.exp(-0.6);
    expect(Math.abs(mean(ran.endpoint('dead')) - dead)).toBeLessThan(
      4 * Math.sqrt((dead * (1 - dead)) / patients),
    );
  }, 60_000);

  it('draw apart: another hazard changes no other column, nor does it shift a covariate', async () => {
    const base =
      'model m "M"\n  time d\ncovariate X : 1 ~ normal(mean 0, sd 1)\nrandom eta ~ normal(sd 1)\nhazard death = 0.01 [1/d] * exp(eta + X)\nendpoint e = time of death\nshow until 10 d every 1 d\n';
    const [one, two] = [
      await runs(base),
      await runs(base.replace('random', 'recurrent hazard fit = 1 [1/d]\nrandom')),
    ];
    for (const name of ['X', 'eta', 'death_z']) expect(two.column(name)).toEqual(one.column(name));
    expect(two.endpoint('e')).toEqual(expect.objectContaining({ length: 40 }));
  });
});

const FITS = `model fits "Recurrent"
  time d
recurrent hazard fit = 0.05 [1/d]
endpoint fits = count of fit by 90 d
endpoint first = time of fit
endpoint some = fit by 90 d
show until 100 d every 10 d
`;
/** Times of a patient's events at a constant rate, from the column and the stream. */
function eventTimes(first: number, patient: number, stream = 'fit', rate = 0.05): number[] {
  const rows = 60;
  const table = drawTable([{ kind: 'normal', purpose: 'next event', name: stream }], { seed: '11', rows });
  const z = table.read(patient, 1).subarray(rows);
  let reached = threshold(first);
  const times = [reached / rate];
  for (const next of z) {
    reached += threshold(next);
    times.push(reached / rate);
  }
  return times;
}

describe('a recurrent hazard', () => {
  it.each(TESTED_KERNELS)('has its events where the thresholds of its draws are, by %s', async (kernel) => {
    const f32 = kernel === 'webgpu' || kernel.startsWith('f32');
    const ran = await runs(FITS, { kernel, ledger: true, rtol: 1e-6 });
    for (let i = 0; i < 40; i++) {
      const wanted = eventTimes(ran.column('fit_z')[i] ?? 0, i).filter((t) => t < 100);
      const given = ran.prepared.program.happenings.findIndex(({ name }) => name === 'fit');
      expect(given).toBe(0);
      const got = (ran.ledgers?.[0]?.[i]?.decisions ?? []).filter((e) => e.name === 'fit').map((e) => e.time);
      expect(got).toHaveLength(wanted.length);
      wanted.forEach((t, k) => void expect(Math.abs((got[k] ?? 0) - t) / t).toBeLessThan(f32 ? 1e-4 : 1e-6));
      expect(ran.endpoint('fits')[i]).toBe(wanted.filter((t) => t < 90).length);
      expect(ran.endpoint('some')[i]).toBe(Number((wanted[0] ?? 100) < 90));
    }
  });

  it('at a constant rate counts as Poisson does', async () => {
    const patients = 20_000;
    const ran = await runs(FITS, { patients, rtol: 1e-4 });
    const counts = ran.endpoint('fits');
    const m = 4.5;
    const average = mean(counts);
    expect(Math.abs(average - m)).toBeLessThan(4 * Math.sqrt(m / patients));
    const variance = mean(counts.map((c) => (c - average) ** 2));
    // The variance of a sample variance: (m + 2 m^2) / n, the fourth central moment being m + 3 m^2.
    expect(Math.abs(variance - m)).toBeLessThan(4 * Math.sqrt((m + 2 * m * m) / patients));
    let p = Math.exp(-m);
    for (let k = 0; k < 8; k++) {
      const got = counts.filter((c) => c === k).length / patients;
      expect(Math.abs(got - p), `P(${k})`).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / patients));
      p *= m / (k + 1);
    }
  }, 60_000);

  it('may depend on how many there were, and ends after as many as it says', async () => {
    const text = FITS.replace('0.05 [1/d]', '0.05 [1/d] * (1 + fit_count) at most 3 times');
    const ran = await runs(text, { ledger: true });
    for (let i = 0; i < 40; i++) {
      const thresholds = eventTimes(ran.column('fit_z')[i] ?? 0, i, 'fit', 1);
      // Rate 0.05, then 0.1, then 0.15.
      const wanted: number[] = [];
      for (let k = 0; k < 3; k++)
        wanted.push(
          (wanted[k - 1] ?? 0) + ((thresholds[k] ?? 0) - (thresholds[k - 1] ?? 0)) / (0.05 * (k + 1)),
        );
      const got = (ran.ledgers?.[0]?.[i]?.decisions ?? []).filter((e) => e.name === 'fit').map((e) => e.time);
      const due = wanted.filter((t) => t < 100);
      expect(got).toHaveLength(due.length);
      due.forEach((t, k) => void expect((got[k] ?? 0) / t).toBeCloseTo(1, 5));
    }
  });

  it('comes at each median of what is left for a typical patient', async () => {
    const ran = await runs(FITS, { patients: 1, cohort: { typical: true }, ledger: true });
    const got = (ran.ledgers?.[0]?.[0]?.decisions ?? []).map((e) => e.time);
    // Thresholds are log 2 apart, at a rate of 0.05 a day.
    expect(got).toHaveLength(7);
    got.forEach((t, k) => void expect(t).toBeCloseTo(((k + 1) * Math.LN2) / 0.05, 6));
  });

  it('without a bound ends a patient with more than a hundred events as a storm', async () => {
    const ran = await runs(FITS.replace('0.05', '2'));
    expect(new Set(ran.statuses)).toEqual(new Set(['event storm']));
  });

  it('stops when the patient has left', async () => {
    const ran = await runs(`${FITS}hazard out = 0.02 [1/d] censors\n`);
    for (let i = 0; i < 40; i++) {
      const left = Math.min(90, threshold(ran.column('out_z')[i] ?? 0) / 0.02);
      const wanted = eventTimes(ran.column('fit_z')[i] ?? 0, i).filter((t) => t < left).length;
      expect(ran.endpoint('fits')[i]).toBe(wanted);
    }
  });
});

describe('a cumulative hazard', () => {
  const text = (line: string) => `model rests "Resets"
  time d
compartment c : mg
flow out : c -> at 1 [1/d] * c
hazard death = 0.02 [1/d]
therapy a
  dose 10 [mg] into c every 1 d${line}
endpoint when = time of death
endpoint level = c at 100.5 d
show until 120 d every 10 d
`;
  it('is left alone by resets and by the search for a steady state', async () => {
    const [plain, reset, steady] = [
      await runs(text(''), { therapy: 'a' }),
      await runs(text('\n  reset at 20.25 d every 20 d'), { therapy: 'a' }),
      await runs(text(' at steady state'), { therapy: 'a' }),
    ];
    for (const ran of [reset, steady]) {
      expect(new Set(ran.statuses)).toEqual(new Set(['done']));
      ran.endpoint('when').forEach((t, i) => {
        const wanted = plain.endpoint('when')[i] ?? 0;
        if (Number.isNaN(wanted)) expect(t).toBeNaN();
        else expect(t / wanted).toBeCloseTo(1, 7);
      });
    }
    // The reset did happen: nothing is in the body right after the last one.
    expect(reset.endpoint('level')[0]).toBeLessThan(0.01);
    expect(steady.endpoint('level')[0]).toBeGreaterThan(5);
  });

  it('can be seen, and survival with it', async () => {
    const ran = await runs(
      `${text('')}output survival = exp(-death_cumulative)\nendpoint s = survival at 50 d\nendpoint h = death_cumulative at 50 d\n`,
      { therapy: 'a' },
    );
    expect(ran.endpoint('s')[0]).toBeCloseTo(Math.exp(-1), 8);
    expect(ran.endpoint('h')[3]).toBeCloseTo(1, 8);
  });

  it('is what an event of the model can wait for', async () => {
    const ran = await runs(
      `${text('')}memory died : 1 = 0\nwhen death_happened : set died = t / 1 [d]\nendpoint at_death = died at 119 d\n`,
      { therapy: 'a' },
    );
    ran.endpoint('at_death').forEach((t, i) => {
      const wanted = ran.endpoint('when')[i] ?? 0;
      if (wanted < 119) expect(t / wanted).toBeCloseTo(1, 6);
      else expect(t).toBe(0);
    });
  });
});
