// What one step of a method costs for a Program, in rough units of one multiplication. In: a Program. Out: a number to
// compare methods by; it counts the operations that the writers write and knows nothing of caches or lanes.
import type { Expression } from '../language/expression.ts';
import { fold } from '../language/fold.ts';
import { FUNCTIONS } from '../language/functions.ts';
import { linearise } from './jacobian.ts';
import type { Body, Program } from './program.ts';

/** A division or root; a library function such as exp (measured against a multiplication in WebAssembly f64). */
const DIVISION = 4;
const LIBRARY = 15;

export function bodyCost({ locals, results }: Body): number {
  const seen = new Map<Expression, null>();
  let total = 0;
  for (const root of [...locals, ...results])
    fold<null>(
      root,
      (node) => {
        if (node.kind !== 'call') return null;
        const row = FUNCTIONS[node.fn];
        if (row.kind === 'derived') total += 2 * LIBRARY;
        else if (typeof row.wasm === 'object' && 'library' in row.wasm) total += LIBRARY;
        else total += node.fn === 'div' || node.fn === 'sqrt' ? DIVISION : 1;
        return null;
      },
      seen,
    );
  return total;
}

const terms = (rows: readonly (readonly number[])[]): number => rows.flat().filter((w) => w !== 0).length;

/** Stages, sums, error norm; for a Rosenbrock method also Jacobian, factors and solutions. */
export function stepCost(program: Program): number {
  const { method, rhs } = program;
  const states = program.states.length;
  const stages = method.c.length;
  const sums = terms([...method.a, method.b, method.e ?? []]);
  const norm = states * (DIVISION + 4);
  if (method.kind === 'explicit')
    return (method.fsal ? stages - 1 : stages) * bodyCost(rhs) + 2 * states * sums + norm;
  const { moving, body, entries, pivots, plain } = linearise(program);
  const active = moving.filter(Boolean).length;
  let factor = DIVISION + entries.length;
  let solve = 0;
  for (const { pivot, rows, columns } of pivots) {
    factor += (plain.has(pivot) ? 0 : DIVISION) + rows.length * (1 + 2 * columns.length);
    solve += 1 + 2 * (rows.length + columns.length);
  }
  const coupled = terms(method.coupling);
  return stages * (bodyCost(rhs) + solve) + bodyCost(body) + factor + 2 * active * (sums + coupled) + norm;
}
