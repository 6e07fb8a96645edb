// Where everything lies in a kernel's linear memory. In: a Program and the patients of a chunk. Out: byte offsets that
// the emitter writes into the code and the lane writes data to. Fixed parts first, then what depends on the job.
import { isEventful } from '../eventful.ts';
import type { Program } from '../program.ts';
import { type EventLayout, eventLayoutOf } from './event-layout.ts';

export interface Layout {
  /** Patients per call at most. */
  readonly capacity: number;
  /** Distance between a quantity's values of neighbouring rows, in values: not a power of two, so rows spread over the cache. */
  readonly stride: number;
  readonly tick: number;
  readonly horizon: number;
  readonly rtol: number;
  readonly step: number;
  readonly maxSteps: number;
  /** Of one value of an output: f64, or f32 where the kernel computes in it. */
  readonly valueBytes: 4 | 8;
  /** i32: number of output times, address of their ticks (with an Infinity after the last), address of the values. */
  readonly times: number;
  readonly ticksAt: number;
  readonly valuesAt: number;
  readonly study: number;
  readonly atol: number;
  /** Per window three f64: tick of `from` for 'at', then `from` and `to` for the rest; Infinity where missing. */
  readonly windows: number;
  /** f64 per state: largest |y| seen (kernels that track it). */
  readonly largest: number;
  /** The step being looked into: segment start, tau, h, then y, stages, params, inputs. */
  readonly scratch: number;
  readonly scratchState: number;
  readonly scratchStages: number;
  readonly scratchParams: number;
  readonly scratchInputs: number;
  /** f32 [column][stride]. */
  readonly columns: number;
  /** f64 [endpoint][stride]. */
  readonly endpoints: number;
  /** u8 [stride]: index into STATUSES. */
  readonly status: number;
  /** i32 [stride]. */
  readonly steps: number;
  /** Of what happens at instants, in programs and jobs that have more than plain doses. */
  readonly events?: EventLayout;
  /** First byte free for output ticks and values. */
  readonly free: number;
}

export interface LayoutOptions {
  /** Room for breaks, also where the program itself needs none. */
  readonly breaks?: boolean;
  /** Patients that are solved at the same time. */
  readonly lanes?: number;
}

/** Vectors that the dense output combines: the stages, and f(t + h, y1) where a method's row asks for it. */
export const denseStages = (program: Program): number =>
  Math.max(program.method.c.length, program.method.dense.length);

export function layoutOf(
  program: Program,
  capacity: number,
  { breaks = false, lanes = 1 }: LayoutOptions = {},
): Layout {
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > 65536)
    throw new RangeError(`a chunk of ${capacity} patients; use a whole number from 1 to 65536`);
  const stride = capacity + 8;
  let next = 0;
  const take = (bytes: number): number => {
    const at = next;
    next += Math.ceil(bytes / 8) * 8;
    return at;
  };
  const numbers = (count: number) => take(8 * count);
  const states = program.states.length;
  const layout: Layout = {
    capacity,
    stride,
    valueBytes: 8,
    tick: numbers(1),
    horizon: numbers(1),
    rtol: numbers(1),
    step: numbers(1),
    maxSteps: numbers(1),
    times: take(4),
    ticksAt: take(4),
    valuesAt: take(4),
    study: numbers(program.study.length),
    atol: numbers(states),
    windows: numbers(3 * program.windows),
    largest: numbers(states),
    scratch: numbers(3),
    scratchState: numbers(states),
    scratchStages: numbers(states * denseStages(program)),
    scratchParams: numbers(program.params.length),
    scratchInputs: numbers(program.inputs.length),
    columns: take(4 * stride * program.columns.length),
    endpoints: numbers(stride * program.endpoints.length),
    status: take(stride),
    steps: take(4 * stride),
    free: next,
  };
  if (!breaks && !isEventful(program)) return { ...layout, free: next };
  const events = eventLayoutOf(program, next, stride, lanes);
  return { ...layout, events, free: events.end };
}
