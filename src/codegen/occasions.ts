// Random effects that are drawn anew at every occasion. In: a Model. Out: the held input of each such effect, which starts at
// the patient's column, and a happening a schedule that sets them all: the lower Cholesky factor of a block times its draws.
// Numbers are by the effect's own name, so that another effect, occasion or block shifts none of them.
import { call, type Expression, number } from '../language/expression.ts';
import type { Model, RandomBlock } from '../language/model.ts';
import type { Varying } from './actions.ts';
import { type Change, captured, captures, type Happenings } from './happenings.ts';

const blocksOf = (model: Model): readonly RandomBlock[] =>
  model.occasions ? model.random.filter(({ level }) => level === 'occasion') : [];

export const occasionEffects = (model: Model): readonly string[] =>
  blocksOf(model).flatMap(({ names }) => names);

/** `fixed` reads a study- or patient-stage expression over p. */
export function occasions(
  all: Happenings,
  model: Model,
  varying: ReadonlyMap<string, Varying>,
  fixed: (e: Expression) => Expression,
): void {
  const blocks = blocksOf(model);
  if (blocks.length === 0) return;
  const factors = blocks.map((block) => factor(block.covariance));
  const later = model.occasions?.later ?? [];
  for (const [k, schedule] of later.entries()) {
    const c = captures();
    const effect: Change[] = [];
    for (const [b, { names }] of blocks.entries()) {
      const z = names.map((name) => {
        const stream = later.length === 1 ? name : `${name}: ${k + 2}`;
        return all.draw({ kind: 'normal', purpose: 'occasion', name: stream }, schedule);
      });
      for (const [i, name] of names.entries()) {
        let value: Expression = number(0);
        for (const [j, weight] of (factors[b]?.[i] ?? []).entries())
          value = call('add', value, call('mul', fixed(weight), z[j] ?? number(0)));
        const held = varying.get(name);
        if (held) effect.push({ target: held.target, value: captured(c.add(name, value)) });
      }
    }
    all.add({
      name: later.length === 1 ? 'occasion' : `occasion ${k + 2}`,
      therapy: -1,
      trigger: all.clock(fixed(schedule.start), fixed(schedule.interval), fixed(schedule.count)),
      capture: c.list,
      effect,
    });
  }
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
