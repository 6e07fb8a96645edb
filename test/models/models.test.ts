// The shipped models: each reads without a remark, says where it comes from, and reproduces its published numbers on
// every backend; a cohort under each therapy ends without failures.
import { afterAll, describe, expect, it } from 'vitest';
import { compile, render } from '../../src/language/compile.ts';
import { LIBRARY } from '../../src/study/library.ts';
import { runStudy } from '../../src/study/run.ts';
import { verifyModel } from '../../src/study/verify.ts';
import { closeEngines, engineFor, TESTED_BACKENDS } from '../engine/engines.ts';

afterAll(closeEngines);

describe.each(LIBRARY)('$name', ({ name, text }) => {
  const { model, diagnostics } = compile(text);

  it('reads without an error or a warning', () => {
    expect(diagnostics.map((d) => render(d, text)).join('\n')).toBe('');
    expect(model?.name).toBe(name);
  });

  it('tells a reader what it is, where it comes from and how far it goes', () => {
    if (model === null) throw new Error('it does not compile');
    for (const said of [model.title, model.use, model.question, model.area, model.licence])
      expect(said).not.toBe('');
    expect(model.sources.length).toBeGreaterThan(0);
    expect(model.show).toBeDefined();
    expect(model.therapies.length).toBeGreaterThanOrEqual(2);
    expect(model.endpoints.length).toBeGreaterThanOrEqual(4);
    for (const named of [
      ...model.parameters,
      ...model.covariates,
      ...model.outputs,
      ...model.endpoints,
      ...model.therapies,
    ])
      expect(named.label, named.name).not.toBe('');
    for (const parameter of model.parameters) expect(parameter.provenance, parameter.name).not.toBe('');
  });

  it.each(TESTED_BACKENDS)(
    'reproduces its checks on %s',
    async (backend) => {
      if (model === null) throw new Error('it does not compile');
      const outcomes = await verifyModel(model, await engineFor(backend));
      expect(outcomes.length).toBeGreaterThanOrEqual(5);
      expect(outcomes.filter(({ pass }) => !pass)).toEqual([]);
    },
    120_000,
  );

  it('solves every patient of a cohort under every therapy', async () => {
    if (model === null) throw new Error('it does not compile');
    const outcome = await runStudy(
      {
        gemello: 1,
        model: { text },
        cohort: { patients: 200, seed: '1' },
        arms: model.therapies.map((t) => ({ name: t.name, therapy: t.name })),
      },
      // Without a rescue: the method that was chosen does it alone.
      { engine: await engineFor('webassembly'), certify: false },
    );
    if (outcome.kind !== 'done') throw new Error(JSON.stringify(outcome));
    expect(Object.values(outcome.result.failed).every((n) => n === 0)).toBe(true);
  }, 60_000);
});
