// Patients written out, for a table that another solver can start from. In: a Model and a cohort's options. Out: f64
// columns of every covariate and random effect (the f32 values that all backends read) and of every per-patient
// definition, evaluated by the function table: the same bits whatever backend runs the study.
import type { Model } from '../language/model.ts';
import { type CohortOptions, cohortColumns } from './cohort.ts';
import { evaluateWithTape } from './fill.ts';
import { settle, studyValues } from './formula.ts';

export interface PatientColumn {
  readonly name: string;
  readonly kind: 'covariate' | 'random effect' | 'definition';
  /** As the model spells it; empty for plain numbers. */
  readonly unit: string;
  /** Categories by index as words, `no` and `yes` for 0 and 1; empty for numbers. */
  readonly words: readonly string[];
  readonly values: Float64Array;
}

export type PatientTable =
  | {
      readonly first: number;
      readonly columns: readonly PatientColumn[];
      readonly warnings: readonly string[];
    }
  | { readonly errors: readonly string[] };

/** Patients first .. first + count - 1; definitions with the typical values of `options.set`. */
export function describePatients(
  model: Model,
  options: CohortOptions,
  first: number,
  count: number,
): PatientTable {
  const cohort = cohortColumns(model, options);
  if ('errors' in cohort) return cohort;
  const read = cohort.source.read(first, count);
  const columnOf = (c: number) => Float64Array.from(read.subarray(c * count, (c + 1) * count));
  const unitOf = (unit: { readonly atoms: readonly unknown[]; readonly text: string }) =>
    unit.atoms.length === 0 ? '' : unit.text;

  const columns: PatientColumn[] = model.covariates.map((covariate, c) => ({
    name: covariate.name,
    kind: 'covariate',
    unit: covariate.type === 'number' ? unitOf(covariate.unit) : '',
    words: covariate.type === 'yes/no' ? ['no', 'yes'] : covariate.categories,
    values: columnOf(c),
  }));
  for (const block of model.random) {
    block.names.forEach((name, k) => {
      const unit = block.units[k];
      columns.push({
        name,
        kind: 'random effect',
        unit: unit ? unitOf(unit) : '',
        words: [],
        values: columnOf(columns.length),
      });
    });
  }
  const known = studyValues(model, options.set);
  for (const definition of model.definitions) {
    if (definition.stage !== 'patient') continue;
    const values = new Float64Array(count);
    const names = columns.map(({ name }) => name);
    const evaluate = (options.evaluate ?? evaluateWithTape)(settle(definition.expression, known), names);
    evaluate(
      columns.map((column) => column.values),
      values,
    );
    columns.push({
      name: definition.name,
      kind: 'definition',
      unit: unitOf(definition.unit),
      words: [],
      values,
    });
  }
  return { first, columns, warnings: cohort.warnings };
}
