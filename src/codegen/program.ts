// A Program: everything a target writer (WGSL, WebAssembly, JavaScript) needs, and nothing it must think about.
// lower.ts makes it from a Model; it is structure only. Numbers that sliders move (study values, windows, times,
// tolerances) travel in a Job (engine/backend.ts), so dragging a slider never recompiles.
//
// Symbols in a Program's expressions are qualified by where the value lives:
//   study.X   same for all patients of an arm      column.X  per patient, read from memory
//   p.X       field of Params (per patient)        y.X       state            f.X  its derivative
//   u.X       segment-constant input               t         time since the start, model unit
//   a.N       accumulator number N                 local.N   a shared subexpression of the same body
// and in happenings only:
//   n         number of this occurrence, from 0    row.F     field F of the row of the trigger's own table
//   draw.K    draw stream K, row n or `drawn`      c.I       captured value number I
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

  /**
   * Model states; then what is accumulated beside them: cumulative hazards (initially 0), and one quadrature state per integral
   * (initially 0; set to 0 at its window's start).
   */
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

  /** What is recorded at the output times, over t, y., p., and u. of held and derived inputs. */
  readonly outputs: readonly Field[];
  readonly observe: Body;

  /**
   * Watched values over t, y., p., u. (held, derived), and their time derivatives over t, y., f., p., u. (same order):
   * those of accumulators, then the margins of conditions, which name held inputs but no derived ones.
   */
  readonly watched: readonly Field[];
  readonly watch: Body;
  readonly watchRate: Body;
  readonly accumulators: readonly Accumulator[];
  /** Number of entries the Job's `windows` must have. */
  readonly windows: number;

  /** Initial values of the 'held' inputs, in the inputs' order, over p. */
  readonly held: Body;
  /** Values of the 'derived' inputs, in the inputs' order, over p. and u. of held inputs; anew at every segment's start. */
  readonly derived: Body;
  readonly happenings: readonly Happening[];
  /** For clock k: results[3k..3k+2] = start, interval, count; over p. Rounded to ticks as a stream's. */
  readonly clocks: Body;
  /** Rows of each patient's own: data records, or a ledger that is replayed. */
  readonly tables: readonly PatientTable[];
  /**
   * Index of the table of random draws, null where nothing is drawn: row n for occurrence n; its fields are time (not looked
   * at), then the streams `draw.0`, `draw.1`, ...
   */
  readonly draws: number | null;
  /** Occurrences that can wait at once, for one patient; 0 where nothing waits. */
  readonly agenda: number;
  /** When set, the program replays: `tables[replay]` has fields time, happening, c0, c1, ... and triggers are idle. */
  readonly replay: number | null;

  /** Endpoint values over a., p. */
  readonly endpoints: readonly EndpointField[];
  readonly conclude: Body;
}

export type Input =
  | { readonly kind: 'rate'; readonly name: string; readonly state: number }
  | { readonly kind: 'gate'; readonly name: string; readonly window: number }
  /** Keeps its value until a happening sets it: memory, an infusion's rate, a parameter that changes, a covariate in time. */
  | { readonly kind: 'held'; readonly name: string }
  /** A part of the bodies over p. and held inputs, computed once a segment. */
  | { readonly kind: 'derived'; readonly name: string };

/** `fields[0]` is always the time of the row; a patient's rows ascend in it and end before the first that is not finite. */
export interface PatientTable {
  readonly name: string;
  readonly fields: readonly string[];
}

/**
 * Something that happens at instants, beyond plain doses: a dose whose amount is decided when it is given, a rule's
 * visit, an event of the model, a data record. When its trigger fires, `capture` is evaluated (with the state of that
 * moment) and the occurrence goes to the agenda; when it is due its effect is applied. Engine/SEMANTICS.md, "Happenings".
 */
export interface Happening {
  readonly name: string;
  /** Index of the only therapy it belongs to; -1 for all arms. */
  readonly therapy: number;
  readonly trigger: Trigger;
  /** Captured values: over t, y., u., p., n, row., draw. The ledger keeps all of them. */
  readonly capture: Body;
  /** The row that `draw.` is of, over t, y., u., p., n, row.; absent: n. Below 0 it is the first. */
  readonly drawn?: Expression;
  /** Which captured value is the delay in model time; null or <= 0: at the same instant. */
  readonly delay: number | null;
  /** Which captured value says (> 0) that there is an occurrence at all; null: always. */
  readonly guard: number | null;
  /** False: cancelled when the condition ceases to hold before it is executed. Conditions only. */
  readonly persistent: boolean;
  /** Over t, y., u., p. at execution; larger first, equal ones and those without in the order they were put in. */
  readonly priority: Expression | null;
  /** Which captured value says (> 0) that the patient is reset before the effect; null: never. */
  readonly reset: number | null;
  /** A steady state to be reached when the trigger fires, before the occurrence is put in. */
  readonly steady: Steady | null;
  /** Results over t, y., u., p., c. at execution: new values of `targets`, all at once. */
  readonly effect: Body;
  readonly targets: readonly Target[];
  /**
   * Puts in `happening` (whatever its own trigger) after execution, `delay` (a captured value) later, with these captured
   * values as its own; where its guard is among them and is not > 0, nothing is put in.
   */
  readonly follow: {
    readonly happening: number;
    readonly delay: number;
    readonly captured: readonly number[];
  } | null;
  /** What the ledger tells of it; null for what is no dose. Captured values: amount (after bioavailability), duration. */
  readonly dose: { readonly state: number | null; readonly amount: number; readonly duration: number } | null;
  /** No dose, but it belongs to one: a reset ends its clock as it ends those of doses. */
  readonly withDoses?: true;
}

export type Trigger =
  | { readonly kind: 'clock'; readonly clock: number }
  /** At every row of the patient's table. */
  | { readonly kind: 'table'; readonly table: number }
  /** When watched[of] (a signed margin) becomes > 0; `initially`: taken as holding before time 0. */
  | { readonly kind: 'condition'; readonly of: number; readonly initially: boolean }
  /** Only when another puts it in (`follow`), which may be itself: visits whose distance is decided at each. */
  | { readonly kind: 'follow' };

export type Target =
  | { readonly kind: 'state'; readonly index: number }
  /** Index into `inputs`, of a held one. */
  | { readonly kind: 'held'; readonly index: number };

/** Indices of captured values. The regimen's doses are `boluses` into states and `rates` onto held inputs. */
export interface Steady {
  /** 0 none; 1 replaces the state, 2 adds to it, 3 as 1 from where the state is. */
  readonly mode: number;
  /** Time between the regimen's doses; 0: a constant infusion, which ends at this instant. */
  readonly interval: number;
  /** Of the infusion; 0: bolus. */
  readonly duration: number;
  readonly lag: number | null;
  readonly boluses: readonly { readonly state: number; readonly amount: number }[];
  readonly rates: readonly { readonly input: number; readonly rate: number }[];
}

const NOTHING: Body = { locals: [], results: [] };

/** What a Program in which nothing happens but plain doses has for the rest. */
export const PLAIN = {
  held: NOTHING,
  derived: NOTHING,
  happenings: [],
  clocks: NOTHING,
  tables: [],
  draws: null,
  agenda: 0,
  replay: null,
} as const satisfies Partial<Program>;

export interface EndpointField extends Field {
  readonly type: 'value' | 'probability';
}
