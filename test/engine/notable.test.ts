import { afterAll, describe, expect, test } from 'vitest';
import type { ArmSummary, Notable } from '../../src/engine/backend.ts';
import { addNotable, createNotable, MOST_LISTED, notableOf, SLOWEST } from '../../src/engine/notable.ts';
import { type Prepared, prepare } from '../../src/study/prepare.ts';
import type { Study } from '../../src/study/study.ts';
import { closeEngines, engineFor, TESTED_BACKENDS } from './engines.ts';

afterAll(closeEngines);

/** Scattered, with many equal numbers of steps; every 9th patient fails. */
const steps = (patient: number) => (patient * 7919) % 97;
const status = (patient: number) => (patient % 9 === 0 ? 1 + (patient % 4) : 0);
const whole = (patients: number) => notableOf(0, patients, status, steps);

/** The plain way: sort everybody. */
function sorted(patients: number): Notable {
  const all = Array.from({ length: patients }, (_, patient) => ({
    patient,
    steps: steps(patient),
    status: status(patient),
  }));
  return {
    slowest: all
      .filter((p) => p.status === 0)
      .sort((a, b) => b.steps - a.steps || a.patient - b.patient)
      .slice(0, SLOWEST)
      .map(({ patient, steps }) => ({ patient, steps })),
    failed: all
      .filter((p) => p.status !== 0)
      .slice(0, MOST_LISTED)
      .map(({ patient, status }) => ({ patient, status })),
  };
}

describe('patients worth a second look', () => {
  test.each([0, 3, 10, 1000, 20_000])('of %i are the slowest and the first failed', (patients) => {
    expect(whole(patients)).toEqual(sorted(patients));
  });

  test('are the same however the cohort is cut, and in whatever order the pieces come', () => {
    const cuts = [0, 64, 500, 501, 7000, 7300, 20_000];
    const pieces = cuts.slice(1).map((to, i) => {
      const from = cuts[i] ?? 0;
      const count = to - from;
      return {
        from,
        part: notableOf(
          0,
          count,
          (k) => status(from + k),
          (k) => steps(from + k),
        ),
      };
    });
    for (const order of [pieces, pieces.slice().reverse()]) {
      const total = createNotable();
      for (const { from, part } of order) addNotable(total, part, from);
      expect(total).toEqual(whole(20_000));
    }
  });
});

/** x' = K x^2 from 1 ends at 1 / K: whoever has K > 1 blows up before the end. */
const TEXT = `model decline "Growth that some cannot bear"
  time h
covariate K : 1/h ~ uniform(low 0.1, high 1.2)
state x : 1 = 1
d/dt(x) = K * x * x
output size = x
show until 1 h every 0.5 h
`;
const study: Study = { gemello: 1, model: { text: TEXT }, cohort: { patients: 700, seed: '3' } };

async function prepared(backend: (typeof TESTED_BACKENDS)[number]): Promise<Prepared> {
  const ready = await prepare(study, { engine: await engineFor(backend) });
  if (ready.kind !== 'done') throw new Error(JSON.stringify(ready));
  return ready.prepared;
}

describe.each(TESTED_BACKENDS)('the %s backend', (backend) => {
  test('lists the patients that its own curves show as failed and as slowest', async () => {
    const engine = await engineFor(backend);
    const { program, job } = await prepared(backend);
    const shifted = { ...job, first: 100, patients: 600 };
    const { summary } = await engine.run(program, shifted);
    const everyone = Array.from({ length: 600 }, (_, i) => 100 + i);
    const [alone] = (await engine.individuals(program, job, everyone)).arms;
    const expected = notableOf(
      100,
      600,
      (i) => alone?.status[i] ?? 0,
      (i) => alone?.steps[i] ?? 0,
    );
    const [arm] = summary.arms as readonly [ArmSummary];
    expect(expected.failed.length).toBeGreaterThan(20);
    expect(arm.notable).toEqual(expected);
    const [, ...failures] = arm.statuses;
    expect(arm.notable?.failed.length).toBe(failures.reduce((a, b) => a + b, 0));
  });
});
