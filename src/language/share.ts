// Common subexpressions. In: expressions. Out: the same values as straight-line code: `locals`, each computed once and
// used at least twice, then `results` over symbols `local.N`. Structurally equal trees meet by hash-consing, so the
// cost is the number of distinct nodes. Locals are numbers: a condition used twice is repeated if it only compares
// leaves, else its local is `if c then 1 else 0` and its uses are `local.N > 0` (targets keep conditions apart).
import { call, type Expression, number, symbol } from './expression.ts';
import { fold } from './fold.ts';
import type { FunctionName } from './functions.ts';

export interface Shared {
  /** `locals[i]` may use `local.j` for j < i. */
  readonly locals: readonly Expression[];
  /** In the order of the roots. */
  readonly results: readonly Expression[];
}

const COMMUTATIVE: ReadonlySet<FunctionName> = new Set(['add', 'mul', 'min', 'max', 'eq', 'ne', 'and', 'or']);
const CONDITIONS: ReadonlySet<FunctionName> = new Set([
  'lt',
  'le',
  'gt',
  'ge',
  'eq',
  'ne',
  'and',
  'or',
  'not',
]);

interface Entry {
  readonly node: Expression;
  readonly args: readonly number[];
  /** References by distinct parents' arguments and by roots. */
  uses: number;
  readonly condition: boolean;
}

export function share(roots: readonly Expression[], prefix = 'local.', usedAtLeast = 2): Shared {
  const entries: Entry[] = [];
  const ids = new Map<string, number>();
  const seen = new Map<Expression, number>();

  const intern = (node: Expression, args: readonly number[]): number => {
    const key = keyOf(node, args);
    const known = ids.get(key);
    if (known !== undefined) return known;
    const id = entries.length;
    ids.set(key, id);
    for (const arg of args) count(arg);
    entries.push({ node, args, uses: 0, condition: isCondition(node, args) });
    return id;
  };
  const count = (id: number): void => {
    const entry = entries[id];
    if (entry !== undefined) entry.uses++;
  };
  const isCondition = (node: Expression, args: readonly number[]): boolean => {
    if (node.kind !== 'call') return false;
    if (CONDITIONS.has(node.fn)) return true;
    return node.fn === 'if' && args.slice(1).some((id) => entries[id]?.condition === true);
  };

  const rootIds = roots.map((root) => fold<number>(root, intern, seen));
  for (const id of rootIds) count(id);

  // Entries lie children first, so one pass builds them all.
  const locals: Expression[] = [];
  const built: Expression[] = [];
  for (const { node, args, uses, condition } of entries) {
    if (node.kind !== 'call') {
      built.push(node);
      continue;
    }
    const expression = call(node.fn, ...args.map((id) => built[id] ?? node));
    if (uses < usedAtLeast || (condition && expression.args.every((arg) => arg.kind !== 'call'))) {
      built.push(expression);
      continue;
    }
    const local = symbol(`${prefix}${locals.length}`);
    locals.push(condition ? call('if', expression, number(1), number(0)) : expression);
    built.push(condition ? call('gt', local, number(0)) : local);
  }
  return { locals, results: rootIds.map((id, i) => built[id] ?? roots[i] ?? symbol('?')) };
}

function keyOf(node: Expression, args: readonly number[]): string {
  if (node.kind === 'symbol') return `$${node.name}`;
  if (node.kind === 'number') return Object.is(node.value, -0) ? '-0' : String(node.value);
  const [a = 0, b = 0] = args;
  if (COMMUTATIVE.has(node.fn) && a > b) return `${node.fn} ${b} ${a}`;
  return `${node.fn} ${args.join(' ')}`;
}
