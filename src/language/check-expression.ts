// Units and types of expressions. In: an expression as written and the names it may use. Out: a tree whose conversions
// are explicit multiplications, with its unit; a clash is a diagnostic that says where either unit came from.
import { call, type Expression, number, symbol } from './expression.ts';
import { FUNCTIONS } from './functions.ts';
import { MAX_NUMBER } from './limits.ts';
import type { Table } from './model.ts';
import type { Quantity } from './names.ts';
import type {
  BetweenSyntax,
  CallSyntax,
  IsSyntax,
  LookupSyntax,
  NameSyntax,
  NumberSyntax,
  OccurrenceSyntax,
  ReductionSyntax,
  Syntax,
} from './syntax.ts';
import { inUnitOf, tabulated } from './table.ts';
import {
  condition,
  constantOf,
  converted,
  holds,
  later,
  numeric,
  origin,
  quote,
  type Reading,
  type Typed,
  UNKNOWN,
} from './typed.ts';
import {
  alike,
  argumentOf,
  bareNumber,
  chosen,
  collect,
  plain,
  powered,
  resultOf,
  soundUnit,
} from './unit-rules.ts';
import { DIMENSIONLESS, describeUnit, divide, multiply, power, sameDimension, type Unit } from './units.ts';

export function check(syntax: Syntax, at: Reading): Typed {
  const typed = checkNode(syntax, at);
  if (typed.unit === null) at.unknown = true;
  return typed;
}

function checkNode(syntax: Syntax, at: Reading): Typed {
  switch (syntax.kind) {
    case 'number':
      return checkNumber(syntax, at);
    case 'name':
      return checkName(syntax, at);
    case 'is':
      return checkIs(syntax, at);
    case 'between':
      return checkBetween(syntax, at);
    case 'lookup':
      return checkLookup(syntax, at);
    case 'reduction':
      return at.outcome === null ? misplaced(syntax, at) : at.outcome.reduce(syntax);
    case 'occurrence':
      return at.outcome === null ? misplacedEvent(syntax, at) : at.outcome.occur(syntax);
    case 'call':
      return checkCall(syntax, at);
    default:
      return syntax satisfies never;
  }
}

/** A number of any unit. */
export function checkNumeric(syntax: Syntax, at: Reading): Typed {
  const typed = check(syntax, at);
  if (typed.type === 'number') return typed;
  at.scope.report.error(
    syntax.span,
    `${quote(at.scope, syntax)} is a condition where a number is expected`,
    `write if ${quote(at.scope, syntax)} then 1 else 0`,
  );
  return UNKNOWN;
}

export function checkCondition(syntax: Syntax, at: Reading): Expression | null {
  const typed = check(syntax, at);
  if (typed.type === 'condition') return typed.expression;
  if (typed.unit !== null) {
    const hint =
      typed.unit.atoms.length === 0
        ? `${quote(at.scope, syntax)} > 0`
        : `${quote(at.scope, syntax)} > 10 [${typed.unit.text}]`;
    at.scope.report.error(
      syntax.span,
      `${quote(at.scope, syntax)} is a number where a condition is expected`,
      `compare it: ${hint}`,
    );
  }
  return null;
}

/** The expression in `unit`; `what` names the place in the message. A failure is reported and gives null. */
export function checkInUnit(
  syntax: Syntax,
  at: Reading,
  unit: Unit | null,
  what: string,
  hint?: string,
): Expression | null {
  const typed = checkNumeric(syntax, at);
  if (typed.unit === null) return null;
  const expression = converted(typed, unit);
  if (expression !== null) return unit === null ? null : bounded(expression, syntax, at);
  const wanted = unit === null ? '' : describeUnit(unit);
  const bare =
    syntax.kind === 'number' && syntax.unit === null && unit !== null
      ? `write ${quote(at.scope, syntax)} [${unit.text}]`
      : undefined;
  at.scope.report.error(
    syntax.span,
    `${what} must be ${wanted}: ${origin(at.scope, syntax, typed.unit)}`,
    hint ?? bare,
  );
  return null;
}

/** As checkInUnit, but a number without a unit is taken to be in `unit`. */
export function checkInOwnUnit(
  syntax: Syntax,
  at: Reading,
  unit: Unit | null,
  what: string,
): Expression | null {
  const bare = bareNumber(syntax);
  return bare === null ? checkInUnit(syntax, at, unit, what) : unit === null ? null : number(bare);
}

function bounded(expression: Expression, syntax: Syntax, at: Reading): Expression {
  if (expression.kind === 'number' && !(Math.abs(expression.value) <= MAX_NUMBER))
    at.scope.report.error(
      syntax.span,
      `${quote(at.scope, syntax)} is too large a number in the unit it is needed in`,
      `at most ${MAX_NUMBER} can be computed with on a graphics device`,
    );
  return expression;
}

function checkNumber(syntax: NumberSyntax, at: Reading): Typed {
  if (syntax.unit === null)
    return { ...numeric(number(syntax.value), DIMENSIONLESS), zero: syntax.value === 0 && !syntax.percent };
  return numeric(number(syntax.value), at.scope.unit(syntax.unit));
}

function checkName(syntax: NameSyntax, at: Reading): Typed {
  const { scope } = at;
  const quantity = scope.quantities.get(syntax.name);
  if (scope.measurements.has(syntax.name) && (at.atVisit || quantity === undefined))
    return checkReading(syntax, quantity, at);
  if (quantity !== undefined && !scope.sees(quantity)) {
    scope.report.error(
      syntax.span,
      `${syntax.name} is a memory of the therapy ${quantity.owner}, and is not seen elsewhere`,
      `to use it everywhere, write memory ${syntax.name} in column 1`,
    );
    return UNKNOWN;
  }
  if (quantity?.kind === 'table') {
    quantity.used = true;
    scope.report.error(
      syntax.span,
      `${syntax.name} is a table and needs an argument`,
      `write ${syntax.name}(t), with what it is looked up by in the parentheses`,
    );
    return UNKNOWN;
  }
  if (quantity === undefined) {
    const other = scope.flows.has(syntax.name)
      ? 'a flow'
      : scope.therapies.has(syntax.name)
        ? 'a therapy'
        : null;
    if (other !== null)
      scope.report.error(
        syntax.span,
        `${syntax.name} is ${other} and has no value`,
        'give its expression a name of its own: name = expression',
      );
    else
      scope.report.error(
        syntax.span,
        `unknown name ${syntax.name}`,
        scope.suggest(syntax.name, [
          ...scope.quantities.keys(),
          ...(at.atVisit ? scope.measurements.keys() : []),
        ]),
      );
    return UNKNOWN;
  }
  quantity.used = true;
  if (quantity.kind === 'endpoint') {
    if (at.outcome !== null) return at.outcome.inline(quantity, syntax);
    scope.report.error(
      syntax.span,
      `${syntax.name} is an endpoint: its value is known when the run has ended`,
      'only endpoints and checks can use it',
    );
    return UNKNOWN;
  }
  if (at.outcome !== null && quantity.stage === 'step') {
    if (quantity.unit !== null || quantity.type !== 'number')
      scope.report.error(
        syntax.span,
        `${syntax.name} changes over time: say which of its values counts`,
        `write ${syntax.name} at 24 h, max(${syntax.name}), mean(${syntax.name}, 0 h .. 24 h) or integral(${syntax.name})`,
      );
    return UNKNOWN;
  }
  if (later(quantity.stage, at.stage)) {
    at.stage = quantity.stage;
    at.because = quantity.name;
  }
  if (quantity.type === 'category') {
    scope.report.error(
      syntax.span,
      `${syntax.name} is a category and has no number`,
      `write ${syntax.name} is ${quantity.categories[0] ?? 'mild'}`,
    );
    return UNKNOWN;
  }
  if (quantity.type === 'condition') return condition(holds(quantity.name));
  return quantity.unit === null ? UNKNOWN : numeric(symbol(quantity.name), quantity.unit);
}

/** The name of a measurement: at a rule's visit what the laboratory reports, elsewhere nothing. */
function checkReading(syntax: NameSyntax, quantity: Quantity | undefined, at: Reading): Typed {
  const { scope } = at;
  const of = scope.measured.get(syntax.name);
  const output = of === undefined ? undefined : scope.quantities.get(of);
  const use = of === undefined ? '' : `write ${of} for the true value`;
  if (!at.atVisit) {
    scope.report.error(
      syntax.span,
      `${syntax.name} is a measurement: it is read at the visits of a rule, and nowhere else`,
      use,
    );
    return UNKNOWN;
  }
  if (quantity !== undefined) {
    scope.report.error(
      syntax.span,
      `${syntax.name} is both a measurement and a ${quantity.kind}`,
      'give the measurement a name of its own',
    );
    return UNKNOWN;
  }
  if (output === undefined || output.unit === null) return UNKNOWN;
  at.stage = 'step';
  at.because ??= output.name;
  return numeric(symbol(syntax.name), output.unit);
}

function checkLookup(syntax: LookupSyntax, at: Reading): Typed {
  const { scope } = at;
  const table = scope.tables.get(syntax.table);
  const quantity = scope.quantities.get(syntax.table);
  if (quantity?.kind === 'table') quantity.used = true;
  if (table === undefined) {
    check(syntax.argument, at);
    return UNKNOWN;
  }
  // Corners over time are instants: they are kept in the model's own unit, and given to the solver.
  if (syntax.argument.kind === 'name' && syntax.argument.name === 't') {
    checkNumeric(syntax.argument, at);
    if (scope.time === null) return UNKNOWN;
    if (!sameDimension(table.by, scope.time)) return wrongArgument(syntax, table, scope.time, at);
    const corners = scope.overTime.get(table.name) ?? inUnitOf(table, scope.time);
    if (!scope.overTime.has(table.name)) for (const [x] of corners.points) if (x > 0) scope.breaks.add(x);
    scope.overTime.set(table.name, corners);
    return numeric(tabulated(corners, symbol('t'), syntax.at, scope), table.unit);
  }
  const typed = checkNumeric(syntax.argument, at);
  if (typed.unit === null) return UNKNOWN;
  const argument = converted(typed, table.by);
  return argument === null
    ? wrongArgument(syntax, table, typed.unit, at)
    : numeric(tabulated(table, argument, syntax.at, scope), table.unit);
}

function wrongArgument(syntax: LookupSyntax, table: Table, unit: Unit, { scope }: Reading): Typed {
  scope.report.error(
    syntax.argument.span,
    `${table.name} is looked up by ${describeUnit(table.by)}: ${origin(scope, syntax.argument, unit)}`,
    bareNumber(syntax.argument) === null
      ? undefined
      : `write ${quote(scope, syntax.argument)} [${table.by.text}]`,
  );
  return UNKNOWN;
}

function checkIs(syntax: IsSyntax, at: Reading): Typed {
  const { scope } = at;
  const quantity = syntax.operand.kind === 'name' ? scope.quantities.get(syntax.operand.name) : undefined;
  if (syntax.operand.kind === 'name' && quantity?.type === 'category') {
    quantity.used = true;
    if (later(quantity.stage, at.stage)) {
      at.stage = quantity.stage;
      at.because = quantity.name;
    }
    const k = quantity.categories.indexOf(syntax.answer);
    if (k >= 0) return condition(isCategory(quantity.name, k, quantity.categories.length));
    if (quantity.categories.length > 0)
      scope.report.error(
        syntax.answerSpan,
        `${quantity.name} has no category ${syntax.answer}`,
        scope.suggest(syntax.answer, quantity.categories) ?? `it is one of ${quantity.categories.join(', ')}`,
      );
    return condition(number(0));
  }
  const typed = check(syntax.operand, at);
  if (typed.unit === null) return condition(number(0));
  if (typed.type !== 'condition') {
    scope.report.error(
      syntax.span,
      `${quote(scope, syntax.operand)} is a number, and is compares only yes/no and categories`,
      'compare numbers with ==',
    );
    return condition(number(0));
  }
  if (syntax.answer === 'yes') return typed;
  if (syntax.answer === 'no') return condition(call('not', typed.expression));
  scope.report.error(
    syntax.answerSpan,
    `${quote(scope, syntax.operand)} is yes or no, not ${syntax.answer}`,
    'write is yes or is no',
  );
  return condition(number(0));
}

function misplaced(syntax: ReductionSyntax, at: Reading): Typed {
  if (at.inReduction)
    at.scope.report.error(
      syntax.at,
      `${syntax.reduction} stands inside another reduction`,
      'define an endpoint for the inner one',
    );
  else
    at.scope.report.error(
      syntax.at,
      `${syntax.reduction} needs the whole run: only endpoints and checks can use it`,
      'move it to an endpoint',
    );
  return UNKNOWN;
}

function misplacedEvent(syntax: OccurrenceSyntax, at: Reading): Typed {
  const name = syntax.hazards[0]?.name ?? 'death';
  at.scope.report.error(
    syntax.at,
    `${quote(at.scope, syntax)} needs the whole run: only endpoints and checks can use it`,
    `${name}_happened is a condition of every instant`,
  );
  return UNKNOWN;
}

/** Bounds half-way between categories, so that a condition over it has a sign on either side. */
function isCategory(name: string, k: number, count: number): Expression {
  const above = call('gt', symbol(name), number(k - 0.5));
  const below = call('lt', symbol(name), number(k + 0.5));
  return k === 0 ? below : k === count - 1 ? above : call('and', above, below);
}

function checkBetween(syntax: BetweenSyntax, at: Reading): Typed {
  const operand = checkNumeric(syntax.operand, at);
  const what = `the bound of ${quote(at.scope, syntax.operand)}`;
  const low = checkInOwnUnit(syntax.range.low, at, operand.unit, what);
  const high = checkInOwnUnit(syntax.range.high, at, operand.unit, what);
  if (low === null || high === null) return condition(number(0));
  const [a, b] = [constantOf(low), constantOf(high)];
  if (a !== null && b !== null && a > b)
    at.scope.report.error(
      syntax.range.span,
      `the range ${quote(at.scope, syntax.range.low)} .. ${quote(at.scope, syntax.range.high)} is empty`,
      'write the smaller bound first',
    );
  return condition(call('and', call('ge', operand.expression, low), call('le', operand.expression, high)));
}

function checkCall(syntax: CallSyntax, at: Reading): Typed {
  const { fn, args } = syntax;
  const [first, second, third] = args;
  if (first === undefined) return UNKNOWN;
  const ofNumber = (arg: Syntax | undefined) => (arg === undefined ? UNKNOWN : checkNumeric(arg, at));
  const ofPlain = (arg: Syntax, what: string) => plain(checkNumeric(arg, at), arg, at, what);
  switch (FUNCTIONS[fn].unit) {
    case 'same': {
      const [unit, parts] = alike(args.map(ofNumber), syntax, at);
      const zero = parts.length === 0;
      if (zero || unit === undefined) return UNKNOWN;
      const [operand] = parts;
      if (fn === 'neg' && operand?.kind === 'number')
        return {
          ...numeric(number(-operand.value), unit),
          zero: operand.value === 0 && first.kind === 'number' && first.unit === null,
        };
      return numeric(call(fn, ...parts), unit);
    }
    case 'condition': {
      const [, parts] = alike(args.map(ofNumber), syntax, at);
      return parts.length === 0 ? condition(number(0)) : condition(call(fn, ...parts));
    }
    case 'product':
    case 'quotient': {
      const a = checkNumeric(first, at);
      const b = ofNumber(second);
      if (a.unit === null || b.unit === null) return UNKNOWN;
      const unit = fn === 'div' ? divide(a.unit, b.unit) : multiply(a.unit, b.unit);
      return numeric(call(fn, a.expression, b.expression), soundUnit(unit, syntax, at));
    }
    case 'power':
      return second === undefined
        ? UNKNOWN
        : powered(checkNumeric(first, at), ofPlain(second, 'an exponent'), syntax, at);
    case 'root': {
      const a = checkNumeric(first, at);
      return a.unit === null
        ? UNKNOWN
        : numeric(call(fn, a.expression), soundUnit(power(a.unit, 1, 2), syntax, at));
    }
    case 'dimensionless': {
      const parts = args.map((arg) => ofPlain(arg, `the argument of ${fn}`));
      return collect(fn, parts, DIMENSIONLESS);
    }
    case 'sign': {
      const a = checkNumeric(first, at);
      return a.unit === null ? UNKNOWN : numeric(call(fn, a.expression), DIMENSIONLESS);
    }
    case 'ratio': {
      const [unit, parts] = alike([first, second].map(ofNumber), syntax, at);
      const exponent = third === undefined ? null : ofPlain(third, `the exponent of ${fn}`);
      return unit === undefined || parts.length === 0
        ? UNKNOWN
        : collect(fn, [...parts, exponent], DIMENSIONLESS);
    }
    case 'formula': {
      const row = FUNCTIONS[fn];
      const signature = row.kind === 'derived' ? row.signature : undefined;
      if (signature === undefined) return UNKNOWN;
      const parts = args.map((arg, k) => {
        const wanted = signature.arguments[k];
        if (wanted === undefined || 'condition' in wanted) return checkCondition(arg, at);
        return argumentOf(fn, wanted, checkNumeric(arg, at), arg, at);
      });
      return collect(fn, parts, resultOf(signature));
    }
    case 'logic': {
      const parts = args.map((arg) => checkCondition(arg, at));
      return condition(collect(fn, parts, DIMENSIONLESS).expression);
    }
    case 'choice':
      if (second === undefined || third === undefined) return UNKNOWN;
      return chosen(checkCondition(first, at), check(second, at), check(third, at), syntax, at);
  }
}
