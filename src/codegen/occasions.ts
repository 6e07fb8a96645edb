// Random effects that are drawn anew at every occasion. In: a Model. Out: the held input of each such effect, which starts at
// the patient's column, and happenings that set them all: the lower Cholesky factor of a block times its draws. Which doses
// begin an occasion is for occasion-doses.ts, and a file's own occasions are rows of a table.
// Numbers are by the effect's own name, so that another effect, occasion or block shifts none of them.
import { call, type Expression, number, symbol } from '../language/expression.ts';
import type { Model, RandomBlock } from '../language/model.ts';
import type { Varying } from './actions.ts';
import { type Change, captured, captures, type DrawSchedule, type Happenings } from './happenings.ts';
import type { RecordsPlan } from './records.ts';

const blocksOf = (model: Model): readonly RandomBlock[] =>
  model.occasions ? model.random.filter(({ level }) => level === 'occasion') : [];

export const occasionEffects = (model: Model): readonly string[] =>
  blocksOf(model).flatMap(({ names }) => names);

/** An effect's place and its value at an occasion after the first, from the row of draws at hand. */
export interface AnewEffect {
  readonly name: string;
  readonly held: Varying;
  readonly value: Expression;
}

/** `streamOf`: what the effect's draws are called. `fixed` reads a study- or patient-stage expression over p. */
export function drawnAnew(
  all: Happenings,
  model: Model,
  varying: ReadonlyMap<string, Varying>,
  fixed: (e: Expression) => Expression,
  schedules: readonly DrawSchedule[],
  streamOf: (name: string) => string = (name) => name,
): readonly AnewEffect[] {
  return blocksOf(model).flatMap(({ names, covariance }): AnewEffect[] => {
    const weights = factor(covariance);
    const z = names.map((name) => {
      const stream = { kind: 'normal', purpose: 'occasion', name: streamOf(name) } as const;
      const [draw = number(0)] = schedules.map((schedule) => all.draw(stream, schedule));
      return draw;
    });
    return names.flatMap((name, i) => {
      let value: Expression = number(0);
      for (const [j, weight] of (weights[i] ?? []).entries())
        value = call('add', value, call('mul', fixed(weight), z[j] ?? number(0)));
      const held = varying.get(name);
      return held ? [{ name, held, value }] : [];
    });
  });
}

/** Those that begin at times. */
export function occasions(
  all: Happenings,
  model: Model,
  varying: ReadonlyMap<string, Varying>,
  fixed: (e: Expression) => Expression,
): void {
  if (blocksOf(model).length === 0) return;
  const later = model.occasions?.later ?? [];
  for (const [k, schedule] of later.entries()) {
    const c = captures();
    const stream = (name: string) => (later.length === 1 ? name : `${name}: ${k + 2}`);
    const effect = drawnAnew(all, model, varying, fixed, [schedule], stream).map(
      ({ name, held, value }): Change => ({ target: held.target, value: captured(c.add(name, value)) }),
    );
    all.add({
      name: later.length === 1 ? 'occasion' : `occasion ${k + 2}`,
      therapy: -1,
      trigger: all.clock(fixed(schedule.start), fixed(schedule.interval), fixed(schedule.count)),
      capture: c.list,
      effect,
    });
  }
}

/** Fields of the table `occasions`: from when on, and which it is, from 1. */
export const OCCASION_FIELDS = ['time', 'occasion'] as const;

/** Those of a dosing file: occasion k has the draws that occasion k always has, however often it comes. */
export function recordedOccasions(
  all: Happenings,
  model: Model,
  { therapy, occasions: recorded }: RecordsPlan,
  varying: ReadonlyMap<string, Varying>,
  fixed: (e: Expression) => Expression,
): void {
  if (recorded === undefined || blocksOf(model).length === 0) return;
  if (recorded.of === 'doses' && therapy < 0) return;
  const schedule = { start: number(0), interval: number(0), count: number(recorded.most - 1) };
  const which = symbol('row.occasion');
  const c = captures();
  c.add('occasion', which);
  const effect = drawnAnew(all, model, varying, fixed, [schedule]).map(({ name, held, value }): Change => {
    const first = fixed({ kind: 'symbol', name });
    const now = call('if', call('lt', which, number(1.5)), first, value);
    return { target: held.target, value: captured(c.add(name, now)) };
  });
  all.add({
    name: 'occasion',
    therapy: recorded.of === 'doses' ? therapy : -1,
    trigger: all.table('occasions', OCCASION_FIELDS),
    capture: c.list,
    drawn: call('sub', which, number(2)),
    effect,
  });
}

/** Pivots below this share of their variance count as 0, as for the effects of patients. */
const FLAT = number(1e-9);

/** Row i holds weights of z 0 .. i. Semi-definite matrices are welcome: a variance of 0 switches an effect off. */
export function factor(covariance: RandomBlock['covariance']): readonly (readonly Expression[])[] {
  const lower: Expression[][] = covariance.map(() => []);
  const l = (i: number, j: number) => lower[i]?.[j] ?? number(0);
  const zero = number(0);
  for (let j = 0; j < covariance.length; j++) {
    const less = (i: number) => {
      let rest = covariance[i]?.[j] ?? zero;
      for (let k = 0; k < j; k++) rest = call('sub', rest, call('mul', l(i, k), l(j, k)));
      return rest;
    };
    const pivot = less(j);
    const flat = call('le', pivot, call('mul', FLAT, covariance[j]?.[j] ?? zero));
    const diagonal = call('sqrt', call('if', flat, zero, pivot));
    for (let i = j; i < covariance.length; i++) {
      const row = lower[i];
      if (!row) continue;
      row[j] =
        i === j
          ? diagonal
          : call('if', flat, zero, call('div', less(i), call('if', flat, number(1), diagonal)));
    }
  }
  return lower;
}
