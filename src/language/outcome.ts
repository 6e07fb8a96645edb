// Expressions of endpoints and checks. In: an expression with reductions and other endpoints by name. Out: an expression
// over patient-stage names and symbols #0, #1, ..., and the reductions those stand for, equal ones once.
import { check, checkCondition, checkInUnit, checkNumeric } from './check-expression.ts';
import { occurrence } from './check-occurrence.ts';
import type { Span } from './diagnostic.ts';
import { call, type Expression, number, symbol } from './expression.ts';
import { MAX_ENDPOINT, MAX_ENDPOINTS, MAX_HEIGHT } from './limits.ts';
import type { Reduction, ReductionKind } from './model.ts';
import type { Outcome, Quantity, Scope } from './names.ts';
import { allow, defaultValue } from './stage.ts';
import type { OccurrenceSyntax, ReductionSyntax, Syntax } from './syntax.ts';
import { converted, numeric, quote, reading, rescaled, type Typed, UNKNOWN } from './typed.ts';
import { DIMENSIONLESS, multiply, type Unit } from './units.ts';

const MAX_REDUCTIONS = 64;

export interface OutcomeResult {
  readonly typed: Typed;
  readonly outcome: Outcome;
}

/** What all endpoints of a text may grow to by naming each other. */
export interface Budget {
  nodes: number;
}
export const budget = (): Budget => ({ nodes: MAX_ENDPOINTS });

export function checkOutcome(syntax: Syntax, scope: Scope, left: Budget): OutcomeResult {
  const reductions: Reduction[] = [];
  const places = new Map<string, number>();
  let nodes = syntax.height;
  let height = 2 * syntax.height;
  let refused = false;

  const refuse = (span: Span, message: string, hint: string): Typed => {
    if (!refused) scope.report.error(span, message, hint);
    refused = true;
    return UNKNOWN;
  };
  const place = (reduction: Reduction, span: Span): Expression => {
    const key = JSON.stringify(reduction);
    let k = places.get(key);
    if (k === undefined) {
      k = reductions.length;
      if (k >= MAX_REDUCTIONS)
        refuse(span, `one endpoint takes more than ${MAX_REDUCTIONS} reductions`, 'split it');
      else reductions.push(reduction);
      places.set(key, k);
    }
    return symbol(`#${k}`);
  };

  const outcomeReading = {
    reduce: (r: ReductionSyntax) => reduce(r, scope, place),
    occur: (o: OccurrenceSyntax) =>
      occurrence(o, scope, place, (time) => windowEdge(time, scope, 'the time after by')),
    inline: (endpoint: Quantity, name: { readonly span: Span }): Typed => {
      const { outcome } = endpoint;
      if (outcome === null || endpoint.unit === null) return UNKNOWN;
      nodes += outcome.nodes;
      height = Math.max(height, 2 * syntax.height + outcome.height);
      left.nodes -= outcome.nodes;
      if (nodes > MAX_ENDPOINT || height > 3 * MAX_HEIGHT || left.nodes < 0)
        return refuse(
          name.span,
          'the endpoints named here grow too large when they are put in',
          'write it from the reductions themselves',
        );
      const numbers = outcome.reductions.map((r) => place(r, name.span));
      const expression = renumbered(outcome.expression, numbers);
      return {
        expression,
        unit: endpoint.unit,
        type: endpoint.type === 'condition' ? 'condition' : 'number',
        zero: false,
      };
    },
  };
  const typed = check(syntax, reading(scope, false, outcomeReading));
  return {
    typed,
    outcome: {
      expression: typed.expression,
      reductions,
      nodes: Math.max(nodes, count(typed.expression)),
      height,
    },
  };
}

function count(e: Expression): number {
  return e.kind === 'call' ? e.args.reduce((sum, a) => sum + count(a), 1) : 1;
}

function renumbered(e: Expression, numbers: readonly Expression[]): Expression {
  if (e.kind === 'symbol') return e.name.startsWith('#') ? (numbers[Number(e.name.slice(1))] ?? e) : e;
  return e.kind === 'call' ? { ...e, args: e.args.map((a) => renumbered(a, numbers)) } : e;
}

export type Place = (reduction: Reduction, span: Span) => Expression;

function reduce(syntax: ReductionSyntax, scope: Scope, place: Place): Typed {
  const { reduction } = syntax;
  const inside = reading(scope, true);
  const ofCondition = reduction === 'first time' || reduction === 'share of time';
  let of: Expression | null;
  let unit: Unit | null = DIMENSIONLESS;
  if (ofCondition) of = checkCondition(syntax.of, inside);
  else {
    const typed = checkNumeric(syntax.of, inside);
    unit = typed.unit;
    of = unit === null ? null : typed.expression;
  }
  if (of !== null && !inside.unknown && inside.stage !== 'step') {
    const text = quote(scope, syntax.of);
    const hint =
      reduction === 'at' || reduction === 'change'
        ? `put parentheses around what is taken: (central / V1) at 24 h`
        : `use ${text} itself`;
    scope.report.error(
      syntax.of.span,
      `${text} does not change over time, so it has no ${WORDS[reduction]}`,
      hint,
    );
    of = null;
  }
  const edge = (time: Syntax | null, what: string): Expression | null =>
    time === null ? null : windowEdge(time, scope, what);
  const from = edge(
    syntax.from,
    reduction === 'at' || reduction === 'change' ? 'the time after at' : 'the start of a window',
  );
  const to = edge(syntax.to, 'the end of a window');
  if (from !== null && to !== null && defaultValue(from, scope) >= defaultValue(to, scope))
    scope.report.error(
      { start: syntax.from?.span.start ?? 0, end: syntax.to?.span.end ?? 0 },
      'the window ends before it starts',
      'write the earlier time first: 96 h .. 120 h',
    );
  if (
    of === null ||
    unit === null ||
    (syntax.from !== null && from === null) ||
    (syntax.to !== null && to === null)
  )
    return UNKNOWN;

  if (reduction === 'change') {
    const now = place({ kind: 'at', of, ...(from === null ? {} : { from }) }, syntax.at);
    return numeric(call('sub', now, place({ kind: 'at', of, from: number(0) }, syntax.at)), unit);
  }
  const kind: ReductionKind = reduction;
  const value = place(
    { kind, of, ...(from === null ? {} : { from }), ...(to === null ? {} : { to }) },
    syntax.at,
  );
  switch (kind) {
    case 'integral':
      return numeric(value, scope.time === null ? null : multiply(unit, scope.time));
    case 'time of max':
    case 'time of min':
    case 'first time':
      return numeric(value, scope.time);
    case 'share of time':
      return numeric(value, DIMENSIONLESS);
    case 'at':
    case 'min':
    case 'max':
    case 'mean':
      return numeric(value, unit);
    default:
      return kind satisfies never;
  }
}

const WORDS: Readonly<Record<ReductionSyntax['reduction'], string>> = {
  at: 'value of its own at a time',
  change: 'change',
  min: 'minimum',
  max: 'maximum',
  mean: 'mean',
  integral: 'integral',
  'time of min': 'time of minimum',
  'time of max': 'time of maximum',
  'first time': 'first time',
  'share of time': 'share of time',
};

/** A time in the model's unit, the same for all patients and not before 0. */
function windowEdge(syntax: Syntax, scope: Scope, what: string): Expression | null {
  const at = reading(scope);
  const time = checkInUnit(syntax, at, scope.time, what, `write 12 ${scope.time?.text ?? 'h'}`);
  if (time === null || !allow(at, 'study', syntax.span, what)) return null;
  if (defaultValue(time, scope) < 0) {
    scope.report.error(syntax.span, `${what} is before the start of the run`, 'times count from 0');
    return null;
  }
  return time;
}

/** An endpoint's result in the unit written after `in`. */
export function inUnit(result: OutcomeResult, unit: Unit): OutcomeResult | null {
  const { typed, outcome } = result;
  if (typed.unit === null || converted(typed, unit) === null) return null;
  const expression = typed.zero ? typed.expression : rescaled(typed.expression, typed.unit, unit);
  return { typed: { ...typed, expression, unit }, outcome: { ...outcome, expression } };
}
