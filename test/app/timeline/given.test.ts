// Ledgers on the page: what a real run gave, in the model's words, against the therapy worked out by hand; rows of runs.
import { beforeAll, describe, expect, it } from 'vitest';
import { translator } from '../../../src/app/strings.ts';
import { armLedgers, armTimelines } from '../../../src/app/timeline/arms.ts';
import type { ArmLedger, GivenDose } from '../../../src/app/timeline/given.ts';
import { type LedgerRow, ledgerRows } from '../../../src/app/timeline/runs.ts';
import { decisionWords } from '../../../src/app/timeline/words.ts';
import { nodeDevices } from '../../../src/cli/devices.ts';
import { type Engine, openEngine } from '../../../src/engine/engine.ts';
import { runIndividuals } from '../../../src/study/run.ts';
import type { Study } from '../../../src/study/study.ts';

const MODEL = `model levels "A level that stays where the last dose put it"
  time d
parameter F = 50 %
memory size "Size of a dose" : mg = 4 [mg]
compartment body : mg bioavailability F
output level = body in mg
measure read of level error additive 0 [mg]
therapy guided "Twice the dose while the level is low"
  dose size into body every 1 d times 4
  rule double "Daily look" from 1.5 d every 1 d times 2
    if read < 4.5 [mg] : set size = 2 * size
therapy plain "Two doses"
  dose 4 [mg] into body over 0.5 d every 2 d times 2
show until 5 d every 1 d
`;

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine(nodeDevices({ lanes: 0 }), 'webassembly');
});

async function ledgersOf(
  study: Study,
): Promise<{ ledgers: readonly ArmLedger[]; plans: ReturnType<typeof armTimelines> }> {
  const ran = await runIndividuals(study, { engine }, [0], { ledger: true });
  if (ran.kind !== 'done' || !ran.ledgers) throw new Error(JSON.stringify(ran));
  return {
    ledgers: armLedgers(study, ran.prepared, ran.ledgers, 0),
    plans: armTimelines(study, ran.prepared),
  };
}
const STUDY: Study = { gemello: 1, model: { text: MODEL }, cohort: { patients: 2 } };

describe('what a patient got', () => {
  it('lists doses as they went in, visits with what was read, what was decided and what is set', async () => {
    const { ledgers } = await ledgersOf(STUDY);
    const [guided, plain] = ledgers;
    // Half of each dose gets in: 2 at 0 and 1 d make 4, which is low; 4 at 2 d make 8, which is not.
    expect(guided?.doses.map(({ time, amount, unit, into }) => [time, amount, unit, into])).toEqual([
      [0, 2, 'mg', 'body'],
      [1, 2, 'mg', 'body'],
      [2, 4, 'mg', 'body'],
      [3, 4, 'mg', 'body'],
    ]);
    expect(guided?.decisions).toMatchObject([
      {
        time: 1.5,
        name: 'Daily look',
        readings: [{ name: 'read', value: 4, unit: 'mg' }],
        taken: 'set size = 2 * size',
        sets: [{ name: 'Size of a dose', value: 8, unit: 'mg' }],
      },
      { time: 2.5, readings: [{ value: 8 }], taken: null, sets: [] },
    ]);
    expect(plain?.doses).toMatchObject([
      { time: 0, amount: 2, duration: 0.5 },
      { time: 2, amount: 2, duration: 0.5 },
    ]);
    const [low, high] = guided?.decisions ?? [];
    const speech = { language: 'en', t: translator('en') } as const;
    expect(low && decisionWords(low, speech)).toBe('read 4 mg: set size = 2 * size → Size of a dose = 8 mg');
    expect(high && decisionWords(high, speech)).toBe('read 8 mg: nothing to change');
  });

  it('is planned otherwise: the first size, as written, in doubt after the first visit', async () => {
    const { plans } = await ledgersOf(STUDY);
    expect(plans[0]?.doses.map(({ time, amount, sure }) => [time, amount, sure])).toEqual([
      [0, 4, true],
      [1, 4, true],
      [2, 4, false],
      [3, 4, false],
    ]);
    expect(plans[0]?.visits).toMatchObject([{ label: 'Daily look', times: [1.5, 2.5] }]);
  });

  it('reads an arm’s own text by its own spans', async () => {
    const therapy =
      'dose 4 [mg] into body\nrule r from 1 d every 1 d times 1\n  if read > 1 [mg] : set size = 1 [mg]';
    const { ledgers, plans } = await ledgersOf({ ...STUDY, arms: [{ name: 'own', therapy }] });
    expect(ledgers[0]?.decisions).toMatchObject([{ name: 'r', taken: 'set size = 1 [mg]' }]);
    expect(plans[0]?.lines).toEqual(['dose 4 [mg] into body', therapy.slice(22).replace(/\s+/g, ' ')]);
  });
});

describe('rows of a ledger', () => {
  const dose = (time: number, amount = 5, into = 'gut'): GivenDose => ({
    time,
    amount,
    into,
    unit: 'mg',
    duration: 0,
  });
  const decision = (time: number) => ({ time, name: 'visit', readings: [], taken: null, sets: [] });
  const shortly = (rows: readonly LedgerRow[]) =>
    rows.map((row) =>
      row.kind === 'decision' ? row.decision.time : [row.dose.time, row.last, row.count, row.dose.amount],
    );
  const rowsOf = (doses: GivenDose[], ...visits: number[]) =>
    shortly(ledgerRows({ doses, decisions: visits.map(decision), more: 0 }));

  it('join equal doses at equal distances, until something is decided', () => {
    const daily = Array.from({ length: 10 }, (_, day) => dose(day, day > 7 ? 6 : 5));
    expect(rowsOf(daily)).toEqual([
      [0, 7, 8, 5],
      [8, 9, 2, 6],
    ]);
    // A dose at the instant of a visit that goes on as before was given before the visit.
    expect(rowsOf(daily, 4)).toEqual([[0, 4, 5, 5], 4, [5, 7, 3, 5], [8, 9, 2, 6]]);
    expect(rowsOf(daily, 8)).toEqual([[0, 7, 8, 5], 8, [8, 9, 2, 6]]);
  });

  it('take an equal dose at a visit for what the visit gave, unless it goes on at the same distance', () => {
    expect(rowsOf([dose(0), dose(24)], 24)).toEqual([[0, 0, 1, 5], 24, [24, 24, 1, 5]]);
  });

  it('tell a missed dose and another distance apart', () => {
    expect(rowsOf([dose(0), dose(1), dose(3), dose(4)])).toEqual([
      [0, 1, 2, 5],
      [3, 4, 2, 5],
    ]);
  });

  it('keep two drugs that are given together in two runs', () => {
    expect(rowsOf([0, 1, 2].flatMap((day) => [dose(day), dose(day, 7, 'vein')]))).toEqual([
      [0, 2, 3, 5],
      [0, 2, 3, 7],
    ]);
  });
});
