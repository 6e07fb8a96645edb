// Structural identity of expression graphs: equal trees get equal short keys however often they were built.
import type { Expression } from '../language/expression.ts';

/** A function from expressions to keys; linear in the number of distinct nodes, never in the size of the unfolded tree. */
export function structuralKeys(): (e: Expression) => string {
  const known = new Map<Expression, string>();
  const ids = new Map<string, string>();
  const key = (e: Expression): string => {
    const own = known.get(e);
    if (own !== undefined) return own;
    let text: string;
    if (e.kind === 'number') text = `n${Object.is(e.value, -0) ? '-0' : e.value}`;
    else if (e.kind === 'symbol') text = `s${e.name}`;
    else text = `${e.fn}(${e.args.map(key).join(',')})`;
    const id = ids.get(text) ?? `#${ids.size}`;
    ids.set(text, id);
    known.set(e, id);
    return id;
  };
  return key;
}
