// Small models for tests: a text below a standard header, compiled; and an expression as a text that reads like the tree.
import { type Compiled, compile, render } from '../../src/language/compile.ts';
import type { Expression } from '../../src/language/expression.ts';
import type { Model } from '../../src/language/model.ts';

export const HEAD = 'model small "Small"\n  time h\n';

export const tried = (text: string): Compiled => compile(HEAD + text);

/** The model; fails the test with the rendered diagnostics when there is none. */
export function compiled(text: string): Model {
  const { model, diagnostics } = tried(text);
  if (model === null) throw new Error(diagnostics.map((d) => render(d, HEAD + text)).join('\n'));
  return model;
}

/** Messages of errors and warnings, each with its line below the header. */
export const said = (text: string): readonly string[] =>
  tried(text).diagnostics.map((d) => `${d.line - 2}: ${d.message}`);

export function tree(e: Expression | undefined): string {
  if (e === undefined) return 'nothing';
  if (e.kind === 'number') return String(e.value);
  return e.kind === 'symbol' ? e.name : `${e.fn}(${e.args.map(tree).join(', ')})`;
}

export const definition = (model: Model, name: string) => {
  const found = model.definitions.find((d) => d.name === name);
  if (found === undefined) throw new Error(`no definition ${name}`);
  return found;
};
/** Tree and unit of `x = text`, with the statements that it needs. */
export function defined(text: string, before = ''): string {
  const { expression, unit } = definition(compiled(`${before}\nx = ${text}`), 'x');
  return `${tree(expression)} [${unit.text}]`;
}
