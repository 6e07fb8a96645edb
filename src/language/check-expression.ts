// Units and types of expressions. In: an expression as written and the names it may use. Out: a tree whose conversions
// are explicit multiplications, with its unit; a clash is a diagnostic that says where either unit came from.
import { call, type Expression, number, symbol } from './expression.ts';
import { FUNCTIONS, type FunctionName } from './functions.ts';
import { MAX_NUMBER } from './limits.ts';
import type {
  BetweenSyntax,
  CallSyntax,
  IsSyntax,
  NameSyntax,
  NumberSyntax,
  ReductionSyntax,
  Syntax,
} from './syntax.ts';
import {
  condition, constantOf, converted, fractionOf, holds, later, numeric, origin, quote, type Reading, sound, type Typed, UNKNOWN,
} from './typed.ts'; // biome-ignore format: a list
import { DIMENSIONLESS, describeUnit, divide, isDimensionless, multiply, power, type Unit } from './units.ts';

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
    case 'reduction':
      return at.outcome === null ? misplaced(syntax, at) : at.outcome.reduce(syntax);
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

export function bareNumber(syntax: Syntax): number | null {
  if (syntax.kind === 'number') return syntax.unit === null && !syntax.percent ? syntax.value : null;
  const [operand] = syntax.kind === 'call' && syntax.fn === 'neg' ? syntax.args : [];
  const value = operand === undefined ? null : bareNumber(operand);
  return value === null ? null : -value;
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
        scope.suggest(syntax.name, scope.quantities.keys()),
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
  switch (FUNCTIONS[fn].unit) {
    case 'same': {
      const [unit, parts] = alike(fn, args, at, syntax);
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
      const [, parts] = alike(fn, args, at, syntax);
      return parts.length === 0 ? condition(number(0)) : condition(call(fn, ...parts));
    }
    case 'product':
    case 'quotient': {
      const a = checkNumeric(first, at);
      const b = second === undefined ? UNKNOWN : checkNumeric(second, at);
      if (a.unit === null || b.unit === null) return UNKNOWN;
      const unit = fn === 'div' ? divide(a.unit, b.unit) : multiply(a.unit, b.unit);
      return numeric(call(fn, a.expression, b.expression), soundUnit(unit, syntax, at));
    }
    case 'power':
      return second === undefined ? UNKNOWN : checkPower(syntax, first, second, at);
    case 'root': {
      const a = checkNumeric(first, at);
      return a.unit === null
        ? UNKNOWN
        : numeric(call(fn, a.expression), soundUnit(power(a.unit, 1, 2), syntax, at));
    }
    case 'dimensionless': {
      const parts = args.map((arg) => plain(arg, at, `the argument of ${fn}`));
      return collect(fn, parts, DIMENSIONLESS);
    }
    case 'sign': {
      const a = checkNumeric(first, at);
      return a.unit === null ? UNKNOWN : numeric(call(fn, a.expression), DIMENSIONLESS);
    }
    case 'ratio': {
      const [unit, parts] = alike(fn, args.slice(0, 2), at, syntax);
      const exponent = third === undefined ? null : plain(third, at, `the exponent of ${fn}`);
      return unit === undefined || parts.length === 0
        ? UNKNOWN
        : collect(fn, [...parts, exponent], DIMENSIONLESS);
    }
    case 'logic': {
      const parts = args.map((arg) => checkCondition(arg, at));
      return condition(collect(fn, parts, DIMENSIONLESS).expression);
    }
    case 'choice':
      return checkChoice(syntax, at);
  }
}

function collect(fn: FunctionName, parts: readonly (Expression | null)[], unit: Unit): Typed {
  const known = parts.filter((p) => p !== null);
  return known.length < parts.length ? UNKNOWN : numeric(call(fn, ...known), unit);
}

/** A plain number: exp, log and the like mean nothing for a quantity with a dimension. */
function plain(syntax: Syntax, at: Reading, what: string): Expression | null {
  const typed = checkNumeric(syntax, at);
  if (typed.unit === null) return null;
  const expression = converted(typed, DIMENSIONLESS);
  if (expression === null)
    at.scope.report.error(
      syntax.span,
      `${what} must be a plain number: ${origin(at.scope, syntax, typed.unit)}`,
      over(syntax, typed.unit, at),
    );
  return expression;
}

/** `write x / 1 [mg]` */
function over(syntax: Syntax, unit: Unit, at: Reading): string {
  const text = quote(at.scope, syntax);
  const simple = syntax.kind === 'name' || syntax.kind === 'number';
  return `write ${simple ? text : `(${text})`} / 1 [${unit.text}]`;
}

const VERBS: Partial<Record<FunctionName, string>> = {
  add: 'added',
  sub: 'subtracted',
  if: 'alternatives of one choice',
  hill: 'the two concentrations of hill',
};

/** All arguments in the unit of the first that has one; no parts when something is wrong or not known. */
function alike(
  fn: FunctionName,
  args: readonly Syntax[],
  at: Reading,
  where: CallSyntax,
): readonly [Unit | undefined, readonly Expression[]] {
  const typed = args.map((arg) => checkNumeric(arg, at));
  const lead = typed.findIndex((a) => a.unit !== null && !a.zero);
  const unit = typed[Math.max(0, lead)]?.unit ?? null;
  const leading = args[Math.max(0, lead)];
  const parts: Expression[] = [];
  let whole = typed.every((a) => a.unit !== null);
  for (const [k, arg] of typed.entries()) {
    const expression = converted(arg, unit);
    const syntax = args[k];
    if (expression !== null) parts.push(expression);
    else if (syntax !== undefined && leading !== undefined && unit !== null && arg.unit !== null) {
      whole = false;
      const verb = VERBS[fn] ?? 'compared';
      at.scope.report.error(
        where.at,
        `${describeUnit(unit)} and ${describeUnit(arg.unit)} cannot be ${verb}: ${origin(at.scope, leading, unit)}, ${origin(at.scope, syntax, arg.unit)}`,
        remedy(leading, unit, syntax, arg.unit, at),
      );
    }
  }
  return whole && unit !== null ? [unit, parts] : [undefined, []];
}

function remedy(a: Syntax, unitA: Unit, b: Syntax, unitB: Unit, at: Reading): string | undefined {
  if (bareNumber(b) !== null && unitA.atoms.length > 0) return `write ${quote(at.scope, b)} [${unitA.text}]`;
  if (bareNumber(a) !== null && unitB.atoms.length > 0) return `write ${quote(at.scope, a)} [${unitB.text}]`;
  return undefined;
}

function checkPower(syntax: CallSyntax, base: Syntax, exponent: Syntax, at: Reading): Typed {
  const a = checkNumeric(base, at);
  const b = plain(exponent, at, 'an exponent');
  if (a.unit === null || b === null) return UNKNOWN;
  if (isDimensionless(a.unit)) {
    const plainBase = converted(a, DIMENSIONLESS) ?? a.expression;
    return numeric(call('pow', plainBase, b), DIMENSIONLESS);
  }
  const value = constantOf(b);
  const fraction = value === null ? null : fractionOf(value);
  if (fraction !== null) {
    if (Math.abs(fraction[0]) <= 1000)
      return numeric(
        call('pow', a.expression, b),
        soundUnit(power(a.unit, fraction[0], fraction[1]), syntax, at),
      );
  }
  const why = value === null ? 'an exponent that is not a number' : `the exponent ${value}`;
  at.scope.report.error(
    syntax.at,
    `${why} gives no unit: ${origin(at.scope, base, a.unit)}`,
    over(base, a.unit, at),
  );
  return UNKNOWN;
}

function soundUnit(unit: Unit, syntax: CallSyntax, at: Reading): Unit | null {
  if (sound(unit)) return unit;
  at.scope.report.error(
    syntax.at,
    'the unit of this expression is beyond what is computed with',
    'divide by 1 [unit] to get a plain number',
  );
  return null;
}

function checkChoice(syntax: CallSyntax, at: Reading): Typed {
  const [asked, yes, no] = syntax.args;
  if (asked === undefined || yes === undefined || no === undefined) return UNKNOWN;
  const when = checkCondition(asked, at);
  const a = check(yes, at);
  const b = check(no, at);
  if (when === null || a.unit === null || b.unit === null)
    return a.type === 'condition' ? condition(number(0)) : UNKNOWN;
  if (a.type === 'condition' && b.type === 'condition')
    return condition(
      call('or', call('and', when, a.expression), call('and', call('not', when), b.expression)),
    );
  if (a.type !== b.type) {
    at.scope.report.error(
      syntax.at,
      'one choice of if is a condition and the other a number',
      'give both the same kind',
    );
    return UNKNOWN;
  }
  const unit = a.zero ? b.unit : a.unit;
  const [first, second] = [converted(a, unit), converted(b, unit)];
  if (first !== null && second !== null)
    return { ...numeric(call('if', when, first, second), unit), zero: a.zero && b.zero };
  at.scope.report.error(
    syntax.at,
    `${describeUnit(a.unit)} and ${describeUnit(b.unit)} cannot be alternatives of one choice: ${origin(at.scope, yes, a.unit)}, ${origin(at.scope, no, b.unit)}`,
    remedy(yes, a.unit, no, b.unit, at),
  );
  return UNKNOWN;
}
