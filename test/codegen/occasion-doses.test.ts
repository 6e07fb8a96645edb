// Occasions that begin with doses, through the product: the amounts that patients really got against their own draws, by
// every kernel, whatever gives the dose; order within an instant; variances of a crossover; draws that nothing shifts.
import { afterAll, describe, expect, it } from 'vitest';
import { momentsOf } from '../../src/statistics/moments.ts';
import { varianceComponents } from '../../src/statistics/variance-components.ts';
import { drawTable } from '../../src/study/draw-table.ts';
import { runIndividuals } from '../../src/study/run.ts';
import type { Study } from '../../src/study/study.ts';
import { closeEngines, engineFor, TESTED_KERNELS } from '../engine/engines.ts';
import { type Runs, runs } from './population-runs.ts';

afterAll(closeEngines);

const SD = 0.3;
const DOSE = 100;
const CL = 50;
/** Every dose has its own bioavailability and clearance; elimination is gone long before the next. */
const model = (
  therapy: string,
  { occasions = 'each dose', more = '', entry = 'exp(kf)' } = {},
) => `model doses "By dose"
  time d
parameter TVCL = ${CL} [L/d]
random eta ~ normal(cv 30 %)
random kf ~ normal(sd ${SD}) per occasion
random kappa ~ normal(cv 20 %) per occasion
${more}occasions "Doses" ${occasions}
CL = TVCL * exp(eta + kappa)
compartment c : mg bioavailability ${entry}
compartment other : mg
flow out : c -> at CL / 5 [L] * c
flow away : other -> at 5 [1/d] * other
output conc = c / 5 [L]
output f = kf
therapy a
${therapy}
therapy b
  dose ${DOSE} [mg] into c from 3 d every 5 d times 4
endpoint auc1 = integral(conc, 0 d .. 7 d)
endpoint auc2 = integral(conc, 7 d .. 14 d)
endpoint auc3 = integral(conc, 14 d .. 21 d)
endpoint early = f at 1 d
show until 28 d every 1 d
`;
const KAPPA = Math.sqrt(Math.log(1 + 0.2 ** 2));
/** The effect of occasion k of a patient, from 1 on. */
function effect(ran: Runs, name: 'kf' | 'kappa', patient: number, k: number): number {
  if (k === 1) return ran.column(name)[patient] ?? Number.NaN;
  const table = drawTable([{ kind: 'normal', purpose: 'occasion', name }], { seed: '11', rows: 60 });
  return (name === 'kf' ? SD : KAPPA) * (table.read(patient, 1)[60 + k - 2] ?? Number.NaN);
}
/** Doses that a patient got: when, how much of them, where. */
const doses = (ran: Runs, patient: number) => ran.ledgers?.[0]?.[patient]?.doses ?? [];
const PATIENTS = Array.from({ length: 20 }, (_, i) => i);

/** The k-th dose, counted by instants, has the bioavailability of the k-th occasion. Gives how many there were. */
function byInstant(ran: Runs, patient: number, tolerance: number, amount = DOSE): number {
  const given = doses(ran, patient).filter(({ into }) => into === 'c');
  const times = [...new Set(given.map(({ time }) => time))];
  for (const dose of given) {
    const wanted = amount * Math.exp(effect(ran, 'kf', patient, times.indexOf(dose.time) + 1));
    expect(Math.abs(dose.amount / wanted - 1)).toBeLessThan(tolerance);
  }
  return times.length;
}

describe('an occasion with each dose', () => {
  const weekly = `  dose ${2 * DOSE} [mg] into c\n  dose ${DOSE} [mg] into c from 7 d every 7 d times 2`;

  it.each([...TESTED_KERNELS.map((kernel) => [kernel, 'tsit5'] as const), ['webassembly', 'exact'] as const])(
    'is the column first, then its own draws, loading dose and maintenance counted together, by %s, %s',
    async (kernel, method) => {
      const f32 = kernel === 'webgpu' || kernel.startsWith('f32');
      const ran = await runs(model(weekly), {
        kernel,
        method,
        therapy: 'a',
        rtol: f32 ? 1e-6 : 1e-10,
        ledger: true,
      });
      expect(new Set(ran.statuses)).toEqual(new Set(['done']));
      for (const i of PATIENTS) {
        for (const [k, auc] of (['auc1', 'auc2', 'auc3'] as const).entries()) {
          const own =
            effect(ran, 'kf', i, k + 1) - (ran.column('eta')[i] ?? 0) - effect(ran, 'kappa', i, k + 1);
          const wanted = ((k === 0 ? 2 : 1) * DOSE * Math.exp(own)) / CL;
          expect(Math.abs((ran.endpoint(auc)[i] ?? 0) / wanted - 1)).toBeLessThan(f32 ? 1e-4 : 1e-7);
        }
        expect(doses(ran, i)).toHaveLength(3);
      }
    },
  );

  it('is one where two lines give at one instant, and none where another compartment is meant', async () => {
    const both =
      '  dose 100 [mg] into c every 7 d times 3\n  dose 100 [mg] into c from 14 d every 3 d times 3\n  dose 5 [mg] into other from 1 d every 1 d times 9';
    const every = await runs(model(both), { therapy: 'a', ledger: true });
    const into = await runs(model(both, { occasions: 'each dose into c' }), { therapy: 'a', ledger: true });
    for (const i of PATIENTS) {
      expect(byInstant(into, i, 1e-6)).toBe(5);
      const times = [...new Set(doses(every, i).map(({ time }) => time))];
      expect(times).toHaveLength(13);
      for (const { time, amount, into: where } of doses(every, i))
        if (where === 'c')
          expect(amount / (DOSE * Math.exp(effect(every, 'kf', i, times.indexOf(time) + 1)))).toBeCloseTo(
            1,
            6,
          );
    }
  });

  it('holds from time 0, and the first dose begins no other', async () => {
    const ran = await runs(model(`  dose ${DOSE} [mg] into c from 3 d every 7 d times 2`), {
      therapy: 'a',
      ledger: true,
    });
    for (const i of PATIENTS) {
      expect(ran.endpoint('early')[i]).toBeCloseTo(effect(ran, 'kf', i, 1), 6);
      expect(byInstant(ran, i, 1e-6)).toBe(2);
    }
  });

  it('leaves plain doses streams where they do not vary by occasion', async () => {
    const { program } = (await runs(model(weekly, { entry: '80 %' }), { patients: 2, therapy: 'a' }))
      .prepared;
    expect(program.streams).toHaveLength(2);
    expect(new Set(program.happenings.map(({ name }) => name))).toEqual(new Set(['occasion']));
  });

  it('is nothing for a typical patient', async () => {
    const ran = await runs(model(weekly), {
      patients: 1,
      cohort: { typical: true },
      therapy: 'a',
      ledger: true,
    });
    expect(doses(ran, 0).map(({ amount }) => amount)).toEqual([2 * DOSE, DOSE, DOSE]);
  });
});

describe('an occasion with a dose that is decided', () => {
  const cases: readonly (readonly [string, string, readonly [number, number]])[] = [
    ['a missed dose begins none', '  dose 100 [mg] into c every 1 d times 20 taken 60 %, 30 % after a missed one', [2, 18]],
    ['nor does one that is not given for now', '  dose 100 [mg] into c every 1 d times 20 while f < 0.3 or mod(t, 3 [d]) < 0.5 [d]', [7, 20]],
    ['one at intervals of the patient’s own', '  dose 100 [mg] into c every (if eta > 0 then 2 [d] else 3 [d]) times 9', [9, 9]],
    ['a rule’s', '  rule weekly from 1 d every 2 d times 9\n    if f < 0.3 : dose 100 [mg] into c', [0, 9]],
    ['visits that decide on the next', '  rule weekly from 1 d every 2 d times 9\n    if f > 0 : dose 100 [mg] into c, next visit in 3 d\n    else : dose 100 [mg] into c', [9, 9]],
    ['a rule’s and a line’s of one instant are one', '  rule r from 2 d every 2 d times 5\n    if f > -9 : dose 100 [mg] into c\n  dose 100 [mg] into c every 4 d times 3', [6, 6]],
    ['an event’s', '  dose 100 [mg] into c\n  when conc < 0.1 [mg/L] at least 1 d apart at most 7 times : dose 100 [mg] into c', [7, 7]],
    ['lines end at a reset, and so do their occasions', '  dose 100 [mg] into c every 1 d times 9\n  reset at 3.5 d\n  dose 100 [mg] into c from 10 d every 1 d times 3', [7, 7]],
    ['doses on hold begin none', '  dose 100 [mg] into c every 1 d times 9\n  hold for 3 d at 2.5 d', [6, 6]],
    ['a lag delays the dose, not the occasion', '  dose 100 [mg] into c lag 0.5 d every 3 d times 5', [5, 5]],
    ['steady states are of the first', '  dose 100 [mg] into c every 3 d times 4 at steady state', [4, 4]],
  ]; // biome-ignore format: a table

  it.each(cases)('%s', async (_, therapy, [least, most]) => {
    const ran = await runs(model(therapy), { therapy: 'a', ledger: true, patients: PATIENTS.length });
    expect(new Set(ran.statuses)).toEqual(new Set(['done']));
    const counts = PATIENTS.map((i) => byInstant(ran, i, 1e-6));
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(least);
    expect(Math.max(...counts)).toBeLessThanOrEqual(most);
    if (least < most) expect(new Set(counts).size).toBeGreaterThan(1);
  });

  it.each(TESTED_KERNELS)('is the same by %s', async (kernel) => {
    for (const [, therapy] of [cases[0], cases[3], cases[6], cases[7], cases[10]].flatMap((one) =>
      one ? [one] : [],
    )) {
      const ran = await runs(model(therapy), { kernel, therapy: 'a', ledger: true, patients: 5, rtol: 1e-5 });
      for (let i = 0; i < 5; i++) expect(byInstant(ran, i, 1e-5)).toBeGreaterThanOrEqual(0);
    }
  });
});

describe('draws by dose', () => {
  /** Amounts of every dose, to the bit, by arm and patient. */
  async function amounts(text: string, arms: readonly string[]): Promise<readonly (readonly number[])[]> {
    const study: Study = {
      gemello: 1,
      model: { text },
      cohort: { patients: 20, seed: '11' },
      arms: arms.map((therapy) => ({ name: therapy, therapy })),
      solver: { rtol: 1e-6, method: 'tsit5' },
    };
    const ran = await runIndividuals(study, { engine: await engineFor('webassembly') }, PATIENTS, {
      ledger: true,
    });
    if (ran.kind !== 'done') throw new Error(JSON.stringify(ran).slice(0, 500));
    const last = ran.ledgers?.at(-1) ?? [];
    return last.map((ledger) => ledger.doses.map(({ amount }) => amount));
  }
  const daily = `  dose ${DOSE} [mg] into c every 1 d times 12`;

  it('are the same in every arm, and another arm, effect, level, covariate or dose before changes no bit of them', async () => {
    const alone = await amounts(model(daily), ['b']);
    expect(alone.every((own) => own.length === 4)).toBe(true);
    expect(await amounts(model(daily), ['a', 'b'])).toEqual(alone);
    const more = `random another ~ normal(sd 1) per occasion
random level ~ normal(sd 1)
covariate AGE : yr ~ normal(mean 50, sd 9)
`;
    expect(await amounts(model(daily, { more }), ['a', 'b'])).toEqual(alone);
    const both = await amounts(model(daily), ['b', 'a']);
    both.forEach((own, i) => void expect(own.slice(0, 4)).toEqual(alone[i]));
    // By time they are the draws of the same number.
    const timed = await amounts(model(daily, { occasions: 'every 5 d' }), ['b']);
    timed.forEach((own, i) => void expect(own[1]).toBe(alone[i]?.[1]));
  });
});

describe('a simulated crossover by dose', () => {
  it.each(['each dose', 'at 0 d, 7 d, 14 d, 21 d'])(
    'gives back the variances between patients and between occasions: %s',
    async (occasions) => {
      const patients = 3000;
      const periods = 3;
      const therapy = `  dose ${DOSE} [mg] into c every 7 d times ${periods}`;
      const ran = await runs(model(therapy, { occasions, entry: '100 %' }), {
        patients,
        therapy: 'a',
        rtol: 1e-5,
      });
      const logs = (['auc1', 'auc2', 'auc3'] as const).map((auc) =>
        ran.endpoint(auc).map((x) => -Math.log(x)),
      );
      const own = Array.from({ length: patients }, (_, i) => logs.map((log) => log[i] ?? 0));
      const { between, within } = varianceComponents(own.map((values) => momentsOf(values)));
      const [iov, iiv] = [Math.log(1 + 0.2 ** 2), Math.log(1 + 0.3 ** 2)];
      const seWithin = iov * Math.sqrt(2 / (patients * (periods - 1)));
      const seBetween = (iov + periods * iiv) * Math.sqrt(2 / (patients - 1));
      expect(Math.abs(within - iov)).toBeLessThan(4 * seWithin);
      expect(Math.abs(between - iiv)).toBeLessThan((4 * Math.hypot(seBetween, seWithin)) / periods);
    },
  );
});
