// The whole models that the language's reference prints, by name.
import { readFileSync } from 'node:fs';

const text = readFileSync(new URL('../../src/language/REFERENCE.md', import.meta.url), 'utf8');
const found = [...text.matchAll(/```model\n(model (\w+)[\s\S]*?)```/g)];
const MODELS = new Map(found.map(([, model = '', name = '']) => [name, model]));

export const REFERENCE_MODELS: readonly string[] = [...MODELS.keys()];

export function referenceModel(name: string): string {
  const model = MODELS.get(name);
  if (model === undefined) throw new Error(`the reference has no model ${name}`);
  return model;
}
