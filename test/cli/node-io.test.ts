import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { nodeIo } from '../../src/cli/node-io.ts';

const folder = await mkdtemp(join(tmpdir(), 'gemello-io-'));
const io = nodeIo();
afterAll(async () => {
  io.stop();
  await rm(folder, { recursive: true });
});

test('a file appears under its name only when it is complete', async () => {
  const path = join(folder, 'out.csv');
  await writeFile(path, 'before');
  const file = await io.write(path);
  for (let i = 0; i < 200; i++) await file.write(`${i},${'x'.repeat(1000)}\n`);
  expect(await readFile(path, 'utf8')).toBe('before');
  await file.close();
  const text = await readFile(path, 'utf8');
  expect(text.split('\n')).toHaveLength(201);
  expect(await readdir(folder)).toEqual(['out.csv']);
});

test('a discarded file leaves nothing behind', async () => {
  const file = await io.write(join(folder, 'half.csv'));
  await file.write('half');
  await file.discard();
  expect(await readdir(folder)).not.toContain('half.csv');
  expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
});

test('what cannot be read or written is said in words', async () => {
  await expect(io.write(join(folder, 'no', 'such', 'file'))).rejects.toThrow('there is no such folder');
  await expect(io.write(folder)).rejects.toThrow('is a folder');
  await expect(io.read(folder)).rejects.toThrow('is a folder');
  expect(await io.read(join(folder, 'absent'))).toBeUndefined();
  expect(await io.read(`#/s/1.${'A'.repeat(5000)}.00000000`)).toBeUndefined();
});

test('a file whose place is taken by a folder meanwhile fails in words and leaves nothing behind', async () => {
  const path = join(folder, 'taken');
  const file = await io.write(path);
  await file.write('text');
  await mkdir(path);
  await expect(file.close()).rejects.toThrow(`${path} cannot be written: `);
  await file.discard();
  expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
});

test('a byte order mark is not part of the text', async () => {
  await writeFile(join(folder, 'bom.csv'), '\ufeffWT\n70\n');
  expect(await io.read(join(folder, 'bom.csv'))).toBe('WT\n70\n');
});
