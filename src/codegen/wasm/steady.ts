// A steady state of a regimen, reached while time stands: periods are solved until the change that is left is far below
// the tolerance, then the time since the last dose. In: a lane's block with the state of that moment and the regimen in it.
// Out: a function that leaves the state there. SEMANTICS.md, "Happenings". Quadratures and streams take no part.
import { type Expression, symbol } from '../../language/expression.ts';
import { substitute } from '../../language/fold.ts';
import { heldOfDoses } from '../eventful.ts';
import { EXACT, TSIT5 } from '../methods.ts';
import type { Program } from '../program.ts';
import { type Agenda, derivedInputs, momentOf, type Site } from './agenda.ts';
import {
  abs, add, and, ceil, div, eq, floor, ge, gt, integerAdd, integerEqual, integerLess, le, lt, max, min, mul, not, or, select, sub,
} from './arithmetic.ts'; // biome-ignore format: a list
import {
  callNode,
  type FunctionRef,
  f64,
  i32,
  type Local,
  load,
  type Node,
  operation,
  type Routine,
} from './assembler.ts';
import { writeBody } from './expressions.ts';
import { createFrame, endWith, resolver } from './frame.ts';
import type { Layout } from './layout.ts';
import { firstStep, writeEnd, writeStep } from './one-step.ts';
import { STATUS } from './patient-frame.ts';
import { BEGINNING_NORM_SQUARE, errorSquare, finiteSum, stepFactor, writeDerivative } from './step.ts';

const MOST_PERIODS = 2000;
/** Periods are solved this much more tightly than the run, so that the change over one is not its error. */
const TIGHTER = 1 / 64;
/** A constant infusion's long periods end in steps as large as stability allows, which leave noise of about this size. */
const TIGHTER_CONSTANT = 1e-3;
const LEAST_RTOL = 1e-12;
/** Share of the tolerance that may be left of the approach. */
const LEFT = 0.1;
/** A change of less than this share of the tolerance, and of less than this share of the state, counts as none. */
const NOTHING = 1e-5;
const ROUNDING = 2 ** -46;
/** Noise: a change of at most this share of the tolerance and of the state that does not go on from period to period. */
const NOISE = 0.01;
const NOISE_ROUNDING = 2 ** -40;
const GOES_ON = [0.9, 1.1] as const;
/** Periods between two sums of the geometric rest: the last two of them tell how the change shrinks. */
const PERIODS_A_SUM = 4;
/** The rest of a geometric series is summed up to here; beyond, rounding decides what it would be. */
const LARGEST_RATIO = 0.99999;
/** A constant infusion's periods grow until they tell more than this of the slowest part. */
const LARGEST_RATIO_CONSTANT = 0.98;
/** First period of a constant infusion, as a share of the horizon; twice as long after each sum, up to LONGEST of them. */
const FIRST_PERIOD = 2 ** -10;
const LONGEST_PERIOD = 2 ** 20;
const SMALLEST_STEP = 1e-13;

const STANDING = 'time that stands';

/** Mode 2: the steady state is added to what is there. */
export const isOnTop = (mode: Node): Node => and(gt(mode, f64(1.5)), lt(mode, f64(2.5)));

/** The program with time as an input, by a method with steps; exact propagation has no other use for one. */
function standing(program: Program): Program {
  const still = (e: Expression): Expression =>
    substitute(e, (name) => (name === 't' ? symbol(`u.${STANDING}`) : undefined));
  return {
    ...program,
    method: program.method.name === EXACT.name ? TSIT5 : program.method,
    inputs: [...program.inputs, { kind: 'held', name: STANDING }],
    rhs: { locals: program.rhs.locals.map(still), results: program.rhs.results.map(still) },
  };
}

/**
 * (block, mode, interval, duration, lag; times in model time) -> status. The block's `steadyBolus` and `steadyRate` hold
 * the regimen's doses; afterwards `steadyPhase` is the time since the last dose at this moment.
 */
export function createSteady(site: Site, layout: Layout, agenda: Agenda): FunctionRef {
  const { module, emitter, program, events } = site;
  const { block: at } = events;
  const own = standing(program);
  const exact = program.method.name === EXACT.name;
  const tight: Layout = { ...layout, rtol: events.steadyRtol, atol: events.steadyAtol };
  const states = program.states.map((_, j) => j);
  const modelStates = states.slice(0, program.modelStates);
  const inputs = program.inputs.map((_, i) => i);
  const number = (block: Node, offset: number, i = 0) => load('f64', block, offset + 8 * i);
  const put = (routine: Routine, block: Node, offset: number, i: number, value: Node) =>
    routine.store('f64', block, value, offset + 8 * i);

  /** (block, length) -> status: y of the block moves by a length of time with `steadyInputs`. */
  const advance = module.define(['i32', 'f64'], 'i32', (routine) => {
    const [block = i32(0), length = f64(0)] = routine.params;
    const frame = createFrame(emitter, routine, own, tight);
    const { y, y1, f0, f1, u, p, origin, tau, h } = frame;
    const adaptive = own.method.e !== undefined;
    const [step, square, previous, factor, steps] = Array.from({ length: 5 }, () => routine.local('f64')) as [
      Local, Local, Local, Local, Local,
    ]; // biome-ignore format: a list
    const [arrived, rejected, status] = Array.from({ length: 3 }, () => routine.local('i32')) as [
      Local, Local, Local,
    ]; // biome-ignore format: a list
    const most = load('f64', i32(0), layout.maxSteps);
    const fetch = (locals: readonly Local[], offset: number) =>
      locals.forEach((local, i) => {
        routine.set(local, number(block, offset, i));
      });
    fetch(y, at.y);
    fetch(p, at.p);
    fetch(u.slice(0, inputs.length), at.steadyInputs);
    const clock = u[inputs.length];
    if (clock !== undefined) routine.set(clock, number(block, at.t));
    routine.set(origin, f64(0));
    routine.set(tau, f64(0));
    routine.set(steps, number(block, at.steadySteps));
    routine.set(status, i32(STATUS.done));
    routine.block((leave) => {
      const stop = endWith(routine, status, leave);
      routine.branch(leave, not(gt(length, f64(0))));
      writeDerivative(frame, origin, y, f0);
      stop(STATUS.notFinite, not(eq(finiteSum([...y, ...f0]), f64(0))));
      if (adaptive) routine.set(step, firstStep(frame, f0, length));
      else
        routine.set(
          step,
          div(length, max(f64(1), ceil(sub(div(length, load('f64', i32(0), layout.step)), f64(1e-9))))),
        );
      routine.set(previous, f64(BEGINNING_NORM_SQUARE));
      routine.set(rejected, i32(0));
      routine.loop((again) => {
        stop(STATUS.noSteadyState, ge(steps, most));
        routine.set(steps, add(steps, f64(1)));
        const remaining = routine.keep(sub(length, tau));
        routine.set(arrived, ge(mul(step, f64(1 + 1e-9)), remaining));
        routine.set(h, select(arrived, remaining, step));
        writeStep(frame);
        writeEnd(frame);
        const accept = () => {
          stop(STATUS.notFinite, not(eq(finiteSum([...y1, ...f1]), f64(0))));
          y.forEach((local, j) => {
            routine.set(local, y1[j] ?? local);
            routine.set(f0[j] ?? local, f1[j] ?? local);
          });
          routine.set(tau, add(tau, h));
        };
        if (!adaptive) {
          accept();
          routine.branch(again, not(arrived));
          return;
        }
        routine.set(square, errorSquare(frame));
        routine.when(
          le(square, f64(1)),
          () => {
            accept();
            routine.set(factor, stepFactor(own.method, square, previous));
            routine.when(rejected, () => routine.set(factor, min(factor, f64(1))));
            routine.set(factor, mul(h, factor));
            routine.set(step, select(arrived, max(step, factor), factor));
            routine.set(previous, max(square, f64(1e-8)));
            routine.set(rejected, i32(0));
            routine.branch(again, not(arrived));
          },
          () => {
            const finite = lt(square, f64(Number.POSITIVE_INFINITY));
            routine.set(
              step,
              mul(h, select(finite, min(f64(1), stepFactor(own.method, square, previous)), f64(0.2))),
            );
            routine.set(rejected, i32(1));
            const smallest = mul(f64(SMALLEST_STEP), max(tau, mul(f64(0.001), length)));
            stop(STATUS.stepTooSmall, lt(step, smallest));
            routine.branch(again);
          },
        );
      });
    });
    put(routine, block, at.steadySteps, 0, steps);
    states.forEach((j) => {
      put(routine, block, at.y, j, y[j] ?? f64(0));
    });
    routine.give(status);
  });

  const stopped = heldOfDoses(program);

  return module.define(['i32', 'f64', 'f64', 'f64', 'f64'], 'i32', (routine) => {
    const [block = i32(0), mode = f64(0), interval = f64(0), duration = f64(0), lag = f64(0)] =
      routine.params;
    const local = () => routine.local('f64');
    const [full, rest, period, periods, length, phase, scale, change, ratio] = Array.from({ length: 9 }, local) as [
      Local, Local, Local, Local, Local, Local, Local, Local, Local,
    ]; // biome-ignore format: a list
    const [status, settled, calm, constant, since] = Array.from({ length: 5 }, () => routine.local('i32')) as [
      Local, Local, Local, Local, Local,
    ]; // biome-ignore format: a list
    const state = (j: number) => number(block, at.y, j);
    /** The doses, infusions and waiting doses of before go on. */
    const onTop = isOnTop(mode);
    const set = (offset: number, i: number, value: Node) => put(routine, block, offset, i, value);
    // Exact runs name no tolerance that could serve.
    const relative = exact ? f64(1e-10) : max(load('f64', i32(0), layout.rtol), f64(LEAST_RTOL));
    const absolute = (j: number) => {
      const given = load('f64', i32(0), layout.atol + 8 * j);
      return exact ? mul(f64(1e-6), given) : given;
    };

    const prepare = () => {
      const tighter = routine.keep(select(gt(interval, f64(0)), f64(TIGHTER), f64(TIGHTER_CONSTANT)));
      const rtol = max(f64(LEAST_RTOL), mul(tighter, relative));
      routine.store('f64', i32(0), rtol, events.steadyRtol);
      for (const j of states) {
        routine.store('f64', i32(0), mul(tighter, absolute(j)), events.steadyAtol + 8 * j);
        set(at.steadyBefore, j, state(j));
      }
      set(at.steadySteps, 0, f64(0));
      for (const i of stopped) {
        set(at.steadyHeld, i, number(block, at.u, i));
        set(at.u, i, f64(0));
      }
      routine.when(not(onTop), () => {
        set(at.taken, 0, f64(Number.POSITIVE_INFINITY));
        routine.call(agenda.remove, block, i32(-1));
      });
      routine.when(lt(mode, f64(2.5)), () => {
        const resolve = resolver(program, momentOf(site, block));
        const initial = writeBody(emitter, routine, program.initial, resolve);
        for (const j of modelStates) set(at.y, j, initial[j] ?? f64(0));
      });
    };

    /** Inputs while `level` doses' infusions run at once. */
    const running = (level: Node) => {
      program.inputs.forEach(({ kind }, i) => {
        const dose = add(number(block, at.u, i), mul(level, number(block, at.steadyRate, i)));
        set(at.steadyInputs, i, kind === 'held' ? dose : f64(0));
      });
      const place = momentOf(site, block);
      const u = inputs.map((i) => number(block, at.steadyInputs, i));
      const derived = writeBody(emitter, routine, program.derived, resolver(program, { ...place, u }));
      derivedInputs(program).forEach((i, k) => {
        set(at.steadyInputs, i, derived[k] ?? f64(0));
      });
    };

    prepare();
    routine.set(status, i32(STATUS.done));
    routine.block((leave) => {
      const stop = endWith(routine, status, leave);
      const move = (time: Node) => stop(STATUS.noSteadyState, callNode(advance, block, time));
      /** From a dose on, for a time of at most an interval. */
      const afterDose = (time: Node) => {
        for (const j of modelStates) set(at.y, j, add(state(j), number(block, at.steadyBolus, j)));
        routine.set(length, min(time, rest));
        running(add(full, f64(1)));
        move(length);
        running(full);
        move(sub(time, length));
      };
      const sane = [interval, duration, lag].map((x) => lt(abs(x), f64(Number.POSITIVE_INFINITY)));
      const [first = i32(0), ...more] = sane;
      stop(STATUS.notFinite, not(and(first, ...more)));

      routine.set(constant, not(gt(interval, f64(0))));
      routine.set(full, floor(div(max(f64(0), duration), interval)));
      routine.set(rest, max(f64(0), sub(duration, mul(full, interval))));
      const horizon = mul(load('f64', i32(0), layout.horizon), load('f64', i32(0), layout.tick));
      routine.set(period, select(constant, mul(f64(FIRST_PERIOD), horizon), interval));
      routine.set(periods, f64(0));
      routine.set(since, i32(0));
      routine.set(calm, i32(0));
      routine.loop((again) => {
        stop(STATUS.noSteadyState, ge(periods, f64(MOST_PERIODS)));
        routine.set(periods, add(periods, f64(1)));
        for (const j of modelStates) set(at.steadyStart, j, state(j));
        routine.when(
          constant,
          () => {
            running(f64(1));
            move(period);
          },
          () => afterDose(period),
        );
        routine.set(settled, gt(operation('f64', [0xb7], since), f64(0)));
        for (const j of modelStates) {
          routine.set(change, sub(state(j), number(block, at.steadyStart, j)));
          routine.set(ratio, div(change, number(block, at.steadyChange, j)));
          routine.set(scale, add(absolute(j), mul(relative, abs(state(j)))));
          const left = div(mul(abs(change), abs(ratio)), sub(f64(1), abs(ratio)));
          const shrinks = and(lt(abs(ratio), f64(1)), le(left, mul(f64(LEFT), scale)));
          const below = (tolerance: number, rounding: number) =>
            le(abs(change), add(mul(f64(tolerance), scale), mul(f64(rounding), abs(state(j)))));
          const goesOn = and(gt(ratio, f64(GOES_ON[0])), lt(ratio, f64(GOES_ON[1])));
          const noise = and(below(NOISE, NOISE_ROUNDING), not(goesOn));
          const there = or(shrinks, noise, below(NOTHING, ROUNDING));
          routine.when(not(there), () => routine.set(settled, i32(0)));
          set(at.steadyChange, j, change);
          set(at.steadyRatio, j, ratio);
        }
        // In succession, since a fast part of the change may hide a slow one for one period.
        routine.set(calm, select(settled, integerAdd(calm, i32(1)), i32(0)));
        routine.set(since, integerAdd(since, i32(1)));
        routine.when(integerLess(calm, i32(2)), () => {
          routine.when(integerEqual(since, i32(PERIODS_A_SUM)), () => {
            routine.set(since, i32(0));
            routine.set(calm, i32(0));
            for (const j of modelStates) {
              routine.set(ratio, number(block, at.steadyRatio, j));
              const sum = div(mul(number(block, at.steadyChange, j), ratio), sub(f64(1), ratio));
              routine.set(change, add(state(j), sum));
              const largest = select(constant, f64(LARGEST_RATIO_CONSTANT), f64(LARGEST_RATIO));
              const geometric = and(gt(ratio, f64(0)), lt(ratio, largest));
              routine.when(and(geometric, ge(mul(change, state(j)), f64(0))), () => set(at.y, j, change));
            }
            const longer = min(mul(f64(2), period), mul(f64(LONGEST_PERIOD), horizon));
            routine.set(period, select(constant, longer, period));
          });
          routine.branch(again);
        });
      });
      routine.when(not(constant), () => {
        // A lag of an interval and more is that of an earlier dose.
        routine.set(phase, sub(interval, sub(lag, mul(floor(div(lag, interval)), interval))));
        afterDose(phase);
        set(at.steadyPhase, 0, phase);
      });
      routine.when(onTop, () => {
        for (const j of modelStates) set(at.y, j, add(state(j), number(block, at.steadyBefore, j)));
        for (const i of stopped) set(at.u, i, number(block, at.steadyHeld, i));
      });
      for (const j of states.slice(program.modelStates)) set(at.y, j, number(block, at.steadyBefore, j));
    });
    routine.give(status);
  });
}
