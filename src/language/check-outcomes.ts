// What is seen and counted: outputs, measurements, endpoints, checks and the horizon shown. In: their statements.
// Out: the records of the Model.
import { check, checkInOwnUnit, checkInUnit } from './check-expression.ts';
import { eventTime } from './check-occurrence.ts';
import { constant } from './check-population.ts';
import type { Expression } from './expression.ts';
import { MAX_CHAIN } from './limits.ts';
import type { Check, Endpoint, Measurement, Model, Output } from './model.ts';
import type { Quantity, Scope } from './names.ts';
import { type Budget, checkOutcome, inUnit, type OutcomeResult } from './outcome.ts';
import { allow } from './stage.ts';
import type {
  CheckStatement,
  DefinitionStatement,
  EndpointStatement,
  MeasureStatement,
  OutputStatement,
  ShowStatement,
  UnitText,
} from './syntax.ts';
import { constantOf, converted, flag, origin, quote, reading, type Typed } from './typed.ts';
import { bareNumber } from './unit-rules.ts';
import { DIMENSIONLESS, describeUnit, type Unit } from './units.ts';

/** Height of an expression with the definitions it names put in. */
function chained(e: Expression, scope: Scope): number {
  if (e.kind === 'symbol') return scope.quantities.get(e.name)?.height ?? 1;
  return e.kind === 'call' ? 1 + e.args.reduce((h, a) => Math.max(h, chained(a, scope)), 0) : 1;
}

/** The value of a definition or output in the unit written after `in`; fills in what is known of its name. */
export function checkNamed(
  statement: DefinitionStatement | OutputStatement,
  quantity: Quantity,
  scope: Scope,
): { readonly expression: Expression; readonly unit: Unit; readonly condition: boolean } | null {
  const at = reading(scope);
  const typed = check(statement.value, at);
  quantity.stage = at.stage;
  quantity.because = at.because;
  const height = chained(typed.expression, scope);
  if (height > MAX_CHAIN)
    scope.report.error(
      statement.nameSpan,
      `${statement.name} builds on definitions that build on others, more than ${MAX_CHAIN} operations deep`,
      'what goes on step by step is a state with d/dt',
    );
  // Said once: what builds on this one starts anew.
  else quantity.height = height;
  const wanted = statement.unit === null ? null : scope.unit(statement.unit);
  if (statement.unit !== null && wanted === null) return null;
  if (typed.type === 'condition') {
    if (statement.unit !== null) {
      scope.report.error(
        statement.unit.span,
        `${statement.name} is a condition and has no unit`,
        'remove in and the unit',
      );
      return null;
    }
    quantity.type = 'condition';
    quantity.unit = DIMENSIONLESS;
    return { expression: flag(typed.expression), unit: DIMENSIONLESS, condition: true };
  }
  if (typed.unit === null) {
    // The unit that was written is known even where the expression is wrong.
    quantity.unit = wanted;
    return null;
  }
  const unit = wanted ?? typed.unit;
  const expression = converted(typed, unit);
  quantity.unit = unit;
  if (expression === null) {
    wrongUnit(statement.name, statement.unit, typed, statement, scope);
    return null;
  }
  return { expression, unit, condition: false };
}

function wrongUnit(
  name: string,
  unit: UnitText | null,
  typed: Typed,
  statement: { readonly value: DefinitionStatement['value'] },
  scope: Scope,
): void {
  if (unit === null || typed.unit === null) return;
  scope.report.error(
    unit.span,
    `${name} cannot be given in ${unit.text}: ${origin(scope, statement.value, typed.unit)}`,
    `${typed.unit.atoms.length === 0 ? `leave out in ${unit.text}` : `write in ${typed.unit.text}`}, or look at the expression`,
  );
}

export function checkOutput(statement: OutputStatement, quantity: Quantity, scope: Scope): Output | null {
  const { name, label, span, axis, target } = statement;
  const value = checkNamed(statement, quantity, scope);
  // What is shown over time may be asked for at a time, even when it happens not to change.
  quantity.stage = 'step';
  if (value === null) return null;
  const { expression, unit } = value;
  const output: Output = {
    name,
    label,
    span,
    axis,
    unit,
    expression,
    ...(value.condition ? { condition: true } : {}),
  };
  if (target === null) return output;
  const low = constant(target.low, scope, unit, `the target of ${name}`);
  const high = constant(target.high, scope, unit, `the target of ${name}`);
  if (low === null || high === null) return null;
  if (low >= high)
    scope.report.error(target.span, `the target ${low} .. ${high} is empty`, 'write the smaller bound first');
  return { ...output, target: { low, high } };
}

export function checkMeasurement(statement: MeasureStatement, scope: Scope): Measurement | null {
  const { name, of, span } = statement;
  const output = scope.quantities.get(of.name);
  if (output === undefined || output.kind !== 'output') {
    const known = [...scope.quantities.values()].filter((q) => q.kind === 'output').map((q) => q.name);
    if (output === undefined)
      scope.report.error(
        of.span,
        `unknown output ${of.name}`,
        scope.suggest(of.name, known) ??
          (known.length > 0 ? `there are ${known.slice(0, 12).join(', ')}` : 'write output conc = ...'),
      );
    else if (output.unit !== null || output.kind !== 'definition')
      scope.report.error(
        of.span,
        `${of.name} is a ${output.kind}, and only outputs are measured`,
        `write output ${of.name}_measured = ${of.name}`,
      );
    return null;
  }
  let whole = true;
  const error: { additive?: Expression; proportional?: Expression; lognormal?: Expression } = {};
  for (const part of statement.errors) {
    const at = reading(scope);
    const what = `the ${part.kind} error`;
    const value = checkInUnit(part.value, at, part.kind === 'additive' ? output.unit : DIMENSIONLESS, what);
    if (value === null || !allow(at, 'patient', part.value.span, what)) whole = false;
    else if ((constantOf(value) ?? 0) < 0) {
      scope.report.error(
        part.value.span,
        `${what} is ${constantOf(value)}`,
        'a standard deviation is 0 or more',
      );
    } else error[part.kind] = value;
  }
  if (error.lognormal !== undefined && statement.errors.length > 1)
    scope.report.error(
      statement.errors[0]?.span ?? span,
      'a lognormal error stands alone',
      'remove the other errors',
    );
  const lloq =
    statement.lloq === null
      ? null
      : checkInUnit(statement.lloq, reading(scope), output.unit, 'the limit of quantification');
  if (!whole || (statement.lloq !== null && lloq === null)) return null;
  return { name, output: of.name, error, span, ...(lloq === null ? {} : { lloq }) };
}

export function checkEndpoint(
  statement: EndpointStatement,
  quantity: Quantity,
  scope: Scope,
  left: Budget,
): Endpoint | null {
  const { name, label, span } = statement;
  const result = checkOutcome(statement.value, scope, left);
  const settled = inWrittenUnit(result, name, statement, scope);
  if (settled === null) return null;
  quantity.unit = settled.unit;
  quantity.outcome = settled.result.outcome;
  if (settled.result.typed.type === 'condition') quantity.type = 'condition';
  const endpoint = endpointOf(name, label, settled.result, settled.unit, span);
  return { ...endpoint, ...eventTime(statement.value, settled.unit, scope) };
}

export function endpointOf(
  name: string,
  label: string,
  { typed, outcome }: OutcomeResult,
  unit: Unit,
  span: Endpoint['span'],
): Endpoint {
  const type = typed.type === 'condition' ? 'probability' : 'value';
  return { name, label, unit, span, type, expression: outcome.expression, reductions: outcome.reductions };
}

/** The result in the unit after `in`, if there is one; reports what does not fit. */
export function inWrittenUnit(
  result: OutcomeResult,
  name: string,
  statement: { readonly value: EndpointStatement['value']; readonly unit: UnitText | null },
  scope: Scope,
): { readonly result: OutcomeResult; readonly unit: Unit } | null {
  const { typed } = result;
  const wanted = statement.unit === null ? null : scope.unit(statement.unit);
  if (typed.unit === null || (statement.unit !== null && wanted === null)) return null;
  if (typed.type === 'condition' && statement.unit !== null) {
    scope.report.error(
      statement.unit.span,
      `${name} is a condition and has no unit`,
      'remove in and the unit',
    );
    return null;
  }
  const unit = wanted ?? typed.unit;
  const fitted = inUnit(result, unit);
  if (fitted === null) wrongUnit(name, statement.unit, typed, statement, scope);
  return fitted === null ? null : { result: fitted, unit };
}

export function checkCheck(
  statement: CheckStatement,
  number: number,
  scope: Scope,
  left: Budget,
): Check | null {
  const { label, under, span, source } = statement;
  const { report } = scope;
  if (under !== null && !scope.therapies.has(under.name)) {
    const known = [...scope.therapies.keys()];
    report.error(
      under.span,
      `unknown therapy ${under.name}`,
      scope.suggest(under.name, known) ??
        (known.length > 0
          ? `there are ${known.slice(0, 12).join(', ')}`
          : 'write therapy fixed "..." with dose lines'),
    );
  }
  const given = checkGiven(statement, scope);
  const result = checkOutcome(statement.value, scope, left);
  const { typed } = result;
  if (typed.unit === null || given === null) return null;
  const common = { label, therapy: under?.name ?? '', given, source, span };
  const name = `check_${number}`;
  if (typed.type === 'condition') {
    if (statement.expected !== null) {
      report.error(
        statement.expected.span,
        'a condition is checked by itself, without = and a number',
        'remove everything from = to the tolerance',
      );
      return null;
    }
    return {
      ...common,
      endpoint: endpointOf(name, label, result, DIMENSIONLESS, span),
      expected: 1,
      tolerance: { absolute: 0 },
    };
  }
  if (statement.expected === null) {
    report.error(
      statement.value.span,
      'the check does not say what is expected',
      `write = 12.96${inBrackets(typed.unit)} within 0.1 %`,
    );
    return null;
  }
  const wanted = check(statement.expected, reading(scope));
  const expected = constantOf(wanted.expression);
  if (wanted.unit === null) return null;
  if (expected === null || wanted.type !== 'number') {
    report.error(
      statement.expected.span,
      'what a check expects must be a number',
      'write the published value and its unit',
    );
    return null;
  }
  const unit = wanted.zero ? typed.unit : wanted.unit;
  const fitted = inUnit(result, unit);
  if (fitted === null) {
    report.error(
      statement.expected.span,
      `${describeUnit(wanted.unit)} is expected of what is ${describeUnit(typed.unit)}: ${origin(scope, statement.value, typed.unit)}`,
      bareNumber(statement.expected) === null
        ? undefined
        : `write ${quote(scope, statement.expected)}${inBrackets(typed.unit)}`,
    );
    return null;
  }
  const tolerance = checkTolerance(statement, unit, scope);
  return tolerance === null
    ? null
    : { ...common, endpoint: endpointOf(name, label, fitted, unit, span), expected, tolerance };
}

function checkTolerance(
  { within, span }: CheckStatement,
  unit: Unit,
  scope: Scope,
): Check['tolerance'] | null {
  if (within === null) {
    scope.report.error(span, 'the check does not say how near is near enough', 'write within 0.1 %');
    return null;
  }
  let tolerance: Check['tolerance'];
  if (within.kind === 'number' && within.percent) tolerance = { relative: within.value };
  else {
    const expression = checkInUnit(
      within,
      reading(scope),
      unit,
      'the tolerance',
      `write within 0.1 % or within ${bareNumber(within) === null ? 0.1 : quote(scope, within)}${inBrackets(unit)}`,
    );
    const absolute = expression === null ? null : constantOf(expression);
    if (expression !== null && absolute === null)
      scope.report.error(within.span, 'the tolerance must be a number', 'write within 0.1 %');
    if (absolute === null) return null;
    tolerance = { absolute };
  }
  if (('relative' in tolerance ? tolerance.relative : tolerance.absolute) >= 0) return tolerance;
  scope.report.error(within.span, 'the tolerance is negative', 'write within 0.1 %');
  return null;
}

function checkGiven(statement: CheckStatement, scope: Scope): Readonly<Record<string, number>> | null {
  const given: Record<string, number> = {};
  let whole = true;
  for (const { name, span, value } of statement.given) {
    const quantity = scope.quantities.get(name);
    const fail = (place: typeof span, message: string, hint?: string) => {
      scope.report.error(place, message, hint);
      whole = false;
    };
    if (quantity === undefined) {
      const known = [...scope.quantities.values()]
        .filter((q) => q.kind === 'covariate' || q.kind === 'parameter')
        .map((q) => q.name);
      fail(span, `unknown covariate or parameter ${name}`, scope.suggest(name, known));
    } else if (quantity.kind !== 'covariate' && quantity.kind !== 'parameter') {
      fail(span, `${name} is a ${quantity.kind}, and only covariates and parameters can be given`);
    } else if (Object.hasOwn(given, name)) fail(span, `${name} is given twice`);
    else if (quantity.type === 'number') {
      const expression = checkInOwnUnit(value, reading(scope), quantity.unit, name);
      const number = expression === null ? null : constantOf(expression);
      if (expression !== null && number === null)
        fail(value.span, `${name} must be given as a number, not ${quote(scope, value)}`);
      if (number === null) whole = false;
      else given[name] = number;
    } else {
      const k = value.kind === 'name' ? quantity.categories.indexOf(value.name) : -1;
      if (k >= 0) given[name] = k;
      else if (quantity.categories.length === 0) whole = false;
      else
        fail(value.span, `${name} is one of ${quantity.categories.join(', ')}, not ${quote(scope, value)}`);
    }
  }
  return whole ? given : null;
}

export function checkShow(statement: ShowStatement, scope: Scope): NonNullable<Model['show']> | null {
  const hint = `write show until 168 ${scope.time?.text ?? 'h'} every 1 ${scope.time?.text ?? 'h'}`;
  const [until, every] = [statement.until, statement.every].map((syntax) => {
    const expression = checkInUnit(syntax, reading(scope), scope.time, 'the time shown', hint);
    const value = expression === null ? null : constantOf(expression);
    if (expression !== null && value === null)
      scope.report.error(syntax.span, 'the time shown must be a number', hint);
    if (value !== null && !(value > 0))
      scope.report.error(syntax.span, `the time shown is ${value}`, 'it is above 0');
    return value;
  });
  return until == null || every == null ? null : { until, every };
}

/** A plain number has no brackets. */
const inBrackets = (unit: Unit): string => (unit.atoms.length === 0 ? '' : ` [${unit.text}]`);
