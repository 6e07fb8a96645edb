// A Job as the words that the shaders read (shaders/job.wgsl): ticks, schedule, arms. In: Program and Job. Out: typed
// arrays ready to upload. Checks the job at the door; what leaves here is consistent.
import { doseTimes } from '../codegen/dose-times.ts';
import type { Program } from '../codegen/program.ts';
import type { Job } from './backend.ts';
import { placeTables } from './webgpu-tables.ts';

/** f32 cannot tell two steps apart below this. */
export const LEAST_RTOL = 3e-6;
const NEVER = 0xffffffff;
const UNSOUND = 0x80000000;
const MOST_TICKS = 2 ** 30 - 1;
const LARGEST = 3.4028234663852886e38;

export interface PackedJob {
  readonly tick: number;
  readonly horizon: number;
  /** Values per patient: outputs x times, then endpoints. */
  readonly columns: number;
  /** Output times, windows, absolute tolerances; then per table (first word of a patient, rows), and the breaks. */
  readonly schedule: Uint32Array;
  /** [arm][therapy, study values, dose times]. */
  readonly arms: Uint32Array;
  readonly armWords: number;
  /** Instants at which every segment is cut. */
  readonly breaks: number;
  /** Words of a patient's rows in all tables. */
  readonly rowWords: number;
}

/** What changes from chunk to chunk. */
export interface ChunkPlace {
  readonly patients: number;
  readonly offset: number;
  readonly block: number;
  readonly stride: number;
  /** Row of the first patient in `values` and `outcomes`. */
  readonly firstRow: number;
  /** Rows of each patient's ledger; absent, none is kept. */
  readonly ledgerRows?: number;
}

/** The smallest power of two with horizon < 2^30 ticks. */
export function tickOf(horizon: number): number {
  let tick = 2 ** (Math.floor(Math.log2(horizon)) - 29);
  while (horizon >= tick * 2 ** 30) tick *= 2;
  while (horizon < tick * 2 ** 29) tick /= 2;
  return tick;
}

export function packJob(program: Program, job: Job): PackedJob {
  checkJob(program, job);
  const tick = tickOf(job.horizon);
  const horizon = Math.round(job.horizon / tick);
  const upTo = (t: number) => Math.min(horizon, Math.max(0, Math.round(t / tick)));
  const edge = (t: number) => (t <= job.horizon ? upTo(t) : NEVER);
  const { places, words: rowWords } = placeTables(program, job);
  const breaks = [...new Set(Array.from(job.breaks ?? [], (t) => Math.round(t / tick)))].filter(
    (ticks) => ticks > 0 && ticks < horizon,
  );
  const schedule = new Uint32Array([
    ...Array.from(job.times, upTo),
    ...job.windows.flatMap(([from, to]) => [edge(from), edge(to)]),
    ...bitsOf(Array.from(job.solver.atol)),
    ...places.flatMap(({ first, rows }) => [first, rows]),
    ...breaks,
  ]);
  const armWords = 1 + program.study.length + 3 * program.streams.length;
  const arms = new Uint32Array(armWords * job.arms.length);
  for (const [a, arm] of job.arms.entries()) {
    const times = doseTimes(program, arm.study).flat();
    const ticks = times.map((t) => (Number.isFinite(t) ? clampTicks(t / tick) >>> 0 : UNSOUND));
    arms.set([arm.therapy >>> 0, ...bitsOf(Array.from(arm.study)), ...ticks], a * armWords);
  }
  const columns = program.outputs.length * job.times.length + program.endpoints.length;
  return { tick, horizon, columns, schedule, arms, armWords, breaks: breaks.length, rowWords };
}

/** The uniform `Job`. */
export function jobWords(packed: PackedJob, job: Job, chunk: ChunkPlace): ArrayBuffer {
  const words = new DataView(new ArrayBuffer(64));
  const u32 = [
    chunk.patients, chunk.offset, chunk.block, chunk.stride, job.arms.length, packed.armWords, job.times.length,
    packed.columns, packed.horizon,
  ]; // biome-ignore format: in the order of the struct
  for (const [i, x] of u32.entries()) words.setUint32(4 * i, x, true);
  words.setFloat32(36, packed.tick, true);
  words.setFloat32(40, Math.max(job.solver.rtol, LEAST_RTOL), true);
  words.setFloat32(44, Math.min(job.solver.step, LARGEST / 16), true);
  words.setUint32(48, job.solver.maxSteps, true);
  words.setUint32(52, chunk.firstRow, true);
  words.setUint32(56, packed.breaks, true);
  words.setUint32(60, chunk.ledgerRows ?? 0, true);
  return words.buffer;
}

function clampTicks(ticks: number): number {
  return Math.max(-MOST_TICKS, Math.min(MOST_TICKS, Math.round(ticks)));
}

function bitsOf(values: readonly number[]): Uint32Array {
  return new Uint32Array(Float32Array.from(values).buffer);
}

function checkJob(program: Program, job: Job): void {
  const { horizon, times, solver } = job;
  if (!(horizon > 0 && Number.isFinite(horizon)))
    throw new RangeError(`horizon is ${horizon}; give a time after 0`);
  const wrong = times.findIndex((t, i) => !(t >= (times[i - 1] ?? 0) && t <= horizon));
  if (wrong >= 0)
    throw new RangeError(
      `output time ${times[wrong]} (number ${wrong + 1}); times ascend from 0 to ${horizon}`,
    );
  expectLength('windows', job.windows.length, program.windows);
  for (const [from, to] of job.windows) {
    if (from > to) throw new RangeError(`window ${from} .. ${to} ends before it starts; swap its edges`);
  }
  expectLength('absolute tolerances', solver.atol.length, program.states.length);
  expectLength('bin layouts of outputs', job.bins.outputs.length, program.outputs.length);
  expectLength('bin layouts of endpoints', job.bins.endpoints.length, program.endpoints.length);
  expectLength('tables', job.tables?.length ?? 0, program.tables.length);
  if (!(solver.rtol > 0)) throw new RangeError(`rtol is ${solver.rtol}; use 1e-3 to 1e-6`);
  if (!(solver.step > 0)) throw new RangeError(`step is ${solver.step}; give a time after 0, or Infinity`);
  if (!(solver.maxSteps >= 1 && solver.maxSteps < 2 ** 32))
    throw new RangeError(`maxSteps is ${solver.maxSteps}; use 1 to 4e9`);
  if (!program.method.e && !Number.isFinite(solver.step)) {
    throw new RangeError(`${program.method.name} has fixed steps; give the solver a step`);
  }
  if (job.arms.length === 0) throw new RangeError('the job has no arms; give at least one');
  for (const arm of job.arms) {
    expectLength('study values', arm.study.length, program.study.length);
    if (!Number.isInteger(arm.therapy) || arm.therapy < -1 || arm.therapy >= program.therapies.length) {
      throw new RangeError(`therapy is ${arm.therapy}; use -1 (none) to ${program.therapies.length - 1}`);
    }
  }
}

function expectLength(what: string, got: number, wanted: number): void {
  if (got !== wanted)
    throw new RangeError(`the job has ${got} ${what}, the program ${wanted}; lower and plan them together`);
}
