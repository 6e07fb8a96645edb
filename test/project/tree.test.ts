// The repository as a newcomer gets it: dependencies that are explained, a lock file that anyone can install from, and
// no trace of the machine it was written on.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const text = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const packageJson: {
  dependencies: Record<string, string>;
  engines: { node: string };
  bin: { gemello: string };
} = JSON.parse(text('package.json'));

describe('dependencies', () => {
  it.each(Object.keys(packageJson.dependencies))('%s has a reason in the README', (name) => {
    const row = text('README.md')
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
      .find((cells) => cells[1] === name);
    expect(row, `README.md lacks a row "| ${name} | why |"`).toBeDefined();
    expect(row?.[2]?.length ?? 0, 'the reason').toBeGreaterThan(10);
  });

  interface Locked {
    readonly resolved?: string;
    readonly integrity?: string;
    readonly dependencies?: Record<string, string>;
    readonly optionalDependencies?: Record<string, string>;
  }
  const lock: { packages: Record<string, Locked> } = JSON.parse(text('package-lock.json'));
  const packages = Object.entries(lock.packages).filter(([path]) => path !== '');

  it('are locked with integrity, from no registry but the public one', () => {
    expect(packages.length).toBeGreaterThan(50);
    expect(
      packages.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path),
    ).toEqual([]);
    const hosts = packages.flatMap(([, { resolved }]) => (resolved ? [new URL(resolved).host] : []));
    expect([...new Set(hosts)].filter((host) => host !== 'registry.npmjs.org')).toEqual([]);
  });

  // A lock file written where a registry lacks another system's package leaves it out, and `npm ci` then fails everywhere.
  it('are locked for every system, compiled packages included', () => {
    const names = new Set(packages.map(([path]) => path.split('node_modules/').at(-1)));
    const missing = packages.flatMap(([path, { dependencies, optionalDependencies }]) =>
      Object.keys({ ...dependencies, ...optionalDependencies })
        .filter((name) => !names.has(name))
        .map((name) => `${path} needs ${name}`),
    );
    expect(missing).toEqual([]);
  });
});

const SKIPPED = new Set(['.git', 'node_modules', 'dist', '.cache', 'test-results', 'playwright-report']);
const TEXT =
  /\.(ts|mjs|json|md|css|html|wgsl|model|csv|txt|svg|yml|R|py|c)$|(^|\/)(\.[a-z]+|run|LICENSE|_headers)$/;

function* files(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (SKIPPED.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else if (TEXT.test(path)) yield path;
  }
}

// Written in pieces, so that this file does not find itself.
const HOMES = ['home', 'root', 'Users', 'work', 'tmp', 'workspace', 'builds', 'mnt'].join('|');
const MACHINE_PATH = new RegExp(`(?<![\\w.*)\\]}-])/(?:${HOMES})/[\\w.]|\\b[A-Z]:\\\\Users`);

describe('the page', () => {
  it('states in index.html the same policy as public/_headers, for hosts that send no headers', () => {
    const policy = /Content-Security-Policy: (.+)/.exec(text('public/_headers'))?.[1];
    const meta = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(text('index.html'))?.[1];
    expect(policy).toBeDefined();
    expect(meta).toBe(policy);
  });
});

describe('the tree', () => {
  it('names no path of one machine', () => {
    const found = [...files(ROOT)].flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .flatMap((line, i) =>
          MACHINE_PATH.test(line) ? [`${relative(ROOT, file)}:${i + 1}: ${line.trim().slice(0, 120)}`] : [],
        ),
    );
    expect(found).toEqual([]);
  });

  it('would notice one', () => {
    expect(MACHINE_PATH.test(`read('${['', 'home', 'ada', 'x.csv'].join('/')}')`)).toBe(true);
    expect(MACHINE_PATH.test(['C:', 'Users', 'ada'].join('\\'))).toBe(true);
    expect(MACHINE_PATH.test("import x from '../work/x.ts'; // https://example.org/home/x")).toBe(false);
  });

  it('has only the top level that the architecture names', () => {
    const allowed = [
      'src', 'shaders', 'public', 'test', 'index.html', 'vite.config.ts', 'package.json', 'package-lock.json', 'tsconfig.json',
      'README.md', 'LICENSE', 'SECURITY.md', 'node_modules', 'dist', 'test-results', 'playwright-report',
    ]; // biome-ignore format: a list
    expect(readdirSync(ROOT).filter((name) => !name.startsWith('.') && !allowed.includes(name))).toEqual([]);
  });

  it('has the programs that package.json promises', () => {
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(text('package.json'));
    const named = Object.values(scripts).flatMap((script) => /^node (\S+)$/.exec(script)?.[1] ?? []);
    expect([...named, packageJson.bin.gemello].filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
});
