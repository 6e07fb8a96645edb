// Accumulators along the path: extrema, their times, first times, shares of time, values at an instant, integrals.
// In: a Frame and a step (or an instant). Out: statements that keep the accumulators' locals. SEMANTICS.md says what
// counts; a value located inside a step comes from locate.ts, and only windows that are open listen.
import type { Accumulator } from '../program.ts';
import { add, and, eq, gt, integerUnequal, le, lt, mul, ne, or, select, sub } from './arithmetic.ts';
import { callNode, f64, i32, type Local, load, type ModuleBuilder, type Node } from './assembler.ts';
import { type Frame, writeAt } from './frame.ts';
import { createLocator, type Locator, statesLocated } from './locate.ts';

export interface Kept {
  readonly accumulator: Accumulator;
  /** What `a.N` will be. */
  readonly value: Local;
  /** Best value so far, for times of extrema. */
  readonly best: Local;
}

export interface Window {
  readonly at: Local;
  readonly from: Local;
  readonly to: Local;
  /** i32: open now. */
  readonly open: Local;
}

export interface Watched {
  readonly index: number;
  readonly locator: Locator;
  readonly kept: readonly Kept[];
  readonly before: Local;
  readonly rateBefore: Local;
  readonly after: Local;
  readonly rateAfter: Local;
  readonly crosses: boolean;
}

export interface Watch {
  readonly windows: readonly Window[];
  /** One per accumulator. */
  readonly kept: readonly Kept[];
  /** Quantities that are followed from step to step. */
  readonly watched: readonly Watched[];
  /** At the patient's start: windows' edges, empty accumulators. */
  begin(): void;
  /** Before anything happens at tick `now`: values 'at' it, integrals that end, first sight of windows that begin. */
  arrive(now: Node): void;
  /** After doses, with the derivative there known: values at the segment's start. */
  depart(now: Node): void;
  /** After an accepted step (h, y1, f1 known). */
  step(): void;
  /** Accumulators' values, missing ones NaN. */
  conclude(): Node[];
}

const unique = (numbers: readonly number[]): number[] => [...new Set(numbers)].sort((a, b) => a - b);

/** `locate`: how instants inside a step are found; absent: on the method's dense output. */
export function createWatch(
  module: ModuleBuilder,
  frame: Frame,
  locate: (index: number) => Locator = (index) =>
    createLocator(module, frame.emitter, frame.program, frame.layout, index),
): Watch {
  const { routine, program, layout, y, y1, k, f1, u, origin, tau, h } = frame;
  const number = () => routine.local('f64');
  const kept: Kept[] = program.accumulators.map((accumulator) => ({
    accumulator,
    value: number(),
    best: number(),
  }));
  const instants = kept.filter(({ accumulator: { kind } }) => kind === 'at');
  const integrals = kept.filter(({ accumulator: { kind } }) => kind === 'integral');
  const followed = kept.filter(({ accumulator: { kind } }) => kind !== 'at' && kind !== 'integral');
  const windows: Window[] = Array.from({ length: program.windows }, () => ({
    at: number(),
    from: number(),
    to: number(),
    open: routine.local('i32'),
  }));
  const windowOf = ({ accumulator }: Kept): Window => {
    const window = windows[accumulator.window];
    if (window === undefined) throw new RangeError(`window ${accumulator.window} of ${program.windows}`);
    return window;
  };
  const watched: Watched[] = unique(followed.map(({ accumulator }) => accumulator.of)).map((index) => {
    const own = followed.filter(({ accumulator }) => accumulator.of === index);
    return {
      index,
      locator: locate(index),
      kept: own,
      before: number(),
      rateBefore: number(),
      after: number(),
      rateAfter: number(),
      crosses: own.some(({ accumulator: { kind } }) => kind === 'first time' || kind === 'share of time'),
    };
  });
  const indices = watched.map(({ index }) => index);
  const followedWindows = unique(followed.map(({ accumulator }) => accumulator.window)).flatMap(
    (w) => windows[w] ?? [],
  );
  const [theta, peak, middle, root, end] = [number(), number(), number(), number(), number()];
  const [hasPeak, spill, holdsA, holdsB] = Array.from({ length: 4 }, () => routine.local('i32')) as [
    Local,
    Local,
    Local,
    Local,
  ];
  const time = number();
  const none = i32(0);
  const either = (conditions: readonly Node[]): Node => or(conditions[0] ?? none, ...conditions.slice(1));
  const modelTime = (now: Node): Node => mul(now, load('f64', i32(0), layout.tick));
  const opposite = (a: Node, b: Node): Node =>
    or(and(gt(a, f64(0)), lt(b, f64(0))), and(lt(a, f64(0)), gt(b, f64(0))));

  /** One value seen at one time. */
  const see = (own: readonly Kept[], value: Local, at: Node, listens: (window: Window) => Node) => {
    for (const one of own) {
      const { kind } = one.accumulator;
      if (kind === 'share of time') continue;
      routine.when(listens(windowOf(one)), () => {
        if (kind === 'min') routine.when(lt(value, one.value), () => routine.set(one.value, value));
        else if (kind === 'max') routine.when(gt(value, one.value), () => routine.set(one.value, value));
        else if (kind === 'first time')
          routine.when(and(gt(value, f64(0)), ne(one.value, one.value)), () => routine.set(one.value, at));
        else
          routine.when(kind === 'time of min' ? lt(value, one.best) : gt(value, one.best), () => {
            routine.set(one.best, value);
            routine.set(one.value, at);
          });
      });
    }
  };

  /** A stretch of the step in which the value is monotone. */
  const stretch = (one: Watched, a: Node, atA: Node, b: Node, atB: Node) => {
    routine.set(holdsA, gt(atA, f64(0)));
    routine.set(holdsB, gt(atB, f64(0)));
    routine.set(root, select(holdsA, b, a));
    routine.when(integerUnequal(holdsA, holdsB), () => {
      routine.set(root, callNode(one.locator.crossing, a, atA, b, atB));
    });
    for (const keptOne of one.kept) {
      const { kind } = keptOne.accumulator;
      const { open } = windowOf(keptOne);
      if (kind === 'first time')
        routine.when(and(open, holdsB, ne(keptOne.value, keptOne.value)), () =>
          routine.set(keptOne.value, add(origin, tau, mul(select(holdsA, a, root), h))),
        );
      else if (kind === 'share of time')
        routine.when(open, () => {
          // From a to the root while it holds at a, else from the root to b while it holds at b.
          const share = select(holdsA, sub(root, a), select(holdsB, sub(b, root), f64(0)));
          routine.set(keptOne.value, add(keptOne.value, mul(share, h)));
        });
    }
  };

  const writeScratch = () => {
    const store = (at: number, i: number, value: Node) => routine.store('f64', i32(0), value, at + 8 * i);
    [origin, tau, h].forEach((value, i) => {
      store(layout.scratch, i, value);
    });
    for (const s of unique(indices.flatMap((j) => statesLocated(program, j)))) {
      const state = y[s];
      if (state !== undefined) store(layout.scratchState, s, state);
      k.forEach((stage, i) => {
        const value = stage[s];
        if (value !== undefined) store(layout.scratchStages, i * program.states.length + s, value);
      });
    }
    u.forEach((value, i) => {
      store(layout.scratchInputs, i, value);
    });
  };

  const follow = (one: Watched) => {
    const { locator, before, after, rateBefore, rateAfter } = one;
    routine.set(hasPeak, none);
    routine.set(theta, f64(1));
    routine.set(middle, after);
    routine.when(opposite(rateBefore, rateAfter), () => {
      routine.set(hasPeak, i32(1));
      routine.set(theta, callNode(locator.extremum, rateBefore, rateAfter));
      routine.set(peak, callNode(locator.value, theta));
      routine.set(middle, peak);
      routine.set(time, add(origin, tau, mul(theta, h)));
      see(
        one.kept.filter(({ accumulator: { kind } }) => kind !== 'first time'),
        peak,
        time,
        ({ open }) => open,
      );
    });
    if (one.crosses) {
      stretch(one, f64(0), before, theta, middle);
      routine.when(hasPeak, () => stretch(one, theta, peak, f64(1), after));
    }
    see(one.kept, after, end, ({ open }) => open);
    routine.set(before, after);
    routine.set(rateBefore, rateAfter);
  };

  return {
    windows,
    kept,
    watched,
    begin() {
      windows.forEach(({ at, from, to }, w) => {
        [at, from, to].forEach((local, i) => {
          routine.set(local, load('f64', i32(0), layout.windows + 24 * w + 8 * i));
        });
      });
      for (const { accumulator, value, best } of kept) {
        const { kind } = accumulator;
        const lowest = f64(Number.NEGATIVE_INFINITY);
        const highest = f64(Number.POSITIVE_INFINITY);
        const empty = kind === 'min' ? highest : kind === 'max' ? lowest : f64(Number.NaN);
        routine.set(value, kind === 'share of time' ? f64(0) : empty);
        if (kind === 'time of min') routine.set(best, highest);
        if (kind === 'time of max') routine.set(best, lowest);
      }
      if (watched.length > 0)
        frame.p.forEach((value, i) => {
          routine.store('f64', i32(0), value, layout.scratchParams + 8 * i);
        });
    },
    arrive(now) {
      for (const one of integrals) {
        const { from, to } = windowOf(one);
        const state = y[one.accumulator.of];
        if (state === undefined) throw new RangeError(`no quadrature state ${one.accumulator.of}`);
        routine.when(eq(to, now), () => routine.set(one.value, select(eq(from, now), f64(0), state)));
        routine.when(eq(from, now), () => routine.set(state, f64(0)));
      }
      const at = unique(instants.map(({ accumulator }) => accumulator.of));
      const first = unique([...at, ...indices]);
      if (first.length === 0) return;
      const begins = [
        ...instants.map((one) => eq(windowOf(one).at, now)),
        ...followedWindows.map(({ from }) => eq(from, now)),
      ];
      routine.when(either(begins), () => {
        routine.set(time, modelTime(now));
        const values = writeAt(frame, program.watch, { t: time, y }, first);
        first.forEach((index, i) => {
          routine.set(peak, values[i] ?? f64(Number.NaN));
          for (const one of instants)
            if (one.accumulator.of === index)
              routine.when(eq(windowOf(one).at, now), () => routine.set(one.value, peak));
          const own = watched.find((w) => w.index === index)?.kept ?? [];
          see(own, peak, time, ({ from }) => eq(from, now));
        });
      });
    },
    depart(now) {
      for (const { from, to, open } of windows) routine.set(open, and(le(from, now), lt(now, to)));
      if (watched.length === 0) return;
      const listens = ({ open, from }: Window) => or(open, eq(from, now));
      routine.when(either(followedWindows.map(listens)), () => {
        const values = writeAt(frame, program.watch, { t: origin, y }, indices);
        watched.forEach(({ before }, i) => {
          routine.set(before, values[i] ?? before);
        });
        const rates = writeAt(frame, program.watchRate, { t: origin, y, f: frame.f0 }, indices);
        watched.forEach(({ rateBefore }, i) => {
          routine.set(rateBefore, rates[i] ?? rateBefore);
        });
        for (const one of watched) see(one.kept, one.before, origin, listens);
      });
    },
    step() {
      if (watched.length === 0) return;
      routine.when(either(followedWindows.map(({ open }) => open)), () => {
        routine.set(end, add(origin, tau, h));
        const values = writeAt(frame, program.watch, { t: end, y: y1 }, indices);
        watched.forEach(({ after }, i) => {
          routine.set(after, values[i] ?? after);
        });
        const rates = writeAt(frame, program.watchRate, { t: end, y: y1, f: f1 }, indices);
        watched.forEach(({ rateAfter }, i) => {
          routine.set(rateAfter, rates[i] ?? rateAfter);
        });
        routine.set(
          spill,
          either(
            watched.flatMap(({ rateBefore, rateAfter, before, after, crosses }) => [
              opposite(rateBefore, rateAfter),
              ...(crosses ? [integerUnequal(gt(before, f64(0)), gt(after, f64(0)))] : []),
            ]),
          ),
        );
        routine.when(spill, writeScratch);
        for (const one of watched) follow(one);
      });
    },
    conclude() {
      const horizon = load('f64', i32(0), layout.horizon);
      return kept.map((one) => {
        const { kind } = one.accumulator;
        const { at, to } = windowOf(one);
        const there = kind === 'at' ? le(at, horizon) : le(to, horizon);
        // An extremum that saw only NaN is still at infinity.
        const real = kind === 'min' || kind === 'max' ? lt(mul(f64(0), one.value), f64(1)) : there;
        routine.set(one.value, select(and(there, real), one.value, f64(Number.NaN)));
        return one.value;
      });
    },
  };
}
