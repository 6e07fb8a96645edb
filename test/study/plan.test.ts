import { describe, expect, it } from 'vitest';
import { compile } from '../../src/language/compile.ts';
import type { Model } from '../../src/language/model.ts';
import { libraryModel } from '../../src/study/library.ts';
import { planStudy } from '../../src/study/plan.ts';
import type { Study } from '../../src/study/study.ts';

const model = compile(libraryModel('vancomycin')?.text ?? '').model as Model;
const study = (more: Partial<Study>): Study => ({ gemello: 1, model: { name: 'vancomycin' }, ...more });
const errorsOf = (more: Partial<Study>) => {
  const planned = planStudy(model, study(more));
  return 'errors' in planned ? planned.errors.map((e) => `${e.field}: ${e.message}`) : [];
};
const planOf = (more: Partial<Study>) => {
  const planned = planStudy(model, study(more));
  if ('errors' in planned) throw new Error(JSON.stringify(planned.errors));
  return planned.plan;
};

describe('planning a study', () => {
  it('takes every therapy as an arm, the model’s horizon and 10,000 patients when the study is silent', () => {
    const plan = planOf({});
    expect(plan.arms.map((a) => a.name)).toEqual(model.therapies.map((t) => t.name));
    expect(plan.until).toBe(model.show?.until);
    expect(plan.patients).toBe(10_000);
    expect(plan.method.name).toBe('tsit5');
  });

  it('converts times to the model’s unit and ends the grid at the horizon', () => {
    const plan = planOf({ time: { until: '2 d', every: '90 min' } });
    expect(plan.until).toBe(48);
    expect(plan.times).toHaveLength(33);
    expect(plan.times[32]).toBe(48);
    expect(plan.times[1]).toBeCloseTo(1.5, 12);
  });

  it('shares one therapy between arms that differ in a parameter', () => {
    const plan = planOf({
      arms: [
        { name: 'a', therapy: 'fixed' },
        { name: 'b', therapy: 'fixed', set: { TVCL: 9 } },
        { name: 'c' },
      ],
    });
    expect(plan.therapies).toHaveLength(1);
    expect(plan.arms.map((a) => a.therapy)).toEqual([0, 0, -1]);
    expect(plan.arms.map((a) => a.parameters.TVCL)).toEqual([4.5, 9, 4.5]);
  });

  it('reads dose lines in the place of a therapy’s name', () => {
    const plan = planOf({
      arms: [{ name: 'mine', therapy: 'dose 750 [mg] into central over 1 h every 8 h times 9' }],
    });
    expect(plan.therapies[0]?.doses).toHaveLength(1);
  });

  it.each([
    ['a rule', 'memory size : mg = 500 [mg]\ndose size into central every 12 h\nrule look from 24 h every 24 h\n  if conc > 20 [mg/L] : set size = 250 [mg]', 'rules'],
    ['a when', 'when conc falls below 5 [mg/L] at most 3 times : dose 500 [mg] into central', 'events'],
    ['a change', 'set TVCL = 2 [L/h] at 12 h', 'interventions'],
    ['a reset', 'reset at 12 h', 'interventions'],
  ] as const)('reads %s in the place of a therapy’s name', (_, therapy, clauses) => {
    const plan = planOf({ arms: [{ name: 'mine', therapy }] });
    expect(plan.therapies[0]?.[clauses]).toHaveLength(1);
  }); // biome-ignore format: a table

  it('runs a dosing file to its last line, one patient a subject, by a grid that fits', () => {
    const planned = planStudy(model, study({}), { courses: [1, 2, 3], until: 9000 });
    if ('errors' in planned) throw new Error(JSON.stringify(planned.errors));
    const { plan } = planned;
    expect(plan.arms).toMatchObject([{ name: 'data', therapy: 0 }]);
    expect([plan.patients, plan.until, plan.times.length]).toEqual([3, 9000, 201]);
    const short = planStudy(model, study({ time: { until: '2 d' } }), { courses: [1], until: 9000 });
    expect('plan' in short && short.plan.until).toBe(48);
  });

  it('names the field of everything that is wrong, all at once', () => {
    expect(
      errorsOf({
        set: { TVCLL: 5 },
        arms: [
          { name: 'x', therapy: 'fixd' },
          { name: 'x', therapy: 'dose 5 [m] into central' },
        ],
        time: { until: '5 kg', every: '1 s' },
        show: { outputs: ['cnc'], endpoints: ['auc25'] },
        solver: { method: 'euler' },
      }).map((line) => line.split(':')[0]),
    ).toEqual([
      'set.TVCLL',
      'arms[0].therapy',
      'arms[1].name',
      'arms[1].therapy',
      'show.outputs[0]',
      'show.endpoints[0]',
      'time.until',
      'time.every',
      'solver.method',
    ]);
    expect(errorsOf({ set: { TVCLL: 5 } })[0]).toContain('did you mean TVCL?');
    expect(errorsOf({ arms: [{ name: 'x', therapy: 'fixd' }] })[0]).toContain('did you mean fixed?');
  });

  it('refuses a horizon of nothing, a grid too fine to hold, and no arm at all', () => {
    expect(errorsOf({ time: { until: '0 h' } })[0]).toContain('not longer than 0');
    expect(errorsOf({ time: { until: '1000 d', every: '1 min' } })[0]).toContain('at most 5000');
    expect(errorsOf({ arms: [] })[0]).toContain('give at least one');
    expect(errorsOf({ time: { until: '12 h', every: '1 d' } })).toEqual([
      'time.every: 1 d is longer than the whole run',
    ]);
  });

  it('warns of a value outside its declared range, and of endpoints after the end of the run', () => {
    expect(planOf({}).warnings).toEqual([]);
    expect(planOf({ set: { TVCL: -4 } }).warnings).toEqual([
      'TVCL is -4 L/h, outside the 1 .. 15 that the model declares',
    ]);
    const short = planOf({ time: { until: '48 h' }, show: { endpoints: ['trough', 'auc_day2'] } });
    expect(short.warnings).toEqual(['trough has no value: it looks at 240 h, and the run ends at 48 h']);
  });
});
