// Where a SIMD kernel keeps what its lanes share between vector code and the scalar code for rare work. In: a Program,
// the kind of vector. Out: the scalar kernel's layout, extended. A vector slot has 16 bytes a unit and holds one value of
// each lane in the vector's own format; a wide slot holds one f64 a lane, for what only the scalar code uses (ticks, streams).
import { conditionsOf } from '../eventful.ts';
import type { Program } from '../program.ts';
import { type Layout, layoutOf } from './layout.ts';
import type { SimdKind } from './simd-arithmetic.ts';

export interface SimdLayout extends Layout {
  readonly kind: SimdKind;
  /** Vectors side by side: the latency of one's operations is filled with the other's. */
  readonly units: number;
  /** Patients in all of them. */
  readonly lanes: number;
  /** i32: the next patient and the end of the queue. */
  readonly queue: number;
  readonly queueEnd: number;
  /** f64: where a lane writes that has no output due. */
  readonly nowhere: number;
  /** Numbers of the job in the vector's own format: rtol, largest step, most steps, then atol by state. */
  readonly numbers: number;
  readonly vectors: number;
  readonly wides: number;
  readonly widesEnd: number;
}

export const isSimd = (layout: Layout): layout is SimdLayout => 'kind' in layout;

const LANES = { f64x2: 2, f32x4: 4 } as const;
/** Programs with more states keep a machine busy with one vector, and compile in half the time. */
const STATES_OF_TWO_UNITS = 12;

/** Vector slots by meaning; each is a list of numbers of slots. */
export function vectorSlots(program: Program) {
  let next = 0;
  const one = () => next++;
  const many = (count: number) => Array.from({ length: count }, one);
  const states = program.states.length;
  const { method } = program;
  const conditions = conditionsOf(program).length;
  const stages = Math.max(method.c.length, method.dense.length);
  const k = Array.from({ length: stages }, () => many(states));
  return {
    y: many(states),
    y1: many(states),
    k,
    /** The slope at the step's start: an explicit method's first stage. */
    f0: method.kind === 'explicit' ? (k[0] ?? []) : many(states),
    f1: many(states),
    p: many(program.params.length),
    u: many(program.inputs.length),
    origin: one(),
    /** First and last time of the segment at which a derivative is taken. */
    inside: many(2),
    tau: one(),
    h: one(),
    step: one(),
    length: one(),
    previous: one(),
    begun: one(),
    steps: one(),
    due: one(),
    whole: one(),
    /** Masks. */
    active: one(),
    begunHere: one(),
    rejected: one(),
    open: many(program.windows),
    value: many(program.accumulators.length),
    best: many(program.accumulators.length),
    before: many(program.watched.length),
    rateBefore: many(program.watched.length),
    /** Per condition its margin and rate at the step's start, a mask of its truth; a mask of lanes whose step is given up. */
    margin: many(conditions),
    marginRate: many(conditions),
    truth: many(conditions),
    cut: many(conditions > 0 ? 1 : 0),
    count: one(),
  };
}
export type VectorSlots = ReturnType<typeof vectorSlots>;

/** Two vectors of Rosenbrock steps side by side are half as much code again and no faster. */
const unitsOf = ({ states, method }: Program): number =>
  method.kind === 'rosenbrock' || states.length > STATES_OF_TWO_UNITS ? 1 : 2;

/** At most this many wide slots: see attend in simd-attend.ts for what they hold. */
const wideSlots = (program: Program): number =>
  32 +
  8 * program.streams.length +
  8 * program.windows +
  8 * program.accumulators.length +
  4 * program.watched.length;

export function simdLayoutOf(program: Program, capacity: number, kind: SimdKind, breaks = false): SimdLayout {
  const units = unitsOf(program);
  const base = layoutOf(program, capacity, { breaks, lanes: LANES[kind] * units });
  let next = Math.ceil(base.free / 64) * 64;
  const take = (bytes: number): number => {
    const at = next;
    next += Math.ceil(bytes / 64) * 64;
    return at;
  };
  const lanes = LANES[kind] * units;
  return {
    ...base,
    kind,
    valueBytes: kind === 'f32x4' ? 4 : 8,
    units,
    lanes,
    queue: take(4),
    queueEnd: take(4),
    nowhere: take(8),
    numbers: take(8 * (3 + program.states.length)),
    vectors: take(16 * units * vectorSlots(program).count),
    wides: take(8 * lanes * wideSlots(program)),
    widesEnd: next,
    free: next,
  };
}
