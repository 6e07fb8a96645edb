// Where a kernel keeps what happens at instants: per lane a block with the state of that moment, the agenda, clocks, memory
// of conditions and cursors into the patients' rows; beside the blocks, where rows, breaks and the ledger lie. In: a
// Program. Out: byte offsets. Programs in which nothing happens but plain doses have none of it.
import { captureCounts, conditionsOf } from '../eventful.ts';
import type { Program } from '../program.ts';

export interface EventLayout {
  /** Per table two i32: address of its rows, rows of the patient with most. [field][row][patient], f64. */
  readonly tables: readonly number[];
  /** i32: distance of two rows of one field, in patients. */
  readonly tableStride: number;
  /** i32: address of the ticks at which segments are cut, Infinity after the last. */
  readonly breaks: number;
  /** i32: address of the ledger, rows of it a patient (0: none is kept). */
  readonly ledger: number;
  readonly ledgerRows: number;
  /** i32 [patient]: rows that would have been written. */
  readonly ledgerCounts: number;
  /** Bytes of a ledger's row: tick, happening, captured values. */
  readonly ledgerRowBytes: number;
  /** Tolerances of a steady state: f64 relative, then absolute by state. */
  readonly steadyRtol: number;
  readonly steadyAtol: number;
  /** The block of lane 0, and bytes of one. */
  readonly blocks: number;
  readonly blockBytes: number;
  /** Captured values that an occurrence has at most, and occurrences that can wait. */
  readonly captures: number;
  readonly agenda: number;
  readonly entryBytes: number;
  /** Offsets within a block. */
  readonly block: BlockOffsets;
  readonly end: number;
}

export type BlockOffsets = ReturnType<typeof blockOffsets>['offsets'];

function blockOffsets(program: Program, captures: number, agendaBytes: number) {
  let next = 0;
  const numbers = (count: number) => {
    const at = next;
    next += 8 * count;
    return at;
  };
  const states = program.states.length;
  const inputs = program.inputs.length;
  const happenings = program.happenings.length;
  const conditions = conditionsOf(program).length;
  const clocks = Math.floor(program.clocks.results.length / 3);
  const offsets = {
    y: numbers(states),
    u: numbers(inputs),
    p: numbers(program.params.length),
    /** Ticks; `t` is the model time of `now`. */
    now: numbers(1),
    next: numbers(1),
    t: numbers(1),
    /** i32 each. */
    patient: numbers(1),
    therapy: numbers(1),
    status: numbers(1),
    waiting: numbers(1),
    happening: numbers(1),
    fired: numbers(1),
    breakAt: numbers(1),
    /** f64: put in so far, executed so far. */
    sequence: numbers(1),
    executed: numbers(1),
    /** Tick from which executions are counted. */
    counted: numbers(1),
    /** Order of the first put in at this instant; an earlier one waits for its turn: i32, happenings before it have theirs. */
    fresh: numbers(1),
    turn: numbers(1),
    /** Tick of the last reset. */
    reset: numbers(1),
    /** Order of the occurrence that is executed. */
    taken: numbers(1),
    /** Per clock start, interval (ticks), count. */
    clocks: numbers(3 * clocks),
    /** Per happening: i32 cursor into its table's rows; f64 occurrences so far; f64 priority. */
    cursors: numbers(happenings),
    occurrences: numbers(happenings),
    priorities: numbers(happenings),
    /** Captured values of the occurrence at hand, and of one that is put in by it. */
    captured: numbers(captures),
    passed: numbers(captures),
    /** Per condition: truth, risen at the segment's end whatever the margin (0 or 1), the margin that then counts as holding. */
    truth: numbers(conditions),
    forced: numbers(conditions),
    least: numbers(conditions),
    /** Per condition: margin and rate at the ends of the step that is looked into; tick of the root, fall inside. */
    before: numbers(conditions),
    rateBefore: numbers(conditions),
    after: numbers(conditions),
    rateAfter: numbers(conditions),
    root: numbers(conditions),
    fallen: numbers(conditions),
    /**
     * Steady state: inputs, doses by state and by input, states and rates of before, states at the last period's start, the change over it and how it shrank.
     */
    steadyInputs: numbers(inputs),
    steadyBolus: numbers(states),
    steadyRate: numbers(inputs),
    steadyBefore: numbers(states),
    steadyHeld: numbers(inputs),
    steadyStart: numbers(states),
    steadyChange: numbers(states),
    steadyRatio: numbers(states),
    steadySteps: numbers(1),
    steadyPhase: numbers(1),
    agenda: numbers(agendaBytes / 8),
  };
  return { offsets, bytes: next };
}

/** A program that says nothing waits still needs room for what happens at one instant. */
const LEAST_AGENDA = 16;

export function eventLayoutOf(program: Program, start: number, stride: number, lanes: number): EventLayout {
  let next = Math.ceil(start / 8) * 8;
  const take = (bytes: number) => {
    const at = next;
    next += Math.ceil(bytes / 8) * 8;
    return at;
  };
  const captures = Math.max(0, ...captureCounts(program));
  const agenda = program.happenings.length === 0 ? 0 : program.agenda > 0 ? program.agenda : LEAST_AGENDA;
  const entryBytes = 24 + 8 * captures;
  const { offsets, bytes } = blockOffsets(program, captures, agenda * entryBytes);
  // Neighbouring lanes' blocks on cache lines of their own.
  const blockBytes = Math.ceil(bytes / 64) * 64;
  return {
    tables: program.tables.map(() => take(8)),
    tableStride: take(4),
    breaks: take(4),
    ledger: take(4),
    ledgerRows: take(4),
    ledgerCounts: take(4 * stride),
    ledgerRowBytes: 16 + 8 * captures,
    steadyRtol: take(8),
    steadyAtol: take(8 * program.states.length),
    blocks: take(blockBytes * lanes),
    blockBytes,
    captures,
    agenda,
    entryBytes,
    block: offsets,
    end: next,
  };
}
