// Expressions evaluated for many patients. In: an expression and what is the same for everybody. Out: what is left of
// it once that is put in (`fold`), and a closure over one patient's values (`formula`). Values are those of the function
// table (deterministic f64), operation by operation: nothing is reordered, so the bits are the same everywhere.
import { call, type Expression, number } from '../language/expression.ts';
import { FUNCTIONS } from '../language/functions.ts';
import type { Model } from '../language/model.ts';

/** One patient's value, from a row of values by slot. */
export type Formula = (patient: Float64Array) => number;

/** `known` names become numbers, `inlined` names their expressions; calls of numbers become numbers. */
export function fold(
  e: Expression,
  known: ReadonlyMap<string, number>,
  inlined: ReadonlyMap<string, Expression> = new Map(),
): Expression {
  switch (e.kind) {
    case 'number':
      return e;
    case 'symbol': {
      const value = known.get(e.name);
      if (value !== undefined) return number(value);
      const definition = inlined.get(e.name);
      return definition === undefined ? e : fold(definition, known, inlined);
    }
    case 'call': {
      const row = FUNCTIONS[e.fn];
      if (row.kind === 'derived') return fold(row.expand(e.args), known, inlined);
      const args = e.args.map((arg) => fold(arg, known, inlined));
      const [condition, then, otherwise] = args;
      if (e.fn === 'if' && condition?.kind === 'number' && then && otherwise) {
        return condition.value !== 0 ? then : otherwise;
      }
      const values = args.flatMap((arg) => (arg.kind === 'number' ? [arg.value] : []));
      return values.length === args.length ? number(row.value(...values)) : call(e.fn, ...args);
    }
  }
}

/** The value of an expression in which everything is known; NaN when something is not. */
export function constant(e: Expression, known: ReadonlyMap<string, number>): number {
  const folded = fold(e, known);
  return folded.kind === 'number' ? folded.value : Number.NaN;
}

/** A folded expression as a closure; throws for a name without a slot, which a checked model does not have. */
export function formula(e: Expression, slots: ReadonlyMap<string, number>): Formula {
  switch (e.kind) {
    case 'number': {
      const { value } = e;
      return () => value;
    }
    case 'symbol': {
      const slot = slots.get(e.name);
      if (slot === undefined) throw new Error(`${e.name} has no value where it is used`);
      return (patient) => patient[slot] ?? Number.NaN;
    }
    case 'call': {
      const row = FUNCTIONS[e.fn];
      if (row.kind === 'derived') return formula(row.expand(e.args), slots);
      const { value } = row;
      const [a, b, c, ...rest] = e.args.map((arg) => formula(arg, slots));
      if (a === undefined) return () => value();
      if (b === undefined) return (patient) => value(a(patient));
      if (c === undefined) return (patient) => value(a(patient), b(patient));
      if (e.fn === 'if') return (patient) => (a(patient) !== 0 ? b(patient) : c(patient));
      return (patient) => value(a(patient), b(patient), c(patient), ...rest.map((f) => f(patient)));
    }
  }
}

/** Parameters (as set, else as the model has them) and study-stage definitions, by name. */
export function studyValues(model: Model, set: Readonly<Record<string, number>> = {}): Map<string, number> {
  const known = new Map<string, number>();
  for (const { name, value } of model.parameters)
    known.set(name, Object.hasOwn(set, name) ? (set[name] ?? value) : value);
  for (const { name, stage, expression } of model.definitions) {
    if (stage === 'study') known.set(name, constant(expression, known));
  }
  return known;
}
