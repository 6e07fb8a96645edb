// The words that cannot be names. In: nothing. Out: statement words, expression words, and the functions that are called
// by name, read off the function table.
import { FUNCTION_NAMES, FUNCTIONS, type FunctionName } from './functions.ts';

export const STATEMENTS = [
  'model', 'unit', 'covariate', 'parameter', 'random', 'compartment', 'state', 'flow', 'output', 'measure', 'therapy',
  'endpoint', 'check', 'show',
] as const; // biome-ignore format: a list
export type StatementWord = (typeof STATEMENTS)[number];

/** Words inside statements that end an expression or belong to it. */
const INNER = [
  'if', 'then', 'else', 'and', 'or', 'not', 'is', 'in', 'at', 'within', 'under', 'given', 'over', 'from', 'every', 'until',
  'times', 'into', 'target', 'range', 'source', 'typical', 'error', 'lloq', 'dose',
] as const; // biome-ignore format: a list

/** What may not be a name because the statement would read differently. */
export const KEYWORDS: ReadonlySet<string> = new Set([...STATEMENTS, ...INNER]);

/** Functions that are written `name(...)`; the others are operators. */
export const CALLABLE: ReadonlySet<FunctionName> = new Set(
  FUNCTION_NAMES.filter((fn) => FUNCTIONS[fn].usage.startsWith(`${fn}(`)),
);
export const isCallable = (name: string): name is FunctionName => (CALLABLE as ReadonlySet<string>).has(name);

/** Reductions that are written like a function; min and max are in the table too. */
export const REDUCING = ['integral', 'mean'] as const;

/** Names that a model may not give to a quantity of its own, with the reason. */
export function reservedReason(name: string): string | null {
  if (name === 't') return 't is the time';
  if (isCallable(name)) return `${name} is a function`;
  if ((REDUCING as readonly string[]).includes(name)) return `${name} is a reduction of endpoints`;
  return null;
}
