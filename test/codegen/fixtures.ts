// Small Programs by hand, one idea each, for the tests of the writers and backends. No model text, no cohort.
import { METHODS, type Method } from '../../src/codegen/methods.ts';
import { type Body, PLAIN, type Program } from '../../src/codegen/program.ts';
import type { ColumnSource, Job } from '../../src/engine/backend.ts';
import type { BinLayout } from '../../src/engine/histogram.ts';
import { call, type Expression, number, symbol } from '../../src/language/expression.ts';

export const n = number;
export const s = symbol;
export const mul = (a: Expression, b: Expression) => call('mul', a, b);
export const div = (a: Expression, b: Expression) => call('div', a, b);
export const add = (a: Expression, b: Expression) => call('add', a, b);
export const sub = (a: Expression, b: Expression) => call('sub', a, b);
const body = (...results: readonly Expression[]): Body => ({ locals: [], results });
const fields = (units: Readonly<Record<string, string>>) =>
  Object.entries(units).map(([name, unit]) => ({ name, unit }));

export function method(name: string): Method {
  const row = METHODS[name];
  if (!row) throw new Error(`no method ${name}`);
  return row;
}

const EMPTY: Program = {
  name: 'empty',
  ...PLAIN,
  method: method('tsit5'),
  study: [],
  columns: [],
  params: [],
  patient: body(),
  states: [],
  modelStates: 0,
  initial: body(),
  inputs: [],
  rhs: body(),
  therapies: [],
  streams: [],
  doses: body(),
  outputs: [],
  observe: body(),
  watched: [],
  watch: body(),
  watchRate: body(),
  accumulators: [],
  windows: 0,
  endpoints: [],
  conclude: body(),
};

/** x' = -K x from 1, K per patient. */
export const DECAY: Program = {
  ...EMPTY,
  name: 'decay',
  columns: fields({ k: '1/h' }),
  params: fields({ K: '1/h' }),
  patient: body(s('column.k')),
  states: fields({ x: 'mg' }),
  modelStates: 1,
  initial: body(n(1)),
  rhs: body(mul(call('neg', s('p.K')), s('y.x'))),
  outputs: fields({ x: 'mg' }),
  observe: body(s('y.x')),
};

/** x' = rate from `start`: any scalar right-hand side over y.x, t and p.K, everything else as in DECAY. */
export function scalar(name: string, start: number, rhs: Expression): Program {
  return { ...DECAY, name, initial: body(n(start)), rhs: body(rhs) };
}

/** Every kind of accumulator over cos(K t), which has extrema between output times. `start` 1, x = cos(K t), v = x'. */
export const SWING: Program = {
  ...EMPTY,
  name: 'swing',
  columns: fields({ k: '1/h' }),
  params: fields({ K: '1/h' }),
  patient: body(s('column.k')),
  states: fields({ x: 'm', v: 'm/h', area: 'm*h' }),
  modelStates: 2,
  initial: body(n(1), n(0), n(0)),
  inputs: [{ kind: 'gate', name: 'gate_0', window: 0 }],
  rhs: body(
    s('y.v'),
    mul(call('neg', mul(s('p.K'), s('p.K'))), s('y.x')),
    mul(call('pow', s('y.x'), n(2)), s('u.gate_0')),
  ),
  outputs: fields({ x: 'm' }),
  observe: body(s('y.x')),
  watched: fields({ w0: 'm', w1: 'm' }),
  watch: body(s('y.x'), sub(s('y.x'), n(0.5))),
  watchRate: body(s('f.x'), s('f.x')),
  accumulators: [
    { kind: 'max', of: 0, window: 0 },
    { kind: 'time of max', of: 0, window: 0 },
    { kind: 'min', of: 0, window: 0 },
    { kind: 'time of min', of: 0, window: 0 },
    { kind: 'first time', of: 1, window: 0 },
    { kind: 'share of time', of: 1, window: 0 },
    { kind: 'integral', of: 2, window: 0 },
    { kind: 'at', of: 0, window: 1 },
  ],
  windows: 2,
  endpoints: [
    ...[
      'highest',
      'when_highest',
      'lowest',
      'when_lowest',
      'first_above',
      'time_above',
      'area',
      'at_two',
    ].map((name) => ({
      name,
      unit: '',
      type: 'value' as const,
    })),
    { name: 'is_above', unit: '', type: 'probability' },
  ],
  conclude: body(...Array.from({ length: 8 }, (_, i) => s(`a.${i}`)), call('gt', s('a.7'), n(0.5))),
};

/**
 * One compartment, x' = -K x + rate. Therapies: infusions that never meet, infusions that overlap, two streams of boluses
 * that fall together at 12 h, and amounts of `study.amount`, which may be anything.
 */
export const DOSED: Program = {
  ...DECAY,
  name: 'dosed',
  study: fields({ amount: 'mg' }),
  params: fields({ K: '1/h', amount: 'mg' }),
  patient: body(s('column.k'), s('study.amount')),
  initial: body(n(0)),
  inputs: [{ kind: 'rate', name: 'rate_x', state: 0 }],
  rhs: body(add(mul(call('neg', s('p.K')), s('y.x')), s('u.rate_x'))),
  therapies: ['apart', 'overlapping', 'together', 'given'],
  streams: [0, 1, 2, 2, 3].map((therapy) => ({ therapy, into: 0 })),
  doses: body(
    ...[100, 0, 4, 3, 2].map(n),
    ...[100, 0.1, 4, 5, 6].map(n),
    ...[50, 0, 6, 4, 0].map(n),
    ...[25, 12, 0, 1, 0].map(n),
    s('p.amount'), ...[1, 0, 1, 1].map(n),
  ), // biome-ignore format: one stream a line
  watched: fields({ w0: 'mg' }),
  watch: body(s('y.x')),
  watchRate: body(s('f.x')),
  accumulators: [
    { kind: 'max', of: 0, window: 0 },
    { kind: 'at', of: 0, window: 0 },
  ],
  windows: 1,
  endpoints: ['peak', 'before'].map((name) => ({ name, unit: 'mg', type: 'value' as const })),
  conclude: body(s('a.0'), s('a.1')),
};

const concentration = div(s('y.central'), s('p.V1'));

/** Two compartments with infusions: the shape of vancomycin. Therapies: repeated infusions; a bolus and an overlap. */
export const INFUSIONS: Program = {
  ...EMPTY,
  name: 'infusions',
  study: fields({ TVCL: 'L/h', dose: 'mg', every: 'h' }),
  columns: fields({ WT: 'kg', eta_cl: '1' }),
  params: fields({ CL: 'L/h', V1: 'L', Q: 'L/h', V2: 'L', dose: 'mg', every: 'h', WT: 'kg' }),
  patient: body(
    mul(s('study.TVCL'), call('exp', s('column.eta_cl'))),
    mul(n(58.4), div(s('column.WT'), n(70))),
    n(6.5),
    n(38.4),
    s('study.dose'),
    s('study.every'),
    s('column.WT'),
  ),
  states: fields({ central: 'mg', peripheral: 'mg', integral_0: 'mg*h/L' }),
  modelStates: 2,
  initial: body(n(0), n(0), n(0)),
  inputs: [
    { kind: 'rate', name: 'rate_central', state: 0 },
    { kind: 'gate', name: 'gate_0', window: 0 },
  ],
  rhs: {
    locals: [concentration, mul(s('p.Q'), sub(s('local.0'), div(s('y.peripheral'), s('p.V2'))))],
    results: [
      add(sub(call('neg', s('local.1')), mul(s('p.CL'), s('local.0'))), s('u.rate_central')),
      s('local.1'),
      mul(s('local.0'), s('u.gate_0')),
    ],
  },
  therapies: ['repeated', 'loaded'],
  streams: [
    { therapy: 0, into: 0 },
    { therapy: 1, into: 0 },
    { therapy: 1, into: 0 },
  ],
  doses: body(
    s('p.dose'), n(0), s('p.every'), n(14), n(1),
    mul(n(25), s('p.WT')), n(0), n(0), n(1), n(0),
    mul(n(15), s('p.WT')), n(0), n(1), n(6), n(2.5),
  ), // biome-ignore format: one stream a line
  outputs: fields({ conc: 'mg/L' }),
  observe: body(concentration),
  watched: fields({ w0: 'mg/L' }),
  watch: body(concentration),
  watchRate: body(div(s('f.central'), s('p.V1'))),
  accumulators: [
    { kind: 'integral', of: 2, window: 0 },
    { kind: 'max', of: 0, window: 1 },
  ],
  windows: 2,
  endpoints: [
    { name: 'auc24', unit: 'mg*h/L', type: 'value' },
    { name: 'peak', unit: 'mg/L', type: 'value' },
    { name: 'hit', unit: '', type: 'probability' },
  ],
  conclude: body(s('a.0'), s('a.1'), call('and', call('ge', s('a.0'), n(400)), call('le', s('a.0'), n(600)))),
};

export const FIXTURES: readonly Program[] = [DECAY, DOSED, SWING, INFUSIONS];

export const BINS: BinLayout = { mantissaBits: 7, low: -20, high: 20, signed: true };

/** Columns given outright; patients beyond the last one start again from the first. */
export function columnsOf(key: string, ...columns: readonly (readonly number[])[]): ColumnSource {
  return {
    key,
    read: (first, count) =>
      Float32Array.from({ length: columns.length * count }, (_, i) => {
        const column = columns[Math.floor(i / count)] ?? [];
        return column[(first + (i % count)) % column.length] ?? Number.NaN;
      }),
  };
}

/** A job with everything a test does not care about filled in. */
export function jobFor(
  program: Program,
  parts: Partial<Job> & Pick<Job, 'horizon' | 'columns' | 'patients'>,
): Job {
  return {
    first: 0,
    arms: [{ therapy: program.therapies.length > 0 ? 0 : -1, study: new Float64Array(program.study.length) }],
    times: Float64Array.of(0, parts.horizon),
    windows: Array.from({ length: program.windows }, () => [0, parts.horizon] as const),
    solver: {
      rtol: 1e-5,
      atol: new Float64Array(program.states.length).fill(1e-8),
      step: Number.POSITIVE_INFINITY,
      maxSteps: 100000,
    },
    bins: { outputs: program.outputs.map(() => BINS), endpoints: program.endpoints.map(() => BINS) },
    ...parts,
  };
}
