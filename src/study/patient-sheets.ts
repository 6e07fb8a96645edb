// Tables of patients. `parametersSheet`, a row a patient: id, covariates, random effects, definitions. `endpointsSheet`, a
// row a patient and arm: id, arm, how the course ended, covariates and random effects, then every endpoint. In: patients as
// they are read in stretches; a prepared study and what was kept of its run. Out: Sheets, in the patients' order.
import { STATUSES } from '../engine/backend.ts';
import type { PatientName } from './csv.ts';
import type { KeptEndpoints } from './kept-endpoints.ts';
import { patientName } from './nonmem.ts';
import type { PatientColumn } from './patients.ts';
import type { Prepared } from './prepare.ts';
import { distinct, type Sheet, type SheetColumn, type SheetPiece, type SheetValues } from './sheet.ts';

/** Rows made at once; a row does not depend on it. */
const ROWS = 4096;

/** Patients first .. first + count - 1; `name` of any patient. */
export type PatientReader = (
  first: number,
  count: number,
) => Promise<{ readonly columns: readonly PatientColumn[]; readonly name?: PatientName | undefined }>;

export async function parametersSheet(patients: number, read: PatientReader): Promise<Sheet> {
  const byNumber: PatientName = (patient) => patient;
  const sizeAt = (first: number) => Math.min(ROWS, patients - first);
  const start = await read(0, sizeAt(0));
  const named = idColumn(start.name ?? byNumber);
  return {
    name: 'parameters',
    columns: distinct([named.column, ...start.columns.map(describe)]),
    async *pieces() {
      for (let first = 0; first < patients; first += ROWS) {
        const rows = sizeAt(first);
        const { columns } = first === 0 ? start : await read(first, rows);
        const own = Array.from({ length: rows }, (_, i) => first + i);
        yield { rows, values: [named.values(own), ...columns.map(cells)] };
      }
    },
  };
}

export interface EndpointTable {
  readonly prepared: Pick<Prepared, 'model' | 'plan' | 'program' | 'job' | 'courses' | 'studies' | 'clouds'>;
  readonly kept: KeptEndpoints;
  /** One a patient, 1 on average; absent: all weigh the same, and there is no such column. */
  readonly weights?: ((first: number, count: number) => ArrayLike<number>) | undefined;
}

/** Throws a RangeError unless every patient of the study was told of once, in every arm. */
export function endpointsSheet({ prepared, kept, weights }: EndpointTable): Sheet {
  const { plan, program, courses, studies, clouds, job } = prepared;
  const { model } = prepared.model;
  const patients = studies.count * studies.each;
  if (kept.patients !== patients || kept.arms !== plan.arms.length)
    throw new RangeError(
      `endpoints of ${kept.patients} patients in ${kept.arms} arms were kept; the study has ${patients} in ${plan.arms.length}`,
    );
  const named = idColumn(patientName(courses));
  const covariates: readonly (SheetColumn & { kind: string; words: readonly string[] })[] = [
    ...model.covariates.map(({ name, unit, type, categories }) => ({
      name,
      unit: type === 'number' ? unitText(unit) : '',
      type: type === 'category' ? ('text' as const) : type,
      words: type === 'category' ? categories : [],
      kind: 'covariate',
    })),
    ...model.random.flatMap(({ names, units }) =>
      names.map((name, k) => {
        const unit = units[k];
        const text = unit ? unitText(unit) : '';
        return { name, unit: text, type: 'number' as const, words: [], kind: 'random effect' };
      }),
    ),
  ];
  const text = (name: string) => ({ name, unit: '', type: 'text', kind: 'table' }) as const;
  const several = studies.count > 1;
  const columns = distinct<SheetColumn & { kind: string }>([
    named.column,
    ...(several ? [{ name: 'study', unit: '', type: 'whole', kind: 'table' } as const] : []),
    ...(clouds ? [text('individual')] : []),
    text('arm'),
    text('status'),
    ...(weights ? [{ name: 'weight', unit: '', type: 'number', kind: 'table' } as const] : []),
    ...covariates,
    ...program.endpoints.map(({ name, unit, type }) => ({
      name,
      unit: type === 'probability' ? '' : unit,
      type: type === 'probability' ? ('yes/no' as const) : ('number' as const),
      kind: 'endpoint',
    })),
  ]);
  const arms = plan.arms.map(({ name }) => name);
  const each = Math.max(1, Math.floor(ROWS / arms.length));
  const own = 1 + kept.endpoints;

  /** Patients of one study, whose columns are read from `source`. */
  const piece = (s: number, source: typeof job.columns, first: number, count: number): SheetPiece => {
    const rows = count * arms.length;
    const read = source.read(first, count);
    const numbers = kept.read(first, count);
    const weighed = weights?.(first, count);
    const patientOf = Array.from({ length: rows }, (_, r) => Math.floor(r / arms.length));
    const along = (value: (r: number) => number) => Float64Array.from({ length: rows }, (_, r) => value(r));
    const spread = (c: number, words: readonly string[]): SheetValues => {
      const at = (r: number) => read[c * count + (patientOf[r] ?? 0)] ?? Number.NaN;
      return words.length === 0 ? along(at) : patientOf.map((_, r) => words[at(r)] ?? '');
    };
    return {
      rows,
      values: [
        named.values(patientOf.map((i) => first + i)),
        ...(several ? [along(() => s)] : []),
        ...(clouds ? [patientOf.map((i) => clouds.ids[Math.floor((first + i) / clouds.draws)] ?? '')] : []),
        patientOf.map((_, r) => arms[r % arms.length] ?? ''),
        patientOf.map((_, r) => STATUSES[numbers[r * own] ?? Number.NaN] ?? ''),
        ...(weighed ? [along((r) => weighed[patientOf[r] ?? 0] ?? Number.NaN)] : []),
        ...covariates.map(({ words }, c) => spread(c, words)),
        ...program.endpoints.map((_, e) =>
          // Who failed has no values, whatever the run left there.
          along((r) => (numbers[r * own] === 0 ? (numbers[r * own + 1 + e] ?? Number.NaN) : Number.NaN)),
        ),
      ],
    };
  };
  return {
    name: 'endpoints',
    columns,
    *pieces() {
      for (let s = 0; s < studies.count; s++) {
        const ofStudy = studies.jobOf(s);
        if ('field' in ofStudy) throw new Error(ofStudy.message);
        const end = (s + 1) * studies.each;
        for (let first = s * studies.each; first < end; first += each)
          yield piece(s, ofStudy.columns, first, Math.min(each, end - first));
      }
    },
  };
}

const unitText = (unit: { readonly atoms: readonly unknown[]; readonly text: string }) =>
  unit.atoms.length === 0 ? '' : unit.text;

/** Numbers where patients have numbers, texts where the file gave them names. */
function idColumn(name: PatientName) {
  const numbered = typeof name(0) === 'number';
  return {
    column: { name: 'id', unit: '', type: numbered ? 'whole' : 'text', kind: 'patient' } as const,
    values: (patients: readonly number[]): SheetValues =>
      numbered
        ? patients.map((patient) => Number(name(patient)))
        : patients.map((patient) => `${name(patient)}`),
  };
}

const isYesNo = (words: readonly string[]) => words.length === 2 && words[0] === 'no' && words[1] === 'yes';

const describe = ({ name, unit, words, kind }: PatientColumn): SheetColumn & { kind: string } => ({
  name,
  unit,
  type: words.length === 0 ? 'number' : isYesNo(words) ? 'yes/no' : 'text',
  kind,
});

const cells = ({ values, words }: PatientColumn): SheetValues =>
  words.length === 0 || isYesNo(words) ? values : Array.from(values, (value) => words[value] ?? `${value}`);
