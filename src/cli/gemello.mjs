#!/usr/bin/env node
// `npm run -s gemello -- ...` and the package's `bin`: installs and builds what is missing, then runs main.ts with the
// arguments and the caller's folder. stdout carries only what the command prints, so it can be piped.
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ensureCommandLine, ensureDependencies, gpuEnvironment, ROOT, requireNode } from './setup.mjs';

/** npm runs scripts in the project's folder and keeps the caller's in INIT_CWD; paths are meant from there. */
function enterCallersFolder() {
  const { npm_lifecycle_event: script, INIT_CWD: caller } = process.env;
  if (script === 'gemello' && caller && resolve(process.cwd()) === resolve(ROOT)) process.chdir(caller);
}

/** Runs this same file again where WebGPU finds a driver; signals pass on, the exit status comes back. */
function runAgain(/** @type {NodeJS.ProcessEnv} */ gpu) {
  const child = spawn(
    process.execPath,
    [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)],
    {
      stdio: 'inherit',
      env: { ...process.env, ...gpu },
    },
  );
  // Ctrl-C in a terminal reaches both processes already; twice would look like a second, impatient one.
  const inTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
    process.on(signal, () => (signal === 'SIGINT' && inTerminal) || child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else process.exitCode = code ?? 1;
  });
}

requireNode();
const gpu = gpuEnvironment();
if (Object.keys(gpu).length > 0) runAgain(gpu);
else {
  ensureDependencies();
  const main = await ensureCommandLine();
  enterCallersFolder();
  const commandLine = await import(pathToFileURL(main).href);
  process.exitCode = await commandLine.main(process.argv.slice(2));
}
