// A condition as a signed margin: a number that is > 0 where the condition holds and < 0 where it does not, so that one
// root finder locates every change of every condition. In: a condition. Out: an expression without comparisons on top.
import { call, type Expression, number } from '../language/expression.ts';

/** `a > b` is a - b; `and` the smaller margin, `or` the larger, `not` the opposite; anything else (0 or 1) is shifted by a half. */
export function margin(condition: Expression): Expression {
  if (condition.kind === 'call') {
    const [a, b, c] = condition.args;
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
        if (a && b) return call('min', margin(a), margin(b));
        break;
      case 'or':
        if (a && b) return call('max', margin(a), margin(b));
        break;
      case 'not':
        if (a) return call('neg', margin(a));
        break;
      case 'if':
        if (a && b && c) return call('if', a, margin(b), margin(c));
        break;
      case 'eq':
      case 'ne':
        // 1 or 0: equality of continuous quantities holds at instants only, so there is nothing to bracket.
        return call('sub', call('if', condition, number(1), number(0)), number(0.5));
    }
  }
  return call('sub', condition, number(0.5));
}
