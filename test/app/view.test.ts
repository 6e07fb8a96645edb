// What the page gets of a model: a therapy's lines, as an arm's own text, mean what they meant in the model.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { viewOf } from '../../src/app/view.ts';
import { compile, compileTherapy, render } from '../../src/language/compile.ts';

const page = readFileSync(new URL('../../src/language/REFERENCE.md', import.meta.url), 'utf8');
const models = [...page.matchAll(/^```model\n(model (\w+)[\s\S]*?)^```$/gm)].map(
  ([, text = '', name = '']) => [name, text] as const,
);

test('has models with rules to look at', () => expect(models.length).toBeGreaterThanOrEqual(5));

test.each(models)('the therapies of %s can be edited as an arm’s own lines', (_, text) => {
  const { model } = compile(text);
  if (model === null) throw new Error('not compiled');
  const bare = (x: unknown) =>
    JSON.stringify(x, (key, value) => (key === 'span' ? undefined : value)).replaceAll(
      /"\w*\.held until"/g,
      '"held"',
    );
  for (const [k, { text: lines }] of viewOf(model, text).therapies.entries()) {
    const { therapy, diagnostics } = compileTherapy(model, lines);
    expect(diagnostics.map((d) => render(d, lines))).toEqual([]);
    expect(bare({ ...therapy, name: '', label: '' })).toBe(
      bare({ ...model.therapies[k], name: '', label: '' }),
    );
  }
});
