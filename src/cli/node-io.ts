// Io on Node: standard streams, files, Ctrl-C. A file is written beside its place and moved there when complete, so that
// a run that stops half-way leaves no half of a table; pipes and devices are written directly.
import { createWriteStream, type WriteStream } from 'node:fs';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Io, TextFile } from './ports.ts';
import { openScratch, type Scratch } from './scratch.ts';

/** Larger than any model, study or cohort table that is read whole. */
const LARGEST_FILE = 128 * 1024 * 1024;

const PATIENCE_MS = 3000;

/** `stop()` ends listening for Ctrl-C. */
export function nodeIo(): Io & { readonly stop: () => void } {
  const controller = new AbortController();
  const abort = () => {
    controller.abort();
    // A device that no longer answers must not keep a stopped command alive.
    setTimeout(() => process.exit(130), PATIENCE_MS).unref();
  };
  process.once('SIGINT', abort);
  process.once('SIGTERM', abort);
  // `gemello run ... | head` closes the pipe early: stop, without a stack trace.
  process.stdout.on('error', abort);
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    interactive: process.stderr.isTTY === true,
    signal: controller.signal,
    read,
    write,
    scratch,
    stop: () => {
      process.off('SIGINT', abort);
      process.off('SIGTERM', abort);
    },
  };
}

async function read(path: string): Promise<string | undefined> {
  const found = await stat(path).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(codeOf(error))) return undefined;
    throw new Error(`${path} cannot be read: ${inWords(error)}`);
  });
  if (found === undefined) return undefined;
  if (found.isDirectory()) throw new Error(`${path} is a folder`);
  if (found.size > LARGEST_FILE)
    throw new Error(`${path} has ${found.size} bytes; at most ${LARGEST_FILE} are read`);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new Error(`${path} cannot be read: ${inWords(error)}`);
  });
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

async function write(path: string): Promise<TextFile> {
  const present = await stat(path).catch(() => undefined);
  if (present?.isDirectory()) throw new Error(`${path} is a folder`);
  const direct = present !== undefined && !present.isFile();
  const place = direct ? path : `${path}.part`;
  const stream = createWriteStream(place);
  const failed = new Promise<never>((_, reject) => {
    stream.once('error', (error) => reject(new Error(`${path} cannot be written: ${inWords(error)}`)));
  });
  failed.catch(() => {});
  await Promise.race([failed, new Promise((resolve) => stream.once('open', resolve))]);
  const end = () => Promise.race([failed, new Promise<void>((resolve) => stream.end(() => resolve()))]);
  return {
    write: (part) => Promise.race([failed, push(stream, part)]),
    close: async () => {
      await end();
      if (direct) return;
      await rename(place, path).catch((error: unknown) => {
        throw new Error(`${path} cannot be written: ${inWords(error)}`);
      });
    },
    discard: async () => {
      await end().catch(() => {});
      if (!direct) await rm(place, { force: true });
    },
  };
}

/** Beside the file, where there must be room for it anyway; a pipe or device has no such place. */
async function scratch(path: string): Promise<Scratch> {
  const present = await stat(path).catch(() => undefined);
  const direct = present !== undefined && !present.isFile();
  try {
    return openScratch(direct ? join(tmpdir(), basename(path)) : path);
  } catch (error) {
    throw new Error(`${path} cannot be written: ${inWords(error)}`);
  }
}

/** Resolves when the stream can take more: a fast writer waits for a slow disk. */
function push(stream: WriteStream, part: string | Uint8Array): Promise<void> {
  return stream.write(part)
    ? Promise.resolve()
    : new Promise((resolve) => stream.once('drain', () => resolve()));
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';

function inWords(error: unknown): string {
  const words: Readonly<Record<string, string>> = {
    EACCES: 'permission denied',
    ENOENT: 'there is no such folder',
    ENOSPC: 'the disk is full',
    EROFS: 'the disk is read-only',
  };
  return words[codeOf(error)] ?? (error instanceof Error ? error.message : String(error));
}
