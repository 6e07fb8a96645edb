// Patients' rows as the words that shaders/happenings/rows.wgsl reads: [table][field][row][patient], times in ticks, made here
// from f64, all else f32. In: Program, Job. Out: where each table begins, and a ColumnSource, so that they are kept and cut
// into blocks as columns are.
import type { Program } from '../codegen/program.ts';
import type { ColumnSource, Job } from './backend.ts';

/** The tick of a row that is not there, and the largest of one that is. */
const NO_ROW = 0x7fffffff;
const MOST_TICKS = 2 ** 30 - 1;

/** Per table the first word of a patient's and its rows; words in all. */
export function placeTables(program: Program, { tables = [] }: Job) {
  let words = 0;
  const places = program.tables.map(({ fields }, t) => {
    const rows = tables[t]?.rows ?? 0;
    const first = words;
    words += fields.length * rows;
    return { first, rows };
  });
  return { places, words };
}

export function rowColumns(program: Program, job: Job, tick: number): ColumnSource {
  const tables = job.tables ?? [];
  const ticksOf = (time: number): number =>
    Number.isFinite(time) ? Math.max(-MOST_TICKS, Math.min(MOST_TICKS, Math.round(time / tick))) : NO_ROW;
  return {
    key: `rows ${tick} ${tables.map(({ key, rows }) => `${rows} of ${key}`).join(', ')}`,
    read(first, count) {
      const { places, words } = placeTables(program, job);
      const values = new Float32Array(words * count);
      const ticks = new Int32Array(values.buffer);
      program.tables.forEach(({ name, fields }, t) => {
        const { first: begin = 0, rows = 0 } = places[t] ?? {};
        const source = tables[t]?.read(first, count) ?? new Float64Array(0);
        if (source.length !== fields.length * rows * count)
          throw new RangeError(
            `the table ${name} of ${count} patients has ${source.length} values; ${fields.length * rows * count} are needed`,
          );
        values.set(source, begin * count);
        for (let i = 0; i < rows * count; i++) ticks[begin * count + i] = ticksOf(source[i] ?? Number.NaN);
      });
      return values;
    },
  };
}
