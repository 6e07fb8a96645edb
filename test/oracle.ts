// The oracle: a slow, obvious f64 solver over the JavaScript writer's text, sharing no code with the backends but the
// Program. Classical Runge-Kutta with a fixed number of steps per piece, doubled until the answer stands still; doses by walking
// a list of events. Endpoints by brute force on a fine grid are left to each test.
import { javascriptBody } from '../src/codegen/javascript.ts';
import type { Body, Program } from '../src/codegen/program.ts';

type Named = Record<string, number>;
type Inputs = {
  study?: Named;
  column?: Named;
  p?: Named;
  y?: Named;
  f?: Named;
  u?: Named;
  a?: number[];
  t?: number;
};
type Run = (inputs: Inputs) => number[];

const load = (body: Body): Run => new Function(`return ${javascriptBody(body)}`)() as Run;
const named = (names: readonly { name: string }[], values: ArrayLike<number>): Named =>
  Object.fromEntries(names.map((n, i) => [n.name, values[i] ?? Number.NaN]));

export interface OracleCase {
  /** Values of program.study and program.columns. */
  readonly study: ArrayLike<number>;
  readonly columns: ArrayLike<number>;
  readonly therapy: number;
  readonly times: readonly number[];
}

/** Outputs [output][time] just before anything given at that time, to a relative change of about 1e-9 under halving. */
export function oracleOutputs(program: Program, c: OracleCase, tolerance = 1e-9): number[][] {
  if (program.happenings.length > 0)
    throw new RangeError('more happens than plain doses: oracle-happenings.ts');
  let steps = 32;
  let before = solve(program, c, steps);
  for (;;) {
    steps *= 2;
    const after = solve(program, c, steps);
    const scale = after.map((row) => Math.max(1e-300, ...row.map(Math.abs)));
    const change = Math.max(
      ...after.flatMap((row, o) => row.map((v, i) => Math.abs(v - (before[o]?.[i] ?? 0)) / (scale[o] ?? 1))),
    );
    if (change < tolerance || steps > 32768) return after;
    before = after;
  }
}

function solve(program: Program, c: OracleCase, stepsPerPiece: number): number[][] {
  const study = named(program.study, c.study);
  const column = named(program.columns, c.columns);
  const p = named(program.params, load(program.patient)({ study, column }));
  const rhs = load(program.rhs);
  const observe = load(program.observe);
  let y = load(program.initial)({ p });
  const doses = load(program.doses)({ p });

  // Every dose on its own: start, end, rate or bolus.
  const bolus: { at: number; into: number; amount: number }[] = [];
  const infusion: { from: number; to: number; into: number; rate: number }[] = [];
  program.streams.forEach((stream, s) => {
    if (stream.therapy !== c.therapy) return;
    const [amount = 0, start = 0, interval = 0, count = 1, duration = 0] = doses.slice(5 * s, 5 * s + 5);
    for (let k = 0; k < Math.round(count); k++) {
      const at = start + k * interval;
      if (duration > 0)
        infusion.push({ from: at, to: at + duration, into: stream.into, rate: amount / duration });
      else bolus.push({ at, into: stream.into, amount });
    }
  });
  const end = Math.max(...c.times);
  const cuts = [0, ...c.times, ...bolus.map((b) => b.at), ...infusion.flatMap((i) => [i.from, i.to])];
  const points = [...new Set(cuts.filter((t) => t >= 0 && t <= end))].sort((a, b) => a - b);
  const outputs: number[][] = program.outputs.map(() => []);
  const wanted = new Set(c.times);

  points.forEach((t, i) => {
    if (wanted.has(t)) {
      for (const [o, v] of observe({ t, y: named(program.states, y), p }).entries()) outputs[o]?.push(v);
    }
    for (const b of bolus) if (b.at === t) y[b.into] = (y[b.into] ?? 0) + b.amount;
    const next = points[i + 1];
    if (next === undefined) return;
    const middle = (t + next) / 2;
    const u: Named = {};
    for (const input of program.inputs) {
      u[input.name] =
        input.kind !== 'rate'
          ? 0
          : infusion
              .filter((d) => d.into === input.state && d.from < middle && middle < d.to)
              .reduce((sum, d) => sum + d.rate, 0);
    }
    const f = (at: number, state: number[]) => rhs({ t: at, y: named(program.states, state), p, u });
    const h = (next - t) / stepsPerPiece;
    const plus = (a: number[], b: number[], w: number) => a.map((v, n) => v + w * (b[n] ?? 0));
    for (let n = 0; n < stepsPerPiece; n++) {
      const at = t + n * h;
      const k1 = f(at, y);
      const k2 = f(at + h / 2, plus(y, k1, h / 2));
      const k3 = f(at + h / 2, plus(y, k2, h / 2));
      const k4 = f(at + h, plus(y, k3, h));
      y = y.map((v, j) => v + (h / 6) * ((k1[j] ?? 0) + 2 * (k2[j] ?? 0) + 2 * (k3[j] ?? 0) + (k4[j] ?? 0)));
    }
  });
  return outputs;
}
