// `npm run bench`: installs and builds what is missing, then runs main.ts in a process in which WebGPU finds a driver.
// stdout carries only the table, or with `--json -` only the rows.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ensureDependencies, gpuEnvironment, ROOT, requireNode } from '../../src/cli/setup.mjs';

const BENCH = join(ROOT, 'test', 'bench');
const CACHE = join(ROOT, '.cache', 'bench');
/** What Debian calls the peers. */
const PACKAGES = ['gcc', 'libc6-dev', 'libsundials-dev', 'r-base-core', 'r-cran-desolve'];

/** @param {string} name */
const installed = (name) => {
  const { stdout } = spawnSync('dpkg-query', ['--status', name], { encoding: 'utf8' });
  return /^Status: install ok installed$/m.test(stdout ?? '');
};

/** Asks nothing of the network when everything is there. */
function installPeers() {
  const missing = PACKAGES.filter((name) => !installed(name));
  if (missing.length > 0) {
    const sudo = process.getuid?.() === 0 ? [] : ['sudo'];
    for (const words of [['update'], ['install', '-y', '--no-install-recommends', ...missing]]) {
      const [command = 'apt-get', ...rest] = [...sudo, 'apt-get', ...words];
      const { status, error } = spawnSync(command, rest, { stdio: ['inherit', 2, 2] });
      // Old package lists may still do: only the installation decides.
      if (status !== 0)
        console.error(`${[command, ...rest].join(' ')} failed${error ? `: ${error.message}` : ''}`);
    }
  }
  const lacking = PACKAGES.filter((name) => !installed(name));
  if (lacking.length === 0) console.error(`Peers are installed: ${PACKAGES.join(', ')}.`);
  else {
    console.error(
      `Not installed: ${lacking.join(', ')} (names of Debian's packages; elsewhere install the like by hand).`,
    );
    process.exitCode = 1;
  }
}

/** Digest of everything that the bundle is made of. */
function digest() {
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json')));
  for (const top of ['src', 'shaders', 'test/bench']) {
    const files = readdirSync(join(ROOT, top), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|mjs|wgsl|model)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    for (const file of files) hash.update(file.slice(ROOT.length)).update('\0').update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 16);
}

async function build() {
  const folder = join(CACHE, `build-${digest()}`);
  const main = join(folder, 'main.js');
  if (existsSync(main)) return main;
  console.error('Building the benchmark ...');
  process.env.NODE_ENV = 'production';
  const { build } = await import('vite');
  const fresh = `${folder}.${process.pid}`;
  await build({
    root: ROOT,
    configFile: join(ROOT, 'vite.config.ts'),
    logLevel: 'error',
    publicDir: false,
    ssr: { noExternal: true, external: ['webgpu'] },
    build: {
      ssr: true,
      target: 'node20',
      outDir: fresh,
      emptyOutDir: true,
      rolldownOptions: {
        input: { main: join(BENCH, 'main.ts'), 'lane-node': join(ROOT, 'src/cli/lane-node.ts') },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  });
  for (const name of readdirSync(CACHE))
    if (/^build-[0-9a-f]{16}$/.test(name)) rmSync(join(CACHE, name), { recursive: true, force: true });
  renameSync(fresh, folder);
  return main;
}

requireNode();
const argv = process.argv.slice(2);
const gpu = gpuEnvironment();
if (argv.includes('--install-peers')) installPeers();
else if (Object.keys(gpu).length > 0) {
  // Dawn's driver is found only when the variables are set before a process starts.
  const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), ...argv], {
    stdio: 'inherit',
    env: { ...process.env, ...gpu },
  });
  process.exitCode = status ?? 1;
} else {
  ensureDependencies();
  const { main } = await import(pathToFileURL(await build()).href);
  process.exitCode = await main(argv, { bench: BENCH, cache: CACHE });
}
