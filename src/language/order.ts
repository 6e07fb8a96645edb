// The order in which statements can be checked: each after those whose names it uses. In: statements with the names they
// define and use. Out: a dependency order close to the text's, and every cycle found, with its path. No recursion:
// a chain may be as long as the text.

export interface Dependent {
  readonly defines: readonly string[];
  readonly uses: Iterable<string>;
}

export interface Ordered<T extends Dependent> {
  readonly order: readonly T[];
  /** Names along each cycle, `a -> b -> a`. */
  readonly cycles: readonly { readonly path: readonly string[]; readonly members: readonly T[] }[];
}

export function inDependencyOrder<T extends Dependent>(nodes: readonly T[]): Ordered<T> {
  const owner = new Map<string, T>();
  for (const node of nodes) for (const name of node.defines) if (!owner.has(name)) owner.set(name, node);
  const order: T[] = [];
  const cycles: { path: readonly string[]; members: readonly T[] }[] = [];
  const inCycle = new Set<T>();
  const done = new Set<T>();
  for (const root of nodes) {
    if (done.has(root)) continue;
    // Each frame: a node, the names it still has to visit, and the name by which it was reached.
    const frames: { node: T; uses: Iterator<string>; via: string }[] = [];
    const place = new Map<T, number>();
    const open = (node: T, via: string) => {
      place.set(node, frames.length);
      frames.push({ node, uses: node.uses[Symbol.iterator](), via });
    };
    open(root, root.defines[0] ?? '');
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const next = frame.uses.next();
      if (next.done) {
        frames.pop();
        place.delete(frame.node);
        done.add(frame.node);
        order.push(frame.node);
        continue;
      }
      const target = owner.get(next.value);
      if (target === undefined || done.has(target)) continue;
      const at = place.get(target);
      if (at === undefined) {
        open(target, next.value);
        continue;
      }
      const loop = frames.slice(at);
      const members = loop.map((f) => f.node);
      // Cycles that share a member are one knot; it is reported once.
      if (!members.some((m) => inCycle.has(m))) {
        const names = loop.map((f) => f.via);
        cycles.push({ path: [...names, names[0] ?? next.value], members });
      }
      for (const member of members) inCycle.add(member);
    }
  }
  return { order, cycles };
}
