// The Chromium that the browser tests drive: where it is, how it is started, how it is got. Playwright's own download
// is not used: the system's browser is there on more machines, and a variable can name any other.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge'];

/** Where each system keeps the browsers that Playwright can drive. */
function usualPlaces(/** @type {NodeJS.ProcessEnv} */ env, /** @type {NodeJS.Platform} */ platform) {
  if (platform === 'darwin')
    return ['Chromium', 'Google Chrome', 'Microsoft Edge'].flatMap((name) =>
      ['', env.HOME ?? ''].map((home) => `${home}/Applications/${name}.app/Contents/MacOS/${name}`),
    );
  if (platform === 'win32')
    return [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA].flatMap((base) =>
      base
        ? [
            'Chromium\\Application\\chrome.exe',
            'Google\\Chrome\\Application\\chrome.exe',
            'Microsoft\\Edge\\Application\\msedge.exe',
          ].map((file) => join(base, file))
        : [],
    );
  return (env.PATH ?? '').split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
}

const isExecutable = (/** @type {string} */ file) => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** On Linux a name on the PATH may be a stub that only says how to install the real thing: ask for the version. */
const answers = (/** @type {string} */ file, /** @type {NodeJS.Platform} */ platform) =>
  platform !== 'linux' || spawnSync(file, ['--version'], { timeout: 20_000 }).status === 0;

/**
 * The browser's file, or undefined. A path given by GEMELLO_CHROMIUM or CHROME_PATH is taken at its word, and is an
 * error where it names nothing.
 * @returns {string | undefined}
 */
export function findChromium(env = process.env, platform = process.platform) {
  for (const name of ['GEMELLO_CHROMIUM', 'CHROME_PATH']) {
    const file = env[name];
    if (!file) continue;
    if (!existsSync(file))
      throw new Error(`${name}=${file}: there is no such file. Correct or unset the variable.`);
    return file;
  }
  const places = usualPlaces(env, platform);
  return places.find((file) => isExecutable(file) && answers(file, platform));
}

/** Arguments for WebGPU without a GPU, the same numbers everywhere, and no request of the browser's own. */
export function chromiumArguments() {
  return [
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), // Chromium's sandbox refuses to run as root
    '--enable-unsafe-webgpu',
    '--use-webgpu-adapter=swiftshader',
    '--disable-dev-shm-usage', // containers often have 64 MB there
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
}

/** True on Debian as root, where the system's own package can be installed without asking anybody. */
function canInstall() {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return process.platform === 'linux' && process.getuid?.() === 0 && /^ID="?debian"?$/m.test(release);
}

/**
 * Finds Chromium, installing it where that is possible; an Error's message says how to get one.
 * @returns {string}
 */
export function ensureChromium() {
  const found = findChromium();
  if (found) return found;
  if (canInstall()) {
    console.log('No Chromium found; installing the package "chromium" ...');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'chromium']])
      spawnSync('apt-get', ['-q', ...args], { stdio: ['ignore', 'inherit', 'inherit'], env });
    const installed = findChromium();
    if (installed) return installed;
  }
  throw new Error(
    'No Chromium, Chrome or Edge found; the browser tests need one. Install it (Debian and Ubuntu: "chromium" or ' +
      '"google-chrome-stable"; Fedora: "chromium"; macOS: "brew install --cask chromium"; Windows: Chrome or Edge), ' +
      'or name the file in GEMELLO_CHROMIUM.',
  );
}
