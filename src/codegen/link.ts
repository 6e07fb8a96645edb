// The shader linker. In: an entry module's name and a map from names to texts. Out: one text with each module once,
// dependencies first, and for every line the module and line it came from. No conditions: a variant is chosen by which
// text answers to a name.

export interface Linked {
  readonly code: string;
  /** Where a line of `code` (1-based) came from, as `simulate.wgsl:41` or `model:12`, with the line's own comment when it has one. */
  origin(line: number): string;
}

/** `generated`: modules that are no file; the others are reported as `name.wgsl`. */
export function link(
  entry: string,
  modules: ReadonlyMap<string, string>,
  generated: ReadonlySet<string> = new Set(),
): Linked {
  const lines: string[] = [];
  const origins: { readonly module: string; readonly line: number }[] = [];
  const finished = new Set<string>();
  const place = (name: string, path: readonly string[]) => {
    if (finished.has(name)) return;
    if (path.includes(name))
      throw new Error(`shader modules import each other: ${[...path, name].join(' -> ')}`);
    const text = modules.get(name);
    if (text === undefined) {
      throw new Error(
        `no shader module is called "${name}" (imported by ${path.at(-1) ?? 'nobody'}); there are ${[...modules.keys()].sort().join(', ')}`,
      );
    }
    const own = text.replace(/\n$/, '').split('\n');
    const imports = own.map((line) => /^#import ([\w/-]+)$/.exec(line)?.[1]);
    for (const i of imports) if (i !== undefined) place(i, [...path, name]);
    for (const [i, line] of own.entries()) {
      lines.push(imports[i] === undefined ? line : `//${line}`);
      origins.push({ module: name, line: i + 1 });
    }
    finished.add(name);
  };
  place(entry, []);
  return {
    code: `${lines.join('\n')}\n`,
    origin(line) {
      const from = origins[line - 1];
      if (!from) return `line ${line}`;
      const note = /\/\/ (.*)$/.exec(lines[line - 1] ?? '')?.[1];
      return `${from.module}${generated.has(from.module) ? '' : '.wgsl'}:${from.line}${note ? ` (${note})` : ''}`;
    },
  };
}
