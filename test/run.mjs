// `npm test`: installs what is missing, runs every stage whatever happened before, and ends with a line of its own,
// `N passed, N failed, N skipped`. `npm test -- unit e2e` runs only the stages named. Exit status 1 on any failure.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ensureDependencies, ROOT, requireNode } from '../src/cli/setup.mjs';
import { ensureChromium } from './chromium.mjs';
import { exitCounts, playwrightCounts, vitestCounts } from './counts.mjs';

/** @typedef {import('./counts.mjs').Counts} Counts */
/** @typedef {{ name: string, run: () => Promise<Counts> }} Stage */

const REPORTS = join(ROOT, '.cache', 'reports');

/**
 * Runs a package's program with this Node and resolves to its exit status; no shell, so it is the same on Windows.
 * @param {string} file path below node_modules
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<number>}
 */
const program = (file, args, env = {}) =>
  new Promise((done) => {
    const child = spawn(process.execPath, [join(ROOT, 'node_modules', file), ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env },
    });
    child.on('error', () => done(1));
    child.on('exit', (code) => done(code ?? 1));
  });

/** A runner's JSON report, written afresh. */
async function withReport(
  /** @type {string} */ name,
  /** @type {(file: string) => Promise<number>} */ run,
  /** @type {(report: string | undefined, exitCode: number) => Counts} */ count,
) {
  const file = join(REPORTS, `${name}.json`);
  rmSync(file, { force: true });
  const exitCode = await run(file);
  return count(existsSync(file) ? readFileSync(file, 'utf8') : undefined, exitCode);
}

const vitest = (/** @type {string} */ project) =>
  withReport(
    project,
    (file) =>
      program('vitest/vitest.mjs', [
        'run',
        `--project=${project}`,
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${file}`,
      ]),
    vitestCounts,
  );

/** @returns {Promise<number>} a port that was free a moment ago */
const freePort = () =>
  new Promise((done, fail) => {
    const server = createServer().on('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });

/** @type {readonly Stage[]} */
const STAGES = [
  {
    name: 'types',
    run: async () => exitCounts(await program('typescript/bin/tsc', ['--noEmit', '-p', '.'])),
  },
  { name: 'lint', run: async () => exitCounts(await program('@biomejs/biome/bin/biome', ['check', '.'])) },
  { name: 'unit', run: () => vitest('unit') },
  { name: 'browser', run: () => vitest('browser') },
  {
    name: 'e2e',
    run: async () => {
      const port = String(await freePort());
      return withReport(
        'e2e',
        (file) =>
          program('@playwright/test/cli.js', ['test', '--config=test/e2e', '--reporter=list,json'], {
            GEMELLO_E2E_PORT: port,
            PLAYWRIGHT_JSON_OUTPUT_FILE: file,
          }),
        playwrightCounts,
      );
    },
  },
];

/** @param {readonly string[]} names */
function chosenStages(names) {
  for (const name of names)
    if (!STAGES.some((stage) => stage.name === name)) {
      console.error(`No stage "${name}"; there are: ${STAGES.map((stage) => stage.name).join(', ')}.`);
      process.exit(1);
    }
  return STAGES.filter(({ name }) => names.length === 0 || names.includes(name));
}

requireNode();
const stages = chosenStages(process.argv.slice(2));
ensureDependencies();
mkdirSync(REPORTS, { recursive: true });
let noBrowser = '';
try {
  // The unit tests want it too: WebGPU on Node uses the software driver that comes with it.
  if (stages.some(({ name }) => ['unit', 'browser', 'e2e'].includes(name)))
    process.env.GEMELLO_CHROMIUM = ensureChromium();
} catch (error) {
  noBrowser = error instanceof Error ? error.message : String(error);
  console.error(noBrowser);
}

const total = { passed: 0, failed: 0, skipped: 0 };
const lines = [];
for (const { name, run } of stages) {
  console.log(`\n== ${name}`);
  const started = Date.now();
  const cannot = noBrowser !== '' && (name === 'browser' || name === 'e2e');
  if (cannot) console.error(noBrowser);
  const counts = cannot ? { passed: 0, failed: 1, skipped: 0 } : await run();
  for (const key of /** @type {const} */ (['passed', 'failed', 'skipped'])) total[key] += counts[key];
  const seconds = ((Date.now() - started) / 1000).toFixed(1).padStart(6);
  lines.push(
    `${name.padEnd(8)}${seconds} s  ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`,
  );
}
console.log(`\n${lines.join('\n')}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
