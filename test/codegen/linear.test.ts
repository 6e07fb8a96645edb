// What counts as linear between events: the shipped models, and texts that look linear and are not, or the reverse.
import { describe, expect, it } from 'vitest';
import { isLinear, linearSystem } from '../../src/codegen/linear.ts';
import { lower } from '../../src/codegen/lower.ts';
import { EXACT, METHODS, methodNamed, TSIT5 } from '../../src/codegen/methods.ts';
import type { Program } from '../../src/codegen/program.ts';
import { writeWgsl } from '../../src/codegen/wgsl.ts';
import { compile } from '../../src/language/compile.ts';
import { derivative } from '../../src/language/derivative.ts';
import { evaluate } from '../../src/language/evaluate.ts';
import { libraryModel } from '../../src/study/library.ts';
import { INFUSIONS, SWING } from './fixtures.ts';

function programOf(text: string): Program {
  const { model, diagnostics } = compile(text);
  if (!model) throw new Error(diagnostics.map((d) => d.message).join('\n'));
  return lower(model, { method: EXACT, therapies: model.therapies, endpoints: model.endpoints }).program;
}

describe('the shipped models', () => {
  it.each(['vancomycin', 'theophylline', 'hiv'])('%s is linear', (name) => {
    expect(isLinear(programOf(libraryModel(name)?.text ?? ''))).toEqual({ linear: true });
  });
  it.each(['sepsis', 'hiv_chronic'])('%s is not', (name) => {
    expect(isLinear(programOf(libraryModel(name)?.text ?? ''))).toMatchObject({ linear: false });
  });
});

/** Two states x and z with derivatives of x as given, in units of 1. */
const text = (derivativeOfX: string, rest = '') => `model tricky
  time h
covariate DIAL : yes 30 %
parameter k = 0.5
parameter q = 2
parameter hour = 1 [h]
state x : 1 = 1
state z : 1 = 2
compartment held : 1
d/dt(x) = (${derivativeOfX}) / hour
d/dt(z) = -k * z / hour
output size = x
${rest}
`;
const verdict = (derivativeOfX: string, rest?: string) => isLinear(programOf(text(derivativeOfX, rest)));

describe('a right-hand side', () => {
  it.each([
    ['0', 'nothing moves'],
    ['k - q', 'a constant'],
    ['-k * x + z / q + 3', 'a sum with factors'],
    ['-(x - z) * k / (q + 1)', 'a difference behind brackets'],
    ['x * z * 0 + x', 'a product with nothing'],
    ['x * (z - z + k)', 'a factor that cancels'],
    ['x * (t / hour - t / hour + 1)', 'time that cancels'],
    ['x ^ 1 + x / (1 / k)', 'a first power and a quotient by a constant'],
    ['if DIAL then -k * x else -2 * k * x + z', 'a choice that is the same throughout'],
    ['-held * x + min(held, 1) * z + sin(held)', 'whatever is made of a state that only boluses change'],
    ['exp(k) * x + min(k, q) * z + floor(q + 0.5) * x', 'any function of what is constant'],
  ])('%s is linear: %s', (derivativeOfX) => {
    expect(verdict(derivativeOfX)).toEqual({ linear: true });
  });

  it.each([
    ['x * z', /d\/dt\(x\) multiplies x by z/],
    ['x ^ 2', /multiplies x by x/],
    ['x ^ q', /takes a power with x/],
    ['-k * x * t / hour', /multiplies (x by time|time by x)/],
    ['sin(t / hour)', /takes sin of time/],
    ['t / hour', /depends on time/],
    ['k / (1 + x)', /divides by x/],
    ['if x > 5 then 1 else 0', /switches at a value of x/],
    ['if t < 3 [h] then 1 else 0', /switches at a value of time/],
    ['floor(x)', /rounds x/],
    ['min(x, z)', /takes min of x and z/],
    ['max(k, z)', /takes max of z/],
    ['abs(x)', /takes abs of x/],
    ['exp(-x)', /takes exp of x/],
    ['hill(x, 2, 3)', /x/],
    ['x * x / x', /multiplies x by x/],
  ])('%s is not linear, and the reason names the term', (derivativeOfX, reason) => {
    const found = verdict(derivativeOfX);
    expect(found.linear).toBe(false);
    if (!found.linear) expect(found.reason).toMatch(reason);
  });
});

describe('endpoints and outputs', () => {
  it('may be anything that is only read', () => {
    const rest =
      'output odd = log(x) * z + t / hour\nendpoint top = max(odd)\nendpoint when = first time(x * z > 1)\nendpoint last = (x at 3 h)^2';
    expect(verdict('-k * x', rest)).toEqual({ linear: true });
  });
  it('may integrate what is linear', () => {
    const rest =
      'endpoint area = integral(x / q, 1 h .. 4 h)\nendpoint average = mean(x / q + z, 0 h .. 6 h)';
    expect(verdict('-k * x', rest)).toEqual({ linear: true });
  });
  it('may not integrate a product of states or time', () => {
    const square = verdict('-k * x', 'endpoint area = integral(x * z, 1 h .. 4 h)');
    expect(square).toMatchObject({ linear: false });
    if (!square.linear)
      expect(square.reason).toMatch(/what an endpoint integrates \(integral_0\) multiplies x by z/);
    expect(verdict('-k * x', 'endpoint area = integral(x * t, 1 h .. 4 h)')).toMatchObject({ linear: false });
  });
  it('share a row where they integrate the same over other windows', () => {
    const rest = 'endpoint early = integral(x, 1 h .. 4 h)\nendpoint late = integral(x, 4 h .. 6 h)';
    const system = linearSystem(programOf(text('-k * x', rest)));
    expect('reason' in system ? system.reason : system.integrands).toBe(1);
    if (!('reason' in system)) expect(system.quadratures.map(({ row }) => row)).toEqual([3, 3]);
  });
  it('that read a running integral are refused', () => {
    const reads = {
      ...INFUSIONS,
      observe: { locals: [], results: [{ kind: 'symbol' as const, name: 'y.integral_0' }] },
    };
    expect(isLinear(reads as Program)).toMatchObject({ linear: false });
  });
});

it('coefficients are the derivatives of the right-hand side', () => {
  const program = {
    ...INFUSIONS,
    modelStates: 3,
    rhs: { locals: INFUSIONS.rhs.locals, results: INFUSIONS.rhs.results.slice(0, 2) },
  };
  const system = linearSystem({ ...program, modelStates: 2, states: program.states.slice(0, 2) });
  if ('reason' in system) throw new Error(system.reason);
  const p: Record<string, number> = {
    'p.CL': 4.5,
    'p.V1': 58,
    'p.Q': 6.5,
    'p.V2': 38,
    'u.rate_central': 3,
    'y.central': 7,
    'y.peripheral': 5,
  };
  const locals = new Map<string, number>();
  const value = (e: Parameters<typeof evaluate>[0]) =>
    evaluate(e, (name) => p[name] ?? locals.get(name) ?? Number.NaN);
  system.coefficients.locals.forEach((e, i) => void locals.set(`local.${i}`, value(e)));
  const coefficients = system.coefficients.results.map(value);
  const spelled = [INFUSIONS.rhs.results[0], INFUSIONS.rhs.results[1]].map(
    (e) => e as Parameters<typeof derivative>[0],
  );
  const [concentration, exchange] = INFUSIONS.rhs.locals as Parameters<typeof derivative>[0][];
  const whole = (e: Parameters<typeof derivative>[0]): Parameters<typeof derivative>[0] =>
    e.kind === 'symbol' && e.name === 'local.0'
      ? whole(concentration as typeof e)
      : e.kind === 'symbol' && e.name === 'local.1'
        ? whole(exchange as typeof e)
        : e.kind === 'call'
          ? { ...e, args: e.args.map(whole) }
          : e;
  expect(system.terms.length).toBe(5);
  system.terms.forEach(({ row, source }, t) => {
    const name = source.kind === 'state' ? `y.${program.states[source.index]?.name}` : 'u.rate_central';
    const expected = value(derivative(whole(spelled[row] as (typeof spelled)[0]), name));
    expect(coefficients[t]).toBeCloseTo(expected, 14);
  });
});

it('a swing whose square is integrated is not linear, and is without', () => {
  expect(isLinear(SWING)).toMatchObject({ linear: false });
});

it('a target without propagation takes the steps of Tsit5', () => {
  const written = [EXACT, TSIT5].map((method) =>
    Object.values(writeWgsl({ ...INFUSIONS, method })).map((text) => text?.replace(/\/\/.*$/gm, '')),
  );
  expect(written[0]).toEqual(written[1]);
});

it('every method that a study may name is found by its name', () => {
  for (const name of [...Object.keys(METHODS), 'exact']) expect(methodNamed(name)?.name).toBe(name);
  expect(methodNamed('toString')).toBeUndefined();
});
