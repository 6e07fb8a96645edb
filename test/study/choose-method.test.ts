// Which method a study runs with: the rule on made-up trials, then on the shipped models and a stiff one.
import { afterAll, describe, expect, it, test } from 'vitest';
import { EXACT, RODAS4, TSIT5 } from '../../src/codegen/methods.ts';
import { compile } from '../../src/language/compile.ts';
import {
  chooseExact,
  chooseMethod,
  isDoubtful,
  mayBeExact,
  type Trial,
} from '../../src/study/choose-method.ts';
import { LIBRARY } from '../../src/study/library.ts';
import { prepare } from '../../src/study/prepare.ts';
import { runIndividuals, runStudy } from '../../src/study/run.ts';
import type { Study } from '../../src/study/study.ts';
import { verifyModel } from '../../src/study/verify.ts';
import { closeEngines, engineFor } from '../engine/engines.ts';
import { STIFF_CASES } from '../engine/stiff.cases.ts';

afterAll(closeEngines);

const tsit5 = (parts: Partial<Trial> = {}): Trial => ({
  method: TSIT5,
  courses: 4,
  done: 4,
  steps: 4000,
  bound: 20_000,
  stepCost: 100,
  ...parts,
});
const rodas4 = (parts: Partial<Trial> = {}) => tsit5({ method: RODAS4, steps: 800, stepCost: 150, ...parts });

describe('the choice of a method', () => {
  it('tries nothing else where the explicit method takes few steps', () => {
    expect(isDoubtful(tsit5({ steps: 1200 }))).toBe(false);
    expect(isDoubtful(tsit5({ done: 3, steps: 1200 }))).toBe(true);
    expect(chooseMethod(tsit5({ steps: 1200 }), null)).toEqual({
      method: TSIT5,
      reason: 'not stiff: Tsit5 takes 300 steps a patient',
    });
  });

  it('takes the stiff method where it does with much less work, and counts the steps in words', () => {
    expect(chooseMethod(tsit5({ steps: 10_100 }), rodas4({ steps: 848 }))).toEqual({
      method: RODAS4,
      reason: 'stiff: Rodas4 takes 212 steps where Tsit5 took 2,525',
    });
  });

  it('keeps the explicit method where fewer steps cost as much', () => {
    const { method, reason } = chooseMethod(tsit5(), rodas4({ steps: 2000 }));
    expect(method).toBe(TSIT5);
    expect(reason).toBe('not stiff: Tsit5 takes 1,000 steps, Rodas4 500 that cost 1.5 times as much');
  });

  it('takes the method that finishes', () => {
    const stuck = tsit5({ done: 0, steps: 80_000 });
    expect(chooseMethod(stuck, rodas4())).toEqual({
      method: RODAS4,
      reason: 'stiff: Rodas4 takes 200 steps; Tsit5 had not finished after 20,000',
    });
    expect(chooseMethod(tsit5(), rodas4({ done: 3, steps: 400 })).method).toBe(TSIT5);
    expect(chooseMethod(stuck, rodas4({ done: 0, steps: 80_000 }))).toEqual({
      method: TSIT5,
      reason: 'neither Tsit5 nor Rodas4 finished a patient within 20,000 steps',
    });
  });
});

describe('exact propagation of a linear model', () => {
  const exact = (parts: Partial<Trial> = {}) => tsit5({ method: EXACT, steps: 400, stepCost: 300, ...parts });
  const kept = chooseMethod(tsit5({ steps: 1200 }), null);

  it('is not tried where the explicit method takes few steps or does not finish', () => {
    expect(mayBeExact(tsit5({ steps: 404 }))).toBe(true);
    expect(mayBeExact(tsit5({ steps: 396 }))).toBe(false);
    expect(mayBeExact(tsit5({ steps: 4000, done: 3 }))).toBe(false);
  });

  it('is taken where its stretches are much less work, and says what WebGPU does', () => {
    expect(chooseExact(tsit5({ steps: 2400 }), exact(), kept)).toEqual({
      method: EXACT,
      reason:
        'linear between events: 100 stretches a patient by matrix exponential, where Tsit5 takes 600 steps (which WebGPU takes)',
    });
    expect(chooseExact(tsit5({ steps: 1200 }), exact(), kept)).toBe(kept);
    expect(chooseExact(tsit5({ steps: 2400 }), exact({ done: 3 }), kept)).toBe(kept);
  });

  it('never takes the place of a stiff method, which WebGPU needs', () => {
    const stiff = chooseMethod(tsit5({ steps: 40_000 }), rodas4());
    expect(chooseExact(tsit5({ steps: 40_000 }), exact(), stiff)).toBe(stiff);
  });

  it('gives the endpoints that the steps give', async () => {
    const engine = await engineFor('webassembly');
    const median = async (method: string) => {
      const study: Study = {
        gemello: 1,
        model: { name: 'vancomycin' },
        cohort: { patients: 64 },
        solver: { method, rtol: 1e-8 },
      };
      const ran = await runIndividuals(study, { engine }, [0, 5, 63]);
      if (ran.kind !== 'done') throw new Error(JSON.stringify(ran));
      return {
        name: ran.prepared.method.name,
        arms: ran.individuals.arms.map(({ endpoints }) => [...endpoints]),
      };
    };
    const auto = await median('auto');
    const steps = await median('tsit5');
    expect(auto.name).toBe('exact');
    auto.arms.forEach((row, arm) => {
      row.forEach((x, i) => {
        const wanted = steps.arms[arm]?.[i] ?? Number.NaN;
        if (Number.isNaN(wanted)) expect(x).toBeNaN();
        else expect(Math.abs(x - wanted)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(wanted)));
      });
    });
  });
});

const prepared = async (study: Study, preview?: number) => {
  const engine = await engineFor('webassembly');
  const ready = await prepare(study, { engine, ...(preview && { preview }) });
  if (ready.kind !== 'done') throw new Error(JSON.stringify(ready));
  return ready.prepared;
};

/** Vancomycin is linear and dosed often; theophylline and hiv are linear too, and Tsit5 is hardly slower there. */
const CHOSEN: Readonly<Record<string, string>> = {
  hiv_chronic: 'rodas4',
  neutropenia: 'rodas4',
  vancomycin: 'exact',
};

describe('a study that names no method', () => {
  it.each(LIBRARY.map(({ name }) => [name, CHOSEN[name] ?? 'tsit5'] as const))(
    'runs the shipped %s with %s, in a preview too',
    async (name, wanted) => {
      const study: Study = { gemello: 1, model: { name } };
      const whole = await prepared(study);
      expect(whole.method.name).toBe(wanted);
      expect(whole.program.method.name).toBe(wanted);
      expect((await prepared(study, 2)).method).toEqual(whole.method);
    },
  );

  it.each(STIFF_CASES.map((c) => [c.name, c] as const))('runs %s with Rodas4', async (_, c) => {
    const { method } = await prepared({
      gemello: 1,
      model: { text: c.model },
      cohort: { typical: true },
      time: { until: c.until, every: c.until },
    });
    expect(method.name).toBe('rodas4');
    expect(method.reason).toMatch(/^stiff: Rodas4 takes [\d,]+ steps/);
  });

  it('takes Rodas5P where the tolerance is tight', async () => {
    const { method } = await prepared({ gemello: 1, model: { name: 'hiv_chronic' }, solver: { rtol: 1e-8 } });
    expect(method.name).toBe('rodas5p');
  });

  it('says in its result what ran and why', async () => {
    const engine = await engineFor('webassembly');
    const cohort = { patients: 8 };
    const auto = await runStudy({ gemello: 1, model: { name: 'hiv_chronic' }, cohort }, { engine });
    if (auto.kind !== 'done') throw new Error(JSON.stringify(auto));
    expect(auto.result.method?.name).toBe('rodas4');
    expect(auto.result.method?.reason).toMatch(/^stiff: Rodas4 takes \d+ steps where Tsit5 took [\d,]+$/);
    const study: Study = { gemello: 1, model: { name: 'hiv_chronic' }, cohort, solver: { method: 'tsit5' } };
    const named = await runStudy(study, { engine });
    if (named.kind !== 'done') throw new Error(JSON.stringify(named));
    expect(named.result.method).toEqual({ name: 'tsit5', reason: 'the study names it' });
  });
});

test('the checks of a stiff model are solved with a stiff method', async () => {
  const problem = STIFF_CASES.find(({ name }) => name.startsWith('Van der Pol'));
  const lines =
    'endpoint last = position at 2000 s\ncheck "published end" : last = 1.706167732170483 within 0.001 %\n';
  const { model, diagnostics } = compile(`${problem?.model}${lines}`);
  if (!model) throw new Error(JSON.stringify(diagnostics));
  const [outcome] = await verifyModel(model, await engineFor('webassembly'));
  expect(outcome).toMatchObject({ pass: true, fault: '' });
});
