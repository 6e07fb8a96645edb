// Every model of the library compiles without an error or a warning, and carries what the gallery shows.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compile, render } from '../../src/language/compile.ts';

const folder = new URL('../../src/models/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.model'));

describe('the library', () => {
  test('has its models', () => expect(files.length).toBeGreaterThanOrEqual(5));

  test.each(files)('%s compiles without a word', (name) => {
    const text = readFileSync(new URL(name, folder), 'utf8');
    const { model, diagnostics } = compile(text);
    expect(diagnostics.map((d) => render(d, text))).toEqual([]);
    expect(model).not.toBeNull();
    if (model === null) return;
    expect(`${model.name}.model`).toBe(name);
    expect(model.title).not.toBe('');
    expect(model.sources.length).toBeGreaterThan(0);
    expect(model.checks.length).toBeGreaterThan(0);
    expect(model.endpoints.length).toBeGreaterThan(0);
  });
});
