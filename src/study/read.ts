// The model that a study names or contains. In: the study's `model`. Out: the compiled Model with its text and hash, or
// diagnostics, or a refusal (no such model, another version of it). The last few texts stay compiled.
import { compile } from '../language/compile.ts';
import type { Diagnostic } from '../language/diagnostic.ts';
import type { Model } from '../language/model.ts';
import { suggestion } from './closest.ts';
import { sha256 } from './digest.ts';
import { LIBRARY, libraryModel } from './library.ts';
import type { Refusal } from './plan.ts';
import type { Study } from './study.ts';

export type ReadModel =
  | {
      readonly kind: 'done';
      readonly name: string;
      readonly sha256: string;
      readonly text: string;
      readonly model: Model;
      readonly warnings: readonly Diagnostic[];
    }
  | { readonly kind: 'diagnostics'; readonly text: string; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'refused'; readonly errors: readonly Refusal[] };

const KEPT = 8;
const kept = new Map<string, ReadModel>();

export function readModel(reference: Study['model']): ReadModel {
  if ('text' in reference) return compiled(reference.text);
  const found = libraryModel(reference.name);
  if (!found) {
    const names = LIBRARY.map((m) => m.name);
    const message = `there is no shipped model ${reference.name}; ${suggestion(reference.name, names)}`;
    return { kind: 'refused', errors: [{ field: 'model.name', message }] };
  }
  if (reference.sha256 !== undefined && reference.sha256 !== found.sha256) {
    const message = `${reference.name} has changed since this study was made, so its numbers would differ; the study needs the model's text inside`;
    return { kind: 'refused', errors: [{ field: 'model.sha256', message }] };
  }
  return compiled(found.text);
}

function compiled(text: string): ReadModel {
  const known = kept.get(text);
  if (known) return known;
  const { model, diagnostics } = compile(text);
  const read: ReadModel = model
    ? { kind: 'done', name: model.name, sha256: sha256(text), text, model, warnings: diagnostics }
    : { kind: 'diagnostics', text, diagnostics };
  kept.set(text, read);
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT) break;
    kept.delete(oldest);
  }
  return read;
}
