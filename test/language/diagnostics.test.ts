// What an author sees: line and column, the source line, a caret, a hint; and names that are near enough to be meant.
import { describe, expect, test } from 'vitest';
import { compile } from '../../src/language/compile.ts';
import { createReport, render } from '../../src/language/diagnostic.ts';
import { didYouMean, nearest } from '../../src/language/suggest.ts';

describe('a rendered diagnostic', () => {
  const first = (text: string) => {
    const [d] = compile(text).diagnostics;
    return d === undefined ? '' : render(d, text);
  };
  test('has the line, a caret under the place and the hint', () => {
    expect(first('model a "A"\n  time h\nparameter CL = 1 [L/h]\nk = CLL / 2 [L]\n')).toBe(
      [
        'error: unknown name CLL',
        '  4:5 | k = CLL / 2 [L]',
        '      |     ^^^',
        '  hint: did you mean CL?',
      ].join('\n'),
    );
  });
  test('counts columns in lines that end as on Windows', () => {
    expect(first('model a "A"\r\n  time h\r\nk = CLL\r\n')).toBe(
      ['error: unknown name CLL', '  3:5 | k = CLL', '      |     ^^^'].join('\n'),
    );
  });
  test('keeps the caret under its place behind a tab', () => {
    expect(first('model a "A"\n\ttime h\nk = 1 +\n\tCLL\n')).toContain('  4:2 |  CLL\n      |  ^^^');
  });
  test('cuts a long line around the caret', () => {
    const rendered = first(`model a "A"\n  time h\nk = ${'1 + '.repeat(100)}CLL + ${'1 + '.repeat(100)}1\n`);
    const [, source = '', caret = ''] = rendered.split('\n');
    expect(source.length).toBeLessThan(130);
    expect(source.slice(caret.indexOf('^'), caret.indexOf('^') + 3)).toBe('CLL');
  });
  test('at the end of the text points behind its last word', () => {
    expect(first('model a "A"\n  time h\nk = 2 *')).toBe(
      [
        'error: the statement ends where a number, a name or a parenthesis is expected',
        '  3:8 | k = 2 *',
        '      |        ^',
      ].join('\n'),
    );
  });
});

describe('a report', () => {
  test('gives diagnostics in the order of the text, the same one once', () => {
    const report = createReport('ab\ncd');
    report.error({ start: 3, end: 4 }, 'second');
    report.warning({ start: 0, end: 1 }, 'first', 'do');
    report.error({ start: 3, end: 4 }, 'second');
    expect(report.diagnostics).toEqual([
      { severity: 'warning', message: 'first', hint: 'do', span: { start: 0, end: 1 }, line: 1, column: 1 },
      { severity: 'error', message: 'second', span: { start: 3, end: 4 }, line: 2, column: 1 },
    ]);
  });
  test('forgets what was only tried', () => {
    const report = createReport('ab');
    report.error({ start: 0, end: 1 }, 'stays');
    const mark = report.mark();
    report.error({ start: 1, end: 2 }, 'goes');
    report.forget(mark);
    expect(report.errors).toBe(1);
    expect(report.diagnostics.map((d) => d.message)).toEqual(['stays']);
  });
});

describe('a suggestion', () => {
  const KNOWN = ['CL', 'central', 'peripheral', 'eta_cl', 'WT'];
  test.each([
    ['CLL', 'CL'],
    ['cl', 'CL'],
    ['centrl', 'central'],
    ['cetnral', 'central'],
    ['periferal', 'peripheral'],
    ['eta_c1', 'eta_cl'],
    ['xyz', null],
    ['V', null],
    ['something_else', null],
  ])('for %s is %s', (name, expected) => expect(nearest(name, KNOWN)).toBe(expected));
  test('is a question', () => {
    expect(didYouMean('WTT', KNOWN)).toBe('did you mean WT?');
    expect(didYouMean('zzz', KNOWN)).toBeUndefined();
  });
});
