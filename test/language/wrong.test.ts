// Every file in wrong/ begins with the errors it must give: `# line 10: piece of the message | piece of the hint`.
// It must give these, one for each line named, and no others: one mistake is one error.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compile, render } from '../../src/language/compile.ts';

const folder = new URL('./wrong/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.model'));

describe('a wrong model', () => {
  test('comes in at least twenty kinds', () => expect(files.length).toBeGreaterThanOrEqual(20));

  test.each(files)('%s gives just the errors that its first lines name', (name) => {
    const text = readFileSync(new URL(name, folder), 'utf8');
    const wanted = [...text.matchAll(/^# line (\d+): ([^|\n]*?) *(?:\| *(.*))?$/gm)].map((m) => ({
      line: Number(m[1]),
      message: m[2] ?? '',
      hint: m[3] ?? '',
    }));
    const { model, diagnostics } = compile(text);
    const errors = diagnostics.filter((d) => d.severity === 'error');
    expect(model).toBeNull();
    expect(wanted.length).toBeGreaterThan(0);
    expect(
      errors.map((d) => d.line),
      errors.map((d) => render(d, text)).join('\n'),
    ).toEqual(wanted.map((w) => w.line));
    for (const [k, error] of errors.entries()) {
      expect(error.message).toContain(wanted[k]?.message);
      expect(error.hint ?? '').toContain(wanted[k]?.hint ?? '');
    }
  });
});
