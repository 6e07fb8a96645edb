// Covariates of all patients: columns that are nothing else. In: lines, and later each patient's rows. Out: a baseline, or
// a course where the value varies; which lines change it; and the question what the numbers of a sex mean.
import { type Word, wordColumn } from './cells.ts';
import type { Line } from './lines.ts';
import type { Numbers } from './numbers.ts';
import type { Patient } from './patients.ts';
import type { Problems } from './problems.ts';
import type { CoursePoint, Question, ReadOptions, RecordCovariate } from './records.ts';
import type { Columns, Title } from './roles.ts';
import type { Schedule } from './schedule.ts';

const SEX = /^(?:SEX|GENDER)$/i;

export interface Covariate {
  readonly title: Title;
  readonly values: readonly Word[];
  readonly categories: readonly string[] | null;
}

/** Names of the covariates that differ from the last known value, by position; nothing where none does. */
export function changesOf(
  rows: Patient['rows'],
  covariates: readonly Covariate[],
): ReadonlyMap<number, readonly string[]> {
  const changes = new Map<number, string[]>();
  for (const { title, values } of covariates) {
    let last: Word = null;
    rows.forEach(({ i }, position) => {
      const value = values[i] ?? null;
      if (value === null) return;
      if (last !== null && value !== last) {
        const names = changes.get(position);
        if (names) names.push(title.name);
        else changes.set(position, [title.name]);
      }
      last = value;
    });
  }
  return changes;
}

export function courseOf(
  { title, values }: Covariate,
  rows: Patient['rows'],
  schedule: Schedule,
): RecordCovariate {
  let one: Word = null;
  let varies = false;
  for (const { i } of rows) {
    const value = values[i] ?? null;
    if (value === null) continue;
    if (one !== null && value !== one) varies = true;
    one ??= value;
  }
  if (!varies) return { name: title.name, baseline: one, course: [] };
  const course = rows.flatMap(({ i }, position): CoursePoint[] => {
    const value = values[i] ?? null;
    const moment = schedule.moments[position] ?? null;
    return value === null || moment === null ? [] : [{ ...moment, value }];
  });
  return { name: title.name, baseline: values[rows[0]?.i ?? -1] ?? null, course };
}

export function readCovariates(
  lines: readonly Line[],
  columns: Columns,
  numbers: Numbers,
  options: ReadOptions,
  problems: Problems,
): Covariate[] {
  return columns.titles.flatMap((title): Covariate[] => {
    if (title.role !== 'covariate' && title.role !== 'occ') return [];
    const coding = SEX.test(title.name) ? options.sexCoding : undefined;
    const read = coding
      ? sexColumn(lines, title, numbers, coding, problems)
      : wordColumn(lines, title, numbers, problems);
    read.values.forEach((value, i) => {
      if (value === null) problems.note(`${title.name} is missing`, lines[i]?.row ?? 0);
    });
    return [{ title, ...read }];
  });
}

function sexColumn(
  lines: readonly Line[],
  { at, name }: Title,
  numbers: Numbers,
  { male, female }: { readonly male: string; readonly female: string },
  problems: Problems,
): Pick<Covariate, 'values' | 'categories'> {
  const values = lines.map(({ row, cells }): Word => {
    const cell = cells[at] ?? '';
    if (numbers.isMissing(cell)) return null;
    if (cell === male) return 'male';
    if (cell === female) return 'female';
    problems.add(
      row,
      name,
      cell,
      `"${cell}" is neither ${male} (male) nor ${female} (female)`,
      'correct it, or the coding',
    );
    return null;
  });
  return { values, categories: ['female', 'male'] };
}

/** Numbers for male and female mean nothing by themselves. They are read as numbers; whoever needs the sex must ask. */
export function askSex({ title, values, categories }: Covariate, row: number): Question[] {
  if (!SEX.test(title.name) || categories !== null) return [];
  const codes = [...new Set(values.filter((value) => value !== null))].sort();
  const other = codes.includes(0) || !codes.includes(2) ? [0, 1] : [1, 2];
  const [a, b] = codes.length === 2 ? codes : other;
  const answer = (male: Word | undefined, female: Word | undefined) => ({
    options: { sexCoding: { male: `${male}`, female: `${female}` } },
    meaning: `${male} is male, ${female} is female`,
  });
  const message = `${title.name} has the numbers ${codes.slice(0, 5).join(', ')}: which is male?`;
  return [{ option: 'sexCoding', message, row, column: title.name, answers: [answer(a, b), answer(b, a)] }];
}
