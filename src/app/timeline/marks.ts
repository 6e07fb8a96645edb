// What a therapy's timeline shows: doses, changes, visits, and what is watched for. Types, and how many doses become few
// marks. In: doses in any order. Out: at most so many marks, none lost: each says how many doses it stands for.

/** Doses into one compartment; alone, or a run of `count` whose first is at `time` and whose last is at `last`. */
export interface DoseMark {
  /** Model time. */
  readonly time: number;
  readonly last: number;
  readonly count: number;
  readonly into: string;
  /** Largest of the run, in the compartment's unit; null where it is decided when it is due. */
  readonly amount: number | null;
  /** Smallest of the run. */
  readonly least: number | null;
  /** Of the last dose of the run; 0 at once, null decided when it is due. */
  readonly duration: number | null;
  /** False where a rule, an event or the patient's state may change or withhold it. */
  readonly sure: boolean;
}

/** Something at an instant: a change, a visit. */
export interface TickMark {
  readonly time: number;
  /** As the author wrote it, or a rule's name. */
  readonly label: string;
}

/** Visits of one rule as planned; times after `until` are decided on the way. */
export interface VisitMarks {
  readonly rule: string;
  readonly label: string;
  readonly times: readonly number[];
  /** Every visit counts, also those that are not among `times`. */
  readonly count: number;
  /** The time of a next visit is decided at each. */
  readonly open: boolean;
}

/** One arm's therapy along the time axis. */
export interface ArmTimeline {
  readonly doses: readonly DoseMark[];
  /** Units of amounts, by compartment. */
  readonly units: Readonly<Record<string, string>>;
  readonly changes: readonly TickMark[];
  readonly visits: readonly VisitMarks[];
  /** Conditions that are watched, as written: `when glucose falls below 3.9 [mmol/L]`. */
  readonly watched: readonly string[];
  /** The clauses as written, for whoever reads rather than looks. */
  readonly lines: readonly string[];
  /** Doses, changes or visits that are beyond what is worked out. */
  readonly more: boolean;
  /** Every patient has their own doses, from a file. */
  readonly fromFile?: true;
}

export const NO_TIMELINE: ArmTimeline = {
  doses: [],
  units: {},
  changes: [],
  visits: [],
  watched: [],
  lines: [],
  more: false,
};

/** Marks of one arm on screen; more than this nobody tells apart on a chart's width. */
export const MOST_DOSE_MARKS = 160;

/**
 * At most `most` marks: doses of a compartment that fall in the same of so many equal parts of 0 .. horizon are drawn
 * as one. Counts add up to the doses given.
 */
export function gather(
  doses: readonly DoseMark[],
  horizon: number,
  most = MOST_DOSE_MARKS,
): readonly DoseMark[] {
  if (doses.length <= most) return [...doses].sort(byTime);
  const compartments = new Set(doses.map(({ into }) => into)).size;
  const parts = Math.max(1, Math.floor(most / compartments));
  const runs = new Map<string, DoseMark>();
  for (const dose of doses) {
    const part = Math.min(parts - 1, Math.floor((dose.time / horizon) * parts));
    const key = `${part} ${dose.into}`;
    const run = runs.get(key);
    runs.set(key, run ? joined(run, dose) : dose);
  }
  return [...runs.values()].sort(byTime);
}

const byTime = (a: DoseMark, b: DoseMark): number => a.time - b.time;

function joined(run: DoseMark, dose: DoseMark): DoseMark {
  const later = dose.last >= run.last ? dose : run;
  return {
    time: Math.min(run.time, dose.time),
    last: later.last,
    count: run.count + dose.count,
    into: run.into,
    amount: both(run.amount, dose.amount, Math.max),
    least: both(run.least, dose.least, Math.min),
    duration: later.duration,
    sure: run.sure && dose.sure,
  };
}

const both = (a: number | null, b: number | null, of: (a: number, b: number) => number): number | null =>
  a === null || b === null ? null : of(a, b);
