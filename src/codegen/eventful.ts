// What a Program's happenings say that every target must know, whatever it is written in: which are conditions, which are
// captured together, which belong to doses. In: a Program. Out: indices into its lists. Knows nothing of a target.
import type { Happening, Program } from './program.ts';

/** Whether more happens in a program than plain doses. */
export const isEventful = ({ happenings, inputs, tables }: Program): boolean =>
  happenings.length > 0 ||
  tables.length > 0 ||
  inputs.some(({ kind }) => kind === 'held' || kind === 'derived');

/** Happenings with a condition that is looked at: none in a replay. */
export interface Condition {
  readonly happening: number;
  readonly of: number;
  readonly initially: boolean;
  readonly therapy: number;
  readonly persistent: boolean;
}
export const conditionsOf = ({ happenings, replay }: Program): readonly Condition[] =>
  replay !== null
    ? []
    : happenings.flatMap(({ trigger, therapy, persistent }, happening) =>
        trigger.kind === 'condition' ? [{ happening, therapy, persistent, ...trigger }] : [],
      );

/** Captured values of each happening: its own, or those it is put in with. */
export function captureCounts({ happenings }: Program): readonly number[] {
  return happenings.map(({ capture }, h) =>
    Math.max(
      capture.results.length,
      ...happenings.map(({ follow }) => (follow?.happening === h ? follow.captured.length : 0)),
    ),
  );
}

/** Happenings that a reset stops: doses and what they put in. */
export function dosesOf({ happenings }: Program): readonly number[] {
  const found = new Set(happenings.flatMap(({ dose }, h) => (dose === null ? [] : [h])));
  // A chain of follows ends where it adds nothing.
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const h of [...found]) {
      const follow = happenings[h]?.follow;
      if (follow != null) found.add(follow.happening);
    }
  }
  return [...found].sort((a, b) => a - b);
}

/** Inputs that carry the rates of doses: a reset and a steady state stop them. */
export function heldOfDoses({ happenings }: Program): readonly number[] {
  const found = happenings.flatMap(({ dose, targets }) =>
    dose === null ? [] : targets.flatMap((target) => (target.kind === 'held' ? [target.index] : [])),
  );
  return [...new Set(found)].sort((a, b) => a - b);
}

/** Happenings of one clock or table: what is captured together. */
export interface Clause {
  readonly kind: 'clock' | 'table';
  readonly of: number;
  readonly members: readonly { readonly h: number; readonly happening: Happening }[];
}

/** In the order of the program, where members of one stand side by side. */
export function clausesOf({ happenings }: Program): readonly Clause[] {
  const clauses = new Map<string, Clause & { readonly members: Clause['members'][number][] }>();
  for (const [h, happening] of happenings.entries()) {
    const { trigger } = happening;
    if (trigger.kind !== 'clock' && trigger.kind !== 'table') continue;
    const of = trigger.kind === 'clock' ? trigger.clock : trigger.table;
    const key = `${trigger.kind} ${of}`;
    const clause = clauses.get(key) ?? { kind: trigger.kind, of, members: [] };
    clause.members.push({ h, happening });
    clauses.set(key, clause);
  }
  return [...clauses.values()];
}
