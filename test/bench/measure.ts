// One problem, measured: rounds in which every runner solves at every tolerance of its sweep, one after another, so that
// whatever the machine does meets all of them alike. In: runners, rounds. Out: rows with errors and ratios.
import { type Curves, curveErrors, peakErrors } from './accuracy.ts';
import { type ErrorSummary, median, type Row, ratioTo, type SpeedPoint, summariseErrors } from './rows.ts';
import type { Runner, Timing } from './runner.ts';

interface Measured {
  readonly runner: Runner;
  readonly rtol: number;
  readonly error: ErrorSummary | null;
  readonly peak: ErrorSummary | null;
  readonly timings: Timing[];
}

export interface MeasureOptions {
  readonly problem: string;
  readonly runners: readonly Runner[];
  readonly reference: Curves;
  readonly rounds: number;
  /** A further round begins only when it can end within so many seconds of the first one's start. */
  readonly seconds: number;
  /** Runners that others are compared with, at matched error. */
  readonly peers: ReadonlySet<string>;
  readonly say: (text: string) => void;
}

/** Solved patients a core-second. */
export function rateOf({ patients, failed, coreSeconds }: Timing): number {
  if (!(failed >= 0 && failed <= patients))
    throw new RangeError(`${failed} of ${patients} patients failed: the runner's statuses do not add up`);
  return (patients - failed) / coreSeconds;
}

export async function measure(options: MeasureOptions): Promise<Row[]> {
  const { problem, runners, reference, rounds, seconds, peers, say } = options;
  const points: Measured[] = [];
  for (const runner of runners)
    for (const rtol of runner.tolerances) {
      say(`${problem}: ${runner.name}, error at ${rtol}`);
      try {
        // Slow peers show fewer patients; percentiles need a hundred.
        const shown = Math.min(reference.patients, Math.max(128, runner.patients));
        const curves = await runner.curves(rtol, shown);
        points.push({
          runner,
          rtol,
          error: summariseErrors(curveErrors(curves, reference)),
          peak: summariseErrors(peakErrors(curves, reference)),
          timings: [],
        });
      } catch (error) {
        say(
          `${problem}: ${runner.name} at ${rtol} left out: ${error instanceof Error ? error.message : error}`,
        );
      }
    }
  const began = performance.now();
  for (let round = 0; round < rounds; round++) {
    const spent = (performance.now() - began) / 1000;
    if (round > 0 && (spent * (round + 1)) / round > seconds) break;
    for (const point of points) {
      say(`${problem}: round ${round + 1} of ${rounds}, ${point.runner.name} at ${point.rtol}`);
      point.timings.push(await point.runner.time(point.rtol));
    }
  }
  return points.map((point) => rowOf(problem, point, points, peers));
}

function rowOf(problem: string, point: Measured, all: readonly Measured[], peers: ReadonlySet<string>): Row {
  const { runner, rtol, error, peak, timings } = point;
  const rates = timings.map(rateOf);
  const ratios: Record<string, number> = {};
  const beyond: string[] = [];
  for (const peer of peers) {
    const sweep = all.filter((other) => other.runner.name === peer);
    if (sweep.length === 0 || peer === runner.name || error === null) continue;
    const perRound = rates.map((_, round) =>
      sweep.flatMap(({ error, timings }): SpeedPoint[] => {
        const timing = timings[round];
        return timing && error ? [{ error: error.p99, rate: rateOf(timing) }] : [];
      }),
    );
    const { ratio, reached } = ratioTo(rates, error.p99, perRound);
    if (Number.isFinite(ratio)) ratios[peer] = digits(ratio);
    if (!reached) beyond.push(peer);
  }
  const steps = timings[0]?.steps;
  const failed = Math.max(...timings.map((t) => t.failed));
  return {
    problem,
    runner: runner.name,
    patients: runner.patients,
    method: runner.method,
    rtol,
    cores: runner.cores,
    patients_per_core_second: digits(median(rates)),
    wall_seconds: digits(median(timings.map((t) => t.wallSeconds))),
    error: error && rounded(error),
    peak_error: peak && rounded(peak),
    ratio_to: ratios,
    ...(steps !== undefined && Number.isFinite(steps) && { steps: digits(steps) }),
    ...(beyond.length > 0 && { beyond }),
    ...(failed > 0 && { failed }),
  };
}

const digits = (x: number): number => Number(x.toPrecision(4));
const rounded = ({ p50, p99, max }: ErrorSummary): ErrorSummary => ({
  p50: Number(p50.toPrecision(3)),
  p99: Number(p99.toPrecision(3)),
  max: Number(max.toPrecision(3)),
});
