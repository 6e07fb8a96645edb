// Tables as written. In: their statements. Out: the records of the Model: ascending points in the units written.
import { constant } from './check-population.ts';
import { MAX_NUMBER } from './limits.ts';
import type { Table } from './model.ts';
import type { Scope } from './names.ts';
import type { TableStatement } from './syntax.ts';

export function checkTable(statement: TableStatement, scope: Scope): Table | null {
  const { name, label, span, type } = statement;
  const { report } = scope;
  const unit = scope.quantities.get(name)?.unit ?? null;
  const by = scope.unit(statement.by);
  if (unit === null || by === null) return null;
  const points: (readonly [number, number])[] = [];
  for (const point of statement.points) {
    const x = constant(point.x, scope, by, `the argument of ${name}`);
    const y = constant(point.y, scope, unit, `the value of ${name}`);
    if (x === null || y === null) return null;
    const before = points.at(-1);
    if (before !== undefined && !(x > before[0])) {
      report.error(
        point.x.span,
        `${x} does not come after ${before[0]}`,
        'the points of a table ascend; for a jump, write step or two points close together',
      );
      return null;
    }
    const slope = before === undefined ? 0 : (y - before[1]) / (x - before[0]);
    if (type === 'linear' && !(Math.abs(slope) <= MAX_NUMBER)) {
      report.error(point.x.span, `${name} is too steep here to be computed with`, 'use larger units');
      return null;
    }
    points.push([x, y]);
  }
  if (points.length < 2) {
    const only = points[0]?.[1] ?? 0;
    report.error(span, `the table ${name} has one point`, `write ${name} = ${only}, or add a point`);
    return null;
  }
  return { name, label, unit, span, by, type, points };
}
