// A study as a link. In: a Study. Out: `#/s/1.<deflated canonical JSON, base64url>.<check>`, and back again.
// The check is the first 8 hexadecimal digits of the SHA-256 of the JSON, so a damaged link is refused in words and
// never opens to other numbers. Patients' rows never travel: a cohort table goes by its file's name only.
import { canonicalBytes } from './canonical.ts';
import { sha256 } from './digest.ts';
import { describeErrors, parseStudy, STUDY_BYTES } from './schema.ts';
import type { Study } from './study.ts';

/** Version of the packing, not of the study inside. Old ones open for ever. */
const PACKING = '1';
const CHECK_DIGITS = 8;

export type LinkOpening = { readonly study: Study } | { readonly error: string };

/** Where a named model's text comes from; undefined when the library has no such model. */
export type ModelText = (name: string) => string | undefined | Promise<string | undefined>;

/** The fragment, from `#` on. A study that names a library model must carry the digest of its text: see `pinModel`. */
export async function encodeLink(study: Study): Promise<string> {
  if ('name' in study.model && study.model.sha256 === undefined)
    throw new Error(`a link to the model ${study.model.name} needs its sha256; use pinModel first`);
  const bytes = canonicalBytes(study);
  const parsed = parseStudy(new TextDecoder().decode(bytes));
  if ('errors' in parsed) throw new Error(`this study cannot be shared: ${describeErrors(parsed.errors)}`);
  const packed = await drain(new CompressionStream('deflate-raw'), bytes, Number.POSITIVE_INFINITY);
  return `#/s/${PACKING}.${toBase64Url(packed)}.${checkOf(bytes)}`;
}

/** The study with its named model tied to the text that it was computed with. */
export function pinModel(study: Study, text: string): Study {
  return 'name' in study.model
    ? { ...study, model: { name: study.model.name, sha256: sha256(text) } }
    : study;
}

/** Does this text look like a link (of any version, damaged or not)? */
export const isLink = (text: string): boolean => text.includes('#/s/');

/**
 * Opens a fragment or a whole URL. With `library`, a named model is also looked up and must still have the text that
 * the link was made with. Never throws; `error` is a sentence for the reader.
 */
export async function decodeLink(link: string, library?: ModelText): Promise<LinkOpening> {
  const start = link.indexOf('#/s/');
  if (start < 0) return { error: 'this is not a link to a study: it has no "#/s/" in it' };
  // base64 takes 4/3, and deflate never grows its input by more than a few bytes a block.
  if (link.length > 2 * STUDY_BYTES) return { error: 'this link is too long to hold a study' };
  const parts = link
    .slice(start + 4)
    .trim()
    .split('.');
  const [packing = '', packed = '', check = ''] = parts;
  if (/^\d+$/.test(packing) && packing !== PACKING)
    return {
      error: `this link has packing ${packing.slice(0, 9)}, which this version of Gemello does not know; it may be newer, or damaged`,
    };
  if (packing !== PACKING || parts.length !== 3 || !/^[\w-]+$/.test(packed) || !/^[0-9a-f]{8}$/.test(check))
    return { error: DAMAGED };
  let bytes: Uint8Array;
  try {
    bytes = await drain(new DecompressionStream('deflate-raw'), fromBase64Url(packed), STUDY_BYTES);
  } catch (error) {
    return { error: error instanceof TooLong ? error.message : DAMAGED };
  }
  if (checkOf(bytes) !== check) return { error: DAMAGED };
  const parsed = parseStudy(new TextDecoder().decode(bytes));
  if ('errors' in parsed)
    return { error: `the study in this link cannot be read: ${describeErrors(parsed.errors)}` };
  const changed = library === undefined ? undefined : await modelChange(parsed.study, library);
  return changed === undefined ? parsed : { error: changed };
}

const DAMAGED =
  'this link is damaged: a character is missing or changed. Ask for it again, or copy it whole from where it was made.';

class TooLong extends Error {
  override readonly name = 'TooLong';
}

/** Why the library cannot stand for the model that a study names; undefined when it can. */
export async function modelChange(study: Study, library: ModelText): Promise<string | undefined> {
  if (!('name' in study.model)) return undefined;
  const { name, sha256: wanted } = study.model;
  const text = await library(name);
  if (text === undefined) return `the model ${name} is not in this version's library`;
  if (wanted === undefined || sha256(text) === wanted) return undefined;
  return (
    `the model ${name} has changed since this study was made (its text had SHA-256 ${wanted.slice(0, 12)}..., ` +
    `now ${sha256(text).slice(0, 12)}...), so its numbers would differ. Open it with the version that made it, ` +
    'or start anew from the present model.'
  );
}

const checkOf = (bytes: Uint8Array): string => sha256(bytes).slice(0, CHECK_DIGITS);

/** Everything that comes out of a (de)compressing stream, at most `limit` bytes. */
async function drain(
  stream: CompressionStream | DecompressionStream,
  input: Uint8Array<ArrayBuffer>,
  limit: number,
): Promise<Uint8Array> {
  const writer = stream.writable.getWriter();
  // A broken stream fails both ends; the reader's failure is the one that is heard.
  const written = writer.write(input).then(() => writer.close());
  written.catch(() => {});
  const reader = stream.readable.getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > limit) {
      reader.cancel().catch(() => {});
      throw new TooLong(`the study in this link is longer than ${limit / 1e6} MB`);
    }
    pieces.push(value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function toBase64Url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
