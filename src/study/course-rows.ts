// One patient's lines of a dosing file as rows of the table `records`. In: the patient as read, covariates that vary, how
// times, amounts and compartments translate. Out: rows in the order in which they happen, field by field as
// codegen/records.ts lists them. Occasions follow one another; what a dose cannot be is said by line.
import { RECORD_FIELDS, type RecordField } from '../codegen/records.ts';
import type { Moment, RecordEvent, Subject } from '../interop/nonmem/records.ts';
import type { CoursePoint, ReadCovariate } from './course-columns.ts';

/** Where a file's compartment is in the model. */
export interface Place {
  readonly state: string;
  /** File's amounts to the compartment's unit. */
  readonly factor: number;
  /** File's rates to amount per model time. */
  readonly rate: number;
  readonly takesRate: boolean;
  readonly takesDuration: boolean;
}

export interface Translation {
  /** File's times to the model's. */
  readonly time: number;
  /** The compartment that a line names; null where there is none, which is said. */
  readonly placeOf: (event: RecordEvent) => Place | null;
  /** Names of states in the order of the plan's compartments. */
  readonly compartments: readonly string[];
  /** Those with any course, in the plan's order. */
  readonly covariates: readonly ReadCovariate[];
}

/** Between two occasions, in model time: the end of one must not be the start of the next. */
const APART = 1;

/** Model time of a moment. */
export type Clock = (moment: Pick<Moment, 'occasion' | 'time'>) => number;

export function clockOf({ events, observations }: Subject, factor: number): Clock {
  const ends: number[] = [];
  for (const { occasion, time } of [...events, ...observations])
    ends[occasion] = Math.max(ends[occasion] ?? 0, time * factor);
  let start = 0;
  const starts = ends.map((end) => {
    const own = start;
    start += end + APART;
    return own;
  });
  return ({ occasion, time }) => (starts[occasion] ?? 0) + time * factor;
}

/** [row][field] flattened. `say` hears of lines that cannot be given. */
export function courseRows(
  subject: Subject,
  place: number,
  clock: Clock,
  { time, placeOf, compartments, covariates }: Translation,
  say: (message: string) => void,
): Float64Array {
  const lines: { readonly at: Moment; readonly event: RecordEvent | null }[] = subject.events.map(
    (event) => ({ at: event, event }),
  );
  const known = new Set(subject.events.map(({ sequence }) => sequence));
  for (const { points } of covariates)
    for (const point of points[place] ?? [])
      if (!known.has(point.sequence)) {
        known.add(point.sequence);
        lines.push({ at: { ...point, row: 0 }, event: null });
      }
  lines.sort((a, b) => a.at.sequence - b.at.sequence);
  const timelines = covariates.map(({ points, baseline, mode }) =>
    timeline(points[place] ?? [], baseline[place] ?? Number.NaN, mode, clock),
  );
  const width = RECORD_FIELDS.length + timelines.reduce((sum, { fields }) => sum + fields, 0);
  const rows = new Float64Array(lines.length * width);
  lines.forEach(({ at, event }, r) => {
    const record: Record<RecordField, number> = {
      time: clock(at),
      event: 2,
      amount: 0,
      rate: 0,
      compartment: 1,
      steady: 0,
      interval: 0,
    };
    if (event !== null) {
      record.event = event.evid;
      const target = event.evid === 2 || event.evid === 3 ? null : placeOf(event);
      if (target !== null) {
        record.compartment = compartments.indexOf(target.state) + 1;
        record.amount = event.amount * target.factor;
        record.rate = event.rate > 0 ? event.rate * target.rate : event.rate;
        record.steady = event.ss;
        record.interval = event.ii * time;
        const missing = event.rate === -1 ? !target.takesRate : event.rate === -2 && !target.takesDuration;
        if (missing)
          say(
            `line ${event.row}: RATE ${event.rate} leaves the ${event.rate === -1 ? 'rate' : 'duration'} to the model, but ${target.state} has none; write "infused ${event.rate === -1 ? 'at' : 'over'} ..." after the compartment`,
          );
      }
    }
    let f = r * width;
    for (const field of RECORD_FIELDS) rows[f++] = record[field];
    for (const { write } of timelines) for (const value of write(at)) rows[f++] = value;
  });
  return rows;
}

/** What a covariate is from a moment on; 'linear' adds its change per time until the next value. */
function timeline(
  points: readonly CoursePoint[],
  baseline: number,
  mode: ReadCovariate['mode'],
  clock: Clock,
): { readonly fields: number; readonly write: (at: Moment) => readonly number[] } {
  const timed = points.map((point) => ({ ...point, at: clock(point) }));
  const last = timed.at(-1)?.value ?? baseline;
  switch (mode) {
    case 'locf':
      return {
        fields: 1,
        write: ({ sequence }) => [timed.findLast((p) => p.sequence <= sequence)?.value ?? baseline],
      };
    case 'nocb':
      return {
        fields: 1,
        write: ({ sequence }) => [timed.find((p) => p.sequence > sequence)?.value ?? last],
      };
    case 'linear':
      return {
        fields: 2,
        write: (moment) => {
          const now = clock(moment);
          const left = timed.findLast((p) => p.at <= now);
          const right = timed.find((p) => p.at > now);
          if (!left || !right) return [left?.value ?? baseline, 0];
          const slope = (right.value - left.value) / (right.at - left.at);
          return [left.value + slope * (now - left.at), slope];
        },
      };
    default:
      return mode satisfies never;
  }
}
