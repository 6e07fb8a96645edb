// Whether a table is one of doses over time, by its headings. In: a file's text. Out: yes or no. It decides nothing: the page
// asks what the patients of such a file are, and the reader (interop/nonmem) says what its lines mean.

/** Headings by which a table of doses is told from a table of patients, which has a row a patient. */
const DOSES = /^(?:AMT|EVID|DOSE|AMOUNT)\b/i;
const TIME = /^(?:TIME|DATE|DAT[123]|TAFD)\b/i;

/**
 * Whether a table has doses over time, by its first line: identifiers, times, and amounts or kinds of events. A table of
 * patients has a row a patient and no times.
 */
export function hasDoses(text: string): boolean {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/, 20);
  // `$` and `#` lines and comments may come before the header.
  const header = lines.find((line) => line.trim() !== '' && !/^\s*#\s/.test(line)) ?? '';
  const names = header.split(/[,;\t| ]+/).map((name) => name.replace(/^["'#\s]+|["'\s]+$/g, ''));
  return names.some((name) => TIME.test(name)) && names.some((name) => DOSES.test(name));
}
