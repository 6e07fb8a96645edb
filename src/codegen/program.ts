// A Program: everything a target writer (WGSL, WebAssembly, JavaScript) needs, and nothing it must think about.
// lower.ts makes it from a Model; it is structure only. Numbers that sliders move (study values, windows, times,
// tolerances) travel in a Job (engine/backend.ts), so dragging a slider never recompiles.
//
// Symbols in a Program's expressions are qualified by where the value lives:
//   study.X   same for all patients of an arm      column.X  per patient, read from memory
//   p.X       field of Params (per patient)        y.X       state            f.X  its derivative
//   u.X       segment-constant input               t         time since the start, model unit
//   a.N       accumulator number N                 local.N   a shared subexpression of the same body
import type { Expression } from '../language/expression.ts';
import type { ReductionKind } from '../language/model.ts';
import type { Method } from './methods.ts';

export interface Field {
  readonly name: string;
  /** For comments in generated code and headings of tables. */
  readonly unit: string;
}

/** Straight-line code: `locals[i]` may use `local.j` for j < i; then the results, in the order of its fields. */
export interface Body {
  readonly locals: readonly Expression[];
  readonly results: readonly Expression[];
}

/** Doses of one therapy into one state; the five expressions are over `p.`. A stream serves only its therapy's arms. */
export interface Stream {
  readonly therapy: number;
  /** Index into `states`. */
  readonly into: number;
}

/**
 * A watched quantity: a value followed along the path. For conditions it is a signed margin that is > 0 exactly
 * where the condition holds (and -> min, or -> max, not -> minus), so one root finder serves all.
 */
export interface Accumulator {
  readonly kind: Exclude<ReductionKind, 'mean' | 'integral'> | 'integral';
  /** Index into `watched` (for 'integral' the index into `states` of its quadrature state). */
  readonly of: number;
  /** Index into the Job's `windows`; for 'at' only the window's `from` counts. */
  readonly window: number;
}

export interface Program {
  /** Model name, for comments and labels. */
  readonly name: string;
  readonly method: Method;
  readonly study: readonly Field[];
  readonly columns: readonly Field[];

  /** Params: results over study., column. */
  readonly params: readonly Field[];
  readonly patient: Body;

  /** Model states, then one quadrature state per integral (initially 0; set to 0 at its window's start). */
  readonly states: readonly Field[];
  /** How many of `states` are the model's own. */
  readonly modelStates: number;
  /** Initial values over p. */
  readonly initial: Body;

  /** Inputs: `rate_<state>` (infusions into a dosed state, amount per time) and `gate_<window>` (1 inside, else 0). */
  readonly inputs: readonly Input[];
  /** Derivatives over t, y., p., u.; inputs already added in. */
  readonly rhs: Body;

  readonly therapies: readonly string[];
  readonly streams: readonly Stream[];
  /** For stream s: results[5s..5s+4] = amount, start, interval, count, duration; over p. */
  readonly doses: Body;

  /** What is recorded at the output times, over t, y., p. */
  readonly outputs: readonly Field[];
  readonly observe: Body;

  /** Watched values over t, y., p., and their time derivatives over t, y., f., p. (same order). */
  readonly watched: readonly Field[];
  readonly watch: Body;
  readonly watchRate: Body;
  readonly accumulators: readonly Accumulator[];
  /** Number of entries the Job's `windows` must have. */
  readonly windows: number;

  /** Endpoint values over a., p. */
  readonly endpoints: readonly EndpointField[];
  readonly conclude: Body;
}

export type Input =
  | { readonly kind: 'rate'; readonly name: string; readonly state: number }
  | { readonly kind: 'gate'; readonly name: string; readonly window: number };

export interface EndpointField extends Field {
  readonly type: 'value' | 'probability';
}
