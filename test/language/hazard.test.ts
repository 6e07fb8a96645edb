// Hazards, occasions and uncertainty as records of the Model: what the run and the study are told, in a text and in texts
// that are read against a finished model; and hostile ones.
import { describe, expect, it } from 'vitest';
import { thresholdOf } from '../../src/language/check-hazard.ts';
import { compile, compileEndpoint, compileTherapy } from '../../src/language/compile.ts';
import { evaluate } from '../../src/language/evaluate.ts';
import { symbol } from '../../src/language/expression.ts';
import { compiled, said, tree } from './small.ts';

const TRIAL = `covariate AGE : yr ~ normal(mean 60, sd 10)
hazard death "Death" = 0.001 [1/d] * AGE / 60 [yr]
hazard relapse = 0.01 [1/h] / (1 + t / 3 [h])
hazard dropout = 0.0001 [1/h] censors
recurrent hazard fit = 0.1 [1/d] * (1 + fit_count)
`;

describe('a hazard', () => {
  it('is a definition per model time, with a threshold, a draw and what has added up', () => {
    const m = compiled(TRIAL);
    const death = m.hazards?.[0];
    expect(death).toMatchObject({
      name: 'death', label: 'Death', type: 'single', given: 'rate', cumulative: 'death_cumulative', threshold: 'death_threshold',
      draw: 'death_z', happened: 'death_happened',
    }); // biome-ignore format: a record
    expect(m.hazards?.map(({ type }) => type)).toEqual(['single', 'single', 'censoring', 'recurrent']);
    const rate = m.definitions.find(({ name }) => name === 'death');
    expect(rate?.unit.text).toBe('1/h');
    expect(evaluate(rate?.expression ?? symbol('?'), () => 60) * 24).toBeCloseTo(0.001, 15);
    expect(rate?.stage).toBe('patient');
    expect(m.random.map(({ names }) => names)).toEqual([
      ['death_z'],
      ['relapse_z'],
      ['dropout_z'],
      ['fit_z'],
    ]);
    expect(m.memories.map(({ name }) => name)).toEqual(['fit_count', 'fit_next']);
    expect(m.states).toEqual([]);
  });

  it('has an exponential threshold: the logarithm of survival at the draw, in both tails', () => {
    const at = (z: number) => evaluate(thresholdOf(symbol('z')), () => z);
    expect(at(0)).toBeCloseTo(Math.LN2, 15);
    // -log(1 - u) at u = F(z): u of -6 is 9.865876450376946e-10, and 1 - u of 6 the same (tables of the normal distribution).
    expect(at(-6) / 9.865876450376946e-10).toBeCloseTo(1, 8);
    expect(at(6)).toBeCloseTo(-Math.log(9.865876450376946e-10), 10);
    // The series and the logarithm meet where one takes over, at u = 0.05.
    const [below, above] = [at(-1.644854), at(-1.644853)];
    expect(above - below).toBeGreaterThan(0);
    expect((above - below) / ((0.1031356 * 1e-6) / 0.95)).toBeCloseTo(1, 3);
  });

  it('marks endpoints that are the time of an event, with what ends their observation', () => {
    const m = compiled(`${TRIAL}endpoint a = time of death in d
endpoint b = time of first of (death, relapse)
endpoint c = time of dropout
endpoint d = time of death / 1 [h]
endpoint e = death by 3 d
`);
    const [a, b, c, d, e] = m.endpoints;
    expect(a?.event).toMatchObject({ hazards: ['death'], censoredBy: ['dropout'] });
    expect(b?.event).toMatchObject({ hazards: ['death', 'relapse'], censoredBy: ['dropout'] });
    expect(c?.event).toEqual({ hazards: ['dropout'], censoredBy: [] });
    expect([d?.event, e?.event]).toEqual([undefined, undefined]);
    const censored = a?.event?.censored;
    expect(tree(censored?.reductions[0]?.of)).toBe(
      'and(ge(dropout_cumulative, dropout_threshold), lt(death_cumulative, death_threshold))',
    );
    // In the endpoint's unit: hours of the model into days.
    expect(evaluate(censored?.expression ?? symbol('?'), () => 48)).toBeCloseTo(2, 14);
    expect(evaluate(a?.expression ?? symbol('?'), () => 48)).toBeCloseTo(2, 14);
  });

  it('is known to endpoints and therapies that are read against the finished model', () => {
    const m = compiled(TRIAL);
    const asked = (text: string) => compileEndpoint(m, text);
    expect(asked('time of death').endpoint?.event?.censoredBy).toEqual(['dropout']);
    for (const text of [
      'death by 3 d',
      'death before first of (relapse, fit) by 90 d',
      'first of (death, relapse) by 3 h',
    ])
      expect(asked(text).endpoint?.type, text).toBe('probability');
    expect(asked('count of fit by 3 d').endpoint?.reductions).toMatchObject([{ kind: 'at' }]);
    expect(asked('death_cumulative at 3 d').endpoint?.type).toBe('value');
    expect(asked('time of deth').diagnostics[0]?.message).toBe('unknown hazard deth');
    const of = (text: string) => compileTherapy(m, text);
    expect(of('when death_happened : set fit_count = 0').therapy?.events).toHaveLength(1);
    expect(of('set death_cumulative = 0 at 3 h').diagnostics[0]?.message).toMatch(/death_cumulative/);
  });

  it('leaves by, before, first and count to other statements', () => {
    const m = compiled(`${TRIAL}parameter p = 20 %
first = 3
count = 4
compartment c : mg
memory m : mg = 5 [mg]
x = first + count
therapy a
  dose m into c every 12 h taken 90 % late p by 1 h .. 4 h
  rule r at 12 h
    if c > 3 [mg] : increase m by 10 %
output y = x
`);
    expect(m.therapies[0]?.doses[0]?.adherence?.late).toBeDefined();
  });

  it('that is wrong is one error, whatever asks for it', () => {
    expect(
      said(
        'hazard death = 3\nendpoint a = time of death\nendpoint b = death by 3 h\noutput c = death_cumulative',
      ),
    ).toHaveLength(1);
    expect(said('hazard death = (\nendpoint a = time of death\nendpoint b = death by 3 h')).toHaveLength(1);
  });
});

describe('occasions', () => {
  it('are schedules of those after the first, in model time, and mark their effects', () => {
    const m = compiled(
      'random k ~ normal(sd 1) per occasion\nrandom e ~ normal(sd 1)\nx = k + e\noccasions "Visits" every 7 d times 3',
    );
    expect(m.random.map(({ level }) => level)).toEqual(['occasion', undefined]);
    expect(m.occasions?.label).toBe('Visits');
    expect(
      m.occasions?.later.map(({ start, interval, count }) => [start, interval, count].map(tree)),
    ).toEqual([['168', '168', '3']]);
    const listed = compiled('random k ~ normal(sd 1) per occasion\nx = k\noccasions at 0, 1 d, 3 d');
    expect(listed.occasions?.later.map(({ start }) => tree(start))).toEqual(['24', '72']);
  });

  it('may begin with doses, of one compartment too, or as a file has them', () => {
    const by = (words: string) =>
      compiled(
        `random k ~ normal(sd 1) per occasion\nx = k\noccasions "Doses" ${words}\ncompartment gut : mg`,
      ).occasions;
    expect(by('each dose')).toMatchObject({ label: 'Doses', later: [], by: { kind: 'dose', into: null } });
    expect(by('each dose into gut')?.by).toEqual({ kind: 'dose', into: 'gut' });
    expect(by('from data')?.by).toEqual({ kind: 'data' });
  });

  it('without an effect are a warning', () => {
    expect(said('occasions every 7 d')).toEqual(['1: nothing varies between the occasions']);
  });
});

describe('uncertainty', () => {
  it('that would often change a sign is a warning, and none where it may or cannot', () => {
    const model = (p: string, u: string) => said(`parameter CL = 5 ${p}\nx = CL\nuncertain CL ~ ${u}`);
    expect(model('[L/h]', 'normal(rse 40 %)')[0]).toMatch(/CL has the other sign in more than 0.01 %/);
    expect(model('range 0 .. 9', 'normal(rse 40 %)')).toHaveLength(1);
    for (const [p, u] of [['[L/h]', 'normal(rse 20 %)'], ['[L/h]', 'lognormal(rse 90 %)'], ['', 'normal(rse 90 %)'], ['[L/h] range -9 .. 9', 'normal(rse 90 %)']])
      expect(model(p ?? '', u ?? '')).toEqual([]);
  }); // biome-ignore format: pairs
});

describe('a hostile text', () => {
  const HEAD = 'model h "H"\n  time h\n';
  const lines = (count: number, line: (k: number) => string) =>
    Array.from({ length: count }, (_, k) => line(k)).join('\n');
  it.each([
    ['has a thousand hazards', lines(5000, (k) => `hazard a${k} = 1 [1/h]`), 'more than 20 hazards'],
    ['asks for the first of very many', `hazard a = 1 [1/h]\nendpoint b = time of first of (${'a, '.repeat(50_000)}a)`, 'first of more than 20 events'],
    ['is unsure of very many', `uncertain (${'a, '.repeat(50_000)}a) ~ normal(rse 1 %)`, 'more than 200 parameters'],
    ['lists very many occasions', `random k ~ normal(sd 1) per occasion\nx = k\noccasions at ${lines(20_000, (k) => `${k + 1}`).replaceAll('\n', ', ')}`, 'occasions are listed'],
    ['asks ever the same of many that censor', `${lines(19, (k) => `hazard a${k} = 1 [1/h] censors`)}\n${lines(8000, (k) => `endpoint e${k} = time of a0`)}\nx = y`, 'unknown name y'],
    ['adds up very much', `${lines(2000, (k) => `x${k} = t / 1 [h]${' + 1'.repeat(20)}`)}\ny = ${lines(400, (k) => `x${k}`).replaceAll('\n', ' + ')}\n${lines(20, (k) => `hazard a${k} = y / t`)}`, 'infinite at t = 0'],
  ])('that %s is refused quickly', (_, text, wanted) => {
    const start = performance.now();
    const { model, diagnostics } = compile(HEAD + text);
    expect(performance.now() - start).toBeLessThan(6000);
    expect(model).toBeNull();
    expect(diagnostics.map(({ message }) => message).join('\n')).toContain(wanted);
  }); // biome-ignore format: a table
});
