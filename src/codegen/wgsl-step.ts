// One step of an explicit Runge-Kutta method as WGSL, written out from its row in the method table. In: the row and the names
// of the states. Out: the module `step`: stages, error norm, dense output. What to do with them is simulate.wgsl's.
// wgsl-stiff-step.ts writes the same module for a Rosenbrock method, with the parts of this one that are alike.
import type { ExplicitMethod, Method } from './method.ts';
import { literal } from './wgsl-expression.ts';

/** `states`: WGSL identifiers of the fields of State. */
export function writeStep(method: ExplicitMethod, states: readonly string[]): string {
  const stages = method.c.map((_, i) => i);
  const last = stages.length - 1;
  const lines = [
    ...stepHeader(method),
    'fn attempt(t: f32, h: f32, y: State, k1: State, p: Params, u: Inputs, tolerance: State, rtol: f32) -> Attempt {',
    '  var k: Stages;',
    '  k.k1 = k1;',
  ];
  for (const i of stages.slice(1)) {
    // The last stage of a first-same-as-last method stands at the solution itself.
    const at = method.fsal && i === last ? 'y1' : `y${i + 1}`;
    lines.push(...combination(at, `h${i + 1}_`, method.a[i] ?? [], states));
    lines.push(`  k.k${i + 1} = rhs(${later(method.c[i] ?? 0)}, ${at}, p, u);`);
  }
  if (!method.fsal) lines.push(...combination('y1', 'hb_', method.b, states));
  lines.push(...errorNorm(method, states), '  return Attempt(y1, k, error);', '}', '');
  lines.push(
    '/// Derivative at the end of the step, the first stage of the next one.',
    'fn end_slope(tried: Attempt, t1: f32, p: Params, u: Inputs) -> State {',
    `  return ${method.fsal ? `tried.k.k${last + 1}` : 'rhs(t1, tried.y, p, u)'};`,
    '}',
    '',
    ...soundSlope(method),
    ...dense(method, states),
  );
  return `${lines.join('\n')}\n`;
}

/** Whether a step with a finite error norm may still end in a derivative that is not finite. */
export function soundSlope(method: Method): string[] {
  const measured = method.kind === 'explicit' && method.fsal && (method.e?.at(-1) ?? 0) !== 0;
  return [
    ...(measured
      ? ['/// The last stage is part of the error norm: where that is finite, so is the slope.']
      : []),
    'fn sound_slope(slope: State) -> bool {',
    `  return ${measured ? 'true' : 'finite(slope)'};`,
    '}',
    '',
  ];
}

/** `let name = y + h * sum of weights * k`, field by field. */
function combination(
  name: string,
  prefix: string,
  weights: readonly number[],
  states: readonly string[],
): string[] {
  const used = weights.map((w, j) => ({ w, j })).filter(({ w }) => w !== 0);
  const scaled = used.map(({ w, j }) => `  let ${prefix}${j + 1} = ${literal(w)} * h;`);
  const field = (s: string) =>
    [`y.${s}`, ...used.map(({ j }) => `${prefix}${j + 1} * k.k${j + 1}.${s}`)].join(' + ');
  return [...scaled, `  let ${name} = State(`, ...states.map((s) => `    ${field(s)},`), '  );'];
}

/** Imports, constants of the step control, and the types of stages and of a step that was tried. */
export function stepHeader(method: Method): string[] {
  const order = (method.errorOrder ?? 0) + 1;
  return [
    `// Generated from the method table: ${method.name}, order ${method.order}. ${method.source}`,
    '#import bits',
    '#import compare',
    '#import math',
    '#import model',
    '',
    `const adaptive: bool = ${method.e !== undefined};`,
    '/// PI control: powers of the error norm and of the last accepted one.',
    `const error_exponent: f32 = ${literal(0.7 / order)};`,
    `const previous_exponent: f32 = ${literal(0.4 / order)};`,
    '',
    'struct Stages {',
    ...method.c.map((_, i) => `  k${i + 1}: State,`),
    '}',
    '',
    'struct Attempt {',
    '  /// State at the end of the step.',
    '  y: State,',
    '  k: Stages,',
    '  /// Squared error norm: at most 1 where the step is good enough.',
    '  error: f32,',
    '}',
    '',
  ];
}

export function later(c: number): string {
  if (c === 0) return 't';
  return c === 1 ? 't + h' : `t + ${literal(c)} * h`;
}

/** Mean over states of (error / (atol + rtol * size))^2. */
export function errorNorm(method: Method, states: readonly string[]): string[] {
  const weights = method.e;
  if (!weights) return ['  let error = 0.0f;'];
  const used = weights.map((w, j) => ({ w, j })).filter(({ w }) => w !== 0);
  return [
    ...used.map(({ w, j }) => `  let e_${j + 1} = ${literal(w)}${method.kind === 'explicit' ? ' * h' : ''};`),
    '  var sum = 0.0f;',
    ...states.map((s) => {
      const error = used.map(({ j }) => `e_${j + 1} * k.k${j + 1}.${s}`).join(' + ');
      return `  sum += square((${error}) / (tolerance.${s} + rtol * most(abs(y.${s}), abs(y1.${s}))));`;
    }),
    `  let error = ${literal(1 / states.length)} * sum;`,
  ];
}

export function dense(method: Method, states: readonly string[]): string[] {
  const rows = method.dense.map((row, i) => ({ row, i })).filter(({ row }) => row.some((c) => c !== 0));
  const horner = (row: readonly number[]): string =>
    row.reduceRight<string>((rest, c) => {
      if (rest === '') return literal(c);
      return c === 0 ? `theta * (${rest})` : `${literal(c)} + theta * (${rest})`;
    }, '');
  const field = (s: string) => [`y.${s}`, ...rows.map(({ i }) => `b${i + 1} * k.k${i + 1}.${s}`)].join(' + ');
  return [
    `/// The state theta of the way through the step (order ${method.denseOrder}).`,
    'fn dense(theta: f32, h: f32, y: State, k: Stages) -> State {',
    // A Rosenbrock method's stages are increments, an explicit one's are derivatives.
    `  let reach = ${method.kind === 'explicit' ? 'theta * h' : 'theta'};`,
    ...rows.map(({ row, i }) => `  let b${i + 1} = reach * (${horner(row)});`),
    '  return State(',
    ...states.map((s) => `    ${field(s)},`),
    '  );',
    '}',
  ];
}
