// How large a bootstrap may be. In: patients, arms, endpoints, resamples. Out: null, or why it is refused and what helps.
// The rest of a run needs memory that does not grow with the patients; a bootstrap keeps every value of every one.
import type { Refusal } from './plan.ts';

/** Values kept: 160 MB, and as much again for their ranks. */
export const MOST_KEPT = 2e7;
/** Patients looked at over all resamples and endpoints: about ten seconds. To draw a patient takes as long as so many looks. */
export const MOST_LOOKS = 3e9;
const DRAW = 8;

export function resamplingConflict(
  {
    patients,
    arms,
    endpoints,
  }: { readonly patients: number; readonly arms: number; readonly endpoints: number },
  resamples: number,
): Refusal | null {
  if (arms < 2) return null;
  const refuse = (message: string): Refusal => ({ field: 'compare.bootstrap', message });
  const words = (x: number) => x.toLocaleString('en');
  const kept = patients * arms * endpoints;
  const of = `${words(patients)} patients with ${endpoints} endpoints in ${arms} arms`;
  if (kept > MOST_KEPT)
    return refuse(
      `${of} are ${words(kept)} values to keep; at most ${words(MOST_KEPT)}: show fewer endpoints or arms, or take fewer patients (intervals of the mean are there without it)`,
    );
  const most = Math.floor(MOST_LOOKS / (patients * (DRAW + (arms - 1) * endpoints)));
  if (resamples <= most) return null;
  const remedy =
    most < 100
      ? 'take fewer patients, or show fewer endpoints'
      : `at most ${words(most)} are made of so many (about ten seconds); take fewer, or show fewer endpoints`;
  return refuse(`${words(resamples)} resamples of ${of}: ${remedy}`);
}

/** What is allowed and does nothing. */
export function idleResampling({
  patients,
  arms,
}: {
  readonly patients: number;
  readonly arms: number;
}): string[] {
  const lacking =
    arms < 2 ? 'one arm is compared with nothing' : patients < 2 ? 'there is one patient' : null;
  return lacking === null ? [] : [`compare.bootstrap makes no intervals: ${lacking}`];
}
