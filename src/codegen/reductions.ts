// Endpoints' reductions as what a kernel follows: windows, watched values, quadrature states and accumulators, equal ones
// once. In: endpoints and a way to qualify a step-stage expression. Out: the lists of a Program and each reduction's value.
import { call, type Expression, number, symbol } from '../language/expression.ts';
import type { Endpoint, Reduction } from '../language/model.ts';
import { structuralKeys } from './keys.ts';
import { margin } from './margin.ts';
import type { Accumulator } from './program.ts';

interface Watched {
  readonly name: string;
  readonly unit: string;
  readonly value: Expression;
}

/** Windows, quadratures, watched values and accumulators of all endpoints, equal ones once. */
export function collectReductions(
  endpoints: readonly Endpoint[],
  /** A modeller's expression over t, y., p., u.; and what is ready for a body of it. */
  step: (e: Expression) => Expression,
  ready: (e: Expression) => Expression,
  modelStates: number,
) {
  const key = structuralKeys();
  const text = (e: Expression | null) => (e === null ? '-' : key(e));
  const windows: { from: Expression | null; to: Expression | null }[] = [];
  const windowKeys = new Map<string, number>();
  const watched: Watched[] = [];
  const watchKeys = new Map<string, number>();
  const quadratures: { of: Expression; window: number; unit: string }[] = [];
  const accumulators: Accumulator[] = [];
  const accumulatorKeys = new Map<string, number>();
  const places = new Map<string, number>();

  const once = <K>(keys: Map<string, number>, key: string, list: K[], make: () => K): number => {
    const known = keys.get(key);
    if (known !== undefined) return known;
    keys.set(key, list.length);
    list.push(make());
    return list.length - 1;
  };
  for (const [e, endpoint] of endpoints.entries()) {
    for (const [i, r] of endpoint.reductions.entries()) {
      const from = r.from ?? null;
      const to = r.kind === 'at' ? from : (r.to ?? null);
      const window = once(windowKeys, `${text(from)} .. ${text(to)}`, windows, () => ({ from, to }));
      const of = step(r.of);
      const value = ready(r.kind === 'first time' || r.kind === 'share of time' ? margin(of) : of);
      const kind = r.kind === 'mean' ? 'integral' : r.kind;
      const place = once(accumulatorKeys, `${kind}|${window}|${text(value)}`, accumulators, () => {
        if (kind === 'integral') {
          quadratures.push({ of: value, window, unit: endpoint.unit.text });
          return { kind, of: modelStates + quadratures.length - 1, window };
        }
        const of = once(watchKeys, text(value), watched, () => ({
          name: `w${watched.length}`,
          unit: r.kind,
          value,
        }));
        return { kind, of, window };
      });
      places.set(`${e}/${i}`, place);
    }
  }
  return {
    windows,
    watched,
    quadratures,
    gates: quadratures.map((q) => q.window),
    accumulators,
    /** The value of reduction i of endpoint e over a. and p. */
    value(
      e: number,
      i: number,
      r: Reduction,
      horizon: Expression,
      step: (e: Expression) => Expression,
    ): Expression {
      const own = symbol(`a.${places.get(`${e}/${i}`) ?? -1}`);
      if (r.kind !== 'mean' && r.kind !== 'share of time') return own;
      const end = r.to ? step(r.to) : horizon;
      const average = call('div', own, r.from ? call('sub', end, step(r.from)) : end);
      // A sum of pieces may exceed the whole by a rounding.
      return r.kind === 'mean' ? average : call('min', average, number(1));
    },
  };
}
