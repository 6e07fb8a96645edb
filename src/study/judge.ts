// What differences mean for the patient once a study says which way is good: who gains and who loses, one in how many. In:
// differences, and the good way by endpoint. Out: the same numbers under these names: nothing is computed again but reciprocals,
// so that a reader can change their mind without another run.
import { type Interval, numberNeeded } from '../statistics/proportions.ts';
import type { Difference, OneIn, Result } from './result.ts';

export type Better = 'higher' | 'lower';

/** A result as a run would tell it that knew which way is good. */
export function judge(result: Result, better: Readonly<Record<string, Better>>): Result {
  const judged = (differences: readonly Difference[]) =>
    differences.map((one) =>
      judgeDifference(one, Object.hasOwn(better, one.endpoint) ? better[one.endpoint] : undefined),
    );
  const { differences, subgroups } = result;
  return {
    ...result,
    ...(differences && { differences: judged(differences) }),
    ...(subgroups && {
      subgroups: subgroups.map((group) => ({
        ...group,
        ...(group.differences && { differences: judged(group.differences) }),
      })),
    }),
  };
}

function judgeDifference(
  { better: _, nnt, individual: __, ...numbers }: Difference,
  better: Better | undefined,
): Difference {
  const { mean, interval, higher, lower } = numbers;
  // Only conditions have a number needed.
  if (nnt === undefined || mean === null) return { ...numbers, ...(better && { better }) };
  return {
    ...numbers,
    ...(better && { better }),
    nnt: needed({ difference: mean, interval }, better),
    ...(better && { individual: individualOf(higher, lower, better) }),
  };
}

/** Who gains and who loses by the change: on balance only their difference shows. */
export function individualOf(
  higher: Difference['higher'],
  lower: Difference['lower'],
  better: Better,
): NonNullable<Difference['individual']> {
  const oneIn = (own: Difference['higher']): OneIn => ({
    ...own,
    number: own.share === null || own.share === 0 ? null : 1 / own.share,
  });
  return better === 'higher'
    ? { benefit: oneIn(higher), harm: oneIn(lower) }
    : { benefit: oneIn(lower), harm: oneIn(higher) };
}

/** Patients for one more, or one fewer; for one benefit or harm where somebody says which is which. */
export function needed(
  risk: { readonly difference: number; readonly interval: Interval },
  better: Better | undefined,
): NonNullable<Difference['nnt']> {
  const { kind, number, limits } = numberNeeded(risk, better !== 'lower');
  if (kind === 'unclear' || better !== undefined) return { kind, number, limits };
  return { kind: kind === 'benefit' ? 'more' : 'fewer', number, limits };
}
