// Files in and out of the page. In: text to save, or a file that a person chose. Out: a download, or a study, a model or
// a table's text. What is opened is a stranger's: bounded in size, checked against the schema, never run before that.
import { describeErrors, parseStudy, STUDY_BYTES } from '../study/schema.ts';
import type { Study } from '../study/study.ts';
import type { Translate } from './strings.ts';

/** The text goes to the worker with every run; more than this would hold up a slider. */
const TABLE_BYTES = 16_000_000;

export type Opened =
  | { readonly kind: 'study'; readonly study: Study }
  | { readonly kind: 'model'; readonly text: string }
  | { readonly kind: 'table'; readonly name: string; readonly text: string }
  | { readonly kind: 'refused'; readonly message: string };

export function saveFile(name: string, text: string, type: string): void {
  saveBlob(name, new Blob([text], { type: `${type};charset=utf-8` }));
}

/** The browser keeps the bytes and writes the file; they go nowhere else. */
export function saveBlob(name: string, blob: Blob): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name.replace(/[^\w.-]+/g, '-');
  link.click();
  // The download starts in a later task; the address must live until then.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

type Chosen = Pick<File, 'name' | 'size' | 'text'>;

export const isTableFile = ({ name }: Pick<File, 'name'>): boolean => /\.(?:csv|tab|tsv|dat)$/i.test(name);

export async function openFile(file: Chosen, t: Translate, as?: 'table'): Promise<Opened> {
  if (as === 'table' || isTableFile(file)) return openTable(file, t);
  if (file.size > STUDY_BYTES)
    return { kind: 'refused', message: t('fileTooLarge', { n: STUDY_BYTES / 1000 }) };
  const text = await file.text();
  const nothing = { kind: 'refused', message: t('fileIsNothing', { name: file.name }) } as const;
  // No text has this: a picture, a spreadsheet, an archive.
  if (text.includes('\0')) return nothing;
  if (/\.json$/i.test(file.name) || /^\s*\{/.test(text)) {
    const parsed = parseStudy(text);
    return 'study' in parsed
      ? { kind: 'study', study: parsed.study }
      : { kind: 'refused', message: describeErrors(parsed.errors) };
  }
  // Whoever drops some other text would have it in place of the study that is open.
  return /\.model$/i.test(file.name) || /^\s*model\b/m.test(text) ? { kind: 'model', text } : nothing;
}

/** Its rows are checked by the engine, against the model. */
async function openTable(file: Chosen, t: Translate): Promise<Opened> {
  if (file.size > TABLE_BYTES)
    return { kind: 'refused', message: t('fileTooLarge', { n: Math.floor(TABLE_BYTES / 1000) }) };
  // As a study may name it: no control characters, at most 100 others; the end of a name tells files apart.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a study's names must not hold
  const name = file.name.replace(/[\u0000-\u001f\u007f]/g, ' ').slice(-100);
  return { kind: 'table', name: name || 'table.csv', text: await file.text() };
}
