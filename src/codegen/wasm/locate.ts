// Finding instants inside a step: where a watched value's rate changes sign (an extremum) and where the value itself
// does (a crossing). In: the step as the loop has written it to scratch memory. Out: theta in 0 .. 1. Called rarely, so
// these are functions of their own that read memory, and each loads only the states its quantity depends on.
import type { Program } from '../program.ts';
import { abs, add, and, div, eq, gt, integerEqual, lt, max, min, mul, select, sub } from './arithmetic.ts';
import {
  callNode,
  type FunctionRef,
  f64,
  i32,
  type Local,
  load,
  type ModuleBuilder,
  type Node,
  type Routine,
} from './assembler.ts';
import { type Emitter, writeBody } from './expressions.ts';
import { type Place, resolver, statesRead } from './frame.ts';
import type { Layout } from './layout.ts';
import { denseState, denseWeights, stageFactor } from './step.ts';

export interface Locator {
  /** Watched value at theta. */
  readonly value: FunctionRef;
  /** (rate at 0, rate at 1) of opposite signs -> theta of the extremum, to 1e-9 of the step. */
  readonly extremum: FunctionRef;
  /** (theta a, value a, theta b, value b) of opposite signs -> theta of the crossing, to 2^-48 of the step. */
  readonly crossing: FunctionRef;
}

/**
 * Writes the advance of the step's start by dt and gives the states there: for methods whose flow is known, in the place
 * of dense output.
 */
export type PartialFlow = (routine: Routine, dt: Node) => (state: number) => Node;

/** States whose dense values a locator of watched quantity j needs. */
export function statesLocated(program: Program, j: number): number[] {
  const rates = statesRead(program, program.watchRate, 'f', [j]);
  const read = [
    ...statesRead(program, program.watch, 'y', [j]),
    ...statesRead(program, program.watchRate, 'y', [j]),
    ...statesRead(program, program.rhs, 'y', rates),
  ];
  return [...new Set(read)].sort((a, b) => a - b);
}

export function createLocator(
  module: ModuleBuilder,
  emitter: Emitter,
  program: Program,
  layout: Layout,
  j: number,
  flow?: PartialFlow,
): Locator {
  const number = (at: number, i = 0) => load('f64', i32(0), at + 8 * i);
  const place = (routine: Routine, theta: Node, states: readonly number[]): Place => {
    const h = routine.keep(number(layout.scratch, 2));
    const exact = flow?.(routine, mul(theta, h));
    const weights = exact === undefined ? denseWeights(routine, program.method, theta) : [];
    const n = program.states.length;
    const y: (Node | undefined)[] = [];
    for (const s of states)
      y[s] = routine.keep(
        exact?.(s) ??
          denseState(number(layout.scratchState, s), stageFactor(program.method, h), weights, (i) =>
            number(layout.scratchStages, i * n + s),
          ),
      );
    return {
      t: routine.keep(add(number(layout.scratch, 0), number(layout.scratch, 1), mul(theta, h))),
      y,
      p: program.params.map((_, i) => number(layout.scratchParams, i)),
      u: program.inputs.map((_, i) => number(layout.scratchInputs, i)),
    };
  };
  const theta = (routine: Routine): Node => routine.params[0] ?? f64(0);

  const value = module.define(['f64'], 'f64', (routine) => {
    const at = place(routine, theta(routine), statesRead(program, program.watch, 'y', [j]));
    const [result = f64(Number.NaN)] = writeBody(
      emitter,
      routine,
      program.watch,
      resolver(program, at),
      new Map(),
      [j],
    );
    routine.give(result);
  });
  const rate = module.define(['f64'], 'f64', (routine) => {
    const at = place(routine, theta(routine), statesLocated(program, j));
    const wanted = statesRead(program, program.watchRate, 'f', [j]);
    const derivatives = writeBody(emitter, routine, program.rhs, resolver(program, at), new Map(), wanted);
    const f: (Node | undefined)[] = [];
    wanted.forEach((s, i) => {
      const node = derivatives[i];
      if (node !== undefined) f[s] = routine.keep(node);
    });
    const resolve = resolver(program, { ...at, f });
    const [result = f64(Number.NaN)] = writeBody(emitter, routine, program.watchRate, resolve, new Map(), [
      j,
    ]);
    routine.give(result);
  });
  return {
    value,
    extremum: module.define(['f64', 'f64'], 'f64', (routine) => {
      const [atStart = f64(0), atEnd = f64(0)] = routine.params;
      writeBracket(routine, rate, 1e-9, f64(0), atStart, f64(1), atEnd);
    }),
    crossing: module.define(['f64', 'f64', 'f64', 'f64'], 'f64', (routine) => {
      const [a = f64(0), atA = f64(0), b = f64(0), atB = f64(0)] = routine.params;
      writeBracket(routine, value, 2 ** -48, a, atA, b, atB);
    }),
  };
}

/**
 * The root of `f` between a and b, of which exactly one has f > 0: inverse quadratic interpolation where the last three
 * points lie on a monotone parabola, else halving (Chandrupatla, Adv. Eng. Software 1997;28:145-149). A trial stays half
 * a `width` away from the bracket's ends, so that it closes on both sides; six to nine trials on smooth functions.
 */
function writeBracket(
  routine: Routine,
  f: FunctionRef,
  width: number,
  a0: Node,
  fa0: Node,
  b0: Node,
  fb0: Node,
): void {
  const number = (initial: Node) => {
    const local = routine.local('f64');
    routine.set(local, initial);
    return local;
  };
  // The newest point, the bracket's other end, and the point before.
  const [x1, f1, x2, f2] = [number(b0), number(fb0), number(a0), number(fa0)];
  const [x3, f3] = [number(a0), number(fa0)];
  const t = number(f64(0.5));
  const [x, fx, least, xi, phi, trial] = Array.from({ length: 6 }, () => number(f64(0))) as [
    Local, Local, Local, Local, Local, Local,
  ]; // biome-ignore format: a list
  const sameSide = integerEqual(gt(fx, f64(0)), gt(f1, f64(0)));
  const square = (value: Node) => mul(value, value);
  routine.block((leave) => {
    routine.loop((again) => {
      routine.set(x, add(x1, mul(t, sub(x2, x1))));
      routine.set(fx, callNode(f, x));
      routine.set(trial, add(trial, f64(1)));
      routine.when(
        sameSide,
        () => {
          routine.set(x3, x1);
          routine.set(f3, f1);
        },
        () => {
          routine.set(x3, x2);
          routine.set(f3, f2);
          routine.set(x2, x1);
          routine.set(f2, f1);
        },
      );
      routine.set(x1, x);
      routine.set(f1, fx);
      routine.set(least, div(f64(0.5 * width), abs(sub(x2, x1))));
      routine.branch(leave, gt(least, f64(0.5)));
      routine.branch(leave, eq(fx, f64(0)));
      routine.branch(leave, gt(trial, f64(200)));
      routine.set(xi, div(sub(x1, x2), sub(x3, x2)));
      routine.set(phi, div(sub(f1, f2), sub(f3, f2)));
      routine.set(t, f64(0.5));
      routine.when(and(lt(square(phi), xi), lt(square(sub(f64(1), phi)), sub(f64(1), xi))), () => {
        const first = mul(div(f1, sub(f2, f1)), div(f3, sub(f2, f3)));
        const slope = div(sub(x3, x1), sub(x2, x1));
        const second = mul(slope, div(f1, sub(f3, f1)), div(f2, sub(f3, f2)));
        routine.set(t, add(first, second));
      });
      routine.set(t, min(sub(f64(1), least), max(least, t)));
      routine.branch(again);
    });
  });
  routine.give(select(lt(abs(f2), abs(f1)), x2, x1));
}
