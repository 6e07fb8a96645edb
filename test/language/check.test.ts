// Units through every rule of the function table, conversions as explicit multiplications, and the records of the Model.
import { describe, expect, test } from 'vitest';
import { compile, compileEndpoint, compileTherapy, parseQuantity } from '../../src/language/compile.ts';
import { evaluate } from '../../src/language/evaluate.ts';
import { FUNCTION_NAMES, FUNCTIONS, type UnitRule } from '../../src/language/functions.ts';
import { isCallable } from '../../src/language/reserved.ts';
import { baseUnit, DIMENSIONLESS, isUnitError, parseUnit, type Unit } from '../../src/language/units.ts';
import { compiled, defined, definition, said, tree } from './small.ts';

const QUANTITIES =
  'parameter m = 5 [mg]\nparameter g = 2 [g]\nparameter v = 10 [L]\nparameter k = 0.1 [1/h]\nparameter n = 2\n';

describe('units', () => {
  test.each([
    ['m + g', 'add(m, mul(g, 1000)) [mg]'],
    ['g - m', 'sub(g, mul(m, 0.001)) [g]'],
    ['m / v', 'div(m, v) [mg/L]'],
    ['m / g', 'div(m, g) [mg/g]'],
    ['exp(m / g)', 'exp(mul(div(m, g), 0.001)) [1]'],
    ['k * m', 'mul(k, m) [mg/h]'],
    ['min(m, g)', 'min(m, mul(g, 1000)) [mg]'],
    ['if m > g then m else g', 'if(gt(m, mul(g, 1000)), m, mul(g, 1000)) [mg]'],
    ['sqrt(m * m)', 'sqrt(mul(m, m)) [mg]'],
    ['v ^ 2', 'pow(v, 2) [L2]'],
    ['v ^ (2 / 3)', 'pow(v, div(2, 3)) [L^(2/3)]'],
    ['v ^ -0.5 * v ^ 0.5', 'mul(pow(v, -0.5), pow(v, 0.5)) [1]'],
    ['(v / 1 [L]) ^ n', 'pow(div(v, 1), n) [1]'],
    ['(v / 1 [mL]) ^ n', 'pow(mul(div(v, 1), 1000), n) [1]'],
    ['hill(m, g, n)', 'hill(m, mul(g, 1000), n) [1]'],
    ['sign(m)', 'sign(m) [1]'],
    ['max(m, 0)', 'max(m, 0) [mg]'],
    ['if m > 0 then 0 else g', 'if(gt(m, 0), 0, g) [g]'],
    ['m in g', 'mul(m, 0.001) [g]'],
    ['30 [min] in h', '0.5 [h]'],
    ['5 % + 1', 'add(0.05, 1) [1]'],
    ['mod(t, 1 [d])', 'mod(t, 24) [h]'],
  ])('of %s', (text, expected) => expect(defined(text, QUANTITIES)).toBe(expected));

  /** Arguments of formulas from the second on. */
  const RIGHT: Readonly<Record<string, readonly string[]>> = {
    cockcroft_gault: ['70 [kg]', '1 [mg/dL]', 'n > 1'],
    ckd_epi_2021: ['1 [mg/dL]', 'n > 1'],
    fat_free_mass: ['170 [cm]', 'n > 1'],
    body_surface_area: ['170 [cm]'],
    body_mass_index: ['170 [cm]'],
    ideal_body_weight: ['n > 1'],
  };
  /** One right and one wrong call for every rule; a new rule has to be added here, or the types complain. */
  const WRONG: Readonly<Record<UnitRule, (fn: string, arity: number) => string>> = {
    same: (fn, arity) => `${fn}(${arity === 1 ? 'm > g' : 'm, v'})`,
    product: () => 'm * (m > g)',
    quotient: () => 'm / (m > g)',
    power: () => 'm ^ n',
    root: (fn) => `${fn}(m > g)`,
    dimensionless: (fn) => `${fn}(m)`,
    condition: () => 'm < v',
    logic: () => 'm and n > 1',
    choice: () => 'if n > 1 then m else v',
    ratio: (fn) => `${fn}(m, v, n)`,
    sign: (fn) => `${fn}(m > g)`,
    // A condition where a quantity stands first, and quantities that are right behind it.
    formula: (fn) => `${fn}(${['v', ...(RIGHT[fn] ?? [])].join(', ')})`,
  };
  test.each(FUNCTION_NAMES)('that do not fit %s are refused', (fn) => {
    const { unit, arity } = FUNCTIONS[fn];
    const name = isCallable(fn) ? fn : 'min';
    const text = WRONG[unit](name, isCallable(fn) && typeof arity === 'number' ? arity : 2);
    const errors = said(`${QUANTITIES}x = ${text}`).filter((m) => !m.includes('never used'));
    expect(errors.length).toBe(1);
    expect(errors[0]).toMatch(/^6: /);
  });

  test('of every callable function accept plain numbers', () => {
    for (const fn of FUNCTION_NAMES.filter(isCallable)) {
      if (FUNCTIONS[fn].unit === 'formula') continue;
      const { arity } = FUNCTIONS[fn];
      const args = Array.from({ length: typeof arity === 'number' ? arity : arity[0] }, () => 'n');
      expect(defined(`${fn}(${args.join(', ')})`, QUANTITIES)).toBe(`${fn}(${args.join(', ')}) [1]`);
    }
  });

  test('that a model declares are dimensions of their own', () => {
    expect(defined('1 [colonies/L] * 2 [L]', 'unit colonies')).toBe('mul(1, 2) [colonies]');
    expect(said('unit colonies\nx = 1 [colonies] + 1')).toEqual([
      '2: colonies and a plain number cannot be added: 1 [colonies] is colonies, 1 is a plain number',
    ]);
  });

  test('keep values: a chain of conversions evaluates to the closed form', () => {
    const model = compiled(
      'parameter dose = 2 [g]\nparameter cl = 75 [mL/min]\nparameter vol = 0.03 [m^3]\nc = dose / vol * exp(-cl / vol * 4 [h]) in ug/mL',
    );
    const values: Readonly<Record<string, number>> = Object.fromEntries(
      model.parameters.map((p) => [p.name, p.value]),
    );
    // 2000 mg in 30 L, 4.5 L/h for 4 h.
    expect(evaluate(definition(model, 'c').expression, (name) => values[name] ?? Number.NaN)).toBeCloseTo(
      (2000 / 30) * Math.exp((-4.5 / 30) * 4),
      12,
    );
  });
});

describe('covariates', () => {
  test('have their alternative spellings made canonical', () => {
    const model = compiled(
      'covariate A : kg ~ lognormal(median 70, cv 30 %)\ncovariate B : kg ~ lognormal(mean 70, cv 30 %)\ncovariate C : kg ~ normal(mean 70 [kg], cv 10 %) within 40 .. 100000 [g]',
    );
    const [a, b, c] = model.covariates.map((one) => one.distribution);
    const sdlog = Math.sqrt(Math.log(1.09));
    expect(Number(tree(a?.parameters.sdlog))).toBeCloseTo(sdlog, 14);
    expect(Number(tree(b?.parameters.median))).toBeCloseTo(70 / Math.sqrt(1.09), 12);
    expect(c?.parameters).toEqual({ mean: { kind: 'number', value: 70 }, sd: { kind: 'number', value: 7 } });
    expect(tree(c?.within?.high)).toBe('100');
  });

  test('that depend on others come after them, whatever the order of the text', () => {
    const model = compiled(
      'covariate ALB : g/L ~ normal(mean 45 [g/L] - 0.1 [g/L/yr] * AGE, sd 4)\ncovariate AGE : yr ~ normal(mean 60, sd 10)',
    );
    expect(model.covariates.map((c) => c.name)).toEqual(['AGE', 'ALB']);
    expect(
      said('covariate A : 1 ~ normal(mean B, sd 1)\nB = 2 * C\ncovariate C : 1 ~ uniform(low 0, high 1)'),
    ).toEqual([
      '1: mean of A may use parameters and covariates, and B is a definition that differs between patients',
    ]);
  });

  test('of yes/no and categories become conditions with a margin on either side', () => {
    const before = 'covariate D : yes 20 %\ncovariate S : one of low 50 %, mid 30 %, high 20 %';
    expect(defined('if D then 1 else 2', before)).toBe('if(gt(D, 0.5), 1, 2) [1]');
    expect(defined('if D is no then 1 else 2', before)).toBe('if(not(gt(D, 0.5)), 1, 2) [1]');
    expect(defined('if S is low then 1 else 2', before)).toBe('if(lt(S, 0.5), 1, 2) [1]');
    expect(defined('if S is mid then 1 else 2', before)).toBe('if(and(gt(S, 0.5), lt(S, 1.5)), 1, 2) [1]');
    expect(defined('if S is high then 1 else 2', before)).toBe('if(gt(S, 1.5), 1, 2) [1]');
  });

  test('and definitions that are conditions are 1 or 0, and conditions again where they are used', () => {
    const model = compiled(
      'covariate A : yr ~ normal(mean 60, sd 10)\nold = A > 65 [yr]\nx = if old then 1 else 2\nendpoint share = old',
    );
    expect(definition(model, 'old')).toMatchObject({ condition: true });
    expect(tree(definition(model, 'old').expression)).toBe('if(gt(A, 65), 1, 0)');
    expect(tree(definition(model, 'x').expression)).toBe('if(gt(old, 0.5), 1, 2)');
    expect(model.endpoints[0]).toMatchObject({ type: 'probability' });
  });
});

describe('random effects', () => {
  const covariance = (text: string) =>
    compiled(`${text}\nx = a * b`).random.map((r) =>
      r.covariance.map((row) => row.map((e) => Number(tree(e)))),
    );
  test('are variances however they are written', () => {
    expect(covariance('random a ~ normal(sd 0.3)\nrandom b ~ normal(variance 0.2)')).toEqual([
      [[0.09]],
      [[0.2]],
    ]);
    expect(covariance('random a ~ normal(cv 50 %)\nrandom b ~ normal(sd 0)')[0]?.[0]?.[0]).toBeCloseTo(
      Math.log(1.25),
      14,
    );
    expect(covariance('random (a, b) ~ normal(covariance 0.1, 0.05, 0.2)')).toEqual([
      [
        [0.1, 0.05],
        [0.05, 0.2],
      ],
    ]);
    const [[first, second]] = covariance('random (a, b) ~ normal(sd 0.3, 0.2; correlation 0.5)') as [
      [number[], number[]],
    ];
    expect(first[1]).toBeCloseTo(0.03, 15);
    expect(second[0]).toBe(first[1]);
  });

  test('have the unit of their spread', () => {
    expect(defined('3 [mg] + e', 'random e ~ normal(sd 0.5 [mg])')).toBe('add(3, e) [mg]');
    expect(defined('3 [mg] + e', 'random e ~ normal(variance 0.5 [mg2])')).toBe('add(3, e) [mg]');
  });

  test('may have their spread from a parameter', () => {
    const model = compiled('parameter omega = 0.3\nrandom e ~ normal(sd omega)\nx = exp(e)');
    expect(tree(model.random[0]?.covariance[0]?.[0])).toBe('mul(omega, omega)');
    expect(
      said(
        'parameter omega = 0.3\nrandom (e, f) ~ normal(sd omega, omega; correlation 4 * omega)\nx = e + f',
      )[0],
    ).toContain('is not positive definite');
  });
});

describe('the body', () => {
  const model = compiled(
    'parameter k = 0.1 [1/h]\ncompartment a : mg = 5 [mg]\ncompartment b : g\nflow ab : a -> b at k * a\nflow out : b -> at 2 [1/d] * b\nflow in1 : -> a at 1 [mg/min]\nstate s : 1 = 2\nd/dt(s) = -s * 12 [1/d]',
  );
  test('loses on the left of a flow and gains on the right, each in its own unit', () => {
    const [a, b, s] = model.states;
    expect(tree(a?.derivative)).toBe('add(neg(mul(k, a)), 60)');
    expect(model.flows.map((f) => f.unit.text)).toEqual(['mg/h', 'g/h', 'mg/h']);
    // mg arrive as g.
    expect(tree(b?.derivative)).toMatch(
      /^sub\(mul\(mul\(k, a\), 0.001\), mul\(mul\(2, b\), 0\.041666+\d*\)\)$/,
    );
    expect(tree(s?.derivative)).toBe('mul(mul(neg(s), 12), 0.041666666666666664)');
    expect([a, b, s].map((one) => [tree(one?.initial), one?.type])).toEqual([
      ['5', 'compartment'],
      ['0', 'compartment'],
      ['2', 'variable'],
    ]);
  });

  test('is warned about where nothing can move', () => {
    expect(said('compartment c : mg\nparameter unused = 1\nrandom e ~ normal(sd 1)')).toEqual([
      '1: nothing moves the compartment c: no flow touches it and no dose goes into it',
      '2: the parameter unused is never used',
      '3: the random effect e is never used',
    ]);
    expect(said('compartment c : mg\ntherapy r\n  dose 1 [mg] into c')).toEqual([]);
  });
});

describe('doses', () => {
  const doses = (text: string) => {
    const { therapy, diagnostics } = compileTherapy(
      compiled(
        'covariate WT : kg ~ normal(mean 70, sd 10)\nV = 0.5 [L/kg] * WT\ncompartment c : mg\nflow out : c -> at 1 [1/h] * c',
      ),
      text,
    );
    return therapy === null
      ? diagnostics.map((d) => `${d.line}:${d.column} ${d.message}`)
      : therapy.doses.map((d) => [d.amount, d.start, d.interval, d.count, d.duration].map(tree).join(' '));
  };
  test('stop strictly before `until`', () => {
    expect(doses('dose 1 [mg] into c from 12 h every 12 h until 168 h')).toEqual(['1 12 12 13 0']);
    expect(doses('dose 1 [mg] into c from 12 h every 12 h until 169 h')).toEqual(['1 12 12 14 0']);
    expect(doses('dose 1 [mg] into c every 0.1 h until 0.3 h')).toEqual(['1 0 0.1 3 0']);
    expect(doses('dose 1 [mg] into c every 1 h until 0.5 h')).toEqual(['1 0 1 1 0']);
  });
  test('are read line by line, in the unit of their compartment', () => {
    expect(doses('dose 1 [g] into c\n  dose 2 [mg/kg] * WT into c over 30 min')).toEqual([
      '1000 0 0 1 0',
      'mul(2, WT) 0 0 1 0.5',
    ]);
    expect(doses('dose 1 [mg/L] * V into c every 6 h')).toEqual(['mul(1, V) 0 6 1000000 0']);
  });
  test('are refused with their place in the arm', () => {
    expect(doses('dose 1 [mg] into c\ndose 1 [L] into c')).toEqual([
      '2:6 a dose into c must be mg: 1 [L] is L',
    ]);
    expect(doses('dose 1 [mg] into gut')).toEqual(['1:18 unknown compartment or state gut']);
    expect(doses('')).toEqual(['1:1 no dose is given']);
    expect(doses('dose -1 [mg] into c')).toEqual(['1:6 a dose into c is -1']);
    expect(doses('dose 1 [mg] into c every c / 1 [mg/h]')).toEqual([
      '1:26 the interval must be known before the run starts, and c changes over time',
    ]);
    expect(doses('give 1 [mg]')).toEqual([
      '1:1 expected a line that begins with dose, memory, rule, when, set, increase, decrease, hold, stop, resume, reset, found give',
    ]);
  });
});

describe('endpoints', () => {
  const BODY =
    'parameter V = 10 [L]\ncompartment c : mg\nflow out : c -> at 1 [1/h] * c\noutput conc = c / V\n';
  const endpoint = (text: string) => {
    const e = compiled(`${BODY}endpoint e = ${text}`).endpoints[0];
    const reductions = e?.reductions.map((r) => `${r.kind} ${tree(r.of)} ${tree(r.from)} ${tree(r.to)}`);
    return [tree(e?.expression), e?.unit.text, e?.type, ...(reductions ?? [])];
  };
  test.each([
    ['conc at 1 d', ['#0', 'mg/L', 'value', 'at conc 24 nothing']],
    ['integral(conc)', ['#0', 'mg*h/L', 'value', 'integral conc nothing nothing']],
    ['integral(conc, 1 h .. 2 h) in g*min/L', ['mul(#0, 0.06)', 'g*min/L', 'value', 'integral conc 1 2']],
    ['mean(conc)', ['#0', 'mg/L', 'value', 'mean conc nothing nothing']],
    [
      'max(conc) / min(conc, 1 h .. 2 h)',
      ['div(#0, #1)', '1', 'value', 'max conc nothing nothing', 'min conc 1 2'],
    ],
    ['max(conc) - max(conc)', ['sub(#0, #0)', 'mg/L', 'value', 'max conc nothing nothing']],
    ['max(V, 3 [L])', ['max(V, 3)', 'L', 'value']],
    ['time of max(conc)', ['#0', 'h', 'value', 'time of max conc nothing nothing']],
    ['time of min(conc, 1 h .. 2 h)', ['#0', 'h', 'value', 'time of min conc 1 2']],
    ['first time(conc > 5 [mg/L])', ['#0', 'h', 'value', 'first time gt(conc, 5) nothing nothing']],
    [
      'share of time(conc in 1 .. 2)',
      ['#0', '1', 'value', 'share of time and(ge(conc, 1), le(conc, 2)) nothing nothing'],
    ],
    ['change of conc at 2 h', ['sub(#0, #1)', 'mg/L', 'value', 'at conc 2 nothing', 'at conc 0 nothing']],
    ['max(conc) > 5 [g/L]', ['gt(#0, 5000)', '1', 'probability', 'max conc nothing nothing']],
    [
      '(c / V) at 1 h - conc at 2 h',
      ['sub(#0, #1)', 'mg/L', 'value', 'at div(c, V) 1 nothing', 'at conc 2 nothing'],
    ],
  ])('of %s', (text, expected) => expect(endpoint(text)).toEqual(expected));

  test('put in the endpoints they name, and share their reductions', () => {
    const model = compiled(
      `${BODY}endpoint hit = swing > 2 and peak > 3 [mg/L]\nendpoint swing = peak / min(conc)\nendpoint peak = max(conc)`,
    );
    const [hit] = model.endpoints;
    expect(model.endpoints.map((e) => e.name)).toEqual(['hit', 'swing', 'peak']);
    expect(tree(hit?.expression)).toBe('and(gt(div(#0, #1), 2), gt(#0, 3))');
    expect(hit?.reductions.map((r) => r.kind)).toEqual(['max', 'min']);
  });

  test('can be read against a finished model', () => {
    const model = compiled(`${BODY}endpoint peak = max(conc)\nunit colonies\nbusy = conc > 1 [mg/L]`);
    const { endpoint, diagnostics } = compileEndpoint(
      model,
      'share of time(busy) * peak / 2 in ug/L',
      'mine',
    );
    expect(diagnostics).toEqual([]);
    expect([endpoint?.name, endpoint?.unit.text, tree(endpoint?.expression)]).toEqual([
      'mine',
      'ug/L',
      'mul(div(mul(#0, #1), 2), 1000)',
    ]);
    expect(endpoint?.reductions.map((r) => tree(r.of))).toEqual(['gt(busy, 0.5)', 'conc']);
    expect(compileEndpoint(model, 'max(cnc)').diagnostics[0]).toMatchObject({
      message: 'unknown name cnc',
      hint: 'did you mean conc?',
      line: 1,
      column: 5,
    });
  });

  test('may move their windows by parameters', () => {
    const model = compiled(`${BODY}parameter last = 5 [d]\nendpoint e = integral(conc, last - 24 h .. last)`);
    expect(tree(model.endpoints[0]?.reductions[0]?.from)).toMatch(/^sub\(last|^mul\(sub\(last/);
  });
});

describe('checks', () => {
  const BODY =
    'covariate WT : kg ~ normal(mean 70, sd 10)\ncovariate D : yes 20 %\ncovariate S : one of low 50 %, high 50 %\nparameter V = 10 [L]\nW = V * WT / 70 [kg]\n';
  test('are in the unit of what they expect', () => {
    const model = compiled(
      `${BODY}check "a" : W = 10000 [mL] within 0.1 % given WT = 70000 [g], D = yes, S = high, V = 10 source "Table"\ncheck "b" : W / V = 1 within 0.01\ncheck "c" : W = 10 [L] within 5 [mL]\ncheck "d" : W > 1 [L] typical`,
    );
    const [a, b, c, d] = model.checks;
    expect(tree(a?.endpoint.expression)).toBe('mul(W, 1000)');
    expect(a).toMatchObject({
      expected: 10000,
      tolerance: { relative: 0.001 },
      given: { WT: 70, D: 1, S: 1, V: 10 },
      source: 'Table',
      therapy: '',
    });
    expect(b?.tolerance).toEqual({ absolute: 0.01 });
    expect(c?.tolerance).toEqual({ absolute: 0.005 });
    expect(d).toMatchObject({ expected: 1, tolerance: { absolute: 0 }, endpoint: { type: 'probability' } });
  });
  test('refuse what nobody can be', () => {
    expect(
      said(`${BODY}check "a" : W = 10 [L] within 0.1 % given S = medium, D = perhaps, W = 3, WT = V`),
    ).toEqual([
      '6: S is one of low, high, not medium',
      '6: D is one of no, yes, not perhaps',
      '6: W is a definition, and only covariates and parameters can be given',
      '6: WT must be kg: V is L (line 6)',
    ]);
  });
});

describe('a quantity in a study', () => {
  const { time } = compiled('x = 1');
  test('is read in the unit that is asked for', () => {
    expect(parseQuantity('168 h', time)).toBe(168);
    expect(parseQuantity('7 d', time)).toBe(168);
    expect(parseQuantity('90 [min]', time)).toBe(1.5);
    expect(parseQuantity(' 0.5wk ', time)).toBe(84);
    expect(parseQuantity('0', time)).toBe(0);
  });
  const unitOf = (text: string): Unit => {
    const unit = parseUnit(text);
    if (isUnitError(unit)) throw new Error(unit.message);
    return unit;
  };
  test.each([
    ['90 mL/min', 'L/h', 5.4],
    ['90 [mL/min]', 'L/h', 5.4],
    [' -6L/h ', 'L/h', -6],
    ['1.2e3 10*6/L', '1/L', 1.2e9],
    ['5 mg*h/L', 'ug*h/mL', 5],
    ['2 m^2/s2', 'm2/s2', 2],
    ['30 mm[Hg]', 'mm[Hg]', 30],
    ['5 [IU]/L', 'IU/L', 5],
    ['5 [m[IU]/L]', 'IU/L', 0.005],
    ['20 %', '1', 0.2],
    ['.5 /d', '1/d', 0.5],
  ])('may have a unit of several parts, bare or in brackets: %s', (text, unit, value) => {
    expect(parseQuantity(text, unitOf(unit))).toBeCloseTo(value, 12);
  });
  test('may have a unit that the model declared', () => {
    expect(parseQuantity('5 worms', baseUnit('worms'))).toBe(5);
    expect(parseQuantity('5 [worms]', baseUnit('worms'))).toBe(5);
  });
  test.each([
    ['168', '"168" is a plain number where h is expected; write 168 h'],
    ['5 kg', '"5 kg" is kg where h is expected'],
    ['5 hours', 'unknown unit hours; write h'],
    ['', '"" is not a quantity; write a number in h'],
    ['x h', '"x h" is not a quantity; write a number in h'],
    ['7,5 h', '"7,5 h" is not a quantity; write a number in h with a point (12.5), not a comma'],
    ['1.5.2 h', '"1.5.2 h" is not a quantity; write a number in h'],
    ['5 h 3 h', "unexpected 'h' in the unit 'h 3 h'; join units with * or /"],
    ['5 [h] more', 'unexpected more after the unit [h]'],
    ['5 [h', "unexpected '[' in the unit '[h'"],
    ['1 d + 12 h', "unexpected 'h' in the unit 'd + 12 h'; join units with * or /"],
    [
      '1/0 h',
      'the number 0 cannot stand in a unit; powers of ten are written 10*6; other numbers belong into the expression',
    ],
    ['6 mg/', "the unit 'mg/' ends too early"],
    ['1e999 h', '"1e999 h" is too large; at most 3e+38 can be computed with'],
    ['3e38 d', '"3e38 d" is too large; at most 3e+38 can be computed with'],
  ])('is refused with the remedy: %s', (text, message) => {
    expect(parseQuantity(text, time)).toEqual({ message });
  });
  test('that is a plain number is refused a unit', () => {
    expect(parseQuantity('5 kg', DIMENSIONLESS)).toEqual({
      message: '"5 kg" is kg where a plain number is expected',
    });
  });
  test('that is endless is refused in a line', () => {
    for (const text of ['('.repeat(1e5), '1'.repeat(1e5), `5 [${'['.repeat(1e5)}`, `5${' '.repeat(1e5)}x]`]) {
      const read = parseQuantity(text, time);
      expect(typeof read === 'object' && read.message.length).toBeLessThan(400);
    }
  });
});

test('hints write a plain number without a unit', () => {
  const text =
    'model m\n  time h\nparameter V = 10 [L]\nparameter W = 20 [L]\ncompartment c : mg\n' +
    'endpoint a = V / W in mg\ncheck "none" : V / W\ncheck "far" : V / W = 0.5 within 3 [kg]\n';
  expect(compile(text).diagnostics.map(({ hint }) => hint)).toEqual([
    'leave out in mg, or look at the expression',
    'write = 12.96 within 0.1 %',
    'write within 0.1 % or within 0.1',
  ]);
});
