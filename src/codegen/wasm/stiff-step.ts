// One step of a Rosenbrock method, written from the method's row: Jacobian, factors, stages, solution. In: a Frame of a
// program with such a method. Out: statements that fill its y1 and increments. The sibling of step.ts for stiff models.
import { place } from '../elimination.ts';
import { type Linearisation, linearise } from '../jacobian.ts';
import { continues, type RosenbrockMethod } from '../method.ts';
import { add, div, mul, sub } from './arithmetic.ts';
import { f64, type Local, type Node } from './assembler.ts';
import { combine, component, type Frame, statesRead, sumOf, writeAt } from './frame.ts';
import { writeDerivative } from './step.ts';

export function writeStiffStages(frame: Frame, method: RosenbrockMethod): void {
  const { routine, program, y, y1, f0, k, h } = frame;
  const linear = linearise(program);
  const { moving } = linear;
  const start = routine.keep(add(frame.origin, frame.tau));
  const { solve, timeDerivative } = writeFactors(frame, linear, method, start);
  const perStep = routine.keep(div(f64(1), h));
  const read = statesRead(program, program.rhs, 'y').filter((j) => moving[j]);
  const all = y.flatMap((_, j) => (moving[j] ? [j] : []));
  // States that never move stand where they stood in every stage.
  y1.forEach((local, j) => {
    if (!moving[j]) routine.set(local, y[j] ?? local);
  });
  /** y1 = y + sum of weights * increments; `standing`: what y1 already is, in the states that were read. */
  const advance = (states: readonly number[], row: readonly number[], standing: readonly number[]) => {
    const more = continues(row, standing);
    for (const j of states) {
      const local = y1[j];
      const state = y[j];
      if (local === undefined || state === undefined) continue;
      const last = k[row.length - 1]?.[j];
      if (more && last !== undefined && read.includes(j)) routine.set(local, add(local, last));
      else {
        const sum = sumOf(row, component(k, j));
        routine.set(local, sum === undefined ? state : add(state, sum));
      }
    }
  };
  method.c.forEach((c, i) => {
    const u = k[i] ?? [];
    if (i === 0) {
      for (const j of all) {
        const local = u[j];
        if (local !== undefined) routine.set(local, f0[j] ?? local);
      }
    } else {
      advance(read, method.a[i] ?? [], method.a[i - 1] ?? []);
      writeDerivative(frame, add(start, c === 1 ? h : mul(f64(c), h)), y1, u);
    }
    const timed = method.timeWeights[i] ?? 0;
    const reach = timed === 0 || timeDerivative.size === 0 ? undefined : routine.keep(mul(f64(timed), h));
    for (const j of all) {
      const local = u[j];
      if (local === undefined) continue;
      const slope = combine(local, perStep, method.coupling[i] ?? [], component(k, j));
      const rate = timeDerivative.get(j);
      const right = rate === undefined || reach === undefined ? slope : add(slope, mul(reach, rate));
      if (right !== local) routine.set(local, right);
    }
    solve(u);
  });
  advance(all, method.b, method.a.at(-1) ?? []);
}

/** Writes W = 1 / (gamma h) - df/dy and its factors; gives the statements that solve W u = right, in place. */
function writeFactors(frame: Frame, linear: Linearisation, method: RosenbrockMethod, start: Node) {
  const { routine, program, y, h } = frame;
  const n = program.states.length;
  const reach = routine.keep(mul(f64(method.gamma), h));
  const diagonal = routine.keep(div(f64(1), reach));
  const values = writeAt(frame, linear.body, { t: start, y });
  const w = new Map<number, Local>();
  const write = (row: number, column: number, value: Node) => {
    const at = place(n, row, column);
    const local = w.get(at) ?? routine.local('f64');
    routine.set(local, value);
    w.set(at, local);
  };
  linear.entries.forEach(({ row, column }, e) => {
    const value = values[e] ?? f64(0);
    write(row, column, row === column ? add(diagonal, value) : value);
  });
  const timeDerivative = new Map(
    linear.timed.map((j, i) => [j, routine.keep(values[linear.entries.length + i] ?? f64(0))]),
  );
  const reciprocals = new Map<number, Node>();
  for (const { pivot, rows, columns } of linear.pivots) {
    const own = w.get(place(n, pivot, pivot)) ?? diagonal;
    const reciprocal = linear.plain.has(pivot) ? reach : routine.keep(div(f64(1), own));
    reciprocals.set(pivot, reciprocal);
    for (const row of rows) {
      const entry = w.get(place(n, row, pivot));
      if (entry === undefined) continue;
      routine.set(entry, mul(entry, reciprocal));
      for (const column of columns) {
        const across = w.get(place(n, pivot, column));
        if (across === undefined) continue;
        const before = w.get(place(n, row, column));
        const product = mul(entry, across);
        const empty = row === column ? diagonal : undefined;
        write(row, column, sub(before ?? empty ?? f64(0), product));
      }
    }
  }
  const solve = (u: readonly Local[]) => {
    for (const { pivot, rows } of linear.pivots) {
      for (const row of rows) {
        const [entry, local, from] = [w.get(place(n, row, pivot)), u[row], u[pivot]];
        if (entry !== undefined && local !== undefined && from !== undefined)
          routine.set(local, sub(local, mul(entry, from)));
      }
    }
    for (const { pivot, columns } of [...linear.pivots].reverse()) {
      const local = u[pivot];
      if (local === undefined) continue;
      const rest = columns.reduce<Node>((sum, column) => {
        const [entry, from] = [w.get(place(n, pivot, column)), u[column]];
        return entry === undefined || from === undefined ? sum : sub(sum, mul(entry, from));
      }, local);
      routine.set(local, mul(rest, reciprocals.get(pivot) ?? reach));
    }
  };
  return { solve, timeDerivative };
}
