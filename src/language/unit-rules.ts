// What the unit rules of the function table do with arguments that have been checked: bringing them to one unit, powers,
// choices, plain numbers. In: typed arguments and how they were written. Out: a typed result, or a diagnostic that says
// where either unit came from and what to write instead.
import type { Argument, Signature } from './clinical.ts';
import { call, type Expression, number } from './expression.ts';
import { FUNCTIONS, type FunctionName } from './functions.ts';
import type { CallSyntax, Syntax } from './syntax.ts';
import {
  condition, constantOf, converted, fractionOf, numeric, origin, quote, type Reading, sound, type Typed, UNKNOWN,
} from './typed.ts'; // biome-ignore format: a list
import {
  DIMENSIONLESS,
  describeUnit,
  isDimensionless,
  isUnitError,
  parseUnit,
  power,
  type Unit,
} from './units.ts';

/** The number of a literal without a unit, which some places read in a unit of their own. */
export function bareNumber(syntax: Syntax): number | null {
  if (syntax.kind === 'number') return syntax.unit === null && !syntax.percent ? syntax.value : null;
  const [operand] = syntax.kind === 'call' && syntax.fn === 'neg' ? syntax.args : [];
  const value = operand === undefined ? null : bareNumber(operand);
  return value === null ? null : -value;
}

export function collect(fn: FunctionName, parts: readonly (Expression | null)[], unit: Unit): Typed {
  const known = parts.filter((p) => p !== null);
  return known.length < parts.length ? UNKNOWN : numeric(call(fn, ...known), unit);
}

/** An argument of a formula in the unit that the formula counts in; an amount of substance becomes a mass where it may. */
export function argumentOf(
  fn: FunctionName,
  wanted: Extract<Argument, { readonly unit: string }>,
  typed: Typed,
  syntax: Syntax,
  at: Reading,
): Expression | null {
  if (typed.unit === null) return null;
  const expression = converted(typed, known(wanted.unit));
  if (expression !== null) return expression;
  const molar = wanted.molar === undefined ? null : converted(typed, known(wanted.molar.unit));
  if (molar !== null && wanted.molar !== undefined) return call('mul', molar, number(wanted.molar.factor));
  at.scope.report.error(
    syntax.span,
    `the ${wanted.name} of ${fn} must be in ${wanted.unit}${wanted.molar ? ` or ${wanted.molar.unit}` : ''}: ${origin(at.scope, syntax, typed.unit)}`,
    bareNumber(syntax) === null
      ? `${FUNCTIONS[fn].usage}`
      : `write ${quote(at.scope, syntax)} [${wanted.unit}]`,
  );
  return null;
}

export const resultOf = (signature: Signature): Unit => known(signature.result);

/** A unit that the function table names. */
function known(text: string): Unit {
  const unit = parseUnit(text);
  if (isUnitError(unit)) throw new Error(`the function table names the unit ${text}: ${unit.message}`);
  return unit;
}

/** A plain number: exp, log and the like mean nothing for a quantity with a dimension. */
export function plain(typed: Typed, syntax: Syntax, at: Reading, what: string): Expression | null {
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
export function alike(
  typed: readonly Typed[],
  { fn, args, at: place }: CallSyntax,
  at: Reading,
): readonly [Unit | undefined, readonly Expression[]] {
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
        place,
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

/** a ^ b: a plain number may have any exponent, a quantity one that is a number. */
export function powered(a: Typed, b: Expression | null, syntax: CallSyntax, at: Reading): Typed {
  const [base] = syntax.args;
  if (a.unit === null || b === null || base === undefined) return UNKNOWN;
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

/** Refuses exponents and scales that further arithmetic could not hold. */
export function soundUnit(unit: Unit, syntax: CallSyntax, at: Reading): Unit | null {
  if (sound(unit)) return unit;
  at.scope.report.error(
    syntax.at,
    'the unit of this expression is beyond what is computed with',
    'divide by 1 [unit] to get a plain number',
  );
  return null;
}

/** if when then a else b; of two conditions it is a condition again. */
export function chosen(when: Expression | null, a: Typed, b: Typed, syntax: CallSyntax, at: Reading): Typed {
  const [, yes, no] = syntax.args;
  if (yes === undefined || no === undefined) return UNKNOWN;
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
