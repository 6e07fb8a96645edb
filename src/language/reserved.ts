// The words that cannot be names. In: nothing. Out: statement words, expression words, and the functions that are called
// by name, read off the function table.
import { FUNCTION_NAMES, FUNCTIONS, type FunctionName } from './functions.ts';

export const STATEMENTS = [
  'model', 'unit', 'population', 'covariate', 'parameter', 'random', 'correlation', 'occasions', 'uncertain', 'hazard', 'recurrent', 'cumulative', 'table', 'compartment', 'state', 'memory', 'flow', 'output', 'measure',
  'when', 'therapy', 'endpoint', 'check', 'show',
] as const; // biome-ignore format: a list
export type StatementWord = (typeof STATEMENTS)[number];

/** The words of expressions: they cannot be names. All other words mean something only where they are expected. */
export const KEYWORDS: ReadonlySet<string> = new Set([
  'if',
  'then',
  'else',
  'and',
  'or',
  'not',
  'is',
  'in',
  'at',
]);

/** Words that may follow a value in a statement, so that they are not a unit of time there. */
export const CLAUSES: ReadonlySet<string> = new Set([
  'within', 'under', 'given', 'over', 'from', 'every', 'until', 'times', 'into', 'target', 'range', 'source', 'typical',
  'error', 'lloq', 'dose', 'log', 'linear', 'paper', 'assumption', 'derived', 'fitted', 'additive', 'proportional', 'lognormal',
  'bioavailability', 'lag', 'infused', 'while', 'taken', 'late', 'doubled', 'after', 'by', 'confirmed', 'priority', 'called',
  'with', 'set', 'increase', 'decrease', 'hold', 'stop', 'resume', 'reset', 'next', 'rule', 'when', 'memory', 'falls', 'rises',
  'least', 'most', 'apart', 'censors',
]); // biome-ignore format: a list

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
