// Texts made to hurt are refused with a reason, quickly, and nothing ever throws.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Compiled, compile } from '../../src/language/compile.ts';

const HEAD = 'model h "H"\n  time h\n';
/** A laptop takes a tenth of this; the machine of a test may be shared. */
const SECONDS = 6;

function timed(text: string): Compiled {
  const start = performance.now();
  const compiled = compile(text);
  expect((performance.now() - start) / 1000).toBeLessThan(SECONDS);
  return compiled;
}
const lines = (count: number, line: (k: number) => string): string =>
  Array.from({ length: count }, (_, k) => line(k)).join('\n');
const messages = (compiled: Compiled): string => compiled.diagnostics.map((d) => d.message).join('\n');

describe('a hostile text', () => {
  const refused: readonly (readonly [string, string, string])[] = [
    ['is too long', `${HEAD}#${'x'.repeat(300_000)}`, 'at most 262144 are read'],
    [
      'nests parentheses',
      `${HEAD}a = ${'('.repeat(100_000)}1${')'.repeat(100_000)}`,
      'nested more than 200 deep',
    ],
    ['nests signs', `${HEAD}a = ${'-'.repeat(200_000)}1`, 'nested more than 200 deep'],
    ['nests powers', `${HEAD}a = 1${'^1'.repeat(100_000)}`, 'nested more than 200 deep'],
    ['nests not', `${HEAD}a = ${'not '.repeat(50_000)} 1 < 2`, 'nested more than 200 deep'],
    ['nests choices', `${HEAD}a = ${'if 1 < 2 then 3 else '.repeat(9000)} 1`, 'nested more than 200 deep'],
    ['nests calls', `${HEAD}a = ${'exp('.repeat(50_000)}1`, 'nested more than 200 deep'],
    ['nests ranges', `${HEAD}a = ${'x in (1 + '.repeat(20_000)}`, 'expected'],
    ['adds without end', `${HEAD}a = 1${' + 1'.repeat(60_000)}`, 'more than 500 operations high'],
    [
      'multiplies units without end',
      `${HEAD}parameter a = 1 [mg]\nb = a${' * a'.repeat(400)}${'\nc = b * b * b * b'}`,
      'beyond what is computed with',
    ],
    [
      'takes roots without end',
      `${HEAD}parameter a = 1 [mg]\nb = ${'sqrt('.repeat(190)}a${')'.repeat(190)}`,
      'beyond what is computed with',
    ],
    [
      'has a million statements',
      `${HEAD}${lines(40_000, (k) => `a${k}=1`)}`.slice(0, 262_144),
      'more than 10000 statements',
    ],
    [
      'is one long circle',
      `${HEAD}${lines(9000, (k) => `a${k} = a${(k + 1) % 9000}`)}`,
      'is defined through itself',
    ],
    [
      'is a knot of circles',
      `${HEAD}${lines(4000, (k) => `a${k} = a0 + a${(k + 1) % 4000} + a${(k * 7) % 4000}`)}`,
      'is defined through itself',
    ],
    [
      'names nothing that exists',
      `${HEAD}${lines(9000, (k) => `a${k} = unknown_name_${k}`)}`,
      'unknown name',
    ],
    ['is brackets', HEAD + '['.repeat(250_000), 'expected'],
    ['is quotes', `${HEAD}${'"'.repeat(250_001)}`, 'cannot begin'],
    ['is control characters', '\u0000\u0001\u001b[31m'.repeat(20_000), 'unexpected'],
    ['is one line of names', `${HEAD}${'a '.repeat(120_000)}`, 'unknown statement'],
    ['is a poem', lines(5000, () => 'Shall I compare thee to a summer day'), 'unknown statement'],
    [
      'has endpoints that double',
      `${HEAD}compartment c : mg\nflow f : c -> at 1 [1/h] * c\nendpoint e0 = c at 1 h\n${lines(60, (k) => `endpoint e${k + 1} = e${k} + e${k}`)}`,
      'grow too large',
    ],
    [
      'builds a tower of definitions',
      `${HEAD}a0 = 1\n${lines(9000, (k) => `a${k + 1} = a${k} + 1`)}`,
      'more than 1000 operations deep',
    ],
    [
      'gives ten thousand doses and flows',
      `${HEAD}compartment c : mg\n${lines(3000, (k) => `flow f${k} : c -> at 1 [1/h] * c`)}\ntherapy x\n${lines(3000, () => '  dose 1 [mg] into c')}`,
      'more than 500 flows',
    ],
    [
      'has a table without end',
      `${HEAD}table f : 1 by h step = ${lines(20_000, (k) => `${k} -> 1,`).replaceAll('\n', ' ')} 99999 -> 1`,
      'more than 2000 points',
    ],
    [
      'puts tables into tables',
      `${HEAD}table f : 1 by 1 linear = 0 -> 1, 1 -> 3, 2 -> 2\na = ${'f('.repeat(150)}1${')'.repeat(150)}`,
      'more than 1000000 operations',
    ],
    [
      'looks up without end',
      `${HEAD}table f : 1 by h linear = ${Array.from({ length: 2000 }, (_, k) => `${k} -> ${k % 7}`).join(', ')}\n${lines(9000, (k) => `a${k} = f(t)`)}`,
      'more than 1000000 operations',
    ],
    [
      'has a rule of a thousand branches',
      `${HEAD}compartment c : mg\ntherapy x\n  rule r every 1 h\n${lines(5000, (k) => `    if c > ${k} [mg] : reset`)}`,
      'more than 100 branches',
    ],
    [
      'lists visits without end',
      `${HEAD}compartment c : mg\ntherapy x\n  rule r at ${lines(20_000, (k) => `${k} h,`).replaceAll('\n', ' ')} 99999 h\n    reset`,
      'more than 100 visits',
    ],
    [
      'nests the conditions of an event',
      `${HEAD}compartment c : mg\nwhen ${'('.repeat(50_000)}c > 1 [mg] : reset`,
      'nested more than 200 deep',
    ],
    [
      'does a thousand things at once',
      `${HEAD}memory m : 1 = 0\nx = m\nwhen t > 1 [h] : ${'set m = 1, '.repeat(15_000)} set m = 2`,
      'is set twice',
    ],
    [
      'is a ladder of indentation',
      `${HEAD}compartment c : mg\ntherapy x\n${lines(600, (k) => `${' '.repeat(k + 1)}rule r${k} every 1 h`)}`,
      '',
    ],
    ['has a unit that explodes', `${HEAD}parameter a = 1 [${'(m*'.repeat(60)}m${')'.repeat(60)}]`, ''],
    [
      'has names of the prototype',
      `${HEAD}a = constructor + __proto__ + toString\nb = hasOwnProperty(1)`,
      'unknown',
    ],
  ];
  test.each(refused)('that %s is refused with a reason', (_, text, reason) => {
    const compiled = timed(text);
    if (reason === '') return;
    expect(compiled.model).toBeNull();
    expect(messages(compiled)).toContain(reason);
    expect(compiled.diagnostics.length).toBeLessThanOrEqual(501);
  });

  test('with its statements in reverse order is compiled in the order of dependence', () => {
    const { model, diagnostics } = timed(
      `${HEAD}${lines(9000, (k) => `a${9000 - k} = a${(9000 - k) >> 1} + 1`)}\na0 = 1`,
    );
    expect(diagnostics).toEqual([]);
    expect(model?.definitions.length).toBe(9001);
    const place = new Map(model?.definitions.map((d, k) => [d.name, k]));
    for (let k = 1; k <= 9000; k++) expect(place.get(`a${k >> 1}`)).toBeLessThan(place.get(`a${k}`) ?? -1);
  });
});

describe('a damaged model of the library', () => {
  const folder = new URL('../../src/models/', import.meta.url);
  const texts = readdirSync(folder)
    .filter((n) => n.endsWith('.model'))
    .map((n) => [n, readFileSync(new URL(n, folder), 'utf8')] as const);
  const page = readFileSync(new URL('../../src/language/REFERENCE.md', import.meta.url), 'utf8');
  const examples = [...page.matchAll(/^```model\n(model (\w+)[\s\S]*?)^```$/gm)].map(
    ([, text = '', name = '']) => [name, text] as const,
  );
  /** Same numbers on every run (a 32-bit linear congruential generator; constants of Numerical Recipes). */
  const generator = (seed: number) => () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  const PIECES = [
    '(',
    ')',
    '[',
    ']',
    '"',
    '..',
    '->',
    '=',
    '~',
    '%',
    ',',
    ';',
    ':',
    '^',
    ' in ',
    ' at ',
    ' if ',
    '0',
    '1e300',
    '\n',
    '\n  ',
    'conc',
    ' if ',
    ' else : ',
    ' : ',
    ' when ',
    '\n  rule r every 1 h\n    ',
    ' set ',
    ' at ',
    ' dose ',
    ' next visit in 2 ',
    ' hold for ',
    ' by 10 % ',
    '#',
  ];

  test.each([...texts, ...examples])(
    '%s is compiled or refused, never thrown',
    (_, text) => {
      const random = generator(20_260_724);
      for (let round = 0; round < 80; round++) {
        let broken = text;
        for (let k = 0; k <= round % 4; k++) {
          const at = Math.floor(random() * broken.length);
          const piece = PIECES[Math.floor(random() * PIECES.length)] ?? '';
          broken = broken.slice(0, at) + piece + broken.slice(at + Math.floor(random() * 6));
        }
        const { model, diagnostics } = compile(broken);
        expect(model === null).toBe(diagnostics.some((d) => d.severity === 'error'));
        for (const d of diagnostics) {
          expect(d.span.start).toBeLessThanOrEqual(d.span.end);
          expect(d.span.end).toBeLessThanOrEqual(broken.length);
          expect(d.line).toBeGreaterThan(0);
          expect(d.column).toBeGreaterThan(0);
        }
      }
    },
    60_000,
  );
});
