// How texts are read: precedence, ranges, times, continuation lines, comments, names that are words elsewhere.
import { describe, expect, test } from 'vitest';
import { compiled, defined, said, tree } from './small.ts';

const ABC = 'parameter a = 2\nparameter b = 3\nparameter c = 4\n';

describe('an expression', () => {
  test.each([
    ['a + b * c', 'add(a, mul(b, c))'],
    ['a - b - c', 'sub(sub(a, b), c)'],
    ['a / b / c', 'div(div(a, b), c)'],
    ['a ^ b ^ c', 'pow(a, pow(b, c))'],
    ['-a ^ b', 'neg(pow(a, b))'],
    ['a ^ -b', 'pow(a, neg(b))'],
    ['-a * b', 'mul(neg(a), b)'],
    ['a * -b', 'mul(a, neg(b))'],
    ['a - -b', 'sub(a, neg(b))'],
    ['(a + b) * c', 'mul(add(a, b), c)'],
    ['if a < b then b else c + 1', 'if(lt(a, b), b, add(c, 1))'],
    [
      'if a < b and not b < c or c == a then 1 else 2',
      'if(or(and(lt(a, b), not(lt(b, c))), eq(c, a)), 1, 2)',
    ],
    ['if a in 1 .. 3 then 1 else 2', 'if(and(ge(a, 1), le(a, 3)), 1, 2)'],
    [
      'if a + b in 1..3 and c > 1 then 1 else 2',
      'if(and(and(ge(add(a, b), 1), le(add(a, b), 3)), gt(c, 1)), 1, 2)',
    ],
    ['max(a, min(b, c))', 'max(a, min(b, c))'],
    ['18.5 %', '0.185'],
    ['1e-3 + .5 + 2E2', 'add(add(0.001, 0.5), 200)'],
    ['-3', '-3'],
    ['a # the rest is a comment', 'a'],
    ['a\n  + b\n\t* c', 'add(a, mul(b, c))'],
  ])('%j is %s', (text, expected) => expect(defined(text, ABC)).toBe(`${expected} [1]`));

  test('takes `in` as a conversion where no range follows', () => {
    expect(defined('a * 1 [g] in mg', ABC)).toBe('mul(mul(a, 1), 1000) [mg]');
    expect(defined('a * 1 [1/h] in h-1', ABC)).toBe('mul(a, 1) [1/h]');
  });

  test('reads times without brackets only where a time is expected', () => {
    expect(said('x = 12 h')).toEqual(['1: h cannot follow the number 12']);
    const model = compiled(
      'compartment c : mg\ntherapy r\n  dose 1 [mg] into c over 30 min from 1 d every (6 h + 6 h) until 3 d\n  dose 2 [mg] into c from 2 [h]',
    );
    const [first, second] = model.therapies[0]?.doses ?? [];
    expect([first?.duration, first?.start, first?.interval, first?.count].map(tree)).toEqual([
      '0.5',
      '24',
      'add(6, 6)',
      '4',
    ]);
    expect([second?.duration, second?.start, second?.interval, second?.count].map(tree)).toEqual([
      '0',
      '2',
      '0',
      '1',
    ]);
  });

  test('lets words of other statements be names', () => {
    const model = compiled(
      'parameter over = 2\nparameter given = 3\nparameter model = 4\nsource = over * given * model\nparameter time = 5 [h]\nhalf = time / 2 * source\nendpoint under = half < 3 [h]',
    );
    expect(model.definitions.map((d) => d.name)).toEqual(['source', 'half']);
    expect(model.endpoints.map((e) => e.name)).toEqual(['under']);
  });
});

describe('a text', () => {
  test('may have Windows line ends, blank lines and comments anywhere', () => {
    const model = compiled(
      '# first\r\n\r\nparameter a = 2 # second\r\n  range 1 .. 3\r\n# third\r\nx = a\r\n',
    );
    expect(model.parameters[0]).toMatchObject({ name: 'a', value: 2, range: { low: 1, high: 3 } });
  });

  test('may give the parts of a parameter in any order', () => {
    const model = compiled(
      'parameter a = 2 [L/h] paper source "Table 1" "Clearance" range 30 [mL/min] .. 6\nx = a',
    );
    expect(model.parameters[0]).toMatchObject({
      label: 'Clearance',
      source: 'Table 1',
      provenance: 'paper',
      range: { low: 1.8, high: 6 },
    });
  });

  test('is warned about a value outside its range, and compiled', () => {
    expect(said('parameter a = 5 [L] range 1 .. 3\nx = a')).toEqual(['1: a is 5, outside its range 1 .. 3']);
    expect(compiled('parameter a = 5 [L] range 1 .. 3\nx = a').parameters[0]?.value).toBe(5);
  });

  test('goes on behind a statement that cannot be read, and what that would have defined is no second error', () => {
    expect(
      said(
        'parameter a = = 2\nrandom (e, f ~ normal(sd 1)\ncompartment c mg\nx = a * exp(e + f) * c\ny = 1 [h] + 1 [mg] + x',
      ),
    ).toEqual([
      '1: expected a number, a name or a parenthesis, found =',
      '2: expected ) to close the list of random effects, found ~',
      '3: expected : and a unit after the name, found mg',
      '5: h and mg cannot be added: 1 [h] is h, 1 [mg] is mg',
    ]);
  });

  test('reports every bad dose and header line by itself', () => {
    expect(
      said(
        'compartment c : mg\ntherapy r\n  dose 1 [mg] in c\n  dose 1 [mg] into c evry 2 h\n  dose 1 [mg] into c\nflow f : c -> at 1 [1/h] * c',
      ),
    ).toEqual([
      '3: expected into and the compartment after the amount, found in',
      '4: expected over, from, every, times, until, at, lag, bioavailability, while, taken, late, doubled or the end of the dose, found evry',
    ]);
  });
});
