// The shipped models: text files in src/models, by the name in their first line. In: nothing. Out: texts and hashes.
import { sha256 } from './digest.ts';

const files: Record<string, string> = import.meta.glob('/src/models/*.model', {
  query: '?raw',
  import: 'default',
  eager: true,
});

export interface LibraryModel {
  readonly name: string;
  readonly text: string;
  readonly sha256: string;
}

/** In alphabetical order of their names; a file is named after its model. */
export const LIBRARY: readonly LibraryModel[] = Object.entries(files)
  .map(([path, text]) => ({ name: path.replace(/^.*\/|\.model$/g, ''), text, sha256: sha256(text) }))
  .sort((a, b) => (a.name < b.name ? -1 : 1));

export function libraryModel(name: string): LibraryModel | undefined {
  return LIBRARY.find((m) => m.name === name);
}
