// A condition as a signed margin: a number that is > 0 where the condition holds and < 0 where it does not, so that one
// root finder locates every change of every condition. In: a condition. Out: an expression without comparisons on top.
import { call, type Expression, number } from '../language/expression.ts';

/**
 * `a > b` is a - b; `and` the smaller margin, `or` the larger, `not` the opposite; anything else (0 or 1) is shifted by a half.
 * A named condition, put in where it is named as (if c then 1 else 0) > 1/2, is seen through: a step would hide where c holds
 * only inside a solver's step.
 */
export function margin(condition: Expression): Expression {
  // Named conditions made of others are a graph, whose paths may be very many.
  const known = new Map<Expression, Expression>();
  const of = (e: Expression): Expression => {
    const before = known.get(e);
    if (before) return before;
    const own = marginOf(e, of);
    known.set(e, own);
    return own;
  };
  return of(condition);
}

function marginOf(condition: Expression, of: (e: Expression) => Expression): Expression {
  if (condition.kind === 'call') {
    const [a, b, c] = condition.args;
    const flagged = condition.fn === 'gt' && isNumber(b, 0.5) ? flagOf(a) : null;
    if (flagged) return of(flagged);
    switch (condition.fn) {
      case 'gt':
      case 'ge':
        if (a && b) return call('sub', a, b);
        break;
      case 'lt':
      case 'le':
        if (a && b) return call('sub', b, a);
        break;
      case 'and':
        if (a && b) return call('min', of(a), of(b));
        break;
      case 'or':
        if (a && b) return call('max', of(a), of(b));
        break;
      case 'not':
        if (a) return call('neg', of(a));
        break;
      case 'if':
        if (a && b && c) return call('if', a, of(b), of(c));
        break;
      case 'eq':
      case 'ne':
        // 1 or 0: equality of continuous quantities holds at instants only, so there is nothing to bracket.
        return call('sub', call('if', condition, number(1), number(0)), number(0.5));
    }
  }
  return call('sub', condition, number(0.5));
}

const isNumber = (e: Expression | undefined, value: number): boolean =>
  e?.kind === 'number' && e.value === value;

/** c of `if c then 1 else 0`. */
function flagOf(e: Expression | undefined): Expression | null {
  if (e?.kind !== 'call' || e.fn !== 'if') return null;
  const [condition, yes, no] = e.args;
  return condition && isNumber(yes, 1) && isNumber(no, 0) ? condition : null;
}
