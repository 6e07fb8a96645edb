// What a visual predictive check looks at in a dosing file. In: courses, an output, the assay, subjects' columns. Out: its
// measurements in the output's unit, what was not quantified marked, with notes; or why they cannot be used.
import type { CourseObservation, Courses } from './courses.ts';
import { seenAt } from './nonmem.ts';
import { type Assay, BELOW } from './residual.ts';

/** One measurement that counts. */
export interface Seen {
  readonly subject: number;
  /** Place among the subject's observations: the number of its draw. */
  readonly number: number;
  /** Model time. */
  readonly time: number;
  /** When the state is seen: what stands before it in the file has happened. */
  readonly at: number;
  /** In the output's unit; BELOW where it was not quantified. */
  readonly value: number;
  /** What is less is not quantified, in the file and in simulation. */
  readonly limit: number;
}

export interface Observed {
  readonly seen: readonly Seen[];
  readonly notes: readonly string[];
}

/** `1 replicate`, `2 replicates`. */
export const counted = (n: number, what: string): string =>
  `${n.toLocaleString('en')} ${what}${n === 1 ? '' : 's'}`;

/** The output that is checked: the only one observed, unless it is named. */
export function observedOutput({ courses, file }: Courses, wanted?: string): string | { message: string } {
  const all = courses.flatMap(({ observations }) => observations.flatMap(({ output }) => output ?? []));
  const names = [...new Set(all)];
  const [first] = names;
  if (first === undefined)
    return {
      message: `${file} has no observation of which the output is known; give cohort.data.output`,
    };
  if (wanted === undefined && names.length > 1)
    return { message: `${file} has observations of ${names.join(', ')}; name one of them` };
  if (wanted !== undefined && !names.includes(wanted))
    return { message: `${file} has no observation of ${wanted}; there is ${names.join(', ')}` };
  return wanted ?? first;
}

/** `columns` of a subject: covariates, then random effects at 0. */
export function observedOf(
  { courses, file }: Courses,
  output: string,
  assay: Assay,
  columns: (subject: number) => ArrayLike<number>,
  until: number,
): Observed | { readonly message: string } {
  const lines = courses.flatMap(({ subject, observations }, s) =>
    observations.flatMap((observation, number) => {
      const { censored = null, mdv = true } = subject.observations[number] ?? {};
      return observation.output === output && !mdv ? [{ s, number, observation, censored }] : [];
    }),
  );
  const above = lines.find(({ censored }) => censored?.kind === 'above');
  if (above)
    return {
      message: `${file}, line ${above.observation.row}: a value above a limit has no place among percentiles; leave it out`,
    };
  const notes: string[] = [];
  const limits = new Set(
    lines.flatMap(({ censored, observation }) => (censored ? [censored.limit * observation.factor] : [])),
  );
  const highest = Math.max(BELOW, ...limits);
  if (limits.size > 1)
    notes.push(
      `${file} has ${limits.size} limits of quantification; the highest, ${highest}, is taken for all`,
    );
  const seen: Seen[] = [];
  let late = 0;
  for (const { s, number, observation, censored } of lines) {
    const value = measuredValue(observation, censored !== null);
    if (value === null) continue;
    if (observation.time > until) {
      late++;
      continue;
    }
    const limit = Math.max(highest, assay.ownError(columns(s)).lloq);
    seen.push({
      subject: s,
      number,
      time: observation.time,
      at: seenAt(observation, until),
      value: value < limit ? BELOW : value,
      limit,
    });
  }
  if (late > 0) notes.push(`${counted(late, 'observation')} after the run's end left out`);
  return { seen, notes };
}

const measuredValue = ({ value }: CourseObservation, censored: boolean): number | null =>
  censored ? BELOW : value;
