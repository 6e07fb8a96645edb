// One step of a Rosenbrock method as WGSL: Jacobian, factors, solutions of the stages, error norm, dense output. In: the
// method's row, the linearised right-hand side with its expressions already spelled, and the names of the states.
// Out: the module `step`, with the same functions that wgsl-step.ts writes for explicit methods.
import { place } from './elimination.ts';
import type { Linearisation } from './jacobian.ts';
import { continues, type RosenbrockMethod } from './method.ts';
import { literal } from './wgsl-expression.ts';
import { comment } from './wgsl-names.ts';
import { dense, errorNorm, later, soundSlope, stepHeader } from './wgsl-step.ts';

export interface WrittenBody {
  readonly lets: readonly string[];
  readonly results: readonly string[];
}

/** `states`: WGSL identifiers of the fields of State; `jacobian`: linear.body in WGSL. */
export function writeStiffStep(
  method: RosenbrockMethod,
  linear: Linearisation,
  states: readonly string[],
  jacobian: WrittenBody,
): string {
  const { moving, timed } = linear;
  const lines = [
    ...stepHeader(method),
    ...writeFactors(method, linear, states, jacobian),
    ...writeSolve(linear, states),
    '/// `slope` is the derivative at the start; the stages are increments of the state.',
    'fn attempt(t: f32, h: f32, y: State, slope: State, p: Params, u: Inputs, tolerance: State, rtol: f32) -> Attempt {',
    '  let w = factors(t, h, y, p, u);',
    '  let per_step = 1.0f / h;',
    '  var k: Stages;',
  ];
  method.c.forEach((c, i) => {
    const before = i === 1 ? 'y' : `y${i}`;
    if (i > 0) {
      lines.push(...argument(`y${i + 1}`, before, method.a[i] ?? [], method.a[i - 1] ?? [], states, moving));
      lines.push(`  let f${i + 1} = rhs(${later(c)}, y${i + 1}, p, u);`);
    }
    const coupled = weighted(method.coupling[i] ?? []);
    const weight = method.timeWeights[i] ?? 0;
    const uses = weight !== 0 && timed.length > 0;
    lines.push(...coupled.map(({ w, j }) => `  let c${i + 1}_${j + 1} = ${literal(w)} * per_step;`));
    if (uses) lines.push(`  let d${i + 1} = ${literal(weight)} * h;`);
    const right = (s: string, n: number) =>
      [
        `${i === 0 ? 'slope' : `f${i + 1}`}.${s}`,
        ...coupled.map(({ j }) => `c${i + 1}_${j + 1} * k.k${j + 1}.${s}`),
        ...(uses && timed.includes(n) ? [`d${i + 1} * w.t_${n}`] : []),
      ].join(' + ');
    lines.push(
      `  k.k${i + 1} = solve(w, State(`,
      ...states.map((s, n) => `    ${moving[n] ? right(s, n) : '0.0f'},`),
      '  ));',
    );
  });
  const last = method.c.length;
  lines.push(
    ...argument('y1', `y${last}`, method.b, method.a.at(-1) ?? [], states, moving),
    ...errorNorm(method, states),
    '  return Attempt(y1, k, error);',
    '}',
    '',
    '/// Derivative at the end of the step, where the next one begins.',
    'fn end_slope(tried: Attempt, t1: f32, p: Params, u: Inputs) -> State {',
    '  return rhs(t1, tried.y, p, u);',
    '}',
    '',
    ...soundSlope(method),
    ...dense(method, states),
  );
  return `${lines.join('\n')}\n`;
}

const weighted = (row: readonly number[]) => row.map((w, j) => ({ w, j })).filter(({ w }) => w !== 0);

/** `let name = y + sum of weights * increments`, or one more increment where the row continues the one before it. */
function argument(
  name: string,
  before: string,
  row: readonly number[],
  rowBefore: readonly number[],
  states: readonly string[],
  moving: readonly boolean[],
): string[] {
  const sum = (s: string) =>
    continues(row, rowBefore)
      ? `${before}.${s} + k.k${row.length}.${s}`
      : [`y.${s}`, ...weighted(row).map(({ w, j }) => `${literal(w)} * k.k${j + 1}.${s}`)].join(' + ');
  return [`  let ${name} = State(`, ...states.map((s, n) => `    ${moving[n] ? sum(s) : `y.${s}`},`), '  );'];
}

/** W = 1 / (gamma h) - df/dy, factored; entries by row and column, reciprocal pivots, time derivatives. */
function writeFactors(
  method: RosenbrockMethod,
  { entries, timed, pivots, plain }: Linearisation,
  states: readonly string[],
  { lets, results }: WrittenBody,
): string[] {
  const n = states.length;
  const fields: string[] = [];
  const known = new Set<number>();
  const statements: string[] = [];
  const set = (row: number, column: number, value: string) => {
    const at = place(n, row, column);
    if (!known.has(at))
      fields.push(`  w_${row}_${column}: f32,${comment(`d ${states[row]} / d ${states[column]}`)}`);
    known.add(at);
    statements.push(`  w.w_${row}_${column} = ${value};`);
  };
  entries.forEach(({ row, column }, e) => {
    const value = results[e] ?? '0.0f';
    set(row, column, row === column ? `diagonal + (${value})` : value);
  });
  timed.forEach((j, i) => {
    fields.push(`  t_${j}: f32,${comment(`d ${states[j]} / d t`)}`);
    statements.push(`  w.t_${j} = ${results[entries.length + i] ?? '0.0f'};`);
  });
  for (const { pivot, rows, columns } of pivots) {
    const own = known.has(place(n, pivot, pivot)) ? `w.w_${pivot}_${pivot}` : 'diagonal';
    fields.push(`  r_${pivot}: f32,`);
    statements.push(`  w.r_${pivot} = ${plain.has(pivot) ? 'reach' : `1.0f / ${own}`};`);
    for (const row of rows) {
      if (!known.has(place(n, row, pivot))) continue;
      set(row, pivot, `w.w_${row}_${pivot} * w.r_${pivot}`);
      for (const column of columns) {
        if (!known.has(place(n, pivot, column))) continue;
        const product = `w.w_${row}_${pivot} * w.w_${pivot}_${column}`;
        const empty = row === column ? 'diagonal - ' : '-';
        const filled = known.has(place(n, row, column)) ? `w.w_${row}_${column} - ` : empty;
        set(row, column, filled === '-' ? `-(${product})` : `${filled}${product}`);
      }
    }
  }
  return [
    'struct Factors {',
    ...(fields.length > 0 ? fields : ['  none: bool,']),
    '}',
    '',
    'fn factors(t: f32, h: f32, y: State, p: Params, u: Inputs) -> Factors {',
    ...lets,
    `  let reach = ${literal(method.gamma)} * h;`,
    '  let diagonal = 1.0f / reach;',
    '  var w: Factors;',
    ...statements,
    '  return w;',
    '}',
    '',
  ];
}

function writeSolve({ entries, pivots }: Linearisation, states: readonly string[]): string[] {
  const n = states.length;
  const known = new Set(entries.map(({ row, column }) => place(n, row, column)));
  for (const { rows, columns } of pivots)
    for (const row of rows) for (const column of columns) known.add(place(n, row, column));
  const lines: string[] = [];
  for (const { pivot, rows } of pivots)
    for (const row of rows)
      if (known.has(place(n, row, pivot)))
        lines.push(`  x.${states[row]} -= w.w_${row}_${pivot} * x.${states[pivot]};`);
  for (const { pivot, columns } of [...pivots].reverse()) {
    const terms = columns
      .filter((column) => known.has(place(n, pivot, column)))
      .map((column) => ` - w.w_${pivot}_${column} * x.${states[column]}`);
    const own = `x.${states[pivot]}`;
    const rest = terms.length > 0 ? `(${own}${terms.join('')})` : own;
    lines.push(`  ${own} = ${rest} * w.r_${pivot};`);
  }
  return [
    'fn solve(w: Factors, right: State) -> State {',
    '  var x = right;',
    ...lines,
    '  return x;',
    '}',
    '',
  ];
}
