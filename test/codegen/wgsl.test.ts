// The WGSL writer: literals exact to f32, conditions as bool, names that cannot clash, text that cannot escape.
import { describe, expect, it } from 'vitest';
import { doseTimes, sharedDoseTimes } from '../../src/codegen/dose-times.ts';
import { SHADERS } from '../../src/codegen/shader-sources.ts';
import { writeWgsl } from '../../src/codegen/wgsl.ts';
import { literal, writeNumber } from '../../src/codegen/wgsl-expression.ts';
import { comment, identifiers } from '../../src/codegen/wgsl-names.ts';
import { CompileError } from '../../src/engine/backend.ts';
import { linkProgram } from '../../src/engine/webgpu.ts';
import { call, number as n, symbol as s } from '../../src/language/expression.ts';
import { DECAY, DOSED, INFUSIONS, SWING } from './fixtures.ts';

const text = (e: Parameters<typeof writeNumber>[0]) => writeNumber(e, (name) => name.replace('.', '_'));

describe('literals', () => {
  it.each([
    [1, '1.0f'], [0, '0.0f'], [0.1, '0.1f'], [-2.5, '-2.5f'], [1e-7, '1e-7f'], [1e21, '1e21f'], [0.14705, '0.14705f'], [1 / 3, '0.33333334f'],
  ])('%s is written %s', (value, want) => expect(literal(value)).toBe(want)); // biome-ignore format: a table

  it('read back as the same f32', () => {
    for (let i = 0; i < 2000; i++) {
      const x = Math.fround(Math.sin(i * 12.9898) * 10 ** ((i % 70) - 35));
      expect(Math.fround(Number(literal(x).slice(0, -1)))).toBe(x);
    }
  });

  it.each([1e39, -4e38, 1e-39, Number.POSITIVE_INFINITY])('%s is refused', (x) =>
    expect(() => literal(x)).toThrow(),
  );

  it('what does not exist comes from its bits, for a shader cannot hold NaN as a literal', () =>
    expect(literal(Number.NaN)).toBe('not_a_number()'));

  it('out of range are a CompileError that names the quantity', () => {
    const rhs = { locals: [], results: [call('mul', s('y.x'), n(1e60))] };
    expect(() => linkProgram({ ...DECAY, rhs })).toThrow(CompileError);
    expect(() => linkProgram({ ...DECAY, rhs })).toThrow(/derivative of x: 1e\+60 is beyond 32-bit floats/);
    const overflow = { locals: [], results: [call('add', s('y.x'), call('exp', n(1000)))] };
    expect(() => linkProgram({ ...DECAY, rhs: overflow })).toThrow(/derivative of x/);
  });
});

describe('expressions', () => {
  const [a, b, c] = [s('p.a'), s('p.b'), s('p.c')] as const;
  it.each([
    [call('add', call('mul', a, b), c), 'p_a * p_b + p_c'],
    [call('mul', call('add', a, b), c), '(p_a + p_b) * p_c'],
    [call('sub', a, call('sub', b, c)), 'p_a - (p_b - p_c)'],
    [call('div', a, call('mul', b, c)), 'p_a / (p_b * p_c)'],
    [call('mul', call('neg', a), b), '(-p_a) * p_b'],
    [call('sub', a, n(-1)), 'p_a - (-1.0f)'],
    [call('pow', a, n(2)), 'square(p_a)'],
    [call('pow', call('add', a, b), n(-1)), '1.0f / (p_a + p_b)'],
    [call('mul', c, call('pow', a, n(-1))), 'p_c * (1.0f / p_a)'],
    [call('pow', a, n(0.75)), 'power(p_a, 0.75f)'],
    [call('add', n(2), n(3)), '5.0f'],
  ])('%# keep their meaning with few parentheses', (e, want) => expect(text(e)).toBe(want));

  it.each([
    ['a condition as a number', call('gt', a, b), 'select(0.0f, 1.0f, (p_a > p_b))'],
    ['a number as a condition', call('if', a, b, c), 'select(p_c, p_b, (p_a != 0.0f))'],
    [
      'conditions joined',
      call('if', call('and', call('gt', a, b), c), a, b),
      'select(p_b, p_a, ((p_a > p_b) & (p_c != 0.0f)))',
    ],
    [
      'arithmetic with a condition',
      call('mul', call('not', call('le', a, b)), c),
      'select(0.0f, 1.0f, (!(p_a <= p_b))) * p_c',
    ],
    [
      'a comparison of conditions',
      call('eq', call('lt', a, b), c),
      'select(0.0f, 1.0f, (select(0.0f, 1.0f, (p_a < p_b)) == p_c))',
    ],
  ])('track the type: %s', (_, e, want) => expect(text(e)).toBe(want));
});

describe('names', () => {
  it('avoid keywords, leading underscores, other alphabets and each other', () => {
    expect(identifiers(['central', 'if', '_x', '2c', 'a b', 'a_b', 'from', 'Größe'])).toEqual([
      'central',
      'm_if',
      'm__x',
      'm_2c',
      'a_b',
      'a_b_2',
      'm_from',
      'Gr__e',
    ]);
  });
  it('cannot leave a comment', () => {
    expect(comment('mg\nfn evil() {}')).toBe(' // mg?fn evil() {}');
    expect(comment('\u2028\u0085')).toBe(' // ??');
    const hostile = {
      ...DECAY,
      name: 'x\nfn evil() {}',
      states: [{ name: 'x', unit: 'mg\u2028fn evil() {}' }],
    };
    expect(writeWgsl(hostile).model).not.toMatch(/^\s*fn evil/m);
  });
});

describe('the generated module', () => {
  it('declares what the stub declares', () => {
    const declared = (wgsl: string) =>
      [...wgsl.matchAll(/^(?:fn (\w+)(\([^)]*\)(?: -> \w+)?)|struct (\w+)|const (\w+))/gm)]
        .map((m) => m[3] ?? m[4] ?? `${m[1]}${(m[2] ?? '').replace(/\w+: /g, '')}`)
        .sort();
    const stub = declared(SHADERS.get('model/stub') ?? '').filter((d) => !d.startsWith('sizes'));
    for (const program of [DECAY, DOSED, SWING, INFUSIONS]) {
      expect(declared(writeWgsl(program).model).filter((d) => !d.startsWith('sizes'))).toEqual(stub);
    }
  });

  it('refuses an infusion that has no way into its state, and too many watched quantities', () => {
    expect(() => linkProgram({ ...DOSED, inputs: [] })).toThrow(/infusion into x/);
    const watched = Array.from({ length: 33 }, (_, i) => ({ name: `w${i}`, unit: '' }));
    expect(() => linkProgram({ ...DECAY, watched })).toThrow(/33 quantities/);
  });
});

describe('dose times', () => {
  it('are shared where no column enters, and then evaluated in f64', () => {
    expect(sharedDoseTimes(INFUSIONS)).toEqual([
      [true, true, true],
      [true, true, true],
      [true, true, true],
    ]);
    expect(doseTimes(INFUSIONS, Float64Array.of(4.5, 1000, 12.1))[0]).toEqual([0, 12.1, 1]);
    const personal = {
      ...INFUSIONS,
      doses: {
        locals: [s('p.CL')],
        results: INFUSIONS.doses.results.map((e, i) => (i === 1 ? s('local.0') : e)),
      },
    };
    expect(sharedDoseTimes(personal)[0]).toEqual([false, true, true]);
    expect(doseTimes(personal, Float64Array.of(4.5, 1000, 12))[0]).toEqual([Number.NaN, 12, 1]);
  });
});
