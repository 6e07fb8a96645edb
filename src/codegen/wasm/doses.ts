// Doses as stateless streams: from (amount, start, interval, count, duration) in ticks follow, at any tick, what is given
// then, the infusion rates after it, and the next event. In: a Frame. Out: statements. See SEMANTICS.md, "Doses".
import type { Stream } from '../program.ts';
import {
  abs,
  add,
  and,
  div,
  eq,
  floor,
  ge,
  gt,
  integerEqual,
  le,
  lt,
  max,
  min,
  mul,
  nearest,
  not,
  or,
  select,
  sub,
} from './arithmetic.ts';
import { f64, i32, type Local, load, type Node } from './assembler.ts';
import { type Frame, writeAt } from './frame.ts';

interface StreamLocals {
  readonly stream: Stream;
  readonly amount: Local;
  /** Ticks, whole numbers in f64. */
  readonly start: Local;
  readonly interval: Local;
  readonly duration: Local;
  /** 0 for a stream that never happens. */
  readonly count: Local;
  /** Amount per time while one infusion runs. */
  readonly rate: Local;
}

export interface Doses {
  /** Evaluates the streams of `therapy`; `broken` is run when one has an amount or time that is not a number. */
  begin(therapy: Node, broken: () => void): void;
  /** Gives the boluses of tick `now`, sets the infusion inputs, lowers `next` to the streams' next event. */
  give(now: Node, next: Local): void;
}

/** Ticks beyond this are never reached; it keeps sums and products exact. */
const FAR = 2 ** 50;

export function createDoses(frame: Frame): Doses {
  const { routine, program, layout, y, u } = frame;
  const number = () => routine.local('f64');
  const streams: StreamLocals[] = program.streams.map((stream) => ({
    stream,
    amount: number(),
    start: number(),
    interval: number(),
    duration: number(),
    count: number(),
    rate: number(),
  }));
  const tick = load('f64', i32(0), layout.tick);
  const horizon = load('f64', i32(0), layout.horizon);
  const rateInput = (state: number) => {
    const at = program.inputs.findIndex((input) => input.kind === 'rate' && input.state === state);
    return at < 0 ? undefined : u[at];
  };
  const ticks = (time: Node): Node => max(f64(-FAR), min(f64(FAR), nearest(div(time, tick))));
  /** How many of a stream's starts (or ends, by `first`) have come at tick `now`. */
  const soFar = (now: Node, first: Node, { interval, count }: StreamLocals): Node =>
    select(lt(now, first), f64(0), min(count, add(floor(div(sub(now, first), interval)), f64(1))));
  const starts = number();
  const ends = number();
  const end = number();

  return {
    begin(therapy, broken) {
      for (const { count } of streams) routine.set(count, f64(0));
      program.therapies.forEach((_, number) => {
        const own = streams.flatMap((locals, s) => (locals.stream.therapy === number ? [{ locals, s }] : []));
        if (own.length === 0) return;
        routine.when(integerEqual(therapy, i32(number)), () => {
          const wanted = own.flatMap(({ s }) => [0, 1, 2, 3, 4].map((i) => 5 * s + i));
          const values = writeAt(frame, program.doses, {}, wanted);
          own.forEach(({ locals }, i) => {
            const fields = [locals.amount, locals.start, locals.interval, locals.count, locals.duration];
            fields.forEach((local, field) => {
              routine.set(local, values[5 * i + field] ?? f64(Number.NaN));
            });
          });
          for (const { locals } of own) {
            const { amount, start, interval, count, duration, rate, stream } = locals;
            const numbers = [start, interval, count, duration].map((x) => eq(x, x));
            routine.when(not(and(lt(abs(amount), f64(Number.POSITIVE_INFINITY)), ...numbers)), broken);
            routine.set(start, ticks(start));
            routine.set(interval, ticks(interval));
            routine.set(count, max(f64(0), min(f64(FAR), nearest(count))));
            const once = or(le(count, f64(1)), lt(interval, f64(1)));
            routine.set(interval, select(once, add(horizon, f64(1)), interval));
            const infused = rateInput(stream.into) === undefined ? i32(0) : gt(duration, f64(0));
            routine.set(duration, select(infused, max(f64(1), ticks(duration)), f64(0)));
            routine.set(rate, div(amount, mul(duration, tick)));
          }
        });
      });
    },
    give(now, next) {
      program.inputs.forEach((input, i) => {
        const local = u[i];
        if (input.kind === 'rate' && local !== undefined) routine.set(local, f64(0));
      });
      for (const locals of streams) {
        const { amount, start, interval, duration, count, rate, stream } = locals;
        const state = y[stream.into];
        if (state === undefined) throw new RangeError(`a dose into state ${stream.into} of ${y.length}`);
        const input = rateInput(stream.into);
        const following = (first: Node, done: Node) =>
          routine.when(lt(done, count), () => routine.set(next, min(next, add(first, mul(done, interval)))));
        routine.when(gt(count, f64(0)), () => {
          routine.set(starts, soFar(now, start, locals));
          following(start, starts);
          const bolus = () => {
            const latest = add(start, mul(sub(starts, f64(1)), interval));
            routine.when(and(ge(starts, f64(1)), eq(latest, now)), () =>
              routine.set(state, add(state, amount)),
            );
          };
          if (input === undefined) return bolus();
          routine.when(eq(duration, f64(0)), bolus, () => {
            routine.set(end, add(start, duration));
            routine.set(ends, soFar(now, end, locals));
            following(end, ends);
            routine.set(input, add(input, mul(sub(starts, ends), rate)));
          });
        });
      }
    },
  };
}
