// Folds over expressions. In: roots, which may share nodes (derivatives do). Out: one value a node, each node visited
// once, children first, without recursion: a deep or heavily shared tree costs its number of distinct nodes.
import { call, type Expression } from './expression.ts';

/** The value of `root` under `visit`, which gets the values of a node's arguments. `seen` carries over between roots. */
export function fold<R>(
  root: Expression,
  visit: (node: Expression, args: readonly R[]) => R,
  seen = new Map<Expression, R>(),
): R {
  const stack: Expression[] = [root];
  for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
    const args: R[] = [];
    let waiting = false;
    if (!seen.has(node) && node.kind === 'call') {
      for (const arg of node.args) {
        if (seen.has(arg)) args.push(seen.get(arg) as R);
        else {
          stack.push(arg);
          waiting = true;
        }
      }
    }
    if (waiting) continue;
    stack.pop();
    if (!seen.has(node)) seen.set(node, visit(node, args));
  }
  return seen.get(root) as R;
}

/** The same tree over other leaves and arguments; a node whose arguments are unchanged is kept. */
export function rebuild(node: Expression, args: readonly Expression[]): Expression {
  if (node.kind !== 'call' || args.every((a, i) => a === node.args[i])) return node;
  return call(node.fn, ...args);
}

/** Puts `replacement(name)` in the place of symbols; undefined leaves one as it is. */
export function substitute(
  root: Expression,
  replacement: (name: string) => Expression | undefined,
  seen?: Map<Expression, Expression>,
): Expression {
  return fold<Expression>(
    root,
    (node, args) => (node.kind === 'symbol' ? (replacement(node.name) ?? node) : rebuild(node, args)),
    seen,
  );
}

/** Names of the symbols in `roots`, in the order of their first appearance. */
export function symbolsOf(...roots: readonly Expression[]): Set<string> {
  const names = new Set<string>();
  const seen = new Map<Expression, null>();
  for (const root of roots)
    fold<null>(
      root,
      (node) => {
        if (node.kind === 'symbol') names.add(node.name);
        return null;
      },
      seen,
    );
  return names;
}
