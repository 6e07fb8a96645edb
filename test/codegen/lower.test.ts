import { describe, expect, it } from 'vitest';
import { lower } from '../../src/codegen/lower.ts';
import { margin } from '../../src/codegen/margin.ts';
import { TSIT5 } from '../../src/codegen/methods.ts';
import { namesIn } from '../../src/codegen/qualify.ts';
import { compile } from '../../src/language/compile.ts';
import { evaluate } from '../../src/language/evaluate.ts';
import { call, type Expression, number, symbol } from '../../src/language/expression.ts';
import type { Model } from '../../src/language/model.ts';

function modelOf(text: string): Model {
  const { model, diagnostics } = compile(text);
  if (!model) throw new Error(diagnostics.map((d) => `${d.line}: ${d.message}`).join('\n'));
  return model;
}
const lowered = (model: Model, recordStates = false) =>
  lower(model, { method: TSIT5, therapies: model.therapies, endpoints: model.endpoints, recordStates });

const TWO = `model two "Two compartments"
  time h
covariate WT : kg ~ lognormal(median 70, sdlog 0.2)
parameter TVCL = 4.5 [L/h]
parameter TVV = 50 [L]
parameter Q = 6 [L/h]
parameter V2 = 40 [L]
parameter END = 24 [h]
random eta ~ normal(sd 0.3)
CL = TVCL * (WT / 70 [kg]) ^ 0.75 * exp(eta)
V1 = TVV * WT / 70 [kg]
compartment central : mg
compartment peripheral : mg
flow exchange : central -> peripheral at Q * (central / V1 - peripheral / V2)
flow elimination : central -> at CL / V1 * central
output conc = central / V1 in mg/L
therapy infusion
  dose 15 [mg/kg] * WT into central over 1 h every 12 h times 4
therapy bolus
  dose 1 [g] into central
endpoint area = integral(conc, 0 h .. END)
endpoint average = mean(conc, 0 h .. END)
endpoint peak = max(conc)
endpoint swing = max(conc) - min(conc)
endpoint hit = area in 100 .. 200
endpoint share = share of time(conc > 5 [mg/L])
`;

describe('lowering a model', () => {
  const model = modelOf(TWO);
  const { program, windows, horizon } = lowered(model);

  it('leaves nothing constant for a patient in the step', () => {
    const isConstant = (e: Expression): boolean => [...namesIn(e)].every((n) => n.startsWith('p.'));
    const visit = (e: Expression) => {
      if (e.kind !== 'call') return;
      expect(isConstant(e), JSON.stringify(e)).toBe(false);
      e.args.forEach(visit);
    };
    for (const e of [...program.rhs.results, ...program.rhs.locals]) visit(e);
    const divisions = JSON.stringify(program.rhs).match(/"div"/g) ?? [];
    expect(divisions).toHaveLength(0);
  });

  it('keeps the modeller’s names and units, and only parameters that some body uses', () => {
    expect(program.params.find((f) => f.name === 'V2')).toBeUndefined();
    expect(program.params.find((f) => f.name === 'WT')?.unit).toBe('kg');
    expect(program.study.map((f) => f.name)).toEqual(['TVCL', 'TVV', 'Q', 'V2', 'END', 'horizon']);
    expect(program.columns.map((f) => f.name)).toEqual(['WT', 'eta']);
  });

  it('shares equal reductions between endpoints and makes one quadrature of an integral and a mean', () => {
    expect(program.states.map((f) => f.name)).toEqual(['central', 'peripheral', 'integral_0']);
    expect(program.accumulators.map((a) => a.kind)).toEqual(['integral', 'max', 'min', 'share of time']);
    expect(windows).toHaveLength(2);
    expect(program.inputs.map((i) => i.name)).toEqual(['rate_central', 'gate_0']);
  });

  it('asks for the horizon only where an endpoint divides by it', () => {
    expect(horizon).toBe(5);
    const { share: _, ...rest } = { share: 0, endpoints: model.endpoints.filter((e) => e.name !== 'share') };
    expect(lowered({ ...model, endpoints: rest.endpoints }).horizon).toBeNull();
  });

  it('gives each therapy its own streams', () => {
    expect(program.therapies).toEqual(['infusion', 'bolus']);
    expect(program.streams).toEqual([
      { therapy: 0, into: 0 },
      { therapy: 1, into: 0 },
    ]);
    expect(program.doses.results).toHaveLength(10);
  });

  it('records compartments after the outputs when asked', () => {
    expect(lowered(model, true).program.outputs.map((f) => f.name)).toEqual([
      'conc',
      'central',
      'peripheral',
    ]);
  });

  it('avoids names that the modeller uses for its own', () => {
    const text = TWO.replace(
      'parameter END',
      'parameter k0 = 1 [L/h]\nparameter horizon = 2 [h]\nparameter END',
    ).replace('exp(eta)', 'exp(eta) * horizon / 2 [h]');
    const { program: renamed } = lowered(modelOf(text));
    const names = renamed.params.map((f) => f.name);
    expect(new Set(names).size).toBe(names.length);
    expect(renamed.study.map((f) => f.name)).toContain('horizon2');
  });

  it('refuses definitions that nest too deep, at once', () => {
    // The front end refuses such a text earlier; other sources of models come here.
    const base = modelOf(
      'model deep\n  time h\nstate x : 1 = 1\nd0 = x\nd/dt(x) = -d0 / 1 [h]\noutput y = x\n',
    );
    const [first] = base.definitions;
    if (!first) throw new Error('the model has no definition');
    const definitions = Array.from({ length: 4000 }, (_, i) => ({
      ...first,
      name: `d${i}`,
      expression:
        i === 0 ? first.expression : call('add', call('mul', symbol(`d${i - 1}`), number(1.01)), symbol('x')),
    }));
    const states = base.states.map((s) => ({ ...s, derivative: symbol('d3999') }));
    const started = performance.now();
    expect(() => lowered({ ...base, definitions, states })).toThrow(/nest deeper/);
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it('stays linear in a chain of definitions that each use the one before twice', () => {
    const chain = Array.from({ length: 60 }, (_, i) => `d${i + 1} = d${i} * 0.5 + d${i} * d${i} * 0.1`).join(
      '\n',
    );
    const text = `model wide\n  time h\nstate x : 1 = 1\nd0 = x\n${chain}\nd/dt(x) = -d60 / 1 [h]\noutput y = x\nendpoint top = max(x)\n`;
    const started = performance.now();
    expect(lowered(modelOf(text)).program.rhs.locals.length).toBeGreaterThan(50);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

describe('the margin of a condition', () => {
  const x = symbol('x');
  const conditions: readonly (readonly [string, Expression])[] = [
    ['x > 1', call('gt', x, number(1))],
    ['x < 1', call('lt', x, number(1))],
    ['x in 1 .. 2', call('and', call('ge', x, number(1)), call('le', x, number(2)))],
    ['outside', call('or', call('lt', x, number(1)), call('gt', x, number(2)))],
    ['not', call('not', call('gt', x, number(1)))],
    ['if', call('if', call('gt', x, number(0)), call('lt', x, number(1)), call('gt', x, number(-1)))],
    ['a yes/no covariate', call('gt', x, number(0.5))],
  ];
  it.each(conditions)('is positive exactly where %s holds', (_, condition) => {
    for (let value = -3; value <= 3; value += 0.37) {
      const lookup = () => value;
      expect(evaluate(margin(condition), lookup) > 0).toBe(evaluate(condition, lookup) !== 0);
    }
  });
});
