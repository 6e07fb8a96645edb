// What is added to a study changes no other draw, bit for bit: an effect, a covariate, an arm, an occasion, a study, a
// patient, another backend. Columns and random numbers of prepared studies, and curves of runs.
import { afterAll, describe, expect, it } from 'vitest';
import type { BackendName } from '../../src/engine/backend.ts';
import { type Prepared, prepare } from '../../src/study/prepare.ts';
import { runIndividuals } from '../../src/study/run.ts';
import type { Study } from '../../src/study/study.ts';
import { closeEngines, engineFor, TESTED_BACKENDS } from '../engine/engines.ts';

afterAll(closeEngines);

const text = (more = '', until = '28 d') => `model levels "Levels"
  time d
covariate AGE : yr ~ triangular(low 20, mode 60, high 90)
covariate WT : kg ~ lognormal(median 70, sdlog 0.2) within 40 .. 120
covariate SMOKER : yes 30 %
parameter TVCL = 20 [L/d]
random eta ~ normal(sd 0.3)
random (eta_v, eta_k) ~ normal(covariance 0.1, 0.05, 0.2)
occasions "Visits" every 7 d
random kappa ~ normal(sd 0.2) per occasion
${more}CL = TVCL * (WT / 70 [kg])^0.75 * (if SMOKER then 1.2 else 1) * exp(eta + kappa)
V = 40 [L] * (AGE / 60 [yr]) * exp(eta_v + eta_k)
compartment blood : mg
flow elimination : blood -> at CL / V * blood
output conc = blood / V
therapy once
  dose 100 [mg] into blood
therapy daily
  dose 100 [mg] into blood every 1 d times 9 taken 80 %
endpoint auc = integral(conc)
show until ${until} every 1 d
`;
const study = (more: Partial<Study> = {}, own = text()): Study => ({
  gemello: 1,
  model: { text: own },
  cohort: { patients: 300, seed: '12' },
  arms: [{ name: 'daily', therapy: 'daily' }],
  solver: { method: 'tsit5' },
  ...more,
});

async function prepared(what: Study, backend: BackendName = 'webassembly'): Promise<Prepared> {
  const ready = await prepare(what, { engine: await engineFor(backend) });
  if (ready.kind !== 'done') throw new Error(JSON.stringify(ready));
  return ready.prepared;
}

const PATIENTS = 200;
/** What patients 50 .. 249 are made of: columns, then random numbers of the run by stream and number. */
function drawsOf({ program, job, lowered }: Prepared): ReadonlyMap<string, ArrayLike<number>> {
  const columns = job.columns.read(50, PATIENTS);
  const found = new Map<string, ArrayLike<number>>(
    program.columns.map(({ name }, c) => [name, columns.slice(c * PATIENTS, (c + 1) * PATIENTS)]),
  );
  const table = job.tables?.[program.draws ?? -1];
  const values = table?.read(50, PATIENTS) ?? new Float64Array();
  lowered.draws.forEach(({ name, purpose }, k) => {
    for (let row = 0; row < (table?.rows ?? 0); row++) {
      const from = ((k + 1) * (table?.rows ?? 0) + row) * PATIENTS;
      const own = values.subarray(from, from + PATIENTS);
      if (!Number.isNaN(own[0])) found.set(`${purpose} ${name} ${row}`, own);
    }
  });
  return found;
}

describe('no draw changes', () => {
  it.each<readonly [string, Study]>([
    ['a covariate', study({}, text('covariate ALB : g/L ~ normal(mean 40, sd 4)\n'))],
    ['a random effect', study({}, text('random eta_f ~ normal(sd 0.1)\n'))],
    ['an effect per occasion', study({}, text('random kappa_v ~ normal(sd 0.1) per occasion\n'))],
    ['an uncertain parameter', study({}, text('uncertain TVCL ~ lognormal(rse 10 %)\n'))],
    ['a measurement', study({}, text('').replace('therapy once', 'measure level of conc error proportional 0.1\ntherapy once'))],
    ['another arm', study({ arms: [{ name: 'once', therapy: 'once' }, { name: 'daily', therapy: 'daily' }, { name: 'twice', therapy: 'daily', set: { TVCL: 30 } }] })],
    ['more occasions', study({}, text('', '70 d'))],
    ['another value of a parameter', study({ set: { TVCL: 10 } })],
    ['more patients', study({ cohort: { patients: 5000, seed: '12' } })],
    ['a filter that everybody passes', study({ cohort: { patients: 300, seed: '12', filter: 'WT > 1 [kg]' } })],
  ])('with %s', async (_, changed) => {
    const [before, after] = [drawsOf(await prepared(study())), drawsOf(await prepared(changed))];
    expect(before.size).toBeGreaterThan(6 + 4 + 9 - 1);
    for (const [name, values] of before) expect(after.get(name), name).toEqual(values);
  }); // biome-ignore format: a table

  it.each(TESTED_BACKENDS)('on %s', async (backend) => {
    expect(drawsOf(await prepared(study(), backend))).toEqual(drawsOf(await prepared(study())));
  });

  it('with another study beside it, where nothing is known less exactly for that', async () => {
    const own = text('uncertain TVCL ~ lognormal(rse 10 %)\n');
    const [two, four] = [
      await prepared(study({ cohort: { patients: 300, seed: '12', studies: 2 } }, own)),
      await prepared(study({ cohort: { patients: 600, seed: '12', studies: 4 } }, own)),
    ];
    for (const s of [0, 1]) {
      const [a, b] = [two.studies.jobOf(s), four.studies.jobOf(s)];
      if ('field' in a || 'field' in b) throw new Error('refused');
      expect([a.first, a.patients]).toEqual([150 * s, 150]);
      expect([b.first, b.patients]).toEqual([a.first, a.patients]);
      expect(b.columns.read(b.first, b.patients)).toEqual(a.columns.read(a.first, a.patients));
      expect(b.arms[0]?.study).toEqual(a.arms[0]?.study);
    }
  });

  it('but does with another seed', async () => {
    const [before, after] = [drawsOf(await prepared(study())), drawsOf(await prepared(study({ cohort: { patients: 300, seed: '13' } })))];
    for (const [name, values] of before) expect(after.get(name), name).not.toEqual(values);
  }); // biome-ignore format: two studies
});

describe('no curve changes', () => {
  const curves = async (what: Study, arm: string, patients = [3, 77]) => {
    const ran = await runIndividuals(what, { engine: await engineFor('webassembly') }, patients);
    if (ran.kind !== 'done') throw new Error(JSON.stringify(ran));
    const k = ran.prepared.plan.arms.findIndex(({ name }) => name === arm);
    return ran.individuals.arms[k]?.outputs;
  };
  it.each<readonly [string, Study]>([
    ['a covariate', study({}, text('covariate ALB : g/L ~ normal(mean 40, sd 4)\n'))],
    ['an effect per occasion', study({}, text('random kappa_v ~ normal(sd 0.1) per occasion\n'))],
    ['more patients', study({ cohort: { patients: 5000, seed: '12' } })],
  ])('bit for bit with %s that nothing depends on', async (_, changed) => {
    const before = await curves(study(), 'daily');
    expect(before?.some((x) => x > 0)).toBe(true);
    expect(await curves(changed, 'daily')).toEqual(before);
  });

  it('beyond the solver with another arm, whose amounts set the tolerances too', async () => {
    const [before, after] = [
      await curves(study(), 'daily'),
      await curves(study({ arms: [{ name: 'once', therapy: 'once' }, { name: 'daily', therapy: 'daily' }] }), 'daily'),
    ];
    const scale = Math.max(...(before ?? []));
    before?.forEach((x, i) => void expect(Math.abs(x - (after?.[i] ?? Number.NaN)) / scale).toBeLessThan(1e-9));
  }); // biome-ignore format: two studies
});
