// How exact a run is, measured: a random sample of its patients and those with most steps, solved again by the f64
// reference at rtol 1e-9. In: a prepared study and its run. Out: a Certificate. It changes no number of the run.
import type { Individuals, Job, Kernel, Summary } from '../engine/backend.ts';
import type { Engine } from '../engine/engine.ts';
import { fillUniforms, keyOfSeed } from '../engine/philox.ts';
import { PURPOSES } from '../engine/purposes.ts';
import { errorsOf } from './errors.ts';
import { endpointScale, outputScale } from './expect.ts';
import type { Prepared } from './prepare.ts';
import type { Certificate, Result } from './result.ts';
import { TIGHT_RTOL, tightJob } from './tight.ts';

/** Patients of the random sample. */
export const SAMPLE = 64;
/** Steps that the sample may take, and again the slowest: a second or so. What comes later is left out. */
const BUDGET = 3_000_000;
/** Patients solved at once, and how long others may wait: a stopped run must end within 200 ms. */
const AT_ONCE = 4;
const DEAF_MS = 25;

/** The sample: Philox draws of a purpose of its own, so it depends on seed and cohort size alone. Ascending. */
export function samplePatients(seed: string, patients: number): readonly number[] {
  if (patients <= SAMPLE) return Array.from({ length: patients }, (_, i) => i);
  const chosen = new Set<number>();
  const draws = new Float64Array(SAMPLE);
  for (let first = 0; chosen.size < SAMPLE; first += SAMPLE) {
    fillUniforms(keyOfSeed(seed), PURPOSES.certificate, 0, first, draws);
    for (const u of draws) if (chosen.size < SAMPLE) chosen.add(Math.floor(u * patients));
  }
  return [...chosen].sort((a, b) => a - b);
}

export interface Certifier {
  /** For a finished run: its result, its summary after rescue and how many were rescued. */
  issue(result: Result, run: { readonly summary: Summary; readonly rescued: number }): Promise<Certificate>;
}

/** Begins to solve the sample at once, beside the run. `reference`: the kernel of tightProgram(program). */
export function openCertifier(
  { plan, program, job }: Pick<Prepared, 'plan' | 'program' | 'job'>,
  engine: Engine,
  reference: Kernel,
  signal?: AbortSignal,
): Certifier {
  const tight = tightJob(program, job);
  const sample = samplePatients(plan.seed, plan.patients);
  const solved = solveSome(reference, tight, sample, signal);
  // Whoever waits for it hears of a failure; a run that fails before must not leave one unheard.
  solved.catch(() => undefined);
  return {
    async issue(result, { summary, rescued }) {
      const slowest = summary.arms.flatMap(({ notable }) => notable?.slowest ?? []);
      const others = new Set(slowest.map(({ patient }) => patient));
      for (const patient of sample) others.delete(patient);
      const random = await solved;
      const exact = [...random, ...(await solveSome(reference, tight, [...others], signal))];
      const patients = exact.flatMap((piece) => piece.patients);
      const own = await engine.individuals(program, job, patients);
      const named = <F extends { readonly name: string }>(fields: readonly F[], scale: typeof outputScale) =>
        fields.map((field) => ({ ...field, scale: scale(result, field.name) }));
      return {
        patients: patients.length,
        rtol: TIGHT_RTOL,
        ...errorsOf(own, exact, random.flatMap((piece) => piece.patients).length, {
          times: job.times.length,
          outputs: named(program.outputs, outputScale),
          endpoints: named(program.endpoints.slice(0, plan.endpoints.length), endpointScale),
        }),
        rescued,
        unrescued: Object.values(result.failed).reduce((total, count) => total + count, 0),
      };
    },
  };
}

/** Piece by piece in this thread, letting messages in between. */
async function solveSome(
  reference: Kernel,
  job: Job,
  patients: readonly number[],
  signal?: AbortSignal,
): Promise<readonly Individuals[]> {
  const pieces: Individuals[] = [];
  let heard = performance.now();
  let steps = 0;
  for (let first = 0; first < patients.length && steps < BUDGET; first += AT_ONCE) {
    const piece = await reference.individuals(job, patients.slice(first, first + AT_ONCE));
    pieces.push(piece);
    for (const arm of piece.arms) for (const taken of arm.steps) steps += taken;
    if (performance.now() - heard < DEAF_MS) continue;
    await new Promise<void>((resume) => setTimeout(resume, 0));
    signal?.throwIfAborted();
    heard = performance.now();
  }
  return pieces;
}
