// Patients from a dosing file (NONMEM-style): their own doses, covariates and observations in a model's words. In: the
// file's text, a Model, what the study says of the file. Out: Courses, from which cohorts (cohort.ts) and record tables
// (course-table.ts) are made, with an account of every line; or everything that is wrong or must be answered first.
import type { RecordsPlan } from '../codegen/records.ts';
import { readRecords } from '../interop/nonmem/read.ts';
import type { Question, RecordEvent, Records, Subject } from '../interop/nonmem/records.ts';
import type { Model } from '../language/model.ts';
import { conversion, divide, isUnitError, parseUnit, sameDimension } from '../language/units.ts';
import { suggestion } from './closest.ts';
import { factorOf, type ReadCovariate, readColumns } from './course-columns.ts';
import { type CourseOccasions, courseOccasions, occasionColumn } from './course-occasions.ts';
import { type Clock, clockOf, courseRows, type Place } from './course-rows.ts';
import { sha256 } from './digest.ts';
import type { DataFile } from './study.ts';
import type { Table } from './table.ts';

export interface Courses {
  readonly file: string;
  readonly courses: readonly Course[];
  /** Covariates at baseline; those that the file does not have are missing. */
  readonly table: Table;
  /** States that some line doses, and covariates that change; what lower.ts needs beside the therapy's place. */
  readonly plan: Omit<RecordsPlan, 'therapy'>;
  /** Those of the patients' own, where the file says them. */
  readonly occasions: CourseOccasions | null;
  /** Model time of the last line. */
  readonly until: number;
  readonly digest: string;
  /** `theo.csv: 12 subjects, 12 doses, 132 observations, 3 lines without effect`. */
  readonly account: string;
  readonly notes: readonly string[];
}

export interface Course {
  readonly id: string;
  readonly subject: Subject;
  /** Rows of the table `records`, [row][field]. */
  readonly rows: Float64Array;
  readonly clock: Clock;
  readonly observations: readonly CourseObservation[];
}

export interface CourseObservation {
  /** Line of the file. */
  readonly row: number;
  /** Model time. */
  readonly time: number;
  /** Something happens at its time that stands before it in the file, so that it is seen after that. */
  readonly after: boolean;
  /** In the output's unit; null where it is missing. */
  readonly value: number | null;
  /** From the file's unit to that one, for what else the line says of the value. */
  readonly factor: number;
  /** null: the study does not say of which output it is. */
  readonly output: string | null;
}

export interface CourseFault {
  /** Below `cohort.data`; empty for the file itself. */
  readonly field: string;
  readonly message: string;
}
export type CoursesResult = Courses | { readonly errors: readonly CourseFault[] };
export const isCourses = (result: CoursesResult): result is Courses => 'courses' in result;

const MOST_FAULTS = 50;

/** `fixed`: covariates that have a number for everybody. */
export function readCourses(
  text: string,
  model: Model,
  how: DataFile,
  fixed: readonly string[],
): CoursesResult {
  const { columns, read = {} } = how;
  const records = readRecords(text, { ...read, ...(columns && { columns }) });
  if (records.kind === 'refused') {
    const more = records.count - records.problems.length;
    return {
      errors: [
        ...records.problems.map(({ row, column, value, message, remedy }) => ({
          field: '',
          message: `line ${row}${column === '' ? '' : `, column ${column}`}: ${value !== '' && !message.includes(value) ? `"${value}": ` : ''}${message}; ${remedy}`,
        })),
        ...(more > 0 ? [{ field: '', message: `and ${more} more` }] : []),
        ...records.questions.map(asked),
      ],
    };
  }
  const faults: CourseFault[] = [];
  const say = (message: string) => void faults.push({ field: '', message });
  const made = translate(records, model, how, fixed, say);
  if (faults.length > MOST_FAULTS)
    faults.splice(MOST_FAULTS, faults.length, {
      field: '',
      message: `and more: ${faults.length - MOST_FAULTS} are not shown`,
    });
  if (faults.length > 0) return { errors: faults };
  return { ...made, digest: sha256(`${JSON.stringify([how, fixed, made.plan])}\n${text}`) };
}

function asked({ option, message, answers }: Question): CourseFault {
  const ways = answers.map(({ options, meaning }) => {
    const value = JSON.stringify(options[option]);
    return `${value} (${meaning})`;
  });
  return {
    field: option === 'columns' ? 'columns' : `read.${option}`,
    message: `must be told: ${message}; give ${ways.join(', or ')}`,
  };
}

function translate(
  records: Records,
  model: Model,
  how: DataFile,
  fixed: readonly string[],
  say: (message: string) => void,
): Omit<Courses, 'digest'> {
  const { subjects } = records;
  const notes: string[] = [...records.notes];
  const columnUnit = (role: string) => records.columns.find((c) => c.role === role)?.unit ?? null;
  const time = timeFactor(records, model, columnUnit('time'), notes, say);
  const { covariates: named = {} } = how;
  const spoken = new Set([
    ...model.covariates.map(({ name }) => named[name]?.column ?? name),
    ...Object.values(named).flatMap(({ column }) => column ?? []),
  ]);
  const numbering = occasionColumn(records, model, spoken, notes, say);
  const read = readColumns(
    model,
    subjects,
    records.columns.filter((column) => column !== numbering),
    { fixed, ...(how.covariates && { covariates: how.covariates }) },
    say,
  );
  notes.push(...read.notes);
  if (read.absent.length > 0)
    notes.push(
      `not in the file, so drawn from the model's distributions: ${read.absent.join(', ')} (cohort.set gives one number for everybody)`,
    );
  const places = placesOf(model, how, columnUnit('amt'), columnUnit('rate'), time, say);
  const used = new Set<string>();
  for (const { events } of subjects)
    for (const event of events)
      if (event.evid !== 2 && event.evid !== 3) {
        const found = places.of(event);
        if (found) used.add(found.state);
        else say(places.refusal(event));
      }
  const [first] = places.compartments;
  // A reset is executed with the doses, so it needs a compartment to belong to.
  if (used.size === 0 && first && subjects.some(({ events }) => events.some(({ evid }) => evid === 3)))
    used.add(first);
  const compartments = places.compartments.filter((name) => used.has(name));
  if (compartments.length > 0 && columnUnit('amt') === null) {
    const units = compartments.map(
      (name) => `${model.states.find((s) => s.name === name)?.unit.text} into ${name}`,
    );
    notes.push(`amounts are taken as ${units.join(', ')}`);
  }
  const varying = read.covariates.filter(({ points }) => points.some((course) => course.length > 0));
  const outputOf = outputs(model, how, subjects, notes, say);
  const dvFactor = new Map(
    model.outputs.map((o) => [o.name, factorOf(columnUnit('dv'), o.unit, model, 'column DV', () => {})]),
  );
  const translation = { time, placeOf: places.of, compartments, covariates: varying };
  const courses = subjects.map((subject, s): Course => {
    const clock = clockOf(subject, time);
    return {
      id: subject.id,
      subject,
      rows: courseRows(subject, s, clock, translation, say),
      clock,
      observations: subject.observations.map(({ row, sequence, value, mdv, dvid, compartment, ...at }) => {
        const output = outputOf(dvid ?? compartment);
        const known = value === null || mdv ? null : value;
        const factor = output === null ? 1 : (dvFactor.get(output) ?? 1);
        return {
          row,
          time: clock(at),
          after: subject.events.some(
            (e) => e.sequence < sequence && e.occasion === at.occasion && e.time === at.time,
          ),
          value: known === null ? null : known * factor,
          factor,
          output,
        };
      }),
    };
  });
  const occasions = courseOccasions(
    subjects,
    courses.map(({ clock }) => clock),
    model,
    numbering,
    (event) => places.of(event)?.state,
    say,
  );
  const until = Math.max(
    0,
    ...courses.map(({ subject, clock }) =>
      Math.max(0, ...[...subject.events, ...subject.observations].map(clock)),
    ),
  );
  return {
    file: how.file,
    courses,
    table: baselines(read.covariates, subjects.length),
    plan: {
      compartments,
      covariates: varying.map(({ name, mode }) => ({ name, mode })),
      ...(occasions && { occasions: occasions.plan }),
    },
    occasions,
    until,
    account: account(how.file, records),
    notes,
  };
}

function baselines(covariates: readonly ReadCovariate[], rows: number): Table {
  const columns = Object.fromEntries(covariates.map(({ name, baseline }) => [name, baseline]));
  const digest = sha256(JSON.stringify(covariates.map(({ name, baseline }) => [name, [...baseline]])));
  return { rows, columns, digest, warnings: [] };
}

function timeFactor(
  { timeUnit }: Records,
  model: Model,
  heading: string | null,
  notes: string[],
  say: (message: string) => void,
): number {
  const text = timeUnit === 'week' ? 'wk' : (timeUnit ?? heading);
  if (text === null) {
    notes.push(
      `times are taken as ${model.time.text}, the model's unit (cohort.data.read.timeUnit says otherwise)`,
    );
    return 1;
  }
  const unit = parseUnit(text);
  if (!isUnitError(unit) && sameDimension(unit, model.time)) return conversion(unit, model.time);
  say(`times are in ${text}, which is not a unit of time; give read.timeUnit`);
  return 1;
}

function placesOf(
  model: Model,
  { compartments: told = {} }: DataFile,
  amountUnit: string | null,
  rateUnit: string | null,
  time: number,
  say: (message: string) => void,
) {
  const states = model.states.filter(({ type }) => type === 'compartment');
  const names = states.map(({ name }) => name);
  const byName = new Map<string, Place>();
  for (const [key, name] of Object.entries(told))
    if (!names.includes(name))
      say(`compartments.${key}: the model has no compartment ${name}; ${suggestion(name, names)}`);
  const placed = (name: string): Place | null => {
    const state = states.find((s) => s.name === name);
    if (!state) return null;
    const known = byName.get(name);
    if (known) return known;
    const factor = factorOf(amountUnit, state.unit, model, 'column AMT', say);
    const place: Place = {
      state: name,
      factor,
      rate:
        rateUnit === null
          ? factor / time
          : factorOf(rateUnit, divide(state.unit, model.time), model, 'column RATE', say),
      takesRate: state.entry?.rate !== undefined,
      takesDuration: state.entry?.duration !== undefined,
    };
    byName.set(name, place);
    return place;
  };
  const nameFor = (said: number | string | null): string | undefined => {
    const key = said === null ? 'default' : String(said);
    if (Object.hasOwn(told, key)) return told[key];
    if (said === null) return Object.hasOwn(told, '1') ? told['1'] : names[0];
    return typeof said === 'number' ? names[said - 1] : names.find((name) => name === said);
  };
  return {
    compartments: names,
    of: ({ compartment }: RecordEvent): Place | null => placed(nameFor(compartment) ?? ''),
    refusal: ({ row, compartment }: RecordEvent): string => {
      const list = names.map((name, k) => `${k + 1} ${name}`).join(', ');
      return `line ${row}: ${compartment === null ? 'the dose has no compartment' : `compartment ${compartment}`}, and the model has ${list || 'none'}; say with compartments which is which`;
    },
  };
}

/** By what tells observations apart (DVID, else CMT): the output they are of. */
function outputs(
  model: Model,
  { output }: DataFile,
  subjects: readonly Subject[],
  notes: string[],
  say: (message: string) => void,
): (kind: number | string | null) => string | null {
  const names = model.outputs.map(({ name }) => name);
  const known = (field: string, name: string): string | null => {
    if (names.includes(name)) return name;
    say(`${field}: the model has no output ${name}; ${suggestion(name, names)}`);
    return null;
  };
  if (typeof output === 'string') {
    const one = known('output', output);
    return () => one;
  }
  if (output !== undefined) {
    const of = new Map(Object.entries(output).map(([kind, name]) => [kind, known(`output.${kind}`, name)]));
    return (kind) => of.get(String(kind)) ?? null;
  }
  const kinds = new Set(subjects.flatMap((s) => s.observations.map(({ dvid }) => dvid)));
  if (kinds.size <= 1 && names.length === 1) return () => names[0] ?? null;
  const named = (kind: number | string | null) => names.find((name) => name === kind) ?? null;
  const unknown = [...kinds].filter((kind) => named(kind) === null);
  if (kinds.size > 0 && unknown.length > 0)
    notes.push(
      `it is not said of which output DV is a measurement${kinds.size > 1 ? ` (DVID ${unknown.join(', ')})` : ''}: give cohort.data.output (${names.join(', ')})`,
    );
  return named;
}

/** Every line is in one of the sums. */
function account(file: string, { subjects, accounted }: Records): string {
  const of = (...kinds: readonly string[]) => accounted.filter(({ became }) => kinds.includes(became)).length;
  const doses = accounted.reduce((sum, { doses: given }) => sum + given, 0);
  const idle = accounted.filter(
    ({ became, changes }) =>
      ['comment', 'blank'].includes(became) ||
      (['missing observation', 'other event'].includes(became) && changes.length === 0),
  );
  const cancelled = accounted.reduce((sum, line) => sum + line.cancelled, 0);
  const parts: readonly (readonly [number, string, string?])[] = [
    [subjects.length, 'subject'],
    [doses, 'dose'],
    [of('observation'), 'observation'],
    [of('reset', 'reset and dose'), 'reset'],
    [of('replacement'), 'replacement'],
    [of('infusion end'), 'end of an infusion', 'ends of infusions'],
    [of('missing observation', 'other event') - idle.filter(({ became }) => !['comment', 'blank'].includes(became)).length, 'line that only changes covariates', 'lines that only change covariates'],
    [cancelled, 'cancelled dose'],
    [idle.length, 'line without effect', 'lines without effect'],
  ]; // biome-ignore format: a table
  const said = parts.filter(([n], i) => i < 3 || n > 0);
  return `${file}: ${said.map(([n, one, many = `${one}s`]) => `${n.toLocaleString('en')} ${n === 1 ? one : many}`).join(', ')}`;
}
