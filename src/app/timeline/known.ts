// What is known of a patient's values before the run: numbers by name, and what follows from them. In: a model, a therapy,
// parameters, covariates and effects. Out: values of expressions; null where one depends on the path. Values may be set.
import type { Expression } from '../../language/expression.ts';
import { symbolsOf } from '../../language/fold.ts';
import type { Model, Therapy } from '../../language/model.ts';
import { settle } from '../../study/formula.ts';

/** Working out all definitions anew costs a millisecond in a large model; a therapy that asks for more is left open. */
const MOST_CHANGES = 300;

export interface Known {
  /** At a model time; null where it depends on states, readings or what a rule decided. */
  value(expression: Expression, time: number): number | null;
  /** From now on; null: no longer known. */
  set(name: string, value: number | null): void;
  /** From now on a rule or an event may change it: values go on, and are no longer sure. */
  doubt(name: string): void;
  /** Nothing it depends on is in doubt. */
  sure(expression: Expression): boolean;
}

/** `values`: parameters, covariates and random effects of one patient, by name. */
export function knownValues(model: Model, therapy: Therapy, values: ReadonlyMap<string, number>): Known {
  const base = new Map(values);
  const doubted = new Set<string>();
  const definitions = new Map(model.definitions.map((d) => [d.name, d.expression]));
  let numbers = new Map<string, number>();
  let inlined = new Map<string, Expression>();
  let stale = true;
  let changes = 0;
  let settled = new Map<Expression, Expression>();
  const reaches = new Map<Expression, ReadonlySet<string>>();

  const refresh = () => {
    if (!stale) return;
    stale = false;
    changes++;
    settled = new Map();
    numbers = new Map(base);
    inlined = new Map();
    for (const { name, expression } of model.definitions) {
      if (base.has(name)) continue;
      const left = settle(expression, numbers, inlined);
      if (left.kind === 'number') numbers.set(name, left.value);
      else inlined.set(name, left);
    }
  };
  const value = (expression: Expression, time: number): number | null => {
    if (expression.kind === 'number') return expression.value;
    if (changes > MOST_CHANGES) return null;
    refresh();
    let left = settled.get(expression) ?? settle(expression, numbers, inlined);
    settled.set(expression, left);
    if (left.kind !== 'number') left = settle(left, new Map([['t', time]]));
    return left.kind === 'number' && Number.isFinite(left.value) ? left.value : null;
  };
  /** Names that an expression depends on, through definitions. */
  const reach = (expression: Expression): ReadonlySet<string> => {
    const found = reaches.get(expression);
    if (found) return found;
    const names = new Set<string>();
    const waiting = [expression];
    for (let e = waiting.pop(); e !== undefined; e = waiting.pop())
      for (const name of symbolsOf(e)) {
        if (names.has(name)) continue;
        names.add(name);
        const definition = definitions.get(name);
        if (definition) waiting.push(definition);
      }
    reaches.set(expression, names);
    return names;
  };

  for (const memory of [...model.memories, ...(therapy.memories ?? [])]) {
    const initial = value(memory.initial, 0);
    if (initial !== null) base.set(memory.name, initial);
    stale = true;
  }
  changes = 0;
  return {
    value,
    set(name, to) {
      if (to === base.get(name)) return;
      if (to === null) base.delete(name);
      else base.set(name, to);
      stale = true;
    },
    doubt: (name) => void doubted.add(name),
    sure: (expression) => {
      if (doubted.size === 0) return true;
      for (const name of reach(expression)) if (doubted.has(name)) return false;
      return true;
    },
  };
}
