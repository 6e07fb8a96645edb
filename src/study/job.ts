// From a Plan and a cohort to the numbers that a kernel runs on. In: Plan, Lowered, columns. Out: a Job, its tolerances
// and bins settled by a probe: the first patients of the cohort solved in f64, so that they depend on the study alone.
import { type Lowered, studyNames } from '../codegen/lower.ts';
import type { ColumnSource, Job, Summary } from '../engine/backend.ts';
import type { BinLayout } from '../engine/histogram.ts';
import type { Probe } from '../engine/webassembly.ts';
import { evaluate } from '../language/evaluate.ts';
import type { Expression } from '../language/expression.ts';
import type { Courses } from './courses.ts';
import { studyValues } from './formula.ts';
import { jobTables } from './job-tables.ts';
import type { Plan, Refusal } from './plan.ts';

/** Patients solved ahead of the run to learn the scale of every state, output and endpoint. */
export const PROBE_PATIENTS = 32;
/** Smallest amount that matters, relative to the largest amount of the same state seen in the probe. */
const NEGLIGIBLE = 1e-6;
/** Accepted and rejected steps for one patient in one arm. */
const MOST_STEPS = 200_000;
/** Bands: 0.2 % half a bin before interpolation; endpoints: 0.05 %. Octaves: what is 10^-12 of the largest is zero. */
const BAND_BITS = 8;
const ENDPOINT_BITS = 10;
const OCTAVES = 40;
/** Room above the largest and below the smallest value of the probe, in octaves. */
const HEADROOM = 6;
const FOOTROOM = 8;

/** A Job before its probe: default bins, tolerances of scale 1. */
export function draftJob(
  plan: Plan,
  lowered: Lowered,
  columns: ColumnSource,
  courses: Courses | null = null,
): Job {
  const { program, windows, horizon } = lowered;
  const valuesOf = plan.arms.map((arm) => studyValues(plan.model, arm.parameters));
  const names = new Set(studyNames(plan.model));
  const arms = plan.arms.map((arm, i) => ({
    therapy: arm.therapy,
    study: Float64Array.from(program.study, (field, place) =>
      place === horizon
        ? plan.until
        : names.has(field.name)
          ? (valuesOf[i]?.get(field.name) ?? Number.NaN)
          : Number.NaN,
    ),
  }));
  // Windows hold for all arms: windowConflict has refused the rest.
  const edge = (e: Expression | null, otherwise: number): number =>
    e === null ? otherwise : evaluate(e, (name) => valuesOf[0]?.get(name) ?? Number.NaN);
  const bins: BinLayout = { mantissaBits: BAND_BITS, low: -20, high: 20, signed: true };
  return {
    first: 0,
    patients: plan.patients,
    columns,
    arms,
    horizon: plan.until,
    times: plan.times,
    windows: windows.map((w) => [edge(w.from, 0), edge(w.to, plan.until)] as const),
    solver: {
      rtol: plan.rtol,
      atol: Float64Array.from(program.states, () => plan.rtol * NEGLIGIBLE),
      step: plan.step,
      maxSteps: MOST_STEPS,
    },
    ...jobTables(plan, lowered, courses),
    bins: { outputs: program.outputs.map(() => bins), endpoints: program.endpoints.map(() => bins) },
  };
}

/** Endpoints are compared between arms, so their windows must not depend on a parameter that an arm changes. */
export function windowConflict(plan: Plan, lowered: Lowered): Refusal | null {
  const valuesOf = plan.arms.map((arm) => studyValues(plan.model, arm.parameters));
  for (const edge of lowered.windows.flatMap((w) => [w.from, w.to])) {
    if (edge === null) continue;
    const inArms = valuesOf.map((v) => evaluate(edge, (name) => v.get(name) ?? Number.NaN));
    const other = inArms.findIndex((x) => x !== inArms[0]);
    if (other > 0) {
      const message = `an endpoint's window would begin or end at ${inArms[0]} in one arm and ${inArms[other]} in this one; set the parameter for all arms`;
      return { field: `arms[${other}].set`, message };
    }
  }
  return null;
}

/** The Job with tolerances from the scale of every state and bins around the values that occur. */
export function settleJob(job: Job, probe: Probe): Job {
  const atol = job.solver.atol.map((_, i) => {
    const scale = probe.stateScale[i] ?? 0;
    return job.solver.rtol * NEGLIGIBLE * (scale > 0 && Number.isFinite(scale) ? scale : 1);
  });
  return {
    ...job,
    solver: { ...job.solver, atol },
    bins: {
      outputs: probe.outputs.map((range) => layoutFor(range, BAND_BITS)),
      endpoints: probe.endpoints.map((range) => layoutFor(range, ENDPOINT_BITS)),
    },
  };
}

/**
 * What a finished run says about bins that were too small for it: the Job with wider ones, or null when every value
 * lay inside. Negative values in unsigned bins and values over the top would blur quantiles; nothing does so unseen.
 */
export function widenJob(job: Job, summary: Summary): Job | null {
  let wider = false;
  const widen = (kind: 'outputs' | 'endpoints') =>
    job.bins[kind].map((layout, i) => {
      let min = 0;
      let max = 0;
      for (const arm of summary.arms) {
        for (const x of arm[kind][i]?.min ?? []) if (x < min) min = x;
        for (const x of arm[kind][i]?.max ?? []) if (x > max) max = x;
      }
      const negligible = 2 ** layout.low;
      const negative = min < -negligible && !layout.signed;
      const over = Math.max(-min, max) > 2 ** layout.high;
      if (!negative && !over) return layout;
      wider = true;
      return layoutFor({ min: Math.min(min, layout.signed ? -1e-300 : 0), max }, layout.mantissaBits);
    });
  const bins = { outputs: widen('outputs'), endpoints: widen('endpoints') };
  return wider ? { ...job, bins } : null;
}

/** Bins from well below to well above what the probe saw; what is smaller still is as good as zero. */
export function layoutFor(
  range: { readonly min: number; readonly max: number; readonly smallest?: number },
  mantissaBits: number,
): BinLayout {
  const largest = Math.max(Math.abs(range.min), Math.abs(range.max));
  const top = Number.isFinite(largest) && largest > 0 ? Math.floor(Math.log2(largest)) + 1 : 0;
  const high = Math.max(-100, Math.min(127, top + HEADROOM));
  const smallest = range.smallest ?? 0;
  const bottom = smallest > 0 ? Math.floor(Math.log2(smallest)) - FOOTROOM : Number.NEGATIVE_INFINITY;
  const low = Math.max(-126, high - OCTAVES - HEADROOM, Math.min(bottom, high - HEADROOM - 1));
  return { mantissaBits, low, high, signed: range.min < 0 };
}
