// What the launchers and the test command decide before anything runs.
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { gpuEnvironment, isInstalled, requireNode } from '../../src/cli/setup.mjs';
import { chromiumArguments, findChromium } from '../chromium.mjs';
import { exitCounts, playwrightCounts, vitestCounts } from '../counts.mjs';

describe('requireNode', () => {
  it.each(['18.20.4', '20.18.3', '8.17.0'])('ends with a remedy on Node %s', (version) => {
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => {
      throw new Error('exit');
    });
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(() => requireNode(version)).toThrow('exit');
    expect(exit).toHaveBeenCalledWith(1);
    expect(String(write.mock.calls[0]?.[0])).toContain(`20.19 or newer; this is Node ${version}`);
    vi.restoreAllMocks();
  });

  it.each(['20.19.0', '20.20.2', '22.0.0', '26.1.0'])('accepts Node %s', (version) => {
    expect(() => requireNode(version)).not.toThrow();
  });
});

describe('isInstalled', () => {
  const lock = (packages: Record<string, { version: string; optional?: boolean }>) =>
    JSON.stringify({ packages: { '': { version: '0' }, ...packages } });
  const wanted = lock({
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b': { version: '2.0.0', optional: true },
  });

  it('holds when every package is there in the locked version, optional ones or not', () => {
    expect(isInstalled(wanted, lock({ 'node_modules/a': { version: '1.0.0' } }))).toBe(true);
    expect(isInstalled(wanted, wanted)).toBe(true);
  });

  it('fails when nothing is installed, a package is missing, or a version differs', () => {
    expect(isInstalled(wanted, '')).toBe(false);
    expect(isInstalled(wanted, lock({}))).toBe(false);
    expect(isInstalled(wanted, lock({ 'node_modules/a': { version: '1.0.1' } }))).toBe(false);
    expect(
      isInstalled(
        wanted,
        lock({ 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '1.0.0' } }),
      ),
    ).toBe(false);
  });
});

describe('gpuEnvironment', () => {
  it('leaves a driver that the caller chose alone', () => {
    expect(gpuEnvironment({ VK_DRIVER_FILES: 'mine.json' }, 'linux')).toEqual({});
    expect(gpuEnvironment({ VK_ICD_FILENAMES: 'mine.json' }, 'linux')).toEqual({});
  });

  it('does nothing where Vulkan is not the way to the GPU', () => {
    expect(gpuEnvironment({}, 'darwin')).toEqual({});
    expect(gpuEnvironment({}, 'win32')).toEqual({});
  });

  it.skipIf(process.platform !== 'linux')('finds the software driver beside the chosen Chromium', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gemello-chromium-'));
    writeFileSync(join(folder, 'chrome'), '');
    writeFileSync(join(folder, 'vk_swiftshader_icd.json'), '{}');
    const found = gpuEnvironment(
      { GEMELLO_CHROMIUM: join(folder, 'chrome'), LD_LIBRARY_PATH: 'old' },
      'linux',
    );
    // empty where this machine has a driver of its own
    if (found.VK_DRIVER_FILES) expect(found.VK_DRIVER_FILES).toBe(join(folder, 'vk_swiftshader_icd.json'));
    if (found.LD_LIBRARY_PATH) expect(found.LD_LIBRARY_PATH).toBe(`${folder}:old`);
  });
});

describe('findChromium', () => {
  it('takes the variable at its word, GEMELLO_CHROMIUM first', () => {
    expect(findChromium({ GEMELLO_CHROMIUM: process.execPath, CHROME_PATH: 'x' })).toBe(process.execPath);
    expect(findChromium({ CHROME_PATH: process.execPath })).toBe(process.execPath);
  });

  it('says which variable names no file', () => {
    expect(() => findChromium({ GEMELLO_CHROMIUM: 'no/such/file' })).toThrow('GEMELLO_CHROMIUM=no/such/file');
  });

  it('finds nothing on an empty PATH', () => {
    expect(findChromium({ PATH: '' }, 'linux')).toBeUndefined();
  });

  it('gives up the sandbox only as root', () => {
    expect(chromiumArguments().includes('--no-sandbox')).toBe(process.getuid?.() === 0);
  });
});

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((t) => ({ status: t })),
});
const report = (...testResults: ReturnType<typeof file>[]) => JSON.stringify({ testResults });

describe('the count of tests', () => {
  it('adds up over files', () => {
    const both = report(
      file('passed', 'passed', 'passed', 'skipped'),
      file('failed', 'passed', 'failed', 'todo'),
    );
    expect(vitestCounts(both, 1)).toEqual({ passed: 3, failed: 1, skipped: 2 });
  });

  it('counts a file that does not load as failed', () => {
    expect(vitestCounts(report(file('passed', 'passed'), file('failed')), 1)).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
    });
  });

  it('counts a missing report, an error outside every test and an empty run as failed', () => {
    expect(vitestCounts(undefined, 0).failed).toBe(1);
    expect(vitestCounts(report(file('passed', 'passed')), 1).failed).toBe(1);
    expect(vitestCounts(report(), 0).failed).toBe(1);
    expect(playwrightCounts(undefined, 0).failed).toBe(1);
    expect(playwrightCounts('{"stats":{"expected":0,"flaky":0,"unexpected":0,"skipped":0}}', 0).failed).toBe(
      1,
    );
    expect(exitCounts(2).failed).toBe(1);
  });

  it('reads the end-to-end report', () => {
    const stats = { expected: 4, flaky: 1, unexpected: 2, skipped: 3 };
    expect(playwrightCounts(JSON.stringify({ stats }), 1)).toEqual({ passed: 5, failed: 2, skipped: 3 });
  });
});

describe('the check of a build machine', () => {
  it('calls npm test and prints nothing after it', () => {
    const run = new URL('../../.ci/run', import.meta.url);
    expect(existsSync(run)).toBe(true);
    const last = readFileSync(run, 'utf8').trim().split('\n').at(-1);
    expect(last).toMatch(/^exec npm --silent test/);
  });
});
