// The layers of the architecture: imports point only to the left. Reads the sources as text; needs no build.
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SOURCES = fileURLToPath(new URL('../src', import.meta.url));

/** What each folder of src may import besides itself; `models` is data. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  models: [],
  language: [],
  interop: ['language'],
  codegen: ['language'],
  engine: ['language', 'codegen'],
  statistics: ['language'],
  study: ['language', 'interop', 'codegen', 'engine', 'statistics', 'models'],
  app: ['language', 'interop', 'codegen', 'engine', 'statistics', 'study', 'models'],
  cli: ['language', 'interop', 'codegen', 'engine', 'statistics', 'study', 'models'],
};

/** Relative paths that a source text names: `from '...'`, `import('...')`, `import '...'`, `new URL('...')`, globs. */
const PATHS =
  /(?:\bfrom|\bimport|\bimport\(|\bnew URL\(|\bimport\.meta\.glob(?:<[^(]*>)?\()\s*\[?\s*(['"`])(\.{1,2}\/[^'"`]*)\1/g;

function violations(file: string, text: string): string[] {
  const layer = file.split('/')[0] ?? '';
  const allowed = MAY_IMPORT[layer];
  if (!allowed) return [`${file}: src/${layer} is no layer of the architecture`];
  return [...text.matchAll(PATHS)].flatMap(([, , path = '']) => {
    const target = posix.join(posix.dirname(file), path).split('/')[0] ?? '';
    // '..' leaves src: shaders, package.json
    return target === layer || target === '..' || allowed.includes(target) ? [] : [`${file} imports ${path}`];
  });
}

describe('layers', () => {
  it('import only from the left', () => {
    const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
      .map((file) => file.replaceAll('\\', '/'))
      .filter((file) => file.includes('/') && /\.(ts|mjs)$/.test(file));
    expect(files.length).toBeGreaterThan(5);
    expect(files.flatMap((file) => violations(file, readFileSync(join(SOURCES, file), 'utf8')))).toEqual([]);
  });

  it.each([
    ['language/parser.ts', "import { emit } from '../codegen/wgsl.ts';"],
    ['engine/webgpu.ts', "import type { Study } from '../study/study.ts';"],
    ['codegen/wgsl.ts', "export { read } from '../interop/sbml/read.ts';"],
    ['app/charts/fan.ts', "const runner = await import('../../cli/main.ts');"],
    ['study/run.ts', "new Worker(new URL('../app/worker.ts', import.meta.url), { type: 'module' });"],
    ['study/run.ts', "import {\n  a,\n  b,\n} from\n  '../cli/main.ts';"],
    ['engine/pool.ts', "import '../app/side-effect.ts';"],
    ['models/vancomycin.ts', "import { parse } from '../language/parser.ts';"],
    ['helpers/text.ts', ''],
  ])('notices a planted violation in %s: %s', (file, text) => {
    expect(violations(file, text)).toHaveLength(1);
  });

  it('lets a file import its own layer, layers to the left, packages and shaders', () => {
    const text =
      "import a from './a.ts'; import b from '../../language/b.ts'; import 'lit'; import c from '../../../shaders/c.wgsl?raw';";
    expect(violations('app/charts/fan.ts', text)).toEqual([]);
  });
});
