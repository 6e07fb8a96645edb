// What the page says of a table of patients: rows, digest, the middle and the ends of each column. In: a table that was
// read, and its text. Out: a small record. Runs in the worker, once a table: sorting a million rows takes a moment.
import type { Model } from '../language/model.ts';
import type { Courses } from '../study/courses.ts';
import { sha256 } from '../study/digest.ts';
import type { Table } from '../study/table.ts';
import type { ColumnFacts, TableFacts } from './client.ts';

const kept = new WeakMap<Table, TableFacts>();

export function tableFacts(name: string, text: string, table: Table): TableFacts {
  const known = kept.get(table);
  if (known) return { ...known, name };
  const columns = Object.fromEntries(
    Object.entries(table.columns).map(([covariate, values]) => [covariate, columnFacts(values)]),
  );
  const facts = { name, rows: table.rows, sha256: sha256(text), columns, warnings: table.warnings };
  kept.set(table, facts);
  return facts;
}

/** Of a file of doses and observations: a row a subject, covariates as they are at first. */
export function courseFacts(
  { file, table, courses, digest, notes }: Courses,
  { measurements }: Pick<Model, 'measurements'>,
): TableFacts {
  const columns = Object.fromEntries(
    Object.entries(table.columns).map(([covariate, values]) => [covariate, columnFacts(values)]),
  );
  const observed = new Set(courses.flatMap(({ observations }) => observations.map(({ output }) => output)));
  const measured = Array.from(observed).flatMap((output) => {
    const own = measurements.filter((one) => one.output === output).map(({ name }) => name);
    return output === null ? [] : [{ output, measurements: own }];
  });
  return {
    name: file,
    rows: courses.length,
    doses: true,
    sha256: digest,
    columns,
    warnings: notes,
    measured,
  };
}

export function columnFacts(values: Float64Array): ColumnFacts {
  const sorted = values.slice().sort();
  const at = (position: number) => sorted[position] ?? Number.NaN;
  const last = sorted.length - 1;
  return {
    low: at(0),
    median: (at(Math.floor(last / 2)) + at(Math.ceil(last / 2))) / 2,
    high: at(last),
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
  };
}
