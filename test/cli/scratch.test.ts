import { existsSync, symlinkSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { nodeIo } from '../../src/cli/node-io.ts';
import { openScratch } from '../../src/cli/scratch.ts';

const folder = await mkdtemp(join(tmpdir(), 'gemello-scratch-'));
const io = nodeIo();
afterAll(async () => {
  io.stop();
  await rm(folder, { recursive: true });
});

test('numbers come back from where they were written, in any order, and leave no file', async () => {
  const scratch = openScratch(join(folder, 'e.csv'));
  scratch.write(4, Float64Array.of(Number.NaN, 1 / 3));
  scratch.write(0, Float64Array.of(-0, 1e-310));
  scratch.write(1, Float64Array.of(7));
  expect(scratch.read(0, 2)).toEqual(Float64Array.of(-0, 7));
  expect(scratch.read(4, 2)).toEqual(Float64Array.of(Number.NaN, 1 / 3));
  // Beyond the end nothing was said.
  expect(scratch.read(5, 3)).toEqual(Float64Array.of(1 / 3, Number.NaN, Number.NaN));
  scratch.discard();
  expect(await readdir(folder)).toEqual([]);
});

test.skipIf(process.platform !== 'linux')(
  'a disk that is full stops no run: it is said when the numbers are asked for',
  () => {
    const path = join(folder, 'full.csv');
    symlinkSync('/dev/full', `${path}.${process.pid}.numbers`);
    const scratch = openScratch(path);
    scratch.write(0, Float64Array.of(1));
    scratch.write(1, Float64Array.of(2));
    expect(() => scratch.read(0, 2)).toThrow(/full.csv cannot be written.*no space left/);
    scratch.discard();
    expect(existsSync('/dev/full')).toBe(true);
  },
);

test('a place where no file can be is said in words', async () => {
  await expect(io.scratch(join(folder, 'none', 'e.csv'))).rejects.toThrow(
    'e.csv cannot be written: there is no such folder',
  );
});
