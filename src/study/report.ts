// A Summary and what is known about its run become a Result: plain JSON for the page and the command line.
// Numbers are left as they were computed. Where no patient has a number a band holds NaN (JSON writes null).
import { type ArmSummary, type BackendName, STATUSES, type Summary } from '../engine/backend.ts';
import { chartHistogram } from '../engine/chart-histogram.ts';
import { type Histogram, mean, present, quantiles } from '../engine/histogram.ts';
import {
  type ArmResult,
  type EndpointResult,
  type OutputResult,
  perQuantile,
  QUANTILES,
  type Result,
} from './result.ts';
import { VERSION } from './version.ts';

/** Bars of an endpoint's histogram, about. */
const BARS = 40;
const PROBABILITIES = QUANTILES.map(Number);

/** The parts of plan, program and engine that a report reads; runStudy has them all. */
export interface RunFacts {
  readonly model: { readonly name: string; readonly sha256: string };
  readonly plan: {
    readonly seed: string;
    readonly times: ArrayLike<number>;
    readonly arms: readonly { readonly name: string }[];
    readonly model: { readonly time: { readonly text: string } };
  };
  readonly method?: { readonly name: string; readonly reason: string };
  readonly program: {
    readonly outputs: readonly { readonly name: string; readonly unit: string }[];
    readonly endpoints: readonly {
      readonly name: string;
      readonly unit: string;
      readonly type: 'value' | 'probability';
    }[];
  };
  /** Endpoints that are shown, which come first; absent: all. */
  readonly shown?: number;
  /** Units that a patient counts on average, where the summary is weighted; absent: 1. */
  readonly scale?: number;
  readonly summary: Summary;
  readonly info: { readonly backend: BackendName; readonly precision: 'f32' | 'f64' };
  readonly elapsed_ms: { readonly compile: number; readonly run: number };
}

export function toResult(facts: RunFacts): Result {
  const { model, plan, program, shown, scale = 1, method, summary, info, elapsed_ms } = facts;
  const arms = summary.arms.map((arm, i): ArmResult => {
    const name = plan.arms[i]?.name;
    if (name === undefined)
      throw new RangeError(`the summary has ${summary.arms.length} arms, the plan fewer`);
    return {
      name,
      failed: failedOf([arm]),
      times: { unit: plan.model.time.text, values: Array.from(plan.times) },
      outputs: byName(program.outputs, arm.outputs, (field, h) => outputResult(field.unit, h)),
      endpoints: byName(program.endpoints.slice(0, shown), arm.endpoints, (field, h) =>
        field.type === 'probability' ? probabilityResult(h, scale) : valueResult(field.unit, h, scale),
      ),
    };
  });
  return {
    gemello: VERSION,
    model: { name: model.name, sha256: model.sha256 },
    backend: info.backend,
    precision: info.precision,
    ...(method && { method }),
    seed: plan.seed,
    patients: summary.patients,
    failed: failedOf(summary.arms),
    elapsed_ms: { compile: tenths(elapsed_ms.compile), run: tenths(elapsed_ms.run) },
    arms,
  };
}

const tenths = (milliseconds: number) => Math.round(milliseconds * 10) / 10;

function byName<F extends { readonly name: string }, R>(
  fields: readonly F[],
  histograms: readonly Histogram[],
  result: (field: F, histogram: Histogram) => R,
): Record<string, R> {
  return Object.fromEntries(
    fields.map((field, i) => {
      const histogram = histograms[i];
      if (histogram === undefined) throw new RangeError(`the summary has no column for ${field.name}`);
      return [field.name, result(field, histogram)];
    }),
  );
}

function failedOf(arms: readonly ArmSummary[]): Record<string, number> {
  const failed: Record<string, number> = {};
  STATUSES.forEach((status, i) => {
    const count = arms.reduce((sum, arm) => sum + (arm.statuses[i] ?? 0), 0);
    if (status !== 'done' && count > 0) failed[status] = count;
  });
  return failed;
}

function outputResult(unit: string, histogram: Histogram): OutputResult {
  const means: number[] = [];
  const bands = QUANTILES.map((): number[] => []);
  for (let column = 0; column < histogram.columns; column++) {
    const existing = present(histogram, column);
    means.push(mean(histogram, column, existing) ?? Number.NaN);
    quantiles(histogram, column, PROBABILITIES, existing).forEach((value, q) => {
      bands[q]?.push(value ?? Number.NaN);
    });
  }
  return { unit, mean: means, quantiles: perQuantile((q) => bands[q] ?? []) };
}

function valueResult(unit: string, histogram: Histogram, scale: number): EndpointResult {
  const existing = present(histogram, 0);
  const values = quantiles(histogram, 0, PROBABILITIES, existing);
  const missing = (histogram.missing[0] ?? 0) / scale;
  const bars = chartHistogram(histogram, 0, BARS);
  return {
    unit,
    mean: mean(histogram, 0, existing),
    quantiles: perQuantile((q) => values[q] ?? null),
    ...(missing > 0 && { missing }),
    histogram: scale === 1 ? bars : { ...bars, counts: bars.counts.map((count) => count / scale) },
  };
}

function probabilityResult(histogram: Histogram, scale: number): EndpointResult {
  const missing = (histogram.missing[0] ?? 0) / scale;
  return { probability: mean(histogram, 0) ?? Number.NaN, ...(missing > 0 && { missing }) };
}
