// Files in and out of the page. In: text to save, or a file that a person chose. Out: a download, or a study or model.
// What is opened is a stranger's: bounded in size, checked against the schema, never run before that.
import { describeErrors, parseStudy, STUDY_BYTES } from '../study/schema.ts';
import type { Study } from '../study/study.ts';
import type { Translate } from './strings.ts';

export type Opened =
  | { readonly kind: 'study'; readonly study: Study }
  | { readonly kind: 'model'; readonly text: string }
  | { readonly kind: 'refused'; readonly message: string };

export function saveFile(name: string, text: string, type: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name.replace(/[^\w.-]+/g, '-');
  link.click();
  // The download starts in a later task; the address must live until then.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

export async function openFile(file: Pick<File, 'name' | 'size' | 'text'>, t: Translate): Promise<Opened> {
  if (file.size > STUDY_BYTES)
    return { kind: 'refused', message: t('fileTooLarge', { n: STUDY_BYTES / 1000 }) };
  const text = await file.text();
  if (/\.json$/i.test(file.name) || /^\s*\{/.test(text)) {
    const parsed = parseStudy(text);
    return 'study' in parsed
      ? { kind: 'study', study: parsed.study }
      : { kind: 'refused', message: describeErrors(parsed.errors) };
  }
  return { kind: 'model', text };
}
