// The same trial many times, each with parameters of its own: what we are unsure of, apart from how patients differ. In: a
// prepared study, one job and one summary for every simulated study, their blocks of endpoints. Out: the jobs; bands of the
// studies' means and medians, and an endpoint's variance between and within studies. Patients are others in every study:
// study s has patients s * n .. (s + 1) * n - 1 of the seed.
import type { Job, Summary } from '../engine/backend.ts';
import { type Histogram, mean, quantile } from '../engine/histogram.ts';
import { addValue, createMoments, type Moments } from '../statistics/moments.ts';
import { quantilesOf } from '../statistics/quantiles.ts';
import { varianceComponents } from '../statistics/variance-components.ts';
import type { EndpointListener } from './listen.ts';
import type { Plan, Refusal } from './plan.ts';
import { perQuantile, QUANTILES, type StudiesResult, type StudyBands } from './result.ts';
import { drawParameters } from './uncertainty.ts';

const PROBABILITIES = QUANTILES.map(Number);

/** Patients of each of `studies`, or why they cannot be shared out. */
export function patientsEach(plan: Plan, studies: number): number | Refusal {
  const refuse = (message: string): Refusal => ({ field: 'cohort.studies', message });
  const { patients, model } = plan;
  if ((model.uncertainty ?? []).length === 0)
    return refuse(
      `${model.name} has no uncertain parameters, so all studies would be alike; write uncertain CL ~ lognormal(rse 20 %)`,
    );
  const each = patients / studies;
  if (Number.isInteger(each) && each >= 2) return each;
  const near = Math.max(2, Math.round(each)) * studies;
  return refuse(`${patients} patients cannot be shared among ${studies} studies; use ${near}`);
}

/** The plan of study s: every arm with the parameters that the study has; or what is wrong with them. */
export function planOfStudy(plan: Plan, s: number): Plan | Refusal {
  const arms: Plan['arms'][number][] = [];
  for (const arm of plan.arms) {
    const drawn = drawParameters(plan.model, plan.seed, s, arm.parameters);
    if (drawn.kind === 'refused') return { field: 'cohort.studies', message: drawn.message };
    arms.push({ ...arm, parameters: drawn.values });
  }
  return { ...plan, arms };
}

/** Numbers of one histogram's column in a study. */
interface Centre {
  readonly mean: number;
  readonly median: number;
}

export interface StudiesListener extends EndpointListener {
  /** What comes next is of this study. */
  begin(study: number): void;
  /** The study that began is over: its summary, of its patients alone. */
  end(summary: Summary): void;
  report(): StudiesResult;
}

export interface Fields {
  readonly arms: readonly string[];
  readonly outputs: readonly { readonly name: string; readonly unit: string }[];
  /** Those that are shown. */
  readonly endpoints: readonly {
    readonly name: string;
    readonly unit: string;
    readonly type: 'value' | 'probability';
  }[];
}

export function listenForStudies(fields: Fields, studies: number, each: number): StudiesListener {
  const { arms, outputs, endpoints } = fields;
  const noMoments = () => arms.map(() => endpoints.map(() => createMoments()));
  /** By study, arm and endpoint. */
  const moments: Moments[][][] = [];
  /** By study, arm, and endpoint; by study, arm, output and time. */
  const ends: Centre[][][] = [];
  const curves: number[][][][] = [];
  let current = 0;
  const column = (pick: (study: number) => number | undefined) =>
    Array.from({ length: studies }, (_, s) => pick(s) ?? Number.NaN);
  return {
    begin(study) {
      current = study;
      // A run that is only repeated for its bins is not heard again.
      moments[study] ??= noMoments();
    },
    onEndpoints({ arms: told, count }) {
      told.forEach(({ status, endpoints: values }, a) => {
        moments[current]?.[a]?.forEach((own, e) => {
          for (let i = 0; i < count; i++) {
            const x = values[e * count + i] ?? Number.NaN;
            if (status[i] === 0 && Number.isFinite(x)) addValue(own, x);
          }
        });
      });
    },
    onRestart() {
      moments[current] = noMoments();
    },
    end(summary) {
      ends[current] = summary.arms.map((arm) => arm.endpoints.map(centreOf));
      curves[current] = summary.arms.map((arm) =>
        arm.outputs.map((histogram) =>
          Array.from({ length: histogram.columns }, (_, t) => quantile(histogram, t, 0.5) ?? Number.NaN),
        ),
      );
    },
    report: () => ({
      studies,
      patients: each,
      arms: arms.map((name, a) => ({
        name,
        outputs: Object.fromEntries(
          outputs.map(({ name: output, unit }, o) => {
            const times = curves[0]?.[a]?.[o]?.length ?? 0;
            const over = Array.from({ length: times }, (_, t) =>
              bandsOf(column((s) => curves[s]?.[a]?.[o]?.[t])),
            );
            return [
              output,
              { unit, median: perQuantile((q) => over.map((bands) => bands[q] ?? Number.NaN)) },
            ];
          }),
        ),
        endpoints: Object.fromEntries(
          endpoints.map(({ name: endpoint, unit, type }, e) => [
            endpoint,
            {
              unit,
              ...meansOf(column((s) => ends[s]?.[a]?.[e]?.mean)),
              ...(type === 'value' && { median: mediansOf(column((s) => ends[s]?.[a]?.[e]?.median)) }),
              ...varianceOf(moments.map((own) => own[a]?.[e] ?? createMoments())),
            },
          ]),
        ),
      })),
    }),
  };
}

const centreOf = (histogram: Histogram): Centre => ({
  mean: mean(histogram, 0) ?? Number.NaN,
  median: quantile(histogram, 0, 0.5) ?? Number.NaN,
});

/** Quantiles over studies, of those in which the number exists; empty of none. */
function bandsOf(values: readonly number[]): readonly number[] {
  const there = Float64Array.from(values.filter(Number.isFinite));
  return there.length === 0 ? [] : quantilesOf(there, PROBABILITIES);
}

function meansOf(means: readonly number[]): Pick<StudyBands, 'mean' | 'without'> {
  const bands = bandsOf(means);
  const without = means.filter(Number.isNaN).length;
  return { mean: perQuantile((q) => bands[q] ?? null), ...(without > 0 && { without }) };
}

/** A median does not exist where most patients of a study lack the value: it is later than those of other studies. */
function mediansOf(medians: readonly number[]): NonNullable<StudyBands['median']> {
  const bands = quantilesOf(
    Float64Array.from(medians, (x) => (Number.isNaN(x) ? Number.POSITIVE_INFINITY : x)),
    PROBABILITIES,
  );
  return perQuantile((q) => {
    const x = bands[q] ?? Number.NaN;
    return Number.isFinite(x) ? x : null;
  });
}

function varianceOf(studies: readonly Moments[]): Pick<StudyBands, 'variance'> {
  const filled = studies.filter(({ n }) => n > 0);
  const patients = filled.reduce((sum, { n }) => sum + n, 0);
  if (filled.length < 2 || patients <= filled.length) return {};
  const { betweenFloored, within, betweenShare } = varianceComponents(studies);
  // Nothing varies: there is no share of it either.
  const share = betweenFloored + within > 0 ? betweenShare : 0;
  return { variance: { between: betweenFloored, within, betweenShare: share } };
}

/** Jobs that differ in where their patients begin. */
export const shareOf = (job: Job, study: number, each: number): Job => ({
  ...job,
  first: study * each,
  patients: each,
});
