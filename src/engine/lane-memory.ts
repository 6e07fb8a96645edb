// A compiled kernel with its memory: what a lane owns per program. In: a chunk's columns and the numbers of a job.
// Out: typed views of the results, valid until the next chunk. It checks sizes at the door and never copies results.
import type { EventLayout } from '../codegen/wasm/event-layout.ts';
import type { Layout } from '../codegen/wasm/layout.ts';
import { isSimd } from '../codegen/wasm/simd-layout.ts';

/** What of a job and arm a kernel needs, free of functions, so that it crosses to a worker. */
export interface KernelJob {
  readonly horizon: number;
  readonly times: Float64Array;
  readonly windows: readonly (readonly [number, number])[];
  readonly rtol: number;
  readonly atol: Float64Array;
  readonly step: number;
  readonly maxSteps: number;
  /** Rows of the patient with most, by table. */
  readonly rows?: readonly number[];
  readonly breaks?: Float64Array;
}

/** What a run of a few patients may ask for beside. */
export interface KernelExtras {
  /** Rows of the ledger that is kept for each patient. */
  readonly ledgerRows?: number;
}

export interface Chunk {
  readonly count: number;
  /** Column-major: value of column c of patient i at [c * count + i]. */
  readonly columns: Float32Array;
  readonly study: Float64Array;
  readonly therapy: number;
  /** By table: field f of row r of patient i at [(f * rows + r) * count + i]. */
  readonly tables?: readonly Float64Array[];
}

export interface KernelMemory {
  readonly layout: Layout;
  /** Writes the job's numbers. */
  prepare(job: KernelJob, extras?: KernelExtras): void;
  /** Writes a chunk's patients and arm. */
  load(chunk: Chunk): void;
  /** Integrates patients first .. first + count - 1 of the loaded chunk. */
  simulate(first: number, count: number): void;
  /** Values of all patients of the chunk, `layout.stride` apart: [output][time][patient]; in the kernel's precision. */
  values(): Float64Array | Float32Array;
  /** [endpoint][patient], `layout.stride` apart. */
  endpoints(): Float64Array;
  status(): Uint8Array;
  steps(): Int32Array;
  /** Executed happenings of a patient of the chunk; rows that did not fit are counted only. */
  ledger(patient: number): LedgerRows;
  /** Largest |y| per state since `prepare`, where the kernel tracks it. */
  largest(): Float64Array;
}

export interface LedgerRows {
  /** Rows there would be. */
  readonly rows: number;
  /** Those that fit, each tick, happening, captured values. */
  readonly values: Float64Array;
  readonly width: number;
}

/** What of a Program the memory's sizes depend on. */
export interface ProgramSizes {
  readonly columns: number;
  readonly study: number;
  readonly states: number;
  readonly windows: number;
  readonly outputs: number;
  readonly endpoints: number;
  /** Fields of each table. */
  readonly tables: readonly number[];
}

/**
 * Length of a tick in model time: the power of two with 2^43 <= horizon / tick < 2^44, so whole numbers of ticks and their
 * sums are exact in f64.
 */
export function tickOf(horizon: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, horizon);
  const exponent = ((view.getUint32(0) >>> 20) & 0x7ff) - 1023;
  if (!(horizon > 0) || !Number.isFinite(horizon) || exponent < -900)
    throw new RangeError(`the horizon is ${horizon}; it must be a time greater than 0`);
  return 2 ** (exponent - 43);
}

/** Whole ticks nearest to a time; halves to even, as the kernel rounds. */
export function toTicks(time: number, tick: number): number {
  const x = time / tick;
  const low = Math.floor(x);
  const rest = x - low;
  if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}

/** f32 cannot tell two steps apart below this tolerance, and counts no further. */
const LEAST_RTOL_32 = 3e-6;
const MOST_STEPS_32 = 2 ** 24 - 1;

export function createMemory(module: WebAssembly.Module, layout: Layout, sizes: ProgramSizes): KernelMemory {
  const { exports } = new WebAssembly.Instance(module);
  const { memory, simulate } = exports;
  if (!(memory instanceof WebAssembly.Memory) || typeof simulate !== 'function')
    throw new TypeError('this module is not a kernel: it must export `memory` and `simulate`');
  let times = 0;
  let therapy = -1;
  let loaded = 0;
  let tables: readonly { readonly at: number; readonly rows: number; readonly fields: number }[] = [];
  const { events } = layout;
  const valuesAt = () => layout.free + 8 * (times + 1);

  const wrong = (what: string, got: number, wanted: number) =>
    new RangeError(`${what}: got ${got} numbers, the program needs ${wanted}`);

  return {
    layout,
    prepare(job, { ledgerRows = 0 } = {}) {
      if (job.atol.length !== sizes.states) throw wrong('atol', job.atol.length, sizes.states);
      if (job.windows.length !== sizes.windows) throw wrong('windows', job.windows.length, sizes.windows);
      times = job.times.length;
      const values = valuesAt() + layout.valueBytes * sizes.outputs * times * layout.stride;
      const places = placeEvents(layout, sizes, job, Math.ceil(values / 8) * 8, ledgerRows);
      tables = places.tables;
      const bytes = places.end;
      const missing = bytes - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / 65536));
      const tick = tickOf(job.horizon);
      const horizon = toTicks(job.horizon, tick);
      const number = (at: number, value: number) => {
        view.setFloat64(at, value, true);
      };
      const view = new DataView(memory.buffer);
      number(layout.tick, tick);
      number(layout.horizon, horizon);
      number(layout.rtol, job.rtol);
      number(layout.step, job.step);
      number(layout.maxSteps, job.maxSteps);
      view.setInt32(layout.times, times, true);
      view.setInt32(layout.ticksAt, layout.free, true);
      view.setInt32(layout.valuesAt, valuesAt(), true);
      job.atol.forEach((value, j) => {
        number(layout.atol + 8 * j, value);
      });
      if (isSimd(layout)) {
        const single = layout.kind === 'f32x4';
        const numbers = [
          single ? Math.max(job.rtol, LEAST_RTOL_32) : job.rtol,
          job.step,
          single ? Math.min(job.maxSteps, MOST_STEPS_32) : job.maxSteps,
          ...job.atol,
        ];
        const into = single ? Float32Array : Float64Array;
        new into(memory.buffer, layout.numbers, numbers.length).set(numbers);
      }
      job.windows.forEach((edges, w) => {
        const [from, to] = edges.map((edge) => toTicks(edge, tick)) as [number, number];
        const there = from >= 0 && from <= to && to <= horizon;
        number(layout.windows + 24 * w, from >= 0 && from <= horizon ? from : Number.POSITIVE_INFINITY);
        number(layout.windows + 24 * w + 8, there ? from : Number.POSITIVE_INFINITY);
        number(layout.windows + 24 * w + 16, there ? to : Number.POSITIVE_INFINITY);
      });
      let before = 0;
      job.times.forEach((time, i) => {
        const ticks = toTicks(time, tick);
        if (!(ticks >= before && ticks <= horizon))
          throw new RangeError(
            `output time ${time} (number ${i + 1}): times must ascend from 0 to the horizon`,
          );
        number(layout.free + 8 * i, ticks);
        before = ticks;
      });
      number(layout.free + 8 * times, Number.POSITIVE_INFINITY);
      new Float64Array(memory.buffer, layout.largest, sizes.states).fill(0);
      if (events !== undefined) writeEvents(view, events, places, job, tick);
    },
    load(chunk) {
      const { count, columns, study } = chunk;
      if (count > layout.capacity)
        throw new RangeError(`a chunk of ${count} patients; at most ${layout.capacity}`);
      if (study.length !== sizes.study) throw wrong('study values', study.length, sizes.study);
      if (columns.length !== sizes.columns * count)
        throw wrong('columns', columns.length, sizes.columns * count);
      new Float64Array(memory.buffer, layout.study, study.length).set(study);
      for (let c = 0; c < sizes.columns; c++)
        new Float32Array(memory.buffer, layout.columns + 4 * c * layout.stride, count).set(
          columns.subarray(c * count, (c + 1) * count),
        );
      if (events !== undefined) {
        const view = new DataView(memory.buffer);
        view.setInt32(events.tableStride, count, true);
        tables.forEach(({ at, rows, fields }, t) => {
          const values = chunk.tables?.[t] ?? new Float64Array(0);
          if (values.length !== rows * fields * count)
            throw wrong(`table ${t} of ${count} patients`, values.length, rows * fields * count);
          new Float64Array(memory.buffer, at, values.length).set(values);
        });
      }
      therapy = chunk.therapy;
      loaded = count;
    },
    simulate(first, count) {
      if (first + count > loaded)
        throw new RangeError(`patients ${first} .. ${first + count - 1} of ${loaded}`);
      simulate(first, count, therapy);
    },
    values: () => {
      const view = layout.valueBytes === 4 ? Float32Array : Float64Array;
      return new view(memory.buffer, valuesAt(), sizes.outputs * times * layout.stride);
    },
    endpoints: () => new Float64Array(memory.buffer, layout.endpoints, sizes.endpoints * layout.stride),
    status: () => new Uint8Array(memory.buffer, layout.status, layout.capacity),
    steps: () => new Int32Array(memory.buffer, layout.steps, layout.capacity),
    ledger(patient) {
      if (events === undefined) return { rows: 0, values: new Float64Array(0), width: 2 };
      const view = new DataView(memory.buffer);
      const kept = view.getInt32(events.ledgerRows, true);
      const rows = view.getInt32(events.ledgerCounts + 4 * patient, true);
      const width = events.ledgerRowBytes / 8;
      const at = view.getInt32(events.ledger, true) + patient * kept * events.ledgerRowBytes;
      return { rows, width, values: new Float64Array(memory.buffer, at, width * Math.min(kept, rows)) };
    },
    largest: () => new Float64Array(memory.buffer, layout.largest, sizes.states),
  };
}

/** Where a job's breaks, rows and ledger lie behind its values. */
function placeEvents(
  { events, stride, capacity }: Layout,
  sizes: ProgramSizes,
  { rows = [], breaks }: KernelJob,
  start: number,
  ledgerRows: number,
) {
  if (events === undefined) {
    if (breaks !== undefined && breaks.length > 0)
      throw new RangeError(`${breaks.length} breaks, but the kernel was compiled for none`);
    return { tables: [], breaks: 0, ledger: 0, ledgerRows: 0, end: start };
  }
  if (rows.length !== sizes.tables.length)
    throw new RangeError(`${rows.length} tables of rows; the program has ${sizes.tables.length}`);
  let end = start;
  const take = (bytes: number): number => {
    const at = end;
    end += bytes;
    return at;
  };
  const breaksAt = take(8 * ((breaks?.length ?? 0) + 1));
  const most = mostPatients(rows, sizes.tables, capacity);
  const tables = sizes.tables.map((fields, t) => {
    const count = rows[t] ?? 0;
    return { at: take(8 * fields * count * most), rows: count, fields };
  });
  const ledger = take(ledgerRows * stride * events.ledgerRowBytes);
  return { tables, breaks: breaksAt, ledger, ledgerRows, end };
}

/** Bytes that the rows of one chunk's patients may take. */
const MOST_TABLE_BYTES = 32 * 2 ** 20;

/** Patients of a chunk at most, so that their rows stay within bounds. */
export function mostPatients(rows: readonly number[], fields: readonly number[], capacity: number): number {
  const bytes = rows.reduce((sum, count, t) => sum + 8 * count * (fields[t] ?? 0), 0);
  return bytes === 0 ? capacity : Math.max(1, Math.min(capacity, Math.floor(MOST_TABLE_BYTES / bytes)));
}

function writeEvents(
  view: DataView,
  events: EventLayout,
  places: ReturnType<typeof placeEvents>,
  { breaks = new Float64Array(0) }: KernelJob,
  tick: number,
): void {
  events.tables.forEach((header, t) => {
    view.setInt32(header, places.tables[t]?.at ?? 0, true);
    view.setInt32(header + 4, places.tables[t]?.rows ?? 0, true);
  });
  view.setInt32(events.breaks, places.breaks, true);
  breaks.forEach((time, i) => {
    view.setFloat64(places.breaks + 8 * i, toTicks(time, tick), true);
  });
  view.setFloat64(places.breaks + 8 * breaks.length, Number.POSITIVE_INFINITY, true);
  view.setInt32(events.ledger, places.ledger, true);
  view.setInt32(events.ledgerRows, places.ledgerRows, true);
}
