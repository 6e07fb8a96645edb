// Occasions of a dosing file's patients. In: the file as read, a Model, how times and compartments translate. Out: rows of
// the table `occasions` for every patient, by the file's own column or by its doses; null where the model's own schedule
// holds. Occasion k of the file has the draws that occasion k of a patient always has.
import { OCCASION_FIELDS } from '../codegen/occasions.ts';
import type { RecordsPlan } from '../codegen/records.ts';
import type { TableSource } from '../engine/backend.ts';
import type { RecordColumn, RecordEvent, Records, Subject } from '../interop/nonmem/records.ts';
import type { Model } from '../language/model.ts';
import type { Clock } from './course-rows.ts';
import { sha256 } from './digest.ts';

/** Each has a random number of its own for every effect of every patient. */
export const MOST_OCCASIONS = 1000;

export interface CourseOccasions {
  readonly plan: NonNullable<RecordsPlan['occasions']>;
  /** By subject: time and number of each occasion, in turn; the first holds from 0 unless a row says otherwise. */
  readonly rows: readonly Float64Array[];
}

/** The column that numbers occasions: the one said to, or OCC where the model varies by occasion and has no such covariate. */
export function occasionColumn(
  { columns }: Pick<Records, 'columns'>,
  model: Model,
  spoken: ReadonlySet<string>,
  notes: string[],
  say: (message: string) => void,
): RecordColumn | null {
  const said = columns.filter(({ role }) => role === 'occ');
  const [first, second] = said;
  if (first && second)
    say(`${first.name} and ${second.name} both number occasions; keep the role "occ" for one of them`);
  const varies = model.random.some(({ level }) => level === 'occasion');
  if (first && !varies) {
    notes.push(`${first.name} changes nothing: no random effect of the model is per occasion`);
    return null;
  }
  const found =
    first ??
    columns.find(
      ({ name, role }) => varies && role === 'covariate' && name.toUpperCase() === 'OCC' && !spoken.has(name),
    ) ??
    null;
  if (found)
    notes.push(
      model.occasions?.by?.kind === 'data'
        ? `${found.name} numbers the occasions`
        : `${found.name} numbers the occasions, in place of the model's own (cohort.data.columns.${found.name} "ignore" keeps those)`,
    );
  else if (model.occasions?.by?.kind === 'data')
    notes.push(
      'the model takes its occasions from the file, which has no column OCC, so each patient has one (cohort.data.columns gives a column the role "occ")',
    );
  return found;
}

export function courseOccasions(
  subjects: readonly Subject[],
  clocks: readonly Clock[],
  model: Model,
  column: RecordColumn | null,
  into: (event: RecordEvent) => string | undefined,
  say: (message: string) => void,
): CourseOccasions | null {
  const by = model.occasions?.by;
  if (column === null && by?.kind !== 'dose') return null;
  const clockOf = (s: number): Clock => clocks[s] ?? (({ time }) => time);
  const rows = subjects.map((subject, s) =>
    column !== null
      ? columnRows(subject, clockOf(s), column.name, say)
      : doseRows(subject, clockOf(s), (e) => by?.kind === 'dose' && (by.into ?? into(e)) === into(e)),
  );
  const most = rows.reduce((largest, own) => Math.max(largest, ...own.map(([, number]) => number)), 1);
  if (most > MOST_OCCASIONS && column === null)
    say(
      `a patient has ${most} doses, each an occasion; at most ${MOST_OCCASIONS}: write occasions every ... instead`,
    );
  return {
    plan: { of: column === null ? 'doses' : 'column', most },
    rows: rows.map((own) => Float64Array.from(own.flat())),
  };
}

type Row = readonly [time: number, number: number];

/** Of lines at one time the last counts. */
function columnRows(subject: Subject, clock: Clock, name: string, say: (message: string) => void): Row[] {
  const found = subject.covariates.find((c) => c.name === name);
  const numbered = (row: number, value: number | string): number => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MOST_OCCASIONS)
      return value;
    say(
      `line ${row}, column ${name}: ${value} is no occasion; they are numbered 1, 2, ... ${MOST_OCCASIONS}`,
    );
    return 1;
  };
  const first = found?.baseline ?? found?.course[0]?.value ?? 1;
  const times = new Map<number, number>([[0, numbered(subject.row, first)]]);
  for (const point of found?.course ?? []) times.set(clock(point), numbered(point.row, point.value));
  let last = 1;
  return [...times]
    .sort(([a], [b]) => a - b)
    .filter(([, number]) => {
      const changes = number !== last;
      last = number;
      return changes;
    });
}

/** The first dose has the occasion that holds from 0. */
function doseRows({ events }: Subject, clock: Clock, begins: (event: RecordEvent) => boolean): Row[] {
  const given = events.filter(
    (e) => (e.evid === 1 || e.evid === 4) && (e.amount > 0 || e.rate > 0) && begins(e),
  );
  const times = [...new Set(given.map((e) => clock(e)))].sort((a, b) => a - b);
  return times.map((time, k): Row => [time, k + 1]).slice(1);
}

/** Patient i has those of subject i modulo their number. */
export function occasionTable({ rows: own }: CourseOccasions): TableSource {
  const width = OCCASION_FIELDS.length;
  const rows = Math.max(1, ...own.map(({ length }) => length / width));
  return {
    key: sha256(JSON.stringify(own.map((one) => [...one]))),
    rows,
    read(first, count) {
      const values = new Float64Array(width * rows * count).fill(Number.POSITIVE_INFINITY);
      for (let i = 0; i < count; i++) {
        const mine = own[(first + i) % own.length] ?? new Float64Array(0);
        for (let k = 0; k < mine.length; k++) {
          const [row, field] = [Math.floor(k / width), k % width];
          values[(field * rows + row) * count + i] = mine[k] ?? Number.NaN;
        }
      }
      return values;
    },
  };
}
