// The exact flow of a linear Program, y(dt) = E(dt) y + F(dt) u, as functions over memory. In: a module and the proof of
// linearity. Out: code that computes propagators into slots, applies them, and advances a state by any dt.
// Small systems use matrices (scaling and squaring, unrolled); large ones the Taylor series of the vector alone.
import type { LinearSystem } from '../linear.ts';
import type { Program } from '../program.ts';
import { abs, add, and, ceil, div, ge, gt, lt, max, min, mul, select, sqrt, sub } from './arithmetic.ts';
import {
  type FunctionRef,
  f64,
  i32,
  type Local,
  load,
  type ModuleBuilder,
  type Node,
  type Routine,
} from './assembler.ts';
import type { Layout } from './layout.ts';
import {
  closure,
  exponentialSeries,
  type Matrix,
  productCost,
  square,
  TAYLOR_NORM,
} from './linear-matrix.ts';

export interface Flow {
  /** Rows: model states, then integrands. */
  readonly rows: number;
  readonly states: number;
  /** Matrix form is there. */
  readonly matrix: boolean;
  /** Bytes of memory from `at` on. */
  readonly bytes: number;
  /** Bytes of a slot: its key (ticks), then its entries. */
  readonly slotBytes: number;
  /** Address of slot i, i < slots. */
  slot(i: number): number;
  /** Address of a bound of the matrix's spectral radius (1 / time). */
  readonly radius: number;
  /** Address of 1 where all couplings between states are positive or none (compartments), else 0. */
  readonly compartmental: number;
  /** Address of y after `advance`; increments of the integrands follow. */
  readonly moved: number;
  /** At a patient's start: the coefficients' values. */
  begin(routine: Routine, values: readonly Node[]): void;
  /** At a segment's start: the inputs' values. */
  inputs(routine: Routine, u: readonly Node[]): void;
  /** (dt, address of a slot): writes E and F. Only where `matrix`. */
  readonly propagator: FunctionRef;
  /** Values of rows after the slot's dt, from y at its start (integrands: increments). */
  apply(address: Node, y: readonly Node[], rows: readonly number[]): Node[];
  /** (dt): from y in the scratch memory and its derivative beside it to `moved`. */
  readonly advance: FunctionRef;
}

/** Products of matrices with more multiplications are not unrolled. */
const MOST_UNROLLED = 400;
/** Beyond this many times the radius a partial step uses a matrix of its own. */
const SERIES_RANGE = 2;

export function createFlow(
  module: ModuleBuilder,
  program: Program,
  system: LinearSystem,
  layout: Layout,
  at: number,
  slots: number,
): Flow {
  const n = program.modelStates;
  const rows = n + system.integrands;
  const sources = inputSources(system);
  const size = rows + sources.length;
  const columnOf = (t: LinearSystem['terms'][number]): number =>
    t.source.kind === 'state' ? t.source.index : rows + sources.indexOf(inputKey(t.source) ?? 'constant');
  const pattern = Array.from({ length: size }, () => new Array<boolean>(size).fill(false));
  for (const term of system.terms) {
    const row = pattern[term.row];
    if (row !== undefined) row[columnOf(term)] = true;
  }
  const reach = closure(pattern);
  const matrix = productCost(reach) <= MOST_UNROLLED;
  /** What a slot holds, in order: [row, column]; an integrand's own column is known to be 1. */
  const entries = reach
    .slice(0, rows)
    .flatMap((row, i) => row.flatMap((there, j) => (there && (j < n || j >= rows) ? [[i, j] as const] : [])));

  const coefficientsAt = at;
  const inputsAt = coefficientsAt + 8 * system.terms.length;
  const radius = inputsAt + 8 * sources.length;
  const compartmental = radius + 8;
  const moved = compartmental + 8;
  const slotBytes = 8 * (1 + entries.length);
  const slotsAt = moved + 8 * rows;
  /** One more slot than asked for serves `advance`. */
  const spare = slotsAt + slotBytes * slots;
  const coefficient = (t: number) => load('f64', i32(0), coefficientsAt + 8 * t);
  const input = (k: number) => load('f64', i32(0), inputsAt + 8 * k);

  const apply: Flow['apply'] = (address, y, wanted) =>
    wanted.map((i) => {
      const terms = entries.flatMap(([row, j], e) => {
        const factor = j < n ? y[j] : input(j - rows);
        return row === i && factor !== undefined ? [mul(load('f64', address, 8 * (1 + e)), factor)] : [];
      });
      const [first = f64(0), ...rest] = terms;
      return add(first, ...rest);
    });
  const propagator = module.define(['f64', 'i32'], undefined, (routine) => {
    if (!matrix) return;
    const [dt = f64(0), address = i32(0)] = routine.params;
    const [step, norm, squarings] = [0, 0, 0].map(() => routine.local('f64')) as [Local, Local, Local];
    routine.set(step, dt);
    routine.set(norm, mul(load('f64', i32(0), radius), dt));
    routine.set(squarings, f64(0));
    whileTrue(
      routine,
      () => and(gt(norm, f64(TAYLOR_NORM)), lt(squarings, f64(1100))),
      () => {
        routine.set(norm, mul(norm, f64(0.5)));
        routine.set(step, mul(step, f64(0.5)));
        routine.set(squarings, add(squarings, f64(1)));
      },
    );
    const scaled: (Node | undefined)[][] = pattern.map((row) => row.map(() => undefined));
    system.terms.forEach((term, t) => {
      const row = scaled[term.row];
      if (row !== undefined) row[columnOf(term)] = routine.keep(mul(coefficient(t), step));
    });
    const series: Matrix = exponentialSeries(routine, scaled);
    const result = reach.map((row, i) =>
      row.map((there, j) => {
        if (!there) return undefined;
        const local = routine.local('f64');
        routine.set(local, series[i]?.[j] ?? f64(0));
        return local;
      }),
    );
    whileTrue(
      routine,
      () => gt(squarings, f64(0)),
      () => {
        square(routine, result);
        routine.set(squarings, sub(squarings, f64(1)));
      },
    );
    entries.forEach(([i, j], e) => {
      routine.store('f64', address, result[i]?.[j] ?? f64(0), 8 * (1 + e));
    });
  });

  const linearRate = (y: readonly Node[], row: number, withInputs: boolean): Node => {
    const terms = system.terms.flatMap((term, t) => {
      if (term.row !== row) return [];
      const column = columnOf(term);
      const factor = column < n ? y[column] : withInputs ? input(column - rows) : undefined;
      return factor === undefined ? [] : [mul(coefficient(t), factor)];
    });
    const [first = f64(0), ...rest] = terms;
    return add(first, ...rest);
  };

  /**
   * y + dt (f + dt/2 A (f + dt/3 A (f + ...))) with f = A y + b, in pieces of at most the series' range; where matrices
   * are there, one longer than that is a single product instead.
   */
  const advance = module.define(['f64'], undefined, (routine) => {
    const [dt = f64(0)] = routine.params;
    const vector = (length: number) => Array.from({ length }, () => routine.local('f64'));
    const [y, f, w, next] = [vector(rows), vector(rows), vector(rows), vector(rows)];
    const [left, step, k] = vector(3) as [Local, Local, Local];
    const rho = load('f64', i32(0), radius);
    y.forEach((local, i) => {
      routine.set(local, i < n ? load('f64', i32(0), layout.scratchState + 8 * i) : f64(0));
    });
    const byMatrix = () => {
      routine.call(propagator, dt, i32(spare));
      const all = y.map((_, i) => i);
      apply(i32(spare), y, all).forEach((value, i) => {
        routine.store('f64', i32(0), value, moved + 8 * i);
      });
    };
    const bySeries = () => {
      f.forEach((local, i) => {
        routine.set(local, linearRate(y, i, true));
      });
      routine.set(left, dt);
      whileTrue(
        routine,
        () => gt(left, f64(0)),
        () => {
          // min gives NaN for NaN, and a NaN ends the loop.
          routine.set(step, matrix ? left : min(left, div(f64(1), rho)));
          routine.set(k, add(f64(11), ceil(mul(f64(9), mul(rho, step)))));
          w.forEach((local, i) => {
            routine.set(local, f[i] ?? f64(0));
          });
          whileTrue(
            routine,
            () => ge(k, f64(2)),
            () => {
              const scale = routine.keep(div(step, k));
              next.forEach((local, i) => {
                routine.set(local, add(f[i] ?? f64(0), mul(scale, linearRate(w, i, false))));
              });
              w.forEach((local, i) => {
                routine.set(local, next[i] ?? local);
              });
              routine.set(k, sub(k, f64(1)));
            },
          );
          y.forEach((local, i) => {
            routine.set(local, add(local, mul(step, w[i] ?? f64(0))));
          });
          routine.set(left, sub(left, step));
          if (!matrix)
            f.forEach((local, i) => {
              routine.set(local, linearRate(y, i, true));
            });
        },
      );
      y.forEach((local, i) => {
        routine.store('f64', i32(0), local, moved + 8 * i);
      });
    };
    if (matrix) routine.when(gt(mul(rho, dt), f64(SERIES_RANGE)), byMatrix, bySeries);
    else bySeries();
  });

  return {
    rows,
    states: n,
    matrix,
    bytes: spare + slotBytes - at,
    slotBytes,
    slot: (i) => slotsAt + slotBytes * i,
    radius,
    compartmental,
    moved,
    propagator,
    apply,
    advance,
    begin(routine, values) {
      const kept = values.map((value) => routine.keep(value));
      kept.forEach((value, t) => {
        routine.store('f64', i32(0), value, coefficientsAt + 8 * t);
      });
      routine.store('f64', i32(0), spectralBound(routine, system, n, kept), radius);
      const couplings = system.terms.flatMap(({ row, source }, t) =>
        row < n && source.kind === 'state' && source.index !== row ? [ge(kept[t] ?? f64(0), f64(0))] : [],
      );
      const [first = i32(1), ...rest] = couplings;
      routine.store('i32', i32(0), and(first, ...rest), compartmental);
    },
    inputs(routine, u) {
      sources.forEach((source, k) => {
        const value = source === 'constant' ? f64(1) : u[source];
        routine.store('f64', i32(0), value ?? f64(0), inputsAt + 8 * k);
      });
    },
  };
}

type InputKey = number | 'constant';
const inputKey = (source: LinearSystem['terms'][number]['source']): InputKey | undefined =>
  source.kind === 'constant' ? 'constant' : source.kind === 'rate' ? source.index : undefined;
const inputSources = (system: LinearSystem): InputKey[] => [
  ...new Set(system.terms.flatMap(({ source }) => inputKey(source) ?? [])),
];

/**
 * max_i (|A| x)_i / x_i for a positive x bounds the spectral radius (Collatz, Wielandt): it is the norm of A in units in
 * which the states are alike. x comes from two rounds of the power method, then three with roots, which settle where the
 * plain ones swing; so the bound depends little on the states' units.
 */
function spectralBound(routine: Routine, system: LinearSystem, n: number, values: readonly Node[]): Node {
  const sizes = values.map((value) => routine.keep(abs(value)));
  const [bound, worst, diagonal] = [0, 0, 0].map(() => routine.local('f64')) as [Local, Local, Local];
  routine.set(diagonal, f64(0));
  system.terms.forEach(({ row, source }, t) => {
    if (source.kind === 'state' && source.index === row && row < n)
      routine.set(diagonal, max(diagonal, sizes[t] ?? f64(0)));
  });
  let x: Node[] = Array.from({ length: n }, () => f64(1));
  const ROUNDS = 5;
  for (let round = 0; round <= ROUNDS; round++) {
    const image = x.map((_, i) => {
      const terms = system.terms.flatMap(({ row, source }, t) =>
        row === i && source.kind === 'state' ? [mul(sizes[t] ?? f64(0), x[source.index] ?? f64(0))] : [],
      );
      const [first = f64(0), ...rest] = terms;
      return routine.keep(add(first, ...rest));
    });
    routine.set(worst, f64(0));
    image.forEach((value, i) => {
      routine.set(worst, max(worst, div(value, x[i] ?? f64(1))));
    });
    // Every round's bound holds; the best is kept. A NaN stays.
    routine.set(bound, round === 0 ? worst : min(bound, worst));
    if (round === ROUNDS) break;
    // A little of x keeps it positive: of the size of the diagonal, which is a lower bound, or next to nothing; where nothing moves any x will do.
    const little = max(mul(f64(0.25), diagonal), mul(f64(1e-12), worst));
    const share = routine.keep(select(gt(worst, f64(0)), little, f64(1)));
    const last = x;
    x = image.map((value, i) => {
      const moved = add(value, mul(share, last[i] ?? f64(1)));
      return routine.keep(round < 2 ? moved : sqrt(mul(moved, last[i] ?? f64(1))));
    });
  }
  return bound;
}

function whileTrue(routine: Routine, condition: () => Node, body: () => void): void {
  routine.loop((again) => {
    routine.when(condition(), () => {
      body();
      routine.branch(again);
    });
  });
}
