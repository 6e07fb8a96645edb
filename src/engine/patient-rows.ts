// What patients bring along, cut to the chunks that a kernel takes: columns, and rows of their own. In: a Job's sources.
// Out: columns and tables of a chunk, or of patients in any order; their sizes are checked.
import type { Program } from '../codegen/program.ts';
import type { ColumnSource, Job, WeightSource } from './backend.ts';
import { mostPatients } from './lane-memory.ts';

/** Patients read from the source at once: making draws in long runs is cheaper. */
const READ = 4096;
/** Patients whose weights are read at once. */
const WEIGHED = 65_536;

/** Columns of chunk `number`, read from the source in blocks that are kept while they are in use. */
export function columnReader(
  source: ColumnSource,
  columns: number,
  first: number,
  patients: number,
  capacity: number,
) {
  const perBlock = Math.max(1, Math.floor(READ / capacity));
  const blocks = new Map<number, { readonly values: Float32Array; readonly length: number }>();
  return (number: number, count: number): Float32Array => {
    const index = Math.floor(number / perBlock);
    let block = blocks.get(index);
    if (block === undefined) {
      const start = index * perBlock * capacity;
      const length = Math.min(perBlock * capacity, patients - start);
      const values = source.read(first + start, length);
      if (values.length !== columns * length)
        throw new RangeError(
          `the column source gave ${values.length} numbers for ${length} patients of ${columns} columns`,
        );
      block = { values, length };
      blocks.set(index, block);
      for (const old of blocks.keys()) if (blocks.size > 2) blocks.delete(old);
    }
    const from = (number % perBlock) * capacity;
    const chunk = new Float32Array(columns * count);
    for (let c = 0; c < columns; c++) {
      const start = c * block.length + from;
      chunk.set(block.values.subarray(start, start + count), c * count);
    }
    return chunk;
  };
}

export const chunkFor = (program: Program, { tables = [] }: Job, capacity: number): number =>
  mostPatients(
    tables.map(({ rows }) => rows),
    program.tables.map(({ fields }) => fields.length),
    capacity,
  );

/** Weights of a stretch of patients, checked. */
export function readWeights(source: WeightSource, first: number, count: number): Uint32Array {
  const weights = source.read(first, count);
  if (weights.length !== count)
    throw new RangeError(
      `the weights of ${count} patients are ${weights.length} numbers; one each is needed`,
    );
  return weights;
}

/** Refuses weights that a counter of 32 bits cannot hold, before anything is counted. */
export function checkWeights({
  weights,
  first,
  patients,
}: Pick<Job, 'weights' | 'first' | 'patients'>): void {
  if (weights === undefined) return;
  let total = 0;
  for (let from = 0; from < patients; from += WEIGHED)
    for (const weight of readWeights(weights, first + from, Math.min(WEIGHED, patients - from)))
      total += weight;
  if (total >= 2 ** 32)
    throw new RangeError(`the weights add up to ${total}; all of a run's together must be less than 2^32`);
}

/** Rows of a stretch of patients, checked. */
function readTables(program: Program, { tables = [] }: Job, first: number, count: number): Float64Array[] {
  return program.tables.map(({ name, fields }, t) => {
    const source = tables[t];
    if (source === undefined) throw new RangeError(`the job has no rows for the table ${name}`);
    const values = source.read(first, count);
    const wanted = fields.length * source.rows * count;
    if (values.length !== wanted)
      throw new RangeError(
        `the table ${name} gave ${values.length} numbers for ${count} patients, expected ${wanted}`,
      );
    return values;
  });
}

/** Rows of chunk `number`, read once for all its arms. */
export function tableReader(program: Program, job: Job, capacity: number) {
  let kept = -1;
  let tables: Float64Array[] = [];
  return (number: number, count: number): Float64Array[] | undefined => {
    if (program.tables.length === 0) return undefined;
    if (number !== kept) tables = readTables(program, job, job.first + number * capacity, count);
    kept = number;
    return tables;
  };
}

/** Rows of arbitrary patients. */
export function gatherTables(program: Program, job: Job, patients: readonly number[]): Float64Array[] {
  const gathered = program.tables.map(
    ({ fields }, t) => new Float64Array(fields.length * (job.tables?.[t]?.rows ?? 0) * patients.length),
  );
  patients.forEach((patient, i) => {
    readTables(program, job, patient, 1).forEach((values, t) => {
      values.forEach((value, line) => {
        const into = gathered[t];
        if (into !== undefined) into[line * patients.length + i] = value;
      });
    });
  });
  return gathered;
}

/** Columns of arbitrary patients. */
export function gather(source: ColumnSource, columns: number, patients: readonly number[]): Float32Array {
  const gathered = new Float32Array(columns * patients.length);
  for (let i = 0; i < patients.length; ) {
    const first = patients[i] ?? 0;
    let run = 1;
    while (patients[i + run] === first + run) run++;
    const read = source.read(first, run);
    for (let c = 0; c < columns; c++)
      gathered.set(read.subarray(c * run, (c + 1) * run), c * patients.length + i);
    i += run;
  }
  return gathered;
}
