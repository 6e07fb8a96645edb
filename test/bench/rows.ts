// The arithmetic of a benchmark's rows: percentiles of errors, a peer's rate at another's error, ratios of one run.
// In: what runners measured, round by round. Out: numbers of a row. Measures nothing itself.

export interface ErrorSummary {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface Row {
  readonly problem: string;
  readonly runner: string;
  readonly patients: number;
  readonly method: string;
  readonly rtol: number;
  /** Threads that worked. A core-second is a second of processor time of all of them together. */
  readonly cores: number;
  readonly patients_per_core_second: number;
  readonly wall_seconds: number;
  /** Over patients: the largest deviation of any output at any time, relative to that output's largest value. */
  readonly error: ErrorSummary | null;
  /** The same for the largest value of the first output alone. */
  readonly peak_error: ErrorSummary | null;
  /** This row's rate to a peer's at this row's p99 error. */
  readonly ratio_to: Readonly<Record<string, number>>;
  /** Peers whose sweep of tolerances did not reach this row's error: their nearest point was taken. */
  readonly beyond?: readonly string[];
  /** Accepted and rejected steps a patient, where the runner tells. */
  readonly steps?: number;
  /** On a card: operations a second, and their share of what its vendor states. */
  readonly gigaflops?: number;
  readonly percent_of_peak?: number;
  /** Patients that did not reach the end. */
  readonly failed?: number;
}

/** The p-th smallest share of values: the smallest value that at least p of all do not exceed. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN;
}

export const summariseErrors = (values: readonly number[]): ErrorSummary => ({
  p50: percentile(values, 0.5),
  p99: percentile(values, 0.99),
  max: percentile(values, 1),
});

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[half] ?? Number.NaN)
    : ((sorted[half - 1] ?? Number.NaN) + (sorted[half] ?? Number.NaN)) / 2;
};

/** One point of a sweep over tolerances: how exact, and how fast. */
export interface SpeedPoint {
  readonly error: number;
  readonly rate: number;
}

/**
 * The rate of a sweep at a given error: its best points (none is both more exact and faster than they) joined by straight
 * lines in log error and log rate. Outside of them the nearest end, and `reached` is false.
 */
export function rateAtError(
  sweep: readonly SpeedPoint[],
  error: number,
): { readonly rate: number; readonly reached: boolean } {
  const usable = sweep.filter(({ error, rate }) => error > 0 && rate > 0 && Number.isFinite(error * rate));
  const best = usable
    .filter((a) => !usable.some((b) => b !== a && b.error <= a.error && b.rate > a.rate))
    .sort((a, b) => a.error - b.error);
  const first = best[0];
  const last = best.at(-1);
  if (first === undefined || last === undefined) return { rate: Number.NaN, reached: false };
  if (error < first.error) return { rate: first.rate, reached: false };
  if (error > last.error) return { rate: last.rate, reached: false };
  const right = best.findIndex((point) => point.error >= error);
  const b = best[right] ?? last;
  const a = best[right - 1] ?? b;
  if (a.error === b.error) return { rate: Math.max(a.rate, b.rate), reached: true };
  const share = Math.log(error / a.error) / Math.log(b.error / a.error);
  return { rate: a.rate * (b.rate / a.rate) ** share, reached: true };
}

/**
 * A rate to a peer's, round by round, and the median of those ratios: what slows the machine for a while slows both.
 * `rates[r]` and `sweeps[r]` are of the same round.
 */
export function ratioTo(
  rates: readonly number[],
  error: number,
  sweeps: readonly (readonly SpeedPoint[])[],
): { readonly ratio: number; readonly reached: boolean } {
  const rounds = rates.flatMap((rate, r) => {
    const sweep = sweeps[r];
    return sweep === undefined ? [] : [{ rate, peer: rateAtError(sweep, error) }];
  });
  return {
    ratio: median(rounds.map(({ rate, peer }) => rate / peer.rate)),
    reached: rounds.length > 0 && rounds.every(({ peer }) => peer.reached),
  };
}
