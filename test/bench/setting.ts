// A problem made ready: its program, its job for any tolerance and cohort size, the f64 reference's curves, and the file
// that gives C and R the same patients. In: a Problem. Out: a Setting. Solves only the reference.
import { writeFileSync } from 'node:fs';
import { nodeDevices } from '../../src/cli/devices.ts';
import { METHODS } from '../../src/codegen/methods.ts';
import type { Program } from '../../src/codegen/program.ts';
import type { Individuals, Job, Kernel } from '../../src/engine/backend.ts';
import { openEngine } from '../../src/engine/engine.ts';
import { defaultArms } from '../../src/study/plan.ts';
import { prepare } from '../../src/study/prepare.ts';
import { readModel } from '../../src/study/read.ts';
import type { Curves } from './accuracy.ts';
import type { Problem } from './problems.ts';

export const TIGHT = 1e-10;
/** An absolute tolerance is this much of rtol times the largest size of its state, for us and for every peer. */
export const ATOL_FACTOR = 1e-6;

export interface Setting {
  readonly problem: Problem;
  readonly method: string;
  readonly program: Program;
  /** Largest |y| of every state, as the product's probe found it. */
  readonly scale: Float64Array;
  job(rtol: number, patients: number): Job;
  /** The same model by Tsit5, for whom no other method is implemented and for the reference. */
  readonly explicit: Program;
  reference(patients: number): Promise<Curves>;
}

export async function openSetting(problem: Problem, method?: string): Promise<Setting> {
  const engine = await openEngine(nodeDevices({ lanes: 0 }), 'webassembly');
  const chosen = method ?? problem.methods.find((name) => Object.hasOwn(METHODS, name)) ?? 'tsit5';
  const make = async (name: string) => {
    const read = readModel(problem.model);
    if (read.kind !== 'done') throw new Error(`${problem.name}: the model has errors`);
    const first = defaultArms(read.model)[0] ?? { name: 'untreated' };
    const arm = problem.therapy === undefined ? first : { name: problem.therapy, therapy: problem.therapy };
    const ready = await prepare(
      {
        gemello: 1,
        model: problem.model,
        cohort: { patients: 1_000_000, seed: '1' },
        arms: [arm],
        solver: { method: name, rtol: 1e-4 },
        ...(problem.time ? { time: problem.time } : {}),
        // Curves only: what peers do too.
        show: { endpoints: [] },
      },
      { engine },
    );
    if (ready.kind === 'refused') throw new Error(`${problem.name}: ${JSON.stringify(ready.errors)}`);
    if (ready.kind !== 'done') throw new Error(`${problem.name}: the model has errors`);
    return ready.prepared;
  };
  const made = await make(chosen);
  const explicit = chosen === 'tsit5' ? made : await make('tsit5');
  const scale = made.job.solver.atol.map((a) => a / (1e-4 * ATOL_FACTOR));
  const job = (rtol: number, patients: number): Job => ({
    ...made.job,
    patients,
    solver: { ...made.job.solver, rtol, atol: scale.map((s) => s * rtol * ATOL_FACTOR) },
  });
  let kept: Curves | undefined;
  return {
    problem,
    method: chosen,
    program: made.program,
    explicit: explicit.program,
    scale,
    job,
    async reference(patients) {
      if (kept === undefined || kept.patients < patients) {
        // Robertson by an explicit method at 1e-10 would take days; there the stiff method is its own reference.
        const kernel = await engine.reference(problem.stiff ? made.program : explicit.program);
        kept = await curvesOf(kernel, job(TIGHT, patients), patients);
      }
      return kept;
    },
  };
}

/** Curves of the first patients, patient by patient. */
export async function curvesOf(kernel: Kernel, job: Job, patients: number): Promise<Curves> {
  const outputs = kernel.program.outputs.length;
  const times = job.times.length;
  const values = new Float64Array(patients * outputs * times);
  // In pieces: a device gives whole curves for some patients at once.
  for (let first = 0; first < patients; first += 256) {
    const some = Array.from({ length: Math.min(256, patients - first) }, (_, i) => first + i);
    const [arm] = (await kernel.individuals(job, some)).arms;
    if (arm) turn(arm, some.length, outputs * times, values.subarray(first * outputs * times));
  }
  return { patients, outputs, times, values };
}

/** [row][patient] -> [patient][row]. */
function turn(arm: Individuals['arms'][number], patients: number, rows: number, into: Float64Array): void {
  for (let p = 0; p < patients; p++)
    for (let row = 0; row < rows; row++) into[p * rows + row] = arm.outputs[row * patients + p] ?? Number.NaN;
}

/** The file that peers/job.h reads: sizes, output times, scales, then our cohort's columns. */
export function writeJob(path: string, setting: Setting, patients: number): void {
  const { columns, times, horizon } = setting.job(1e-4, patients);
  const { scale, program } = setting;
  const head = Float64Array.of(patients, program.columns.length, times.length, scale.length, horizon);
  const values = columns.read(0, patients);
  writeFileSync(
    path,
    Buffer.concat([head, times, scale, values].map((a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength))),
  );
}
