// The shader linker: each module once, dependencies first, and every line knows where it came from.
import { describe, expect, it } from 'vitest';
import { link } from '../../src/codegen/link.ts';
import { SHADERS } from '../../src/codegen/shader-sources.ts';

const modules = new Map([
  ['main', '// main\n#import a\n#import b\nfn main() {}\n'],
  ['a', '#import b\nfn a() {} // first\n'],
  ['b', 'fn b() {}\n'],
]);

describe('linking shaders', () => {
  it('places every module once, what it imports before it, and keeps import lines as comments', () => {
    expect(link('main', modules).code).toBe(
      'fn b() {}\n//#import b\nfn a() {} // first\n// main\n//#import a\n//#import b\nfn main() {}\n',
    );
  });

  it('knows the file and line of every line, and quotes the comment of a generated one', () => {
    const linked = link('main', modules, new Set(['a']));
    expect([1, 2, 3, 4, 7].map((line) => linked.origin(line))).toEqual([
      'b.wgsl:1',
      'a:1',
      'a:2 (first)',
      'main.wgsl:1 (main)',
      'main.wgsl:4',
    ]);
    expect(linked.origin(99)).toBe('line 99');
  });

  it('names a module that does not exist and who wanted it', () => {
    expect(() => link('x', new Map([['x', '#import y']]))).toThrow(/"y" \(imported by x\)/);
  });

  it('refuses modules that import each other', () => {
    expect(() =>
      link(
        'x',
        new Map([
          ['x', '#import y'],
          ['y', '#import x'],
        ]),
      ),
    ).toThrow('x -> y -> x');
  });

  it('finds every shader file, and none has a condition of a preprocessor', () => {
    expect([...SHADERS.keys()]).toEqual(
      expect.arrayContaining([
        'bits',
        'doses',
        'job',
        'math',
        'model/stub',
        'philox',
        'simulate',
        'summarise',
        'watch',
      ]),
    );
    for (const text of SHADERS.values()) expect(text).not.toMatch(/^#(?!import [\w/-]+$)/m);
  });
});
