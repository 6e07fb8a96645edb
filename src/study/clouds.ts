// Defined individuals: each row of a table is one, drawn so many times with fresh random effects, a cloud of its own.
// In: a study and its table; blocks of endpoints as a run tells them. Out: how many patients that is, or what is in the
// way; the numbers of every row, exact, in its order. Patient i belongs to row floor(i / draws). Values are kept for the
// rows that the run is at; a finished row leaves its numbers behind.
import type { EndpointBlock, Job, TableSource } from '../engine/backend.ts';
import { sortedQuantile } from '../statistics/quantiles.ts';
import type { EndpointListener } from './listen.ts';
import type { Refusal } from './plan.ts';
import { type CloudsResult, perQuantile, QUANTILES, type SubgroupNumbers } from './result.ts';
import { MAX_PATIENTS } from './schema.ts';
import type { Study } from './study.ts';
import type { Table } from './table.ts';

const PROBABILITIES = QUANTILES.map(Number);

/** Each has its numbers in the result, for every arm and endpoint. */
export const MOST_CLOUDS = 2000;
/** Values of one cloud that are in memory at once: 256 MiB. */
export const MOST_CLOUD_VALUES = 2 ** 25;

export interface Clouds {
  /** Patients of each row. */
  readonly draws: number;
  /** By row. */
  readonly ids: readonly string[];
}

/** null where the study asks for none. */
export function cloudsOf(study: Study, table: Table | null): Clouds | Refusal | null {
  const { clouds: draws, patients, typical, studies, table: file } = study.cohort ?? {};
  if (draws === undefined) return null;
  const refuse = (message: string, field = 'cohort.clouds'): Refusal => ({ field, message });
  if (table === null) return refuse('clouds are of the rows of a table; give cohort.table its file');
  if (typical) return refuse('the typical patient is no draw; leave out cohort.typical or cohort.clouds');
  if (studies !== undefined)
    return refuse('clouds are of one study; leave out cohort.studies or cohort.clouds');
  const { rows, ids } = table;
  if (rows > MOST_CLOUDS)
    return refuse(
      `${file} has ${whole(rows)} rows; at most ${whole(MOST_CLOUDS)} have clouds: split the file, or leave out cohort.clouds, so that rows are shared out`,
    );
  const wanted = rows * draws;
  if (wanted > MAX_PATIENTS)
    return refuse(
      `${whole(rows)} rows drawn ${whole(draws)} times are ${whole(wanted)} patients; at most ${whole(MAX_PATIENTS)}: draw ${whole(Math.floor(MAX_PATIENTS / rows))} each`,
    );
  if (patients !== undefined && patients !== wanted)
    return refuse(
      `is ${whole(patients)}, and ${whole(rows)} rows drawn ${whole(draws)} times are ${whole(wanted)} patients; give ${wanted}, or leave it out`,
      'cohort.patients',
    );
  return { draws, ids: ids ?? Array.from({ length: rows }, (_, row) => `${row + 1}`) };
}

const whole = (n: number): string => n.toLocaleString('en');

/** The study as if its patients had been counted. */
export function withCloudsCounted(study: Study, clouds: Clouds | null): Study {
  if (clouds === null) return study;
  return { ...study, cohort: { ...study.cohort, patients: clouds.ids.length * clouds.draws } };
}

/**
 * Some patients in place of all, as many of every row as fit: the first ones of a cloud, or of rows far apart where there are
 * more rows. What stands for the cohort before the run (a preview, a probe) must not be one individual's.
 */
export interface Spread {
  readonly patients: number;
  readonly patient: (i: number) => number;
}
export function spreadOver({ draws, ids }: Clouds, patients: number): Spread {
  const rows = ids.length;
  const most = Math.min(patients, rows * draws);
  const each = Math.floor(most / rows);
  if (each >= 1) return { patients: rows * each, patient: (i) => Math.floor(i / each) * draws + (i % each) };
  return { patients: most, patient: (i) => Math.floor((i * rows) / most) * draws };
}

/** The job for those patients alone: their columns, and what each has of its own. `columns`: how many. */
export function spreadJob(job: Job, columns: number, spread: Spread): Job {
  const { key, read } = job.columns;
  const named = (of: string) => `${of} ${spread.patients} spread`;
  return {
    ...job,
    columns: {
      key: named(key),
      read: (first, count) =>
        inStretches(spread, first, count, columns, new Float32Array(columns * count), read),
    },
    ...(job.tables && { tables: job.tables.map((table) => spreadTable(table, named(table.key), spread)) }),
  };
}

function spreadTable(table: TableSource, key: string, spread: Spread): TableSource {
  return {
    key,
    rows: table.rows,
    read(first, count) {
      const lines = table.read(0, 1).length;
      const read = (from: number, n: number) => table.read(from, n);
      return inStretches(spread, first, count, lines, new Float64Array(lines * count), read);
    },
  };
}

/** Fills `into`, [line][patient], from reads of patients that follow one another. */
function inStretches<T extends Float32Array | Float64Array>(
  { patient }: Spread,
  first: number,
  count: number,
  lines: number,
  into: T,
  read: (first: number, count: number) => T,
): T {
  for (let from = 0; from < count; ) {
    const start = patient(first + from);
    let n = 1;
    while (from + n < count && patient(first + from + n) === start + n) n++;
    const own = read(start, n);
    for (let line = 0; line < lines; line++)
      for (let i = 0; i < n; i++) into[line * count + from + i] = own[line * n + i] ?? Number.NaN;
    from += n;
  }
  return into;
}

interface Counted {
  readonly arms: readonly string[];
  readonly endpoints: readonly {
    readonly name: string;
    readonly unit: string;
    readonly type: 'value' | 'probability';
  }[];
}

export interface CloudsListener extends EndpointListener {
  report(): CloudsResult;
}

type Row = CloudsResult['rows'][number];

/** Refuses more values of one cloud than fit. */
export function cloudsConflict(
  { draws }: Clouds,
  { arms, endpoints }: { readonly arms: readonly unknown[]; readonly endpoints: readonly unknown[] },
): Refusal | null {
  const each = arms.length * endpoints.length;
  if (draws * each <= MOST_CLOUD_VALUES) return null;
  const message = `${whole(draws)} draws with ${arms.length} arms and ${endpoints.length} endpoints; draw at most ${whole(Math.floor(MOST_CLOUD_VALUES / each))}, or show fewer endpoints`;
  return { field: 'cohort.clouds', message };
}

export function listenForClouds({ draws, ids }: Clouds, { arms, endpoints }: Counted): CloudsListener {
  const slots = arms.length * endpoints.length;
  /** Rows that the run is at: values [arm][endpoint][draw], NaN of what is missing, and how many patients were heard. */
  const open = new Map<number, { values: Float64Array; failed: Uint8Array; heard: number }>();
  const rows: (Row | undefined)[] = ids.map(() => undefined);
  const conclude = (row: number): Row => {
    const { values, failed } = open.get(row) ?? { values: new Float64Array(0), failed: new Uint8Array(0) };
    return {
      id: ids[row] ?? '',
      arms: arms.map((name, a) => ({
        name,
        endpoints: Object.fromEntries(
          endpoints.map((field, e) => {
            const at = (a * endpoints.length + e) * draws;
            const solved = values.subarray(at, at + draws).filter((_, k) => failed[a * draws + k] === 0);
            return [field.name, numbersOf(field, solved)] as const;
          }),
        ),
      })),
    };
  };
  const hear = (block: EndpointBlock, row: number, from: number, to: number) => {
    const fresh = () => ({
      values: new Float64Array(slots * draws),
      failed: new Uint8Array(arms.length * draws).fill(1),
      heard: 0,
    });
    const own = open.get(row) ?? fresh();
    open.set(row, own);
    const place = from - row * draws;
    arms.forEach((_, a) => {
      const arm = block.arms[a];
      if (arm === undefined) throw new RangeError(`a block of ${block.arms.length} arms has no arm ${a}`);
      own.failed.set(arm.status.subarray(from - block.first, to - block.first), a * draws + place);
      endpoints.forEach((_, e) => {
        const start = e * block.count + from - block.first;
        const values = arm.endpoints.subarray(start, start + to - from);
        own.values.set(values, (a * endpoints.length + e) * draws + place);
      });
    });
    own.heard += to - from;
    if (own.heard < draws) return;
    rows[row] = conclude(row);
    open.delete(row);
  };
  return {
    onEndpoints(block) {
      const end = block.first + block.count;
      for (let from = block.first; from < end; ) {
        const row = Math.floor(from / draws);
        const to = Math.min(end, (row + 1) * draws);
        hear(block, row, from, to);
        from = to;
      }
    },
    onRestart() {
      open.clear();
      rows.fill(undefined);
    },
    report: () => ({ patients: draws, rows: rows.map((row, r) => row ?? conclude(r)) }),
  };
}

/** As the table of the whole cohort counts: means of what exists, and quantiles with what does not beyond all values. */
function numbersOf({ unit, type }: Counted['endpoints'][number], values: Float64Array): SubgroupNumbers {
  const known = values.filter(Number.isFinite).sort();
  const lacking = values.length - known.length;
  const missing = lacking > 0 ? { missing: lacking } : {};
  const sum = known.reduce((total, x) => total + x, 0);
  const mean = known.length > 0 ? sum / known.length : null;
  if (type === 'probability') return { probability: mean, ...missing };
  const all = new Float64Array(values.length).fill(Number.POSITIVE_INFINITY);
  all.set(known);
  const quantile = (p: number): number | null => {
    const value = sortedQuantile(all, p);
    return Number.isFinite(value) ? value : null;
  };
  return { unit, mean, quantiles: perQuantile((q) => quantile(PROBABILITIES[q] ?? Number.NaN)), ...missing };
}
