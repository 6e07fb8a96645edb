// What every launcher needs before the project's own code can run: the right Node, installed dependencies, a fresh
// build, and an environment in which WebGPU finds a driver. Plain JavaScript on Node alone, because nothing is
// installed or compiled yet. Everything said here goes to stderr: a launcher's stdout belongs to its results.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CACHE = join(ROOT, '.cache');
const say = (/** @type {string} */ text) => void process.stderr.write(`${text}\n`);

/** Ends the process with a remedy when Node is older than package.json asks for. */
export function requireNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  say(
    `Gemello needs Node 20.19 or newer; this is Node ${version}. Get one from https://nodejs.org and try again.`,
  );
  process.exit(1);
}

const read = (/** @type {string} */ file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');
const mtime = (/** @type {string} */ file) => (existsSync(file) ? statSync(file).mtimeMs : 0);

/**
 * Whether what npm says it installed is what the lock file asks for: the same versions at the same places, where
 * optional packages (other systems' compiled programs) may be absent. Dates mean nothing after a checkout.
 * @param {string} lock package-lock.json
 * @param {string} installed node_modules/.package-lock.json, '' if there is none
 */
export function isInstalled(lock, installed) {
  if (installed === '') return false;
  /** @typedef {{ packages: Record<string, { version?: string, optional?: boolean }> }} Lock */
  const present = /** @type {Lock} */ (JSON.parse(installed)).packages;
  return Object.entries(/** @type {Lock} */ (JSON.parse(lock)).packages).every(
    ([path, { version, optional }]) =>
      path === '' || (path in present ? present[path]?.version === version : optional === true),
  );
}

/** Installs from the lock file where node_modules is missing or differs from it. */
export function ensureDependencies() {
  if (isInstalled(read(join(ROOT, 'package-lock.json')), read(join(ROOT, 'node_modules/.package-lock.json'))))
    return;
  say('Installing dependencies (npm ci) ...');
  const started = Date.now();
  // Development and optional packages are needed whatever the caller's npm settings say: Vite's and TypeScript's
  // compilers are optional packages, one per platform.
  const args = ['ci', '--include=dev', '--include=optional', '--no-progress', '--loglevel=error'];
  const script = process.env.npm_execpath ?? '';
  const npm = basename(script) === 'npm-cli.js' ? [process.execPath, script] : ['npm'];
  const [command = 'npm', ...before] = npm;
  const { status } = spawnSync(command, [...before, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
    shell: command === 'npm' && process.platform === 'win32',
    env: { ...process.env, PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1' },
  });
  if (status !== 0) {
    say('npm ci failed: see above. It needs the npm that comes with Node and a way to the package registry.');
    process.exit(1);
  }
  say(`Installed in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
}

/** Every file that a build reads, in a fixed order. */
function* inputFiles(/** @type {string} */ path) {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory()) yield path;
  else {
    const entries = readdirSync(path, { recursive: true, withFileTypes: true });
    yield* entries.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : [])).sort();
  }
}

/** Digest over the paths and contents of all build inputs: equal digest, equal build. */
function inputDigest() {
  const hash = createHash('sha256');
  for (const top of [
    'src',
    'shaders',
    'public',
    'index.html',
    'vite.config.ts',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
  ])
    for (const file of inputFiles(join(ROOT, top)))
      hash.update(file.slice(ROOT.length)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex').slice(0, 16);
}

/** Vite's build, for production even when a test runner started us: NODE_ENV chooses between Lit's two builds. */
async function viteBuild() {
  process.env.NODE_ENV = 'production';
  return (await import('vite')).build;
}

/** Builds the page into dist/ unless what is there came from the same inputs. Returns the folder. */
export async function ensurePage() {
  const folder = join(ROOT, 'dist');
  const stamp = join(CACHE, 'page.stamp');
  const digest = inputDigest();
  if (read(stamp) === digest && existsSync(join(folder, 'index.html'))) return folder;
  say('Building the page ...');
  const build = await viteBuild();
  await build({ root: ROOT, configFile: join(ROOT, 'vite.config.ts'), logLevel: 'error' });
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(stamp, digest);
  return folder;
}

/**
 * Builds the command line for Node unless done, and returns its main file. Each state of the sources has a folder of
 * its own, moved into place whole, so that commands started side by side never see half a build.
 */
export async function ensureCommandLine() {
  const builds = join(CACHE, 'cli');
  const folder = join(builds, inputDigest());
  const main = join(folder, 'main.js');
  if (existsSync(main)) return main;
  say('Building the command line ...');
  const build = await viteBuild();
  const fresh = `${folder}.${process.pid}`;
  const worker = join(ROOT, 'src/cli/lane-node.ts');
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
        input: { main: join(ROOT, 'src/cli/main.ts'), ...(existsSync(worker) && { 'lane-node': worker }) },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  });
  try {
    renameSync(fresh, folder);
  } catch (error) {
    if (!existsSync(main)) throw error; // else another process built the same a moment earlier
    rmSync(fresh, { recursive: true, force: true });
  }
  const anHourAgo = Date.now() - 3_600_000; // nobody runs from those any more
  for (const name of readdirSync(builds))
    if (mtime(join(builds, name)) < anHourAgo) rmSync(join(builds, name), { recursive: true, force: true });
  return main;
}

const ICD_FOLDERS = ['/etc/vulkan/icd.d', '/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];
const LOADERS = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
  '/usr/lib',
  '/usr/local/lib',
];
const CHROMIUM_FOLDERS = [
  '/usr/lib/chromium',
  '/usr/lib/chromium-browser',
  '/usr/lib64/chromium-browser',
  '/opt/google/chrome',
];

/**
 * The variables that let WebGPU in Node (Dawn over Vulkan) find a driver on a Linux machine without a GPU driver: the
 * software driver SwiftShader that Chromium brings along. They work only when set before the process starts. Empty
 * where a driver is installed, where the caller chose one, where there is no Chromium, and on other systems.
 */
export function gpuEnvironment(env = process.env, platform = process.platform) {
  if (platform !== 'linux' || env.VK_DRIVER_FILES || env.VK_ICD_FILENAMES) return {};
  const hasFile = (/** @type {string} */ folder, /** @type {(name: string) => boolean} */ test) =>
    existsSync(folder) && readdirSync(folder).some(test);
  const hasDriver = ICD_FOLDERS.some((folder) => hasFile(folder, (name) => name.endsWith('.json')));
  const hasLoader = LOADERS.some((folder) => existsSync(join(folder, 'libvulkan.so.1')));
  if (hasDriver && hasLoader) return {};
  const chosen = [env.GEMELLO_CHROMIUM, env.CHROME_PATH].flatMap((file) =>
    file && existsSync(file) ? [dirname(realpathSync(file))] : [],
  );
  const folder = [...chosen, ...CHROMIUM_FOLDERS].find((path) =>
    existsSync(join(path, 'vk_swiftshader_icd.json')),
  );
  if (!folder) return {};
  return {
    ...(!hasLoader && { LD_LIBRARY_PATH: [folder, env.LD_LIBRARY_PATH].filter(Boolean).join(delimiter) }),
    ...(!hasDriver && { VK_DRIVER_FILES: join(folder, 'vk_swiftshader_icd.json') }),
  };
}
