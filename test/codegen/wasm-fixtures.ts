// Small Programs written by hand, with closed forms, for the tests of the WebAssembly target.
import { type Method, TSIT5 } from '../../src/codegen/methods.ts';
import { type Accumulator, type Body, PLAIN, type Program } from '../../src/codegen/program.ts';
import type { Job } from '../../src/engine/backend.ts';
import { call, type Expression, number, symbol } from '../../src/language/expression.ts';

export const n = number;
export const s = symbol;
export const add = (a: Expression, b: Expression) => call('add', a, b);
export const sub = (a: Expression, b: Expression) => call('sub', a, b);
export const mul = (a: Expression, b: Expression) => call('mul', a, b);
export const div = (a: Expression, b: Expression) => call('div', a, b);
export const body = (...results: Expression[]): Body => ({ locals: [], results });
const fields = (names: readonly string[]) => names.map((name) => ({ name, unit: '' }));

export interface Sketch {
  readonly name?: string;
  readonly method?: Method;
  /** Parameters read from columns of the same name. */
  readonly columns?: readonly string[];
  /** Parameters read from study values of the same name. */
  readonly study?: readonly string[];
  /** State -> [initial, derivative], inputs included. */
  readonly states: Readonly<Record<string, readonly [Expression, Expression]>>;
  /** The last states that are quadratures: how many. */
  readonly quadratures?: number;
  readonly rates?: readonly string[];
  readonly gates?: readonly number[];
  readonly outputs?: Readonly<Record<string, Expression>>;
  /** [therapy, state, amount, start, interval, count, duration]. */
  readonly streams?: readonly (readonly [number, string, ...Expression[]])[];
  readonly watch?: readonly (readonly [Expression, Expression])[];
  readonly accumulators?: readonly Accumulator[];
  readonly windows?: number;
  readonly endpoints?: readonly Expression[];
}

export function sketch(o: Sketch): Program {
  const names = Object.keys(o.states);
  const streams = o.streams ?? [];
  const columns = o.columns ?? [];
  const study = o.study ?? [];
  const therapies = 1 + Math.max(-1, ...streams.map(([therapy]) => therapy));
  return {
    ...PLAIN,
    name: o.name ?? 'sketch',
    method: o.method ?? TSIT5,
    study: fields(study),
    columns: fields(columns),
    params: fields([...columns, ...study]),
    patient: body(...columns.map((c) => s(`column.${c}`)), ...study.map((c) => s(`study.${c}`))),
    states: fields(names),
    modelStates: names.length - (o.quadratures ?? 0),
    initial: body(...Object.values(o.states).map(([initial]) => initial)),
    inputs: [
      ...(o.rates ?? []).map((state) => ({
        kind: 'rate' as const,
        name: `rate_${state}`,
        state: names.indexOf(state),
      })),
      ...(o.gates ?? []).map((window) => ({ kind: 'gate' as const, name: `gate_${window}`, window })),
    ],
    rhs: body(...Object.values(o.states).map(([, derivative]) => derivative)),
    therapies: Array.from({ length: therapies }, (_, i) => `therapy ${i}`),
    streams: streams.map(([therapy, state]) => ({ therapy, into: names.indexOf(state) })),
    doses: body(...streams.flatMap(([, , ...five]) => five)),
    outputs: fields(Object.keys(o.outputs ?? {})),
    observe: body(...Object.values(o.outputs ?? {})),
    watched: fields((o.watch ?? []).map((_, i) => `w${i}`)),
    watch: body(...(o.watch ?? []).map(([value]) => value)),
    watchRate: body(...(o.watch ?? []).map(([, rate]) => rate)),
    accumulators: o.accumulators ?? [],
    windows: o.windows ?? 0,
    endpoints: (o.endpoints ?? []).map((_, i) => ({ name: `e${i}`, unit: '', type: 'value' as const })),
    conclude: body(...(o.endpoints ?? [])),
  };
}

/** x' = -k x, x(0) = 1, observed. */
export const decay = (k: Expression, more: Partial<Sketch> = {}): Program =>
  sketch({
    name: 'decay',
    states: { x: [n(1), mul(call('neg', k), s('y.x'))] },
    outputs: { x: s('y.x') },
    ...more,
  });

/** One compartment: amount a, elimination rate k, infusion or bolus streams of therapy 0. */
export const oneCompartment = (
  k: number,
  streams: NonNullable<Sketch['streams']>,
  more: Partial<Sketch> = {},
): Program =>
  sketch({
    name: 'one compartment',
    states: { a: [n(0), add(mul(n(-k), s('y.a')), s('u.rate_a'))] },
    rates: ['a'],
    streams,
    outputs: { a: s('y.a') },
    ...more,
  });

/** Amount of one compartment at t: doses [start, amount, duration (0: bolus)]; a dose at t itself is not yet seen. */
export function oneCompartmentAmount(
  k: number,
  doses: readonly (readonly [start: number, amount: number, duration: number])[],
  t: number,
): number {
  let total = 0;
  for (const [start, amount, duration] of doses) {
    if (t <= start) continue;
    const since = t - start;
    if (duration === 0) total += amount * Math.exp(-k * since);
    else {
      const run = Math.min(since, duration);
      total += (amount / duration / k) * -Math.expm1(-k * run) * Math.exp(-k * (since - run));
    }
  }
  return total;
}

/** Two compartments with parameters from columns CL, V1, Q, V2; concentration observed. */
export const twoCompartments = (
  streams: NonNullable<Sketch['streams']>,
  more: Partial<Sketch> = {},
): Program => {
  const conc = div(s('y.central'), s('p.V1'));
  const exchange = mul(s('p.Q'), sub(conc, div(s('y.peripheral'), s('p.V2'))));
  return sketch({
    name: 'two compartments',
    columns: ['CL', 'V1', 'Q', 'V2'],
    states: {
      central: [n(0), add(sub(sub(n(0), exchange), mul(s('p.CL'), conc)), s('u.rate_central'))],
      peripheral: [n(0), exchange],
    },
    rates: ['central'],
    streams,
    outputs: { conc },
    ...more,
  });
};

/** Central amount of a two-compartment model after one dose at 0 (duration 0: bolus), by the biexponential formula. */
export function twoCompartmentAmount(
  [CL, V1, Q, V2]: readonly [number, number, number, number],
  amount: number,
  duration: number,
  t: number,
): number {
  if (t <= 0) return 0;
  const [k10, k12, k21] = [CL / V1, Q / V1, Q / V2];
  const sum = k10 + k12 + k21;
  const root = Math.sqrt(sum * sum - 4 * k10 * k21);
  const alpha = (sum + root) / 2;
  const beta = (k10 * k21) / alpha;
  const phases: [number, number][] = [
    [alpha, (alpha - k21) / (alpha - beta)],
    [beta, (k21 - beta) / (alpha - beta)],
  ];
  return phases.reduce((total, [rate, weight]) => {
    if (duration === 0) return total + amount * weight * Math.exp(-rate * t);
    const run = Math.min(t, duration);
    return (
      total + ((amount / duration) * weight * -Math.expm1(-rate * run) * Math.exp(-rate * (t - run))) / rate
    );
  }, 0);
}

/** A job of one arm (therapy 0) with the same columns for every patient; all but the program's sizes may be given. */
export function jobFor(
  program: Program,
  o: Partial<Job> & { readonly rtol?: number; readonly column?: readonly number[] } = {},
): Job {
  const rtol = o.rtol ?? 1e-10;
  const layout = { mantissaBits: 7, low: -20, high: 20, signed: true };
  const { rtol: _, column = [], ...job } = o;
  return {
    first: 0,
    patients: 1,
    columns: {
      key: 'constant',
      read: (_first, count) => Float32Array.from(column.flatMap((x) => new Array<number>(count).fill(x))),
    },
    arms: [{ therapy: 0, study: new Float64Array(program.study.length) }],
    horizon: 24,
    times: Float64Array.from([0, 6, 12, 24]),
    windows: [],
    solver: {
      rtol,
      atol: new Float64Array(program.states.length).fill(rtol * 1e-3),
      step: Number.POSITIVE_INFINITY,
      maxSteps: 100000,
    },
    bins: { outputs: program.outputs.map(() => layout), endpoints: program.endpoints.map(() => layout) },
    ...job,
  };
}
