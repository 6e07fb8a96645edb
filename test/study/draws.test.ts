import { afterAll, describe, expect, it } from 'vitest';
import { fastSampling } from '../../src/engine/sampling.ts';
import { normal_cdf } from '../../src/language/math.ts';
import { drawConflicts, drawTable, type NamedStream } from '../../src/study/draw-table.ts';
import { prepare } from '../../src/study/prepare.ts';
import { runIndividuals, runStudy } from '../../src/study/run.ts';
import type { Study } from '../../src/study/study.ts';
import { closeEngines, engineFor } from '../engine/engines.ts';
import { DRAWS, KOLMOGOROV_BAR, kolmogorov } from '../engine/statistics.ts';
import { referenceModel } from './reference-models.ts';

afterAll(closeEngines);

const noise: NamedStream = { kind: 'normal', purpose: 'residual error', name: 'titrate: inr_read' };
const taken: NamedStream = { kind: 'uniform', purpose: 'adherence', name: 'dose 1 into gut: taken' };
/** Number n of stream k for patient first + i. */
const at = (
  table: ReturnType<typeof drawTable>,
  { k, n, i, first, count }: Record<'k' | 'n' | 'i' | 'first' | 'count', number>,
) => table.read(first, count)[((k + 1) * table.rows + n) * count + i] ?? Number.NaN;

describe('random numbers of a run', () => {
  it('are the same whatever is read with them: patients, numbers, streams', () => {
    const small = drawTable([noise], { seed: '5', rows: 3 });
    const large = drawTable([taken, noise], { seed: '5', rows: 40 });
    for (const patient of [0, 17, 4099])
      for (const n of [0, 2]) {
        const one = at(small, { k: 0, n, i: 0, first: patient, count: 1 });
        const first = Math.max(0, patient - 7);
        expect(at(large, { k: 1, n, i: patient - first, first, count: 9 })).toBe(one);
        expect(Math.fround(one)).toBe(one);
        expect(one).not.toBe(0);
      }
  });

  it('differ between patients, numbers, names, purposes and seeds', () => {
    const streams = [noise, { ...noise, name: 'other' }, { ...noise, purpose: 'adherence' } as const];
    const seen = new Set<number>();
    for (const seed of ['5', '6']) {
      const table = drawTable(streams, { seed, rows: 50 });
      const values = table.read(0, 20).subarray(50 * 20);
      for (const value of values) seen.add(value);
    }
    // In f32 two of 6000 may meet by chance; a shared stream would bring them all together.
    expect(seen.size).toBeGreaterThan(2 * 3 * 50 * 20 - 10);
  });

  it('are the same bits from TypeScript and from WebAssembly', () => {
    const options = { seed: '77', rows: 5 };
    const [plain, fast] = [drawTable([noise, taken], options), drawTable([noise, taken], { ...options, ...fastSampling() })];
    expect(fast.read(4090, 20)).toEqual(plain.read(4090, 20));
  }); // biome-ignore format: two tables

  it('follow their laws across patients and across the numbers of one patient', () => {
    const table = drawTable([noise, taken], { seed: '3', rows: 1, ...fastSampling() });
    const across = table.read(0, DRAWS);
    expect(kolmogorov(across.subarray(DRAWS, 2 * DRAWS), normal_cdf)).toBeLessThan(KOLMOGOROV_BAR);
    expect(kolmogorov(across.subarray(2 * DRAWS), (u) => u)).toBeLessThan(KOLMOGOROV_BAR);
    const long = drawTable([taken], { seed: '3', rows: 20_000, ...fastSampling() });
    const own = long.read(11, 1).subarray(20_000);
    expect(kolmogorov(own, (u) => u)).toBeLessThan(KOLMOGOROV_BAR);
    expect(Math.max(...own)).toBeLessThan(1);
    expect(Math.min(...own)).toBeGreaterThan(0);
  });

  it('are made as far as they can be asked for, the same as in a longer table', () => {
    const whole = drawTable([noise, taken], { seed: '3', rows: 6 }).read(5, 2);
    const short = drawTable([noise, taken], { seed: '3', rows: 6, own: [6, 2] }).read(5, 2);
    expect(short.subarray(12, 28)).toEqual(whole.subarray(12, 28));
    expect(short.subarray(28).every(Number.isNaN)).toBe(true);
  });

  it('stay below 1 where a uniform rounds up to it', () => {
    const nearly = (_key: unknown, _purpose: number, _draw: number, _first: number, out: Float64Array) =>
      void out.fill(1 - 2 ** -53);
    const sampler = { uniform: nearly, normal: nearly };
    const [, u] = drawTable([taken], { seed: '3', rows: 1, sampler }).read(0, 1);
    expect(u).toBe(1 - 2 ** -24);
  });

  it('of readings are zero for a typical patient', () => {
    const table = drawTable([noise, taken], { seed: '3', rows: 4, typical: true });
    const read = table.read(0, 1);
    expect([...read.subarray(4, 8)]).toEqual([0, 0, 0, 0]);
    expect(new Set(read.subarray(8)).size).toBe(4);
  });

  it('refuse names that would share a stream', () => {
    expect(drawConflicts([noise, taken, noise])).toEqual([]);
    // The hashes of these two agree (FNV-1a).
    expect(drawConflicts([{ ...noise, name: 'costarring' }, { ...noise, name: 'liquid' }])[0]).toContain('hashes agree');
  }); // biome-ignore format: a pair
});

describe('corners of tables of time', () => {
  const MODEL = `model corners
  time h
parameter first = 6 [h] range 1 .. 12
compartment central : mg
table meals : mg/h by h linear = 0 -> 0, 7 -> 0, 7.5 -> 6, 9 -> 0
flow eaten : -> central at meals(t)
output amount = central
therapy none
  reset at 100 h
show until 8 h every 1 h
`;
  it('cut every segment inside the run', async () => {
    const ready = await prepare(
      { gemello: 1, model: { text: MODEL } },
      { engine: await engineFor('webassembly') },
    );
    if (ready.kind !== 'done') throw new Error(JSON.stringify(ready).slice(0, 300));
    expect([...(ready.prepared.job.breaks ?? [])]).toEqual([7, 7.5]);
  });
});

describe('a study with assay noise and missed doses', () => {
  const text = referenceModel('inr');
  const study = (more: Partial<Study> = {}): Study => ({ gemello: 1, model: { text }, cohort: { patients: 30 }, arms: [{ name: 'titrated', therapy: 'titrated' }], ...more }); // biome-ignore format: a line
  const curves = async (s: Study, patients: readonly number[]) => {
    const ran = await runIndividuals(s, { engine: await engineFor('webassembly') }, patients, {
      ledger: true,
    });
    if (ran.kind !== 'done') throw new Error(JSON.stringify(ran).slice(0, 500));
    return ran;
  };

  it('gives a patient the same readings and missed doses beside other arms, rules, patients and days', async () => {
    const alone = await curves(study(), [3, 21]);
    const readingsOf = ({ ledgers }: Awaited<ReturnType<typeof curves>>, arm: number, patient: number) =>
      (ledgers?.[arm]?.[patient]?.decisions ?? []).filter(({ name }) => name === 'titrate').map(({ time, values }) => [time, values.inr_read]);
    const changed = text
      .replace('therapy titrated', 'therapy watched\n  dose daily into gut every 1 d taken 60 %\n  rule other from 1 d every 2 d\n    if inr_read > 9 : set daily = 1 [mg]\ntherapy titrated')
      .replace('until 90 d', 'until 200 d');
    const beside = await curves(
      study({ model: { text: changed }, cohort: { patients: 45 }, arms: [{ name: 'w', therapy: 'watched' }, { name: 'titrated', therapy: 'titrated' }] }),
      [21, 3, 40],
    );
    for (const [patient, other] of [[0, 1], [1, 0]] as const) {
      const before = readingsOf(alone, 0, patient);
      expect(before.length).toBeGreaterThan(5);
      const after = readingsOf(beside, 1, other).slice(0, before.length);
      expect(after.map(([time]) => time)).toEqual(before.map(([time]) => time));
      // Tolerances follow the study (SEMANTICS.md, "What numbers depend on"); the draws do not.
      for (const [k, [, value = 0]] of before.entries()) expect(after[k]?.[1] ?? 0).toBeCloseTo(value, 5);
      const dosesOf = (ran: typeof alone, arm: number, i: number) => (ran.ledgers?.[arm]?.[i]?.doses ?? []).map(({ time }) => time).filter((time) => time < 90);
      expect(dosesOf(beside, 1, other)).toEqual(dosesOf(alone, 0, patient));
    }
  }, 60_000); // biome-ignore format: long lines of cases

  it('misses the share of doses that the text says', async () => {
    const chance = text.replace('taken 95 %, 80 % after a missed one', 'taken 70 %').replace(/ {2}rule titrate[\s\S]*?(?=therapy fixed)/, '');
    const patients = Array.from({ length: 100 }, (_, i) => i);
    const { ledgers } = await curves(study({ model: { text: chance }, cohort: { patients: 100 } }), patients);
    const given = (ledgers?.[0] ?? []).reduce((sum, { doses }) => sum + doses.length, 0);
    // 9000 doses due (day 0 to 89): four standard deviations of a binomial.
    expect(Math.abs(given - 6300)).toBeLessThan(4 * Math.sqrt(9000 * 0.7 * 0.3));
  }, 60_000); // biome-ignore format: a line

  it('takes every dose that is always taken, and none that never is', async () => {
    for (const [share, count] of [[100, 90], [0, 0]] as const) {
      const always = text.replace('taken 95 %, 80 % after a missed one', `taken ${share} %`);
      const { ledgers } = await curves(study({ model: { text: always.replace(/ {2}rule titrate[\s\S]*?(?=therapy fixed)/, '') } }), [0, 1]);
      for (const { doses } of ledgers?.[0] ?? []) expect(doses).toHaveLength(count);
    }
  }, 60_000); // biome-ignore format: cases

  it('refuses more visits than a run can hold, with the remedy', async () => {
    const minutely = text.replace('from 7 d every 7 d', 'from 7 d every 1 min').replaceAll(/, next visit in 3 d|next visit in 14 d/g, '').replace(/ {4}else : \n/, '').replace('hold for 2 d, ', '');
    const ready = await prepare(study({ model: { text: minutely } }), { engine: await engineFor('webassembly') });
    if (ready.kind !== 'refused') throw new Error(JSON.stringify(ready).slice(0, 300));
    expect(ready.errors[0]?.field).toBe('time.until');
    expect(ready.errors[0]?.message).toMatch(/visits or doses that draw random numbers .* at most 20,000/);
  }); // biome-ignore format: a text

  it('is certified, previewed and rescued with the same numbers', async () => {
    const engine = await engineFor('webassembly');
    const ran = await runStudy(study(), { engine });
    if (ran.kind !== 'done') throw new Error('not run');
    const errors = ran.result.certificate?.outputs.INR;
    // With other draws the curves would differ by several per cent.
    expect(errors?.max).toBeLessThan(1e-3);
    const preview = await prepare(study(), { engine, preview: 5 });
    if (preview.kind !== 'done') throw new Error('not prepared');
    const [whole] = ran.prepared.job.tables ?? [];
    const [few] = preview.prepared.job.tables ?? [];
    expect(few?.read(2, 3)).toEqual(whole?.read(2, 3));
  }, 60_000);
});
