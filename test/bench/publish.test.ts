// README.md and the picture say what the committed result file says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { speedPlot } from './plot.ts';
import { BEGIN, END, published, publishedName, type Result } from './publish.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const result = (name: string): Result => JSON.parse(text(`test/bench/results/${name}.json`));

test('the README shows the committed result file, and no other numbers of speed', () => {
  const readme = text('README.md');
  const name = publishedName(readme) ?? '';
  expect(published(readme, name, result(name))).toBe(readme);
  expect(text('public/speed.svg')).toBe(speedPlot(result(name).rows));
});

test('a number changed in the README is noticed', () => {
  const readme = text('README.md');
  const changed = readme.replace(/\| PK, `wasm-f32x4`, tsit5 \| (\d)/, '| PK, `wasm-f32x4`, tsit5 | 9$1');
  const name = publishedName(readme) ?? '';
  expect(changed).not.toBe(readme);
  expect(published(changed, name, result(name))).not.toBe(changed);
});

test('a README without the place for tables is refused', () => {
  const empty = {
    about: { date: '', processor: '', cores: 1, node: '', load_before: [], load_after: [], notes: [] },
  };
  expect(() => published('# Nothing', 'x', { ...empty, rows: [], more: [] })).toThrow(BEGIN);
  expect(END).toContain('--publish');
});
