// Covariates of a dosing file in the model's words. In: subjects as read, a Model, which column is which covariate. Out:
// values at baseline as a Table and courses of those that vary in time, in declared units, rounded to f32 as all covariates
// are; or everything that is wrong, by line. Yes/no and categories are coded as in a table of patients (table.ts).
import type { CovariateMode } from '../codegen/records.ts';
import type { CovariateValue, RecordColumn, RecordCovariate, Subject } from '../interop/nonmem/records.ts';
import type { Covariate, Model } from '../language/model.ts';
import { nearest } from '../language/suggest.ts';
import { conversion, declaredIn, describeUnit, isUnitError, parseUnit, sameDimension, type Unit } from '../language/units.ts'; // biome-ignore format: one module
import { suggestion } from './closest.ts';
import type { DataCovariate } from './study.ts';
import { withinOf } from './within.ts';

export interface CoursePoint {
  readonly sequence: number;
  readonly occasion: number;
  /** On the file's clock. */
  readonly time: number;
  readonly value: number;
}

export interface ReadCovariate {
  readonly name: string;
  readonly mode: CovariateMode;
  /** By subject: the value before and at the first line. */
  readonly baseline: Float64Array;
  /** By subject; empty where it does not change. */
  readonly points: readonly (readonly CoursePoint[])[];
}

export interface ReadColumns {
  readonly covariates: readonly ReadCovariate[];
  /** Covariates of the model that the file does not have. */
  readonly absent: readonly string[];
  readonly notes: readonly string[];
}

interface Options {
  readonly covariates?: Readonly<Record<string, DataCovariate>>;
  /** Covariates with a number for everybody. */
  readonly fixed: readonly string[];
}

/** `say` hears what is wrong; lines are counted as in an editor. */
export function readColumns(
  model: Model,
  subjects: readonly Subject[],
  columns: readonly RecordColumn[],
  options: Options,
  say: (message: string) => void,
): ReadColumns {
  const notes: string[] = [];
  const absent: string[] = [];
  const used = new Set<string>();
  const names = model.covariates.map(({ name }) => name);
  const own = columns.filter(({ role }) => role === 'covariate');
  for (const name of Object.keys(options.covariates ?? {}))
    if (!names.includes(name))
      say(`covariates.${name}: the model has no such covariate; ${suggestion(name, names)}`);
  const within = withinOf(model);
  const patients = subjects.map((): Record<string, number> => ({}));
  const covariates = model.covariates.flatMap((covariate): ReadCovariate[] => {
    const { name } = covariate;
    if (options.fixed.includes(name)) return [];
    const { column: wanted, interpolation } = options.covariates?.[name] ?? {};
    const column = columnFor(name, wanted, own, say);
    if (column === null) {
      absent.push(name);
      return [];
    }
    used.add(column.name);
    if (column.name !== name) notes.push(`${name} is the column ${column.name}`);
    const factor = factorOf(column.unit, covariate.unit, model, `column ${column.name}`, say);
    const check = (subject: number, row: number, said: CovariateValue): number => {
      const value = coded(said, covariate, factor);
      const wrong = typeof value === 'string' ? value : within(covariate, value, patients[subject] ?? {});
      if (wrong !== null) say(`line ${row}, column ${column.name}: ${wrong}`);
      return typeof value === 'string' ? Number.NaN : Math.fround(value);
    };
    const of = (subject: Subject): RecordCovariate | undefined =>
      subject.covariates.find((c) => c.name === column.name);
    const points = subjects.map((subject, s) =>
      (of(subject)?.course ?? []).map(
        ({ row, sequence, occasion, time, value }): CoursePoint => ({
          sequence,
          occasion,
          time,
          value: check(s, row, value),
        }),
      ),
    );
    const baseline = Float64Array.from(subjects, (subject, s) => {
      const said = of(subject)?.baseline ?? null;
      const first = said === null ? points[s]?.[0]?.value : check(s, subject.row, said);
      if (first === undefined)
        say(
          `line ${subject.row}: subject ${subject.id} has no ${column.name}; fill it in, or give cohort.set.${name} a number for everybody`,
        );
      const value = first ?? Number.NaN;
      const patient = patients[s];
      if (patient) patient[name] = value;
      return value;
    });
    if (points.some((course) => course.length > 0) && interpolation === undefined)
      notes.push(`${name} varies in time: each value holds until the next (locf)`);
    if (covariate.type !== 'number' && interpolation === 'linear')
      say(`covariates.${name}: ${worded(covariate)} cannot be interpolated; use locf or nocb`);
    return [{ name, mode: interpolation ?? 'locf', baseline, points }];
  });
  const rest = own.filter(({ name }) => !used.has(name)).map(({ name }) => name);
  if (rest.length > 0) notes.push(`not read, because the model has no such covariate: ${rest.join(', ')}`);
  return { covariates, absent, notes };
}

/** By the name that is asked for; else the covariate's own, else the only one that differs in capitals alone. */
function columnFor(
  name: string,
  wanted: string | undefined,
  columns: readonly RecordColumn[],
  say: (message: string) => void,
): RecordColumn | null {
  const exact = columns.find((column) => column.name === (wanted ?? name));
  if (exact) return exact;
  if (wanted !== undefined) {
    const hint = suggestion(wanted, columns.map((column) => column.name)); // biome-ignore format: a line
    say(`covariates.${name}.column: the file has no covariate in a column ${wanted}; ${hint}`);
    return null;
  }
  const alike = columns.filter((column) => column.name.toLowerCase() === name.toLowerCase());
  return alike.length === 1 ? (alike[0] ?? null) : null;
}

/** From the unit in a heading to the wanted one; 1 without a unit. */
export function factorOf(
  text: string | null,
  wanted: Unit,
  model: Model,
  where: string,
  say: (message: string) => void,
): number {
  if (text === null || text === '') return 1;
  const units = [...model.covariates, ...model.states, ...model.outputs].map(({ unit }) => unit);
  const unit = parseUnit(text, declaredIn(units));
  if (isUnitError(unit)) say(`${where}: the unit in the header is not understood: ${unit.message}`);
  else if (!sameDimension(unit, wanted))
    say(`${where}: the header says ${describeUnit(unit)}, the model needs ${describeUnit(wanted)}`);
  else return conversion(unit, wanted);
  return 1;
}

const worded = ({ type, categories }: Covariate): string =>
  type === 'yes/no' ? 'yes or no' : `one of ${categories.join(', ')}`;

function coded(said: CovariateValue, covariate: Covariate, factor: number): number | string {
  switch (covariate.type) {
    case 'number':
      return typeof said === 'number' ? said * factor : `"${said}" is not a number`;
    case 'yes/no': {
      const word = String(said).toLowerCase();
      if (word === 'yes' || word === '1' || word === 'true') return 1;
      if (word === 'no' || word === '0' || word === 'false') return 0;
      return `"${said}" is not yes or no`;
    }
    case 'category': {
      const { categories } = covariate;
      const index = categories.indexOf(String(said));
      if (index >= 0) return index;
      const near = nearest(String(said), categories);
      return `"${said}" is not one of ${categories.join(', ')}${near === null ? '' : ` - did you mean ${near}?`}`;
    }
  }
}
