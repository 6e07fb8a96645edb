// Evaluates expressions in f64 with the deterministic functions of math.ts. In: an expression and values for its
// symbols. Out: a number. `compile` makes a tape, one instruction a distinct node, without eval: both branches of a
// choice are computed and one is taken, which no value can tell.
import type { Expression } from './expression.ts';
import { fold } from './fold.ts';
import { FUNCTIONS } from './functions.ts';
import { expand } from './simplify.ts';

type Instruction = (register: Float64Array, values: ArrayLike<number>) => void;
type Value = (...x: number[]) => number;

/** A function of values in the order of `names`. Throws for a symbol that is not among them. Not re-entrant. */
export function compile(
  expression: Expression,
  names: readonly string[],
): (values: ArrayLike<number>) => number {
  const position = new Map(names.map((name, i) => [name, i]));
  const tape: Instruction[] = [];
  const result = fold<number>(expand(expression), (node, args) => {
    const at = tape.length;
    if (node.kind === 'number') {
      const { value } = node;
      tape.push((register) => {
        register[at] = value;
      });
    } else if (node.kind === 'symbol') {
      const from = position.get(node.name);
      if (from === undefined)
        throw new Error(`no value for ${node.name}; known are ${names.join(', ') || 'none'}`);
      tape.push((register, values) => {
        register[at] = values[from] ?? Number.NaN;
      });
    } else {
      const row = FUNCTIONS[node.fn];
      if (row.kind !== 'core') throw new Error(`${node.fn} was not expanded`);
      tape.push(instruction(at, row.value, args));
    }
    return at;
  });
  const register = new Float64Array(tape.length);
  return (values) => {
    for (const run of tape) run(register, values);
    return register[result] ?? Number.NaN;
  };
}

function instruction(at: number, value: Value, [a = 0, b, c]: readonly number[]): Instruction {
  if (b === undefined)
    return (register) => {
      register[at] = value(register[a] ?? 0);
    };
  if (c === undefined)
    return (register) => {
      register[at] = value(register[a] ?? 0, register[b] ?? 0);
    };
  return (register) => {
    register[at] = value(register[a] ?? 0, register[b] ?? 0, register[c] ?? 0);
  };
}

/** The value of an expression whose symbols `lookup` knows. */
export function evaluate(expression: Expression, lookup: (name: string) => number): number {
  return fold<number>(expand(expression), (node, args) => {
    if (node.kind === 'number') return node.value;
    if (node.kind === 'symbol') return lookup(node.name);
    const row = FUNCTIONS[node.fn];
    if (row.kind !== 'core') throw new Error(`${node.fn} was not expanded`);
    return row.value(...args);
  });
}
