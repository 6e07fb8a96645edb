// Covariates, parameters and random effects. In: their statements. Out: the records of the Model, with units converted,
// alternative spellings made canonical, and probabilities, ranges and covariance blocks looked at.
import { checkInOwnUnit, checkInUnit, checkNumeric } from './check-expression.ts';
import {
  DISTRIBUTION_NAMES,
  DISTRIBUTIONS,
  type DistributionName,
  isDistribution,
  parameterUnit,
} from './distributions.ts';
import { evaluate } from './evaluate.ts';
import { call, type Expression, number } from './expression.ts';
import type { Covariate, Distribution, Parameter, RandomBlock } from './model.ts';
import type { Quantity, Scope } from './names.ts';
import { allow, defaultValue } from './stage.ts';
import type { CovariateStatement, ParameterStatement, RandomStatement, Syntax, Word } from './syntax.ts';
import { constantOf, namesOf, quote, reading, sound } from './typed.ts';
import { DIMENSIONLESS, isDimensionless, multiply, power, type Unit } from './units.ts';

export function checkParameter(
  statement: ParameterStatement,
  quantity: Quantity,
  scope: Scope,
): Parameter | null {
  const { name, label, source, provenance, span } = statement;
  const typed = checkNumeric(statement.value, reading(scope));
  if (typed.unit === null) return null;
  const value = constantOf(typed.expression);
  if (value === null) {
    scope.report.error(
      statement.value.span,
      `the value of the parameter ${name} must be a number`,
      `write it as a definition: ${name} = ${quote(scope, statement.value)}`,
    );
    return null;
  }
  quantity.unit = typed.unit;
  quantity.value = value;
  const parameter = { name, label, unit: typed.unit, span, value, source, provenance };
  if (statement.range === null) return parameter;
  const low = constant(statement.range.low, scope, typed.unit, `the range of ${name}`);
  const high = constant(statement.range.high, scope, typed.unit, `the range of ${name}`);
  if (low === null || high === null) return null;
  if (low >= high)
    scope.report.error(
      statement.range.span,
      `the range ${low} .. ${high} is empty`,
      'write the smaller bound first',
    );
  else if (value < low || value > high)
    scope.report.warning(statement.value.span, `${name} is ${value}, outside its range ${low} .. ${high}`);
  return { ...parameter, range: { low, high } };
}

/** A number written in place; a bare one is in `unit`. */
export function constant(syntax: Syntax, scope: Scope, unit: Unit | null, what: string): number | null {
  const expression = checkInOwnUnit(syntax, reading(scope), unit, what);
  const value = expression === null ? null : constantOf(expression);
  if (expression !== null && value === null)
    scope.report.error(syntax.span, `${what} must be a number, not ${quote(scope, syntax)}`);
  return value;
}

export function checkCovariate(statement: CovariateStatement, scope: Scope): Covariate | null {
  const { name, label, span, spec } = statement;
  const common = { name, label, span };
  if (spec.kind === 'number') {
    const unit = scope.quantities.get(name)?.unit ?? null;
    const distribution = checkDistribution(statement, spec, unit, scope);
    return unit === null || distribution === null
      ? null
      : { ...common, unit, type: 'number', categories: [], distribution };
  }
  const shares = spec.kind === 'yes/no' ? [spec.share] : spec.categories.map((c) => c.share);
  const parameters: Record<string, Expression> = {};
  for (const [k, share] of shares.entries()) {
    const p = ofPatient(share, scope, DIMENSIONLESS, 'a share', name);
    if (p === null) return null;
    parameters[spec.kind === 'yes/no' ? 'p' : `p${k}`] = p;
  }
  if (spec.kind === 'category') {
    const seen = new Set<string>();
    for (const category of spec.categories) {
      if (seen.has(category.name))
        scope.report.error(category.span, `the category ${category.name} is given twice`);
      seen.add(category.name);
    }
  }
  const kind: DistributionName = spec.kind === 'yes/no' ? 'bernoulli' : 'categorical';
  const problem = refusal(kind, parameters, scope);
  const place = { start: shares[0]?.span.start ?? span.start, end: shares.at(-1)?.span.end ?? span.end };
  if (problem !== null) scope.report.error(place, problem, `write ${DISTRIBUTIONS[kind].usage}`);
  const categories = spec.kind === 'yes/no' ? ['no', 'yes'] : spec.categories.map((c) => c.name);
  return { ...common, unit: DIMENSIONLESS, type: spec.kind, categories, distribution: { kind, parameters } };
}

/** What a row says against its parameters' default values; nothing while they vary between patients. */
function refusal(
  kind: DistributionName,
  parameters: Readonly<Record<string, Expression>>,
  scope: Scope,
): string | null {
  const values: Record<string, number> = {};
  for (const [name, expression] of Object.entries(parameters)) {
    const value = defaultValue(expression, scope);
    if (Number.isNaN(value)) return null;
    values[name] = value;
  }
  return DISTRIBUTIONS[kind].refuse(values);
}

/** An expression over parameters and other covariates: a patient is drawn before anything else is known of them. */
function ofPatient(
  syntax: Syntax,
  scope: Scope,
  unit: Unit | null,
  what: string,
  covariate: string,
): Expression | null {
  const at = reading(scope);
  const expression = checkInOwnUnit(syntax, at, unit, `${what} of ${covariate}`);
  if (expression === null || !allow(at, 'patient', syntax.span, `${what} of ${covariate}`)) return null;
  for (const name of namesOf(syntax)) {
    const used = scope.quantities.get(name);
    if (used === undefined || used.stage === 'study' || used.kind === 'covariate') continue;
    scope.report.error(
      syntax.span,
      `${what} of ${covariate} may use parameters and covariates, and ${name} is a ${used.kind} that ${used.kind === 'definition' ? 'differs between patients' : 'is drawn apart'}`,
      scope.chain(name),
    );
    return null;
  }
  return expression;
}

function checkDistribution(
  statement: CovariateStatement,
  spec: CovariateStatement['spec'] & { readonly kind: 'number' },
  unit: Unit | null,
  scope: Scope,
): Distribution | null {
  const { distribution } = spec;
  const kind = distribution.name;
  const named = (d: DistributionName) =>
    DISTRIBUTIONS[d].forms.length > 0 || DISTRIBUTIONS[d].parameters === 'v0..';
  if (!isDistribution(kind) || !named(kind)) {
    const known = DISTRIBUTION_NAMES.filter(named);
    const own = isDistribution(kind) ? `write : ${DISTRIBUTIONS[kind].usage}` : undefined;
    scope.report.error(
      distribution.span,
      `unknown distribution ${kind}`,
      own ?? scope.suggest(kind, known) ?? `there are ${known.join(', ')}`,
    );
    return null;
  }
  const row = DISTRIBUTIONS[kind];
  const given: Record<string, Expression> = {};
  let whole = true;
  for (const parameter of spec.parameters) {
    const rule = parameterUnit(row, parameter.name);
    if (rule === undefined) {
      scope.report.error(
        parameter.span,
        `${kind} has no parameter ${parameter.name}`,
        scope.suggest(parameter.name, Object.keys(row.units)) ?? `write ${row.usage}`,
      );
      whole = false;
      continue;
    }
    if (Object.hasOwn(given, parameter.name))
      scope.report.error(parameter.span, `${parameter.name} is given twice`);
    const value = ofPatient(
      parameter.value,
      scope,
      rule === 'own' ? unit : DIMENSIONLESS,
      parameter.name,
      statement.name,
    );
    if (value === null) whole = false;
    else given[parameter.name] = value;
  }
  const low =
    spec.within === null ? null : ofPatient(spec.within.low, scope, unit, 'the bound', statement.name);
  const high =
    spec.within === null ? null : ofPatient(spec.within.high, scope, unit, 'the bound', statement.name);
  if (!whole) return null;
  if (spec.within !== null && row.discrete) {
    scope.report.error(
      spec.within.span,
      `${kind} takes no within`,
      'its own values are its limits: leave out those that nobody has',
    );
    return null;
  }
  if (row.parameters === 'v0..') return ofList(distribution, given, scope);
  const names = Object.keys(given).sort().join();
  const form = row.forms.find((f) => [...f.names].sort().join() === names);
  if (form === undefined) {
    scope.report.error(
      distribution.span,
      `${kind} cannot be made of ${Object.keys(given).join(' and ')}`,
      `write ${row.usage}`,
    );
    return null;
  }
  if (form.plain && unit !== null && unit.atoms.length > 0) {
    scope.report.error(
      distribution.span,
      `${kind} lies between 0 and 1, and ${statement.name} is in ${unit.text}`,
      `give its ends in ${unit.text}: low 0, high 10`,
    );
    return null;
  }
  const canonical = form.canonical === undefined ? given : form.canonical(given);
  const parameters = Object.fromEntries(Object.entries(canonical).map(([name, e]) => [name, folded(e)]));
  const problem = refusal(kind, parameters, scope);
  if (problem !== null) scope.report.error(distribution.span, `${kind}: ${problem}`, `write ${row.usage}`);
  if (spec.within === null) return { kind, parameters };
  if (low === null || high === null) return null;
  const [a, b] = [defaultValue(low, scope), defaultValue(high, scope)];
  if (a >= b)
    scope.report.error(
      spec.within.span,
      `within ${a} .. ${b} leaves no value`,
      'write the smaller bound first',
    );
  return { kind, parameters, within: { low, high } };
}

/** A list of values, with a share each or none at all; the values ascend in the record. */
function ofList(
  distribution: Word,
  given: Readonly<Record<string, Expression>>,
  scope: Scope,
): Distribution | null {
  const kind = 'empirical';
  const refuse = (problem: string) => {
    scope.report.error(distribution.span, `${kind}: ${problem}`, `write ${DISTRIBUTIONS[kind].usage}`);
    return null;
  };
  const count = Object.keys(given).filter((name) => name.startsWith('v')).length;
  const shares = Object.keys(given).length - count;
  if (shares !== 0 && shares !== count) return refuse(`${shares} of ${count} values have a share`);
  const rows: { value: number; share: Expression }[] = [];
  for (let k = 0; k < count; k++) {
    const value = folded(given[`v${k}`] ?? number(Number.NaN));
    if (value.kind !== 'number') return refuse('its values must be numbers');
    rows.push({ value: value.value, share: folded(given[`p${k}`] ?? number(1 / count)) });
  }
  rows.sort((a, b) => a.value - b.value);
  const parameters = Object.fromEntries(
    rows.flatMap((row, k) => [[`v${k}`, number(row.value)] as const, [`p${k}`, row.share] as const]),
  );
  const problem = refusal(kind, parameters, scope);
  return problem === null ? { kind, parameters } : refuse(problem);
}

/** An expression without names becomes its value. */
export function folded(e: Expression): Expression {
  return hasNames(e) ? e : number(evaluate(e, () => Number.NaN));
}
function hasNames(e: Expression): boolean {
  return e.kind === 'symbol' || (e.kind === 'call' && e.args.some(hasNames));
}

export function checkRandom(
  statement: RandomStatement,
  quantities: readonly (Quantity | undefined)[],
  scope: Scope,
): RandomBlock | null {
  const { names, measure, values, correlation, span } = statement;
  const size = names.length;
  const whole = names.map((n) => n.name).join(', ');
  const needed = measure === 'covariance' ? (size * (size + 1)) / 2 : size;
  const place = { start: values[0]?.span.start ?? span.start, end: values.at(-1)?.span.end ?? span.end };
  if (values.length !== needed) {
    const how =
      measure === 'covariance'
        ? `the lower triangle row by row has ${needed} numbers`
        : `${size} random effect${size > 1 ? 's need' : ' needs'} ${needed}`;
    scope.report.error(place, `${values.length} value${values.length > 1 ? 's' : ''} for ${whole}`, how);
    return null;
  }
  if (correlation !== null && (measure === 'covariance' || correlation.length !== (size * (size - 1)) / 2)) {
    scope.report.error(
      place,
      `${correlation.length} correlation${correlation.length > 1 ? 's' : ''} for ${whole}`,
      measure === 'covariance'
        ? 'covariances need no correlation'
        : `the triangle below the diagonal has ${(size * (size - 1)) / 2} numbers`,
    );
    return null;
  }
  const study = (
    syntax: Syntax,
    unit: Unit | null,
    what: string,
  ): { expression: Expression; unit: Unit } | null => {
    const at = reading(scope);
    if (unit !== null) {
      const expression = checkInUnit(syntax, at, unit, what);
      return expression === null || !allow(at, 'study', syntax.span, what) ? null : { expression, unit };
    }
    const typed = checkNumeric(syntax, at);
    return typed.unit === null || !allow(at, 'study', syntax.span, what)
      ? null
      : { expression: typed.expression, unit: typed.unit };
  };

  // Diagonal first: it says the units.
  const units: Unit[] = [];
  const variances: Expression[] = [];
  const sds: Expression[] = [];
  for (let i = 0; i < size; i++) {
    const syntax = values[measure === 'covariance' ? (i * (i + 3)) / 2 : i];
    const name = names[i]?.name ?? '';
    const word = measure === 'covariance' ? 'variance' : measure;
    const value =
      syntax === undefined
        ? null
        : study(syntax, measure === 'cv' ? DIMENSIONLESS : null, `the ${word} of ${name}`);
    if (value === null || syntax === undefined) return null;
    const unit = measure === 'sd' ? value.unit : measure === 'cv' ? DIMENSIONLESS : power(value.unit, 1, 2);
    const square = call('mul', value.expression, value.expression);
    const variance =
      measure === 'sd'
        ? square
        : measure === 'cv'
          ? call('log', call('add', number(1), square))
          : value.expression;
    if (defaultValue(value.expression, scope) < 0) {
      scope.report.error(
        syntax.span,
        `the ${word} of ${name} is ${defaultValue(value.expression, scope)}`,
        `a ${word} is 0 or more`,
      );
      return null;
    }
    const quantity = quantities[i];
    if (quantity !== undefined)
      quantity.unit = isDimensionless(unit) && unit.scale === 1 ? DIMENSIONLESS : unit;
    units.push(unit);
    variances.push(folded(variance));
    sds.push(measure === 'sd' ? value.expression : call('sqrt', variance));
  }
  if (!units.every(sound)) return null;

  const covariance: Expression[][] = Array.from({ length: size }, () =>
    Array.from({ length: size }, () => number(0)),
  );
  const set = (i: number, j: number, e: Expression) => {
    for (const [a, b] of [[i, j], [j, i]] as const) {
      const row = covariance[a];
      if (row !== undefined) row[b] = e;
    }
  }; // biome-ignore format: both halves
  for (let i = 0; i < size; i++) {
    set(i, i, variances[i] ?? number(0));
    for (let j = 0; j < i; j++) {
      const both = `${names[j]?.name} and ${names[i]?.name}`;
      const r = correlation?.[(i * (i - 1)) / 2 + j];
      const c = measure === 'covariance' ? values[(i * (i + 1)) / 2 + j] : undefined;
      if (r !== undefined) {
        const value = study(r, DIMENSIONLESS, `the correlation of ${both}`);
        if (value === null) return null;
        set(
          i,
          j,
          folded(call('mul', value.expression, call('mul', sds[i] ?? number(0), sds[j] ?? number(0)))),
        );
      } else if (c !== undefined) {
        const value = study(
          c,
          multiply(units[i] ?? DIMENSIONLESS, units[j] ?? DIMENSIONLESS),
          `the covariance of ${both}`,
        );
        if (value === null) return null;
        set(i, j, folded(value.expression));
      }
    }
  }
  const matrix = covariance.map((row) => row.map((e) => defaultValue(e, scope)));
  const problem = indefinite(matrix, names.map((n) => n.name)); // biome-ignore format: short
  if (problem !== null)
    scope.report.error(
      place,
      `the covariance block of ${whole} is not positive definite: ${problem}`,
      'no patients can vary in this way; look at the largest correlation',
    );
  return { names: names.map((n) => n.name), labels: names.map((n) => n.label), covariance, units, span };
}

/** Why a symmetric matrix is no covariance; null when it is one, or varies. Zero variances are allowed: they switch an effect off. */
export function indefinite(matrix: readonly (readonly number[])[], names: readonly string[]): string | null {
  const at = (i: number, j: number) => matrix[i]?.[j] ?? Number.NaN;
  if (matrix.some((row) => row.some(Number.isNaN))) return null;
  for (let i = 0; i < names.length; i++)
    for (let j = 0; j < i; j++) {
      const correlation = at(i, j) / Math.sqrt(at(i, i) * at(j, j));
      if (Math.abs(correlation) > 1 + 1e-9)
        return `the correlation of ${names[j]} and ${names[i]} is ${Number(correlation.toPrecision(4))}`;
    }
  const lower = matrix.map(() => new Float64Array(names.length));
  const l = (i: number, j: number) => lower[i]?.[j] ?? 0;
  for (let j = 0; j < names.length; j++) {
    for (let i = j; i < names.length; i++) {
      let rest = at(i, j);
      for (let k = 0; k < j; k++) rest -= l(i, k) * l(j, k);
      const row = lower[i];
      if (row === undefined) continue;
      const pivot = l(j, j);
      if (i === j) {
        if (rest < -1e-9 * at(j, j)) return `its minor of ${names.slice(0, j + 1).join(', ')} is negative`;
        row[j] = Math.sqrt(Math.max(0, rest));
      } else row[j] = pivot > 0 ? rest / pivot : 0;
    }
  }
  return null;
}
