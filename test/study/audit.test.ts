import { afterAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { auditPrepared, auditStudy, ledgerTable } from '../../src/study/audit.ts';
import { prepare } from '../../src/study/prepare.ts';
import { runIndividuals } from '../../src/study/run.ts';
import type { Study } from '../../src/study/study.ts';
import { closeEngines, engineFor } from '../engine/engines.ts';
import { referenceModel } from './reference-models.ts';

afterAll(closeEngines);

const studyOf = (name: string, more: Partial<Study> = {}): Study => ({
  gemello: 1,
  model: { text: referenceModel(name) },
  cohort: { patients: 40 },
  ...more,
});

async function auditOf(study: Study, engine: Engine) {
  const audited = await auditStudy(study, { engine });
  if (audited.kind !== 'done') throw new Error(JSON.stringify(audited).slice(0, 1000));
  return audited.audit;
}

describe('the audit of closed loops', () => {
  it.each(['inr', 'anc', 'auc_guided', 'correction'])(
    'gives every patient of %s the same course to the bit from the ledger alone',
    async (name) => {
      const engine = await engineFor('webassembly');
      const { arms } = await auditOf(studyOf(name), engine);
      expect(arms.length).toBeGreaterThan(0);
      for (const arm of arms)
        expect(arm).toMatchObject({
          name: arm.name,
          patients: 40,
          failed: 0,
          replayed: 40,
          bitEqual: 40,
          largestDifference: 0,
        });
    },
    60_000,
  );

  it.each(['f32x4 webassembly'] as const)(
    'stays within 1e-4 where the kernel computes in f32 (%s)',
    async (kernel) => {
      const engine = await engineFor(kernel);
      const { arms } = await auditOf(studyOf('auc_guided'), engine);
      for (const arm of arms) {
        expect(arm.replayed).toBe(40);
        expect(arm.largestDifference).toBeLessThan(1e-4);
      }
    },
    60_000,
  );

  it('has nothing to say of an arm in which nothing happens but plain doses', async () => {
    const engine = await engineFor('webassembly');
    const study: Study = { gemello: 1, model: { name: 'theophylline' }, cohort: { patients: 3 } };
    expect(await auditOf(study, engine)).toEqual({ patients: 3, arms: [] });
  });

  it('sees a ledger that tells of another dose', async () => {
    const engine = await engineFor('webassembly');
    const ready = await prepare(studyOf('auc_guided', { cohort: { patients: 4 } }), { engine });
    if (ready.kind !== 'done') throw new Error('not prepared');
    const honest = engine.individuals;
    const forged: Engine = {
      ...engine,
      async individuals(program, job, patients, options) {
        const ran = await honest(program, job, patients, options);
        if (!options?.ledger) return ran;
        return {
          ...ran,
          arms: ran.arms.map((arm) => ({
            ...arm,
            ledger: (arm.ledger ?? []).map((entries, i) =>
              entries.map((entry, e) =>
                i === 2 && e === 0 ? { ...entry, captured: entry.captured.map((x) => 1.01 * x) } : entry,
              ),
            ),
          })),
        };
      },
    };
    const { arms } = await auditPrepared(ready.prepared, { engine: forged });
    expect(arms[0]?.bitEqual).toBe(3);
    expect(arms[0]?.largestDifference).toBeGreaterThan(1e-4);
  });

  it('counts patients who failed in the run itself apart: they have no course to compare', async () => {
    const engine = await engineFor('webassembly');
    const ready = await prepare(studyOf('auc_guided', { cohort: { patients: 4 } }), { engine });
    if (ready.kind !== 'done') throw new Error('not prepared');
    const { prepared } = ready;
    const solver = { ...prepared.job.solver, maxSteps: 3 };
    const { arms } = await auditPrepared({ ...prepared, job: { ...prepared.job, solver } }, { engine });
    expect(arms[0]).toMatchObject({ patients: 4, failed: 4, replayed: 0, bitEqual: 0, largestDifference: 0 });
  });

  it('goes through a large cohort in chunks, no further than asked', async () => {
    const engine = await engineFor('webassembly');
    const heard: number[] = [];
    const cohort = { patients: 1000 };
    const audited = await auditStudy(studyOf('auc_guided', { cohort }), {
      engine,
      patients: 600,
      onProgress: (finished) => void heard.push(finished),
    });
    if (audited.kind !== 'done') throw new Error('not audited');
    expect(heard).toEqual([512, 600]);
    expect(audited.audit.patients).toBe(600);
    expect(audited.audit.arms[0]?.bitEqual).toBe(600);
  }, 60_000);
});

describe('a ledger', () => {
  it('tells the doses that every patient got, in the model’s words', async () => {
    const engine = await engineFor('webassembly');
    const ran = await runIndividuals(studyOf('auc_guided'), { engine }, [0, 7], { ledger: true });
    if (ran.kind !== 'done' || !ran.ledgers) throw new Error('no ledger');
    const [ledger] = ran.ledgers[0] ?? [];
    const doses = ledger?.doses ?? [];
    // Every 12 h up to the horizon of 168 h, the one at the horizon itself not given.
    expect(doses.map(({ time }) => time)).toEqual(Array.from({ length: 14 }, (_, k) => 12 * k));
    expect(doses.every(({ into, duration }) => into === 'central' && duration === 1)).toBe(true);
    expect(doses[0]?.amount).toBe(1000);
    const visits = (ledger?.decisions ?? []).filter(({ name }) => name === 'adjust');
    expect(visits.map(({ time }) => time)).toEqual([24, 48, 72, 96, 120, 144]);
    // The text: unless the AUC read is in 400 .. 600 the dose becomes dose * 500 / max(AUC, 50) within 250 .. 3000.
    const auc = visits[0]?.values.auc_read ?? Number.NaN;
    const next =
      auc >= 400 && auc <= 600 ? 1000 : Math.min(3000, Math.max(250, (1000 * 500) / Math.max(auc, 50)));
    const given = doses.find(({ time }) => time === 36)?.amount ?? Number.NaN;
    expect(Math.abs(given - next)).toBeLessThan(1e-9 * next);
  });

  it('lists plain doses, which no kernel keeps a ledger of', async () => {
    const engine = await engineFor('webassembly');
    const study: Study = {
      gemello: 1,
      model: { text: referenceModel('auc_guided') },
      cohort: { patients: 2 },
      arms: [
        {
          name: 'mine',
          therapy:
            'dose 25 [mg/L] * V into central from 2 h\ndose 100 [mg] into central over 2 h from 6 h every 8 h times 3',
        },
        { name: 'none' },
      ],
      time: { until: '22 h', every: '1 h' },
    };
    const ran = await runIndividuals(study, { engine }, [1], { ledger: true });
    if (ran.kind !== 'done' || !ran.ledgers) throw new Error('no ledger');
    const into = 'central';
    expect(ran.ledgers[0]?.[0]?.doses).toEqual([
      { time: 2, into, amount: 1250, duration: 0 },
      { time: 6, into, amount: 100, duration: 2 },
      { time: 14, into, amount: 100, duration: 2 },
    ]);
    expect(ran.ledgers[1]?.[0]?.doses).toEqual([]);
  });

  it('is a table in which each patient’s rows end before the first that is not finite', async () => {
    const engine = await engineFor('webassembly');
    const ready = await prepare(studyOf('auc_guided'), { engine });
    if (ready.kind !== 'done') throw new Error('not prepared');
    const program = ready.prepared.replayed()?.program;
    if (!program) throw new Error('nothing to replay');
    const entry = { time: 3, happening: 1, captured: Float64Array.of(5, 6) };
    const table = ledgerTable(program, new Map([[4, [entry]], [5, []]])); // biome-ignore format: a line
    expect(table.rows).toBe(2);
    const read = table.read(4, 2);
    expect([...read.subarray(0, 4)]).toEqual([3, Infinity, Infinity, Infinity]);
    expect([read[4], read[8], read[12]]).toEqual([1, 5, 6]);
  });
});
