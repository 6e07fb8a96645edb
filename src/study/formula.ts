// What is left of an expression once everything that is the same for all patients is put in. In: an expression and
// values. Out: a smaller expression, or a number. Operation by operation with the function table (deterministic f64);
// nothing is reordered, so the bits are the same everywhere. Shared parts stay shared.
import { type Expression, number } from '../language/expression.ts';
import { fold, rebuild } from '../language/fold.ts';
import { FUNCTIONS } from '../language/functions.ts';
import type { Model } from '../language/model.ts';
import { expand } from '../language/simplify.ts';

/** `known` names become numbers, `inlined` names their expressions; calls of numbers become numbers. */
export function settle(
  expression: Expression,
  known: ReadonlyMap<string, number>,
  inlined: ReadonlyMap<string, Expression> = new Map(),
): Expression {
  return fold<Expression>(expand(expression), (node, args) => {
    if (node.kind === 'number') return node;
    if (node.kind === 'symbol') {
      const value = known.get(node.name);
      return value === undefined ? (inlined.get(node.name) ?? node) : number(value);
    }
    const [condition, yes, no] = args;
    if (node.fn === 'if' && condition?.kind === 'number' && yes && no)
      return condition.value !== 0 ? yes : no;
    const values = args.flatMap((arg) => (arg.kind === 'number' ? [arg.value] : []));
    const row = FUNCTIONS[node.fn];
    if (values.length < args.length || row.kind !== 'core') return rebuild(node, args);
    return number(row.value(...values));
  });
}

/** The value of an expression in which everything is known; NaN when something is not. */
export function constant(expression: Expression, known: ReadonlyMap<string, number>): number {
  const settled = settle(expression, known);
  return settled.kind === 'number' ? settled.value : Number.NaN;
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

/** Per-patient definitions with what is the same for all patients put in, by name. */
export function patientDefinitions(
  model: Model,
  known: ReadonlyMap<string, number>,
): Map<string, Expression> {
  const inlined = new Map<string, Expression>();
  for (const { name, stage, expression } of model.definitions) {
    if (stage === 'patient') inlined.set(name, settle(expression, known, inlined));
  }
  return inlined;
}

/** A text that differs when anything in the expression does; linear in the number of distinct nodes. */
export function spelled(expression: Expression): string {
  const lines: string[] = [];
  fold<number>(expression, (node, args) => {
    if (node.kind === 'number') lines.push(Object.is(node.value, -0) ? '-0' : String(node.value));
    else lines.push(node.kind === 'symbol' ? `"${node.name}"` : `${node.fn}(${args.join()})`);
    return lines.length - 1;
  });
  return lines.join(' ');
}
