// Programs with happenings, written by hand, for the tests of what happens at instants. A sketch (wasm-fixtures.ts) plus
// memory, triggers and effects.
import type {
  Body,
  Happening,
  Input,
  PatientTable,
  Program,
  Target,
  Trigger,
} from '../../src/codegen/program.ts';
import type { Individuals, Job, LedgerEntry, TableSource } from '../../src/engine/backend.ts';
import { STATUSES } from '../../src/engine/backend.ts';
import { createWasmBackend, type WasmKernel } from '../../src/engine/webassembly.ts';
import type { Expression } from '../../src/language/expression.ts';
import { add, body, jobFor, mul, n, type Sketch, s, sketch } from './wasm-fixtures.ts';

export const NEVER: Trigger = { kind: 'follow' };
export const clock = (k: number): Trigger => ({ kind: 'clock', clock: k });
export const when = (of: number, initially = false): Trigger => ({ kind: 'condition', of, initially });
export const state = (index: number): Target => ({ kind: 'state', index });
export const held = (index: number): Target => ({ kind: 'held', index });

export function happening(
  name: string,
  trigger: Trigger,
  capture: readonly Expression[],
  effect: readonly (readonly [Target, Expression])[],
  more: Partial<Happening> = {},
): Happening {
  return {
    name,
    therapy: -1,
    trigger,
    capture: body(...capture),
    delay: null,
    guard: null,
    persistent: true,
    priority: null,
    reset: null,
    steady: null,
    effect: body(...effect.map(([, value]) => value)),
    targets: effect.map(([target]) => target),
    follow: null,
    dose: null,
    ...more,
  };
}

export interface Eventful extends Sketch {
  /** Held inputs and their initial values, in order; they come after rates and gates. */
  readonly memory?: Readonly<Record<string, Expression>>;
  readonly derived?: Readonly<Record<string, Expression>>;
  readonly happenings?: readonly Happening[];
  readonly clocks?: readonly (readonly [Expression, Expression, Expression])[];
  readonly tables?: readonly PatientTable[];
  readonly draws?: number | null;
  readonly agenda?: number;
  readonly replay?: number | null;
}

export function eventful(o: Eventful): Program {
  const base = sketch(o);
  const memory = o.memory ?? {};
  const derived = o.derived ?? {};
  const inputs: Input[] = [
    ...base.inputs,
    ...Object.keys(memory).map((name) => ({ kind: 'held' as const, name })),
    ...Object.keys(derived).map((name) => ({ kind: 'derived' as const, name })),
  ];
  const therapies = Math.max(
    base.therapies.length,
    ...(o.happenings ?? []).map(({ therapy }) => therapy + 1),
  );
  return {
    ...base,
    therapies: Array.from({ length: therapies }, (_, i) => `therapy ${i}`),
    inputs,
    held: body(...Object.values(memory)),
    derived: body(...Object.values(derived)),
    happenings: o.happenings ?? [],
    clocks: body(...(o.clocks ?? []).flat()),
    tables: o.tables ?? [],
    draws: o.draws ?? null,
    agenda: o.agenda ?? 32,
    replay: o.replay ?? null,
  };
}

/** a' = -k a + rate, rate a held input (0), doses as happenings. */
export const compartment = (k: number, o: Partial<Eventful> = {}): Program =>
  eventful({
    name: 'compartment',
    states: { a: [n(0), add(mul(n(-k), s('y.a')), s('u.rate'))] },
    memory: { rate: n(0) },
    outputs: { a: s('y.a') },
    ...o,
  });

/**
 * The two happenings of an infusion into state 0 at held input 0: start captures [amount, duration, rate, delay, mode,
 * interval], end takes the rate away.
 */
export function infusion(
  at: number,
  trigger: Trigger,
  amount: Expression,
  duration: Expression,
  o: {
    readonly lag?: Expression;
    readonly mode?: Expression;
    readonly interval?: Expression;
    readonly rate?: Expression;
  } = {},
  more: Partial<Happening> = {},
): Happening[] {
  const rate = o.rate ?? { kind: 'call' as const, fn: 'div' as const, args: [amount, duration] };
  const capture = [amount, duration, rate, o.lag ?? n(0), o.mode ?? n(0), o.interval ?? n(0)];
  return [
    happening('start', trigger, capture, [[held(0), add(s('u.rate'), s('c.2'))]], {
      delay: 3,
      dose: { state: 0, amount: 0, duration: 1 },
      follow: { happening: at + 1, delay: 1, captured: [2] },
      steady: o.mode
        ? { mode: 4, interval: 5, duration: 1, lag: 3, boluses: [], rates: [{ input: 0, rate: 2 }] }
        : null,
      ...more,
    }),
    happening('end', NEVER, [], [[held(0), { kind: 'call', fn: 'sub', args: [s('u.rate'), s('c.0')] }]]),
  ];
}

/** A bolus into state 0: captures [amount, delay, mode, interval]. */
export const bolus = (
  trigger: Trigger,
  amount: Expression,
  o: { readonly lag?: Expression; readonly mode?: Expression; readonly interval?: Expression } = {},
  more: Partial<Happening> = {},
): Happening =>
  happening(
    'bolus',
    trigger,
    [amount, o.lag ?? n(0), o.mode ?? n(0), o.interval ?? n(0), n(0)],
    [[state(0), add(s('y.a'), s('c.0'))]],
    {
      delay: 1,
      dose: { state: 0, amount: 0, duration: 4 },
      steady: o.mode
        ? { mode: 2, interval: 3, duration: 4, lag: 1, boluses: [{ state: 0, amount: 0 }], rates: [] }
        : null,
      ...more,
    },
  );

/** Rows [patient][row][field] as a table's source. */
export function rowsOf(rows: readonly (readonly (readonly number[])[])[], fields: number): TableSource {
  const most = Math.max(0, ...rows.map((own) => own.length));
  return {
    key: 'rows',
    rows: most,
    read: (first, count) =>
      Float64Array.from({ length: fields * most * count }, (_, at) => {
        const patient = first + (at % count);
        const line = Math.floor(at / count);
        const row = rows[patient % Math.max(1, rows.length)]?.[line % most];
        return row?.[Math.floor(line / most)] ?? (line < most ? Number.POSITIVE_INFINITY : 0);
      }),
  };
}

export interface Solved {
  readonly status: string | undefined;
  readonly steps: number;
  readonly outputs: readonly (readonly number[])[];
  readonly endpoints: readonly number[];
  readonly ledger: readonly LedgerEntry[];
}

export async function individuals(
  kernel: WasmKernel,
  program: Program,
  job: Job,
  patients: readonly number[] = [0],
  chunk = 64,
): Promise<Individuals> {
  const compiled = await createWasmBackend({ kernel, chunk }).compile(program);
  return compiled.individuals(job, patients, { ledger: true });
}

/** What of one patient of the first arm. */
export function patientOf(program: Program, job: Job, { arms, patients }: Individuals, i = 0): Solved {
  const [arm] = arms;
  if (arm === undefined) throw new Error('no arm');
  const times = job.times.length;
  const total = patients.length;
  return {
    status: STATUSES[arm.status[i] ?? 0],
    steps: arm.steps[i] ?? 0,
    outputs: program.outputs.map((_, o) =>
      Array.from({ length: times }, (_, t) => arm.outputs[(o * times + t) * total + i] ?? Number.NaN),
    ),
    endpoints: program.endpoints.map((_, e) => arm.endpoints[e * total + i] ?? Number.NaN),
    ledger: arm.ledger?.[i] ?? [],
  };
}

/** Other backends of single precision that are held to the scalar kernel's answers: a test that has a GPU adds it. */
export const ALSO_HELD: ((program: Program, job: Job, scalar: Solved) => Promise<void>)[] = [];

/** Patient 0 by the scalar kernel; f64x2 must have its bits, f32x4 be near it. */
export async function solveAll(
  program: Program,
  options: Parameters<typeof jobFor>[1] = {},
  expectSame: (name: string, scalar: Solved, other: Solved) => void = () => undefined,
): Promise<Solved> {
  const job = jobFor(program, options);
  const scalar = patientOf(program, job, await individuals('scalar', program, job));
  expectSame('f64x2', scalar, patientOf(program, job, await individuals('f64x2', program, job)));
  const loose = {
    ...job.solver,
    rtol: Math.max(job.solver.rtol, 1e-5),
    atol: job.solver.atol.map((x) => Math.max(x, 1e-6)),
  };
  const single = { ...job, solver: loose };
  expectSame('f32x4', scalar, patientOf(program, single, await individuals('f32x4', program, single)));
  for (const hold of ALSO_HELD) await hold(program, single, scalar);
  return scalar;
}

export const bodyOf = (...results: Expression[]): Body => body(...results);
