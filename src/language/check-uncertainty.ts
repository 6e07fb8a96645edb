// What is not known of parameters. In: `uncertain (TVCL, TVV) ~ normal(rse 10 %, 20 %; correlation 0.3)`. Out: the block
// with its covariance matrix as expressions, so that relative errors follow a parameter that is moved.
import { checkInOwnUnit } from './check-expression.ts';
import { folded, indefinite } from './check-population.ts';
import type { Span } from './diagnostic.ts';
import { call, type Expression, number, symbol } from './expression.ts';
import type { Parameter, UncertaintyBlock } from './model.ts';
import type { Scope } from './names.ts';
import { allow, defaultValue } from './stage.ts';
import type { Syntax, UncertainStatement } from './syntax.ts';
import { reading } from './typed.ts';
import { DIMENSIONLESS, multiply, type Unit } from './units.ts';

/** Share of studies in which a normal parameter has the other sign, from which on a lognormal one is advised. */
const MANY = 1e-4;
/** The standard normal quantile of MANY. */
const FAR = 3.719;

/** `taken` holds the parameters of the statements before. */
export function checkUncertain(
  s: UncertainStatement,
  parameters: readonly Parameter[],
  taken: Set<string>,
  scope: Scope,
): UncertaintyBlock | null {
  const { names, distribution: kind, measure, values, correlation, span } = s;
  const { report } = scope;
  const size = names.length;
  const refuse = (place: Span, message: string, hint: string) => {
    report.error(place, message, hint);
    return null;
  };
  const own: Parameter[] = [];
  for (const { name, span: at } of names) {
    const q = scope.quantities.get(name);
    const parameter = parameters.find((p) => p.name === name);
    // A parameter that is wrong itself is no second error.
    if (parameter === undefined && q?.kind === 'parameter') return null;
    if (parameter === undefined)
      return refuse(
        at,
        q === undefined ? `unknown parameter ${name}` : `${name} is a ${q.kind}, and only parameters are uncertain`,
        scope.suggest(name, parameters.map((p) => p.name)) ?? 'what differs between patients is a random effect',
      ); // biome-ignore format: short
    if (taken.has(name))
      return refuse(at, `${name} is uncertain twice`, 'write all that belong together in one block');
    taken.add(name);
    if (kind === 'lognormal' && !(parameter.value > 0))
      return refuse(
        at,
        `${name} is ${parameter.value}, and a lognormal parameter is above 0`,
        'write normal(se ...)',
      );
    if (kind === 'normal' && measure === 'rse' && parameter.value === 0)
      return refuse(
        at,
        `${name} is 0, and a share of 0 is no error`,
        'write normal(se 0.1), in its own unit',
      );
    own.push(parameter);
  }
  const whole = names.map((n) => n.name).join(', ');
  const place = { start: values[0]?.span.start ?? span.start, end: values.at(-1)?.span.end ?? span.end };
  const needed = measure === 'covariance' ? (size * (size + 1)) / 2 : size;
  if (values.length !== needed)
    return refuse(
      place,
      `${values.length} value${values.length > 1 ? 's' : ''} for ${whole}`,
      measure === 'covariance'
        ? `the lower triangle row by row has ${needed} numbers`
        : `${needed} are needed, one for each`,
    );
  const triangle = measure === 'covariance' ? 0 : (size * (size - 1)) / 2;
  if (correlation !== null && correlation.length !== triangle)
    return refuse(
      place,
      `${correlation.length} correlation${correlation.length > 1 ? 's' : ''} for ${whole}`,
      measure === 'covariance'
        ? 'covariances need no correlation'
        : `the triangle below the diagonal has ${triangle} numbers`,
    );
  const study = (syntax: Syntax | undefined, unit: Unit, what: string): Expression | null => {
    if (syntax === undefined) return null;
    const at = reading(scope);
    const value = checkInOwnUnit(syntax, at, unit, what);
    return value === null || !allow(at, 'study', syntax.span, what) ? null : value;
  };
  const unitOf = (i: number): Unit =>
    kind === 'lognormal' ? DIMENSIONLESS : (own[i]?.unit ?? DIMENSIONLESS);

  const covariance: Expression[][] = names.map(() => names.map(() => number(0)));
  const set = (i: number, j: number, e: Expression) => {
    const [a, b] = [covariance[i], covariance[j]];
    if (a) a[j] = e;
    if (b) b[i] = e;
  };
  const sds: Expression[] = [];
  for (const [i, { name, value }] of own.entries()) {
    const syntax = values[measure === 'covariance' ? (i * (i + 3)) / 2 : i];
    const what = `the ${measure === 'covariance' ? 'variance' : measure} of ${name}`;
    const unit =
      measure === 'covariance'
        ? multiply(unitOf(i), unitOf(i))
        : measure === 'se'
          ? unitOf(i)
          : DIMENSIONLESS;
    const given = study(syntax, unit, what);
    if (given === null || syntax === undefined) return null;
    const known = defaultValue(given, scope);
    if (known < 0) return refuse(syntax.span, `${what} is ${known}`, 'it is 0 or more');
    let sd = given;
    if (measure === 'covariance') sd = call('sqrt', given);
    else if (measure === 'rse' && kind === 'normal') sd = call('mul', given, call('abs', symbol(name)));
    // As `cv` of random effects: the lognormal distribution has this coefficient of variation.
    else if (measure === 'rse')
      sd = call('sqrt', call('log', call('add', number(1), call('mul', given, given))));
    sds.push(sd);
    set(i, i, folded(measure === 'covariance' ? given : call('mul', sd, sd)));
    const spread = defaultValue(sd, scope);
    if (kind === 'normal' && signed(own[i]) && spread > 0 && Math.abs(value) < FAR * spread)
      report.warning(
        syntax.span,
        `${name} has the other sign in more than ${MANY * 100} % of studies, which are refused`,
        `write lognormal(rse ...), or range -1 .. 1 for ${name} if it may`,
      );
  }
  for (let i = 0; i < size; i++)
    for (let j = 0; j < i; j++) {
      const both = `${names[j]?.name} and ${names[i]?.name}`;
      if (correlation !== null) {
        const r = study(correlation[(i * (i - 1)) / 2 + j], DIMENSIONLESS, `the correlation of ${both}`);
        if (r === null) return null;
        set(i, j, folded(call('mul', r, call('mul', sds[i] ?? number(0), sds[j] ?? number(0)))));
      } else if (measure === 'covariance') {
        const c = study(
          values[(i * (i + 1)) / 2 + j],
          multiply(unitOf(i), unitOf(j)),
          `the covariance of ${both}`,
        );
        if (c === null) return null;
        set(i, j, c);
      }
    }
  const matrix = covariance.map((row) => row.map((e) => defaultValue(e, scope)));
  const problem = indefinite(matrix, names.map((n) => n.name)); // biome-ignore format: short
  if (problem !== null)
    return refuse(
      place,
      `the covariance of ${whole} is not positive definite: ${problem}`,
      'look at the largest correlation',
    );
  return { names: names.map((n) => n.name), kind, covariance, span };
}

/**
 * Whether a value on the other side of 0 is impossible for a parameter: one with a unit, or with a range on one side of 0.
 * A plain number without a range (a slope, an exponent) may have any sign.
 */
export function signed(p: Pick<Parameter, 'unit' | 'range' | 'value'> | undefined): boolean {
  if (p === undefined || p.value === 0) return false;
  if (p.range) return p.range.low >= 0 || p.range.high <= 0;
  return p.unit.atoms.length > 0;
}
