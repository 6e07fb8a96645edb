// Correlations between quantities that patients are drawn with: `correlation (WT, AGE, CRCL) = 0.5, 0.2, 0.4`, the lower
// triangle row by row. In: a statement. Out: the record of the Model, or a diagnostic; and why a matrix of numbers is no
// correlation, for whoever has other numbers. The numbers are correlations of normal scores (a Gaussian copula).
import { checkInUnit } from './check-expression.ts';
import type { Cursor } from './cursor.ts';
import type { Span } from './diagnostic.ts';
import { type Expression, number } from './expression.ts';
import type { Correlation, RandomBlock } from './model.ts';
import type { Scope } from './names.ts';
import { expression } from './parse-expression.ts';
import { allow, defaultValue } from './stage.ts';
import type { CorrelationStatement, Syntax, Word } from './syntax.ts';
import { reading } from './typed.ts';
import { DIMENSIONLESS } from './units.ts';

export function correlation(cursor: Cursor, start: Span): CorrelationStatement {
  const members: Word[] = [];
  cursor.expect(
    '(',
    'and the names of what is correlated',
    'write correlation (WT, AGE, CRCL) = 0.5, 0.2, 0.4',
  );
  do members.push(cursor.word('the name of a covariate or random effect'));
  while (cursor.take(','));
  cursor.expect(')', 'to close the list of names');
  cursor.expect('=', 'and the correlations, row by row', 'write = 0.5, 0.2, 0.4');
  const values: Syntax[] = [];
  do values.push(expression(cursor));
  while (cursor.take(','));
  return { kind: 'correlation', members, values, span: cursor.span(start) };
}

/** `taken` holds the members of the statements before. */
export function checkCorrelation(
  statement: CorrelationStatement,
  random: readonly RandomBlock[],
  taken: Set<string>,
  scope: Scope,
): Correlation | null {
  const { members, values, span } = statement;
  const names = members.map(({ name }) => name);
  const whole = names.join(', ');
  const refuse = (place: Span, problem: string, hint: string) => {
    scope.report.error(place, problem, hint);
    return null;
  };
  if (names.length < 2)
    return refuse(span, `one name has no correlation`, 'name two or more: correlation (WT, AGE) = 0.5');
  for (const { name, span: at } of members) {
    const quantity = scope.quantities.get(name);
    if (quantity === undefined)
      return refuse(
        at,
        `unknown name ${name}`,
        scope.suggest(name, scope.quantities.keys()) ?? 'name covariates or random effects',
      );
    if (quantity.kind !== 'covariate' && quantity.kind !== 'random effect')
      return refuse(
        at,
        `${name} is a ${quantity.kind}, and only what patients are drawn with can be correlated`,
        'name covariates or random effects',
      );
    const block = random.find((one) => one.names.includes(name));
    if (block !== undefined && block.names.length > 1)
      return refuse(
        at,
        `${name} varies together with ${block.names.filter((other) => other !== name).join(' and ')} already`,
        'write a random effect of its own: random NAME ~ normal(sd 0.3)',
      );
    if (block?.level === 'occasion')
      return refuse(
        at,
        `${name} is drawn anew at every occasion, and correlations are drawn once a patient`,
        'write effects per occasion that vary together as one block: random (a, b) ~ normal(...) per occasion',
      );
    if (taken.has(name))
      return refuse(at, `${name} is correlated twice`, 'write all that vary together in one correlation');
    taken.add(name);
  }
  const needed = (names.length * (names.length - 1)) / 2;
  if (values.length !== needed)
    return refuse(
      span,
      `${values.length} correlation${values.length > 1 ? 's' : ''} for ${whole}`,
      `the triangle below the diagonal has ${needed} number${needed > 1 ? 's' : ''}`,
    );
  const matrix: Expression[][] = names.map((_, i) => names.map((__, j) => number(i === j ? 1 : 0)));
  for (let i = 1, k = 0; i < names.length; i++)
    for (let j = 0; j < i; j++, k++) {
      const syntax = values[k];
      if (syntax === undefined) return null;
      const at = reading(scope);
      const what = `the correlation of ${names[j]} and ${names[i]}`;
      const value = checkInUnit(syntax, at, DIMENSIONLESS, what);
      if (value === null || !allow(at, 'study', syntax.span, what)) return null;
      const [row, column] = [matrix[i], matrix[j]];
      if (row === undefined || column === undefined) return null;
      row[j] = value;
      column[i] = value;
    }
  const problem = whyNoCorrelation(
    matrix.map((row) => row.map((e) => defaultValue(e, scope))),
    names,
  );
  return problem === null
    ? { names, matrix, span }
    : refuse(span, problem, 'no patients can vary in this way');
}

/** Eigenvalues down to minus this count as 0: correlations of exactly 1 are allowed. */
const SLACK = 1e-9;

/** Why a symmetric matrix with ones on its diagonal is no correlation matrix; null when it is one, or holds what is not known. */
export function whyNoCorrelation(
  matrix: readonly (readonly number[])[],
  names: readonly string[],
): string | null {
  const r = (i: number, j: number) => matrix[i]?.[j] ?? Number.NaN;
  const size = names.length;
  const shown = (x: number) => Number(x.toPrecision(3));
  for (let i = 0; i < size; i++)
    for (let j = 0; j < i; j++)
      if (Math.abs(r(i, j)) > 1)
        return `the correlation of ${names[j]} and ${names[i]} is ${r(i, j)}, and must be within -1 .. 1`;
  for (let i = 0; i < size; i++)
    for (let j = 0; j < i; j++)
      for (let k = 0; k < j; k++) {
        const middle = r(j, k) * r(i, k);
        const half = Math.sqrt((1 - r(j, k) ** 2) * (1 - r(i, k) ** 2));
        if (Math.abs(r(i, j) - middle) > half + SLACK)
          return `with ${r(j, k)} for ${names[k]} and ${names[j]} and ${r(i, k)} for ${names[k]} and ${names[i]}, the correlation of ${names[j]} and ${names[i]} can only be ${shown(middle - half)} .. ${shown(middle + half)}, and is ${r(i, j)}`;
      }
  const lower = matrix.map(() => new Float64Array(size));
  for (let j = 0; j < size; j++) {
    for (let i = j; i < size; i++) {
      let rest = r(i, j);
      if (Number.isNaN(rest)) return null;
      for (let k = 0; k < j; k++) rest -= (lower[i]?.[k] ?? 0) * (lower[j]?.[k] ?? 0);
      const pivot = lower[j]?.[j] ?? 0;
      const row = lower[i];
      if (row === undefined) continue;
      if (i === j) {
        if (rest < -SLACK)
          return `each three of ${names.slice(0, j + 1).join(', ')} can be correlated so, all together cannot: the matrix is not positive definite`;
        row[j] = Math.sqrt(Math.max(0, rest));
      } else if (pivot > Math.sqrt(SLACK)) row[j] = rest / pivot;
      else if (Math.abs(rest) > 2 * Math.sqrt(SLACK))
        return `the correlations of ${names[j]} and ${names[i]} with the others leave none for the two: the matrix is not positive definite`;
    }
  }
  return null;
}
